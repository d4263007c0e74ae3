# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 3, exercise: which of the four trainings left these codes behind."""

import math
from typing import NamedTuple

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault, normal

ANSWERS = ("plain", "fixed", "learned", "kl")

match_the_runs = Exercise(
    "Whose codes are these?",
    task="""
        Somebody trained one of the four models to the end, and left you for every image the middle of its cloud,
        `mu`, and `logvar` = log σ², both of shape (B, Z). Return which training it was: "plain" (the autoencoder, no
        noise), "fixed" (one σ for all images and dimensions, set by hand, perhaps not to 1), "learned" (the network
        chose σ, with nothing else in the loss) or "kl" (the same with the KL to N(0, I)).
    """,
    signature="match_the_runs(mu, logvar)",
    returns=["the run"],
    hints=[
        "Two of them can be told from logvar alone. Which logvar does a point have? And what is special about a σ "
        "that no network has chosen?",
        'The other two: "learned" lets σ fall to almost nothing, "kl" does not. But almost nothing compared with '
        "what? Without the KL, codes and σ ten times as large are as good.",
        'Compare σ with how far the codes lie apart (`mu.std()`): far below a hundredth is "learned". Some '
        'dimensions of a "kl" run may not be used (μ near 0, σ near 1), and single images mislead: take a median '
        "over all σ.",
    ],
)


class Run(NamedTuple):
    """One run as it is found at the end of a training, in numbers like those that the lesson measures.

    Attributes
    ----------
    which : str
        The answer.
    latent : int
    spread, centre : float
        Of the codes, in each dimension; the centre is this far from 0 in every dimension.
    sigma : float
        The only σ, or the median of all.
    note : str
    asleep : int
        How many dimensions have μ near 0 and σ near 1.
    varies : float
        Standard deviation of log σ from image to image.
    """

    which: str
    latent: int
    spread: float
    centre: float
    sigma: float
    note: str
    asleep: int = 0
    varies: float = 0.35


POINTS = "Every logvar is −∞, so every σ is 0: points."
ACCIDENT = "Narrow codes round 0, but points: with the KL σ would not be 0. That they lie like N(0, I) is an accident."
WIDE = "The codes are wide, but every σ is 0: points. Wide codes alone are no sign of noise."
ONE = "Every logvar is 0, so every σ is exp(0) = 1, the same for all. No network hits that."
NOT_ONE = "One σ for all, about 0.3: set by hand. It need not be 1."
SHORT = "σ is 1 for all. The codes are no wider than plain ones (a short training); σ tells all the same."
TINY = """A very small σ, but the same for every image and dimension: set by hand. (Compare the smallest with the
    largest; a standard deviation or a mean may be off by a rounding error.)"""
CHOSEN = """σ differs from image to image, so it is learned; and the median of all is below a thousandth of the codes'
    spread. (Single images have a wider one: judge by the middle of all.)"""
LIKE_KL = """The codes sit round 0 with a spread near 1, as with the KL. But σ differs from image to image, and its
    median is below a thousandth of their spread: nothing held it up."""
SCALE = """A median σ of 0.05 looks as if something held it up, but the codes are spread by 60: beside that it is
    nothing. Without the KL nothing sets the scale of both."""
MANY = "Sixteen dimensions; the median σ is below a thousandth of the spread."
HELD = "σ differs from image to image, so it is learned; it is a twentieth of the codes' spread, and they sit round 0."
ASLEEP = """Ten dimensions, of which six are not used: there the price alone decides, so μ is near 0 and σ near 1,
    but not the same for all images. The others carry codes round 0, with a σ of about a quarter."""
SMALL = "One dimension, σ about a thirtieth of the spread: small, but far more than is left without the KL."
ROUND = "Codes round 0, and σ a fifteenth of their spread."

# Runs in which a rule of thumb is caught out: codes wide or narrow, at the origin or not, σ small or large.
RUNS = (
    Run("plain", 2, 4.4, 5.3, 0.0, POINTS),
    Run("fixed", 2, 21.9, 16.0, 1.0, ONE),
    Run("learned", 2, 4.7, 5.2, 0.0034, CHOSEN, varies=1.1),
    Run("kl", 2, 1.39, 0.1, 0.072, HELD),
    Run("plain", 2, 1.2, 0.1, 0.0, ACCIDENT),
    Run("fixed", 2, 12.0, 8.0, 0.3, NOT_ONE),
    Run("learned", 2, 0.8, 0.0, 0.0002, LIKE_KL),
    Run("learned", 2, 60.0, 40.0, 0.05, SCALE, varies=1.1),
    Run("kl", 10, 0.95, 0.05, 0.25, ASLEEP, asleep=6),
    Run("kl", 1, 1.0, 0.0, 0.03, SMALL),
    Run("fixed", 2, 3.9, 5.0, 1.0, SHORT),
    Run("plain", 16, 30.0, 10.0, 0.0, WIDE),
    Run("kl", 2, 1.5, 0.2, 0.1, ROUND),
    Run("learned", 16, 3.0, 2.0, 0.002, MANY, varies=1.1),
    Run("fixed", 10, 25.0, 6.0, 0.01, TINY),
)


def codes_of(run, *, images=400, seed=0):
    """Return mu and logvar, shape (images, Z), of codes in ten clusters, as ten classes leave them."""
    shape = (images, run.latent)
    clusters = normal(10, run.latent, seed=seed)[torch.arange(images) % 10] + 0.4 * normal(*shape, seed=seed + 1)
    mu = run.centre + run.spread * (clusters - clusters.mean(0)) / clusters.std(0)
    if run.which == "plain":
        return mu, torch.full(shape, -torch.inf)
    if run.which == "fixed":  # in eighths: then a sum of many is exact
        return mu, torch.full(shape, round(16 * math.log(run.sigma)) / 8)
    away = normal(*shape, seed=seed + 2).clamp(-2.7, 2.7)
    away[0] = 2.7 if run.which == "learned" else -2.7  # one image alone misleads
    sigma = run.sigma * (run.varies * away).exp()
    asleep = run.asleep
    mu[:, :asleep] = 0.02 * normal(images, asleep, seed=seed + 3)
    sigma[:, :asleep] = (0.01 * normal(images, asleep, seed=seed + 4)).exp()
    return mu, 2 * sigma.log()


def _probe(number, run):
    mu, logvar = codes_of(run, seed=400 + 10 * number)
    sigma = (0.5 * logvar).exp()
    low, middle, high = (f"{float(value):.2g}" for value in (sigma.min(), sigma.median(), sigma.max()))
    widths = f"σ = {low} everywhere" if low == high else f"σ from {low} to {high}, median {middle}"
    where = f"mu spread by {float(mu[:, -1].std()):.2g} round {float(mu[:, -1].mean()):.2g} in the last"

    @match_the_runs.probe(f"Called with 400 codes in {run.latent} dimensions: {where}; {widths}")
    def _(call):
        answer = _named(call.run(call.function, mu.clone(), logvar.clone()))
        yield Fact(f"run {number}", answer, note=" ".join(run.note.split()))


def _named(answer):
    if answer is None:
        raise Fault("nothing", "For this run your function came to its end without a `return`: is a case left out?")
    text = answer.strip().lower().replace("with ", "") if isinstance(answer, str) else None
    if text not in ANSWERS:
        shown = f'"{answer[:40]}"' if isinstance(answer, str) else kind(answer)
        words = ", ".join(f'"{word}"' for word in ANSWERS)
        raise Fault("form", f"The answer should be one of the strings {words}; what came back: {shown}.")
    return text


for _number, _run in enumerate(RUNS, 1):
    _probe(_number, _run)


@match_the_runs.reference
def _(mu, logvar):
    sigma = (0.5 * logvar).exp()
    if (sigma == 0).all():
        return "plain"
    if sigma.min() == sigma.max():
        return "fixed"
    return "learned" if sigma.median() < 0.01 * mu.std() else "kl"


def _noisy(mu, logvar):
    """Tell the two runs with a learned σ apart, rightly."""
    return "learned" if (0.5 * logvar).exp().median() < 0.01 * mu.std() else "kl"


@match_the_runs.mistake(
    """You take logvar = 0 for "no noise". It is σ² = e⁰ = 1: the run with a fixed σ of 1. No noise is σ = 0, which is
    logvar = −∞."""
)
def zero_logvar_is_plain(mu, logvar):
    if (logvar == 0).all():
        return "plain"
    return "fixed" if logvar.min() == logvar.max() else _noisy(mu, logvar)


@match_the_runs.mistake(
    """Your answers follow the spread of mu: narrow is "kl", wide is "fixed", the rest "plain". It tells little: plain
    codes, and those with a learned σ, have the scale that the training happened to give them, narrow or wide. Look at
    σ first."""
)
def spread_alone(mu, logvar):
    spread = mu.std(0).max()
    if spread < 2:
        return "kl"
    if spread > 10:
        return "fixed"
    return "plain"


@match_the_runs.mistake(
    """You answer "kl" where every σ is 1, and not where σ is a twentieth of the codes' spread. The KL pulls σ towards
    1, but the picture must get through: in dimensions that are used, σ settles below 1. Exactly 1 for all images was
    set by hand."""
)
def one_is_the_kl(mu, logvar):
    if (logvar == -torch.inf).all():
        return "plain"
    if logvar.median().abs() < 0.05:
        return "kl"
    return "fixed" if logvar.min() == logvar.max() else "learned"


@match_the_runs.mistake(
    """You take logvar = 0 for "no noise", and never answer "kl": do you read logvar as σ? It is the logarithm of σ²:
    undo it with exp(½·logvar). A σ cannot be negative, and logvar is negative wherever σ is below 1."""
)
def logvar_as_sigma(mu, logvar):
    if (logvar == 0).all():
        return "plain"
    if logvar.min() == logvar.max():
        return "fixed"
    return "learned" if logvar.median() < 0.01 * mu.std() else "kl"


@match_the_runs.mistake(
    """You answer "learned" for runs whose median σ is a fifteenth to a thirtieth of the codes' spread. That much is
    left with the KL; without it, here, less than a thousandth is. (Do you compare exp(logvar)? That is σ², far smaller
    where σ is small; σ is exp(½·logvar). If you compare σ, your bound is too high.)"""
)
def bound_too_high(mu, logvar):
    if (logvar == -torch.inf).all():
        return "plain"
    if logvar.min() == logvar.max():
        return "fixed"
    return "learned" if logvar.exp().median() < 0.01 * mu.std() else "kl"


@match_the_runs.mistake(
    """You answer "kl" for a median σ of 0.05 where the codes are spread by 60. Without the KL nothing sets the scale:
    a decoder that divides its input by ten makes the same pictures from codes and σ ten times as large. Compare σ
    with the spread of mu."""
)
def sigma_by_itself(mu, logvar):
    if (logvar == -torch.inf).all():
        return "plain"
    if logvar.min() == logvar.max():
        return "fixed"
    return "learned" if (0.5 * logvar).exp().median() < 0.015 else "kl"


@match_the_runs.mistake(
    """You see a "fixed" run only where σ is 1. A σ that is set by hand may be any number; what gives it away is that
    it is the same for all images and dimensions."""
)
def fixed_is_one(mu, logvar):
    if (logvar == -torch.inf).all():
        return "plain"
    return "fixed" if (logvar == 0).all() else _noisy(mu, logvar)


@match_the_runs.mistake(
    """You answer "kl" for codes that sit round 0 with a spread near 1, although the median σ is below a thousandth of
    that spread. Without the KL they may sit there, too, by accident; what the KL alone does is to hold σ up."""
)
def near_the_prior(mu, logvar):
    if (logvar == -torch.inf).all():
        return "plain"
    if logvar.min() == logvar.max():
        return "fixed"
    return "kl" if mu.std(0).max() < 2 and mu.mean(0).abs().max() < 0.5 else "learned"


@match_the_runs.mistake(
    """You never answer "plain". A logvar of −∞ is σ = 0: no number that a network gives, but the way to write a
    point."""
)
def never_plain(mu, logvar):
    return "fixed" if logvar.min() == logvar.max() else _noisy(mu, logvar)


@match_the_runs.mistake(
    """You never answer "kl". Where σ is a fair part of the codes' spread, a thirtieth or more, something held it up.
    (Do you compare `logvar` itself? It is log σ², negative wherever σ is below 1; σ is exp(½·logvar).)"""
)
def never_kl(mu, logvar):
    if (logvar == -torch.inf).all():
        return "plain"
    return "fixed" if logvar.min() == logvar.max() else "learned"
