"""Is an argument what a function needs? One sentence that names it, the rule, what came instead, and what to do.

Arguments are passed by their names: ``check_count(epochs=epochs, batch_size=batch_size)``. `remedy` ends the sentence.
"""

import math
from numbers import Real
from typing import Any

from torch import Tensor

# `fit` gives every epoch the seed of its own, seed · SEED_STRIDE + epoch, which must fit into 64 bits with a sign.
SEED_STRIDE = 1_000_003
SEEDS = 2**63 // SEED_STRIDE


def check_tensor(**tensors: Any) -> None:
    """Raise TypeError unless every argument is a tensor.

    Examples
    --------
    >>> check_tensor(x=[0.0, 1.0])
    Traceback (most recent call last):
    TypeError: `x` must be a tensor, got a list; use torch.as_tensor
    """
    for name, value in tensors.items():
        if not isinstance(value, Tensor):
            raise TypeError(f"`{name}` must be a tensor, got a {type(value).__name__}; use torch.as_tensor")


def check_floats(*, remedy: str = "use .float()", **tensors: Any) -> None:
    """Raise TypeError unless every argument is a tensor of floating-point numbers.

    Examples
    --------
    >>> import torch
    >>> check_floats(mu=torch.tensor([2, 0]))
    Traceback (most recent call last):
    TypeError: `mu` must be floating point, got torch.int64; use .float()
    """
    check_tensor(**tensors)
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            raise TypeError(f"`{name}` must be floating point, got {tensor.dtype}; {remedy}")


def check_shape(layout: str, *, least: int = 0, remedy: str = "", **tensors: Any) -> None:
    """Raise an error unless every argument is a tensor of the shape `layout`.

    Parameters
    ----------
    layout : str
        One word an axis: a number is that length, a letter any length, ``...`` at the end one axis or more.
    least : int
        The first axis is at least so long.
    remedy : str
        How to mend it.
    **tensors : Tensor
        The arguments, by name.

    Raises
    ------
    TypeError
        If one is no tensor.
    ValueError
        If one has another shape.

    Examples
    --------
    >>> import torch
    >>> check_shape("B 1 28 28", x=torch.zeros(3, 784), remedy="use .view(-1, 1, 28, 28)")
    Traceback (most recent call last):
    ValueError: `x` must have shape (B, 1, 28, 28), got (3, 784); use .view(-1, 1, 28, 28)
    """
    check_tensor(**tensors)
    for name, tensor in tensors.items():
        if not _fits(tuple(tensor.shape), layout.split()) or (least and len(tensor) < least):
            axes = layout.split()
            named = f"({', '.join(axes)})" if len(axes) > 1 else f"({axes[0]},)"
            wanted = named + (f" with {axes[0]} >= {least}" if least else "")
            raise ValueError(f"`{name}` must have shape {wanted}, got {tuple(tensor.shape)}{_then(remedy)}")


def check_same_shape(**tensors: Any) -> None:
    """Raise an error unless the arguments are tensors of one shape; the first two that differ are named.

    Examples
    --------
    >>> import torch
    >>> check_same_shape(mu=torch.zeros(3, 2), logvar=torch.zeros(3, 1))
    Traceback (most recent call last):
    ValueError: `mu` and `logvar` must have the same shape, got (3, 2) and (3, 1)
    """
    check_tensor(**tensors)
    (name, first), *others = tensors.items()
    for other_name, other in others:
        if other.shape != first.shape:
            raise ValueError(
                f"`{name}` and `{other_name}` must have the same shape, got {tuple(first.shape)} and "
                f"{tuple(other.shape)}"
            )
        name, first = other_name, other


def check_count(*, least: int = 1, most: int | None = None, remedy: str = "", **counts: Any) -> None:
    """Raise ValueError unless every argument is an int that is at least `least`, and if asked at most `most`.

    Examples
    --------
    >>> check_count(epochs=0)
    Traceback (most recent call last):
    ValueError: `epochs` must be an int >= 1, got 0
    """
    for name, count in counts.items():
        if type(count) is not int or count < least or (most is not None and count > most):  # True is an int as well
            rule = f"an int >= {least}" + (f" and <= {most}" if most is not None else "")
            raise ValueError(f"`{name}` must be {rule}, got {count!r}{_then(remedy)}")


def check_number(
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
    remedy: str = "",
    **numbers: Any,
) -> None:
    """Raise an error unless every argument is a finite number, and if asked > `above`, >= `least` and <= `most`.

    Raises
    ------
    TypeError
        If one is no number: a text, a truth value, a tensor.
    ValueError
        If one is outside the range, infinite or NaN.

    Examples
    --------
    >>> check_number(beta=-1.0, least=0, remedy="use 1.0 for the standard ELBO")
    Traceback (most recent call last):
    ValueError: `beta` must be >= 0 and finite, got -1.0; use 1.0 for the standard ELBO
    >>> check_number(lr="1e-3", above=0)
    Traceback (most recent call last):
    TypeError: `lr` must be a number, got '1e-3'
    """
    limits = [f"{sign} {x:g}" for sign, x in ((">", above), (">=", least), ("<=", most)) if x is not None]
    rule = " and ".join(limits if most is not None and len(limits) > 1 else [*limits, "finite"])
    for name, value in numbers.items():
        if not isinstance(value, Real) or isinstance(value, bool):
            raise TypeError(f"`{name}` must be a number, got {value!r}{_then(remedy)}")
        x = float(value)
        inside = (above is None or x > above) and (least is None or x >= least) and (most is None or x <= most)
        if not (inside and math.isfinite(x)):
            raise ValueError(f"`{name}` must be {rule}, got {value!r}{_then(remedy)}")


def check_seed(seed: Any) -> None:
    """Raise ValueError unless `seed` is one that every function of the course takes.

    Examples
    --------
    >>> check_seed(-1)
    Traceback (most recent call last):
    ValueError: `seed` must be an int >= 0 and below 9,223,344,366,821, got -1
    """
    if type(seed) is not int or not 0 <= seed < SEEDS:
        raise ValueError(f"`seed` must be an int >= 0 and below {SEEDS:,}, got {seed!r}")


def _fits(shape: tuple[int, ...], layout: list[str]) -> bool:
    if layout[-1] == "...":
        layout = layout[:-1]
        if len(shape) <= len(layout):
            return False
        shape = shape[: len(layout)]
    return len(shape) == len(layout) and all(
        not axis.isdecimal() or int(axis) == length for axis, length in zip(layout, shape, strict=True)
    )


def _then(remedy: str) -> str:
    return f"; {remedy}" if remedy else ""
