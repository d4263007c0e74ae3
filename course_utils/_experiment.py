"""The experiment behind ``python -m course_utils train``."""

from typing import Any

from torch import Tensor, nn

from course_utils.data import load_images
from course_utils.device import describe, pick_device, pick_precision, seed_everything
from course_utils.losses import bernoulli_nll, vae_loss
from course_utils.models import VAE, Autoencoder, Backbone
from course_utils.training import Batch, evaluate, fit

# Passes, batch size and peak learning rate that reach the knee of the curve in seconds on two cores.
DEFAULTS = {"sample": (20, 128, 2e-3), "full": (4, 256, 8e-3)}


def negative_elbo(model: VAE, batch: Batch) -> Tensor:
    """Return −ELBO of each image, estimated with one draw of z, in nats."""
    return vae_loss(model(batch.images), batch.images).loss


def reconstruction_nll(model: Autoencoder, batch: Batch) -> Tensor:
    """Return −log p(x|z) of each image at its own code, in nats."""
    return bernoulli_nll(model(batch.images), batch.images)


def train(
    *,
    model: str,
    backbone: Backbone,
    latent: int,
    epochs: int | None,
    batch_size: int | None,
    lr: float | None,
    seed: int,
    full: bool,
    device: str,
    precision: str,
    checkpoint: str | None,
    progress: bool,
) -> dict[str, Any]:
    """Train on Fashion-MNIST, measure on the test images, and return what ``--json`` prints."""
    where = pick_device(device)
    data = load_images(full=full)
    seed_everything(seed)
    network: nn.Module = (VAE if model == "vae" else Autoencoder)(latent, backbone=backbone)
    loss: Any = negative_elbo if model == "vae" else reconstruction_nll
    default = DEFAULTS["full" if full else "sample"]
    history = fit(
        network,
        data.train,
        loss,
        epochs=default[0] if epochs is None else epochs,
        batch_size=default[1] if batch_size is None else batch_size,
        lr=default[2] if lr is None else lr,
        seed=seed,
        device=where,
        precision=precision,
        progress=progress,
        checkpoint=checkpoint,
    )
    measured = evaluate(network, data.test, loss, seed=seed)
    return {
        "model": model,
        "test_neg_elbo": round(measured, 3) if model == "vae" else None,  # an autoencoder has no ELBO
        "test_nll": None if model == "vae" else round(measured, 3),
        "seconds": round(history.seconds, 2),
        "images_per_second": round(history.images_per_second),
        "epochs": len(history.loss),
        "device": describe(where),
        "precision": str(pick_precision(precision, where)).removeprefix("torch."),
        "seed": seed,
        "interrupted": history.interrupted,
    }
