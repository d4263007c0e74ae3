"""Points on a ring: they follow the density that is stated, and the centers lie where they should."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.data import ring


def test_centers_are_the_corners_of_a_regular_polygon():
    centers = ring(1, modes=4, radius=3.0, seed=0).centers
    torch.testing.assert_close(
        centers, torch.tensor([[3.0, 0.0], [0.0, 3.0], [-3.0, 0.0], [0.0, -3.0]]), atol=1e-6, rtol=0
    )


@given(modes=st.integers(1, 12), radius=st.floats(0.1, 10), sigma=st.floats(0.001, 1), seed=st.integers(0, 2**40))
def test_ring_repeats_itself_and_keeps_to_its_shapes(modes, radius, sigma, seed):
    one, other = (ring(7, modes=modes, radius=radius, sigma=sigma, seed=seed) for _ in range(2))
    assert torch.equal(one.points, other.points)
    assert (one.points.shape, one.centers.shape, len(one)) == ((7, 2), (modes, 2), 7)
    assert one.points.dtype == one.centers.dtype == torch.float32
    torch.testing.assert_close(one.centers.norm(dim=1), torch.full((modes,), radius), rtol=1e-5, atol=0)


def test_points_spread_evenly_over_the_modes_with_the_stated_width():
    n, sigma = 80_000, 0.05
    eight = ring(n, sigma=sigma, seed=3)
    nearest = torch.cdist(eight.points, eight.centers).argmin(1)
    counts = nearest.bincount(minlength=8)
    error = math.sqrt(n * 1 / 8 * 7 / 8)
    assert ((counts - n / 8).abs() < 4 * error).all()
    steps = (eight.points - eight.centers[nearest]) / sigma  # standard normal in both directions
    assert abs(steps.mean().item()) < 4 / math.sqrt(2 * n)
    assert abs(steps.square().mean().item() - 1) < 4 * math.sqrt(2 / (2 * n))
    assert abs(steps.prod(1).mean().item()) < 4 / math.sqrt(n)  # and independent


def test_density_integrates_to_one_and_is_that_of_a_mixture():
    eight = ring(10, radius=1.0, sigma=0.2, seed=0)
    axis = torch.linspace(-3, 3, 301, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)
    assert eight.density(grid).sum().item() * 0.02**2 == pytest.approx(1, abs=1e-4)
    bumps = [
        torch.distributions.MultivariateNormal(center.double(), 0.2**2 * torch.eye(2, dtype=torch.float64))
        for center in eight.centers
    ]
    expected = torch.stack([bump.log_prob(grid).exp() for bump in bumps]).mean(0)
    torch.testing.assert_close(eight.density(grid), expected, rtol=1e-5, atol=1e-12)


def test_density_is_nought_far_away_and_not_nan():
    eight = ring(10, seed=0)
    assert eight.density(torch.tensor([[0.0, 0.0], [1e6, 0.0]])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 0}, ValueError, "`n` must be an int >= 1, got 0"),
        ({"modes": 2.0}, ValueError, "`modes` must be an int >= 1"),
        ({"radius": -1.0}, ValueError, "`radius` must be > 0"),
        ({"sigma": 0}, ValueError, "`sigma` must be > 0"),
        ({"sigma": "wide"}, TypeError, "`sigma` must be a number"),
        ({"seed": -1}, ValueError, "`seed` must be an int >= 0"),
    ],
)
def test_ring_names_what_is_wrong(arguments, error, message):
    with pytest.raises(error, match=message):
        ring(**{"n": 5, "seed": 0} | arguments)


def test_density_names_what_is_wrong():
    eight = ring(5, seed=0)
    with pytest.raises(ValueError, match=r"`x` must have shape \(B, 2\), got \(2,\)"):
        eight.density(torch.zeros(2))
    with pytest.raises(TypeError, match="`x` must be floating point"):
        eight.density(torch.zeros(1, 2, dtype=torch.long))
