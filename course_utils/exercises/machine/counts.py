"""Probes for answers that are one whole number: a size, a number of parameters, an extent."""

import math
from collections.abc import Iterator
from numbers import Real
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_utils.exercises.machine.diagnosis import Diagnosis
from course_utils.exercises.machine.facts import RANDOM, Fact, kind
from course_utils.exercises.machine.probes import Call, Fault, Given


class Counted(Given):
    """Arguments with one whole number as the result, in whatever type it comes.

    An int, a float without a fraction, a number of NumPy's and a tensor with one element are the same answer.

    Parameters
    ----------
    arguments : dict of str to object
        Whole numbers, booleans, or lists of them.
    right : int
        The result.
    why : str
        One sentence for whoever differs here first: where the right result comes from.
    diagnosis : Diagnosis, optional
        Asked at the first other result.
    """

    def __init__(self, arguments: dict[str, Any], right: int, why: str, diagnosis: Diagnosis | None = None) -> None:
        super().__init__({})
        self.arguments = arguments
        self._right, self._why, self._diagnosis = right, why, diagnosis

    @property
    def says(self) -> str:  # type: ignore[override]
        """The call, in one line."""
        return "Called with " + ", ".join(f"{name} = {value}" for name, value in self.arguments.items())

    def look(self, call: Call, returns: tuple[str, ...]) -> Iterator[Fact]:
        """Yield the number, and for whoever is off why it is another one."""
        value, again = (whole_number(call(*self._fresh().values())) for _ in range(2))
        if value != again and value == value:
            yield Fact(returns[0], RANDOM)
            return
        notes = (
            []
            if value == self._right
            else [_fraction(value), self._diagnosis.of(call) if self._diagnosis else "", self._why]
        )
        yield Fact(returns[0], torch.tensor(value, dtype=torch.float64), note=" ".join(filter(None, notes)))

    def moved_by(self, call: Call) -> list[str]:
        """Return the names of the arguments that change the result when they grow by one, or become their opposite."""
        base = whole_number(call(*self._fresh().values()))
        moved = []
        for name, value in self.arguments.items():
            if isinstance(value, int):
                other = (not value) if isinstance(value, bool) else value + 1
                moved += [] if whole_number(call(*(self._fresh() | {name: other}).values())) == base else [name]
        return moved


def whole_number(value: Any) -> float:
    """Return the one number that came back, or raise the `Fault` that says what came instead.

    >>> whole_number(torch.tensor(3)), whole_number(3), whole_number(2.5)
    (3.0, 3.0, 2.5)
    """
    plain = value
    if (isinstance(value, Tensor) and value.numel() == 1) or (isinstance(value, np.ndarray) and value.size == 1):
        plain = value.item()
    if isinstance(plain, bool) or not isinstance(plain, Real):
        raise Fault("form", f"One whole number is asked for; a {kind(value)} came back.{_several(value)}")
    try:
        return float(plain)
    except (OverflowError, ValueError):
        raise Fault("form", "The number that came back is far too large to be looked at.") from None


def _several(value: Any) -> str:
    twice = type(value) in (tuple, list) and len(value) == 2 and type(value[0]) is type(value[1]) is int
    if twice and value[0] == value[1]:
        return " If the two are for height and width, return one of them."
    return ""


def _fraction(value: float) -> str:
    if not math.isfinite(value) or value % 1 == 0:
        return ""
    return f"Yours is {value:.4g}, but what is counted here is whole: if there is a `/`, how should it be rounded?"
