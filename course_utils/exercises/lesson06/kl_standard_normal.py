# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 6, exercise: the KL divergence to the standard normal."""

import math

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
    code = getattr(unwrapped(call.function), "__code__", None)
    used = "kl_div" in getattr(code, "co_names", ())
    yield Fact(
        "the function `kl_div`",
        "used" if used else "not used",
        note="`F.kl_div` compares tables of probabilities, entry by entry (and its first argument holds logarithms). "
        "`mu` and `logvar` are no probabilities: they describe a curve. Write the formula for normal distributions.",
    )


kl_standard_normal.probes += [
    given(mu=[[0.0]], logvar=[[0.0]]).note("Here q is N(0, 1) itself, and the distance from p to p is 0."),
    given(mu=[[2.0]], logvar=[[0.0]]).note("Only μ differs from the prior here: ½μ² = 2 is all there is to pay."),
    given(mu=[[0.0]], logvar=[[1.0]]).note("Here σ² = e ≈ 2.718 and log σ² = 1: ½ (e − 1 − 1) ≈ 0.359."),
    given(mu=[[0.0]], logvar=[[-1.0]]).note("A narrow cloud costs, too: σ² = 1/e, so ½ (1/e − 1 + 1) ≈ 0.184."),
    given(mu=[10 * [1.0]], logvar=[10 * [0.0]]).note("Ten dimensions that cost ½ each cost 5 together."),
    given(mu=[[2.0], [2.0], [2.0]], logvar=[[0.0], [0.0], [0.0]]).note(
        "Three times the same image: each has a KL of its own, 2.0, whatever its company."
    ),
    given(mu=[[0.0]], logvar=[[-10.0]]).note(
        "A very narrow cloud: the log term alone makes it cost 4.5. (`logvar` is log σ² already; log(σ² + small "
        "number) bends it.)"
    ),
    given(mu=[[0.0]], logvar=[[12.0]]).note("A very wide cloud: σ² = exp(12). If you clamp, clamp wide ([−30, 20])."),
    given(mu=normal(4, 3, seed=60), logvar=normal(4, 3, seed=61)).double().gradients("mu", "logvar"),
    given(mu=normal(8, 5, seed=62, scale=2.0), logvar=normal(8, 5, seed=63, scale=2.0)).gradients("mu", "logvar"),
]


@kl_standard_normal.reference
def _(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)


# Sign and factors


@kl_standard_normal.mistake(
    """Your numbers are −KL. The formula is often printed as ½ Σ(1 + log σ² − μ² − σ²), which the ELBO *adds*: it is the
    negative KL. A KL is never below 0; yours is −2 at μ = 2, σ = 1."""
)
def negative(mu, logvar):
    return 0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1)


@kl_standard_normal.mistake(
    """The factor ½ is missing: at μ = 2, σ = 1 you charge 4 nats instead of 2. (Every gradient doubles with it: you
    would train with β = 2.)"""
)
def half_forgotten(mu, logvar):
    return (mu**2 + logvar.exp() - 1 - logvar).sum(1)


@kl_standard_normal.mistake(
    """Sign and factor: you have −2·KL. It is + ½ Σ(μ² + σ² − 1 − log σ²), or, the same, −½ Σ(1 + log σ² − μ² − σ²)."""
)
def negative_without_half(mu, logvar):
    return (1 + logvar - mu**2 - logvar.exp()).sum(1)


@kl_standard_normal.mistake(
    """The ½ reached only the log term and the constant: μ² + σ² − log σ − ½. Put N(0, 1) in and you pay ½ for nothing.
    All four terms stand inside the parentheses: ½ (μ² + σ² − 1 − log σ²)."""
)
def half_on_log_and_constant(mu, logvar):
    return (mu**2 + logvar.exp() - 0.5 * logvar - 0.5).sum(1)


@kl_standard_normal.mistake(
    """The ½ reached only μ². All four terms need it: ½ (μ² + σ² − 1 − log σ²). (The probe with μ alone cannot see
    it.)"""
)
def half_on_the_mean_only(mu, logvar):
    return (0.5 * mu**2 + logvar.exp() - 1 - logvar).sum(1)


@kl_standard_normal.mistake(
    """The ½ reached μ² + σ² only: ½ (μ² + σ²) − 1 − log σ². At N(0, 1) that gives −½, and a KL is never negative. All
    four terms stand inside the parentheses."""
)
def half_on_mean_and_spread(mu, logvar):
    return (0.5 * (mu**2 + logvar.exp()) - 1 - logvar).sum(1)


@kl_standard_normal.mistake(
    """The ½ did not reach the constant: ½ (μ² + σ² − log σ²) − 1. At N(0, 1) that gives −½, and a KL is never
    negative."""
)
def half_not_on_the_constant(mu, logvar):
    return (0.5 * (mu**2 + logvar.exp() - logvar) - 1).sum(1)


@kl_standard_normal.mistake(
    """The constant is subtracted once for the image instead of once for each latent dimension: with ten dimensions you
    are 4.5 nats too high. The −1 belongs inside the sum."""
)
def constant_outside_the_sum(mu, logvar):
    return 0.5 * ((mu**2 + logvar.exp() - logvar).sum(1) - 1)


@kl_standard_normal.mistake(
    """You divided by log 2, so your numbers are bits. That is a fine unit, but the reconstruction term is in nats, and
    the two are added."""
)
def in_bits(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1) / math.log(2)


@kl_standard_normal.mistake(
    """A parenthesis closes too early: −½ (1 + log σ² − μ²) − σ². exp(logvar) belongs inside, where the −½ makes it + ½
    σ²."""
)
def variance_outside_the_parentheses(mu, logvar):
    return (-0.5 * (1 + logvar - mu**2) - logvar.exp()).sum(1)


# Reductions


@kl_standard_normal.mistake(
    """You took the mean over the latent dimensions: ten dimensions of ½ nat give 0.5 instead of 5. It makes the prior
    weaker the more dimensions there are (β = 1/Z). Sum over dimensions."""
)
def mean_over_latents(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(1)


@kl_standard_normal.mistake(
    """You took the mean over everything, images and latent dimensions: the prior becomes weaker by 1/Z, and what single
    images pay is lost. Sum over the latent dimensions, `.sum(1)`, and stop there."""
)
def mean_over_everything(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean()


@kl_standard_normal.mistake(
    """You summed over the batch, too: one number, which doubles when the batch does. Sum over the latent dimensions
    only, `.sum(1)`."""
)
def sum_over_everything(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum()


@kl_standard_normal.mistake(
    """The right value for the loss, but one step too far: you averaged over the batch already. Return one KL per image,
    shape (B,); this lesson looks at single images."""
)
def mean_over_the_batch(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1).mean()


@kl_standard_normal.mistake(
    """You summed over the images and kept the dimensions: axis 0 is the batch. Sum over axis 1, the latent one."""
)
def summed_over_axis_0(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(0)


@kl_standard_normal.mistake(
    """You averaged over the images and kept the dimensions. That is a useful table (another exercise of this lesson
    asks for it); here each image wants its own sum, `.sum(1)`."""
)
def averaged_over_axis_0(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(0)


@kl_standard_normal.mistake(
    """One number for each image *and* dimension: the sum over the latent dimensions is missing. (`kl_divergence` of
    `torch.distributions` leaves it to you as well.)"""
)
def not_reduced(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)


@kl_standard_normal.mistake("""Right, but of shape (B, 1): leave `keepdim=True` away.""")
def dimension_kept(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1, keepdim=True)


@kl_standard_normal.mistake(
    """You divided by the size of the batch, although each image's KL is its own: the same image would cost less in
    larger company. The mean over the batch comes later, once."""
)
def divided_by_the_batch(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1) / len(mu)


@kl_standard_normal.mistake(
    """You divided by 784, the number of pixels. That is right only if the reconstruction term is divided by it as well;
    alone it is β = 1/784. Leave it away."""
)
def divided_by_pixels(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1) / 784
