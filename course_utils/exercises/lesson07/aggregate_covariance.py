# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 7, exercise: the covariance of sampled codes, without drawing one."""

import math

import torch

from course_utils.exercises.lesson07.taken import Taken
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import normal

LN4, LN9 = math.log(4.0), math.log(9.0)


aggregate_covariance = Exercise(
    "PCA without a draw",
    task="""
        PCA of codes z needs their covariance matrix. Here z is *sampled*: an image is taken at random from the B
        images, then z from its cloud N(μ, diag σ²). Return the exact covariance of such z, shape (Z, Z), without
        drawing any, from `mu` and `logvar` = log σ², both of shape (B, Z). The B images are all there are: divide by B.
    """,
    signature="aggregate_covariance(mu, logvar)",
    returns=["the covariance"],
    hints=[
        "z = μ + σ·ε: the image decides about μ and σ, and ε is drawn afresh. Two causes that know nothing of each "
        "other: their covariances add. What is the covariance of the μ alone?",
        "`torch.cov(mu.T, correction=0)` is that of the centres. The noise adds variance; does it make z₁ and z₂ vary "
        "*together*?",
        "The noise of one dimension knows nothing of that of another: it adds its mean variance on the diagonal only. "
        "`torch.diag` makes a matrix of a vector.",
    ],
)


@aggregate_covariance.reference
def _(mu, logvar):
    centred = mu - mu.mean(0)
    of_the_centres = centred.T @ centred / len(mu)  # (Z, Z)
    return of_the_centres + torch.diag(logvar.exp().mean(0))


def _probe(mu, logvar, says):
    def note(covariance):
        number = len(mu)
        size = len(mu[0])
        if covariance.shape[-2:] == (number, number) != (size, size):
            return (
                "It compares the *images*: `torch.cov` takes every row for a variable. The dimensions, in the columns, "
                "are to be compared: `mu.T`."
            )
        if covariance.shape == (size,):
            return f"{says} The covariance has a row and a column for each dimension, not only these."
        off = (covariance - right).abs().max() / right.abs().max()
        return f"{says} Yours is near, as that of many draws would be. It can be exact." if off < 0.05 else says

    right = aggregate_covariance.answer(*(torch.as_tensor(value) for value in (mu, logvar)))
    return Taken({"mu": mu, "logvar": logvar}, what="the covariance").note(note)


aggregate_covariance.probes += [
    _probe(
        [[-2.0, 1.0], [2.0, -1.0]] * 2,
        [[0.0, 0.0]] * 4,
        "Half of the centres at (−2, 1), half at (2, −1), variances 1: the diagonal is 4 + 1 and 1 + 1.",
    ),
    _probe(
        [[5.0, 3.0]] * 4,
        [[LN9, 0.0], [-LN4, 0.0]] * 2,
        "All centres at (5, 3), half of the clouds with the variances 9 and 1, half with ¼ and 1: on average 4.625 "
        "and 1. Where the centres lie does not matter, if they all lie there.",
    ),
    _probe([[0.0, 0.0]], [[LN4, LN9]], "One image, its cloud has the variances 4 and 9: this cloud is all there is."),
    _probe(
        normal(40, 3, seed=780) @ normal(3, 3, seed=781) + torch.tensor([1.0, -2.0, 0.5]),
        normal(40, 3, seed=782) - torch.tensor([0.0, 1.0, 2.0]),
        "Forty images, three dimensions whose centres vary together.",
    ),
    _probe(
        normal(6, 8, seed=783) * torch.linspace(0.3, 2.0, 8) + 1.0,
        0.7 * normal(6, 8, seed=784) - 1.0,
        "Fewer images than dimensions.",
    ),
]


def _centres(mu, correction=0):
    centred = mu - mu.mean(0)
    return centred.T @ centred / (len(mu) - correction)


@aggregate_covariance.terms("the covariance")
def _(mu, logvar):
    mean, variance, std = mu.mean(0), logvar.exp().mean(0), (0.5 * logvar).exp()
    zero = torch.zeros(mu.shape[1], mu.shape[1], dtype=mu.dtype)
    return {
        "the covariance of μ": _centres(mu),
        "diag(the mean of σ²)": torch.diag(variance),
        "(the mean of σ²) in every row": zero + variance,
        "(the mean of σ²) in every column": zero + variance[:, None],
        "diag(the mean of σ)": torch.diag(std.mean(0)),
        "diag((the mean of σ)²)": torch.diag(std.mean(0) ** 2),
        "diag(the mean of log σ²)": torch.diag(logvar.mean(0)),
        "diag(exp(the mean of log σ²))": torch.diag(logvar.mean(0).exp()),
        "(the mean of all σ²) in every entry": zero + variance.mean(),
        "(the mean of all σ²) on the diagonal": torch.eye(mu.shape[1], dtype=mu.dtype) * variance.mean(),
        "diag(the sum of σ²)": torch.diag(variance * len(mu)),
        "diag(the mean of σ²)/B": torch.diag(variance / len(mu)),
        "diag(the mean of σ⁴)": torch.diag((2 * logvar).exp().mean(0)),
        "B times the covariance of μ": _centres(mu) * len(mu),
        "the outer product of the mean of σ² with itself": torch.outer(variance, variance),
        "the outer product of the mean of σ with itself": torch.outer(std.mean(0), std.mean(0)),
        "the covariance of σ²": _centres(logvar.exp()),
        "the covariance of σ": _centres(std),
        "the outer product of the mean of μ with itself": torch.outer(mean, mean),
        "the identity": torch.eye(mu.shape[1], dtype=mu.dtype),
    }


@aggregate_covariance.mistake(
    """You have the covariance of the *centres* only. PCA of μ uses it; sampled codes have the widths of the clouds
    besides: add the mean of σ² on the diagonal."""
)
def centres_only(mu, logvar):
    return _centres(mu)


@aggregate_covariance.mistake(
    """You have the widths of the clouds only. Their centres differ as well, and where they vary together the entries
    beside the diagonal are not 0: add the covariance of μ."""
)
def widths_only(mu, logvar):
    return torch.diag(logvar.exp().mean(0))


@aggregate_covariance.mistake(
    """You added the mean of σ² to *every* entry: a vector of shape (Z,) is added to each row of a matrix. The noise of
    one dimension knows nothing of another's: only the diagonal grows. Write `torch.diag(…)` round it."""
)
def added_to_every_row(mu, logvar):
    return _centres(mu) + logvar.exp().mean(0)


@aggregate_covariance.mistake(
    """Your covariance of the centres is divided by B − 1, as `torch.cov` does unless told otherwise. The B images are
    all there are: pass `correction=0`."""
)
def one_fewer(mu, logvar):
    return torch.cov(mu.T).reshape(mu.shape[1], -1) + torch.diag(logvar.exp().mean(0))


@aggregate_covariance.mistake(
    """You did not subtract the mean of μ: your matrix is E[z zᵀ]. The covariance is measured from the mean."""
)
def not_centred(mu, logvar):
    return mu.T @ mu / len(mu) + torch.diag(logvar.exp().mean(0))


@aggregate_covariance.mistake(
    """You kept the diagonal only: the total variance of each dimension, which is right. But the centres vary together,
    and PCA lives on that: keep the entries beside the diagonal."""
)
def diagonal_only(mu, logvar):
    return torch.diag(mu.var(0, correction=0) + logvar.exp().mean(0))


@aggregate_covariance.mistake(
    """You returned correlations: each entry is divided by both spreads. The covariance keeps the scale."""
)
def correlations(mu, logvar):
    covariance = _centres(mu) + torch.diag(logvar.exp().mean(0))
    spread = covariance.diagonal().sqrt()
    return covariance / torch.outer(spread, spread)


@aggregate_covariance.mistake(
    """You drew samples: the result is another one on every call, and right only on average. The exact covariance needs
    no draw: add that of the centres and the mean widths."""
)
def from_draws(mu, logvar):
    z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
    return _centres(z)
