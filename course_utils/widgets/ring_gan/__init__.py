"""The widget in which a GAN learns a ring of Gaussians, one move of one player at a time; its plot beside it."""

from course_utils.widgets.ring_gan.widget import RingGAN

__all__ = ["RingGAN"]
