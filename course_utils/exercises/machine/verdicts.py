"""What a check, a hint or a solution gives back: text that displays itself."""

import html
import re
from dataclasses import dataclass

# What stands for an answer that is right, for one that is not yet, and for none: sign, colour (Okabe-Ito).
RIGHT, NOT_YET, OPEN = ("✓", "#009E73"), ("➜", "#E69F00"), ("○", "#777777")

_LOOKS = {  # sign, colour, heading
    "passed": (*RIGHT, "passed"),
    "not-attempted": (*OPEN, "not attempted yet"),
    "mistake": (*NOT_YET, "nearly: a well-known slip"),
    "different": ("➜", "#0072B2", "not there yet"),
}
_OTHER = ("➜", "#CC79A7", "not there yet")


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Attributes
    ----------
    kind : str
        "passed", "not-attempted", "mistake" (a known one), "different" (other values), or what was in the way: "error",
        "timeout", "exit", "nothing", "form", "shape", "dtype", "device", "not-finite", "no-gradient", "zero-gradient",
        "random", "mutated", "seeded", "random-state", "global-state", "not-a-function", "signature".
    exercise : str
        Name of the exercise.
    message : str
        What happened and what to look at next, in simple Markdown: `code`, *stress*, **bold**.
    details : str
        Lines to be read in a fixed-width font: what was passed, expected and returned. May be empty.
    printed : str
        What the learner's function printed. May be empty.
    mistake : str or None
        Name of the known mistake.
    """

    kind: str
    exercise: str
    message: str
    details: str = ""
    printed: str = ""
    mistake: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the function does what the exercise asks for."""
        return self.kind == "passed"

    @property
    def text(self) -> str:
        """The whole verdict in plain text."""
        sign, _, heading = _LOOKS.get(self.kind, _OTHER)
        parts = [f"{sign} {self.exercise}: {heading}", as_text(self.message), self.details, self._said()]
        return "\n".join(part for part in parts if part)

    def _said(self) -> str:
        return f"Your function printed:\n{self.printed}" if self.printed else ""

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        sign, colour, heading = _LOOKS.get(self.kind, _OTHER)
        fixed = "\n\n".join(part for part in (self.details, self._said()) if part)
        shown = f'<pre style="margin:.4em 0 0;white-space:pre-wrap">{html.escape(fixed)}</pre>' if fixed else ""
        return (
            f'<div class="course-verdict" role="status" style="border-left:.3em solid {colour};padding:.3em .8em">'
            f"<strong>{sign} {html.escape(self.exercise)}: {heading}</strong><br>{as_html(self.message)}{shown}</div>"
        )


@dataclass(frozen=True)
class Note:
    """A hint, a task or a solution: Markdown in a notebook, plain text elsewhere."""

    text: str

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


_CODE = re.compile(r"(`[^`\n]+`)")
_BOLD = re.compile(r"\*\*(?=\S)([^*]+?)(?<=\S)\*\*")
_STRESSED = re.compile(r"(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])")


def as_html(text: str) -> str:
    """Escape `text`, turn `backticks`, *stress* and **bold** into tags, and line ends into line breaks.

    >>> as_html("`a < b` is *not* `a * b`")
    '<code>a &lt; b</code> is <em>not</em> <code>a * b</code>'
    """
    pieces = _CODE.split(html.escape(text).replace("\n", "<br>"))
    for number, piece in enumerate(pieces):
        if number % 2:
            pieces[number] = f"<code>{piece[1:-1]}</code>"
        else:
            pieces[number] = _STRESSED.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", piece))
    return "".join(pieces)


def as_text(text: str) -> str:
    """Take the asterisks of *stress* and **bold** away; code keeps its backticks, and its asterisks.

    >>> as_text("*all* of `a * b`, **each**: 2 * 3")
    'all of `a * b`, each: 2 * 3'
    """
    pieces = _CODE.split(text)
    pieces[::2] = [_STRESSED.sub(r"\1", _BOLD.sub(r"\1", piece)) for piece in pieces[::2]]
    return "".join(pieces)
