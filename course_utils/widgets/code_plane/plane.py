"""The plane of two-dimensional codes: how far apart they lie, where its sliders end, and its moving plot."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from torch import Tensor

from course_utils.plots.latent import plot_latent
from course_utils.plots.style import CLASS_COLORS
from course_utils.widgets.base.plane import INKS, Cursor
from course_utils.widgets.base.plot import LivePlot

WIDTH, HEIGHT = 530, 410  # as shown, in CSS pixels
STEPS = 200  # of a slider, about
_ASKED = 1_000  # codes whose nearest neighbour is looked for
_ROOM = 1.3  # sides of the plane, in sides of the codes' own square: one must be able to leave them


class Axis(NamedTuple):
    """Where a slider begins and ends, and its steps."""

    low: float
    high: float
    step: float

    @property
    def decimals(self) -> int:
        """Digits after the point that tell two steps apart."""
        return max(0, -math.floor(math.log10(self.step) + 1e-9))


def usual_distance(codes: Tensor) -> tuple[float, int]:
    """Return the median distance of a code to its nearest other code, and over how many codes it is taken.

    At most 1,000 codes, evenly spaced, are asked; each is compared with all.
    """
    places = torch.arange(len(codes)) if len(codes) <= _ASKED else torch.arange(_ASKED) * len(codes) // _ASKED
    distances = torch.cdist(codes[places], codes, compute_mode="donot_use_mm_for_euclid_dist")
    distances[torch.arange(len(places)), places] = math.inf  # a code is no neighbour of itself
    return float(distances.amin(dim=1).median()), len(places)


def axes_of(codes: Tensor) -> tuple[Axis, Axis]:
    """Return a square that holds all codes, with ends at round numbers."""
    low, high = codes.amin(dim=0), codes.amax(dim=0)
    side = _ROOM * float((high - low).max()) or 2.0
    rough = side / STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    count = math.ceil(side / step) + 1
    starts = [math.floor((middle - side / 2) / step) for middle in ((low + high) / 2).tolist()]
    first, second = (Axis(round(k * step, 9), round((k + count) * step, 9), round(step, 9)) for k in starts)
    return first, second


class PlanePlot(LivePlot):
    """All codes as dots; a point at z, and a line from it to the nearest code.

    Parameters
    ----------
    codes : Tensor, shape (N, 2)
        The dots.
    labels, classes : Tensor of shape (N,) and sequence of str, optional
        The class of each code, and the names of the classes.
    axes : pair of Axis
        The ends of the plane.
    """

    width, height = WIDTH, HEIGHT

    def __init__(
        self, codes: Tensor, labels: Tensor | None, classes: Sequence[str] | None, axes: tuple[Axis, Axis]
    ) -> None:
        self._codes, self._labels, self._classes, self._axes = codes, labels, classes, axes
        self.inks = (*INKS, *(CLASS_COLORS if labels is not None else ()))
        super().__init__()

    def arrange(self, z: Tensor, code: Tensor) -> None:
        """Put the point at z (1, 2), and the line's end at `code` (2,)."""
        self._cursor.place(z, code)

    def _build(self, figure: Figure) -> Sequence[Artist]:
        width = 0.70 if self._labels is not None else 0.88
        ax = figure.add_axes((0.11, 0.11, width, 0.82))
        plot_latent(self._codes, self._labels, classes=self._classes, ax=ax, title="")
        ax.set_title(f"{len(self._codes):,} codes", fontsize=10)
        ax.set(xlim=self._axes[0][:2], ylim=self._axes[1][:2], xlabel="$z_1$  (no unit)", ylabel="$z_2$  (no unit)")
        legend = ax.get_legend()
        for text in legend.get_texts() if legend is not None else ():
            text.set_fontsize(9)
        self._cursor = Cursor(ax)
        return self._cursor.artists
