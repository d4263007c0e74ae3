"""The picture of `Convolution`: for each channel the input, the kernel and their products; beside them the output."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from course_utils.plots.style import PALETTE, ROLES
from course_utils.widgets.base.pixels import mixed
from course_utils.widgets.base.plot import WIDTH, Array, Label, Labels, LivePlot
from course_utils.widgets.base.text import number
from course_utils.widgets.convolution.arithmetic import (
    MOST_CHANNELS,
    MOST_PADDING,
    Integers,
    Numbers,
    Setting,
)

_KERNEL, _OUTPUT, _BLACK, _GREY = PALETTE["orange"], ROLES["data"], PALETTE["black"], PALETTE["grey"]
_RIM, _UNDER_KERNEL, _UNDER_OUTPUT = "#EEEEEE", mixed(_KERNEL, "white", 0.3), mixed(_OUTPUT, "white", 0.2)
_LINE = "#9A9A9A"  # round the cells
_IN, _WEIGHTS, _PRODUCTS, _OUT = range(4)  # the columns
_MIDDLES = (118, 306, 446, 622)  # of the columns, in CSS pixels
_INPUT, _TITLE, _GAP = 216, 24, 10  # width of the first column, heights of the titles and of the gap between channels
_SMALLER, _TITLES = 0.036, 0.92  # letters in cells, for each pixel of a cell, and over them
_SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], dtype=float)
_CODES = np.array([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], dtype=np.uint8)


class Grid(NamedTuple):
    """A square grid of cells: its left upper corner and the side of a cell, in CSS pixels, and its rows."""

    left: float
    top: float
    cell: float
    rows: int

    def corners(self, rows: Iterable[int], columns: Iterable[int]) -> Array:
        """Return the left upper corners of the cells where rows and columns meet, row after row, shape (N, 2)."""
        across, below = np.meshgrid(list(columns), list(rows))
        return np.column_stack([self.left + self.cell * across.ravel(), self.top + self.cell * below.ravel()])

    def all_corners(self) -> Array:
        """Return the left upper corners of all cells."""
        return self.corners(range(self.rows), range(self.rows))

    def labels(self, values: Integers) -> list[Label]:
        """Return what writes a number into every cell."""
        return write_at(self.all_corners(), self.cell, values)


class Boxes(PathPatch):
    """Any number of equal squares in one artist."""

    def __init__(self, face: str, edge: str = "none", *, width: float = 0, line: str = "solid") -> None:
        super().__init__(_NOTHING, facecolor=face, edgecolor=edge, linewidth=width, linestyle=line)

    def place(self, groups: Sequence[Array], side: float) -> None:
        """Put a square at each left upper corner; each group has shape (N, 2)."""
        corners = np.concatenate(groups) if groups else np.zeros((0, 2))
        vertices = (corners[:, None] + side * _SQUARE).reshape(-1, 2)
        self.set_path(Path(vertices, np.tile(_CODES, len(corners))) if len(corners) else _NOTHING)


_NOTHING = Path(np.zeros((0, 2)))


class ConvolutionPlot(LivePlot):
    """Grids of numbers. What depends on the settings is background; what depends on the position moves.

    Parameters
    ----------
    size : int
        Rows of the input.
    """

    inks = (_BLACK, _KERNEL, _OUTPUT, _GREY)
    papers = ("white", _RIM, _UNDER_KERNEL, _UNDER_OUTPUT)

    def __init__(self, size: int) -> None:
        most = size + 2 * MOST_PADDING
        self._cell = _INPUT // most
        self._band = _TITLE + self._cell * most + _GAP  # height of a channel
        self.height = MOST_CHANNELS * self._band
        self._setting: Setting | None = None
        super().__init__()

    def arrange(self, setting: Setting, numbers: Numbers, position: int) -> None:
        """Show a convolution, and in it the output number at `position`; none if it has no output."""
        if setting != self._setting:
            self._setting = setting
            self.shown = max(setting.channels_in, setting.channels_out) * self._band
            self._place_grids(setting, numbers)
            self._write_numbers(setting, numbers)
            self._titles.write(self._ax, self._fixed_titles(setting))
            self._blitter.draw_background()
        self._place_position(setting, numbers, position if setting.out else 0)

    def _grid(self, column: int, channel: int, rows: int) -> Grid:
        """Return a grid of `rows` rows in the middle of its column and of its channel's band."""
        middle = channel * self._band + (self._band + _TITLE - _GAP) / 2
        half = rows * self._cell / 2
        return Grid(round(_MIDDLES[column] - half), round(middle - half), self._cell, rows)

    def _build(self, figure: Figure) -> Sequence[Artist]:
        self._ax = figure.add_axes((0, 0, 1, 1))
        self._ax.set(xlim=(0, WIDTH), ylim=(self.height, 0))
        self._ax.set_axis_off()
        self._rims, self._cells = Boxes(_RIM, _LINE, width=0.7), Boxes("white", _LINE, width=0.7)
        self._kernels = Boxes(_UNDER_KERNEL, _KERNEL, width=0.8)
        self._spans = Boxes("none", _KERNEL, width=1.2, line="--")
        self._taken = Boxes(_UNDER_KERNEL, _KERNEL, width=2)
        self._current = Boxes(_UNDER_OUTPUT, _OUTPUT, width=2.4)
        moving: list[Artist] = [self._spans, self._taken, self._current]
        for boxes in (self._rims, self._cells, self._kernels, self._spans, self._taken, self._current):
            self._ax.add_patch(boxes)
        scale = _SMALLER * self._cell
        self._zeros, self._numbers, self._factors = (Labels(color, scale=scale) for color in (_GREY, _BLACK, _BLACK))
        self._result = Labels(_BLACK, bold=True, scale=scale)
        self._titles, self._sums = Labels(_BLACK, scale=_TITLES), Labels(_BLACK, scale=_TITLES)
        for words in (self._zeros, self._numbers, self._factors, self._result, self._titles, self._sums):
            figure.add_artist(words)
        return [*moving, self._factors, self._result, self._sums]

    def _place_grids(self, s: Setting, numbers: Numbers) -> None:
        """Draw the empty cells of all grids."""
        within = range(s.padding, s.padding + s.size)
        inputs = [self._grid(_IN, c, s.padded) for c in range(s.channels_in)]
        products = [self._grid(_PRODUCTS, c, s.kernel) for c in range(s.channels_in)]
        outputs = [self._grid(_OUT, c, s.out) for c in range(s.channels_out)]
        kernels = [self._grid(_WEIGHTS, c, s.kernel) for c in range(s.channels_in)]
        self._rims.place([grid.all_corners() for grid in inputs], self._cell)
        cells = [grid.corners(within, within) for grid in inputs]
        self._cells.place([*cells, *(grid.all_corners() for grid in (*products, *outputs))], self._cell)
        self._kernels.place([grid.all_corners() for grid in kernels], self._cell)

    def _write_numbers(self, s: Setting, numbers: Numbers) -> None:
        """Fill the cells of the inputs and the outputs."""
        rim = np.ones((s.padded, s.padded), dtype=bool)
        rim[s.padding : s.padding + s.size, s.padding : s.padding + s.size] = False
        zeros: list[Label] = []
        others: list[Label] = []
        for c in range(s.channels_in):
            labels = self._grid(_IN, c, s.padded).labels(numbers.padded[c])
            for label, is_rim in zip(labels, rim.ravel(), strict=True):
                (zeros if is_rim else others).append(label)
        for c in range(s.channels_out):
            others += self._grid(_OUT, c, s.out).labels(numbers.output[c])
        self._zeros.write(self._ax, zeros)
        self._numbers.write(self._ax, others)

    def _place_position(self, s: Setting, numbers: Numbers, position: int) -> None:
        """Mark what one output number is computed from, and write the factors and products over it."""
        filter_, row, column = s.place(position) if position else (0, 0, 0)
        factors, taken, current, result = [], [], [], []
        sums = self._moving_titles(s, filter_)
        for c in range(s.channels_in):
            factors += self._grid(_WEIGHTS, c, s.kernel).labels(numbers.weight[filter_, c])
        if position:
            values, _, products = numbers.products(s, position)
            for c in range(s.channels_in):
                taken.append(self._grid(_IN, c, s.padded).corners(s.taken(row), s.taken(column)))
                factors += write_at(taken[c], self._cell, values[c])
                factors += self._grid(_PRODUCTS, c, s.kernel).labels(products[c])
            current.append(self._grid(_OUT, filter_, s.out).corners([row], [column]))
            result = write_at(current[0], self._cell, numbers.output[filter_, row, column])
            sums += self._sum_labels(s, products, int(numbers.bias[filter_]))
        self._taken.place(taken, self._cell)
        self._spans.place([corners[:1] for corners in taken], self._cell * s.span)
        self._current.place(current, self._cell)
        for words, labels in ((self._factors, factors), (self._result, result), (self._sums, sums)):
            words.write(self._ax, labels)

    def _fixed_titles(self, s: Setting) -> list[Label]:
        """Return the names of the grids and the signs between them."""
        before, after = _MIDDLES[_IN] + _INPUT / 2, _MIDDLES[_WEIGHTS] - 2 * self._cell
        titles: list[Label] = []
        for c in range(s.channels_in):
            top, middle = c * self._band + _TITLE / 2, self._grid(_IN, c, 0).top
            titles += [(f"input, channel {c}", _MIDDLES[_IN], top, 0.5), ("products", _MIDDLES[_PRODUCTS], top, 0.5)]
            titles += [("×", (before + after) / 2, middle, 0.5)]
            titles += [("=", (_MIDDLES[_WEIGHTS] + _MIDDLES[_PRODUCTS]) / 2, middle, 0.5)]
        for c in range(s.channels_out):
            titles += [(f"output, channel {c}", _MIDDLES[_OUT], c * self._band + _TITLE / 2, 0.5)]
            if not s.out:
                titles += [("none: the kernel does not fit", _MIDDLES[_OUT], self._grid(_OUT, c, 0).top, 0.5)]
        return titles

    def _moving_titles(self, s: Setting, filter_: int) -> list[Label]:
        """Name the kernels of a filter as PyTorch does."""
        return [
            (f"kernel, weight[{filter_}, {c}]", _MIDDLES[_WEIGHTS], c * self._band + _TITLE / 2, 0.5)
            for c in range(s.channels_in)
        ]

    def _sum_labels(self, s: Setting, products: Integers, bias: int) -> list[Label]:
        """Write the sum of each channel's products under them, and under the last the number that comes out."""
        x, totals = _MIDDLES[_PRODUCTS], [int(total) for total in products.sum(axis=(1, 2))]
        below = [self._grid(_PRODUCTS, c, s.kernel).top + s.kernel * self._cell + 13 for c in range(s.channels_in)]
        sums = [(f"sum {number(total, 0)}", x, y, 0.5) for y, total in zip(below, totals, strict=True)]
        first = f"all {number(sum(totals), 0)} " if s.channels_in > 1 else ""
        end = f"{first}{'−' if bias < 0 else '+'} bias {abs(bias)} = {number(sum(totals) + bias, 0)}"
        return [*sums, (end, x, below[-1] + 18, 0.5)]


def write_at(corners: Array, cell: float, values: Integers) -> list[Label]:
    """Return what writes one number into each cell."""
    middles = corners + cell / 2
    return [(number(value, 0), x, y, 0.5) for value, (x, y) in zip(values.ravel().tolist(), middles, strict=True)]
