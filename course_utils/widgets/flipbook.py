"""The widget that leafs through pictures drawn beforehand, such as one for each epoch."""

import io
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import ipywidgets as widgets
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from course_utils.checks import check_number
from course_utils.plots.output import close, render
from course_utils.widgets.base.controls import play_row, stop_slider, wide_picture
from course_utils.widgets.base.live import LiveWidget
from course_utils.widgets.base.pixels import Pixels
from course_utils.widgets.base.plot import WIDTH
from course_utils.widgets.base.still import (
    colourful_png,
    height_of,
    paste,
    still_figure,
    wrapped,
    write_lines,
    write_text,
)

_INTERVAL = 600  # ms between two pictures when they play
_STRIP, _GAP, _NAMES = 5, 8, 18  # small pictures in a still one, and pixels between them and for their names
_NARROWEST = 560  # pixels, of a still picture


class Flipbook(LiveWidget):
    """Leaf through pictures with a slider, or let them play: what changes from one to the next is seen as movement.

    Parameters
    ----------
    pictures : sequence of Figure or bytes
        Two or more, all of one size: matplotlib figures, which are drawn and closed, or PNG files.
    label : str
        What is counted, such as ``"epoch"``.
    values : sequence of float, optional
        The number that belongs to each picture, all different; 0, 1, 2, … by default.
    texts : sequence of str, optional
        One sentence for each picture, shown under it.
    alt : str
        What the pictures show, for those who cannot see them.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-flipbook``.
    controls : dict
        "value", which stops at `values`, and "play", which counts the pictures from 0.
    png : bytes
        The picture of the moment.

    Raises
    ------
    TypeError
        If a picture is neither a figure nor bytes, a value is not a number, or a text is none.
    ValueError
        If there are fewer than two pictures, they differ in size, bytes are no PNG, `values` or `texts` are not as
        many, two values are equal, or `label` or `alt` is empty.

    Examples
    --------
    >>> figures = [Figure(figsize=(3, 2)) for _ in range(3)]
    >>> widget = Flipbook(figures, values=[0, 5, 20], alt="An empty figure.")
    >>> widget.set(value=20)
    >>> widget.text
    'epoch = 20, picture 3 of 3'
    """

    def __init__(
        self,
        pictures: Sequence[Figure | bytes],
        *,
        label: str = "epoch",
        values: Sequence[float] | None = None,
        texts: Sequence[str] | None = None,
        alt: str,
    ) -> None:
        super().__init__()
        _check_words(label=label, alt=alt)
        pictures = _checked_pictures(pictures)
        self._values = _checked_values(values, len(pictures))
        self._texts = _checked_texts(texts, len(pictures))
        self._label, self._what = label, " ".join(alt.split())
        self._pngs = _drawn(pictures)
        self._size = _shown_size(self._pngs)
        for drawn in pictures:
            if isinstance(drawn, Figure):
                close(drawn)
        self.controls = {
            "value": stop_slider(label, self._values[0], [(_written(value), value) for value in self._values]),
            "play": widgets.Play(value=0, min=0, max=len(pictures) - 1, interval=_INTERVAL),
        }
        self._view = wide_picture(self._size[0])
        self._redraw()
        self._assemble("course-flipbook", self._view, self._with_field("value"), play_row(self.controls["play"]))

    @property
    def png(self) -> bytes:
        """The picture of the moment."""
        return bytes(self._view.value)

    @property
    def _at(self) -> int:
        """The place of the picture of the moment, from 0."""
        return self._values.index(self.controls["value"].value)

    def _move(self, name: str, value: float) -> None:
        # Whoever moves the slider while the pictures play goes on from there, and the other way round.
        with self._without_redraw():
            if name == "play":
                self.controls["value"].value = self._values[int(value)]
            else:
                self.controls["play"].value = self._at
        self._redraw()

    def _redraw(self) -> None:
        self._view.value = self._pngs[self._at]
        self._show_text(self._reading())

    def _reading(self) -> list[str]:
        """Return the lines of the read-out."""
        at = self._at
        return [f"{self._name(at)}, picture {at + 1} of {len(self._pngs)}", *self._texts[at : at + 1]]

    def _name(self, at: int) -> str:
        return f"{self._label} = {_written(self._values[at])}"

    def _still(self) -> bytes:
        """Draw the picture of the moment, and under it, smaller, some from the first to the last."""
        width, height = self._size
        whole = max(width, _NARROWEST)
        small = (whole - _GAP * (_STRIP - 1)) // _STRIP
        lines = wrapped(self._lines, whole)
        top = height + height_of(lines) + 16
        figure = still_figure(whole, top + _NAMES + round(small * height / width) + _GAP)
        paste(figure, _resized(self._pngs[self._at], width, height), 0, 0)
        write_lines(figure, lines, 12, height + 6)
        places = [round(i * (len(self._pngs) - 1) / (_STRIP - 1)) for i in range(_STRIP)]
        for column, at in enumerate(sorted(set(places))):
            left = column * (small + _GAP)
            write_text(figure, self._name(at), left + 4, top, fontsize=9)
            paste(figure, _resized(self._pngs[at], small, round(small * height / width)), left, top + _NAMES)
        return colourful_png(figure)

    def _alt(self) -> str:
        first, last = (_written(self._values[at]) for at in (0, -1))
        return (
            f"{self._what} One picture for each of {len(self._pngs)} values of {self._label}, from {first} to {last}; "
            f"shown is {self._name(self._at)}."
        )


def _drawn(pictures: Sequence[Any]) -> list[bytes]:
    """Return every picture as a PNG."""
    for i, drawn in enumerate(pictures):
        if not isinstance(drawn, Figure | bytes):
            raise TypeError(
                f"`pictures` must hold matplotlib figures or PNG files as bytes, got {type(drawn).__name__} at "
                f"place {i}; use ax.figure for the figure of an axes"
            )
    return [render(drawn) if isinstance(drawn, Figure) else drawn for drawn in pictures]


def _shown_size(pngs: Sequence[bytes]) -> tuple[int, int]:
    """Return the width and height at which pictures are shown, in CSS pixels."""
    sizes = [_size_of(png, i) for i, png in enumerate(pngs)]
    for i, size in enumerate(sizes):
        if size != sizes[0]:
            raise ValueError(
                f"`pictures` must all have one size, got {_times(sizes[0])} at place 0 and {_times(size)} "
                f"at place {i}; make all figures with the same figsize"
            )
    width, height = sizes[0]
    return min(width, WIDTH), round(height * min(1.0, WIDTH / width))


def _size_of(png: bytes, place: int) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            image.load()
            return image.size
    except (OSError, SyntaxError) as error:  # Pillow says that a file is broken by either
        raise ValueError(
            f"`pictures` must hold whole PNG files, got {len(png)} bytes at place {place} that are none; "
            'use figure.savefig(buffer, format="png") and buffer.getvalue()'
        ) from error


def _times(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]} pixels"


def _resized(png: bytes, width: int, height: int) -> Pixels:
    with Image.open(io.BytesIO(png)) as image:
        rgba = image.convert("RGBA")
    on_white = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return np.asarray(on_white.resize((width, height), Image.Resampling.LANCZOS), dtype=np.uint8)


def _written(value: float) -> str:
    whole = isinstance(value, Integral)
    return (f"{value:,}" if whole else f"{value:g}").replace("-", "−")


def _checked_pictures(pictures: Any) -> list[Any]:
    if not isinstance(pictures, Sequence) or isinstance(pictures, bytes | str) or len(pictures) < 2:
        raise ValueError(f"`pictures` must be a list of at least 2 pictures, got {_count(pictures)}")
    return list(pictures)


def _checked_values(values: Sequence[float] | None, count: int) -> list[float]:
    """Return one number for each of `count` pictures."""
    if values is None:
        return list(range(count))
    _check_one_each("values", values, count)
    numbered: dict[str, Any] = {f"values[{i}]": value for i, value in enumerate(values)}
    check_number(**numbered)
    if len(set(values)) < count:
        raise ValueError(
            f"`values` must all be different, got {list(values)}; else the slider could not tell two apart"
        )
    return list(values)


def _checked_texts(texts: Sequence[str] | None, count: int) -> list[str]:
    if texts is None:
        return []
    _check_one_each("texts", texts, count)
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"`texts[{i}]` must be a text, got {text!r}")
    return list(texts)


def _check_one_each(name: str, given: Any, count: int) -> None:
    if isinstance(given, str) or not hasattr(given, "__len__") or len(given) != count:
        raise ValueError(f"`{name}` must hold one for each of the {count} pictures, got {_count(given)}")


def _count(given: Any) -> str:
    is_text = isinstance(given, bytes | str)
    return str(len(given)) if hasattr(given, "__len__") and not is_text else f"a {type(given).__name__}"


def _check_words(**texts: Any) -> None:
    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            say = "what is counted" if name == "label" else "what the pictures show"
            raise ValueError(f"`{name}` must be a text and not empty, got {text!r}; say {say}")
