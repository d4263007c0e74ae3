"""What the widgets on the KL between two normals share: σ's stops, the four terms, and the two densities."""

import math
from typing import Any, Final

import ipywidgets as widgets
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from course_utils.losses import kl_terms
from course_utils.plots.style import ROLES
from course_utils.widgets.base.controls import stop_slider
from course_utils.widgets.base.pixels import mixed
from course_utils.widgets.base.plot import Label
from course_utils.widgets.base.text import number

#: Values of σ that a slider stops at: numbers to calculate with by hand, spaced about evenly on a log scale.
SIGMAS: Final = tuple(
    n / 100 for n in (*range(5, 20), *range(20, 40, 2), *range(40, 100, 5), *range(100, 200, 10), *range(200, 301, 20))
)
TERMS: Final = ("½μ²", "½σ²", "−½ log σ²", "−½")
Z_MAX = 8.0  # the axis is [-8, 8]
DENSITY_TOP = 1.05  # of the densities' axis
Q, P = ROLES["data"], ROLES["prior"]
UNDER_Q = mixed(Q, "white", 0.2)

FourTerms = tuple[float, float, float, float]


def four_terms(mu: float, logvar: float) -> FourTerms:
    """Return ½mu², ½exp(logvar), −½logvar and −½, which sum to KL(N(mu, exp(logvar))‖N(0, 1)) in nats."""
    mean, spread, log, constant = kl_terms(*torch.tensor([[[mu]], [[logvar]]], dtype=torch.float64))
    return mean.item(), spread.item(), log.item(), constant.item()


def sigma_slider(name: str, value: float) -> widgets.SelectionSlider:
    """Return a slider over `SIGMAS`."""
    return stop_slider(name, value, [(f"{sigma:.2f}", sigma) for sigma in SIGMAS])


def draw_densities(ax: Axes) -> None:
    """Draw the background of a plot of two densities."""
    ax.set(xlim=(-Z_MAX, Z_MAX), ylim=(0, DENSITY_TOP), ylabel="density")
    for y, text, color in ((0.93, "q = N(μ, σ²)", Q), (0.81, "p = N(0, 1)", mixed(P, "black", 0.8))):
        ax.text(0.02, y, text, color=color, transform=ax.transAxes, va="center")


def q_patch(ax: Axes) -> Polygon:
    """Return the moving density of q."""
    return area_patch(ax, facecolor=UNDER_Q, edgecolor=Q, linewidth=1.5)


def area_patch(ax: Axes, **style: Any) -> Polygon:
    """Return an area without points yet."""
    area = Polygon(np.zeros((3, 2)), **style)
    ax.add_patch(area)
    return area


def prior_line(ax: Axes) -> Line2D:
    """Return the density of p. It stands still, and is drawn at each move because q lies behind it."""
    z = np.linspace(-Z_MAX, Z_MAX, 161)
    return ax.add_line(Line2D(z, np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi), color=P, linestyle="--", linewidth=1.5))


def peak_labels(mu: float, peak: float) -> list[Label]:
    """Say how high a density is that does not fit the axis."""
    if peak <= DENSITY_TOP:
        return []
    return [(f"↑ {number(peak)}", mu + 0.2, 0.94 * DENSITY_TOP, 0.0)]
