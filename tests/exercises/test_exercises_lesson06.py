"""Lesson 6's exercises: what every lesson's must do is in test_exercises.py; here are the variants people write."""

import inspect
import math
import subprocess
import sys
from collections import namedtuple
from types import ModuleType

import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence
from torch.nn import functional as F

from course_utils import losses
from course_utils.exercises import lesson06 as ex
from course_utils.exercises.lesson06.missing_term import ANSWERS, FLOWS, flow


def std_of(logvar):
    return (0.5 * logvar).exp()


# kl_standard_normal


def term_by_term(mu, logvar):
    total = torch.zeros_like(mu[:, 0])
    for m, v in zip(mu.unbind(1), logvar.unbind(1), strict=True):
        total = total + 0.5 * (m * m + v.exp() - 1 - v)
    return total


def by_covariance(mu, logvar):
    q = MultivariateNormal(mu, torch.diag_embed(logvar.exp()))
    p = MultivariateNormal(torch.zeros_like(mu), torch.eye(mu.shape[1], dtype=mu.dtype))
    return kl_divergence(q, p)


def by_independent(mu, logvar):
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return kl_divergence(Independent(Normal(mu, std_of(logvar)), 1), p)


def by_entropies(mu, logvar):
    entropy = 0.5 * (logvar + 1 + math.log(2 * math.pi))
    cross = 0.5 * (mu**2 + logvar.exp() + math.log(2 * math.pi))
    return (cross - entropy).sum(1)


STANDARD = {
    "as in most papers: −½ Σ(1 + …), no sign error": lambda mu, logvar: (
        -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1)
    ),
    "½ applied last": lambda mu, logvar: (mu.pow(2) + logvar.exp() - logvar - 1).sum(dim=-1) / 2,
    "−log σ + … − ½, which needs no further ½": lambda mu, logvar: (
        -0.5 * logvar + (logvar.exp() + mu**2) / 2 - 0.5
    ).sum(1),
    "with log σ and 2 log σ": lambda mu, logvar: (
        0.5 * (mu**2 + torch.exp(2 * (logvar / 2)) - 1 - 2 * (logvar / 2)).sum(1)
    ),
    "with σ and its logarithm": lambda mu, logvar: (
        0.5 * (mu**2 + std_of(logvar) ** 2 - 1 - 2 * std_of(logvar).log()).sum(1)
    ),
    "log of the variance": lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar.exp().log()).sum(1),
    "a tiny guard in the logarithm": lambda mu, logvar: (
        0.5 * (mu**2 + logvar.exp() - 1 - (logvar.exp() + 1e-9).log()).sum(1)
    ),
    "expm1": lambda mu, logvar: 0.5 * (mu.square() + torch.expm1(logvar) - logvar).sum(-1),
    "torch.distributions, summed": lambda mu, logvar: kl_divergence(Normal(mu, std_of(logvar)), Normal(0.0, 1.0)).sum(
        1
    ),
    "Independent": by_independent,
    "MultivariateNormal": by_covariance,
    "cross-entropy minus entropy": by_entropies,
    "a loop": term_by_term,
    "the package's": losses.kl_standard_normal,
    "the package's terms": lambda mu, logvar: sum(losses.kl_terms(mu, logvar)).sum(1),
    "constant outside, once for each dimension": lambda mu, logvar: (
        0.5 * ((mu**2 + logvar.exp() - logvar).sum(1) - mu.shape[1])
    ),
    "one image at a time, by vmap": lambda mu, logvar: torch.vmap(
        lambda m, v: 0.5 * (m @ m + v.exp().sum() - v.sum() - m.numel())
    )(mu, logvar),
    "clamped at 0, which changes nothing": lambda mu, logvar: (
        (0.5 * (mu**2 + logvar.exp() - 1 - logvar)).clamp(min=0).sum(1)
    ),
    "wide clamp": lambda mu, logvar: losses.kl_standard_normal(mu, logvar.clamp(-30, 20)),
    "Z times the mean": lambda mu, logvar: 0.5 * mu.shape[1] * (mu**2 + logvar.exp() - 1 - logvar).mean(1),
}


@pytest.mark.parametrize("variant", STANDARD)
def test_kl_standard_normal_accepts_variant(variant):
    verdict = ex.kl_standard_normal.check(STANDARD[variant])
    assert verdict.passed, verdict.text


def normal_with(std):
    return lambda mu, logvar: kl_divergence(Normal(mu, std(logvar)), Normal(0.0, 1.0)).sum(1)


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda m, v: 0.5 * torch.sum(1 + v - m.pow(2) - v.exp(), dim=1), "negative"),
        (lambda m, v: -torch.sum(1 + v - m.pow(2) - v.exp(), dim=1), "half_forgotten"),
        (lambda m, v: (m**2 + v.exp() - v / 2 - 0.5).sum(1), "half_on_log_and_constant"),
        (lambda m, v: (0.5 * (m**2 + v.exp() - 1) - v).sum(1), "log_term_doubled"),
        (lambda m, v: -0.5 * (1 + 2 * v - m**2 - v.exp()).sum(1), "log_term_doubled"),
        (normal_with(torch.exp), "read_as_log_std"),
        (normal_with(lambda v: torch.exp(2 * v).sqrt()), "read_as_log_std"),
        (lambda m, v: 0.5 * (m**2 + v.exp() - 1 - (v.exp().sqrt().log()) ** 2).sum(1), "log_std_squared"),
        (lambda m, v: 0.5 * (m**2 + v.exp()).sum(1) - 0.5 * m.shape[1], "log_term_dropped"),
        (lambda m, v: 0.5 * (m**2 + v.exp() - 1 - torch.log(v.exp() + 1e-6)).sum(1), "guard_in_the_log"),
        (lambda m, v: kl_divergence(Normal(0.0, 1.0), Normal(m, std_of(v))).sum(1), "reverse"),
        (lambda m, v: losses.kl_standard_normal(m, F.relu(v)), "logvar_clamped_at_zero"),
        (lambda m, v: 0.5 * (m**2 + torch.exp(v.exp()) - 1 - v).sum(1), "exp_taken_twice"),
    ],
)
def test_kl_standard_normal_recognises_mistake_written_differently(function, mistake):
    verdict = ex.kl_standard_normal.check(function)
    assert verdict.mistake == mistake, verdict.text


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda m, v: F.kl_div(m, torch.randn_like(m), reduction="batchmean"), "no probabilities"),
        (lambda m, v: F.kl_div(m.log_softmax(1), torch.softmax(v, 1), reduction="none").sum(1), "no probabilities"),
        (lambda m, v: 4 * losses.kl_standard_normal(m, v), "Every number is 4 times"),
        (lambda m, v: losses.kl_standard_normal(m.detach(), v), "no gradient"),
        (lambda m, v: (m**2 + (std_of(v) - 1) ** 2).sum(1), "expected: [2]"),
        (lambda m, v: 0.5 * (m**2 + v.exp() - 1 - (v.exp() + 1e-3).log()).sum(1), "KL from p to itself"),
        (lambda m, v: losses.kl_standard_normal(m, v.clamp(-10, 10)), "clamp wide"),
        (lambda m, v: losses.kl_standard_normal(m, v).tolist(), "one tensor"),
    ],
)
def test_kl_standard_normal_unknown_mistake_gets_a_true_sentence(function, says):
    verdict = ex.kl_standard_normal.check(function)
    assert not verdict.passed
    assert verdict.mistake is None
    assert says in verdict.text, verdict.text


def kl_div(mu, logvar):
    return losses.kl_standard_normal(mu, logvar)


def by_own_kl_div(mu, logvar):
    return kl_div(mu, logvar)


def by_own_module(mu, logvar):
    return own.kl_div(mu, logvar)


own = ModuleType("own")
own.kl_div = kl_div


@pytest.mark.parametrize("function", [by_own_kl_div, by_own_module])
def test_kl_standard_normal_lets_the_learner_call_a_function_kl_div(function):
    verdict = ex.kl_standard_normal.check(function)
    assert verdict.passed, verdict.text


@pytest.mark.parametrize(
    ("load", "name"),
    [
        ("import torch", "torch.nn.functional.kl_div"),
        ("from torch import nn", "nn.functional.kl_div"),
        ("import torch.nn.functional as F", "F.kl_div"),
        ("from torch.nn.functional import kl_div", "kl_div"),
        ("", "kl_div"),
    ],
)
def test_kl_standard_normal_finds_torch_s_kl_div_by_any_name(load, name):
    space = {}
    inside = "" if load else "    from torch.nn.functional import kl_div\n"
    call = f"    return {name}(mu.log_softmax(1), logvar.softmax(1)).sum(0)"
    exec(f"{load}\ndef by_name(mu, logvar):\n{inside}{call}", space)
    assert "no probabilities" in ex.kl_standard_normal.check(space["by_name"]).message


# kl_normal


def standardised(mu_q, logvar_q, mu_p, logvar_p):
    return losses.kl_standard_normal((mu_q - mu_p) / std_of(logvar_p), logvar_q - logvar_p)


GENERAL = {
    "the package's": losses.kl_normal,
    "torch.distributions": lambda a, b, c, d: kl_divergence(Normal(a, std_of(b)), Normal(c, std_of(d))).sum(1),
    "log σ_p − log σ_q + … − ½, which needs no further ½": lambda a, b, c, d: (
        std_of(d).log() - std_of(b).log() + (b.exp() + (a - c) ** 2) / (2 * d.exp()) - 0.5
    ).sum(1),
    "the means the other way round": lambda a, b, c, d: (
        0.5 * ((c - a) ** 2 * (-d).exp() + (b - d).exp() - 1 + (d - b)).sum(-1)
    ),
    "the means exchanged, which a square does not see": lambda a, b, c, d: losses.kl_normal(c, b, a, d),
    "cross-entropy minus entropy": lambda a, b, c, d: (
        0.5 * (d + ((a - c) ** 2 + b.exp()) / d.exp()) - 0.5 * (1 + b)
    ).sum(1),
    "standardised first": standardised,
    "full covariances": lambda a, b, c, d: losses.kl_mvn(a, torch.diag_embed(b.exp()), c, torch.diag_embed(d.exp())),
    "one fraction": lambda a, b, c, d: (
        0.5 * (((a - c) ** 2 + b.exp()) / d.exp() - 1 - (b.exp() / d.exp()).log()).sum(1)
    ),
}


@pytest.mark.parametrize("variant", GENERAL)
def test_kl_normal_accepts_variant(variant):
    verdict = ex.kl_normal.check(GENERAL[variant])
    assert verdict.passed, verdict.text


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda a, b, c, d: losses.kl_normal(c, d, a, b), "reversed_arguments"),
        (lambda a, b, c, d: (losses.kl_normal(a, b, c, d) + losses.kl_normal(c, d, a, b)) / 2, "symmetrised"),
        (lambda a, b, c, d: kl_divergence(Normal(a, b.exp()), Normal(c, d.exp())).sum(1), "read_as_log_std"),
    ],
)
def test_kl_normal_recognises_mistake_written_differently(function, mistake):
    verdict = ex.kl_normal.check(function)
    assert verdict.mistake == mistake, verdict.text


def test_kl_normal_names_what_plays_no_part():
    verdict = ex.kl_normal.check(lambda a, b, c, d: losses.kl_standard_normal(a - c, b))
    assert "stays the same when `logvar_p` changes" in verdict.text


# flow_step

Pair = namedtuple("Pair", ["mu", "logvar"])


def by_autograd(mu, logvar, dt):
    mu, logvar = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
    slopes = torch.autograd.grad(losses.kl_standard_normal(mu, logvar).sum(), (mu, logvar))
    return tuple((old - dt * slope).detach() for old, slope in zip((mu, logvar), slopes, strict=True))


def in_place_on_copies(mu, logvar, dt):
    mu, logvar = mu.clone(), logvar.clone()
    logvar += 0.5 * dt * (1 - logvar.exp())
    mu *= 1 - dt
    return [mu, logvar]


STEP = {
    "velocities": lambda mu, logvar, dt: (mu + dt * -mu, logvar + dt * 0.5 * (1 - logvar.exp())),
    "shrink": lambda mu, logvar, dt: ((1 - dt) * mu, logvar - dt * torch.expm1(logvar) / 2),
    "with σ": lambda mu, logvar, dt: Pair(mu - mu * dt, logvar - dt * (std_of(logvar) ** 2 - 1) / 2),
    "autograd of the sum": by_autograd,
    "in place on copies": in_place_on_copies,
    "lerp": lambda mu, logvar, dt: (torch.lerp(mu, 0 * mu, dt), logvar + dt / 2 - dt / 2 * logvar.exp()),
    "through log σ": lambda mu, logvar, dt: (mu - dt * mu, 2 * (logvar / 2 - 0.25 * dt * (logvar.exp() - 1))),
}


@pytest.mark.parametrize("variant", STEP)
def test_flow_step_accepts_variant(variant):
    verdict = ex.flow_step.check(STEP[variant])
    assert verdict.passed, verdict.text


def autograd_of(average):
    def step(mu, logvar, dt):
        mu, logvar = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
        slopes = torch.autograd.grad(average(sum(losses.kl_terms(mu, logvar))), (mu, logvar))
        return tuple((old - dt * slope).detach() for old, slope in zip((mu, logvar), slopes, strict=True))

    return step


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (autograd_of(lambda kl: kl.sum(1).mean()), "gradient_of_the_mean"),
        (autograd_of(lambda kl: kl.mean(1).sum()), "gradient_of_the_mean_over_the_dimensions"),
        (autograd_of(lambda kl: kl.mean()), "gradient_of_the_mean_over_everything"),
        (lambda m, v, dt: (m - dt * m, v - dt * (v.exp() - 1)), "half_forgotten"),
        (lambda m, v, dt: (m - dt * m, v + dt * (1 / std_of(v) - std_of(v))), "derivative_by_std"),
    ],
)
def test_flow_step_recognises_mistake_written_differently(function, mistake):
    verdict = ex.flow_step.check(function)
    assert verdict.mistake == mistake, verdict.text


def by_func_grad(mu, logvar, dt):
    slopes = torch.func.grad(lambda m, v: losses.kl_standard_normal(m, v).sum(), argnums=(0, 1))(mu, logvar)
    return mu - dt * slopes[0], logvar - dt * slopes[1]


def by_sgd(mu, logvar, dt):
    mu, logvar = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
    optimizer = torch.optim.SGD([mu, logvar], lr=dt)
    losses.kl_standard_normal(mu, logvar).sum().backward()
    optimizer.step()
    return mu.detach(), logvar.detach()


@pytest.mark.parametrize("name", ["by_func_grad", "by_sgd"])
def test_flow_step_accepts_what_imports_parts_of_torch_late(name):
    """In a kernel of its own, in which nothing has loaded them yet."""
    code = (
        "import torch; from course_utils import losses; from course_utils.exercises import lesson06 as ex\n"
        f"{inspect.getsource(globals()[name])}\n"
        f"verdict = ex.flow_step.check({name}); print(verdict); raise SystemExit(not verdict.passed)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_flow_step_that_writes_into_its_arguments_is_told():
    def careless(mu, logvar, dt):
        mu -= dt * mu
        return mu, logvar - 0.5 * dt * (logvar.exp() - 1)

    verdict = ex.flow_step.check(careless)
    assert verdict.kind == "mutated"
    assert "`mu`" in verdict.text


# missing_term


def flow_by_small_steps(mu, std, without):
    """Integrate with tiny Euler steps: an oracle for the closed forms."""
    mu, logvar = torch.tensor(mu, dtype=torch.float64), 2 * torch.tensor(std, dtype=torch.float64).log()
    dt = 1e-3
    for _ in range(10_000):
        mu, logvar = (
            mu - (0.0 if without == "mean" else dt * mu),
            logvar + 0.5 * dt * (float(without != "log") - float(without != "spread") * logvar.exp()),
        )
    return float(mu), float((0.5 * logvar).exp())


@pytest.mark.parametrize("without", [None, "mean", "spread", "log"])
def test_flow_solves_its_equation(without):
    _, means, widths = flow(2.0, 0.5, without=without)
    assert (float(means[-1]), float(widths[-1])) == pytest.approx(
        flow_by_small_steps(2.0, 0.5, without), rel=6e-3, abs=1e-5
    )


def test_missing_term_asks_nothing_that_the_numbers_cannot_tell():
    for mu, std, without, *_ in FLOWS:
        assert not (mu == 0 and without == "mean"), "at μ = 0 its pull cannot be missed"
        records = {other: flow(mu, std, without=other) for other in (None, "mean", "spread", "log")}
        mine = records.pop(without)
        for other, record in records.items():
            apart = max(float((a - b).abs().max()) for a, b in zip(mine[1:], record[1:], strict=True))
            assert apart > 0.1 or (mu == 0 and other == "mean"), (mu, std, without, other)


def fitted(t, mu, sigma):
    """Compare with what each of the four would do, and take the nearest."""
    start, steps, end = float(sigma[0]), len(t), float(t[-1])
    names = {None: "none", "mean": "mean", "spread": "spread", "log": "log"}
    if mu[0] == 0:
        del names["mean"]
    errors = {
        name: sum(
            float((a - b).abs().max())
            for a, b in zip(flow(float(mu[0]), start, without=key, end=end, steps=steps)[1:], (mu, sigma), strict=True)
        )
        for key, name in names.items()
    }
    return min(errors, key=errors.get)


def by_the_speed(t, mu, sigma):
    """Compare the speed of log σ² in the first step, roughly, with what each term contributes."""
    if mu[0] != 0 and mu[5] == mu[0]:
        return "mean"
    speed = float((sigma[1] / sigma[0]).log() * 2 / (t[1] - t[0]))
    full, middle = 0.5 * (1 - float(sigma[0] * sigma[1])), float(sigma[0] * sigma[1])
    guesses = {"constant or none": full, "log": -0.5 * middle, "spread": 0.5}
    return min(guesses, key=lambda name: abs(guesses[name] - speed))


def by_ends(low, high, far):
    def decide(t, mu, sigma):
        if mu[-1].abs() > far:
            return "mean"
        if sigma[-1] < low:
            return "log"
        return "spread" if sigma[-1] > high else "constant"

    return decide


def by_numpy(t, mu, sigma):
    mu, sigma = mu.numpy(), sigma.numpy()
    if abs(mu[-1] - mu[0]) < 1e-3 < abs(mu[0]):
        return "mean"
    return {(True, False): "log", (False, True): "spread"}.get((sigma[-1] < 0.6, sigma[-1] > 1.2), "none")


MISSING = {
    "thresholds at the end": by_ends(0.6, 1.5, 0.2),
    "other thresholds": by_ends(0.5, 3.0, 0.05),
    "margins close to 1": by_ends(0.85, 1.15, 0.001),
    "fit": fitted,
    "speed of the first step": by_the_speed,
    "numpy": by_numpy,
    "with capitals and blanks": lambda t, mu, sigma: f" {by_ends(0.6, 1.5, 0.2)(t, mu, sigma).capitalize()}\n",
}


@pytest.mark.parametrize("variant", MISSING)
def test_missing_term_accepts_variant(variant):
    verdict = ex.missing_term.check(MISSING[variant])
    assert verdict.passed, verdict.text


@pytest.mark.parametrize("answer", [2, "sigma", torch.tensor(1), ["log"]])
def test_missing_term_says_which_words_there_are(answer):
    verdict = ex.missing_term.check(lambda t, mu, sigma: answer)
    assert verdict.kind == "form"
    assert all(word in verdict.text for word in ANSWERS)


def test_missing_term_with_a_margin_that_is_too_small_is_told_how_far_the_flow_has_come():
    note = ex.missing_term.check(by_ends(0.97, 1.03, 0.1)).text
    assert "σ rises, but only towards 1, its goal: by t = 10 it has come to 0.968" in note
    assert float(flow(2.0, 0.3)[2][-1]) == pytest.approx(0.968, abs=5e-4)


def test_missing_term_that_always_says_the_same_is_shown_a_flow():
    verdict = ex.missing_term.check(lambda t, mu, sigma: "constant or none")
    assert verdict.kind in ("different", "mistake")
    assert "nothing moves μ" in verdict.text


# kl_on_grid

GRID = {
    "sum times dz": lambda q, p, dz: torch.sum(torch.exp(q) * (q - p)) * dz,
    "softmax, which holds dz already": lambda q, p, dz: (q.softmax(0) * (q - p)).sum(),
    "trapezoid": lambda q, p, dz: torch.trapezoid(q.exp() * (q - p), dx=dz),
    "dot product": lambda q, p, dz: dz * (q.exp() @ (q - p)),
    "cross-entropy minus entropy": lambda q, p, dz: (q.exp() * q * dz).sum() - (q.exp() * p * dz).sum(),
    "F.kl_div with its arguments in its order": lambda q, p, dz: F.kl_div(p, q.exp(), reduction="sum") * dz,
    "F.kl_div, log target": lambda q, p, dz: F.kl_div(p, q, reduction="sum", log_target=True) * dz,
    "densities first": lambda q, p, dz: (
        (q.exp() * (q.exp() / p.exp().clamp(min=1e-300)).log()).sum() * dz
        if q.dtype == torch.float64
        else (q.exp() * (q - p)).sum() * dz
    ),
}


@pytest.mark.parametrize("variant", GRID)
def test_kl_on_grid_accepts_variant(variant):
    verdict = ex.kl_on_grid.check(GRID[variant])
    assert verdict.passed, verdict.text


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda q, p, dz: F.kl_div(q, p.exp(), reduction="sum") * dz, "other_direction"),
        (lambda q, p, dz: F.kl_div(q, p, reduction="sum", log_target=True) * dz, "other_direction"),
        (lambda q, p, dz: F.kl_div(q, p.exp(), reduction="sum"), "other_direction_without_dz"),
        (lambda q, p, dz: F.kl_div(p, q.exp(), reduction="batchmean"), "mean_over_the_grid"),
        (lambda q, p, dz: (q.exp() * p).sum() * -dz, "cross_entropy"),
    ],
)
def test_kl_on_grid_recognises_mistake_written_differently(function, mistake):
    verdict = ex.kl_on_grid.check(function)
    assert verdict.mistake == mistake, verdict.text


@pytest.mark.parametrize("twice", [lambda q, p: (q.log(), p), lambda q, p: (q, p.log())])
def test_kl_on_grid_logarithm_of_a_logarithm_is_told_of_either_density(twice):
    def function(log_q, log_p, dz):
        first, second = twice(log_q, log_p)
        return (log_q.exp() * (first - second)).sum() * dz

    verdict = ex.kl_on_grid.check(function)
    assert verdict.mistake == "log_taken_twice"
    assert "a log-density is negative where the density is below 1" in verdict.message


def test_kl_on_grid_not_summed_is_told_with_the_letter_of_the_task():
    assert "shape (G,): the sum over the grid" in ex.kl_on_grid.check(lambda q, p, dz: q.exp() * (q - p) * dz).message


def test_kl_on_grid_notes_are_true():
    notes = [0.0, 0.5, 0.5, 0.5 * (0.25 - 1 + math.log(4)), math.log(2)]
    found = [float(facts[1].value) for facts in ex.kl_on_grid.judge.expected.facts[:5]]
    assert found == pytest.approx(notes, abs=5e-3)


# kl_per_dimension and active_units

PER_DIMENSION = {
    "mean of the formula": lambda mu, logvar: (0.5 * (mu**2 + logvar.exp() - 1 - logvar)).mean(dim=0),
    "sum over the images, divided": lambda mu, logvar: sum(losses.kl_terms(mu, logvar)).sum(0) / len(mu),
    "torch.distributions": lambda mu, logvar: kl_divergence(Normal(mu, std_of(logvar)), Normal(0.0, 1.0)).mean(0),
    "column by column": lambda mu, logvar: torch.stack(
        [losses.kl_standard_normal(m[:, None], v[:, None]).mean() for m, v in zip(mu.T, logvar.T, strict=True)]
    ),
    "averages of squares, not squares of averages": lambda mu, logvar: (
        0.5 * (mu.square().mean(0) + logvar.exp().mean(0) - 1 - logvar.mean(0))
    ),
}


@pytest.mark.parametrize("variant", PER_DIMENSION)
def test_kl_per_dimension_accepts_variant(variant):
    verdict = ex.kl_per_dimension.check(PER_DIMENSION[variant])
    assert verdict.passed, verdict.text


def test_kl_per_dimension_names_the_kl_of_the_averages():
    verdict = ex.kl_per_dimension.check(lambda m, v: losses.kl_standard_normal(m.mean(0)[:, None], v.mean(0)[:, None]))
    assert verdict.mistake == "kl_of_the_averages"


ACTIVE = {
    "divided by B": lambda mu: mu.var(0, unbiased=False) > 0.01,
    "divided by B − 1": lambda mu: torch.var(mu, dim=0) > 0.01,
    "standard deviation above 0.1": lambda mu: mu.std(0) > 0.1,
    "by hand": lambda mu: ((mu - mu.mean(0)) ** 2).mean(0) > 1e-2,
    "greater or equal": lambda mu: torch.ge(mu.var(0), 0.01),
}


@pytest.mark.parametrize("variant", ACTIVE)
def test_active_units_accepts_variant(variant):
    verdict = ex.active_units.check(ACTIVE[variant])
    assert verdict.passed, verdict.text


@pytest.mark.parametrize(
    "function",
    [
        lambda mu: mu.std(0) > 0.01,
        lambda mu: mu.var(0) > 1e-4,
        lambda mu: (mu - mu.mean(0)).abs().mean(0) > 0.01,
    ],
)
def test_active_units_bound_that_is_too_low_is_not_taken_for_a_standard_deviation(function):
    verdict = ex.active_units.check(function)
    assert verdict.mistake == "std_compared"
    assert "Your bound is too low: it is as if" in verdict.message


@pytest.mark.parametrize("kind", [torch.float32, torch.int64])
def test_active_units_asks_for_booleans(kind):
    verdict = ex.active_units.check(lambda mu: (mu.var(0) > 0.01).to(kind))
    assert verdict.kind == "dtype"
    assert "should be boolean" in verdict.text


@pytest.mark.parametrize(
    ("exercise", "function"),
    [
        (ex.active_units, lambda mu: (mu.var(0) > 0.01).squeeze()),
        (ex.kl_per_dimension, lambda mu, logvar: sum(losses.kl_terms(mu, logvar)).mean(0).squeeze()),
    ],
)
def test_squeeze_is_caught_at_a_single_dimension(exercise, function):
    verdict = exercise.check(function)
    assert verdict.kind == "shape"
    assert "(1,)" in verdict.text


# monte_carlo_kl


def by_log_prob(mu, logvar, eps):
    q, p = Normal(mu, std_of(logvar)), Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.mean + q.stddev * eps
    return q.log_prob(z).sum(1) - p.log_prob(z).sum(1)


def by_independent_log_prob(mu, logvar, eps):
    z = mu + std_of(logvar) * eps
    p = MultivariateNormal(torch.zeros_like(mu), torch.eye(mu.shape[1], dtype=mu.dtype))
    return Independent(Normal(mu, std_of(logvar)), 1).log_prob(z) - p.log_prob(z)


def with_two_pi(mu, logvar, eps):
    z = mu + std_of(logvar) * eps
    log_q = -0.5 * ((z - mu) ** 2 / logvar.exp() + logvar + math.log(2 * math.pi))
    log_p = -0.5 * (z**2 + math.log(2 * math.pi))
    return (log_q - log_p).sum(1)


def short_at(mu, logvar, eps, z):
    return 0.5 * (z**2 - eps**2 - logvar).sum(1)


ONE_DRAW = {
    "log_prob": by_log_prob,
    "multivariate": by_independent_log_prob,
    "both with 2π": with_two_pi,
    "short": lambda mu, logvar, eps: 0.5 * ((mu + std_of(logvar) * eps) ** 2 - eps**2 - logvar).sum(1),
    "log of the ratio of densities": lambda mu, logvar, eps: (
        (
            Normal(mu, std_of(logvar)).log_prob(mu + std_of(logvar) * eps).exp()
            / Normal(0.0, 1.0).log_prob(mu + std_of(logvar) * eps).exp()
        )
        .log()
        .sum(1)
    ),
}


@pytest.mark.parametrize("variant", ONE_DRAW)
def test_monte_carlo_kl_accepts_variant(variant):
    verdict = ex.monte_carlo_kl.check(ONE_DRAW[variant])
    assert verdict.passed, verdict.text


def without_gradients(mu, logvar, eps):
    with torch.no_grad():
        return by_log_prob(mu, logvar, eps)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda m, v, e: by_log_prob(m, v, e).detach(), "There is no gradient"),
        (without_gradients, "There is no gradient"),
        (lambda m, v, e: short_at(m, v, e, (m + std_of(v) * e).detach()), "There is no gradient"),
        (lambda m, v, e: short_at(m, v, e, m + std_of(v).detach() * e), "σ is cut out of the graph inside z"),
        (lambda m, v, e: short_at(m, v, e, m + std_of(v.detach()) * e), "σ is cut out of the graph inside z"),
    ],
)
def test_monte_carlo_kl_must_let_gradients_through(function, says):
    verdict = ex.monte_carlo_kl.check(function)
    assert not verdict.passed
    assert says in verdict.text


def test_never_negative_estimator_has_no_finite_variance_for_narrow_clouds():
    """E[(p/q)²] = ∫p²/q is finite only above σ² = ½: there its integrand's exponent is −z² + z²/(2σ²)."""
    z = torch.linspace(-60, 60, 24_001, dtype=torch.float64)
    for variance, finite in ((0.6, True), (0.4, False)):
        second_moment = torch.exp(-(z**2) + z**2 / (2 * variance))
        half = second_moment[len(z) // 4 : -len(z) // 4]
        assert (abs(float(second_moment.sum() / half.sum()) - 1) < 1e-6) == finite


def test_monte_carlo_kl_averages_to_the_closed_form():
    mu, logvar = torch.tensor([[1.0, -0.5]], dtype=torch.float64), torch.tensor([[-1.0, 0.5]], dtype=torch.float64)
    eps = torch.randn(100_000, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    space = {}
    exec(ex.monte_carlo_kl.source(), space)
    draws = space["monte_carlo_kl"](mu, logvar, eps)
    error = float(draws.std()) / len(draws) ** 0.5
    assert abs(float(draws.mean() - losses.kl_standard_normal(mu, logvar))) < 5 * error
    assert bool((draws < 0).any())


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda m, v, e: losses.kl_standard_normal(m, v), "closed_form"),
        (lambda m, v, e: by_log_prob(m, v, e).abs(), "absolute"),
        (lambda m, v, e: F.relu(by_log_prob(m, v, e)), "clamped"),
        (
            lambda m, v, e: (Normal(m, std_of(v)).log_prob(m + std_of(v) * e) - Normal(0.0, 1.0).log_prob(e)).sum(1),
            "prior_at_eps",
        ),
        (lambda m, v, e: by_log_prob(m, 2 * v, e), "variance_as_std"),
    ],
)
def test_monte_carlo_kl_recognises_mistake_written_differently(function, mistake):
    verdict = ex.monte_carlo_kl.check(function)
    assert verdict.mistake == mistake, verdict.text


# aggregate_moments

Moments = namedtuple("Moments", ["mean", "variance"])

AGGREGATE = {
    "divided by B − 1, as var(0) does": lambda mu, logvar: (mu.mean(0), mu.var(0) + logvar.exp().mean(0)),
    "divided by B": lambda mu, logvar: [mu.mean(0), mu.var(0, correction=0) + logvar.exp().mean(0)],
    "second moment minus squared mean": lambda mu, logvar: Moments(
        mu.mean(0), (mu**2 + logvar.exp()).mean(0) - mu.mean(0) ** 2
    ),
    "by hand": lambda mu, logvar: (mu.sum(0) / len(mu), ((mu - mu.mean(0)) ** 2 + std_of(logvar) ** 2).mean(0)),
    "diagonal of a covariance": lambda mu, logvar: (
        mu.mean(0),
        mu.T.cov().reshape(mu.shape[1], -1).diagonal() + logvar.exp().mean(0),
    ),
    "std squared": lambda mu, logvar: (mu.mean(0), mu.std(0) ** 2 + logvar.exp().mean(0)),
}


@pytest.mark.parametrize("variant", AGGREGATE)
def test_aggregate_moments_accepts_variant(variant):
    verdict = ex.aggregate_moments.check(AGGREGATE[variant])
    assert verdict.passed, verdict.text


@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.parametrize(
    ("variance", "mistake"),
    [
        (lambda spread, logvar: spread, "variance_of_the_means"),
    ],
)
def test_aggregate_moments_recognises_mistake_with_either_divisor(variance, mistake, unbiased):
    verdict = ex.aggregate_moments.check(
        lambda mu, logvar: (mu.mean(0), variance(mu.var(0, unbiased=unbiased), logvar))
    )
    assert verdict.mistake == mistake, verdict.text


def test_aggregate_moments_describe_draws_from_the_aggregate():
    draws = torch.Generator().manual_seed(0)
    mu, logvar = (torch.randn(5, 2, generator=draws, dtype=torch.float64) for _ in range(2))
    image = torch.randint(5, (200_000,), generator=draws)
    z = mu[image] + std_of(logvar[image]) * torch.randn(200_000, 2, generator=draws, dtype=torch.float64)
    space = {}
    exec(ex.aggregate_moments.source(), space)
    mean, variance = space["aggregate_moments"](mu, logvar)
    squares = (z - z.mean(0)) ** 2
    assert bool(((z.mean(0) - mean).abs() < 5 * z.std(0) / len(z) ** 0.5).all())
    assert bool(((squares.mean(0) - variance).abs() < 5 * squares.std(0) / len(z) ** 0.5).all())


# Numbers in the questions


def test_question_about_the_needle_has_its_numbers_right():
    needle, hill = torch.tensor([[2 * math.log(0.01)]], dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    zero = torch.zeros(1, 1, dtype=torch.float64)
    assert float(losses.kl_normal(zero, needle, zero, hill)) == pytest.approx(4.1, abs=0.02)
    assert float(losses.kl_normal(zero, hill, zero, needle)) == pytest.approx(5000, rel=0.01)


def test_question_about_the_flow_without_spread_compares_the_two_only_in_the_long_run():
    for t, further in ((8, False), (9, True)):  # from σ₀ = 0.5
        assert (0.5 * math.exp(t / 4) > (0.5**2 + 2 * t) ** 0.5) == further
    right = next(choice for choice in ex.predict_without_spread.choices if choice.correct)
    assert "in the long run slower" in right.why


def test_question_about_correlation_has_its_number_right():
    cov = torch.tensor([[1.0, 0.9], [0.9, 1.0]], dtype=torch.float64)
    zero = torch.zeros(2, dtype=torch.float64)
    assert float(losses.kl_mvn(zero, cov, zero, torch.eye(2, dtype=torch.float64))) == pytest.approx(0.83, abs=0.005)


def test_kl_on_grid_logarithm_of_what_is_rounded_to_zero_is_caught():
    verdict = ex.kl_on_grid.check(lambda q, p, dz: (q.exp() * (q.exp() / p.exp()).log()).sum() * dz)
    assert verdict.kind == "not-finite"
    assert "rounded to 0" in verdict.message


def test_active_units_says_true_and_false_instead_of_numbers():
    message = ex.active_units.check(lambda mu: mu.square().mean(0) > 0.01).message
    assert "the answer is 3 times True where it should be False" in message
    assert "too large" not in message


def test_aggregate_moments_product_of_the_clouds_is_not_called_zero():
    def product(mu, logvar):
        precision = (-logvar).exp()
        return (mu * precision).sum(0) / precision.sum(0), 1 / precision.sum(0)

    assert "Taken apart" not in ex.aggregate_moments.check(product).message
