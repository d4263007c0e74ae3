"""The moving plot of `MatrixGame`: the table of payoffs, and the square of (p, q) with both players' best answers."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from course_utils.plots.style import PALETTE, ROLES
from course_utils.widgets.base.pixels import mixed
from course_utils.widgets.base.plot import Array, Labels, LivePlot
from course_utils.widgets.matrix_game.presets import Preset
from course_utils.widgets.matrix_game.sets import EquilibriumSet, Line, answers
from course_utils.widgets.matrix_game.words import short

ROW, COLUMN = ROLES["decoder"], ROLES["gradient"]  # the colours of a generator and of what criticises it
_ROW_LINE = mixed(ROW, "white", 0.75)
_LEFT, _TOP, _WIDE, _HIGH = 112.0, 262.0, 128.0, 52.0  # of the table, in shown pixels from the lower left corner
_ARROW = 0.13  # how far an arrow reaches in the square
_NAN = (np.nan, np.nan)


class State(NamedTuple):
    """What is shown: a game, its equilibria, the place (p, q), and which way each player would gain (−1, 0 or 1)."""

    game: Preset
    found: Sequence[EquilibriumSet]
    place: tuple[float, float]
    ways: tuple[int, int]


class GamePlot(LivePlot):
    """Left the table, a payoff underlined if it is the best answer to what the other does; right the unit square."""

    height = 372
    inks = (ROW, _ROW_LINE, COLUMN, PALETTE["grey"], PALETTE["black"])

    _game: Preset | None = None  # that is drawn

    def arrange(self, state: State) -> None:
        """Draw a game and a place in it."""
        if state.game != self._game:
            self._arrange_table(state.game)
            self._arrange_answers(state.game)
            self._arrange_equilibria(state.found)
            self._game = state.game
        p, q = state.place
        self._place.set_data([p], [q])
        first, second = state.ways
        tips = ((p + _ARROW * first, q), (p, q + _ARROW * second))
        for arrow, way, heads, tip in zip(self._arrows, state.ways, ("<>", "v^"), tips, strict=True):
            arrow.set_data(*np.clip([(p, q), tip], 0, 1).T)
            arrow.set_marker(heads[way > 0])
            arrow.set_visible(way != 0)

    def _arrange_table(self, game: Preset) -> None:
        ax, middles, heights = self._table_ax, _middles(), _heights()
        names = [(name, _LEFT - 10, y, 1.0) for name, y in zip(game.rows, heights, strict=True)]
        self._row_names.write(ax, names)
        self._column_names.write(ax, [(name, x, _TOP + 16, 0.5) for name, x in zip(game.columns, middles, strict=True)])
        cells = [(i, j, middles[j], heights[i]) for i in (0, 1) for j in (0, 1)]
        self._row_payoffs.write(ax, [(_narrow(game.A[i][j]), x - 11, y, 1.0) for i, j, x, y in cells])
        self._column_payoffs.write(ax, [(_narrow(game.B[i][j]), x + 11, y, 0.0) for i, j, x, y in cells])
        row_best = [(x, y) for i, j, x, y in cells if game.A[i][j] >= game.A[1 - i][j]]
        column_best = [(x, y) for i, j, x, y in cells if game.B[i][j] >= game.B[i][1 - j]]
        self._row_marks.set_data(*_joined([(x - 48, y - 13), (x - 11, y - 13)] for x, y in row_best))
        self._column_marks.set_data(*_joined([(x + 11, y - 13), (x + 48, y - 13)] for x, y in column_best))
        self._frames.set_data(*_joined(_frame(x, y) for x, y in row_best if (x, y) in column_best))

    def _arrange_answers(self, game: Preset) -> None:
        row, column = answers(game.A), answers(game.of_columns)
        everywhere = np.linspace(0, 1, 9)
        self._row_line.set_data(*_joined([row] if row else ([(0.0, v), (1.0, v)] for v in everywhere)))
        self._row_line.set_linewidth(6 if row else 2)
        turned = [(own, other) for other, own in column] if column else None
        self._column_line.set_data(*_joined([turned] if turned else ([(v, 0.0), (v, 1.0)] for v in everywhere)))

    def _arrange_equilibria(self, found: Sequence[EquilibriumSet]) -> None:
        points = [(one.p[0], one.q[0]) for one in found if one.kind in ("pure", "mixed")]
        self._points.set_data(*(np.array(points).reshape(-1, 2).T))
        self._segments.set_data(*_joined(_outline(one) for one in found if one.kind in ("segment", "square")))
        self._numbers.write(self._square_ax, [(str(n), *_beside(one), 0.5) for n, one in enumerate(found, start=1)])

    def _build(self, figure: Figure) -> Sequence[Artist]:
        self._table_ax = figure.add_axes((0, 0, 0.54, 1))
        self._table_ax.set(xlim=(0, 0.54 * self.width), ylim=(0, self.height))
        self._table_ax.axis("off")
        side = 0.80 * self.height
        self._square_ax = figure.add_axes((0.59, 0.145, side / self.width, 0.80))
        self._draw_table()
        self._draw_square()
        return self._add_moving_parts(figure)

    def _draw_table(self) -> None:
        ax, black = self._table_ax, PALETTE["black"]
        ax.text(_LEFT + _WIDE, _TOP + 42, "column player", color=COLUMN, ha="center", va="center", weight="bold")
        ax.text(_LEFT - 10, _TOP + 16, "row player", color=ROW, ha="right", va="center", weight="bold")
        for n in range(3):
            ax.plot([_LEFT + n * _WIDE] * 2, [_TOP, _TOP - 2 * _HIGH], color=PALETTE["grey"], linewidth=1)
            ax.plot([_LEFT, _LEFT + 2 * _WIDE], [_TOP - n * _HIGH] * 2, color=PALETTE["grey"], linewidth=1)
        x, y = 56, _TOP - 2 * _HIGH - 34
        for n, text in enumerate(_LEGEND):
            ax.text(x, y - 22 * n, text, va="center", color=black)
        ax.plot([x - 40, x - 10], [y, y], color=ROW, linewidth=2)
        ax.plot([x - 40, x - 10], [y - 22] * 2, color=_ROW_LINE, linewidth=6, solid_capstyle="butt")
        ax.plot([x - 40, x - 10], [y - 44] * 2, color=COLUMN, linewidth=2.5, linestyle=(0, (2, 1)))
        ax.plot([x - 25], [y - 66], marker="o", markersize=9, color=black)
        ax.plot([x - 25], [y - 88], marker="D", markersize=7, color="white", markeredgecolor=black)

    def _draw_square(self) -> None:
        ax = self._square_ax
        ax.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04))
        ticks = [0, 0.25, 0.5, 0.75, 1]
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.set_xlabel("p, the probability of the upper row")
        ax.set_ylabel("q, the probability of the left column")

    def _add_moving_parts(self, figure: Figure) -> Sequence[Artist]:
        black, table, square = PALETTE["black"], self._table_ax, self._square_ax
        self._row_names, self._column_names = Labels(ROW), Labels(COLUMN)
        self._row_payoffs, self._column_payoffs = Labels(ROW, scale=1.15), Labels(COLUMN, scale=1.15)
        self._numbers = Labels(black, bold=True, scale=1.1)
        words = [self._row_names, self._column_names, self._row_payoffs, self._column_payoffs, self._numbers]
        for label in words:
            figure.add_artist(label)
        self._row_marks = table.add_line(Line2D([], [], color=ROW, linewidth=2))
        self._column_marks = table.add_line(Line2D([], [], color=COLUMN, linewidth=2))
        self._frames = table.add_line(Line2D([], [], color=black, linewidth=2))
        dashes = (0, (2, 1))
        self._row_line = square.add_line(Line2D([], [], color=_ROW_LINE, linewidth=6, solid_capstyle="butt"))
        self._column_line = square.add_line(Line2D([], [], color=COLUMN, linewidth=2.5, linestyle=dashes))
        self._segments = square.add_line(Line2D([], [], color=black, linewidth=4.5, solid_capstyle="round"))
        self._points = square.add_line(Line2D([], [], color=black, linestyle="", marker="o", markersize=9))
        self._arrows = [
            square.add_line(Line2D([], [], color=color, linewidth=2, markersize=9, markevery=[1]))
            for color in (ROW, COLUMN)
        ]
        self._place = square.add_line(Line2D([], [], marker="D", markersize=7, color="white", markeredgecolor=black))
        lines = [self._row_line, self._column_line, self._segments, self._points, *self._arrows, self._place]
        for line in lines:
            line.set_clip_on(False)
        return [self._row_marks, self._column_marks, self._frames, *lines, *words]


_LEGEND = (
    "underlined: best answer; framed: equilibrium",
    "the row player's best answers p to each q",
    "the column player's best answers q to each p",
    "equilibrium; a thick line: many of them",
    "the place (p, q); arrows: who would gain",
)


def _narrow(payoff: float) -> str:
    """Format a payoff so that it fits its half of a cell."""
    return short(payoff, 1 if abs(payoff) >= 9.995 else 2)


def _middles() -> list[float]:
    return [_LEFT + (n + 0.5) * _WIDE for n in (0, 1)]


def _heights() -> list[float]:
    return [_TOP - (n + 0.5) * _HIGH for n in (0, 1)]


def _frame(x: float, y: float) -> Line:
    left, right, low, high = x - _WIDE / 2 + 3, x + _WIDE / 2 - 3, y - _HIGH / 2 + 3, y + _HIGH / 2 - 3
    return [(left, low), (right, low), (right, high), (left, high), (left, low)]


def _outline(one: EquilibriumSet) -> Line:
    (p0, p1), (q0, q1) = one.p, one.q
    return [(p0, q0), (p1, q0), (p1, q1), (p0, q1), (p0, q0)] if one.kind == "square" else [(p0, q0), (p1, q1)]


def _beside(one: EquilibriumSet) -> tuple[float, float]:
    """Return a place for a number: diagonally beside the middle, inside the square."""
    p, q = sum(one.p) / 2, sum(one.q) / 2
    return p + (0.06 if p <= 0.5 else -0.06), q + (0.065 if q <= 0.5 else -0.065)


def _joined(lines: Iterable[Line | None]) -> Array:
    """Return the x and the y of several lines as one, with gaps between them."""
    points = [point for line in lines if line for point in (*line, _NAN)]
    return np.array(points, dtype=float).reshape(-1, 2).T
