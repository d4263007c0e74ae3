"""Lesson 8's exercises: what every lesson's must do is in test_exercises.py; here are the variants people write."""

import math

import numpy as np
import pytest
import torch
from answers import assert_mistake, assert_passes
from torch import nn
from torch.distributions import Bernoulli
from torch.nn import functional as F

from course_utils import metrics
from course_utils.exercises import lesson08 as ex

bce = F.binary_cross_entropy_with_logits
one, zero = torch.ones_like, torch.zeros_like


def assert_says(exercise, function, says):
    """Assert that an answer on no list gets a verdict with these words."""
    verdict = exercise.check(function)
    assert not verdict.passed
    assert verdict.mistake is None, verdict.text
    assert says in verdict.text, verdict.text


# discriminator_loss


def point_by_point(real, fake):
    total = torch.zeros((), dtype=real.dtype)
    for logit in real:
        total = total + F.softplus(-logit) / len(real)
    for logit in fake:
        total = total + F.softplus(logit) / len(fake)
    return total


def two_classes(logits, label):
    return F.cross_entropy(torch.stack([zero(logits), logits], 1), torch.full((len(logits),), label))


D_LOSS = {
    "softplus": lambda real, fake: F.softplus(-real).mean() + F.softplus(fake).mean(),
    "logsigmoid": lambda real, fake: -(F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()),
    "a loop": point_by_point,
    "a module": lambda real, fake: nn.BCEWithLogitsLoss()(real, one(real)) + nn.BCEWithLogitsLoss()(fake, zero(fake)),
    "Bernoulli": lambda real, fake: (
        -Bernoulli(logits=real).log_prob(one(real)).mean() - Bernoulli(logits=fake).log_prob(zero(fake)).mean()
    ),
    "logaddexp": lambda real, fake: (
        torch.logaddexp(zero(real), -real).mean() + torch.logaddexp(zero(fake), fake).mean()
    ),
    "softmax over two classes": lambda real, fake: two_classes(real, 1) + two_classes(fake, 0),
    "joined, with weights": lambda real, fake: bce(
        torch.cat([real, fake]),
        torch.cat([one(real), zero(fake)]),
        weight=torch.cat([one(real) / len(real), one(fake) / len(fake)]),
        reduction="sum",
    ),
    "twice the half": lambda real, fake: 2 * (bce(real, one(real)) / 2 + bce(fake, zero(fake)) / 2),
}


@pytest.mark.parametrize("variant", D_LOSS)
def test_discriminator_loss_accepts_variant(variant):
    assert_passes(ex.discriminator_loss, D_LOSS[variant])


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda r, f: bce(r, one(r), reduction="sum") + bce(f, zero(f), reduction="sum"), "summed"),
        (lambda r, f: -(r.sigmoid().log().mean() + f.sigmoid().log().mean()), "fakes_called_real"),
        (lambda r, f: (bce(r, one(r)) + bce(f, zero(f))) / 2, "halved"),
        (lambda r, f: bce(r, 0.9 * one(r)) + bce(f, zero(f)), "smoothed_labels"),
        (
            lambda r, f: -(r.sigmoid() + 1e-8).log().mean() - (1 - f.sigmoid() + 1e-8).log().mean(),
            "epsilon_in_the_logarithm",
        ),
        (
            lambda r, f: -r.sigmoid().clamp(min=1e-12).log().mean() - (1 - f.sigmoid()).clamp(min=1e-12).log().mean(),
            "epsilon_in_the_logarithm",
        ),
        (lambda r, f: nn.BCELoss()(r.sigmoid(), one(r)) + nn.BCELoss()(f.sigmoid(), zero(f)), "capped_at_100"),
    ],
)
def test_discriminator_loss_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.discriminator_loss, function, mistake)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda r, f: bce(r, one(r)) - bce(f, zero(f)), "the sign of mean(−log(1 − D(fake))) is the opposite one"),
        (lambda r, f: bce(r, one(r)) - bce(f, one(f)), "mean(−log D(fake)) has no place in it"),
        (lambda r, f: bce(r, one(r)) + 0.5 * bce(f, zero(f)), "the factor of mean(−log(1 − D(fake))) is not the right"),
        (lambda r, f: (bce(r, one(r)) + bce(f, zero(f))) / math.log(2), "bits instead of nats?"),
        (lambda r, f: bce(r, one(r), reduction="none") + bce(f, zero(f), reduction="none"), "the mean"),
        (lambda r, f: (bce(r, one(r)), bce(f, zero(f))), "2 tensors; the exercise asks for one tensor"),
        (lambda r, f: bce(r.detach(), one(r)) + bce(f, zero(f)), "with respect to `real_logits`"),
        (lambda r, f: F.softplus(-r.mean()) + F.softplus(f.mean()), "two fakes 0.127 and 0.854"),
        (lambda r, f: bce(one(r), r) + bce(zero(f), f), "stays the same when `fake_logits` changes"),
        (
            lambda r, f: bce(r, torch.ones(len(r))) + bce(f, torch.zeros(len(f))),
            "`torch.ones_like(logits)` takes their",
        ),
    ],
)
def test_discriminator_loss_unknown_mistake_gets_a_true_sentence(function, says):
    assert_says(ex.discriminator_loss, function, says)


# generator_loss

G_LOSS = {
    "softplus": lambda fake: F.softplus(-fake).mean(),
    "logsigmoid": lambda fake: -F.logsigmoid(fake).mean(),
    "sum over length": lambda fake: F.softplus(-fake).sum() / len(fake),
    "logaddexp": lambda fake: torch.logaddexp(zero(fake), -fake).mean(),
    "softmax over two classes": lambda fake: two_classes(fake, 1),
    "a module": lambda fake: nn.BCEWithLogitsLoss()(fake, one(fake)),
    "Bernoulli": lambda fake: -Bernoulli(logits=fake).log_prob(one(fake)).mean(),
    "a loop": lambda fake: torch.stack([F.softplus(-logit) for logit in fake]).mean(),
    "log1p, made safe by hand": lambda fake: (torch.log1p((-fake.abs()).exp()) + (-fake).clamp(min=0)).mean(),
    "the other label, the other sign": lambda fake: bce(-fake, zero(fake)),
}


@pytest.mark.parametrize("variant", G_LOSS)
def test_generator_loss_accepts_variant(variant):
    assert_passes(ex.generator_loss, G_LOSS[variant])


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda f: (1 - f.sigmoid()).log().mean(), "saturating"),
        (lambda f: -bce(f, zero(f)), "saturating"),
        (lambda f: bce(f, zero(f)), "labelled_as_fakes"),
        (lambda f: -(1 - f.sigmoid()).log().mean(), "labelled_as_fakes"),
        (lambda f: bce(f, one(f)).detach(), "detached"),
        (lambda f: torch.log1p((-f).exp()).mean(), "logarithm_of_the_sigmoid"),
        (lambda f: -f.sigmoid().clamp(min=1e-6).log().mean(), "epsilon_in_the_logarithm"),
        (lambda f: nn.BCELoss()(f.sigmoid(), one(f)), "capped_at_100"),
        (lambda f: bce(f, one(f)) - bce(f, zero(f)), "wasserstein"),
    ],
)
def test_generator_loss_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.generator_loss, function, mistake)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda f: F.softplus(-f).sum(), "the sum over the batch where the mean belongs"),
        (lambda f: F.softplus(-f), "the mean over the batch is missing"),
        (lambda f: 0.5 * F.softplus(-f).mean(), "Every number is 0.5 times"),
        (lambda f: bce(f, one(f)) + bce(f, zero(f)), "mean(−log(1 − D)) has no place in it"),
        (lambda f: bce(f, 0.5 * one(f)), "mean(−log(1 − D)) has no place in it"),
        (lambda f: F.softplus(-f.mean()), "the loss is their mean"),
        (lambda f: -f.sigmoid().mean().log(), "the loss is their mean"),
        (lambda f: bce(f, one(f)).item(), "`.item()`"),
        (lambda f: torch.tensor(math.log(2)), "You return 0.693 whatever"),
    ],
)
def test_generator_loss_unknown_mistake_gets_a_true_sentence(function, says):
    assert_says(ex.generator_loss, function, says)


# optimal_discriminator


def by_the_larger(log_p, log_q):
    larger = torch.maximum(log_p, log_q)
    p, q = (log_p - larger).exp(), (log_q - larger).exp()
    return p / (p + q)


BEST_D = {
    "one over one plus": lambda log_p, log_q: 1 / (1 + (log_q - log_p).exp()),
    "logaddexp": lambda log_p, log_q: (log_p - torch.logaddexp(log_p, log_q)).exp(),
    "softmax of two": lambda log_p, log_q: torch.softmax(torch.stack([log_p, log_q]), 0)[0],
    "divided by the larger": by_the_larger,
    "expit": lambda log_p, log_q: torch.special.expit(log_p - log_q),
    "tanh": lambda log_p, log_q: 0.5 * (1 + torch.tanh((log_p - log_q) / 2)),
    "one minus": lambda log_p, log_q: 1 - torch.sigmoid(log_q - log_p),
    "logsigmoid": lambda log_p, log_q: F.logsigmoid(log_p - log_q).exp(),
    "Bernoulli": lambda log_p, log_q: Bernoulli(logits=log_p - log_q).mean,
}


@pytest.mark.parametrize("variant", BEST_D)
def test_optimal_discriminator_accepts_variant(variant):
    assert_passes(ex.optimal_discriminator, BEST_D[variant])


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda p, q: p.exp() / (p.exp() + q.exp() + 1e-8), "epsilon_in_the_denominator"),
        (lambda p, q: 1 / (1 + q.exp() / p.exp()), "divided_the_densities"),
        (lambda p, q: (p - q).sign().clamp(min=0), "decided"),
        (lambda p, q: 0.5 * one(p), "half_everywhere"),
    ],
)
def test_optimal_discriminator_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.optimal_discriminator, function, mistake)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda p, q: torch.sigmoid(p), "stays the same when `log_q` changes"),
        (lambda p, q: F.logsigmoid(p - q), "the logarithm of what it should be"),
        (lambda p, q: torch.sigmoid(p - q).mean(), "averaged over the points"),
        (lambda p, q: torch.sigmoid(p - q)[:, None], "an axis of size 1 is left over"),
        (lambda p, q: torch.sigmoid(p[:, None] - q), "paired every point with every other, shape (N, N)"),
        (lambda p, q: (p - q).exp() / (1 + (p - q).exp()), "that ratio is ∞ in float32, and ∞/∞ is NaN, but `D*` is 1"),
        (lambda p, q: (p.exp() / (p.exp() + q.exp())).nan_to_num(0.5), "was put in the place of NaN"),
        (lambda p, q: torch.sigmoid(p.clamp(-20, 20) - q.clamp(-20, 20)), "Your ½ comes from a clamp"),
        (lambda p, q: torch.sigmoid((p - q).double()), "dtype of the arguments"),
        (lambda p, q: 1 / (1 + (q - p).numpy()), "Stay with torch"),
        (lambda p, q: torch.sigmoid(2 * (p - q)), "of four points here three are real"),
        (lambda p, q: p.exp() - q.exp(), "nobody can do better than ½"),
    ],
)
def test_optimal_discriminator_unknown_mistake_gets_a_true_sentence(function, says):
    assert_says(ex.optimal_discriminator, function, says)


# gda_step


def in_a_loop(gradients, x, y, eta):
    return tuple(
        place + sign * eta * slope for place, slope, sign in zip((x, y), gradients(x, y), (-1, 1), strict=True)
    )


def in_place_on_copies(gradients, x, y, eta):
    x, y = x.clone(), y.clone()
    grad_x, grad_y = gradients(x, y)
    x -= eta * grad_x
    y += eta * grad_y
    return x, y


def old_x_kept(gradients, x, y, eta):
    old = x
    x = x - eta * gradients(x, y)[0]
    return x, y + eta * gradients(old, y)[1]


def as_one_vector(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    return (torch.cat([x, y]) + eta * torch.cat([-grad_x, grad_y])).split([len(x), len(y)])


GDA = {
    "asked twice": lambda g, x, y, eta: (x - eta * g(x, y)[0], y + eta * g(x, y)[1]),
    "a list": lambda g, x, y, eta: [x - eta * g(x, y)[0], y + eta * g(x, y)[1]],
    "a loop": in_a_loop,
    "in place, on copies": in_place_on_copies,
    "the old x kept": old_x_kept,
    "one vector": as_one_vector,
    "add with alpha": lambda g, x, y, eta: (x.add(g(x, y)[0], alpha=-eta), y.add(g(x, y)[1], alpha=eta)),
}


@pytest.mark.parametrize("variant", GDA)
def test_gda_step_accepts_variant(variant):
    assert_passes(ex.gda_step, GDA[variant])


def moved_one_after_the_other(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    x = x - eta * grad_x
    grad_x, grad_y = gradients(x, y)
    return x, y + eta * grad_y


def in_place_one_after_the_other(gradients, x, y, eta):
    x -= eta * gradients(x, y)[0]
    y += eta * gradients(x, y)[1]
    return x, y


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (moved_one_after_the_other, "alternating"),
        (in_place_one_after_the_other, "alternating"),
    ],
)
def test_gda_step_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.gda_step, function, mistake)


def in_place(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    x -= eta * grad_x
    y += eta * grad_y
    return x, y


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (in_place, "Your function changes its argument"),
        (lambda g, x, y, eta: (x - eta * g(x, y)[1], y + eta * g(x, y)[0]), "eta·∂f/∂y stands where"),
        (lambda g, x, y, eta: (x - eta * g(x, y)[0], y), "the new y as you compute it is y: eta·∂f/∂y is missing"),
        (lambda g, x, y, eta: (x, y + eta * g(x, y)[1]), "the new x as you compute it is x: eta·∂f/∂x is missing"),
        (lambda g, x, y, eta: (y + eta * g(x, y)[1], x - eta * g(x, y)[0]), "they come in the other order"),
        (lambda g, x, y, eta: (x - 2 * eta * g(x, y)[0], y + 2 * eta * g(x, y)[1]), "x − 2 eta·∂f/∂x"),
        (lambda g, x, y, eta: (x - 0.1 * g(x, y)[0], y + 0.1 * g(x, y)[1]), "the same when `eta` changes"),
        (lambda g, x, y, eta: (x - eta * g(x, y)[0], y + eta * g(x, y)[0]), "eta·∂f/∂x stands where eta·∂f/∂y belongs"),
        (
            lambda g, x, y, eta: (x - eta * y, y + eta * x),
            "Here f is another one: ask `gradients` for them. At (1, −1)",
        ),
        (lambda g, x, y, eta: x - eta * g(x, y)[0], "the exercise asks for 2 tensors"),
    ],
)
def test_gda_step_unknown_mistake_gets_a_true_sentence(function, says):
    assert_says(ex.gda_step, function, says)


def test_steps_do_on_the_product_what_the_lesson_says():
    x, y, eta = torch.tensor([1.0]), torch.tensor([0.5]), 0.3

    def gradients(x, y):
        return y, x

    def factor(step):
        moved = step(gradients, x, y, eta)
        return float((moved[0] ** 2 + moved[1] ** 2) / (x**2 + y**2))

    assert factor(ex.gda_step.answer) == pytest.approx(1 + eta**2, rel=1e-5)
    assert factor(ex.extragradient_step.answer) == pytest.approx(1 - eta**2 + eta**4, rel=1e-5)
    mistakes = ex.extragradient_step.mistakes
    assert factor(mistakes["half_a_look"].function) == pytest.approx(1 + eta**4 / 4, rel=1e-5)  # "still outwards"
    assert factor(mistakes["looked_back"].function) > 1 + eta**2  # "faster than with plain steps"
    assert factor(mistakes["from_the_place_ahead"].function) == pytest.approx((1 + eta**2) ** 2, rel=1e-5)


# extragradient_step


def with_an_inner_function(gradients, x, y, eta):
    def moved_by(slopes):
        return x - eta * slopes[0], y + eta * slopes[1]

    return moved_by(gradients(*moved_by(gradients(x, y))))


def start_kept(gradients, x, y, eta):
    start_x, start_y = x.clone(), y.clone()
    grad_x, grad_y = gradients(x, y)
    x = x - eta * grad_x
    y = y + eta * grad_y
    grad_x, grad_y = gradients(x, y)
    return start_x - eta * grad_x, start_y + eta * grad_y


def looked_twice(gradients, x, y, eta):
    ahead = x, y
    for _ in range(2):
        grad_x, grad_y = gradients(*ahead)
        ahead = x - eta * grad_x, y + eta * grad_y
    return ahead


def as_a_correction(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    x_ahead, y_ahead = x - eta * grad_x, y + eta * grad_y
    later_x, later_y = gradients(x_ahead, y_ahead)
    return x_ahead - eta * (later_x - grad_x), y_ahead + eta * (later_y - grad_y)


@pytest.mark.parametrize(
    "function",
    [
        with_an_inner_function,
        start_kept,
        looked_twice,
        as_a_correction,
        lambda g, x, y, eta: ex.gda_step.answer(lambda *_: g(*ex.gda_step.answer(g, x, y, eta)), x, y, eta),
    ],
)
def test_extragradient_step_accepts_variant(function):
    assert_passes(ex.extragradient_step, function)


def overwritten(gradients, x, y, eta):
    for _ in range(2):
        grad_x, grad_y = gradients(x, y)
        x, y = x - eta * grad_x, y + eta * grad_y
    return x, y


def kept_without_a_copy(gradients, x, y, eta):
    start_x, start_y = x, y
    grad_x, grad_y = gradients(x, y)
    x -= eta * grad_x
    y += eta * grad_y
    grad_x, grad_y = gradients(x, y)
    return start_x - eta * grad_x, start_y + eta * grad_y


def slopes_added(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    ahead_x, ahead_y = gradients(x - eta * grad_x, y + eta * grad_y)
    return x - eta * (grad_x + ahead_x), y + eta * (grad_y + ahead_y)


@pytest.mark.parametrize("function", [overwritten, kept_without_a_copy, slopes_added])
def test_extragradient_step_recognises_a_step_from_the_place_ahead(function):
    assert_mistake(ex.extragradient_step, function, "from_the_place_ahead")


def ahead(combine):
    """Make a step out of the slopes at the start and ahead."""

    def step(gradients, x, y, eta):
        grad_x, grad_y = gradients(x, y)
        ahead_x, ahead_y = gradients(x - eta * grad_x, y + eta * grad_y)
        return combine(x, y, eta, grad_x, grad_y, ahead_x, ahead_y)

    return step


@pytest.mark.parametrize(
    ("combine", "says"),
    [
        (lambda x, y, e, gx, gy, ax, ay: (x - e * (2 * ax - gx), y + e * (2 * ay - gy)), "x − 2 eta·∂f/∂x ahead"),
        (lambda x, y, e, gx, gy, ax, ay: (x - 2 * e * ax, y + 2 * e * ay), "the factor of eta·∂f/∂x ahead is not"),
        (lambda x, y, e, gx, gy, ax, ay: (x - e * ax, y + e * gy), "eta·∂f/∂y at the start stands where"),
        (lambda x, y, e, gx, gy, ax, ay: (x - e * ay, y + e * ax), "eta·∂f/∂y ahead stands where"),
        (lambda x, y, e, gx, gy, ax, ay: (x + e * ax, y - e * ay), "the sign of eta·∂f/∂x ahead is the opposite one"),
        (lambda x, y, e, gx, gy, ax, ay: (-e * ax, e * ay), "x is missing"),
        (lambda x, y, e, gx, gy, ax, ay: (ax, ay), "∂f/∂x ahead"),
        (lambda x, y, e, gx, gy, ax, ay: (x - e * ax, y + e * (gy + ay)), "eta·∂f/∂y at the start has no place in it"),
        (lambda x, y, e, gx, gy, ax, ay: (y + e * ay, x - e * ax), "they come in the other order"),
    ],
)
def test_extragradient_step_unknown_mistake_gets_a_true_sentence(combine, says):
    assert_says(ex.extragradient_step, ahead(combine), says)


def test_extragradient_step_on_xy_alone_is_told_so():
    def on_the_product(gradients, x, y, eta):
        return x - eta * (y + eta * x), y + eta * (x - eta * y)

    assert_says(ex.extragradient_step, on_the_product, "the step on f = xy, whose slopes are (y, x)")


# mixed_equilibrium


def row_mix(B):
    return (B[1, 1] - B[1, 0]) / (B[0, 0] - B[0, 1] - B[1, 0] + B[1, 1])


def column_mix(A):
    return (A[1, 1] - A[0, 1]) / (A[0, 0] - A[0, 1] - A[1, 0] + A[1, 1])


def by_linear_algebra(A, B):
    goal, sums = torch.tensor([0.0, 1.0]), torch.ones(2)
    p = torch.linalg.solve(torch.stack([B[:, 0] - B[:, 1], sums]), goal)
    q = torch.linalg.solve(torch.stack([A[0] - A[1], sums]), goal)
    return p[0], q[0]


def in_plain_python(A, B):
    (a, b), (c, d) = A.tolist()
    (e, f), (g, h) = B.tolist()
    return (h - g) / (e - f - g + h), (d - b) / (a - b - c + d)


def by_numpy(A, B):
    A, B = A.numpy(), B.numpy()
    return row_mix(B), column_mix(A)


def by_stakes(A, B):
    """Each row is played as often as the other one's stakes are high."""
    first, second = (B[0, 0] - B[0, 1]).abs(), (B[1, 1] - B[1, 0]).abs()
    left, right = (A[0, 0] - A[1, 0]).abs(), (A[1, 1] - A[0, 1]).abs()
    return second / (first + second), right / (left + right)


def by_bisection(A, B):
    def root(slope, start):
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if (start + slope * low) * (start + slope * middle) <= 0 else (middle, high)
        return low

    (a, b), (c, d) = A.tolist()
    (e, f), (g, h) = B.tolist()
    return root(e - f - g + h, g - h), root(a - b - c + d, b - d)


@pytest.mark.parametrize(
    "function",
    [
        by_linear_algebra,
        in_plain_python,
        by_numpy,
        by_stakes,
        by_bisection,
        lambda A, B: torch.stack([row_mix(B), column_mix(A)]),
        lambda A, B: [row_mix(B).item(), column_mix(A)],
        lambda A, B: (row_mix(B)[None], column_mix(A).numpy()),
        lambda A, B: (1 - row_mix(B.flip(0)), 1 - column_mix(A.flip(1))),
    ],
)
def test_mixed_equilibrium_accepts_variant(function):
    assert_passes(ex.mixed_equilibrium, function)


def test_mixed_equilibrium_leaves_the_opponent_indifferent():
    for probe in ex.mixed_equilibrium.probes:
        A, B = (table.double() for table in probe.arguments.values())
        p, q = ex.mixed_equilibrium.answer(A, B)
        assert 0 < p < 1
        assert 0 < q < 1
        columns, rows = torch.stack([p, 1 - p]) @ B, A @ torch.stack([q, 1 - q])
        assert torch.allclose(columns[0], columns[1])
        assert torch.allclose(rows[0], rows[1])


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda A, B: (column_mix(A), row_mix(B)), "own_equation_own_coin"),
        (lambda A, B: (1 - row_mix(B), 1 - column_mix(A)), "of_the_second_moves"),
        (lambda A, B: (torch.tensor(0.5), torch.tensor(0.5)), "fair_coins"),
    ],
)
def test_mixed_equilibrium_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.mixed_equilibrium, function, mistake)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda A, B: (row_mix(B), row_mix(B.T)), "stays the same when `A` changes"),
        (lambda A, B: (row_mix(A), column_mix(A)), "stays the same when `B` changes"),
        (lambda A, B: (round(float(row_mix(B)), 1), round(float(column_mix(A)), 1)), "p is right on 2 of 7 probes"),
        (lambda A, B: (100 * row_mix(B), 100 * column_mix(A)), "100 times the expected one"),
        (lambda A, B: torch.stack([row_mix(B), 1 - row_mix(B), column_mix(A)]), "Asked for are p and q"),
        (lambda A, B: (B.flip(0)[:, 0], A[0]), "One number was expected as p; a tensor of shape (2,) came back"),
        (lambda A, B: row_mix(B), "Asked for are p and q"),
        (lambda A, B: ("2/3", "1/4"), "a str (2/3) came back"),
        (lambda A, B: (1.0, 1.0), "Column is indifferent where"),
        (lambda A, B: (row_mix(B), 1 - column_mix(A)), "q differs on every probe"),
        (lambda A, B: (row_mix(B) / (1 - row_mix(B)), column_mix(A)), "p differs on every probe"),
    ],
)
def test_mixed_equilibrium_unknown_mistake_gets_a_true_sentence(function, says):
    assert_says(ex.mixed_equilibrium, function, says)


def test_mixed_equilibrium_has_a_game_whose_tables_have_no_inverse():
    def by_the_inverse(A, B):
        p, q = torch.linalg.solve(B.T, torch.ones(2)), torch.linalg.solve(A, torch.ones(2))
        return p[0] / p.sum(), q[0] / q.sum()

    assert_says(ex.mixed_equilibrium, by_the_inverse, "singular")


# mode_count


def counted_in_a_loop(samples, centers, radius, at_least):
    counts = [0] * len(centers)
    for point in samples.tolist():
        distances = [math.dist(point, center) for center in centers.tolist()]
        if min(distances) <= radius:
            counts[distances.index(min(distances))] += 1
    return sum(count >= at_least for count in counts), sum(counts) / len(samples)


def by_squares(samples, centers, radius, at_least):
    smallest, nearest = (samples[:, None] - centers).square().sum(2).min(1)
    good = smallest <= radius**2
    return int((F.one_hot(nearest, len(centers))[good].sum(0) >= at_least).sum()), good.float().mean()


def with_numpy(samples, centers, radius, at_least):
    distances = np.linalg.norm(samples.numpy()[:, None] - centers.numpy(), axis=2)
    good = distances.min(1) <= radius
    counts = np.bincount(distances.argmin(1)[good], minlength=len(centers))
    return (counts >= at_least).sum(), good.mean()


def with_unique(samples, centers, radius, at_least):
    distance, nearest = torch.cdist(samples, centers).min(1)
    _, counts = nearest[distance <= radius].unique(return_counts=True)
    return (counts >= at_least).sum(), (distance <= radius).double().mean()


def center_by_center(samples, centers, radius, at_least):
    distances = torch.cdist(samples, centers)
    nearest, modes, good = distances.argmin(1), 0, 0
    for number in range(len(centers)):
        count = int((distances[nearest == number, number] <= radius).sum())
        modes, good = modes + (count >= at_least), good + count
    return modes, good / len(samples)


@pytest.mark.parametrize(
    "function",
    [
        counted_in_a_loop,
        by_squares,
        with_numpy,
        with_unique,
        center_by_center,
        lambda *arguments: torch.tensor(counted_in_a_loop(*arguments)),
        lambda *arguments: list(by_squares(*arguments)),
    ],
)
def test_mode_count_accepts_variant(function):
    assert_passes(ex.mode_count, function)


def test_a_sample_on_the_edge_of_a_mode_is_there_to_the_last_bit():
    edges = 0
    for probe in ex.mode_count.probes:
        samples, centers, radius, _ = probe.arguments.values()
        distance = torch.cdist(samples.double(), centers.double()).amin(1)
        beside = (distance - radius).abs()
        edges += int((beside == 0).sum())
        assert float(beside[beside > 0].min()) > 1e-3
    assert edges == 1


def count_by(measure, samples, centers, radius, at_least):
    smallest, nearest = measure(samples, centers).min(1)
    good = smallest <= radius
    return (torch.bincount(nearest[good], minlength=len(centers)) >= at_least).sum(), good.float().mean()


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda *a: count_by(lambda s, c: (s[:, None] - c).square().sum(2), *a), "squared_distance"),
        (lambda *a: count_by(lambda s, c: (s[:, None] - c).abs().sum(2), *a), "along_the_streets"),
        (lambda *a: count_by(lambda s, c: torch.cdist(s, c, p=math.inf), *a), "square_instead_of_circle"),
        (lambda s, c, r, n: count_by(torch.cdist, s, c, r, 1), "one_is_enough"),
        (lambda s, c, r, n: count_by(torch.cdist, s, c, r, n + 1), "more_than_at_least"),
        (
            lambda s, c, r, n: (
                (torch.cdist(s, c).amin(0) <= r).sum(),
                (torch.cdist(s, c).amin(1) <= r).float().mean(),
            ),
            "any_sample_near",
        ),
    ],
)
def test_mode_count_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.mode_count, function, mistake)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda modes, share, s, c: (share, modes), "they come in the other order"),
        (lambda modes, share, s, c: modes, "Asked for are modes and share"),
        (lambda modes, share, s, c: (modes, 100 * share), "Share: every number is 100 times"),
        (lambda modes, share, s, c: (modes / len(c), share), "divided by K"),
        (lambda modes, share, s, c: (modes, 1 - share), "share is right on"),
        (lambda modes, share, s, c: (len(c), 1.0), "modes differs on every probe"),
        (lambda modes, share, s, c: (s[:, 0], share), "One number was expected as modes"),
    ],
)
def test_mode_count_unknown_mistake_gets_a_true_sentence(change, says):
    def function(samples, centers, radius, at_least):
        return change(*ex.mode_count.answer(samples, centers, radius, at_least), samples, centers)

    assert_says(ex.mode_count, function, says)


def test_mode_count_says_what_at_most_means():
    def strictly(samples, centers, radius, at_least):
        return ex.mode_count.answer(samples, centers, math.nextafter(radius, 0) - 1e-6, at_least)

    assert_says(ex.mode_count, strictly, "that is at most 0.5, so it is good")


def test_mode_count_knows_the_lessons_share_from_one_is_enough():
    def a_fair_share(samples, centers, radius, at_least):
        found = metrics.mode_coverage(samples, centers, radius=radius, fair=0.5)
        return found.modes, found.share

    assert_says(ex.mode_count, a_fair_share, "stays the same when `at_least` changes")


def test_mode_count_says_that_the_radius_is_not_used():
    assert_says(
        ex.mode_count,
        lambda s, c, r, n: ((torch.bincount(torch.cdist(s, c).argmin(1)) >= n).sum(), 1.0),
        "stays the same when `radius` changes",
    )


# adversarial_step


def d_costs(discriminator, real, fake):
    return F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake)).mean()


def g_costs(discriminator, fake):
    return F.softplus(-discriminator(fake)).mean()


def stepped(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def fakes_without_gradient(generator, discriminator, opt_g, opt_d, real, z):
    with torch.no_grad():
        fake = generator(z)
    return stepped(opt_d, d_costs(discriminator, real, fake)), stepped(opt_g, g_costs(discriminator, generator(z)))


def discriminator_frozen(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    d_loss = stepped(opt_d, d_costs(discriminator, real, fake.detach()))
    discriminator.requires_grad_(False)
    g_loss = stepped(opt_g, g_costs(discriminator, fake))
    discriminator.requires_grad_(True)
    return d_loss, g_loss


def gradients_asked_for(generator, discriminator, opt_g, opt_d, real, z):
    losses = []
    for network, optimizer in ((discriminator, opt_d), (generator, opt_g)):
        fake = generator(z)
        loss = d_costs(discriminator, real, fake) if optimizer is opt_d else g_costs(discriminator, fake)
        parameters = list(network.parameters())
        for parameter, grad in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            parameter.grad = grad
        optimizer.step()
        losses.append(loss)
    return losses


def backward_twice_for_d(generator, discriminator, opt_g, opt_d, real, z):
    opt_d.zero_grad()
    of_real = bce(discriminator(real), torch.ones(len(real)))
    of_real.backward()
    fake = generator(z)
    of_fake = bce(discriminator(fake.detach()), torch.zeros(len(z)))
    of_fake.backward()
    opt_d.step()
    return (of_real + of_fake).item(), stepped(opt_g, bce(discriminator(fake), torch.ones(len(z))))


def both_batches_joined(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    logits = discriminator(torch.cat([real, fake.detach()]))
    d_loss = stepped(opt_d, F.softplus(-logits[: len(real)]).mean() + F.softplus(logits[len(real) :]).mean())
    return [d_loss, stepped(opt_g, g_costs(discriminator, fake))]


def cleared_afterwards(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    d_loss = d_costs(discriminator, real, fake.detach())
    d_loss.backward()
    opt_d.step()
    g_loss = g_costs(discriminator, fake)
    g_loss.backward()
    opt_g.step()
    generator.zero_grad()
    discriminator.zero_grad()
    return d_loss, g_loss


def probabilities(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    d_real, d_fake = discriminator(real).sigmoid(), discriminator(fake.detach()).sigmoid()
    d_loss = stepped(opt_d, F.binary_cross_entropy(d_real, torch.ones(len(real))) - (1 - d_fake).log().mean())
    return d_loss, stepped(opt_g, -discriminator(fake).sigmoid().log().mean())


def by_the_other_exercises(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    d_loss = ex.discriminator_loss.answer(discriminator(real), discriminator(fake.detach()))
    return stepped(opt_d, d_loss), stepped(opt_g, ex.generator_loss.answer(discriminator(fake)))


@pytest.mark.parametrize(
    "function",
    [
        fakes_without_gradient,
        discriminator_frozen,
        gradients_asked_for,
        backward_twice_for_d,
        both_batches_joined,
        cleared_afterwards,
        probabilities,
        by_the_other_exercises,
    ],
)
def test_adversarial_step_accepts_variant(function):
    assert_passes(ex.adversarial_step, function)


def update(order_d="zbs", order_g="zbs", *, d=d_costs, g=g_costs, detach=True, retain=False, again=False):
    """Make both updates with what is done in them in another order, or left out; capitals are the other optimizer."""

    def step(generator, discriminator, opt_g, opt_d, real, z):
        fake = generator(z)
        d_loss = d(discriminator, real, fake.detach() if detach else fake)
        do(order_d, d_loss, opt_d, opt_g, retain)
        g_loss = g(discriminator, generator(z) if again else fake)
        do(order_g, g_loss, opt_g, opt_d, False)
        return d_loss, g_loss

    return step


def do(order, loss, own, other, retain):
    acts = {
        "z": own.zero_grad,
        "b": lambda: loss.backward(retain_graph=retain),
        "s": own.step,
        "Z": other.zero_grad,
        "S": other.step,
    }
    for act in order:
        acts[act]()


def never_stepped_g(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z).detach()
    return stepped(opt_d, d_costs(discriminator, real, fake)), g_costs(discriminator, fake)


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (update(detach=False, retain=True), "through_the_generator"),
        (update(detach=False, again=True), "through_the_generator"),
        (update(detach=False), "graph_used_twice"),
        (update("bs", "bs"), "nothing_cleared"),
        (update("bs"), "d_not_cleared"),
        (update("zbs", "zbsS"), "d_steps_for_g"),
        (update(g=lambda D, fake: F.softplus(D(fake)).mean()), "g_helps_d"),
    ],
)
def test_adversarial_step_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.adversarial_step, function, mistake)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (update("zb"), "D's weights have not moved"),
        (update("bzs", "bzs"), "D's weights have not moved"),
        (update("zbs", "bs"), "something is left over from one call to the next"),
        (update("zbS"), "D's weights have not moved"),
        (update("zbs", "zb"), "The generator's weights have not moved"),
        (update("zbs", "zs"), "without `backward()` none comes"),
        (never_stepped_g, "The generator's weights have not moved"),
        (update("zbs", "bzs"), "The generator's weights have not moved"),
        (update("bs", "Zbs"), "something is left over from one call to the next"),
        (update("zbs", "bs", detach=False, retain=True), "down G's loss and D's loss together"),
        (update(d=lambda *a: d_costs(*a) / 2), "half as long"),
        (update(d=lambda *a: -d_costs(*a)), "give it the loss, not its negative"),
        (update(d=lambda D, real, fake: d_costs(D, fake, real)), "D learned to call real points fake"),
        (update(d=lambda D, real, fake: F.softplus(-D(real)).mean()), "D must learn from the fakes, too"),
        (update(d=lambda D, real, fake: F.softplus(D(fake)).mean()), "D must learn from the real points, too"),
        (update(d=lambda D, real, fake: g_costs(D, real) + g_costs(D, fake)), "the fakes have the label 0"),
        (update(d=lambda D, r, f: bce(D(r).sigmoid(), one(D(r))) + bce(D(f).sigmoid(), zero(D(f)))), "sigmoid itself"),
        (update(d=lambda D, r, f: 8 * d_costs(D, r, f)), "8 times as long"),
        (update(g=lambda D, fake: (1 - D(fake).sigmoid()).log().mean()), "the saturating loss"),
        (update(g=lambda D, fake: -g_costs(D, fake)), "up G's loss"),
        (update(g=lambda D, fake: -D(fake).mean()), "on the mean of −log D(G(z))"),
        (lambda *a: update()(*a)[::-1], "The weights are right"),
        (lambda *a: update()(*a)[0], "a tensor of shape () came back"),
    ],
)
def test_adversarial_step_unknown_mistake_gets_a_true_sentence(function, says):
    assert_says(ex.adversarial_step, function, says)


def test_adversarial_step_notices_a_network_that_stays_frozen():
    def function(generator, discriminator, opt_g, opt_d, real, z):
        result = update()(generator, discriminator, opt_g, opt_d, real, z)
        discriminator.requires_grad_(False)
        return result

    verdict = ex.adversarial_step.check(function)
    assert "`requires_grad` must be True again" in verdict.text or "does not require grad" in verdict.text


def test_adversarial_step_draws_nothing_from_the_notebook():
    before = torch.get_rng_state()
    ex.adversarial_step.check(update())
    assert torch.equal(before, torch.get_rng_state())
