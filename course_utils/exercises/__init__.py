"""Exercises that know why an answer is wrong, and questions to answer before the next cell runs.

``from course_utils.exercises import lesson04 as ex``; then ``ex.reparameterize.check(fn)``, ``.hint()``,
``.solution()``.

To write an exercise: `Exercise` with probes made by `given`, and the decorators ``reference``, ``mistake`` and
``probe``.
"""

from course_utils.exercises.machine.declaration import Mistake
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, gradient, statistic
from course_utils.exercises.machine.probes import Call, Fault, Given, Probe, given, normal
from course_utils.exercises.machine.questions import Choice, Question
from course_utils.exercises.machine.verdicts import Note, Verdict

__all__ = [
    "Call",
    "Choice",
    "Exercise",
    "Fact",
    "Fault",
    "Given",
    "Mistake",
    "Note",
    "Probe",
    "Question",
    "Verdict",
    "given",
    "gradient",
    "normal",
    "statistic",
]
