"""The metrics that compare spaces: against brute force, closed forms, and what must not change them."""

import contextlib
import math
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression

from course_utils import metrics
from course_utils.metrics import (
    cycle_error,
    frechet_distance,
    knn_accuracy,
    linear_probe_accuracy,
    mode_coverage,
    prior_distance,
    silhouette,
    trustworthiness,
)
from course_utils.models import VAE, Autoencoder

few = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(*shape, seed=0):
    return torch.randn(shape, generator=generator(seed), dtype=torch.float64)


def blobs(n=300, classes=4, dimensions=3, spread=1.2, seed=0):
    """Return overlapping classes: points (n, dimensions) and labels (n,)."""
    labels = torch.randint(classes, (n,), generator=generator(seed + 1))
    centers = 2 * noise(classes, dimensions, seed=99)
    return centers[labels] + spread * noise(n, dimensions, seed=seed), labels


def rotation(dimensions, seed=0):
    return torch.linalg.qr(noise(dimensions, dimensions, seed=seed)).Q


def moved(z, seed=0):
    """Rotate, enlarge and shift: what no metric of distances' order may notice."""
    return 3 * z @ rotation(z.shape[1], seed) + 7 * noise(z.shape[1], seed=seed + 1)


def distances(z, others):
    return (z[:, None] - others[None]).square().sum(-1).sqrt()


# ---- classes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 3, 10])
def test_knn_accuracy_equals_a_vote_counted_by_hand(k):
    train_z, train_labels = blobs(seed=1)
    z, labels = blobs(200, seed=5)
    right = 0
    for row, label in zip(distances(z, train_z), labels.tolist(), strict=True):
        votes = [train_labels[n].item() for n in row.argsort()[:k]]
        right += min(set(votes), key=lambda c: (-votes.count(c), c)) == label
    value = knn_accuracy(train_z, train_labels, z, labels, k=k)
    assert value == pytest.approx(right / 200, abs=1e-12)
    assert 0.4 < value < 0.95  # a test that could tell


def test_knn_accuracy_of_all_votes_is_the_share_of_the_largest_class():
    train_labels, labels = torch.tensor([7, 7, 7, 2, 2]), torch.tensor([7, 2, 2, 2])
    assert knn_accuracy(noise(5, 2), train_labels, noise(4, 2, seed=1), labels, k=5) == 0.25


@given(seeds)
@few
def test_classes_are_seen_alike_from_everywhere(seed):
    z, labels = blobs(60, seed=seed % 1000)
    train_z, train_labels = blobs(90, seed=seed % 1000 + 5)
    both = moved(torch.cat([train_z, z]), seed)
    before = knn_accuracy(train_z, train_labels, z, labels, k=3)
    assert knn_accuracy(both[:90], train_labels, both[90:], labels, k=3) == before
    assert silhouette(both[90:], labels) == pytest.approx(silhouette(z, labels), abs=1e-9)


@pytest.mark.parametrize(
    ("unit", "far", "kind"),
    [(1e25, 0.0, torch.float32), (1e-30, 0.0, torch.float32), (1.0, 1e8, torch.float64), (1.0, 0.0, torch.bfloat16)],
)
def test_spaces_are_seen_alike_in_every_unit_far_from_zero_and_in_any_floats(unit, far, kind):
    z, labels = blobs(150, dimensions=20)
    z = z.to(kind).double()  # what rounding leaves is the truth here
    same = (z * unit + far).to(kind)

    def measured(z):
        split = z[:100], labels[:100], z[100:], labels[100:]
        two = knn_accuracy(*split), linear_probe_accuracy(*split)
        return *two, silhouette(z, labels), trustworthiness(z, z[:, :2]), trustworthiness(z[:, :2], z)

    assert measured(same) == pytest.approx(measured(z), abs=1e-6)


def test_linear_probe_minimises_the_penalised_likelihood():
    train_z, train_labels = blobs(400, seed=1)
    z, labels = blobs(2000, seed=5)
    mean, std = train_z.mean(0), train_z.std(0, correction=0)
    weights = torch.zeros(4, 3, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=500, line_search_fn="strong_wolfe", tolerance_grad=1e-9)

    def loss():
        optimizer.zero_grad()
        scores = (train_z - mean) / std @ weights.T + bias
        value = torch.nn.functional.cross_entropy(scores, train_labels) + 0.5e-3 * weights.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    scores = (z - mean) / std @ weights.T + bias
    expected = (scores.argmax(1) == labels).double().mean().item()
    assert linear_probe_accuracy(train_z, train_labels, z, labels) == pytest.approx(expected, abs=0.003)
    assert 0.5 < expected < 0.95


def test_linear_probe_weighs_its_penalty_against_the_mean_loss_and_ends_where_the_gradient_is_small(monkeypatch):
    fitted = []

    class Spy(LogisticRegression):
        def fit(self, *arguments, **options):
            fitted.append(super().fit(*arguments, **options))
            return self

    monkeypatch.setattr("sklearn.linear_model.LogisticRegression", Spy)
    labels = torch.arange(100) % 2
    z = (2.0 * labels - 1)[:, None]
    assert linear_probe_accuracy(z, labels, z, labels) == 1
    w = fitted[0].coef_.item()  # at the minimum of log(1 + exp(−w)) + ½ · 0.001 · w²
    assert abs(0.001 * w - 1 / (1 + math.exp(w))) < 0.001
    assert w == pytest.approx(5.24, abs=0.4)


def test_linear_probe_reaches_bayes_for_two_normals():
    # N(±1, 1) in the first of five dimensions: no rule is right more often than Φ(1) of the time.
    labels = torch.arange(20_000) % 2
    z = noise(20_000, 5) + torch.tensor([1.0, 0, 0, 0, 0]) * (2 * labels[:, None] - 1)
    value = linear_probe_accuracy(z[:10_000], labels[:10_000], z[10_000:], labels[10_000:])
    assert abs(value - norm.cdf(1)) < 4 * math.sqrt(0.84 * 0.16 / 10_000)


def test_linear_probe_does_not_mind_units_and_dead_dimensions():
    z, labels = blobs(500)
    stretched = torch.cat([z * torch.tensor([1e-3, 1.0, 1e4]) + 5, torch.zeros(500, 1)], 1)
    assert linear_probe_accuracy(stretched[:300], labels[:300], stretched[300:], labels[300:]) == linear_probe_accuracy(
        z[:300], labels[:300], z[300:], labels[300:]
    )


def test_linear_probe_sees_no_ring_around_a_point_where_neighbours_do():
    angle = 2 * math.pi * torch.rand(600, generator=generator())
    labels = torch.arange(600) % 2
    z = (1 + 2 * labels[:, None]) * torch.stack([angle.cos(), angle.sin()], 1)
    arguments = z[:400], labels[:400], z[400:], labels[400:]
    assert knn_accuracy(*arguments) == 1
    assert linear_probe_accuracy(*arguments) < 0.75
    assert silhouette(z, labels) < 0.3


def test_silhouette_equals_its_definition():
    z, labels = blobs(80)
    labels[7] = 9  # alone in its class
    apart, values = distances(z, z), []
    for n, label in enumerate(labels.tolist()):
        means = {c: apart[n, labels == c].mean().item() for c in set(labels.tolist()) - {label}}
        own = (labels == label).sum().item() - 1
        a, b = apart[n, labels == label].sum().item() / max(own, 1), min(means.values())
        values.append((b - a) / max(a, b) if own else 0.0)
    assert silhouette(z, labels) == pytest.approx(np.mean(values), abs=1e-9)


@pytest.mark.parametrize("function", [knn_accuracy, linear_probe_accuracy])
def test_accuracies_name_what_does_not_fit(function):
    z, labels = torch.zeros(12, 2), torch.arange(12) % 2
    for wrong, kind, message in (
        (
            (z, labels.float(), z, labels),
            TypeError,
            "`train_labels` must be whole numbers, got torch.float32; use .long",
        ),
        ((z, labels[:3], z, labels), ValueError, r"`train_labels` must have shape \(12,\), got \(3,\); one label for"),
        (
            (z, labels, z[:, :1], labels),
            ValueError,
            "`train_z` and `z` must have the same number of columns, got 2 and 1",
        ),
        (
            (z, labels, z + math.nan, labels),
            ValueError,
            r"`z` must be finite, got NaN or infinity in dimensions \[0, 1\]",
        ),
        ((z.view(12, 1, 2), labels, z, labels), ValueError, r"`train_z` must have shape \(N, Z\).*use \.flatten\(1\)"),
        ((z.long(), labels, z, labels), TypeError, "`train_z` must be floating point"),
    ):
        with pytest.raises(kind, match=message):
            function(*wrong)


@pytest.mark.parametrize("k", [0, 13, 2.0, True])
def test_knn_accuracy_names_a_wrong_k(k):
    z, labels = torch.zeros(12, 2), torch.arange(12) % 2
    with pytest.raises(
        ValueError, match=r"`k` must be an int >= 1 and <= 12, got .*; there are 12 points to choose from"
    ):
        knn_accuracy(z, labels, z, labels, k=k)


def test_one_class_is_no_question():
    z, ones = torch.zeros(12, 2), torch.ones(12).long()
    with pytest.raises(ValueError, match="`train_labels` must have at least two classes, got only 1"):
        linear_probe_accuracy(z, ones, z, ones)
    with pytest.raises(ValueError, match="`labels` must have at least two classes, got only 1"):
        silhouette(z, ones)
    with pytest.raises(ValueError, match="`labels` must have fewer classes than codes, got 12 of each"):
        silhouette(z, torch.arange(12))


# ---- neighbours ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 5, 19])
def test_trustworthiness_equals_its_definition(k):
    x = noise(40, 5)
    z = x[:, :2] + 0.3 * noise(40, 2, seed=1)
    charged = 0
    for n in range(40):
        order = [m for m in distances(x, x)[n].argsort().tolist() if m != n]
        near = [m for m in distances(z, z)[n].argsort().tolist() if m != n][:k]
        charged += sum(max(0, order.index(m) + 1 - k) for m in near)
    expected = 1 - 2 / (40 * k * (2 * 40 - 3 * k - 1)) * charged
    assert trustworthiness(x, z, k=k) == pytest.approx(expected, abs=1e-12)
    assert expected < 0.99


@given(seeds)
@few
def test_trustworthiness_of_a_map_that_keeps_distances_is_one(seed):
    x = noise(50, 4, seed=seed)
    assert trustworthiness(x, moved(x, seed)) == 1
    assert trustworthiness(moved(x, seed), x[:, :2]) == pytest.approx(trustworthiness(x, x[:, :2]), abs=1e-12)


def test_trustworthiness_of_a_random_map_is_about_a_half():
    values = [trustworthiness(noise(300, 5, seed=n), noise(300, 2, seed=n + 50)) for n in range(10)]
    assert np.mean(values) == pytest.approx(0.5, abs=0.02)


def test_trustworthiness_names_what_does_not_fit():
    with pytest.raises(ValueError, match="`x` and `z` must have the same number of points, got 20 and 19"):
        trustworthiness(noise(20, 3), noise(19, 2))
    for k in (0, 10, 3.0):
        with pytest.raises(
            ValueError, match=r"`k` must be an int >= 1 and <= 9, got .*; neighbours must be fewer than half"
        ):
            trustworthiness(noise(20, 3), noise(20, 2), k=k)


# ---- the prior ----------------------------------------------------------------------------------------------------


@given(seeds, st.integers(1, 12))
@few
def test_prior_distance_in_one_dimension_equals_quadrature(seed, n):
    z = 1.5 * noise(n, 1, seed=seed) + 0.4
    u = (np.arange(240_000) + 0.5) / 240_000
    quantiles = np.sort(z[:, 0].numpy())[np.minimum((u * n).astype(int), n - 1)]
    expected = math.sqrt(np.mean((quantiles - norm.ppf(u)) ** 2))
    assert prior_distance(z, directions=3, generator=generator()) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("shift", "std"), [(0.0, 2.0), (0.5, 1.0), (1.0, 0.3)])
@pytest.mark.parametrize("dimensions", [1, 2, 16])
def test_prior_distance_of_normal_codes_is_the_closed_form(shift, std, dimensions):
    z = shift + std * noise(20_000, dimensions)  # the vector of shifts has length shift · √Z
    expected = math.hypot(shift, std - 1)
    # Both moments have errors of 1/√N; what is left of a sample's own distance is below 0.0003 once squared.
    assert prior_distance(z, generator=generator()) == pytest.approx(expected, abs=4 * std / math.sqrt(20_000))


def test_prior_distance_of_stretched_codes_is_the_mean_over_directions():
    std = torch.tensor([0.1, 3.0], dtype=torch.float64)
    angle = torch.linspace(0, math.pi, 100_001, dtype=torch.float64)
    along = (angle.cos().square() * std[0] ** 2 + angle.sin().square() * std[1] ** 2).sqrt()
    expected = (along - 1).square().mean().sqrt().item()
    z = std * noise(20_000, 2)
    assert prior_distance(z, directions=4000, generator=generator()) == pytest.approx(expected, abs=0.05)


def test_prior_distance_of_a_sample_is_too_large_and_shrinks_with_n():
    floor = {}
    for n, stated in ((100, 0.17), (1000, 0.06), (10_000, 0.018)):  # the docstring's numbers
        values = [prior_distance(noise(n, 4, seed=s), directions=64, generator=generator(s)) for s in range(20)]
        floor[n] = np.mean(values)
        assert floor[n] == pytest.approx(stated, rel=0.15)
    assert floor[100] > floor[1000] > floor[10_000] > 0


def test_prior_distance_counts_a_shift_alike_whatever_the_draw():
    # All that differs between the two is the shift: along directions at right angles its squares add up to ‖m‖².
    point = torch.tensor([[3.0, 4.0, 0.0]], dtype=torch.float64)
    for seed in range(5):
        value = prior_distance(point, directions=30, generator=generator(seed))
        assert value**2 == pytest.approx(25 / 3 + 1, abs=1e-9)


def test_prior_distance_does_not_depend_on_chunks_or_order_and_repeats(monkeypatch):
    z = noise(100, 3)
    value = prior_distance(z, generator=generator(1))
    assert prior_distance(z.flip(0), generator=generator(1)) == pytest.approx(value, abs=1e-12)
    assert prior_distance(z, generator=generator(2)) != value
    monkeypatch.setattr(sys.modules["course_utils.metrics.prior"], "SORTED_AT_ONCE", 700)
    assert prior_distance(z, generator=generator(1)) == pytest.approx(value, abs=1e-12)


def test_prior_distance_names_wrong_arguments():
    with pytest.raises(ValueError, match="`directions` must be an int >= 1, got 0"):
        prior_distance(noise(5, 2), directions=0)
    with pytest.raises(ValueError, match=r"`z` must have shape \(N, Z\) with N >= 1, got \(5,\)"):
        prior_distance(noise(5))


# ---- there and back -----------------------------------------------------------------------------------------------


def linear(matrix):
    return SimpleNamespace(decode=lambda z: z, encode=lambda x: x.logit() @ matrix)


@given(seeds, st.floats(0.01, 100))
@few
def test_cycle_error_of_a_linear_cycle_is_that_of_its_matrix(seed, scale):
    # z' = z (I + E): for codes with covariance I the share of variance is ‖E‖² / Z, in whatever unit the codes are.
    z = torch.linalg.qr(noise(40, 3, seed=seed) - noise(40, 3, seed=seed).mean(0)).Q
    off = 0.3 * noise(3, 3, seed=seed + 1)
    value = cycle_error(linear(torch.eye(3).double() + off), z)
    assert value == pytest.approx(math.sqrt(off.square().sum() / 3), rel=1e-6)
    scaled = SimpleNamespace(
        decode=lambda z: z / scale, encode=lambda x: x.logit() @ (torch.eye(3).double() + off) * scale
    )
    assert cycle_error(scaled, scale * z) == pytest.approx(value, rel=1e-6)


def test_cycle_error_of_an_encoder_that_says_the_mean_is_one():
    z = noise(50, 4)
    assert cycle_error(
        SimpleNamespace(decode=lambda z: z, encode=lambda x: z.mean(0).expand_as(z)), z
    ) == pytest.approx(1)


def test_cycle_error_takes_the_mean_of_a_vae_and_chunks(monkeypatch):
    vae, z = VAE(2, image_shape=(1, 4, 4)), noise(30, 2).float()
    back = vae.encode(vae.decode(z).sigmoid())[0]
    expected = ((back - z).square().sum() / (z - z.mean(0)).square().sum()).sqrt().item()
    assert cycle_error(vae, z) == pytest.approx(expected, rel=1e-5)
    monkeypatch.setattr(sys.modules["course_utils.metrics.cycle"], "DECODED_AT_ONCE", 7)
    assert cycle_error(vae, z) == pytest.approx(expected, rel=1e-5)
    assert cycle_error(Autoencoder(2, image_shape=(1, 4, 4)), z) > 0


@pytest.mark.parametrize("scale", [1e25, 1e-30])
def test_cycle_error_is_the_same_in_every_unit(scale):
    z = noise(50, 3).float()
    model = SimpleNamespace(decode=lambda z: z / scale, encode=lambda x: 0.9 * scale * x.logit())
    expected = math.sqrt(0.01 * z.square().sum() / (z - z.mean(0)).square().sum())
    assert cycle_error(model, scale * z) == pytest.approx(expected, rel=1e-4)


def test_cycle_error_names_what_does_not_fit():
    with pytest.raises(ValueError, match="`z` must hold different codes"):
        cycle_error(linear(torch.eye(2)), torch.full((7, 2), 0.1))  # whose mean is rounded
    with pytest.raises(ValueError, match="`model` must give finite codes, got NaN or infinity"):
        cycle_error(linear(math.nan * torch.eye(2)), noise(3, 2).float())
    with pytest.raises(TypeError, match="`model` must have encode and decode, as an autoencoder has, got Tensor"):
        cycle_error(noise(3, 2), noise(3, 2))
    with pytest.raises(ValueError, match="`z` must hold different codes"):
        cycle_error(linear(torch.eye(2)), torch.ones(3, 2))
    with pytest.raises(ValueError, match=r"the shape of the codes that `model` gives, \(3, 1\), got \(3, 2\)"):
        cycle_error(linear(torch.ones(2, 1)), torch.tensor([[0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]))


# ---- features -----------------------------------------------------------------------------------------------------


@given(seeds, st.integers(2, 40), st.integers(2, 40), st.integers(1, 6))
@few
def test_frechet_distance_equals_the_formula_with_a_matrix_root(seed, n, m, width):
    a = noise(n, width, seed=seed) @ noise(width, width, seed=seed + 1)
    b = noise(m, width, seed=seed + 2) + noise(width, seed=seed + 3)
    covariances = [np.atleast_2d(np.cov(t.numpy(), rowvar=False)) for t in (a, b)]
    # The root of a singular product loses half of its digits; a little on the diagonal costs fewer.
    first, second = (c + 1e-10 * np.eye(width) for c in covariances)
    root = scipy.linalg.sqrtm(first @ second).real
    expected = (a.mean(0) - b.mean(0)).square().sum().item() + np.trace(first + second - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-4, abs=1e-4)


@given(seeds, st.integers(2, 30))
@few
def test_frechet_distance_is_symmetric_and_zero_to_itself(seed, n):
    a, b = noise(n, 8, seed=seed), 2 * noise(n + 3, 8, seed=seed + 1) + 1
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-10)  # also where covariances are singular
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-9)
    turn = rotation(8, seed)
    assert frechet_distance(5 * a @ turn + 1, 5 * b @ turn + 1) == pytest.approx(25 * frechet_distance(a, b), rel=1e-6)


def test_frechet_distance_of_normals_is_the_closed_form_and_falls_to_it_with_n():
    # Independent dimensions: the sum of (m − m')² + (s − s')².
    std = torch.tensor([1.0, 0.5, 2.0, 1.0], dtype=torch.float64)
    exact = 0.3**2 * 4 + (std - 1).square().sum().item()
    small, large = (frechet_distance(noise(n, 4), 0.3 + std * noise(n, 4, seed=1)) for n in (20, 100_000))
    assert large == pytest.approx(exact, abs=0.05)
    halves = [frechet_distance(noise(n, 4), noise(n, 4, seed=1)) for n in (20, 200, 2000)]
    assert halves[0] > halves[1] > halves[2] > 0  # the bias that the docstring speaks of
    assert small > 0


def test_frechet_distance_sees_means_and_covariances_alone():
    # Two points ± 1 and a normal: equal in both, and nothing else alike.
    two = torch.tensor([[-1.0], [1.0]], dtype=torch.float64).repeat(500, 1)
    normal = noise(1000, 1)
    normal = (normal - normal.mean()) / normal.std() * two.std()
    assert frechet_distance(two, normal) == pytest.approx(0, abs=1e-12)


def test_frechet_distance_that_overflows_is_not_nought():
    with contextlib.suppress(torch.linalg.LinAlgError):  # as some libraries say
        assert not frechet_distance(1e160 * noise(20, 3), 3e160 * noise(20, 3)) < math.inf


def test_frechet_distance_names_what_does_not_fit():
    with pytest.raises(ValueError, match=r"`others` must have shape \(N, Z\) with N >= 2, got \(1, 3\)"):
        frechet_distance(noise(5, 3), noise(1, 3))
    with pytest.raises(ValueError, match="`features` and `others` must have the same number of columns, got 3 and 4"):
        frechet_distance(noise(5, 3), noise(5, 4))


# ---- modes --------------------------------------------------------------------------------------------------------


def ring(modes=8, radius=2.0):
    angle = 2 * math.pi * torch.arange(modes) / modes
    return radius * torch.stack([angle.cos(), angle.sin()], 1)


def test_mode_coverage_of_the_ring_itself():
    centers = ring()
    points = centers[torch.arange(8000) % 8] + 0.05 * noise(8000, 2).float()
    found = mode_coverage(points, centers, radius=0.15)
    assert found.modes == 8
    within = 1 - math.exp(-4.5)  # of a normal in two dimensions, within three standard deviations
    assert abs(found.share - within) < 4 * math.sqrt(within * (1 - within) / 8000)
    assert found.counts.sum().item() == round(found.share * 8000)


def test_mode_coverage_of_three_modes_and_a_stray():
    centers = ring()
    points = torch.cat([centers[:3].repeat(100, 1), centers[5:6], torch.zeros(99, 2)])
    found = mode_coverage(points, centers, radius=0.15)
    assert found.counts.tolist() == [100, 100, 100, 0, 0, 1, 0, 0]
    assert found.share == pytest.approx(301 / 400)
    assert found.modes == 3  # one sample is below a fifth of 301 / 8
    assert mode_coverage(points, centers, radius=0.15, fair=0).modes == 4
    assert mode_coverage(points, centers, radius=0.15, fair=1).modes == 3


def test_a_mode_is_reached_from_a_fifth_of_its_fair_share_on():
    centers = torch.tensor([[0.0], [1.0]])
    for few, modes in ((9, 1), (10, 2)):  # a fair share is 50 of 100
        points = centers[(torch.arange(100) >= few).long()]
        assert mode_coverage(points, centers, radius=0.1).modes == modes


def test_mode_coverage_of_nothing_good_is_nothing():
    found = mode_coverage(torch.zeros(50, 2), ring(), radius=0.15)
    assert (found.modes, found.share, found.counts.sum().item()) == (0, 0, 0)


def test_mode_coverage_does_not_mind_which_floats_and_keeps_digits_far_from_zero():
    far = 1e4 + ring()
    points = torch.cat([far.double() + torch.tensor([0.1, 0.0]), far.double() + torch.tensor([0.2, 0.0])])
    assert mode_coverage(points, far, radius=0.15).counts.tolist() == [1] * 8


def test_mode_coverage_gives_a_point_to_its_nearest_center_only():
    found = mode_coverage(torch.tensor([[0.4, 0.0]]), torch.tensor([[0.0, 0.0], [1.0, 0.0]]), radius=5.0)
    assert found.counts.tolist() == [1, 0]


@given(seeds)
@few
def test_mode_coverage_turns_with_the_ring(seed):
    centers, turn = ring().double(), rotation(2, seed)
    points = centers[torch.arange(200) % 5] + 0.08 * noise(200, 2, seed=seed)
    before = mode_coverage(points, centers, radius=0.15)
    after = mode_coverage(3 * points @ turn + 9, 3 * centers @ turn + 9, radius=0.45)
    assert after.modes == before.modes == 5
    assert torch.equal(after.counts, before.counts)


def test_mode_coverage_names_wrong_arguments():
    for wrong, kind in ((0, ValueError), (-1.0, ValueError), (math.nan, ValueError), ("3", TypeError)):
        with pytest.raises(kind, match="`radius` must be"):
            mode_coverage(torch.zeros(3, 2), ring(), radius=wrong)
    with pytest.raises(ValueError, match=r"`fair` must be >= 0 and <= 1, got 1\.5"):
        mode_coverage(torch.zeros(3, 2), ring(), radius=1, fair=1.5)
    with pytest.raises(ValueError, match="`points` and `centers` must have the same number of columns, got 3 and 2"):
        mode_coverage(torch.zeros(3, 3), ring(), radius=1)


# ---- the room -----------------------------------------------------------------------------------------------------


def test_metrics_load_scikit_learn_when_they_need_it():
    code = "import sys, course_utils.metrics; sys.exit('sklearn' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_metric_of_spaces_is_offered():
    wanted = "knn_accuracy linear_probe_accuracy silhouette trustworthiness prior_distance cycle_error frechet_distance"
    assert {*wanted.split(), "mode_coverage"} <= set(metrics.__all__)
