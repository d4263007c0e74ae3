"""Wrong answers that no exercise lists get a true and helpful verdict all the same."""

import importlib
import pkgutil

import dropped
import pytest

from course_utils import exercises

NAMES = [name for _, name, _ in pkgutil.iter_modules(dropped.__path__)]
DROPPED = [(name, one) for name in NAMES for one in importlib.import_module(f"{dropped.__name__}.{name}").DROPPED]


@pytest.mark.parametrize(("lesson", "wrong"), DROPPED, ids=[f"{n}.{one.exercise}.{one.name}" for n, one in DROPPED])
def test_answer_on_no_list_is_told_how_it_differs(lesson, wrong):
    exercise = getattr(importlib.import_module(f"{exercises.__name__}.{lesson}"), wrong.exercise)
    verdict = exercise.check(wrong.function)
    assert not verdict.passed
    assert wrong.says, "say which words the verdict must contain"
    assert "differs from the expected one" not in verdict.message
    assert not [words for words in wrong.says if words not in verdict.message], verdict.text
