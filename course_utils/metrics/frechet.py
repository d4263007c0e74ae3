"""How far apart two sets of images are, seen through the features of a classifier."""

import torch
from torch import Tensor

from course_utils.metrics.arguments import check_codes, check_same_width


@torch.no_grad()
def frechet_distance(features: Tensor, others: Tensor) -> float:
    """Fit a Gaussian to each of two sets of features, and return the squared Fréchet distance of the two [1]_.

    d² = ‖m − m'‖² + tr(C + C' − 2 (C C')^½), with the means m and the covariances C (divided by N − 1). With the
    features of an Inception network, it is known as FID [2]_. Only means and covariances count: sets that agree in them
    are at distance 0, however different they are.

    A sample's distance is too large on average, and the more so the fewer the examples: two halves of one set are not
    at 0. Compare at the same N, and put beside it what two such halves get.

    Parameters
    ----------
    features : Tensor, shape (N, F)
        Features of at least two examples, such as ``classifier.features(x)``.
    others : Tensor, shape (M, F)
        Features of at least two other examples, by the same classifier. Exchanging the two changes nothing.

    Returns
    -------
    float
        >= 0, in squared units of the features: only distances on the features of one classifier can be compared.

    Raises
    ------
    TypeError
        If an argument is no tensor of floating-point numbers.
    ValueError
        If shapes do not fit, or a number is not finite.

    References
    ----------
    .. [1] D. C. Dowson and B. V. Landau (1982), *The Fréchet distance between multivariate normal distributions*,
       https://doi.org/10.1016/0047-259X(82)90077-X
    .. [2] M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler and S. Hochreiter (2017), *GANs trained by a two
       time-scale update rule converge to a local Nash equilibrium*, https://arxiv.org/abs/1706.08500

    Examples
    --------
    Standard deviations 1 and 3, means 0 and 5: 5² + (3 − 1)².

    >>> features = torch.tensor([[-1.0], [0.0], [1.0]])
    >>> round(frechet_distance(features, 3 * features + 5), 6)
    29.0
    """
    check_codes(least=2, features=features, others=others)
    check_same_width(features=features, others=others)
    mean, root = _mean_and_root(features)
    other_mean, other_root = _mean_and_root(others)
    # With C = RᵀR and C' = R'ᵀR', the trace of (C C')^½ is the sum of the singular values of R R'ᵀ: no root of a small
    # number that rounding has changed.
    overlap = torch.linalg.svdvals(root @ other_root.T).sum()
    apart = (mean - other_mean).square().sum() + root.square().sum() + other_root.square().sum() - 2 * overlap
    return float(apart.clamp(min=0))  # rounding may leave −1e-13; NaN stays NaN


def _mean_and_root(features: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean, shape (F,), and an R with RᵀR = covariance, shape (min(N, F), F)."""
    features = features.detach().cpu().double()  # not every accelerator has float64
    mean = features.mean(0)
    return mean, torch.linalg.qr((features - mean) / (len(features) - 1) ** 0.5, mode="r").R
