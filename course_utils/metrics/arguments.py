"""What codes, points, labels and posteriors must be for a metric to work with them."""

from typing import Any

import numpy as np
from torch import Tensor

from course_utils.checks import check_count, check_floats, check_same_shape, check_shape, check_tensor


def check_posteriors(mu: Tensor, logvar: Tensor) -> None:
    """Raise an error unless `mu` and `logvar` describe N >= 1 normal distributions."""
    check_floats(mu=mu, logvar=logvar)
    check_shape("N Z", mu=mu, least=1)
    check_same_shape(mu=mu, logvar=logvar)


def check_codes(*, least: int = 1, **codes: Any) -> None:
    """Raise an error unless every argument is a finite tensor of floating-point numbers of shape (N, Z).

    Examples
    --------
    >>> import torch
    >>> check_codes(z=torch.tensor([[0.0, float("nan")]]))
    Traceback (most recent call last):
    ValueError: `z` must be finite, got NaN or infinity in dimensions [1]; find where they arise
    """
    check_floats(**codes)
    check_shape("N Z", least=least, remedy="use .flatten(1)", **codes)
    for name, values in codes.items():
        if not values.shape[1]:
            raise ValueError(f"`{name}` must have at least one dimension, got shape {tuple(values.shape)}")
        if not values.isfinite().all():
            bad = (~values.isfinite()).any(0).nonzero()[:, 0].tolist()
            raise ValueError(f"`{name}` must be finite, got NaN or infinity in dimensions {bad}; find where they arise")


def centred(z: Tensor, *others: Tensor) -> list[np.ndarray]:
    """Return codes as arrays of float64, all shifted by the mean of the first.

    Distances, which scikit-learn finds by products, then keep their digits in any unit and far from 0.
    """
    doubles = [codes.detach().cpu().double() for codes in (z, *others)]  # not every accelerator has float64
    return [(codes - doubles[0].mean(0)).numpy() for codes in doubles]


def check_same_width(**codes: Any) -> None:
    """Raise an error unless both arguments, of shape (N, Z), have the same Z."""
    (name, values), (other_name, others) = codes.items()
    if values.shape[1] != others.shape[1]:
        raise ValueError(
            f"`{name}` and `{other_name}` must have the same number of columns, got {values.shape[1]} and "
            f"{others.shape[1]}; they must come from one space"
        )


def check_labels(codes: Tensor, **labels: Any) -> None:
    """Raise an error unless the labels are whole numbers, one for each row of `codes`.

    Examples
    --------
    >>> import torch
    >>> check_labels(torch.zeros(3, 2), labels=torch.tensor([0.0, 1.0, 1.0]))
    Traceback (most recent call last):
    TypeError: `labels` must be whole numbers, got torch.float32; use .long()
    """
    check_tensor(**labels)
    for name, values in labels.items():
        if values.is_floating_point() or values.is_complex():
            raise TypeError(f"`{name}` must be whole numbers, got {values.dtype}; use .long()")
        check_shape(str(len(codes)), remedy="one label for each code", **{name: values})


def check_neighbours(k: int, candidates: int) -> None:
    """Raise ValueError unless `k` is a number of neighbours that `candidates` points can give."""
    check_count(k=k, most=candidates, remedy=f"there are {candidates} points to choose from")
