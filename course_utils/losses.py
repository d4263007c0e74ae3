"""The losses of the course: pure functions, one number per example, in nats, with all their constants.

Every function sums over the dimensions of an example and leaves the batch alone: shape ``(B,)``. Take the mean over the
batch yourself, in plain sight. Natural logarithms throughout.

References
----------
D. P. Kingma and M. Welling (2014), *Auto-Encoding Variational Bayes*, https://arxiv.org/abs/1312.6114
"""

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = [
    "LOG_2PI",
    "ModelOutput",
    "VAELoss",
    "bernoulli_nll",
    "gaussian_nll",
    "kl_mvn",
    "kl_normal",
    "kl_standard_normal",
    "kl_terms",
    "reparameterize",
    "vae_loss",
]

LOG_2PI = math.log(2 * math.pi)


class ModelOutput(Protocol):
    """What `vae_loss` needs to know about a model: how it encoded the images and how it decoded the codes."""

    @property
    def logits(self) -> Tensor:
        """First argument of the likelihood, shape (B, ...)."""

    @property
    def mu(self) -> Tensor:
        """Means of q(z|x), shape (B, Z)."""

    @property
    def logvar(self) -> Tensor:
        """Logarithms of the variances of q(z|x), shape (B, Z)."""


class VAELoss(NamedTuple):
    """The loss of each example and its two parts, in nats, each of shape (B,); ``loss = nll + beta * kl``."""

    loss: Tensor
    nll: Tensor
    kl: Tensor


def reparameterize(
    mu: Tensor, logvar: Tensor, *, eps: Tensor | None = None, generator: torch.Generator | None = None
) -> Tensor:
    """Draw z ~ N(mu, exp(logvar)) so that gradients reach `mu` and `logvar`.

    z = mu + exp(logvar / 2) * eps, with eps ~ N(0, I) [1]_.

    Parameters
    ----------
    mu, logvar : Tensor, shape (..., Z)
        Mean and logarithm of the variance.
    eps : Tensor, shape (..., Z), optional
        The noise to use; drawn if it is not given.
    generator : torch.Generator, optional
        Where the noise is drawn from; the global generator by default.

    Returns
    -------
    Tensor, shape (..., Z)
        The sample; dz/dmu = 1 and dz/dlogvar = exp(logvar / 2) * eps / 2.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] Kingma and Welling (2014), section 2.4.

    Examples
    --------
    >>> reparameterize(torch.tensor([1.0]), torch.tensor([math.log(9.0)]), eps=torch.tensor([2.0]))
    tensor([7.])
    """
    _same_shape(mu=mu, logvar=logvar)
    mu, logvar = _full_precision(mu), _full_precision(logvar)
    if eps is None:
        eps = torch.randn(mu.shape, generator=generator, dtype=mu.dtype, device=mu.device)
    _same_shape(mu=mu, eps=eps)
    return mu + torch.exp(0.5 * logvar) * eps


def kl_standard_normal(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL divergence from N(mu, exp(logvar)), with independent dimensions, to N(0, I).

    KL = ½ Σ (mu² + exp(logvar) − 1 − logvar) [1]_.

    Parameters
    ----------
    mu, logvar : Tensor, shape (B, Z)
        Mean and logarithm of the variance.

    Returns
    -------
    Tensor, shape (B,)
        Nats per example, >= 0.

    References
    ----------
    .. [1] Kingma and Welling (2014), appendix B.

    Examples
    --------
    >>> kl_standard_normal(torch.tensor([[2.0, 0.0]]), torch.zeros(1, 2))
    tensor([2.])
    """
    _same_shape(mu=mu, logvar=logvar)
    mu, logvar = _full_precision(mu), _full_precision(logvar)
    # expm1(v) − v instead of exp(v) − 1 − v: near logvar = 0 the difference of two large numbers would lose the digits.
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar).sum(-1)


def kl_terms(mu: Tensor, logvar: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Split the KL divergence to N(0, I) into its four terms: mean, spread, log and constant.

    Parameters
    ----------
    mu, logvar : Tensor, shape (B, Z)
        Mean and logarithm of the variance.

    Returns
    -------
    mean, spread, log, constant : Tensor, shape (B, Z) each
        ½mu², ½exp(logvar), −½logvar and −½, in nats. Their sum over Z is `kl_standard_normal`.
    """
    _same_shape(mu=mu, logvar=logvar)
    mu, logvar = _full_precision(mu), _full_precision(logvar)
    return 0.5 * mu.square(), 0.5 * logvar.exp(), -0.5 * logvar, torch.full_like(mu, -0.5)


def kl_normal(mu_q: Tensor, logvar_q: Tensor, mu_p: Tensor, logvar_p: Tensor) -> Tensor:
    """KL divergence from N(mu_q, exp(logvar_q)) to N(mu_p, exp(logvar_p)), independent dimensions.

    KL(q‖p) = ½ Σ ((mu_q − mu_p)² / σ_p² + σ_q² / σ_p² − 1 − log(σ_q² / σ_p²)).

    Parameters
    ----------
    mu_q, logvar_q, mu_p, logvar_p : Tensor, shape (B, Z)
        Means and logarithms of the variances.

    Returns
    -------
    Tensor, shape (B,)
        Nats per example, >= 0.
    """
    _same_shape(mu_q=mu_q, logvar_q=logvar_q)
    _same_shape(mu_q=mu_q, mu_p=mu_p)
    _same_shape(mu_p=mu_p, logvar_p=logvar_p)
    mu_q, logvar_q, mu_p, logvar_p = map(_full_precision, (mu_q, logvar_q, mu_p, logvar_p))
    # In units of p's standard deviation, p is N(0, 1) and q has this mean and variance:
    return kl_standard_normal((mu_q - mu_p) * torch.exp(-0.5 * logvar_p), logvar_q - logvar_p)


def kl_mvn(mu_q: Tensor, cov_q: Tensor, mu_p: Tensor, cov_p: Tensor) -> Tensor:
    """KL divergence between two Gaussians with full covariance.

    KL(q‖p) = ½ (tr(S_p⁻¹ S_q) + (m_p − m_q)ᵀ S_p⁻¹ (m_p − m_q) − Z + log det S_p − log det S_q).

    Parameters
    ----------
    mu_q, mu_p : Tensor, shape (..., Z)
        Means.
    cov_q, cov_p : Tensor, shape (..., Z, Z)
        Covariances, symmetric and positive definite.

    Returns
    -------
    Tensor, shape (...)
        Nats, >= 0.

    Raises
    ------
    ValueError
        If shapes do not match or a covariance is not positive definite.
    """
    _same_shape(mu_q=mu_q, mu_p=mu_p)
    _same_shape(cov_q=cov_q, cov_p=cov_p)
    if cov_q.shape != (*mu_q.shape, mu_q.shape[-1]):
        raise ValueError(
            f"`cov_q` must have shape {(*mu_q.shape, mu_q.shape[-1])} for this `mu_q`, got {tuple(cov_q.shape)}"
        )
    chol_q, chol_p = _cholesky(cov_q=cov_q), _cholesky(cov_p=cov_p)
    # With S_p = L_p L_pᵀ, tr(S_p⁻¹ S_q) is the squared norm of L_p⁻¹ L_q: no inverse is formed.
    spread = torch.linalg.solve_triangular(chol_p, chol_q, upper=False).square().sum((-2, -1))
    shift = torch.linalg.solve_triangular(chol_p, (mu_p - mu_q)[..., None], upper=False).square().sum((-2, -1))
    log_ratio = 2 * (chol_p.diagonal(dim1=-2, dim2=-1).log() - chol_q.diagonal(dim1=-2, dim2=-1).log()).sum(-1)
    kl: Tensor = 0.5 * (spread + shift - mu_q.shape[-1] + log_ratio)
    return kl


def bernoulli_nll(logits: Tensor, x: Tensor) -> Tensor:
    """Return −log p(x|z) when every pixel is an independent coin with log-odds `logits`.

    −log p = Σ softplus(logits) − x · logits, which is binary cross-entropy with logits summed over pixels.

    Parameters
    ----------
    logits : Tensor, shape (B, ...)
        Log-odds, any real number; no sigmoid before.
    x : Tensor, shape (B, ...)
        Pixels in [0, 1]. Grey values are accepted: then the smallest value is the pixels' entropy, not 0.

    Returns
    -------
    Tensor, shape (B,)
        Nats per example, >= 0; logits of zero cost D log 2, which is 543.4 for 784 pixels.

    Raises
    ------
    ValueError
        If the shapes differ, or (on the CPU, where looking costs nothing) if a pixel lies outside [0, 1].

    Examples
    --------
    >>> round(bernoulli_nll(torch.zeros(1, 784), torch.zeros(1, 784)).item(), 1)
    543.4
    """
    _same_shape(logits=logits, x=x)
    _check_unit_interval(x)
    logits = _full_precision(logits)
    # The result takes the type of the target: a bfloat16 `x` would bring the sum back to eight bits.
    return _sum_per_example(F.binary_cross_entropy_with_logits(logits, x.to(logits.dtype), reduction="none"))


def gaussian_nll(x_hat: Tensor, x: Tensor, *, logvar: Tensor | float = 0.0) -> Tensor:
    """Return −log p(x|z) when every pixel is normal around `x_hat` with variance exp(logvar).

    −log p = ½ Σ ((x − x_hat)² / exp(logvar) + logvar + log 2π). It is a density, so it may be negative.

    Parameters
    ----------
    x_hat, x : Tensor, shape (B, ...)
        Predicted mean and observed pixels.
    logvar : float or Tensor, broadcastable to `x`
        Logarithm of the pixels' variance; 0 is variance one.

    Returns
    -------
    Tensor, shape (B,)
        Nats per example.

    Raises
    ------
    ValueError
        If the shapes differ, or `logvar` does not broadcast to that of `x`.
    """
    _same_shape(x_hat=x_hat, x=x)
    x_hat = _full_precision(x_hat)
    logvar = torch.as_tensor(logvar, dtype=x_hat.dtype, device=x_hat.device)
    try:
        logvar = logvar.expand_as(x)
    except RuntimeError as error:
        raise ValueError(f"`logvar` must broadcast to {tuple(x.shape)}, got {tuple(logvar.shape)}") from error
    return _sum_per_example(0.5 * ((x - x_hat).square() * torch.exp(-logvar) + logvar + LOG_2PI))


def vae_loss(
    output: ModelOutput, x: Tensor, *, beta: float = 1.0, nll: Callable[[Tensor, Tensor], Tensor] = bernoulli_nll
) -> VAELoss:
    """Return the VAE's loss, −log p(x|z) + beta · KL(q(z|x)‖N(0, I)), and its two parts.

    At beta = 1 the loss is a one-sample estimate of −ELBO [1]_.

    Parameters
    ----------
    output : ModelOutput
        What the model returned for `x`, a `VAEOutput` for instance.
    x : Tensor, shape (B, C, H, W)
        The images.
    beta : float
        Weight of the KL, >= 0 and finite.
    nll : callable
        ``nll(logits, x) -> (B,)``: the likelihood's −log p(x|z).

    Returns
    -------
    VAELoss
        `loss`, `nll` and `kl`, each of shape (B,), in nats per example.

    Raises
    ------
    ValueError
        If `beta` is negative or not finite, or `nll` does not return one number per example.

    References
    ----------
    .. [1] Kingma and Welling (2014), equation 7; beta: Higgins et al. (2017), *beta-VAE*, equation 4.
    """
    if not 0 <= beta < math.inf:
        raise ValueError(f"`beta` must be >= 0 and finite, got {beta}; use 1.0 for the standard ELBO")
    reconstruction = nll(output.logits, x)
    kl = kl_standard_normal(output.mu, output.logvar)
    _same_shape(nll=reconstruction, kl=kl)  # a mean over the batch would spread over all examples unnoticed
    return VAELoss(reconstruction + beta * kl, reconstruction, kl)


def _same_shape(**tensors: Tensor) -> None:
    (name_a, a), (name_b, b) = tensors.items()
    if a.shape != b.shape:
        raise ValueError(
            f"`{name_a}` and `{name_b}` must have the same shape, got {tuple(a.shape)} and {tuple(b.shape)}"
        )


def _full_precision(t: Tensor) -> Tensor:
    # What autocast computed in half precision is summed in float32: 784 terms do not survive eight bits of mantissa.
    return t.float() if t.dtype in (torch.bfloat16, torch.float16) else t


def _sum_per_example(values: Tensor) -> Tensor:
    if values.dim() < 2:
        raise ValueError(f"`x` must have shape (B, ...), got {tuple(values.shape)}; use x[None] for a single example")
    return values.flatten(1).sum(1)


def _check_unit_interval(x: Tensor) -> None:
    # On an accelerator this would wait for the device at every step. `fit` knows no likelihood; it looks for NaN only.
    if x.device.type != "cpu" or x.numel() == 0:
        return
    low, high = (value.item() for value in x.detach().aminmax())
    if not (low >= 0 and high <= 1):
        raise ValueError(
            f"`x` must lie in [0, 1] for a Bernoulli likelihood, got values from {low:g} to {high:g}; "
            "divide 8-bit images by 255, or use gaussian_nll for other data"
        )


def _cholesky(**covariance: Tensor) -> Tensor:
    ((name, matrix),) = covariance.items()
    factor: Tensor
    factor, info = torch.linalg.cholesky_ex(matrix)
    if bool((info != 0).any()) or not torch.allclose(matrix, matrix.mT, rtol=1e-4, atol=1e-6):
        raise ValueError(f"`{name}` must be symmetric and positive definite")
    return factor
