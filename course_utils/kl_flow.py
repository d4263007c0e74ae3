"""The gradient flow of the KL divergence to N(0, 1), in closed form, with each of its four terms present or missing.

The price is ½ (mu² + exp(logvar) − logvar − 1); its terms are called "mean", "spread", "log" and "constant". The flow
goes downhill in mu and logvar, with time t: d mu/dt = −mu, d logvar/dt = ½ − ½ exp(logvar).
"""

import math
from collections.abc import Collection
from typing import Final, NamedTuple

import torch
from torch import Tensor

from course_utils.checks import check_floats, check_number

#: The terms of the price, in the order ½mu², ½exp(logvar), −½logvar, −½.
TERMS: Final = ("mean", "spread", "log", "constant")


class FlowPath(NamedTuple):
    """Where a flow from one start is at the times asked for: mu and logvar, each of the shape of the times."""

    mu: Tensor
    logvar: Tensor


def kl_flow(mu: float, logvar: float, t: Tensor, *, without: Collection[str] = ()) -> FlowPath:
    """Follow the flow from N(mu, exp(logvar)).

    mu(t) = mu · exp(−t), and σ² follows the logistic curve 1/σ²(t) = 1 + (1/σ²(0) − 1) exp(−t/2). Without the term
    "mean" mu stays; without "log" 1/σ² grows by t/2; without "spread" logvar grows by t/2; without both it stays.
    The term "constant" has no slope: without it the flow is the same.

    Parameters
    ----------
    mu, logvar : float
        The start.
    t : Tensor, shape (T,)
        Times, >= 0, of a floating dtype, in which the path is returned.
    without : collection of str
        The terms, of `TERMS`, that are missing from the price.

    Returns
    -------
    FlowPath
        mu and logvar at the times, each of shape (T,).

    Raises
    ------
    TypeError
        If `t` is not a floating-point tensor, or the start is no number.
    ValueError
        If `without` names something else, the start is not finite, or a time is negative.

    Examples
    --------
    >>> path = kl_flow(2.0, 0.0, torch.tensor([0.0, 1.0]), without=["log"])
    >>> path.mu, path.logvar.exp()  # 2/e, and 1 / (1 + ½)
    (tensor([2.0000, 0.7358]), tensor([1.0000, 0.6667]))
    """
    _check_terms(without)
    check_number(mu=mu, logvar=logvar)
    check_floats(t=t)
    if not bool((t >= 0).all()):
        raise ValueError(f"`t` must hold times >= 0, got {t.min()}; the flow starts at 0")
    means = torch.full_like(t, mu) if "mean" in without else mu * torch.exp(-t)
    if "spread" in without:
        return FlowPath(means, logvar + (0 * t if "log" in without else 0.5 * t))
    # `growth` is log(1/σ²(t)) − log(1/σ²(0))
    if "log" in without:
        growth = torch.log1p(0.5 * t * math.exp(logvar))
    else:
        growth = torch.log(torch.exp(-0.5 * t) - torch.expm1(-0.5 * t) * math.exp(logvar))
    return FlowPath(means, logvar - growth)


def kl_flow_velocity(mu: Tensor, logvar: Tensor, *, without: Collection[str] = ()) -> FlowPath:
    """Return d mu/dt = −mu and d logvar/dt = ½ − ½ exp(logvar), less what the missing terms contribute.

    Parameters
    ----------
    mu, logvar : Tensor, shape (N,)
        Points of the plane.
    without : collection of str
        As in `kl_flow`.

    Returns
    -------
    FlowPath
        The rates of mu and of logvar, each of shape (N,).

    Raises
    ------
    ValueError
        If `without` names something else than terms.
    """
    _check_terms(without)
    narrowing = 0 * logvar if "spread" in without else 0.5 * logvar.exp()
    return FlowPath(0 * mu if "mean" in without else -mu, (0.0 if "log" in without else 0.5) - narrowing)


def _check_terms(without: Collection[str]) -> None:
    unknown = [without] if isinstance(without, str) else [name for name in without if name not in TERMS]
    if unknown:
        raise ValueError(f"`without` must be a collection of terms of {TERMS}, got {unknown[0]!r}")
