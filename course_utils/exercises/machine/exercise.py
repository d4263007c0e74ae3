"""What the learner calls: check, hint, solution."""

import time
from functools import cached_property
from typing import Any, Literal

from course_utils.exercises.machine.declaration import Declaration
from course_utils.exercises.machine.entry import refusal
from course_utils.exercises.machine.judgement import Judge
from course_utils.exercises.machine.verdicts import Note, Verdict, as_text


class Exercise(Declaration):
    """A task that knows why an answer is wrong.

    Its parameters and decorators are those of `Declaration`.

    Examples
    --------
    >>> from course_utils.exercises.machine.probes import given
    >>> double = Exercise("Double", task="Return 2x.", signature="double(x)", returns=["y"], hints=["Add."],
    ...                   probes=[given(x=[1.0, 3.0])])
    >>> @double.reference
    ... def _(x):
    ...     return 2 * x
    >>> @double.mistake("You squared: 3 becomes 9, not 6.")
    ... def squared(x):
    ...     return x**2
    >>> double.check(lambda x: x + x).passed
    True
    >>> double.check(lambda x: x * x).message
    'You squared: 3 becomes 9, not 6.'
    """

    _hints_given = 0
    _tried = _passed = False
    met: int | None = None  # when it was first checked, by a clock that only orders

    @property
    def state(self) -> Literal["done", "tried", "open"]:
        """How far the learner is, in this kernel: a pass stays, whatever is checked after it."""
        return "done" if self._passed else "tried" if self._tried else "open"

    @cached_property
    def judge(self) -> Judge:
        """Who turns an answer into a verdict."""
        return Judge(self)

    def check(self, function: Any) -> Verdict:
        """Say whether `function` does what the task asks, and if not, why.

        Whatever the function does, this raises nothing (but the user's own ``KeyboardInterrupt``). A loop without
        end is interrupted after a few seconds, except on Windows, outside the main thread, and in C code that does
        not return to Python.

        Parameters
        ----------
        function : callable
            The learner's answer.

        Returns
        -------
        Verdict
            Displays itself at the end of a cell.
        """
        if self.met is None:
            self.met = time.perf_counter_ns()
        refused = refusal(function, self.answer, builds=self.builds)
        verdict = Verdict(refused[0], self.name, refused[1]) if refused else self.judge.verdict(function)
        self._tried = self._tried or verdict.kind != "not-attempted"
        self._passed = self._passed or verdict.passed
        return verdict

    def hint(self) -> Note:
        """Return the next hint; after the last one, the last again."""
        number = min(self._hints_given, len(self.hints) - 1)
        self._hints_given += 1
        rest = (
            ""
            if self._hints_given <= len(self.hints)
            else " That was the last; `.solution()` shows one way to write it."
        )
        return Note(f"**Hint {number + 1} of {len(self.hints)}.** {self.hints[number]}{rest}")

    def solution(self) -> Note:
        """Return the source of the reference solution."""
        return Note(f"```python\n{self.source()}\n```")

    def __repr__(self) -> str:
        return f"{self.name}: {self.signature}\n{as_text(self.task)}"

    def _repr_markdown_(self) -> str:
        return f"**Exercise: {self.name}.** `{self.signature}`\n\n{self.task}"
