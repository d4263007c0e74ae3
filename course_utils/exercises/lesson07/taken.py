"""Lesson 7: results that come as tensors, arrays or lists, taken for what they say."""

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Call, Fault, Given


def as_tensor(value: Any, *, what: str, of_two: str = "") -> Tensor:
    """Take a tensor, an array, or a list of numbers, of lists or of tensors for what it says.

    Parameters
    ----------
    value : object
        What a function returned.
    what : str
        What should have come back, for the verdict: "a class for each code".
    of_two : str
        What to say if a tuple came back instead.

    Returns
    -------
    Tensor
        On the CPU's side of things, without gradients.

    Raises
    ------
    Fault
        If it is anything else.

    Examples
    --------
    >>> as_tensor([3, torch.tensor(5)], what="two numbers")
    tensor([3, 5])
    >>> as_tensor([(1, 2), (3, 4)], what="two points")
    tensor([[1., 2.],
            [3., 4.]], dtype=torch.float64)
    """
    if isinstance(value, list) and value and all(isinstance(one, (list, tuple)) or _is_row(one) for one in value):
        rows = [as_tensor(list(one) if isinstance(one, tuple) else one, what=what) for one in value]
        if len({row.shape for row in rows}) == 1:
            return torch.stack([row.double() for row in rows])
    if isinstance(value, (list, range)) and all(_is_number(one) for one in value):
        value = np.asarray([one.item() if isinstance(one, Tensor) else one for one in value])
    if isinstance(value, np.ndarray):
        value = torch.from_numpy(value.copy())
    if isinstance(value, Tensor):
        return value.detach()
    raise Fault("form", f"One tensor was expected, {what}; a {kind(value)} came back. {_advice(value, of_two)}".strip())


def _is_row(value: Any) -> bool:
    return isinstance(value, (Tensor, np.ndarray)) and value.ndim > 0


def _advice(value: Any, of_two: str) -> str:
    if isinstance(value, list) and value:
        maker = "torch.stack" if isinstance(value[0], Tensor) else "torch.tensor"
        return f"`{maker}` makes one tensor of such a list."
    return of_two if isinstance(value, tuple) else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, np.generic)) or (isinstance(value, Tensor) and value.numel() == 1)


class Taken(Given):
    """Arguments with an exact result, which may come as an array, a list, or in another type of numbers.

    Parameters
    ----------
    arguments : dict of str to object
        In the order of the signature.
    what, of_two : str
        See `as_tensor`.
    """

    def __init__(self, arguments: dict[str, Any], *, what: str, of_two: str = "") -> None:
        super().__init__(arguments)
        self._what, self._of_two = what, of_two

    def look(self, call: Call, returns: tuple[str, ...]) -> Iterator[Fact]:
        """Yield the form of the result and its values."""
        yield from super().look(self._plain(call), returns)

    def moved_by(self, call: Call) -> list[str]:
        """Return the names of the arguments whose numbers change the result."""
        return super().moved_by(self._plain(call))

    def _plain(self, call: Call) -> Call:
        def plain(*arguments: Any) -> Tensor:
            return as_tensor(call(*arguments), what=self._what, of_two=self._of_two).float()

        return cast(Call, plain)  # `Given` calls it and does nothing else with it
