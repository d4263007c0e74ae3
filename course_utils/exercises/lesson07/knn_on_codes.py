# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 7, exercise: the class of a code, from the classes of the codes around it."""

import torch

from course_utils.exercises.lesson07.taken import as_tensor
from course_utils.exercises.machine.diagnosis import Diagnosis
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact
from course_utils.exercises.machine.probes import normal

TWO = "`topk`, `sort`, `max` and `mode` return two results: take one."

knn_on_codes = Exercise(
    "Ask the neighbours",
    task="""
        Give each code the class that is most frequent among its `k` nearest training codes (in the usual, Euclidean
        distance). `train_z` has the shape (N, Z) and `z` the shape (M, Z); `train_labels`, shape (N,), are whole
        numbers, not necessarily 0, 1, 2, … Return M classes, shape (M,). Where two classes are equally frequent, either
        will do.
    """,
    signature="knn_on_codes(train_z, train_labels, z, k)",
    returns=["the classes"],
    hints=[
        "First all distances between the M codes and the N training codes: `torch.cdist(z, train_z)` has the shape "
        "(M, N). Which numbers in a row do you look for?",
        "`.topk(k)` finds the k *largest* numbers of each row unless you pass `largest=False`; its second result says "
        "where they are. `train_labels[where]` has the shape (M, k).",
        "Which class is most frequent in a row? `.mode(1)` counts; its first result holds the winners.",
    ],
)


def _winners(labels, where):
    return labels[where].mode(1).values


def _nearest(train_z, z, k):
    return torch.cdist(z, train_z).topk(k, largest=False).indices


@knn_on_codes.reference
def _(train_z, train_labels, z, k):
    distances = torch.cdist(z, train_z)  # (M, N)
    nearest = distances.topk(k, largest=False).indices  # (M, k)
    return train_labels[nearest].mode(1).values


def _landscape(seed, codes, latent):
    """Make codes of six classes, far from 0, spread differently in each dimension, and their classes."""
    centres = normal(6, latent, seed=seed) * torch.linspace(0.5, 5.0, latent)
    which = torch.arange(codes) % 6
    z = centres[which] + normal(codes, latent, seed=seed + 1) * torch.linspace(0.4, 4.0, latent) + 6.0
    return z, torch.tensor([2, 3, 5, 11, 4, 30])[which]


def _clear(train_z, train_labels, z, k):
    """Return the codes whose neighbours and winner are clear: no tie of distances or votes is near."""
    nearest = torch.cdist(z.double(), train_z.double()).topk(k + 1, largest=False)
    votes = torch.nn.functional.one_hot(train_labels[nearest.indices[:, :k]]).sum(1).topk(2).values
    clear = (votes[:, 0] > votes[:, 1]) & (nearest.values[:, k] - nearest.values[:, k - 1] > 1e-3)
    return z[clear]


def _probe(says, train_z, train_labels, z, k, note):
    train_z, train_labels, z = torch.as_tensor(train_z), torch.as_tensor(train_labels), torch.as_tensor(z)
    right = knn_on_codes.answer(train_z, train_labels, z, k)
    sizes = f"N = {len(train_z)}, M = {len(z)}, Z = {z.shape[1]}, k = {k}"

    @knn_on_codes.probe(f"Called with {sizes}: {says}")
    def _(call):
        again = [call(train_z.clone(), train_labels.clone(), z.clone(), k) for _ in range(2)]
        classes, other = (as_tensor(value, what="a class for each code", of_two=TWO) for value in again)
        shape = str(tuple(classes.shape))
        yield Fact(f"the shape of the classes with M = {len(z)}", shape, note=_shape_note(classes, train_z, z, k))
        name = f"the class{'es' if len(z) > 1 else ''}, with k = {k}"
        if not torch.equal(classes, other):
            yield Fact(name, "others on every call", note="Two calls with the same arguments gave different classes.")
            return
        says = note if torch.equal(classes, right) else f"{VOTERS.of(call)} {note}".strip()
        yield Fact(name, _written(classes), note=_note(classes, right, train_labels, says))


def _who_votes(ask):
    """Say what is true of the voters where k is 3: by what they are found, or how many they are."""
    train_z, labels = _landscape(710, 240, 4)
    z, k = _clear(train_z, labels, _landscape(720, 60, 4)[0] * 0.8 + 1.0, 3), 3

    def classes(step):
        return as_tensor(ask(train_z + step, labels.clone(), z + step, k), what="").long()

    mine = classes(0.0)
    if not torch.equal(mine, classes(5.0)):
        return (
            "Your answer changes if all codes, trained and new, are moved by one and the same step, which leaves all "
            "distances as they are: do you compare angles (cosines) or dot products?"
        )
    if torch.equal(mine, knn_on_codes.answer(train_z, labels, z, k)):
        return ""
    many = [
        number for number in (*range(1, 9), 240) if torch.equal(mine, _winners(labels, _nearest(train_z, z, number)))
    ]
    if not many:
        return ""
    voters = "nearest one alone chooses" if many[0] == 1 else f"{many[0]} nearest choose"
    return f"Asked for k = {k} among 240 codes, you return what the {voters}."


VOTERS = Diagnosis(_who_votes)


def _shape_note(classes, train_z, z, k):
    number, rows, shape = len(train_z), len(z), tuple(classes.shape)
    if shape == (number,):
        return "That is one answer for each *training* code. The M codes in `z` are asked about: `cdist(z, …)`."
    if shape == (rows, k) and k > 1:
        return "You have k numbers for each code, one a neighbour. Their *classes* should vote, and one be left."
    if shape == (k,):
        return "That is one number for each of the k places: the vote goes along the neighbours, axis 1, not the codes."
    if shape in ((rows, 1), (1, rows)):
        return (
            "An axis of size 1 is left. Is it that of the k neighbours, who have not voted yet (k is 1 here), or is "
            "there a `keepdim=True` or `[:, None]`? The shape (M,) is asked for."
        )
    if len(shape) == 2 and shape[0] == rows:
        return "Are these the votes for each class, or distances? The class with the most votes is asked for."
    if shape == ():
        return "One number came back for all codes (a share that is right, say?). Each code has a class of its own."
    return f"One class for each of the M codes is asked for, shape (M,), here ({rows},)."


def _note(classes, right, labels, note):
    if classes.dtype == torch.bool:
        return "True or False came back; a class, one of the numbers in `train_labels`, is asked for."
    strange = [value for value in classes.flatten().tolist() if value not in labels.tolist()]
    if strange:
        return (
            f"{strange[0]:.4g} is none of the classes in `train_labels`: a class is a name. It can be counted, but "
            "not averaged, and a position is not a class."
        )
    agree = int((classes == right).sum())
    return f"{agree} of {len(right)} classes agree. {note}" if len(right) > 5 else note


def _written(classes):
    values = [int(v) if float(v).is_integer() else round(float(v), 3) for v in classes.flatten().tolist()]
    shown = ", ".join(map(str, values[:24]))
    return shown if len(values) <= 24 else f"{shown}, … ({len(values)} in all; their sum is {sum(values):g})"


_probe(
    "two clumps, of the classes 3 and 7, and one code near each",
    [[0.0, 0.0], [1.0, 0.0], [10.0, 0.0], [11.0, 0.5]],
    [3, 3, 7, 7],
    [[0.4, 0.0], [10.6, 0.0]],
    1,
    "The first code lies among those of class 3, the second among those of class 7.",
)
_probe(
    "one code; counted from the nearest, the classes around it are 7, 2, 2, 7, 7",
    [[0.1, 0.0], [0.0, 1.0], [-1.1, 0.0], [0.0, -3.0], [3.1, 0.0]],
    [7, 2, 2, 7, 7],
    [[0.0, 0.0]],
    3,
    "The three nearest are of the classes 7, 2 and 2: two against one, however near the one is.",
)
_probe(
    "one code; counted from the nearest, the classes around it are 4, 0, 9, 1, 9, 2",
    [[1.0], [-2.0], [3.0], [-4.0], [5.0], [6.0]],
    [4, 0, 9, 1, 9, 2],
    [[0.0]],
    5,
    "Of the five nearest two are of class 9, and one each of 4, 0 and 1: 9 has the most votes, if not half of them.",
)
_probe(
    "more codes than training codes",
    [[5.0, 1.0], [0.0, 2.0], [9.0, 9.0]],
    [1, 8, 6],
    [[0.0, 3.0], [8.0, 8.0], [5.0, 0.0], [1.0, 1.0], [6.0, 2.0]],
    1,
    "Each of the five codes takes the class of the nearest of the three training codes.",
)
_z, _labels = _landscape(700, 120, 3)
_probe("codes that are training codes", _z, _labels, _z[:6], 1, "Each code is its own nearest training code here.")
_z, _labels = _landscape(710, 240, 4)
_asked = _clear(_z, _labels, _landscape(720, 60, 4)[0] * 0.8 + 1.0, 5)
_probe(
    "six classes, some dimensions wider", _z, _labels, _asked, 5, "Count the votes of the five nearest, by distance."
)
_z, _labels = _landscape(730, 300, 16)
_asked = _clear(_z, _labels, _landscape(740, 60, 16)[0] * 0.7 + 2.0, 10)
_probe("sixteen dimensions", _z, _labels, _asked, 10, "The ten nearest vote, by distance.")


# Seen in microsoft/SynapseML#2145.
@knn_on_codes.mistake(
    """You let the k *farthest* training codes vote: `topk` finds the largest numbers unless you pass `largest=False`,
    and a small distance is a near neighbour."""
)
def farthest(train_z, train_labels, z, k):
    return _winners(train_labels, torch.cdist(z, train_z).topk(k).indices)


# As one does where points are searched among themselves: NicolasHug/Surprise#356, tidymodels/themis#303.
@knn_on_codes.mistake(
    """You leave the nearest training code out. That is right where codes are searched among themselves and each finds
    itself first; here `z` is searched among *other* codes, and the nearest is a neighbour."""
)
def first_left_out(train_z, train_labels, z, k):
    return _winners(train_labels, _nearest(train_z, z, min(k + 1, len(train_z)))[:, 1:])


@knn_on_codes.mistake(
    """You take the neighbour in the middle of the sorted classes (the median). Classes have no order: count which is
    most frequent."""
)
def median_class(train_z, train_labels, z, k):
    return train_labels[_nearest(train_z, z, k)].median(1).values


@knn_on_codes.mistake(
    """You add up absolute differences (the 1-norm). The usual distance is the root of the sum of the *squared*
    differences; its order is another one."""
)
def city_blocks(train_z, train_labels, z, k):
    return _winners(train_labels, torch.cdist(z, train_z, p=1).topk(k, largest=False).indices)


@knn_on_codes.mistake(
    """You let near neighbours count more than far ones. That is a known variant; here each of the k has one vote."""
)
def weighted_votes(train_z, train_labels, z, k):
    near = torch.cdist(z, train_z).topk(k, largest=False)
    votes = torch.nn.functional.one_hot(train_labels[near.indices]) / (near.values[..., None] + 1e-9)
    return votes.sum(1).argmax(1)


@knn_on_codes.mistake(
    """You compare each code with the *mean* code of every class. That asks where the classes lie as a whole; the k
    nearest single codes should vote."""
)
def nearest_mean(train_z, train_labels, z, k):
    classes = train_labels.unique()
    means = torch.stack([train_z[train_labels == label].mean(0) for label in classes])
    return classes[torch.cdist(z, means).argmin(1)]


@knn_on_codes.mistake(
    """You took the distances themselves (made whole) for row numbers. `topk`, `sort` and `min` return two results: the
    numbers, and where they stand. You need the second."""
)
def distances_for_rows(train_z, train_labels, z, k):
    distances = torch.cdist(z, train_z).topk(k, largest=False).values
    return _winners(train_labels, distances.long())
