import itertools
import math

import pytest
import torch

from course_utils.kl_flow import TERMS, kl_flow, kl_flow_velocity
from course_utils.losses import kl_terms

SUBSETS = [without for n in range(5) for without in itertools.combinations(TERMS, n)]


def integrated(mu: float, logvar: float, t: torch.Tensor, without: tuple[str, ...]) -> list[torch.Tensor]:
    """Follow minus the slope of the price, as autograd computes it, by Runge and Kutta's method."""

    def downhill(state: torch.Tensor) -> torch.Tensor:
        state = state.detach().requires_grad_()
        terms = dict(zip(TERMS, kl_terms(state[None, :1], state[None, 1:]), strict=True))
        price = sum(term.sum() for name, term in terms.items() if name not in without) + 0 * state.sum()
        return -torch.autograd.grad(price, state)[0]

    path = [torch.tensor([mu, logvar], dtype=torch.float64)]
    for before, after in itertools.pairwise(t.tolist()):
        y, h = path[-1], (after - before) / 16
        for _ in range(16):
            k1 = downhill(y)
            k2 = downhill(y + h / 2 * k1)
            k3 = downhill(y + h / 2 * k2)
            y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + downhill(y + h * k3))
        path.append(y)
    return list(torch.stack(path).T)


@pytest.mark.parametrize("without", SUBSETS, ids=lambda without: "+".join(without) or "none")
@pytest.mark.parametrize(("mu", "sigma"), [(-2.5, 0.05), (3.0, 3.0), (0.0, 1.0)])
def test_closed_forms_equal_an_integration_downhill(mu, sigma, without):
    t = torch.linspace(0, 2, 9, dtype=torch.float64)
    path = kl_flow(mu, 2 * math.log(sigma), t, without=without)
    for exact, numerical in zip(path, integrated(mu, 2 * math.log(sigma), t, without), strict=True):
        torch.testing.assert_close(exact, numerical, rtol=1e-5, atol=1e-6)


def test_the_variance_follows_the_logistic_curve():
    t = torch.linspace(0, 30, 61, dtype=torch.float64)
    for sigma in (0.05, 0.9, 3.0):
        variance = kl_flow(1.0, 2 * math.log(sigma), t).logvar.exp()
        torch.testing.assert_close(variance, 1 / (1 + (1 / sigma**2 - 1) * torch.exp(-t / 2)))


@pytest.mark.parametrize("without", SUBSETS, ids=lambda without: "+".join(without) or "none")
def test_velocity_is_the_slope_of_the_path(without):
    at = torch.tensor([0.7], dtype=torch.float64)
    slope = [
        torch.autograd.functional.jvp(
            lambda t, i=i: kl_flow(1.3, -1.1, t, without=without)[i], at, torch.ones_like(at), strict=False
        )[1]
        for i in (0, 1)
    ]
    velocity = kl_flow_velocity(*kl_flow(1.3, -1.1, at, without=without), without=without)
    torch.testing.assert_close(torch.cat(slope), torch.cat(list(velocity)))


@pytest.mark.parametrize(
    ("arguments", "without", "message"),
    [
        ((1.0, 0.0, torch.zeros(1)), ["variance"], "`without` must be .* got 'variance'"),
        ((1.0, 0.0, torch.zeros(1)), "log", "`without` must be a collection of terms"),
        ((math.nan, 0.0, torch.zeros(1)), (), "`mu` must be finite, got nan"),
        ((0.0, math.inf, torch.zeros(1)), (), "`logvar` must be finite, got inf"),
        ((1.0, 0.0, -torch.ones(1)), (), "`t` must hold times >= 0"),
    ],
)
def test_flow_refuses_what_is_no_flow(arguments, without, message):
    with pytest.raises(ValueError, match=message):
        kl_flow(*arguments, without=without)


def test_times_are_floats():
    with pytest.raises(TypeError, match="`t` must be floating point"):
        kl_flow(1.0, 0.0, torch.arange(3))
