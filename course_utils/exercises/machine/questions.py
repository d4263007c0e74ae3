"""Multiple-choice questions: predict before the next cell tells, or check at the end what stayed."""

import html
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from course_utils.exercises.machine.verdicts import NOT_YET, RIGHT, as_html, as_text

if TYPE_CHECKING:
    import ipywidgets


@dataclass(frozen=True)
class Choice:
    """One possible answer.

    Attributes
    ----------
    text : str
        The answer, in plain text: radio buttons draw neither Markdown nor LaTeX.
    why : str
        In simple Markdown, what makes it right, or what is behind it if it is wrong.
    correct : bool
        Whether it is right.
    """

    text: str
    why: str
    correct: bool = False


class Question:
    """A multiple-choice question that waits for an answer without holding up the notebook.

    As the last expression of a cell it shows radio buttons, none of them chosen; every choice is explained when it
    is made, and may be changed. Where no kernel runs, the question and its choices stand there as text.

    Parameters
    ----------
    text : str
        The question, in simple Markdown: `code`, *stress*, **bold**.
    choices : sequence of Choice
        At least two, exactly one of them correct, each with its own text.
    lead : str
        What the question is for, in bold before it: "Predict." where a cell below gives the answer, "Check yourself."
        where the text above has given it.

    Examples
    --------
    >>> question = Question("2 + 2?", [Choice("4", "Yes.", correct=True), Choice("22", "That glues digits together.")])
    >>> question.answered
    False
    >>> question.set(choice=2)
    >>> question.answered, question.correct
    (True, False)
    """

    def __init__(self, text: str, choices: Sequence[Choice], *, lead: str = "Predict.") -> None:
        if len(choices) < 2 or len({choice.text for choice in choices}) < len(choices):
            raise ValueError(f"`choices` must be at least two with different texts, got {[c.text for c in choices]}")
        if sum(choice.correct for choice in choices) != 1:
            raise ValueError(
                f"`choices` must have exactly one correct answer, got {sum(c.correct for c in choices)}; mark one"
            )
        self.text, self.choices, self.lead = text, tuple(choices), lead
        self._widget: Any = None
        self.met: int | None = None  # when it was first shown, by a clock that only orders

    @property
    def answered(self) -> bool:
        """Whether a choice has been made."""
        return self._widget is not None and self._radio.value is not None

    @property
    def correct(self) -> bool:
        """Whether the right choice stands at the moment."""
        return self.answered and self.choices[self._radio.value].correct

    @property
    def state(self) -> Literal["done", "tried", "open"]:
        """How far the learner is, in this kernel: the choice that stands at the moment counts."""
        return "done" if self.correct else "tried" if self.answered else "open"

    def set(self, *, choice: int | None) -> None:
        """Choose an answer as a click would: 1 is the first, None takes the choice back."""
        if choice is not None and not 1 <= choice <= len(self.choices):
            raise ValueError(f"`choice` must be between 1 and {len(self.choices)}, got {choice}")
        _ = self.widget
        self._radio.value = None if choice is None else choice - 1

    @property
    def explanation(self) -> str:
        """What stands below the choices now, as HTML; empty before an answer."""
        return str(self._below.value) if self._widget is not None else ""

    @property
    def widget(self) -> "ipywidgets.VBox":
        """The live view, made when it is first needed."""
        if self._widget is None:
            self._widget = self._build()
            self.met = time.perf_counter_ns()
        return self._widget

    def _build(self) -> "ipywidgets.VBox":
        import ipywidgets

        options = [(choice.text, number) for number, choice in enumerate(self.choices)]
        wide = ipywidgets.Layout(width="auto")
        self._radio = ipywidgets.RadioButtons(options=options, value=None, layout=wide)
        self._below = ipywidgets.HTML(layout=wide)
        self._radio.observe(self._on_choice, names="value")
        above = ipywidgets.HTML(f"{_STYLE}<strong>{self.lead}</strong> {as_html(self.text)}", layout=wide)
        box = ipywidgets.VBox([above, self._radio, self._below])
        box.add_class("course-question")
        return box

    def _on_choice(self, change: dict[str, Any]) -> None:
        try:
            self._below.value = "" if change["new"] is None else self._explain(self.choices[change["new"]])
        except Exception as error:  # in a callback it would vanish unseen
            self._below.value = f"<pre>{html.escape(f'{type(error).__name__}: {error}')}</pre>"

    def _explain(self, choice: Choice) -> str:
        sign, colour, word = (*RIGHT, "Yes.") if choice.correct else (*NOT_YET, "Not this one.")
        style = f"border-left:.3em solid {colour};padding:.2em .8em"
        return f'<div role="status" style="{style}"><strong>{sign} {word}</strong> {as_html(choice.why)}</div>'

    def _markdown(self) -> str:
        return "\n".join([f"**{self.lead}** {self.text}", "", *(f"- ○ {choice.text}" for choice in self.choices)])

    def __repr__(self) -> str:
        return "\n".join([f"{self.lead} {as_text(self.text)}", *(f"  ( ) {choice.text}" for choice in self.choices)])

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        from course_utils.mime import widget_bundle

        return widget_bundle(self.widget, text=repr(self), markdown=self._markdown())


# Long answers wrap instead of being cut off; both generations of ipywidgets give the labels a fixed height.
_STYLE = (
    "<style>.course-question .widget-radio-box label, .course-question .jupyter-widget-radio label"
    "{height:auto;white-space:normal;line-height:1.4;margin-bottom:.3em} .course-question .widget-radio,"
    ".course-question .widget-radio-box {height:auto;width:auto;max-width:46em}</style>"
)
