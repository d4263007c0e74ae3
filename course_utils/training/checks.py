"""What `fit` and `evaluate` ask of their arguments, and of a loss and its gradient on the way."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.checks import check_count, check_number, check_seed
from course_utils.data import ImageSet


def check_arguments(model: nn.Module, data: ImageSet, loss: Any, batch_size: int, seed: int) -> None:
    """Raise TypeError or ValueError for an argument that `fit` and `evaluate` cannot work with."""
    check_network("model", model, "VAE(latent=2)")
    weight = next((p for p in model.parameters() if p.is_floating_point()), None)
    if weight is None:
        raise ValueError(f"`model` must have parameters, this {type(model).__name__} has none")
    if not isinstance(data, ImageSet):
        raise TypeError(f"`data` must be an ImageSet, got {type(data).__name__}; of what load_images returns, .train")
    if not callable(loss):
        raise TypeError(f"`loss` must be a function of (model, batch), got {loss!r}; take training.negative_elbo")
    if getattr(loss, "__module__", "").startswith("course_utils.losses"):
        raise TypeError(
            f"`loss` must be a function of (model, batch), which {loss.__name__} is not; for a VAE take "
            "training.negative_elbo, or call it in a function of your own"
        )
    check_count(batch_size=batch_size)
    check_seed(seed)
    _check_images(data, weight.dtype)


def check_network(name: str, network: Any, example: str) -> None:
    """Raise TypeError unless `network`, which the message calls `name`, is one; `example` is how to build one."""
    if not isinstance(network, nn.Module):
        what = f"the class {network.__name__}" if isinstance(network, type) else f"a {type(network).__name__}"
        raise TypeError(f"`{name}` must be an nn.Module, got {what}; build one, as {example} does")


def check_trainable(model: nn.Module, epochs: int, lr: float) -> None:
    """Raise TypeError or ValueError for what only `fit` needs."""
    check_count(epochs=epochs)
    check_number(lr=lr, above=0)
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError(
            f"`model` must have a weight that can change, but all of this {type(model).__name__} are frozen; "
            "call .requires_grad_() on what is to be trained"
        )


def _check_images(data: ImageSet, dtype: torch.dtype) -> None:
    if len(data) == 0:
        raise ValueError("`data` must hold at least one image, got none")
    if data.images.dtype != dtype:
        remedy = f".to({dtype})" + (" / 255" * (data.images.dtype == torch.uint8))
        raise TypeError(
            f"`data` must hold images in {dtype}, as the weights of the model, got {data.images.dtype}; use {remedy}"
        )
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


def check_reaches_weights(values: Tensor) -> None:
    """Raise ValueError if no gradient can flow from a loss to a weight."""
    if not values.requires_grad:
        raise ValueError(
            "`loss` must depend on the weights, but no gradient leads to them; look for .detach(), .item() or no_grad"
        )


def check_losses(values: list[float], first_step: int, before: float, rate: Callable[[int], float]) -> None:
    """Raise FloatingPointError at the first of an epoch's losses that is not finite.

    `first_step` is the step of the first of them, `before` the mean of the epoch before (NaN if there was none), and
    `rate` gives the learning rate of a step.
    """
    bad = next((i for i, value in enumerate(values) if not math.isfinite(value)), None)
    if bad is None:
        return
    if bad:
        last = f"the last finite loss was {values[bad - 1]:.6g}"
    elif math.isfinite(before):
        last = f"the mean loss of the epoch before was {before:.6g}"
    else:
        last = "no loss before it was finite"
    step = first_step + bad
    raise FloatingPointError(
        f"the loss became {values[bad]} at step {step} (epoch {first_step // len(values) + 1}), where the learning "
        f"rate was {rate(step):.2g}; {last}. Lower `lr`, or look for the logarithm of zero or an overflow in the loss; "
        "then build the model anew, for its weights are spoilt"
    )


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
