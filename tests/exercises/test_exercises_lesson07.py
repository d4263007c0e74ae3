"""Lesson 7's exercises: what every lesson's must do is in test_exercises.py; here are the variants people write."""

import math
from collections import Counter, namedtuple
from statistics import NormalDist

import numpy as np
import pytest
import torch
from answers import assert_mistake, assert_passes
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from torch.distributions import Independent, MixtureSameFamily, Normal, kl_divergence
from torch.nn import functional as F

from course_utils import losses
from course_utils.exercises import lesson07 as ex
from course_utils.exercises.lesson07.read_the_map import CLAIMS, SCENES
from course_utils.exercises.lesson07.slerp import SAME

INF = math.inf


def without_itself(points):
    return torch.cdist(points, points).fill_diagonal_(INF)


def nearest(points, k):
    return without_itself(points).topk(k, largest=False).indices


# knn_on_codes


def counter(train_z, train_labels, z, k):
    found = []
    for code in z:
        closest = ((train_z - code) ** 2).sum(1).argsort()[:k]
        found.append(Counter(train_labels[closest].tolist()).most_common(1)[0][0])
    return found


def one_hot_votes(train_z, train_labels, z, k):
    classes, which = train_labels.unique(return_inverse=True)
    closest = torch.cdist(z, train_z).argsort(1)[:, :k]
    return classes[F.one_hot(which[closest]).sum(1).argmax(1)]


def without_cdist(train_z, train_labels, z, k):
    squared = (z**2).sum(1)[:, None] - 2 * z @ train_z.T + (train_z**2).sum(1)
    return train_labels[squared.sort(1).indices[:, :k]].mode(1)[0]


def by_numpy(train_z, train_labels, z, k):
    distances = np.linalg.norm(z.numpy()[:, None] - train_z.numpy(), axis=-1)
    return np.array([np.bincount(row).argmax() for row in train_labels.numpy()[distances.argsort(1)[:, :k]]])


KNN = {
    "a loop and a Counter, as a list": counter,
    "one-hot votes": one_hot_votes,
    "squares by hand": without_cdist,
    "NumPy": by_numpy,
    "scikit-learn": lambda tz, tl, z, k: KNeighborsClassifier(k).fit(tz, tl).predict(z),
    "negative distances, floats": lambda tz, tl, z, k: torch.mode(
        tl[(-torch.cdist(z, tz)).topk(k).indices], 1
    ).values.float(),
    "training codes first": lambda tz, tl, z, k: (
        tl[torch.cdist(tz, z).topk(k, dim=0, largest=False).indices].mode(0).values
    ),
    "a list of tensors": lambda tz, tl, z, k: [tl[(tz - c).norm(dim=1).argsort()[:k]].mode().values for c in z],
}


@pytest.mark.parametrize("variant", KNN)
def test_knn_on_codes_accepts_variant(variant):
    assert_passes(ex.knn_on_codes, KNN[variant])


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda tz, tl, z, k: tl[torch.cdist(z, tz).argsort(1, descending=True)[:, :k]].mode(1)[0], "farthest"),
        (lambda tz, tl, z, k: tl[torch.cdist(z, tz).argsort(1)[:, 1 : k + 1]].mode(1)[0], "first_left_out"),
        (lambda tz, tl, z, k: tl[torch.cdist(z, tz).sort(1)[0][:, :k].long()].mode(1)[0], "distances_for_rows"),
    ],
)
def test_knn_on_codes_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.knn_on_codes, function, mistake)


# quantile_grid


def middles(n):
    return [(i + 0.5) / n for i in range(n)]


def product_of_lists(n):
    q = [NormalDist().inv_cdf(p) for p in middles(n)]
    return torch.tensor([(a, b) for b in reversed(q) for a in q])


def meshgrid(n):
    q = Normal(0.0, 1.0).icdf(torch.tensor(middles(n)))
    return torch.stack(torch.meshgrid(q, q.flip(0), indexing="xy"), -1).reshape(-1, 2)


def numpy_grid(n):
    q = np.array([NormalDist().inv_cdf(p) for p in middles(n)])
    across, up = np.meshgrid(q, q[::-1])
    return np.c_[across.ravel(), up.ravel()]


def by_erfinv(n):
    q = math.sqrt(2) * torch.erfinv(2 * torch.linspace(0.5 / n, 1 - 0.5 / n, n) - 1)
    return torch.cartesian_prod(-q, q).flip(1)


def between_the_cuts(n):
    cuts = torch.linspace(0, 1, n + 1, dtype=torch.float64)
    q = torch.special.ndtri((cuts[1:] + cuts[:-1]) / 2)
    return torch.stack([q.repeat(n), -q.repeat_interleave(n)], 1)


GRID = {
    "lists": product_of_lists,
    "meshgrid": meshgrid,
    "NumPy": numpy_grid,
    "erfinv and a product": by_erfinv,
    "between the cuts, float64": between_the_cuts,
    "a list of pairs": lambda n: [tuple(pair) for pair in product_of_lists(n).tolist()],
}


@pytest.mark.parametrize("variant", GRID)
def test_quantile_grid_accepts_variant(variant):
    assert_passes(ex.quantile_grid, GRID[variant])


def test_quantile_grid_gives_every_slice_its_share():
    """Each slice, half of it below its middle, holds one fifth of many draws."""
    across = ex.quantile_grid.answer(5)[:5, 0]
    draws = torch.randn(100_000, generator=torch.Generator().manual_seed(0))
    below = (draws[:, None] < across).double().mean(0)
    assert (below - torch.tensor(middles(5))).abs().max() < 4.5 * 0.5 / 100_000**0.5


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda n: by_erfinv(n) / math.sqrt(2), "without_the_root"),
        (lambda n: Normal(0.0, 1.0).cdf(meshgrid(n)), "probabilities"),
    ],
)
def test_quantile_grid_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.quantile_grid, function, mistake)


def test_quantile_grid_speaks_of_distances_whatever_the_range():
    for half in (1.5, 2.0, 4.0):
        across = torch.tensor([-half, half])
        verdict = ex.quantile_grid.check(
            lambda n, across=across: torch.cartesian_prod(torch.linspace(*across, n), torch.linspace(*across, n))
        )
        assert "equal *distances*" in verdict.message, verdict.text


# rank_dimensions

Ranking = namedtuple("Ranking", ["order", "dead"])


def mean_kl(mu, logvar):
    return (0.5 * (mu**2 + logvar.exp() - 1 - logvar)).mean(0)


def plain_python(mu, logvar):
    kl = mean_kl(mu, logvar).tolist()
    return sorted(range(len(kl)), key=lambda j: -kl[j]), [value < 0.01 for value in kl]


def by_distributions(mu, logvar):
    kl = kl_divergence(Normal(mu, (0.5 * logvar).exp()), Normal(0.0, 1.0)).mean(0)
    return torch.sort(kl, descending=True)[1], torch.lt(kl, 0.01)


def ranked(kl):
    return Ranking(kl.argsort(descending=True), kl < 0.01)


RANKING = {
    "plain Python": plain_python,
    "NumPy": lambda mu, logvar: (np.argsort(-mean_kl(mu, logvar).numpy()), mean_kl(mu, logvar).numpy() < 0.01),
    "torch.distributions": by_distributions,
    "topk, as a list": lambda mu, logvar: [
        mean_kl(mu, logvar).topk(mu.shape[1]).indices,
        (mean_kl(mu, logvar) < 0.01).int(),
    ],
    "upwards and flipped": lambda mu, logvar: (mean_kl(mu, logvar).argsort().flip(0), ~(mean_kl(mu, logvar) >= 0.01)),
    "the package's terms, a namedtuple": lambda mu, logvar: ranked(sum(losses.kl_terms(mu, logvar)).mean(0)),
}


@pytest.mark.parametrize("variant", RANKING)
def test_rank_dimensions_accepts_variant(variant):
    assert_passes(ex.rank_dimensions, RANKING[variant])


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda mu, logvar: (list(range(mu.shape[1])), mean_kl(mu, logvar) < 0.01), "as_they_come"),
        (lambda mu, logvar: ranked(mean_kl(mu, logvar) * len(mu)), "summed_over_the_images"),
        (lambda mu, logvar: ranked(mean_kl(mu, 0 * logvar)), "only_the_mean_term"),
    ],
)
def test_rank_dimensions_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.rank_dimensions, function, mistake)


# aggregate_covariance


def by_second_moments(mu, logvar):
    second = (mu.T @ mu + torch.diag(logvar.exp().sum(0))) / len(mu)
    return second - torch.outer(mu.mean(0), mu.mean(0))


def cloud_by_cloud(mu, logvar):
    away = mu - mu.mean(0)
    return (torch.einsum("bi,bj->bij", away, away) + torch.diag_embed(logvar.exp())).mean(0)


def by_pairs(mu, logvar):
    gaps = (mu[:, None] - mu).flatten(0, 1)
    return gaps.T @ gaps / (2 * len(mu) ** 2) + torch.diag(logvar.exp().mean(0))


def by_torch_cov(mu, logvar):
    covariance = torch.cov(mu.T, correction=0).reshape(mu.shape[1], -1)
    covariance.diagonal().add_(logvar.exp().mean(0))
    return covariance


COVARIANCE = {
    "second moments": by_second_moments,
    "cloud by cloud": cloud_by_cloud,
    "pairs of centres": by_pairs,
    "torch.cov, the diagonal in place": by_torch_cov,
    "the identity times a vector": lambda mu, logvar: (
        by_torch_cov(mu, logvar - INF) + torch.eye(mu.shape[1]).to(mu) * logvar.exp().mean(0)
    ),
    "NumPy": lambda mu, logvar: (
        np.cov(mu.numpy().T, bias=True).reshape(mu.shape[1], -1) + np.diag(np.exp(logvar.numpy()).mean(0))
    ),
    "lists": lambda mu, logvar: cloud_by_cloud(mu, logvar).tolist(),
}


@pytest.mark.parametrize("variant", COVARIANCE)
def test_aggregate_covariance_accepts_variant(variant):
    assert_passes(ex.aggregate_covariance, COVARIANCE[variant])


def test_aggregate_covariance_is_what_draws_say():
    draws = torch.Generator().manual_seed(1)
    mu = torch.randn(5, 3, generator=draws, dtype=torch.float64)
    logvar = torch.randn(5, 3, generator=draws, dtype=torch.float64)
    clouds = Independent(Normal(mu, (0.5 * logvar).exp()), 1)
    aggregate = MixtureSameFamily(torch.distributions.Categorical(torch.ones(5)), clouds)
    torch.manual_seed(2)
    z = aggregate.sample((200_000,))
    away = z - mu.mean(0)
    products = away[:, :, None] * away[:, None]
    off = products.mean(0) - ex.aggregate_covariance.answer(mu, logvar)
    assert (off.abs() < 4.5 * products.std(0) / len(z) ** 0.5).all()
    assert torch.allclose(ex.aggregate_covariance.answer(mu, logvar).diagonal(), aggregate.variance)


def test_aggregate_covariance_of_one_dimension_may_come_from_torch_cov():
    """`torch.cov` of one variable has no axis: whoever adds nothing to it has still forgotten the widths."""
    assert_mistake(ex.aggregate_covariance, lambda mu, logvar: torch.cov(mu.T, correction=0), "centres_only")


# slerp


def turned(a, b, t):
    """Turn a towards the part of b that is at a right angle to it."""
    r = a.norm()
    across = b - (a @ b) / (a @ a) * a
    if across.norm() < 1e-6 * r:
        return a.repeat(len(t), 1)
    angle = (t * torch.atan2(across.norm(), (a @ b) / r))[:, None]
    return angle.cos() * a + angle.sin() * r * across / across.norm()


def guarded_by_the_dot(a, b, t):
    cosine = (a * b).sum() / (a.norm() * b.norm())
    if cosine > 0.9995:
        return torch.stack([(1 - s) * a + s * b for s in t])
    angle = torch.acos(cosine)
    return torch.outer(((1 - t) * angle).sin() / angle.sin(), a) + torch.outer((t * angle).sin() / angle.sin(), b)


def with_sinc(a, b, t):
    angle = F.cosine_similarity(a, b, dim=0).clamp(-1, 1).acos() / math.pi
    t = t[:, None]
    weights = (1 - t) * torch.sinc((1 - t) * angle), t * torch.sinc(t * angle)
    return (weights[0] * a + weights[1] * b) / torch.sinc(angle)


def from_the_chord(a, b, t):
    angle = 2 * torch.asin(((a - b).norm() / (2 * a.norm())).clamp(max=1))
    if angle == 0:
        return a.expand(len(t), -1)
    return torch.stack([(((1 - s) * angle).sin() * a + (s * angle).sin() * b) / angle.sin() for s in t])


def never_below(a, b, t):
    angle = (a @ b / (a.norm() * b.norm())).clamp(-1, 1).acos().clamp(min=1e-4)
    return (((1 - t[:, None]) * angle).sin() * a + (t[:, None] * angle).sin() * b) / angle.sin()


SLERP = {
    "a turn in the plane": turned,
    "the usual guard": guarded_by_the_dot,
    "sinc": with_sinc,
    "the chord": from_the_chord,
    "an angle that is never 0": never_below,
    "a list of points": lambda a, b, t: list(turned(a, b, t)),
    "NumPy": lambda a, b, t: turned(a, b, t).numpy(),
}


@pytest.mark.parametrize("variant", SLERP)
def test_slerp_accepts_variant(variant):
    assert_passes(ex.slerp, SLERP[variant])


def test_slerp_keeps_the_length_where_the_line_loses_it():
    torch.manual_seed(0)
    a, b = F.normalize(torch.randn(2, 64), dim=1) * 8
    points = ex.slerp.answer(a, b, torch.linspace(0, 1, 9))
    assert torch.allclose(points.norm(dim=1), torch.tensor(8.0))
    steps = (points[1:] - points[:-1]).norm(dim=1)
    assert torch.allclose(steps, steps.mean(), rtol=1e-4)
    assert ((a + b) / 2).norm() < 7


def test_slerp_takes_no_line_for_a_small_arc():
    def line_below_half(a, b, t):
        near = F.cosine_similarity(a, b, dim=0) > math.cos(0.5)
        return torch.lerp(a[None], b[None], t[:, None]) if near else turned(a, b, t)

    verdict = ex.slerp.check(line_below_half)
    assert "the arc is no straight line yet" in verdict.message, verdict.text


def test_slerp_sees_a_cosine_that_rounding_pushed_above_one():
    def unclamped(a, b, t):
        angle = (a @ b / (a.norm() * b.norm())).acos()
        return (
            turned(a, b, t)
            if angle == 0
            else (((1 - t[:, None]) * angle).sin() * a + (t[:, None] * angle).sin() * b) / angle.sin()
        )

    if SAME @ SAME / SAME.norm() ** 2 <= 1:
        pytest.skip("here it rounds downwards")
    verdict = ex.slerp.check(unclamped)
    assert "`.clamp(-1, 1)`" in verdict.message, verdict.text


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda a, b, t: torch.lerp(a[None], b[None], t[:, None]), "straight"),
        (lambda a, b, t: a.norm() * F.normalize(torch.lerp(a[None], b[None], t[:, None])), "straight_and_stretched"),
    ],
)
def test_slerp_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.slerp, function, mistake)


# neighbours_kept


def common_sets(x, y, k):
    pairs = zip(nearest(x, k).tolist(), nearest(y, k).tolist(), strict=True)
    return [len({*one} & {*other}) / k for one, other in pairs]


def adjacency(x, y, k):
    one, other = (torch.zeros(len(x), len(x)).scatter_(1, nearest(points, k), 1.0) for points in (x, y))
    return (one * other).sum(1) / k


def by_ranks(x, y, k):
    one, other = (without_itself(points).argsort(1).argsort(1) < k for points in (x, y))
    return (one & other).sum(1).double() / k


def by_sklearn(x, y, k):
    one, other = (NearestNeighbors(n_neighbors=k).fit(p.numpy()).kneighbors(return_distance=False) for p in (x, y))
    return np.array([len(np.intersect1d(a, b)) / k for a, b in zip(one, other, strict=True)])


def first_dropped(x, y, k):
    one, other = (torch.cdist(p, p).topk(k + 1, largest=False).indices[:, 1:] for p in (x, y))
    return (one[:, :, None] == other[:, None]).any(2).float().mean(1)


KEPT = {
    "sets, as a list": common_sets,
    "adjacency matrices": adjacency,
    "ranks, float64": by_ranks,
    "scikit-learn, NumPy": by_sklearn,
    "the first column dropped": first_dropped,
    "isin, point by point": lambda x, y, k: torch.stack(
        [torch.isin(a, b).float().mean() for a, b in zip(nearest(x, k), nearest(y, k), strict=True)]
    ),
}


@pytest.mark.parametrize("variant", KEPT)
def test_neighbours_kept_accepts_variant(variant):
    assert_passes(ex.neighbours_kept, KEPT[variant])


def test_neighbours_kept_by_chance():
    """A map that knows nothing keeps k of N − 1."""
    x, y = (torch.randn(500, size, generator=torch.Generator().manual_seed(size)) for size in (8, 2))
    assert float(ex.neighbours_kept.answer(x, y, 50).mean()) == pytest.approx(50 / 499, abs=0.01)


# place_on_map


def by_eigh(train, new):
    middle = train.mean(0)
    axes = torch.linalg.eigh(torch.cov(train.T)).eigenvectors[:, [-1, -2]]
    return [(train - middle) @ axes, (new - middle) @ axes]


def by_pca_of_sklearn(train, new):
    pca = PCA(2).fit(train.numpy())
    return pca.transform(train.numpy()), pca.transform(new.numpy())


def by_u_and_s(train, new):
    u, s, rows = torch.linalg.svd(train - train.mean(0), full_matrices=False)
    return u[:, :2] * s[:2], (new - train.mean(0)) @ rows[:2].mT


def together_but_learnt_apart(train, new):
    places = (torch.cat([train, new]) - train.mean(0)) @ torch.svd(train - train.mean(0)).V[:, :2]
    return places.split([len(train), len(new)])


PLACES = {
    "eigenvectors, a list": by_eigh,
    "scikit-learn, NumPy": by_pca_of_sklearn,
    "U and S": by_u_and_s,
    "both at once": together_but_learnt_apart,
    "both axes turned": lambda train, new: [-places for places in by_eigh(train, new)],
    "one axis turned": lambda train, new: [places * torch.tensor([1, -1]) for places in by_eigh(train, new)],
}


@pytest.mark.parametrize("variant", PLACES)
def test_place_on_map_accepts_variant(variant):
    assert_passes(ex.place_on_map, PLACES[variant])


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (
            lambda train, new: (PCA(2).fit_transform(train.numpy()), PCA(2).fit_transform(new.numpy())),
            "a_map_of_their_own",
        ),
        (lambda train, new: by_eigh(torch.cat([train, new]), train)[0].split([len(train), len(new)]), "made_together"),
        (lambda train, new: by_eigh(train, new - new.mean(0) + train.mean(0)), "their_own_mean"),
    ],
)
def test_place_on_map_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.place_on_map, function, mistake)


def test_place_on_map_tells_who_asks_t_sne():
    verdict = ex.place_on_map.check(lambda train, new: TSNE(perplexity=2).transform(new))
    assert "learns no rule" in verdict.message, verdict.text


# read_the_map


def judge(spread, distance, is_neighbour, give=bool):
    """Write an answer from three measures."""

    def answer(x, y, labels, claim):
        what, *which = claim
        if what == "neighbours":
            return give(is_neighbour(x, y, which[0]))
        groups = [x[labels == group] for group in which]
        if what == "wider":
            return give(spread(groups[0]) > spread(groups[1]))
        return give(distance(groups[0], groups[1]) < distance(groups[0], groups[2]))

    return answer


def in_topk(x, y, i):
    return without_itself(y)[i].argmin() in nearest(x, 10)[i]


def in_sorted(x, y, i):
    found = (y - y[i]).norm(dim=1).argsort()[1]
    return ((x - x[i]).norm(dim=1).argsort()[1:11] == found).any()


def by_neighbours_of_sklearn(x, y, i):
    one, other = (NearestNeighbors(n_neighbors=n).fit(p.numpy()) for n, p in ((2, y), (11, x)))
    found = one.kneighbors(y[i : i + 1].numpy(), return_distance=False)[0, 1]
    return found in other.kneighbors(x[i : i + 1].numpy(), return_distance=False)[0]


def means_apart(one, other):
    return (one.mean(0) - other.mean(0)).norm()


SPREADS = {
    "mean distance": lambda g: (g - g.mean(0)).norm(dim=1).mean(),
    "trace of the covariance": lambda g: torch.cov(g.T).trace(),
    "mean standard deviation": lambda g: g.std(0).mean(),
    "distance of pairs": lambda g: torch.pdist(g).mean(),
    "largest distance": lambda g: torch.pdist(g).max(),
    "median distance": lambda g: (g - g.mean(0)).norm(dim=1).median(),
    "first principal axis": lambda g: torch.linalg.svdvals(g - g.mean(0))[0] / len(g) ** 0.5,
}
DISTANCES = {
    "of the means": means_apart,
    "of all pairs": lambda one, other: torch.cdist(one, other).mean(),
    "of the medians": lambda one, other: torch.dist(one.median(0).values, other.median(0).values),
    "squared": lambda one, other: F.mse_loss(one.mean(0), other.mean(0)),
}
MAPS = {
    **{f"spread: {name}": judge(spread, means_apart, in_topk) for name, spread in SPREADS.items()},
    **{f"gap: {name}": judge(SPREADS["mean distance"], gap, in_sorted) for name, gap in DISTANCES.items()},
    "scikit-learn, NumPy's bool": judge(
        SPREADS["mean distance"], means_apart, by_neighbours_of_sklearn, give=lambda answer: np.bool_(bool(answer))
    ),
    "0 or 1": judge(SPREADS["mean distance"], means_apart, in_topk, give=int),
    "tensors": judge(SPREADS["mean distance"], means_apart, in_sorted, give=torch.as_tensor),
}


@pytest.mark.parametrize("variant", MAPS)
def test_read_the_map_accepts_variant(variant):
    assert_passes(ex.read_the_map, MAPS[variant])


@pytest.mark.parametrize(("number", "claim"), CLAIMS)
def test_every_claim_is_true_on_the_map(number, claim):
    _, y, labels = SCENES[number]
    assert ex.read_the_map.answer(y, y, labels, claim)
    if claim[0] != "neighbours":  # and can be seen there
        groups = [y[labels == group] for group in claim[1:]]
        large, small = (
            map(SPREADS["trace of the covariance"], groups)
            if claim[0] == "wider"
            else (
                means_apart(groups[0], groups[2]),
                means_apart(groups[0], groups[1]),
            )
        )
        assert large > 1.1 * small


@pytest.mark.parametrize(("number", "claim"), [one for one in CLAIMS if one[1][0] == "wider"])
def test_no_measure_of_spread_contradicts_another(number, claim):
    x, _, labels = SCENES[number]
    for spread in SPREADS.values():
        ratio = float(spread(x[labels == claim[1]]) / spread(x[labels == claim[2]]))
        assert (max(ratio, 1 / ratio) > 1.15) == (ex.read_the_map.answer(*SCENES[number], claim) == (ratio > 1)), ratio


def test_both_answers_occur_for_every_kind_of_claim():
    answers = Counter((claim[0], ex.read_the_map.answer(*SCENES[number], claim)) for number, claim in CLAIMS)
    assert len(answers) == 6
    assert min(answers.values()) >= 2


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda x, y, labels, claim: True, "on_the_map"),
        (lambda x, y, labels, claim: MAPS["0 or 1"](y, y, labels, claim), "on_the_map"),
        (lambda x, y, labels, claim: not MAPS["0 or 1"](y, y, labels, claim), "never"),
        (
            judge(torch.std, means_apart, in_topk),
            "coordinates_thrown_together",
        ),
        (
            judge(lambda g: ((g - g.mean(0)) ** 2).sum(), means_apart, in_topk),
            "added_up",
        ),
        (
            judge(SPREADS["mean distance"], means_apart, lambda x, y, i: (y - y[i]).norm(dim=1).argmin() == i),
            "finds_itself",
        ),
        (
            judge(SPREADS["mean distance"], means_apart, lambda x, y, i: in_sorted(y, x, i)),
            "the_other_way_round",
        ),
    ],
)
def test_read_the_map_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.read_the_map, function, mistake)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("yes", '"yes" came back'),
        (0.7, "a float"),
        (torch.tensor([True, False]), "a tensor of shape (2,)"),
        (None, "return"),
    ],
)
def test_read_the_map_wants_true_or_false(answer, says):
    verdict = ex.read_the_map.check(lambda x, y, labels, claim: answer)
    assert not verdict.passed
    assert says in verdict.message, verdict.text
