"""The widget that computes a convolution number by number."""

from course_utils.widgets.convolution.widget import Convolution

__all__ = ["Convolution"]
