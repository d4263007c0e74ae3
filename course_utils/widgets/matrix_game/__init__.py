"""The widget on games with two strategies each; its plot, and what it says in words, beside it."""

from course_utils.widgets.matrix_game.widget import MatrixGame

__all__ = ["MatrixGame"]
