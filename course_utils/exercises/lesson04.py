"""The exercises and questions of lesson 4: the VAE's architecture and the reparameterization trick.

>>> from course_utils.exercises import lesson04 as ex
>>> def reparameterize(mu, logvar, eps):
...     ...
>>> ex.reparameterize.check(reparameterize)
○ Reparameterize: not attempted yet
Write the body, then run this cell again; `.hint()` gives a nudge.
"""

from course_utils.exercises._lesson04_evaluation import codes_for_evaluation
from course_utils.exercises._lesson04_gradients import gradient_estimators, gradients_by_hand
from course_utils.exercises._lesson04_heads import encoder_heads
from course_utils.exercises._lesson04_images import generate
from course_utils.exercises._lesson04_questions import (
    predict_estimators,
    predict_frozen_noise,
    predict_negative_logvar,
    predict_new_images,
    predict_sample_gradient,
    predict_torch_normal,
    predict_zero_gradient_training,
)
from course_utils.exercises._lesson04_quiz import (
    predict_posterior_width,
    quiz_collapse,
    quiz_encoder,
    quiz_evaluation,
)
from course_utils.exercises._lesson04_reparameterize import reparameterize
from course_utils.exercises._lesson04_sample import sample_posterior
from course_utils.exercises._lesson04_vae import TrainedVAE

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
    "quiz_collapse",
    "quiz_encoder",
    "quiz_evaluation",
    "reparameterize",
    "sample_posterior",
]
