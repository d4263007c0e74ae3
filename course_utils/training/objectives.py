"""What `fit` can minimise: functions of a model and a batch, one number per image."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.nn import functional as F

from course_utils.losses import bernoulli_nll, vae_loss
from course_utils.models import VAE, Autoencoder, Classifier


@dataclass(frozen=True)
class Batch:
    """What a loss sees.

    Attributes
    ----------
    images : Tensor, shape (B, C, H, W)
        The images of this step, on the device.
    labels : Tensor, shape (B,)
        Their classes.
    progress : float
        0 at the first step of the run, 1 at the last.
    """

    images: Tensor
    labels: Tensor
    progress: float


def negative_elbo(model: VAE, batch: Batch) -> Tensor:
    """Return −ELBO of each image, estimated with one draw of z: a loss for `fit`.

    Parameters
    ----------
    model : VAE
        Anything that returns ``logits``, ``mu`` and ``logvar``.
    batch : Batch
        Its images have shape (B, C, H, W) and grey values in [0, 1].

    Returns
    -------
    Tensor, shape (B,)
        Nats per image.

    Raises
    ------
    TypeError
        If the model returns something else, as an autoencoder does.
    """
    output: Any = model(batch.images)
    if not all(hasattr(output, name) for name in ("logits", "mu", "logvar")):
        raise TypeError(
            "`loss` is negative_elbo, which needs a VAE that returns logits, mu and logvar; "
            f"this {type(model).__name__} returned a {type(output).__name__}; else take reconstruction_nll"
        )
    return vae_loss(output, batch.images).loss


def reconstruction_nll(model: Autoencoder, batch: Batch) -> Tensor:
    """Return −log p(x|z) of each image at its own code: a loss for `fit`.

    Parameters
    ----------
    model : Autoencoder
        Anything that returns the logits of reconstructions.
    batch : Batch
        Its images have shape (B, C, H, W) and grey values in [0, 1].

    Returns
    -------
    Tensor, shape (B,)
        Nats per image, >= 0.

    Raises
    ------
    TypeError
        If the model returns no tensor, as a VAE does not.
    """
    output: Any = model(batch.images)
    if not isinstance(output, Tensor):
        raise TypeError(
            "`loss` is reconstruction_nll, which needs a model that returns logits alone; "
            f"this {type(model).__name__} returned a {type(output).__name__}; take negative_elbo for a VAE"
        )
    return bernoulli_nll(output, batch.images)


def classification_nll(model: Classifier, batch: Batch) -> Tensor:
    """Return the cross-entropy of each image, −log p(its class | the image): a loss for `fit`.

    The probabilities are the softmax of the class scores.

    Parameters
    ----------
    model : Classifier
        Anything that returns class scores, shape (B, K).
    batch : Batch
        Its labels are classes from 0 to K − 1.

    Returns
    -------
    Tensor, shape (B,)
        Nats per image, >= 0; log K for a model that prefers no class.

    Raises
    ------
    TypeError
        If the model returns no tensor, as a VAE does not.
    ValueError
        If it returns no score for each class, as an autoencoder does not.
    """
    output: Any = model(batch.images)
    if not isinstance(output, Tensor):
        raise TypeError(
            "`loss` is classification_nll, which needs a model that returns class scores; "
            f"this {type(model).__name__} returned a {type(output).__name__}; take negative_elbo for a VAE"
        )
    if output.ndim != 2:
        raise ValueError(
            "`loss` is classification_nll, which needs class scores of shape (B, K); "
            f"this {type(model).__name__} returned {tuple(output.shape)}; take reconstruction_nll for an autoencoder"
        )
    return F.cross_entropy(output, batch.labels, reduction="none")
