"""Pictures in a millisecond: bytes from tensors, plots of which only the moving parts are drawn, still versions."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from course_utils.plots import PALETTE

Pixels = NDArray[np.uint8]


class Blitter:
    """One figure whose background is drawn once and whose moving artists are drawn at every move.

    The picture is stored with a palette: it is drawn in a few inks on a few papers, so that 256 mixtures of them show
    no loss, and a palette is encoded five times as fast as RGB.

    Parameters
    ----------
    figure : Figure
        Complete; it belongs to the blitter from now on.
    moving : sequence of Artist
        What moves, from back to front.
    inks, papers : sequence of colours
        Every colour that is drawn, and every colour that it is drawn on.
    """

    def __init__(self, figure: Figure, moving: Sequence[Artist], *, inks: Sequence[str], papers: Sequence[str]) -> None:
        self.moving = moving
        for artist in moving:
            artist.set_animated(True)  # the background is drawn without them
        self._canvas = FigureCanvasAgg(figure)
        self._palette = mixtures(inks, papers)
        self.draw_background()

    def draw_background(self) -> None:
        """Draw what does not move anew, after it was changed; that takes as long as any figure."""
        # matplotlib's stubs know these methods by other types from version to version
        canvas: Any = self._canvas
        canvas.draw()
        self._background = canvas.copy_from_bbox(canvas.figure.bbox)

    def draw(self) -> Image.Image:
        """Return the picture of the moment, RGB."""
        canvas: Any = self._canvas
        canvas.restore_region(self._background)
        renderer = canvas.get_renderer()
        for artist in self.moving:
            artist.draw(renderer)
        width, height = canvas.get_width_height()
        # An opaque picture: its fourth channel is skipped, not blended.
        return Image.frombytes("RGB", (width, height), canvas.buffer_rgba(), "raw", "RGBX")

    def png(self) -> bytes:
        """Return the picture of the moment as a PNG."""
        return encode(self.draw().quantize(palette=self._palette, dither=Image.Dither.NONE))


def mixed(ink: str, paper: str, share: float) -> str:
    """Return the colour of `ink` on `paper` where it covers `share` of it."""
    red, green, blue = (share * i + (1 - share) * p for i, p in zip(to_rgb(ink), to_rgb(paper), strict=True))
    return to_hex((red, green, blue))


def mixtures(inks: Sequence[str], papers: Sequence[str], *, greys: Sequence[int] = ()) -> Image.Image:
    """Return a palette of inks, papers, their mixtures (what antialiased lines are made of) and greys from 0 to 255."""
    shares = np.linspace(0, 1, 22)[1:-1, None]
    pure = [255 * np.array(to_rgb(color)) for color in (*papers, *inks)]
    colors = [*pure, *(np.full(3, float(grey)) for grey in greys)]
    for paper in pure[: len(papers)]:
        for ink in pure[len(papers) :]:
            for color in shares * ink + (1 - shares) * paper:
                # Pillow looks colours up in boxes eight levels wide: closer neighbours would be mixed up.
                if min(np.abs(color - other).max() for other in colors) >= 12:
                    colors.append(color)
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.round(colors[:256]).astype(np.uint8).tobytes())
    return palette


def encode(image: Image.Image) -> bytes:
    """Return `image` as a PNG; at level 1 the encoder is fastest, and the bytes hardly grow."""
    buffer = io.BytesIO()
    image.save(buffer, format="png", compress_level=1)
    return buffer.getvalue()


def enlarged(pixels: Pixels, width: int) -> Pixels:
    """Repeat each pixel of an image (H, W) so that the image is about `width` wide, with sharp edges."""
    times = max(1, round(width / pixels.shape[1]))
    return pixels.repeat(times, axis=0).repeat(times, axis=1)


def gray_png(pixels: Pixels, width: int) -> bytes:
    """Return an image (H, W) as a PNG about `width` wide."""
    return encode(Image.fromarray(enlarged(pixels, width)))


def height_for(pixels: Pixels, width: int) -> int:
    """Return the height of an image (H, W) that is shown `width` wide."""
    return round(width * float(pixels.shape[0]) / float(pixels.shape[1]))


def to_pixels(images: Tensor) -> Pixels:
    """Turn one grey image (1, 1, H, W) with values in [0, 1] into bytes (H, W).

    Raises
    ------
    ValueError
        If it is not one grey image, or a value is not finite.
    """
    if images.shape[:2] != (1, 1) or images.dim() != 4:
        raise ValueError(f"the decoded image must have shape (1, 1, H, W), got {tuple(images.shape)}")
    values = images[0, 0].float().cpu()
    if not values.isfinite().all():
        raise ValueError("the decoded image has pixels that are not finite; look for NaN in the model's weights")
    pixels: Pixels = values.mul(255).round().byte().numpy()
    return pixels


def still_figure(width: float, height: float) -> Figure:
    """Return an empty white figure of `width` × `height` pixels for a still picture."""
    figure = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def place(figure: Figure, pixels: Pixels, left: int, top: int) -> None:
    """Paste an image (H, W) or (H, W, 3) into a still figure, pixel by pixel, its corner at (left, top)."""
    height = round(figure.bbox.height)
    figure.figimage(pixels, left, height - top - pixels.shape[0], cmap="gray", vmin=0, vmax=255, origin="upper")


def write(figure: Figure, text: str, left: float, top: float, **style: Any) -> None:
    """Write text into a still figure, its upper left corner at (left, top) pixels."""
    usual: dict[str, Any] = {"va": "top", "fontsize": 10, "color": PALETTE["black"], "family": "DejaVu Sans"}
    figure.text(left / figure.bbox.width, 1 - top / figure.bbox.height, text, **(usual | style))


def still_png(figure: Figure, *, papers: Sequence[str] = ()) -> bytes:
    """Render a still figure in the course's colours on white and `papers`: always the same bytes, and few of them."""
    buffer = io.BytesIO()
    canvas: Any = figure.canvas
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    # A palette computed from the picture would sacrifice the colours of small things, such as an arrow, to many greys.
    palette = mixtures([*PALETTE.values()], ["white", *papers], greys=[0, *range(12, 252, 8)])
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(buffer, format="png", optimize=True)
    return buffer.getvalue()
