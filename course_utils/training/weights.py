"""Weights in files, and whether they are those of a model."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from course_utils.training.tensor_file import read_tensors, write_tensors


def save(model: nn.Module, path: str | Path) -> None:
    """Write the weights of `model` to `path` with safetensors, completely or not at all.

    Parameters
    ----------
    model : nn.Module
        On any device.
    path : path
        File to write; its folder must exist.

    Raises
    ------
    ValueError
        If a weight is NaN or infinite: `load` would refuse it.
    OSError
        If the file cannot be written; what stood there is untouched.
    """
    weights = weights_of(model)
    _check_finite(weights, f"nothing was written to {path}; build the model anew and train it with a lower `lr`")
    write_tensors(path, weights, {})


def load(model: nn.Module, path: str | Path) -> None:
    """Read weights that `save` wrote into `model`; nothing in the file is executed.

    Parameters
    ----------
    model : nn.Module
        Built with the same arguments as the one that was saved.
    path : path
        File to read.

    Raises
    ------
    OSError
        If there is no such file, or it must not be read.
    ValueError
        If the file is no safetensors file, is damaged, carries no checksum, is a checkpoint, holds NaN, or belongs to a
        model of another architecture or number format. The model is untouched then.
    """
    tensors, texts = read_tensors(path)
    if "settings" in texts:
        raise ValueError(f"{path} holds a checkpoint of `fit`, not weights; give it to `fit` as `checkpoint`")
    check_fit(model, tensors, path)
    model.load_state_dict(tensors)


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """Return the weights and buffers of `model`, by name."""
    return {name: tensor.detach() for name, tensor in model.state_dict().items()}


def check_fit(model: nn.Module, tensors: Mapping[str, Tensor], path: str | Path) -> None:
    """Raise ValueError unless `tensors`, which came from `path`, are exactly those that `model` has, and finite."""
    wanted = model.state_dict()
    # Shapes before formats: where both differ, the shape says more.
    for describe in (lambda t: tuple(t.shape), lambda t: t.dtype):
        expected = {name: describe(tensor) for name, tensor in wanted.items()}
        found = {name: describe(tensor) for name, tensor in tensors.items()}
        if expected != found:
            name = min(n for n in expected.keys() | found.keys() if expected.get(n) != found.get(n))
            raise ValueError(
                f"{path} belongs to another model: `{name}` is {found.get(name, 'missing')} in the file and "
                f"{expected.get(name, 'missing')} in this {type(model).__name__}; "
                "build the model with the same arguments"
            )
    _check_finite(tensors, f"so they are in {path}; train the model anew")


def _check_finite(tensors: Mapping[str, Tensor], remedy: str) -> None:
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"some weights of `{name}` are NaN or infinite, {remedy}")
