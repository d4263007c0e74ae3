"""Whether a map shows the neighbours that the points really have."""

from torch import Tensor

from course_utils.checks import check_count
from course_utils.metrics.arguments import centred, check_codes


def trustworthiness(x: Tensor, z: Tensor, *, k: int = 10) -> float:
    """Say how far neighbours in a map are neighbours in the space that it was made from [1]_.

    For each point, those among its k nearest in the map `z` that are not among its k nearest in `x` are intruders; each
    is charged by how much too far it lies, its rank in `x` minus k. The sum is scaled so that no map is below 0:
    1 − 2 / (N k (2N − 3k − 1)) · Σ (rank − k). Neighbours that the map tears apart are not charged.

    Parameters
    ----------
    x : Tensor, shape (N, D)
        The points that the map was made from.
    z : Tensor, shape (N, Z)
        Where the map puts them, in the same order. The work grows with N²: a thousand or two are enough.
    k : int
        How many neighbours to look at, from 1 to below N / 2.

    Returns
    -------
    float
        From 0 to 1, without a unit: 1 if no point has an intruder; a map drawn at random gets about a half.

    Raises
    ------
    TypeError
        If `x` or `z` is no tensor of floating-point numbers.
    ValueError
        If shapes do not fit, a number is not finite, or `k` is not from 1 to below N / 2.

    References
    ----------
    .. [1] J. Venna and S. Kaski (2001), *Neighborhood preservation in nonlinear projection methods: an experimental
       study*, https://doi.org/10.1007/3-540-44668-0_68

    Examples
    --------
    A map that keeps the first of two coordinates; the second tells who is near.

    >>> import torch
    >>> x = torch.tensor([[0.0, 0.0], [0.1, 9.0], [5.0, 0.1], [5.1, 9.1]])
    >>> trustworthiness(x, x, k=1), round(trustworthiness(x, x[:, :1], k=1), 3)
    (1.0, 0.5)
    """
    check_codes(least=3, x=x, z=z)
    if len(x) != len(z):
        raise ValueError(f"`x` and `z` must have the same number of points, got {len(x)} and {len(z)}")
    check_count(k=k, most=(len(x) - 1) // 2, remedy=f"neighbours must be fewer than half of the {len(x)} points")
    from sklearn.manifold import trustworthiness as measure

    return float(measure(*centred(x), *centred(z), n_neighbors=k))
