"""What the networks ask of their arguments: shapes that fit, numbers in the weights' own format."""

from typing import Any

import torch
from torch import Tensor, nn

from course_utils.checks import check_floats, check_shape

ImageShape = tuple[int, int, int]


def check_images(model: Any, x: Tensor) -> None:
    """Raise TypeError or ValueError unless `x` is a batch of the images that `model` was built for."""
    check_floats(x=x, remedy="use .float(), and / 255 for 8-bit images")
    check_type(model, x=x)
    check_shape(f"B {' '.join(map(str, model.image_shape))}", x=x)


def check_type(model: nn.Module, **tensors: Any) -> None:
    """Raise TypeError unless the one tensor given by name holds numbers of the weights' format."""
    check_floats(**tensors)
    ((name, tensor),) = tensors.items()
    weights = next(model.parameters()).dtype
    if tensor.dtype != weights and not torch.is_autocast_enabled(tensor.device.type):  # which casts by itself
        raise TypeError(f"`{name}` must be {weights} as the weights are, got {tensor.dtype}; use .to({weights})")


def check_image_shape(image_shape: Any, *, name: str = "image_shape", divisible: bool, remedy: str) -> None:
    """Raise ValueError unless `image_shape` is (C, H, W), with sides that can be halved twice if `divisible`."""
    sides = image_shape if isinstance(image_shape, tuple | list) else ()
    if len(sides) != 3 or any(type(side) is not int or side < 1 for side in sides):
        raise ValueError(f"`{name}` must be (channels, height, width), each an int >= 1, got {image_shape!r}")
    if divisible and (sides[1] % 4 or sides[2] % 4):
        raise ValueError(
            f"`{name}` must have height and width divisible by 4 for strided convolutions, "
            f"got {image_shape!r}; pad the images or use {remedy}"
        )
