"""The exercises and questions of lesson 8: GANs and Nash equilibrium.

>>> from course_utils.exercises import lesson08 as ex
>>> def generator_loss(fake_logits):
...     ...
>>> ex.generator_loss.check(generator_loss)
○ The generator's loss: not attempted yet
Write the body, then run this cell again; `.hint()` gives a nudge.
"""

from course_utils.exercises.lesson08.discriminator_loss import discriminator_loss
from course_utils.exercises.lesson08.generator_loss import generator_loss

__all__ = ["discriminator_loss", "generator_loss"]
