"""Grey images, side by side."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from numpy.typing import NDArray

from course_utils.checks import check_count
from course_utils.plots.arrays import ArrayOrTensor, as_images
from course_utils.plots.axes import axes_or_new

_SEPARATOR = 1  # width of the line between two images, in image pixels


def plot_images(
    images: ArrayOrTensor,
    *,
    rows: int | None = None,
    columns: int | None = None,
    row_labels: Sequence[str] | None = None,
    column_labels: Sequence[str] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw grey images as one tidy grid, filled row by row.

    Parameters
    ----------
    images : array or Tensor, shape (N, 1, H, W) or (N, H, W)
        Grey values in [0, 1].
    rows, columns : int, optional
        Size of the grid. One of them follows from the other and N; with neither, rows hold at most ten images.
    row_labels, column_labels : sequence of str, optional
        One text for each row (left) and each column (above).
    ax : Axes, optional
        Where to draw; a new figure of fitting size by default.
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
        If an image has the wrong shape or range, the grid is too small, or a label is missing.

    Examples
    --------
    >>> import torch
    >>> from matplotlib.figure import Figure
    >>> ax = plot_images(torch.rand(6, 1, 28, 28), rows=2, ax=Figure().add_subplot())
    >>> ax.images[0].get_array().shape  # 2 * 28 and 3 * 28 pixels, and the lines between them
    (57, 86)
    """
    array = as_images("images", images)
    n_rows, n_columns = _grid_size(len(array), rows, columns)
    mosaic = _mosaic(array, n_rows, n_columns)
    left = 0.2 + 0.1 * max(map(len, row_labels)) if row_labels else 0.0  # a letter is about a tenth of an inch wide
    above = 0.35 * (column_labels is not None) + 0.35 * (title is not None)
    tile = min(1.0, (10 - left) / n_columns)
    new, ax = (
        ax is None,
        axes_or_new(ax, left + n_columns * tile, above + n_rows * tile * array.shape[1] / array.shape[2]),
    )
    if new:
        ax.set_anchor("E")  # what the grid leaves free is for the row labels
    # The separators are NaN: whatever colour the paper has shows through them.
    ax.imshow(mosaic, cmap=colormaps["gray"].with_extremes(bad="white"), vmin=0, vmax=1, interpolation="nearest")
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, top=False, labeltop=True, labelbottom=False)
    _label_tiles(ax, "x", column_labels, n_columns, array.shape[2])
    _label_tiles(ax, "y", row_labels, n_rows, array.shape[1])
    if title is not None:
        ax.set_title(title)
    return ax


def _grid_size(n: int, rows: int | None, columns: int | None) -> tuple[int, int]:
    """Return (rows, columns) of a grid that holds `n` images."""
    given: dict[str, Any] = {"rows": rows, "columns": columns}
    check_count(**{name: value for name, value in given.items() if value is not None})
    if columns is None:
        columns = -(-n // rows) if rows is not None else min(n, 10)
    if rows is None:
        rows = -(-n // columns)
    if rows * columns < n:
        raise ValueError(
            f"`rows` * `columns` must be >= {n}, the number of images, got {rows} * {columns}; leave one of them out"
        )
    return rows, columns


def _mosaic(images: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    """Lay images of shape (N, H, W) out on a grid, separated by (and its free places filled with) NaN."""
    n, height, width = images.shape
    tiles = np.full((rows * columns, height + _SEPARATOR, width + _SEPARATOR), np.nan)
    tiles[:n, :height, :width] = images
    grid = tiles.reshape(rows, columns, height + _SEPARATOR, width + _SEPARATOR).swapaxes(1, 2)
    return grid.reshape(rows * (height + _SEPARATOR), -1)[:-_SEPARATOR, :-_SEPARATOR]


def _label_tiles(ax: Axes, which: str, labels: Sequence[str] | None, count: int, size: int) -> None:
    """Write `labels` at the middles of the grid's columns ("x") or rows ("y")."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    if labels is None:
        axis.set_ticks([])
        return
    if len(labels) != count:
        name = "column_labels" if which == "x" else "row_labels"
        raise ValueError(f"`{name}` must have {count} texts, one for each of the grid's, got {len(labels)}")
    middles = np.arange(count) * (size + _SEPARATOR) + (size - 1) / 2
    axis.set_ticks(middles, [_wrapped(label) if which == "x" else label for label in labels])


def _wrapped(label: str) -> str:
    """Break a long label, unless a break could fall inside a formula."""
    return label if "$" in label else textwrap.fill(label, width=9, break_long_words=False, break_on_hyphens=False)
