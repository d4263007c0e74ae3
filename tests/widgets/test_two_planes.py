"""`TwoPlanes`: a move is as many spreads in both planes, and what is shown is what each model decodes there."""

import math

import numpy as np
import pytest
import torch
from gallery import random_autoencoder, random_images, random_vae, two_planes
from reading import decoded_alone, grey, painted
from torch import nn

from course_utils.plots.style import ROLES
from course_utils.widgets import TwoPlanes

IMAGES = random_images(40)


def codes_of(ae: nn.Module, vae: nn.Module) -> list[torch.Tensor]:
    with torch.no_grad():
        return [ae.encode(IMAGES).double(), vae.encode(IMAGES)[0].double()]


def spread(codes: torch.Tensor) -> float:
    """Root of the variance, averaged over the two dimensions, by hand."""
    variances = [
        sum((x - column.mean().item()) ** 2 for x in column.tolist()) / (len(column) - 1) for column in codes.T
    ]
    return math.sqrt(sum(variances) / 2)


def test_a_move_is_as_many_spreads_of_its_own_codes_in_each_plane() -> None:
    ae, vae = random_autoencoder(2), random_vae(2, seed=3)
    widget, codes = TwoPlanes(ae, vae, IMAGES), codes_of(ae, vae)
    means = torch.stack([code.mean(0) for code in codes])
    assert torch.allclose(widget.z, means, rtol=1e-5)
    sizes = torch.tensor([[spread(code)] for code in codes], dtype=torch.float64)
    for right, up in [(1.0, 0.0), (-3.0, 3.0), (0.25, -1.5)]:
        widget.set(right=right, up=up)
        step = torch.tensor([right, up], dtype=torch.float64)
        assert torch.allclose(widget.z, means + step * sizes, rtol=1e-5, atol=1e-6)
    assert "moved by (+0.25, −1.50) spreads" in widget.text
    assert not torch.allclose(sizes[0], sizes[1], rtol=0.05)  # else the test could not tell


def test_nearest_codes_and_their_number_are_those_that_cdist_finds() -> None:
    ae, vae = random_autoencoder(2), random_vae(2, seed=3)
    widget, codes = TwoPlanes(ae, vae, IMAGES), codes_of(ae, vae)
    for right, up in [(0.0, 0.0), (0.5, -0.5), (-2.0, 1.0), (0.1, 0.1)]:
        widget.set(right=right, up=up)
        for i, name in enumerate(["autoencoder", "VAE"]):
            distances = torch.cdist(widget.z[i : i + 1], codes[i])[0] / spread(codes[i])
            assert widget.nearest[i].row == distances.argmin()
            assert widget.nearest[i].distance == pytest.approx(distances.min().item(), rel=1e-4)
            line = next(line for line in widget.text.splitlines() if line.startswith(name))
            assert f"{widget.nearest[i].distance:.3g} from images[{widget.nearest[i].row}];" in line
            assert line.endswith(f"codes within 0.25: {int((distances <= 0.25).sum())}")


@pytest.mark.parametrize("backbone", ["dense", "conv"])
def test_images_are_what_the_models_decode_at_their_cursors(backbone: str) -> None:
    ae, vae = random_autoencoder(2, backbone=backbone), random_vae(2, seed=3, backbone=backbone)
    widget = TwoPlanes(ae, vae, IMAGES)
    for right in (0.0, 1.5):
        widget.set(right=right, up=0.5)
        alone = [decoded_alone(model, z.float()[None], 112) for model, z in zip((ae, vae), widget.z, strict=True)]
        for view, expected in zip(widget._views, alone, strict=True):
            assert np.abs(grey(bytes(view.value)) - expected).max() <= 0.502 / 255
        assert np.abs(grey(widget.image_png) - np.hstack(alone)).max() <= 0.502 / 255


def test_next_image_goes_to_its_code_in_each_space_and_shows_it() -> None:
    ae, vae = random_autoencoder(2), random_vae(2, seed=3)
    widget, codes = TwoPlanes(ae, vae, IMAGES), codes_of(ae, vae)
    assert widget._beside.layout.visibility == "hidden"
    widget.set(right=1.0)
    for index in (0, 1, 2):
        widget.controls["next"].click()
        assert torch.allclose(widget.z, torch.stack([code[index] for code in codes]), rtol=1e-5)
        assert [near.row for near in widget.nearest] == [index, index]
        assert widget.controls["right"].value == 0
        assert widget.text.startswith(f"Each cursor begins at its code of images[{index}]; not moved\n")
        assert widget.text.count(f"the code of images[{index}];") == 2
        shown = grey(bytes(widget._image_view.value))
        assert np.abs(shown - np.kron(IMAGES[index, 0], np.ones((4, 4)))).max() <= 0.501 / 255
        assert widget._alt().endswith(f"decodes there, and images[{index}].")
    widget.set(image=7, up=-1.0)
    step = torch.tensor([[0.0, -spread(code)] for code in codes], dtype=torch.float64)
    assert torch.allclose(widget.z, torch.stack([code[7] for code in codes]) + step, rtol=1e-5, atol=1e-6)
    widget.controls["mean"].click()
    assert torch.allclose(widget.z, torch.stack([code.mean(0) for code in codes]), rtol=1e-5)
    assert widget._beside.layout.visibility == "hidden"
    assert "images[7]" not in widget._alt()


def test_a_draw_is_the_same_two_numbers_in_both_and_repeats_with_the_seed() -> None:
    draws = []
    for seed in (0, 0, 1):
        widget = two_planes(seed=seed)
        widget.controls["draw"].click()
        assert torch.equal(widget.z[0], widget.z[1])
        assert "one draw z ~ N(0, I)" in widget.text
        draws.append(widget.z[0])
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_cursors_begin_in_the_middle_of_both_planes_and_move_by_the_same_way() -> None:
    widget = two_planes()
    places = []
    for right in (0.0, 1.5):
        widget.set(right=right)
        columns = np.flatnonzero(painted(widget.png, ROLES["latent"]).any(axis=0))
        middle = len(painted(widget.png, "#ffffff")[0]) // 2
        places.append([columns[columns < middle].mean(), columns[columns > middle].mean()])
    left, right = (after - before for before, after in zip(*places, strict=True))
    assert left == pytest.approx(right, abs=2)
    assert left == pytest.approx(1.5 / (2 * widget._half) * 300 * 1.25, abs=3)


def test_a_cursor_outside_its_plane_is_drawn_at_the_edge_and_said_to_be_outside() -> None:
    widget = two_planes()
    assert "Outside" not in widget.text
    far = max(range(60), key=lambda i: float(widget._spaces[0].codes[i, 0]))
    widget.set(image=far, right=3.0)
    reach = (widget._spaces[0].codes[far, 0] - widget._spaces[0].middle[0, 0]) / widget._spaces[0].spread + 3
    assert reach > widget._half  # else nothing is tested
    assert "Outside its plane, and drawn at the edge: the autoencoder's cursor" in widget.text
    assert "drawn at the edge: the autoencoder's cursor" in widget._alt()
    columns = np.flatnonzero(painted(widget.png, ROLES["latent"]).any(axis=0))
    assert columns[columns < 480].mean() == pytest.approx(1.25 * 362, abs=4)


def test_codes_that_fit_no_plane_are_counted() -> None:
    class Lonely(nn.Module):  # one of a hundred codes is far away: ten spreads would be needed
        latent = 2

        def __init__(self) -> None:
            super().__init__()
            self.out = nn.Linear(2, 784)

        def encode(self, x: torch.Tensor) -> torch.Tensor:
            return torch.where(torch.arange(len(x))[:, None] == 3, 1000.0, x.flatten(1)[:, :2])

        def decode(self, z: torch.Tensor) -> torch.Tensor:
            return self.out(z).view(-1, 1, 28, 28)

    widget = TwoPlanes(Lonely(), random_vae(2), random_images(100))
    assert "Outside their planes, and not drawn: 1 codes" in widget.text
    widget.set(image=3)
    assert "Outside its plane, and drawn at the edge: the autoencoder's cursor" in widget.text
    assert widget.error == ""


def test_classes_are_named_and_without_labels_there_are_none() -> None:
    widget = two_planes()
    widget.set(right=0.5)
    for near in widget.nearest:
        assert f"images[{near.row}] ({['shoe', 'bag', 'coat'][near.row % 3]})" in widget.text
    assert "coloured by class" in widget._alt()
    numbered = two_planes(classes=None)
    assert f"images[{numbered.nearest[0].row}] ({numbered.nearest[0].row % 3})" in numbered.text
    plain = two_planes(labels=None, classes=None)
    assert "class" not in plain.text + plain._alt()


def test_the_models_are_left_as_they_were() -> None:
    ae, vae, random = random_autoencoder(2).train(), random_vae(2), torch.get_rng_state()
    ae.decoder[0].eval()
    modes = [module.training for model in (ae, vae) for module in model.modules()]
    widget = TwoPlanes(ae, vae, IMAGES)
    widget.set(right=0.5)
    widget.controls["draw"].click()
    assert [module.training for model in (ae, vae) for module in model.modules()] == modes
    assert all(parameter.grad is None for model in (ae, vae) for parameter in model.parameters())
    assert torch.equal(torch.get_rng_state(), random)
    with torch.no_grad():
        vae.decoder[0].weight.fill_(math.nan)
    widget.set(right=0.0)
    assert "not finite" in widget.error


def constant(model: nn.Module) -> nn.Module:
    """Let an encoder say the same of every image."""
    with torch.no_grad():
        for parameter in model.to_mu.parameters():
            parameter.zero_()
    return model


@pytest.mark.parametrize(
    ("models", "arguments", "error", "message"),
    [
        ((nn.Linear(2, 2), random_vae(2)), {}, TypeError, "`ae` must be an Autoencoder, got Linear"),
        ((random_vae(2), random_autoencoder(2)), {}, TypeError, "`ae` must be an Autoencoder, .* exchanged"),
        ((random_autoencoder(2), random_autoencoder(2)), {}, TypeError, "`vae` must be a VAE, .* exchanged"),
        ((random_autoencoder(2), random_vae(3)), {}, ValueError, "`vae` must have two latent dimensions, got 3"),
        ((random_autoencoder(2), constant(random_vae(2))), {}, ValueError, "`vae` must encode the 40 images diff"),
        (None, {"images": random_images(1)}, ValueError, "`images` must have shape .* N >= 2"),
        (None, {"images": IMAGES[:, 0]}, ValueError, r"`images` must have shape \(N, 1, 28, 28\)"),
        (None, {"labels": torch.zeros(4)}, ValueError, r"`labels` must have shape \(40,\)"),
        (None, {"labels": torch.full((40,), 3), "classes": ["a", "b"]}, ValueError, "`labels` must be whole numbers"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    models: tuple[nn.Module, nn.Module] | None, arguments: dict, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        TwoPlanes(*(models or (random_autoencoder(2), random_vae(2))), **{"images": IMAGES} | arguments)
