import itertools
import math

import numpy as np
import pytest
import torch
from reading import painted
from torch.distributions import Normal, kl_divergence

from course_utils.losses import kl_standard_normal, kl_terms
from course_utils.widgets import KLTerms
from course_utils.widgets.base.normals import SIGMAS
from course_utils.widgets.kl_terms import curves_of, three_ways


@pytest.mark.parametrize("mu", [-3.0, -0.4, 0.0, 1.0, 3.0])
@pytest.mark.parametrize("sigma", [0.05, 0.5, 1.0, 3.0])
def test_three_ways_lead_to_the_same_kl(mu: float, sigma: float) -> None:
    widget = KLTerms(seed=5)
    widget.set(mu=mu, sigma=sigma)
    n = widget.numbers
    exact = kl_divergence(Normal(torch.tensor(mu).double(), sigma), Normal(0.0, 1.0)).item()
    assert n.closed == pytest.approx(exact, abs=1e-7)
    assert n.area == pytest.approx(exact, abs=1e-7)
    assert n.above - n.below == pytest.approx(n.area, abs=1e-12)
    assert min(n.above, n.below) >= -1e-12
    assert abs(n.sampled - exact) <= 4 * n.error + 1e-12
    assert "all three agree" in widget.text


def test_terms_equal_the_course_s_and_the_bars_are_as_long() -> None:
    widget = KLTerms()
    widget.set(mu=-1.5, sigma=0.3)
    logvar = torch.tensor([[2 * math.log(0.3)]]).double()
    mu = torch.tensor([[-1.5]]).double()
    expected = [term.item() for term in kl_terms(mu, logvar)]
    assert widget.numbers.terms == pytest.approx(expected)
    lengths = [bar.get_width() for bar in widget._plot._bars]
    assert lengths == pytest.approx([*expected, kl_standard_normal(mu, logvar).item()])


def test_standard_error_is_the_spread_of_many_estimates() -> None:
    draw, curves = np.random.default_rng(0), curves_of(1.0, 0.5)
    numbers = [three_ways(curves, draw.standard_normal(1000), 1.0, 0.5) for _ in range(200)]
    spread = np.std([n.sampled for n in numbers], ddof=1)
    # the standard deviation of 200 values has a relative standard error of 1/√400
    assert spread == pytest.approx(np.mean([n.error for n in numbers]), rel=4 / 400**0.5)
    assert not np.array_equal(KLTerms(seed=0).numbers.sampled, KLTerms(seed=1).numbers.sampled)


def test_sample_glides_because_its_noise_is_kept() -> None:
    widget = KLTerms()
    widget.set(mu=1.0, sigma=1.0)
    first = widget.numbers.sampled
    widget.set(mu=1.05)
    assert widget.numbers.sampled - first == pytest.approx(0.5 * (1.05**2 - 1), abs=4 * 0.05 / 100)
    widget.set(mu=1.0)
    assert widget.numbers.sampled == first


def test_at_the_prior_nothing_is_left() -> None:
    widget = KLTerms()
    widget.set(mu=0.0, sigma=1.0)
    assert widget.numbers.closed == widget.numbers.sampled == widget.numbers.error == 0
    assert "nothing is left: q = p" in widget.text


@pytest.mark.parametrize(
    ("mu", "sigma", "term"), [(3.0, 1.0, "½μ² = 4.500"), (0.0, 3.0, "½σ² = 4.500"), (0.0, 0.05, "−½ log σ² = 2.996")]
)
def test_largest_term_is_named(mu: float, sigma: float, term: str) -> None:
    widget = KLTerms()
    widget.set(mu=mu, sigma=sigma)
    assert f"The largest term is {term}" in widget.text


@pytest.mark.parametrize(
    ("mu", "sigma", "line"),
    [
        (1.0, 1.0, "The largest terms are ½μ² and ½σ², each 0.500: q lies to the side of p"),
        (-1.0, 1.0, "The largest terms are ½μ² and ½σ², each 0.500: q lies to the side of p"),
        (2.0, 2.0, "The largest terms are ½μ² and ½σ², each 2.000: q lies to the side of p and q is wide"),
        (0.5, 1.0, "The largest term is ½σ² = 0.500"),  # as wide as the prior, which costs nothing
        (0.25, 0.8, "The largest term is ½σ² = 0.320"),
        (0.0, 3.0, "The largest term is ½σ² = 4.500: q is wide"),
        (0.0, 0.5, "The largest term is −½ log σ² = 0.693: q is narrow"),
    ],
)
def test_equal_terms_are_both_named_and_the_width_is_blamed_only_above_1(mu: float, sigma: float, line: str) -> None:
    widget = KLTerms()
    widget.set(mu=mu, sigma=sigma)
    assert widget.text.split("\n")[-1] == line


def test_what_lies_beyond_the_axis_is_part_of_the_area() -> None:
    n = three_ways(curves_of(3.0, 3.0), np.zeros(10), 3.0, 3.0)
    z = np.linspace(8, 60, 200_001)
    ratio = -0.5 * ((z - 3) / 3) ** 2 - math.log(3) + 0.5 * z**2
    q = np.exp(-0.5 * ((z - 3) / 3) ** 2) / (3 * math.sqrt(2 * math.pi))
    assert n.beyond[1] == pytest.approx(float((q * ratio).sum() * (z[1] - z[0])), abs=0.05)
    assert 0 < n.beyond[0] < 0.2


def test_sum_bar_is_painted_as_long_as_the_kl() -> None:
    widget, widths = KLTerms(), []
    for mu in (1.0, 2.0, 3.0):
        widget.set(mu=mu, sigma=1.0)
        # a line through the upper part of the lowest bar, over its number
        widths.append(painted(widget.png, "#222222")[410, 750:].sum())
    assert widths[1] / widths[0] == pytest.approx(4, rel=0.1)
    assert widths[2] / widths[0] == pytest.approx(9, rel=0.1)


def test_sigma_stops_are_handy_and_cover_the_range() -> None:
    assert (SIGMAS[0], SIGMAS[-1], 1.0 in SIGMAS) == (0.05, 3.0, True)
    assert all(1 < b / a <= 1.21 for a, b in itertools.pairwise(SIGMAS))
