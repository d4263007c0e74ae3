"""Sliders over the functions of the course: move one, and the picture follows without visible delay.

A widget shows itself at the end of a cell. ``widget.ui`` is the live view, ``widget.set(...)`` moves its controls as a
user would, ``widget.text`` is its read-out, and a notebook that is read without a kernel shows its still picture. An
error at a move is shown in the widget, in red, until a move succeeds.

Notes
-----
A move costs the kernel a few milliseconds at most: an image is decoded, enlarged and stored as a small PNG; a plot is
one figure whose background is drawn once. ``benchmarks/widget_latency.py`` measures both.
"""

from course_utils.widgets.beta_calculator import BetaCalculator
from course_utils.widgets.beta_slider import BetaSlider
from course_utils.widgets.code_plane import CodePlane
from course_utils.widgets.convolution import Convolution
from course_utils.widgets.flipbook import Flipbook
from course_utils.widgets.frozen_noise import FrozenNoise
from course_utils.widgets.gradient_play import GradientPlay
from course_utils.widgets.kl_flow import KLFlow
from course_utils.widgets.kl_terms import KLTerms
from course_utils.widgets.latent_sliders import LatentSliders
from course_utils.widgets.matrix_game import MatrixGame
from course_utils.widgets.noise_dial import NoiseDial
from course_utils.widgets.ring_gan import RingGAN
from course_utils.widgets.two_planes import TwoPlanes

__all__ = [
    "BetaCalculator",
    "BetaSlider",
    "CodePlane",
    "Convolution",
    "Flipbook",
    "FrozenNoise",
    "GradientPlay",
    "KLFlow",
    "KLTerms",
    "LatentSliders",
    "MatrixGame",
    "NoiseDial",
    "RingGAN",
    "TwoPlanes",
]
