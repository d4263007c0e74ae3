"""Where a plot is drawn."""

from matplotlib.axes import Axes


def axes_or_new(ax: Axes | None, width: float, height: float) -> Axes:
    """Return `ax`, or the axes of a new figure of `width` × `height` inches.

    Raises
    ------
    TypeError
        If `ax` is anything else, a figure for instance.
    """
    if ax is None:
        from matplotlib import pyplot  # half a second, and the widgets that share the palette do not need it

        return pyplot.subplots(figsize=(width, height), layout="constrained")[1]
    if not isinstance(ax, Axes):
        raise TypeError(
            f"`ax` must be matplotlib Axes, got {type(ax).__name__}; "
            "use `fig, ax = plt.subplots()`, or one of fig.axes for the axes of a figure"
        )
    return ax
