# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 7, exercise: how many of its neighbours each point keeps on a map."""

import math

import torch

from course_utils.exercises.lesson07.maps import Group, scene
from course_utils.exercises.lesson07.taken import Taken, as_tensor
from course_utils.exercises.machine.diagnosis import Diagnosis
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


class _Shares(Taken):
    """Points, their map, k, and a sentence."""

    def __init__(self, arguments, says):
        super().__init__(arguments, what="a share for each point")
        self._shown = says

    def look(self, call, returns):
        """Yield form, shape and values, with what the diagnosis says."""
        x, y, k = self.arguments.values()
        right = neighbours_kept.answer(x, y, k)

        def note(share):
            seen = [_seen(share, right, k), LISTS.of(call)] if share.shape == right.shape else []
            return " ".join(filter(None, [*seen, self._shown]))

        self.note(note)
        yield from super().look(call, returns)


def _seen(share, right, k):
    """Say what is seen of shares that are not the right ones."""
    if share.isnan().any():
        return f"NaN is what the mean of no numbers is: are there no neighbours left where k is {k}?"
    factors = (share / right)[right > 0]
    if not len(factors) or not bool((share[right == 0] == 0).all()) or float(factors.std(correction=0)) > 1e-4:
        return ""
    divisor = float(k / factors.mean()) if float(factors.mean()) > 0 else math.inf
    if abs(divisor - k) < 1e-3:
        return ""
    return {
        1: "Yours is k times the share: do you count those that are kept, and not divide by k?",
        k + 1: "Yours is k/(k + 1) of the share: do you divide by k + 1?",
        k**2: "Yours is 1/k of the share: do you divide by k twice (a mean over k × k comparisons, say)?",
        len(right): "Yours is k/P of the share: do you divide by the number of points?",
    }.get(round(divisor, 3), "")


# In the data a regular pentagon, on the map a pentagram: whoever was beside a point is across now. Two points far off.
_TURN = torch.arange(5) * math.tau / 5
_FAR = torch.tensor([[100.0, 0.0], [120.0, 0.0]])
PENTAGON, PENTAGRAM = (torch.cat([torch.stack([a.cos(), a.sin()], 1), _FAR]) for a in (_TURN, 2 * _TURN))
DRAWN_IN = torch.cat([PENTAGRAM[:5], 0.001 * _FAR])  # now those two are far no more


def _compared(ask):
    """Say what is true of the two lists that are compared: whose neighbours stand in them."""

    def kept(x, y, k):
        return as_tensor(ask(x.clone(), y.clone(), k), what="").double()[:5]

    farthest_kept = all(bool((kept(PENTAGON, PENTAGRAM, k) == 1).all()) for k in (1, 2))
    if farthest_kept and not bool((kept(PENTAGON, DRAWN_IN, 2) == 1).all()):
        return "Your lists hold the *farthest* points: `topk` finds the largest unless you pass `largest=False`."
    line, bent = torch.tensor(LINE), torch.tensor(BENT)
    if bool((kept(line, line.clone(), 1) == 0).all()):
        return (
            "Even if the map is the data, you find nothing kept at k = 1: does the point itself, at the distance 0, "
            "stand in one of your two lists, and not in the other?"
        )
    usual = kept(line, bent, 2)
    if not all(torch.allclose(kept(*moved, 2), usual) for moved in ((line + 7, bent), (line, bent + 7))):
        return (
            "Your answer changes if all points are moved by one and the same step, which leaves all distances as they "
            "are: do you compare angles or products of coordinates?"
        )
    return ""


LISTS = Diagnosis(_compared)


def _probe(x, y, k, says):
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    return _Shares({"x": x, "y": y, "k": k}, says)


neighbours_kept.probes += [
    _probe(LINE, TURNED, 3, "The map is the line itself, turned: every point keeps all three."),
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
    """You divide by how many points are in *either* list (Jaccard's index). The share of the k is asked for: divide by
    k."""
)
def divided_by_the_union(x, y, k):
    common = _common(_nearest(x, k), _nearest(y, k))
    return common / (2 * k - common)


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
    """You ask whether a neighbour is among the neighbours of *any* point: `torch.isin` compares with all rows at once.
    Each point's list belongs beside its own."""
)
def among_anybody_s(x, y, k):
    return torch.isin(_nearest(x, k), _nearest(y, k)).float().mean(1)
