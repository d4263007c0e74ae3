"""The reference's results and the learner's, side by side: how they are reduced, and how far they are apart."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from course_utils.exercises.machine.facts import Fact, capital, close, show
from course_utils.exercises.machine.observation import Difference, Observation
from course_utils.exercises.machine.probes import Given, Probe
from course_utils.exercises.machine.reductions import Case, reduced_otherwise, shape_in_words, sizes_of
from course_utils.exercises.machine.summands import Parts, summed_otherwise


def reduction(
    expected: Observation,
    got: Observation,
    axes: Mapping[str, str],
    parts: Mapping[str, Parts],
    probes: Sequence[Probe],
) -> str:
    """Say how the results are reduced, where that is all that is wrong with them; `axes` as in `sizes_of`."""
    cases = _cases(expected, got, axes)
    said = {name: reduced_otherwise([case for _, case in of_it]) for name, of_it in cases.items()}
    for name, table in parts.items():
        seen = [(p.arguments, case) for number, case in cases.get(name, []) if isinstance(p := probes[number], Given)]
        said[name] = said.get(name) or summed_otherwise(table, seen)
    if len(set(said.values())) == 1:
        return next(iter(said.values()))
    return " ".join(f"{name}: {text}" for name, text in said.items() if text)


def _cases(expected: Observation, got: Observation, axes: Mapping[str, str]) -> dict[str, list[tuple[int, Case]]]:
    """Collect what the probes saw of every exact result, with the probe's number."""
    found: dict[str, list[tuple[int, Case]]] = {}
    seen_by_both = zip(expected.facts, expected.shapes, got.facts, strict=False)
    for number, (wanted, shapes, seen) in enumerate(seen_by_both):
        named = {fact.name: fact.value for fact in seen if fact.role == "value" and fact.error is None}
        for fact, shape in zip(wanted, shapes, strict=True):
            right, yours = fact.value, named.get(fact.name)
            if fact.role == "value" and fact.error is None and isinstance(right, Tensor) and isinstance(yours, Tensor):
                found.setdefault(fact.name, []).append((number, Case(right, yours, sizes_of(shape, axes))))
    return found


def shape_meaning(expected: Observation, got: Observation, differs: Difference, axes: Mapping[str, str]) -> str:
    """Say in words what a wrong shape means; which axis is which, all probes tell together."""
    facts = expected.facts[differs.probe]
    number = next(i for i, fact in enumerate(facts) if fact is differs.expected)
    wanted, found = differs.expected.value, differs.got and differs.got.value
    if not isinstance(wanted, Tensor) or not isinstance(found, Tensor):
        return ""
    here = Case(
        torch.zeros(wanted.shape), torch.zeros(found.shape), sizes_of(expected.shapes[differs.probe][number], axes)
    )
    others = [
        case for probe, case in _cases(expected, got, axes).get(differs.expected.name, []) if probe != differs.probe
    ]
    return shape_in_words([here, *others])


def how_far(expected: Observation, got: Observation, differs: Difference) -> str:
    """Say how far the results are from the right ones, where nothing simpler is true of them all.

    Parameters
    ----------
    expected, got : Observation
        Of the reference and of the learner's function.
    differs : Difference
        The first fact that differs: words are compared there, numbers on all probes.
    """
    wanted, found = differs.expected, differs.got
    if found is None:
        return ""
    if not isinstance(wanted.value, Tensor) or not isinstance(found.value, Tensor):
        return (
            f"{capital(wanted.name)}: {show(wanted.value)} is expected; with your function it is {show(found.value)}."
        )
    if wanted.role == "gradient":
        return _gradient(wanted.name, _numbers(expected, got, wanted.name))
    pairs = _numbers(expected, got, wanted.name)
    if wanted.value.dtype == torch.bool:
        return _answers(wanted.name, pairs)
    return _apart(wanted.name, pairs) if wanted.error is None and pairs else _statistics(wanted, found)


def _numbers(expected: Observation, got: Observation, name: str) -> list[tuple[Tensor, Tensor]]:
    """Collect the results of one name, on every probe on which they can be subtracted."""
    found = []
    for wanted, seen in zip(expected.facts, got.facts, strict=False):
        right = next((fact.value for fact in wanted if fact.name == name), None)
        yours = next((fact.value for fact in seen if fact.name == name), None)
        if isinstance(right, Tensor) and isinstance(yours, Tensor) and right.shape == yours.shape:
            found.append((right.double(), yours.double()))
    return found


def _apart(name: str, pairs: Sequence[tuple[Tensor, Tensor]]) -> str:
    alike = [bool(close(yours.float(), right.float()).all()) for right, yours in pairs]
    right, yours = (torch.cat([pair[side].flatten() for pair in pairs]) for side in (0, 1))
    off = ~close(yours.float(), right.float()) & yours.isfinite()
    if not off.any():
        return ""
    gaps = (yours - right)[off]
    most = gaps.abs().argmax()
    where = f"is right on {sum(alike)} of {len(alike)} probes; elsewhere" if any(alike) else "differs on every probe:"
    if bool((gaps > 0).all()) or bool((gaps < 0).all()):
        way = "large" if gaps[0] > 0 else "small"
        several = f"{len(gaps)} of its {off.numel()} numbers are off, all too {way}"
        one = (
            f"one of its {off.numel()} numbers is off, too {way}" if off.numel() > 1 else f"its one number is too {way}"
        )
        how = f"{one if len(gaps) == 1 else several}, by {_range(gaps.abs())}"
    else:
        large, small = int((gaps > 0).sum()), int((gaps < 0).sum())
        how = f"{large} number{' is' if large == 1 else 's are'} too large and {small} too small"
    named = capital(name) if name.startswith("the ") else name
    farthest = told_apart(float(yours[off][most]), float(right[off][most]))
    nearly = f" {_NEARLY}" if bool((gaps.abs() <= 1e-3 * right[off].abs()).all()) and right.frac().any() else ""
    return f"{named} {where} {how}; farthest off, {farthest[0]} where {farthest[1]} is expected.{nearly}"


_NEARLY = "Near, but not exact: is something rounded, or a derivative taken over a small step?"


def told_apart(one: float, other: float) -> tuple[str, str]:
    """Write two numbers with so many digits that they look different, if they are.

    >>> told_apart(0.28125, 0.28121), told_apart(2.0, 3.0)
    (('0.28125', '0.28121'), ('2', '3'))
    """
    texts = [(f"{one:.{digits}g}", f"{other:.{digits}g}") for digits in (4, 5, 6, 7, 12)]
    return next((pair for pair in texts if pair[0] != pair[1]), texts[-1])


def _answers(name: str, pairs: Sequence[tuple[Tensor, Tensor]]) -> str:
    """Count the wrong ones where the results are True or False."""
    gaps = torch.cat([(yours - right).flatten() for right, yours in pairs])
    sides = ((gaps > 0, "True where it should be False"), (gaps < 0, "False where it should be True"))
    said = " and ".join(f"{_times(int(off.sum()))} {how}" for off, how in sides if off.any())
    return f"Over all probes, {name} is {said}." if said else ""


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _range(gaps: Tensor) -> str:
    low, high = f"{gaps.min():.3g}", f"{gaps.max():.3g}"
    return low if low == high else f"{low} to {high}"


def _statistics(wanted: Fact, found: Fact) -> str:
    return f"{capital(wanted.name)} is {show(found.value, 3)} where {show(wanted.value, 3)} is expected."


def _gradient(name: str, pairs: Sequence[tuple[Tensor, Tensor]]) -> str:
    """Say it of all probes; any one number is some multiple of the right one, so a factor takes four."""
    values = f"The values are right, but {name} is not"
    right, yours = (torch.cat([torch.zeros(0), *(pair[side].flatten() for pair in pairs)]) for side in (0, 1))
    used = right.abs() > 1e-6
    ratio = float((yours / right)[used].median()) if used.sum() >= 4 else 0.0
    if ratio and bool(close(yours.float(), ratio * right.float()).all()):
        return f"{values}: it is {ratio:.4g} times what it should be."
    return f"{values}: is a part of the formula detached, or computed by something that autograd does not see?"
