"""Lesson 8's exercises: what every lesson's must do is in test_exercises.py; here are the variants people write."""

import math

import pytest
import torch
from answers import assert_mistake, assert_passes
from torch import nn
from torch.distributions import Bernoulli
from torch.nn import functional as F

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
        (lambda r, f: r.sigmoid().log().mean() + (1 - f.sigmoid()).log().mean(), "value_of_the_game"),
        (lambda r, f: -(1 - r.sigmoid()).log().mean() - f.sigmoid().log().mean(), "labels_exchanged"),
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
        (lambda r, f: bce(r, torch.ones(len(r))) + bce(f, torch.zeros(len(f))), "torch.float64 is expected"),
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
        (lambda f: f.sigmoid().log().mean(), "minus_forgotten"),
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
        (lambda f: F.softplus(-f).sum(), "the sum over the entries where the mean belongs"),
        (lambda f: F.softplus(-f), "the mean over the entries is missing"),
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
