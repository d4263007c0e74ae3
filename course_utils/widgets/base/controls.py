"""The controls of the widgets: sliders and number fields, the values they take, boxes and captions around them."""

import html
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import ipywidgets as widgets

from course_utils.checks import check_number


def slider(name: str, value: float, low: float, high: float, step: float, **looks: Any) -> widgets.FloatSlider:
    """Return a slider with two decimals."""
    settings = {"readout_format": ".2f", "width": "350px", "description_width": "36px"} | looks
    return widgets.FloatSlider(
        value=value,
        min=low,
        max=high,
        step=step,
        description=name,
        readout_format=settings["readout_format"],
        **_sized(settings["width"], settings["description_width"]),
    )


def whole_slider(name: str, value: int, low: int, high: int, *, width: int, name_width: int) -> widgets.IntSlider:
    """Return a slider over whole numbers."""
    return widgets.IntSlider(
        value=value, min=low, max=high, description=name, **_sized(f"{width}px", f"{name_width}px")
    )


def stop_slider(name: str, value: float, options: Sequence[tuple[str, float]]) -> widgets.SelectionSlider:
    """Return a slider that stops at some values only. It needs a `number_field` beside it, for it has no read-out."""
    # ipywidgets' read-out of such a slider takes what is typed, and ignores it.
    return widgets.SelectionSlider(
        value=value, options=options, description=name, readout=False, **_with_name(name, 214, 36)
    )


def number_field(stops: widgets.SelectionSlider) -> widgets.BoundedFloatText:
    """Return a field for the value of a slider with stops."""
    low, high = min(values_of(stops)), max(values_of(stops))
    # Its description is what screen readers call it; a slider's reaches them only as text before it.
    name = f"{stops.description} ="
    return widgets.BoundedFloatText(
        value=stops.value, min=low, max=high, step=None, description=name, **_with_name(name, 80, 28)
    )


def play_row(play: widgets.Play) -> widgets.HBox:
    """Say beside a player what its buttons do: they show signs and no words."""
    row = beside(caption("play, stop, repeat:"), play)
    row.layout.align_items = "center"
    return row


def values_of(control: widgets.DOMWidget) -> list[Any]:
    """Return what a control with options can be put to."""
    return [option[1] if isinstance(option, tuple) else option for option in control.options]


def checked_value(name: str, control: widgets.DOMWidget, value: Any) -> Any:
    """Return `value` as `control` stores it.

    Raises
    ------
    TypeError
        If it is of another kind: text for a slider, a number for a checkbox.
    ValueError
        If the control cannot be put there.
    """
    if hasattr(control, "options"):
        choices = values_of(control)
        if isinstance(value, bool) or value not in choices:
            raise ValueError(f"`{name}` must be one of {', '.join(map(str, choices))}, got {value!r}")
        return choices[choices.index(value)]
    if not hasattr(control, "min"):
        if not isinstance(value, bool):
            raise TypeError(f"`{name}` must be True or False, got {value!r}")
        return value
    check_number(least=control.min, most=control.max, **{name: value})
    if not isinstance(control.min, Integral):
        return float(value)
    if value % 1:
        raise ValueError(f"`{name}` must be a whole number, got {value}")
    return int(float(value))


def same_position(control: widgets.DOMWidget, one: Any, other: Any) -> bool:
    """Return whether two values are one place of a control: a slider's are, if they differ by rounding."""
    if isinstance(control, widgets.FloatSlider):
        return bool(abs(one - other) < 1e-6 * control.step)
    return bool(one == other)


def on_grid(control: widgets.FloatSlider, value: float) -> float:
    """Return the value nearest to `value` that a slider can show.

    The browser rounds any other value and sends it back as if somebody had moved the slider.
    """
    inside = min(max(value, control.min), control.max)
    steps = round((inside - control.min) / control.step)
    return float(round(control.min + steps * control.step, 9))


def down(*parts: widgets.DOMWidget) -> widgets.VBox:
    """Put parts under each other."""
    # Some front ends would give every box scroll bars of its own.
    return widgets.VBox(parts, layout=widgets.Layout(overflow="visible"))


def beside(*parts: widgets.DOMWidget) -> widgets.HBox:
    """Put parts in a row whose last ones go below where the cell is too narrow."""
    layout = widgets.Layout(overflow="visible", flex_flow="row wrap", align_items="flex-start")
    return widgets.HBox(parts, layout=layout)


def picture(png: bytes, width: int, height: int) -> widgets.Image:
    """Return an image that is shown `width` × `height` CSS pixels large, whatever its own size."""
    size = widgets.Layout(width=f"{width}px", height=f"{height}px", flex="0 0 auto")
    return widgets.Image(value=png, format="png", layout=size)


def wide_picture(width: int) -> widgets.Image:
    """Return an image that is shown `width` CSS pixels wide, or as wide as the cell if that is narrower."""
    layout = widgets.Layout(width=f"{width}px", max_width="calc(100% - 4px)", height="auto", flex="0 0 auto")
    return widgets.Image(value=b"", format="png", layout=layout)


def caption(text: str) -> widgets.HTML:
    """Return a caption, to be put over a picture."""
    return widgets.HTML(caption_html(text))


def caption_html(text: str) -> str:
    """Return a caption's new text."""
    return f'<div style="line-height: 1.4; opacity: 0.8">{html.escape(text)}</div>'


def captioned(text: widgets.HTML, image: widgets.Image) -> widgets.VBox:
    """Put a caption over an image."""
    return widgets.VBox([text, image], layout=widgets.Layout(overflow="visible", flex="0 0 auto", margin="0 0 0 16px"))


def _with_name(name: str, width: int, least: int) -> dict[str, Any]:
    """Return the looks of a control `width` pixels wide after its name, a letter such as σ or a word such as epoch."""
    room = max(least, 9 * len(name))
    return _sized(f"{width + room}px", f"{room}px")


def _sized(width: str, description_width: str) -> dict[str, Any]:
    return {
        "style": {"description_width": description_width},
        "layout": widgets.Layout(width=width, max_width="98%"),
    }
