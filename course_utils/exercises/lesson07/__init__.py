"""The exercises and questions of lesson 7: latent spaces seen, autoencoder against VAE.

>>> from course_utils.exercises import lesson07 as ex
>>> def slerp(a, b, t):
...     ...
>>> ex.slerp.check(slerp)
○ Round the sphere: not attempted yet
Write the body, then run this cell again; `.hint()` gives a nudge.
"""

from course_utils.exercises.lesson07.aggregate_covariance import aggregate_covariance
from course_utils.exercises.lesson07.knn_on_codes import knn_on_codes
from course_utils.exercises.lesson07.neighbours_kept import neighbours_kept
from course_utils.exercises.lesson07.place_on_map import place_on_map
from course_utils.exercises.lesson07.quantile_grid import quantile_grid
from course_utils.exercises.lesson07.questions import (
    predict_empty_cells,
    predict_factors,
    predict_labels_from_codes,
    predict_midpoint,
    predict_noise_map,
    predict_redraw,
    predict_rotation,
    predict_three_groups,
)
from course_utils.exercises.lesson07.quiz import quiz_far_apart, quiz_first_axis, quiz_new_point
from course_utils.exercises.lesson07.rank_dimensions import rank_dimensions
from course_utils.exercises.lesson07.read_the_map import read_the_map
from course_utils.exercises.lesson07.slerp import slerp
from course_utils.exercises.machine.progress import progress_of

__all__ = [
    "aggregate_covariance",
    "knn_on_codes",
    "neighbours_kept",
    "place_on_map",
    "predict_empty_cells",
    "predict_factors",
    "predict_labels_from_codes",
    "predict_midpoint",
    "predict_noise_map",
    "predict_redraw",
    "predict_rotation",
    "predict_three_groups",
    "progress",
    "quantile_grid",
    "quiz_far_apart",
    "quiz_first_axis",
    "quiz_new_point",
    "rank_dimensions",
    "read_the_map",
    "slerp",
]

progress = progress_of(__name__)
