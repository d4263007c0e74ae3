"""Gradient play on f(x, y): x goes downhill, y goes uphill, and the rule says who looks when.

Every rule is a generator without end that yields the start and then the players after each step:
``itertools.islice(simultaneous(f, x, y, eta=0.1), 101)`` are a hundred steps.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

from course_utils.checks import check_floats, check_number
from course_utils.games.fields import Value, gradients

Slopes = Callable[[Any, Any], tuple[Any, Any]]


class Players(NamedTuple):
    """Where both players are: x, who makes f small, and y, who makes it large; tensors of any shape."""

    x: Any
    y: Any


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
        If eta is not > 0, a number is not finite, or f does not return one number.

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
        If eta is not > 0, a number is not finite, or f does not return one number.

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
        If eta is not > 0, a number is not finite, or f does not return one number.

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
        If eta is not > 0, a number is not finite, or f does not return one number.

    Notes
    -----
    On f = x·y the players come closer in the long run as long as eta < 1/√3; how fast, `xy_factor` says.

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


def _started(f: Value, x: Any, y: Any, eta: float, slopes: Slopes | None) -> tuple[Slopes, Any, Any]:
    """Check what a rule is given when it is called, not at its first step."""
    check_number(eta=eta, above=0)
    for name, start in (("x", x), ("y", y)):
        (check_floats if isinstance(start, Tensor) else check_number)(**{name: start})
    if slopes is not None:
        return slopes, x, y
    x, y = (v if isinstance(v, Tensor) else torch.tensor(float(v), dtype=torch.float64) for v in (x, y))
    gradients(f, x, y)
    return functools.partial(gradients, f), x.detach(), y.detach()
