# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 5, exercise: which likelihood for which data."""

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault, normal

choose_likelihood = Exercise(
    "Which likelihood for which data",
    task="""
        Look at the pixels of a batch `x`, a tensor of shape (B, C, H, W), and return the name of a likelihood that
        fits them: `"bernoulli"` (a coin for each pixel; its loss accepts targets from 0 to 1), `"gaussian"` (any real
        number) or `"categorical"` (one of the 256 grey levels 0, 1, …, 255, each with a probability of its own). Take
        one that gives its probability to the values that such pixels have. For grey values between 0 and 1 none does
        exactly; both bernoulli and gaussian are in use, and both are accepted. Judge by the values, not by the type.
    """,
    signature="choose_likelihood(x)",
    returns=["name"],
    hints=[
        "What can you ask of a tensor? Its smallest value, its largest, and whether all values are whole numbers.",
        "A coin needs *both* ends: nothing below 0 and nothing above 1. Whole numbers up to 255 are levels.",
        "Three cases: all values within [0, 1]; otherwise, whole numbers from 0 to 255; otherwise, real numbers.",
    ],
)


def _levels(seed, channels=1, top=256):
    draws = torch.Generator().manual_seed(seed)
    return torch.randint(0, top, (4, channels, 6, 6), generator=draws)


COIN = "Two values only: a coin for each pixel."
NEGATIVE = "There are negative numbers: neither a coin nor a level is ever below 0."
LEVELS = "Whole numbers from 0 to 255, however they are stored: 256 levels."
MEASURED = "None is negative, but they are no whole numbers, and above 1: neither levels nor coins."
GREY = "Between 0 and 1 a categorical over 0, 1, …, 255 has nothing to say."
DATA = {
    "black and white, 0.0 and 1.0": (lambda: _levels(110, top=2).float(), "bernoulli", COIN),
    "standardised, mean 0 and variance 1": (lambda: normal(4, 1, 6, 6, seed=111), "gaussian", NEGATIVE),
    "whole numbers from 0 to 255, as uint8": (lambda: _levels(112).to(torch.uint8), "categorical", LEVELS),
    "grey, between 0 and 1": (lambda: _levels(113) / 255, "bernoulli or gaussian", GREY),
    "scaled to [−1, 1]": (lambda: _levels(114) / 127.5 - 1, "gaussian", NEGATIVE),
    "whole numbers from 0 to 255, as float32": (lambda: _levels(115).float(), "categorical", LEVELS),
    "black and white, the whole numbers 0 and 1": (lambda: _levels(116, top=2), "bernoulli", COIN),
    "in colour, whole numbers from 0 to 255": (lambda: _levels(117, channels=3), "categorical", LEVELS),
    "in colour, standardised": (lambda: normal(4, 3, 6, 6, seed=118), "gaussian", NEGATIVE),
    "real measurements from 0 to 40": (lambda: 40 * normal(4, 1, 6, 6, seed=119).sigmoid(), "gaussian", MEASURED),
    "in colour, between 0 and 1": (lambda: _levels(120, channels=3) / 255, "bernoulli or gaussian", GREY),
    "whole numbers from 0 to 255, with a black first image": (lambda: _first_black(), "categorical", LEVELS),
    "dark: whole numbers from 0 to 60": (lambda: _levels(122, top=61).float(), "categorical", LEVELS),
    "real measurements from 0 to 240": (lambda: 240 * normal(4, 1, 6, 6, seed=123).sigmoid(), "gaussian", MEASURED),
    "nearly between 0 and 1: real numbers from −0.3 to 1.2": (
        lambda: 1.5 * normal(4, 1, 6, 6, seed=124).sigmoid() - 0.3,
        "gaussian",
        "Some lie below 0 and some above 1, if only by a little: a coin's cross-entropy has no minimum for them.",
    ),
    "whole numbers from −3 to 3": (
        lambda: _levels(125, top=7).float() - 3,
        "gaussian",
        "Whole, but some are below 0: the levels of the categorical are 0, 1, …, 255.",
    ),
    "whole numbers from 0 to 1000": (
        lambda: _levels(126, top=1001).float(),
        "gaussian",
        "Whole, but some are above 255: the levels of the categorical are 0, 1, …, 255.",
    ),
}


def _first_black():
    x = _levels(121).float()
    x[0] = 0
    return x


@choose_likelihood.probe(f"Called with {len(DATA)} kinds of images")
def _(call):
    for says, (make, right, why) in DATA.items():
        yield Fact(f"the likelihood for images that are {says}", _chosen(call(make()), right), note=why)


def _chosen(name, right):
    """Return the name; where two are accepted, either one counts as both."""
    if not isinstance(name, str):
        raise Fault("form", f"A name was expected, as a string; a {kind(name)} came back.")
    plain = name.strip().lower()
    if plain not in ("bernoulli", "gaussian", "categorical"):
        names = '"bernoulli", "gaussian" and "categorical"'
        raise Fault("form", f"The names are {names}; yours is {name[:40]!r}.")
    return right if plain in right.split(" or ") else plain


def _whole(x):
    return bool((x == x.round()).all()) if x.is_floating_point() else True


@choose_likelihood.reference
def _(x):
    if x.min() >= 0 and x.max() <= 1:
        return "bernoulli"
    if x.min() >= 0 and x.max() <= 255 and (x == x.round()).all():
        return "categorical"
    return "gaussian"


@choose_likelihood.mistake(
    """You always say bernoulli. `F.binary_cross_entropy_with_logits` accepts any target, but for targets below 0 or
    above 1 it has no minimum: the loss falls for ever, far below 0."""
)
def always_bernoulli(x):
    return "bernoulli"


@choose_likelihood.mistake(
    """You always say gaussian. It fits real numbers; but black-and-white pixels and whole numbers leave nearly all of
    the line empty, and there are likelihoods made for them."""
)
def always_gaussian(x):
    return "gaussian"


@choose_likelihood.mistake(
    """You look only at the largest value. Images scaled to [−1, 1] have negative pixels; with those as targets the
    cross-entropy has no minimum. Look at both ends."""
)
def largest_only(x):
    if x.max() <= 1:
        return "bernoulli"
    return "categorical" if x.min() >= 0 and _whole(x) else "gaussian"


@choose_likelihood.mistake(
    """You judge by the tensor's type. Whole numbers may be stored as float32, and 0/1 pixels in either: look at the
    values."""
)
def type_only(x):
    return "gaussian" if x.is_floating_point() else "categorical"


@choose_likelihood.mistake(
    """Whole numbers are not always 256 levels: pixels that are only ever 0 or 1 are coins, and a categorical would
    keep 254 values in store that never occur. Ask for [0, 1] first."""
)
def whole_means_levels(x):
    if _whole(x):
        return "categorical"
    return "bernoulli" if x.min() >= 0 and x.max() <= 1 else "gaussian"


@choose_likelihood.mistake(
    """Everything from 0 to 255 becomes a level, also 17.3. A categorical knows whole numbers only."""
)
def range_means_levels(x):
    if x.min() >= 0 and x.max() <= 1:
        return "bernoulli"
    return "categorical" if x.min() >= 0 and x.max() <= 255 else "gaussian"


@choose_likelihood.mistake(
    """You never say categorical. Whole numbers from 0 to 255 are 256 levels; a Gaussian gives its probability to 17.3
    as well as to 17, where no pixel can be. (After scaling, a Gaussian is a common makeshift.)"""
)
def never_categorical(x):
    return "bernoulli" if x.min() >= 0 and x.max() <= 1 else "gaussian"


@choose_likelihood.mistake(
    """"Grey images are Bernoulli, colour ones Gaussian" is a habit, not a reason: the number of channels says nothing
    about the values of the pixels."""
)
def by_colour(x):
    return "bernoulli" if x.shape[1] == 1 else "gaussian"
