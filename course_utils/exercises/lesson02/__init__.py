"""The exercises and questions of lesson 2: autoencoders and their limits."""

from course_utils.exercises.lesson02.autoencoder_shapes import autoencoder_shapes
from course_utils.exercises.lesson02.denoising_loss import denoising_loss
from course_utils.exercises.lesson02.interpolate import interpolate
from course_utils.exercises.lesson02.pca_error import pca_error
from course_utils.exercises.lesson02.questions import (
    predict_bend,
    predict_decode_noise,
    predict_denoised,
    predict_floor,
    predict_linear_units,
    predict_rescale,
    predict_shift,
    predict_two_numbers,
)
from course_utils.exercises.lesson02.quiz import quiz_generate, quiz_low_error, quiz_plateau
from course_utils.exercises.lesson02.rescale_codes import rescale_codes
from course_utils.exercises.machine.progress import progress_of

__all__ = [
    "autoencoder_shapes",
    "denoising_loss",
    "interpolate",
    "pca_error",
    "predict_bend",
    "predict_decode_noise",
    "predict_denoised",
    "predict_floor",
    "predict_linear_units",
    "predict_rescale",
    "predict_shift",
    "predict_two_numbers",
    "progress",
    "quiz_generate",
    "quiz_low_error",
    "quiz_plateau",
    "rescale_codes",
]

progress = progress_of(__name__)
