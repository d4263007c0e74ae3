"""Probes for answers that are plain numbers: as Python's, as NumPy's, or as tensors with one element."""

from collections.abc import Iterator
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_utils.exercises.machine.facts import RANDOM, Fact, article, kind
from course_utils.exercises.machine.probes import Call, Fault, Given


class Quantities(Given):
    """Arguments with several numbers as the result, in whatever type they come.

    Parameters
    ----------
    arguments : dict of str to object
        See `given`.
    note : str
        One sentence for whoever differs here first.
    """

    def __init__(self, arguments: dict[str, Any], note: str) -> None:
        super().__init__(arguments)
        self._why = note

    def look(self, call: Call, returns: tuple[str, ...]) -> Iterator[Fact]:
        """Yield the numbers by their names."""
        first, again = (_numbers(call(*self._fresh().values()), returns) for _ in range(2))
        for name, one, other in zip(returns, first, again, strict=True):
            same = one == other or (one != one and other != other)
            yield Fact(name, torch.tensor(one) if same else RANDOM, note=self._why)


def quantities(note: str, **arguments: Any) -> Quantities:
    """Make a probe from arguments, in the order of the signature; nested lists become float32 tensors."""
    return Quantities(arguments, note)


def _numbers(value: Any, returns: tuple[str, ...]) -> list[float]:
    """Return the numbers that came back, or raise the `Fault` that says what came instead."""
    asked = f"Asked for {'are' if len(returns) > 1 else 'is'} {' and '.join(returns)}"
    if isinstance(value, (Tensor, np.ndarray)) and value.ndim == 1:
        value = list(value)
    items = list(value) if isinstance(value, (tuple, list)) else [value]
    if len(items) != len(returns):
        raise Fault("form", f"{asked}; {article(kind(value))} came back.")
    return [_plain(item, name) for item, name in zip(items, returns, strict=True)]


def _plain(value: Any, name: str) -> float:
    if (isinstance(value, Tensor) and value.numel() == 1) or (isinstance(value, np.ndarray) and value.size == 1):
        value = value.item()
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise Fault("form", f"One number was expected as {name}; {article(kind(value))} came back.")
    return float(value)
