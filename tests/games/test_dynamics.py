"""Gradient play against what theory says of it."""

import math
from itertools import islice

import pytest
import torch

from course_utils.games import (
    RULES,
    alternating,
    dirac_gan,
    extragradient,
    field_jacobian,
    gradients,
    local_factor,
    optimistic,
    simultaneous,
    xy_factor,
)

each_rule = pytest.mark.parametrize("rule", RULES)
each_eta = pytest.mark.parametrize("eta", [0.01, 0.1, 0.3, 0.5, 0.9, 1.5])


def xy(x, y):
    return x * y


def path(rule, eta, steps, start=(1.0, 0.5), f=xy) -> torch.Tensor:
    """Return the players after 0 to `steps` steps, (steps + 1, 2), by autograd."""
    return torch.stack([torch.stack(tuple(at)) for at in islice(RULES[rule](f, *start, eta=eta), steps + 1)])


def long_path(rule, eta, steps) -> torch.Tensor:
    """Return the same on f = xy by its known slopes, which is fast."""
    play = RULES[rule](xy, 1.0, 0.5, eta=eta, slopes=lambda x, y: (y, x))
    return torch.tensor(list(islice(play, steps + 1)), dtype=torch.float64)


def squares(points: torch.Tensor) -> torch.Tensor:
    return points.square().sum(1)


# ---- f = xy ---------------------------------------------------------------------------------------------------------


@each_eta
@pytest.mark.parametrize(
    ("rule", "factor"), [("simultaneous", lambda h: 1 + h**2), ("extragradient", lambda h: 1 - h**2 + h**4)]
)
def test_every_step_has_exactly_the_factor_of_theory(rule, factor, eta):
    norms = squares(path(rule, eta, 40))
    torch.testing.assert_close(norms[1:] / norms[:-1], torch.full((40,), factor(eta), dtype=torch.float64))
    assert xy_factor(rule, eta) == factor(eta)


@each_eta
def test_alternating_play_stays_on_its_ellipse(eta):
    x, y = long_path("alternating", eta, 2000).T
    conserved = x**2 + y**2 - eta * x * y
    torch.testing.assert_close(conserved, conserved[:1].expand_as(conserved))
    assert squares(torch.stack([x, y], 1)).max() <= conserved[0] / (1 - eta / 2) + 1e-9
    assert xy_factor("alternating", eta) == 1.0


@pytest.mark.parametrize("eta", [0.05, 0.2, 0.3, 0.45, 0.55, 0.7])
def test_optimistic_play_has_the_rate_of_theory_in_the_long_run(eta):
    norms = squares(long_path("optimistic", eta, 700))
    rate = (norms[-1] / norms[300]).item() ** (1 / 400)
    assert rate == pytest.approx(xy_factor("optimistic", eta), rel=2e-3)
    assert (rate < 1) == (eta < 1 / math.sqrt(3))


def test_optimistic_play_neither_comes_nor_goes_at_one_over_root_three():
    assert xy_factor("optimistic", 1 / math.sqrt(3)) == pytest.approx(1.0)
    assert xy_factor("optimistic", 0.57) < 1 < xy_factor("optimistic", 0.58)


@each_rule
@pytest.mark.parametrize("eta", [0.1, 0.5, 0.9, 1.5, 2.5])
def test_factor_is_the_largest_eigenvalue_of_a_step(rule, eta):
    """The step is linear in (x, y) now and one step before: its matrix is read off by playing from unit vectors."""
    M = torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)  # downhill in x, uphill in y
    one, nothing = torch.eye(2, dtype=torch.float64), torch.zeros(2, 2, dtype=torch.float64)
    if rule == "optimistic":
        step = torch.cat([torch.cat([one - 2 * eta * M, eta * M], 1), torch.cat([one, nothing], 1)])
    else:
        step = torch.stack([path(rule, eta, 1, start)[1] for start in ((1.0, 0.0), (0.0, 1.0))], 1)
    largest = torch.linalg.eigvals(step).abs().max().item() ** 2
    assert xy_factor(rule, eta) == pytest.approx(largest, rel=1e-6)  # at eta = ½ a double root: half the digits


@each_rule
@pytest.mark.parametrize("eta", [0.1, 0.3, 0.9, 2.5])
def test_factor_from_the_jacobian_agrees_with_the_formula_and_with_play_near_the_equilibrium(rule, eta):
    zero = torch.tensor(0.0, dtype=torch.float64)
    assert local_factor(rule, field_jacobian(xy, zero, zero), eta) == pytest.approx(xy_factor(rule, eta))

    def penalised(theta, psi):
        return dirac_gan(theta, psi, gamma=0.4)

    # so near that what grows stays near
    norms = squares(path(rule, eta, 150, (1e-120, 1e-120), penalised))
    predicted = local_factor(rule, field_jacobian(penalised, zero, zero), eta)
    # eigenvalues are complex: the norm turns while it shrinks, by at most a constant factor in all
    assert (norms[150] / norms[50]).log().item() / 100 == pytest.approx(math.log(predicted), abs=0.015)


def test_averaging_rescues_alternating_play_and_not_simultaneous_play():
    for eta in (0.1, 0.2):
        averages = {rule: long_path(rule, eta, 2000).cumsum(0) / torch.arange(1, 2002)[:, None] for rule in RULES}
        far = {rule: squares(averages[rule]).sqrt() for rule in RULES}
        assert far["alternating"][-1] < 0.03
        assert far["alternating"][-1] < far["alternating"][100:200].max() / 5
        assert far["simultaneous"][-200:].max() > 1  # where it started, and further out


@each_rule
def test_steps_by_autograd_equal_those_by_given_slopes_in_plain_numbers(rule):
    def f(x, y):
        return torch.sin(x) * y + 0.3 * x**2 - 0.1 * y**4

    def slopes(x, y):
        return math.cos(x) * y + 0.6 * x, math.sin(x) - 0.4 * y**3

    plain = list(islice(RULES[rule](f, 1.0, 0.5, eta=0.1, slopes=slopes), 50))
    assert all(type(number) is float for at in plain for number in at)
    torch.testing.assert_close(path(rule, 0.1, 49, f=f), torch.tensor(plain, dtype=torch.float64))


def test_optimistic_play_begins_with_a_simultaneous_step():
    torch.testing.assert_close(path("optimistic", 0.3, 1), path("simultaneous", 0.3, 1))


# ---- any f ----------------------------------------------------------------------------------------------------------


@each_rule
def test_many_independent_games_are_played_at_once(rule):
    starts = torch.randn(2, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    together = list(islice(RULES[rule](lambda x, y: (x * y).sum(), *starts, eta=0.2), 10))
    for game in range(5):
        alone = path(rule, 0.2, 9, starts[:, game].tolist())
        torch.testing.assert_close(torch.stack([torch.stack(at)[:, game] for at in together]), alone)


@each_rule
def test_players_of_different_sizes_reach_the_saddle_of_a_convex_concave_game(rule):
    W = torch.randn(3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))

    def f(x, y):
        return x @ W @ y + x @ x - y @ y + x.sum()

    # gradients zero: W y + 2x + 1 = 0 and W' x − 2y = 0
    x = torch.linalg.solve(W @ W.T / 2 + 2 * torch.eye(3, dtype=torch.float64), -torch.ones(3, dtype=torch.float64))
    players = next(islice(RULES[rule](f, torch.zeros_like(x), torch.zeros_like(W[0]), eta=0.05), 600, None))
    torch.testing.assert_close(players.x, x)
    torch.testing.assert_close(players.y, W.T @ x / 2)


@each_rule
def test_first_item_is_the_start_and_what_was_yielded_stays(rule):
    x, y = torch.ones(2), torch.zeros(2)
    play = RULES[rule](lambda x, y: (x * y).sum(), x, y, eta=0.5)
    first, second = next(play), next(play)
    assert torch.equal(first.x, torch.ones(2))
    assert torch.equal(first.y, torch.zeros(2))
    assert not torch.equal(second.y, first.y)
    assert [number.requires_grad for number in second] == [False, False]
    assert torch.equal(x, torch.ones(2))


def test_rules_work_inside_no_grad_and_leave_parameters_alone():
    x = torch.nn.Parameter(torch.tensor(1.0))
    with torch.no_grad():
        players = next(islice(extragradient(xy, x, torch.tensor(0.0), eta=0.5), 1, None))
    assert players.x.item() == 0.75
    assert x.grad is None


def test_gradients_are_zero_where_f_does_not_depend_on_a_player():
    x, y = torch.tensor(2.0), torch.tensor(3.0)
    assert gradients(lambda x, y: x**2, x, y) == (4.0, 0.0)
    assert gradients(lambda x, y: torch.tensor(1.0), x, y) == (0.0, 0.0)
    assert gradients(lambda x, y: torch.tensor(1.0), x / 0, y) == (0.0, 0.0)


def test_gradients_are_found_in_inference_mode():
    with torch.inference_mode():
        x, y = torch.tensor(2.0), torch.tensor(3.0)
        assert gradients(xy, x, y) == (3.0, 2.0)
        assert field_jacobian(xy, x, y).tolist() == [[0, -1], [1, 0]]


def test_max_min_and_min_max_differ_for_the_sine_of_the_sum():
    grid = torch.arange(0, 360) * math.tau / 360
    values = torch.sin(grid[:, None] + grid[None, :])  # x down, y across
    assert values.amin(0).max().item() == pytest.approx(-1)  # y goes first, and x answers
    assert values.amax(1).min().item() == pytest.approx(1)  # x goes first, and y answers


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: simultaneous(xy, 1.0, 0.0, eta=0.0), ValueError, "`eta` must be > 0"),
        (lambda: alternating(xy, 1.0, 0.0, eta="fast"), TypeError, "`eta` must be a number"),
        (lambda: optimistic(xy, torch.tensor(1), torch.tensor(0.0), eta=0.1), TypeError, "`x` must be floating point"),
        (lambda: extragradient(xy, torch.ones(2), torch.ones(2), eta=0.1), ValueError, r"one number, got shape \(2,\)"),
        (lambda: simultaneous(lambda x, y: 1.0, 1.0, 0.0, eta=0.1), ValueError, "tensor of one number, got 1.0"),
        (lambda: xy_factor("fictitious", 0.1), ValueError, "`rule` must be one of simultaneous, .* got 'fictitious'"),
        (lambda: local_factor("optimistic", [[0.0, 1.0]], 0.1), ValueError, r"`jacobian` must have shape \(2, 2\)"),
        (lambda: local_factor("optimistic", [[math.nan, 1], [1, 0]], 0.1), ValueError, "`jacobian` must hold finite"),
        (lambda: field_jacobian(xy, torch.ones(2), torch.ones(2)), ValueError, r"one number, got shape \(2,\)"),
        (lambda: simultaneous(xy, "left", 0.0, eta=0.1, slopes=xy), TypeError, "`x` must be a number, got 'left'"),
        (lambda: simultaneous(xy, 0.0, math.nan, eta=0.1), ValueError, "`y` must be finite, got nan"),
        (lambda: simultaneous(xy, 0.0, torch.tensor(1), eta=1, slopes=xy), TypeError, "`y` must be floating point"),
        (lambda: local_factor("fastest", torch.eye(2), 0.1), ValueError, "`rule` must be one of simultaneous"),
        (lambda: xy_factor("optimistic", -1), ValueError, "`eta` must be > 0"),
        (lambda: dirac_gan(torch.tensor(0.0), torch.tensor(0.0), gamma=-1.0), ValueError, "`gamma` must be >= 0"),
    ],
)
def test_nonsense_is_refused_when_a_rule_is_called_not_at_its_first_step(call, error, message):
    with pytest.raises(error, match=message):
        call()


# ---- the Dirac-GAN --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("eta", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("start", [(1.0, 0.0), (0.3, -2.0), (-1.5, -1.0)])
def test_dirac_gan_without_penalty_leaves_by_the_exact_factor(eta, start):
    points = path("simultaneous", eta, 60, start, f=dirac_gan)
    slopes = torch.sigmoid(points[:-1].prod(1))  # |f′(theta·psi)|
    norms = squares(points)
    torch.testing.assert_close(norms[1:] / norms[:-1], 1 + eta**2 * slopes**2)


@pytest.mark.parametrize("gamma", [0.0, 0.3, 0.9, 1.0, 2.0, 5.0])
def test_dirac_gan_has_the_eigenvalues_of_theory_at_its_equilibrium(gamma):
    zero = torch.tensor(0.0, dtype=torch.float64)
    J = field_jacobian(lambda theta, psi: dirac_gan(theta, psi, gamma=gamma), zero, zero)
    root = torch.sqrt(torch.tensor(gamma**2 / 4 - 0.25, dtype=torch.complex128))
    expected = torch.stack([-gamma / 2 - root, -gamma / 2 + root])
    eigenvalues = torch.linalg.eigvals(J)
    torch.testing.assert_close(eigenvalues.sum(), expected.sum())
    torch.testing.assert_close(eigenvalues.prod(), expected.prod())
    assert (expected.real < 0).all() == (gamma > 0)
    ends = squares(path("simultaneous", 0.2, 600, (0.5, 0.5), lambda t, p: dirac_gan(t, p, gamma=gamma)))
    assert (ends[-1] < ends[0] / 100) == (gamma > 0)


def test_value_of_the_dirac_gan_is_that_of_its_two_logits():
    theta, psi = torch.tensor(0.7, dtype=torch.float64), torch.tensor(-1.2, dtype=torch.float64)
    on_data, on_fake = torch.sigmoid(0 * psi), torch.sigmoid(psi * theta)
    torch.testing.assert_close(dirac_gan(theta, psi), on_data.log() + (1 - on_fake).log())
    torch.testing.assert_close(dirac_gan(theta, psi, gamma=3.0), dirac_gan(theta, psi) - 1.5 * psi**2)


def test_field_jacobian_of_players_with_several_numbers():
    W = torch.randn(3, 2, generator=torch.Generator().manual_seed(2))
    J = field_jacobian(lambda x, y: x @ W @ y + x @ x, torch.zeros(3), torch.zeros(2))
    torch.testing.assert_close(
        J, torch.cat([torch.cat([-2 * torch.eye(3), -W], 1), torch.cat([W.T, torch.zeros(2, 2)], 1)])
    )
