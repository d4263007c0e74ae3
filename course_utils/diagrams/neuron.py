"""Two neurons in a row: what flows forward, and what flows back."""

import math
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.checks import check_number
from course_utils.diagrams.canvas import Node, arrow, canvas, circle, write
from course_utils.plots.style import PALETTE, ROLES

_BACK: Final = "#A84A00"  # vermillion, darker: text needs more contrast than an arrow
_ROW, _ABOVE = 150, 300  # heights of the chain, and of what is learned or given
_FROM, _PITCH = 90, 205  # the chain's first circle, and from one to the next


def two_neurons(*, x: float, w1: float, b1: float, w2: float, b2: float, y: float) -> Figure:
    """Draw a sigmoid neuron and a linear one behind it, with every value and every derivative of the loss.

    a = w1·x + b1, h = 1/(1 + exp(−a)), s = w2·h + b2, L = (s − y)².

    Parameters
    ----------
    x, y : float
        What goes in, and what should come out.
    w1, b1, w2, b2 : float
        Weight and bias of the two neurons.

    Returns
    -------
    Figure
        1000 × 370 pixels.

    Raises
    ------
    TypeError
        If an argument is no number.
    ValueError
        If one is infinite or NaN.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), *Learning representations by back-propagating errors*.
    """
    check_number(x=x, w1=w1, b1=b1, w2=w2, b2=b2, y=y)
    values, slopes = _passes(x, w1, b1, w2, b2, y)
    figure, ax = canvas(1000, 370)
    chain = [_variable(ax, name, _FROM + i * _PITCH, _ROW, values, slopes) for i, name in enumerate("xahsL")]
    for start, end, rule in zip(chain, chain[1:], ("", "sigmoid", "", "squared error"), strict=False):
        arrow(ax, start.right, end.left, aside=6)
        if end is not chain[1]:
            arrow(ax, end.left, start.right, color=ROLES["gradient"], dashed=True, aside=6)
        write(ax, ((start.x + end.x) / 2, _ROW + 26), rule)
    for name, node, shift in (("w1", chain[1], -48), ("b1", chain[1], 48), ("w2", chain[3], -48), ("b2", chain[3], 48)):
        learned = _variable(ax, name, node.x + shift, _ABOVE, values, slopes, beside=-1 if shift < 0 else 1)
        arrow(ax, learned.bottom, (node.x + shift / 4, node.top[1]))
    target = _variable(ax, "y", chain[4].x, _ABOVE, values, slopes, beside=1)
    arrow(ax, target.bottom, chain[4].top)
    write(ax, (_FROM - 40, 30), "black: the value", ha="left")
    write(ax, (_FROM + 130, 30), "vermillion: the derivative of L by it", color=_BACK, ha="left")
    return figure


def _passes(
    x: float, w1: float, b1: float, w2: float, b2: float, y: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the value of every variable, and the derivative of the loss by each of them that is not given."""
    a = w1 * x + b1
    h = 1 / (1 + math.exp(-a))
    s = w2 * h + b2
    values = {"x": x, "a": a, "h": h, "s": s, "L": (s - y) ** 2, "w1": w1, "b1": b1, "w2": w2, "b2": b2, "y": y}
    by_s = 2 * (s - y)
    by_a = by_s * w2 * h * (1 - h)
    return values, {"a": by_a, "h": by_s * w2, "s": by_s, "w1": by_a * x, "b1": by_a, "w2": by_s * h, "b2": by_s}


def _variable(
    ax: Axes, name: str, x: float, y: float, values: dict[str, float], slopes: dict[str, float], *, beside: int = 0
) -> Node:
    """Draw a circle with its value, and its derivative in vermillion: below it, or at the side that `beside` says."""
    color = ROLES["gradient"] if name == "L" else PALETTE["black"] if len(name) == 2 else PALETTE["blue"]
    symbol = f"${name[0]}_{name[1]}$" if len(name) == 2 else f"${name}$"
    node = circle(ax, (x, y), symbol, color, radius=26)
    place = (x + beside * 34, y + 11) if beside else (x, y - 42)
    ha = {-1: "right", 0: "center", 1: "left"}[beside]
    write(ax, place, _short(values[name]), ha=ha)
    if name in slopes:
        write(ax, (place[0], place[1] - 22), _short(slopes[name]), color=_BACK, ha=ha)
    return node


def _short(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
