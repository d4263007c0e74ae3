# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 7, exercise: how many of its neighbours each point keeps on a map."""

import torch

from course_utils.exercises.lesson07.maps import Group, scene
from course_utils.exercises.lesson07.taken import Taken
from course_utils.exercises.machine.exercise import Exercise

neighbours_kept = Exercise(
    "Who kept its neighbours?",
    task="""
        Return for each point how much of its neighbourhood a map has kept: the share, from 0 to 1, of its `k` nearest
        other points in the data that are also among its `k` nearest other points on the map. `x`, shape (P, D), are P
        points, `y`, shape (P, 2), their places on the map; the result has the shape (P,).
    """,
    signature="neighbours_kept(x, y, k)",
    returns=["the share"],
    axes={"x": "points dimensions", "y": "points coordinates"},
    hints=[
        "Find the k nearest of every point twice, once in `x` and once in `y`. `torch.cdist(x, x)` has all distances.",
        'The distance of a point to itself is 0: `.fill_diagonal_(float("inf"))` takes it out. Then `.topk(k, '
        "largest=False).indices`, shape (P, k), for each of the two.",
        "Which of a point's k are in both? The order among them does not matter. Compare each with each: "
        "`a[:, :, None] == b[:, None, :]` has the shape (P, k, k).",
    ],
)


@neighbours_kept.reference
def _(x, y, k):
    nearest = []
    for points in (x, y):
        distances = torch.cdist(points, points).fill_diagonal_(float("inf"))
        nearest.append(distances.topk(k, largest=False).indices)  # (P, k)
    in_the_data, on_the_map = nearest
    both = in_the_data[:, :, None] == on_the_map[:, None, :]  # (P, k, k)
    return both.sum((1, 2)) / k


LINE = [[0.0], [1.0], [2.1], [3.3], [4.6]]
TURNED = [[2 * v[0], -v[0]] for v in LINE]
BENT = [[0.0, 0.0], [1.0, 0.0], [2.1, 0.0], [1.2, 0.6], [0.1, 0.7]]  # the end comes back beside the beginning

_GROUPS = (
    Group(40, (9.0, -7.0, 0.0, 0.0, 12.0, 3.0), 0.5, (-10.0, 0.0), 7.0),
    Group(30, (6.0,) * 8, 4.0, (14.0, 2.0), 6.6),
)
_SCENE = scene(_GROUPS, astray=((3, 50), (20, 9), (44, 60)), seed=790)
_MIXED = scene((Group(60, (), 3.0, (0.0, 0.0), 10.0),), mixed=True, seed=795)


def _probe(x, y, k, says):
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    return Taken({"x": x, "y": y, "k": k}, what="a share for each point").note(says)


neighbours_kept.probes += [
    _probe(LINE, TURNED, 2, "The map is the line itself, turned: every point keeps both."),
    _probe(
        LINE, BENT, 1, "Points 0 to 4 stand in a line in the data; the map bends it, and 4 comes to stand beside 0."
    ),
    _probe(LINE, BENT, 2, "In the data 0 is nearest to 1 and 2; on the map to 4 and 1. One of two is kept: ½."),
    _probe(_SCENE.x, _SCENE.y, 5, "Two groups of 40 and 30 points, and six points astray on the map."),
    _probe(_MIXED.x, _MIXED.y, 12, "Sixty points, twelve neighbours each."),
]


def _nearest(points, k):
    return torch.cdist(points, points).fill_diagonal_(torch.inf).topk(k, largest=False).indices


def _common(one, other):
    return (one[:, :, None] == other[:, None, :]).sum((1, 2))


def _with_itself(points, k):
    return torch.cdist(points, points).topk(min(k, len(points)), largest=False).indices


# As in NicolasHug/Surprise#356 and scikit-learn/scikit-learn#8076.
@neighbours_kept.mistake(
    """Each point is among its own neighbours, at the distance 0, in the data and on the map: one of your k is always
    kept. Take the point itself out: set the diagonal of the distances to infinity, or take k + 1 and drop the first."""
)
def itself_among_them(x, y, k):
    return _common(_with_itself(x, k), _with_itself(y, k)) / k


@neighbours_kept.mistake(
    """You compare first with first, second with second. Which of the k is the nearest does not matter: ask whether a
    neighbour is *anywhere* among the other k."""
)
def place_by_place(x, y, k):
    return (_nearest(x, k) == _nearest(y, k)).float().mean(1)


@neighbours_kept.mistake(
    """You compare the k *farthest* points: `topk` finds the largest numbers unless you pass `largest=False`."""
)
def farthest(x, y, k):
    one, other = (torch.cdist(points, points).topk(k).indices for points in (x, y))
    return _common(one, other) / k


@neighbours_kept.mistake(
    """You divide by how many points are in *either* list (Jaccard's index). The share of the k is asked for: divide by
    k."""
)
def divided_by_the_union(x, y, k):
    common = _common(_nearest(x, k), _nearest(y, k))
    return common / (2 * k - common)


@neighbours_kept.mistake("""You return how many neighbours are kept; the share of the k is asked for: divide by k.""")
def counted(x, y, k):
    return _common(_nearest(x, k), _nearest(y, k)).to(x.dtype)


@neighbours_kept.mistake("""You return the share that is *lost*. The share that is kept is asked for.""")
def lost(x, y, k):
    return 1 - _common(_nearest(x, k), _nearest(y, k)) / k


@neighbours_kept.mistake(
    """You return 1 where all k neighbours are kept, and 0 elsewhere. How many of the k, as a share, is asked."""
)
def all_or_none(x, y, k):
    return (_common(_nearest(x, k), _nearest(y, k)) == k).to(x.dtype)


@neighbours_kept.mistake(
    """You take k + 1 neighbours but divide by k, or leave the point itself in: k + 1 are too many, and the first of
    them is the point. Take the diagonal out, or drop the first column."""
)
def one_too_many(x, y, k):
    return _common(_with_itself(x, k + 1), _with_itself(y, k + 1)) / k


@neighbours_kept.mistake(
    """You take k + 1 of which one is the point itself, and count it as kept. Drop the first column (the point), and
    divide by k."""
)
def itself_and_k_more(x, y, k):
    return _common(_with_itself(x, k + 1), _with_itself(y, k + 1)) / (k + 1)


@neighbours_kept.mistake(
    """You compare *distances*, which the map does not keep. Ask which points they belong to: the second result of
    `topk`, the indices."""
)
def distances_compared(x, y, k):
    one, other = (torch.cdist(p, p).fill_diagonal_(torch.inf).topk(k, largest=False).values for p in (x, y))
    return _common(one, other) / k


@neighbours_kept.mistake(
    """With your function every point keeps all of its neighbours: both lists are made from the same points. One belongs
    to `x`, the other to `y`."""
)
def compared_with_itself(x, y, k):
    return torch.ones(len(x))


@neighbours_kept.mistake(
    """You return 1 where at least one neighbour is kept, and 0 elsewhere. How many of the k, as a share, is asked."""
)
def at_least_one(x, y, k):
    return (_common(_nearest(x, k), _nearest(y, k)) > 0).float()


@neighbours_kept.mistake(
    """You took the mean over all k × k comparisons, which divides by k twice: a point that keeps all its neighbours has
    k matches among k². Divide their sum by k."""
)
def mean_over_all_pairs(x, y, k):
    return _common(_nearest(x, k), _nearest(y, k)) / k**2


@neighbours_kept.mistake(
    """You ask whether a neighbour is among the neighbours of *any* point: `torch.isin` compares with all rows at once.
    Each point's list belongs beside its own."""
)
def among_anybody_s(x, y, k):
    return torch.isin(_nearest(x, k), _nearest(y, k)).float().mean(1)
