"""`NoiseDial`: at 0 the autoencoder itself, elsewhere noise as wide as it says."""

import math

import numpy as np
import pytest
import torch
from gallery import random_autoencoder, random_images, random_vae
from reading import grey
from torch import nn

from course_utils.losses import bernoulli_nll
from course_utils.widgets import NoiseDial
from course_utils.widgets.noise_dial.dial import STOPS


@pytest.mark.parametrize("backbone", ["dense", "conv"])
@pytest.mark.parametrize("n", [2, 8])
def test_at_zero_it_is_the_autoencoder_bit_for_bit(backbone: str, n: int) -> None:
    model, images = random_autoencoder(3, backbone=backbone), random_images(n)
    widget = NoiseDial(model, images)
    widget.set(sigma=0.0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as the widget does
    with torch.no_grad():
        logits = model(images)
    torch.set_num_threads(threads)
    assert torch.equal(widget.shown, images)
    for draw in widget.redraws:
        assert torch.equal(draw, logits.sigmoid())
    assert widget.losses[0.0].mean == bernoulli_nll(logits, images).double().mean().item()
    assert (widget.losses[0.0].rise, widget.losses[0.0].error) == (0, 0)
    assert "this is the autoencoder" in widget.text
    assert f"{widget.losses[0.0].mean:.1f} nats per image, mean over {n} images" in widget.text


class Watched(nn.Module):
    """An autoencoder that remembers every code that it decodes."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.latent, self.inner, self.seen = latent, random_autoencoder(latent), []

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner.encode(x)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        self.seen.append(z.clone())
        return self.inner.decode(z)


def noises(spread: object, n: int = 400) -> tuple[NoiseDial, dict[float, torch.Tensor]]:
    """Return by σ how far the codes of the loss are from f(x)."""
    model, images = Watched(4), random_images(n)
    model.seen.clear()
    widget = NoiseDial(model, images, spread)
    codes = model.encode(images[::2]).detach()
    measured = [z for z in model.seen if z.shape == codes.shape]
    return widget, {sigma: z - codes for sigma, z in zip(STOPS, measured, strict=True)}


@pytest.mark.parametrize("spread", [None, 0.7, torch.tensor([0.1, 1.0, 5.0, 0.0])])
def test_noise_is_as_wide_as_the_dial_says(spread: object) -> None:
    widget, noise = noises(spread)
    if spread is None:
        codes = random_autoencoder(4).encode(random_images(400)[::2]).detach()
        assert torch.allclose(widget.spread, codes.std(0, correction=0), rtol=1e-5)
    else:
        assert torch.equal(widget.spread, torch.as_tensor(spread).expand(4))
    assert not noise[0.0].any()
    for sigma in (0.05, 0.5, 2.0):
        widths, expected = noise[sigma].pow(2).mean(0).sqrt(), sigma * widget.spread
        # the root mean square of 200 normal draws has a relative standard error of 1/√400
        assert torch.all((widths - expected).abs() <= 4 / 400**0.5 * expected + 1e-5)
        means = noise[sigma].mean(0).abs()
        assert torch.all(means <= 4 * expected / 200**0.5 + 1e-5)
    # the noise is kept while σ moves
    assert torch.allclose(noise[2.0], 4 * noise[0.5], atol=1e-4)


def test_losses_are_measured_on_the_noisy_codes_with_their_standard_error() -> None:
    model, images = Watched(2), random_images(50)
    model.seen.clear()
    widget = NoiseDial(model, images, 0.5)
    noisy = [z for z in model.seen if len(z) == 50]
    with torch.no_grad():
        without, at = (bernoulli_nll(model.inner.decode(noisy[STOPS.index(s)]), images).double() for s in (0.0, 0.8))
    loss = widget.losses[0.8]
    assert loss.mean == pytest.approx(at.mean().item(), rel=1e-6)
    assert loss.rise == pytest.approx((at - without).mean().item(), rel=1e-6)
    assert loss.error == pytest.approx(np.std((at - without).numpy(), ddof=1) / math.sqrt(50), rel=1e-6)
    widget.set(sigma=0.8)
    rise = f"{loss.rise:+.1f} ± {loss.error:.1f} (standard error) above σ = 0".replace("-", "−")
    assert f"{loss.mean:.1f} nats per image, mean over 50 images; {rise}" in widget.text


def test_pictures_show_the_redraws_of_the_moment() -> None:
    widget = NoiseDial(random_autoencoder(2), random_images(3))
    for sigma in (0.0, 1.0):
        widget.set(sigma=sigma)
        png, redraws = grey(widget.png), widget.redraws
        assert redraws.shape == (3, 3, 1, 28, 28)
        scale = png.shape[1] // (3 * 29 - 1)
        small = png[::scale, ::scale]
        for row, column in ((0, 0), (1, 2), (2, 1)):
            tile = small[29 * row : 29 * row + 28, 29 * column : 29 * column + 28]
            assert np.abs(tile - redraws[row, column, 0].numpy()).max() <= 0.502 / 255
    assert not torch.equal(widget.redraws[0], widget.redraws[1])


def test_eight_images_are_shown_and_two_hundred_measured() -> None:
    images = random_images(250)
    widget = NoiseDial(random_autoencoder(1), images)
    assert torch.equal(widget.shown, images[[i * 250 // 8 for i in range(8)]])
    assert "mean over 200 images" in widget.text


def test_new_noise_is_drawn_by_the_button_and_repeats_with_the_seed() -> None:
    one, same, other = (NoiseDial(random_autoencoder(2), random_images(4), seed=seed) for seed in (3, 3, 4))
    assert torch.equal(one.redraws, same.redraws)
    assert not torch.equal(one.redraws, other.redraws)
    before, zero = one.redraws, one.losses[0.0]
    one.controls["draw"].click()
    assert not torch.equal(one.redraws, before)
    assert one.losses[0.0] == zero
    assert one.error == ""
    same.controls["draw"].click()
    assert torch.equal(one.redraws, same.redraws)
    assert one.png == same.png


def test_weights_that_are_not_numbers_are_said_to_be_so_and_the_old_pictures_stay() -> None:
    model = random_autoencoder(2)
    widget = NoiseDial(model, random_images(3))
    before = widget.png, widget.loss_png, widget.text
    with torch.no_grad():
        model.decoder[0].weight.fill_(math.nan)
    widget.controls["draw"].click()
    assert "not finite" in widget.error
    assert (widget.png, widget.loss_png, widget.text) == before
    widget.set(sigma=0.0)
    assert widget.error == ""
    with torch.no_grad():
        model.features[1].weight.fill_(math.nan)
    with pytest.raises(ValueError, match="codes of `images` are not finite; look for NaN"):
        NoiseDial(model, random_images(3))


def test_the_model_and_the_world_are_left_alone() -> None:
    model, random = random_autoencoder(2), torch.get_rng_state()
    model.train()
    model.decoder[0].eval()  # modes may be mixed
    modes = [module.training for module in model.modules()]
    weights = [parameter.clone() for parameter in model.parameters()]
    widget = NoiseDial(model, random_images(3))
    widget.controls["draw"].click()
    assert [module.training for module in model.modules()] == modes
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(*pair) for pair in zip(weights, model.parameters(), strict=True))
    assert torch.equal(torch.get_rng_state(), random)
    widget.shown.zero_()
    widget.redraws.zero_()
    widget.spread.zero_()
    assert widget.shown.any()
    assert widget.redraws.any()
    assert widget.spread.any()


def test_one_image_is_enough_if_the_spread_is_given() -> None:
    widget = NoiseDial(random_autoencoder(2), random_images(1), 0.5)
    assert widget.redraws.shape == (3, 1, 1, 28, 28)
    assert "nats per image, mean over 1 image;" in widget.text
    assert "standard error" not in widget.text  # of one number there is none


def test_many_dimensions_are_summed_up() -> None:
    widget = NoiseDial(random_autoencoder(7), random_images(3), torch.arange(1.0, 8.0))
    widget.set(sigma=0.5)
    assert "a standard deviation of 0.5 to 3.5 in 7 dimensions" in widget.text
    assert "Spread of the codes, as it was given: 1 to 7 in 7 dimensions" in widget.text


@pytest.mark.parametrize(
    ("model", "count", "spread", "error", "message"),
    [
        (lambda: nn.Linear(2, 2), 3, None, TypeError, "`model` must be an Autoencoder, got Linear"),
        (lambda: random_vae(2), 3, None, TypeError, "`model` must be an Autoencoder, got VAE, whose encoder gives no"),
        (lambda: random_autoencoder(2), 1, None, ValueError, "`images` must hold at least 2 images, got 1"),
        (lambda: random_autoencoder(2), 3, -1.0, ValueError, "`spread` must be >= 0 and finite, got -1.0"),
        (lambda: random_autoencoder(2), 3, "1", TypeError, "`spread` must be a number, got '1'"),
        (lambda: random_autoencoder(2), 3, torch.ones(3), ValueError, r"`spread` must have shape \(2.*got \(3,\)"),
        (lambda: random_autoencoder(2), 3, torch.tensor([1, math.nan]), ValueError, "`spread` must be >= 0 and finite"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    model: object, count: int, spread: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        NoiseDial(model(), random_images(count), spread)
