"""The widget that adds noise to the codes of an autoencoder."""

from collections.abc import Mapping, Sequence

import ipywidgets as widgets
import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image
from torch import Tensor, nn

from course_utils.plots.style import PALETTE, ROLES
from course_utils.widgets.base.controls import beside, caption, captioned, down, picture, stop_slider
from course_utils.widgets.base.decoding import checked_images, seeded_generator
from course_utils.widgets.base.live import LiveWidget
from course_utils.widgets.base.pixels import Pixels, mixed
from course_utils.widgets.base.plot import LivePlot
from course_utils.widgets.base.rows import row_of, row_pixels, row_png, row_size, rows_of
from course_utils.widgets.base.still import height_of, paste, still_figure, still_png, wrapped, write_lines, write_text
from course_utils.widgets.base.text import number, subscript
from course_utils.widgets.noise_dial.dial import DRAWS, STOPS, Dial, Loss, check_spread

_START = 0.3
_NAMED = 4  # latent dimensions whose spread is written out
_CAPTIONS = ("images x", f"redrawn from z = f(x) + σ · spread · ε, {DRAWS} draws of ε")
_NOTE = "Pale band: two standard errors of the rise above σ = 0, on either side."
_ROW = 26  # height of a caption in a still picture, in pixels


class NoiseDial(LiveWidget):
    """Turn up noise on the codes of an autoencoder, and watch its redraws dissolve and its loss rise.

    The decoder gets z = f(x) + σ · spread · ε with ε ~ N(0, I), where the spread is how far the codes themselves lie
    apart in each latent dimension. At σ = 0 the widget shows the autoencoder, bit for bit. The noise ε is kept while σ
    moves. All pictures are made when noise is drawn, from the weights of that moment: a move costs next to nothing.

    Parameters
    ----------
    model : Autoencoder
        Anything with ``encode(x) -> z``, ``decode(z) -> logits`` and ``latent``. It is not changed.
    images : Tensor, shape (N, 1, H, W), in [0, 1]
        Eight, evenly spaced, are redrawn; up to 200 are in the loss.
    spread : float or Tensor of shape (Z,), optional
        The unit of σ; by default the standard deviation, in each latent dimension, of the codes that are in the loss.
    seed : int
        Decides every ε; no other random state is touched.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-noise-dial``.
    controls : dict
        "sigma", which stops at values from 0 to 2, and the button "draw".
    spread : Tensor, shape (Z,)
        The unit of σ in each latent dimension.
    losses : dict of float to Loss
        By σ: binary cross-entropy in nats per image, ``mean`` over the images, one draw for each, its ``rise`` over
        σ = 0, and the standard ``error`` of the rise.
    shown : Tensor, shape (M, 1, H, W)
        The images that are redrawn.
    redraws : Tensor, shape (3, M, 1, H, W)
        What is drawn at the moment, in [0, 1].
    png, loss_png : bytes
        The redraws and the plot of the moment.

    Raises
    ------
    TypeError
        If `model` is no autoencoder, or `images` is not a tensor of floats.
    ValueError
        If `images` or `spread` do not fit the model, `images` leave [0, 1] or are fewer than two without a `spread`.

    Examples
    --------
    >>> import torch
    >>> from course_utils.models import Autoencoder
    >>> model, images = Autoencoder(2), torch.rand(8, 1, 28, 28)
    >>> widget = NoiseDial(model, images)
    >>> widget.set(sigma=0.0)
    >>> torch.allclose(widget.redraws[2], model(images).sigmoid(), atol=1e-6)
    True
    """

    def __init__(
        self, model: nn.Module, images: Tensor, spread: float | Tensor | None = None, *, seed: int = 0
    ) -> None:
        super().__init__()
        if not all(hasattr(model, name) for name in ("encode", "decode", "latent", "parameters")):
            raise TypeError(f"`model` must be an Autoencoder, got {type(model).__name__}")
        images, latent = checked_images(model, images), int(getattr(model, "latent"))  # noqa: B009  for mypy
        if spread is not None:
            check_spread(spread, latent)
        elif len(images) < 2:
            raise ValueError(
                "`images` must hold at least 2 images, got 1; how far codes lie apart is measured over them"
            )
        self._origin = "measured as a standard deviation" if spread is None else "as it was given"
        self._generator = seeded_generator(seed)
        self._dial = Dial(model, images, spread)
        self._given = row_of(self._dial.shown)
        self.controls = {
            "sigma": stop_slider("σ", _START, [(f"{sigma:.2f}", sigma) for sigma in STOPS]),
            "draw": widgets.Button(description="new noise", layout=widgets.Layout(width="140px")),
        }
        self._draw()
        self._views = {
            "images": picture(row_png(self._given), *row_size(self._given)),
            "redraws": picture(b"", *row_size(self._rows[_START], DRAWS)),
            "loss": picture(b"", LossPlot.width, LossPlot.height),
        }
        self._redraw()
        self._lay_out()

    @property
    def spread(self) -> Tensor:
        """The unit of σ."""
        return self._dial.spread.clone()

    @property
    def shown(self) -> Tensor:
        """The images that are redrawn."""
        return self._dial.shown.clone()

    @property
    def losses(self) -> Mapping[float, Loss]:
        """The losses by σ."""
        return self._noisy.losses

    @property
    def redraws(self) -> Tensor:
        """What is drawn at the moment."""
        return self._noisy.redraws[self._sigma].clone()

    @property
    def png(self) -> bytes:
        """The redraws of the moment."""
        return bytes(self._views["redraws"].value)

    @property
    def loss_png(self) -> bytes:
        """The plot of the moment."""
        return bytes(self._views["loss"].value)

    @property
    def _sigma(self) -> float:
        return float(self.controls["sigma"].value)

    def _lay_out(self) -> None:
        rows = [captioned(caption(text), self._views[name]) for name, text in zip(self._views, _CAPTIONS, strict=False)]
        for row in rows:
            row.layout.margin = "0 12px 4px 0"
        dial = beside(self._with_field("sigma"), self.controls["draw"])
        self._assemble("course-noise-dial", dial, beside(down(*rows), self._views["loss"]))

    def _draw(self) -> None:
        """Draw new noise, and make all pictures that will be needed."""
        noisy = self._dial.draw(self._generator)
        rows = {sigma: rows_of(redraws) for sigma, redraws in noisy.redraws.items()}
        plot = LossPlot(noisy.losses)
        self._pngs = {sigma: (row_png(rows[sigma], DRAWS), plot.png_at(sigma)) for sigma in STOPS}
        self._noisy, self._rows = noisy, rows

    def _press(self, name: str) -> None:
        self._draw()
        self._redraw()

    def _move(self, name: str, value: float) -> None:
        self._redraw()

    def _redraw(self) -> None:
        for name, png in zip(("redraws", "loss"), self._pngs[self._sigma], strict=True):
            self._views[name].value = png
        self._show_text(self._reading(), _NOTE if len(self._dial.measured) > 1 else "")

    def _reading(self) -> list[str]:
        """Return the lines of the read-out."""
        sigma, loss, spread = self._sigma, self.losses[self._sigma], self.spread.tolist()
        if sigma == 0:
            noise = "σ = 0: no noise, z = f(x); this is the autoencoder, and its draws are all alike"
        else:
            noise = f"σ = {number(sigma)} times the spread of the codes: a standard deviation of " + _in_each(
                spread, sigma
            )
        count = len(self._dial.measured)
        error = f" ± {number(loss.error, 1)} (standard error)" if count > 1 else ""
        rise = f"; {number(loss.rise, 1, sign=True)}{error} above σ = 0" if sigma else ""
        return [
            noise,
            f"Loss (binary cross-entropy): {number(loss.mean, 1)} nats per image, mean over "
            f"{count} {'images' if count > 1 else 'image'}{rise}",
            f"Spread of the codes, {self._origin}: {_in_each(spread, 1.0)}",
        ]

    def _still(self) -> bytes:
        rows = self._rows[self._sigma]
        left, middle = row_size(self._given)[0] + 28, 2 * _ROW + row_size(self._given)[1]
        bottom = max(middle + row_size(rows, DRAWS)[1], LossPlot.height) + 6
        lines = wrapped(self._lines, left + LossPlot.width)
        figure = still_figure(left + LossPlot.width + 4, bottom + height_of(lines) + 10)
        parts: Sequence[tuple[str, int, Pixels]] = (
            (_CAPTIONS[0], 0, row_pixels(self._given)),
            (_CAPTIONS[1], middle - _ROW, row_pixels(rows, DRAWS)),
        )
        for text, top, pixels in parts:
            write_text(figure, text, 6, top + 4)
            paste(figure, pixels, 6, top + _ROW - 4)
        paste(figure, np.asarray(LossPlot(self.losses).image_at(self._sigma)), left, 4)
        write_lines(figure, lines, 6, bottom)
        return still_png(figure, papers=[_BAND])

    def _alt(self) -> str:
        loss, zero = self.losses[self._sigma], self.losses[0.0]
        return (
            f"A row of images and {DRAWS} rows of the same images redrawn from their codes with noise of σ = "
            f"{number(self._sigma)} times the spread of the codes. Beside them the loss against σ from 0 to 2: "
            f"{number(zero.mean, 1)} nats per image without noise, {number(loss.mean, 1)} at the marked σ, "
            f"{number(self.losses[STOPS[-1]].mean, 1)} at the end."
        )


_BAND = mixed(ROLES["gradient"], "white", 0.25)


class LossPlot(LivePlot):
    """The loss against σ, with a band of two standard errors of its rise, and a point at one σ."""

    width, height = 262, 262
    inks = (ROLES["gradient"], PALETTE["grey"], PALETTE["black"])
    papers = ("white", _BAND)

    def __init__(self, losses: Mapping[float, Loss]) -> None:
        self._losses = losses
        super().__init__()

    def png_at(self, sigma: float) -> bytes:
        """Return the plot with the point at `sigma`, as a PNG."""
        self._arrange(sigma)
        return self.png()

    def image_at(self, sigma: float) -> Image.Image:
        """Return the same, one pixel for each that is shown."""
        self._arrange(sigma)
        return self.image()

    def _arrange(self, sigma: float) -> None:
        self._point.set_data([sigma], [self._losses[sigma].mean])

    def _build(self, figure: Figure) -> Sequence[Artist]:
        sigmas = np.array([*self._losses])
        means = np.array([loss.mean for loss in self._losses.values()])
        band = 2 * np.array([loss.error for loss in self._losses.values()])
        ax = figure.add_axes((0.235, 0.165, 0.735, 0.80))
        ax.fill_between(sigmas, means - band, means + band, color=_BAND, linewidth=0)
        ax.plot(sigmas, means, color=PALETTE["grey"], linewidth=1.5)
        ax.margins(0.05, 0.08)
        ax.set(xlabel="σ  (in spreads of the codes)", ylabel="loss  (nats per image)")
        self._point = ax.add_line(
            Line2D([], [], marker="o", markersize=9, color=ROLES["gradient"], markeredgecolor=PALETTE["black"])
        )
        return [self._point]


def _in_each(spread: Sequence[float], sigma: float) -> str:
    """Say how wide σ · spread is in each latent dimension, or from where to where if there are many."""
    widths = [sigma * width for width in spread]
    if len(widths) > _NAMED:
        return f"{min(widths):.3g} to {max(widths):.3g} in {len(widths)} dimensions"
    return ", ".join(f"{width:.3g} in z{subscript(i + 1)}" for i, width in enumerate(widths))
