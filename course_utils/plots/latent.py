"""Codes in the plane."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from course_utils.plots.arrays import ArrayOrTensor, as_array
from course_utils.plots.axes import axes_or_new
from course_utils.plots.style import CLASS_COLORS, ROLES


def plot_latent(
    z: ArrayOrTensor,
    labels: ArrayOrTensor | None = None,
    *,
    classes: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Scatter two-dimensional codes; with labels, one colour for each class and the legend beside the axes.

    Parameters
    ----------
    z : array or Tensor, shape (N, 2)
        Codes.
    labels : array or Tensor, shape (N,), optional
        Class numbers 0 to K - 1, with K at most 10.
    classes : sequence of str, optional
        Name of each class; the numbers by default.
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
        If shapes disagree, a code is not finite, or a label has no name or no colour.
    """
    codes = as_array("z", z)
    if codes.ndim != 2 or codes.shape[1] != 2:
        raise ValueError(f"`z` must have shape (N, 2), got {codes.shape}; choose two columns or project with PCA")
    names = [str(number) for number in range(len(CLASS_COLORS))] if classes is None else classes
    numbers = None if labels is None else _class_numbers(labels, len(codes), len(names))
    ax = axes_or_new(ax, 7, 5)
    # One call for all dots, in the caller's order: class after class, the last would hide the first.
    colors = ROLES["latent"] if numbers is None else np.array(CLASS_COLORS)[numbers]
    # Thousands of dots: a vector file stays small when they are stored as pixels.
    ax.scatter(codes[:, 0], codes[:, 1], s=7, c=colors, alpha=0.6, linewidths=0, rasterized=True)
    ax.set(xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
    ax.set_title(f"{len(codes):,} codes" if title is None else title)
    if numbers is not None:
        for number in np.unique(numbers):
            ax.scatter([], [], s=60, color=CLASS_COLORS[number], label=names[number])
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handletextpad=0.2)
    return ax


def _class_numbers(labels: ArrayOrTensor, count: int, names: int) -> NDArray[Any]:
    """Return one class number for each of `count` codes, or say which has neither a name nor a colour."""
    numbers, known = as_array("labels", labels), min(names, len(CLASS_COLORS))
    if numbers.shape != (count,):
        raise ValueError(f"`labels` must have shape ({count},), one for each code, got {numbers.shape}")
    unknown = [number for number in np.unique(numbers) if number not in range(known)]
    if unknown:
        raise ValueError(
            f"`labels` must be whole numbers from 0 to {known - 1}, got {unknown[0]}; there is no such class"
        )
    return numbers.astype(int)
