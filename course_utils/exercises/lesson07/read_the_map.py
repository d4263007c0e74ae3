# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 7, exercise: which claims that a t-SNE map suggests are true of the points themselves."""

import numpy as np
import torch

from course_utils.exercises.lesson07.maps import Group, scene
from course_utils.exercises.machine.diagnosis import Diagnosis
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault

NEAREST = 10

read_the_map = Exercise(
    "Is it true, or only on the map?",
    task="""
        Somebody looked at a t-SNE map and made a claim; on the map it is true. Return True if it holds for the points
        themselves, else False. `x`, shape (P, D), are the points, `y`, shape (P, 2), their places on the map, `labels`,
        shape (P,), their groups. The `claim` is a tuple, one of

        - `("wider", a, b)`: group a is spread more widely round its mean than group b;
        - `("nearer", a, b, c)`: the mean of group a is nearer to that of group b than to that of group c;
        - `("neighbours", i)`: the point that is nearest to point i on the map is one of the ten other points that are
          nearest to i in the data.
    """,
    signature="read_the_map(x, y, labels, claim)",
    returns=["is it true"],
    hints=[
        "Two of the claims say nothing about the map any more: measure them on `x`, in all its dimensions. The third "
        "needs both: `y` to find the point, `x` to judge it.",
        "The points of a group are `x[labels == a]`, its mean is `.mean(0)`. A spread is, for instance, the mean "
        "squared distance of the points from that mean.",
        "Every point is nearest to itself, with the distance 0, on the map as in the data: take it out, by setting its "
        "own distance to infinity, say.",
        "How many points lie nearer to i, in the data, than the one found on the map? Fewer than ten, not counting i "
        "itself, and the claim is true.",
    ],
)


@read_the_map.reference
def _(x, y, labels, claim):
    what, *which = claim
    if what == "neighbours":
        i = which[0]
        on_the_map = (y - y[i]).norm(dim=1)
        on_the_map[i] = float("inf")
        in_the_data = (x - x[i]).norm(dim=1)
        nearer = in_the_data < in_the_data[on_the_map.argmin()]  # i itself among them, with the distance 0
        return bool(nearer.sum() <= 10)
    groups = [x[labels == group] for group in which]
    if what == "wider":
        a, b = (((group - group.mean(0)) ** 2).sum(1).mean() for group in groups)
        return bool(a > b)
    a, b, c = (group.mean(0) for group in groups)
    return bool((a - b).norm() < (a - c).norm())


# Three scenes in which a rule of thumb is caught out: a wide group may have few points, lie near 0 or far from it, and
# extend in later coordinates than the first two; the map may be right.
SCENES = (
    scene(
        (
            Group(60, (9.0, -7.0, 0.0, 0.0, 12.0, 3.0), 0.5, (-10.0, 0.0), 8.8),
            Group(40, (6.0,) * 8, 4.0, (14.0, 2.0), 6.6),
            Group(50, (14.0, -7.0, 2.0, 0.0, 12.0, 3.0), 1.3, (3.0, 24.0), 5.0, across=0),
            Group(30, (9.0, -7.0, 0.0, 14.0, 12.0, 3.0), 0.5, (-29.0, 8.0), 3.0),
        ),
        astray=((64, 77), (5, 70)),
        seed=800,
    ),
    scene(
        (
            Group(45, (0.0, 0.0, 10.0), 1.0, (0.0, 0.0), 5.0, across=3),
            Group(35, (6.0, 6.0, 10.0), 0.4, (14.0, 5.0), 6.8),
            Group(30, (1.0, 0.0, -8.0), 2.5, (-6.0, 25.0), 7.0, across=5),
            Group(120, (0.0, 1.0, -8.0, 0.0, 9.0), 0.7, (-18.0, -6.0), 4.0, across=0),
            Group(25, (1.0, 0.0, -8.0, 0.0, 0.0, 8.5), 0.5, (-30.0, 22.0), 3.0, across=0),
            Group(25, (1.0, 6.0, -8.0, 0.0, 0.0, 8.5), 0.5, (-38.0, 34.0), 3.0, across=0),
            Group(25, (0.0, 0.0, 24.0), 0.5, (2.0, -20.0), 3.0, across=0),
        ),
        astray=((3, 9),),
        seed=850,
    ),
    scene((Group(90, (), 3.0, (0.0, 0.0), 10.0),), astray=((4, 31), (17, 60), (22, 48)), mixed=True, seed=1224),
)

CLAIMS = (  # number of the scene, claim
    (0, ("wider", 1, 2)),
    (0, ("wider", 0, 2)),
    (0, ("nearer", 0, 1, 2)),
    (1, ("nearer", 0, 1, 2)),
    (0, ("neighbours", 4)),
    (0, ("neighbours", 64)),
    (1, ("neighbours", 29)),
    (0, ("wider", 0, 1)),
    (1, ("wider", 2, 0)),
    (1, ("wider", 0, 3)),
    (1, ("wider", 1, 0)),
    (1, ("nearer", 3, 0, 2)),
    (1, ("nearer", 1, 0, 3)),
    (0, ("nearer", 0, 3, 1)),
    (1, ("nearer", 4, 5, 2)),
    (1, ("nearer", 0, 1, 6)),
    (0, ("neighbours", 23)),
    (2, ("neighbours", 32)),
    (2, ("neighbours", 17)),
    (2, ("neighbours", 52)),
    (2, ("neighbours", 87)),
    (2, ("neighbours", 29)),
)


def _spread(points):
    return (points - points.mean(0)).square().sum(1).mean().sqrt()


def _apart(points, labels, one, other):
    return (points[labels == one].mean(0) - points[labels == other].mean(0)).norm()


def _others(points, i):
    distances = (points - points[i]).norm(dim=1)
    distances[i] = torch.inf
    return distances


def _evidence(x, y, labels, claim):
    """Say what the data and the map have to say to a claim."""
    what, *which = claim
    if what == "neighbours":
        i = which[0]
        found, distances = int(_others(y, i).argmin()), _others(x, i)
        nearer = int((distances < distances[found]).sum())
        between = {0: "no other point is", 1: "1 other point is"}.get(nearer, f"{nearer} other points are")
        return (
            f"On the map point {found} is the nearest to point {i}; in the data {between} nearer to point {i} than "
            f"point {found} is."
        )
    if what == "wider":
        a, b = which
        data, drawn = ([float(_spread(points[labels == group])) for group in which] for points in (x, y))
        return (
            f"In the data the spread of group {a} is {data[0]:.2g} and that of group {b} is {data[1]:.2g} (the root of "
            f"the mean squared distance from the group's mean); on the map they are {drawn[0]:.2g} and {drawn[1]:.2g}."
        )
    a, b, c = which
    data, drawn = ([float(_apart(points, labels, a, group)) for group in (b, c)] for points in (x, y))
    return (
        f"In the data the mean of group {a} is {data[0]:.3g} away from that of group {b} and {data[1]:.3g} from that "
        f"of group {c}; on the map {drawn[0]:.3g} and {drawn[1]:.3g}."
    )


def _probe(number, claim):
    x, y, labels = SCENES[number]
    shown = f"({', '.join(repr(part) if isinstance(part, int) else chr(34) + part + chr(34) for part in claim)})"
    sizes = f"P = {len(x)} points, D = {x.shape[1]}, {len(labels.unique())} groups"

    @read_the_map.probe(f"Called with map {number + 1} ({sizes}) and the claim {shown}")
    def _(call):
        answers = [_yes_or_no(call.run(call.function, x.clone(), y.clone(), labels.clone(), claim)) for _ in range(2)]
        answer = answers[0] if answers[0] == answers[1] else "another one on every call"
        said = OPPOSITE[claim[0]].of(call) or ("Yours is the map's." if answer == "True" else "")
        yield Fact(f"{shown} on map {number + 1}", answer, note=f"{_evidence(x, y, labels, claim)} {said}".strip())


def _yes_or_no(answer):
    if answer is None:
        raise Fault("nothing", "For this claim your function came to its end without a `return`: is a kind left out?")
    if isinstance(answer, (torch.Tensor, np.ndarray, np.generic)) and np.prod(answer.shape) == 1:
        answer = answer.item()
    if type(answer) not in (bool, int) or answer not in (0, 1):
        raise Fault("form", f"True or False is asked for; {_what_came(answer)} came back.")
    return str(bool(answer))


def _what_came(answer):
    return f'"{answer[:40]}"' if isinstance(answer, str) else f"a {kind(answer)}"


def _opposite(what):
    """Say so if every answer to claims of one kind is the opposite of the right one."""

    def find(ask):
        for number, claim in CLAIMS:
            x, y, labels = SCENES[number]
            if claim[0] == what:
                answer = _yes_or_no(ask(x.clone(), y.clone(), labels.clone(), claim))
                if answer == str(read_the_map.answer(x, y, labels, claim)):
                    return ""
        return "To every claim of this kind you give the opposite of the right answer: does a `<` stand for a `>`?"

    return Diagnosis(find)


OPPOSITE = {what: _opposite(what) for what in ("wider", "nearer", "neighbours")}

for _number, _claim in CLAIMS:
    _probe(_number, _claim)


def _judged(x, y, labels, claim, *, wider=None, nearer=None, neighbours=None):
    """Judge a claim, rightly where nothing else is given."""
    what, *which = claim
    judge = {"wider": wider, "nearer": nearer, "neighbours": neighbours}[what]
    return read_the_map.answer(x, y, labels, claim) if judge is None else bool(judge(x, y, labels, *which))


def _rank(x, y, i):
    """Return the place, from 1, of the map's nearest point among the points nearest to i in the data."""
    distances = _others(x, i)
    return int((distances < distances[_others(y, i).argmin()]).sum()) + 1


# Seen in PoonLab/covizu#145 and satijalab/seurat#817.
@read_the_map.mistake(
    """You find every claim true. So does whoever measures on the map, where they were read: t-SNE keeps neighbours as
    well as it can, and gives up sizes and gaps for it. Measure in `x`."""
)
def on_the_map(x, y, labels, claim):
    return read_the_map.answer(y, y, labels, claim)


@read_the_map.mistake(
    """You believe no claim at all. A map may be right: some of these hold in the data. It cannot tell you which; `x`
    can."""
)
def never(x, y, labels, claim):
    return False


@read_the_map.mistake(
    """You go by the rule of thumb: neighbours are kept, sizes and gaps are not. As a warning it is good. But a size may
    be right by luck, and single points stand beside strangers; `x` says which."""
)
def rule_of_thumb(x, y, labels, claim):
    return claim[0] == "neighbours"


@read_the_map.mistake(
    """You find no claim about neighbours true. Are your ten the *farthest* (`topk` finds the largest numbers unless you
    pass `largest=False`)? Or do you ask that more than the one nearest on the map be among them?"""
)
def no_neighbours(x, y, labels, claim):
    return _judged(x, y, labels, claim, neighbours=lambda x, y, labels, i: False)


@read_the_map.mistake(
    """For the spread you add up the squared distances. A group with more points then counts as wider: take their
    mean."""
)
def added_up(x, y, labels, claim):
    def wider(x, y, labels, a, b):
        one, other = (_spread(x[labels == group]) ** 2 * (labels == group).sum() for group in (a, b))
        return one > other

    return _judged(x, y, labels, claim, wider=wider)


# As in NicolasHug/Surprise#356.
@read_the_map.mistake(
    """You find every claim about neighbours true. Does each point find itself, at the distance 0 (set its own distance
    to infinity)? Or do you look for both, the nearest and the ten, on the same side?"""
)
def finds_itself(x, y, labels, claim):
    return _judged(x, y, labels, claim, neighbours=lambda x, y, labels, i: True)


@read_the_map.mistake(
    """You take two points of one group for neighbours, and two of different groups for none. Labels say nothing about
    that: a wide group has members far apart, and strangers may stand close. Measure in `x`."""
)
def by_their_labels(x, y, labels, claim):
    return _judged(x, y, labels, claim, neighbours=lambda x, y, labels, i: labels[i] == labels[_others(y, i).argmin()])


@read_the_map.mistake(
    """You accept a neighbour only if it is the *very nearest* in the data, too. The claim is content if it is among the
    ten nearest."""
)
def the_very_nearest(x, y, labels, claim):
    return _judged(x, y, labels, claim, neighbours=lambda x, y, labels, i: _rank(x, y, i) == 1)


@read_the_map.mistake(
    """You ask it the other way round: whether the nearest in the *data* is one of ten on the map. The claim begins on
    the map, where the point is nearest, and is judged in the data."""
)
def the_other_way_round(x, y, labels, claim):
    return _judged(x, y, labels, claim, neighbours=lambda x, y, labels, i: _rank(y, x, i) <= NEAREST)


@read_the_map.mistake(
    """You measure from the nearest point of one group to the nearest point of the other. A wide group then reaches far:
    the claim is about the *means* of the groups."""
)
def from_edge_to_edge(x, y, labels, claim):
    def nearer(x, y, labels, a, b, c):
        gaps = [torch.cdist(x[labels == a], x[labels == group]).min() for group in (b, c)]
        return gaps[0] < gaps[1]

    return _judged(x, y, labels, claim, nearer=nearer)


@read_the_map.mistake(
    """Point i itself is one of your ten, at the distance 0: that leaves nine others. Set its own distance to infinity,
    or take eleven."""
)
def itself_among_the_ten(x, y, labels, claim):
    return _judged(x, y, labels, claim, neighbours=lambda x, y, labels, i: _rank(x, y, i) < NEAREST)


# Plots of z[:, 0] against z[:, 1] are read like this: yizhiwang96/deepvecfont-v2#12 has dimensions that show nothing.
@read_the_map.mistake(
    """You look at the first two coordinates of `x` only. They are as good or bad as any other two: measure in all D
    dimensions."""
)
def first_two_coordinates(x, y, labels, claim):
    return read_the_map.answer(x[:, :2], y, labels, claim)


@read_the_map.mistake(
    """Your spread grows if the *mean* of a group has large or unequal coordinates (as one standard deviation over all
    numbers of the group does). Measure each point from the group's mean: `group - group.mean(0)`."""
)
def coordinates_thrown_together(x, y, labels, claim):
    return _judged(x, y, labels, claim, wider=lambda x, y, labels, a, b: x[labels == a].std() > x[labels == b].std())


@read_the_map.mistake(
    """You take a group for wide if its points lie far from 0. A spread is measured from the group's own mean."""
)
def measured_from_the_origin(x, y, labels, claim):
    far = x.norm(dim=1)
    return _judged(
        x, y, labels, claim, wider=lambda x, y, labels, a, b: far[labels == a].mean() > far[labels == b].mean()
    )
