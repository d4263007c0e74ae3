# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 3, exercise: the entropy of a cloud, which falls without end as the cloud becomes a point."""

import math

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

LN9 = math.log(9.0)
LOG_2PI = math.log(2 * math.pi)

FIRST = "N(0, 1) has the entropy ½ log 2π + ½ = 1.419 nats."
CONSTANTS = {  # of one dimension: what else is taken for ½ log 2π + ½
    0.5: "Yours is ½: ½ log 2π is left out.",
    0.5 * LOG_2PI + 1: "Yours is ½ log 2π + 1: the last part, (z − μ)²/2σ², has the mean ½.",
    LOG_2PI + 0.5: "Yours is log 2π + ½: half of log 2π is asked for.",
    LOG_2PI + 1: "Yours is log 2π + 1, twice that: every part has its ½.",
    0.5 * math.log(math.pi) + 0.5: "Yours is ½ log π + ½: under the logarithm stands 2π.",
    0.5 * math.log10(2 * math.pi) + 0.5: "Yours has the logarithm of base 10: nats ask for the natural one.",
    math.pi + 0.5: "Yours is π + ½: ½ log 2π has lost its logarithm.",
}
NEAR = " Yours is near: is it an average over draws? The average can be written down without any."


def _constant(entropy):
    """Say what a wrong entropy of N(0, 1) is."""
    known = [f" {text}" for value, text in CONSTANTS.items() if abs(entropy - value) < 1e-5]
    return known[0] if known else NEAR if 1e-3 < abs(entropy - 1.419) < 0.06 else ""


normal_entropy = Exercise(
    "The entropy of a cloud",
    task="""
        The entropy of a density q is the mean of −log q(z) over its own draws. For one number z ~ N(μ, σ²), −log q(z)
        is ½ log 2π + ½ log σ² + (z − μ)²/2σ². Return the entropy of the cloud N(μ, σ²), with independent dimensions,
        in nats, one number for each image, shape (B,), from `mu` and `logvar` = log σ², both of shape (B, Z).
    """,
    signature="normal_entropy(mu, logvar)",
    returns=["entropy"],
    hints=[
        "Take the mean of the three parts one by one. Two of them do not depend on z. What is the mean of (z − μ)²?",
        "The mean of (z − μ)² is σ², so the last part is ½, whatever σ is. And for independent dimensions −log q(z) "
        "is a sum over the dimensions.",
        "½ log 2π + ½ log σ² + ½ for each dimension; ½ is ½ log e, so books write ½ log(2πe σ²). You have log σ² "
        "already.",
    ],
    probes=[
        given(mu=[[0.0]], logvar=[[0.0]]).note(lambda entropy: FIRST + _constant(float(entropy))),
        given(mu=[[5.0]], logvar=[[LN9]]).note(
            "σ = 3: three times as wide as N(0, 1), so the entropy is larger by log 3 = 1.099. Where the cloud sits, "
            "here at 5, does not matter."
        ),
        given(mu=[[1.0, -2.0]], logvar=[[-LN9, 0.4]]).note(
            "Two dimensions: their entropies add. σ = ⅓ in the first, and log σ² is negative there."
        ),
        given(mu=[[0.3], [-0.3], [0.0]], logvar=[[-2.0], [-6.0], [-20.0]]).note(
            "Three narrow clouds, σ = 0.37, 0.05 and 0.000045: the entropies are 0.42, −1.58 and −8.58. The entropy "
            "of a density may be negative. (Is only the narrowest off? Then look for a clamp, or a small number in a "
            "log.)"
        ),
        given(mu=normal(4, 3, seed=391), logvar=normal(4, 3, seed=392, scale=2.0))
        .double()
        .note("Four images with three latent dimensions, in float64."),
        given(mu=normal(3, 5, seed=393), logvar=normal(3, 5, seed=394)).note("Three images with five dimensions."),
        given(mu=[[0.0, 1.0]], logvar=[[-80.0, 0.0]]).note(
            "σ = 4·10⁻¹⁸ in the first dimension, nearly a point: its ½ log σ² is −40. With logvar → −∞, the "
            "autoencoder's point, the entropy falls to −∞. Keep nothing away from it."
        ),
    ],
)


@normal_entropy.reference
def _(mu, logvar):
    log_2pi = math.log(2 * math.pi)
    return 0.5 * (log_2pi + logvar + 1).sum(1)


@normal_entropy.terms("entropy")
def _(mu, logvar):
    return {
        "Σ log σ²": logvar.sum(1),
        "Z": mu.shape[1] * torch.ones_like(mu[:, 0]),
        "1": 1.0,
        "Σ σ²": logvar.exp().sum(1),
        "Σ σ": (0.5 * logvar).exp().sum(1),
        "Σ μ²": (mu**2).sum(1),
        "Σ μ²/σ²": (mu**2 * (-logvar).exp()).sum(1),
        "Σ μ": mu.sum(1),
    }


@normal_entropy.mistake(
    """The last part is missing: (z − μ)²/2σ² has the mean ½ in every dimension. Without it you have −log q at the
    middle of the cloud, where q is highest; on average over the draws it is ½ more a dimension."""
)
def density_at_the_middle(mu, logvar):
    return 0.5 * (LOG_2PI + logvar).sum(1)


@normal_entropy.mistake(
    """Only ½ log σ² (which is log σ) is there: the constant, ½ log 2π + ½ = 1.419 in every dimension, is missing."""
)
def no_constant(mu, logvar):
    return 0.5 * logvar.sum(1)


@normal_entropy.mistake(
    """Your constant is counted once; every dimension brings one of its own. For independent dimensions the entropies
    are added whole: Z times 1.419 (½ log 2π + ½)."""
)
def constant_once(mu, logvar):
    return 0.5 * logvar.sum(1) + 0.5 * (LOG_2PI + 1)


@normal_entropy.mistake(
    """You forbid negative entropies. That rule is for coins and dice; a density can be above 1, and then −log q is
    negative. A narrow cloud has a negative entropy, and a point −∞."""
)
def never_negative(mu, logvar):
    return (0.5 * (LOG_2PI + logvar + 1)).clamp(min=0).sum(1)


@normal_entropy.mistake(
    """You took the absolute value of logvar, so that a narrow cloud counts as a wide one. A negative logvar is no
    error: it says that the variance is below 1."""
)
def absolute_logvar(mu, logvar):
    return 0.5 * (LOG_2PI + logvar.abs() + 1).sum(1)


@normal_entropy.mistake(
    """You keep log σ² away from −∞ with a small number inside the logarithm. Then the entropy stops falling where σ²
    is about as small as that number. `logvar` is the logarithm already: exp and log are not needed at all."""
)
def guard_in_the_log(mu, logvar):
    return 0.5 * (LOG_2PI + (logvar.exp() + 1e-8).log() + 1).sum(1)


@normal_entropy.mistake(
    """`logvar` stands there whole where half of it belongs: ½ log σ² is log σ. (logvar is log σ², not log σ: σ = 3
    comes in as log 9.)"""
)
def read_as_log_std(mu, logvar):
    return (0.5 * (LOG_2PI + 1) + logvar).sum(1)


@normal_entropy.mistake(
    """You took the logarithm of `logvar`, which is a logarithm already; where it is negative, that gives NaN."""
)
def logarithm_twice(mu, logvar):
    return 0.5 * (LOG_2PI + 1 + logvar.log()).sum(1)


@normal_entropy.mistake(
    """You put σ² where log σ² belongs. The entropy grows with the *logarithm* of the width: doubling σ always adds
    log 2, and a point has −∞, not a finite number."""
)
def variance_for_its_log(mu, logvar):
    return 0.5 * (LOG_2PI + 1 + logvar.exp()).sum(1)


@normal_entropy.mistake(
    """That is the cross-entropy with N(0, 1), the mean of −log p(z): it has μ² and σ² in it. For the entropy, the
    mean of −log q(z), the cloud is measured by its own density."""
)
def cross_entropy(mu, logvar):
    return 0.5 * (LOG_2PI + mu**2 + logvar.exp()).sum(1)


@normal_entropy.mistake(
    """That is KL(q‖N(0, I)). The entropy is a part of it: KL = cross-entropy − entropy. Here only the cloud itself is
    asked about, and N(0, I) plays no part."""
)
def the_kl(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)


@normal_entropy.mistake(
    """`Normal(mu, logvar)` takes a standard deviation as its second argument, which must be above 0; logvar is log
    σ². Give it exp(½·logvar)."""
)
def normal_of_logvar(mu, logvar):
    return torch.distributions.Normal(mu, logvar).entropy().sum(1)
