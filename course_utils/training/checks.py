"""What `fit` and `evaluate` ask of their arguments, and of a loss and its gradient on the way."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.checks import check_count, check_seed
from course_utils.data import ImageSet
from course_utils.losses import vae_loss


def check_arguments(
    model: nn.Module, data: ImageSet, loss: Any, batch_size: int, seed: int, epochs: int = 1, lr: float = 1.0
) -> None:
    """Raise TypeError or ValueError for an argument that `fit` and `evaluate` cannot work with."""
    if next(model.parameters(), None) is None:
        raise ValueError(f"`model` must have parameters, this {type(model).__name__} has none")
    if not isinstance(data, ImageSet):
        raise TypeError(f"`data` must be an ImageSet, got {type(data).__name__}; of what load_images returns, .train")
    if getattr(loss, "__module__", "") == vae_loss.__module__:
        raise TypeError(
            f"`loss` must be a function of (model, batch), which {loss.__name__} is not; for a VAE take "
            "training.negative_elbo, or call it in a function of your own"
        )
    check_count(epochs=epochs, batch_size=batch_size)
    check_seed(seed)
    if not 0 < lr < math.inf:
        raise ValueError(f"`lr` must be a positive number, got {lr!r}")
    _check_images(data)


def _check_images(data: ImageSet) -> None:
    if len(data) == 0:
        raise ValueError("`data` must hold at least one image, got none")
    low, high = data.images.aminmax()
    if not bool(torch.isfinite(low) & torch.isfinite(high)):
        raise ValueError("`data` must be finite, but some pixels are NaN or infinite")


def check_per_example(values: Tensor, size: int) -> None:
    """Raise an error unless a loss returned one number for each of `size` examples."""
    if not isinstance(values, Tensor):
        raise TypeError(
            f"`loss` must return a tensor of shape ({size},), got a {type(values).__name__}; "
            "of what `vae_loss` returns, that is `.loss`"
        )
    if values.shape != (size,):
        raise ValueError(f"`loss` must return one number per example, shape ({size},), got {tuple(values.shape)}")


def check_weights(model: nn.Module, step: int) -> None:
    """Raise FloatingPointError if a weight is not finite after `step`."""
    # A gradient can be NaN under a finite loss. The next loss would tell, but after an epoch's last step there is none,
    # and the checkpoint would keep the damage.
    for name, weight in model.named_parameters():
        if not bool(weight.isfinite().all()):
            raise FloatingPointError(
                f"the losses are finite, but after step {step} `{name}` is not: its gradient was NaN or infinite. "
                "Look for a square root or a norm at zero in the loss; then build the model anew"
            )
