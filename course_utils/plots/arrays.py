"""What every plot asks of its arguments: finite arrays, and grey images."""

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

ArrayOrTensor = ArrayLike | torch.Tensor


def as_array(name: str, value: ArrayOrTensor) -> NDArray[Any]:
    """Return `value`, a tensor on any device or anything array-like, as a NumPy array that is finite and not empty.

    Raises
    ------
    TypeError
        If `value` holds anything but numbers.
    ValueError
        If `value` is empty or holds NaN or infinity; the message calls it `name`.
    """
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        value = value.float().numpy() if value.is_floating_point() else value.numpy()  # NumPy has no bfloat16
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"`{name}` must hold numbers, got {type(value).__name__} of {array.dtype}")
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty, got shape {array.shape}")
    if not np.isfinite(array).all():
        bad = np.count_nonzero(~np.isfinite(array))
        raise ValueError(
            f"`{name}` must be finite, got {bad} NaN or infinite of {array.size} values; find where they arise"
        )
    return array


def as_images(name: str, images: ArrayOrTensor) -> NDArray[Any]:
    """Return grey images as an array of shape (N, H, W) with values in [0, 1].

    Raises
    ------
    ValueError
        If the shape is neither (N, H, W) nor (N, 1, H, W), or values leave [0, 1].
    """
    array = as_array(name, images)
    if array.ndim == 4 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 3:
        raise ValueError(
            f"`{name}` must have shape (N, 1, H, W) or (N, H, W), got {array.shape}; "
            "use .reshape(-1, 1, 28, 28) for flat images, [None] for a single one"
        )
    low, high = array.min(), array.max()
    if low < 0 or high > 1:
        raise ValueError(
            f"`{name}` must lie in [0, 1], got values from {low:.3g} to {high:.3g}; "
            "use torch.sigmoid for logits, .clamp(0, 1) for means, / 255 for bytes"
        )
    return array
