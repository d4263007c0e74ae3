"""A wrong result, taken apart into the terms of its formula: which one is missing, turned round, or out of place."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor

from course_utils.exercises.machine.fits import fitted
from course_utils.exercises.machine.probes import Given, Probe

Table = Callable[..., dict[str, Tensor | float]]
"""From a probe's arguments to the terms a result may be made of, each broadcastable to the result's shape."""

_TOLERANCE = 1e-4  # of the largest term in a row, as for a float32 result
_UNSURE = 0.2  # farther than that from the right one no weight is taken to be right
_PRINTED = 5e-3  # of a weight: half a step of its third digit, where a step is largest
_WRITTEN = {0.25: "¼", 0.5: "½", 0.75: "¾", 0.91894: "½ log 2π", 1.83788: "log 2π"}


def taken_apart(
    tables: Mapping[str, tuple[str, Table]], pairs: Sequence[tuple[int, str, Tensor, Tensor]], probes: Sequence[Probe]
) -> str:
    """Say which terms of a formula a wrong result holds with other weights than the right one.

    Parameters
    ----------
    tables : mapping of str to (str, callable)
        For each result that can be taken apart, by its name: how its terms are reduced, in words ("summed over the
        dimensions"; may be empty), and what makes them from a probe's arguments. The term "1" is the constant.
    pairs : sequence of (int, str, Tensor, Tensor)
        Probe, name, right and wrong value of every exact result.
    probes : sequence of Probe
        What the function was called with.

    Returns
    -------
    str
        Empty if the numbers are no sum of these terms, or hold them as they should.
    """
    for result, (reduced, table) in tables.items():
        seen = [(probe.arguments, a, b) for probe, name, a, b in _given(pairs, probes) if name == result]
        if not seen:
            continue
        names, design = _design(table, [(arguments, a) for arguments, a, _ in seen])
        right = _weights(design, torch.cat([a.flatten().double() for _, a, _ in seen]))
        yours = right and _weights(design, torch.cat([b.flatten().double() for _, _, b in seen]), right)
        if right is not None and yours is not None and right != yours and _believable(names, right, yours):
            if all(name == "1" for name, weight in zip(names, yours, strict=True) if weight) and not reduced:
                return f"You return {_written(names, yours)} whatever the arguments are."
            text = _written(names, yours) + (f", {reduced}" if reduced else "")
            return f"Taken apart, {result} as you compute it is {text}: {_difference(names, right, yours)}."
    return ""


def _given(
    pairs: Sequence[tuple[int, str, Tensor, Tensor]], probes: Sequence[Probe]
) -> Iterator[tuple[Given, str, Tensor, Tensor]]:
    for number, name, right, yours in pairs:
        probe = probes[number]
        if isinstance(probe, Given):
            yield probe, name, right, yours


def _design(table: Table, seen: Sequence[tuple[dict[str, object], Tensor]]) -> tuple[list[str], Tensor]:
    """Return the names of the terms, and their values, shape (numbers, terms)."""
    rows, names = [], []
    for arguments, result in seen:
        terms = table(*(value.double() if isinstance(value, Tensor) else value for value in arguments.values()))
        names = list(terms)
        columns = [torch.as_tensor(term, dtype=torch.float64).expand(result.shape) for term in terms.values()]
        rows.append(torch.stack(columns, -1).reshape(-1, len(names)))
    return names, torch.cat(rows)


def _weights(design: Tensor, values: Tensor, right: Sequence[float] | None = None) -> list[float] | None:
    """Find the weights with which the terms add up to the values, or None if they do not, or not in one way only.

    A weight that cannot be told from the right one is taken to be right; if another one that is no twelfth is less
    sure than the digits that would be printed of it, nothing is said.
    """
    if len(design) < design.shape[1] + 4 or not values.isfinite().all():
        return None
    fit = fitted(design, values)
    if fit is None:
        return None
    raw, off, scale = fit
    twelfths = (12 * raw).round() / 12
    found = torch.where((raw - twelfths).abs() < 5e-4, twelfths, raw)
    found = torch.where(found.abs() < 1e-5 * found.abs().max(), 0.0, found)
    if right is not None:
        wanted = torch.tensor(right, dtype=torch.float64)
        found = torch.where((raw - wanted).abs() <= off.clamp(max=_UNSURE), wanted, found)
        told = torch.where((found == twelfths) | (found == 0), 1 / 24, _PRINTED * found.abs())
        if not ((found == wanted) | (off < told)).all():
            return None
    exact = (((design @ found - values) * scale).abs() < _TOLERANCE).all()
    return [float(weight) for weight in found] if exact else None


def _believable(names: Sequence[str], right: Sequence[float], yours: Sequence[float]) -> bool:
    """Whether no foreign term has an odd weight: nobody writes −17.9 σ, but few numbers are easily fitted by it."""
    if not any(yours):  # very small, perhaps, and not 0
        return False
    foreign = [weight for name, a, weight in zip(names, right, yours, strict=True) if not a and name != "1"]
    return all(abs(12 * weight - round(12 * weight)) < 1e-9 for weight in foreign)


def _written(names: Sequence[str], weights: Sequence[float]) -> str:
    text = ""
    for name, weight in zip(names, weights, strict=True):
        if weight:
            sign = (" − " if weight < 0 else " + ") if text else ("−" if weight < 0 else "")
            text += sign + _product(abs(weight), name)
    return text or "0"


def _product(weight: float, name: str) -> str:
    number = next(
        (text for value, text in _WRITTEN.items() if abs(weight - value) < 1e-4),
        f"{weight:.3g}" if weight < 1000 else f"{weight:,.0f}",
    )
    if name == "1":
        return number
    if number == "1":
        return name
    return f"({number}) {name}" if " " in number else f"{number} {name}"


def _difference(names: Sequence[str], right: Sequence[float], yours: Sequence[float]) -> str:
    """Name the terms whose weights differ, by how they do."""
    off = [(name, wanted, found) for name, wanted, found in zip(names, right, yours, strict=True) if wanted != found]
    if len(off) == 2 and off[0][1] == off[1][2] and off[0][2] == off[1][1] == 0 and "1" not in (off[0][0], off[1][0]):
        return f"{off[1][0]} stands where {off[0][0]} belongs"
    groups: dict[str, list[str]] = {"missing": [], "turned": [], "weight": [], "foreign": []}
    for name, wanted, found in off:
        kind = "foreign" if not wanted else "missing" if not found else "turned" if found == -wanted else "weight"
        groups[kind].append("the constant" if name == "1" else name)
    says = {
        "missing": ("{} is missing", "{} are missing"),
        "turned": ("the sign of {} is the opposite one", "the signs of {} are the opposite ones"),
        "weight": ("the factor of {} is not the right one", "the factors of {} are not the right ones"),
        "foreign": ("{} has no place in it", "{} have no place in it"),
    }
    return "; ".join(says[kind][len(named) > 1].format(_listed(named)) for kind, named in groups.items() if named)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
