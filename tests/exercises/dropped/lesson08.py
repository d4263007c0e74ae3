"""Lesson 8: answers that were known mistakes once, and what was tried and is on no list."""

import math

import torch
from torch.nn import functional as F

from dropped import Dropped


def _bce(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def _ahead(combine):
    """Make a step out of the slopes at the start and ahead."""

    def step(gradients, x, y, eta):
        grad_x, grad_y = gradients(x, y)
        ahead_x, ahead_y = gradients(x - eta * grad_x, y + eta * grad_y)
        return combine(x, y, eta, (grad_x, grad_y), (ahead_x, ahead_y))

    return step


def extragradient_step_look_without_eta(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    grad_x, grad_y = gradients(x - grad_x, y + grad_y)
    return x - eta * grad_x, y + eta * grad_y


def extragradient_step_alternating_at_last(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    y_ahead = y + eta * grad_y
    x = x - eta * gradients(x - eta * grad_x, y_ahead)[0]
    return x, y + eta * gradients(x, y_ahead)[1]


def adversarial_step_g_not_cleared(generator, discriminator, optimizer_g, optimizer_d, real, z):
    fake = generator(z)
    d_loss = _bce(discriminator(real), 1.0) + _bce(discriminator(fake.detach()), 0.0)
    optimizer_d.zero_grad()
    d_loss.backward()
    optimizer_d.step()
    g_loss = _bce(discriminator(fake), 1.0)
    g_loss.backward()
    optimizer_g.step()
    return d_loss, g_loss


def adversarial_step_cleared_before_the_step(generator, discriminator, optimizer_g, optimizer_d, real, z):
    fake = generator(z)
    d_loss = _bce(discriminator(real), 1.0) + _bce(discriminator(fake.detach()), 0.0)
    d_loss.backward()
    optimizer_d.zero_grad()
    optimizer_d.step()
    g_loss = _bce(discriminator(fake), 1.0)
    g_loss.backward()
    optimizer_g.zero_grad()
    optimizer_g.step()
    return d_loss, g_loss


def adversarial_step_detached_in_gs_update(generator, discriminator, optimizer_g, optimizer_d, real, z):
    fake = generator(z).detach()
    d_loss = _bce(discriminator(real), 1.0) + _bce(discriminator(fake), 0.0)
    optimizer_d.zero_grad()
    d_loss.backward()
    optimizer_d.step()
    g_loss = _bce(discriminator(fake), 1.0)
    optimizer_g.zero_grad()
    g_loss.backward()
    optimizer_g.step()
    return d_loss, g_loss


def adversarial_step_at_the_same_time(generator, discriminator, optimizer_g, optimizer_d, real, z):
    fake = generator(z)
    g_loss = _bce(discriminator(fake), 1.0)
    optimizer_g.zero_grad()
    g_loss.backward()
    d_loss = _bce(discriminator(real), 1.0) + _bce(discriminator(fake.detach()), 0.0)
    optimizer_d.zero_grad()
    d_loss.backward()
    optimizer_d.step()
    optimizer_g.step()
    return d_loss, g_loss


def _near_any(samples, centers, radius, at_least):
    near = torch.cdist(samples, centers) <= radius
    return (near.sum(0) >= at_least).sum(), near.any(1).float().mean()


def _counted(samples, centers, radius, at_least):
    distance, nearest = torch.cdist(samples, centers).min(1)
    counts = torch.bincount(nearest[distance <= radius], minlength=len(centers))
    return (counts >= at_least).sum(), (distance <= radius).sum()


def mode_count_nearest_along_the_other_axis(samples, centers, radius, at_least):
    distance = torch.cdist(samples, centers)
    return (torch.bincount(distance.argmin(0)) >= at_least).sum(), (distance.amin(0) <= radius).float().mean()


_CASES = {
    "discriminator_loss": {
        "value_of_the_game": (
            lambda real, fake: -_bce(real, 1.0) - _bce(fake, 0.0),
            "Every number has the opposite sign.",
        ),
        "fakes_forgotten": (lambda real, fake: _bce(real, 1.0), "stays the same when `fake_logits` changes"),
        "reals_forgotten": (lambda real, fake: _bce(fake, 0.0), "stays the same when `real_logits` changes"),
        "labels_exchanged": (
            lambda real, fake: _bce(real, 0.0) + _bce(fake, 1.0),
            "Your numbers are those for `real_logits` and `fake_logits` exchanged.",
        ),
        "least_squares": (
            lambda real, fake: (real.sigmoid() - 1).square().mean() + fake.sigmoid().square().mean(),
            "log 2 + log 2 = log 4",
        ),
        "hinge": (
            lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
            "log 2 + log 2 = log 4",
        ),
        "bits": (lambda real, fake: (_bce(real, 1.0) + _bce(fake, 0.0)) / math.log(2), "bits instead of nats?"),
    },
    "generator_loss": {
        "minus_forgotten": (lambda fake: F.logsigmoid(fake).mean(), "Every number has the opposite sign."),
        "minus_probability": (
            lambda fake: -fake.sigmoid().mean(),
            "Taken apart, the loss as you compute it is −mean(D): mean(−log D) is missing",
        ),
        "least_squares": (lambda fake: (fake.sigmoid() - 1).square().mean(), "−log ½ = log 2"),
        "halved": (lambda fake: 0.5 * _bce(fake, 1.0), "Every number is 0.5 times the expected one."),
    },
    "optimal_discriminator": {
        "exchanged": (
            lambda log_p, log_q: torch.sigmoid(log_q - log_p),
            "Your numbers are those for `log_p` and `log_q` exchanged.",
        ),
        "density": (lambda log_p, log_q: log_p.exp(), "stays the same when `log_q` changes"),
        "logarithm": (lambda log_p, log_q: F.logsigmoid(log_p - log_q), "is the logarithm of what it should be"),
    },
    "gda_step": {
        "slopes": (
            lambda gradients, x, y, eta: gradients(x, y),
            "stays the same when `eta` changes",
        ),
        "displacements": (
            lambda gradients, x, y, eta: (-eta * gradients(x, y)[0], eta * gradients(x, y)[1]),
            "x is missing",
        ),
        "without_eta": (
            lambda gradients, x, y, eta: (x - gradients(x, y)[0], y + gradients(x, y)[1]),
            "stays the same when `eta` changes",
        ),
        "slopes_exchanged": (
            lambda gradients, x, y, eta: (x - eta * gradients(x, y)[1], y + eta * gradients(x, y)[0]),
            "eta·∂f/∂y stands where eta·∂f/∂x belongs",
        ),
    },
    "extragradient_step": {
        "look_without_eta": (extragradient_step_look_without_eta, "The plain step would lead to (1, 0.5)"),
        "alternating_at_last": (extragradient_step_alternating_at_last, "The plain step would lead to (1, 0.5)"),
        "optimism": (
            _ahead(lambda x, y, eta, at, to: (x - eta * (2 * to[0] - at[0]), y + eta * (2 * to[1] - at[1]))),
            "the factor of eta·∂f/∂x ahead is not the right one; eta·∂f/∂x at the start has no place in it",
        ),
        "mean_of_both_slopes": (
            _ahead(lambda x, y, eta, at, to: (x - eta * (at[0] + to[0]) / 2, y + eta * (at[1] + to[1]) / 2)),
            "eta·∂f/∂x at the start has no place in it",
        ),
        "only_x_looks": (
            _ahead(lambda x, y, eta, at, to: (x - eta * to[0], y + eta * at[1])),
            "eta·∂f/∂y at the start stands where eta·∂f/∂y ahead belongs",
        ),
    },
    "mixed_equilibrium": {
        "zero_sum_assumed": (
            lambda A, B: (
                (A[1, 1] - A[1, 0]) / (A[0, 0] - A[0, 1] - A[1, 0] + A[1, 1]),
                (A[1, 1] - A[0, 1]) / (A[0, 0] - A[0, 1] - A[1, 0] + A[1, 1]),
            ),
            "stays the same when `B` changes",
        ),
    },
    "adversarial_step": {
        "detached_in_gs_update": (
            adversarial_step_detached_in_gs_update,
            "through D and the fakes back to them: without `backward()` none comes, a `.detach()` or `no_grad`",
        ),
        "at_the_same_time": (adversarial_step_at_the_same_time, "Compute D's answers for G's loss anew"),
        "g_not_cleared": (adversarial_step_g_not_cleared, "something is left over from one call to the next"),
        "cleared_before_the_step": (
            adversarial_step_cleared_before_the_step,
            "a `zero_grad()` between the two takes it away again",
        ),
    },
    "mode_count": {
        "nearest_along_the_other_axis": (
            mode_count_nearest_along_the_other_axis,
            "Four samples lie 0.1 from the first center",
        ),
        "counted_for_every_center": (_near_any, "it belongs to the nearer one alone"),
        "number_instead_of_share": (_counted, "You took the sum over the samples where the mean belongs"),
    },
}

DROPPED = [
    Dropped(exercise, name, function, (says,))
    for exercise, cases in _CASES.items()
    for name, (function, says) in cases.items()
]
