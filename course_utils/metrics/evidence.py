"""Bounds on log p(x) that are tighter than the ELBO."""

import math
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from course_utils.checks import check_count, check_floats
from course_utils.losses import bernoulli_nll, reparameterize

DECODED_AT_ONCE = 4096  # images; 13 MB of logits of 28 × 28 pixels


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
    .. [1] Burda, Grosse and Salakhutdinov (2016), *Importance Weighted Autoencoders*, https://arxiv.org/abs/1509.00519

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
