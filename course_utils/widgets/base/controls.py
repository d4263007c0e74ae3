"""What every live picture shares: controls that redraw it, a read-out, errors that are shown."""

import contextlib
import html
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ipywidgets as widgets
import torch
from torch import nn

from course_utils.mime import Bundle, widget_bundle


class MovingPicture:
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
        self._listening = True

    @property
    def text(self) -> str:
        """The read-out of the moment, as plain text."""
        return "\n".join(self._lines)

    @property
    def error(self) -> str:
        """What went wrong at the last move, as the widget shows it (HTML); empty if nothing did."""
        return str(self._error.value)

    def set(self, **values: Any) -> None:
        """Move controls by name, one after the other, as a user would.

        Raises
        ------
        ValueError
            If there is no such control, or it cannot be put to that value; then nothing moves.
        """
        for name, value in values.items():
            self._check_move(name, value)
        for name, value in values.items():
            control = self.controls[name]
            if _differ(control.value, value):
                control.value = value
            else:
                self._attempt(self._move, name, value)

    def _check_move(self, name: str, value: Any) -> None:
        control = self.controls.get(name)
        if control is None or not hasattr(control, "value"):
            names = ", ".join(key for key, other in self.controls.items() if hasattr(other, "value"))
            raise ValueError(f"`{name}` is not a control of this widget; choose from {names}")
        if hasattr(control, "options"):
            choices = [option[1] if isinstance(option, tuple) else option for option in control.options]
            if value not in choices:
                raise ValueError(f"`{name}` must be one of {', '.join(map(str, choices))}, got {value}")
        elif hasattr(control, "min"):
            if not control.min <= value <= control.max:
                raise ValueError(f"`{name}` must lie in [{control.min:g}, {control.max:g}], got {value}")
            if isinstance(control.min, int) and value != int(value):
                raise ValueError(f"`{name}` must be a whole number, got {value}")

    def _assemble(self, css_class: str, *rows: widgets.DOMWidget) -> None:
        """Put the rows, the read-out and the place for errors under each other, and listen to the controls."""
        self.ui = box(*rows, self._readout, self._error, down=True)
        self.ui.add_class(css_class)
        for name, control in self.controls.items():
            if isinstance(control, widgets.Button):
                control.on_click(lambda _, name=name: self._attempt(self._press, name))
            else:
                control.observe(lambda change, name=name: self._hear(name, change), names="value")

    def _hear(self, name: str, change: dict[str, Any]) -> None:
        # A slider that was set from here sends its value back, rounded in the browser's arithmetic. That is no move.
        if self._listening and _differ(change["old"], change["new"]):
            self._attempt(self._move, name, change["new"])

    def _attempt(self, action: Callable[..., None], *arguments: Any) -> None:
        # Nobody is above a widget's callback to catch what it raises, and the front end drops it without a word.
        try:
            action(*arguments)
        except Exception as error:
            message = html.escape(f"{type(error).__name__}: {error}")
            self._error.value = (
                f'<div style="color: #B00020; line-height: 1.4">{message}<br>'
                "The picture still shows the last position that worked.</div>"
            )
        else:
            self._error.value = ""

    @contextlib.contextmanager
    def _unheard(self) -> Iterator[None]:
        """Move controls from the program without a redraw for each of them."""
        self._listening = False
        try:
            yield
        finally:
            self._listening = True

    def _say(self, lines: Sequence[str], note: str = "") -> None:
        self._lines = [*lines, note] if note else list(lines)
        body = "<br>".join(html.escape(line) for line in lines)
        # opacity, not a colour: the note must be readable on a dark theme, too
        small = f'<br><span style="opacity: 0.7; font-size: 90%">{html.escape(note)}</span>' if note else ""
        self._readout.value = (
            f'<div style="line-height: 1.5; font-variant-numeric: tabular-nums; margin-top: 4px">{body}{small}</div>'
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
        return widget_bundle(self.ui, text=f"{type(self).__name__}: {self.text}", png=self._still(), alt=self._alt())


def _differ(old: Any, new: Any) -> bool:
    return bool(old != new) if isinstance(old, str) else abs(old - new) > 1e-9


def on_grid(slider: widgets.FloatSlider, value: float) -> float:
    """Return the value nearest to `value` that `slider` can show.

    The browser rounds any other value and sends it back as if somebody had moved the slider.
    """
    inside = min(max(value, slider.min), slider.max)
    steps = round((inside - slider.min) / slider.step)
    return float(round(slider.min + steps * slider.step, 9))


@contextlib.contextmanager
def at_rest(model: nn.Module) -> Iterator[None]:
    """Use `model` in evaluation mode on one thread; afterwards both are as they were, module by module.

    One image is too little work to share: on a busy machine the hand-over between threads takes up to a hundred times
    as long as the decoder.
    """
    training = [module for module in model.modules() if module.training]
    threads = torch.get_num_threads()
    for module in training:
        module.training = False
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        for module in training:
            module.training = True


def drawn_shape(model: Any) -> tuple[int, ...]:
    """Return (C, H, W) of what a model draws. Asked of the model itself: a learner's own VAE need not store it."""
    weight = next(model.parameters())
    with torch.inference_mode(), at_rest(model):
        return tuple(model.decode(torch.zeros(1, model.latent, dtype=weight.dtype, device=weight.device)).shape[1:])


def number(value: float, decimals: int = 2, *, sign: bool = False) -> str:
    """Format a number for a read-out, with a real minus sign and without minus zero."""
    rounded = round(value, decimals) + 0.0
    return f"{rounded:{'+' if sign else ''}.{decimals}f}".replace("-", "−")


def subscript(n: int) -> str:
    """Return a whole number in small low digits.

    Examples
    --------
    >>> "z" + subscript(12)
    'z₁₂'
    """
    return str(n).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def box(*parts: widgets.DOMWidget, down: bool = False) -> widgets.Box:
    """Put parts under each other, or in a row whose last parts go below where the cell is too narrow."""
    # Some front ends would give every box scroll bars of its own.
    if down:
        return widgets.VBox(parts, layout=widgets.Layout(overflow="visible"))
    layout = widgets.Layout(overflow="visible", flex_flow="row wrap", align_items="flex-start")
    return widgets.HBox(parts, layout=layout)


def picture(png: bytes, width: int, height: int) -> widgets.Image:
    """Return an image that is shown `width` × `height` CSS pixels large, whatever its own size."""
    size = widgets.Layout(width=f"{width}px", height=f"{height}px", flex="0 0 auto")
    return widgets.Image(value=png, format="png", layout=size)


def caption(text: str) -> widgets.HTML:
    """Return a caption, to be put over a picture."""
    return widgets.HTML(caption_html(text))


def caption_html(text: str) -> str:
    """Return a caption's new text."""
    return f'<div style="line-height: 1.4; opacity: 0.8">{html.escape(text)}</div>'


def captioned(text: widgets.HTML, image: widgets.Image) -> widgets.VBox:
    """Put a caption over an image."""
    return widgets.VBox([text, image], layout=widgets.Layout(overflow="visible", flex="0 0 auto", margin="0 0 0 16px"))
