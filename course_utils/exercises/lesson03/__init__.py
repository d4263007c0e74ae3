"""The exercises and questions of lesson 3: from points to distributions.

>>> from course_utils.exercises import lesson03 as ex
>>> def normal_entropy(mu, logvar):
...     ...
>>> ex.normal_entropy.check(normal_entropy)
○ The entropy of a cloud: not attempted yet
Write the body, then run this cell again; `.hint()` gives a nudge.
"""

from course_utils.exercises.lesson03.expected_squared_error import expected_squared_error
from course_utils.exercises.lesson03.match_the_runs import match_the_runs
from course_utils.exercises.lesson03.noisy_code import noisy_code
from course_utils.exercises.lesson03.normal_entropy import normal_entropy
from course_utils.exercises.lesson03.questions import (
    predict_aggregate,
    predict_fixed_noise,
    predict_learned_sigma,
    predict_linear_decoder,
    predict_price,
    predict_prior_draws,
    predict_shaken,
    predict_zero_logvar,
)
from course_utils.exercises.lesson03.quiz import quiz_decorative_price, quiz_units, quiz_without_price
from course_utils.exercises.lesson03.rescaling_cheat import rescaling_cheat
from course_utils.exercises.machine.progress import progress_of

__all__ = [
    "expected_squared_error",
    "match_the_runs",
    "noisy_code",
    "normal_entropy",
    "predict_aggregate",
    "predict_fixed_noise",
    "predict_learned_sigma",
    "predict_linear_decoder",
    "predict_price",
    "predict_prior_draws",
    "predict_shaken",
    "predict_zero_logvar",
    "progress",
    "quiz_decorative_price",
    "quiz_units",
    "quiz_without_price",
    "rescaling_cheat",
]

progress = progress_of(__name__)
