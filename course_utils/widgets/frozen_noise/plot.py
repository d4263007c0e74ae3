"""The moving plot of `FrozenNoise`: one latent axis, the loss over it, the bell that z is drawn from, the gradients."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.transforms import IdentityTransform

from course_utils.plots.style import PALETTE, ROLES
from course_utils.widgets.base.pixels import mixed
from course_utils.widgets.base.plot import SHARPNESS, Array, Labels, LivePlot

Z_MAX = 4.0  # the axis is [-4, 4]
WIDTH, HEIGHT = 600, 400  # as shown, in CSS pixels

_LONGEST = 1.6  # no gradient arrow is longer than this, in units of z
_SHAFT, _HEAD = 1.6, 4.5  # half the width of an arrow's shaft and head, in shown pixels
_ARROW_LINE, _MU_LINE, _SIGMA_LINE = 0.3, 1.0, 0.0  # heights of the arrows in their panels
UNDER_BELL = mixed(ROLES["data"], "white", 0.2)
_INKS = [ROLES["data"], ROLES["latent"], ROLES["noise"], ROLES["gradient"], PALETTE["grey"], PALETTE["black"]]
_U = np.linspace(-4, 4, 121)


class NoiseStep(NamedTuple):
    """One pass through the trick, forward and back: z = mu + sigma · eps, the loss at z, its derivatives (nats)."""

    mu: float
    sigma: float
    eps: float
    z: float
    loss: float
    d_z: float
    d_mu: float
    d_sigma: float


class NoisePlot(LivePlot):
    """Three panels over one latent axis: the loss, the bell N(mu, sigma²), and the pushes on mu and sigma.

    Parameters
    ----------
    z : array, shape (N,)
        A grid over [-4, 4].
    loss : array, shape (N,)
        −log p(x|z) on the grid, nats.
    """

    width, height = WIDTH, HEIGHT
    inks = _INKS
    papers = ("white", UNDER_BELL)

    def __init__(self, z: Array, loss: Array) -> None:
        self._z, self._loss = z, loss
        # A derivative of this size gets an arrow half as long as the longest.
        self._typical = 2 * float(np.median(np.abs(np.gradient(loss, z)))) or 1.0
        super().__init__()

    def _build(self, figure: Figure) -> Sequence[Artist]:
        self._draw_background(figure, self._z, self._loss)
        self._add_moving_parts(figure)
        moving = [self._bell, *self._guides.values(), self._middle, *self._arrows.values(), self._point]
        return [*moving, *self._labels.values()]

    def _draw_background(self, figure: Figure, z: Array, loss: Array) -> None:
        left, width = 0.15, 0.84
        self._loss_ax = figure.add_axes((left, 0.48, width, 0.5))
        self._bell_ax = figure.add_axes((left, 0.255, width, 0.205), sharex=self._loss_ax)
        self._push_ax = figure.add_axes((left, 0.12, width, 0.12), sharex=self._loss_ax)
        self._loss_ax.plot(z, loss, color=PALETTE["grey"])
        low, high = float(loss.min()), float(loss.max())
        room = 0.12 * (high - low) or 1.0
        self._loss_ax.set(xlim=(-Z_MAX, Z_MAX), ylim=(low - room, high + room), ylabel="L(z) = −log p(x|z)  (nats)")
        self._bell_ax.set(ylim=(0, 1.5), yticks=[0.5], yticklabels=["N(μ, σ²)"])
        self._push_ax.set(ylim=(-0.7, 1.7), yticks=[_SIGMA_LINE, _MU_LINE], yticklabels=["−∂L/∂σ", "−∂L/∂μ"])
        self._push_ax.set_xlabel("z  (one latent dimension, no unit)")
        for ax in (self._loss_ax, self._bell_ax):
            ax.tick_params(axis="x", length=0, labelbottom=False)
        for ax, color in ((self._bell_ax, ROLES["data"]), (self._push_ax, ROLES["gradient"])):
            ax.tick_params(axis="y", length=0, labelcolor=color)
            ax.grid(False, axis="y")
            ax.spines["left"].set_visible(False)

    def _add_moving_parts(self, figure: Figure) -> None:
        bell, blue = self._bell_ax, ROLES["data"]
        self._bell = Polygon(np.zeros((3, 2)), facecolor=UNDER_BELL, edgecolor=blue, linewidth=1.5)
        bell.add_patch(self._bell)
        self._middle = bell.add_line(Line2D([], [], color=blue, linewidth=2))
        self._point = self._loss_ax.add_line(
            Line2D([], [], marker="o", markersize=8, color=ROLES["latent"], markeredgecolor=PALETTE["black"])
        )
        self._labels = {
            "noise": Labels(ROLES["noise"], bold=True),
            "mu": Labels(blue, bold=True),
            "z": Labels(PALETTE["black"], bold=True),
        }
        # In pixels, for they cross from panel to panel: from z up to the loss, from mu and sigma down to the pushes.
        self._guides = {
            name: Line2D([], [], color=color, linewidth=1, linestyle=":", transform=IdentityTransform())
            for name, color in {"z": PALETTE["black"], "mu": blue, "left": blue, "right": blue}.items()
        }
        self._arrows = {
            name: Polygon(np.zeros((7, 2)), facecolor=color, linewidth=0, transform=IdentityTransform())
            for name, color in {"noise": ROLES["noise"]}.items()
            | dict.fromkeys(("z", "mu", "sigma"), ROLES["gradient"]).items()
        }
        for artist in (*self._guides.values(), *self._arrows.values(), *self._labels.values()):
            figure.add_artist(artist)

    def arrange(self, step: NoiseStep) -> None:
        """Move every moving part to where `step` puts it."""
        mu, sigma, z = step.mu, step.sigma, step.z
        self._bell.set_xy(np.column_stack([mu + sigma * _U, np.exp(-0.5 * _U**2)]))
        self._middle.set_data([mu, mu], [0, 1])
        seen, height = self._place_point(z, step.loss)
        self._place_labels(mu, seen)
        self._guide("z", seen, (self._bell_ax, 0), (self._loss_ax, height))
        self._guide("mu", mu, (self._push_ax, _MU_LINE), (self._bell_ax, 0))
        self._guide("left", mu - sigma, (self._push_ax, _SIGMA_LINE), (self._bell_ax, 0))
        self._guide("right", mu + sigma, (self._push_ax, _SIGMA_LINE), (self._bell_ax, 0))
        self._arrow("noise", mu, z - mu, self._bell_ax, _ARROW_LINE)
        self._arrow("z", z, self._length(-step.d_z), self._loss_ax, height)
        self._arrow("mu", mu, self._length(-step.d_mu), self._push_ax, _MU_LINE)
        # A growing sigma moves the bell's right edge to the right; if that is off the axis, the left one stands in.
        side = 1 if mu + sigma <= Z_MAX else -1
        self._arrow("sigma", mu + side * sigma, side * self._length(-step.d_sigma), self._push_ax, _SIGMA_LINE)

    def _length(self, push: float) -> float:
        """Return the length of an arrow for `push`: proportional while small, never above `_LONGEST`."""
        return _LONGEST * push / (abs(push) + self._typical)

    def _place_point(self, z: float, loss: float) -> tuple[float, float]:
        """Put the point and its label on the curve, or at the rim, as an arrowhead, if z lies beyond the axis."""
        low, high = self._loss_ax.get_ylim()
        rim = Z_MAX - 0.06
        seen = min(max(z, -rim), rim)
        height = min(max(loss, low), high - 0.05 * (high - low))
        self._point.set_data([seen], [height])
        inside, side = abs(z) <= Z_MAX, 1 if z > 0 else -1
        self._point.set_marker("o" if inside else ">" if z > 0 else "<")
        if inside:
            label = ("z", seen, height + 0.08 * (high - low), 0.5)
        else:
            label = (f"z = {z:.1f}, L = {loss:.0f} nats".replace("-", "−"), seen - 0.15 * side, height, float(z > 0))
        self._labels["z"].write(self._loss_ax, [label])
        return seen, height

    def _place_labels(self, mu: float, z: float) -> None:
        """Put the labels of mu and of the noise arrow where they do not cover each other."""
        right, over_bell, over_arrow = z >= mu, 1.24, _ARROW_LINE + 0.26
        if abs(z - mu) > 0.45:
            at_mu, at_noise = ("μ", mu, over_bell, 0.5), ("σε", (mu + z) / 2, over_arrow, 0.5)
        else:
            aside = 0.08 if right else -0.08
            at_mu = ("μ", mu - aside, over_bell, float(right))
            at_noise = ("σε", z + aside, over_arrow, float(not right))
        self._labels["mu"].write(self._bell_ax, [at_mu])
        self._labels["noise"].write(self._bell_ax, [at_noise])

    def _guide(self, name: str, z: float, start: tuple[Axes, float], end: tuple[Axes, float]) -> None:
        ends = [ax.transData.transform((z, y)) for ax, y in (start, end)]
        self._guides[name].set_visible(abs(z) <= Z_MAX)
        self._guides[name].set_data([x for x, _ in ends], [y for _, y in ends])

    def _arrow(self, name: str, start: float, length: float, ax: Axes, y: float) -> None:
        """Draw a horizontal arrow of `length` from `start`, as far as it lies on the axis."""
        tip = min(max(start + length, -Z_MAX), Z_MAX)
        start = min(max(start, -Z_MAX), Z_MAX)
        (x0, height), (x1, _) = ax.transData.transform([(start, y), (tip, y)])
        shaft, head = SHARPNESS * _SHAFT, SHARPNESS * _HEAD
        neck = x1 - np.sign(x1 - x0) * min(2 * head, abs(x1 - x0))  # a short arrow is all head
        xs = np.array([x0, neck, neck, x1, neck, neck, x0])
        half = np.array([-shaft, -shaft, -head, 0, head, shaft, shaft])
        self._arrows[name].set_xy(np.column_stack([xs, height + half]))
        self._arrows[name].set_visible(abs(x1 - x0) > SHARPNESS)
