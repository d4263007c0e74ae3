"""From a fact that differs to words: what was expected, what came, and where to look next."""

import torch
from torch import Tensor

from course_utils.exercises.machine.facts import RANDOM, ZERO, Fact, capital, show, show_both


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
    name = capital(expected.name) if expected.name.startswith("the ") else expected.name
    if wanted.shape != found.shape:
        return "shape", f"The shape of {expected.name} should be {tuple(wanted.shape)}; it is {tuple(found.shape)}.", ""
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


def _pair(fact: Fact, expected: str, got: str) -> str:
    return f"{fact.name}\n  expected: {expected}\n  yours:    {got}"


def _form_hint(found: str) -> str:
    if found == "a tuple of 1 tensor":
        return " A comma behind a returned value makes a tuple of it."
    if found == "a list of 1 tensor":
        return " `torch.stack` makes one tensor of the tensors in a list."
    if found.startswith("a tuple of (") and "float" in found:
        return " Leave `.item()` and `float()` out: a plain number carries neither shape nor gradient."
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
        "does not respond, such as `torch.normal`, rounding, a comparison or a saturated clamp; "
        "or what comes back along several paths cancels."
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
