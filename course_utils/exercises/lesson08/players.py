# mypy: allow-untyped-defs
"""A small GAN that notes how it is used: what the exercise on the two updates hands to a learner."""

import torch
from torch import nn

from course_utils.exercises.machine.probes import normal

LR_D, LR_G = 0.5, 0.25
"""Learning rates; two of them, so that exchanged optimizers show."""


class Table:
    """Both networks, both optimizers, and what is noted of them.

    Parameters
    ----------
    seed : int
        Of the weights.

    Attributes
    ----------
    generator, discriminator : nn.Module
        From noise of 5 numbers to points of 3 numbers, and from those to one logit each, shape (B,).
    optimizer_g, optimizer_d : torch.optim.SGD
    reached : int
        How often a gradient has come back to the generator's output.
    """

    def __init__(self, seed):
        with torch.random.fork_rng(devices=[]):  # the layers draw weights that are replaced below
            self.generator = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))
            self.discriminator = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0))
        for number, parameter in enumerate(self.parameters()):
            parameter.data.copy_(normal(*parameter.shape, seed=seed + number, scale=0.7))
        self.optimizer_g = torch.optim.SGD(self.generator.parameters(), lr=LR_G)
        self.optimizer_d = torch.optim.SGD(self.discriminator.parameters(), lr=LR_D)
        self.reached = 0
        self.generator.register_forward_hook(self._watch)

    def parameters(self):
        """Return the weights of both, those of the generator first."""
        return [*self.generator.parameters(), *self.discriminator.parameters()]

    def weights(self):
        """Return copies of the discriminator's and of the generator's weights, each flattened."""
        return tuple(nn.utils.parameters_to_vector(m.parameters()).detach().clone()
                     for m in (self.discriminator, self.generator))  # fmt: skip

    def frozen(self):
        """Say whose weights want no gradient any more."""
        networks = {"D": self.discriminator, "G": self.generator}
        names = [name for name, m in networks.items() if not all(p.requires_grad for p in m.parameters())]
        return " and ".join(names) or "nobody's"

    def _watch(self, module, inputs, output):
        if output.requires_grad:
            output.register_hook(self._count)

    def _count(self, grad):
        self.reached += 1


def batch(seed, count=8):
    """Return real points, shape (count, 3), and noise, shape (count, 5)."""
    return 0.5 * normal(count, 3, seed=seed) + 1.0, normal(count, 5, seed=seed + 1)
