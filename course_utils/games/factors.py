"""By what a rule of gradient play multiplies the distance from an equilibrium, according to theory."""

import cmath
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from course_utils.checks import check_number, check_shape
from course_utils.games.dynamics import RULES


def xy_factor(rule: str, eta: float) -> float:
    """Return by what x² + y² is multiplied at each step on f = x·y, according to theory.

    A step is a linear map there, and the factor is |λ|² for the largest of its eigenvalues λ. For simultaneous and
    extragradient play every single step has exactly this factor. For the other two it is the rate in the long run:
    alternating play goes round an ellipse, where x² + y² itself grows and shrinks.

    Parameters
    ----------
    rule : str
        One of `RULES`.
    eta : float
        The step size, > 0.

    Returns
    -------
    float
        Below 1 the players come closer to the equilibrium (0, 0), above 1 they leave it.

    Raises
    ------
    TypeError
        If eta is no number.
    ValueError
        If there is no such rule, or eta is not > 0.

    Notes
    -----
    simultaneous: 1 + η². extragradient: 1 − η² + η⁴. alternating: 1 up to η = 2; beyond, λ² = (2 − η²)λ − 1 has a
    real root outside the circle. optimistic: λ² = (1 − 2iη)λ + iη.

    References
    ----------
    .. [1] G. Gidel, R. Askari Hemmat, M. Pezeshki, R. Le Priol, G. Huang, S. Lacoste-Julien and I. Mitliagkas (2019),
       *Negative momentum for improved game dynamics*, https://arxiv.org/abs/1807.04740
    .. [2] C. Daskalakis, A. Ilyas, V. Syrgkanis and H. Zeng (2018), *Training GANs with optimism*,
       https://arxiv.org/abs/1711.00141

    Examples
    --------
    >>> [round(xy_factor(rule, 0.5), 4) for rule in RULES]
    [1.25, 1.0, 0.8125, 0.5]
    """
    _check_rule(rule, eta)
    if rule == "simultaneous":
        return 1 + eta**2
    if rule == "extragradient":
        return 1 - eta**2 + eta**4
    if rule == "alternating":
        return 1.0 if eta <= 2 else _largest_root(2 - eta**2, -1)
    return _largest_root(1 - 2j * eta, 1j * eta)


def local_factor(rule: str, jacobian: Tensor | Sequence[Sequence[float]], eta: float) -> float:
    """Return by what a rule multiplies the squared distance from an equilibrium at each step, near it, in the long run.

    There a step is a linear map, which the Jacobian of the field makes, and the factor is |λ|² for the largest of its
    eigenvalues.

    Parameters
    ----------
    rule : str
        One of `RULES`.
    jacobian : Tensor, shape (2, 2), or nested lists
        Of the field (−∂f/∂x, ∂f/∂y) at the equilibrium, as `field_jacobian` returns it for two numbers.
    eta : float
        The step size, > 0.

    Returns
    -------
    float
        Below 1 players who start near the equilibrium come closer to it, above 1 they leave it.

    Raises
    ------
    TypeError
        If eta is no number.
    ValueError
        If there is no such rule, eta is not > 0, or the Jacobian is not (2, 2) or not finite.

    References
    ----------
    .. [1] L. Mescheder, A. Geiger and S. Nowozin (2018), *Which training methods for GANs do actually converge?*,
       https://arxiv.org/abs/1801.04406

    Examples
    --------
    >>> dirac = [[0.0, 0.5], [-0.5, 0.0]]  # the Dirac-GAN without R1; with gamma = 1 the last number is −1
    >>> round(local_factor("simultaneous", dirac, 0.2), 4)
    1.01
    >>> round(local_factor("simultaneous", [[0.0, 0.5], [-0.5, -1.0]], 0.2), 4)  # |1 − 0.2·½|²
    0.81
    """
    _check_rule(rule, eta)
    named: Any = {"jacobian": (J := torch.as_tensor(jacobian, dtype=torch.float64))}
    check_shape("2 2", **named)
    if not bool(J.isfinite().all()):
        raise ValueError(f"`jacobian` must hold finite numbers, got {J.tolist()}")
    one = torch.eye(2, dtype=torch.float64)
    if rule == "simultaneous":
        step = one + eta * J
    elif rule == "extragradient":
        step = one + eta * J @ (one + eta * J)
    elif rule == "alternating":
        first, second = torch.diag(torch.tensor([1.0, 0.0])).double(), torch.diag(torch.tensor([0.0, 1.0])).double()
        step = (one + eta * second @ J) @ (one + eta * first @ J)
    else:  # of the places now and one step before
        step = torch.cat([torch.cat([one + 2 * eta * J, -eta * J], 1), torch.cat([one, 0 * one], 1)])
    return float(torch.linalg.eigvals(step).abs().max()) ** 2


def _check_rule(rule: str, eta: float) -> None:
    check_number(eta=eta, above=0)
    if rule not in RULES:
        raise ValueError(f"`rule` must be one of {', '.join(RULES)}, got {rule!r}")


def _largest_root(b: complex, c: complex) -> float:
    """Return the larger |λ|² of the two with λ² = bλ + c."""
    root = cmath.sqrt(b**2 / 4 + c)
    return max(abs(b / 2 + root), abs(b / 2 - root)) ** 2
