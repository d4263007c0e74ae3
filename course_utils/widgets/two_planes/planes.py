"""Two spaces of two-dimensional codes, each measured in its own spread, and the plot of both."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from course_utils.plots.latent import plot_latent
from course_utils.plots.rings import plot_rings
from course_utils.plots.style import CLASS_COLORS, ROLES
from course_utils.widgets.base.decoding import encode_all
from course_utils.widgets.base.plane import INKS, Cursor, Nearest, as_codes, check_two_dimensional, square_distances
from course_utils.widgets.base.plot import WIDTH, LivePlot
from course_utils.widgets.base.text import short

NEAR = 0.25  # spreads: codes that are nearer to a cursor are counted
RING = 2.0  # radius of the circle that stands for N(0, I)
_VIEW, _WIDEST = 3.5, 6.0  # half the side of a plane, in spreads: the usual one, and the largest
_SIDE, _LEFT, _TOP, _BELOW, _ROW = 300, (62, 434), 28, 46, 22  # pixels


class Space:
    """The codes of images in one model, and what a spread is there.

    Parameters
    ----------
    argument, name : str
        What errors and what readers call the model.
    model : Autoencoder or VAE
        Two latent dimensions.
    images : Tensor, shape (N, 1, H, W)
        N >= 2.
    """

    def __init__(self, argument: str, name: str, model: Any, images: Tensor) -> None:
        check_two_dimensional(argument, model)
        codes, kl = encode_all(model, images)
        _check_kind(argument, model, kl is not None)
        self.name, self.model, self.codes = name, model, as_codes(codes)
        self.middle = self.codes.mean(dim=0, keepdim=True)
        self.spread = math.sqrt(float(self.codes.var(dim=0).mean()))
        if not self.spread > 0:
            raise ValueError(
                f"`{argument}` must encode the {len(codes)} images differently, got the same code for all; train it "
                "again, with less weight on the KL if it is a VAE"
            )

    @property
    def decimals(self) -> int:
        """Digits after the point that tell two neighbouring positions apart."""
        return max(0, 2 - math.floor(math.log10(self.spread)))

    @property
    def width(self) -> float:
        """How far the codes reach from the middle, along an axis and in spreads."""
        return float((self.codes - self.middle).abs().max()) / self.spread

    def outside(self, z: Tensor, half: float) -> Tensor:
        """Return which of the points (N, 2) lie outside a plane that reaches `half` spreads from the middle."""
        return ((z - self.middle).abs() > half * self.spread).any(dim=1)

    def around(self, z: Tensor) -> tuple[Nearest, int]:
        """Return the nearest code to z (1, 2), its distance in spreads, and how many codes are within `NEAR`."""
        squares = square_distances(self.codes, z)
        row = int(squares.argmin())
        count = int((squares <= (NEAR * self.spread) ** 2).sum())
        return Nearest(row, math.sqrt(float(squares[row])) / self.spread), count


def half_side(spaces: Sequence[Space]) -> float:
    """Return how far the planes reach from the middle of their codes, in spreads: as far in one as in the other."""
    return min(max(_VIEW, *(1.05 * space.width for space in spaces)), _WIDEST)


class PlanesPlot(LivePlot):
    """Two planes of equal size, each drawn to the spread of its own codes, with a cursor in each.

    Parameters
    ----------
    spaces : sequence of Space
        Two.
    labels, classes : Tensor of shape (N,) and sequence of str, optional
        The class of each code, and the names of the classes.
    half : float
        How far a plane reaches from the middle of its codes, in spreads.
    """

    sharpness = 1.25

    def __init__(
        self, spaces: Sequence[Space], labels: Tensor | None, classes: Sequence[str] | None, half: float
    ) -> None:
        self._spaces, self._labels, self._classes, self._half = spaces, labels, classes, half
        self._rows = 1 if labels is None else math.ceil((1 + len(torch.unique(labels))) / 6)  # of the legend
        self.height = _TOP + _SIDE + _BELOW + _ROW * self._rows
        self.inks = (*INKS, ROLES["prior"], *(CLASS_COLORS if labels is not None else ()))
        super().__init__()

    def arrange(self, z: Sequence[Tensor], codes: Sequence[Tensor]) -> None:
        """Put each cursor at its z (1, 2), and its line's end at the code (2,)."""
        for cursor, place, code in zip(self._cursors, z, codes, strict=True):
            cursor.place(place, code)

    def _build(self, figure: Figure) -> Sequence[Artist]:
        axes = [self._plane(figure, space, left) for space, left in zip(self._spaces, _LEFT, strict=True)]
        handles, names = axes[0].get_legend_handles_labels()
        figure.legend(
            handles, names, loc="lower center", ncol=6, fontsize=9, handletextpad=0.3, columnspacing=1.2, frameon=False
        )
        self._cursors = [Cursor(ax) for ax in axes]
        return [artist for cursor in self._cursors for artist in cursor.artists]

    def _plane(self, figure: Figure, space: Space, left: int) -> Axes:
        low = (_BELOW + _ROW * self._rows) / self.height
        ax = figure.add_axes((left / WIDTH, low, _SIDE / WIDTH, _SIDE / self.height))
        plot_latent(space.codes, self._labels, classes=self._classes, ax=ax, title="")
        plot_rings([RING], ax=ax, label=f"N(0, I): {1 - math.exp(-(RING**2) / 2):.0%} lie inside")
        reach = self._half * space.spread
        ax.set_title(f"{space.name}: one spread is {short(space.spread)}", fontsize=10)
        x, y = space.middle[0].tolist()
        ax.set(xlim=(x - reach, x + reach), ylim=(y - reach, y + reach))
        ax.set(xlabel="$z_1$  (no unit)")
        ax.set_ylabel("$z_2$  (no unit)", labelpad=0)  # two digits and a minus sign beside it, within the picture
        legend = ax.get_legend()
        if legend is not None:
            legend.remove()  # both planes have one, below
        return ax


def _check_kind(argument: str, model: Any, has_variance: bool) -> None:
    if has_variance != (argument == "vae"):
        kinds = "a VAE, which encodes to mu and logvar", "an Autoencoder, which encodes to z alone"
        wanted, got = kinds if argument == "vae" else kinds[::-1]
        raise TypeError(
            f"`{argument}` must be {wanted}, got {got} ({type(model).__name__}); are `ae` and `vae` exchanged?"
        )
