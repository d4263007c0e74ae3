# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 8, exercise: the equilibrium in which both players toss a coin."""

from course_utils.exercises.lesson08.quantities import quantities
from course_utils.exercises.machine.exercise import Exercise

mixed_equilibrium = Exercise(
    "The coins of an equilibrium",
    task="""
        A game of two players with two moves each. `A` and `B`, of shape (2, 2), hold the payoffs of the row player and
        of the column player: if row i meets column j, the one gets `A[i, j]`, the other `B[i, j]`, and each wants
        much. The game has an equilibrium in which both mix. Return the pair (p, q): in it the row player plays row 0
        with probability p, and the column player plays column 0 with probability q.
    """,
    signature="mixed_equilibrium(A, B)",
    returns=["p", "q"],
    axes={"A": "row column", "B": "row column"},
    hints=[
        "Nobody mixes two moves of which one pays more. So in the equilibrium both of a player's moves pay the *same*. "
        "Who decides whether they do?",
        "What column 0 pays the column player depends on p: p · B[0, 0] + (1 − p) · B[1, 0]. What does column 1 pay?",
        "So p follows from B: set the two equal and solve for p. In the same way q follows from A: row 0 pays "
        "q · A[0, 0] + (1 − q) · A[0, 1].",
        "q = (A[1, 1] − A[0, 1]) / (A[0, 0] − A[0, 1] − A[1, 0] + A[1, 1]). For p, exchange the players: B instead of "
        "A, and rows for columns.",
    ],
    probes=[
        quantities(
            "Both want to meet, but at different places. Column is indifferent where p · 1 = (1 − p) · 2, row where "
            "q · 3 = (1 − q) · 1.",
            A=[[3.0, 0.0], [0.0, 1.0]],
            B=[[1.0, 0.0], [0.0, 2.0]],
        ),
        quantities(
            "A penalty kick: `A` is the kicker's chance to score, left or right, and B = 1 − A. The keeper is "
            "indifferent where 0.4 p + 0.1 (1 − p) = 0.05 p + 0.3 (1 − p).",
            A=[[0.6, 0.95], [0.9, 0.7]],
            B=[[0.4, 0.05], [0.1, 0.3]],
        ),
        quantities(
            "Columns pay the column player 6 − 5p and 2 + 2p; rows pay the row player 1 + 4q and 4 − q.",
            A=[[5.0, 1.0], [3.0, 4.0]],
            B=[[1.0, 4.0], [6.0, 2.0]],
        ),
        quantities(
            "Two drivers at a crossing. Move 0 is to wait, move 1 to drive; if both drive, it costs 6 and 8. Rows pay "
            "−(1 − q) and q − 6 (1 − q).",
            A=[[0.0, -1.0], [1.0, -6.0]],
            B=[[0.0, 2.0], [-1.0, -8.0]],
        ),
        quantities(
            "Columns pay −2 + 3p and 4 − 5p; rows pay 2q and 5 − 4q.",
            A=[[2.0, 0.0], [1.0, 5.0]],
            B=[[1.0, -1.0], [-2.0, 4.0]],
        ),
        quantities(
            "Columns pay 8 − 7p and 3p; rows pay −4 + 6q and 1 − 3q.",
            A=[[2.0, -4.0], [-2.0, 1.0]],
            B=[[1.0, 3.0], [8.0, 0.0]],
        ),
        quantities(
            "What one wins the other loses, and in the equilibrium both earn 0: columns pay 2 − 4p and −1 + 2p, rows "
            "pay −1 + 3q and 1 − 3q. (Neither table has an inverse.)",
            A=[[2.0, -1.0], [-2.0, 1.0]],
            B=[[-2.0, 1.0], [2.0, -1.0]],
        ),
    ],
)


def _row_mix(B):
    """Return the p that makes the owner of B, who chooses columns, indifferent."""
    return (B[1, 1] - B[1, 0]) / (B[0, 0] - B[0, 1] - B[1, 0] + B[1, 1])


def _column_mix(A):
    """Return the q that makes the owner of A, who chooses rows, indifferent."""
    return (A[1, 1] - A[0, 1]) / (A[0, 0] - A[0, 1] - A[1, 0] + A[1, 1])


@mixed_equilibrium.reference
def _(A, B):
    p = (B[1, 1] - B[1, 0]) / (B[0, 0] - B[0, 1] - B[1, 0] + B[1, 1])
    q = (A[1, 1] - A[0, 1]) / (A[0, 0] - A[0, 1] - A[1, 0] + A[1, 1])
    return p, q


# The slip that textbooks warn of: what a player mixes is fixed by the *opponent's* payoffs.
@mixed_equilibrium.mistake(
    """The two are exchanged: you solved "my two moves pay me the same" and took the answer for your own coin. But what
    *my* moves pay me depends on the *opponent's* coin: from A follows q, and from B follows p."""
)
def own_equation_own_coin(A, B):
    return _column_mix(A), _row_mix(B)


@mixed_equilibrium.mistake(
    """Each coin was set by its owner's own payoffs: p from A and q from B. But one's own coin does not change what
    one's own moves pay. p is the coin that leaves the *column* player without a preference, so it follows from B, and q
    from A."""
)
def own_payoffs(A, B):
    return _row_mix(A), _column_mix(B)


@mixed_equilibrium.mistake(
    """These are the probabilities of row 1 and column 1. Asked for are those of row 0 and column 0: one minus yours."""
)
def of_the_second_moves(A, B):
    return 1 - _row_mix(B), 1 - _column_mix(A)


@mixed_equilibrium.mistake(
    """B was read the other way round, as `B[own move, other's move]`. In both tables the first index is the row: if row
    i meets column j the column player gets `B[i, j]`."""
)
def table_turned(A, B):
    return _row_mix(B.T), _column_mix(A)


@mixed_equilibrium.mistake(
    """You mix the moves in proportion to what they pay. In an equilibrium nobody has a reason to do so: both moves pay
    the same there. Find the coin that makes the *opponent's* two moves pay the same."""
)
def in_proportion_to_the_payoffs(A, B):
    return A[0].sum() / A.sum(), B[:, 0].sum() / B.sum()


@mixed_equilibrium.mistake(
    """Both toss a fair coin in your answer. That is the equilibrium of matching pennies, where everything is symmetric;
    here one of the opponent's moves would pay more than the other, and nobody mixes then."""
)
def fair_coins(A, B):
    return 0.5, 0.5


@mixed_equilibrium.mistake(
    """q is a copy of p. The players have different payoffs here: p makes the column player indifferent (from B), q the
    row player (from A)."""
)
def one_coin_for_both(A, B):
    p = _row_mix(B)
    return p, p


@mixed_equilibrium.mistake(
    """This is the cell in which both together get most, played for certain. In an equilibrium each asks only whether
    another move of their own would pay more; asked for is the one in which both mix."""
)
def best_cell_for_both(A, B):
    cell = int((A + B).argmax())
    return float(cell < 2), float(cell % 2 == 0)


@mixed_equilibrium.mistake(
    """q is right, and for p you return 1 − p: the probability of row 1, or a fraction upside down. (From p · a = (1 −
    p) · b follows p = b/(a + b).)"""
)
def row_upside_down(A, B):
    return 1 - _row_mix(B), _column_mix(A)
