"""Wrong answers that are on no list of known mistakes, and what their verdict must say nevertheless.

One module a lesson, ``lesson0N.py``, with a list ``DROPPED`` of `Dropped`. A mistake that leaves the list of an
exercise comes here first: that its verdict stays true and helpful is shown, not hoped.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Dropped:
    """A wrong answer to an exercise.

    Attributes
    ----------
    exercise : str
        Its name in the lesson's module: "kl_standard_normal".
    name : str
        What the mistake is called in the test's report.
    function : callable
        The wrong answer.
    says : tuple of str
        What the message must contain: the words that are true of this mistake and help.
    """

    exercise: str
    name: str
    function: Callable[..., object]
    says: tuple[str, ...]
