"""The exercises and questions of lesson 3: from points to distributions."""

from course_utils.exercises.lesson03.questions import (
    predict_aggregate,
    predict_fixed_noise,
    predict_learned_sigma,
    predict_linear_decoder,
    predict_price,
    predict_shaken,
    predict_zero_logvar,
)
from course_utils.exercises.lesson03.quiz import quiz_decorative_price, quiz_units, quiz_without_price

__all__ = [
    "predict_aggregate",
    "predict_fixed_noise",
    "predict_learned_sigma",
    "predict_linear_decoder",
    "predict_price",
    "predict_shaken",
    "predict_zero_logvar",
    "quiz_decorative_price",
    "quiz_units",
    "quiz_without_price",
]
