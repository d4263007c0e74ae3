"""The losses of the course: pure functions, one number per example, in nats, with all their constants."""

from course_utils.losses.adversarial import discriminator_loss, generator_loss
from course_utils.losses.vae import (
    LOG_2PI,
    ModelOutput,
    VAELoss,
    bernoulli_nll,
    gaussian_nll,
    kl_mvn,
    kl_normal,
    kl_standard_normal,
    kl_terms,
    reparameterize,
    vae_loss,
)

__all__ = [
    "LOG_2PI",
    "ModelOutput",
    "VAELoss",
    "bernoulli_nll",
    "discriminator_loss",
    "gaussian_nll",
    "generator_loss",
    "kl_mvn",
    "kl_normal",
    "kl_standard_normal",
    "kl_terms",
    "reparameterize",
    "vae_loss",
]
