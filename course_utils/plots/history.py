"""How a training went."""

from typing import Any

import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from numpy.typing import NDArray

from course_utils.plots.arrays import ArrayOrTensor, as_array
from course_utils.plots.axes import axes_or_new
from course_utils.plots.style import PALETTE, ROLES


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
    ax : Axes, optional
        Where to draw; a new figure by default.
    title : str, optional
        Title of the axes.

    Returns
    -------
    Axes
        The axes of the loss.

    Raises
    ------
    TypeError
        If `ax` is no Axes, or what should be numbers is none.
    ValueError
        If a value is not finite, or the shapes are not (T,).
    """
    loss = as_array("losses", losses)
    if loss.ndim != 1:
        raise ValueError(f"`losses` must have shape (T,), one mean for each epoch, got {loss.shape}")
    epochs = np.arange(1, len(loss) + 1)
    ax = axes_or_new(ax, 7, 3.5)
    ax.plot(epochs, loss, color=ROLES["gradient"], marker="o", markersize=4)
    ax.set(xlabel="epoch", ylabel="loss (nats per image)")
    ax.xaxis.set_major_locator(ticker.MaxNLocator(integer=True, min_n_ticks=1))
    if title is not None:
        ax.set_title(title)
    if lr is not None:
        _add_learning_rate(ax, epochs, as_array("lr", lr))
    return ax


def _add_learning_rate(ax: Axes, epochs: NDArray[Any], rates: NDArray[Any]) -> None:
    if rates.shape != epochs.shape:
        raise ValueError(f"`lr` must have shape {epochs.shape}, one for each epoch, got {rates.shape}")
    other = ax.twinx()
    other.plot(epochs, rates, color=PALETTE["grey"], linestyle="--", linewidth=1.5)
    other.set_ylabel("learning rate", color=PALETTE["grey"])
    other.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
    other.grid(False)
    other.spines["right"].set_visible(True)
