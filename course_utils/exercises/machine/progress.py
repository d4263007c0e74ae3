"""Which exercises and questions of a lesson are done and which are open, as far as this kernel knows.

What is known stands in the exercises and questions themselves, and ends with the kernel. A pass stays: whoever runs the
untouched stub again, or breaks a function that passed, has still solved the exercise. Of a question, the answer that
stands at the moment counts.
"""

import html
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.questions import Question
from course_utils.exercises.machine.verdicts import NOT_YET, OPEN, RIGHT, as_text

_SIGNS = {"done": RIGHT, "tried": NOT_YET, "open": OPEN}
_EXERCISE = {"done": "passed", "tried": "not there yet", "open": "open"}
_QUESTION = {"done": "right", "tried": "not this one", "open": "open"}
_LETTERS = 60  # of a question: enough to know it again


@dataclass(frozen=True)
class Entry:
    """One exercise or question.

    Attributes
    ----------
    name : str
        What it is called in the lesson, such as ``ex.reparameterize``.
    title : str
        The exercise's name, or how the question begins.
    state : str
        "done", "tried" or "open".
    says : str
        The state in words.
    """

    name: str
    title: str
    state: str
    says: str


@dataclass(frozen=True)
class Progress:
    """A table that displays itself: plain text, and HTML in a notebook.

    Attributes
    ----------
    lesson : str
        What it is about.
    exercises, questions : tuple of Entry
        In the order in which the learner met them; then those not met so far, by name.
    """

    lesson: str
    exercises: tuple[Entry, ...]
    questions: tuple[Entry, ...]

    @property
    def text(self) -> str:
        """The table in plain text."""
        entries = (*self.exercises, *self.questions)
        names, words = (max((len(getattr(e, part)) for e in entries), default=0) for part in ("name", "says"))
        lines = [self._summary()]
        for heading, group in self._groups():
            lines += ["", heading]
            lines += [f"  {_SIGNS[e.state][0]} {e.name:<{names}}  {e.says:<{words}}  {e.title}" for e in group]
        return "\n".join(lines)

    def _groups(self) -> list[tuple[str, tuple[Entry, ...]]]:
        groups = [("Exercises", self.exercises), ("Questions", self.questions)]
        return [(heading, entries) for heading, entries in groups if entries]

    def _summary(self) -> str:
        passed, right = (sum(e.state == "done" for e in entries) for entries in (self.exercises, self.questions))
        counts = f"{passed} of {len(self.exercises)} exercises passed, {right} of {len(self.questions)} questions right"
        whole = passed + right == len(self.exercises) + len(self.questions)
        return f"{self.lesson}: {counts}.{' All done.' if whole else ''}"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        bodies = "".join(
            f'<tbody><tr><th colspan="3" scope="rowgroup" style="text-align:left">{heading}</th></tr>'
            f"{''.join(map(_row, entries))}</tbody>"
            for heading, entries in self._groups()
        )
        return (
            '<table class="course-progress"><caption style="text-align:left"><strong>'
            f"{html.escape(self._summary())}</strong></caption>{bodies}</table>"
        )


def progress_of(module: str) -> Callable[[], Progress]:
    """Make the function `progress` of a lesson: ``progress = progress_of(__name__)``.

    Parameters
    ----------
    module : str
        Name of the lesson's module. Whatever exercises and questions stand in its ``__all__`` are counted.

    Returns
    -------
    callable
        Takes nothing, returns a `Progress`.
    """

    def progress() -> Progress:
        """Say which exercises and questions of this lesson are done and which are open in this kernel."""
        lesson = sys.modules[module]
        things = [(f"ex.{name}", getattr(lesson, name)) for name in lesson.__all__]
        exercises = [(name, thing) for name, thing in things if isinstance(thing, Exercise)]
        questions = [(name, thing) for name, thing in things if isinstance(thing, Question)]
        return Progress(
            f"Lesson {module.rpartition('lesson')[2].lstrip('0')}",
            tuple(Entry(name, e.name, e.state, _EXERCISE[e.state]) for name, e in sorted(exercises, key=_place)),
            tuple(Entry(name, _begin(q), q.state, _QUESTION[q.state]) for name, q in sorted(questions, key=_place)),
        )

    return progress


def _place(named: tuple[str, Exercise | Question]) -> tuple[float, str]:
    """Order by when the learner met it; what was not met comes last, by name."""
    name, thing = named
    return (math.inf if thing.met is None else thing.met), name


def _begin(question: Question) -> str:
    """Return how a question begins, in plain text and whole words."""
    text = " ".join(as_text(question.text).replace("`", "").split())
    return text if len(text) <= _LETTERS else text[:_LETTERS].rpartition(" ")[0] + " …"


def _row(entry: Entry) -> str:
    sign, colour = _SIGNS[entry.state]
    return (
        f'<tr><th scope="row" style="text-align:left"><code>{html.escape(entry.name)}</code></th>'
        f'<td style="text-align:left"><span style="color:{colour}" aria-hidden="true">{sign}</span> {entry.says}</td>'
        f'<td style="text-align:left">{html.escape(entry.title)}</td></tr>'
    )
