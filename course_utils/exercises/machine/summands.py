"""A wrong sum of two parts, each of which may be reduced in its own way: the whole family is computed, not listed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from course_utils.exercises.machine.fits import fitted
from course_utils.exercises.machine.reductions import Case, all_of, equal, named_axes

Parts = Callable[..., dict[str, Tensor]]
"""From a probe's arguments to the parts of a result before anything is summed, each with the batch first."""


@dataclass(frozen=True)
class _Way:
    """One way to reduce a part: over its own axes, then over the batch."""

    mean: bool
    batch: str  # "", "averaged", "summed", "divided" or "keepdim"

    def apply(self, part: Tensor) -> Tensor:
        rows = part.flatten(1).mean(1) if self.mean else part.flatten(1).sum(1)
        match self.batch:
            case "keepdim":
                return rows[:, None]
            case "averaged":
                return rows.mean()
            case "summed":
                return rows.sum()
            case "divided":
                return rows / len(rows)
        return rows

    def said(self, own: str) -> list[str]:
        says = {
            "keepdim": "keeps an axis of size 1, shape (B, 1), so that every image meets every other",
            "averaged": "is averaged over the batch (if you wrote no such mean: PyTorch's losses take one by "
            "themselves, and a `keepdim=True` may turn a mean over another axis into one)",
            "summed": "is summed over the batch",
            "divided": "is divided by the size of the batch",
        }
        over = [f"is a mean over {own} where the sum belongs"] if self.mean else []
        return over + ([says[self.batch]] if self.batch else [])


_WAYS = [_Way(mean, batch) for mean, batch in product((False, True), ("", "averaged", "summed", "divided", "keepdim"))]
_ENDS: dict[str, Callable[[Tensor], Tensor]] = {
    "": lambda total: total,
    "averaged over the batch": lambda total: total.mean(),
    "summed over the batch": lambda total: total.sum(),
    "averaged over axis 1": lambda total: total.mean(1),
    "averaged over axis 0": lambda total: total.mean(0),
}


def summed_otherwise(parts: Parts, seen: Sequence[tuple[dict[str, object], Case]]) -> str:
    """Say how each part of a wrong sum is reduced, if that is all that is wrong with it.

    Parameters
    ----------
    parts : callable
        Makes the parts from the arguments.
    seen : sequence of (dict, Case)
        The arguments of every probe, and its results.

    Returns
    -------
    str
        Empty if no way to reduce the parts gives the learner's numbers.
    """
    tables = [(parts(*arguments.values()), case) for arguments, case in seen]
    if not tables or all(equal(case.right, case.yours) for _, case in tables):
        return ""
    tables.sort(key=lambda table: -table[1].right.numel())  # a large batch tells most ways apart at once
    for ways, end in _family(len(tables[0][0])):
        if all(_fits(table, case, ways, end) for table, case in tables):
            return _said(tables, ways, end)
    return _multiplied(tables)


def _family(count: int) -> Iterator[tuple[tuple[_Way, ...], str]]:
    """Yield every way to reduce the parts, from the nearest to the farthest from what is right."""
    every = product(product(_WAYS, repeat=count), _ENDS)
    yield from sorted(every, key=lambda one: sum(way.mean + bool(way.batch) for way in one[0]) + bool(one[1]))


def _fits(table: dict[str, Tensor], case: Case, ways: Sequence[_Way], end: str) -> bool:
    total = sum(way.apply(part) for way, part in zip(ways, table.values(), strict=True))
    if not isinstance(total, Tensor) or (end.endswith(("0", "1")) and total.ndim < 2) or (end and not total.ndim):
        return False
    return equal(_ENDS[end](total), case.yours)


_Tables = Sequence[tuple[dict[str, Tensor], Case]]


def _multiplied(tables: _Tables) -> str:
    """Say by which factors the parts are multiplied, each summed or averaged over its own axes."""
    if any(c.yours.shape != c.right.shape or c.yours.ndim != 1 or not c.yours.isfinite().all() for _, c in tables):
        return ""
    values = torch.cat([case.yours.double() for _, case in tables])
    for means in sorted(product((False, True), repeat=len(tables[0][0])), key=sum):
        ways = [_Way(mean, "") for mean in means]
        rows = [
            [way.apply(part).double() for way, part in zip(ways, table.values(), strict=True)] for table, _ in tables
        ]
        terms = torch.cat([torch.stack(columns, -1) for columns in rows])
        fit = fitted(terms, values) if terms.shape[:-1] == values.shape and len(values) > 3 * len(ways) else None
        if fit is None:
            continue
        factors = [_named(float(factor), float(off)) for factor, off in zip(*fit[:2], strict=True)]
        exact = (((terms @ fit[0] - values) * fit[2]).abs() < 1e-5).all()
        if exact and None not in factors and (any(means) or len(set(factors)) > 1):
            return _said_multiplied(tables, ways, factors)
    return ""


def _named(factor: float, off: float) -> str | None:
    """Say what a factor does that lies at most `off` from the true one; None if that leaves several to choose from."""
    if factor == 0 or off > 0.2 * abs(factor):
        return None
    signed = ["has the opposite sign"] if factor < 0 else []
    for verb, number, unsure in (("multiplied", abs(factor), off), ("divided", 1 / abs(factor), off / factor**2)):
        whole = round(number)
        if whole and unsure < 0.5 and abs(number - whole) <= max(unsure, 1e-5 * whole):
            return " and ".join(signed + ([f"is {verb} by {whole:,}"] if whole > 1 else []))
    size = f"{abs(factor):.3g}" if abs(factor) < 1000 else f"{abs(factor):,.0f}"
    return " and ".join([*signed, f"is multiplied by {size}"]) if off < min(1e-3 * abs(factor), 0.5) else None


def _said_multiplied(tables: _Tables, ways: Sequence[_Way], factors: Sequence[str | None]) -> str:
    cases, says = [case for _, case in tables], []
    for name, way, factor in zip(tables[0][0], ways, factors, strict=True):
        axes = named_axes([table[name] for table, _ in tables], cases)[1:]
        says.append(f"{name} {' and '.join([*way.said(all_of(axes)), *filter(None, [factor])]) or 'is right'}")
    text = "; ".join(says)
    return f"{text[0].upper()}{text[1:]}. Sum each over its own axes, with no factor that the task does not name."


def _said(tables: _Tables, ways: Sequence[_Way], end: str) -> str:
    cases = [case for _, case in tables]
    says = []
    for name, way in zip(tables[0][0], ways, strict=True):
        axes = named_axes([table[name] for table, _ in tables], cases)[1:]
        if way != _Way(mean=False, batch=""):
            says.append(f"{name} {' and '.join(way.said(all_of(axes)))}")
    if end:
        says.append(f"their sum is {end}")
    text = "; ".join(says)
    return f"{text[0].upper()}{text[1:]}. Sum each over its own axes, one number per image, shape (B,); then add."
