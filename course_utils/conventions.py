"""Which beta a loss really uses: the reductions decide it, and the number called beta in the code seldom tells.

`PUBLIC_CONVENTIONS` lists what well-known public code does. The losses there were written for this course: they have
the reductions of the code they describe, not its text.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Required, TypedDict, Unpack

import torch
from torch import Tensor
from torch.nn import functional as F

from course_utils.checks import check_count, check_number

Reduction = Literal["sum", "mean"]
Loss = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


class Reductions(TypedDict, total=False):
    """What `effective_beta` wants to know about a loss: its keyword arguments."""

    pixels: Required[int]
    latents: Required[int]
    batch: Required[int]
    nll_pixels: Reduction
    nll_batch: Reduction
    kl_latents: Reduction
    kl_batch: Reduction
    nll_weight: float
    kl_weight: float
    squared_error_variance: float | None


def effective_beta(
    *,
    pixels: int,
    latents: int,
    batch: int,
    nll_pixels: Reduction = "sum",
    nll_batch: Reduction = "mean",
    kl_latents: Reduction = "sum",
    kl_batch: Reduction = "mean",
    nll_weight: float = 1.0,
    kl_weight: float = 1.0,
    squared_error_variance: float | None = None,
) -> float:
    """Return the beta for which a loss has the minimum of nll + beta · KL, both summed over dimensions, in nats.

    Read the code aloud: the reconstruction is a mean over pixels and a mean over the batch, times its weight; the KL a
    sum over latents and a mean over the batch, times its weight. The defaults are the course's own: −ELBO, beta = 1.

    The code's loss is  L = a · nll + b · KL,  with nll and KL summed over dimensions and averaged over the batch.
    A mean over n dimensions divides by n, a sum over the batch multiplies by its size; weights multiply.
    A squared error is 2σ² · nll plus a constant, if pixels are normal with variance σ²: so a gains a factor 2σ².
    L / a = nll + (b / a) · KL has the same minimum, hence  beta = b / a.

    Parameters
    ----------
    pixels, latents, batch : int
        How many values a mean over each divides by, >= 1; channels count as pixels. What cancels has no influence.
    nll_pixels, nll_batch : {"sum", "mean"}
        How the reconstruction term is reduced. The default of PyTorch's losses is the mean over both.
    kl_latents, kl_batch : {"sum", "mean"}
        How the KL term is reduced.
    nll_weight, kl_weight : float
        Every factor in front, the ½ of a squared error and the size of the data set included: > 0, and >= 0.
    squared_error_variance : float, optional
        None if the reconstruction is a −log p in nats, as binary cross-entropy is. If it is a squared error, the
        variance σ² of a pixel that you have in mind, > 0: beta depends on it. At σ² = 1 the result is at the same time
        the `implied_variance`.

    Returns
    -------
    float
        Nats of reconstruction that the loss pays for one nat of KL.

    Raises
    ------
    TypeError
        If a weight or the variance is no number.
    ValueError
        If a size, a reduction, a weight or the variance is not as described, or no float holds the result.

    Examples
    --------
    A mean over 784 pixels beside a sum over the latents is the most common accident:

    >>> effective_beta(pixels=784, latents=20, batch=128, nll_pixels="mean")
    784.0

    Both terms divided by the same number, here the pixels, are an unusual but correct −ELBO:

    >>> round(effective_beta(pixels=784, latents=20, batch=128, nll_pixels="mean", kl_weight=1 / 784), 12)
    1.0

    The summed squared error without its ½, and with it, for pixels of variance one:

    >>> effective_beta(pixels=784, latents=20, batch=128, squared_error_variance=1.0)
    0.5
    >>> effective_beta(pixels=784, latents=20, batch=128, nll_weight=0.5, squared_error_variance=1.0)
    1.0
    """
    check_count(pixels=pixels, latents=latents, batch=batch)
    _check_reductions(nll_pixels=nll_pixels, nll_batch=nll_batch, kl_latents=kl_latents, kl_batch=kl_batch)
    check_number(nll_weight=nll_weight, above=0, remedy="without it there is no beta")
    check_number(kl_weight=kl_weight, least=0)
    nats = 1.0
    if squared_error_variance is not None:
        check_number(squared_error_variance=squared_error_variance, above=0, remedy="use None for a −log p in nats")
        nats = 2 * squared_error_variance
    # b / a, with every division postponed: 784 pixels give 784, not 784.0000000000001.
    b = kl_weight * _if(nll_pixels == "mean", pixels) * _if(kl_batch == "sum", batch)
    a = nll_weight * nats * _if(kl_latents == "mean", latents) * _if(nll_batch == "sum", batch)
    if not (0 < a < math.inf and b < math.inf and b / a < math.inf) or (kl_weight and not b / a):
        raise ValueError(
            f"`nll_weight` and `kl_weight` must give a beta that a float can hold, got {nll_weight!r} and "
            f"{kl_weight!r} with the sizes; multiply both by the same number, which changes no minimum"
        )
    return b / a


def implied_variance(**code: Unpack[Reductions]) -> float:
    """Return the variance of a pixel for which a loss with a squared error is −ELBO exactly: beta = 1.

    beta is proportional to 1 / σ², so this is the beta that belongs to σ² = 1. Compare its root with the error of a
    good reconstruction: pixels in [0, 1] are rarely wrong by 1, and a larger σ makes the loss care less for them.

    Parameters
    ----------
    **code
        The arguments of `effective_beta`; `squared_error_variance`, if given, has no influence.

    Returns
    -------
    float
        σ², in squared units of a pixel.

    Raises
    ------
    TypeError, ValueError
        As `effective_beta`.

    Examples
    --------
    >>> implied_variance(pixels=784, latents=20, batch=128)
    0.5
    """
    code["squared_error_variance"] = 1.0
    return effective_beta(**code)


def _if(applies: bool, size: int) -> int:
    return size if applies else 1


def _check_reductions(**reductions: str) -> None:
    for name, reduction in reductions.items():
        if reduction not in ("sum", "mean"):
            raise ValueError(
                f"`{name}` must be 'sum' or 'mean', got {reduction!r}; put any other divisor in the weight"
            )


@dataclass(frozen=True)
class PublicConvention:
    """How one piece of public code reduces its loss, as read at one commit, with the sizes it has by default.

    Attributes
    ----------
    name : str
        What to call it in a table.
    repository, file, lines, commit : str
        Where the reductions stand; see `url`.
    words : str
        What the code does.
    likelihood : {"bernoulli", "gaussian", "laplace"}
        Whose −log p the reconstruction is; for the last two the variance and the scale are one.
    loss : callable
        ``loss(logits_or_x_hat, x, mu, logvar) -> ()``: the same reductions, written for this course.
    code : Reductions
        The arguments of `effective_beta`.
    """

    name: str
    repository: str
    file: str
    lines: str
    commit: str
    words: str
    likelihood: Literal["bernoulli", "gaussian", "laplace"]
    loss: Loss
    code: Reductions

    @property
    def url(self) -> str:
        """The lines, at the commit at which they were read."""
        first, last = self.lines.split("-")
        return f"https://github.com/{self.repository}/blob/{self.commit}/{self.file}#L{first}-L{last}"

    @property
    def beta(self) -> float:
        """The effective beta; for a squared error the one for pixels of variance one, which is `implied_variance`."""
        return effective_beta(**self.code)


def _bce(logits: Tensor, x: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none")


def _sq(x_hat: Tensor, x: Tensor) -> Tensor:
    return (x_hat - x).square()


def _kl(mu: Tensor, logvar: Tensor) -> Tensor:
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar)


PUBLIC_CONVENTIONS = (
    PublicConvention(
        name="PyTorch's example",
        repository="pytorch/examples",
        file="vae/main.py",
        lines="80-89",
        commit="fcce71c1f0ae34bef104aeea8e0e008ea58058a8",
        words="both terms are summed over everything, the batch included",
        likelihood="bernoulli",
        loss=lambda logits, x, mu, logvar: _bce(logits, x).sum() + _kl(mu, logvar).sum(),
        code=Reductions(pixels=784, latents=20, batch=128, nll_batch="sum", kl_batch="sum"),
    ),
    PublicConvention(
        name="PyTorch's example, until February 2018",
        repository="pytorch/examples",
        file="vae/main.py",
        lines="82-93",
        commit="e11e0796fc02cc2cd5b6ec2ad7cea21f77e25402",
        words="cross-entropy averaged over pixels and batch; the KL's sum divided by batch size × 784, the same number",
        likelihood="bernoulli",
        loss=lambda logits, x, mu, logvar: _bce(logits, x).mean() + _kl(mu, logvar).sum() / (len(x) * x[0].numel()),
        code=Reductions(
            pixels=784, latents=20, batch=128, nll_pixels="mean", kl_batch="sum", kl_weight=1 / (128 * 784)
        ),
    ),
    PublicConvention(
        name="Keras' later example",
        repository="keras-team/keras-io",
        file="examples/generative/vae.py",
        lines="92-99",
        commit="cca4efba8e0b8514ae3817931696294039b3bfc9",
        words="a mean over the one channel, then sums over height, width and latents, and means over the batch",
        likelihood="bernoulli",
        loss=lambda logits, x, mu, logvar: _bce(logits, x).mean(1).sum((1, 2)).mean() + _kl(mu, logvar).sum(1).mean(),
        code=Reductions(pixels=784, latents=2, batch=128),
    ),
    PublicConvention(
        name="Keras' example, nine days of 2016",
        repository="keras-team/keras",
        file="examples/variational_autoencoder.py",
        lines="41-44",
        commit="f6bcaffe4a67012b4b067038bdbc5d43b807540b",
        words="a mean over pixels beside a sum over latents: the factor 784 was lost on 25 July, and back on 3 August "
        "(pull request 3383)",
        likelihood="bernoulli",
        loss=lambda logits, x, mu, logvar: (_bce(logits, x).flatten(1).mean(1) + _kl(mu, logvar).sum(1)).mean(),
        code=Reductions(pixels=784, latents=2, batch=100, nll_pixels="mean"),
    ),
    PublicConvention(
        name="Keras' convolutional example, 2016",
        repository="keras-team/keras",
        file="examples/variational_autoencoder_deconv.py",
        lines="102-109",
        commit="71494ffdbc8193ece7a82496ec7835f195fb8309",
        words="784 × a mean over pixels is their sum; but the KL is averaged over the latents "
        "(and it samples as if its log σ² were log σ: strictly, no β makes that an ELBO)",
        likelihood="bernoulli",
        loss=lambda logits, x, mu, logvar: (x[0].numel() * _bce(logits, x).mean() + _kl(mu, logvar).mean(1)).mean(),
        code=Reductions(pixels=784, latents=2, batch=100, nll_pixels="mean", nll_weight=784, kl_latents="mean"),
    ),
    PublicConvention(
        name="pythae",
        repository="clementchadebec/benchmark_VAE",
        file="src/pythae/models/vae/vae_model.py",
        lines="100-122",
        commit="24939dc75842dfaf8f7dad77fbf27f65337f0817",
        words="½ × the squared error summed over pixels: −log p for variance one; sizes are the user's",
        likelihood="gaussian",
        loss=lambda x_hat, x, mu, logvar: (0.5 * _sq(x_hat, x).flatten(1).sum(1) + _kl(mu, logvar).sum(1)).mean(),
        code=Reductions(pixels=784, latents=16, batch=64, nll_weight=0.5, squared_error_variance=1.0),
    ),
    PublicConvention(
        name="world models in PyTorch",
        repository="ctallec/world-models",
        file="trainvae.py",
        lines="74-83",
        commit="dbc0de15efa013f712ca583eba5e2989e74a1618",
        words="squared error without its ½, and the KL (from log σ), both summed over everything",
        likelihood="gaussian",
        loss=lambda x_hat, x, mu, logvar: _sq(x_hat, x).sum() + _kl(mu, 2 * (logvar / 2)).sum(),
        code=Reductions(
            pixels=3 * 64 * 64, latents=32, batch=32, nll_batch="sum", kl_batch="sum", squared_error_variance=1.0
        ),
    ),
    PublicConvention(
        name="world models in Keras",
        repository="AppliedDataSciencePartners/WorldModels",
        file="vae/arch.py",
        lines="114-129",
        commit="360bf24e8c2b83b7544cffa70b572e2c8db038ef",
        words="squared error averaged over pixels and channels beside a KL summed over latents",
        likelihood="gaussian",
        loss=lambda x_hat, x, mu, logvar: (_sq(x_hat, x).mean((1, 2, 3)) + _kl(mu, logvar).sum(1)).mean(),
        code=Reductions(pixels=3 * 64 * 64, latents=32, batch=100, nll_pixels="mean", squared_error_variance=1.0),
    ),
    PublicConvention(
        name="PyTorch-VAE",
        repository="AntixK/PyTorch-VAE",
        file="models/vanilla_vae.py",
        lines="139-145",
        commit="8bf7be5c83c35a2027aa1771e6f0fb1ad9425536",
        words="squared error averaged over all; KL summed over latents, times kld_weight = 0.00025 of configs/vae.yaml",
        likelihood="gaussian",
        loss=lambda x_hat, x, mu, logvar: _sq(x_hat, x).mean() + 0.00025 * _kl(mu, logvar).sum(1).mean(0),
        code=Reductions(
            pixels=3 * 64 * 64, latents=128, batch=64, nll_pixels="mean", kl_weight=0.00025, squared_error_variance=1.0
        ),
    ),
    PublicConvention(
        name="Lightning Bolts",
        repository="Lightning-Universe/lightning-bolts",
        file="pl_bolts/models/autoencoders/basic_vae/basic_vae_module.py",
        lines="132-138",
        commit="51942bcb2c733e0b023deac368540f07015741fc",
        words="squared error and KL both averaged over everything, the KL times kl_coeff = 0.1 (sizes: CIFAR-10)",
        likelihood="gaussian",
        loss=lambda x_hat, x, mu, logvar: 0.1 * _kl(mu, logvar).mean() + _sq(x_hat, x).mean(),
        code=Reductions(
            pixels=3 * 32 * 32,
            latents=256,
            batch=256,
            nll_pixels="mean",
            kl_latents="mean",
            kl_weight=0.1,
            squared_error_variance=1.0,
        ),
    ),
    PublicConvention(
        name="pytorch-vae, until 2022",
        repository="ethanluoyc/pytorch-vae",
        file="vae.py",
        lines="78-113",
        commit="a0d0c2d36507eb4ce9d99ae1dd173b29693fd0e4",
        words="squared error and KL both averaged over everything, as if that were fair to both",
        likelihood="gaussian",
        loss=lambda x_hat, x, mu, logvar: _sq(x_hat, x).mean() + _kl(mu, logvar).mean(),
        code=Reductions(
            pixels=784, latents=8, batch=32, nll_pixels="mean", kl_latents="mean", squared_error_variance=1.0
        ),
    ),
    PublicConvention(
        name="TensorFlow's research models",
        repository="tensorflow/models",
        file="research/autoencoder/autoencoder_models/VariationalAutoencoder.py",
        lines="24-28",
        commit="4f77686de8e255181260a9c5c99043051073abb2",
        words="½ × the squared error summed over pixels and the batch, added to every image's KL, then averaged",
        likelihood="gaussian",
        loss=lambda x_hat, x, mu, logvar: (0.5 * _sq(x_hat, x).sum() + _kl(mu, logvar).sum(1)).mean(),
        code=Reductions(
            pixels=784, latents=200, batch=128, nll_batch="sum", nll_weight=0.5, squared_error_variance=1.0
        ),
    ),
    PublicConvention(
        name="Beta-VAE, with its beta of 4",
        repository="1Konny/Beta-VAE",
        file="solver.py",
        lines="21-49",
        commit="977a1ece88e190dd8a556b4e2efb665f759d0772",
        words="squared error without its ½, summed and divided by the batch size; 4 × the KL, summed over latents",
        likelihood="gaussian",
        loss=lambda x_hat, x, mu, logvar: _sq(x_hat, x).sum() / len(x) + 4 * _kl(mu, logvar).sum(1).mean(0),
        code=Reductions(pixels=3 * 64 * 64, latents=10, batch=64, kl_weight=4, squared_error_variance=1.0),
    ),
    PublicConvention(
        name="the autoencoder of Stable Diffusion",
        repository="CompVis/stable-diffusion",
        file="ldm/modules/losses/contperceptual.py",
        lines="48-83",
        commit="21f890f9da3cfbeaba8e2ac3c425ee9e998d5229",
        words="absolute error (Laplace) and KL, summed, mean over the batch; kl_weight = 10⁻⁶ of its configuration; "
        "a perceptual and an adversarial term, left out here, come on top",
        likelihood="laplace",
        loss=lambda x_hat, x, mu, logvar: (x_hat - x).abs().sum() / len(x) + 1e-6 * _kl(mu, logvar).sum() / len(x),
        code=Reductions(pixels=3 * 256 * 256, latents=4 * 32 * 32, batch=12, kl_weight=1e-6),
    ),
)
