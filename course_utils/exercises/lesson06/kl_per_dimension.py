# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 6, exercise: the KL of each latent dimension."""

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

kl_per_dimension = Exercise(
    "KL of each dimension",
    task="""
        Return the KL to N(0, 1) of each latent dimension, averaged over the images: shape (Z,), from `mu` and `logvar`,
        both of shape (B, Z). It shows which dimensions pay and which are asleep; their sum is the mean KL.
    """,
    signature="kl_per_dimension(mu, logvar)",
    returns=["the KL of each dimension"],
    hints=[
        "First one KL for each image and dimension, shape (B, Z). Which axis must go?",
        "Average over the images, axis 0. First the formula, then the mean: the KL of an average is not the average "
        "KL.",
        "The formula of the exercise on the standard normal, before its sum; then a mean over the images.",
    ],
    probes=[
        given(mu=[[1.0, 0.0]], logvar=[[0.0, 0.0]]).note("One image: the first dimension costs ½, the second nothing."),
        given(mu=[[2.0, 0.0], [-2.0, 0.0]], logvar=[[0.0, 0.0], [0.0, 0.0]]).note(
            "Two images on opposite sides: each pays 2 in the first dimension, so their mean is 2, although their "
            "mean *code* is 0."
        ),
        given(mu=[[0.0, 0.0, 0.0]] * 2, logvar=[[2.0, 0.0, -1.0], [-2.0, 0.0, -1.0]]).note(
            "One image wide, one narrow in the first dimension: both pay, although their mean logvar is 0."
        ),
        given(mu=[[1.0], [2.0]], logvar=[[0.0], [0.0]]).note("One dimension: the shape is (1,), not ()."),
        given(mu=normal(6, 3, seed=82), logvar=normal(6, 3, seed=83)).double().note("Six images, three dimensions."),
        given(mu=normal(20, 5, seed=84), logvar=normal(20, 5, seed=85)).note("Twenty images, five dimensions."),
    ],
)


@kl_per_dimension.reference
def _(mu, logvar):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)  # shape (B, Z)
    return kl.mean(0)


@kl_per_dimension.terms("the KL of each dimension", "averaged over the images")
def _(mu, logvar):
    each = {
        "μ²": mu**2,
        "σ²": logvar.exp(),
        "log σ²": logvar,
        "1": torch.ones_like(mu),
        "σ": (0.5 * logvar).exp(),
        "σ⁴": (2 * logvar).exp(),
        "(log σ²)²": logvar**2,
        "|μ|": mu.abs(),
    }
    averages = {name: term.mean(0) for name, term in each.items()}
    return averages | {"(the mean of μ)²": mu.mean(0) ** 2, "exp(the mean of log σ²)": logvar.mean(0).exp()}


@kl_per_dimension.mistake(
    """You averaged `mu` and `logvar` first and took the KL of the averages. Images on opposite sides then cancel, and a
    dimension in full use looks too cheap. First the KL of each image, then the mean."""
)
def kl_of_the_averages(mu, logvar):
    mu, logvar = mu.mean(0), logvar.mean(0)
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)


@kl_per_dimension.mistake(
    """You described all images by one normal (their mean, their total variance) and took its KL to N(0, 1). That is
    about the *aggregate*, and can be 0 while every image pays. Here each image's KL is averaged."""
)
def kl_of_the_aggregate(mu, logvar):
    variance = mu.var(0, unbiased=False) + logvar.exp().mean(0)
    return 0.5 * (mu.mean(0) ** 2 + variance - 1 - variance.log())


@kl_per_dimension.mistake("""You read `logvar` as log σ: exp(logvar) is σ² already, and `logvar` is log σ².""")
def read_as_log_std(mu, logvar):
    return 0.5 * (mu**2 + (2 * logvar).exp() - 1 - 2 * logvar).mean(0)


# Seen in AllenCellModeling/pytorch_integrated_cell#69.
@kl_per_dimension.mistake("""You sorted them. That is right for the picture; here dimension j stays at place j.""")
def sorted_already(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(0).sort(descending=True).values


@kl_per_dimension.mistake("""You returned each dimension's share of the total; the KL itself, in nats, is asked for.""")
def shares(mu, logvar):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(0)
    return kl / kl.sum()
