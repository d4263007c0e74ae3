import base64
import io

import numpy as np
import pytest
import torch
from gallery import random_images, random_vae
from PIL import Image
from reading import decoded_alone, grey
from torch import nn

from course_utils.losses import bernoulli_nll
from course_utils.models import VAE
from course_utils.plots.style import PALETTE, ROLES
from course_utils.widgets import FrozenNoise
from course_utils.widgets.base.pixels import mixtures
from course_utils.widgets.frozen_noise.plot import UNDER_BELL


def noise(*, model: nn.Module | None = None, **arguments: object) -> FrozenNoise:
    return FrozenNoise(model or random_vae(1), random_images(1)[0], **arguments)


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
    model = random_vae(1, backbone=backbone).double()
    x = random_images(1)[0].double()
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
    x = random_images(1)[0]
    model = random_vae(1)
    widget = noise(model=model)
    widget.set(mu=-1.0)
    z = torch.tensor([[widget.step.z]])
    assert np.abs(grey(widget.image_png) - decoded_alone(model, z, 168)).max() <= 0.501 / 255
    assert np.abs(grey(widget.target_png) - np.kron(x[0], np.ones((6, 6)))).max() <= 0.501 / 255


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
    model = random_vae(1)
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
    x = random_images(1)[0]
    widget = FrozenNoise(random_vae(1), x)
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


def test_still_picture_keeps_the_colours_that_have_a_meaning() -> None:
    data, _ = noise()._repr_mimebundle_()
    rgb = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB")).astype(int)
    for color in ("latent", "noise", "gradient", "data"):
        wanted = [int(ROLES[color][i : i + 2], 16) for i in (1, 3, 5)]
        assert (np.abs(rgb - wanted).max(axis=2) <= 4).sum() >= 10, color


def test_a_model_without_a_decoder_is_refused() -> None:
    with pytest.raises(TypeError, match=r"`model` .* Linear"):
        FrozenNoise(nn.Linear(2, 2), torch.zeros(1, 28, 28))


def test_alternative_text_says_where_z_is_drawn() -> None:
    widget = noise()
    widget.set(mu=1.0, sigma=0.5, eps=1.0)
    assert "point downhill at z" in widget._alt()
    widget.set(mu=3.0, sigma=2.0, eps=2.0)
    assert "z = 7.00 lies beyond the axis" in widget._alt()
    assert "downhill at z" not in widget._alt()
