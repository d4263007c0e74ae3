# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 4, exercise: reparameterize with the noise given."""

import math

import torch

from course_utils.exercises.lesson04.spread import name_spread
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

LOGVAR = [-2.0, 0.5, math.log(9.0)]  # σ = 3, and not ln 4, where ½·exp(logvar) is right by accident
EPS = [1.0, 1.0, -1.0]  # with a −1, σ that is added is told from σ that is multiplied by ε

reparameterize = Exercise(
    "Reparameterize",
    task="""
        Write the step that makes sampling differentiable: from the encoder's `mu` and `logvar` = log σ², both of
        shape (B, Z), and noise `eps` ~ N(0, I) of the same shape, return z ~ N(μ, σ²). Use the `eps` you are given;
        draw nothing yourself.
    """,
    signature="reparameterize(mu, logvar, eps)",
    returns=["z"],
    hints=[
        "z has the mean μ and the standard deviation σ. What must you do to a number from N(0, 1) so that it has them?",
        "z = μ + σ·ε. You have log σ², not σ: which power of e is σ?",
        "σ = √(σ²) = √exp(log σ²) = exp(½ log σ²).",
        "`std = (0.5 * logvar).exp()`, then put mu, std and eps together.",
    ],
    probes=[
        given(mu=[[0.0, 0.0, 0.0]], logvar=[LOGVAR], eps=[EPS])
        .note(
            lambda z: (
                name_spread(z[0] * torch.tensor(EPS), torch.tensor(LOGVAR))
                or "With μ = 0 and ε = ±1, z is σ or −σ: 0.368, 1.284 and −3."
            )
        )
        .gradients("mu", "logvar"),
        given(mu=[[1.5, -2.0]], logvar=[[-1.0, 0.6]], eps=[[-2.0, 0.5]])
        .note("Now μ is not 0, and ε is −2 and 0.5. μ is added; ε multiplies σ and nothing else.")
        .gradients("mu", "logvar"),
        given(mu=[[0.5], [2.0], [-1.0]], logvar=[[-1.0], [0.0], [1.0]], eps=[[1.0], [-1.0], [2.0]]).note(
            "Three images with one latent dimension: each row has its own μ, σ and ε."
        ),
        given(mu=normal(4, 3, seed=1), logvar=normal(4, 3, seed=2), eps=normal(4, 3, seed=3))
        .double()
        .note("Four images with three latent dimensions, in float64: every number of z has its own μ, σ and ε.")
        .gradients("mu", "logvar"),
        given(mu=normal(3, 3, seed=4), logvar=normal(3, 3, seed=5), eps=normal(3, 3, seed=6)).note(
            "As many images as latent dimensions: rows are images, columns are dimensions."
        ),
        given(mu=normal(16, 5, seed=7), logvar=normal(16, 5, seed=8, scale=2.0), eps=normal(16, 5, seed=9)).note(
            "Sixteen images, and log σ² from −3.5 to 5.7: σ from 0.17 to 17."
        ),
        given(mu=[[0.0, 0.0]], logvar=[[-20.0, 12.0]], eps=[[1.0, 1.0]]).note(
            "These logvar are extreme on purpose: if you clamp, clamp wide (to [−30, 20], say), only against overflow."
        ),
    ],
)


@reparameterize.reference
def _(mu, logvar, eps):
    std = torch.exp(0.5 * logvar)
    return mu + std * eps


@reparameterize.terms("z")
def _(mu, logvar, eps):
    std = (0.5 * logvar).exp()
    return {"μ": mu, "σ·ε": std * eps, "σ": std, "ε": eps, "μ·ε": mu * eps, "σ²·ε": std**2 * eps}


@reparameterize.mistake(
    """You used `exp(logvar)` as the standard deviation. It is the variance: where σ should be 3 your z spreads by
    9. The standard deviation is its square root, exp(½·logvar)."""
)
def variance_as_std(mu, logvar, eps):
    return mu + logvar.exp() * eps


@reparameterize.mistake(
    """You took half of exp(logvar), that is ½σ². The ½ belongs inside the exponent: √exp(a) = exp(½·a). (At logvar
    = ln 4 both give 2, which hides it.)"""
)
def half_of_the_variance(mu, logvar, eps):
    return mu + 0.5 * logvar.exp() * eps


@reparameterize.mistake(
    """You used `logvar` itself as the standard deviation. It is the logarithm of σ², and may well be negative; undo the
    logarithm first."""
)
def logvar_as_std(mu, logvar, eps):
    return mu + logvar * eps


@reparameterize.mistake(
    """You took the absolute value of logvar. A negative logvar is no error: it says that the variance is below 1,
    as it usually is for a latent dimension in use. Leave its sign alone."""
)
def absolute_logvar(mu, logvar, eps):
    return mu + (0.5 * logvar.abs()).exp() * eps


@reparameterize.mistake(
    """You force logvar to be at least 0, so σ can never be below 1. A negative logvar is no error: it says that the
    variance is below 1. Leave it alone, or clamp only against overflow ([−30, 20])."""
)
def clamped_at_zero(mu, logvar, eps):
    return mu + (0.5 * logvar.clamp(min=0)).exp() * eps


@reparameterize.mistake(
    """You returned μ: the noise is missing. With z = μ the model is an autoencoder: the picture does not depend on
    σ, and only the KL says what σ should be. (Looking at codes with z = μ is fine, but then nothing needs this
    function.)"""
)
def mean_only(mu, logvar, eps):
    return mu.clone()


@reparameterize.mistake(
    """You added `eps` without scaling it: every z has a standard deviation of 1, whatever the encoder says.
    Multiply the noise by σ = exp(½·logvar)."""
)
def noise_unscaled(mu, logvar, eps):
    return mu + eps


@reparameterize.mistake(
    """You added σ to μ and left `eps` out: z is a fixed point at the edge of the cloud. Multiply σ by ε."""
)
def noise_left_out(mu, logvar, eps):
    return mu + (0.5 * logvar).exp()


@reparameterize.mistake(
    """`mu` and `logvar` have changed places: you computed logvar + exp(½·mu)·ε. Both have the same shape, so
    nothing complains."""
)
def swapped_heads(mu, logvar, eps):
    return logvar + (0.5 * mu).exp() * eps


@reparameterize.mistake(
    """The numbers are right, but no gradient passes: autograd finds no path from z back to `mu` and `logvar`. That
    path is the whole point of the trick. Look for `.detach()`, `.data`, `torch.no_grad()`, numpy or
    `torch.tensor(...)`."""
)
def detached(mu, logvar, eps):
    return (mu + (0.5 * logvar).exp() * eps).detach()


@reparameterize.mistake(
    """You drew with `torch.normal(mu, std)`, or an operation like it. It raises no error, but it treats μ and σ as
    settings of the dice: the gradient exists and is *zero* everywhere, so the encoder learns nothing from the
    reconstruction. Compute z from `mu`, `logvar` and the given `eps`."""
)
def torch_normal(mu, logvar, eps):
    return torch.normal(mu, (0.5 * logvar).exp())


@reparameterize.mistake(
    """You drew z without a path back to `mu` and `logvar`, as `.sample()` does: a random number has no derivative.
    Compute z from `mu`, `logvar` and the given `eps`."""
)
def dot_sample(mu, logvar, eps):
    return torch.distributions.Normal(mu, (0.5 * logvar).exp()).sample()


@reparameterize.mistake(
    """New noise is drawn inside your function. The one source of noise should be the `eps` you were given: that is
    what lets one freeze ε and move μ."""
)
def own_noise(mu, logvar, eps):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)
