"""Which modes a generator reaches, and how many of its samples are any good."""

from typing import NamedTuple

import torch
from torch import Tensor

from course_utils.checks import check_number
from course_utils.metrics.arguments import check_codes, check_same_width


class ModeCoverage(NamedTuple):
    """What `mode_coverage` found.

    `modes` is the number of centers that get enough good samples, `share` the share of samples that are good, from 0
    to 1, and `counts` the good samples of each center, shape (K,).
    """

    modes: int
    share: float
    counts: Tensor


@torch.no_grad()
def mode_coverage(points: Tensor, centers: Tensor, *, radius: float, fair: float = 0.2) -> ModeCoverage:
    """Count the modes that samples reach, and the samples that lie at a mode.

    A sample belongs to its nearest center, and is good if it lies within `radius` of it: with three standard deviations
    of the mode, the criterion of [1]_. A center is reached if it holds at least `fair` times its fair share, 1 / K, of
    the good samples. One stray sample is no mode.

    Parameters
    ----------
    points : Tensor, shape (N, D)
        Samples of a generator. Take so many that `fair` · N / K is not one or two: a thousand for eight modes.
    centers : Tensor, shape (K, D)
        Where the modes are.
    radius : float
        > 0, in the unit of the points; three standard deviations of a mode are usual. In two dimensions a mode's own
        samples lie within it with probability 1 − exp(−3²/2) = 0.989: no generator should get a share above that.
    fair : float
        From 0 to 1: the part of its fair share that a center must hold. At 0, one good sample is enough.

    Returns
    -------
    ModeCoverage
        modes (0 to K), share (0 to 1), counts.

    Raises
    ------
    TypeError
        If points or centers are no tensors of floating-point numbers, or `radius` or `fair` is no number.
    ValueError
        If shapes do not fit, a number is not finite, or `radius` or `fair` is out of its range.

    References
    ----------
    .. [1] A. Srivastava, L. Valkov, C. Russell, M. U. Gutmann and C. Sutton (2017), *VEEGAN: reducing mode collapse in
       GANs using implicit variational learning*, section 4.1, https://arxiv.org/abs/1705.07761; there one good sample
       is enough for a mode.

    Examples
    --------
    Three samples at the left center, one between the centers, none at the right one.

    >>> centers = torch.tensor([[-2.0, 0.0], [2.0, 0.0]])
    >>> mode_coverage(torch.tensor([[-2.0, 0.1], [-2.0, 0.0], [-1.9, 0.0], [0.5, 0.0]]), centers, radius=0.15)
    ModeCoverage(modes=1, share=0.75, counts=tensor([3, 0]))
    """
    check_codes(points=points, centers=centers)
    check_same_width(points=points, centers=centers)
    check_number(radius=radius, above=0)
    check_number(fair=fair, least=0, most=1)
    points, centers = (t.detach().cpu().double() for t in (points, centers))  # not every accelerator has float64
    # Differences, not products: the square written out would lose the digits of points far from 0.
    distance, nearest = torch.cdist(points, centers, compute_mode="donot_use_mm_for_euclid_dist").min(1)
    good = distance <= radius
    counts = torch.bincount(nearest[good], minlength=len(centers))
    enough = max(1.0, fair * int(counts.sum()) / len(centers))
    return ModeCoverage(int((counts >= enough).sum()), good.double().mean().item(), counts)
