"""The widget that adds noise to the codes of an autoencoder."""

from course_utils.widgets.noise_dial.widget import NoiseDial

__all__ = ["NoiseDial"]
