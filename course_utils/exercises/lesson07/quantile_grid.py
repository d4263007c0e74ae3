# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 7, exercise: codes for a picture of the whole latent plane, each standing for an equal share of the prior."""

import torch
from torch.distributions import Normal

from course_utils.exercises.lesson07.taken import Taken, as_tensor
from course_utils.exercises.machine.diagnosis import Diagnosis
from course_utils.exercises.machine.exercise import Exercise

quantile_grid = Exercise(
    "A map of equal shares",
    task="""
        Return n × n codes of two dimensions, shape (n·n, 2), that cover N(0, I) fairly. In each dimension cut N(0, 1)
        into n slices that are equally probable, and take the point of every slice that has half of the slice's
        probability below it. Order the n² combinations as a picture is read: row by row from the top, each row from
        left to right, with z₁ growing to the right and z₂ growing *upwards*.
    """,
    signature="quantile_grid(n)",
    returns=["the grid"],
    hints=[
        "Each slice has the probability 1/n. How much probability lies below the middle of slice 0? Of slice i?",
        "Below the middle of slice i lies (i + ½)/n. The number that has a given probability below it is the quantile, "
        "the inverse of the cumulative distribution function: `Normal(0.0, 1.0).icdf(…)` or `torch.special.ndtri(…)`.",
        "The first code belongs to the upper left corner: smallest z₁, largest z₂. Then z₁ runs along the row, and z₂ "
        'stays; `torch.meshgrid(…, indexing="xy")` or two loops do it.',
        "`q.repeat(n)` is q, q, q, …; `q.flip(0).repeat_interleave(n)` gives each number n times, the largest first. "
        "`torch.stack([…, …], 1)` puts them side by side.",
    ],
)


@quantile_grid.reference
def _(n):
    below = (torch.arange(n) + 0.5) / n  # the probability below the middle of each slice
    q = torch.special.ndtri(below)
    return torch.stack([q.repeat(n), q.flip(0).repeat_interleave(n)], 1)


def _grid(q):
    """Arrange coordinates, shape (n,), from left to right and from the top downwards."""
    return torch.stack([q.repeat(len(q)), q.flip(0).repeat_interleave(len(q))], 1)


def _slices(n):
    return (torch.arange(n) + 0.5) / n


class _Grid(Taken):
    """A number n, and a sentence on the right grid."""

    def __init__(self, n, says):
        super().__init__({"n": n}, what="shape (n·n, 2)", of_two="`torch.stack(…, -1)` puts two side by side.")
        self._shown = says

    def look(self, call, returns):
        """Yield form, shape and values, with what the diagnosis says."""
        self.note(lambda grid: _seen(grid, self.arguments["n"], self._shown, DISTANCES.of(call)))
        yield from super().look(call, returns)


def _equal_distances(ask):
    """Say so if seven slices have coordinates at equal distances."""
    across = as_tensor(ask(7), what="")[:, 0].unique()
    steps = across.diff()
    if len(across) < 4 or not bool(((steps - steps.mean()).abs() < 1e-3 * steps.mean()).all()):
        return ""
    return "Your coordinates lie at equal *distances*. Slices of equal probability are narrow in the middle."


DISTANCES = Diagnosis(_equal_distances)


def _seen(grid, n, says, distances):
    """Say what is seen in a grid that is not the right one."""
    if tuple(grid.shape) != (n * n, 2):
        return _shape_note(tuple(grid.shape), n)
    if grid.isnan().any():
        return "The quantile of a probability outside [0, 1] is NaN."
    if grid.isinf().any():
        return (
            "The quantile of 0 is −∞ and that of 1 is ∞, which no decoder can draw. These are the outer *borders* of "
            "the slices: take their middles, (i + ½)/n."
        )
    right = quantile_grid.answer(n)
    mine = [column.unique() for column in grid.T]
    if any(_alike(moved, right) for moved in (*_turned(grid, n), *_turned(grid.flip(1), n))):
        return "" if _alike(grid, right) else _order_note(grid)
    if all(_alike(column, right[:n, 0]) for column in mine):
        return "Every coordinate is right, but the combinations are not: each z₁ meets each z₂ once."
    name, values = ("z₂", mine[1]) if _alike(mine[0], right[:n, 0]) else ("z₁", mine[0])
    if len(values) != n:
        many = f"{len(values)} different values" if len(values) > 1 else "one value only"
        return f"{name} takes {many} in your grid; {n} slices have {n} middles."
    below = ", ".join(f"{value:.3g}" for value in torch.special.ndtr(values).tolist()[:6])
    return f"{distances} Below your {name} lie {below}{', …' if n > 6 else ''} of the probability. {says}".strip()


def _alike(one, other):
    return one.shape == other.shape and bool(torch.isclose(one, other, rtol=1e-4, atol=1e-5).all())


def _turned(grid, n):
    """Return the grid with its rows, its columns, or both in the opposite order."""
    square = grid.reshape(n, n, 2)
    turned = [square.flip(axes) for axes in ((), (0,), (1,), (0, 1))]
    return [one.reshape(n * n, 2) for each in turned for one in (each, each.transpose(0, 1))]


# pytorch/pytorch#50276.
MESHGRID = ' (`torch.meshgrid` lets its *first* result vary from row to row unless you ask for `indexing="xy"`.)'


def _order_note(grid):
    first, second = grid[0].tolist(), grid[1].tolist()
    along = "z₁" if abs(second[0] - first[0]) > 1e-6 else "z₂"
    corner = f"Your first code is ({first[0]:.3g}, {first[1]:.3g})"
    return (
        f"The codes are right, but not their order. {corner}, and along your first row {along} changes; the upper left "
        f"corner has the smallest z₁ and the largest z₂, and z₁ grows along a row.{MESHGRID if along == 'z₂' else ''}"
    )


def _shape_note(shape, n):
    if shape == (n, n, 2):
        return "Rows and columns of the grid are two axes here: `.reshape(-1, 2)` makes one list of codes of them."
    if shape in ((2, n * n), (2, n, n)):
        return "The two coordinates stand in the first axis; they belong in the last: `torch.stack(…, -1)`."
    if shape == (n, 2):
        return "n codes came back, with z₁ and z₂ running together. Each of the n z₁ meets each of the n z₂."
    if shape == (n,):
        return "These are n numbers for one dimension. The grid combines each of them with each of them."
    if shape == (n, n):
        return "One number for each place came back; a code has two."
    return "n × n codes of two numbers each are asked for."


quantile_grid.probes += [
    _Grid(3, "Three slices: their middles have 1/6, 1/2 and 5/6 below them."),
    _Grid(2, "Two slices, cut at 0: their middles have ¼ and ¾ below them."),
    _Grid(1, "One slice: half of all lies below 0."),
    _Grid(5, "Five slices: 0.1, 0.3, 0.5, 0.7 and 0.9 lie below their middles."),
    _Grid(12, "Twelve slices: the outermost middle lies at ±1.73."),
]


@quantile_grid.mistake(
    """You used `cdf`, which turns a number into the probability below it. Here the probability is known and the number
    is asked for: the other way round, `icdf`."""
)
def the_other_way_round(n):
    return _grid(Normal(0.0, 1.0).cdf(_slices(n)))


@quantile_grid.mistake(
    """Your grid holds the probabilities themselves, between 0 and 1. They still have to be turned into quantiles, which
    lie on both sides of 0."""
)
def probabilities(n):
    return _grid(_slices(n))


@quantile_grid.mistake(
    """The root of 2 is missing: `erfinv` belongs to exp(−x²), the normal density to exp(−½x²). The quantile is
    √2·erfinv(2p − 1)."""
)
def without_the_root(n):
    return _grid(torch.erfinv(2 * _slices(n) - 1))
