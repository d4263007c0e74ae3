"""What widgets with one moving plot share: its size and style, numbers that are drawn fast, the still picture."""

import contextlib
import functools
import importlib.resources
import textwrap
from collections.abc import Iterable, Iterator, Sequence

import ipywidgets as widgets
import matplotlib.style
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray
from PIL import Image

from course_utils.widgets.base.controls import MovingPicture
from course_utils.widgets.base.pixels import Blitter, place, still_figure, still_png, write

WIDTH = 740  # of every plot, in CSS pixels
SHARPNESS = 1.5  # drawn pixels per shown pixel: clear on dense screens, too; twice would take half as long again

_FONT_SIZE = 9  # points
FONT_PIXELS = _FONT_SIZE * 100 / 72 * SHARPNESS  # the same in drawn pixels
_SMALLER = {f"{name}size": _FONT_SIZE for name in ("font.", "axes.label", "xtick.label", "ytick.label")}
_LINE, _LETTERS = 20, 96  # height of a line of text in a still picture, in pixels, and its length

Array = NDArray[np.float64]
Word = tuple[str, float, float, float]


class Words(PathPatch):
    """Words and numbers of one colour, drawn as outlines: ten of them in the time of one matplotlib `Text`."""

    def __init__(self, color: str) -> None:
        super().__init__(_NOTHING, facecolor=color, linewidth=0, transform=IdentityTransform())

    def say(self, ax: Axes, words: Iterable[Word]) -> None:
        """Write each (text, x, y, share): its middle height at y of `ax`, this share of its width to the left of x."""
        paths = []
        for text, x, y, share in words:
            glyphs = [_glyph(letter) for letter in text]
            left, middle = ax.transData.transform((x, y))
            left -= share * sum(advance for *_, advance in glyphs)
            for vertices, codes, advance in glyphs:
                paths.append((vertices + np.array([left, middle - 0.36 * FONT_PIXELS]), codes))
                left += advance
        if paths:
            self.set_path(Path(np.concatenate([v for v, _ in paths]), np.concatenate([c for _, c in paths])))
        else:
            self.set_path(_NOTHING)


_NOTHING = Path(np.zeros((0, 2)))


@functools.cache
def _glyph(letter: str) -> tuple[Array, NDArray[np.uint8], float]:
    """Return the outline of a letter in drawn pixels, and how far the next one is from it."""

    def outline(text: str) -> TextPath:
        return TextPath((0, 0), text, size=FONT_PIXELS, prop=FontProperties(family="DejaVu Sans"))

    # The ink of a space is nothing, and its width is not: the advance is what pushes two bars apart.
    advance = outline(f"|{letter}|").get_extents().width - outline("||").get_extents().width
    if letter.isspace():
        return np.zeros((0, 2)), np.zeros(0, dtype=np.uint8), advance
    path = outline(letter)
    return np.asarray(path.vertices).reshape(-1, 2), np.asarray(path.codes, dtype=np.uint8).reshape(-1), advance


class MovingPlot:
    """A plot `width` × `height` CSS pixels large of which only the moving parts are drawn at a move.

    A subclass draws the background in `_build` and returns the moving parts; later it moves them and calls `png`.
    """

    width: int = WIDTH
    height: int
    inks: Sequence[str]  # every colour that is drawn
    papers: Sequence[str] = ("white",)  # every colour that it is drawn on

    def __init__(self) -> None:
        with small_style():
            figure = Figure(figsize=(self.width / 100, self.height / 100), dpi=100 * SHARPNESS)
            moving = self._build(figure)
        self._blitter = Blitter(figure, moving, inks=self.inks, papers=self.papers)

    def _build(self, figure: Figure) -> Sequence[Artist]:
        raise NotImplementedError

    def png(self) -> bytes:
        """Return the plot of the moment as a PNG, with more pixels than are shown."""
        return self._blitter.png()

    def image(self) -> Image.Image:
        """Return the plot of the moment, one pixel for each that is shown."""
        return self._blitter.draw().resize((self.width, self.height), Image.Resampling.LANCZOS)


class PlotWidget(MovingPicture):
    """Controls, one plot over the whole width, a read-out. A subclass sets `_plot` and calls `_start`."""

    _plot: MovingPlot

    @property
    def png(self) -> bytes:
        """The plot of the moment."""
        return bytes(self._view.value)

    def _start(self, css_class: str, *rows: widgets.DOMWidget) -> None:
        """Put the plot over the rows of controls, and draw it for the first time."""
        layout = widgets.Layout(width=f"{WIDTH}px", max_width="calc(100% - 4px)", height="auto", flex="0 0 auto")
        self._view = widgets.Image(value=b"", format="png", layout=layout)
        self._redraw()
        self._assemble(css_class, self._view, *rows)

    def _redraw(self) -> None:
        raise NotImplementedError

    def _still(self) -> bytes:
        lines = [part for line in self._lines for part in textwrap.wrap(line, _LETTERS, subsequent_indent="   ")]
        figure = still_figure(WIDTH, self._plot.height + _LINE * len(lines) + 16)
        place(figure, np.asarray(self._plot.image()), 0, 0)
        for i, line in enumerate(lines):
            write(figure, line, 12, self._plot.height + 6 + _LINE * i)
        return still_png(figure, papers=self._plot.papers[1:])


@contextlib.contextmanager
def small_style() -> Iterator[None]:
    """Use the course's style sheet, with smaller letters, inside a ``with``."""
    style = importlib.resources.files("course_utils") / "assets" / "course.mplstyle"
    settings = _SMALLER | {"figure.constrained_layout.use": False}
    with importlib.resources.as_file(style) as path, matplotlib.style.context([str(path), settings]):
        yield


def slider(name: str, value: float, low: float, high: float, step: float) -> widgets.FloatSlider:
    """Return a slider with two decimals."""
    return widgets.FloatSlider(
        value=value, min=low, max=high, step=step, description=name, readout_format=".2f", **_slider_looks()
    )


def stops(name: str, value: float, options: Sequence[tuple[str, float]]) -> widgets.SelectionSlider:
    """Return a slider that stops at some values only."""
    return widgets.SelectionSlider(value=value, options=options, description=name, **_slider_looks())


def _slider_looks() -> dict[str, object]:
    return {"style": {"description_width": "36px"}, "layout": widgets.Layout(width="350px", max_width="98%")}
