"""The rate divided in two: what the codes tell about the images, and how far all codes together are from the prior."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from course_utils.checks import check_count
from course_utils.losses import LOG_2PI, kl_standard_normal, reparameterize
from course_utils.metrics.arguments import check_posteriors

PAIRS_AT_ONCE = 2**17  # densities; 1 MB, which stays in the processor's cache


class Information(NamedTuple):
    """How the rate E KL divides: ``rate = mutual + marginal``, in nats; see `information`.

    `standard_error` belongs to `mutual` and to `marginal` alike: the rate has none.
    """

    rate: float
    mutual: float
    marginal: float
    standard_error: float


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
    .. [1] M. D. Hoffman and M. J. Johnson (2016), *ELBO surgery: yet another way to carve up the variational evidence
       lower bound*, NIPS workshop on advances in approximate Bayesian inference

    Examples
    --------
    Four codes so far apart that each gives its image away, whatever the noise: I = log 4.

    >>> far = information(torch.tensor([[-300.0], [-100.0], [100.0], [300.0]]), torch.zeros(4, 1))
    >>> round(far.mutual, 6), round(math.log(4), 6)
    (1.386294, 1.386294)
    """
    check_posteriors(mu, logvar)
    check_count(draws=draws)
    mu, logvar = (t.detach().cpu().double() for t in (mu, logvar))  # not every accelerator has float64
    own = torch.arange(len(mu)).repeat(draws)  # which image a sample belongs to
    step = max(1, PAIRS_AT_ONCE // len(mu))
    samples = torch.cat([_log_ratio(rows, mu, logvar, generator) for rows in own.split(step)])
    rate, mutual = kl_standard_normal(mu, logvar).mean().item(), samples.mean().item()
    error = samples.std(correction=1).item() / math.sqrt(len(samples)) if len(samples) > 1 else math.nan
    return Information(rate, mutual, rate - mutual, error)


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
