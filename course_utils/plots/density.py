"""The normal density."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.typing import ColorType

from course_utils.plots.arrays import ArrayOrTensor, as_array
from course_utils.plots.axes import axes_or_new
from course_utils.plots.style import ROLES


def plot_density(
    mu: float,
    std: float,
    *,
    color: ColorType = ROLES["latent"],
    label: str | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the density of N(mu, std²), filled, over four standard deviations to either side.

    Parameters
    ----------
    mu, std : float
        Mean and standard deviation (not the variance), std > 0.
    color : color
        Of line and area.
    label : str, optional
        Text for a legend, which the caller draws.
    ax : Axes, optional
        Where to draw; a new figure by default.
    title : str, optional
        Title of the axes.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    TypeError
        If `ax` is no Axes, or what should be numbers is none.
    ValueError
        If `mu` or `std` is not one finite number, or `std` is not positive.
    """
    mu, std = _one_number("mu", mu), _one_number("std", std)
    if std <= 0:
        raise ValueError(f"`std` must be > 0, got {std}; use exp(logvar / 2), which always is")
    ax = axes_or_new(ax, 7, 3)
    u = np.linspace(-4, 4, 401)  # odd, so that the peak is one of the points
    x = mu + std * u
    density = np.exp(-0.5 * u**2) / (std * np.sqrt(2 * np.pi))
    ax.plot(x, density, color=color, label=label)
    area = ax.fill_between(x, density, color=color, alpha=0.2, linewidth=0)
    area.sticky_edges.y.append(0)  # the curve stands on the axis, and the top still follows a taller one
    ax.set(xlabel="z", ylabel="density")
    if title is not None:
        ax.set_title(title)
    return ax


def _one_number(name: str, value: ArrayOrTensor) -> float:
    array = as_array(name, value)
    if array.size != 1:
        raise ValueError(f"`{name}` must be one number, got shape {array.shape}; choose one of them")
    return float(array.item())
