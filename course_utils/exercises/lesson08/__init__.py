"""The exercises and questions of lesson 8: GANs and Nash equilibrium.

>>> from course_utils.exercises import lesson08 as ex
>>> def generator_loss(fake_logits):
...     ...
>>> ex.generator_loss.check(generator_loss)
○ The generator's loss: not attempted yet
Write the body, then run this cell again; `.hint()` gives a nudge.
"""

from course_utils.exercises.lesson08.adversarial_step import adversarial_step
from course_utils.exercises.lesson08.discriminator_loss import discriminator_loss
from course_utils.exercises.lesson08.extragradient_step import extragradient_step
from course_utils.exercises.lesson08.gda_step import gda_step
from course_utils.exercises.lesson08.generator_loss import generator_loss
from course_utils.exercises.lesson08.mixed_equilibrium import mixed_equilibrium
from course_utils.exercises.lesson08.mode_count import mode_count
from course_utils.exercises.lesson08.optimal_discriminator import optimal_discriminator
from course_utils.exercises.lesson08.questions import (
    predict_fixed_critic,
    predict_fresh_critic,
    predict_half_modes,
    predict_losses,
    predict_spiral,
)
from course_utils.exercises.lesson08.quiz import quiz_detach, quiz_equilibrium, quiz_losses
from course_utils.exercises.machine.progress import progress_of

__all__ = [
    "adversarial_step",
    "discriminator_loss",
    "extragradient_step",
    "gda_step",
    "generator_loss",
    "mixed_equilibrium",
    "mode_count",
    "optimal_discriminator",
    "predict_fixed_critic",
    "predict_fresh_critic",
    "predict_half_modes",
    "predict_losses",
    "predict_spiral",
    "progress",
    "quiz_detach",
    "quiz_equilibrium",
    "quiz_losses",
]

progress = progress_of(__name__)
