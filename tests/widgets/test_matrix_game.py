import itertools
import random

import numpy as np
import pytest
import torch

from course_utils.games import regrets
from course_utils.widgets import MatrixGame
from course_utils.widgets.matrix_game.presets import OWN, PRESETS
from course_utils.widgets.matrix_game.sets import answers, equilibrium_sets

GRID = np.array([0, 1 / 4, 1 / 3, 1 / 2, 3 / 5, 2 / 3, 1])
PAYOFFS = [-2.0, -1.0, 0.0, 1.0, 2.0]


def random_widget(seed: int) -> MatrixGame:
    """Return a game with few payoffs, so that many are degenerate."""
    draw = random.Random(seed)
    few = draw.choice([PAYOFFS, [0.0, 1.0]])
    return MatrixGame(*([[draw.choice(few) for _ in (0, 1)] for _ in (0, 1)] for _ in (0, 1)))


def is_equilibrium(widget: MatrixGame, p: float, q: float) -> bool:
    return max(regrets(widget.A, widget.B, [p, 1 - p], [q, 1 - q])) < 1e-9


def on_line(x: float, y: float, line) -> bool:
    """Whether (x, y) lies on a polyline whose pieces are parallel to the axes; None is the whole square."""
    return line is None or any(
        min(a[0], b[0]) - 1e-9 <= x <= max(a[0], b[0]) + 1e-9 and min(a[1], b[1]) - 1e-9 <= y <= max(a[1], b[1]) + 1e-9
        for a, b in itertools.pairwise(line)
    )


@pytest.mark.parametrize("seed", range(24))
def test_marked_sets_hold_every_equilibrium_and_nothing_else(seed):
    widget = random_widget(seed)
    found = equilibrium_sets(widget.equilibria)
    assert found
    for p, q in itertools.product(GRID, GRID):
        marked = any(
            one.p[0] - 1e-9 <= p <= one.p[1] + 1e-9 and one.q[0] - 1e-9 <= q <= one.q[1] + 1e-9 for one in found
        )
        assert marked == is_equilibrium(widget, p, q)


@pytest.mark.parametrize("seed", range(24))
def test_lines_are_the_best_answers(seed):
    widget = random_widget(seed)
    row, column = answers(widget._game.A), answers(widget._game.of_columns)
    for p, q in itertools.product(GRID, GRID):
        gains = regrets(widget.A, widget.B, [p, 1 - p], [q, 1 - q])
        assert on_line(p, q, row) == (gains[0] < 1e-9)
        assert on_line(q, p, column) == (gains[1] < 1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_read_out_says_what_is_earned_and_gained_at_the_place(seed):
    widget = random_widget(seed)
    for p, q in ((0.25, 0.5), (1.0, 0.0), (0.6, 0.9)):
        widget.set(p=p, q=q)
        x, y = (torch.tensor([v, 1 - v], dtype=torch.float64) for v in (p, q))
        earned, gains, *_ = widget.text.replace("−", "-").splitlines()
        assert float(earned.split("earns ")[1].split(" on")[0]) == pytest.approx((x @ widget.A @ y).item(), abs=6e-4)
        assert float(earned.split()[-1]) == pytest.approx((x @ widget.B @ y).item(), abs=6e-4)
        assert gains.startswith("Neither would gain") == is_equilibrium(widget, p, q)
        for player, gain in zip(("row", "column"), widget.gains, strict=True):
            assert (f"the {player} player would gain {gain:.3f}".rstrip("0").rstrip(".") in gains) == (gain > 0)
    assert widget.gains == pytest.approx(regrets(widget.A, widget.B, x, y))


def test_nobody_gains_where_all_payoffs_are_the_same():
    widget = MatrixGame([[9, 9], [9, 9]], [[-9, -9], [-9, -9]])  # at p = 0.8, q = 0.3 the average is 9 but for rounding
    assert widget.gains == (0.0, 0.0)
    assert "Neither would gain by a change of their own" in widget.text


def test_arrows_point_where_a_player_would_gain():
    widget = MatrixGame()  # at p = 0.8, q = 0.3 the row player wants tails, and so does the column player
    x, y = (np.diff(np.array(arrow.get_data())).ravel().round(6) for arrow in widget._plot._arrows)
    assert (x[0] < 0, x[1], y[0], y[1] < 0) == (True, 0.0, 0.0, True)
    widget.set(p=0.5, q=0.5)
    widget._arranged_plot()
    assert not any(arrow.get_visible() for arrow in widget._plot._arrows)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "matching pennies",
            ["Equilibrium 1, mixed: row “heads” with probability 0.50, else “tails”", "payoffs 0 and 0"],
        ),
        (
            "prisoner's dilemma",
            ["1, pure: row “betray”; column “betray”; payoffs 1 and 1", "“betray” dominates: the row"],
        ),
        ("coordination", ["Equilibrium 3, mixed: row “concert” with probability 0.67", "payoffs 0.667 and 0.667"]),
        ("dominance", ["1, pure: row “top”; column “right”", "“top” dominates: the row player earns more"]),
        ("half the modes", ["mixed: row “make shoes” with probability 0.50, else “make bags”"]),
        ("many equilibria", ["a whole segment: row “top”; column “left” with any probability from 0.50 to 1.00"]),
    ],
)
def test_known_games_are_told_in_words(name, words):
    widget = MatrixGame()
    widget.set(game=name)
    assert [word for word in [*words, PRESETS[name].note] if word not in widget.text] == []
    assert widget.text.count("Equilibrium ") == len(equilibrium_sets(widget.equilibria))


def test_to_make_half_the_modes_is_no_equilibrium():
    widget = MatrixGame()
    widget.set(game="half the modes", p=1.0, q=0.5)
    assert widget.gains == (0.0, 0.5)
    assert "the column player would gain 0.5 with “doubt shoes”, the row player nothing" in widget.text


def test_degenerate_games_are_told_truly():
    widget = MatrixGame([[0, 0], [0, 0]])
    assert "every p and every q" in widget.text
    assert "they meet at every point of the square" in widget._alt()
    widget = MatrixGame([[1, 1], [1, 1]], [[1, 0], [0, 2]])
    assert "The row player earns the same with both, whatever the other does" in widget.text
    assert "a segment from p = 0.67, q = 0.00 to p = 0.67, q = 1.00" in widget._alt()
    widget = MatrixGame([[1, 1], [1, 0]], [[1, 0], [0, 1]])
    assert "“row 1” never earns the row player less than “row 2”, and sometimes more" in widget.text


def test_name_of_the_game_follows_its_payoffs():
    widget = MatrixGame()
    game = widget.controls["game"]
    widget.set(game="prisoner's dilemma")
    assert widget.A.tolist() == [[3, 0], [5, 1]]
    widget.set(a12=2)
    assert game.value == OWN
    assert "“row 1”" in widget.text
    widget.set(a12=0)
    assert game.value == "prisoner's dilemma"
    widget.set(game=OWN)  # there is nothing to change yet
    assert game.value == "prisoner's dilemma"
    assert "“betray”" in widget.text


def test_without_b_the_game_is_zero_sum():
    widget = MatrixGame(torch.tensor([[2.0, 0.0], [1.0, 3.0]]))
    assert torch.equal(widget.B, -widget.A)
    assert widget.controls["b11"].value == -2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, [[1, 2], [3, 4]]), "`A` must be given where `B` is"),
        (([[1, 2, 3], [4, 5, 6]],), r"`A` must have shape \(2, 2\), got \(2, 3\); for larger games use"),
        (([[1, 2], [3, 4]], [[1, 2]]), r"`B` must have shape \(2, 2\)"),
        (([[1, 2], [3, 400]],), "`A` must be >= -99 and <= 99, got 400"),
        (([[1, 2], [3, float("nan")]],), "`A` must be >= -99 and <= 99, got nan"),
    ],
)
def test_other_games_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        MatrixGame(*arguments)


def test_widest_payoffs_stay_in_their_cells():
    widget = MatrixGame([[-98.888, -9.875], [-33.333, -99]], [[-98.888, -9.875], [-33.333, -99]])
    plot = widget._plot
    inside = plot._table_ax.transData.transform([(112.0, 0.0), (368.0, 0.0)])[:, 0]
    middle = inside.mean()
    for label in (plot._row_payoffs, plot._column_payoffs):
        xs = np.asarray(label.get_path().vertices)[:, 0]
        assert (inside[0] <= xs.min(), xs.max() <= inside[1]) == (True, True)
        assert abs(xs - middle).min() > 2  # nor do they touch the line between both columns
