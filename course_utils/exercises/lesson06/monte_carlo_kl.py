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
        over the latent dimensions. A single estimate may well be negative. Where a KL has no formula, this estimate
        stands in the loss: gradients must reach `mu` and `logvar`.
    """,
    signature="monte_carlo_kl(mu, logvar, eps)",
    returns=["the estimate"],
    hints=[
        "First make z. Then ask both densities about this same z.",
        "log N(z; m, s²) = −½ ((z − m)/s)² − log s − ½ log 2π. For q, (z − μ)/σ is ε again; for p, m = 0 and s = 1.",
        "`torch.distributions.Normal` has a `log_prob`, if you do not want to write the densities out.",
    ],
    probes=[
        given(mu=[[0.0]], logvar=[[0.0]], eps=[[1.5]]).note("q is p here, so every draw gives 0."),
        given(mu=[[2.0]], logvar=[[0.0]], eps=[[0.0]]).note(
            "z = μ + σ·0 = 2, the middle of q: log q − log p = 0 + ½·2² = 2."
        ),
        given(mu=[[2.0]], logvar=[[0.0]], eps=[[-1.5]]).note(
            "z = 0.5, which p finds likelier than q does: this draw gives −1, and that is no error."
        ),
        given(mu=[[0.0]], logvar=[[LN9]], eps=[[0.0]]).note(
            "z = 0, σ = 3: q is a third as high as p there, so −log 3."
        ),
        given(mu=[[0.0]], logvar=[[LN9]], eps=[[1.0]]).note("z = 3, σ = 3: −½ − log 3 + ½·9 ≈ 2.90."),
        given(mu=[[0.5, -1.0]], logvar=[[-1.0, 0.6]], eps=[[-0.5, 2.0]]).note(
            "Two independent dimensions: their densities multiply, so their logarithms add."
        ),
        given(mu=normal(4, 3, seed=76), logvar=normal(4, 3, seed=77), eps=normal(4, 3, seed=78))
        .double()
        .gradients("mu", "logvar")
        .note("Four images, three dimensions."),
        given(mu=normal(16, 5, seed=79), logvar=normal(16, 5, seed=80), eps=normal(16, 5, seed=81))
        .gradients("mu", "logvar")
        .note("Sixteen images, five dimensions."),
    ],
)

LOG_2PI = math.log(2 * math.pi)


@monte_carlo_kl.reference
def _(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    log_q = -0.5 * (eps**2 + logvar)  # ½ log 2π stands in both and cancels
    log_p = -0.5 * z**2
    return (log_q - log_p).sum(1)


@monte_carlo_kl.terms("the estimate", "summed over the dimensions")
def _(mu, logvar, eps):
    std = (0.5 * logvar).exp()
    each = {
        "z²": (mu + std * eps) ** 2,
        "ε²": eps**2,
        "log σ²": logvar,
        "1": torch.ones_like(mu),
        "(z − μ)²": (std * eps) ** 2,
        "(z − μ)²/σ": std * eps**2,
        "μ²": mu**2,
        "μ·ε": mu * eps,
        "σ²": std**2,
        "(ε − μ)²/σ²": (eps - mu) ** 2 / std**2,
    }
    return {name: term.sum(1) for name, term in each.items()}


@monte_carlo_kl.mistake(
    """p was asked about ε instead of z. Both densities are asked about the same place, z = μ + σ·ε; (z − μ)/σ = ε
    enters only q's."""
)
def prior_at_eps(mu, logvar, eps):
    return (-0.5 * eps**2 - 0.5 * logvar + 0.5 * eps**2).sum(1)


@monte_carlo_kl.mistake(
    """p was asked about μ, the middle of the cloud, instead of z. On average that leaves out ½σ²,
    which forbids wide."""
)
def prior_at_mu(mu, logvar, eps):
    return (-0.5 * eps**2 - 0.5 * logvar + 0.5 * mu**2).sum(1)


@monte_carlo_kl.mistake(
    """q and p were asked at z = μ: the noise is not used, and then the average is not the KL. Draw z = μ + σ·ε."""
)
def everything_at_mu(mu, logvar, eps):
    return (-0.5 * logvar + 0.5 * mu**2).sum(1)


@monte_carlo_kl.mistake(
    """That is the closed form, which no draw can move: ½ Σ(μ² + σ² − 1 − log σ²). It is the average of what is asked
    for; the exercise wants the single draw, which also works where no closed form exists."""
)
def closed_form(mu, logvar, eps):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)


@monte_carlo_kl.mistake(
    """The values are right. But σ is cut out of the graph inside z (`.detach()`, `.data` or `no_grad`), so only the
    −log σ in log q still moves `logvar`: the price would only widen clouds. z must carry σ's gradient, too."""
)
def std_detached(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp().detach() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(1)


@monte_carlo_kl.mistake(
    """You took the absolute value of the sum. A single draw may be negative, and must stay so: only with its sign do
    the draws average to the KL."""
)
def absolute(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(1).abs()


@monte_carlo_kl.mistake(
    """You cut negative estimates off at 0. They are no error: without them the average is too high."""
)
def clamped(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    return (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(1).clamp(min=0)


# Seen in keras-team/keras#3283.
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


@monte_carlo_kl.mistake(
    """You weighed the difference with q(z|x). The draw does that already: places where q is high are drawn more
    often."""
)
def weighted_with_q(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    log_q = -0.5 * (eps**2 + logvar + LOG_2PI)
    return (log_q.exp() * (0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar)).sum(1)


@monte_carlo_kl.mistake(
    """That is (r − 1) − log r with r = p/q: never negative, and with the same average. But its variance is infinite
    once σ² is ½ or less in some dimension, as is usual for an encoder. Asked for is the plain log q − log p."""
)
def never_negative(mu, logvar, eps):
    z = mu + (0.5 * logvar).exp() * eps
    log_ratio = -(0.5 * z**2 - 0.5 * eps**2 - 0.5 * logvar).sum(1)
    return log_ratio.expm1() - log_ratio
