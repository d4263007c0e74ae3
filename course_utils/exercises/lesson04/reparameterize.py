# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 4, exercise: reparameterize with the noise given."""

import math

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

LN9 = math.log(9.0)  # σ = 3, and not ln 4, where ½·exp(logvar) is right by accident

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
        given(mu=[[0.0]], logvar=[[LN9]], eps=[[1.0]]).gradients("mu", "logvar"),
        given(mu=[[1.5, -2.0]], logvar=[[-1.0, 0.6]], eps=[[-2.0, 0.5]]).gradients("mu", "logvar"),
        given(mu=[[0.5], [2.0], [-1.0]], logvar=[[-1.0], [0.0], [1.0]], eps=[[1.0], [-1.0], [2.0]]),
        given(mu=normal(4, 3, seed=1), logvar=normal(4, 3, seed=2), eps=normal(4, 3, seed=3))
        .double()
        .gradients("mu", "logvar"),
        given(mu=normal(3, 3, seed=4), logvar=normal(3, 3, seed=5), eps=normal(3, 3, seed=6)),
        given(mu=normal(16, 5, seed=7), logvar=normal(16, 5, seed=8, scale=2.0), eps=normal(16, 5, seed=9)),
        given(mu=[[0.0, 0.0]], logvar=[[-20.0, 12.0]], eps=[[1.0, 1.0]]).note(
            "These logvar are extreme on purpose: if you clamp, clamp wide (to [−30, 20], say), only against overflow."
        ),
    ],
)


@reparameterize.reference
def _(mu, logvar, eps):
    std = torch.exp(0.5 * logvar)
    return mu + std * eps


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


@reparameterize.mistake("""You used ½·logvar, which is log σ. One step is missing: `exp` turns log σ into σ.""")
def log_std_as_std(mu, logvar, eps):
    return mu + 0.5 * logvar * eps


@reparameterize.mistake(
    """You took the absolute value of logvar. A negative logvar is no error: it says that the variance is below 1,
    as it is for every latent dimension in use. Leave its sign alone."""
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
    """You clamp logvar to [−10, 10]. For most batches nobody notices, but beyond it the numbers are cut and their
    gradient is zero. If you clamp, clamp wide ([−30, 20]), only against overflow."""
)
def clamped_narrowly(mu, logvar, eps):
    return mu + (0.5 * logvar.clamp(-10, 10)).exp() * eps


@reparameterize.mistake(
    """You returned μ: the noise is missing. With z = μ the model is an autoencoder, and nothing ever tells the
    encoder what σ should be. (Looking at codes with z = μ is fine, but then nothing needs this function.)"""
)
def mean_only(mu, logvar, eps):
    return mu.clone()


@reparameterize.mistake(
    """You added `eps` without scaling it: every z has a standard deviation of 1, whatever the encoder says.
    Multiply the noise by σ = exp(½·logvar)."""
)
def noise_unscaled(mu, logvar, eps):
    return mu + eps


@reparameterize.mistake("""You scaled the noise by σ, but did not add μ: all the clouds lie round the origin.""")
def mean_forgotten(mu, logvar, eps):
    return (0.5 * logvar).exp() * eps


@reparameterize.mistake(
    """You multiplied μ by the noise, too: (μ + σ)·ε. Only σ is scaled by ε; μ is where the cloud stands. Check the
    parentheses."""
)
def noise_times_both(mu, logvar, eps):
    return (mu + (0.5 * logvar).exp()) * eps


@reparameterize.mistake(
    """The parts are right but in each other's place: you computed μ·ε + σ. The noise ε scales σ, and μ is added: μ
    + σ·ε."""
)
def noise_times_mean(mu, logvar, eps):
    return mu * eps + (0.5 * logvar).exp()


@reparameterize.mistake(
    """You added σ to μ and left `eps` out: z is a fixed point at the edge of the cloud. Multiply σ by ε."""
)
def noise_left_out(mu, logvar, eps):
    return mu + (0.5 * logvar).exp()


@reparameterize.mistake(
    """`eps` stands inside the exponential: exp(½·logvar·ε). The noise multiplies σ, after that: exp(½·logvar)·ε."""
)
def noise_in_exponent(mu, logvar, eps):
    return mu + (0.5 * logvar * eps).exp()


@reparameterize.mistake(
    """Your σ is exp(−½·logvar), which is 1/σ: the minus sign turns wide clouds into narrow ones."""
)
def inverse_std(mu, logvar, eps):
    return mu + (-0.5 * logvar).exp() * eps


@reparameterize.mistake(
    """You computed μ − σ·ε. As ε is symmetric this has the right distribution, but with a given ε it is another z,
    and the gradient with respect to logvar has the other sign than the formulas of this lesson. Write μ + σ·ε."""
)
def noise_subtracted(mu, logvar, eps):
    return mu - (0.5 * logvar).exp() * eps


@reparameterize.mistake(
    """You took the logarithm of logvar, which is a logarithm already (and NaN where it is negative). Undo it:
    exp(½·logvar)."""
)
def log_of_logvar(mu, logvar, eps):
    return mu + logvar.log() * eps


@reparameterize.mistake(
    """You took the square root of logvar. The root and the logarithm come in the other order: first `exp` gives σ²,
    then the root gives σ; in one step, exp(½·logvar). (The root of a negative logvar is NaN.)"""
)
def root_of_logvar(mu, logvar, eps):
    return mu + logvar.sqrt() * eps


@reparameterize.mistake(
    """You used exp(√logvar). The root belongs round the exponential, not inside it: √exp(logvar) = exp(½·logvar)."""
)
def root_inside(mu, logvar, eps):
    return mu + logvar.sqrt().exp() * eps


@reparameterize.mistake(
    """You squared the variance instead of taking its root: exp(2·logvar). From σ² to σ is *half* the exponent."""
)
def doubled_exponent(mu, logvar, eps):
    return mu + (2 * logvar).exp() * eps


@reparameterize.mistake(
    """You turned logvar into σ with softplus. Softplus is for a head that outputs an unconstrained number *instead
    of* a logarithm; here the head outputs log σ², so undo the logarithm: exp(½·logvar)."""
)
def softplus_as_std(mu, logvar, eps):
    return mu + torch.nn.functional.softplus(logvar) * eps


@reparameterize.mistake(
    """You raised 2 (not e) to the power ½·logvar. All logarithms of this course are natural ones: use `exp`."""
)
def base_two(mu, logvar, eps):
    return mu + torch.exp2(0.5 * logvar) * eps


@reparameterize.mistake(
    """`mu` and `logvar` have changed places: you computed logvar + exp(½·mu)·ε. Both have the same shape, so
    nothing complains."""
)
def swapped_heads(mu, logvar, eps):
    return logvar + (0.5 * mu).exp() * eps


@reparameterize.mistake(
    """You gave every image of the batch the noise of the first one, `eps[0]`. Each row of z needs its own row of ε."""
)
def first_noise_for_all(mu, logvar, eps):
    return mu + (0.5 * logvar).exp() * eps[:1]


@reparameterize.mistake(
    """The numbers are right, but no gradient passes: autograd finds no path from z back to `mu` and `logvar`. That
    path is the whole point of the trick. Look for `.detach()`, `.data`, `torch.no_grad()`, numpy or
    `torch.tensor(...)`."""
)
def detached(mu, logvar, eps):
    return (mu + (0.5 * logvar).exp() * eps).detach()


@reparameterize.mistake(
    """The numbers are right and μ gets its gradient, but `logvar` gets none: the path through σ is cut
    (`.detach()`, `.data`, `torch.no_grad()`?). The encoder could never learn how wide its clouds should be."""
)
def std_detached(mu, logvar, eps):
    return mu + (0.5 * logvar).exp().detach() * eps


@reparameterize.mistake(
    """The numbers are right and logvar gets its gradient, but `mu` gets none: its path is cut (`.detach()` or
    `.data`?). The encoder could never move its clouds."""
)
def mean_detached(mu, logvar, eps):
    return mu.detach() + (0.5 * logvar).exp() * eps


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
    """New noise is drawn inside your function. The trick itself is there and the gradients flow; only, the one
    source of noise should be the `eps` you were given. That is what lets one freeze ε and move μ."""
)
def own_noise(mu, logvar, eps):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)
