import math
from itertools import islice

import numpy as np
import pytest
import torch

from course_utils.games import RULES, dirac_gan, field_jacobian, gradients, local_factor, xy_factor
from course_utils.widgets import GradientPlay
from course_utils.widgets.gradient_play.fields import FIELDS
from course_utils.widgets.gradient_play.plot import REACH
from course_utils.widgets.gradient_play.widget import STEPS, size

VALUES = {
    "f = x·y": lambda x, y: x * y,
    "Dirac-GAN": dirac_gan,
    "Dirac-GAN with R1": lambda x, y: dirac_gan(x, y, gamma=0.5),
}
each_game = pytest.mark.parametrize("game", FIELDS)
each_rule = pytest.mark.parametrize("rule", RULES)


@each_game
def test_slopes_and_prediction_are_those_of_the_function_named(game):
    field, f = FIELDS[game], VALUES[game]
    for x, y in ((0.7, -1.1), (-2.0, 2.5), (0.0, 0.0)):
        exact = gradients(f, *torch.tensor([x, y], dtype=torch.float64))
        assert field.slopes(x, y) == pytest.approx([slope.item() for slope in exact])
    zero = torch.tensor(0.0, dtype=torch.float64)
    for rule in RULES:
        expected = local_factor(rule, field_jacobian(f, zero, zero), 0.3)
        assert field.factor(rule, 0.3) == pytest.approx(expected)


@each_game
@each_rule
def test_paths_are_those_of_the_rules_by_autograd(game, rule):
    widget = GradientPlay(1.0, -0.5)
    widget.set(game=game, eta=0.3)
    play = RULES[rule](VALUES[game], 1.0, -0.5, eta=0.3)
    expected = np.array([[x.item(), y.item()] for x, y in islice(play, 60)])
    np.testing.assert_allclose(widget.paths[rule][:60], expected, rtol=1e-9, atol=1e-12)
    assert widget.paths[rule].shape == (STEPS + 1, 2)


@pytest.mark.parametrize("eta", [0.1, 0.3, 0.44, 0.9])
def test_measured_factors_are_the_predicted_ones_on_xy(eta):
    widget = GradientPlay()
    widget.set(eta=eta, steps=STEPS)
    for rule in RULES:
        assert widget.predicted(rule) == xy_factor(rule, eta)
        exact = rule in ("simultaneous", "extragradient")
        assert widget.measured(rule) == pytest.approx(widget.predicted(rule), rel=1e-9 if exact else 0.015)
        assert ("at every step" in line_of(widget, rule)) == exact


def line_of(widget: GradientPlay, rule: str) -> str:
    return next(line for line in widget.text.splitlines() if line.startswith(rule))


@each_rule
@pytest.mark.parametrize("eta", [0.1, 0.5, 0.7, 1.0, 1.2])
def test_read_out_says_where_a_rule_heads_and_how_far_it_is(rule, eta):
    widget = GradientPlay()
    widget.set(eta=eta, steps=150)
    line, norms = line_of(widget, rule), (widget.paths[rule] ** 2).sum(1)
    assert f"x² + y² = {size(norms[150])}" in line
    if rule == "alternating" or (rule == "extragradient" and eta == 1.0):
        assert line.endswith("neither comes nor goes")
        assert norms.max() < 6 * norms[0]
    else:
        assert line.endswith("comes closer" if norms[150] < norms[0] else "goes away")
    assert ("outside the picture" in line) == (abs(widget.paths[rule][150]).max() > REACH)
    assert f"factor per step {widget.measured(rule):.4f} over the last 75 steps" in line


def test_factor_is_that_of_the_last_half_of_the_steps():
    widget = GradientPlay()
    widget.set(eta=0.2, steps=1)
    assert "of the last step, predicted" in widget.text
    widget.set(steps=5)
    norms = (widget.paths["optimistic"] ** 2).sum(1)
    assert widget.measured("optimistic") == pytest.approx((norms[5] / norms[2]) ** (1 / 3))
    widget.set(steps=0)
    assert math.isnan(widget.measured("optimistic"))
    assert "factor per step" not in widget.text


def test_rules_that_are_switched_off_are_neither_drawn_nor_told():
    widget = GradientPlay()
    widget.set(simultaneous=False, optimistic=False)
    assert list(widget.paths) == ["alternating", "extragradient"]
    assert "simultaneous" not in widget.text + widget._alt()
    visible = {rule: line.get_visible() for rule, (line, *_) in widget._plot._racers.items()}
    assert visible == {rule: rule in widget.paths for rule in RULES}
    with pytest.raises(ValueError, match="`rule` must be one of alternating, extragradient, got 'optimistic'"):
        widget.measured("optimistic")
    widget.set(alternating=False, extragradient=False)
    assert "Nobody plays: switch a rule on" in widget.text
    assert "the paths of 40 steps: none" in widget._alt()


def test_who_is_outside_stands_hollow_at_the_rim():
    widget = GradientPlay()
    widget.set(eta=0.5, steps=100)
    _, head, _, end = widget._plot._racers["simultaneous"]
    assert np.abs(head.get_data()).max() == pytest.approx(REACH)
    assert (head.get_markerfacecolor(), end.get_markerfacecolor()) == ("white", "white")
    assert "simultaneous outside the picture" in widget._alt()
    widget.set(eta=0.02, steps=10)
    assert head.get_markerfacecolor() == head.get_color()


@each_game
def test_arrows_point_where_both_are_driven(game):
    widget = GradientPlay()
    widget.set(game=game)
    field = widget._plot._field
    x, y = torch.from_numpy(np.asarray(field.XY)).double().T
    slopes = gradients(lambda x, y: sum(map(VALUES[game], x, y)), x, y)
    driven = np.stack([-slopes[0], slopes[1]], 1)
    drawn = np.stack([field.U, field.V], 1)
    np.testing.assert_allclose(drawn, driven * np.abs(drawn).max() / np.abs(driven).max(), atol=1e-9)


def test_play_moves_the_steps():
    widget = GradientPlay()
    widget.controls["play"].set_state({"value": 41})
    assert widget.controls["steps"].value == 41
    widget.set(steps=90)
    assert widget.controls["play"].value == 90
    assert "After 90 steps" in widget.text


@pytest.mark.parametrize(
    ("start", "error", "message"),
    [
        ((0.0, 0.0), ValueError, "must not both be 0, got the equilibrium"),
        ((3.0, 0.0), ValueError, "`x` must be >= -2.5 and <= 2.5, got 3.0"),
        ((1.0, "1"), TypeError, "`y` must be a number, got '1'"),
    ],
)
def test_start_lies_in_the_plane_and_is_not_the_equilibrium(start, error, message):
    with pytest.raises(error, match=message):
        GradientPlay(*start)


@pytest.mark.parametrize("start", [(2.5, -2.5), (1e-9, 0.0), (-2.5, 2.5)])
@each_game
def test_extreme_starts_and_steps_are_drawn_without_a_warning(start, game):
    widget = GradientPlay(*start)
    for eta in (0.02, 1.2):
        widget.set(game=game, eta=eta, steps=STEPS)
        assert widget.error == ""
        assert "nan" not in widget.text
        assert "inf" not in widget.text
