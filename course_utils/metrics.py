"""What a picture cannot settle: tighter bounds on log p(x), and who uses the latent space for what. All in nats.

References
----------
.. [1] Y. Burda, R. Grosse and R. Salakhutdinov (2016), *Importance Weighted Autoencoders*,
   https://arxiv.org/abs/1509.00519
.. [2] M. D. Hoffman and M. J. Johnson (2016), *ELBO surgery: yet another way to carve up the variational evidence lower
   bound*, NIPS workshop on advances in approximate Bayesian inference
"""

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from course_utils.checks import check_count, check_floats, check_number, check_same_shape, check_shape
from course_utils.losses import LOG_2PI, bernoulli_nll, kl_standard_normal, reparameterize

DECODED_AT_ONCE = 4096  # images; 13 MB of logits of 28 × 28 pixels
PAIRS_AT_ONCE = 2**17  # densities; 1 MB, which stays in the processor's cache


class LatentModel(Protocol):
    """Anything with a normal encoder and a decoder, such as `course_utils.models.VAE`."""

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Encode images.

        Parameters
        ----------
        x : Tensor, shape (B, ...)
            Images.

        Returns
        -------
        mu, logvar : Tensor, shape (B, Z) each
            Mean and log-variance of q(z|x).
        """

    def decode(self, z: Tensor) -> Tensor:
        """Decode codes.

        Parameters
        ----------
        z : Tensor, shape (B, Z)
            Codes.

        Returns
        -------
        Tensor, shape (B, ...)
            First argument of the likelihood.
        """


class Information(NamedTuple):
    """How the rate E KL divides: ``rate = mutual + marginal``, in nats; see `information`.

    `standard_error` belongs to `mutual` and to `marginal` alike: the rate has none.
    """

    rate: float
    mutual: float
    marginal: float
    standard_error: float


@torch.no_grad()
def iwae_bound(
    model: LatentModel,
    x: Tensor,
    k: int,
    *,
    nll: Callable[[Tensor, Tensor], Tensor] = bernoulli_nll,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Estimate the importance-weighted lower bound on log p(x).

    log p(x) >= E log (1/k) Σ w_i,  with  w_i = p(x|z_i) p(z_i) / q(z_i|x)  and  z_i ~ q(z|x): equation 8 of [1]_.
    In expectation it rises with k, and reaches log p(x) as k grows. At k = 1 it is the ELBO with one sample of
    log w = −nll + log p(z) − log q(z|x): the closed form of the KL is not used, so it is noisier than `vae_loss`.

    Parameters
    ----------
    model : LatentModel
        Has ``encode(x) -> (mu, logvar)`` and ``decode(z)``.
    x : Tensor, shape (B, ...)
        Images.
    k : int
        Number of samples for each image, >= 1. Memory does not grow with it.
    nll : callable
        ``nll(decoded, x) -> (B,)``: −log p(x|z), with all its constants, of each example.
    generator : torch.Generator, optional
        Where the samples come from; the global generator by default.

    Returns
    -------
    Tensor, shape (B,)
        One estimate of the bound per image, in nats, without gradients.

    Raises
    ------
    TypeError
        If `x` is no tensor of floating-point numbers, or `model` does not encode to (mu, logvar).
    ValueError
        If `k` is not an int >= 1, or `nll` does not return one number per example.

    References
    ----------
    .. [1] Burda, Grosse and Salakhutdinov (2016), *Importance Weighted Autoencoders*.

    Examples
    --------
    A model that ignores its codes: with the posterior equal to the prior, every sample says log p(x) = −784 log 2.

    >>> from types import SimpleNamespace
    >>> prior = torch.zeros(3, 2), torch.zeros(3, 2)
    >>> model = SimpleNamespace(encode=lambda x: prior, decode=lambda z: torch.zeros(len(z), 784))
    >>> [round(value, 1) for value in iwae_bound(model, torch.zeros(3, 784), k=5).tolist()]
    [-543.4, -543.4, -543.4]
    """
    check_count(k=k)
    check_floats(x=x)
    mu, logvar = _posteriors(model, x)
    step = max(1, DECODED_AT_ONCE // max(1, len(x)))
    chunks = [
        torch.logsumexp(_log_weights(model, x, mu, logvar, min(step, k - done), nll, generator), 0)
        for done in range(0, k, step)
    ]
    return torch.logsumexp(torch.stack(chunks), 0) - math.log(k)  # (chunks, B) -> (B,)


def active_units(mu: Tensor, *, threshold: float = 0.01) -> Tensor:
    """Say which latent dimensions depend on the image: those whose posterior mean varies over the images.

    A_j = Var_x (E[z_j | x]) = Var_x mu_j > threshold, section 5.2 of [1]_.

    Parameters
    ----------
    mu : Tensor, shape (N, Z)
        Posterior means of at least two images.
    threshold : float
        >= 0; the authors' 0.01 lies in the wide gap between the two kinds.

    Returns
    -------
    Tensor of bool, shape (Z,)
        True for the dimensions in use.

    Raises
    ------
    TypeError
        If `mu` is no tensor of floating-point numbers, or `threshold` is no number.
    ValueError
        If `mu` does not have that shape or is not finite (a model that diverged has not collapsed), or `threshold` is
        negative.

    References
    ----------
    .. [1] Burda, Grosse and Salakhutdinov (2016), *Importance Weighted Autoencoders*.

    Examples
    --------
    >>> active_units(torch.tensor([[1.0, 0.01], [-1.0, 0.0]]))
    tensor([ True, False])
    """
    check_floats(mu=mu)
    check_shape("N Z", mu=mu, least=2)
    check_number(threshold=threshold, least=0, remedy="the usual one is 0.01")
    if not mu.isfinite().all():
        bad = (~mu.isfinite()).any(0).nonzero()[:, 0].tolist()
        raise ValueError(f"`mu` must be finite, got NaN or infinity in dimensions {bad}; find where they arise")
    return mu.var(0, correction=0) > threshold


def kl_per_dimension(mu: Tensor, logvar: Tensor) -> Tensor:
    """Return every latent dimension's share of the KL, averaged over images [1]_.

    KL_j = E_x ½ (mu_j² + exp(logvar_j) − 1 − logvar_j); the sum over j is the mean of `kl_standard_normal`.

    Parameters
    ----------
    mu, logvar : Tensor, shape (N, Z)
        Means and log-variances of q(z|x) for N >= 1 images.

    Returns
    -------
    Tensor, shape (Z,)
        Nats, >= 0.

    Raises
    ------
    TypeError
        If an argument is no tensor of floating-point numbers.
    ValueError
        If the tensors do not have that shape.

    References
    ----------
    .. [1] D. P. Kingma and M. Welling (2014), *Auto-Encoding Variational Bayes*, appendix B.

    Examples
    --------
    >>> kl_per_dimension(torch.tensor([[2.0, 0.0], [0.0, 0.0]]), torch.zeros(2, 2))
    tensor([1., 0.])
    """
    _check_posteriors(mu, logvar)
    return kl_standard_normal(mu[..., None], logvar[..., None]).mean(0)  # (N, Z, 1) -> (N, Z) -> (Z,)


@torch.no_grad()
def information(mu: Tensor, logvar: Tensor, *, draws: int = 1, generator: torch.Generator | None = None) -> Information:
    """Divide the rate into what the code tells about the image and how far all codes together are from the prior.

    (1/N) Σ KL(q(z|x_n) ‖ p(z)) = I(n; z) + KL(q(z) ‖ p(z)),  with  q(z) = (1/N) Σ q(z|x_n):  section 3 of [1]_.

    The rate is exact. I = E log q(z|x_n) − log q(z) is a mean over `draws` samples of every q(z|x_n), with the whole
    mixture in q(z); the marginal KL is the rest. The mixture holds the sample's own posterior, so that
    q(z) >= q(z|x_n) / N: no term of the mean, and hence no estimate, exceeds log N. A rate above log N is therefore
    at least to that part mismatch between q(z) and the prior.

    Parameters
    ----------
    mu, logvar : Tensor, shape (N, Z)
        Means and log-variances of q(z|x) for N >= 1 images: these images are all there are, N is their number.
    draws : int
        Samples per image, >= 1.
    generator : torch.Generator, optional
        A generator of the CPU, where the work is done in float64; the global one by default.

    Returns
    -------
    Information
        rate, mutual, marginal and their standard error, in nats. `mutual` lies in [0, log N] and `marginal` is >= 0 up
        to that error. The error is on the safe side: it counts the differences between images as noise.

    Raises
    ------
    TypeError
        If `mu` or `logvar` is no tensor of floating-point numbers.
    ValueError
        If the tensors do not have that shape or `draws` is not an int >= 1.

    References
    ----------
    .. [1] Hoffman and Johnson (2016), *ELBO surgery*.

    Examples
    --------
    Four codes so far apart that each gives its image away, whatever the noise: I = log 4.

    >>> far = information(torch.tensor([[-300.0], [-100.0], [100.0], [300.0]]), torch.zeros(4, 1))
    >>> round(far.mutual, 6), round(math.log(4), 6)
    (1.386294, 1.386294)
    """
    _check_posteriors(mu, logvar)
    check_count(draws=draws)
    mu, logvar = (t.detach().cpu().double() for t in (mu, logvar))  # not every accelerator has float64
    own = torch.arange(len(mu)).repeat(draws)  # which image a sample belongs to
    step = max(1, PAIRS_AT_ONCE // len(mu))
    samples = torch.cat([_log_ratio(rows, mu, logvar, generator) for rows in own.split(step)])
    rate, mutual = kl_standard_normal(mu, logvar).mean().item(), samples.mean().item()
    error = samples.std(correction=1).item() / math.sqrt(len(samples)) if len(samples) > 1 else math.nan
    return Information(rate, mutual, rate - mutual, error)


def _log_weights(
    model: LatentModel,
    x: Tensor,
    mu: Tensor,
    logvar: Tensor,
    k: int,
    nll: Callable[[Tensor, Tensor], Tensor],
    generator: torch.Generator | None,
) -> Tensor:
    """Return log w = log p(x|z) + log p(z) − log q(z|x) for k samples of every image, shape (k, B)."""
    eps = torch.randn((k, *mu.shape), generator=generator, dtype=mu.dtype, device=mu.device)
    z = reparameterize(mu.expand_as(eps), logvar.expand_as(eps), eps=eps)  # (k, B, Z)
    values = nll(model.decode(z.flatten(0, 1)), x.expand(k, *x.shape).flatten(0, 1))
    if values.shape != (k * len(x),):
        raise ValueError(
            f"`nll` must return one number per example, shape {(k * len(x),)}, got {tuple(values.shape)}; "
            "sum over pixels, and leave the batch alone"
        )
    # log p(z) − log q(z|x): both have the same −½ log 2π, and (z − mu) / std is eps.
    log_ratio = 0.5 * (eps.square() + logvar - z.square()).sum(-1)
    return log_ratio - values.view(k, len(x))


def _log_ratio(rows: Tensor, mu: Tensor, logvar: Tensor, generator: torch.Generator | None) -> Tensor:
    """Draw z ~ q(z|x_n) for every n in `rows`; return log q(z|x_n) − log q(z) of each."""
    eps = torch.randn((len(rows), mu.shape[1]), generator=generator, dtype=mu.dtype)
    z = reparameterize(mu[rows], logvar[rows], eps=eps)
    densities = _log_densities(z, mu, logvar)
    own = -0.5 * (eps.square() + logvar[rows] + LOG_2PI).sum(1)
    # Computed from eps, without the rounding of z − mu: it may not exceed the mixture that holds it.
    densities[torch.arange(len(rows)), rows] = own
    return own - (torch.logsumexp(densities, 1) - math.log(len(mu)))


def _log_densities(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """Return log N(z_r; mu_n, exp(logvar_n)) for all pairs, shape (R, N)."""
    # One dimension at a time: an array of all R · N · Z differences would not fit, and the square written out as
    # products of matrices loses all digits where a posterior is narrow.
    inv_std = torch.exp(-0.5 * logvar)
    total = -0.5 * (logvar + LOG_2PI).sum(1).expand(len(z), -1).clone()
    scaled = torch.empty_like(total)  # reused: fresh memory for every dimension would cost more than the arithmetic
    for z_j, mu_j, inv_std_j in zip(z.T, mu.T.contiguous(), inv_std.T.contiguous(), strict=True):
        torch.sub(z_j[:, None], mu_j, out=scaled)
        total.addcmul_(scaled.mul_(inv_std_j), scaled, value=-0.5)
    return total


def _posteriors(model: LatentModel, x: Tensor) -> tuple[Tensor, Tensor]:
    if not hasattr(model, "encode") or not hasattr(model, "decode"):
        raise TypeError(f"`model` must have encode and decode, as a VAE has, got {type(model).__name__}")
    codes = model.encode(x)
    if not isinstance(codes, tuple) or len(codes) != 2:  # two codes in a tensor would unpack, too
        raise TypeError(
            f"`model` must encode to (mu, logvar), as a VAE does, got a {type(codes).__name__} from "
            f"{type(model).__name__}.encode; an autoencoder has no p(x)"
        )
    return codes


def _check_posteriors(mu: Tensor, logvar: Tensor) -> None:
    check_floats(mu=mu, logvar=logvar)
    check_shape("N Z", mu=mu, least=1)
    check_same_shape(mu=mu, logvar=logvar)
