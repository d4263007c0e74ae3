"""Points around the corners of a regular polygon: a distribution with several modes whose density is known."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from course_utils.checks import check_count, check_floats, check_number, check_seed, check_shape


@dataclass(frozen=True, eq=False)
class Ring:
    """Points from an even mixture of round Gaussians whose centers lie on a circle.

    Attributes
    ----------
    points : Tensor, shape (N, 2), float32
        The sample.
    centers : Tensor, shape (M, 2), float32
        Means of the Gaussians, anticlockwise; the first lies on the positive first axis.
    sigma : float
        Their standard deviation along every direction.
    """

    points: Tensor
    centers: Tensor
    sigma: float

    def density(self, x: Tensor) -> Tensor:
        """Return p(x), the density that the points were drawn from.

        Parameters
        ----------
        x : Tensor, shape (B, 2)
            Where.

        Returns
        -------
        Tensor, shape (B,)
            Probability per unit of area, >= 0.

        Raises
        ------
        TypeError
            If `x` is no tensor of floating-point numbers.
        ValueError
            If `x` has another shape.

        Examples
        --------
        At the only center of one Gaussian it is 1 / (2π σ²):

        >>> ring(1, modes=1, sigma=1.0, seed=0).density(torch.tensor([[2.0, 0.0]]))
        tensor([0.1592])
        """
        check_floats(x=x)
        check_shape("B 2", x=x)
        squared = (x[:, None] - self.centers.to(x)).square().sum(-1)  # (B, 1, 2) − (M, 2) -> (B, M)
        peak = 1 / (2 * math.pi * self.sigma**2)
        return peak * torch.exp(-squared / (2 * self.sigma**2)).mean(1)  # (B, M) -> (B,)

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        return f"Ring({len(self):,} points around {len(self.centers)} centers, sigma {self.sigma:g})"


def ring(n: int, *, modes: int = 8, radius: float = 2.0, sigma: float = 0.05, seed: int) -> Ring:
    """Draw `n` points, each around one of `modes` centers on a circle, all of them equally likely.

    Parameters
    ----------
    n : int
        Number of points, at least 1.
    modes : int
        Number of centers M, at least 1.
    radius : float
        Distance of the centers from the origin, > 0.
    sigma : float
        Standard deviation of the points around their center along every direction, > 0.
    seed : int
        Same seed, same points.

    Returns
    -------
    Ring
        Points of shape (N, 2), centers of shape (M, 2), and their density.

    Raises
    ------
    TypeError
        If `radius` or `sigma` is no number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> eight = ring(1000, seed=0)
    >>> eight
    Ring(1,000 points around 8 centers, sigma 0.05)
    >>> distance = torch.cdist(eight.points, eight.centers).amin(1)  # from the nearest center
    >>> bool((distance < 5 * eight.sigma).all())
    True
    """
    check_count(n=n, modes=modes)
    check_number(radius=radius, sigma=sigma, above=0)
    check_seed(seed)
    angles = 2 * math.pi * torch.arange(modes) / modes
    centers = radius * torch.stack((angles.cos(), angles.sin()), dim=1)  # (M, 2)
    source = torch.Generator().manual_seed(seed)
    chosen = torch.randint(modes, (n,), generator=source)
    points = centers[chosen] + sigma * torch.randn(n, 2, generator=source)
    return Ring(points, centers, float(sigma))
