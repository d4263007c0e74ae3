"""The widget that freezes the noise of the reparameterization trick."""

from typing import Any

import ipywidgets as widgets
import numpy as np
import torch
from torch import Tensor, nn

from course_utils.checks import check_tensor
from course_utils.losses import bernoulli_nll
from course_utils.widgets.base.controls import beside, caption, captioned, down, picture, slider, wide_picture
from course_utils.widgets.base.decoding import check_grey, evaluation_mode, image_shape, seeded_generator, to_pixels
from course_utils.widgets.base.pixels import Pixels, enlarged, gray_png, height_for
from course_utils.widgets.base.plot import LivePlot, PlotWidget
from course_utils.widgets.base.still import paste, still_figure, still_png, write_text
from course_utils.widgets.base.text import number
from course_utils.widgets.frozen_noise.plot import HEIGHT, UNDER_BELL, WIDTH, Z_MAX, NoisePlot, NoiseStep

_IMAGE = 168  # width of the two images, in CSS pixels
_NOTE = "Orange-red arrows: the push of a gradient step, downhill. Long arrows are shortened; the numbers are exact."


class FrozenNoise(PlotWidget):
    """Freeze ε, move μ and σ, and watch z = μ + σ·ε and the decoded image glide; unfreeze it, and they jump.

    The plot shows the loss −log p(x|z) over the one latent axis, the bell N(μ, σ²), the path of the noise from μ to z,
    and the gradients that come back along it: ∂L/∂μ = ∂L/∂z and ∂L/∂σ = ε · ∂L/∂z [1]_. The loss curve is that of
    the model at construction: after further training, make a new widget.

    Parameters
    ----------
    model : VAE
        With one latent dimension. Neither its weights, its gradients nor its mode are changed.
    x : Tensor, shape (1, H, W) or (1, 1, H, W), in [0, 1]
        The image that the decoder should draw.
    seed : int
        Decides every ε that is drawn; no other random state is touched.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-frozen-noise``.
    controls : dict
        "mu", "sigma", "eps", "freeze" and "draw".
    step : NoiseStep
        The numbers of the moment: mu, sigma, eps, z, loss (nats), d_z, d_mu, d_sigma (nats per unit).
    plot_png, image_png, target_png : bytes
        The pictures of the moment.

    Raises
    ------
    TypeError
        If `model` has no decoder, or `x` is not a tensor of floats.
    ValueError
        If `model` has more than one latent dimension, or `x` is not one grey image of its shape with values in [0, 1].

    References
    ----------
    .. [1] Kingma and Welling (2014), *Auto-Encoding Variational Bayes*, section 2.4.

    Examples
    --------
    >>> from course_utils.models import VAE
    >>> widget = FrozenNoise(VAE(1), torch.rand(1, 28, 28))
    >>> z = widget.step.z
    >>> widget.set(mu=1.0)  # from 0, with the same noise
    >>> round(widget.step.z - z, 5)
    1.0
    """

    def __init__(self, model: nn.Module, x: Tensor, *, seed: int = 0) -> None:
        super().__init__()
        self._model, self._x = model, _one_image(model, x)
        self._generator = seeded_generator(seed)
        self._curve = loss_curve(model, self._x)
        self._target = to_pixels(self._x)
        self._make_controls()
        self._view = wide_picture(WIDTH)
        self._images = {
            "decoded": picture(b"", _IMAGE, height_for(self._target, _IMAGE)),
            "target": picture(gray_png(self._target, _IMAGE), _IMAGE, height_for(self._target, _IMAGE)),
        }
        self._draw_eps()
        self._redraw()
        self._lay_out()

    @property
    def plot_png(self) -> bytes:
        """The plot of the moment."""
        return self.png

    @property
    def image_png(self) -> bytes:
        """The decoded image of the moment."""
        return bytes(self._images["decoded"].value)

    @property
    def target_png(self) -> bytes:
        """The image x."""
        return bytes(self._images["target"].value)

    def _make_controls(self) -> None:
        layout = widgets.Layout(width="150px", margin="2px 2px 2px 12px")
        looks = {"width": "430px", "description_width": "24px"}
        self.controls = {
            "mu": slider("μ", 0.0, -3.0, 3.0, 0.05, **looks),
            "sigma": slider("σ", 0.8, 0.05, 2.0, 0.05, **looks),
            "eps": slider("ε", 0.0, -3.0, 3.0, 0.01, **looks),
            "freeze": widgets.Checkbox(value=True, description="freeze ε", indent=False, layout=layout),
            "draw": widgets.Button(description="draw a new ε", layout=layout),
        }

    def _lay_out(self) -> None:
        images = beside(
            captioned(caption("decoded at z"), self._images["decoded"]),
            captioned(caption("target x"), self._images["target"]),
        )
        images.layout.flex = "1 1 190px"  # a column beside the plot, or a row of two below the sliders
        sliders = down(*(self.controls[name] for name in ("mu", "sigma", "eps")))
        switches = down(self.controls["freeze"], self.controls["draw"])
        # The sliders next to the plot: in a narrow cell the images go below them.
        self._assemble("course-frozen-noise", beside(down(self._view, beside(sliders, switches)), images))

    def _draw_eps(self) -> None:
        """Draw ε ~ N(0, 1), with two decimals and inside the slider: the read-out can be checked by hand."""
        slider = self.controls["eps"]
        self._eps = slider.max + 1
        while abs(self._eps) > slider.max:
            self._eps = round(float(torch.randn((), generator=self._generator)), 2)
        # A slider that jumps at every move of another one would send back values that are no longer true.
        if self.controls["freeze"].value:
            self._show_eps()

    def _show_eps(self) -> None:
        with self._without_redraw():
            self.controls["eps"].value = self._eps

    def _press(self, name: str) -> None:
        self._draw_eps()
        self._redraw()

    def _move(self, name: str, value: float) -> None:
        frozen = self.controls["freeze"].value
        if name == "eps":
            self._eps = float(value)
        elif name == "freeze":
            self.controls["eps"].layout.visibility = "visible" if frozen else "hidden"
            self._show_eps()
        elif not frozen:
            self._draw_eps()
        self._redraw()

    def _build_plot(self) -> LivePlot:
        return NoisePlot(*self._curve)

    def _arranged_plot(self) -> LivePlot:
        plot: NoisePlot = self._plot
        plot.arrange(self.step)
        return plot

    def _redraw(self) -> None:
        mu, sigma = self.controls["mu"].value, self.controls["sigma"].value
        step, decoded = take_step(self._model, self._x, mu, sigma, self._eps)
        self.step, self._decoded = step, decoded
        self._view.value = self._arranged_plot().png()
        self._images["decoded"].value = gray_png(decoded, _IMAGE)
        frozen = "frozen" if self.controls["freeze"].value else "a new one at every move"
        product = f"{number(step.mu)} + {number(step.sigma)} · {_bracketed(step.eps)}"
        self._show_text(
            [
                f"z = μ + σ·ε = {product} = {number(step.z, 3)}; ε is {frozen}",
                f"L(z) = −log p(x|z) = {number(step.loss, 1)} nats",
                f"∂L/∂μ = ∂L/∂z = {number(step.d_mu, 1, sign=True)} nats per unit of μ",
                f"∂L/∂σ = ε · ∂L/∂z = {number(step.d_sigma, 1, sign=True)} nats per unit of σ",
            ],
            _NOTE,
        )

    def _still(self) -> bytes:
        x, height = WIDTH + 20, height_for(self._target, _IMAGE)
        figure = still_figure(x + _IMAGE + 8, max(HEIGHT, 2 * height + 60) + 116)
        paste(figure, np.asarray(self._arranged_plot().image()), 0, 0)
        for text, pixels, top in (("decoded at z", self._decoded, 4), ("target x", self._target, height + 36)):
            write_text(figure, text, x, top)
            paste(figure, enlarged(pixels, _IMAGE), x, top + 20)
        write_text(figure, self.text, 12, max(HEIGHT, 2 * height + 60) + 6, linespacing=1.45)
        return still_png(figure, papers=[UNDER_BELL])

    def _alt(self) -> str:
        step = self.step
        if abs(step.z) <= Z_MAX:
            arrows = (
                f"An arrow of length σ·ε leads from μ to z = {number(step.z)}, where the loss is "
                f"{number(step.loss, 1)} nats. Orange-red arrows point downhill at z and show the pushes on μ and σ."
            )
        else:
            arrows = (
                f"z = {number(step.z)} lies beyond the axis: an arrowhead at the rim stands for it, and the arrow from "
                f"μ is cut there. The loss at z is {number(step.loss, 1)} nats. Orange-red arrows show the pushes on "
                "μ and σ."
            )
        return (
            f"The loss −log p(x|z) as a curve over z from −4 to 4, under it a bell with mean {number(step.mu)} and "
            f"standard deviation {number(step.sigma)}. {arrows} Beside the plot, the image decoded at z and the "
            "target image."
        )


def take_step(model: Any, x: Tensor, mu: float, sigma: float, eps: float) -> tuple[NoiseStep, Pixels]:
    """Go through the trick once, forward and back.

    Parameters
    ----------
    model : VAE
        With one latent dimension.
    x : Tensor, shape (1, 1, H, W)
        The target.
    mu, sigma, eps : float
        z = mu + sigma · eps.

    Returns
    -------
    NoiseStep, array of shape (H, W)
        The numbers, and the image decoded at z.
    """
    with torch.inference_mode(False), torch.enable_grad(), evaluation_mode(model):
        mean, std = (torch.tensor(v, dtype=x.dtype, device=x.device, requires_grad=True) for v in (mu, sigma))
        z = mean + std * eps
        logits = model.decode(z.reshape(1, 1))
        loss = bernoulli_nll(logits, x).sum()
        # Asking for these three only: nothing is added to the .grad of the model's weights.
        d_z, d_mu, d_sigma = torch.autograd.grad(loss, (z, mean, std))
    decoded = to_pixels(logits.detach().sigmoid())
    return NoiseStep(mu, sigma, eps, *(t.item() for t in (z, loss, d_z, d_mu, d_sigma))), decoded


def loss_curve(model: Any, x: Tensor, points: int = 241) -> tuple[np.ndarray, np.ndarray]:
    """Return a grid over [-4, 4] and −log p(x|z) on it (nats), each of shape (points,)."""
    z = torch.linspace(-Z_MAX, Z_MAX, points, dtype=x.dtype, device=x.device)
    with torch.inference_mode(), evaluation_mode(model):
        loss = bernoulli_nll(model.decode(z[:, None]), x.expand(points, *x.shape[1:]))
    if not loss.isfinite().all():
        raise ValueError(
            "the loss −log p(x|z) is not finite everywhere on [−4, 4]; look for NaN in the model's weights"
        )
    return z.cpu().double().numpy(), loss.cpu().double().numpy()  # not every accelerator has float64


def _one_image(model: Any, x: Tensor) -> Tensor:
    """Return a private copy of `x`, shape (1, 1, H, W), where the model is and as precise as it is."""
    if not hasattr(model, "decode") or not hasattr(model, "latent"):
        raise TypeError(f"`model` must be a VAE, got {type(model).__name__}")
    check_tensor(x=x)
    if model.latent != 1:
        raise ValueError(f"`model` must have one latent dimension, got {model.latent}; train a VAE(1) for this widget")
    shape = image_shape(model)
    if tuple(x.shape) not in (shape, (1, *shape)) or shape[0] != 1:
        raise ValueError(
            f"`x` must be one grey image of shape (1, H, W) = {shape}, got {tuple(x.shape)}; use images[0]"
        )
    check_grey("x", x)
    weight = next(model.parameters())
    with torch.inference_mode(False):  # else autograd could not use the copy
        return x.detach().clone().reshape(1, *shape).to(weight.device, weight.dtype)


def _bracketed(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)
