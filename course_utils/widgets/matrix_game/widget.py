"""The widget on games with two strategies each: payoffs to change, best answers, equilibria."""

from typing import Any

import ipywidgets as widgets
import torch
from torch import Tensor

from course_utils.checks import check_number, check_shape
from course_utils.games import Equilibrium, nash_equilibria
from course_utils.games.matrix import TOLERANCE, Payoffs
from course_utils.widgets.base.controls import beside, caption, caption_html, down, slider
from course_utils.widgets.base.plot import LivePlot, PlotWidget
from course_utils.widgets.base.text import subscript
from course_utils.widgets.matrix_game.plot import GamePlot, State
from course_utils.widgets.matrix_game.presets import OWN, PRESETS, Preset, Table, name_of, preset_of
from course_utils.widgets.matrix_game.sets import EquilibriumSet, equilibrium_sets, spread
from course_utils.widgets.matrix_game.words import PLAYERS, dominance_words, gain_words, place_words, set_words, short

_MOST = 99.0  # no payoff is larger
_CELLS = [f"{i}{j}" for i in (1, 2) for j in (1, 2)]


class MatrixGame(PlotWidget):
    """Change the payoffs of a game with two strategies each, and see how the best answers and the equilibria move.

    The row player plays its first strategy with probability p, the column player its own with probability q. Left
    stands the table of payoffs; right, over all (p, q), the best answers of each. They meet in the equilibria.

    Parameters
    ----------
    A, B : Tensor, shape (2, 2), or nested lists, optional
        Payoffs of the row player and of the column player at first. Without `B` what one wins the other loses; without
        both the game is matching pennies.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-matrix-game``.
    controls : dict
        "game", a known game or "your own", which follows the payoffs; "p" and "q"; the payoffs "a11", "a12", "a21",
        "a22" of the row player and "b11" to "b22" of the column player, row and column counted from 1.
    A, B : Tensor
        The payoffs of the moment, (2, 2), float64.
    equilibria : list of Equilibrium
        What `course_utils.games.nash_equilibria` finds; if they fill segments, the ends of these.
    gains : tuple of two floats
        How much each player would gain at (p, q) by the best change of their own.
    png : bytes
        The plot of the moment.

    Raises
    ------
    TypeError
        If a payoff is no number.
    ValueError
        If the payoffs are not of two strategies each, or beyond ±99.

    Examples
    --------
    >>> widget = MatrixGame([[1, -1], [-1, 1]])
    >>> widget.set(a11=3)
    >>> [(round(p[0].item(), 3), round(q[0].item(), 3)) for p, q, _ in widget.equilibria]
    [(0.5, 0.333)]
    """

    A: Tensor
    B: Tensor
    equilibria: list[Equilibrium]
    gains: tuple[float, float]
    _sets: list[EquilibriumSet]

    def __init__(self, A: Payoffs | None = None, B: Payoffs | None = None) -> None:
        super().__init__()
        first, second = _checked(A, B)
        self._solved: tuple[Table, Table] | None = None
        self.controls = {
            "game": widgets.Dropdown(
                options=[*PRESETS, OWN],
                value=name_of(first, second),
                description="game",
                style={"description_width": "44px"},
                layout=widgets.Layout(width="240px"),
            ),
            "p": slider("p", 0.8, 0.0, 1.0, 0.01, width="300px"),
            "q": slider("q", 0.3, 0.0, 1.0, 0.01, width="300px"),
        }
        for letter, table in (("a", first), ("b", second)):
            for cell in _CELLS:
                self.controls[letter + cell] = _field(letter, cell, _at(table, cell))
        self._titles = {name: caption("") for name in ("row1", "row2", "column1", "column2")}
        self._start("course-matrix-game", *self._rows())

    def _table(self, letter: str) -> Table:
        a, b, c, d = (float(self.controls[letter + cell].value) for cell in _CELLS)
        return (a, b), (c, d)

    @property
    def _game(self) -> Preset:
        return preset_of(self._table("a"), self._table("b"))

    def _rows(self) -> list[widgets.DOMWidget]:
        """Return the sliders, and the fields in the order of the table, which never breaks apart."""
        titles, controls = self._titles, self.controls
        columns = [
            down(titles[f"column{j}"], *(_unbroken(controls[f"a{i}{j}"], controls[f"b{i}{j}"]) for i in (1, 2)))
            for j in (1, 2)
        ]
        for name in ("row1", "row2"):
            titles[name].layout = widgets.Layout(height="32px")
        names = down(caption("payoffs A, B"), titles["row1"], titles["row2"])
        names.layout = widgets.Layout(width="96px", overflow="visible", flex="0 0 auto")
        return [beside(down(controls["game"], controls["p"], controls["q"]), _unbroken(names, *columns))]

    def _move(self, name: str, value: Any) -> None:
        if name == "game" and value != OWN:
            preset = PRESETS[value]
            with self._without_redraw():
                for cell in _CELLS:
                    self.controls[f"a{cell}"].value = _at(preset.A, cell)
                    self.controls[f"b{cell}"].value = _at(preset.B, cell)
        self._redraw()

    def _redraw(self) -> None:
        game = self._game
        with self._without_redraw():
            self.controls["game"].value = name_of(game.A, game.B)
        if self._solved != (game.A, game.B):
            self._solve(game)
        self.gains = self._gains(game)
        self._view.value = self._arranged_plot().png()
        self._show_text(self._reading(), note=game.note)

    def _solve(self, game: Preset) -> None:
        """Find the equilibria of new payoffs, and name the strategies."""
        self.A, self.B = (torch.tensor(table, dtype=torch.float64) for table in (game.A, game.B))
        self.equilibria = nash_equilibria(self.A, self.B)
        self._sets = equilibrium_sets(self.equilibria)
        names = dict(zip(self._titles, (*game.rows, *game.columns), strict=True))
        for key, title in self._titles.items():
            title.value = caption_html(names[key])
        self._solved = game.A, game.B

    def _gains(self, game: Preset) -> tuple[float, float]:
        """Return what a change would bring; what rounding leaves of nothing is nothing."""
        found = []
        for own, table, other in ((0, game.A, 1), (1, game.of_columns, 0)):
            first, second = _earned(table, self._place[other])
            mine = self._place[own]
            gain = max(first, second) - mine * first - (1 - mine) * second
            rounding = 1e-12 * max(abs(payoff) for row in table for payoff in row)  # of equal payoffs the spread is 0
            found.append(gain if gain > TOLERANCE * spread(table) + rounding else 0.0)
        return found[0], found[1]

    @property
    def _place(self) -> tuple[float, float]:
        return self.controls["p"].value, self.controls["q"].value

    @property
    def _better(self) -> tuple[int, int]:
        """Which strategy of each earns more at the place of the moment; a matter of taste if they earn the same."""
        (p, q), game = self._place, self._game
        (row, other_row), (column, other_column) = _earned(game.A, q), _earned(game.of_columns, p)
        return int(other_row > row), int(other_column > column)

    def _build_plot(self) -> LivePlot:
        return GamePlot()

    def _arranged_plot(self) -> LivePlot:
        plot: GamePlot = self._plot
        first, second = (1 - 2 * better if gain else 0 for better, gain in zip(self._better, self.gains, strict=True))
        plot.arrange(State(self._game, self._sets, self._place, (first, second)))
        return plot

    def _reading(self) -> list[str]:
        """Return the lines of the read-out."""
        game, (p, q) = self._game, self._place
        row, column = self._better
        average = [p * first + (1 - p) * second for first, second in (_earned(game.A, q), _earned(game.B, q))]
        return [
            place_words(p, q, (average[0], average[1])),
            gain_words(self.gains, (game.rows[row], game.columns[column])),
            *set_words(self._sets, game),
            *dominance_words(game.A, game.rows, PLAYERS[0]),
            *dominance_words(game.of_columns, game.columns, PLAYERS[1]),
        ]

    def _alt(self) -> str:
        game = self._game
        cells = [
            f"“{row}” against “{column}” {short(game.A[i][j])} and {short(game.B[i][j])}"
            for i, row in enumerate(game.rows)
            for j, column in enumerate(game.columns)
        ]
        marks = "; ".join(_mark(one) for one in self._sets)
        p, q = self._place
        return (
            f"Left: a table of payoffs of the row and the column player: {', '.join(cells)}. Right: over p and q from "
            f"0 to 1 the best answers of both; they meet at {marks}. A mark stands at p = {p:.2f}, q = {q:.2f}."
        )


def _checked(A: Payoffs | None, B: Payoffs | None) -> tuple[Table, Table]:
    """Return the payoffs of a new widget."""
    if A is None:
        if B is not None:
            raise ValueError("`A` must be given where `B` is: the payoffs of the row player")
        pennies = PRESETS["matching pennies"]
        return pennies.A, pennies.B
    first = torch.as_tensor(A, dtype=torch.float64)
    second = -first if B is None else torch.as_tensor(B, dtype=torch.float64)
    for name, table in (("A", first), ("B", second)):
        named: dict[str, Any] = {name: table}
        check_shape("2 2", remedy="for larger games use course_utils.games.nash_equilibria", **named)
        for payoff in table.flatten().tolist():
            check_number(least=-_MOST, most=_MOST, **{name: payoff})
    return _as_table(first), _as_table(second)


def _earned(table: Table, other: float) -> tuple[float, float]:
    """Return what both rows of a table earn if its left column is played with probability `other`."""
    (a, b), (c, d) = table
    return other * a + (1 - other) * b, other * c + (1 - other) * d


def _as_table(payoffs: Tensor) -> Table:
    (a, b), (c, d) = (payoffs + 0.0).tolist()
    return (a, b), (c, d)


def _at(table: Table, cell: str) -> float:
    """Return the payoff of a cell such as "12"."""
    return float(table[int(cell[0]) - 1][int(cell[1]) - 1])


def _field(letter: str, cell: str, value: float) -> widgets.BoundedFloatText:
    name = letter.upper() + subscript(int(cell))
    looks = {"style": {"description_width": "30px"}, "layout": widgets.Layout(width="100px")}
    return widgets.BoundedFloatText(value=value, min=-_MOST, max=_MOST, step=1, description=name, **looks)


def _unbroken(*parts: widgets.DOMWidget) -> widgets.HBox:
    """Put parts in a row that stays one, however narrow the cell."""
    return widgets.HBox(parts, layout=widgets.Layout(overflow="visible"))


def _mark(one: EquilibriumSet) -> str:
    """Say where an equilibrium, or many, are marked."""
    if one.kind == "square":
        return "every point of the square"
    (p, p_end), (q, q_end) = one.p, one.q
    start = f"p = {p:.2f}, q = {q:.2f}"
    return f"a segment from {start} to p = {p_end:.2f}, q = {q_end:.2f}" if one.kind == "segment" else start
