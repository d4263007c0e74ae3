import re

import ipywidgets
import numpy as np
import pytest
import torch
from gallery import random_images, random_vae
from reading import decoded_alone, grey
from torch import nn

from course_utils.losses import kl_terms
from course_utils.models import VAE, Autoencoder
from course_utils.widgets import LatentSliders
from course_utils.widgets.base.controls import on_grid
from course_utils.widgets.base.text import subscript


def sliders(latent: int = 2, *, model: nn.Module | None = None, **arguments: object) -> LatentSliders:
    return LatentSliders(model or random_vae(latent), **arguments)


def frames(box: ipywidgets.Box) -> list[ipywidgets.Box]:
    """Return the boxes that hold a picture each, with its caption."""
    inner = [frame for child in box.children if isinstance(child, ipywidgets.Box) for frame in frames(child)]
    return inner + [box] * any(isinstance(child, ipywidgets.Image) for child in box.children)


@pytest.mark.parametrize("backbone", ["dense", "conv"])
@pytest.mark.parametrize("latent", [1, 2, 64])
def test_picture_equals_an_independent_decode(backbone: str, latent: int) -> None:
    model = random_vae(latent, backbone=backbone)
    widget = LatentSliders(model)
    for name in list(widget.controls)[: min(latent, 8)]:
        widget.set(**{name: 1.3})
    z = torch.zeros(1, latent)
    z[0, :8] = 1.3
    assert torch.equal(widget.z, z)
    assert np.abs(grey(widget.png) - decoded_alone(model, z, 224)).max() <= 0.501 / 255


def test_autoencoder_has_plain_sliders_over_its_first_dimensions() -> None:
    model = Autoencoder(12)
    images = random_images(4)
    widget = LatentSliders(model, images=images)
    assert widget.dims == tuple(range(8))
    assert widget.controls["z1"].description == "z₁"
    with torch.no_grad():
        torch.testing.assert_close(widget.z, model.encode(images[:1]))


def test_default_sliders_are_the_most_used_dimensions_and_name_the_sleeping_ones() -> None:
    model, images = random_vae(12), random_images(4)
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


def test_all_sixteen_are_reachable_in_falling_order_of_kl_in_two_columns() -> None:
    model, images = random_vae(16), random_images(4)
    with torch.no_grad():
        kl = torch.stack(kl_terms(*model.encode(images))).sum(0).mean(0)
    limit = float(kl.sort().values[4])  # four lie below
    widget = LatentSliders(model, images=images, dims="all", asleep=limit)
    order = kl.argsort(descending=True).tolist()
    assert list(widget.dims) == order
    columns = widget.ui.children[0].children[0].children
    names = [[slider.description.split(" ")[0] for slider in column.children] for column in columns]
    assert [len(column) for column in names] == [8, 8]
    assert [*names[0], *names[1]] == [f"z{subscript(d + 1)}" for d in order]
    asleep = [d for d in order if kl[d] < limit]
    assert len(asleep) == 4
    for d in order:
        assert widget.controls[f"z{d + 1}"].description.endswith("asleep" if d in asleep else f"{kl[d]:.2f} nats")
    named = ", ".join(f"z{subscript(d + 1)}" for d in asleep)
    assert f"Asleep (KL below {limit:g} nats, averaged over the images): {named}" in widget.text
    assert f"Marked as asleep: {', '.join(f'z{d + 1}' for d in asleep)}. Below them" in widget._alt()
    widget.set(**{f"z{d + 1}": -1.5 for d in order})
    assert widget.z[0].tolist() == [-1.5] * 16
    assert widget.error == ""


def test_all_of_a_model_whose_kl_is_not_known_stand_in_their_own_order() -> None:
    widget = LatentSliders(Autoencoder(12), images=random_images(3), dims="all")
    assert widget.dims == tuple(range(12))
    assert "sleep" not in widget.text + widget._alt()
    assert LatentSliders(random_vae(3), dims="all").dims == (0, 1, 2)


def test_the_mean_of_the_codes_is_their_mean() -> None:
    images, model = random_images(3), random_vae(2)
    widget = sliders(model=model, images=images)
    widget.controls["mean"].click()
    with torch.no_grad():
        mu, _ = model.encode(images)
    torch.testing.assert_close(widget.z, mu.mean(0, keepdim=True))
    assert "From the mean of 3 codes: nothing moved yet" in widget.text
    assert frames(widget.ui)[1].layout.visibility == "hidden"
    assert "mean" not in sliders(2).controls


def test_the_read_out_says_how_much_the_decoded_image_has_changed() -> None:
    model, start = random_vae(3), torch.tensor([0.5, -0.5, 1.0])
    widget = LatentSliders(model, start=start)
    assert "changed" not in widget.text
    widget.set(z2=2.0)
    with torch.no_grad():
        one, other = (model.decode(z).sigmoid() for z in (start[None], widget.z))
    said = re.search(r"changed by ([\d.]+) per pixel", widget.text)
    assert float(said[1]) == pytest.approx((one - other).abs().mean().item(), abs=0.0025)
    widget.controls["zero"].click()
    assert "changed" not in widget.text


def test_next_image_goes_through_the_mean_codes_in_turn() -> None:
    images, model = random_images(3), random_vae(2)
    widget = sliders(model=model, images=images)
    with torch.no_grad():
        mu, _ = model.encode(images)
    for index in (0, 1, 2, 0):
        torch.testing.assert_close(widget.z, mu[index : index + 1])
        assert f"images[{index}]" in widget.text
        shown = grey(frames(widget.ui)[1].children[1].value)
        assert np.abs(shown - np.kron(images[index, 0], np.ones((4, 4)))).max() <= 0.501 / 255
        widget.controls["next"].click()
    widget.set(image=2, z1=0.5)
    assert widget.z[0].tolist() == [0.5, mu[2, 1].item()]
    assert "z₁ by" in widget.text


def test_image_beside_is_hidden_when_the_code_is_not_its_own() -> None:
    widget = sliders(2, images=random_images(4))
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
    start, model = torch.tensor([4.2, 0.123]), random_vae(2)
    widget = sliders(model=model, start=start)
    assert widget.controls["z1"].value == 3.0
    assert torch.equal(widget.z[0], start)
    assert np.abs(grey(widget.png) - decoded_alone(model, start[None], 224)).max() <= 0.501 / 255
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
        ({"dims": "some"}, "`dims` must be \"all\", or .* got 'some'"),
        ({"asleep": -1.0}, "`asleep` must be >= 0"),
        ({"dims": [2]}, r"`dims` must be \"all\", or different columns of z, from 0 to 1, got \(2,\)"),
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
        sliders(2, images=random_images(4)).set(image=4)


def test_a_model_without_a_decoder_is_refused() -> None:
    with pytest.raises(TypeError, match=r"`model` .* Linear"):
        LatentSliders(nn.Linear(2, 2))


class Noisy(VAE):
    """A decoder that is random in training mode."""

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return nn.functional.dropout(super().decode(z), p=0.5, training=self.training)


def test_layers_that_are_random_in_training_are_used_as_in_evaluation() -> None:
    model = random_vae(2, kind=Noisy).train()
    random = torch.get_rng_state()
    widget = LatentSliders(model)
    widget.set(z1=1.0)
    assert torch.equal(torch.get_rng_state(), random)
    assert np.abs(grey(widget.png) - decoded_alone(model.eval(), widget.z, 224)).max() <= 0.501 / 255


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
