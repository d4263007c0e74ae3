"""Whether a code comes back when it is decoded and encoded again."""

import math
from typing import Protocol

import torch
from torch import Tensor

from course_utils.metrics.arguments import check_codes

DECODED_AT_ONCE = 4096  # codes; 13 MB of images of 28 × 28 pixels


class Autoencoding(Protocol):
    """Anything with an encoder and a decoder, such as `course_utils.models.Autoencoder` or `VAE`."""

    def encode(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Encode images.

        Parameters
        ----------
        x : Tensor, shape (B, ...)
            Images.

        Returns
        -------
        Tensor, shape (B, Z), or two of them
            The codes, or mean and log-variance of q(z|x).
        """

    def decode(self, z: Tensor) -> Tensor:
        """Decode codes.

        Parameters
        ----------
        z : Tensor, shape (B, Z)
            Codes.

        Returns
        -------
        Tensor, shape (B, ...)
            Logits of images.
        """


@torch.no_grad()
def cycle_error(model: Autoencoding, z: Tensor) -> float:
    """Decode codes, encode the images, and say how far from the codes the new ones are.

    With z' the code of sigmoid(decode(z)), for a VAE the mean of its posterior: √(Σ ‖z' − z‖² / Σ ‖z − z̄‖²), where z̄
    is the mean of the codes. Dividing by the codes' own spread is what makes two spaces comparable: one of them may be
    a hundred times as wide as the other.

    Parameters
    ----------
    model : Autoencoding
        Has ``decode(z) -> logits`` and ``encode(x)``, which gives codes or (mu, logvar).
    z : Tensor, shape (N, Z)
        At least two codes, not all equal. What they are decides what is asked: codes of images, or draws from the
        prior.

    Returns
    -------
    float
        >= 0, in units of the codes' spread: 0 if all codes come back, 1 if as far off as an encoder would be that
        always gives z̄. Its square is a share of variance. A dimension that the decoder ignores and of which the others
        say nothing cannot come back: where half of the spread lies in such, the error is about √½, or 0.71, at least.

    Raises
    ------
    TypeError
        If `z` is no tensor of floating-point numbers, or `model` has no encode and decode.
    ValueError
        If `z` does not have that shape, is not finite or has no spread, or if the new codes have another shape or
        are not finite.

    References
    ----------
    .. [1] J.-Y. Zhu, T. Park, P. Isola and A. A. Efros (2017), *Unpaired image-to-image translation using
       cycle-consistent adversarial networks*, section 3.2, https://arxiv.org/abs/1703.10593: the same question with
       two learned maps; the unit here is ours.

    Examples
    --------
    An encoder that undoes the decoder in the first dimension and returns 0 in the second.

    >>> from types import SimpleNamespace
    >>> half = SimpleNamespace(decode=lambda z: z, encode=lambda x: x.logit() * torch.tensor([1.0, 0.0]))
    >>> z = torch.tensor([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])
    >>> round(cycle_error(half, z), 4)
    0.7071
    """
    if not hasattr(model, "encode") or not hasattr(model, "decode"):
        raise TypeError(f"`model` must have encode and decode, as an autoencoder has, got {type(model).__name__}")
    check_codes(least=2, z=z)
    if (z == z[0]).all():
        raise ValueError("`z` must hold different codes, got one code everywhere; there is no spread to compare with")
    back = torch.cat([_encoded(model, model.decode(part).sigmoid()) for part in z.split(DECODED_AT_ONCE)])
    if back.shape != z.shape:
        raise ValueError(
            f"`z` must have the shape of the codes that `model` gives, {tuple(back.shape)}, got {tuple(z.shape)}"
        )
    if not back.isfinite().all():
        raise ValueError("`model` must give finite codes, got NaN or infinity; look for NaN in its weights")
    back, z = (codes.cpu().double() for codes in (back, z))  # squares neither overflow nor vanish
    return math.sqrt(float((back - z).square().sum() / (z - z.mean(0)).square().sum()))


def _encoded(model: Autoencoding, x: Tensor) -> Tensor:
    codes = model.encode(x)
    return codes[0] if isinstance(codes, tuple) else codes
