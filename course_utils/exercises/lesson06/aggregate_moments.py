# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 6, exercise (further): mean and variance of the aggregate posterior."""

import math

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

LN4, LN9 = math.log(4.0), math.log(9.0)
MANY = 24_000  # so many images that dividing by B or by B − 1 makes no difference here


def _many(*images: list[float]) -> torch.Tensor:
    """Repeat the images, shape (n, Z), until there are `MANY` of them."""
    return torch.tensor(images).repeat(MANY // len(images), 1)


aggregate_moments = Exercise(
    "The average of all clouds",
    task="""
        The aggregate posterior q(z) is what you get by taking an image at random and drawing z from its cloud N(μ, σ²).
        Return its mean and its variance in each latent dimension, a pair of tensors of shape (Z,), from `mu` and
        `logvar` = log σ², both of shape (B, Z). (Dividing by B or by B − 1 are both accepted.)
    """,
    signature="aggregate_moments(mu, logvar)",
    returns=["the mean", "the variance"],
    hints=[
        "z differs from draw to draw for two reasons: another image, and another ε. Each contributes to the variance.",
        "If all clouds had one centre, only their own widths would count; if all were points, only how far the centres "
        "lie apart. Here both happen at once.",
        "Two causes that do not know of each other: their variances add. One comes from `mu`, the other from `logvar`.",
    ],
    probes=[
        given(mu=_many([1.0, 0.0]), logvar=_many([0.0, LN9])).note(
            "All clouds are the same here (mu = [1, 0], variances 1 and 9): only their own widths are left."
        ),
        given(mu=_many([-2.0], [2.0]), logvar=_many([0.0], [0.0])).note(
            "Half of the images lie at −2, half at 2, all with the variance 1: together 4 + 1."
        ),
        given(mu=_many([0.0], [0.0]), logvar=_many([LN9], [-LN4])).note(
            "All centres are 0; half of the variances are 9, half are ¼: on average 4.625."
        ),
        given(mu=_many([1.0], [2.0], [6.0]), logvar=_many([LN4], [0.0], [0.0])).note(
            "Centres at 1, 2 and 6, with the variances 4, 1 and 1: mean 3, variance 14/3 + 2."
        ),
        given(
            mu=normal(MANY, 16, seed=87) * torch.linspace(0.2, 2.0, 16) + torch.linspace(-1.0, 2.0, 16).roll(5),
            logvar=normal(MANY, 16, seed=88) * torch.linspace(0.1, 1.2, 16) + torch.linspace(-2.0, 1.0, 16).roll(9),
        ).note("Sixteen dimensions, each with centres and widths of its own."),
    ],
)


@aggregate_moments.reference
def _(mu, logvar):
    variance = mu.var(0, unbiased=False) + logvar.exp().mean(0)
    return mu.mean(0), variance


@aggregate_moments.terms("the variance")
def _(mu, logvar):
    variance, std = logvar.exp(), (0.5 * logvar).exp()
    return {
        "the variance of μ": mu.var(0, unbiased=False),
        "the mean of σ²": variance.mean(0),
        "the mean of σ": std.mean(0),
        "(the mean of σ)²": std.mean(0) ** 2,
        "the mean of log σ²": logvar.mean(0),
        "exp(the mean of log σ²)": logvar.mean(0).exp(),
        "(the mean of μ)²": mu.mean(0) ** 2,
        "the standard deviation of μ": mu.std(0, unbiased=False),
        "the variance of σ²": variance.var(0, unbiased=False),
    }


@aggregate_moments.mistake(
    """You have the variance of the means only. Each cloud has a width of its own, which the draws have as well: add the
    mean of σ²."""
)
def variance_of_the_means(mu, logvar):
    return mu.mean(0), mu.var(0, unbiased=False)


@aggregate_moments.mistake(
    """You have the mean of the variances only. The centres of the clouds are spread, too: add the variance of μ."""
)
def mean_of_the_variances(mu, logvar):
    return mu.mean(0), logvar.exp().mean(0)


@aggregate_moments.mistake(
    """You have E[z²], with the mean of μ² in it. The variance is measured from the mean: subtract its square."""
)
def second_moment(mu, logvar):
    return mu.mean(0), (mu**2).mean(0) + logvar.exp().mean(0)


@aggregate_moments.mistake(
    """You treated z as the *average* of all clouds' draws: its variance would be the mean σ² divided by B. q(z) draws
    one image, then one z from its cloud."""
)
def variance_of_an_average(mu, logvar):
    return mu.mean(0), logvar.exp().mean(0) / len(mu)


@aggregate_moments.mistake(
    """You divided the mean of σ² by B once more: a mean is divided already. The widths of the clouds then all but
    vanish from the variance."""
)
def divided_twice(mu, logvar):
    return mu.mean(0), mu.var(0, unbiased=False) + logvar.exp().mean(0) / len(mu)


# Seen in molecularsets/moses#45.
@aggregate_moments.mistake(
    """You said what q(z) *should* be, N(0, 1). What it is, the clouds decide: compute it from mu and logvar."""
)
def the_prior(mu, logvar):
    return torch.zeros_like(mu[0]), torch.ones_like(mu[0])
