"""Facts: what a probe saw of a function, when two facts are the same, and how they are written down."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

SIGMAS = 6.0
"""Statistics differ when they are further apart than this many standard errors: a false alarm in fewer than one of ten
million comparisons (two-sided, with a standard error from 100 blocks: p < 4e-8)."""

RELATIVE = {torch.float64: 1e-7, torch.float32: 1e-4, torch.bfloat16: 2e-2, torch.float16: 2e-3}
"""Relative tolerance of exact values, by dtype. To it comes an absolute 1e-7 of (1 + the largest expected number),
so that a customary ``+ 1e-8`` against division by zero is no mistake."""

SMALL = 24  # tensors with more numbers than this are summarised
RANDOM = "another value on every call"
ZERO = "zero everywhere"


@dataclass(frozen=True)
class Fact:
    """One thing seen of a function.

    Attributes
    ----------
    name : str
        What was looked at: "z", "the gradient with respect to `mu`", "a fresh draw for every image".
    value : Tensor, str or None
        Numbers, or words ("yes", "zero everywhere"). None is a missing gradient.
    error : Tensor or None
        Standard error of each number, if they are statistics; None if they are exact.
    role : str
        "value", "gradient" or "form" (what kind of thing was returned).
    note : str
        One sentence for whoever differs here first. A probe that sees why may say something else for another value.
    """

    name: str
    value: Tensor | str | None
    error: Tensor | None = None
    role: str = "value"
    note: str = ""


def capital(name: str) -> str:
    """Write a name as a sentence begins, but leave a symbol as it is.

    >>> capital("the mean"), capital("dL/dmu")
    ('The mean', 'dL/dmu')
    """
    symbol = any(letter.isupper() for letter in name.split()[0][1:])
    return name if symbol else name[0].upper() + name[1:]


def cost_in_words(cost: float, right: float) -> str:
    """Say what a sure answer costs where `right` nats are due: a cut is a cut, whichever epsilon makes it.

    >>> cost_in_words(16.1, 200.0), cost_in_words(200.0, 200.0)
    ('cut off below that', '200 nats')
    """
    if cost != cost:
        return "NaN"
    if abs(cost - right) < 1e-3:
        return f"{right:g} nats"
    if abs(cost) == float("inf"):
        return "infinite"
    return "100 nats" if cost == 100 else "cut off below that" if cost < right else "more than that"


def same(one: Fact, other: Fact) -> bool:
    """Whether two facts agree, within `RELATIVE` for exact numbers and `SIGMAS` standard errors for statistics.

    >>> same(Fact("z", torch.tensor([1.0])), Fact("z", torch.tensor([1.0 + 1e-6])))
    True
    >>> same(Fact("z", torch.tensor([1.0])), Fact("z", "zero everywhere"))
    False
    """
    a, b = one.value, other.value
    if one.name != other.name:
        return False
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return type(a) is type(b) and a == b
    if (a.shape, a.dtype, a.device) != (b.shape, b.dtype, b.device):
        return False
    return bool(close(a, b, _spread(one, other)).all())


def close(a: Tensor, b: Tensor, spread: Tensor | None = None) -> Tensor:
    """Compare element by element; `spread`, shape of `a`, is the standard error of the difference of two statistics."""
    if not a.is_floating_point():
        return a == b
    if spread is not None:
        return (a - b).abs() <= SIGMAS * spread + 1e-4 * b.abs() + 1e-6
    finite = b[b.isfinite()]
    largest = float(finite.abs().max()) if finite.numel() else 0.0
    return torch.isclose(a, b, rtol=RELATIVE.get(b.dtype, 1e-4), atol=1e-7 * (1 + largest), equal_nan=True)


def _spread(one: Fact, other: Fact) -> Tensor | None:
    if one.error is None or other.error is None:
        return None
    return (one.error**2 + other.error**2).sqrt()


def statistic(name: str, blocks: Tensor, *, note: str = "") -> Fact:
    """Make a fact of a statistic from its values in independent blocks of draws.

    Parameters
    ----------
    name : str
        What it is, with its unit if it has one.
    blocks : Tensor, shape (K, ...)
        The statistic in each of K blocks; their mean is the value, their standard deviation over √K its standard error.
    note : str
        See `Fact`.
    """
    return Fact(name, blocks.mean(0), error=blocks.std(0) / len(blocks) ** 0.5, note=note)


def gradient(name: str, value: Tensor | None, *, note: str = "") -> Fact:
    """Make a fact of a gradient: a tensor, None if there is none, or the words `ZERO`."""
    zero = value is not None and not bool(value.any())
    return Fact(name, ZERO if zero else value, role="gradient", note=note)


def show(value: Any, digits: int = 4) -> str:
    """Write a value so that a person can read it: small tensors whole, large ones as a summary.

    >>> show(torch.tensor([[1.0, -0.5], [2.0, 0.25]]))
    '[[1, -0.5], [2, 0.25]]'
    """
    if isinstance(value, Tensor):
        if value.numel() <= SMALL and value.device.type != "meta":
            return _numbers(value.detach().tolist(), digits)
        return f"a {kind(value)}"
    if value is None or isinstance(value, (bool, int, str)):
        return str(value)[:200]
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    return str(getattr(value, "shown", kind(value)))


def _numbers(value: Any, digits: int) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_numbers(v, digits) for v in value) + "]"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def kind(value: Any) -> str:
    """Say what kind of thing a result is, never calling code of the thing itself.

    >>> kind((torch.zeros(2), torch.zeros(2)))
    'tuple of 2 tensors'
    """
    if isinstance(value, Tensor):
        if value.layout != torch.strided:
            return f"tensor that is not dense ({value.layout})"
        where = "" if value.device.type == "cpu" else f" on the device {value.device}"
        return f"tensor of shape {tuple(value.shape)}{where}"
    if isinstance(value, (tuple, list)):
        name = "list" if isinstance(value, list) else "tuple"
        if all(isinstance(v, Tensor) for v in value):
            return f"{name} of {len(value)} tensor{'' if len(value) == 1 else 's'}"
        return f"{name} of ({', '.join('tensor' if isinstance(v, Tensor) else type(v).__name__ for v in value[:5])})"
    if value is None:
        return "None"
    if type(value) in (int, float, bool, str):
        return f"{type(value).__name__} ({str(value)[:40]})"
    return f"{type(value).__module__.split('.')[0]} {type(value).__name__}".removeprefix("builtins ")


def article(noun: str) -> str:
    """Set "a" or "an" before a noun.

    >>> article("int (3)"), article("list")
    ('an int (3)', 'a list')
    """
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def show_both(expected: Tensor, got: Tensor, spread: Tensor | None = None) -> tuple[str, str, str]:
    """Write two tensors of one shape so that their difference can be seen.

    Returns
    -------
    (str, str, str)
        Expected, got, and, where the tensor is large, where the largest difference is (else empty).
    """
    if expected.numel() <= SMALL:
        for digits in (4, 7, 12):
            texts = show(expected, digits), show(got, digits)
            if texts[0] != texts[1]:
                break
        return *texts, ""
    wrong = ~close(got, expected, spread)
    off = torch.where(wrong, (got.double() - expected.double()).abs().nan_to_num(nan=float("inf")), -1.0)
    place = tuple(int(i) for i in torch.unravel_index(off.argmax(), off.shape))
    where = f"{int(wrong.sum()):,} of {wrong.numel():,} numbers differ, most of all at {list(place)}"
    return show(expected[place], 7), show(got[place], 7), where
