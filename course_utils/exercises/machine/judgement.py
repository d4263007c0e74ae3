"""From facts to words: what differs, and what to look at next."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from course_utils.exercises.machine import guard
from course_utils.exercises.machine.facts import RANDOM, ZERO, Fact, same, show, show_both
from course_utils.exercises.machine.probes import Call, Fault, Given, Probe
from course_utils.exercises.machine.reductions import Case, Shape, reduced_otherwise, shape_in_words, sizes_of
from course_utils.exercises.machine.summands import Parts, summed_otherwise

_EFFECTS = {
    "mutated": "Your function changes its argument {}: whoever called it still needs the old numbers. "
    "Write `a = a + b` instead of `a += b`, and avoid methods that end in `_` on arguments.",
    "seeded": "Your function sets the global random seed. That fixes every random number drawn afterwards, everywhere "
    "in the notebook; and calling it twice gives the same draw twice. Leave the seed to whoever calls.",
    "random-state": "Your function draws from {}, although it need not draw there: all the randomness it needs comes "
    "in through its arguments.",
    "global-state": "Your function changes {} for everything that runs after it. (It has been put back.)",
}


@dataclass
class Sight:
    """What all probes saw of one function.

    Attributes
    ----------
    facts : list of list of Fact
        One list for each probe that was begun.
    shapes : list of list of dict
        For each fact, the shapes of the arguments with which the function was called last.
    fault : Fault or None
        What ended the last of them early.
    effects, printed
        See `course_utils.exercises.machine.probes.Call`.
    """

    facts: list[list[Fact]] = field(default_factory=list)
    shapes: list[list[dict[str, Shape]]] = field(default_factory=list)
    fault: Fault | None = None
    effects: dict[str, str] = field(default_factory=dict)
    printed: str = ""


@dataclass(frozen=True)
class Difference:
    """The first fact that differs: at which probe, what was expected, what was seen (None: nothing of that name)."""

    probe: int
    expected: Fact
    got: Fact | None


def look(
    function: Callable[..., object], probes: Iterable[Probe], returns: tuple[str, ...], names: tuple[str, ...]
) -> Sight:
    """Take every probe to `function`, until one cannot be finished."""
    sight, call = Sight(), Call(function, names)
    try:
        with guard.defaults():
            for probe in probes:
                sight.facts.append([])
                sight.shapes.append([])
                for fact in probe.look(call, returns):
                    sight.facts[-1].append(fact)
                    sight.shapes[-1].append(call.shapes)
    except Fault as fault:
        sight.fault = fault
    except Exception as error:  # a probe's own code met something it could not examine
        sight.fault = Fault("form", f"What came back could not be examined: {str(error)[:200]}")
    sight.effects, sight.printed = call.effects, call.printed
    return sight


VALUES = ("form", "value")


def first_difference(
    expected: Sight, got: Sight, roles: tuple[str, ...] = ("form", "value", "gradient")
) -> Difference | None:
    """Find the first fact that differs, among those of the given roles, as far as `got` was seen."""
    for probe, (wanted, found) in enumerate(zip(expected.facts, got.facts, strict=False)):
        complete = got.fault is None or probe < len(got.facts) - 1
        named = {fact.name: fact for fact in found if fact.role in roles}
        for fact in (fact for fact in wanted if fact.role in roles):
            other = named.get(fact.name)
            if other is None and not complete:
                break
            if other is None or not same(fact, other):
                return Difference(probe, fact, other)
    return None


def effect(effects: dict[str, str], *, may_draw: bool) -> tuple[str, str] | None:
    """Return kind and text of the first side effect that is not allowed."""
    for kind, text in _EFFECTS.items():
        if kind in effects and not (may_draw and kind == "random-state"):
            return kind, text.format(effects[kind])
    return None


def describe(expected: Fact, got: Fact | None) -> tuple[str, str, str]:
    """Return kind, message and details for a fact that differs."""
    if got is None:
        return "form", f"There is no {expected.name} to look at.", ""
    wanted, found = expected.value, got.value
    if expected.role == "form":
        return "form", f"Your function returned {found}; the exercise asks for {wanted}.{_form_hint(str(found))}", ""
    if found is None:
        return "no-gradient", _no_gradient(expected.name), ""
    if found == ZERO:
        return "zero-gradient", _zero_gradient(expected.name), _pair(expected, show(wanted), ZERO)
    if found == RANDOM:
        return (
            "random",
            "Two calls with the same arguments gave different results: something is drawn or counted inside.",
            "",
        )
    if not isinstance(wanted, Tensor) or not isinstance(found, Tensor):
        return "different", "", _pair(expected, show(wanted), show(found))
    return _tensors(expected, wanted, got, found)


def _tensors(expected: Fact, wanted: Tensor, got: Fact, found: Tensor) -> tuple[str, str, str]:
    name = f"{expected.name}"
    if wanted.shape != found.shape:
        return "shape", f"The shape of {name} should be {tuple(wanted.shape)}; it is {tuple(found.shape)}.", ""
    if wanted.device != found.device:
        return (
            "device",
            f"{name} should be on the device {wanted.device}, where the arguments are; it is on {found.device}.",
            "",
        )
    if wanted.dtype == torch.bool != found.dtype:
        return "dtype", f"The result should be boolean, True or False for each number; its dtype is {found.dtype}.", ""
    if wanted.dtype != found.dtype:
        text = f"{name} should have the dtype of the arguments, {wanted.dtype}; it has {found.dtype}."
        return "dtype", text, ""
    spread = None if expected.error is None or got.error is None else (expected.error**2 + got.error**2).sqrt()
    left, right, where = show_both(wanted, found, spread)
    details = "\n".join(part for part in (_pair(expected, left, right), where) if part)
    if not found.isfinite().all() and wanted.isfinite().all():
        return "not-finite", _not_finite(found), details
    return "different", "" if spread is None else "The numbers you draw have another distribution.", details


def reduction(
    expected: Sight, got: Sight, axes: Mapping[str, str], parts: Mapping[str, Parts], probes: Sequence[Probe]
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


def _cases(expected: Sight, got: Sight, axes: Mapping[str, str]) -> dict[str, list[tuple[int, Case]]]:
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


def shape_meaning(expected: Sight, differs: Difference, axes: Mapping[str, str]) -> str:
    """Say in words what a wrong shape means."""
    facts = expected.facts[differs.probe]
    number = next(i for i, fact in enumerate(facts) if fact is differs.expected)
    wanted, found = differs.expected.value, differs.got and differs.got.value
    if not isinstance(wanted, Tensor) or not isinstance(found, Tensor):
        return ""
    return shape_in_words(
        tuple(wanted.shape), tuple(found.shape), sizes_of(expected.shapes[differs.probe][number], axes)
    )


def _pair(fact: Fact, expected: str, got: str) -> str:
    return f"{fact.name}\n  expected: {expected}\n  yours:    {got}"


def _form_hint(found: str) -> str:
    if found == "a tuple of 1 tensor":
        return " A comma behind a returned value makes a tuple of it."
    if found.startswith(("a float", "an int")):
        return " `.item()` and `float()` turn tensors into plain numbers, which carry neither shape nor gradient."
    if found.startswith("a numpy"):
        return " Stay with torch: gradients do not pass through numpy."
    return ""


def _no_gradient(name: str) -> str:
    return (
        f"There is no {_plain(name)}: autograd finds no path from the result back to it. Paths are cut by "
        f"`.detach()`, `.data`, "
        "`torch.no_grad()`, `.item()`, `torch.tensor(...)`, numpy, and by `.sample()`; or the argument is not used "
        "at all."
    )


def _zero_gradient(name: str) -> str:
    return (
        f"{_plain(name, capital=True)} exists, but is zero everywhere: there is a path back to it, through an "
        f"operation that "
        "does not respond, such as `torch.normal`, rounding, a comparison or a saturated clamp."
    )


def _plain(name: str, capital: bool = False) -> str:
    text = name.removeprefix("the ")
    return f"The {text}" if capital else text


def _not_finite(found: Tensor) -> str:
    nan = bool(found.isnan().any())
    cause = (
        "a root or a logarithm of a negative number, 0/0, or ∞ − ∞"
        if nan
        else "an exponential that grew too large, a division by 0, or the logarithm of 0"
    )
    return f"The result contains {'NaN' if nan else 'infinite numbers'}: look for {cause}."
