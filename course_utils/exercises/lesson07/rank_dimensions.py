# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 7, exercise: in which order to show the latent dimensions, and which of them do nothing."""

import math

import torch

from course_utils.exercises.lesson07.taken import as_tensor
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault, normal

DEAD = 0.01

rank_dimensions = Exercise(
    "Which slider first?",
    task="""
        The axes of a VAE's latent space come in no order. Find one from `mu` and `logvar` = log σ², both of shape
        (B, Z): the KL to N(0, 1) of each dimension, averaged over the images. Return two things: the numbers of the
        dimensions (0 to Z − 1), from the largest KL to the smallest, shape (Z,); and which dimensions are dead, their
        KL below 0.01 nats: True or False for dimension 0, 1, …, Z − 1, shape (Z,).
    """,
    signature="rank_dimensions(mu, logvar)",
    returns=["the order", "which are dead"],
    hints=[
        "First one KL for each image and dimension, ½(μ² + σ² − 1 − log σ²), shape (B, Z); then the mean over the "
        "images, shape (Z,).",
        "`.argsort(descending=True)` says which dimension stands first, second, … in the order.",
        "Dead or not is asked in the *old* order: compare the KLs with 0.01 before they are sorted.",
    ],
)


@rank_dimensions.reference
def _(mu, logvar):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(0)  # (Z,)
    return kl.argsort(descending=True), kl < 0.01


def _kl(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)


def _probe(says, codes, note=""):
    mu, logvar = (torch.as_tensor(values) for values in codes)
    kl = _kl(mu.double(), logvar.double()).mean(0)
    costs = f"The KLs of the dimensions are {', '.join(f'{value:.2g}' for value in kl.tolist())} nats."

    @rank_dimensions.probe(f"Called with B = {len(mu)}, Z = {mu.shape[1]}: {says}")
    def _(call):
        value = call(mu.clone(), logvar.clone())
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise Fault("form", f"Two results were expected, the order and which are dead; a {kind(value)} came back.")
        order = as_tensor(value[0], what="the order", of_two="`sort` and `topk` return two results: take one.")
        dead = as_tensor(value[1], what="True or False for each dimension")
        shapes = f"{tuple(order.shape)} and {tuple(dead.shape)}"
        each = f"Both have one entry for each dimension, shape ({len(kl)},), whether they are dead or alive."
        yield Fact("the shapes of the two", shapes, note=each)
        text = " ".join(filter(None, [_order_note(order, kl), costs, note]))
        yield Fact("the order", _order(order), note=text)
        yield Fact("which are dead", _dead(dead), note=" ".join(filter(None, [_dead_note(dead, kl), costs, note])))


def _order(order):
    return ", ".join(f"{value:.4g}" for value in order.flatten().tolist())


def _dead(dead):
    if dead.dtype != torch.bool and not bool(((dead == 0) | (dead == 1)).all()):
        return ", ".join(f"{value:.4g}" for value in dead.flatten().tolist())
    return ", ".join("dead" if value else "alive" for value in dead.flatten().tolist())


def _order_note(order, kl):
    if order.dtype == torch.bool:
        return "The order comes first, then which are dead."
    values = sorted(order.flatten().tolist())
    if len(values) != len(kl):
        return "Every dimension has its place, the dead ones at the end."
    if values != list(range(len(kl))):
        start = f"1 to {len(kl)}" if values == list(range(1, len(kl) + 1)) else ""
        return f"The dimensions are numbered from 0{f', not {start}' if start else ''}: these are not their numbers."
    if torch.equal(order.long(), kl.argsort()):
        return "Your order begins with the *smallest* KL: `argsort` sorts upwards unless you pass `descending=True`."
    return f"Your first is dimension {int(order[0])}, with a KL of {kl[int(order[0])]:.2g} nats."


def _dead_note(dead, kl):
    if dead.dtype != torch.bool and not bool(((dead == 0) | (dead == 1)).all()):
        return "True or False for each dimension is asked for, not numbers."
    right = kl < DEAD
    if torch.equal(dead.bool(), ~right):
        return "You marked those that are alive. Dead is a KL *below* 0.01."
    if torch.equal(dead.bool(), right):
        return ""
    wrong = int((dead.bool() != right).nonzero()[0, 0])
    return (
        f"{int(right.sum())} of {len(kl)} should be dead; you have {_as_many(int(right.sum()), int(dead.sum()))}. "
        f"Dimension {wrong}, with a KL of {kl[wrong]:.2g}, you call {'dead' if dead[wrong] else 'alive'}."
    )


def _as_many(right, yours):
    return "as many, but others" if yours == right else yours


def _dimensions(*columns, images=60, seed):
    """Make mu and logvar, shape (images, Z), of dimensions (mean of μ, spread of μ, σ), exactly as given."""
    shape = (images, len(columns))
    centre, spread, sigma = torch.tensor(columns).T
    noise = normal(*shape, seed=seed)
    noise = (noise - noise.mean(0)) / noise.std(0, correction=0)
    wobble = normal(*shape, seed=seed + 1)
    wobble = 0.05 * (wobble - wobble.mean(0)) / wobble.std(0, correction=0)
    return centre + spread * noise, 2 * sigma.log() + wobble * (spread > 0.1)


_probe(
    "one image",
    ([[0.0, 2.0, 1.0]], [[0.0, 0.0, 0.0]]),
    "With σ = 1 the KL is ½μ²: 0, 2 and ½. The largest is that of dimension 1.",
)
_probe(
    "two images on opposite sides in dimension 1",
    ([[0.5, 2.0, 0.0, 1.5], [0.5, -2.0, 0.0, -1.5]], [[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]),
    "The mean of μ is 0 in dimensions 1 and 3, but each image pays there.",
)
_probe(
    "a dimension whose μ never moves, but whose σ is small",
    ([[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]], [[math.log(0.01), 0.0, 0.0], [math.log(0.01), 0.0, 0.0]]),
    "Dimension 0 pays for its narrow σ alone.",
)
_probe(
    "six dimensions",
    _dimensions(
        (0.0, 0.02, 1.0),
        (0.0, 0.9, 0.4),
        (0.0, 0.12, 0.995),
        (0.3, 1.1, 0.2),
        (0.0, 0.15, 0.98),
        (-0.2, 0.3, 0.9),
        seed=760,
    ),
    "Only a KL below 0.01 is dead, however near it lies.",
)
_probe(
    "one image, most of whose dimensions are near 0.01",
    ([[0.04, 0.13, 0.245, 0.077, 0.161, 0.11, 0.374]], [[0.0] * 7]),
    "Here σ = 1: the KL is ½μ².",
)
_probe(
    "eleven dimensions",
    _dimensions(
        (0.0, 0.8, 0.5),
        (0.0, 0.01, 1.0),
        (0.0, 0.003, 1.0),
        (0.1, 1.3, 0.1),
        (0.0, 0.02, 1.0),
        (0.0, 0.4, 0.9),
        (1.2, 0.1, 0.9),
        (0.0, 0.01, 1.01),
        (0.0, 1.0, 0.3),
        (0.0, 0.0, 1.0),
        (0.0, 0.25, 0.7),
        images=400,
        seed=770,
    ),
)


# Seen in AllenCellModeling/pytorch_integrated_cell#69.
@rank_dimensions.mistake(
    """You left the dimensions in the order in which they come. PCA sorts its axes; a VAE does not: N(0, I) looks the
    same from all sides, and any axis may carry the most."""
)
def as_they_come(mu, logvar):
    return torch.arange(mu.shape[1]), _kl(mu, logvar).mean(0) < DEAD


@rank_dimensions.mistake(
    """You returned the *rank* of each dimension. The order is the other way round: its first entry is the number of the
    dimension that comes first (one `argsort`, not two)."""
)
def ranks(mu, logvar):
    kl = _kl(mu, logvar).mean(0)
    return kl.argsort(descending=True).argsort(), kl < DEAD


@rank_dimensions.mistake(
    """You returned the sorted KLs themselves. The numbers of the dimensions are asked for: `sort` gives them as its
    second result, `argsort` alone."""
)
def sorted_values(mu, logvar):
    kl = _kl(mu, logvar).mean(0)
    return kl.sort(descending=True).values, kl < DEAD


@rank_dimensions.mistake(
    """Which are dead is right, but told in the new order: yours says whether the first, the second, … *slider* is dead.
    Entry j is about dimension j."""
)
def dead_in_the_new_order(mu, logvar):
    kl = _kl(mu, logvar).mean(0).sort(descending=True)
    return kl.indices, kl.values < DEAD


@rank_dimensions.mistake(
    """You added the KLs of all images. The order is the same, but 0.01 nats is meant per image: with the sum, nearly
    nothing is dead. Take the mean."""
)
def summed_over_the_images(mu, logvar):
    kl = _kl(mu, logvar).sum(0)
    return kl.argsort(descending=True), kl < DEAD


@rank_dimensions.mistake(
    """You judge by how much μ varies over the images. That is a good measure, too, but not the KL: a dimension can pay
    for a narrow σ, or for a μ that sits far from 0."""
)
def by_the_variance_of_mu(mu, logvar):
    variance = mu.var(0, correction=0)
    return variance.argsort(descending=True), variance < DEAD


@rank_dimensions.mistake(
    """You averaged `mu` and `logvar` over the images first. Images on opposite sides cancel, and a dimension in full
    use looks dead. First the KL of each image, then the mean."""
)
def kl_of_the_averages(mu, logvar):
    kl = _kl(mu.mean(0), logvar.mean(0))
    return kl.argsort(descending=True), kl < DEAD


@rank_dimensions.mistake("""Your KL has only the half of μ² in it. A σ below 1 costs as well: ½(σ² − 1 − log σ²).""")
def only_the_mean_term(mu, logvar):
    kl = 0.5 * (mu**2).mean(0)
    return kl.argsort(descending=True), kl < DEAD


@rank_dimensions.mistake("""You read `logvar` as log σ: exp(logvar) is σ² already, and `logvar` is log σ².""")
def read_as_log_std(mu, logvar):
    kl = _kl(mu, 2 * logvar).mean(0)
    return kl.argsort(descending=True), kl < DEAD


@rank_dimensions.mistake(
    """The ½ of the KL is missing. The order is the same, but every KL is twice what it should be, and too few are below
    0.01."""
)
def half_forgotten(mu, logvar):
    kl = 2 * _kl(mu, logvar).mean(0)
    return kl.argsort(descending=True), kl < DEAD
