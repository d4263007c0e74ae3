# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 7, exercise (further): new points on a map that was made without them."""

import torch

from course_utils.exercises.lesson07.taken import as_tensor
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import kind
from course_utils.exercises.machine.probes import Fault, Given, normal

place_on_map = Exercise(
    "New points on an old map",
    task="""
        t-SNE has no formula that places new points on a finished map; PCA has. Make a map of `train`, shape (N, D),
        with the two first principal axes of `train`. Then put `new`, shape (M, D), on the *same* map, as if these
        points came a year later: nothing on the old map moves. Return the places of both, shapes (N, 2) and (M, 2). The
        mean of `train` lies at 0, a unit on the map is a unit of the data, and each axis may point either way.
    """,
    signature="place_on_map(train, new)",
    returns=["the map of train", "the map of new"],
    axes={"train": "points dimensions", "new": "newcomers dimensions"},
    hints=[
        "A map by PCA is made of two things: a point that lies at 0, and two directions. Both come from `train`; what "
        "is then done to `new`?",
        "`torch.linalg.svd(train - train.mean(0)).Vh[:2]` holds the two directions of largest variance, one a row. The "
        "place of a point is its two dot products with them.",
        "Subtract the *same* mean from `new`, that of `train`, and multiply with the same directions.",
    ],
)


@place_on_map.reference
def _(train, new):
    middle = train.mean(0)
    axes = torch.linalg.svd(train - middle, full_matrices=False).Vh[:2]  # (2, D)
    return (train - middle) @ axes.T, (new - middle) @ axes.T


def _sign(places):
    """Return 1 or −1 for each axis, with which its largest number becomes positive."""
    largest = places.gather(0, places.abs().argmax(0, keepdim=True))
    return torch.where(largest < 0, -1.0, 1.0).to(places.dtype)


def _alike(places, others):
    """Whether places are the same, whichever way the axes of the others point."""
    return places.shape == others.shape and torch.allclose(places, others * _sign(others), atol=1e-4)


class _Places(Given):
    """Points, and a sentence; each axis of the result is turned so that its largest number in `train` is positive.

    A map of the new points alone has axes of its own, which are turned by themselves.
    """

    def look(self, call, returns):
        """Yield form, shapes and values."""

        def turned(*arguments):
            value = call(*arguments)
            if not isinstance(value, (tuple, list)) or len(value) != 2:
                raise Fault("form", f"Two results were expected, the places of both; a {kind(value)} came back.")
            dtype = self.arguments["train"].dtype
            old, new = (as_tensor(part, what="a place for each point").to(dtype) for part in value)
            if old.ndim != 2 or new.ndim != 2 or old.shape[1] != new.shape[1] or not len(old) or not len(new):
                return old, new
            sign, own = _sign(old), new * _sign(new)
            a_map_apart = _alike(own, place_on_map.answer(self.arguments["new"], self.arguments["new"])[0])
            return old * sign, own if a_map_apart else new * sign

        yield from super().look(turned, returns)


def _probe(train, new, says):
    train, new = (torch.as_tensor(points, dtype=torch.float64) for points in (train, new))

    def note(old, fresh):
        return f"{_seen(train, new, old, fresh)} {says}".strip()

    return _Places({"train": train, "new": new}).note(note)


def _seen(train, new, old, fresh):
    """Say what is seen of places that are not the right ones."""
    right = place_on_map.answer(train, train)[0]
    if old.shape == (len(new), 2) and fresh.shape == right.shape:
        return "The places of `train` come first, then those of `new`."
    if old.shape != right.shape:
        return f"Each of the {len(train)} points in `train` needs two coordinates on the map."
    spread, wanted = (float(places.var(0, correction=0).sum().sqrt()) for places in (old, right))
    if float(old.mean(0).norm()) > 1e-4 * wanted:
        return "On your map the mean of `train` does not lie at 0."
    sides, widths = (places.std(0, correction=0) for places in (old, right))
    if abs(sides[0] - sides[1]) < 1e-4 * sides[0]:
        return (
            "On your map `train` spreads equally along both axes (whitening, or U without the singular values). A unit "
            "on the map should be a unit of the data."
        )
    if torch.allclose(sides.flip(0), widths, rtol=1e-6):
        return "The two axes are in the other order: the first is that of the largest variance."
    if abs(spread - wanted) > 1e-4 * wanted:
        return (
            f"On your map `train` has the spread {spread:.3g}; along its first two principal axes it has {wanted:.3g}."
        )
    if abs(sides[0] - widths[0]) > 1e-4 * wanted:
        return (
            f"Along your first axis `train` has the spread {sides[0]:.3g}; along its first principal axis, the "
            f"direction in which its centred points spread most, it has {widths[0]:.3g}."
        )
    return "" if len(fresh) and fresh.shape[1] == 2 else "The new points need two coordinates on the map, too."


def _cloud(points, dimensions, seed, *, wide=4.0, shift=0.0):
    """Make points whose spread differs from direction to direction, none of them an axis."""
    mix = torch.linalg.qr(normal(dimensions, dimensions, seed=seed + 1).double()).Q
    spreads = wide ** torch.linspace(1, -1, dimensions, dtype=torch.float64)
    return normal(points, dimensions, seed=seed).double() * spreads @ mix.T + shift


place_on_map.probes += [
    _probe(
        [[6.0, 0.0, 1.0], [-3.0, 0.0, 1.0], [-1.0, 3.0, 1.0], [-1.0, -1.0, 1.0], [-1.0, -2.0, 1.0]],
        [[6.0, 0.0, 1.0], [0.0, 1.0, 5.0], [2.0, 0.0, 1.0]],
        "The first new point is one of the old ones: it belongs at the same place. (Only `new` varies along the third "
        "coordinate.)",
    ),
    _probe(
        [[10.0, 5.0], [4.0, 5.0], [7.0, 6.0], [7.0, 3.5]],
        [[20.0, 9.0], [19.0, 11.0], [22.0, 10.0]],
        "Three new points, far from the others: no reason for the map to move, nor for them to lie round 0.",
    ),
    _probe(_cloud(30, 5, 1000), _cloud(8, 5, 1010) + 2.0, "Thirty points in five dimensions, eight new ones."),
    _probe(_cloud(60, 8, 1020, shift=3.0), _cloud(60, 8, 1030), "Sixty points in eight dimensions, far from 0."),
]


def _axes(points):
    return torch.linalg.svd(points - points.mean(0), full_matrices=False).Vh


# Two calls of `fit_transform`: scikit-learn/scikit-learn#5361, koaning/whatlies#172.
@place_on_map.mistake(
    """You made a second map, from the new points alone. Two maps have nothing in common but the paper: their axes point
    elsewhere, and each has its own mean at 0. Keep mean and directions of `train`."""
)
def a_map_of_their_own(train, new):
    return place_on_map.answer(train, train)[0], (new - new.mean(0)) @ _axes(new)[:2].T


@place_on_map.mistake(
    """You made the map from old and new points together: it is another map, and the old points moved when the new ones
    came. Mean and directions come from `train` alone."""
)
def made_together(train, new):
    both = torch.cat([train, new])
    places = (both - both.mean(0)) @ _axes(both)[:2].T
    return places[: len(train)], places[len(train) :]


@place_on_map.mistake(
    """The directions are right, but you subtracted from the new points *their own* mean. It takes them all to the
    middle of the map, wherever they lie. Subtract the mean of `train`."""
)
def their_own_mean(train, new):
    return place_on_map.answer(train, train)[0], (new - new.mean(0)) @ _axes(train)[:2].T


@place_on_map.mistake(
    """You subtracted the mean from `train`, but nothing from the new points. Both go through the same steps."""
)
def mean_left_in_the_new(train, new):
    return place_on_map.answer(train, train)[0], new @ _axes(train)[:2].T


@place_on_map.mistake(
    """The mean of `train` is not subtracted. The first direction then leans towards the mean, and the map hangs
    somewhere beside 0."""
)
def not_centred(train, new):
    axes = torch.linalg.svd(train, full_matrices=False).Vh[:2]
    return train @ axes.T, new @ axes.T


@place_on_map.mistake(
    """You took the two directions of *smallest* variance. `torch.linalg.eigh` begins with the smallest,
    `torch.linalg.svd` with the largest."""
)
def smallest_directions(train, new):
    axes = torch.linalg.eigh(torch.cov(train.T)).eigenvectors.T[:2]
    return (train - train.mean(0)) @ axes.T, (new - train.mean(0)) @ axes.T


@place_on_map.mistake("""You took the first *columns* of Vh. The directions stand in its rows: `Vh[:2]`.""")
def columns_for_rows(train, new):
    axes = torch.linalg.svd(train - train.mean(0)).Vh[:, :2]
    return (train - train.mean(0)) @ axes, (new - train.mean(0)) @ axes


# Plots of z[:, 0] against z[:, 1]: yizhiwang96/deepvecfont-v2#12.
@place_on_map.mistake(
    """You took the first two coordinates as they are. The axes of the data are in no order; principal axes are
    mixtures of all, and sorted."""
)
def first_two_coordinates(train, new):
    return (train - train.mean(0))[:, :2], (new - train.mean(0))[:, :2]


@place_on_map.mistake(
    """You divided every coordinate by its spread before looking for the directions: PCA of the *correlations*. Here the
    data keep their units."""
)
def standardised(train, new):
    spread = train.std(0, correction=0).clamp(min=1e-9)
    old, fresh = (train - train.mean(0)) / spread, (new - train.mean(0)) / spread
    axes = _axes(old)[:2]
    return old @ axes.T, fresh @ axes.T
