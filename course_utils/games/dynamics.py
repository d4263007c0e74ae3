"""Gradient play on f(x, y): x goes downhill, y goes uphill, and the rule says who looks when.

Every rule is a generator without end that yields the start and then the players after each step:
``itertools.islice(simultaneous(f, x, y, eta=0.1), 101)`` are a hundred steps.
"""

import cmath
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

from course_utils.checks import check_floats, check_number, check_shape

Value = Callable[[Any, Any], Any]
Slopes = Callable[[Any, Any], tuple[Any, Any]]


class Players(NamedTuple):
    """Where both players are: x, who makes f small, and y, who makes it large; tensors of any shape."""

    x: Any
    y: Any


def gradients(f: Value, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients of f(x, y) with respect to x and to y.

    Parameters
    ----------
    f : callable
        f(x, y), one number.
    x, y : Tensor, shape (...)
        Where; each may have a shape of its own.

    Returns
    -------
    tuple of two Tensors, shape (...) each
        ∂f/∂x and ∂f/∂y; zeros, if f does not depend on one of them.

    Raises
    ------
    TypeError
        If x or y is not a floating-point tensor.
    ValueError
        If f does not return one number.

    References
    ----------
    .. [1] L. Mescheder, S. Nowozin and A. Geiger (2017), *The numerics of GANs*, https://arxiv.org/abs/1705.10461

    Examples
    --------
    >>> gradients(lambda x, y: x * y, torch.tensor(2.0), torch.tensor(3.0))
    (tensor(3.), tensor(2.))
    """
    check_floats(x=x, y=y)
    with torch.enable_grad():
        x, y = x.detach().requires_grad_(), y.detach().requires_grad_()
        value = f(x, y)
        if not isinstance(value, Tensor) or value.numel() != 1:
            what = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else repr(value)
            raise ValueError(f"`f` must return a tensor of one number, got {what}; sum over independent games")
        slopes = (
            torch.autograd.grad(value.sum(), (x, y), materialize_grads=True) if value.requires_grad else (0 * x, 0 * y)
        )
    return slopes[0].detach(), slopes[1].detach()


def field_jacobian(f: Value, x: Tensor, y: Tensor) -> Tensor:
    """Return the Jacobian of the field (−∂f/∂x, ∂f/∂y) in which both players move, at one point.

    Small steps near an equilibrium contract if all its eigenvalues have negative real parts.

    Parameters
    ----------
    f : callable
        f(x, y), one number.
    x, y : Tensor, shape (...)
        The point, of M and of N numbers.

    Returns
    -------
    Tensor, shape (M + N, M + N)
        Row by row, how each component of the field changes with all of x and then all of y.

    Raises
    ------
    TypeError
        If x or y is not a floating-point tensor.

    References
    ----------
    .. [1] L. Mescheder, A. Geiger and S. Nowozin (2018), *Which training methods for GANs do actually converge?*,
       https://arxiv.org/abs/1801.04406

    Examples
    --------
    >>> field_jacobian(lambda x, y: x * y, torch.tensor(0.0), torch.tensor(0.0))
    tensor([[ 0., -1.],
            [ 1.,  0.]])
    """
    check_floats(x=x, y=y)
    blocks: Any = torch.autograd.functional.hessian(f, (x, y))
    downhill, uphill = (
        torch.cat([block.reshape(own.numel(), -1) for block in row], dim=1)
        for own, row in zip((x, y), blocks, strict=True)
    )
    return torch.cat([0 - downhill, uphill])


def simultaneous(f: Value, x: Any, y: Any, *, eta: float, slopes: Slopes | None = None) -> Iterator[Players]:
    """Play: both step at once, each by the gradient at the place where both were.

    Parameters
    ----------
    f : callable
        f(x, y), a tensor of one number: x goes downhill on it and y uphill. Many independent games are played at once
        if it sums them.
    x, y : Tensor, shape (...), or float
        The start; a number becomes a float64 tensor.
    eta : float
        The step size of both, > 0.
    slopes : callable, optional
        (x, y) to (∂f/∂x, ∂f/∂y), where that is known: then autograd is not asked, nor `f`, and x and y stay what they
        are, tensors or numbers.

    Returns
    -------
    iterator of Players
        The start, then where both are after each step; without end.

    Raises
    ------
    TypeError
        If the start is neither a floating-point tensor nor a number.
    ValueError
        If eta is not > 0 or f does not return one number.

    Notes
    -----
    On f = x·y each step multiplies x² + y² by 1 + eta², whatever eta: the players spiral outwards.

    References
    ----------
    .. [1] C. Daskalakis, A. Ilyas, V. Syrgkanis and H. Zeng (2018), *Training GANs with optimism*,
       https://arxiv.org/abs/1711.00141

    Examples
    --------
    >>> from itertools import islice
    >>> for x, y in islice(simultaneous(lambda x, y: x * y, 1.0, 0.0, eta=0.5), 3):
    ...     print(x.item(), y.item(), (x**2 + y**2).item())
    1.0 0.0 1.0
    1.0 0.5 1.25
    0.75 1.0 1.5625
    """
    return _simultaneous(*_started(f, x, y, eta, slopes), eta)


def _simultaneous(slopes: Slopes, x: Any, y: Any, eta: float) -> Iterator[Players]:
    while True:
        yield Players(x, y)
        down, up = slopes(x, y)
        x, y = x - eta * down, y + eta * up


def alternating(f: Value, x: Any, y: Any, *, eta: float, slopes: Slopes | None = None) -> Iterator[Players]:
    """Play: x steps first, and y answers to where x now is.

    Parameters
    ----------
    f : callable
        f(x, y), as in `simultaneous`.
    x, y : Tensor, shape (...), or float
        The start.
    eta : float
        The step size of both, > 0.
    slopes : callable, optional
        As in `simultaneous`.

    Returns
    -------
    iterator of Players
        The start, then where both are after each step (of x and then of y); without end.

    Raises
    ------
    TypeError
        If the start is neither a floating-point tensor nor a number.
    ValueError
        If eta is not > 0 or f does not return one number.

    Notes
    -----
    On f = x·y each step keeps x² + y² − eta·x·y. For eta < 2 that is an ellipse: the players circle for ever, and
    their average goes to the equilibrium.

    References
    ----------
    .. [1] G. Gidel, R. Askari Hemmat, M. Pezeshki, R. Le Priol, G. Huang, S. Lacoste-Julien and I. Mitliagkas (2019),
       *Negative momentum for improved game dynamics*, https://arxiv.org/abs/1807.04740

    Examples
    --------
    >>> from itertools import islice
    >>> for x, y in islice(alternating(lambda x, y: x * y, 1.0, 0.0, eta=0.5), 3):
    ...     print(x.item(), y.item(), (x**2 + y**2 - 0.5 * x * y).item())
    1.0 0.0 1.0
    1.0 0.5 1.0
    0.75 0.875 1.0
    """
    return _alternating(*_started(f, x, y, eta, slopes), eta)


def _alternating(slopes: Slopes, x: Any, y: Any, eta: float) -> Iterator[Players]:
    while True:
        yield Players(x, y)
        x = x - eta * slopes(x, y)[0]
        y = y + eta * slopes(x, y)[1]


def extragradient(f: Value, x: Any, y: Any, *, eta: float, slopes: Slopes | None = None) -> Iterator[Players]:
    """Play: both look one simultaneous step ahead, and step from where they are by the gradients found there.

    Parameters
    ----------
    f : callable
        f(x, y), as in `simultaneous`.
    x, y : Tensor, shape (...), or float
        The start.
    eta : float
        The step size of both, > 0.
    slopes : callable, optional
        As in `simultaneous`.

    Returns
    -------
    iterator of Players
        The start, then where both are after each step, without the looks ahead; without end.

    Raises
    ------
    TypeError
        If the start is neither a floating-point tensor nor a number.
    ValueError
        If eta is not > 0 or f does not return one number.

    Notes
    -----
    On f = x·y each step multiplies x² + y² by 1 − eta² + eta⁴: the players come closer as long as eta < 1.

    References
    ----------
    .. [1] G. M. Korpelevich (1976), *The extragradient method for finding saddle points and other problems*,
       Matecon 12, 747-756
    .. [2] G. Gidel, H. Berard, G. Vignoud, P. Vincent and S. Lacoste-Julien (2019), *A variational inequality
       perspective on generative adversarial networks*, https://arxiv.org/abs/1802.10551

    Examples
    --------
    >>> from itertools import islice
    >>> for x, y in islice(extragradient(lambda x, y: x * y, 1.0, 0.0, eta=0.5), 3):
    ...     print(x.item(), y.item(), (x**2 + y**2).item())
    1.0 0.0 1.0
    0.75 0.5 0.8125
    0.3125 0.75 0.66015625
    """
    return _extragradient(*_started(f, x, y, eta, slopes), eta)


def _extragradient(slopes: Slopes, x: Any, y: Any, eta: float) -> Iterator[Players]:
    while True:
        yield Players(x, y)
        down, up = slopes(x, y)
        down, up = slopes(x - eta * down, y + eta * up)
        x, y = x - eta * down, y + eta * up


def optimistic(f: Value, x: Any, y: Any, *, eta: float, slopes: Slopes | None = None) -> Iterator[Players]:
    """Play: both step at once by twice the gradient of now less that of the step before.

    It guesses that the gradient goes on changing as it just did, and needs one gradient a step where extragradient
    needs two. The first step, which has none before it, is a simultaneous one.

    Parameters
    ----------
    f : callable
        f(x, y), as in `simultaneous`.
    x, y : Tensor, shape (...), or float
        The start.
    eta : float
        The step size of both, > 0.
    slopes : callable, optional
        As in `simultaneous`.

    Returns
    -------
    iterator of Players
        The start, then where both are after each step; without end.

    Raises
    ------
    TypeError
        If the start is neither a floating-point tensor nor a number.
    ValueError
        If eta is not > 0 or f does not return one number.

    Notes
    -----
    On f = x·y the players come closer as long as eta < 1/√3; how fast in the end, `xy_factor` says.

    References
    ----------
    .. [1] C. Daskalakis, A. Ilyas, V. Syrgkanis and H. Zeng (2018), *Training GANs with optimism*,
       https://arxiv.org/abs/1711.00141

    Examples
    --------
    >>> from itertools import islice
    >>> for x, y in islice(optimistic(lambda x, y: x * y, 1.0, 0.0, eta=0.5), 3):
    ...     print(x.item(), y.item(), (x**2 + y**2).item())
    1.0 0.0 1.0
    1.0 0.5 1.25
    0.5 1.0 1.25
    """
    return _optimistic(*_started(f, x, y, eta, slopes), eta)


def _optimistic(slopes: Slopes, x: Any, y: Any, eta: float) -> Iterator[Players]:
    before = slopes(x, y)
    while True:
        yield Players(x, y)
        now = slopes(x, y)
        x, y = x - eta * (2 * now[0] - before[0]), y + eta * (2 * now[1] - before[1])
        before = now


#: The four rules of play by name.
RULES: Final[dict[str, Callable[..., Iterator[Players]]]] = {
    "simultaneous": simultaneous,
    "alternating": alternating,
    "extragradient": extragradient,
    "optimistic": optimistic,
}


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
        If there is no such rule, eta is not > 0, or the Jacobian is not (2, 2).

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


def _started(f: Value, x: Any, y: Any, eta: float, slopes: Slopes | None) -> tuple[Slopes, Any, Any]:
    """Check what a rule is given when it is called, not at its first step."""
    check_number(eta=eta, above=0)
    if slopes is not None:
        return slopes, x, y
    x, y = (torch.tensor(float(v), dtype=torch.float64) if isinstance(v, int | float) else v for v in (x, y))
    gradients(f, x, y)
    return functools.partial(gradients, f), x.detach(), y.detach()
