"""The exercises and questions of lesson 5: the loss.

>>> from course_utils.exercises import lesson05 as ex
>>> def bernoulli_nll(logits, x):
...     ...
>>> ex.bernoulli_nll.check(bernoulli_nll)
○ The Bernoulli reconstruction term: not attempted yet
Write the body, then run this cell again; `.hint()` gives a nudge.
"""

from course_utils.exercises.lesson05.bernoulli_nll import bernoulli_nll
from course_utils.exercises.lesson05.best_variance import best_variance
from course_utils.exercises.lesson05.choose_likelihood import choose_likelihood
from course_utils.exercises.lesson05.elbo_gap import elbo_gap
from course_utils.exercises.lesson05.gaussian_nll import gaussian_nll
from course_utils.exercises.lesson05.iwae_bound import iwae_bound
from course_utils.exercises.lesson05.questions import (
    predict_beta_hundred,
    predict_first_loss,
    predict_gap_zero,
    predict_identical,
    predict_iwae,
    predict_negative_loss,
    predict_overfitting,
    predict_prior_sampling,
    predict_sharpest,
    quiz_nats,
    quiz_rising_elbo,
)
from course_utils.exercises.lesson05.snippets import snippet_a, snippet_b, snippet_c, snippet_d
from course_utils.exercises.lesson05.vae_loss import vae_loss
from course_utils.exercises.machine.progress import progress_of

__all__ = [
    "bernoulli_nll",
    "best_variance",
    "choose_likelihood",
    "elbo_gap",
    "gaussian_nll",
    "iwae_bound",
    "predict_beta_hundred",
    "predict_first_loss",
    "predict_gap_zero",
    "predict_identical",
    "predict_iwae",
    "predict_negative_loss",
    "predict_overfitting",
    "predict_prior_sampling",
    "predict_sharpest",
    "progress",
    "quiz_nats",
    "quiz_rising_elbo",
    "snippet_a",
    "snippet_b",
    "snippet_c",
    "snippet_d",
    "vae_loss",
]

progress = progress_of(__name__)
