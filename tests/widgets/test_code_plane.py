"""`CodePlane`: the nearest code is the nearest, and what is shown is what the model decodes."""

import math

import numpy as np
import pytest
import torch
from gallery import code_plane, random_autoencoder, random_vae
from reading import decoded_alone, grey, painted
from torch import nn

from course_utils.plots.style import ROLES
from course_utils.widgets import CodePlane
from course_utils.widgets.base.plane import nearest
from course_utils.widgets.code_plane.plane import axes_of, usual_distance


def random_codes(n: int, *, scale: float = 1.0, seed: int = 0) -> torch.Tensor:
    codes = torch.randn(n, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return scale * codes


@pytest.mark.parametrize("scale", [0.01, 1.0, 300.0])
def test_nearest_code_is_the_one_that_cdist_finds(scale: float) -> None:
    codes = random_codes(300, scale=scale)
    for z in random_codes(50, scale=1.5 * scale, seed=1).split(1):
        distances = torch.cdist(z, codes, compute_mode="donot_use_mm_for_euclid_dist")[0]
        found = nearest(codes, z)
        assert found.row == distances.argmin()
        assert found.distance == pytest.approx(distances.min().item(), rel=1e-12)


def test_widget_measures_from_where_its_sliders_stand() -> None:
    codes = random_codes(200).float()
    widget = CodePlane(random_autoencoder(2), codes)
    for z1, z2 in [(0.5, -1.0), (-2.0, 2.0), (0.0, 0.0)]:
        widget.set(z1=z1, z2=z2)
        assert torch.allclose(widget.z, torch.tensor([[z1, z2]], dtype=torch.float64))
        distances = torch.cdist(widget.z, codes.double())[0]
        assert widget.nearest.row == distances.argmin()
        assert widget.nearest.distance == pytest.approx(distances.min().item(), rel=1e-6)
        assert f"is {widget.nearest.distance:.3g} from the nearest of 200 codes" in widget.text
        assert f"That is codes[{widget.nearest.row}] = (" in widget.text


def test_usual_distance_is_the_median_to_the_nearest_other_code() -> None:
    codes = random_codes(40)
    by_hand = sorted(min(math.dist(a, b) for b in codes.tolist() if b != a) for a in codes.tolist())
    assert usual_distance(codes) == (pytest.approx(by_hand[19]), 40)  # torch's median: the lower of the middle two
    doubled = torch.cat([codes, codes])
    assert usual_distance(doubled) == (0, 80)
    widget = CodePlane(random_autoencoder(2), doubled)
    assert "times as far" not in widget.text
    assert usual_distance(random_codes(2_500))[1] == 1_000


@pytest.mark.parametrize("model", [random_autoencoder(2), random_vae(2), random_autoencoder(2, backbone="conv")])
def test_images_are_what_the_model_decodes_at_z_and_at_the_nearest_code(model: nn.Module) -> None:
    codes = random_codes(30).float()
    widget = CodePlane(model, codes)
    for z1 in (-1.0, 0.0, 1.5):
        widget.set(z1=z1, z2=0.5)
        z = widget.z.float()
        assert np.abs(grey(widget.image_png) - decoded_alone(model, z, 168)).max() <= 0.501 / 255
        at_code = decoded_alone(model, codes[widget.nearest.row][None], 168)
        shown = grey(bytes(widget._views["at the nearest code"].value))
        assert np.abs(shown - at_code).max() <= 0.501 / 255


def test_the_button_goes_to_codes_exactly_and_repeats_with_the_seed() -> None:
    codes = random_codes(100)

    def rows(seed: int) -> list[int]:
        widget, found = CodePlane(random_autoencoder(2), codes, seed=seed), []
        for _ in range(8):
            widget.controls["code"].click()
            assert torch.equal(widget.z[0], codes[widget.nearest.row])
            assert widget.nearest.distance == 0
            assert "is one of 100 codes" in widget.text
            found.append(widget.nearest.row)
        return found

    assert rows(1) == rows(1)
    assert rows(1) != rows(2)
    assert len(set(rows(1))) > 4


def test_a_code_between_the_steps_is_kept_until_its_slider_moves() -> None:
    codes = torch.tensor([[0.123456, 0.654321], [-1.0, 1.0]], dtype=torch.float64)
    widget = CodePlane(random_autoencoder(2), codes)
    while widget.nearest.row != 0 or widget.nearest.distance:
        widget.controls["code"].click()
    widget.set(z1=-0.5)
    assert widget.z.tolist() == [[-0.5, 0.654321]]
    widget.set(z2=0.5)
    assert widget.z.tolist() == [[-0.5, 0.5]]


@pytest.mark.parametrize("scale", [0.003, 1.0, 80.0])
def test_sliders_reach_every_code_and_the_plane_is_square(scale: float) -> None:
    codes = random_codes(100, scale=scale) * torch.tensor([1.0, 0.2]) + 3 * scale
    first, second = axes_of(codes)
    for axis, column in ((first, codes[:, 0]), (second, codes[:, 1])):
        assert axis.low < column.min()
        assert axis.high > column.max()
        assert axis.low / axis.step == pytest.approx(round(axis.low / axis.step), abs=1e-6)
        assert f"{axis.step:.0e}"[0] in "125"
    assert first.high - first.low == pytest.approx(second.high - second.low)
    assert first.step == second.step
    assert 80 <= (first.high - first.low) / first.step <= 210
    widget = CodePlane(random_autoencoder(2), codes)
    widget.set(z1=first.high, z2=second.low)
    assert widget.error == ""
    assert widget.z.tolist() == [[first.high, second.low]]


def test_codes_that_are_all_alike_have_a_plane_too() -> None:
    widget = CodePlane(random_autoencoder(2), torch.ones(5, 2))
    assert widget.nearest.distance == 0
    widget.set(z1=1.5)
    assert widget.nearest.distance == pytest.approx(0.5)


def test_the_point_is_painted_where_z_is() -> None:
    widget = code_plane()
    low, high = widget._axes[0][:2]
    centres = []
    for share in (0.25, 0.5, 0.75):
        widget.set(z1=low + share * (high - low))
        columns = np.flatnonzero(painted(widget.png, ROLES["latent"]).any(axis=0))
        centres.append(columns.mean())
    assert centres[2] - centres[1] == pytest.approx(centres[1] - centres[0], abs=4)
    assert centres[1] - centres[0] > 80


def test_classes_are_named_and_without_labels_there_are_none() -> None:
    widget = code_plane()
    widget.set(z1=0.0)
    assert f"of the class {['shoe', 'bag', 'coat'][widget.nearest.row % 3]}" in widget.text
    assert "coloured by class" in widget._alt()
    numbered = code_plane(classes=None)
    assert f"of the class {numbered.nearest.row % 3}" in numbered.text
    plain = code_plane(labels=None, classes=None)
    assert "class" not in plain.text + plain._alt()


def test_the_model_is_asked_at_each_move_and_left_as_it_was() -> None:
    model, random = random_autoencoder(2), torch.get_rng_state()
    model.train()
    model.decoder[0].eval()
    modes = [module.training for module in model.modules()]
    widget = CodePlane(model, random_codes(10))
    widget.set(z1=0.5)
    widget.controls["code"].click()
    assert [module.training for module in model.modules()] == modes
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.equal(torch.get_rng_state(), random)
    with torch.no_grad():
        model.decoder[0].weight.fill_(math.nan)
    widget.set(z1=0.0)
    assert "not finite" in widget.error


@pytest.mark.parametrize(
    ("model", "arguments", "error", "message"),
    [
        (nn.Linear(2, 2), {}, TypeError, "`model` must be an Autoencoder or a VAE, got Linear"),
        (random_autoencoder(3), {}, ValueError, "`model` must have two latent dimensions, got 3"),
        (None, {"codes": torch.ones(5, 3)}, ValueError, r"`codes` must have shape \(N, 2\) with N >= 2, got \(5, 3\)"),
        (None, {"codes": torch.ones(1, 2)}, ValueError, r"`codes` must have shape .* got \(1, 2\)"),
        (None, {"codes": torch.ones(5, 2).long()}, TypeError, "`codes` must be floating point"),
        (None, {"codes": np.ones((5, 2))}, TypeError, "`codes` must be a tensor, got a ndarray"),
        (None, {"codes": torch.full((5, 2), math.nan)}, ValueError, "`codes` must be finite"),
        (None, {"labels": torch.zeros(4)}, ValueError, r"`labels` must have shape \(5,\)"),
        (None, {"labels": torch.full((5,), 3), "classes": ["a", "b"]}, ValueError, "`labels` must be whole numbers"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    model: nn.Module | None, arguments: dict, error: type[Exception], message: str
) -> None:
    usual = {"codes": random_codes(5)} | arguments
    with pytest.raises(error, match=message):
        CodePlane(model or random_autoencoder(2), **usual)
