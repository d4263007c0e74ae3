"""The losses of the two players: by formula, by autograd, at their extremes."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_utils.losses import discriminator_loss, generator_loss

logits = st.lists(st.floats(-30, 30), min_size=1, max_size=8)


def doubles(values):
    return torch.tensor(values, dtype=torch.float64)


@given(real=logits, fake=logits)
def test_discriminator_loss_is_the_sum_of_two_surprises(real, fake):
    size = min(len(real), len(fake))
    real, fake = doubles(real[:size]), doubles(fake[:size])
    d_real, one_minus_d_fake = 1 / (1 + (-real).exp()), 1 / (1 + fake.exp())
    torch.testing.assert_close(discriminator_loss(real, fake), -d_real.log() - one_minus_d_fake.log())


@given(fake=logits)
def test_generator_losses_are_the_logarithms_and_their_slopes_those_of_the_table(fake):
    fake = doubles(fake).requires_grad_()
    d = fake.detach().sigmoid()
    not_saturating, saturating = generator_loss(fake), generator_loss(fake, saturating=True)
    torch.testing.assert_close(not_saturating.detach(), -d.log())
    torch.testing.assert_close(saturating.detach(), (-fake.detach()).sigmoid().log())
    (slope,) = torch.autograd.grad(not_saturating.sum(), fake)
    torch.testing.assert_close(slope, d - 1)
    (slope,) = torch.autograd.grad(saturating.sum(), fake)
    torch.testing.assert_close(slope, -d)


def test_losses_and_gradients_are_finite_where_the_sigmoid_is_rounded_to_nought_or_one():
    extreme = torch.tensor([-1e4, -200.0, 200.0, 1e4], requires_grad=True)
    losses = (discriminator_loss(extreme, extreme), generator_loss(extreme), generator_loss(extreme, saturating=True))
    for values in losses:
        (slope,) = torch.autograd.grad(values.sum(), extreme)
        assert values.isfinite().all()
        assert slope.isfinite().all()
    assert generator_loss(extreme)[0].item() == 1e4
    assert generator_loss(extreme, saturating=True)[3].item() == -1e4


def test_the_zero_sum_form_is_the_discriminators_loss_with_the_other_sign():
    real, fake = torch.randn(2, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(
        discriminator_loss(real, fake) + generator_loss(fake, saturating=True), generator_loss(real)
    )


def test_the_best_discriminator_of_two_equal_distributions_pays_log_four():
    assert discriminator_loss(torch.zeros(3), torch.zeros(3)).tolist() == pytest.approx([math.log(4)] * 3)


@pytest.mark.parametrize("loss", [lambda x: discriminator_loss(x, x), generator_loss])
def test_losses_name_what_is_no_logit(loss):
    with pytest.raises(TypeError, match="logits` must be a tensor, got a float"):
        loss(0.5)
    with pytest.raises(TypeError, match="logits` must be floating point"):
        loss(torch.tensor([1]))


def test_discriminator_loss_names_batches_of_different_size():
    with pytest.raises(ValueError, match=r"`real_logits` and `fake_logits` must have the same shape, got \(3,\)"):
        discriminator_loss(torch.zeros(3), torch.zeros(2))
