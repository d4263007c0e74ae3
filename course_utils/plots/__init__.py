"""Pictures of data, on a matplotlib ``ax``.

Functions named ``plot_x`` draw on the axes they are given (or on a new figure) and return them. None of them shows,
saves or changes global settings; `use_style` is called once, at the top of a lesson, and `show` puts a finished figure
under its cell, with a caption and with alternative text for readers who cannot see it.
"""

import textwrap
from collections.abc import Sequence
from importlib import resources
from typing import Any, Final

import numpy as np
import torch
from matplotlib import colormaps, ticker
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike, NDArray

from course_utils.plots.output import show

__all__ = [
    "CLASS_COLORS",
    "PALETTE",
    "ROLES",
    "plot_density",
    "plot_history",
    "plot_images",
    "plot_latent",
    "show",
    "use_style",
]

#: Okabe and Ito's colours (Color Universal Design, 2008), told apart by people with any common colour blindness.
PALETTE: Final[dict[str, str]] = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "vermillion": "#D55E00",
    "sky": "#56B4E9",
    "purple": "#CC79A7",
    "yellow": "#F0E442",
    "black": "#222222",
    "grey": "#8A8A8A",
}

#: What a colour means, in every lesson. Say ``ROLES["latent"]`` rather than ``"orange"``.
ROLES: Final[dict[str, str]] = {
    "data": PALETTE["blue"],  # images, the encoder, q(z|x)
    "latent": PALETTE["orange"],  # codes z, mu, sigma
    "decoder": PALETTE["green"],  # the decoder and what it draws
    "noise": PALETTE["purple"],  # eps, and anything else that is random
    "gradient": PALETTE["vermillion"],  # losses and what flows back from them
    "prior": PALETTE["grey"],  # p(z), and anything that is given and not learned
}

#: Ten colours for classes (Paul Tol's "muted" scheme and black): none of `PALETTE`, so that no class looks like a role.
CLASS_COLORS: Final[tuple[str, ...]] = (
    "#332288",
    "#CC6677",
    "#DDCC77",
    "#117733",
    "#88CCEE",
    "#882255",
    "#44AA99",
    "#999933",
    "#AA4499",
    "#000000",
)

ArrayOrTensor = ArrayLike | torch.Tensor

_SEPARATOR = 1  # width of the line between two images, in image pixels


def use_style() -> None:
    """Apply the course's style sheet to every figure that follows.

    The only function here that changes matplotlib's global settings.
    """
    with resources.as_file(resources.files("course_utils") / "assets" / "course.mplstyle") as path:
        plt.style.use(path)


def as_array(name: str, value: ArrayOrTensor) -> NDArray[Any]:
    """Return `value`, a tensor on any device or anything array-like, as a NumPy array that is finite and not empty.

    Raises
    ------
    ValueError
        If `value` is empty or holds NaN or infinity; the message calls it `name`.
    """
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        value = value.float().numpy() if value.is_floating_point() else value.numpy()  # NumPy has no bfloat16
    array = np.asarray(value)
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty, got shape {array.shape}")
    if not np.isfinite(array).all():
        bad = np.count_nonzero(~np.isfinite(array))
        raise ValueError(
            f"`{name}` must be finite, got {bad} NaN or infinite of {array.size} values; find where they arise"
        )
    return array


def as_images(name: str, images: ArrayOrTensor) -> NDArray[Any]:
    """Return grey images as an array of shape (N, H, W) with values in [0, 1].

    Raises
    ------
    ValueError
        If the shape is neither (N, H, W) nor (N, 1, H, W), or values leave [0, 1].
    """
    array = as_array(name, images)
    if array.ndim == 4 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 3:
        raise ValueError(
            f"`{name}` must have shape (N, 1, H, W) or (N, H, W), got {array.shape}; "
            "use .reshape(-1, 1, 28, 28) for flat images, [None] for a single one"
        )
    low, high = array.min(), array.max()
    if low < 0 or high > 1:
        raise ValueError(
            f"`{name}` must lie in [0, 1], got values from {low:.3g} to {high:.3g}; "
            "use torch.sigmoid for logits, .clamp(0, 1) for means, / 255 for bytes"
        )
    return array


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

    Raises
    ------
    ValueError
        If an image has the wrong shape or range, the grid is too small, or a label is missing.

    Examples
    --------
    >>> import torch
    >>> ax = plot_images(torch.rand(6, 1, 28, 28), rows=2, row_labels=["x", "x_hat"])
    >>> ax.images[0].get_array().shape  # 2 * 28 and 3 * 28 pixels, and the lines between them
    (57, 86)
    >>> plt.close(ax.figure)
    """
    array = as_images("images", images)
    n_rows, n_columns = _grid_size(len(array), rows, columns)
    mosaic = _mosaic(array, n_rows, n_columns)
    if ax is None:
        left = 0.2 + 0.1 * max(map(len, row_labels)) if row_labels else 0.0  # a letter is about a tenth of an inch wide
        above = 0.35 * (column_labels is not None) + 0.35 * (title is not None)
        tile = min(1.0, (10 - left) / n_columns)
        height = n_rows * tile * array.shape[1] / array.shape[2]
        _, ax = plt.subplots(figsize=(n_columns * tile + left, height + above), layout="constrained")
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
    ax, title
        As in `plot_images`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If shapes disagree, a code is not finite, or a label has no name or no colour.
    """
    codes = as_array("z", z)
    if codes.ndim != 2 or codes.shape[1] != 2:
        raise ValueError(f"`z` must have shape (N, 2), got {codes.shape}; choose two columns or project with PCA")
    names = [str(number) for number in range(len(CLASS_COLORS))] if classes is None else classes
    numbers = None if labels is None else _class_numbers(labels, len(codes), len(names))
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 5), layout="constrained")
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


def plot_history(
    losses: ArrayOrTensor, *, lr: ArrayOrTensor | None = None, ax: Axes | None = None, title: str | None = None
) -> Axes:
    """Draw the mean loss of each epoch, and the learning rate in grey on an axis of its own.

    Parameters
    ----------
    losses : array, shape (T,)
        Mean loss of each epoch, nats per image.
    lr : array, shape (T,), optional
        Learning rate at the end of each epoch.
    ax, title
        As in `plot_images`.

    Returns
    -------
    Axes
        The axes of the loss.

    Raises
    ------
    ValueError
        If a value is not finite, or the shapes are not (T,).
    """
    loss = as_array("losses", losses)
    if loss.ndim != 1:
        raise ValueError(f"`losses` must have shape (T,), one mean for each epoch, got {loss.shape}")
    epochs = np.arange(1, len(loss) + 1)
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
    ax.plot(epochs, loss, color=ROLES["gradient"], marker="o", markersize=4)
    ax.set(xlabel="epoch", ylabel="loss (nats per image)")
    ax.xaxis.set_major_locator(ticker.MaxNLocator(integer=True, min_n_ticks=1))
    if title is not None:
        ax.set_title(title)
    if lr is not None:
        _add_learning_rate(ax, epochs, as_array("lr", lr))
    return ax


def plot_density(
    mu: float,
    std: float,
    *,
    color: ColorType = ROLES["latent"],
    label: str | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the density of N(mu, std²), filled, over four standard deviations to either side.

    Parameters
    ----------
    mu, std : float
        Mean and standard deviation (not the variance), std > 0.
    color : color
        Of line and area.
    label : str, optional
        Text for a legend, which the caller draws.
    ax, title
        As in `plot_images`.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If `mu` or `std` is not finite, or `std` is not positive.
    """
    mu, std = float(as_array("mu", mu)), float(as_array("std", std))
    if std <= 0:
        raise ValueError(f"`std` must be > 0, got {std}; use exp(logvar / 2), which always is")
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 3), layout="constrained")
    u = np.linspace(-4, 4, 401)  # odd, so that the peak is one of the points
    x = mu + std * u
    density = np.exp(-0.5 * u**2) / (std * np.sqrt(2 * np.pi))
    ax.plot(x, density, color=color, label=label)
    area = ax.fill_between(x, density, color=color, alpha=0.2, linewidth=0)
    area.sticky_edges.y.append(0)  # the curve stands on the axis, and the top still follows a taller one
    ax.set(xlabel="z", ylabel="density")
    if title is not None:
        ax.set_title(title)
    return ax


def _grid_size(n: int, rows: int | None, columns: int | None) -> tuple[int, int]:
    """Return (rows, columns) of a grid that holds `n` images."""
    for name, value in (("rows", rows), ("columns", columns)):
        if value is not None and value < 1:
            raise ValueError(f"`{name}` must be >= 1, got {value}")
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


def _add_learning_rate(ax: Axes, epochs: NDArray[Any], rates: NDArray[Any]) -> None:
    if rates.shape != epochs.shape:
        raise ValueError(f"`lr` must have shape {epochs.shape}, one for each epoch, got {rates.shape}")
    other = ax.twinx()
    other.plot(epochs, rates, color=PALETTE["grey"], linestyle="--", linewidth=1.5)
    other.set_ylabel("learning rate", color=PALETTE["grey"])
    other.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
    other.grid(False)
    other.spines["right"].set_visible(True)
