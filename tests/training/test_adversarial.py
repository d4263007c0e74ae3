"""Both updates of a GAN: each moves one network alone, by the step that Adam says, and stops where it must."""

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_utils.data import ring
from course_utils.models import Discriminator, Generator
from course_utils.training import Adversaries

REAL = ring(64, seed=0).points


def players(*, group=1, shape=(2,), dtype=torch.float32, **options):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        networks = Generator(3, shape=shape), Discriminator(shape=shape, group=group)
    return Adversaries(*(network.to(dtype) for network in networks), **options)


def weights(network):
    return [weight.detach().clone() for weight in network.parameters()]


def same(before, network):
    return all(torch.equal(one, other) for one, other in zip(before, network.parameters(), strict=True))


@pytest.mark.parametrize(("shape", "group"), [((2,), 1), ((2,), 4), ((1, 8, 8), 1)])
def test_each_step_moves_its_own_network_and_leaves_no_gradient_in_the_other(shape, group):
    both = players(group=group, shape=shape)
    real = REAL if shape == (2,) else torch.rand(64, *shape, generator=torch.Generator().manual_seed(0))
    g, d = weights(both.generator), weights(both.discriminator)
    both.step_discriminator(real)
    assert same(g, both.generator)
    assert not any(torch.equal(one, other) for one, other in zip(d, both.discriminator.parameters(), strict=True))
    assert all(weight.grad is None for weight in both.generator.parameters())
    d, gradient = weights(both.discriminator), [w.grad.clone() for w in both.discriminator.parameters()]
    both.step_generator(64)
    assert same(d, both.discriminator)
    assert not any(torch.equal(one, other) for one, other in zip(g, both.generator.parameters(), strict=True))
    after = [weight.grad for weight in both.discriminator.parameters()]
    assert all(torch.equal(one, other) for one, other in zip(gradient, after, strict=True))  # its own, of its own step
    assert both.steps == {"generator": 1, "discriminator": 1}


@pytest.mark.parametrize(
    ("saturating", "rates"),
    [
        (False, {"lr": 1e-2, "lr_discriminator": 2e-2, "betas": (0.6, 0.9)}),
        (True, {"lr": 1e-2, "lr_discriminator": 2e-2, "betas": (0.6, 0.9)}),
        (False, {}),
    ],
)
def test_steps_are_those_written_out_by_hand(saturating, rates):
    double = {"dtype": torch.float64}
    real, betas = REAL.double(), rates.get("betas", (0.5, 0.999))
    both = players(**rates, saturating=saturating, seed=4, **double)
    g, d = copy.deepcopy(both.generator), copy.deepcopy(both.discriminator)
    adam_g = torch.optim.Adam(g.parameters(), lr=rates.get("lr", 1e-3), betas=betas)
    adam_d = torch.optim.Adam(d.parameters(), lr=rates.get("lr_discriminator", 1e-3), betas=betas)
    noise = torch.Generator().manual_seed(4)
    for _ in range(3):
        fake = g(torch.randn(64, 3, generator=noise, **double)).detach()
        ones, zeros = torch.ones(64, **double), torch.zeros(64, **double)
        loss_d = F.binary_cross_entropy(d(real).sigmoid(), ones) + F.binary_cross_entropy(d(fake).sigmoid(), zeros)
        adam_d.zero_grad()
        loss_d.backward()
        adam_d.step()
        judged = d(g(torch.randn(32, 3, generator=noise, **double))).sigmoid()
        loss_g = (1 - judged).log().mean() if saturating else -judged.log().mean()
        adam_g.zero_grad()
        loss_g.backward()
        adam_g.step()
        assert both.step_discriminator(real) == pytest.approx(loss_d.item(), rel=1e-9)
        assert both.step_generator(32) == pytest.approx(loss_g.item(), rel=1e-9)
    for network, by_hand in ((both.generator, g), (both.discriminator, d)):
        for one, other in zip(network.parameters(), by_hand.parameters(), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-9)


def test_a_seed_repeats_a_run_and_no_step_touches_the_global_randomness():
    state = torch.get_rng_state()
    runs = []
    for seed in (1, 1, 2):
        both = players(seed=seed)
        runs.append([(both.step_discriminator(REAL), both.step_generator(16)) for _ in range(4)])
    assert runs[0] == runs[1] != runs[2]
    assert torch.equal(torch.get_rng_state(), state)


def test_the_average_is_a_moving_one_and_only_looked_at():
    both = players(average=0.75)
    plain = players()
    expected = None
    for _ in range(3):
        assert both.step_discriminator(REAL) == plain.step_discriminator(REAL)
        assert both.step_generator(16) == plain.step_generator(16)
        now = weights(both.generator)
        expected = now if expected is None else [0.75 * a + 0.25 * w for a, w in zip(expected, now, strict=True)]
    noise = torch.randn(5, 3, generator=torch.Generator().manual_seed(9))
    averaged = copy.deepcopy(both.generator)
    with torch.no_grad():
        for weight, value in zip(averaged.parameters(), expected, strict=True):
            weight.copy_(value)
    torch.testing.assert_close(both.sample(5, seed=9), averaged(noise).detach())
    for now in (plain.sample(5, seed=9), both.sample(5, seed=9, averaged=False)):
        torch.testing.assert_close(now, plain.generator(noise).detach())


def test_the_average_takes_running_means_along():
    both, expected = players(shape=(1, 8, 8), average=0.75), None
    for _ in range(3):
        both.step_generator(8)
        now = {name: value.clone() for name, value in both.generator.state_dict().items() if value.is_floating_point()}
        expected = now if expected is None else {name: 0.75 * expected[name] + 0.25 * now[name] for name in now}
    averaged = copy.deepcopy(both.generator)
    averaged.load_state_dict(expected, strict=False)
    noise = torch.randn(5, 3, generator=torch.Generator().manual_seed(9))
    torch.testing.assert_close(both.sample(5, seed=9), averaged.eval()(noise).detach())


def test_the_discriminator_learns_from_forgeries_without_a_graph():
    both, seen = players(), []
    both.discriminator.register_forward_pre_hook(lambda _, x: seen.append(x[0].requires_grad))
    both.step_discriminator(REAL)
    both.step_generator(8)
    assert seen == [False, False, True]


def test_samples_of_images_change_nothing():
    both = players(shape=(1, 8, 8), average=0.5)
    both.step_generator(8)
    state = copy.deepcopy(both.generator.state_dict())
    one, other = both.sample(6, seed=1), both.sample(6, seed=1)
    assert both.sample(1, averaged=False).shape == (1, 1, 8, 8)  # no batch is needed
    assert torch.equal(one, other)
    assert not one.requires_grad
    assert both.generator.training
    assert all(torch.equal(value, state[name]) for name, value in both.generator.state_dict().items())


def test_rates_scale_together_and_always_from_those_at_the_start():
    def moved(share):
        both = players(lr=1e-2, lr_discriminator=4e-2)
        both.scale_rates(0.5)
        both.scale_rates(share)
        before = weights(both.generator)[0], weights(both.discriminator)[0]
        both.step_discriminator(REAL)
        both.step_generator(16)
        after = weights(both.generator)[0], weights(both.discriminator)[0]
        return [(new - old).abs().max().item() for new, old in zip(after, before, strict=True)]

    # Adam's first step is the learning rate for every weight, whatever its gradient.
    assert moved(1.0) == pytest.approx([1e-2, 4e-2], rel=1e-3)
    assert moved(0.25) == pytest.approx([2.5e-3, 1e-2], rel=1e-3)
    assert moved(0) == [0, 0]
    with pytest.raises(ValueError, match=r"`share` must be >= 0 and <= 1, got 1\.5"):
        players().scale_rates(1.5)


def test_a_discriminator_alone_learns_to_tell_and_a_generator_alone_to_please_it():
    both = players(lr=3e-3)
    losses = [both.step_discriminator(REAL) for _ in range(100)]
    assert losses[-1] < 0.5 < losses[0]
    losses = [both.step_generator(64) for _ in range(100)]
    assert losses[-1] < 0.5 < losses[0]


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_a_loss_that_is_not_finite_stops_before_anything_moves(player):
    both = players()
    both.step_discriminator(REAL)
    both.step_generator(8)
    before = weights(both.discriminator)
    if player == "discriminator":
        step, argument = both.step_discriminator, REAL * math.nan
    else:
        step, argument = both.step_generator, 8
        with torch.no_grad():
            next(both.generator.parameters()).fill_(math.nan)
    with pytest.raises(FloatingPointError, match=f"the {player}'s loss became nan at its step 1, .* the last finite"):
        step(argument)
    assert same(before, both.discriminator)
    assert both.steps == {"generator": 1, "discriminator": 1}


def test_first_loss_that_is_not_finite_says_so():
    sure = nn.Linear(2, 1)
    nn.init.constant_(sure.bias, -math.inf)
    with pytest.raises(FloatingPointError, match="loss became inf at its step 0"):
        Adversaries(Generator(2, shape=(2,)), sure).step_discriminator(REAL)
    with pytest.raises(FloatingPointError, match="no loss before it was finite"):
        players().step_discriminator(REAL * math.nan)


def test_wrong_players_are_named():
    g, d = Generator(2, shape=(2,)), Discriminator(shape=(2,))
    with pytest.raises(TypeError, match=r"`generator` must be an nn\.Module, got the class Generator"):
        Adversaries(Generator, d)
    with pytest.raises(TypeError, match=r"`discriminator` must be an nn\.Module, got a function"):
        Adversaries(g, lambda x: x)
    with pytest.raises(TypeError, match=r"`generator` must have the attribute `latent`.* which this Linear lacks"):
        Adversaries(nn.Linear(2, 2), d)
    with pytest.raises(ValueError, match="`discriminator` must have a weight that can change"):
        Adversaries(g, d.requires_grad_(False))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": 0}, "`lr` must be > 0"),
        ({"lr_discriminator": -1.0}, "`lr_discriminator` must be > 0"),
        ({"average": 1.5}, "`average` must be >= 0 and <= 1"),
        ({"seed": -1}, "`seed` must be an int >= 0"),
    ],
)
def test_wrong_settings_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        players(**options)


def test_wrong_batches_are_named():
    both = players(group=2)
    for wrong in (REAL[:0], torch.tensor(1.0)):
        with pytest.raises(ValueError, match=r"`real` must have shape \(B, \.\.\.\) with B >= 1, got"):
            both.step_discriminator(wrong)
    with pytest.raises(TypeError, match=r"`real` must be floating point, got torch\.uint8"):
        both.step_discriminator(torch.zeros(4, 2, dtype=torch.uint8))
    with pytest.raises(ValueError, match="multiple of group = 2"):
        both.step_discriminator(REAL[:3])
    with pytest.raises(ValueError, match=r"`x` must have shape \(B, 2\)"):
        both.step_discriminator(torch.zeros(4, 3))
    for wrong in (0, 2.0):
        with pytest.raises(ValueError, match="`n` must be an int >= 1"):
            both.step_generator(wrong)
        with pytest.raises(ValueError, match="`n` must be an int >= 1"):
            both.sample(wrong)
    assert both.steps == {"generator": 0, "discriminator": 0}


def test_weights_that_are_frozen_stay_and_the_others_learn():
    both = players()
    for network in (both.generator, both.discriminator):
        network.layers[0].requires_grad_(False)
    before = weights(both.generator), weights(both.discriminator)
    both.step_discriminator(REAL)
    both.step_generator(8)
    for old, network in zip(before, (both.generator, both.discriminator), strict=True):
        kept = [torch.equal(one, other) for one, other in zip(old, network.parameters(), strict=True)]
        assert kept == [True] * 2 + [False] * 4


def test_sampling_leaves_every_module_in_its_mode():
    both = players(shape=(1, 8, 8))
    both.generator.layers[1].eval()
    modes = [module.training for module in both.generator.modules()]
    both.sample(3)
    assert [module.training for module in both.generator.modules()] == modes


def test_a_discriminator_with_two_outputs_is_named():
    both = Adversaries(Generator(2, shape=(2,)), nn.Linear(2, 2))
    for step, argument in ((both.step_discriminator, REAL), (both.step_generator, 5)):
        with pytest.raises(ValueError, match=r"one logit for each example, got shape \(\d+, 2\)"):
            step(argument)
