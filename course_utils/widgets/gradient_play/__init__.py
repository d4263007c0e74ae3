"""The widget on which four rules of gradient play race; its plot and its games beside it."""

from course_utils.widgets.gradient_play.widget import GradientPlay

__all__ = ["GradientPlay"]
