"""Predict-first questions: they wait, explain every choice, and stand there as text without a kernel."""

import ipywidgets
import pytest

from course_utils.exercises import Choice, Question


@pytest.fixture
def question():
    return Question(
        "What is `2 < 3`?",
        [
            Choice("True", "Two is less.", correct=True),
            Choice("False", "Look <again>."),
            Choice("None", "It has a value."),
        ],
    )


def test_question_waits_for_an_answer(question):
    assert not question.answered
    assert question.explanation == ""
    bundle, _ = question._repr_mimebundle_()
    assert not question.answered
    assert not question.correct
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == question.widget.model_id


def test_question_stands_as_text_without_a_kernel(question):
    bundle, _ = question._repr_mimebundle_(include=None, exclude=None)
    assert bundle["text/markdown"] == "**Predict.** What is `2 < 3`?\n\n- ○ True\n- ○ False\n- ○ None"
    assert bundle["text/plain"] == repr(question)
    assert "Two is less" not in str(bundle)


def test_question_that_looks_back_does_not_say_predict():
    question = Question("2 + 2?", [Choice("4", "Yes.", correct=True), Choice("5", "No.")], lead="Check yourself.")
    bundle, _ = question._repr_mimebundle_()
    assert bundle["text/markdown"].startswith("**Check yourself.** 2 + 2?")
    assert bundle["text/plain"].startswith("Check yourself. 2 + 2?")
    assert "<strong>Check yourself.</strong>" in question.widget.children[0].value


def test_question_is_no_widget_and_makes_none_before_it_is_shown(question):
    assert not isinstance(question, ipywidgets.Widget)
    assert question._widget is None


def test_question_explains_right_and_wrong_and_may_be_changed(question):
    question.set(choice=2)
    assert question.answered
    assert not question.correct
    assert "Not this one." in question.explanation
    assert "Look &lt;again&gt;." in question.explanation
    question.set(choice=1)
    assert question.correct
    assert "Yes." in question.explanation
    assert "Two is less." in question.explanation
    question.set(choice=None)
    assert not question.answered
    assert question.explanation == ""


def test_question_answers_the_front_end(question):
    radio = question.widget.children[1]
    radio.set_state({"index": 2})
    assert question.answered
    assert "It has a value." in question.explanation


def test_question_has_its_dom_class_and_code_in_the_text(question):
    assert "course-question" in question.widget._dom_classes
    assert "<code>2 &lt; 3</code>" in question.widget.children[0].value


def test_question_shows_an_exception_of_the_callback():
    class Broken(str):
        def replace(self, *_):
            raise RuntimeError("a < b")

    question = Question("?", [Choice("yes", Broken(), correct=True), Choice("no", "No.")])
    question.set(choice=1)
    assert "RuntimeError: a &lt; b" in question.explanation


@pytest.mark.parametrize("choice", [0, 4, -1])
def test_question_set_refuses_what_is_no_choice(question, choice):
    with pytest.raises(ValueError, match="`choice` must be between 1 and 3"):
        question.set(choice=choice)


@pytest.mark.parametrize(
    "choices",
    [
        [Choice("a", "", correct=True)],
        [Choice("a", "", correct=True), Choice("a", "")],
        [Choice("a", ""), Choice("b", "")],
        [Choice("a", "", correct=True), Choice("b", "", correct=True)],
    ],
)
def test_question_needs_different_choices_and_one_right_one(choices):
    with pytest.raises(ValueError, match="`choices` must"):
        Question("?", choices)
