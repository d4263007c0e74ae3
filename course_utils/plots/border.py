"""What a classifier of two classes thinks of every place in the plane."""

from collections.abc import Callable
from typing import Any, Final

import torch
from matplotlib.axes import Axes
from numpy.typing import NDArray
from torch import Tensor

from course_utils.plots.arrays import as_array
from course_utils.plots.axes import axes_or_new

Network = Callable[[Tensor], Tensor]

_PER_SIDE, _MARGIN = 100, 0.6  # places along each side, and how far they go beyond the points
_COLORS: Final = "PuOr"  # class 0 orange, class 1 purple: told apart without red or green


def plot_border(
    network: Network,
    points: Tensor,
    labels: Tensor,
    *,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Colour the plane by the probability of class 1, with the border at ½ in black and the points on top.

    Parameters
    ----------
    network : callable
        From points, shape (N, 2), to the scores of two classes, shape (N, 2).
    points : Tensor, shape (N, 2)
        Where the examples lie.
    labels : Tensor, shape (N,)
        Their classes, 0 or 1.
    ax : Axes, optional
        Where to draw; a new figure by default.
    title : str, optional
        Title of the axes.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    TypeError
        If `ax` is no Axes, or what should be numbers is none.
    ValueError
        If shapes disagree, a point is not finite, or a label is neither 0 nor 1.

    Examples
    --------
    >>> points = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    >>> ax = plot_border(lambda x: x, points, torch.tensor([0, 1]))  # class 1 where the second coordinate is larger
    >>> ax.get_xlabel()
    'first coordinate'
    """
    places, numbers = as_array("points", points), as_array("labels", labels)
    if places.ndim != 2 or places.shape[1] != 2:
        raise ValueError(f"`points` must have shape (N, 2), got {places.shape}; choose two coordinates")
    if numbers.shape != (len(places),) or not set(numbers.tolist()) <= {0, 1}:
        raise ValueError(f"`labels` must be {len(places)} numbers 0 or 1, one for each point, got {numbers}")
    (left, low), (right, high) = places.min(0) - _MARGIN, places.max(0) + _MARGIN
    extent = (float(left), float(right), float(low), float(high))
    grid = _probabilities(network, extent, like=points)
    ax = axes_or_new(ax, 5, 4)
    ax.imshow(grid, extent=extent, origin="lower", cmap=_COLORS, vmin=-0.7, vmax=1.7, aspect="auto")  # pale
    if grid.min() < 0.5 < grid.max():
        ax.contour(grid, levels=[0.5], extent=extent, colors="black")
    ax.scatter(places[:, 0], places[:, 1], s=9, c=numbers, cmap=_COLORS, vmin=-0.1, vmax=1.1)
    ax.grid(False)
    ax.set(xlabel="first coordinate", ylabel="second coordinate")
    if title is not None:
        ax.set_title(title)
    return ax


def _probabilities(network: Network, extent: tuple[float, float, float, float], *, like: Tensor) -> NDArray[Any]:
    """Return the probability of class 1 on a lattice: rows from the bottom to the top, columns from left to right."""
    left, right, low, high = extent
    y, x = torch.linspace(low, high, _PER_SIDE), torch.linspace(left, right, _PER_SIDE)
    lattice = torch.cartesian_prod(y, x).flip(1).to(like)  # (N, 2): the first coordinate first
    with torch.no_grad():
        scores = network(lattice)
    if scores.shape != (len(lattice), 2):
        raise ValueError(f"`network` must give two scores for each point, shape (N, 2), got {tuple(scores.shape)}")
    return as_array("network", scores.softmax(1)[:, 1].view(_PER_SIDE, _PER_SIDE))
