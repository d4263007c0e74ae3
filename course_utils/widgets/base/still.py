"""Still pictures of the widgets, for readers without a kernel."""

import io
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from course_utils.plots.style import PALETTE
from course_utils.widgets.base.pixels import Pixels, mixtures

HINT = "A still picture: run this cell to make it move."
_HINT_HEIGHT = 24  # pixels
_LINE, _LETTER = 20, 7.7  # height of a line of text and mean width of a letter, in pixels


def still_figure(width: float, height: float) -> Figure:
    """Return a white figure of `width` × `height` pixels for a still picture, and a line below that says what it is."""
    figure = Figure(figsize=(width / 100, (height + _HINT_HEIGHT) / 100), dpi=100, facecolor="white")
    FigureCanvasAgg(figure)
    write_text(figure, HINT, 12, height + 2, color=PALETTE["grey"], style="italic")
    return figure


def paste(figure: Figure, pixels: Pixels, left: int, top: int) -> None:
    """Paste an image (H, W) or (H, W, 3) into a still figure, pixel by pixel, its corner at (left, top)."""
    height = round(figure.bbox.height)
    figure.figimage(pixels, left, height - top - pixels.shape[0], cmap="gray", vmin=0, vmax=255, origin="upper")


def write_text(figure: Figure, text: str, left: float, top: float, **style: Any) -> None:
    """Write text into a still figure, its upper left corner at (left, top) pixels."""
    usual: dict[str, Any] = {"va": "top", "fontsize": 10, "color": PALETTE["black"], "family": "DejaVu Sans"}
    figure.text(left / figure.bbox.width, 1 - top / figure.bbox.height, text, **(usual | style))


def wrapped(lines: Sequence[str], width: int) -> list[str]:
    """Break lines of text so that they fit `width` pixels."""
    letters = int(width / _LETTER)
    return [part for line in lines for part in textwrap.wrap(line, letters, subsequent_indent="   ")]


def height_of(lines: Sequence[str]) -> int:
    """Return how many pixels high lines of text are."""
    return _LINE * len(lines)


def write_lines(figure: Figure, lines: Sequence[str], left: float, top: float) -> None:
    """Write lines of text under each other."""
    for i, line in enumerate(lines):
        write_text(figure, line, left, top + _LINE * i)


def still_png(figure: Figure, *, inks: Sequence[str] = (*PALETTE.values(),), papers: Sequence[str] = ()) -> bytes:
    """Render a still figure in a few inks on white and `papers`: always the same bytes, and few of them."""
    buffer = io.BytesIO()
    # A palette computed from the picture would sacrifice the colours of small things, such as an arrow, to many greys.
    palette = mixtures(inks, ["white", *papers], greys=[0, *range(12, 252, 8)])
    image = _rendered(figure).quantize(palette=palette, dither=Image.Dither.NONE)
    image.save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def colourful_png(figure: Figure) -> bytes:
    """Render a still figure that holds pictures in colours of their own, with the few colours that suit it best."""
    buffer = io.BytesIO()
    image = _rendered(figure).quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    image.save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def _rendered(figure: Figure) -> Image.Image:
    canvas: Any = figure.canvas
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
