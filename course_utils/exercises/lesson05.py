"""The exercises and questions of lesson 5: the loss.

>>> from course_utils.exercises import lesson05 as ex
>>> def bernoulli_nll(logits, x):
...     ...
>>> ex.bernoulli_nll.check(bernoulli_nll)
○ The Bernoulli reconstruction term: not attempted yet
Write the body, then run this cell again; `.hint()` gives a nudge.
"""

from course_utils.exercises._lesson05_bernoulli import bernoulli_nll
from course_utils.exercises._lesson05_bounds import iwae_bound
from course_utils.exercises._lesson05_gap import elbo_gap
from course_utils.exercises._lesson05_gaussian import gaussian_nll
from course_utils.exercises._lesson05_likelihood import choose_likelihood
from course_utils.exercises._lesson05_loss import vae_loss
from course_utils.exercises._lesson05_means import snippet_a, snippet_b
from course_utils.exercises._lesson05_questions import (
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
from course_utils.exercises._lesson05_sums import snippet_c, snippet_d
from course_utils.exercises._lesson05_variance import best_variance

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
    "quiz_nats",
    "quiz_rising_elbo",
    "snippet_a",
    "snippet_b",
    "snippet_c",
    "snippet_d",
    "vae_loss",
]
