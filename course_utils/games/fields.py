"""The field in which two players move who follow their gradients of f(x, y): x downhill, y uphill."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_utils.checks import check_floats

Value = Callable[[Any, Any], Any]


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
    with torch.inference_mode(False), torch.enable_grad():
        x, y = (player.detach().clone().requires_grad_() for player in (x, y))
        value = f(x, y)
        if not isinstance(value, Tensor) or value.numel() != 1:
            what = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else repr(value)
            raise ValueError(f"`f` must return a tensor of one number, got {what}; sum over independent games")
        slopes = (
            torch.autograd.grad(value.sum(), (x, y), materialize_grads=True)
            if value.requires_grad
            else (torch.zeros_like(x), torch.zeros_like(y))
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
    ValueError
        If f does not return one number.

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
    gradients(f, x, y)  # which says what is wrong with f, x or y
    with torch.inference_mode(False):
        blocks: Any = torch.autograd.functional.hessian(f, (x.detach().clone(), y.detach().clone()))
    downhill, uphill = (
        torch.cat([block.reshape(own.numel(), -1) for block in row], dim=1)
        for own, row in zip((x, y), blocks, strict=True)
    )
    return torch.cat([0 - downhill, uphill])
