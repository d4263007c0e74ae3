"""What widgets on planes of two-dimensional codes share: the nearest code, and a cursor."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from torch import Tensor

from course_utils.plots.style import PALETTE, ROLES

INKS = (PALETTE["black"], ROLES["latent"])  # of a cursor


class Nearest(NamedTuple):
    """The code nearest to z: its row among the codes, and how far it is."""

    row: int
    distance: float


def nearest(codes: Tensor, z: Tensor) -> Nearest:
    """Return which of the codes (N, 2) is nearest to z (1, 2)."""
    squares = square_distances(codes, z)
    row = int(squares.argmin())
    return Nearest(row, math.sqrt(float(squares[row])))


def square_distances(codes: Tensor, z: Tensor) -> Tensor:
    """Return the squared distances, shape (N,), of codes (N, 2) to z (1, 2)."""
    (x, y), (code_x, code_y) = z[0], codes.T
    squares: Tensor = (code_x - x).square() + (code_y - y).square()
    return squares


class Cursor:
    """A point, a dotted cross through it, a line to the nearest code and a ring round that; the parts that move.

    A point that leaves the axes stays at their edge, and so does its end of the line.
    """

    def __init__(self, ax: Axes) -> None:
        black = PALETTE["black"]
        dot: dict[str, Any] = {"marker": "o", "markeredgecolor": black, "markeredgewidth": 1.5}
        self._ax = ax
        self._cross = ax.add_line(Line2D([], [], color=black, linewidth=0.8, linestyle=":"))
        self._line = ax.add_line(Line2D([], [], color=black, linewidth=1.5))
        self._ring = ax.add_line(Line2D([], [], markersize=7, markerfacecolor="none", **dot))
        self._point = ax.add_line(Line2D([], [], markersize=10, color=ROLES["latent"], clip_on=False, **dot))

    @property
    def artists(self) -> Sequence[Artist]:
        """All parts, from back to front."""
        return [self._cross, self._line, self._ring, self._point]

    def place(self, z: Tensor, code: Tensor) -> None:
        """Put the point at z (1, 2), and the line's end at `code` (2,)."""
        (x, y), (code_x, code_y) = z[0].tolist(), code.tolist()
        (left, right), (low, high) = self._ax.get_xlim(), self._ax.get_ylim()
        seen_x, seen_y = min(max(x, left), right), min(max(y, low), high)
        self._point.set_data([seen_x], [seen_y])
        self._cross.set_data([left, right, math.nan, x, x], [y, y, math.nan, low, high])  # one line: drawn sooner
        self._line.set_data([seen_x, code_x], [seen_y, code_y])
        self._ring.set_data([code_x], [code_y])


def as_codes(codes: Tensor) -> Tensor:
    """Return a private copy of codes (N, 2) in double precision on the CPU."""
    return codes.detach().cpu().double().clone()


def check_two_dimensional(name: str, model: Any) -> None:
    """Raise an error unless `model`, which the message calls `name`, decodes codes of two dimensions."""
    if not hasattr(model, "decode") or not hasattr(model, "latent"):
        raise TypeError(f"`{name}` must be an Autoencoder or a VAE, got {type(model).__name__}")
    if model.latent != 2:
        raise ValueError(
            f"`{name}` must have two latent dimensions, got {model.latent}; train one with 2, or use LatentSliders"
        )


def class_of(row: int, labels: Tensor, classes: Sequence[str] | None) -> str:
    """Return the name of a code's class, or its number if it has none."""
    label = int(labels[row])
    return str(label) if classes is None else classes[label]
