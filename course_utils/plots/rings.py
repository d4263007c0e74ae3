"""Where N(0, I) lies in the plane."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from course_utils.checks import check_number
from course_utils.plots.axes import axes_or_new
from course_utils.plots.style import ROLES


def plot_rings(radii: Sequence[float] = (1.0, 2.0, 3.0), *, ax: Axes | None = None, label: str | None = None) -> Axes:
    """Draw dashed circles round the origin: so many standard deviations of N(0, I) in the plane.

    Inside the circle of radius r lie 1 − exp(−r²/2) of N(0, I): 39 %, 86 % and 99 % for r = 1, 2, 3. The limits of
    axes that hold something already stay as they are.

    Parameters
    ----------
    radii : sequence of float
        Their radii, each > 0.
    ax : Axes, optional
        Where to draw; a new figure by default.
    label : str, optional
        Text for a legend, which the caller draws.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    TypeError
        If `ax` is no Axes, or a radius is no number.
    ValueError
        If a radius is not above 0.
    """
    radii = tuple(radii)
    numbered: dict[str, Any] = {f"radii[{i}]": radius for i, radius in enumerate(radii)}
    check_number(above=0, **numbered)
    new, ax = ax is None, axes_or_new(ax, 4, 4)
    angle = np.linspace(0, 2 * np.pi, 121)
    for i, radius in enumerate(radii):
        ring = Line2D(
            radius * np.cos(angle), radius * np.sin(angle), color=ROLES["prior"], linestyle="--", linewidth=1.2
        )
        ring.set_label(label if label is not None and i == 0 else "_ring")
        ax.add_artist(ring)  # not `plot`: a ring far outside must not shrink what is drawn inside
    if new:
        end = 1.1 * max(radii, default=1.0)
        ax.set(xlabel="$z_1$", ylabel="$z_2$", aspect="equal", xlim=(-end, end), ylim=(-end, end))
    return ax
