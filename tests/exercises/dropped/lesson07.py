"""Lesson 7: what was tried and is on no list."""

import torch
from torch.nn import functional as F

from course_utils.exercises.lesson07 import place_on_map, read_the_map, slerp
from dropped import Dropped


def _voted(rows, train_labels):
    return train_labels[rows].mode(1).values


def _nearest(points, k):
    return torch.cdist(points, points).fill_diagonal_(torch.inf).topk(k, largest=False).indices


def _kl(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(0)


def _centres(mu):
    return torch.cov(mu.T, correction=0).reshape(mu.shape[1], -1)


def _grid(below):
    q = torch.special.ndtri(below)
    return torch.stack([q.repeat(len(q)), q.flip(0).repeat_interleave(len(q))], 1)


DROPPED = [
    Dropped(
        "knn_on_codes",
        "first_two_coordinates",
        lambda tz, tl, z, k: _voted(torch.cdist(z[:, :2], tz[:, :2]).topk(k, largest=False).indices, tl),
        ("classes agree", "five nearest"),
    ),
    Dropped(
        "knn_on_codes",
        "place_of_the_winner",
        lambda tz, tl, z, k: tl[torch.cdist(z, tz).topk(k, largest=False).indices].mode(1).indices,
        ("none of the classes in `train_labels`", "a position is not a class"),
    ),
    Dropped(
        "knn_on_codes",
        "all_neighbours",
        lambda tz, tl, z, k: tl[torch.cdist(z, tz).topk(k, largest=False).indices],
        ("have not voted yet", "shape (M,)"),
    ),
    Dropped(
        "slerp",
        "stretched_to_one",
        lambda a, b, t: F.normalize((1 - t[:, None]) * a + t[:, None] * b, dim=1),
        ("has the length 1, and r is 3",),
    ),
    Dropped("slerp", "slow_at_the_ends", lambda a, b, t: slerp.answer(a, b, t * t * (3 - 2 * t)), ("t·ω is 30°",)),
    Dropped("slerp", "places_ignored", lambda a, b, t: slerp.answer(a, b, t * 0), ("stays the same when `t` changes",)),
    Dropped(
        "quantile_grid",
        "one_per_cent_off",
        lambda n: _grid(torch.linspace(0.01, 0.99, n)),
        ("Below your z₁ lie 0.01, 0.5, 0.99 of the probability", "1/6, 1/2 and 5/6"),
    ),
    Dropped(
        "quantile_grid",
        "equal_distances_to_two",
        lambda n: _grid(torch.special.ndtr(torch.linspace(-2, 2, n))),
        ("at equal *distances*",),
    ),
    Dropped(
        "quantile_grid", "mirrored", lambda n: -_grid((torch.arange(n) + 0.5) / n), ("right, but not their order",)
    ),
    Dropped(
        "rank_dimensions",
        "numbered_from_one",
        lambda mu, logvar: (_kl(mu, logvar).argsort(descending=True) + 1, _kl(mu, logvar) < 0.01),
        ("numbered from 0, not 1 to 3",),
    ),
    Dropped(
        "rank_dimensions",
        "the_two_exchanged",
        lambda mu, logvar: (_kl(mu, logvar) < 0.01, _kl(mu, logvar).argsort(descending=True)),
        ("The order comes first",),
    ),
    Dropped(
        "rank_dimensions",
        "dead_below_a_tenth",
        lambda mu, logvar: (_kl(mu, logvar).argsort(descending=True), _kl(mu, logvar) < 0.1),
        ("2 of 6 should be dead; you have 4",),
    ),
    Dropped(
        "aggregate_covariance",
        "widths_added_up",
        lambda mu, logvar: _centres(mu) + torch.diag(logvar.exp().sum(0)),
        ("diag(the sum of σ²) stands where diag(the mean of σ²) belongs",),
    ),
    Dropped(
        "aggregate_covariance",
        "prior_s_widths",
        lambda mu, logvar: _centres(mu) + torch.eye(mu.shape[1]).to(mu),
        ("stays the same when `logvar` changes",),
    ),
    Dropped(
        "aggregate_covariance",
        "images_compared",
        lambda mu, logvar: torch.cov(mu) + torch.diag(logvar.exp().mean(1)),
        ("It compares the images",),
    ),
    Dropped("neighbours_kept", "in_per_cent", lambda x, y, k: 100 * _share(x, y, k), ("100 times the expected one",)),
    Dropped("neighbours_kept", "averaged", lambda x, y, k: _share(x, y, k).mean(), ("averaged over the points",)),
    Dropped(
        "place_on_map",
        "new_ones_mirrored",
        lambda train, new: (place_on_map.answer(train, new)[0], -place_on_map.answer(train, new)[1]),
        ("every number has the opposite sign",),
    ),
    Dropped(
        "place_on_map",
        "half_a_unit",
        lambda train, new: tuple(places / 2 for places in place_on_map.answer(train, new)),
        ("0.5 times the expected one",),
    ),
    Dropped(
        "read_the_map",
        "sizes_on_the_map",
        lambda x, y, labels, claim: read_the_map.answer(y if claim[0] == "wider" else x, y, labels, claim),
        ("In the data the spread of group 0 is", "Yours is the map's"),
    ),
    Dropped(
        "read_the_map",
        "gaps_on_the_map",
        lambda x, y, labels, claim: read_the_map.answer(y if claim[0] == "nearer" else x, y, labels, claim),
        ("away from that of group", "Yours is the map's"),
    ),
    Dropped(
        "read_the_map",
        "one_kind_left_out",
        lambda x, y, labels, claim: None if claim[0] == "nearer" else read_the_map.answer(x, y, labels, claim),
        ("is a kind left out?",),
    ),
]


def _share(x, y, k):
    return (_nearest(x, k)[:, :, None] == _nearest(y, k)[:, None]).sum((1, 2)) / k
