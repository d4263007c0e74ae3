import math

import numpy as np
import pytest
import torch

from course_utils.losses import kl_standard_normal
from course_utils.widgets import KLFlow
from course_utils.widgets.base.normals import four_terms


@pytest.mark.parametrize(
    ("off", "words"),
    [
        ((), "Heading: μ → 0, as e^(−t); σ → 1"),
        (("mean",), "μ stays 1.00"),
        (("spread",), "σ → ∞"),
        (("log",), "σ → 0"),
        (("constant",), "all moves are the same"),
        (("spread", "log"), "σ stays"),
        (("mean", "spread", "log", "constant"), "nothing = 0.000 nats"),
    ],
)
def test_read_out_says_where_it_is_heading(off: tuple[str, ...], words: str) -> None:
    widget = KLFlow()
    widget.set(mu0=1.0, sigma0=0.5, t=2.0, **dict.fromkeys(off, False))
    assert words in widget.text
    assert widget.price == pytest.approx(widget.terms.of(four_terms(*widget.now)))
    assert ("Price without" in widget.text) == bool(off)
    kl = kl_standard_normal(*(torch.tensor([[v]], dtype=torch.float64) for v in widget.now)).item()
    assert f"KL(q‖p) = {kl:.3f} nats" in widget.text


def test_without_the_constant_only_the_price_changes() -> None:
    widget = KLFlow()
    widget.set(t=2.0)
    before, point, price = widget.png, widget.now, widget.price
    widget.set(constant=False)
    assert (widget.png, widget.now) == (before, point)
    assert widget.price == pytest.approx(price + 0.5)


def test_play_moves_time_one_picture_at_each_tick() -> None:
    widget = KLFlow()
    shown: list[bytes] = []
    widget._view.observe(lambda change: shown.append(change["new"]), names="value")
    play = widget.controls["play"]
    for tick in range(play.max + 1):
        play.set_state({"value": tick})
        assert widget.controls["t"].value == tick / 16
        assert widget.error == ""
    assert len(set(shown)) > 100
    assert len(shown) <= play.max + 2
    assert widget.now.mu == pytest.approx(-2.5 * math.exp(-8), abs=1e-6)


def test_play_goes_on_from_where_the_slider_was_put() -> None:
    widget = KLFlow()
    widget.set(t=5.0)
    assert widget.controls["play"].value == 80
    widget.controls["play"].set_state({"value": 81})
    assert widget.controls["t"].value == 5.0625


def test_time_is_kept_when_the_start_or_a_term_changes() -> None:
    widget = KLFlow()
    widget.set(t=2.0)
    widget.set(mu0=3.0, sigma0=0.1, log=False)
    assert widget.controls["t"].value == 2.0
    assert (widget.start.mu, widget.start.sigma) == pytest.approx((3.0, 0.1))
    assert widget.now.mu == pytest.approx(3 * math.exp(-2), abs=1e-6)


def test_description_of_a_plane_without_arrows_mentions_none() -> None:
    widget = KLFlow()
    assert "with arrows of the flow, and the path from μ = −2.50" in widget._alt()
    widget.set(mean=False, spread=False)
    assert "with arrows of the flow without ½μ², ½σ², and the path" in widget._alt()
    widget.set(log=False)
    assert not np.any([widget._plot._field.U, widget._plot._field.V])
    assert "without arrows, for without ½μ², ½σ², −½ log σ² nothing moves, and the point μ = −2.50" in widget._alt()


def test_arrows_point_where_the_flow_goes() -> None:
    widget = KLFlow()
    field = widget._plot._field
    mus, vs = field.XY.T
    u, v = np.asarray(field.U), np.asarray(field.V)
    assert np.array_equal(np.sign(u), -np.sign(mus))
    assert np.array_equal(np.sign(v), -np.sign(vs))
    assert np.allclose(u * 0.5 * (1 - np.exp(vs)), v * -mus)  # the same direction as (−μ, ½ − ½σ²)
    widget.set(log=False)
    assert (np.asarray(field.V) < 0).all()
    widget.set(log=True, spread=False)
    assert (np.asarray(field.V) > 0).all()
