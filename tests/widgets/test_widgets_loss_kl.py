import base64
import io
import itertools
import math
from collections.abc import Callable

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.distributions import Normal, kl_divergence

from course_utils.conventions import effective_beta
from course_utils.losses import kl_standard_normal, kl_terms
from course_utils.models import VAE, Autoencoder
from course_utils.plots import ROLES
from course_utils.widgets import BetaCalculator, BetaSlider, KLFlow, KLTerms
from course_utils.widgets.base.plot import PlotWidget
from course_utils.widgets.beta_calculator import plain, variance_words, verdict
from course_utils.widgets.kl_flow import Point, Terms, flow, runge_kutta
from course_utils.widgets.kl_terms import SIGMAS, curves_of, four_terms, three_ways

Widget = PlotWidget | BetaSlider


def vae(seed: int, latent: int = 3) -> VAE:
    """Build a VAE from fixed random weights, larger than at the start of training so that the images differ."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = VAE(latent)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)
    return model


def some_images(n: int = 12, size: int = 28) -> torch.Tensor:
    return torch.rand(n, 1, size, size, generator=torch.Generator().manual_seed(1))


def betas(**arguments: object) -> BetaSlider:
    return BetaSlider({4.0: vae(2), 0.5: vae(0), 1.0: vae(1)}, some_images(), **arguments)


def pictures(widget: Widget) -> tuple[bytes, ...]:
    if isinstance(widget, BetaSlider):
        return widget.reconstructions_png, widget.samples_png, widget.plane_png
    return (widget.png,)


def rgb(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def painted(png: bytes, color: str) -> np.ndarray:
    """Return where a picture has a colour, shape (H, W)."""
    wanted = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return np.abs(rgb(png) - wanted).max(axis=2) <= 6


ALL = [KLTerms, KLFlow, betas, BetaCalculator]
MOVES = [
    *[(KLTerms, "mu", 2.0), (KLTerms, "sigma", 1.2)],
    *[(KLFlow, "mu0", 2.0), (KLFlow, "sigma0", 1.2), (KLFlow, "t", 3.0), (KLFlow, "play", 40)],
    *[(KLFlow, "mean", False), (KLFlow, "spread", False), (KLFlow, "log", False)],
    (betas, "beta", 4.0),
    *[(BetaCalculator, "nll_pixels", "sum"), (BetaCalculator, "nll_batch", "sum")],
    *[(BetaCalculator, "kl_latents", "mean"), (BetaCalculator, "kl_batch", "sum")],
    *[(BetaCalculator, "nll_weight", 0.5), (BetaCalculator, "kl_weight", 0.5)],
    *[(BetaCalculator, "pixels", 3072), (BetaCalculator, "likelihood", "squared error")],
]

# All four


@pytest.mark.parametrize(("make", "name", "value"), MOVES)
@pytest.mark.parametrize("by_message", [False, True])
def test_every_control_changes_pictures_and_read_out(
    make: Callable[[], Widget], name: str, value: object, by_message: bool
) -> None:
    widget = make()
    before, said, control = pictures(widget), widget.text, widget.controls[name]
    if not by_message:
        widget.set(**{name: value})
    elif hasattr(control, "index"):  # as a message of the front end arrives
        values = [option[1] if isinstance(option, tuple) else option for option in control.options]
        control.set_state({"index": values.index(value)})
    else:
        control.set_state({"value": value})
    assert all(old != new for old, new in zip(before, pictures(widget), strict=True))
    assert (widget.text != said, widget.error) == (True, "")


@pytest.mark.parametrize("make", ALL)
def test_bundle_holds_view_picture_and_words(make: Callable[[], Widget]) -> None:
    widget = make()
    data, metadata = widget._repr_mimebundle_(include=None, exclude=None)
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.ui.model_id
    assert len(metadata["image/png"]["alt"]) > 40
    assert widget.text in data["text/plain"]
    assert 600 < Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).width <= 760
    assert data["image/png"] == widget._repr_mimebundle_()[0]["image/png"]


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (KLTerms, "course-kl-terms"),
        (KLFlow, "course-kl-flow"),
        (betas, "course-beta-slider"),
        (BetaCalculator, "course-beta-calculator"),
    ],
)
def test_ui_carries_its_class_and_the_read_out(make: Callable[[], Widget], name: str) -> None:
    widget = make()
    assert name in widget.ui._dom_classes
    shown = "".join(part.value for part in widget.ui.children if isinstance(part, ipywidgets.HTML))
    assert widget.text.splitlines()[0] in shown


@pytest.mark.parametrize(
    ("make", "name", "value", "other", "breaks"),
    [
        (KLTerms, "mu", 2.0, 0.5, "_plot.arrange"),
        (KLFlow, "t", 3.0, 4.0, "_plot.arrange"),
        (BetaCalculator, "kl_weight", 3.0, 4.0, "_plot.arrange"),
        (betas, "beta", 4.0, 0.5, "_reading"),
    ],
)
def test_an_error_is_shown_until_a_move_succeeds(
    make: Callable[[], Widget], name: str, value: float, other: float, breaks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget = make()

    def broken(*_: object) -> None:
        raise RuntimeError("no <plot> today")

    owner = widget._plot if breaks.startswith("_plot") else widget
    with monkeypatch.context() as patch:
        patch.setattr(owner, breaks.removeprefix("_plot."), broken)
        widget.set(**{name: value})
        assert "RuntimeError: no &lt;plot&gt; today" in widget.error
        assert widget.ui.children[-1].value == widget.error
    widget.set(**{name: other})
    assert widget.error == ""


@pytest.mark.parametrize(("make", "name", "value"), [m for m in MOVES if m[1] in ("mu", "log", "beta", "kl_weight")])
def test_two_widgets_share_nothing_and_leave_the_world_alone(
    make: Callable[[], Widget], name: str, value: object
) -> None:
    random = torch.get_rng_state()
    one, other = make(), make()
    before, said = pictures(other), other.text
    one.set(**{name: value})
    assert (pictures(other), other.text) == (before, said)
    assert pictures(one) != before
    assert torch.equal(torch.get_rng_state(), random)


@pytest.mark.parametrize(
    ("make", "moves", "message"),
    [
        (KLTerms, {"mu": 1.5, "sigma": 0.123}, "`sigma` must be one of 0.05, .* got 0.123"),
        (KLTerms, {"sigma": 2.0, "mu": 3.1}, r"`mu` must lie in \[-3, 3\], got 3.1"),
        (KLFlow, {"mu0": 1.0, "t": 9.0}, r"`t` must lie in \[0, 8\], got 9"),
        (KLFlow, {"mu0": 1.0, "play": 1.5}, "`play` must be a whole number, got 1.5"),
        (betas, {"beta": 2.0}, "`beta` must be one of 0.5, 1.0, 4.0, got 2.0"),
        (BetaCalculator, {"kl_batch": "sum", "nll_pixels": "max"}, "`nll_pixels` must be one of sum, mean, got max"),
        (BetaCalculator, {"kl_batch": "sum", "latents": 0}, "`latents` must lie in"),
        (BetaCalculator, {"kl_batch": "sum", "beta": 1}, "`beta` is not a control"),
    ],
)
def test_set_refuses_what_no_user_could_do(make: Callable[[], Widget], moves: dict[str, object], message: str) -> None:
    widget = make()
    said = widget.text
    with pytest.raises(ValueError, match=message):
        widget.set(**moves)
    assert widget.text == said


# KLTerms


@pytest.mark.parametrize("mu", [-3.0, -0.4, 0.0, 1.0, 3.0])
@pytest.mark.parametrize("sigma", [0.05, 0.5, 1.0, 3.0])
def test_three_ways_lead_to_the_same_kl(mu: float, sigma: float) -> None:
    widget = KLTerms(seed=5)
    widget.set(mu=mu, sigma=sigma)
    n = widget.numbers
    exact = kl_divergence(Normal(torch.tensor(mu).double(), sigma), Normal(0.0, 1.0)).item()
    assert n.closed == pytest.approx(exact, abs=1e-7)
    assert n.area == pytest.approx(exact, abs=1e-7)
    assert n.above - n.below == pytest.approx(n.area, abs=1e-12)
    assert min(n.above, n.below) >= -1e-12
    assert abs(n.sampled - exact) <= 4 * n.error + 1e-12
    assert "all three agree" in widget.text


def test_terms_equal_the_course_s_and_the_bars_are_as_long() -> None:
    widget = KLTerms()
    widget.set(mu=-1.5, sigma=0.3)
    logvar = torch.tensor([[2 * math.log(0.3)]]).double()
    mu = torch.tensor([[-1.5]]).double()
    expected = [term.item() for term in kl_terms(mu, logvar)]
    assert widget.numbers.terms == pytest.approx(expected)
    lengths = [bar.get_width() for bar in widget._plot._bars]
    assert lengths == pytest.approx([*expected, kl_standard_normal(mu, logvar).item()])


def test_standard_error_is_the_spread_of_many_estimates() -> None:
    draw, curves = np.random.default_rng(0), curves_of(1.0, 0.5)
    numbers = [three_ways(curves, draw.standard_normal(1000), 1.0, 0.5) for _ in range(200)]
    spread = np.std([n.sampled for n in numbers], ddof=1)
    # the standard deviation of 200 values has a relative standard error of 1/√400
    assert spread == pytest.approx(np.mean([n.error for n in numbers]), rel=4 / 400**0.5)
    assert not np.array_equal(KLTerms(seed=0).numbers.sampled, KLTerms(seed=1).numbers.sampled)


def test_sample_glides_because_its_noise_is_kept() -> None:
    widget = KLTerms()
    widget.set(mu=1.0, sigma=1.0)
    first = widget.numbers.sampled
    widget.set(mu=1.05)
    assert widget.numbers.sampled - first == pytest.approx(0.5 * (1.05**2 - 1), abs=4 * 0.05 / 100)
    widget.set(mu=1.0)
    assert widget.numbers.sampled == first


def test_at_the_prior_nothing_is_left() -> None:
    widget = KLTerms()
    widget.set(mu=0.0, sigma=1.0)
    assert widget.numbers.closed == widget.numbers.sampled == widget.numbers.error == 0
    assert "nothing is left: q = p" in widget.text


@pytest.mark.parametrize(
    ("mu", "sigma", "term"), [(3.0, 1.0, "½μ² = 4.500"), (0.0, 3.0, "½σ² = 4.500"), (0.0, 0.05, "−½ log σ² = 2.996")]
)
def test_largest_term_is_named(mu: float, sigma: float, term: str) -> None:
    widget = KLTerms()
    widget.set(mu=mu, sigma=sigma)
    assert f"The largest term is {term}" in widget.text


def test_what_lies_beyond_the_axis_is_part_of_the_area() -> None:
    n = three_ways(curves_of(3.0, 3.0), np.zeros(10), 3.0, 3.0)
    z = np.linspace(8, 60, 200_001)
    ratio = -0.5 * ((z - 3) / 3) ** 2 - math.log(3) + 0.5 * z**2
    q = np.exp(-0.5 * ((z - 3) / 3) ** 2) / (3 * math.sqrt(2 * math.pi))
    assert n.beyond[1] == pytest.approx(float((q * ratio).sum() * (z[1] - z[0])), abs=0.05)
    assert 0 < n.beyond[0] < 0.2


def test_sum_bar_is_painted_as_long_as_the_kl() -> None:
    widget, widths = KLTerms(), []
    for mu in (1.0, 2.0, 3.0):
        widget.set(mu=mu, sigma=1.0)
        # a line through the upper part of the lowest bar, over its number
        widths.append(painted(widget.png, "#222222")[410, 750:].sum())
    assert widths[1] / widths[0] == pytest.approx(4, rel=0.1)
    assert widths[2] / widths[0] == pytest.approx(9, rel=0.1)


def test_sigma_stops_are_handy_and_cover_the_range() -> None:
    assert (SIGMAS[0], SIGMAS[-1], 1.0 in SIGMAS) == (0.05, 3.0, True)
    assert all(1 < b / a <= 1.21 for a, b in itertools.pairwise(SIGMAS))


# KLFlow


def closed_variance(sigma0: float, t: float, terms: Terms) -> float:
    """Return σ²(t). With s = 1/σ², all terms: ds/dt = ½(1 − s); without −log: ds/dt = ½; without σ²: ds/dt = −½s."""
    s = 1 / sigma0**2
    if terms.log and terms.spread:
        return 1 / (1 + (s - 1) * math.exp(-t / 2))
    if terms.spread:
        return 1 / (s + t / 2)
    return math.exp(t / 2) / s if terms.log else 1 / s


@pytest.mark.parametrize("terms", [Terms(a, b, c, d) for a in (1, 0) for b in (1, 0) for c in (1, 0) for d in (1, 0)])
@pytest.mark.parametrize(("mu0", "sigma0"), [(-2.5, 0.05), (3.0, 3.0), (0.0, 1.0), (1.0, 0.4)])
def test_trajectories_meet_the_closed_forms(terms: Terms, mu0: float, sigma0: float) -> None:
    path = flow(Point(mu0, 2 * math.log(sigma0)), terms)
    assert len(path) == 129
    for step, point in enumerate(path):
        t = step / 16
        assert point.mu == pytest.approx(mu0 * math.exp(-t) if terms.mean else mu0, abs=1e-6)
        assert point.sigma**2 == pytest.approx(closed_variance(sigma0, t, terms), rel=1e-6)


def test_runge_kutta_is_of_fourth_order() -> None:
    errors = [abs(runge_kutta(lambda y: -y, 1.0, 1 / n, n)[-1] - math.exp(-1)) for n in (10, 20)]
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.1)


@pytest.mark.parametrize("off", [(), ("mean",), ("spread",), ("log",), ("constant",), ("mean", "log")])
def test_flow_goes_down_the_slope_of_its_price(off: tuple[str, ...]) -> None:
    terms = Terms()._replace(**dict.fromkeys(off, False))
    path = flow(Point(1.3, -1.1), terms)
    state = torch.tensor([1.3, -1.1], dtype=torch.float64, requires_grad=True)
    price = terms.of(tuple(t.sum() for t in kl_terms(state[:1], state[1:])))
    slope = torch.autograd.grad(price, state)[0] if isinstance(price, torch.Tensor) else torch.zeros(2)
    moved = (np.array(path[1]) - np.array(path[0])) * 16
    assert moved == pytest.approx(-slope.numpy(), abs=0.05)
    prices = [terms.of(four_terms(*point)) for point in path]
    assert all(b <= a + 1e-12 for a, b in itertools.pairwise(prices))


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


# BetaSlider


def expected_rate(model: VAE, images: torch.Tensor) -> float:
    with torch.no_grad():
        mu, logvar = model.encode(images)
    return kl_divergence(Normal(mu.double(), (0.5 * logvar).exp().double()), Normal(0.0, 1.0)).sum(1).mean().item()


def test_rate_equals_torch_distributions_and_bits_and_elbo_follow() -> None:
    widget = betas()
    assert list(widget.results) == [0.5, 1.0, 4.0]
    for seed, beta in enumerate(widget.results):
        r = widget.results[beta]
        assert r.rate == pytest.approx(expected_rate(vae(seed), some_images()), rel=1e-4)
        assert r.bits == pytest.approx(r.rate / 0.6931471805599453)
        assert r.negative_elbo == r.rate + r.distortion


def test_distortion_lies_within_standard_errors_of_other_noise() -> None:
    model, images = vae(0), some_images(40)
    widget = BetaSlider({0.5: model, 1.0: vae(1)}, images, seed=3)
    with torch.no_grad():
        mu, logvar = (t.repeat(200, 1) for t in model.encode(images))
        logits = model.decode(mu + (0.5 * logvar).exp() * other_noise(mu.shape))
        x = images.repeat(200, 1, 1, 1)
        nll = nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum((1, 2, 3)).view(200, 40)
    means = nll.mean(1)  # one mean for each draw of the noise of all images
    assert abs(widget.results[0.5].distortion - means.mean()) <= 4 * means.std()


def other_noise(shape: torch.Size) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(99))


def test_active_units_are_those_whose_mean_moves() -> None:
    model = vae(0, latent=5)
    with torch.no_grad():
        model.to_mu.weight[[1, 3]] = 0  # their mean is the bias, whatever the image
    collapsed = vae(1, latent=5)
    with torch.no_grad():
        for layer in (collapsed.to_mu, collapsed.to_logvar):
            layer.weight.zero_()
            layer.bias.zero_()
    widget = BetaSlider({1: model, 100: collapsed}, some_images())
    assert widget.results[1].active == 3
    assert "Active units: 3 of 5" in widget.text
    widget.set(beta=100)
    assert (widget.result.active, widget.result.rate) == (0, 0.0)
    assert "the code says nothing" in widget.text


def row_of_tiles(png: bytes, n: int) -> np.ndarray:
    """Return the tiles of a row as values in [0, 1], shape (n, 28, 28)."""
    image = np.asarray(Image.open(io.BytesIO(png)).convert("L")) / 255
    times = image.shape[0] // 28
    small = image[::times, ::times]
    return np.stack([small[:, 29 * i : 29 * i + 28] for i in range(n)])


def test_rows_show_the_images_their_reconstructions_and_the_same_codes_for_all() -> None:
    images, models = some_images(20), {0.5: vae(0), 1.0: vae(1)}
    widget = BetaSlider(models, images, seed=7)
    shown = images[[0, 2, 5, 7, 10, 12, 15, 17]]  # evenly spaced
    assert np.abs(row_of_tiles(widget._views["images"].value, 8) - shown[:, 0].numpy()).max() <= 0.501 / 255
    z = torch.randn(8, 3, generator=torch.Generator().manual_seed(7), dtype=torch.float64).float()
    for beta, model in models.items():
        widget.set(beta=beta)
        with torch.no_grad():
            rebuilt, drawn = model.decode(model.encode(shown)[0]).sigmoid(), model.decode(z).sigmoid()
        assert np.abs(row_of_tiles(widget.reconstructions_png, 8) - rebuilt[:, 0].numpy()).max() <= 0.502 / 255
        assert np.abs(row_of_tiles(widget.samples_png, 8) - drawn[:, 0].numpy()).max() <= 0.502 / 255


def test_same_model_gives_the_same_numbers_and_pictures_for_every_beta() -> None:
    widget = BetaSlider({0.0: vae(0), 2.0: vae(0)}, some_images())
    first, second = widget.results.values()
    assert first._replace(beta=2.0) == second
    rows = pictures(widget)[:2]
    widget.set(beta=0.0)
    assert pictures(widget)[:2] == rows


def test_a_move_uses_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    models = {0.5: vae(0), 1.0: vae(1)}
    widget = BetaSlider(models, some_images())
    for model in models.values():
        monkeypatch.setattr(model, "encode", None)
        monkeypatch.setattr(model, "decode", None)
    widget.set(beta=0.5)
    assert widget.error == ""


def test_models_are_left_as_they_were() -> None:
    model = vae(0).train()
    model.decoder[0].eval()
    modes = [module.training for module in model.modules()]
    before = [p.clone() for p in model.parameters()]
    BetaSlider({1.0: model, 2.0: vae(1)}, some_images())
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert all(p.grad is None for p in model.parameters())


def test_the_marked_point_wanders_over_the_plane() -> None:
    widget, places = betas(), {}
    for beta, result in widget.results.items():
        widget.set(beta=beta)
        places[result.rate] = np.nonzero(painted(widget.plane_png, ROLES["gradient"]))[1].mean()
    assert [places[rate] for rate in sorted(places)] == sorted(places.values())
    assert len(set(places.values())) == 3


@pytest.mark.parametrize("n", [2, 5, 8])
def test_few_images_are_all_shown(n: int) -> None:
    widget = BetaSlider({1.0: vae(0), 2.0: vae(1)}, some_images(n))
    assert row_of_tiles(widget.reconstructions_png, n).shape == (n, 28, 28)
    assert widget._repr_mimebundle_()[0]["image/png"]


@pytest.mark.parametrize(
    ("models", "images", "error", "message"),
    [
        ({1.0: VAE(2)}, some_images(), ValueError, "`models` must map at least 2"),
        ({1.0: VAE(2), -1.0: VAE(2)}, some_images(), ValueError, "keys β >= 0 and finite, got -1.0"),
        ({1.0: VAE(2), math.nan: VAE(2)}, some_images(), ValueError, "keys β >= 0 and finite, got nan"),
        ({1.0: VAE(2), 2.0: VAE(3)}, some_images(), ValueError, "the same latent size"),
        ({1.0: VAE(2), 2.0: nn.Linear(2, 2)}, some_images(), TypeError, "`models` must hold VAEs, got Linear"),
        ({1.0: VAE(2), 2.0: Autoencoder(2)}, some_images(), TypeError, "`models` must hold VAEs, got Autoencoder"),
        ({1.0: VAE(2), 2.0: VAE(2)}, some_images(1), ValueError, "`images` must hold at least 2 images"),
        ({1.0: VAE(2), 2.0: VAE(2)}, some_images(4, 8), ValueError, r"`images` must have shape \(N, 1, 28, 28\)"),
    ],
)
def test_beta_slider_refuses_what_does_not_fit(
    models: dict[float, nn.Module], images: torch.Tensor, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        BetaSlider(models, images)


def test_weights_that_are_not_numbers_are_said_to_be_so() -> None:
    broken = vae(0)
    with torch.no_grad():
        broken.to_mu.weight[0, 0] = math.nan
    with pytest.raises(ValueError, match=r"β = 2 is not finite; look for NaN"):
        BetaSlider({1.0: vae(1), 2.0: broken}, some_images())


# BetaCalculator

SNIPPETS = [
    {},
    {"nll_pixels": "mean", "kl_latents": "sum"},
    {"nll_pixels": "mean", "kl_latents": "mean", "latents": 64, "kl_weight": 0.5},
    {"nll_pixels": "sum", "nll_batch": "sum", "kl_batch": "sum"},
    {"nll_pixels": "sum", "nll_batch": "sum", "kl_batch": "mean", "batch": 64},
    {"nll_pixels": "sum", "nll_weight": 0.5, "likelihood": "squared error", "squared_error_variance": 1.0},
    {"nll_pixels": "mean", "pixels": 12288, "likelihood": "squared error", "squared_error_variance": 0.01},
    {"nll_pixels": "mean", "kl_weight": 0.0},
]


@pytest.mark.parametrize("moves", SNIPPETS)
def test_beta_and_every_factor_are_those_of_the_course_s_function(moves: dict[str, object]) -> None:
    widget = BetaCalculator()
    widget.set(**moves)
    code = {"pixels": 784, "latents": 20, "batch": 128, "nll_pixels": "mean", **moves}
    if code.pop("likelihood", None) is None:
        code.pop("squared_error_variance", None)
    assert widget.beta == effective_beta(**code)
    line = next(line for line in widget.text.splitlines() if line.startswith("β = "))
    over, under, result = parts_of(line)
    assert over / under == pytest.approx(widget.beta, rel=2e-3, abs=1e-12)
    assert result == pytest.approx(widget.beta, rel=1e-3, abs=1e-12)


def number_in(text: str) -> float:
    digits = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(digits.replace(",", "").replace("·10", "e"))


def parts_of(line: str) -> tuple[float, float, float]:
    """Return the numbers of "β = KL / reconstruction = 1 / 0.5 = 2"."""
    _, _, quotient, result = line.split(" = ")
    over, under = quotient.split(" / ")
    return number_in(over), number_in(under), number_in(result)


@pytest.mark.parametrize(("nll", "words"), [("mean", "÷ 784"), ("sum", "sum over pixels: × 1")])
def test_derivation_says_what_divides_the_reconstruction(nll: str, words: str) -> None:
    widget = BetaCalculator()
    widget.set(nll_pixels=nll)
    assert words in widget.text.replace("\N{NO-BREAK SPACE}", " ")


def test_beta_is_the_ratio_of_the_gradients() -> None:
    # the loss as code would have it, and −ELBO with β in front of the KL: the same direction downhill
    widget = BetaCalculator()
    widget.set(nll_pixels="mean", nll_batch="sum", kl_latents="mean", kl_batch="mean", kl_weight=3.0)
    widget.set(pixels=30, latents=4, batch=6, likelihood="squared error", squared_error_variance=0.25)
    draw = torch.Generator().manual_seed(0)
    x, x_hat = (torch.randn(6, 30, generator=draw, dtype=torch.float64) for _ in range(2))
    mu = torch.randn(6, 4, generator=draw, dtype=torch.float64)
    x_hat.requires_grad_()
    mu.requires_grad_()
    code = (x - x_hat).square().mean(1).sum() + 3.0 * (0.5 * mu.square()).mean()
    honest = -Normal(x_hat, 0.5).log_prob(x).sum(1).mean() + widget.beta * (0.5 * mu.square()).sum(1).mean()
    by_code, by_honest = torch.autograd.grad(code, (x_hat, mu)), torch.autograd.grad(honest, (x_hat, mu))
    scales = [(a / b).flatten() for a, b in zip(by_code, by_honest, strict=True)]
    assert torch.allclose(torch.cat(scales), scales[0][0])


@pytest.mark.parametrize(
    ("beta", "words"),
    [
        (1.0, "−ELBO"),
        (784.0, "the KL wins"),
        (3.0, "above 1"),
        (1.1, "close to −ELBO"),
        (0.5, "below 1"),
        (0.001, "nearly an autoencoder"),
        (0.0, "there is no KL"),
    ],
)
def test_verdict_in_words(beta: float, words: str) -> None:
    assert words in verdict(beta, 1.0)


def test_factor_that_both_terms_share_is_named() -> None:
    widget = BetaCalculator()
    widget.set(nll_pixels="sum", nll_batch="sum", kl_batch="sum")
    assert widget.beta == 1.0
    assert "Verdict: −ELBO × 128" in widget.text.replace("\N{NO-BREAK SPACE}", " ")


def test_variance_matters_for_squared_errors_only() -> None:
    widget = BetaCalculator()
    variance = widget.controls["squared_error_variance"]
    assert variance.disabled
    before = widget.beta
    widget.set(squared_error_variance=0.1)
    assert widget.beta == before
    widget.set(likelihood="squared error")
    assert not variance.disabled
    assert widget.beta == pytest.approx(before / 0.2)
    assert "σ² = 392" in widget.text
    widget.set(squared_error_variance=392.0)
    assert widget.beta == pytest.approx(1.0)
    assert variance_words({**widget._code, "kl_weight": 0.0}) == []


def test_a_beta_beyond_the_axis_is_marked_at_its_end() -> None:
    widget = BetaCalculator()
    for weight in (1e9, 1e-9, 0.0):
        widget.set(nll_pixels="sum", kl_weight=weight)
        assert widget.error == ""
        assert abs(widget._plot._bar.get_width()) == 5
        assert painted(widget.png, ROLES["gradient"]).any() == (weight > 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (1.0, "1"), (784.0, "784"), (100352.0, "100,400"), (0.5, "0.5"), (1 / 784, "0.001276"),
        (100.0, "100"), (2.5e-7, "2.5·10⁻⁷"), (1e9, "1·10⁹"), (12345678.0, "1.23·10⁷"), (9.99996, "10"),
    ],
)  # fmt: skip
def test_plain_numbers(value: float, text: str) -> None:
    assert plain(value) == text
