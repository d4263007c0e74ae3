"""What holds for the exercises and questions of every lesson. (Each lesson has tests of its own besides.)"""

import importlib
import math
import pkgutil
import re
from itertools import combinations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import exercises
from course_utils.exercises import Exercise, Question
from course_utils.exercises.machine.observation import first_difference
from course_utils.exercises.machine.verdicts import as_text

NAMES = [name for _, name, _ in pkgutil.iter_modules(exercises.__path__) if re.fullmatch(r"lesson\d\d", name)]
LESSONS = {name: importlib.import_module(f"course_utils.exercises.{name}") for name in NAMES}


def members(lesson, kind):
    return {name: getattr(lesson, name) for name in lesson.__all__ if isinstance(getattr(lesson, name), kind)}


EXERCISES = {f"{n}.{m}": e for n, lesson in LESSONS.items() for m, e in members(lesson, Exercise).items()}
QUESTIONS = {f"{n}.{m}": q for n, lesson in LESSONS.items() for m, q in members(lesson, Question).items()}
MISTAKES = [(name, mistake) for name, exercise in EXERCISES.items() for mistake in exercise.mistakes]

each_lesson = pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
each_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def test_there_are_exercises():
    assert "lesson04" in LESSONS, "no lesson was found: the tests of this file would check nothing"


@each_lesson
def test_lesson_has_what_the_design_asks_for(lesson):
    own = members(lesson, Exercise).values()
    assert len(own) >= 5
    assert all(len(exercise.mistakes) >= 3 for exercise in own)
    assert all(len(exercise.hints) >= 2 for exercise in own)
    assert len(members(lesson, Question)) >= 5


@each_exercise
def test_solution_as_shown_passes(exercise):
    space = {"torch": torch, "nn": nn, "F": F, "math": math}
    exec(exercise.source(), space)
    verdict = exercise.check(space[exercise.signature.split("(")[0]])
    assert verdict.passed, verdict.text


@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
def test_mistake_is_named_as_itself(name, mistake):
    known = EXERCISES[name].mistakes[mistake]
    verdict = EXERCISES[name].check(known.function)
    assert (verdict.kind, verdict.mistake) == ("mistake", mistake), verdict.text
    assert verdict.message == known.sentence


@each_exercise
def test_no_two_mistakes_look_alike(exercise):
    for one, other in combinations(exercise.mistakes.values(), 2):
        first, second = exercise.judge.observed(one), exercise.judge.observed(other)
        alike = first_difference(first, second) is None and first_difference(second, first) is None
        assert not alike or first.fault != second.fault, (one.name, other.name)


@each_exercise
def test_task_says_what_to_write_and_not_how(exercise):
    assert exercise.task
    body = exercise.source().split("\n")[-1].strip()
    assert body not in repr(exercise)
    assert body not in exercise._repr_markdown_()


@each_exercise
def test_sentences_never_say_wrong(exercise):
    assert not [mistake.sentence for mistake in exercise.mistakes.values() if "wrong" in mistake.sentence.lower()]


@each_exercise
def test_no_sentence_shows_a_raw_asterisk(exercise):
    sentences = [mistake.sentence for mistake in exercise.mistakes.values()] + [exercise.task, *exercise.hints]
    assert not [text for text in sentences if "*" in re.sub("`[^`]+`", "", as_text(text))]


@each_lesson
def test_no_question_shows_a_raw_asterisk(lesson):
    questions = members(lesson, Question).values()
    texts = [text for q in questions for text in (q.text, *(choice.why for choice in q.choices))]
    assert not [text for text in texts if "*" in re.sub("`[^`]+`", "", as_text(text))]


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_question_explains_every_choice_in_plain_text(question):
    assert 3 <= len(question.choices) <= 5
    for choice in question.choices:
        assert len(choice.why) > 20
        assert not set("`$\\") & set(choice.text)


@each_lesson
def test_right_answers_are_not_all_at_one_place(lesson):
    questions = members(lesson, Question).values()
    assert len({[choice.correct for choice in question.choices].index(True) for question in questions}) >= 3


@each_lesson
def test_right_answers_do_not_give_themselves_away_by_their_length(lesson):
    questions = members(lesson, Question).values()
    lengths = [sorted((len(choice.text), choice.correct) for choice in question.choices) for question in questions]
    assert sum(ordered[-1][1] for ordered in lengths) <= len(lengths) / 3, (
        "the longest choice is the right one too often"
    )
    assert sum(ordered[0][1] for ordered in lengths) <= len(lengths) / 2, (
        "the shortest choice is the right one too often"
    )


@each_lesson
def test_questions_that_look_back_do_not_say_predict(lesson):
    for name, question in members(lesson, Question).items():
        assert question.lead == ("Check yourself." if name.startswith("quiz_") else "Predict."), name
