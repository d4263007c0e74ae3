"""What the discriminator says on a lattice over the plane, and what the best one would say."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from course_utils.data import Ring
from course_utils.models import Discriminator

PER_SIDE = 64  # places along each side of the lattice
_FAINT = 0.01  # of the data's highest density: where data and samples together have less, nobody can judge


class Field(NamedTuple):
    """Numbers on the lattice, (64, 64) each: rows upwards, columns to the right.

    `d` is the discriminator and `best` the best one, both from 0 to 1; `weight` sums to 1 and says how much of data and
    samples lies around a place; `known` is False where there is next to nothing.
    """

    d: Tensor
    best: Tensor
    weight: Tensor
    known: Tensor

    @property
    def gap(self) -> float:
        """Mean of |D − D*| over places drawn half from the data and half from the samples, both blurred."""
        return float((self.weight * (self.d - self.best).abs()).sum())


def axis(side: float) -> Tensor:
    """Return the coordinates of the lattice on either axis: the middles of cells that fill [−side, side]."""
    return side * ((2 * torch.arange(PER_SIDE) + 1) / PER_SIDE - 1)


def bumps(points: Tensor, width: float, side: float) -> Tensor:
    """Return the density, on the lattice, of a mixture of equal round Gaussians around points (N, 2)."""
    u, v = (_bells(axis(side) - points[:, i, None], width) for i in (0, 1))  # (N, 64) each
    return v.T @ u / len(points)  # a round bump is a product of two: one matrix product adds them all


def _bells(u: Tensor, width: float) -> Tensor:
    return torch.exp(-0.5 * (u / width).square()) / (width * math.sqrt(2 * math.pi))


@torch.no_grad()
def field(discriminator: Discriminator, data: Ring, samples: Tensor, *, blur: float, side: float) -> Field:
    """Judge every place, by `discriminator` and by the best one for these samples.

    The best one, of all that see a point alone, is p / (p + q). Both densities are blurred by N(0, blur² I): p exactly,
    for a blurred Gaussian is a wider one; q as the kernel density of the samples. A discriminator that sees groups
    judges each place in the company of the first points of the data.
    """
    x = axis(side)
    lattice = torch.cartesian_prod(x, x).flip(1)  # (4096, 2), the first coordinate runs fastest
    logits = discriminator.among(lattice, data.points[: discriminator.group - 1])
    d = logits.sigmoid().view(PER_SIDE, PER_SIDE)
    p = bumps(data.centers, math.hypot(data.sigma, blur), side)
    q = bumps(samples, blur, side)
    best = torch.sigmoid(p.log() - q.log()).nan_to_num(0.5)
    both = p + q
    return Field(d, best, both / both.sum(), both > _FAINT * p.max())
