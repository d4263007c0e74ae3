"""The factors with which known terms add up to a wrong result, and how surely the numbers tell them."""

import torch
from torch import Tensor

_ROUNDING = 6e-8  # of the largest term in a row: half a step of float32


def fitted(terms: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor] | None:
    """Fit the factors of terms that should add up to values, every row measured by its largest term.

    Parameters
    ----------
    terms : Tensor, shape (N, K)
        The K terms, in N rows.
    values : Tensor, shape (N,)
        What they should add up to.

    Returns
    -------
    (Tensor, Tensor, Tensor) or None
        The factors, shape (K,); how far each of them may lie from the true one, given the rounding to float32 and
        the errors that are left, shape (K,); and the scale of every row, shape (N,). None if more than one set of
        factors fits.

    Examples
    --------
    >>> terms = torch.tensor([[1.0, 2.0], [3.0, 1.0], [0.0, 5.0]], dtype=torch.float64)
    >>> factors, off, _ = fitted(terms, 3 * terms[:, 0] - terms[:, 1])
    >>> [round(float(factor), 6) for factor in factors], bool((off < 1e-4).all())
    ([3.0, -1.0], True)
    """
    scale = 1 / (1 + torch.maximum(terms.abs().amax(1), values.abs()))
    left, goal = terms * scale[:, None], values * scale
    solved = torch.linalg.lstsq(left, goal[:, None], rcond=1e-9, driver="gelsd")
    if int(solved.rank) < terms.shape[1]:
        return None
    found = solved.solution[:, 0]
    free = len(terms) - terms.shape[1]  # the fit takes the other rows' errors upon itself
    seen = float((left @ found - goal).abs().max()) * (len(terms) / max(free, 1)) ** 0.5
    noise = max(2 * seen, _ROUNDING)
    return found, noise * torch.linalg.pinv(left, rtol=1e-9).abs().sum(1), scale
