"""The exercises and questions of lesson 1: neural networks and convolutional layers.

>>> from course_utils.exercises import lesson01 as ex
>>> def conv_output_size(size, kernel, stride, padding, dilation):
...     ...
>>> ex.conv_output_size.check(conv_output_size)
○ The size after a convolution: not attempted yet
Write the body, then run this cell again; `.hint()` gives a nudge.
"""

from course_utils.exercises.lesson01.conv2d_by_unfolding import conv2d_by_unfolding
from course_utils.exercises.lesson01.conv_output_size import conv_output_size
from course_utils.exercises.lesson01.conv_parameters import conv_parameters
from course_utils.exercises.lesson01.neuron_gradients import neuron_gradients
from course_utils.exercises.lesson01.questions import (
    predict_equivariance,
    predict_linear_depth,
    predict_shifted_accuracy,
    predict_three_classifiers,
    predict_three_small_kernels,
    predict_transposed,
    predict_zero_grad,
)
from course_utils.exercises.lesson01.quiz import quiz_loss_goes_up, quiz_parameters
from course_utils.exercises.lesson01.receptive_field import receptive_field
from course_utils.exercises.lesson01.transposed_output_size import transposed_output_size
from course_utils.exercises.machine.progress import progress_of

__all__ = [
    "conv2d_by_unfolding",
    "conv_output_size",
    "conv_parameters",
    "neuron_gradients",
    "predict_equivariance",
    "predict_linear_depth",
    "predict_shifted_accuracy",
    "predict_three_classifiers",
    "predict_three_small_kernels",
    "predict_transposed",
    "predict_zero_grad",
    "progress",
    "quiz_loss_goes_up",
    "quiz_parameters",
    "receptive_field",
    "transposed_output_size",
]

progress = progress_of(__name__)
