"""What widgets with one moving plot share: its size and style, numbers that are drawn fast, the still picture."""

import contextlib
import functools
import itertools
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import ipywidgets as widgets
import matplotlib as mpl
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

from course_utils.plots.style import style_sheet
from course_utils.widgets.base.controls import wide_picture
from course_utils.widgets.base.live import LiveWidget
from course_utils.widgets.base.lock import LOCK
from course_utils.widgets.base.pixels import Blitter
from course_utils.widgets.base.still import height_of, paste, still_figure, still_png, wrapped, write_lines

WIDTH = 740  # of every plot, in CSS pixels
SHARPNESS = 1.5  # drawn pixels per shown pixel: clear on dense screens, too; twice would take half as long again
MOST_FIGURES = 6  # that are kept, 3 to 8 MB each

_FONT_SIZE = 9  # points
_FONT_PIXELS = _FONT_SIZE * 100 / 72 * SHARPNESS  # the same in drawn pixels
_SMALLER = {f"{name}size": _FONT_SIZE for name in ("font.", "axes.label", "xtick.label", "ytick.label")}

Array = NDArray[np.float64]
Label = tuple[str, float, float, float]


class Labels(PathPatch):
    """Words and numbers of one colour, drawn as outlines: ten of them in the time of one matplotlib `Text`."""

    def __init__(self, color: str, *, bold: bool = False, scale: float = 1.0) -> None:
        super().__init__(_NOTHING, facecolor=color, linewidth=0, transform=IdentityTransform())
        self._bold, self._scale = bold, scale

    def write(self, ax: Axes, labels: Iterable[Label]) -> None:
        """Write each (text, x, y, share): its middle height at y of `ax`, this share of its width to the left of x."""
        written, scale = list(labels), self._scale
        if not written:
            self.set_path(_NOTHING)
            return
        vertices, codes, corners = [], [], []
        middles = ax.transData.transform([(x, y) for _, x, y, _ in written]).tolist()
        for (text, _, _, share), (left, middle) in zip(written, middles, strict=True):
            glyphs = [_glyph(letter, self._bold) for letter in text]
            left -= share * scale * sum(advance for *_, advance in glyphs)
            for outline, pen, advance in glyphs:
                vertices.append(outline)
                codes.append(pen)
                corners.append((left, middle - 0.36 * scale * _FONT_PIXELS))
                left += scale * advance
        # All letters at once: one after the other, each would cost as much as drawing it.
        moved = np.repeat(corners, [len(pen) for pen in codes], axis=0)
        self.set_path(Path(scale * np.concatenate(vertices) + moved, np.concatenate(codes)))


_NOTHING = Path(np.zeros((0, 2)))


@functools.cache
def _glyph(letter: str, bold: bool) -> tuple[Array, NDArray[np.uint8], float]:
    """Return the outline of a letter in drawn pixels, and how far the next one is from it."""
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")

    def outline(text: str) -> TextPath:
        return TextPath((0, 0), text, size=_FONT_PIXELS, prop=font)

    # The ink of a space is nothing, and its width is not: the advance is what pushes two bars apart.
    advance = outline(f"|{letter}|").get_extents().width - outline("||").get_extents().width
    if letter.isspace():
        return np.zeros((0, 2)), np.zeros(0, dtype=np.uint8), advance
    path = outline(letter)
    return np.asarray(path.vertices).reshape(-1, 2), np.asarray(path.codes, dtype=np.uint8).reshape(-1), advance


class LivePlot:
    """A plot `width` × `height` CSS pixels large of which only the moving parts are drawn at a move.

    A subclass draws the background in `_build` and returns the moving parts; later it moves them and calls `png`.
    """

    width: int = WIDTH
    height: int
    shown: int | None = None  # as much of the height as is shown, if it is not all
    inks: Sequence[str]  # every colour that is drawn
    papers: Sequence[str] = ("white",)  # every colour that it is drawn on
    sharpness = SHARPNESS  # less for a large plot full of dots, which takes long to encode; `Labels` need the usual one

    def __init__(self) -> None:
        with LOCK, _small_style():
            figure = Figure(figsize=(self.width / 100, self.height / 100), dpi=100 * self.sharpness)
            moving = self._build(figure)
        self._blitter = Blitter(figure, moving, inks=self.inks, papers=self.papers)

    def _build(self, figure: Figure) -> Sequence[Artist]:
        raise NotImplementedError

    def png(self) -> bytes:
        """Return the plot of the moment as a PNG, with more pixels than are shown."""
        return self._blitter.png(round(self.sharpness * (self.shown or self.height)))

    def image(self) -> Image.Image:
        """Return the plot of the moment, one pixel for each that is shown."""
        height = self.shown or self.height
        drawn = self._blitter.draw(round(self.sharpness * height))
        return drawn.resize((self.width, height), Image.Resampling.LANCZOS)


class RecentPlots:
    """The plots that were moved last. An older one is let go, and built anew when its widget moves again.

    A notebook keeps every widget it has ever shown, also those of a cell that was run again.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._plots: OrderedDict[int, LivePlot] = OrderedDict()

    def get(self, key: int, build: Callable[[], LivePlot]) -> LivePlot:
        """Return the plot of `key`. It may be a new one: arrange it before it is drawn."""
        with LOCK:
            plot = self._plots.pop(key, None) or build()
            self._plots[key] = plot
            while len(self._plots) > self._most:
                self._plots.popitem(last=False)
        return plot


_keys = itertools.count()
_recent = RecentPlots(MOST_FIGURES)


class PlotWidget(LiveWidget):
    """Controls, one plot over the whole width, a read-out. A subclass calls `_start` when its controls are made."""

    def __init__(self) -> None:
        super().__init__()
        self._key = next(_keys)
        self._view: widgets.Image = wide_picture(WIDTH)

    @property
    def png(self) -> bytes:
        """The plot of the moment."""
        return bytes(self._view.value)

    @property
    def _plot(self) -> Any:
        return _recent.get(self._key, self._build_plot)

    def _build_plot(self) -> LivePlot:
        raise NotImplementedError

    def _arranged_plot(self) -> LivePlot:
        """Return the plot with its moving parts where the numbers of the moment put them."""
        raise NotImplementedError

    def _redraw(self) -> None:
        raise NotImplementedError

    def _start(self, css_class: str, *rows: widgets.DOMWidget) -> None:
        """Put the plot over the rows of controls, and draw it for the first time."""
        self._redraw()
        self._assemble(css_class, self._view, *rows)

    def _still(self) -> bytes:
        lines = wrapped(self._lines, WIDTH)
        plot = self._arranged_plot()
        height = plot.shown or plot.height
        figure = still_figure(WIDTH, height + height_of(lines) + 16)
        paste(figure, np.asarray(plot.image()), 0, 0)
        write_lines(figure, lines, 12, height + 6)
        return still_png(figure, papers=plot.papers[1:])


@contextlib.contextmanager
def _small_style() -> Iterator[None]:
    """Use the course's style sheet, with smaller letters, inside a ``with``."""
    settings: Any = style_sheet() | _SMALLER | {"figure.constrained_layout.use": False}
    with mpl.rc_context(settings):
        yield
