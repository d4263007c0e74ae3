"""What every live widget shares: controls that redraw it, a read-out, errors that are shown."""

import contextlib
import html
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ipywidgets as widgets

from course_utils.mime import Bundle, widget_bundle
from course_utils.widgets.base.controls import (
    beside,
    checked_value,
    down,
    number_field,
    on_grid,
    same_position,
    values_of,
)
from course_utils.widgets.base.lock import LOCK


class LiveWidget:
    """Controls, pictures and a read-out; the parts that all widgets of the course share.

    A subclass fills `controls`, calls `_assemble` once and redraws in `_redraw`, which raises if it cannot.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view.
    controls : dict
        Every slider, checkbox and button by name.
    """

    ui: widgets.VBox

    def __init__(self) -> None:
        self.controls: dict[str, widgets.DOMWidget] = {}
        self._lines: list[str] = []
        self._readout, self._error = widgets.HTML(), widgets.HTML()
        self._fields: dict[str, widgets.BoundedFloatText] = {}  # beside sliders with stops, by their names
        self._handled: dict[str, Any] = {}  # by control, the position that was redrawn last
        self._moved_by_program = False

    @property
    def text(self) -> str:
        """The read-out of the moment, as plain text."""
        return "\n".join(self._lines)

    @property
    def error(self) -> str:
        """What went wrong at the last move, as the widget shows it (HTML); empty if nothing did."""
        return str(self._error.value)

    def set(self, **values: Any) -> None:
        """Move controls by name, one after the other, as a user would; a slider goes to the nearest of its steps.

        Parameters
        ----------
        **values : float, bool or str
            Where to put which control; `controls` has their names.

        Raises
        ------
        TypeError
            If a value is not of the control's kind, such as text for a slider; then nothing moves.
        ValueError
            If there is no such control, or it cannot be put to that value; then nothing moves.
        """
        with LOCK:
            for name, value in {name: self._checked(name, value) for name, value in values.items()}.items():
                self._put(name, value)

    def _checked(self, name: str, value: Any) -> Any:
        """Return `value` as the control `name` stores it, or say why it cannot go there."""
        control = self.controls.get(name)
        if control is None or not hasattr(control, "value"):
            names = ", ".join(key for key, other in self.controls.items() if hasattr(other, "value"))
            raise ValueError(f"`{name}` is not a control of this widget; choose from {names}")
        value = checked_value(name, control, value)
        return on_grid(control, value) if isinstance(control, widgets.FloatSlider) else value

    def _put(self, name: str, value: Any) -> None:
        control = self.controls[name]
        if same_position(control, control.value, value):
            self._try(self._move_to, name, value)  # it stands there, and the picture may show another value
        else:
            control.value = value

    def _assemble(self, css_class: str, *rows: widgets.DOMWidget) -> None:
        """Put the rows, the read-out and the place for errors under each other, and listen to the controls."""
        self.ui = down(*rows, self._readout, self._error)
        self.ui.add_class(css_class)
        for name, control in self.controls.items():
            if isinstance(control, widgets.Button):
                control.on_click(lambda _, name=name: self._try(self._press, name))
            else:
                self._handled[name] = control.value
                control.observe(lambda _, name=name: self._on_change(name), names="value")

    def _with_field(self, name: str) -> widgets.Box:
        """Put a number field beside a slider with stops: it shows the value, and takes one that is typed."""
        field = self._fields[name] = number_field(self.controls[name])
        field.observe(lambda _: self._on_typing(name), names="value")
        return beside(self.controls[name], field)

    def _on_typing(self, name: str) -> None:
        """Go to the stop that is nearest to what was typed."""
        with LOCK:
            if not self._moved_by_program:
                control, typed = self.controls[name], self._fields[name].value
                if not math.isnan(typed):
                    control.value = min(values_of(control), key=lambda stop: abs(stop - typed))
                self._fill_field(name)

    def _fill_field(self, name: str) -> None:
        with self._without_redraw():
            self._fields[name].value = self.controls[name].value

    def _on_change(self, name: str) -> None:
        """Redraw after a control was moved, from the front end or by `set`."""
        with LOCK:
            # Its position now: of two moves on two threads, the later one may be told first.
            control, before = self.controls[name], self._handled[name]
            self._handled[name] = value = control.value
            if name in self._fields:
                self._fill_field(name)
            # A slider that was set from here sends its value back, rounded in the browser's arithmetic: no move.
            if not self._moved_by_program and not same_position(control, before, value):
                self._try(self._move_to, name, value)

    def _move_to(self, name: str, value: Any) -> None:
        for other, control in self.controls.items():
            position = getattr(control, "value", None)
            if isinstance(position, float) and math.isnan(position):
                raise ValueError(f"`{other}` must be a number, got nan; move it")
        self._move(name, value)

    def _try(self, action: Callable[..., None], *arguments: Any) -> None:
        # Nobody is above a widget's callback to catch what it raises, and the front end drops it without a word.
        with LOCK:
            try:
                action(*arguments)
            except Exception as error:
                message = html.escape(f"{type(error).__name__}: {error}")
                self._error.value = (
                    f'<div role="alert" style="color: #B00020; background: white; line-height: 1.4">{message}<br>'
                    "The picture still shows the last position that worked.</div>"
                )
            else:
                self._error.value = ""

    @contextlib.contextmanager
    def _without_redraw(self) -> Iterator[None]:
        """Move controls from the program without a redraw for each of them."""
        outside, self._moved_by_program = self._moved_by_program, True
        try:
            yield
        finally:
            self._moved_by_program = outside

    def _show_text(self, lines: Sequence[str], note: str = "") -> None:
        """Show the read-out; its first line is announced by screen readers, which also find the pictures described."""
        self._lines = [*lines, note] if note else list(lines)
        first, *others = (html.escape(line) for line in lines)
        # opacity, not a colour: the note must be readable on a dark theme, too
        small = f'<br><span style="opacity: 0.7; font-size: 90%">{html.escape(note)}</span>' if note else ""
        self._readout.value = (
            '<div style="line-height: 1.5; font-variant-numeric: tabular-nums; margin-top: 4px">'
            f'<span role="status">{first}</span>{"".join(f"<br>{line}" for line in others)}{small}'
            f'<span style="{_UNSEEN}">Picture: {html.escape(self._alt())}</span></div>'
        )

    def _move(self, name: str, value: Any) -> None:
        raise NotImplementedError

    def _press(self, name: str) -> None:
        raise NotImplementedError

    def _still(self) -> bytes:
        raise NotImplementedError

    def _alt(self) -> str:
        raise NotImplementedError

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        with LOCK:
            text = f"{type(self).__name__}: {self.text}"
            return widget_bundle(self.ui, text=text, png=self._still(), alt=self._alt())


# Read aloud, not seen: ipywidgets' images take no alternative text.
_UNSEEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap"
