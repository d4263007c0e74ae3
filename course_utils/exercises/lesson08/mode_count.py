# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 8, exercise: how many modes a generator reaches, and how many of its samples are any good."""

import math

import torch

from course_utils.exercises.lesson08.quantities import quantities
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import normal

mode_count = Exercise(
    "Modes and good samples",
    task="""
        A generator drew `samples`, shape (N, 2). The data have K modes, with the centers `centers`, shape (K, 2). A
        sample belongs to the center nearest to it, and is *good* if it lies at most `radius` away from that center. A
        mode is *covered* if at least `at_least` good samples belong to it. Return the pair (modes, share): the number
        of covered modes, and the share of good ones among all samples.
    """,
    signature="mode_count(samples, centers, radius, at_least)",
    returns=["modes", "share"],
    axes={"samples": "samples coordinates", "centers": "centers coordinates"},
    hints=[
        "You need the distance of every sample to every center: a table of shape (N, K). `torch.cdist` makes it.",
        "Its minimum along one axis tells for each sample how far its center is, and `argmin` which one it is.",
        "Count the good samples of each center: `torch.bincount` of their indices, with `minlength=len(centers)`.",
        "`share` is the mean of `distance <= radius`; `modes` is the number of counts that reach `at_least`.",
    ],
)


def _ring(modes, radius=2.0):
    angles = 2 * math.pi * torch.arange(modes) / modes
    return radius * torch.stack([angles.cos(), angles.sin()], 1)


def _around(centers, counts, spread, seed, strays=0):
    """Draw counts[k] samples round center k, and strays near the origin."""
    at = centers.repeat_interleave(torch.tensor(counts), 0)
    points = at + spread * normal(len(at), 2, seed=seed).clamp(-2, 2)
    far = 0.2 * normal(strays, 2, seed=seed + 1)
    return torch.cat([points, far])


CROSS = [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]]
RING = _ring(8)

mode_count.probes += [
    quantities(
        "Four samples lie 0.1 from the first center, one of them to the left; the other two centers have none.",
        samples=[[0.1, 0.0], [0.0, 0.1], [-0.1, 0.0], [0.0, -0.1]],
        centers=CROSS,
        radius=0.5,
        at_least=1,
    ),
    quantities(
        "Two samples at the first center, one at the second, and one at (2, 2), which is near none.",
        samples=[[0.1, 0.0], [0.0, 0.2], [4.1, 0.0], [2.0, 2.0]],
        centers=CROSS,
        radius=0.5,
        at_least=1,
    ),
    quantities(
        "The same samples, but now two good ones are needed to cover a mode: the second center has only one. It stays "
        "good.",
        samples=[[0.1, 0.0], [0.0, 0.2], [4.1, 0.0], [2.0, 2.0]],
        centers=CROSS,
        radius=0.5,
        at_least=2,
    ),
    quantities(
        "One sample lies 0.3 to the right of and 0.4 above its center, so 0.5 away (good); the other 0.45 and 0.45, so "
        "0.64 away (not good).",
        samples=[[0.3, 0.4], [4.45, 0.45]],
        centers=CROSS,
        radius=0.55,
        at_least=1,
    ),
    quantities(
        "The first sample lies exactly 0.5 from its center: that is *at most* 0.5, so it is good.",
        samples=[[0.5, 0.0], [4.0, 0.25], [0.0, 2.5]],
        centers=CROSS,
        radius=0.5,
        at_least=1,
    ),
    quantities(
        "A large radius: the sample at (1, 0.5) is 1.12 from its center (good at 1.25), that at (5.3, 0) is 1.3 from "
        "its own (not good).",
        samples=[[1.0, 0.5], [5.3, 0.0], [0.0, 4.2]],
        centers=CROSS,
        radius=1.25,
        at_least=1,
    ),
    quantities(
        "Two centers lie so near each other that a sample may be within the radius of both; it belongs to the nearer "
        "one alone. The second center has no sample of its own.",
        samples=[[0.1, 0.0], [0.3, 0.0], [3.0, 3.1]],
        centers=[[0.0, 0.0], [1.0, 0.0], [3.0, 3.0]],
        radius=0.95,
        at_least=1,
    ),
    quantities(
        "Forty samples on a ring of eight modes, of which four are reached, and one of these by three samples only.",
        samples=_around(RING, [12, 0, 15, 0, 3, 0, 10, 0], 0.05, 850),
        centers=RING,
        radius=0.15,
        at_least=5,
    ),
    quantities(
        "Twelve samples at each of two centers, and a single one at the third: it is good, but three are needed.",
        samples=_around(torch.tensor(CROSS), [12, 12, 1], 0.05, 858),
        centers=CROSS,
        radius=0.2,
        at_least=3,
    ),
    quantities(
        "Samples round all eight modes, but the clouds are wide: 56 of 184 samples are good, and only three modes have "
        "eight of them.",
        samples=_around(RING, [20] * 8, 0.15, 852, strays=24),
        centers=RING,
        radius=0.15,
        at_least=8,
    ),
    quantities(
        "Five modes; 30 of 90 samples lie near the origin, where no data are.",
        samples=_around(_ring(5), [25, 5, 10, 0, 20], 0.05, 854, strays=30),
        centers=_ring(5),
        radius=0.15,
        at_least=10,
    ),
    quantities(
        "Only strays: nothing is good.",
        samples=_around(RING, [0] * 8, 0.05, 856, strays=10),
        centers=RING,
        radius=0.15,
        at_least=1,
    ),
]


def _nearest(samples, centers):
    return torch.cdist(samples, centers).min(dim=1)


def _count(good, nearest, centers, at_least):
    return (torch.bincount(nearest[good], minlength=len(centers)) >= at_least).sum()


@mode_count.reference
def _(samples, centers, radius, at_least):
    distance, nearest = torch.cdist(samples, centers).min(dim=1)
    good = distance <= radius
    counts = torch.bincount(nearest[good], minlength=len(centers))
    return (counts >= at_least).sum(), good.float().mean()


@mode_count.mistake(
    """Every sample counts for its nearest center, however far away it lies: `radius` decides nothing for the modes.
    Then a generator that throws points anywhere covers everything. Only good samples, at most `radius` away, cover a
    mode."""
)
def bad_samples_cover_too(samples, centers, radius, at_least):
    distance, nearest = _nearest(samples, centers)
    return _count(torch.ones_like(nearest, dtype=torch.bool), nearest, centers, at_least), (
        distance <= radius
    ).float().mean()


@mode_count.mistake(
    """One good sample is enough for you to call a mode covered. A stray one gets everywhere sooner or later: at least
    `at_least` good samples must belong to it."""
)
def one_is_enough(samples, centers, radius, at_least):
    distance, nearest = _nearest(samples, centers)
    good = distance <= radius
    return len(nearest[good].unique()), good.float().mean()


@mode_count.mistake("""You compare the *squared* distance with `radius`. Take the root, or square the radius, too.""")
def squared_distance(samples, centers, radius, at_least):
    distance, nearest = _nearest(samples, centers)
    good = distance**2 <= radius
    return _count(good, nearest, centers, at_least), good.float().mean()


@mode_count.mistake(
    """Each coordinate by itself is compared with `radius`: that is a square round the center, whose corners are too far
    away. The distance is the root of the sum of both squares."""
)
def square_instead_of_circle(samples, centers, radius, at_least):
    gaps = (samples[:, None] - centers).abs()
    nearest = torch.cdist(samples, centers).argmin(1)
    good = (gaps.amax(2) <= radius).any(1)
    return _count(good, nearest, centers, at_least), good.float().mean()


@mode_count.mistake(
    """You added the two coordinates' distances (or took `p=1`): that is the way along the streets. The distance is the
    root of the sum of both squares."""
)
def along_the_streets(samples, centers, radius, at_least):
    distance, nearest = torch.cdist(samples, centers, p=1).min(1)
    good = distance <= radius
    return _count(good, nearest, centers, at_least), good.float().mean()


@mode_count.mistake(
    """Your share leaves out good samples whose mode is not covered. A sample is good if it lies near its center,
    whoever else does; the share is that of good samples among all."""
)
def share_of_covered_modes_only(samples, centers, radius, at_least):
    distance, nearest = _nearest(samples, centers)
    good = distance <= radius
    counts = torch.bincount(nearest[good], minlength=len(centers))
    return (counts >= at_least).sum(), counts[counts >= at_least].sum() / len(samples)


@mode_count.mistake(
    """Your second number is the share of *modes* that are covered. Asked for is the share of *samples* that are good: a
    generator may cover all modes with blurred samples, or one mode with good ones."""
)
def share_of_the_modes(samples, centers, radius, at_least):
    distance, nearest = _nearest(samples, centers)
    modes = _count(distance <= radius, nearest, centers, at_least)
    return modes, modes / len(centers)


@mode_count.mistake("""A mode with exactly `at_least` good samples is missing from your count: *at least* is `>=`.""")
def more_than_at_least(samples, centers, radius, at_least):
    distance, nearest = _nearest(samples, centers)
    good = distance <= radius
    return _count(good, nearest, centers, at_least + 1), good.float().mean()


@mode_count.mistake(
    """You count the centers that have any sample within `radius`: one stray sample is enough, and it may count for two
    centers. Give each sample to its nearest center first; then ask which centers have `at_least` good ones."""
)
def any_sample_near(samples, centers, radius, at_least):
    near = torch.cdist(samples, centers) <= radius
    return near.any(0).sum(), near.any(1).float().mean()


@mode_count.mistake(
    """You count the centers that are nearest to any sample, however far away it lies and however few there are. A mode
    is covered by *good* samples, at most `radius` away, and by `at_least` of them."""
)
def nearest_to_any_sample(samples, centers, radius, at_least):
    distance, nearest = _nearest(samples, centers)
    return len(nearest.unique()), (distance <= radius).float().mean()
