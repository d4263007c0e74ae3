"""Small pictures drawn from known factors, so that what a latent code has found can be measured."""

from dataclasses import dataclass

import torch
from torch import Tensor

from course_utils.checks import check_count, check_seed

SIDE = 28
KINDS = ("ellipse", "rectangle", "triangle")
# Position and size together keep every shape inside the frame. Within +-60 degrees no shape repeats itself: all three
# have one long axis, which looks the same again only after 180 degrees.
RANGES = {"shape": (0.0, 2.0), "x": (8.5, 18.5), "y": (8.5, 18.5), "size": (5.0, 8.0), "angle": (-60.0, 60.0)}


@dataclass(frozen=True, eq=False)
class ShapeSet:
    """Pictures and the factors they were drawn from.

    Attributes
    ----------
    images : Tensor, shape (N, 1, 28, 28), float32
        White on black, grey values in [0, 1].
    factors : Tensor, shape (N, 5), float32
        One column for each of `names`.
    names : tuple of str
        ``("shape", "x", "y", "size", "angle")``.
    ranges : dict of str to (float, float)
        Lowest and highest value of each factor, in the order of `names`.
    """

    images: Tensor
    factors: Tensor
    names: tuple[str, ...]
    ranges: dict[str, tuple[float, float]]

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"ShapeSet({len(self):,} images of {SIDE}×{SIDE}, factors: {', '.join(self.names)})"


def shapes(n: int, *, seed: int) -> ShapeSet:
    """Draw `n` pictures of one shape each, every factor independent and uniform in its range.

    ======  =====================  =========================================================================
    factor  range                  meaning
    ======  =====================  =========================================================================
    shape   0, 1 or 2              ellipse, rectangle or (isosceles) triangle
    x       8.5 to 18.5 pixels     column of the centre of mass; pixel centres are at 0, 1, ..., 27
    y       8.5 to 18.5 pixels     row of the centre of mass, counted downwards as in the array
    size    5 to 8 pixels          square root of the area: the grey values of the picture sum to size²
    angle   -60 to 60 degrees      tilt of the long axis (a triangle: of its tip) from upright, counter-clockwise
    ======  =====================  =========================================================================

    Parameters
    ----------
    n : int
        Number of pictures, at least 1.
    seed : int
        Same seed, same pictures.

    Returns
    -------
    ShapeSet
        Images of shape (N, 1, 28, 28) in [0, 1] and factors of shape (N, 5).

    Raises
    ------
    ValueError
        If `n` is no int >= 1, or `seed` is no seed.

    Examples
    --------
    >>> pictures = shapes(100, seed=0)
    >>> pictures
    ShapeSet(100 images of 28×28, factors: shape, x, y, size, angle)
    >>> area = pictures.images.sum(dim=(1, 2, 3))
    >>> bool(torch.allclose(area.sqrt(), pictures.factors[:, 3], rtol=0.02))
    True
    """
    check_count(n=n)
    check_seed(seed)
    uniform = torch.rand(n, len(RANGES), generator=torch.Generator().manual_seed(seed), dtype=torch.float32)
    low, high = torch.tensor(list(RANGES.values()), dtype=torch.float32).T
    factors = low + uniform * (high - low)
    factors[:, 0] = (uniform[:, 0] * len(KINDS)).floor()
    return ShapeSet(draw(factors), factors, tuple(RANGES), dict(RANGES))


def draw(factors: Tensor) -> Tensor:
    """Return the pictures, shape (N, 1, 28, 28), of `factors`, shape (N, 5)."""
    images = torch.empty(len(factors), 1, SIDE, SIDE, dtype=factors.dtype)
    for kind, coverage in enumerate((_ellipse, _rectangle, _triangle)):
        chosen = factors[:, 0] == kind
        x, y, size, angle = factors[chosen, 1:, None, None].unbind(1)  # each (N, 1, 1)
        tilt = angle.deg2rad()
        dx = torch.arange(SIDE) - x  # (N, 1, W)
        dy = torch.arange(SIDE)[:, None] - y  # (N, H, 1)
        along = -dx * tilt.sin() - dy * tilt.cos()  # (N, H, W), towards the tip
        across = dx * tilt.cos() - dy * tilt.sin()
        images[chosen, 0] = coverage(along, across, size)
    return images


# Each function returns how much of a pixel the shape covers. At a straight edge that is 0.5 minus the distance of the
# pixel's centre to the edge, between 0 and 1. The proportions give every shape the area size².


def _ellipse(along: Tensor, across: Tensor, size: Tensor) -> Tensor:
    a = size * (2 / torch.pi) ** 0.5  # half the length; half the width is b = a / 2, so that pi a b = size²
    p, q = along / a, across / (a / 2)
    tiny = 1e-12  # the gradient has no direction at the very centre
    radius = (p**2 + q**2 + tiny).sqrt()  # 1 on the edge
    gradient = ((p / a) ** 2 + (q / (a / 2)) ** 2 + tiny).sqrt() / radius
    distance: Tensor = (radius - 1) / gradient
    return (0.5 - distance).clamp(0, 1)


def _rectangle(along: Tensor, across: Tensor, size: Tensor) -> Tensor:
    a = size / 2**0.5  # half the length; half the width is a / 2
    return (a + 0.5 - along.abs()).clamp(0, 1) * (a / 2 + 0.5 - across.abs()).clamp(0, 1)


def _triangle(along: Tensor, across: Tensor, size: Tensor) -> Tensor:
    width = size * 1.6**0.5
    height = 1.25 * width
    base = along + height / 3  # distances to the three edges, positive inside; the centre of mass is at a third
    leg = (height**2 + (width / 2) ** 2).sqrt()
    left = ((2 / 3 * height - along) * width / 2 + across * height) / leg
    right = ((2 / 3 * height - along) * width / 2 - across * height) / leg
    return torch.stack((base, left, right)).add(0.5).clamp(0, 1).prod(dim=0)
