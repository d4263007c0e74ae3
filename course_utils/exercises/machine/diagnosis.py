"""Probes that ask a function for more, once it has returned another result, and say what is true of all of it."""

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from torch import Tensor

from course_utils.exercises.machine.facts import Fact, close
from course_utils.exercises.machine.probes import Call, Fault, Given

Ask = Callable[..., Any]
"""Calls the learner's function; raises `Fault` if nothing comes back."""


class Diagnosis:
    """Says in words what is true of all that a function returns; each function is asked once.

    Parameters
    ----------
    find : callable
        From an `Ask` to a sentence, or "".
    """

    def __init__(self, find: Callable[[Ask], str]) -> None:
        self._find = find
        self._found: WeakKeyDictionary[Call, str] = WeakKeyDictionary()

    def of(self, call: Call) -> str:
        """Return the sentence, "" if the function cannot be asked."""
        if call not in self._found:
            try:
                self._found[call] = self._find(call)
            except (
                Fault,
                RuntimeError,
                TypeError,
                ValueError,
                IndexError,
                AttributeError,
            ):  # it returned what cannot be compared
                self._found[call] = ""
        return self._found[call]


class Diagnosed(Given):
    """Arguments with an exact result, and a diagnosis for whoever returns another one.

    Parameters
    ----------
    arguments : dict of str to object
        In the order of the signature.
    right : tuple of Tensor
        The results.
    why : str
        One sentence for whoever differs here first.
    diagnosis : Diagnosis
        Asked at the first difference.
    """

    def __init__(self, arguments: dict[str, Any], right: tuple[Tensor, ...], why: str, diagnosis: Diagnosis) -> None:
        super().__init__(arguments)
        self._right, self._why, self._diagnosis = right, why, diagnosis

    def look(self, call: Call, returns: tuple[str, ...]) -> Iterator[Fact]:
        """Yield the form of the result and its values, with what the diagnosis says of them."""

        def note(*found: Tensor) -> str:
            return "" if alike(self._right, found) else f"{self._diagnosis.of(call)} {self._why}".strip()

        self.note(note)
        yield from super().look(call, returns)


def alike(right: tuple[Tensor, ...], found: tuple[Tensor, ...]) -> bool:
    """Whether results are the right ones, in shape and numbers.

    >>> import torch
    >>> alike((torch.ones(2),), (torch.ones(2),)), alike((torch.ones(2),), (torch.ones(1),))
    (True, False)
    """
    pairs = list(zip(right, found, strict=True))
    return all(a.shape == b.shape and a.dtype == b.dtype and bool(close(b, a).all()) for a, b in pairs)
