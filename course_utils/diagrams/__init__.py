"""The course's drawings, each on a figure of its own, ready for `course_utils.plots.show`.

They share one language: a box computes, a circle is a variable, a *dashed* circle is drawn at random, a black arrow
goes forward, a vermillion one belongs to the loss, and a colour has the meaning given by `course_utils.plots.ROLES`.
"""

from course_utils.diagrams.autoencoder import autoencoder
from course_utils.diagrams.gan import adversarial_steps
from course_utils.diagrams.neuron import two_neurons
from course_utils.diagrams.vae import computation_graph, computation_graphs, generative_story, vae_architecture

__all__ = [
    "adversarial_steps",
    "autoencoder",
    "computation_graph",
    "computation_graphs",
    "generative_story",
    "two_neurons",
    "vae_architecture",
]
