"""Models and images that a widget works with: what fits, and how an image is decoded from a code."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.checks import check_floats, check_seed, check_shape
from course_utils.metrics import kl_per_dimension
from course_utils.models.evaluation import evaluating
from course_utils.widgets.base.lock import LOCK
from course_utils.widgets.base.pixels import Pixels


@contextlib.contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Use `model` in evaluation mode on one thread; afterwards both are as they were, module by module.

    One image is too little work to share: on a busy machine the hand-over between threads takes up to a hundred times
    as long as the decoder.
    """
    with LOCK, evaluating(model):
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def seeded_generator(seed: int) -> torch.Generator:
    """Return a generator of its own, which leaves the global random state alone.

    Raises
    ------
    ValueError
        If `seed` is not an int >= 0.
    """
    check_seed(seed)
    return torch.Generator().manual_seed(seed)


def image_shape(model: Any) -> tuple[int, ...]:
    """Return (C, H, W) of what a model draws. Asked of the model itself: a learner's own VAE need not store it."""
    weight = next(model.parameters())
    with torch.inference_mode(), evaluation_mode(model):
        return tuple(model.decode(torch.zeros(1, model.latent, dtype=weight.dtype, device=weight.device)).shape[1:])


def checked_images(model: Any, images: Tensor) -> Tensor:
    """Return a private copy of images (N, C, H, W) on the CPU.

    Raises
    ------
    TypeError
        If `images` is not a tensor of floats.
    ValueError
        If the model could not have drawn them, or they leave [0, 1].
    """
    check_shape(" ".join(["N", *map(str, image_shape(model))]), least=1, images=images)
    check_grey("images", images)
    return images.detach().cpu().clone()


def check_grey(name: str, images: Tensor) -> None:
    """Raise an error unless all pixels are floats in [0, 1]."""
    check_floats(remedy="use .float() / 255 for bytes", **{name: images})
    low, high = (extreme.item() for extreme in images.detach().aminmax())
    if not 0 <= low <= high <= 1:  # NaN is in no range
        raise ValueError(
            f"`{name}` must lie in [0, 1], got values from {low:.3g} to {high:.3g}; "
            "use images / 255 for bytes, (images + 1) / 2 if they were scaled to [-1, 1]"
        )


def to_pixels(images: Tensor) -> Pixels:
    """Turn one grey image (1, 1, H, W) with values in [0, 1] into bytes (H, W).

    Raises
    ------
    ValueError
        If it is not one grey image, or a value is not finite.
    """
    if images.shape[:2] != (1, 1) or images.dim() != 4:
        raise ValueError(f"the decoded image must have shape (1, 1, H, W), got {tuple(images.shape)}")
    values = images[0, 0].float().cpu()
    if not values.isfinite().all():
        raise ValueError("the decoded image has pixels that are not finite; look for NaN in the model's weights")
    pixels: Pixels = values.mul(255).round().byte().numpy()
    return pixels


def decode_pixels(model: Any, z: Tensor) -> Pixels:
    """Return the image decoded from one code (1, Z) as bytes (H, W)."""
    weight = next(model.parameters())
    with torch.inference_mode(), evaluation_mode(model):
        return to_pixels(model.decode(z.to(weight.device, weight.dtype)).sigmoid())


def encode_all(model: Any, images: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return the mean codes of images (N, Z), and for a VAE the mean KL of each dimension (Z,) in nats."""
    weight = next(model.parameters())
    with torch.inference_mode(), evaluation_mode(model):
        parts = [model.encode(part.to(weight.device, weight.dtype)) for part in images.split(500)]
        if isinstance(parts[0], Tensor):
            codes, kl = torch.cat(parts), None
        else:
            codes, logvar = (torch.cat(halves) for halves in zip(*parts, strict=True))
            kl = kl_per_dimension(codes, logvar).cpu()
    if not codes.isfinite().all() or (kl is not None and not kl.isfinite().all()):
        raise ValueError("the model's codes of `images` are not finite; look for NaN in its weights")
    # A copy that was not made in inference mode may be changed in place.
    return codes.cpu().clone(), kl
