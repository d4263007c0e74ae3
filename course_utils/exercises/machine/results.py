"""What came back from a call: what kind of thing it is, and the parts of it that can be compared."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_utils.exercises.machine.facts import kind

Part = Tensor | str


def tensors(value: Any, returns: tuple[str, ...]) -> dict[str, Tensor]:
    """Give the tensors that came back their names: those of the exercise where the number fits.

    Empty if anything else came back.
    """
    items = list(value) if isinstance(value, (tuple, list)) else [value]
    if not items or not all(isinstance(item, Tensor) for item in items):
        return {}
    return dict(zip(_names(len(items), returns), items, strict=True))


def _names(count: int, returns: tuple[str, ...]) -> tuple[str, ...]:
    return returns if len(returns) == count else tuple(f"result {i + 1}" for i in range(count))


def parts(value: Any, returns: tuple[str, ...]) -> dict[str, Part]:
    """Name everything in `value` that can be compared: tensors, texts, and numbers and arrays as tensors.

    >>> parts({"beta": 2.0, "names": ["mu"]}, ("info",))
    {"info['beta']": tensor(2.), "info['names'][0]": 'mu'}
    """
    if isinstance(value, (tuple, list)) and len(value) == len(returns):
        items: tuple[Any, ...] = tuple(value)
    else:
        items, returns = (value,), returns if len(returns) == 1 else ("the result",)
    named: dict[str, Part] = {**tensors(value, returns)}
    return named or {n: p for name, item in zip(returns, items, strict=True) for n, p in _parts(item, name)}


def _parts(value: Any, name: str) -> Iterator[tuple[str, Part]]:
    value = value.item() if isinstance(value, np.generic) else value
    if type(value) is str or (isinstance(value, Tensor) and value.layout == torch.strided):
        yield name, value
    elif _is_number(value) or _are_numbers(value):
        yield name, torch.tensor(value)
    elif type(value) is np.ndarray:
        yield name, torch.tensor(value.copy())
    elif type(value) in (tuple, list, dict):
        for key, item in value.items() if type(value) is dict else enumerate(value):
            yield from _parts(item, f"{name}[{_key(key)}]")


def form(value: Any, named: dict[str, Tensor]) -> str:
    """Say what kind of thing came back, and not which numbers are in it.

    Parameters
    ----------
    value : object
        What came back.
    named : dict of str to Tensor
        What `tensors` made of it.

    Examples
    --------
    >>> form([1, 2], {}), form({"b": 1, "a": 2}, {})
    ('a list or tuple of 2 numbers', "a dict with the keys 'a', 'b'")
    """
    if named and all(item.layout == torch.strided for item in named.values()):
        if isinstance(value, Tensor):
            return "one tensor"
        pair = "list" if isinstance(value, list) else "tuple"
        return f"a {pair} of 1 tensor" if len(named) == 1 else f"{len(named)} tensors"
    value = value.item() if isinstance(value, np.generic) else value
    if _is_number(value) or type(value) is str:
        return f"{'an' if type(value) is int else 'a'} {type(value).__name__}"
    if _are_numbers(value):
        return f"a list or tuple of {len(value)} numbers"
    if type(value) is dict:
        return f"a dict with the keys {', '.join(sorted(map(_key, value)))}"
    return f"a {kind(value)}" + (f", {len(value)} in all" if type(value) in (tuple, list) and value else "")


def identical(one: Part | None, other: Part | None) -> bool:
    """Whether two parts are the same to the last bit, as far as one can look."""
    if not isinstance(one, Tensor) or not isinstance(other, Tensor):
        return isinstance(one, str) and isinstance(other, str) and one == other
    if one.shape != other.shape or one.device != other.device or one.device.type == "meta":
        return one.shape == other.shape and one.device == other.device
    return torch.equal(one.detach().nan_to_num(), other.detach().nan_to_num())


def _is_number(value: Any) -> bool:
    return type(value) in (bool, int, float)


def _are_numbers(value: Any) -> bool:
    return type(value) in (tuple, list) and bool(value) and all(map(_is_number, value))


def _key(key: Any) -> str:
    return repr(key) if type(key) is str or _is_number(key) else kind(key)  # no code of a foreign class is called
