# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 6, exercise: the KL divergence to the standard normal."""

import dis
from types import ModuleType

import torch
from torch.distributions import Normal
from torch.nn import functional as F

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact
from course_utils.exercises.machine.guard import unwrapped
from course_utils.exercises.machine.probes import given, normal

kl_standard_normal = Exercise(
    "KL to the standard normal",
    task="""
        Write KL(N(μ, σ²)‖N(0, I)) from the encoder's `mu` and `logvar` = log σ², both of shape (B, Z), whose dimensions
        are independent. Return nats per image, shape (B,): summed over the latent dimensions, each image for itself.
    """,
    signature="kl_standard_normal(mu, logvar)",
    returns=["KL"],
    hints=[
        "In one dimension the price has four terms: one for the mean, one against wide, one against narrow, and a "
        "constant. What must they give together at μ = 0, σ = 1?",
        "½ (μ² + σ² − 1 − log σ²). You are given log σ² itself; how do you get σ² from it?",
        "σ² = exp(logvar). Then add over the latent dimensions only: `.sum(1)`.",
    ],
)


@kl_standard_normal.probe("Looked at which of PyTorch's functions your code names")
def _(call):
    yield Fact(
        "the function `kl_div`",
        "used" if _names_kl_div(unwrapped(call.function)) else "not used",
        note="`F.kl_div` compares tables of probabilities, entry by entry (and its first argument holds logarithms). "
        "`mu` and `logvar` are no probabilities: they describe a curve. Write the formula for normal distributions.",
    )


def _names_kl_div(function):
    """Whether the code names PyTorch's `kl_div` and not, as far as can be told, a function of the learner's own."""
    code, space = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    if code is None:
        return False
    modules = [space[name] for name in code.co_names if isinstance(space.get(name), ModuleType)]
    own = {
        "LOAD_GLOBAL": not _of_torch(space.get("kl_div")),
        "IMPORT_FROM": False,
        "LOAD_ATTR": not all(_of_torch(vars(module).get("kl_div")) for module in modules),
    }
    own["LOAD_METHOD"] = own["LOAD_ATTR"]  # Python 3.11 and before
    return any(not own.get(step.opname, True) for step in dis.get_instructions(code) if step.argval == "kl_div")


def _of_torch(value):
    return value is None or value is F.kl_div or value is torch.kl_div


kl_standard_normal.probes += [
    given(mu=[[0.0]], logvar=[[0.0]]).note("Here q is N(0, 1) itself, and the KL from p to itself is 0."),
    given(mu=[[2.0]], logvar=[[0.0]]).note("Only μ differs from the prior here: ½μ² = 2 is all there is to pay."),
    given(mu=[[0.0]], logvar=[[1.0]]).note("Here σ² = e ≈ 2.718 and log σ² = 1: ½ (e − 1 − 1) ≈ 0.359."),
    given(mu=[[0.0]], logvar=[[-1.0]]).note("A narrow cloud costs, too: σ² = 1/e, so ½ (1/e − 1 + 1) ≈ 0.184."),
    given(mu=[10 * [1.0]], logvar=[10 * [0.0]]).note(
        "Ten dimensions that cost ½ each, every one for itself, cost 5 together."
    ),
    given(mu=[[2.0], [2.0], [2.0]], logvar=[[0.0], [0.0], [0.0]]).note(
        "Three times the same image: each has a KL of its own, 2.0, whatever its company."
    ),
    given(mu=[[0.0]], logvar=[[-10.0]]).note(
        "A very narrow cloud: the log term is 5, less the constant ½. (`logvar` is log σ² already; log(σ² + small "
        "number) bends it.)"
    ),
    given(mu=[[0.0]], logvar=[[12.0]]).note("A very wide cloud: σ² = exp(12). If you clamp, clamp wide ([−30, 20])."),
    given(mu=normal(4, 3, seed=60), logvar=normal(4, 3, seed=61))
    .double()
    .gradients("mu", "logvar")
    .note("Four different images: each is priced by its own row of mu and of logvar."),
    given(mu=normal(8, 5, seed=62, scale=2.0), logvar=normal(8, 5, seed=63, scale=2.0))
    .gradients("mu", "logvar")
    .note("Eight different images: each is priced by its own row of mu and of logvar."),
]


@kl_standard_normal.reference
def _(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)


@kl_standard_normal.terms("KL", "summed over the dimensions")
def _(mu, logvar):
    each = {
        "μ²": mu**2,
        "σ²": logvar.exp(),
        "log σ²": logvar,
        "1": torch.ones_like(mu),
        "σ": (0.5 * logvar).exp(),
        "σ⁴": (2 * logvar).exp(),
        "(log σ²)²": logvar**2,
        "μ": mu,
        "|μ|": mu.abs(),
        "|log σ²|": logvar.abs(),
    }
    return {name: term.sum(1) for name, term in each.items()}


# Seen in AntixK/PyTorch-VAE#68, ssemeniuta/textvae#4.
@kl_standard_normal.mistake(
    """Your numbers are −KL. The formula is often printed as ½ Σ(1 + log σ² − μ² − σ²), which the ELBO *adds*: it is the
    negative KL. A KL is never below 0; yours is −2 at μ = 2, σ = 1."""
)
def negative(mu, logvar):
    return 0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1)


# Seen in KarenUllrich/Tutorial_BayesianCompressionForDL#8.
@kl_standard_normal.mistake(
    """The factor ½ is missing: at μ = 2, σ = 1 you charge 4 nats instead of 2. (Every gradient doubles with it: you
    would train with β = 2.)"""
)
def half_forgotten(mu, logvar):
    return (mu**2 + logvar.exp() - 1 - logvar).sum(1)


# Seen in SupaeroDataScience/deep-learning, pull request 6.
@kl_standard_normal.mistake(
    """The ½ reached only the log term and the constant: μ² + σ² − log σ − ½. Put N(0, 1) in and you pay ½ for nothing.
    All four terms stand inside the parentheses: ½ (μ² + σ² − 1 − log σ²)."""
)
def half_on_log_and_constant(mu, logvar):
    return (mu**2 + logvar.exp() - 0.5 * logvar - 0.5).sum(1)


@kl_standard_normal.mistake(
    """The constant is subtracted once for the image instead of once for each latent dimension: with ten dimensions you
    are 4.5 nats too high. The −1 belongs inside the sum."""
)
def constant_outside_the_sum(mu, logvar):
    return 0.5 * ((mu**2 + logvar.exp() - logvar).sum(1) - 1)


# Seen in DaehanKim/vgae_pytorch#2.
@kl_standard_normal.mistake(
    """You read `logvar` as log σ: σ² became exp(2·logvar), and the log term 2·logvar. Consistent, but it is log σ² that
    is given, so σ² = exp(logvar). (A `Normal(mu, logvar.exp())` does the same: it takes σ, not σ².)"""
)
def read_as_log_std(mu, logvar):
    return 0.5 * (mu**2 + (2 * logvar).exp() - 1 - 2 * logvar).sum(1)


# Seen in FluxML/model-zoo#73.
@kl_standard_normal.mistake(
    """Two conventions are mixed: σ² = exp(logvar) is right, but the log term counts twice, as if `logvar` were log σ
    (or: the ½ does not reach it). At logvar = 1 you get −0.14, and a KL is never negative. Right is ½ (μ² + σ² − 1 −
    logvar)."""
)
def log_term_doubled(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - 2 * logvar).sum(1)


# Seen in FluxML/model-zoo, pull request 76.
@kl_standard_normal.mistake(
    """The log term is (log σ)² where log σ² belongs: log(σ²) is 2·log σ, not the square of log σ. You are given it: it
    is `logvar`."""
)
def log_std_squared(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - (0.5 * logvar) ** 2).sum(1)


@kl_standard_normal.mistake(
    """You took `logvar` for σ: its square for the variance, the logarithm of that for the log term. At σ = 1 `logvar`
    is 0, and your logarithm infinite. σ² = exp(logvar), and log σ² = logvar."""
)
def read_as_std(mu, logvar):
    return 0.5 * (mu**2 + logvar**2 - 1 - (logvar**2).log()).sum(1)


@kl_standard_normal.mistake(
    """`Normal(mu, logvar)` takes a standard deviation as its second argument, and a standard deviation cannot be 0 or
    negative as logvar may be. Give it exp(½·logvar)."""
)
def normal_of_logvar(mu, logvar):
    return torch.distributions.kl_divergence(Normal(mu, logvar), Normal(0.0, 1.0)).sum(1)


@kl_standard_normal.mistake(
    """exp was taken twice: exp(exp(logvar)). exp(logvar) is σ² already, and its square root, exp(½·logvar), is σ."""
)
def exp_taken_twice(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp().exp() - 1 - logvar).sum(1)


# Seen in AntixK/PyTorch-VAE#15.
@kl_standard_normal.mistake(
    """You force `logvar` to be at least 0, so being narrow is free. A negative logvar is no error: it says that the
    variance is below 1."""
)
def logvar_clamped_at_zero(mu, logvar):
    logvar = logvar.clamp(min=0)
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)


@kl_standard_normal.mistake(
    """The log term is missing: ½ Σ(μ² + σ² − 1). Nothing keeps σ away from 0 any more, and at σ = 0 your price is
    lowest, even negative: training would bring the autoencoder back."""
)
def log_term_dropped(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1).sum(1)


# Seen in jmlb.github.io, flashcard of 25 October 2017.
@kl_standard_normal.mistake(
    """½ Σ(μ² + σ²) pulls mean *and* width to 0. Log term and constant are missing: −log σ² is the wall that keeps the
    cloud from becoming a point, and −1 makes the price 0 at N(0, 1)."""
)
def log_and_constant_dropped(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp()).sum(1)


@kl_standard_normal.mistake(
    """You have KL(N(0, 1)‖q), the other direction: ½ ((1 + μ²)/σ² − 1 + log σ²). A narrow cloud makes it explode. The
    ELBO has KL(q‖p): q, the encoder's cloud, comes first."""
)
def reverse(mu, logvar):
    return 0.5 * ((1 + mu**2) / logvar.exp() - 1 + logvar).sum(1)


# Seen in pytorch/pytorch#57459.
@kl_standard_normal.mistake(
    """`F.kl_div` compares two tables of probabilities, entry by entry (and its first argument holds logarithms). `mu`
    and `logvar` are no probabilities: they describe a curve. Write the formula for normal distributions."""
)
def discrete_kl_div(mu, logvar):
    return F.kl_div(mu, logvar, reduction="none").sum(1)


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
