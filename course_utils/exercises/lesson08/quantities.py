"""Probes for answers that are plain numbers: as Python's, as NumPy's, or as tensors with one element."""

from collections.abc import Iterator
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_utils.exercises.machine.facts import RANDOM, Fact, article, kind
from course_utils.exercises.machine.probes import Call, Fault, Given, normal


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

    def moved_by(self, call: Call) -> list[str]:
        """Return the names of the arguments whose change moves a number, by more than rounding.

        The entries of a tensor change by different amounts, up and down: payoffs that all grow alike would leave every
        equilibrium where it is. A number that decides alone, as a small radius may, is tried with another value, too.
        """
        wide = {name: 3 * value + 2 for name, value in self.arguments.items() if isinstance(value, float)}
        moved: set[str] = set()
        for base in [{}, wide] if wide else [{}]:
            before = _as_they_come(call(*(self._fresh() | base).values()))
            for name, value in self.arguments.items():
                changes = [self._fresh() | base | {name: other} for other in _others(value)]
                after = [_as_they_come(call(*arguments.values())) for arguments in changes]
                moved |= set() if all(torch.allclose(one, before, equal_nan=True) for one in after) else {name}
        return sorted(moved)


def quantities(note: str, **arguments: Any) -> Quantities:
    """Make a probe from arguments, in the order of the signature; nested lists become float32 tensors."""
    return Quantities(arguments, note)


def _others(value: Any) -> list[Any]:
    """Return two other values for an argument."""
    if isinstance(value, Tensor):
        away = 3 * normal(*value.shape, seed=1)
        return [value + away, value - away]
    return [value + 1, 0] if isinstance(value, int) else [value + 1, 0.5 * value]


def _as_they_come(value: Any) -> Tensor:
    """Return the numbers that came back, however many there are."""
    items = list(value) if isinstance(value, (tuple, list)) else [value]
    return torch.cat([torch.as_tensor(item, dtype=torch.float64).flatten() for item in items])


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
