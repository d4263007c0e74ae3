import base64
import io
from collections.abc import Callable

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from course_utils.losses import bernoulli_nll, kl_terms
from course_utils.models import VAE, Autoencoder
from course_utils.plots import PALETTE, ROLES
from course_utils.widgets import FrozenNoise, LatentSliders
from course_utils.widgets.base.controls import on_grid
from course_utils.widgets.base.pixels import mixtures
from course_utils.widgets.frozen_noise_plot import UNDER_BELL

Widget = LatentSliders | FrozenNoise


def seeded(build: Callable[[], nn.Module]) -> nn.Module:
    """Build a model from fixed random weights, larger than at the start of training so that the images differ."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)
    return model


def some_images(n: int = 4) -> torch.Tensor:
    return torch.rand(n, 1, 28, 28, generator=torch.Generator().manual_seed(1))


def sliders(latent: int = 2, *, model: nn.Module | None = None, **arguments: object) -> LatentSliders:
    return LatentSliders(model or seeded(lambda: VAE(latent)), **arguments)


def noise(*, model: nn.Module | None = None, **arguments: object) -> FrozenNoise:
    return FrozenNoise(model or seeded(lambda: VAE(1)), some_images(1)[0], **arguments)


def with_model(make: Callable[..., Widget]) -> tuple[Widget, nn.Module]:
    model = seeded(lambda: VAE(2 if make is sliders else 1))
    return make(model=model), model


def frames(box: ipywidgets.Box) -> list[ipywidgets.Box]:
    """Return the boxes that hold a picture each, with its caption."""
    inner = [frame for child in box.children if isinstance(child, ipywidgets.Box) for frame in frames(child)]
    return inner + [box] * any(isinstance(child, ipywidgets.Image) for child in box.children)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("L")) / 255


def decoded_alone(model: nn.Module, z: torch.Tensor, width: int) -> np.ndarray:
    with torch.no_grad():
        image = model.decode(z).sigmoid()[0, 0].double().numpy()
    return np.kron(image, np.ones((width // 28, width // 28)))


def pictures(widget: Widget) -> tuple[bytes, ...]:
    if isinstance(widget, LatentSliders):
        return (widget.png,)
    return widget.plot_png, widget.image_png


# Both widgets


@pytest.mark.parametrize(
    ("make", "name"), [(sliders, "z1"), (sliders, "z2"), (noise, "mu"), (noise, "sigma"), (noise, "eps")]
)
@pytest.mark.parametrize("by_message", [False, True])
def test_moving_a_slider_changes_pictures_and_read_out(make: Callable[[], Widget], name: str, by_message: bool) -> None:
    widget = make()
    before, said = pictures(widget), widget.text
    if by_message:  # as a message of the front end arrives
        widget.controls[name].set_state({"value": 1.2})
    else:
        widget.set(**{name: 1.2})
    assert all(old != new for old, new in zip(before, pictures(widget), strict=True))
    assert widget.text != said
    assert widget.error == ""


@pytest.mark.parametrize("make", [sliders, noise])
def test_bundle_holds_view_picture_and_words(make: Callable[[], Widget]) -> None:
    widget = make()
    data, metadata = widget._repr_mimebundle_(include=None, exclude=None)
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.ui.model_id
    assert len(metadata["image/png"]["alt"]) > 40
    assert widget.text in data["text/plain"]
    still = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert still.width > 500
    assert still.convert("RGB").getpixel((0, still.height - 1)) == (255, 255, 255)
    assert data["image/png"] == widget._repr_mimebundle_()[0]["image/png"]


def test_still_picture_keeps_the_colours_that_have_a_meaning() -> None:
    data, _ = noise()._repr_mimebundle_()
    rgb = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB")).astype(int)
    for color in ("latent", "noise", "gradient", "data"):
        wanted = [int(ROLES[color][i : i + 2], 16) for i in (1, 3, 5)]
        assert (np.abs(rgb - wanted).max(axis=2) <= 4).sum() >= 10, color


@pytest.mark.parametrize(("make", "name"), [(sliders, "course-latent-sliders"), (noise, "course-frozen-noise")])
def test_ui_carries_its_class_and_the_read_out(make: Callable[[], Widget], name: str) -> None:
    widget = make()
    assert name in widget.ui._dom_classes
    shown = "".join(part.value for part in widget.ui.children if isinstance(part, ipywidgets.HTML))
    assert widget.text.splitlines()[0].replace("<", "&lt;") in shown


@pytest.mark.parametrize(("make", "name"), [(sliders, "z1"), (noise, "mu")])
def test_an_error_is_shown_until_a_move_succeeds(
    make: Callable[[], Widget], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget, model = with_model(make)
    before = pictures(widget)

    def broken(z: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("no <decoder> today")

    with monkeypatch.context() as patch:
        patch.setattr(model, "decode", broken)
        widget.set(**{name: 1.0})
        assert "RuntimeError: no &lt;decoder&gt; today" in widget.error
        assert widget.ui.children[-1].value == widget.error
        assert pictures(widget) == before
    widget.set(**{name: 2.0})
    assert widget.error == ""
    assert pictures(widget) != before


@pytest.mark.parametrize(("make", "name"), [(sliders, "z1"), (noise, "mu")])
def test_weights_that_are_not_numbers_are_said_to_be_so(make: Callable[[], Widget], name: str) -> None:
    widget, model = with_model(make)
    with torch.no_grad():
        next(iter(model.decoder.parameters())).fill_(float("nan"))
    widget.set(**{name: 1.0})
    assert "not finite" in widget.error


@pytest.mark.parametrize(("make", "name"), [(sliders, "z1"), (noise, "mu")])
def test_two_widgets_share_nothing(make: Callable[[], Widget], name: str) -> None:
    one, other = make(), make()
    before, said = pictures(other), other.text
    one.set(**{name: 1.5})
    one.controls["draw"].click()
    assert (pictures(other), other.text, other.controls[name].value) == (before, said, 0.0)


@pytest.mark.parametrize(("make", "name"), [(sliders, "z1"), (noise, "mu")])
def test_the_world_outside_is_left_alone(make: Callable[[], Widget], name: str) -> None:
    random = torch.get_rng_state()
    widget, model = with_model(make)
    model.train()
    model.decoder[0].eval()  # modes may be mixed
    modes = [module.training for module in model.modules()]
    first, *others = model.parameters()
    first.grad = torch.ones_like(first)
    others[0].requires_grad_(False)
    widget.set(**{name: 1.0})
    widget.controls["draw"].click()
    assert torch.equal(torch.get_rng_state(), random)
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(first.grad, torch.ones_like(first))
    assert all(parameter.grad is None for parameter in others)
    assert [parameter.requires_grad for parameter in model.parameters()].count(False) == 1


@pytest.mark.parametrize(("make", "name"), [(sliders, "z1"), (noise, "mu")])
def test_one_thread_decodes_and_afterwards_there_are_as_many_as_before(
    make: Callable[[], Widget], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (widget, model), seen, threads = with_model(make), [], torch.get_num_threads()
    decode = model.decode

    def watched(z: torch.Tensor) -> torch.Tensor:
        seen.append(torch.get_num_threads())
        return decode(z)

    monkeypatch.setattr(model, "decode", watched)
    try:
        torch.set_num_threads(2)
        widget.set(**{name: 1.0})
        assert (seen, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(threads)


class Noisy(VAE):
    """A decoder that is random in training mode."""

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return nn.functional.dropout(super().decode(z), p=0.5, training=self.training)


def test_layers_that_are_random_in_training_are_used_as_in_evaluation() -> None:
    model = seeded(lambda: Noisy(2)).train()
    random = torch.get_rng_state()
    widget = LatentSliders(model)
    widget.set(z1=1.0)
    assert torch.equal(torch.get_rng_state(), random)
    assert np.abs(pixels(widget.png) - decoded_alone(model.eval(), widget.z, 224)).max() <= 0.501 / 255


@pytest.mark.parametrize("make", [sliders, noise])
def test_set_refuses_what_no_user_could_do(make: Callable[[], Widget]) -> None:
    widget = make()
    name = next(iter(widget.controls))
    said = widget.text
    with pytest.raises(ValueError, match="`z99` is not a control"):
        widget.set(**{name: 1.0, "z99": 0.0})
    with pytest.raises(ValueError, match=rf"`{name}` must lie in \[-3, 3\], got 3.5"):
        widget.set(**{name: 3.5})
    with pytest.raises(ValueError, match="`draw` is not a control"):
        widget.set(draw=1)
    assert widget.text == said


# LatentSliders


@pytest.mark.parametrize("backbone", ["dense", "conv"])
@pytest.mark.parametrize("latent", [1, 2, 64])
def test_picture_equals_an_independent_decode(backbone: str, latent: int) -> None:
    model = seeded(lambda: VAE(latent, backbone=backbone))
    widget = LatentSliders(model)
    for name in list(widget.controls)[: min(latent, 8)]:
        widget.set(**{name: 1.3})
    z = torch.zeros(1, latent)
    z[0, :8] = 1.3
    assert torch.equal(widget.z, z)
    assert np.abs(pixels(widget.png) - decoded_alone(model, z, 224)).max() <= 0.501 / 255


def test_autoencoder_has_plain_sliders_over_its_first_dimensions() -> None:
    model = seeded(lambda: Autoencoder(12))
    images = some_images()
    widget = LatentSliders(model, images=images)
    assert widget.dims == tuple(range(8))
    assert widget.controls["z1"].description == "z₁"
    with torch.no_grad():
        torch.testing.assert_close(widget.z, model.encode(images[:1]))


def test_default_sliders_are_the_most_used_dimensions_and_name_the_sleeping_ones() -> None:
    model, images = seeded(lambda: VAE(12)), some_images()
    with torch.no_grad():
        model.to_mu.weight[4] = model.to_logvar.weight[4] = 0  # q(z₅|x) = N(0, 1) for every x
        model.to_mu.bias[4] = model.to_logvar.bias[4] = 0
        kl = torch.stack(kl_terms(*model.encode(images))).sum(0).mean(0)
    widget = LatentSliders(model, images=images)
    assert list(widget.dims) == kl.argsort(descending=True)[:8].tolist()
    assert 4 not in widget.dims
    chosen = LatentSliders(model, images=images, dims=[4, 0])
    assert chosen.dims == (4, 0)
    assert chosen.controls["z5"].description == "z₅ · asleep"
    assert chosen.controls["z1"].description == f"z₁ · {kl[0]:.2f} nats"


def test_next_image_goes_through_the_mean_codes_in_turn() -> None:
    images, model = some_images(3), seeded(lambda: VAE(2))
    widget = sliders(model=model, images=images)
    with torch.no_grad():
        mu, _ = model.encode(images)
    for index in (0, 1, 2, 0):
        torch.testing.assert_close(widget.z, mu[index : index + 1])
        assert f"images[{index}]" in widget.text
        shown = pixels(frames(widget.ui)[1].children[1].value)
        assert np.abs(shown - np.kron(images[index, 0], np.ones((4, 4)))).max() <= 0.501 / 255
        widget.controls["next"].click()
    widget.set(image=2, z1=0.5)
    assert widget.z[0].tolist() == [0.5, mu[2, 1].item()]
    assert "z₁ by" in widget.text


def test_image_beside_is_hidden_when_the_code_is_not_its_own() -> None:
    widget = sliders(2, images=some_images())
    _, beside = frames(widget.ui)
    assert beside.layout.visibility == "visible"
    widget.controls["zero"].click()
    assert beside.layout.visibility == "hidden"
    assert widget.z.tolist() == [[0.0, 0.0]]


def test_draws_are_standard_normal_private_and_repeatable() -> None:
    codes = []
    for seed in (0, 0, 1):
        widget = sliders(64, seed=seed)
        widget.controls["draw"].click()
        codes.append(widget.z)
    assert torch.equal(codes[0], codes[1])
    assert not torch.equal(codes[0], codes[2])
    # ‖z‖² / Z is 1 on average, with a standard error of √(2 / 128)
    assert torch.cat(codes[1:]).square().mean().item() == pytest.approx(1, abs=4 * (2 / 128) ** 0.5)


def test_code_outside_the_sliders_is_decoded_exactly_until_it_is_moved() -> None:
    start, model = torch.tensor([4.2, 0.123]), seeded(lambda: VAE(2))
    widget = sliders(model=model, start=start)
    assert widget.controls["z1"].value == 3.0
    assert torch.equal(widget.z[0], start)
    assert np.abs(pixels(widget.png) - decoded_alone(model, start[None], 224)).max() <= 0.501 / 255
    assert "z₁ = 4.20" in widget.text
    widget.set(z2=1.0)
    assert widget.z[0].tolist() == pytest.approx([4.2, 1.0])
    widget.set(z1=3.0)  # where the slider is already
    assert widget.z[0].tolist() == pytest.approx([3.0, 1.0])
    assert "Beyond" not in widget.text


def test_the_echo_of_the_front_end_is_no_move() -> None:
    # A slider's view rounds to the grid and sends the result back as soon as it is drawn.
    widget = sliders(3, start=torch.tensor([0.44, -1.27, 9.0]))
    code, said = widget.z, widget.text
    for slider in (widget.controls[f"z{i}"] for i in (1, 2, 3)):
        assert slider.value == pytest.approx(-3 + 0.1 * round((slider.value + 3) / 0.1), abs=1e-9)
        slider.set_state({"value": slider.value + 1.2e-15})
    assert torch.equal(widget.z, code)
    assert widget.text == said


def test_on_grid_rounds_and_stays_inside() -> None:
    slider = ipywidgets.FloatSlider(min=0.05, max=2.0, step=0.05)
    assert [on_grid(slider, v) for v in (-1, 0.06, 0.08, 1.999, 7)] == [0.05, 0.05, 0.1, 2.0, 2.0]


def test_dimensions_without_a_slider_keep_their_values() -> None:
    start = torch.arange(20) / 10
    widget = sliders(20, start=start, dims=[3])
    widget.set(z4=-2.0)
    expected = start.clone()
    expected[3] = -2.0
    assert torch.equal(widget.z[0], expected)
    widget.controls["draw"].click()
    assert (widget.z[0] != expected).all()  # a draw is a draw of the whole code


def test_z_is_a_copy() -> None:
    widget = sliders(2)
    widget.z.fill_(7)
    assert widget.z.tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dims": []}, "`dims`"),
        ({"dims": [0, 0]}, "`dims`"),
        ({"dims": [2]}, r"`dims` must be different columns of z, from 0 to 1, got \(2,\)"),
        ({"start": torch.zeros(3)}, r"`start` .* got \(3,\)"),
        ({"start": torch.tensor([0.0, float("nan")])}, "`start` must be finite"),
        ({"images": torch.zeros(0, 1, 28, 28)}, "`images`"),
        ({"images": torch.zeros(4, 28, 28)}, r"`images` must have shape \(N, 1, 28, 28\)"),
    ],
)
def test_latent_sliders_refuse_what_does_not_fit(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sliders(2, **arguments)


def test_set_refuses_an_image_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="make the widget with `images`"):
        sliders(2).set(image=0)
    with pytest.raises(ValueError, match="from 0 to 3, got 4"):
        sliders(2, images=some_images()).set(image=4)


def test_models_without_a_decoder_are_refused() -> None:
    with pytest.raises(TypeError, match=r"`model` .* Linear"):
        LatentSliders(nn.Linear(2, 2))
    with pytest.raises(TypeError, match=r"`model` .* Linear"):
        FrozenNoise(nn.Linear(2, 2), torch.zeros(1, 28, 28))


# FrozenNoise


def test_with_frozen_noise_z_glides_with_mu_and_sigma() -> None:
    widget = noise()
    widget.set(mu=-0.5, sigma=0.5, eps=-1.25)
    z = widget.step.z
    assert z == pytest.approx(-0.5 - 0.5 * 1.25, abs=1e-6)
    widget.set(mu=1.0)
    assert widget.step.z - z == pytest.approx(1.5, abs=1e-6)
    widget.set(sigma=1.5)
    assert widget.step.z - z == pytest.approx(1.5 - 1.25 * 1.0, abs=1e-6)
    assert widget.step.eps == -1.25


def test_without_freezing_every_move_draws_new_noise() -> None:
    widget = noise()
    widget.set(freeze=False)
    seen = []
    for i in range(30):
        widget.set(mu=0.1 * i)
        seen.append(widget.step.eps)
        assert widget.step.z == pytest.approx(widget.step.mu + 0.8 * widget.step.eps, abs=1e-5)
    assert len(set(seen)) > 25
    assert "new one at every move" in widget.text
    widget.set(freeze=True)
    assert widget.controls["eps"].value == widget.step.eps == seen[-1]
    widget.set(mu=0.0)
    assert widget.step.eps == seen[-1]


def test_noise_is_repeatable_with_a_seed_and_drawn_by_the_button() -> None:
    def draws(seed: int) -> list[float]:
        widget = noise(seed=seed)
        eps = [widget.step.eps]
        for _ in range(5):
            widget.controls["draw"].click()
            assert widget.controls["eps"].value == widget.step.eps
            eps.append(widget.step.eps)
        return eps

    assert draws(3) == draws(3)
    assert draws(3) != draws(4)
    assert len(set(draws(3))) == 6


@pytest.mark.parametrize("backbone", ["dense", "conv"])
def test_gradients_equal_finite_differences(backbone: str) -> None:
    model = seeded(lambda: VAE(1, backbone=backbone)).double()
    x = some_images(1)[0].double()
    widget = FrozenNoise(model, x)

    def loss(mu: float, sigma: float, eps: float) -> float:
        with torch.no_grad():
            z = torch.tensor([[mu + sigma * eps]], dtype=torch.float64)
            return bernoulli_nll(model.decode(z), x[None]).item()

    for mu, sigma, eps in [(0.0, 0.8, 1.5), (-2.0, 0.3, -1.0), (1.5, 2.0, 0.4), (0.5, 1.0, 0.0)]:
        widget.set(mu=mu, sigma=sigma, eps=eps)
        step, h = widget.step, 1e-5
        by_mu = (loss(mu + h, sigma, eps) - loss(mu - h, sigma, eps)) / (2 * h)
        by_sigma = (loss(mu, sigma + h, eps) - loss(mu, sigma - h, eps)) / (2 * h)
        assert step.loss == pytest.approx(loss(mu, sigma, eps), rel=1e-9)
        assert step.d_mu == step.d_z == pytest.approx(by_mu, rel=1e-5, abs=1e-4)
        assert step.d_sigma == pytest.approx(by_sigma, rel=1e-5, abs=1e-4)
        assert step.d_sigma == pytest.approx(eps * step.d_z, rel=1e-9)


def test_read_out_states_the_numbers_of_the_step() -> None:
    widget = noise()
    widget.set(mu=1.0, sigma=0.5, eps=-1.5)
    step = widget.step
    assert "z = μ + σ·ε = 1.00 + 0.50 · (−1.50) = 0.250" in widget.text
    assert f"{step.loss:.1f} nats" in widget.text
    assert f"∂L/∂μ = ∂L/∂z = {step.d_mu:+.1f}".replace("-", "−") in widget.text
    assert f"∂L/∂σ = ε · ∂L/∂z = {step.d_sigma:+.1f}".replace("-", "−") in widget.text


def test_frozen_noise_shows_the_decoded_image_and_the_target() -> None:
    x = some_images(1)[0]
    widget, model = with_model(noise)
    widget.set(mu=-1.0)
    z = torch.tensor([[widget.step.z]])
    assert np.abs(pixels(widget.image_png) - decoded_alone(model, z, 168)).max() <= 0.501 / 255
    assert np.abs(pixels(widget.target_png) - np.kron(x[0], np.ones((6, 6)))).max() <= 0.501 / 255


def orange_columns(widget: FrozenNoise) -> np.ndarray:
    """Return the columns in which the point z is painted, as fractions of the plot's width."""
    rgb = np.asarray(Image.open(io.BytesIO(widget.plot_png)).convert("RGB")).astype(int)
    is_orange = np.abs(rgb - [0xE6, 0x9F, 0x00]).max(axis=2) < 12
    return np.flatnonzero(is_orange.any(axis=0)) / rgb.shape[1]


def test_the_point_is_painted_where_z_is() -> None:
    widget = noise()
    for mu in (-3.0, 0.0, 2.0):
        widget.set(mu=mu, sigma=0.5, eps=1.0)
        # the axis from -4 to 4 covers 84 % of the width, from 15 % on
        assert orange_columns(widget).mean() == pytest.approx(0.15 + 0.84 * (mu + 0.5 + 4) / 8, abs=0.01)


@pytest.mark.parametrize(("mu", "eps", "place"), [(3.0, 3.0, 0.98), (-3.0, -3.0, 0.16)])
def test_a_point_beyond_the_axis_is_painted_at_its_end(mu: float, eps: float, place: float) -> None:
    widget = noise()
    widget.set(mu=mu, sigma=2.0, eps=eps)
    assert widget.error == ""
    assert widget.step.z == pytest.approx(3 * mu)
    assert orange_columns(widget).mean() == pytest.approx(place, abs=0.01)


def test_palette_keeps_paper_and_inks_as_they_are() -> None:
    inks = [*(ROLES[role] for role in ("data", "latent", "noise", "gradient")), PALETTE["grey"], PALETTE["black"]]
    palette = mixtures(inks, ["white", UNDER_BELL])
    flat = Image.new("RGB", (len(inks) + 2, 1))
    for i, color in enumerate([*inks, "white", UNDER_BELL]):
        flat.putpixel(
            (i, 0), tuple(int(color.lstrip("#")[j : j + 2], 16) for j in (0, 2, 4)) if "#" in color else (255,) * 3
        )
    mapped = flat.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB")
    assert np.abs(np.asarray(mapped).astype(int) - np.asarray(flat).astype(int)).max() <= 4
    assert mapped.getpixel((len(inks), 0)) == (255, 255, 255)


@pytest.mark.usefixtures("no_float64")
def test_frozen_noise_needs_no_float64_on_the_device() -> None:
    widget = noise()
    widget.set(mu=1.0)
    assert widget.error == ""


def test_frozen_noise_works_in_every_gradient_mode() -> None:
    model = seeded(lambda: VAE(1))
    with torch.inference_mode():
        widget = FrozenNoise(model, torch.rand(1, 28, 28))
        widget.set(mu=1.0)
        assert widget.error == ""
    with torch.no_grad():
        widget.set(mu=-1.0)
    widget.set(mu=0.5)
    assert widget.error == ""
    assert widget.step.d_mu != 0


def test_frozen_noise_does_not_change_when_the_caller_changes_x() -> None:
    x = some_images(1)[0]
    widget = FrozenNoise(seeded(lambda: VAE(1)), x)
    loss = widget.step.loss
    x.zero_()
    widget.set(mu=1.0)
    widget.set(mu=0.0)
    assert widget.step.loss == loss


@pytest.mark.parametrize(
    ("latent", "shape", "message"),
    [
        (2, (1, 28, 28), r"one latent dimension, got 2; train a VAE\(1\)"),
        (1, (28, 28), r"`x` must be one grey image .* got \(28, 28\)"),
        (1, (2, 1, 28, 28), r"`x` must be one grey image .* use images\[0\]"),
    ],
)
def test_frozen_noise_refuses_what_does_not_fit(latent: int, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FrozenNoise(VAE(latent), torch.zeros(shape))


def test_latent_sliders_take_a_model_that_a_learner_wrote():
    class Mine(torch.nn.Module):  # what lesson 4 builds: no image_shape, no backbone
        def __init__(self):
            super().__init__()
            self.latent = 2
            self.to_mu, self.to_logvar, self.out = (torch.nn.Linear(a, b) for a, b in ((64, 2), (64, 2), (2, 64)))

        def encode(self, x):
            return self.to_mu(x.flatten(1)), self.to_logvar(x.flatten(1))

        def decode(self, z):
            return self.out(z).reshape(-1, 1, 8, 8)

    widget = LatentSliders(Mine(), images=torch.rand(3, 1, 8, 8))
    before = widget.png
    widget.set(z1=2.5)
    assert widget.error == ""
    assert widget.png != before
    with pytest.raises(ValueError, match=r"`images` must have shape \(N, 1, 8, 8\)"):
        LatentSliders(Mine(), images=torch.rand(3, 1, 28, 28))
