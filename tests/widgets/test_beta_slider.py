import io
import math

import numpy as np
import pytest
import torch
from gallery import beta_slider, pictures, random_images, random_vae
from PIL import Image
from reading import painted
from torch import nn
from torch.distributions import Normal, kl_divergence

from course_utils.models import VAE, Autoencoder
from course_utils.plots.style import ROLES
from course_utils.widgets import BetaSlider


def vae(seed: int, latent: int = 3) -> VAE:
    return random_vae(latent, seed=seed)


def expected_rate(model: VAE, images: torch.Tensor) -> float:
    with torch.no_grad():
        mu, logvar = model.encode(images)
    return kl_divergence(Normal(mu.double(), (0.5 * logvar).exp().double()), Normal(0.0, 1.0)).sum(1).mean().item()


def test_rate_equals_torch_distributions_and_bits_and_elbo_follow() -> None:
    widget = beta_slider()
    assert list(widget.results) == [0.5, 1.0, 4.0]
    for seed, beta in enumerate(widget.results):
        r = widget.results[beta]
        assert r.rate == pytest.approx(expected_rate(vae(seed), random_images(12)), rel=1e-4)
        assert r.bits == pytest.approx(r.rate / 0.6931471805599453)
        assert r.negative_elbo == r.rate + r.distortion


def test_distortion_lies_within_standard_errors_of_other_noise() -> None:
    model, images = vae(0), random_images(40)
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
    widget = BetaSlider({1: model, 100: collapsed}, random_images(12))
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
    images, models = random_images(20), {0.5: vae(0), 1.0: vae(1)}
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
    widget = BetaSlider({0.0: vae(0), 2.0: vae(0)}, random_images(12))
    first, second = widget.results.values()
    assert first._replace(beta=2.0) == second
    rows = pictures(widget)[:2]
    widget.set(beta=0.0)
    assert pictures(widget)[:2] == rows


def test_a_move_uses_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    models = {0.5: vae(0), 1.0: vae(1)}
    widget = BetaSlider(models, random_images(12))
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
    BetaSlider({1.0: model, 2.0: vae(1)}, random_images(12))
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert all(p.grad is None for p in model.parameters())


def test_the_marked_point_wanders_over_the_plane() -> None:
    widget, places = beta_slider(), {}
    for beta, result in widget.results.items():
        widget.set(beta=beta)
        places[result.rate] = np.nonzero(painted(widget.plane_png, ROLES["gradient"]))[1].mean()
    assert [places[rate] for rate in sorted(places)] == sorted(places.values())
    assert len(set(places.values())) == 3


@pytest.mark.parametrize("n", [2, 5, 8])
def test_few_images_are_all_shown(n: int) -> None:
    widget = BetaSlider({1.0: vae(0), 2.0: vae(1)}, random_images(n))
    assert row_of_tiles(widget.reconstructions_png, n).shape == (n, 28, 28)
    assert widget._repr_mimebundle_()[0]["image/png"]


@pytest.mark.parametrize(
    ("models", "images", "error", "message"),
    [
        ({1.0: VAE(2)}, random_images(12), ValueError, "`models` must map at least 2"),
        ({1.0: VAE(2), -1.0: VAE(2)}, random_images(12), ValueError, "keys β >= 0 and finite, got -1.0"),
        ({1.0: VAE(2), math.nan: VAE(2)}, random_images(12), ValueError, "keys β >= 0 and finite, got nan"),
        ({1.0: VAE(2), 2.0: VAE(3)}, random_images(12), ValueError, "the same latent size"),
        ({1.0: VAE(2), 2.0: nn.Linear(2, 2)}, random_images(12), TypeError, "`models` must hold VAEs, got Linear"),
        ({1.0: VAE(2), 2.0: Autoencoder(2)}, random_images(12), TypeError, "`models` must hold VAEs, got Autoencoder"),
        ({1.0: VAE(2), 2.0: VAE(2)}, random_images(1), ValueError, "`images` must hold at least 2 images"),
        ({1.0: VAE(2), 2.0: VAE(2)}, random_images(4, 8), ValueError, r"`images` must have shape \(N, 1, 28, 28\)"),
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
        BetaSlider({1.0: vae(1), 2.0: broken}, random_images(12))
