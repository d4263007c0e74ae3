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
        "knn_on_codes",
        "nearest_alone",
        lambda tz, tl, z, k: tl[torch.cdist(z, tz).argmin(1)],
        ("what the nearest one alone chooses",),
    ),
    Dropped(
        "knn_on_codes",
        "one_too_many",
        lambda tz, tl, z, k: _voted(torch.cdist(z, tz).argsort(1)[:, : k + 1], tl),
        ("what the 4 nearest choose",),
    ),
    Dropped(
        "knn_on_codes",
        "always_five",
        lambda tz, tl, z, k: _voted(torch.cdist(z, tz).argsort(1)[:, :5], tl),
        ("what the 5 nearest choose",),
    ),
    Dropped(
        "knn_on_codes",
        "by_angle",
        lambda tz, tl, z, k: _voted((F.normalize(z) @ F.normalize(tz).T).topk(k).indices, tl),
        ("moved by one and the same step", "cosines"),
    ),
    Dropped(
        "knn_on_codes",
        "by_dot_product",
        lambda tz, tl, z, k: _voted((z @ tz.T).topk(k).indices, tl),
        ("moved by one and the same step", "dot products"),
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
        ("It compares the *images*", "`mu.T`"),
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
    Dropped(
        "knn_on_codes",
        "rows_for_classes",
        lambda tz, tl, z, k: torch.cdist(z, tz).topk(k, largest=False).indices.mode(1).values,
        ("none of the classes in `train_labels`", "a position is not a class"),
    ),
    Dropped(
        "knn_on_codes",
        "averaged",
        lambda tz, tl, z, k: tl[torch.cdist(z, tz).topk(k, largest=False).indices].double().mean(1).round().long(),
        ("none of the classes in `train_labels`", "not averaged"),
    ),
    Dropped(
        "quantile_grid",
        "equal_distances",
        lambda n: _grid(torch.special.ndtr(torch.linspace(-3, 3, n))),
        ("at equal *distances*",),
    ),
    Dropped("quantile_grid", "both_ends", lambda n: _grid(torch.linspace(0, 1, n)), ("−∞", "take their middles")),
    Dropped("quantile_grid", "lower_borders", lambda n: _grid(torch.arange(n) / n), ("−∞", "take their middles")),
    Dropped("quantile_grid", "upper_borders", lambda n: _grid((torch.arange(n) + 1) / n), ("−∞", "take their middles")),
    Dropped(
        "quantile_grid",
        "five_per_cent_off",
        lambda n: _grid(torch.linspace(0.05, 0.95, n)),
        ("Below your z₁ lie 0.05, 0.5, 0.95", "1/6, 1/2 and 5/6"),
    ),
    Dropped(
        "quantile_grid",
        "borders_of_one_more",
        lambda n: _grid((torch.arange(n) + 1) / (n + 1)),
        ("Below your z₁ lie 0.25, 0.5, 0.75", "1/6, 1/2 and 5/6"),
    ),
    Dropped(
        "quantile_grid",
        "upside_down",
        lambda n: _grid((torch.arange(n) + 0.5) / n) * torch.tensor([1.0, -1.0]),
        ("right, but not their order", "first code is (-0.967, -0.967)"),
    ),
    Dropped(
        "quantile_grid",
        "rows_for_columns",
        lambda n: _grid((torch.arange(n) + 0.5) / n).flip(1) * torch.tensor([-1.0, 1.0]),
        ("along your first row z₂ changes", "`torch.meshgrid`"),
    ),
    Dropped(
        "quantile_grid",
        "one_coordinate_0",
        lambda n: _grid((torch.arange(n) + 0.5) / n) * torch.tensor([1.0, 0.0]),
        ("z₂ takes one value only",),
    ),
    Dropped(
        "rank_dimensions",
        "upwards",
        lambda mu, logvar: (_kl(mu, logvar).argsort(), _kl(mu, logvar) < 0.01),
        ("begins with the *smallest* KL", "descending=True"),
    ),
    Dropped(
        "rank_dimensions",
        "alive",
        lambda mu, logvar: (_kl(mu, logvar).argsort(descending=True), _kl(mu, logvar) >= 0.01),
        ("You marked those that are alive",),
    ),
    *(
        Dropped(
            "rank_dimensions",
            f"dead_below_{below}",
            lambda mu, logvar, below=below: (_kl(mu, logvar).argsort(descending=True), _kl(mu, logvar) < below),
            ("Dimension 2, with a KL of 0.0078, you call alive",),
        )
        for below in (0.001, 0.007)
    ),
    Dropped(
        "rank_dimensions",
        "dead_for_every_image",
        lambda mu, logvar: (
            _kl(mu, logvar).argsort(descending=True),
            (0.5 * (mu**2 + logvar.exp() - 1 - logvar) < 0.01).all(0),
        ),
        ("Dimension 2, with a KL of 0.0078, you call alive",),
    ),
    Dropped(
        "aggregate_covariance",
        "standard_deviations_added",
        lambda mu, logvar: _centres(mu) + torch.diag((0.5 * logvar).exp().mean(0)),
        ("diag(the mean of σ) stands where diag(the mean of σ²) belongs",),
    ),
    Dropped(
        "aggregate_covariance",
        "the_prior",
        lambda mu, logvar: torch.eye(mu.shape[1]),
        ("the covariance of μ and diag(the mean of σ²) are missing",),
    ),
    Dropped(
        "aggregate_covariance",
        "variances_only",
        lambda mu, logvar: mu.var(0, correction=0) + logvar.exp().mean(0),
        ("a row and a column for each dimension",),
    ),
    Dropped(
        "aggregate_covariance",
        "one_width_for_all",
        lambda mu, logvar: _centres(mu) + logvar.exp().mean() * torch.eye(mu.shape[1]),
        ("(the mean of all σ²) on the diagonal stands where",),
    ),
    Dropped(
        "aggregate_covariance",
        "the_same_draws",
        lambda mu, logvar: _drawn(mu, logvar),
        ("near, as that of many draws",),
    ),
    Dropped("slerp", "from_b_to_a", lambda a, b, t: slerp.answer(b, a, t), ("those for `a` and `b` exchanged",)),
    Dropped(
        "slerp",
        "on_the_unit_sphere",
        lambda a, b, t: slerp.answer(a, b, t) / a.norm(),
        ("has the length 1, and r is 3",),
    ),
    Dropped(
        "slerp",
        "zero_by_zero",
        lambda a, b, t: _mixed(a, b, t, (a @ b / (a.norm() * b.norm())).clamp(-1, 1).acos()),
        ("0/0", "a and b are the same: ω = 0 and sin ω = 0"),
    ),
    Dropped(
        "slerp",
        "lengths_not_divided_nor_clamped",
        lambda a, b, t: _mixed(a, b, t, (a @ b).acos()),
        ("`.acos()` outside [−1, 1]",),
    ),
    Dropped(
        "slerp",
        "not_divided_by_the_sine",
        lambda a, b, t: ((1 - t[:, None]) * _omega(a, b)).sin() * a + (t[:, None] * _omega(a, b)).sin() * b,
        ("a·sin((1 − t)ω) + b·sin(tω)",),
    ),
    Dropped(
        "slerp",
        "shortcut_the_other_way",
        lambda a, b, t: t[:, None] * a + (1 - t[:, None]) * b if _omega(a, b) < 0.02 else slerp.answer(a, b, t),
        ("at t = 0 your point is 0.573° from a",),
    ),
    Dropped(
        "neighbours_kept",
        "farthest",
        lambda x, y, k: _both(*(torch.cdist(p, p).topk(k).indices for p in (x, y))) / k,
        ("Your lists hold the *farthest* points", "largest=False"),
    ),
    Dropped(
        "neighbours_kept",
        "farthest_and_itself",
        lambda x, y, k: _both(*(torch.cdist(p, p).fill_diagonal_(torch.inf).topk(k).indices for p in (x, y))) / k,
        ("Your lists hold the *farthest* points", "largest=False"),
    ),
    Dropped("neighbours_kept", "counted", lambda x, y, k: k * _share(x, y, k), ("Yours is k times the share",)),
    Dropped(
        "neighbours_kept", "mean_over_all_pairs", lambda x, y, k: _share(x, y, k) / k, ("Yours is 1/k of the share",)
    ),
    Dropped(
        "neighbours_kept", "one_more_below", lambda x, y, k: _share(x, y, k) * k / (k + 1), ("k/(k + 1) of the share",)
    ),
    Dropped("neighbours_kept", "of_all_points", lambda x, y, k: _share(x, y, k) * k / len(x), ("k/P of the share",)),
    Dropped(
        "neighbours_kept",
        "itself_in_one_list",
        lambda x, y, k: _both(torch.cdist(x, x).topk(k, largest=False).indices, _nearest(y, k)) / k,
        ("nothing kept at k = 1", "stand in one of your two lists"),
    ),
    Dropped(
        "neighbours_kept",
        "by_the_dot_product",
        lambda x, y, k: _both(*((p @ p.T).fill_diagonal_(-torch.inf).topk(k).indices for p in (x, y))) / k,
        ("moved by one and the same step",),
    ),
    Dropped(
        "neighbours_kept",
        "indices",
        lambda x, y, k: _nearest(x, k),
        ("should be (5,); it is (5, 3)", "every point keeps all three"),
    ),
    Dropped(
        "neighbours_kept",
        "none_left_at_1",
        lambda x, y, k: (_nearest(x, k)[:, 1:, None] == _nearest(y, k)[:, None, 1:]).any(2).float().mean(1),
        ("the mean of no numbers",),
    ),
    Dropped(
        "place_on_map",
        "whitened",
        lambda train, new: tuple(
            p / place_on_map.answer(train, new)[0].std(0) for p in place_on_map.answer(train, new)
        ),
        ("spreads equally along both axes (whitening",),
    ),
    Dropped(
        "place_on_map",
        "second_axis_first",
        lambda train, new: tuple(places.flip(1) for places in place_on_map.answer(train, new)),
        ("The two axes are in the other order",),
    ),
    Dropped(
        "place_on_map",
        "mean_left_in_both",
        lambda train, new: tuple(places @ _axes(train) for places in (train, new)),
        ("the mean of `train` does not lie at 0",),
    ),
    Dropped(
        "place_on_map",
        "directions_of_the_uncentred",
        lambda train, new: tuple((p - train.mean(0)) @ torch.linalg.svd(train).Vh[:2].T for p in (train, new)),
        ("Along your first axis `train` has the spread", "centred points"),
    ),
    Dropped(
        "place_on_map",
        "new_ones_first",
        lambda train, new: place_on_map.answer(train, new)[::-1],
        ("The places of `train` come first",),
    ),
    Dropped(
        "place_on_map",
        "divided_by_no_spread",
        lambda train, new: place_on_map.answer(train / train.std(0), new / train.std(0)),
        ("non-finite", "by a division by 0, say"),
    ),
    Dropped(
        "read_the_map",
        "over_the_spread",
        lambda x, y, labels, claim: (
            _over_the_spread(x, labels, *claim[1:])
            if claim[0] == "nearer"
            else read_the_map.answer(x, y, labels, claim)
        ),
        ("In the data the mean of group 0 is",),
    ),
    Dropped(
        "read_the_map",
        "directions_of_the_means",
        lambda x, y, labels, claim: (
            _directions(x, labels, *claim[1:]) if claim[0] == "nearer" else read_the_map.answer(x, y, labels, claim)
        ),
        ("In the data the mean of group 0 is",),
    ),
    *(
        Dropped(
            "read_the_map",
            f"{what}_the_other_way",
            lambda x, y, labels, claim, what=what: read_the_map.answer(x, y, labels, claim) != (claim[0] == what),
            ("the opposite of the right answer",),
        )
        for what in ("wider", "nearer", "neighbours")
    ),
    Dropped(
        "read_the_map",
        "eleven_others",
        lambda x, y, labels, claim: (
            bool((_nearest(x, 11)[claim[1]] == _nearest(y, 1)[claim[1]]).any())
            if claim[0] == "neighbours"
            else read_the_map.answer(x, y, labels, claim)
        ),
        ("10 other points are nearer to point 29 than point 25 is",),
    ),
]


def _share(x, y, k):
    return (_nearest(x, k)[:, :, None] == _nearest(y, k)[:, None]).sum((1, 2)) / k


def _both(one, other):
    return (one[:, :, None] == other[:, None]).sum((1, 2))


def _omega(a, b):
    return (a @ b / (a.norm() * b.norm())).clamp(-1, 1).acos()


def _mixed(a, b, t, angle):
    return (((1 - t[:, None]) * angle).sin() * a + (t[:, None] * angle).sin() * b) / angle.sin()


def _drawn(mu, logvar):
    noise = torch.randn(5000, *mu.shape, generator=torch.Generator().manual_seed(0))
    return _centres((mu + (0.5 * logvar).exp() * noise).flatten(0, 1))


def _axes(points):
    return torch.linalg.svd(points - points.mean(0), full_matrices=False).Vh[:2].T


def _over_the_spread(x, labels, a, b, c):
    middle, *others = (x[labels == group] for group in (a, b, c))
    one, other = ((middle.mean(0) - group.mean(0)).norm() / group.std() for group in others)
    return bool(one < other)


def _directions(x, labels, *which):
    a, b, c = (x[labels == group].mean(0) for group in which)
    return bool(torch.cosine_similarity(a, b, 0) > torch.cosine_similarity(a, c, 0))
