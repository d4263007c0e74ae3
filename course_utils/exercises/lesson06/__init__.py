"""The exercises and questions of lesson 6: KL divergence, term by term.

>>> from course_utils.exercises import lesson06 as ex
>>> def kl_standard_normal(mu, logvar):
...     ...
>>> ex.kl_standard_normal.check(kl_standard_normal)
○ KL to the standard normal: not attempted yet
Write the body, then run this cell again; `.hint()` gives a nudge.
"""

from course_utils.exercises.lesson06.active_units import active_units
from course_utils.exercises.lesson06.aggregate_moments import aggregate_moments
from course_utils.exercises.lesson06.flow_step import flow_step
from course_utils.exercises.lesson06.kl_normal import kl_normal
from course_utils.exercises.lesson06.kl_on_grid import kl_on_grid
from course_utils.exercises.lesson06.kl_per_dimension import kl_per_dimension
from course_utils.exercises.lesson06.kl_standard_normal import kl_standard_normal
from course_utils.exercises.lesson06.missing_term import missing_term
from course_utils.exercises.lesson06.monte_carlo_kl import monte_carlo_kl
from course_utils.exercises.lesson06.questions import (
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
from course_utils.exercises.lesson06.quiz import quiz_kl_div, quiz_kl_zero, quiz_rising_curve
from course_utils.exercises.machine.progress import progress_of

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
    "progress",
    "quiz_kl_div",
    "quiz_kl_zero",
    "quiz_rising_curve",
]

progress = progress_of(__name__)
