"""The widget whose cursor moves over the codes of an autoencoder and of a VAE at once."""

from course_utils.widgets.two_planes.widget import TwoPlanes

__all__ = ["TwoPlanes"]
