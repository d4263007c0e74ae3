# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 6, the KL to the standard normal: the known mistakes that are made inside the four terms."""

import torch
from torch.distributions import Normal
from torch.nn import functional as F

from course_utils.exercises.lesson06.kl_standard_normal import kl_standard_normal

# logvar, log σ, σ² and σ


@kl_standard_normal.mistake(
    """You read `logvar` as log σ: σ² became exp(2·logvar), and the log term 2·logvar. Consistent, but it is log σ² that
    is given, so σ² = exp(logvar). (A `Normal(mu, logvar.exp())` does the same: it takes σ, not σ².)"""
)
def read_as_log_std(mu, logvar):
    return 0.5 * (mu**2 + (2 * logvar).exp() - 1 - 2 * logvar).sum(1)


@kl_standard_normal.mistake(
    """Two conventions are mixed: σ² = exp(logvar) is right, but the log term counts twice, as if `logvar` were log σ
    (or: the ½ does not reach it). At logvar = 1 you get −0.14, and a KL is never negative. Right is ½ (μ² + σ² − 1 −
    logvar)."""
)
def log_term_doubled(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - 2 * logvar).sum(1)


@kl_standard_normal.mistake(
    """Two conventions are mixed: the log term is right, but exp(logvar) was squared once more. exp(logvar) is σ²
    already."""
)
def variance_squared(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() ** 2 - 1 - logvar).sum(1)


@kl_standard_normal.mistake(
    """There stands σ = exp(½·logvar) where σ² belongs. At σ = 1 both are 1, which hides it; at logvar = 1 your KL is
    already below 0."""
)
def std_for_the_variance(mu, logvar):
    return 0.5 * (mu**2 + (0.5 * logvar).exp() - 1 - logvar).sum(1)


@kl_standard_normal.mistake(
    """The log term is log σ = ½·logvar where log σ² = logvar belongs: ½ was taken twice. The minimum then lies at σ² =
    ½, not at 1."""
)
def log_term_halved(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - 0.5 * logvar).sum(1)


@kl_standard_normal.mistake(
    """The log term is squared: (log σ²)² where log σ² belongs. The 2 stands inside the logarithm; and the term must
    keep its sign, because it pushes narrow clouds apart."""
)
def log_squared(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar**2).sum(1)


@kl_standard_normal.mistake(
    """The log term is (log σ)² where log σ² belongs: log(σ²) is 2·log σ, not the square of log σ. You are given it: it
    is `logvar`."""
)
def log_std_squared(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - (0.5 * logvar) ** 2).sum(1)


@kl_standard_normal.mistake(
    """You took `logvar` for σ: its square for the variance, its logarithm for the log term. It is log σ² already, and
    may be 0 or negative, where your logarithm fails."""
)
def read_as_std(mu, logvar):
    return 0.5 * (mu**2 + logvar**2 - 1 - (logvar**2).log()).sum(1)


@kl_standard_normal.mistake(
    """You took `logvar` for the variance, and its logarithm once more. It may be 0 or negative: it is the logarithm
    already. σ² = exp(logvar), log σ² = logvar."""
)
def read_as_variance(mu, logvar):
    return 0.5 * (mu**2 + logvar - 1 - logvar.log()).sum(1)


@kl_standard_normal.mistake(
    """`Normal(mu, logvar)` takes a standard deviation as its second argument, and a standard deviation cannot be 0 or
    negative as logvar may be. Give it exp(½·logvar)."""
)
def normal_of_logvar(mu, logvar):
    return torch.distributions.kl_divergence(Normal(mu, logvar), Normal(0.0, 1.0)).sum(1)


@kl_standard_normal.mistake(
    """You force `logvar` to be at least 0, so narrow clouds are free. A negative logvar is no error: it says that the
    variance is below 1."""
)
def logvar_clamped_at_zero(mu, logvar):
    logvar = logvar.clamp(min=0)
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)


@kl_standard_normal.mistake(
    """The log term never becomes positive: you took the absolute value of `logvar` there. So −log σ² no longer holds
    narrow clouds open; leave its sign alone."""
)
def absolute_log_term(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar.abs()).sum(1)


# Terms lost or bent


@kl_standard_normal.mistake(
    """The log term is missing: ½ Σ(μ² + σ² − 1). Nothing keeps σ away from 0 any more, and at σ = 0 your price is
    lowest, even negative: training would bring the autoencoder back."""
)
def log_term_dropped(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1).sum(1)


@kl_standard_normal.mistake(
    """½ Σ(μ² + σ²) pulls mean *and* width to 0. Log term and constant are missing: −log σ² is the wall that keeps the
    cloud from becoming a point, and −1 makes the price 0 at N(0, 1)."""
)
def log_and_constant_dropped(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp()).sum(1)


@kl_standard_normal.mistake(
    """The −1 is missing in each dimension. Training would not notice (a constant has no gradient), but at N(0, 1) you
    report ½ nat per dimension that is not there."""
)
def constant_dropped(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - logvar).sum(1)


@kl_standard_normal.mistake("""The constant has the sign +. At N(0, 1) the four terms must cancel: 0 + 1 − 1 − 0.""")
def constant_added(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() + 1 - logvar).sum(1)


@kl_standard_normal.mistake(
    """The term σ² is missing: nothing forbids a wide cloud, and the price falls below 0 for ever as σ grows."""
)
def spread_dropped(mu, logvar):
    return 0.5 * (mu**2 - 1 - logvar).sum(1)


@kl_standard_normal.mistake("""The term μ² is missing: where the cloud lies costs nothing.""")
def mean_dropped(mu, logvar):
    return 0.5 * (logvar.exp() - 1 - logvar).sum(1)


@kl_standard_normal.mistake(
    """μ is not squared. A negative mean would be rewarded, without end; the price of a mean is ½μ², the same on both
    sides."""
)
def mean_not_squared(mu, logvar):
    return 0.5 * (mu + logvar.exp() - 1 - logvar).sum(1)


@kl_standard_normal.mistake("""There stands |μ| where μ² belongs (at |μ| = 1 nobody sees it).""")
def mean_absolute(mu, logvar):
    return 0.5 * (mu.abs() + logvar.exp() - 1 - logvar).sum(1)


@kl_standard_normal.mistake(
    """The means were added before they were squared: a +1 and a −1 cancel, although each costs ½. Square first, then
    sum."""
)
def summed_before_squaring(mu, logvar):
    return 0.5 * (mu.sum(1) ** 2 + (logvar.exp() - 1 - logvar).sum(1))


@kl_standard_normal.mistake("""`norm` takes a root: √Σμ² where Σμ² belongs. Square it, or sum the squares yourself.""")
def norm_not_squared(mu, logvar):
    return 0.5 * (mu.norm(dim=1) + (logvar.exp() - 1 - logvar).sum(1))


@kl_standard_normal.mistake(
    """The log term has the sign +. It is −log σ²: a narrow cloud (σ² below 1) must cost, not earn."""
)
def log_term_added(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 + logvar).sum(1)


@kl_standard_normal.mistake("""μ² and σ² have opposite signs. Far away costs and wide costs: both are +.""")
def mean_subtracted(mu, logvar):
    return 0.5 * (-(mu**2) + logvar.exp() - 1 - logvar).sum(1)


@kl_standard_normal.mistake(
    """You have KL(N(0, 1)‖q), the other direction: ½ ((1 + μ²)/σ² − 1 + log σ²). A narrow cloud makes it explode. The
    ELBO has KL(q‖p): q, the encoder's cloud, comes first."""
)
def reverse(mu, logvar):
    return 0.5 * ((1 + mu**2) / logvar.exp() - 1 + logvar).sum(1)


@kl_standard_normal.mistake("""You exponentiated at the end: exp(KL). The KL itself, in nats, is what is asked for.""")
def exponentiated(mu, logvar):
    return (0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)).exp()


@kl_standard_normal.mistake(
    """`F.kl_div` compares two tables of probabilities, entry by entry (and its first argument holds logarithms). `mu`
    and `logvar` are no probabilities: they describe a curve. Write the formula for normal distributions."""
)
def discrete_kl_div(mu, logvar):
    return F.kl_div(mu, logvar, reduction="none").sum(1)


@kl_standard_normal.mistake(
    """You estimated the KL from a draw: another number on every call. For two normals the average over all draws is
    known, ½ Σ(μ² + σ² − 1 − log σ²), exactly and without noise. (A later exercise asks for the estimate.)"""
)
def estimated_from_a_draw(mu, logvar):
    q, p = Normal(mu, (0.5 * logvar).exp()), Normal(0.0, 1.0)
    z = q.rsample()
    return (q.log_prob(z) - p.log_prob(z)).sum(1)


@kl_standard_normal.mistake(
    """A small number was added inside the logarithm, log(σ² + 0.000001), against log 0. `logvar` is log σ² already: use
    it as it is, and there is nothing to guard against."""
)
def guard_in_the_log(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - (logvar.exp() + 1e-6).log()).sum(1)


@kl_standard_normal.mistake(
    """A small number was added inside the logarithm, log(σ² + 0.00001), against log 0. `logvar` is log σ² already: use
    it as it is, and there is nothing to guard against."""
)
def larger_guard_in_the_log(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - (logvar.exp() + 1e-5).log()).sum(1)


@kl_standard_normal.mistake(
    """You use ½·logvar as if it were log σ²: its exponential is σ, and it is log σ itself. Consistent, but σ² =
    exp(logvar), and log σ² = logvar."""
)
def log_std_read_as_logvar(mu, logvar):
    logvar = 0.5 * logvar
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)


@kl_standard_normal.mistake(
    """mu and logvar have changed places: `logvar` is squared and `mu` exponentiated. The first argument is μ."""
)
def arguments_swapped(mu, logvar):
    return 0.5 * (logvar**2 + mu.exp() - 1 - mu).sum(1)
