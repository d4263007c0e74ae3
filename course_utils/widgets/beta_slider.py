"""The widget that moves through VAEs trained with different β."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image
from torch import Tensor, nn

from course_utils.losses import bernoulli_nll, kl_standard_normal
from course_utils.metrics import active_units
from course_utils.plots.style import PALETTE, ROLES
from course_utils.widgets.base.controls import beside, caption, caption_html, captioned, down, picture, stop_slider
from course_utils.widgets.base.decoding import (
    checked_images,
    evaluation_mode,
    image_shape,
    seeded_generator,
)
from course_utils.widgets.base.live import LiveWidget
from course_utils.widgets.base.pixels import Pixels
from course_utils.widgets.base.plot import Labels, LivePlot
from course_utils.widgets.base.rows import TILE, evenly_spaced, row_of, row_pixels, row_png, row_size
from course_utils.widgets.base.still import paste, still_figure, still_png, write_text
from course_utils.widgets.base.text import number

_SHOWN = 8  # images in a row
_ACTIVE = 0.01  # a unit is active if its mean varies by more than this from image to image
_CHUNK = 500  # images at a time


class BetaResult(NamedTuple):
    """What a VAE does with the images: means over them, in nats per image.

    `rate` is KL(q(z|x)‖N(0, I)), `distortion` −log p(x|z) with one draw of z for each image, `active` the number of
    units whose mean varies over the images by more than 0.01 (variance), of `latent`.
    """

    beta: float
    rate: float
    distortion: float
    active: int
    latent: int

    @property
    def bits(self) -> float:
        """The rate in bits per image: nats / log 2."""
        return self.rate / math.log(2)

    @property
    def negative_elbo(self) -> float:
        """Distortion + rate: what −ELBO is, whatever β the model was trained with."""
        return self.distortion + self.rate


class BetaSlider(LiveWidget):
    """Move β, and see what VAEs trained with it make of the same images and the same codes.

    Three rows: images, their reconstructions from the mean code, and what the decoder draws from fixed codes
    z ~ N(0, I), the same for every model. Beside them the plane of rate and distortion with a point for every model.
    All pictures are made at construction: a move costs next to nothing.

    Parameters
    ----------
    models : mapping of float to VAE
        The trained model for each β. All have the same number of latent dimensions and the same image shape.
    images : Tensor, shape (N, 1, H, W), in [0, 1]
        N >= 2. All numbers are means over them; eight, evenly spaced, are shown.
    seed : int
        Decides the codes and the draws of z; no other random state is touched.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-beta-slider``.
    controls : dict
        "beta", which stops at the values in `models`.
    results : dict of float to BetaResult
        Rate, distortion (nats per image) and active units [1]_ of every model.
    reconstructions_png, samples_png, plane_png : bytes
        The pictures of the moment.

    Raises
    ------
    TypeError
        If a model is not a VAE, or `images` is not a tensor of floats.
    ValueError
        If there are fewer than two models or images, a β is negative or not finite, shapes do not fit, or
        `images` leave [0, 1].

    References
    ----------
    .. [1] Burda, Grosse and Salakhutdinov (2016), *Importance Weighted Autoencoders*, section 5.2.

    Examples
    --------
    >>> from course_utils.models import VAE
    >>> widget = BetaSlider({1.0: VAE(2), 4.0: VAE(2)}, torch.rand(10, 1, 28, 28))
    >>> widget.set(beta=4.0)
    >>> widget.result.beta
    4.0
    """

    def __init__(self, models: Mapping[float, nn.Module], images: Tensor, *, seed: int = 0) -> None:
        super().__init__()
        models = _checked_models(models)
        images = checked_images(next(iter(models.values())), images)
        if len(images) < 2:
            raise ValueError("`images` must hold at least 2 images, got 1; how much μ varies is measured over them")
        self._n = len(images)
        shown = evenly_spaced(images, _SHOWN)
        self._given = row_of(shown)
        self.results, self._rows = {}, {}
        for beta, model in models.items():
            self.results[beta] = measure(model, images, beta, seed=seed)
            self._rows[beta] = reconstruct(model, shown), draw(model, seed=seed)
        self._make_pictures()
        start = min(models, key=lambda beta: abs(math.log(max(beta, 1e-9))))
        self.controls = {"beta": stop_slider("β", start, [(f"{beta:g}", beta) for beta in models])}
        self._redraw()
        self._lay_out()

    @property
    def result(self) -> BetaResult:
        """The numbers of the moment."""
        return self.results[self.controls["beta"].value]

    @property
    def reconstructions_png(self) -> bytes:
        """The reconstructions of the moment."""
        return bytes(self._views["reconstructions"].value)

    @property
    def samples_png(self) -> bytes:
        """What is drawn from the fixed codes at the moment."""
        return bytes(self._views["samples"].value)

    @property
    def plane_png(self) -> bytes:
        """The plane of rate and distortion."""
        return bytes(self._views["plane"].value)

    def _make_pictures(self) -> None:
        """Encode every picture that will be needed."""
        plane = PlanePlot([*self.results.values()])
        self._pngs = {
            beta: {
                "reconstructions": row_png(self._rows[beta][0]),
                "samples": row_png(self._rows[beta][1]),
                "plane": plane.png_of(result),
            }
            for beta, result in self.results.items()
        }
        drawn = next(iter(self._rows.values()))[1]
        rows = {"images": self._given, "reconstructions": self._given, "samples": drawn}
        self._views = {name: picture(b"", *row_size(row)) for name, row in rows.items()}
        self._views["images"].value = row_png(self._given)
        self._views["plane"] = picture(b"", PlanePlot.width, PlanePlot.height)
        self._captions = {name: caption("") for name in ("reconstructions", "samples")}

    def _lay_out(self) -> None:
        rows = [
            captioned(text, self._views[name]) for name, text in {"images": caption("images"), **self._captions}.items()
        ]
        for row in rows:
            row.layout.margin = "0 12px 4px 0"
        pictures = beside(down(*rows), self._views["plane"])
        self._assemble("course-beta-slider", self._with_field("beta"), pictures)

    def _move(self, name: str, value: float) -> None:
        self._redraw()

    def _redraw(self) -> None:
        beta = self.controls["beta"].value
        for name, png in self._pngs[beta].items():
            self._views[name].value = png
        for name, text in _caption_texts(beta).items():
            self._captions[name].value = caption_html(text)
        self._show_text(self._reading())

    def _reading(self) -> list[str]:
        """Return the lines of the read-out."""
        r = self.result
        best = min(self.results.values(), key=lambda result: result.negative_elbo)
        against = (
            "the lowest here"
            if best is r
            else f"the lowest here is {number(best.negative_elbo, 1)}, at β = {best.beta:g}"
        )
        return [
            f"β = {r.beta:g}. Rate: {number(r.rate)} nats = {number(r.bits)} bits per image, "
            "the most that the code can tell about it",
            f"Distortion −log p(x|z): {number(r.distortion, 1)} nats per image, mean over {self._n:,} images",
            f"−ELBO = distortion + rate = {number(r.negative_elbo, 1)} nats; {against}",
            f"Active units: {r.active} of {r.latent} (Var μ > {_ACTIVE} over the images){_collapse_words(r)}",
        ]

    def _still(self) -> bytes:
        beta, left = self.controls["beta"].value, 8 * TILE + 32
        texts = ["images", *_caption_texts(beta).values()]
        bottom = max(3 * (TILE + 26), PlanePlot.height) + 6
        figure = still_figure(left + PlanePlot.width + 4, bottom + 20 * len(self._lines) + 10)
        for i, (text, pixels) in enumerate(zip(texts, (self._given, *self._rows[beta]), strict=True)):
            write_text(figure, text, 6, (TILE + 26) * i + 4)
            paste(figure, row_pixels(pixels), 6, (TILE + 26) * i + 22)
        paste(figure, np.asarray(PlanePlot([*self.results.values()]).image_of(self.result)), left, 4)
        for i, line in enumerate(self._lines):
            write_text(figure, line, 6, bottom + 20 * i)
        return still_png(figure)

    def _alt(self) -> str:
        r = self.result
        return (
            f"Three rows of images: given ones, their reconstructions by the VAE trained with β = {r.beta:g}, and "
            "images decoded from fixed codes. Beside them, distortion against rate with one point for each of "
            f"{len(self.results)} models; the marked one has rate {number(r.rate, 1)} and distortion "
            f"{number(r.distortion, 1)} nats per image."
        )


class PlanePlot(LivePlot):
    """The plane of rate and distortion with a point for every model; one of them is marked."""

    width, height = 254, 248
    inks = (ROLES["gradient"], PALETTE["grey"], PALETTE["black"])

    def __init__(self, results: Sequence[BetaResult]) -> None:
        self._results = results
        super().__init__()

    def png_of(self, result: BetaResult) -> bytes:
        """Return the plot with the point of `result` marked, as a PNG."""
        self._arrange(result)
        return self.png()

    def image_of(self, result: BetaResult) -> Image.Image:
        """Return the same, one pixel for each that is shown."""
        self._arrange(result)
        return self.image()

    def _arrange(self, r: BetaResult) -> None:
        self._point.set_data([r.rate], [r.distortion])
        low, high = self._ax.get_ylim()
        left, right = self._ax.get_xlim()
        # The curve falls to the right: over it there is room, on the right or at the right rim on the left.
        side = 1 if r.rate - left < 0.6 * (right - left) else -1
        x, y = r.rate + 0.03 * side * (right - left), r.distortion + 0.07 * (high - low)
        self._label.write(self._ax, [(f"β = {r.beta:g}", x, y, float(side < 0))])

    def _build(self, figure: Figure) -> Sequence[Artist]:
        rates, distortions = zip(*((r.rate, r.distortion) for r in self._results), strict=True)
        self._ax = ax = figure.add_axes((0.25, 0.18, 0.73, 0.79))
        ax.plot(rates, distortions, color=PALETTE["grey"], marker="o", markersize=5, linewidth=1.5)
        ax.margins(0.12, 0.16)
        ax.set(xlabel="rate  (nats per image)", ylabel="distortion  (nats per image)")
        self._point = ax.add_line(
            Line2D([], [], marker="o", markersize=9, color=ROLES["gradient"], markeredgecolor=PALETTE["black"])
        )
        self._label = Labels(PALETTE["black"])
        figure.add_artist(self._label)
        return [self._point, self._label]


def measure(model: Any, images: Tensor, beta: float, *, seed: int) -> BetaResult:
    """Return the rate, the distortion and the active units of a VAE on images (N, 1, H, W).

    The noise depends on the seed and the shape of the codes only: models that are compared get the same.
    """
    weight = next(model.parameters())
    generator = seeded_generator(seed)
    parts = []
    with torch.inference_mode(), evaluation_mode(model):
        for part in images.split(_CHUNK):
            x = part.to(weight.device, weight.dtype)
            encoded = model.encode(x)
            if isinstance(encoded, Tensor):
                raise TypeError(
                    f"`models` must hold VAEs, got {type(model).__name__} for β = {beta:g}: no log-variance"
                )
            mu, logvar = encoded
            eps = torch.randn(mu.shape, generator=generator, dtype=torch.float64).to(mu)
            nll = bernoulli_nll(model.decode(mu + torch.exp(0.5 * logvar) * eps), x)
            parts.append([t.double().cpu() for t in (kl_standard_normal(mu, logvar), nll, mu)])
    kl, nll, mu = (torch.cat(whole) for whole in zip(*parts, strict=True))
    if not (kl.isfinite().all() and nll.isfinite().all()):
        raise ValueError(f"the loss of the model for β = {beta:g} is not finite; look for NaN in its weights")
    active = int(active_units(mu, threshold=_ACTIVE).sum())
    return BetaResult(beta, kl.mean().item(), nll.mean().item(), active, mu.shape[1])


def reconstruct(model: Any, images: Tensor) -> Pixels:
    """Return what is decoded from the mean codes of images, side by side."""
    weight = next(model.parameters())
    with torch.inference_mode(), evaluation_mode(model):
        mu, _ = model.encode(images.to(weight.device, weight.dtype))
        return row_of(model.decode(mu).sigmoid())


def draw(model: Any, *, seed: int) -> Pixels:
    """Return what is decoded from codes z ~ N(0, I), side by side; the codes depend on the seed and Z only."""
    weight = next(model.parameters())
    z = torch.randn(_SHOWN, model.latent, generator=seeded_generator(seed), dtype=torch.float64)
    with torch.inference_mode(), evaluation_mode(model):
        return row_of(model.decode(z.to(weight.device, weight.dtype)).sigmoid())


def _caption_texts(beta: float) -> dict[str, str]:
    return {
        "reconstructions": f"reconstructions, β = {beta:g}",
        "samples": "drawn from fixed codes z ~ N(0, I), the same for every β",
    }


def _collapse_words(r: BetaResult) -> str:
    return "" if r.active else ": the KL has won, and the code says nothing about the image"


def _checked_models(models: Mapping[float, nn.Module]) -> dict[float, nn.Module]:
    """Return the models in order of β."""
    if len(models) < 2:
        raise ValueError(f"`models` must map at least 2 values of β to a VAE, got {len(models)}")
    for beta, model in models.items():
        if not 0 <= beta < math.inf:
            raise ValueError(f"`models` must have keys β >= 0 and finite, got {beta}")
        if not all(hasattr(model, name) for name in ("encode", "decode", "latent", "parameters")):
            raise TypeError(f"`models` must hold VAEs, got {type(model).__name__} for β = {beta:g}")
    kinds = {(model.latent, image_shape(model)) for model in models.values()}
    if len(kinds) > 1:
        raise ValueError(
            f"`models` must have the same latent size and image shape, got {sorted(kinds, key=str)}; "
            "else the same codes could not be drawn by all"
        )
    return dict(sorted(models.items()))
