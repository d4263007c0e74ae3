"""What is checked before a learner's function is run: that it is one, that it is begun, that it takes the arguments."""

import dis
import inspect
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any

import torch
from torch import Tensor

from course_utils.exercises.machine.facts import article, kind
from course_utils.exercises.machine.guard import unwrapped

_SILENT = {
    "RESUME",
    "NOP",
    "CACHE",
    "PRECALL",
    "CALL",
    "PUSH_NULL",
    "POP_TOP",
    "COPY_FREE_VARS",
    "KW_NAMES",
    "NOT_TAKEN",
}
_LEAVING = {"LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "LOAD_GLOBAL"}


def is_stub(function: Any) -> bool:
    """Whether the body is still empty: ``...``, ``pass``, ``return None`` right away or ``raise NotImplementedError``.

    A class counts as a stub if its ``forward`` is one. Comments and a docstring change nothing.

    >>> is_stub(lambda mu, logvar: ...)
    True
    >>> is_stub(lambda mu, logvar: mu)
    False
    """
    if isinstance(function, type) and issubclass(function, torch.nn.Module) and "forward" not in vars(function):
        return True
    code = getattr(unwrapped(function), "__code__", None)
    if not isinstance(code, CodeType) or code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE):
        return False
    steps = [step for step in dis.get_instructions(code) if step.opname not in _SILENT]
    if not {step.opname for step in steps} <= _LEAVING:
        return False
    names = [step.argval for step in steps if step.opname == "LOAD_GLOBAL"]
    if any(step.opname == "RAISE_VARARGS" for step in steps):
        return names == ["NotImplementedError"]
    return not names and steps[0].argval in (None, Ellipsis)


def refusal(function: Any, reference: Callable[..., Any], *, builds: bool) -> tuple[str, str] | None:
    """Return kind and text of the verdict if `function` need not even be called, else None.

    Parameters
    ----------
    function : object
        Whatever the learner passed.
    reference : callable
        Tells the number and the names of the parameters.
    builds : bool
        Whether a class is welcome: the exercise asks for something that builds a module.
    """
    wanted = list(inspect.signature(reference).parameters)
    shape = f"({', '.join(wanted)})"
    if not callable(function) or (isinstance(function, type) and not builds):
        return "not-a-function", _what_instead(function, shape)
    if is_stub(function):
        return "not-attempted", "Write the body, then run this cell again; `.hint()` gives a nudge."
    target = unwrapped(function)
    if inspect.isgeneratorfunction(target):
        return (
            "not-a-function",
            "Your function contains `yield`, which makes it a generator. Give the result back with `return`.",
        )
    if inspect.iscoroutinefunction(target):
        return "not-a-function", "Your function is declared with `async`; a plain `def` is what the exercise needs."
    return _parameters(function, wanted, shape)


def _what_instead(thing: Any, shape: str) -> str:
    remedy = "Pass the function itself, without calling it: `check(my_function)`."
    if thing is None:
        return f"You passed None. {remedy} (A function that was called, and returned nothing, gives None.)"
    if isinstance(thing, Tensor):
        return f"You passed a tensor, perhaps the function's result. {remedy}"
    if isinstance(thing, ModuleType):
        return "You passed a Python module. Pass one function of it."
    if isinstance(thing, type):
        return f"You passed a class. This exercise asks for a function of {shape}."
    return f"You passed {article(kind(thing))}. {remedy}"


def _parameters(function: Any, wanted: list[str], shape: str) -> tuple[str, str] | None:
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):  # some built-in functions do not tell
        return None
    names = list(signature.parameters)
    try:
        signature.bind(*wanted)
    except TypeError:
        have = f"{len(names)} ({', '.join(names)})" if names else "none"
        return (
            "signature",
            f"Your function is called with {len(wanted)} arguments {shape}, by position; its parameters: {have}.",
        )
    mine = names[: len(wanted)]
    if mine != wanted and sorted(mine) == sorted(wanted):
        return "signature", f"The arguments come in the order {shape}; your function takes them as ({', '.join(mine)})."
    return None
