"""How far the codes, taken together, are from the prior N(0, I)."""

import math

import torch
from torch import Tensor

from course_utils.checks import check_count
from course_utils.metrics.arguments import check_codes

SORTED_AT_ONCE = 2**22  # numbers; 34 MB


@torch.no_grad()
def prior_distance(z: Tensor, *, directions: int = 256, generator: torch.Generator | None = None) -> float:
    """Return the sliced 2-Wasserstein distance [1]_ of codes to N(0, I).

    Seen along any direction θ of length 1, the prior is N(0, 1). W² is the mean square of how far the projections θᵀz
    must move, each in order of size, to become that normal distribution: Σ ∫ (θᵀz_(i) − Φ⁻¹(u))² du, over u from
    (i − 1) / N to i / N. These integrals are exact. The result is the root of the mean of W² over the directions, which
    are drawn at random in sets of Z at right angles: if the sets are whole, a shift of all codes counts the same
    whatever the draw.

    The distance of a *sample* is too large on average, and never 0: N points are no bell curve. For codes that really
    come from N(0, I) it is about 0.17 at N = 100, 0.06 at 1,000 and 0.018 at 10,000, hardly more or less with Z. So
    compare spaces at one N, and put beside them what as many draws from the prior get:
    ``prior_distance(torch.randn_like(z))``.

    Parameters
    ----------
    z : Tensor, shape (N, Z)
        Codes: samples of q(z|x), one for each image, for the aggregate posterior. Means alone are too narrow.
    directions : int
        How many, >= 1; a multiple of Z gives whole sets.
    generator : torch.Generator, optional
        A generator of the CPU that draws the directions; the global one by default.

    Returns
    -------
    float
        >= 0, in standard deviations of the prior along one direction: normal codes shifted by the vector m
        alone are ‖m‖ / √Z away (whole sets, many codes), those with all standard deviations s alone |s − 1|.

    Raises
    ------
    TypeError
        If `z` is no tensor of floating-point numbers.
    ValueError
        If `z` does not have that shape or is not finite, or `directions` is not an int >= 1.

    References
    ----------
    .. [1] N. Bonneel, J. Rabin, G. Peyré and H. Pfister (2015), *Sliced and Radon Wasserstein barycenters of measures*,
       https://doi.org/10.1007/s10851-014-0506-3

    Examples
    --------
    One code at (3, 4): W² = 9 + 1 along the first axis, 16 + 1 along the second, 13.5 on average over any such pair.

    >>> round(prior_distance(torch.tensor([[3.0, 4.0]]), directions=2) ** 2, 6)
    13.5
    """
    check_codes(z=z)
    check_count(directions=directions)
    z = z.detach().cpu().double()  # not every accelerator has float64
    means = _means_of_normal_quantiles(len(z))
    rows = max(1, SORTED_AT_ONCE // len(z))
    squares = [
        (theta @ z.T).sort(dim=1).values.sub_(means).square_().mean(1)
        for theta in _directions(directions, z.shape[1], generator).split(rows)
    ]
    # What is left within each step of N points, which no point can mend: 1 − mean of the squared means.
    rest = 1 - means.square().mean()
    return math.sqrt(float(torch.cat(squares).mean() + rest))


def _means_of_normal_quantiles(n: int) -> Tensor:
    """Return the mean of Φ⁻¹(u) over each of the n equal parts of 0 < u < 1, shape (n,)."""
    # The antiderivative of Φ⁻¹(u) is minus the density at Φ⁻¹(u), which is 0 at both ends.
    ends = torch.special.ndtri(torch.arange(n + 1, dtype=torch.float64) / n)
    density = torch.exp(-0.5 * ends.square()) / math.sqrt(2 * math.pi)
    means: Tensor = n * (density[:-1] - density[1:])
    return means


def _directions(count: int, dimensions: int, generator: torch.Generator | None) -> Tensor:
    """Draw vectors of length 1, in sets of `dimensions` at right angles, shape (count, dimensions)."""
    sets = math.ceil(count / dimensions)
    normal = torch.randn(sets, dimensions, dimensions, generator=generator, dtype=torch.float64)
    bases: Tensor = torch.linalg.qr(normal).Q.mT  # (sets, Z, Z): the rows of each are a basis
    return bases.reshape(-1, dimensions)[:count]
