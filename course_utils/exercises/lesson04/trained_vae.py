# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 4: a stand-in for a trained VAE, which notes how it is used."""

from torch import nn

from course_utils.exercises.machine.probes import normal

LATENT = 3


class TrainedVAE(nn.Module):
    """A stand-in for a trained VAE with 3 latent dimensions and images of 2×2 pixels, which notes how it is used.

    Attributes
    ----------
    latent : int
    training : bool
    mu, logvar : Tensor, shape (8, 3)
        Left over from the last training batch.
    decoded : list of Tensor
        What `decode` was given, in order.
    encoded : int
        How often the encoder was used, or what it left over.
    """

    latent = LATENT

    def __init__(self, *, training=False):
        super().__init__()
        self.train(training)
        self.decoded, self.encoded = [], 0
        self._weights = nn.Parameter(normal(LATENT, 4, seed=30, scale=1.5), requires_grad=False)

    @property
    def shown(self):
        """How a verdict writes it."""
        return f"a trained VAE (latent = 3, vae.training is {self.training})"

    @property
    def mu(self):
        """The means of the last batch."""
        self.encoded += 1
        return 2 + normal(8, LATENT, seed=31)

    @property
    def logvar(self):
        """The log variances of the last batch."""
        self.encoded += 1
        return normal(8, LATENT, seed=32) - 2

    def encode(self, x):
        """Return (mu, logvar), each of shape (B, 3)."""
        self.encoded += 1
        flat = x.flatten(1)
        return flat @ self._weights.T.to(x.dtype) + 0.5, 0.5 * flat @ self._weights.T.flip(1).to(x.dtype) - 1

    def decode(self, z):
        """Return logits, shape (B, 1, 2, 2); a single column is broadcast, as some decoders do by accident."""
        self.decoded.append(z.detach().clone())
        if z.ndim == 2 and z.shape[1] == 1:
            z = z.expand(-1, LATENT)
        return (z @ self._weights.to(z.dtype)).reshape(-1, 1, 2, 2)
