"""Where in the unit square of (p, q) a player answers best, and where both do: points, segments, or all of it.

p is the probability of the first row, q that of the first column.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from course_utils.games import Equilibrium
from course_utils.games.matrix import TOLERANCE
from course_utils.widgets.matrix_game.presets import Table

Line = list[tuple[float, float]]
Range = tuple[float, float]


class EquilibriumSet(NamedTuple):
    """Equilibria that hang together: p and q in these ranges, and the range of both players' payoffs there."""

    p: Range
    q: Range
    payoffs: tuple[Range, Range]

    @property
    def kind(self) -> str:
        """Say "pure", "mixed", "segment" or "square"."""
        wide = (self.p[0] < self.p[1]) + (self.q[0] < self.q[1])
        if wide:
            return "segment" if wide == 1 else "square"
        return "pure" if {self.p[0], self.q[0]} <= {0.0, 1.0} else "mixed"


def equilibrium_sets(equilibria: Sequence[Equilibrium]) -> list[EquilibriumSet]:
    """Return the whole sets of which `nash_equilibria` of a game of two strategies each returned the corners."""
    corners = [(e.p[0].item(), e.q[0].item(), e.payoffs) for e in equilibria]
    if len(corners) == 4 and {(p, q) for p, q, _ in corners} == {(p, q) for p in (0.0, 1.0) for q in (0.0, 1.0)}:
        return [_hull(corners)]  # all four pure pairs: then nobody ever cares what they themselves do
    # Two corners with one p (or one q) may be mixed: what answers best against both answers best in between.
    pairs = [pair for pair in combinations(corners, 2) if pair[0][0] == pair[1][0] or pair[0][1] == pair[1][1]]
    alone = [corner for corner in corners if not any(corner in pair for pair in pairs)]
    return [*map(_hull, ([corner] for corner in alone)), *map(_hull, pairs)]


def _hull(corners: Sequence[tuple[float, float, tuple[float, float]]]) -> EquilibriumSet:
    ps, qs, payoffs = zip(*corners, strict=True)
    first, second = zip(*payoffs, strict=True)
    return EquilibriumSet(_range(ps), _range(qs), (_range(first), _range(second)))


def _range(numbers: Sequence[float]) -> Range:
    return min(numbers), max(numbers)


def answers(table: Table) -> Line | None:
    """Return the best answers of the player whose payoffs are `table`, as a line of (own, other's) probabilities.

    The other's probability grows along the line. None means that every answer is best, whatever the other does.
    """
    # What the first strategy earns more than the second, if the other plays its second or its first.
    at_0, at_1 = table[0][1] - table[1][1], table[0][0] - table[1][0]
    slack = TOLERANCE * spread(table)
    at_0, at_1 = (0.0 if abs(gain) <= slack else gain for gain in (at_0, at_1))
    if at_0 == at_1 == 0:
        return None
    if at_0 * at_1 > 0:
        best = float(at_0 > 0)
        return [(best, 0.0), (best, 1.0)]
    switch = at_0 / (at_0 - at_1)  # where both earn the same; an end of the square if one of the two is 0
    before = float(at_0 > 0) if at_0 else 1 - float(at_1 > 0)
    return [(before, 0.0), (before, switch), (1 - before, switch), (1 - before, 1.0)]


def spread(table: Table) -> float:
    """Return by how much payoffs differ at most."""
    return max(map(max, table)) - min(map(min, table))
