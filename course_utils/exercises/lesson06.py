"""The exercises and questions of lesson 6: KL divergence, term by term.

>>> from course_utils.exercises import lesson06 as ex
>>> def kl_standard_normal(mu, logvar):
...     ...
>>> ex.kl_standard_normal.check(kl_standard_normal)
○ KL to the standard normal: not attempted yet
Write the body, then run this cell again; `.hint()` gives a nudge.
"""

from course_utils.exercises._lesson06_aggregate import aggregate_moments
from course_utils.exercises._lesson06_dimensions import active_units, kl_per_dimension
from course_utils.exercises._lesson06_flow import flow_step
from course_utils.exercises._lesson06_general import kl_normal
from course_utils.exercises._lesson06_grid import kl_on_grid
from course_utils.exercises._lesson06_missing import missing_term
from course_utils.exercises._lesson06_questions import (
    predict_above_log_n,
    predict_bill,
    predict_correlation,
    predict_negative_term,
    predict_symmetry,
    predict_two_bumps,
    predict_without_constant,
    predict_without_log,
    predict_without_spread,
)
from course_utils.exercises._lesson06_quiz import quiz_kl_div, quiz_kl_zero, quiz_rising_curve
from course_utils.exercises._lesson06_sample import monte_carlo_kl
from course_utils.exercises._lesson06_terms import kl_standard_normal

__all__ = [
    "active_units",
    "aggregate_moments",
    "flow_step",
    "kl_normal",
    "kl_on_grid",
    "kl_per_dimension",
    "kl_standard_normal",
    "missing_term",
    "monte_carlo_kl",
    "predict_above_log_n",
    "predict_bill",
    "predict_correlation",
    "predict_negative_term",
    "predict_symmetry",
    "predict_two_bumps",
    "predict_without_constant",
    "predict_without_log",
    "predict_without_spread",
    "quiz_kl_div",
    "quiz_kl_zero",
    "quiz_rising_curve",
]
