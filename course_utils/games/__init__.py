"""Games of two players: matrix games and their equilibria, and what happens when both players follow their gradients.

A matrix game is two tables of payoffs, A of the row player and B of the column player; both want much. In a game on a
function f(x, y) x makes f small and y makes it large; every rule of play is a generator that yields each step.
"""

from course_utils.games.dirac import dirac_gan
from course_utils.games.dynamics import RULES, Players, alternating, extragradient, optimistic, simultaneous
from course_utils.games.factors import local_factor, xy_factor
from course_utils.games.fields import field_jacobian, gradients
from course_utils.games.matrix import (
    Equilibrium,
    best_responses,
    is_degenerate,
    nash_equilibria,
    pure_equilibria,
    regrets,
)

__all__ = [
    "RULES",
    "Equilibrium",
    "Players",
    "alternating",
    "best_responses",
    "dirac_gan",
    "extragradient",
    "field_jacobian",
    "gradients",
    "is_degenerate",
    "local_factor",
    "nash_equilibria",
    "optimistic",
    "pure_equilibria",
    "regrets",
    "simultaneous",
    "xy_factor",
]
