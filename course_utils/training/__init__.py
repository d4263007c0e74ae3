"""The training loop, once it has been taught: `fit`; the two updates of a GAN; weights saved whole or not at all."""

from course_utils.training.adversarial import Adversaries
from course_utils.training.history import History
from course_utils.training.loop import evaluate, fit
from course_utils.training.objectives import Batch, classification_nll, negative_elbo, reconstruction_nll
from course_utils.training.schedule import one_cycle
from course_utils.training.weights import load, save

__all__ = [
    "Adversaries",
    "Batch",
    "History",
    "classification_nll",
    "evaluate",
    "fit",
    "load",
    "negative_elbo",
    "one_cycle",
    "reconstruction_nll",
    "save",
]
