"""The losses of the VAE: pure functions, one number per example, in nats, with all their constants.

Every function sums over the dimensions of an example and leaves the batch alone: shape ``(B,)``. Take the mean over the
batch yourself, in plain sight. Natural logarithms throughout.

What comes out of a network (means, log-variances, logits) must be a tensor of floating-point numbers: integers would be
rounded on the way, lists and NumPy arrays have no gradient. The observed pixels `x` may be of any type. In float32 the
results are right for log-variances between −350 and 350, as far as they are float32 numbers themselves.

References
----------
D. P. Kingma and M. Welling (2014), *Auto-Encoding Variational Bayes*, https://arxiv.org/abs/1312.6114
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from course_utils.checks import check_floats, check_number, check_same_shape, check_tensor

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
    TypeError
        If an argument is no tensor, or holds integers.
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
    mu, logvar = _alike(mu=mu, logvar=logvar)
    if eps is None:
        eps = torch.randn(mu.shape, generator=generator, dtype=mu.dtype, device=mu.device)
    _, eps = _alike(mu=mu, eps=eps)
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

    Raises
    ------
    TypeError
        If an argument is no tensor, or holds integers.
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] Kingma and Welling (2014), appendix B.

    Examples
    --------
    >>> kl_standard_normal(torch.tensor([[2.0, 0.0]]), torch.zeros(1, 2))
    tensor([2.])
    """
    mu, logvar = _alike(mu=mu, logvar=logvar)
    # expm1(v) − v instead of exp(v) − 1 − v: near logvar = 0 the difference of two large numbers would lose the digits.
    return 0.5 * (mu.square() + torch.expm1(logvar) - logvar).sum(-1)  # (B, Z) -> (B,)


def kl_terms(mu: Tensor, logvar: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Split the KL divergence to N(0, I) into its four terms: mean, spread, log and constant [1]_.

    Parameters
    ----------
    mu, logvar : Tensor, shape (B, Z)
        Mean and logarithm of the variance.

    Returns
    -------
    mean, spread, log, constant : Tensor, shape (B, Z) each
        ½mu², ½exp(logvar), −½logvar and −½, in nats. Their sum over Z is `kl_standard_normal`.

    Raises
    ------
    TypeError
        If an argument is no tensor, or holds integers.
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] Kingma and Welling (2014), appendix B.

    Examples
    --------
    >>> torch.cat(kl_terms(torch.tensor([[2.0]]), torch.tensor([[2.0]])), dim=1)
    tensor([[ 2.0000,  3.6945, -1.0000, -0.5000]])
    """
    mu, logvar = _alike(mu=mu, logvar=logvar)
    return 0.5 * mu.square(), 0.5 * logvar.exp(), -0.5 * logvar, torch.full_like(mu, -0.5)


def kl_normal(mu_q: Tensor, logvar_q: Tensor, mu_p: Tensor, logvar_p: Tensor) -> Tensor:
    """KL divergence from N(mu_q, exp(logvar_q)) to N(mu_p, exp(logvar_p)), independent dimensions.

    KL(q‖p) = ½ Σ ((mu_q − mu_p)² / σ_p² + σ_q² / σ_p² − 1 − log(σ_q² / σ_p²)), as [1]_ with diagonal covariances.

    Parameters
    ----------
    mu_q, logvar_q, mu_p, logvar_p : Tensor, shape (B, Z)
        Means and logarithms of the variances.

    Returns
    -------
    Tensor, shape (B,)
        Nats per example, >= 0.

    Raises
    ------
    TypeError
        If an argument is no tensor, or holds integers.
    ValueError
        If the shapes differ.

    References
    ----------
    .. [1] C. E. Rasmussen and C. K. I. Williams (2006), *Gaussian Processes for Machine Learning*, equation A.23.

    Examples
    --------
    Two standard deviations away, and of the same width:

    >>> kl_normal(torch.tensor([[2.0]]), torch.zeros(1, 1), torch.zeros(1, 1), torch.zeros(1, 1))
    tensor([2.])
    """
    mu_q, logvar_q = _alike(mu_q=mu_q, logvar_q=logvar_q)
    _, mu_p = _alike(mu_q=mu_q, mu_p=mu_p)
    mu_p, logvar_p = _alike(mu_p=mu_p, logvar_p=logvar_p)
    # In units of p's standard deviation, p is N(0, 1) and q has this mean and variance:
    return kl_standard_normal(_standardized(mu_q - mu_p, logvar_p), logvar_q - logvar_p)


def kl_mvn(mu_q: Tensor, cov_q: Tensor, mu_p: Tensor, cov_p: Tensor) -> Tensor:
    """KL divergence between two Gaussians with full covariance.

    KL(q‖p) = ½ (tr(S_p⁻¹ S_q) + (m_p − m_q)ᵀ S_p⁻¹ (m_p − m_q) − Z + log det S_p − log det S_q) [1]_.

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
    TypeError
        If an argument is no tensor, or holds integers.
    ValueError
        If shapes do not match or a covariance is not positive definite.

    References
    ----------
    .. [1] C. E. Rasmussen and C. K. I. Williams (2006), *Gaussian Processes for Machine Learning*, equation A.23.

    Examples
    --------
    A correlation of ½ is −½ log(1 − ¼) away from none:

    >>> zero, correlated = torch.zeros(2), torch.tensor([[1.0, 0.5], [0.5, 1.0]])
    >>> kl_mvn(zero, correlated, zero, torch.eye(2))
    tensor(0.1438)
    """
    mu_q, mu_p = _alike(mu_q=mu_q, mu_p=mu_p)
    cov_q, cov_p = _alike(cov_q=cov_q, cov_p=cov_p)
    if cov_q.shape != (*mu_q.shape, mu_q.shape[-1]):
        raise ValueError(
            f"`cov_q` must have shape {(*mu_q.shape, mu_q.shape[-1])} for this `mu_q`, got {tuple(cov_q.shape)}"
        )
    chol_q, chol_p = _cholesky(cov_q=cov_q), _cholesky(cov_p=cov_p)
    # With S_p = L_p L_pᵀ, tr(S_p⁻¹ S_q) is the squared norm of L_p⁻¹ L_q: no inverse is formed.
    spread = torch.linalg.solve_triangular(chol_p, chol_q, upper=False).square().sum((-2, -1))  # (..., Z, Z) -> (...)
    shift = torch.linalg.solve_triangular(chol_p, (mu_p - mu_q)[..., None], upper=False).square().sum((-2, -1))
    log_ratio = 2 * (chol_p.diagonal(dim1=-2, dim2=-1).log() - chol_q.diagonal(dim1=-2, dim2=-1).log()).sum(-1)
    kl: Tensor = 0.5 * (spread + shift - mu_q.shape[-1] + log_ratio)
    return kl


def bernoulli_nll(logits: Tensor, x: Tensor) -> Tensor:
    """Return −log p(x|z) when every pixel is an independent coin with log-odds `logits` [1]_.

    −log p = Σ softplus(logits) − x · logits, which is binary cross-entropy with logits summed over pixels.

    Parameters
    ----------
    logits : Tensor, shape (B, ...)
        Log-odds, any real number; no sigmoid before.
    x : Tensor, shape (B, ...)
        Pixels in [0, 1], of any type. With grey values the smallest possible result is the pixels' entropy, not 0.

    Returns
    -------
    Tensor, shape (B,)
        Nats per example, >= 0; logits of zero cost D log 2, which is 543.4 for 784 pixels.

    Raises
    ------
    TypeError
        If an argument is no tensor, or `logits` holds integers.
    ValueError
        If the shapes differ, or (on the CPU, where looking costs nothing) if a pixel lies outside [0, 1].

    References
    ----------
    .. [1] Kingma and Welling (2014), appendix C.1.

    Examples
    --------
    >>> round(bernoulli_nll(torch.zeros(1, 784), torch.zeros(1, 784)).item(), 1)
    543.4
    """
    logits, x = _prediction_and_pixels(logits=logits, x=x)
    _check_unit_interval(x)
    # The result takes the type of the target: a bfloat16 `x` would bring the sum back to eight bits.
    return _sum_per_example(F.binary_cross_entropy_with_logits(logits, x.to(logits.dtype), reduction="none"))


def gaussian_nll(x_hat: Tensor, x: Tensor, *, logvar: Tensor | float = 0.0) -> Tensor:
    """Return −log p(x|z) when every pixel is normal around `x_hat` with variance exp(logvar) [1]_.

    −log p = ½ Σ ((x − x_hat)² / exp(logvar) + logvar + log 2π). It is a density, so it may be negative.

    Parameters
    ----------
    x_hat, x : Tensor, shape (B, ...)
        Predicted mean, and observed pixels of any type.
    logvar : float or Tensor, broadcastable to the shape of `x`
        Logarithm of the pixels' variance; 0 is variance one.

    Returns
    -------
    Tensor, shape (B,)
        Nats per example.

    Raises
    ------
    TypeError
        If `x_hat` or `x` is no tensor, `x_hat` holds integers, or `logvar` is neither a tensor nor a number.
    ValueError
        If the shapes differ, or `logvar` does not broadcast to that of `x`.

    References
    ----------
    .. [1] Kingma and Welling (2014), appendix C.2.

    Examples
    --------
    A pixel that is off by two standard deviations costs ½ · 2² and the constant ½ log 2π = 0.9189:

    >>> gaussian_nll(torch.zeros(1, 1), torch.full((1, 1), 2.0))
    tensor([2.9189])
    """
    x_hat, x = _prediction_and_pixels(x_hat=x_hat, x=x)
    logvar = _pixel_logvar(logvar, x_hat)
    return _sum_per_example(0.5 * (_standardized(x - x_hat, logvar).square() + logvar + LOG_2PI))


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
    TypeError
        If `output` lacks one of its three tensors, as an autoencoder's does, or `beta` is no number.
    ValueError
        If `beta` is negative or not finite, or `nll` does not return one number per example.

    References
    ----------
    .. [1] Kingma and Welling (2014), equation 7; beta: Higgins et al. (2017), *beta-VAE*, equation 4.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> output = SimpleNamespace(logits=torch.zeros(1, 784), mu=torch.ones(1, 2), logvar=torch.zeros(1, 2))
    >>> loss, nll, kl = vae_loss(output, torch.zeros(1, 784), beta=2.0)
    >>> round(nll.item(), 1), kl.item(), round(loss.item(), 1)
    (543.4, 1.0, 545.4)
    """
    _check_output(output)
    check_number(beta=beta, least=0, remedy="use 1.0 for the standard ELBO")
    reconstruction = nll(output.logits, x)
    kl = kl_standard_normal(output.mu, output.logvar)
    check_same_shape(nll=reconstruction, kl=kl)  # a mean over the batch would spread over all examples unnoticed
    return VAELoss(reconstruction + beta * kl, reconstruction, kl)


def _alike(**tensors: Any) -> list[Tensor]:
    """Return floating-point tensors of equal shape in the precision that they are summed in."""
    check_floats(**tensors)
    check_same_shape(**tensors)
    return [_full_precision(t) for t in tensors.values()]


def _prediction_and_pixels(x: Tensor, **prediction: Any) -> list[Tensor]:
    """Return what the decoder says and what was observed; only the pixels, which are data, may be integers."""
    check_floats(**prediction)
    check_tensor(x=x)
    (value,) = prediction.values()
    return _alike(**prediction, x=x if x.is_floating_point() else x.to(value.dtype))


def _full_precision(t: Tensor) -> Tensor:
    # What autocast computed in half precision is summed in float32: 784 terms do not survive eight bits of mantissa.
    return t.float() if t.dtype in (torch.bfloat16, torch.float16) else t


def _standardized(difference: Tensor, logvar: Tensor) -> Tensor:
    # By the root of the standard deviation, twice: 1 / σ is infinite in float32 from a log-variance of −178 on, and a
    # difference of zero would make it NaN. So it lasts to −355, and the square is finite wherever the truth is.
    root = torch.exp(-0.25 * logvar)
    return difference * root * root


def _pixel_logvar(logvar: Tensor | float, x: Tensor) -> Tensor:
    if isinstance(logvar, Tensor):
        check_floats(logvar=logvar)
    else:
        check_number(logvar=logvar, remedy="give one number, or a tensor with one for each pixel")
    logvar = torch.as_tensor(logvar, dtype=x.dtype, device=x.device)
    try:
        return logvar.expand_as(x)
    except RuntimeError as error:
        raise ValueError(f"`logvar` must broadcast to {tuple(x.shape)}, got {tuple(logvar.shape)}") from error


def _check_output(output: ModelOutput) -> None:
    missing = [name for name in ("logits", "mu", "logvar") if not hasattr(output, name)]
    if missing:
        raise TypeError(
            f"`output` must have logits, mu and logvar, as a VAE's has, got {type(output).__name__} without "
            f"{' and '.join(missing)}; an autoencoder has no KL, so use bernoulli_nll for it"
        )


def _sum_per_example(values: Tensor) -> Tensor:
    if values.dim() < 2:
        raise ValueError(f"`x` must have shape (B, ...), got {tuple(values.shape)}; use x[None] for a single example")
    return values.flatten(1).sum(1)  # (B, ...) -> (B, D) -> (B,)


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
