"""What LatentSliders and FrozenNoise do with a model, and leave alone."""

from collections.abc import Callable

import pytest
import torch
from gallery import random_images, random_vae
from torch import nn

from course_utils.widgets import FrozenNoise, LatentSliders

Widget = LatentSliders | FrozenNoise


def sliders(model: nn.Module) -> LatentSliders:
    return LatentSliders(model)


def noise(model: nn.Module) -> FrozenNoise:
    return FrozenNoise(model, random_images(1)[0])


def with_model(make: Callable[[nn.Module], Widget]) -> tuple[Widget, nn.Module]:
    model = random_vae(2 if make is sliders else 1)
    return make(model), model


@pytest.mark.parametrize(("make", "name"), [(sliders, "z1"), (noise, "mu")])
def test_weights_that_are_not_numbers_are_said_to_be_so(make: Callable[[], Widget], name: str) -> None:
    widget, model = with_model(make)
    with torch.no_grad():
        next(iter(model.decoder.parameters())).fill_(float("nan"))
    widget.set(**{name: 1.0})
    assert "not finite" in widget.error


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
