# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 2: a stand-in for a trained autoencoder, which notes how it is used."""

import torch
from torch import nn

from course_utils.checks import check_shape
from course_utils.exercises.machine.probes import normal

LATENT = 3
HIDDEN = 8


class TrainedAutoencoder(nn.Module):
    """A stand-in for a trained autoencoder with a code of 3 numbers, which notes what it is given.

    Parameters
    ----------
    side : int
        Images have the shape (1, side, side).
    learns : bool
        Whether its weights ask for gradients.

    Attributes
    ----------
    latent : int
    encoded, decoded : list of Tensor
        What `encode` and `decode` were given, in order.
    """

    latent = LATENT

    def __init__(self, *, side, learns=False):
        super().__init__()
        self.eval()
        self.side, self.encoded, self.decoded = side, [], []
        self._in = nn.Parameter(normal(side**2, LATENT, seed=300, scale=3 / side), requires_grad=learns)
        self._hidden = nn.Parameter(normal(LATENT, HIDDEN, seed=301), requires_grad=learns)
        self._out = nn.Parameter(normal(HIDDEN, side**2, seed=302), requires_grad=learns)

    @property
    def shown(self):
        """How a verdict writes it."""
        return f"an autoencoder ({LATENT} code numbers, images of {self.side} × {self.side} pixels)"

    def encode(self, x):
        """Return codes, shape (B, 3), of images of shape (B, 1, side, side)."""
        check_shape(f"B 1 {self.side} {self.side}", x=x)
        self.encoded.append(x.detach().clone())
        return 2 * torch.tanh(x.flatten(1) @ self._in.to(x.dtype)) + 0.5

    def decode(self, z):
        """Return logits, shape (B, 1, side, side), of codes of shape (B, 3)."""
        check_shape(f"B {LATENT}", z=z)
        self.decoded.append(z.detach().clone())
        logits = torch.tanh(z @ self._hidden.to(z.dtype)) @ self._out.to(z.dtype)
        return logits.reshape(-1, 1, self.side, self.side)

    def forward(self, x):
        """Encode and decode."""
        return self.decode(self.encode(x))
