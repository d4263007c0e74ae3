"""Pictures in a millisecond: small PNGs, and plots of which only the moving parts are drawn."""

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

    def draw(self, rows: int | None = None) -> Image.Image:
        """Return the picture of the moment, RGB; only its first rows of pixels, if that is asked."""
        canvas: Any = self._canvas
        canvas.restore_region(self._background)
        renderer = canvas.get_renderer()
        for artist in self.moving:
            artist.draw(renderer)
        shown = np.asarray(canvas.buffer_rgba())[:rows]
        # An opaque picture: its fourth channel is skipped, not blended.
        return Image.frombytes("RGB", (shown.shape[1], shown.shape[0]), shown, "raw", "RGBX")

    def png(self, rows: int | None = None) -> bytes:
        """Return the picture of the moment as a PNG; only its first rows of pixels, if that is asked."""
        return encode(self.draw(rows).quantize(palette=self._palette, dither=Image.Dither.NONE))


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
