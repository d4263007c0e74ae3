"""What the last cell of a lesson says: which exercises and questions are done and which are open."""

import sys
from html.parser import HTMLParser
from types import ModuleType

import pytest

from course_utils.exercises import Choice, Exercise, Question
from course_utils.exercises import given as probe
from course_utils.exercises.machine.progress import progress_of


def make_exercise(name):
    exercise = Exercise(
        name, task="Return 2x.", signature="f(x)", returns=["y"], hints=["Add."], probes=[probe(x=[1.0, 3.0])]
    )

    @exercise.reference
    def _(x):
        return 2 * x

    @exercise.mistake("You squared.")
    def squared(x):
        return x**2

    return exercise


def make_question(text="Is `2 < 3`?"):
    return Question(text, [Choice("No", "Look again."), Choice("Yes", "Two is less.", correct=True)])


def make_lesson(monkeypatch, number, **things):
    """Enter a lesson among the modules, and return what its authors would write into it."""
    name = f"course_of_this_test.lesson{number:02d}"
    lesson = ModuleType(name)
    vars(lesson).update(things, __all__=[*things, "helper"], helper=3)
    monkeypatch.setitem(sys.modules, name, lesson)
    return progress_of(name)


@pytest.fixture
def lesson(monkeypatch):
    things = {"b": make_exercise("Second"), "a": make_exercise("First"), "predict": make_question()}
    return *things.values(), make_lesson(monkeypatch, 3, **things)


def states(progress):
    return {e.name.removeprefix("ex."): e.state for e in (*progress().exercises, *progress().questions)}


def test_nothing_is_done_before_anything_is_tried(lesson):
    *_, progress = lesson
    assert progress().text == (
        "Lesson 3: 0 of 2 exercises passed, 0 of 1 questions right.\n\n"
        "Exercises\n  ○ ex.a        open  First\n  ○ ex.b        open  Second\n\n"
        "Questions\n  ○ ex.predict  open  Is 2 < 3?"
    )
    assert str(progress()) == repr(progress()) == progress().text


def test_a_stub_is_open_a_slip_is_tried_and_a_pass_stays(lesson):
    second, _, _, progress = lesson

    def stub(x): ...

    for answer, state in (
        (stub, "open"),
        (None, "tried"),  # no function at all
        (lambda x: x**2, "tried"),
        (stub, "tried"),
        (lambda x: x + x, "done"),
        (lambda x: x**2, "done"),
        (stub, "done"),
    ):
        verdict = second.check(answer)
        assert states(progress) == {"b": state, "a": "open", "predict": "open"}, verdict.text
    assert "✓ ex.b        passed  Second" in progress().text
    assert progress().text.startswith("Lesson 3: 1 of 2 exercises passed, 0 of 1 questions right.")


def test_a_check_that_raises_inside_is_tried_and_not_passed(lesson):
    second, *_, progress = lesson
    second.check(lambda x: 1 / 0)
    assert states(progress)["b"] == "tried"


def test_the_answer_that_stands_counts(lesson):
    *_, question, progress = lesson
    for choice, state in ((1, "tried"), (2, "done"), (1, "tried"), (None, "open"), (2, "done")):
        question.set(choice=choice)
        assert states(progress)["predict"] == state
    question.set(choice=1)
    assert "➜ ex.predict  not this one  Is 2 < 3?" in progress().text


def test_a_click_counts_as_an_answer(lesson):
    *_, question, progress = lesson
    question.widget.children[1].set_state({"index": 1})
    assert states(progress)["predict"] == "done"


def test_all_done_is_said(lesson):
    second, first, question, progress = lesson
    for exercise in (second, first):
        exercise.check(lambda x: 2 * x)
    assert "All done." not in progress().text
    question.set(choice=2)
    assert progress().text.startswith("Lesson 3: 2 of 2 exercises passed, 1 of 1 questions right. All done.")


def test_order_is_that_of_the_lesson_and_the_rest_by_name(monkeypatch):
    things = {name: make_exercise(name) for name in "abcd"} | {f"q{n}": make_question(f"{n}?") for n in range(4)}
    progress = make_lesson(monkeypatch, 1, **things)
    for name in "ca":
        things[name].check(None)
    for name in ("q2", "q1"):
        things[name]._repr_mimebundle_()
    things["c"].check(None)  # a second time changes no place
    things["q2"].set(choice=1)
    assert [e.name for e in progress().exercises] == ["ex.c", "ex.a", "ex.b", "ex.d"]
    assert [e.name for e in progress().questions] == ["ex.q2", "ex.q1", "ex.q0", "ex.q3"]


def test_two_lessons_in_one_kernel_do_not_mix(monkeypatch):
    one, two = make_exercise("Same name"), make_exercise("Same name")
    first, second = (make_lesson(monkeypatch, n, same=exercise) for n, exercise in ((1, one), (2, two)))
    one.check(lambda x: 2 * x)
    assert states(first) == {"same": "done"}
    assert states(second) == {"same": "open"}
    assert second().text.startswith("Lesson 2: 0 of 1 exercises passed")


def test_asking_for_hints_or_looking_at_the_table_changes_nothing(lesson):
    second, *_, question, progress = lesson
    second.hint(), second.solution(), repr(second), repr(question), progress()
    assert set(states(progress).values()) == {"open"}
    assert question._widget is None


def test_a_long_question_is_cut_between_words(monkeypatch):
    text = "How *far* does `mu` go " + "when nobody looks at it " * 5
    progress = make_lesson(monkeypatch, 1, q=make_question(text))
    (entry,) = progress().questions
    assert entry.title == "How far does mu go when nobody looks at it when nobody …"


class Table(HTMLParser):
    """Read a table as a screen reader does: its caption, and each row with its headings."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.caption, self.scopes, self.inside, self.hidden = [], "", [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.inside.append(tag)
        self.hidden = ("aria-hidden", "true") in attrs
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
        if tag == "th":
            self.scopes.append(dict(attrs)["scope"])

    def handle_endtag(self, tag):
        assert self.inside.pop() == tag
        self.hidden = False

    def handle_data(self, data):
        if "caption" in self.inside:
            self.caption += data
        elif not self.hidden:
            self.rows[-1][-1] += data


def test_html_says_the_same_without_colours_and_signs(lesson):
    second, *_, progress = lesson
    second.check(lambda x: 2 * x)
    table = Table(progress()._repr_html_())
    assert table.inside == []
    assert table.caption == "Lesson 3: 1 of 2 exercises passed, 0 of 1 questions right."
    assert [[cell.strip() for cell in row] for row in table.rows] == [
        ["Exercises"],
        ["ex.b", "passed", "Second"],
        ["ex.a", "open", "First"],
        ["Questions"],
        ["ex.predict", "open", "Is 2 < 3?"],
    ]
    assert table.scopes == ["rowgroup", "row", "row", "rowgroup", "row"]
