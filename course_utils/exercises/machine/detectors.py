"""One true sentence about all the wrong numbers, where there is one."""

import dis
import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from types import CodeType, MappingProxyType

import torch
from torch import Tensor

from course_utils.exercises.machine.facts import Fact, capital, close
from course_utils.exercises.machine.guard import unwrapped
from course_utils.exercises.machine.observation import Observation
from course_utils.exercises.machine.probes import NO_POWER, Call, Fault, Given, Probe
from course_utils.exercises.machine.terms import Table, taken_apart

Function = Callable[..., object]


def pattern(
    expected: Observation,
    got: Observation,
    function: Function,
    reference: Function,
    probes: Sequence[Probe],
    tables: Mapping[str, tuple[str, Table]] = MappingProxyType({}),
) -> str:
    """Say in one sentence how the wrong numbers relate to the right ones, if such a sentence is true of all probes.

    Parameters
    ----------
    expected, got : Observation
        Of the reference and of the learner's function.
    function, reference : callable
        The two themselves, to see which arguments move their results.
    probes : sequence of Probe
        What the function was called with.
    tables : mapping
        The terms of the results; see `terms.taken_apart`.

    Returns
    -------
    str
        Empty if nothing simple is true.
    """
    if has_caret(function) and not has_caret(reference):
        return NO_POWER
    ignored = _ignored(function, reference, probes)
    if ignored:
        return f"Your result stays the same when {ignored} changes."
    pairs = exact_pairs(expected, got)
    if not pairs:
        return ""
    swapped = _swapped(pairs)
    if swapped:
        return swapped
    right, yours = (torch.cat([pair[side].flatten().double() for _, _, *pair in pairs]) for side in (0, 1))
    relation = (
        _relation(right, yours)
        or _relation_of_each(pairs)
        or transformed(pairs)
        or _exchanged(pairs, reference, probes)
        or taken_apart(tables, pairs, probes)
    )
    return relation or _region(pairs, probes) or _batch(pairs, probes)


def randomised(function: Function) -> str:
    """Say so if the code calls a function of PyTorch that draws, though its name does not tell.

    >>> randomised(lambda x: torch.pca_lowrank(x)[1])[:40]
    '`torch.pca_lowrank` draws random numbers'
    """
    names = getattr(getattr(unwrapped(function), "__code__", None), "co_names", ())
    for name in ("pca_lowrank", "svd_lowrank"):
        if name in names:
            return (
                f"`torch.{name}` draws random numbers, from which it finds directions that are nearly right. Exact "
                "are `torch.linalg.eigh` of the covariance and `torch.linalg.svd` of the centred data."
            )
    return ""


def exact_pairs(expected: Observation, got: Observation) -> list[tuple[int, str, Tensor, Tensor]]:
    """Collect probe, name, right and wrong value of all exact results that came out in the right shape and dtype."""
    found = []
    for number, (wanted, seen) in enumerate(zip(expected.facts, got.facts, strict=False)):
        named = {fact.name: fact for fact in seen}
        for fact in wanted:
            a, b = fact.value, named.get(fact.name, Fact("", None)).value
            exact = fact.role == "value" and fact.error is None and isinstance(a, Tensor) and isinstance(b, Tensor)
            if exact and (a.shape, a.dtype, a.device) == (b.shape, b.dtype, b.device):  # type: ignore[union-attr]
                found.append((number, fact.name, a, b))
    return found  # type: ignore[return-value]


def has_caret(function: Function) -> bool:
    """Whether there is a ``^`` in the code of a function, or of one that is defined in it.

    >>> has_caret(lambda k: k ^ 2), has_caret(lambda k: k**2)
    (True, False)
    """
    codes = [getattr(unwrapped(function), "__code__", None)]
    for code in codes:  # grows on the way
        if isinstance(code, CodeType):
            codes += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
            if any(step.opname == "BINARY_OP" and step.argrepr in ("^", "^=") for step in dis.get_instructions(code)):
                return True
    return False


def _ignored(function: Function, reference: Function, probes: Sequence[Probe]) -> str:
    """Name the arguments that move the reference's result and never the learner's."""
    right, yours = Call(reference), Call(function)
    moving: set[str] = set()
    moved: set[str] = set()
    for probe in (probe for probe in probes if isinstance(probe, Given)):
        moving.update(probe.moved_by(right))
        try:
            moved.update(probe.moved_by(yours))
        except Fault:
            return ""
    return " or ".join(f"`{name}`" for name in sorted(moving - moved)) if moved else ""


def _relation(right: Tensor, yours: Tensor) -> str:
    used = right.abs() > 1e-6
    if used.sum() < 4 or not yours.isfinite().all() or _near(yours, right):  # then the gradient differs
        return ""
    ratio, shift = (yours[used] / right[used]).median(), (yours - right).median()
    if _near(yours, -right):
        return "Every number has the opposite sign."
    if ratio.abs() > 1e-6 and _near(yours, ratio * right):
        bits = " (bits instead of nats?)" if abs(float(ratio) * math.log(2) - 1) < 1e-3 else ""
        return f"Every number is {f'{ratio:.4g}'.replace('-', '−')} times the expected one{bits}."
    if _near(yours, right + shift):
        return f"Every number is the expected one {'+' if shift > 0 else '−'} {abs(float(shift)):.4g}."
    return ""


def _relation_of_each(pairs: Sequence[tuple[int, str, Tensor, Tensor]]) -> str:
    """Say it of single results, where the results differ in different ways."""
    says = []
    for result in {name: None for _, name, _, _ in pairs}:
        sides = ([pair[side].flatten().double() for _, name, *pair in pairs if name == result] for side in (0, 1))
        text = _relation(*map(torch.cat, sides))
        says += [f"{capital(result)}: {text[0].lower()}{text[1:]}"] if text else []
    return " ".join(says)


_MADE_OF = {
    "the exponential": torch.exp,
    "the logarithm": torch.log,
    "the root": torch.sqrt,
    "the square": torch.square,
    "the absolute value": torch.abs,
    "the positive part": torch.relu,
}


def transformed(pairs: Sequence[tuple[int, str, Tensor, Tensor]]) -> str:
    """Say that a result is some function of what it should be, as if one step too many was taken at its end.

    >>> right = torch.tensor([0.5, 2.0, 3.0, 0.1])
    >>> transformed([(0, "KL", right, right.exp())])
    'KL as you return it is the exponential of what it should be.'
    """
    for name in {name: None for _, name, _, _ in pairs}:
        right = torch.cat([a.flatten().double() for _, of, a, _ in pairs if of == name])
        yours = torch.cat([b.flatten().double() for _, of, _, b in pairs if of == name])
        if len(right) < 4 or yours.isnan().any() or _near(yours, right):
            continue
        for what, function in _MADE_OF.items():
            made = function(right)
            if not made.isnan().any() and _near(yours, made):
                return f"{capital(name)} as you return it is {what} of what it should be."
    return ""


def _exchanged(pairs: Sequence[tuple[int, str, Tensor, Tensor]], reference: Function, probes: Sequence[Probe]) -> str:
    """Find two arguments whose exchange alone makes the right numbers of the wrong ones."""
    if len({name for _, name, _, _ in pairs}) > 1 or all(_near(yours, right) for _, _, right, yours in pairs):
        return ""
    asked = [(_arguments(probes[number]), yours) for number, _, _, yours in pairs if _arguments(probes[number])]
    names = [name for name, value in asked[0][0].items() if isinstance(value, (Tensor, int))] if asked else []
    for one, other in combinations(names, 2):
        if all(_gives(reference, given | {one: given[other], other: given[one]}, yours) for given, yours in asked):
            return f"Your numbers are those for `{one}` and `{other}` exchanged."
    return ""


def _gives(reference: Function, arguments: dict[str, object], wanted: Tensor) -> bool:
    try:
        value = Call(reference)(*arguments.values())
    except Fault:
        return False
    value = torch.tensor(value) if isinstance(value, int) else value
    return isinstance(value, Tensor) and value.shape == wanted.shape and _near(value, wanted)


def _near(one: Tensor, other: Tensor) -> bool:
    return bool(close(one.float(), other.float()).all())


def _swapped(pairs: list[tuple[int, str, Tensor, Tensor]]) -> str:
    if len({name for _, name, _, _ in pairs}) != 2:
        return ""
    for (_, _, a, x), (_, _, b, y) in zip(pairs[::2], pairs[1::2], strict=False):
        if a.shape != b.shape or not (close(y, a).all() and close(x, b).all()):
            return ""
    return "Both results are right, but they come in the other order."


def _region(pairs: list[tuple[int, str, Tensor, Tensor]], probes: Sequence[Probe]) -> str:
    """Find an argument whose size alone decides where the numbers are wrong."""
    off = {name for _, name, a, b in pairs if not close(b, a).all()}
    names = [name for name, value in _arguments(probes[0]).items() if isinstance(value, Tensor)]
    for name in names if len(off) == 1 else []:
        sizes, wrong = [], []
        for number, result, a, b in pairs:
            value = _arguments(probes[number]).get(name)
            if result in off and isinstance(value, Tensor) and value.shape == a.shape:
                sizes.append(value.flatten().double())
                wrong.append(~close(b, a).flatten())
        if sizes and (text := _threshold(torch.cat(sizes), torch.cat(wrong))):
            return f"Only numbers where `{name}` is {text} are off{': is there a clamp?' if 'outside' in text else '.'}"
    return ""


def _threshold(sizes: Tensor, wrong: Tensor) -> str:
    """Describe the wrong ones among `sizes` by one bound, if that is possible."""
    if wrong.sum() < 3 or (~wrong).sum() < 3:
        return ""
    bad, good = sizes[wrong], sizes[~wrong]
    if bad.max() < 0 <= good.min():
        return "negative"
    if bad.max() < good.min():
        return f"below {good.min():.3g}"
    if good.max() <= 0 < bad.min():
        return "positive"
    if good.max() < bad.min():
        return f"above {good.max():.3g}"
    if not good.any() and bad.all():
        return "not 0"
    if good.abs().max() < bad.abs().min():
        return f"outside of [{-good.abs().max():.3g}, {good.abs().max():.3g}]"
    return ""


def _batch(pairs: list[tuple[int, str, Tensor, Tensor]], probes: Sequence[Probe]) -> str:
    """Notice a function whose rows are right whenever the batch holds one example."""
    rows: dict[bool, set[int]] = {True: set(), False: set()}
    for number, _, a, b in pairs:
        value = next((v for v in _arguments(probes[number]).values() if isinstance(v, Tensor) and v.ndim > 1), None)
        if value is not None:
            if not a.ndim or len(a) != len(value):  # its rows are meant to mix, in a mean over the batch, say
                return ""
            rows[bool(close(b, a).all())].add(len(value))
    if rows[True] == {1} and rows[False] and min(rows[False]) > 1:
        alone = "It is right on the probes with a batch of one and differs on larger ones"
        return f"{alone}: do the rows of the batch mix somewhere?"
    return ""


def _arguments(probe: Probe) -> dict[str, object]:
    return probe.arguments if isinstance(probe, Given) else {}
