"""The exercises and questions of lesson 4: the VAE's architecture and the reparameterization trick.

>>> from course_utils.exercises import lesson04 as ex
>>> def reparameterize(mu, logvar, eps):
...     ...
>>> ex.reparameterize.check(reparameterize)
○ Reparameterize: not attempted yet
Write the body, then run this cell again; `.hint()` gives a nudge.
"""

from course_utils.exercises.lesson04.codes_for_evaluation import codes_for_evaluation
from course_utils.exercises.lesson04.encoder_heads import encoder_heads
from course_utils.exercises.lesson04.generate import generate
from course_utils.exercises.lesson04.gradient_estimators import gradient_estimators
from course_utils.exercises.lesson04.gradients_by_hand import gradients_by_hand
from course_utils.exercises.lesson04.questions import (
    predict_estimators,
    predict_frozen_noise,
    predict_negative_logvar,
    predict_new_images,
    predict_sample_gradient,
    predict_torch_normal,
    predict_zero_gradient_training,
)
from course_utils.exercises.lesson04.quiz import (
    predict_posterior_width,
    quiz_collapse,
    quiz_encoder,
    quiz_evaluation,
)
from course_utils.exercises.lesson04.reparameterize import reparameterize
from course_utils.exercises.lesson04.sample_posterior import sample_posterior
from course_utils.exercises.lesson04.trained_vae import TrainedVAE
from course_utils.exercises.machine.progress import progress_of

__all__ = [
    "TrainedVAE",
    "codes_for_evaluation",
    "encoder_heads",
    "generate",
    "gradient_estimators",
    "gradients_by_hand",
    "predict_estimators",
    "predict_frozen_noise",
    "predict_negative_logvar",
    "predict_new_images",
    "predict_posterior_width",
    "predict_sample_gradient",
    "predict_torch_normal",
    "predict_zero_gradient_training",
    "progress",
    "quiz_collapse",
    "quiz_encoder",
    "quiz_evaluation",
    "reparameterize",
    "sample_posterior",
]

progress = progress_of(__name__)
