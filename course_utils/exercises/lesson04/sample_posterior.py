# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 4, exercise: draw from the posterior yourself; judged by distribution and gradient."""

import math
from dataclasses import replace

import torch

from course_utils.exercises.lesson04.spread import name_spread
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import ZERO, Fact, gradient
from course_utils.exercises.machine.probes import backward, normal
from course_utils.exercises.machine.sampling import noise_facts

LN9 = math.log(9.0)  # σ = 3, and not ln 4, where ½·exp(logvar) is right by accident
FRESH = "Draw ε ~ N(0, 1) in the shape of `mu`, one number for every image and latent dimension, and scale it by σ."
DRAWS = 10_000  # a loop over the rows comes back in time

sample_posterior = Exercise(
    "Sample from the posterior",
    task="""
        Now draw the noise yourself: from `mu` and `logvar`, both of shape (B, Z), return one draw z ~ N(μ, σ²) for
        every number, so that gradients reach `mu` and `logvar`. Your draws are judged by their distribution, so any
        way to draw will do.
    """,
    signature="sample_posterior(mu, logvar)",
    returns=["z"],
    may_draw=True,
    hints=[
        "You have written `reparameterize` already; all that is missing is ε. How many independent numbers does a "
        "batch need?",
        "ε has the shape of μ: one number for every image and every latent dimension, from N(0, 1), not from [0, 1).",
        "`torch.randn_like(mu)` draws it.",
    ],
)


@sample_posterior.probe("Called with a batch of 10,000 images, 3 latent dimensions, σ = (3, 0.61, 1.28)")
def _(call):
    mu = torch.linspace(-2, 2, DRAWS)[:, None] + torch.tensor([1.0, 0.0, -1.0])
    logvar = torch.tensor([LN9, -1.0, 0.5]).repeat(DRAWS, 1)
    leaves = [mu.clone().requires_grad_(), logvar.clone().requires_grad_()]
    z = call.tensor(call(*(leaf.clone() for leaf in leaves)), (DRAWS, 3), "z")
    away = z.detach() - mu
    noise, why = away / (0.5 * logvar).exp(), _width(away, logvar)
    for fact in noise_facts(noise):
        yield replace(fact, note=(why or FRESH) if "variance" in fact.name else fact.note or FRESH)
    few = [call.tensor(call(mu[:50].clone(), logvar[:50].clone()), (50, 3), "z").detach() for _ in range(2)]
    yield Fact("new noise on the next call", "no" if torch.equal(*few) else "yes")
    yield from _slopes(call, leaves, z, away)


def _width(away, logvar):
    """Say how wide the noise is, in terms of σ, and whether it has tails."""
    width = away.square().mean(0).sqrt()
    tails = away.abs().amax(0) > 2.2 * width
    said = name_spread(width, logvar[0], tolerance=0.05, signed=False)
    return said if tails.any() else f"{said} The draws have no tails, so they are not normal.".strip()


def _slopes(call, leaves, z, away):
    """Yield ∂z/∂μ (1) and ∂z/∂logvar over z − μ (½), by their averages over the batch."""
    by_mu, by_logvar = call.run(backward, z.sum(), leaves) if z.requires_grad else (None, None)
    yield gradient("∂z/∂μ, averaged over the batch", by_mu if by_mu is None else by_mu.mean(0))
    name = "∂z/∂logvar, as a multiple of z − μ"
    if by_logvar is None or not by_logvar.any():
        yield Fact(name, None if by_logvar is None else ZERO, role="gradient")
    else:
        slope = (by_logvar * away).sum(0) / away.square().sum(0).clamp(min=1e-12)
        yield gradient(name, slope)


@sample_posterior.probe("Called with a batch of 5 images, 2 latent dimensions, in float64")
def _(call):
    mu, logvar = normal(5, 2, seed=10).double(), normal(5, 2, seed=11).double()
    z = call.tensor(call(mu, logvar), (5, 2), "z")
    yield Fact("the dtype of z", str(z.dtype), note="Draw the noise in the dtype of `mu`, as `randn_like` does.")


@sample_posterior.probe("Called with 1 image, 1 latent dimension")
def _(call):
    z = call.tensor(call(torch.zeros(1, 1), torch.zeros(1, 1)), (1, 1), "z")
    yield Fact("finite numbers in z", "yes" if z.isfinite().all() else "no")


@sample_posterior.reference
def _(mu, logvar):
    std = torch.exp(0.5 * logvar)
    eps = torch.randn_like(std)
    return mu + std * eps


@sample_posterior.mistake(
    """You drew with `.sample()` (or under `no_grad`, or detached): the draws are right, but there is no path back
    to `mu` and `logvar`, so the encoder cannot learn from them. `.rsample()`, or μ + σ·ε by hand, keeps the path."""
)
def sample_cuts(mu, logvar):
    return torch.distributions.Normal(mu, (0.5 * logvar).exp()).sample()


@sample_posterior.mistake(
    """You drew with `torch.normal(mu, std)`. The draws are right and no error appears, but the gradient it gives is
    *zero* everywhere: a VAE trained with it learns to ignore its images. Draw ε ~ N(0, 1) and compute μ + σ·ε."""
)
def normal_has_zero_gradient(mu, logvar):
    return torch.normal(mu, (0.5 * logvar).exp())


@sample_posterior.mistake(
    """All images of the batch share the same noise: one row of ε, or one number, was drawn and broadcast. Every
    image needs its own; draw ε in the shape of `mu`, (B, Z)."""
)
def shared_by_the_batch(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn(mu.shape[-1], dtype=mu.dtype)


@sample_posterior.mistake(
    """All latent dimensions of an image share the same noise: ε was drawn in the shape (B, 1) and broadcast. The
    clouds become thin lines along a diagonal. Draw ε in the shape of `mu`, (B, Z)."""
)
def shared_by_the_latents(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn(len(mu), 1, dtype=mu.dtype)


@sample_posterior.mistake(
    """Your noise is uniform on [0, 1), as `torch.rand` draws it: never negative, and with mean ½. You need `randn`,
    with the n of normal."""
)
def uniform_noise(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.rand_like(mu)


@sample_posterior.mistake(
    """You scaled the noise by exp(logvar), which is the variance: where σ should be 3 you spread by 9. The standard
    deviation is exp(½·logvar)."""
)
def spread_by_the_variance(mu, logvar):
    return mu + logvar.exp() * torch.randn_like(mu)


@sample_posterior.mistake(
    """Your noise always has the standard deviation 1, whatever `logvar` says: it is added without being scaled.
    Multiply it by σ = exp(½·logvar)."""
)
def spread_by_one(mu, logvar):
    return mu + torch.randn_like(mu)


@sample_posterior.mistake("""You returned μ: nothing is drawn, and σ plays no part. Add σ·ε.""")
def nothing_drawn(mu, logvar):
    return mu.clone()


@sample_posterior.mistake(
    """Your draws lie round 0 instead of round μ: the noise is scaled as it should be, but μ is not added."""
)
def round_the_origin(mu, logvar):
    return (0.5 * logvar).exp() * torch.randn_like(mu)


@sample_posterior.mistake(
    """`Normal(mu, logvar)` takes a standard deviation as its second argument, and a standard deviation cannot be
    negative as logvar may be. Give it exp(½·logvar)."""
)
def normal_of_logvar(mu, logvar):
    return torch.distributions.Normal(mu, logvar).rsample()


@sample_posterior.mistake(
    """You draw the same noise on every call (a fixed generator or seed, or noise that was drawn once and kept).
    A whole training run would meet no other noise than these few numbers. Draw anew on each call."""
)
def same_on_every_call(mu, logvar):
    eps = torch.randn(mu.shape, generator=torch.Generator().manual_seed(0), dtype=mu.dtype)
    return mu + (0.5 * logvar).exp() * eps


@sample_posterior.mistake(
    """Every call gives the same point: the noise is left out (μ + σ lies at the edge of the cloud), or it is one ε for
    all, never drawn anew. Multiply σ by an ε ~ N(0, 1) that is drawn on each call, in the shape of `mu`."""
)
def noise_left_out(mu, logvar):
    return mu + (0.5 * logvar).exp()


@sample_posterior.mistake(
    """You turned the noise down: it spreads by a tenth of σ. A smaller spread can make sharper pictures in training,
    but then q(z|x) is narrower than the σ that the KL is charged for. Use σ as it is."""
)
def noise_turned_down(mu, logvar):
    return mu + 0.1 * (0.5 * logvar).exp() * torch.randn_like(mu)
