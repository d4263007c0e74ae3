"""What noise on the codes of an autoencoder does to its redraws and to its loss, at every stop of the dial."""

from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

from course_utils.checks import check_number, check_shape
from course_utils.losses import bernoulli_nll
from course_utils.widgets.base.decoding import evaluation_mode
from course_utils.widgets.base.rows import evenly_spaced

#: σ in units of the codes' own spread: finer where the images dissolve.
STOPS: Final = tuple(n / 100 for n in (*range(0, 100, 5), *range(100, 201, 10)))
SHOWN, DRAWS, MEASURED = 8, 3, 200


class Loss(NamedTuple):
    """The mean loss in nats per image, what it is above that without noise, and the standard error of the rise."""

    mean: float
    rise: float
    error: float


class Noisy(NamedTuple):
    """One set of draws at every stop: redraws (DRAWS, M, 1, H, W) in [0, 1], and the losses."""

    redraws: dict[float, Tensor]
    losses: dict[float, Loss]


class Dial:
    """An autoencoder, images and their codes; what it takes to add noise to these.

    Parameters
    ----------
    model : Autoencoder
        Its weights as they are now.
    images : Tensor, shape (N, 1, H, W)
        At most `SHOWN` of them are redrawn, and at most `MEASURED` are in the loss, evenly spaced.
    spread : float or Tensor of shape (Z,), optional
        What σ is a multiple of.
    """

    def __init__(self, model: Any, images: Tensor, spread: float | Tensor | None) -> None:
        weight = next(model.parameters())
        images = images.to(weight.device, weight.dtype)
        self._model = model
        self.shown, self.measured = evenly_spaced(images, SHOWN), evenly_spaced(images, MEASURED)
        # Two batches, each encoded as it would be alone: the size of a batch decides the last bit of a code.
        self._codes = encode(model, self.shown)
        self._measured_codes = encode(model, self.measured)
        if spread is None:
            self.spread = self._measured_codes.std(dim=0, correction=0)
        else:
            self.spread = torch.as_tensor(spread).to(self._codes).expand(model.latent).clone()

    def draw(self, generator: torch.Generator) -> Noisy:
        """Draw noise once and turn the dial through all its stops."""
        eps = [self._noise(self._codes, generator) for _ in range(DRAWS)]
        measured_eps = self._noise(self._measured_codes, generator)
        redraws, nll = {}, {}
        with torch.inference_mode(), evaluation_mode(self._model):
            for sigma in STOPS:
                drawn = [self._decode(self._codes, sigma, noise).sigmoid() for noise in eps]
                redraws[sigma] = torch.stack(drawn).cpu()
                logits = self._decode(self._measured_codes, sigma, measured_eps)
                nll[sigma] = bernoulli_nll(logits, self.measured).double().cpu()
        return Noisy(redraws, {sigma: _loss(here, nll[0.0]) for sigma, here in nll.items()})

    def _decode(self, codes: Tensor, sigma: float, eps: Tensor) -> Tensor:
        logits: Tensor = self._model.decode(codes + sigma * self.spread * eps)
        return logits

    def _noise(self, codes: Tensor, generator: torch.Generator) -> Tensor:
        return torch.randn(codes.shape, generator=generator, dtype=torch.float64).to(codes)


def encode(model: Any, images: Tensor) -> Tensor:
    """Return the codes f(x) of images, shape (N, Z).

    Raises
    ------
    TypeError
        If the model has no single code for an image, as a VAE has none.
    ValueError
        If a code is not finite.
    """
    with torch.inference_mode(), evaluation_mode(model):
        codes = model.encode(images)
    if not isinstance(codes, Tensor):
        raise TypeError(
            f"`model` must be an Autoencoder, got {type(model).__name__}, whose encoder gives no single code; "
            "train an Autoencoder for this widget"
        )
    if not codes.isfinite().all():
        raise ValueError("the codes of `images` are not finite; look for NaN in the weights of `model`")
    return codes


def check_spread(spread: Any, latent: int) -> None:
    """Raise an error unless `spread` is a number >= 0, or a tensor of them, one for each latent dimension."""
    if not isinstance(spread, Tensor):
        check_number(least=0, spread=spread, remedy=f"or use a tensor of shape ({latent},), such as codes.std(0)")
        return
    check_shape(str(latent), spread=spread, remedy="use codes.std(0), one number for each latent dimension")
    if not (spread.isfinite().all() and (spread >= 0).all()):
        raise ValueError(f"`spread` must be >= 0 and finite, got {spread.tolist()}")


def _loss(here: Tensor, without: Tensor) -> Loss:
    """Compare the losses (N,) of the same images with and without noise, image by image."""
    rise = here - without
    if not rise.isfinite().all():
        raise ValueError("the loss is not finite; look for NaN in the weights of `model`")
    error = rise.std().item() / len(rise) ** 0.5 if len(rise) > 1 else 0.0
    return Loss(here.mean().item(), rise.mean().item(), error)
