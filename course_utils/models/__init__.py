"""The networks of the course, and nothing but networks: no loss, no loop.

`Autoencoder` and `VAE` share their backbones: built with the same arguments they differ in the encoder's head alone,
and from the same seed all that they share starts with the same weights, so that a comparison between them is fair.
A decoder ends in logits; ``sigmoid`` turns them into pixels. A `Classifier` ends in class scores, which ``softmax``
turns into probabilities. A `Generator` ends in what it forges, and a `Discriminator` in the log-odds that its input
is real.
"""

from course_utils.models.adversarial import BatchSpread, Discriminator, Generator, GroupSpread
from course_utils.models.checks import ImageShape
from course_utils.models.classifier import FEATURES, Classifier, Kind
from course_utils.models.vae import CHANNELS, HIDDEN, LOGVAR_RANGE, VAE, Autoencoder, Backbone, VAEOutput

__all__ = [
    "CHANNELS",
    "FEATURES",
    "HIDDEN",
    "LOGVAR_RANGE",
    "VAE",
    "Autoencoder",
    "Backbone",
    "BatchSpread",
    "Classifier",
    "Discriminator",
    "Generator",
    "GroupSpread",
    "ImageShape",
    "Kind",
    "VAEOutput",
]
