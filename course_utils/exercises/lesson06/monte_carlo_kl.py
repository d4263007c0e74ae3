# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 6, exercise: the KL to the standard normal, estimated from one draw."""

import math

import torch
from torch.distributions import Normal

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

LN9 = math.log(9.0)  # σ = 3

monte_carlo_kl = Exercise(
    "The KL from one draw",
    task="""
        Estimate KL(q(z|x)‖p(z)) from one draw for each image: with z = μ + σ·ε return log q(z|x) − log p(z), where q =
        N(μ, σ²) and p = N(0, I). `mu`, `logvar` = log σ² and `eps` have the shape (B, Z); return shape (B,), summed
        over the latent dimensions. A single estimate may well be negative.
    """,
    signature="monte_carlo_kl(mu, logvar, eps)",
    returns=["the estimate"],
    hints=[
        "First make z. Then ask both densities about this same z.",
        "log N(z; m, s²) = −½ ((z − m)/s)² − log s − ½ log 2π. For q, (z − μ)/σ is ε again; for p, m = 0 and s = 1.",
        "`Normal(mu, std).log_prob(z)` of `torch.distributions` does it as well: once for q, once for p. Subtract, "
        "then sum over the latent dimensions.",
    ],
    probes=[
        given(mu=[[0.0]], logvar=[[0.0]], eps=[[1.5]]).note("q is p here, so every draw gives 0."),
        given(mu=[[2.0]], logvar=[[0.0]], eps=[[0.0]]).note("z = 2: log q − log p = 0 + ½·2² = 2."),
        given(mu=[[2.0]], logvar=[[0.0]], eps=[[-1.5]]).note(
            "z = 0.5, which p finds likelier than q does: this draw gives −1, and that is no error."
        ),
        given(mu=[[0.0]], logvar=[[LN9]], eps=[[0.0]]).note(
            "z = 0, σ = 3: q is a third as high as p there, so −log 3."
        ),
        given(mu=[[0.0]], logvar=[[LN9]], eps=[[1.0]]).note("z = 3, σ = 3: −½ − log 3 + ½·9 ≈ 2.90."),
        given(mu=[[0.5, -1.0]], logvar=[[-1.0, 0.6]], eps=[[-0.5, 2.0]]),
        given(mu=normal(4, 3, seed=76), logvar=normal(4, 3, seed=77), eps=normal(4, 3, seed=78)).double(),
        given(mu=normal(8, 5, seed=79), logvar=normal(8, 5, seed=80), eps=normal(8, 5, seed=81)),
    ],
)

LOG_2PI = math.log(2 * math.pi)


@monte_carlo_kl.reference
def _(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    log_q = -0.5 * (eps**2 + logvar)  # ½ log 2π stands in both and cancels
    log_p = -0.5 * z**2
    return (log_q - log_p).sum(1)


@monte_carlo_kl.mistake("""The sign: you have log p − log q, whose average is −KL. q's own logarithm comes first.""")
def negative(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return -(0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(1)


@monte_carlo_kl.mistake(
    """p was asked about ε instead of z. Both densities are asked about the same place, z = μ + σ·ε; (z − μ)/σ = ε
    enters only q's."""
)
def prior_at_eps(mu, logvar, eps):
    return (-0.5 * eps**2 - 0.5 * logvar + 0.5 * eps**2).sum(1)


@monte_carlo_kl.mistake(
    """p was asked about μ, the middle of the cloud, instead of z. That leaves out the part of the price that σ has."""
)
def prior_at_mu(mu, logvar, eps):
    return (-0.5 * eps**2 - 0.5 * logvar + 0.5 * mu**2).sum(1)


@monte_carlo_kl.mistake(
    """q and p were asked at z = μ: the noise is not used, and then the average is not the KL. Draw z = μ + σ·ε."""
)
def everything_at_mu(mu, logvar, eps):
    return (-0.5 * logvar + 0.5 * mu**2).sum(1)


@monte_carlo_kl.mistake(
    """q was asked about ε as if ε were the place: log N(ε; μ, σ²). The place is z = μ + σ·ε, for both."""
)
def everything_at_eps(mu, logvar, eps):
    return (-0.5 * (eps - mu) ** 2 / logvar.exp() - 0.5 * logvar + 0.5 * eps**2).sum(1)


@monte_carlo_kl.mistake(
    """p has its −½ log 2π and q has none, so every dimension is 0.919 too high. It stands in both, or in neither."""
)
def two_pi_missing_in_q(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (-0.5 * (eps**2 + logvar) + 0.5 * (z**2 + LOG_2PI)).sum(1)


@monte_carlo_kl.mistake(
    """q has its −½ log 2π and p has none, so every dimension is 0.919 too low. It stands in both, or in neither."""
)
def two_pi_missing_in_p(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (-0.5 * (eps**2 + logvar + LOG_2PI) + 0.5 * z**2).sum(1)


@monte_carlo_kl.mistake(
    """That is the closed form, which no draw can move: ½ Σ(μ² + σ² − 1 − log σ²). It is the average of what is asked
    for; the exercise wants the single draw, which also works where no closed form exists."""
)
def closed_form(mu, logvar, eps):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)


@monte_carlo_kl.mistake(
    """You took the absolute value of the sum. A single draw may be negative, and must be: only with its sign do the
    draws average to the KL."""
)
def absolute(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(1).abs()


@monte_carlo_kl.mistake(
    """You took the absolute value of each dimension. A single draw may be negative, and must be: only with their signs
    do the draws average to the KL."""
)
def absolute_in_each_dimension(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).abs().sum(1)


@monte_carlo_kl.mistake(
    """You cut negative estimates off at 0. They are no error: without them the average is too high."""
)
def clamped(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(1).clamp(min=0)


@monte_carlo_kl.mistake(
    """You cut each dimension off at 0. A single draw may be negative; without the negative ones the average is too
    high."""
)
def clamped_in_each_dimension(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).clamp(min=0).sum(1)


@monte_carlo_kl.mistake(
    """−log σ is missing in log q: a density that is squeezed to the width σ becomes 1/σ as high (its area stays 1)."""
)
def log_std_forgotten(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2).sum(1)


@monte_carlo_kl.mistake("""log q has −log σ² where −log σ belongs: that is ½·logvar.""")
def log_variance_for_log_std(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - logvar).sum(1)


@monte_carlo_kl.mistake("""log q has +log σ. A narrow density is high: −½·logvar.""")
def log_std_added(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 + 0.5 * logvar).sum(1)


@monte_carlo_kl.mistake("""In log q the distance z − μ is not divided by σ. It is (z − μ)²/σ², which is ε².""")
def distance_unscaled(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * (z - mu) ** 2 - 0.5 * logvar).sum(1)


@monte_carlo_kl.mistake("""In log q the squared distance is divided by σ where σ² belongs: ((z − μ)/σ)² = ε².""")
def distance_by_the_std(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * (z - mu) ** 2 / (0.5 * logvar).exp() - 0.5 * logvar).sum(1)


@monte_carlo_kl.mistake("""The factor ½ is missing in both exponents, −½ ε² and −½ z².""")
def half_forgotten(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (z**2 - eps**2 - 0.5 * logvar).sum(1)


@monte_carlo_kl.mistake(
    """The factor ½ is missing: every estimate is twice what it should be (log q has −½ ε² − ½ logvar, log p −½ z²)."""
)
def twice(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (z**2 - eps**2 - logvar).sum(1)


@monte_carlo_kl.mistake(
    """z was made with exp(logvar) as the standard deviation; that is the variance. σ = exp(½·logvar)."""
)
def variance_as_std_in_z(mu, logvar, eps):
    z = mu + logvar.exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(1)


@monte_carlo_kl.mistake(
    """exp(logvar) stands for σ everywhere, in z and in log q; it is σ². `Normal` takes σ = exp(½·logvar)."""
)
def variance_as_std(mu, logvar, eps):
    z = mu + logvar.exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - logvar).sum(1)


@monte_carlo_kl.mistake(
    """`Normal` got the variance exp(logvar) as its second argument, and it takes the standard deviation. (Your z is
    right.)"""
)
def normal_of_the_variance(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (Normal(mu, logvar.exp()).log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(1)


@monte_carlo_kl.mistake(
    """`Normal(mu, logvar)` takes a standard deviation as its second argument, and a standard deviation cannot be 0 or
    negative as logvar may be. Give it exp(½·logvar)."""
)
def normal_of_logvar(mu, logvar, eps):
    return (Normal(mu, logvar).log_prob(mu + logvar * eps)).sum(1)


@monte_carlo_kl.mistake("""You returned log q(z|x) alone. The KL compares: subtract log p(z), at the same z.""")
def log_q_only(mu, logvar, eps):
    return -0.5 * (eps**2 + logvar + LOG_2PI).sum(1)


@monte_carlo_kl.mistake("""You returned −log p(z) alone. The KL compares: add log q(z|x), at the same z.""")
def log_p_only(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return 0.5 * (z**2 + LOG_2PI).sum(1)


@monte_carlo_kl.mistake(
    """You weighed the difference with q(z|x). The draw does that already: places where q is high are drawn more
    often."""
)
def weighted_with_q(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    log_q = -0.5 * (eps**2 + logvar + LOG_2PI)
    return (log_q.exp() * (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar)).sum(1)


@monte_carlo_kl.mistake("""You returned the ratio q(z|x)/p(z). Its logarithm is asked for.""")
def ratio(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(1).exp()


@monte_carlo_kl.mistake(
    """A fine estimator, never negative and with the same average: (r − 1) − log r with r = p/q. But here the plain log
    q − log p is asked for, which shows that single draws may be negative."""
)
def never_negative(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    log_ratio = -(0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(1)
    return log_ratio.expm1() - log_ratio


@monte_carlo_kl.mistake(
    """You took the mean over the latent dimensions. Log densities of independent dimensions add."""
)
def mean_over_latents(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).mean(1)


@monte_carlo_kl.mistake("""You averaged over the batch: one number. Return one estimate per image.""")
def mean_over_the_batch(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(1).mean()


@monte_carlo_kl.mistake("""One number for each image *and* dimension: the sum over the latent dimensions is missing.""")
def not_reduced(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return 0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar


@monte_carlo_kl.mistake(
    """You drew noise of your own. Use the `eps` that is given: then the same draw gives the same estimate."""
)
def own_noise(mu, logvar, eps):
    eps = torch.randn_like(eps)
    return (0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2 - 0.5 * logvar).sum(1)


@monte_carlo_kl.mistake("""You drew z = μ − σ·ε. As a draw that is just as good, but the exercise says z = μ + σ·ε.""")
def minus_eps(mu, logvar, eps):
    z = mu - (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(1)


@monte_carlo_kl.mistake("""p was given q's mean. The prior is N(0, I), whatever the image: −½ z², not −½ (z − μ)².""")
def prior_centred_at_mu(mu, logvar, eps):
    z = (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(1)


@monte_carlo_kl.mistake(
    """z was made without μ: σ·ε lies round 0, not round μ; q is then asked about a place it did not draw."""
)
def mean_left_out_of_z(mu, logvar, eps):
    z = (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * (z - mu) ** 2 / logvar.exp() - 0.5 * logvar).sum(1)
