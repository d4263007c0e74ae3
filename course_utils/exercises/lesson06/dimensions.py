# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 6, exercises: the KL of each latent dimension, and which dimensions are in use."""

import torch
from torch import Tensor

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault, given, normal

kl_per_dimension = Exercise(
    "KL of each dimension",
    task="""
        Return the KL to N(0, 1) of each latent dimension, averaged over the images: shape (Z,), from `mu` and `logvar`,
        both of shape (B, Z). It shows which dimensions carry something and which are asleep; their sum is the mean KL.
    """,
    signature="kl_per_dimension(mu, logvar)",
    returns=["the KL of each dimension"],
    hints=[
        "First one KL for each image and dimension, shape (B, Z). Which axis must go?",
        "Average over the images, axis 0. First the formula, then the mean: the KL of an average is not the average "
        "KL.",
        "½ (μ² + σ² − 1 − log σ²), then `.mean(0)`.",
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
        given(mu=normal(6, 3, seed=82), logvar=normal(6, 3, seed=83)).double(),
        given(mu=normal(20, 5, seed=84), logvar=normal(20, 5, seed=85)),
    ],
)


@kl_per_dimension.reference
def _(mu, logvar):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)  # shape (B, Z)
    return kl.mean(0)


@kl_per_dimension.mistake(
    """You summed over the images: the numbers grow with the batch. Average over axis 0, so that their sum over the
    dimensions is the mean KL."""
)
def summed_over_images(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(0)


@kl_per_dimension.mistake(
    """You summed over the dimensions and kept the images. Here it is the other way round: axis 0 goes, axis 1 stays."""
)
def kl_per_image(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)


@kl_per_dimension.mistake(
    """You averaged over the dimensions and kept the images. Here axis 0 (the images) goes and axis 1 stays."""
)
def mean_over_dimensions(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(1)


@kl_per_dimension.mistake("""One number for all: you averaged over the dimensions as well. Only axis 0 goes.""")
def mean_over_everything(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean()


@kl_per_dimension.mistake(
    """You returned the mean KL. It is the sum of what is asked for: leave the dimensions apart."""
)
def the_mean_kl(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1).mean()


@kl_per_dimension.mistake("""One number for each image *and* dimension: the mean over the images is missing.""")
def not_averaged(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)


@kl_per_dimension.mistake(
    """You averaged `mu` and `logvar` first and took the KL of the averages. Images on opposite sides then cancel, and a
    dimension in full use looks asleep. First the KL of each image, then the mean."""
)
def kl_of_the_averages(mu, logvar):
    mu, logvar = mu.mean(0), logvar.mean(0)
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)


@kl_per_dimension.mistake(
    """You averaged `mu` before squaring it. Images on opposite sides then cancel. First the KL of each image, then the
    mean."""
)
def mu_averaged_first(mu, logvar):
    return 0.5 * (mu.mean(0) ** 2 + (logvar.exp() - 1 - logvar).mean(0))


@kl_per_dimension.mistake(
    """You averaged `logvar` before taking exp. First the KL of each image, then the mean: exp of a mean is not the mean
    of exp."""
)
def logvar_averaged_first(mu, logvar):
    logvar = logvar.mean(0)
    return 0.5 * ((mu**2).mean(0) + logvar.exp() - 1 - logvar)


@kl_per_dimension.mistake(
    """You described all images by one normal (their mean, their total variance) and took its KL to N(0, 1). That is
    about the *aggregate*, and can be 0 while every image pays. Here each image's KL is averaged."""
)
def kl_of_the_aggregate(mu, logvar):
    variance = mu.var(0, unbiased=False) + logvar.exp().mean(0)
    return 0.5 * (mu.mean(0) ** 2 + variance - 1 - variance.log())


@kl_per_dimension.mistake(
    """You returned the variance of the means, dimension by dimension. It tells as well who is in use (see the next
    exercise), but it is no KL."""
)
def variance_of_the_means(mu, logvar):
    return mu.var(0, unbiased=False)


@kl_per_dimension.mistake("""The factor ½ is missing: every dimension costs twice what it should.""")
def half_forgotten(mu, logvar):
    return (mu**2 + logvar.exp() - 1 - logvar).mean(0)


@kl_per_dimension.mistake("""Your numbers are −KL; a KL is never below 0.""")
def negative(mu, logvar):
    return -0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(0)


@kl_per_dimension.mistake("""You read `logvar` as log σ: exp(logvar) is σ² already, and `logvar` is log σ².""")
def read_as_log_std(mu, logvar):
    return 0.5 * (mu**2 + (2 * logvar).exp() - 1 - 2 * logvar).mean(0)


@kl_per_dimension.mistake("""You sorted them. That is right for the picture; here dimension j stays at place j.""")
def sorted_already(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(0).sort(descending=True).values


@kl_per_dimension.mistake("""You returned each dimension's share of the total; the KL itself, in nats, is asked for.""")
def shares(mu, logvar):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(0)
    return kl / kl.sum()


active_units = Exercise(
    "Who is in use?",
    task="""
        A latent dimension is in use if its mean responds to the image: if the variance of μ over the images is above
        0.01. Return for each dimension whether it is, a boolean tensor of shape (Z,), from `mu`, shape (B, Z).
    """,
    signature="active_units(mu)",
    returns=["in use"],
    hints=[
        "A dimension that is asleep gives every image the same μ. What is the variance over the images, then?",
        "`mu.var(0)` is the variance over axis 0, the images. (Whether it divides by B or by B − 1 decides nothing "
        "here.)",
        "Compare it with 0.01: the result of `>` is a boolean tensor.",
    ],
)


def _columns(*columns: list[float]) -> Tensor:
    return torch.tensor(columns).T.contiguous()


def _asks(says, note, mu):
    @active_units.probe(f"Called with {says}")
    def _(call):
        answer = call.tensor(call(mu.clone()), (mu.shape[1],))
        if answer.dtype != torch.bool and not bool(((answer == 0) | (answer == 1)).all()):
            raise Fault(
                "form", f"True or False for each dimension was expected; a {kind(answer)} with other numbers came."
            )
        yield Fact("which dimensions are in use", answer.bool().cpu(), note=note)


_asks(
    "two dimensions, mu = [[−1, 0], [1, 0], [−1, 0], [1, 0]]",
    "The first μ moves with the image, the second never does.",
    _columns([-1.0, 1.0, -1.0, 1.0], [0.0, 0.0, 0.0, 0.0]),
)
_asks(
    "two dimensions, mu = [[3, 0], [3, 1], [3, 0], [3, 1]]",
    "The first μ is large but the same for every image: nothing can be read from it. It is asleep.",
    _columns([3.0, 3.0, 3.0, 3.0], [0.0, 1.0, 0.0, 1.0]),
)
_asks(
    "four dimensions, in which mu varies with the standard deviations 0.02, 0.05, 0.2 and 1",
    "Variances: 0.0004, 0.0025, 0.04 and 1. The bound 0.01 is one for the variance.",
    _columns(*([s * v for v in (-1.0, 1.0, 1.0, -1.0, -1.0, 1.0)] for s in (0.02, 0.05, 0.2, 1.0))),
)
_asks(
    "four dimensions and 500 images; the third varies by very little",
    "Variances: about 1, 0.49, 0.0004 and 0.25. (The last sits at −2; where it sits does not matter.)",
    normal(500, 4, seed=86) * torch.tensor([1.0, 0.7, 0.02, 0.5]) + torch.tensor([0.0, 1.0, 0.5, -2.0]),
)
_asks(
    "three dimensions and 40 images, each in two crowds: mu = ±0.15, ±0.07 and 0.3 ± 0.005",
    "Variances: 0.0225, 0.0049 and 0.000025.",
    _columns(*([m + s * (-1) ** i for i in range(40)] for m, s in ((0.0, 0.15), (0.0, 0.07), (0.3, 0.005)))),
)


@active_units.reference
def _(mu):
    return mu.var(0) > 0.01


@active_units.mistake(
    """You compared the standard deviation with 0.01. It is the variance that must be above 0.01, that is, σ above
    0.1."""
)
def std_compared(mu):
    return mu.std(0) > 0.01


@active_units.mistake(
    """You looked at how large μ is. A μ of 3 that is the same for all images says nothing about any of them: look at
    how much it varies."""
)
def large_means(mu):
    return mu.abs().mean(0) > 0.01


@active_units.mistake(
    """You looked at the mean of μ². A constant μ makes it large, too: subtract the mean first; that is what a variance
    does."""
)
def mean_square(mu):
    return (mu**2).mean(0) > 0.01


@active_units.mistake(
    """You looked at the mean of μ over the images: for a dimension in use it may well be 0. Look at how much μ
    varies."""
)
def mean_of_the_means(mu):
    return mu.mean(0).abs() > 0.01


@active_units.mistake("""You marked those that are asleep. In use is where the variance is *above* 0.01.""")
def asleep(mu):
    return mu.var(0) < 0.01


@active_units.mistake(
    """You took the variance over the dimensions, axis 1. It is over the images, axis 0, that μ must vary."""
)
def variance_across_dimensions(mu):
    return mu.var(1) > 0.01


@active_units.mistake(
    """You returned one number for all (how many there are, or whether there is any). True or False for each dimension
    is asked for."""
)
def counted(mu):
    return (mu.var(0) > 0.01).sum()


@active_units.mistake("""You returned the variances. Compare them with 0.01.""")
def variances(mu):
    return mu.var(0)


@active_units.mistake("""You returned the numbers of the dimensions in use; True or False for each one is asked for.""")
def numbers(mu):
    return (mu.var(0) > 0.01).nonzero().flatten()


@active_units.mistake(
    """You call every dimension in use that varies at all. Training never makes μ quite constant: the bound is 0.01."""
)
def any_variation(mu):
    return mu.var(0) > 0


@active_units.mistake("""You looked at the first two images only. Take the variance over all of them.""")
def two_images(mu):
    return (mu[0] - mu[1]).abs() > 0.01


@active_units.mistake("""You ask for a variance above 0.1; the bound is 0.01.""")
def bound_too_high(mu):
    return mu.var(0) > 0.1


@active_units.mistake(
    """You compare the sum of the squared deviations: it grows with the number of images. Divide by it."""
)
def sum_of_squares(mu):
    return ((mu - mu.mean(0)) ** 2).sum(0) > 0.01
