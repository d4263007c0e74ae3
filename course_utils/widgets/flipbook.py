"""The widget that leafs through pictures drawn beforehand, such as one for each epoch."""

import io
import itertools
from collections.abc import Mapping, Sequence
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

    Pictures that depend on two numbers or more are given as a dict, and have a slider for each of them.

    Parameters
    ----------
    pictures : sequence of Figure or bytes, or dict of these
        Two or more, all of one size: matplotlib figures, which are drawn and closed, or PNG files. A dict has as its
        keys tuples of numbers, one for each label, and a picture for every combination of them.
    label : str, or sequence of str for a dict
        What is counted, such as ``"epoch"``, or ``("perplexity", "seed")``.
    values : sequence of float, optional
        The number that belongs to each picture, all different; 0, 1, 2, … by default. A dict has them in its keys.
    texts : sequence of str, or dict of str, optional
        One sentence for each picture, shown under it; in the order of the pictures, or by the same keys.
    alt : str
        What the pictures show, for those who cannot see them.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-flipbook``.
    controls : dict
        "value", which stops at `values`, or for a dict one slider by the name of each label; and "play", which counts
        the pictures from 0.
    png : bytes
        The picture of the moment.

    Raises
    ------
    TypeError
        If a picture is neither a figure nor bytes, a value is not a number, or a text is none.
    ValueError
        If there are fewer than two pictures, they differ in size, bytes are no PNG, `values` or `texts` are not as
        many, two values are equal, a combination has no picture, or `label` or `alt` is empty.

    Examples
    --------
    >>> figures = [Figure(figsize=(3, 2)) for _ in range(3)]
    >>> widget = Flipbook(figures, values=[0, 5, 20], alt="An empty figure.")
    >>> widget.set(value=20)
    >>> widget.text
    'epoch = 20, picture 3 of 3'
    >>> maps = {(perplexity, seed): Figure(figsize=(3, 2)) for perplexity in (5, 50) for seed in (0, 1)}
    >>> widget = Flipbook(maps, label=("perplexity", "seed"), alt="An empty figure.")
    >>> widget.set(perplexity=50, seed=1)
    >>> widget.text
    'perplexity = 50, seed = 1, picture 4 of 4'
    """

    def __init__(
        self,
        pictures: Sequence[Figure | bytes] | Mapping[tuple[float, ...], Figure | bytes],
        *,
        label: str | Sequence[str] = "epoch",
        values: Sequence[float] | None = None,
        texts: Sequence[str] | Mapping[tuple[float, ...], str] | None = None,
        alt: str,
    ) -> None:
        super().__init__()
        self._labels = _checked_labels(label, pictures)
        _check_words(alt=alt)
        drawings = _checked_pictures(pictures)
        self._keys = _checked_keys(pictures, values, self._labels)
        self._texts = _checked_texts(texts, self._keys)
        self._what = " ".join(alt.split())
        self._pngs = _drawn(drawings)
        self._size = _shown_size(self._pngs)
        for drawn in drawings:
            if isinstance(drawn, Figure):
                close(drawn)
        self._names = self._labels if isinstance(pictures, Mapping) else ("value",)  # of the sliders
        self._make_controls()
        self._view = wide_picture(self._size[0])
        self._redraw()
        sliders = [self._with_field(name) for name in self._names]
        self._assemble("course-flipbook", self._view, *sliders, play_row(self.controls["play"]))

    @property
    def png(self) -> bytes:
        """The picture of the moment."""
        return bytes(self._view.value)

    @property
    def _at(self) -> int:
        """The place of the picture of the moment, from 0."""
        return self._keys.index(tuple(self.controls[name].value for name in self._names))

    def _make_controls(self) -> None:
        for name, label, stops in zip(self._names, self._labels, _stops(self._keys), strict=True):
            options = [(_written(stop), stop) for stop in stops]
            self.controls[name] = stop_slider(label, stops[0], options)
        self.controls["play"] = widgets.Play(value=0, min=0, max=len(self._keys) - 1, interval=_INTERVAL)

    def _move(self, name: str, value: float) -> None:
        # Whoever moves the slider while the pictures play goes on from there, and the other way round.
        with self._without_redraw():
            if name == "play":
                for slider, stop in zip(self._names, self._keys[int(value)], strict=True):
                    self.controls[slider].value = stop
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

    def _name(self, at: int, labels: int | None = None) -> str:
        """Name a picture by its numbers, or by the first ones."""
        named = list(zip(self._labels, self._keys[at], strict=True))[:labels]
        return ", ".join(f"{label} = {_written(value)}" for label, value in named)

    def _strip(self) -> list[int]:
        """Return the places of some pictures from the first to the last; of a dict, along its first slider."""
        rest = self._keys[self._at][1:]
        row = [at for at, key in enumerate(self._keys) if key[1:] == rest]
        places = {round(i * (len(row) - 1) / (_STRIP - 1)) for i in range(_STRIP)}
        return [row[place] for place in sorted(places)]

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
        for column, at in enumerate(self._strip()):
            left = column * (small + _GAP)
            write_text(figure, self._name(at, 1), left + 4, top, fontsize=9)
            paste(figure, _resized(self._pngs[at], small, round(small * height / width)), left, top + _NAMES)
        return colourful_png(figure)

    def _alt(self) -> str:
        each = "each" if len(self._labels) == 1 else "each combination"
        counted = ", and ".join(
            f"{len(stops)} values of {label}, from {_written(stops[0])} to {_written(stops[-1])}"
            for label, stops in zip(self._labels, _stops(self._keys), strict=True)
        )
        return f"{self._what} One picture for {each} of {counted}; shown is {self._name(self._at)}."


def _stops(keys: Sequence[tuple[float, ...]]) -> list[list[float]]:
    """Return what each part of the keys can be, in the order of its first appearance."""
    return [list(dict.fromkeys(part)) for part in zip(*keys, strict=True)]


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
    if isinstance(pictures, Mapping):
        pictures = list(pictures.values())
    if not isinstance(pictures, Sequence) or isinstance(pictures, bytes | str) or len(pictures) < 2:
        raise ValueError(f"`pictures` must be a list of at least 2 pictures, got {_count(pictures)}")
    return list(pictures)


def _checked_labels(label: Any, pictures: Any) -> tuple[str, ...]:
    """Return what is counted: one text for a list of pictures, at least one for a dict."""
    if not isinstance(pictures, Mapping):
        _check_words(label=label)
        return (label,)
    labels = () if isinstance(label, str) else tuple(label)
    if not labels or len({*labels, "play"}) <= len(labels):
        raise ValueError(
            '`label` must hold a different text for each number in the keys of `pictures`, and not "play", '
            f'got {label!r}; for instance ("perplexity", "seed")'
        )
    numbered: dict[str, Any] = {f"label[{i}]": text for i, text in enumerate(labels)}
    _check_words(**numbered)
    return labels


def _checked_keys(pictures: Any, values: Sequence[float] | None, labels: tuple[str, ...]) -> list[tuple[float, ...]]:
    """Return the numbers that belong to each picture, one for each label."""
    if not isinstance(pictures, Mapping):
        return [(value,) for value in _checked_values(values, len(pictures))]
    if values is not None:
        raise ValueError("`values` must be left out if `pictures` is a dict: they stand in its keys")
    for key in pictures:
        if not isinstance(key, tuple) or len(key) != len(labels):
            raise ValueError(
                f"`pictures` must have as keys tuples of {len(labels)} numbers, one for each label, got {key!r}"
            )
        numbered: dict[str, Any] = {
            f"{label} in the key {key!r}": part for label, part in zip(labels, key, strict=True)
        }
        check_number(**numbered)
    keys: list[tuple[float, ...]] = list(pictures)
    for combination in itertools.product(*_stops(keys)):
        if combination not in pictures:
            raise ValueError(f"`pictures` must hold a picture for every combination, got none for {combination}")
    return keys


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


def _checked_texts(texts: Any, keys: Sequence[tuple[float, ...]]) -> list[str]:
    if texts is None:
        return []
    _check_one_each("texts", texts, len(keys))
    if isinstance(texts, Mapping):
        missing = [key for key in keys if key not in texts]
        if missing:
            raise ValueError(f"`texts` must have the keys of `pictures`, got none for {missing[0]}")
        texts = [texts[key] for key in keys]
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
            say = "what the pictures show" if name == "alt" else "what is counted"
            raise ValueError(f"`{name}` must be a text and not empty, got {text!r}; say {say}")
