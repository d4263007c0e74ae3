"""The ring's widget: who moves when, what the read-out says of it, and the map of the best discriminator."""

import math

import pytest
import torch

from course_utils.data import ring
from course_utils.metrics import mode_coverage
from course_utils.models import Discriminator, Generator
from course_utils.training import Adversaries
from course_utils.widgets import RingGAN
from course_utils.widgets.ring_gan.field import axis, bumps, field
from course_utils.widgets.ring_gan.plot import MOST_LOSS


def small(**options):
    return RingGAN(ring(100, seed=0), batch=12, per_tick=2, **options)


def weights(network):
    return torch.cat([weight.detach().flatten() for weight in network.parameters()]).clone()


def grouped():
    return Adversaries(Generator(2, shape=(2,), width=8), Discriminator(shape=(2,), width=8, group=3))


@pytest.mark.parametrize(
    ("button", "moved", "waits"), [("step_d", "discriminator", "generator"), ("step_g", "generator", "discriminator")]
)
def test_a_button_moves_one_player_by_one_step(button, moved, waits):
    widget = small()
    before = {name: weights(getattr(widget.players, name)) for name in (moved, waits)}
    picture, said = widget.png, widget.text
    widget.controls[button].click()
    assert widget.players.steps == {moved: 1, waits: 0}
    assert not torch.equal(before[moved], weights(getattr(widget.players, moved)))
    assert torch.equal(before[waits], weights(getattr(widget.players, waits)))
    assert widget.png != picture
    assert widget.text != said


@pytest.mark.parametrize(("who", "steps"), [("both, in turn", (6, 6)), ("D alone", (6, 0)), ("G alone", (0, 6))])
def test_play_lets_those_move_who_are_chosen(who, steps):
    widget = small()
    widget.set(who=who, play=3)
    assert (widget.players.steps["discriminator"], widget.players.steps["generator"]) == steps
    assert widget.controls["play"].value == 3
    said = "D has taken {} step{}, G {} step{}:".format(*(part for n in steps for part in (n, "s" * (n != 1))))
    assert widget.text.startswith(said)


def test_one_tick_of_a_player_that_has_run_ahead_is_one_tick_and_it_is_called_back():
    widget = small()
    widget.controls["play"].set_state({"value": 9})
    assert widget.controls["play"].value == 1
    assert widget.players.steps == {"generator": 2, "discriminator": 2}


def test_reset_and_stop_start_anew_with_the_same_networks():
    widget = small()
    first, said = weights(widget.players.generator), widget.text
    widget.set(play=2)
    after, picture = widget.text, widget.png
    widget.controls["reset"].click()
    assert (widget.controls["play"].value, widget.text) == (0, said)
    assert torch.equal(weights(widget.players.generator), first)
    widget.set(play=2)
    assert (widget.text, widget.png) == (after, picture)
    widget.controls["play"].set_state({"value": 0})
    assert widget.text == said
    widget.set(play=3)
    widget.set(play=2)  # less than there was: from the start
    assert (widget.text, widget.png) == (after, picture)


def test_read_out_says_what_the_samples_are():
    widget = small()
    widget.set(play=5, who="D alone", blur=0.2)
    samples = widget.players.sample(2_000, seed=0, averaged=False)
    data = ring(100, seed=0)
    coverage = mode_coverage(samples, data.centers, radius=0.15)
    assert f"reach {coverage.modes} of 8 modes, {100 * coverage.share:.1f} % within 3σ" in widget.text
    spread = (samples - samples.mean(0)).norm(dim=1).square().mean().sqrt().item()
    assert widget.spread == pytest.approx(spread, rel=1e-5)
    assert f"spread of the samples {spread:.2f}" in widget.text
    assert f"|D − D*| is {widget.gap:.3f} on average" in widget.text
    assert "both blurred by 0.20" in widget.text


def test_losses_in_the_read_out_are_those_of_the_last_steps():
    widget = small()
    assert "Loss of D – nats" in widget.text
    widget.controls["step_d"].click()
    twin = small()
    batch = twin._data.points[torch.randint(100, (12,), generator=torch.Generator().manual_seed(0))]
    assert f"Loss of D {twin.players.step_discriminator(batch):.3f} nats" in widget.text
    assert "of G – nats" in widget.text


def test_d_alone_comes_close_to_the_best_d():
    widget = RingGAN()
    start = widget.gap
    widget.set(who="D alone", play=15)
    assert widget.gap < 0.1 < 0.3 < start


def test_the_best_d_is_the_ratio_of_the_blurred_densities():
    data, blur, side = ring(50, seed=1), 0.3, 3.0
    samples = 1.5 * torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    discriminator = Discriminator(shape=(2,), width=4)
    seen = field(discriminator, data, samples, blur=blur, side=side)
    x = axis(side)
    for row, column in ((10, 50), (40, 21), (63, 0)):
        place = torch.stack((x[column], x[row]))
        p, q = (
            torch.exp(-(centers - place).square().sum(1) / (2 * width**2)).mean() / (2 * math.pi * width**2)
            for centers, width in ((data.centers, math.hypot(0.05, blur)), (samples, blur))
        )
        assert seen.best[row, column].item() == pytest.approx((p / (p + q)).item(), rel=1e-3)
        assert seen.d[row, column].item() == pytest.approx(discriminator(place[None]).sigmoid().item(), rel=1e-4)
    assert seen.weight.sum().item() == pytest.approx(1, abs=1e-5)
    assert seen.gap == pytest.approx((seen.weight * (seen.d - seen.best).abs()).sum().item())


def test_densities_on_the_lattice_integrate_to_one():
    points = torch.tensor([[0.5, -1.0], [1.0, 1.0]])
    assert bumps(points, 0.3, 3.0).sum().item() * (6 / 64) ** 2 == pytest.approx(1, abs=1e-3)


def test_a_group_is_shown_for_points_among_real_ones():
    widget = small(build=grouped)
    assert "D is shown for a point among 2 of the data" in widget.text
    x = axis(widget._side)
    group = torch.cat((torch.stack((x[30], x[40]))[None], ring(100, seed=0).points[:2]))
    expected = widget.players.discriminator(group)[0].sigmoid().item()
    assert widget._field.d[40, 30].item() == pytest.approx(expected, rel=1e-4)


def test_losses_that_do_not_fit_are_drawn_at_the_edge():
    widget = small()
    widget.controls["step_d"].click()
    widget._losses["discriminator"].append((1, 99.0))
    plot = widget._arranged_plot()
    assert plot._curves["discriminator"].get_ydata().max() == MOST_LOSS


def test_samples_outside_the_picture_are_counted():
    widget = small()
    assert "outside" not in widget.text
    with torch.no_grad():
        widget.players.generator.layers[-1].bias.add_(50)
    widget.set(blur=0.2)
    assert "100.0 % lie outside the picture" in widget.text


def test_a_loss_that_is_not_finite_is_shown_and_play_stays_where_it_was():
    widget = small()
    widget.set(play=1)
    said = widget.text
    with torch.no_grad():
        next(widget.players.generator.parameters()).fill_(math.nan)
    widget.set(play=2)
    assert "FloatingPointError: the discriminator" in widget.error
    assert (widget.text, widget.controls["play"].value) == (said, 1)
    widget.controls["reset"].click()
    assert widget.error == ""


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"data": torch.zeros(3, 2)}, TypeError, "`data` must be a Ring, got a Tensor"),
        (
            {"build": lambda: None},
            TypeError,
            r"`build` must return training\.Adversaries with a models\.Discriminator, got None",
        ),
        ({"batch": 0}, ValueError, "`batch` must be an int >= 1"),
        ({"per_tick": 1.5}, ValueError, "`per_tick` must be an int >= 1"),
    ],
)
def test_wrong_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        RingGAN(**arguments)
