"""The experiment behind ``python -m course_utils train``."""

from typing import Any

from torch import nn

from course_utils.checks import check_count
from course_utils.data import load_images
from course_utils.device import describe, pick_device, pick_precision, seed_everything
from course_utils.files import check_target
from course_utils.models import VAE, Autoencoder, Backbone
from course_utils.training import evaluate, fit, negative_elbo, reconstruction_nll, save

# Passes, batch size and peak learning rate that reach the knee of the curve in seconds on two cores.
DEFAULTS: dict[bool, dict[str, Any]] = {
    False: {"epochs": 20, "batch_size": 128, "lr": 2e-3},
    True: {"epochs": 4, "batch_size": 256, "lr": 8e-3},  # with --full
}


def train(
    *,
    model: str,
    backbone: Backbone,
    latent: int,
    seed: int,
    full: bool,
    root: str | None,
    device: str,
    precision: str,
    save_to: str | None,
    **options: Any,
) -> dict[str, Any]:
    """Train on Fashion-MNIST, measure on the test images, and return what ``--json`` prints.

    `options` are those of `fit`; None stands for the default.
    """
    where = pick_device(device)
    if save_to is not None:
        check_target(save_to)  # now, and not after the training
    data = load_images(full=full, root=root)
    seed_everything(seed)
    network: nn.Module = (VAE if model == "vae" else Autoencoder)(latent, backbone=backbone)
    loss: Any = negative_elbo if model == "vae" else reconstruction_nll
    options = DEFAULTS[full] | {name: value for name, value in options.items() if value is not None}
    check_count(batch_size=options["batch_size"], most=len(data.train), remedy="there are no more training images")
    history = fit(network, data.train, loss, seed=seed, device=where, precision=precision, **options)
    if save_to is not None:
        save(network, save_to)
    measured = round(evaluate(network, data.test, loss, seed=seed), 3)
    return {
        "model": model,
        "test_neg_elbo": measured if model == "vae" else None,  # an autoencoder has no ELBO
        "test_nll": None if model == "vae" else measured,
        "seconds": round(history.seconds, 2),
        "images_per_second": round(history.images_per_second),
        "epochs": len(history.loss),
        "device": describe(where),
        "precision": str(pick_precision(precision, where)).removeprefix("torch."),
        "seed": seed,
        "interrupted": history.interrupted,
    }
