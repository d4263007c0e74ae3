"""What a loss is called, so that a checkpoint can tell one from another."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

PLAIN = (bool, int, float, str, type(None))


def loss_name(loss: Callable[..., Any]) -> str:
    """Return the name of `loss` with the numbers, texts and functions that it was made with.

    These are its defaults, what it closes over, the global numbers that it reads, and the arguments of a ``partial``: a
    loop over beta has one name a round.

    Examples
    --------
    >>> def priced(beta):
    ...     return lambda model, batch: beta * batch
    >>> loss_name(priced(4.0))
    'priced.<locals>.<lambda>(beta=4.0)'
    """
    if isinstance(loss, functools.partial):
        bound = {str(index): value for index, value in enumerate(loss.args)} | loss.keywords
        return loss_name(loss.func) + _values(bound, functions=True)
    if not inspect.isfunction(loss):
        return getattr(loss, "__qualname__", type(loss).__qualname__) + _values(
            getattr(loss, "__dict__", {}), functions=True
        )
    seen = inspect.getclosurevars(loss)
    defaults = {name: p.default for name, p in inspect.signature(loss, follow_wrapped=False).parameters.items()}
    made_with = _values(defaults | dict(seen.nonlocals), functions=True) + _values(seen.globals, functions=False)
    return loss.__qualname__ + made_with


def _values(values: Mapping[str, Any], *, functions: bool) -> str:
    texts = []
    for name, value in sorted(values.items()):
        if name.startswith("_"):
            continue
        if isinstance(value, PLAIN):
            texts.append(f"{name}={value!r}")
        elif functions and inspect.isroutine(value):
            texts.append(f"{name}={value.__qualname__}")
    return f"({', '.join(texts)})" if texts else ""
