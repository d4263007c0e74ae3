"""The widget that freezes the noise of the reparameterization trick; its plot beside it."""

from course_utils.widgets.frozen_noise.widget import FrozenNoise

__all__ = ["FrozenNoise"]
