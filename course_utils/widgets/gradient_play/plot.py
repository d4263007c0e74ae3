"""The moving plot of `GradientPlay`: the plane of both players with the field, and how far from (0, 0) each rule is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from course_utils.games import RULES
from course_utils.plots.style import PALETTE
from course_utils.widgets.base.pixels import mixed
from course_utils.widgets.base.plot import Array, LivePlot
from course_utils.widgets.gradient_play.fields import Field

REACH: Final = 2.8  # the plane is [-2.8, 2.8]²
_LOW, _HIGH = 1e-4, 1e4  # of the axis of squared distances
_ARROW = 22.0  # the longest arrow in drawn pixels
_FIELD = mixed(PALETTE["grey"], "white", 0.6)
_COLORS = dict(zip(RULES, (PALETTE[name] for name in ("vermillion", "purple", "blue", "green")), strict=True))
_MARKERS = dict(zip(RULES, "osD^", strict=True))


class State(NamedTuple):
    """What is shown: a game, the paths of the rules that play, (T + 1, 2) each, and the step of the moment."""

    field: Field
    paths: Mapping[str, Array]
    step: int


class PlayPlot(LivePlot):
    """Left where the players are, right how far from the equilibrium, both up to the step of the moment."""

    height = 352
    inks = (*_COLORS.values(), _FIELD, PALETTE["black"])

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._drawn: Field | None = None
        super().__init__()

    def arrange(self, state: State) -> None:
        """Draw the paths up to a step; the field in the background only if the game has changed."""
        if state.field != self._drawn:
            self._show_field(state.field)
        times = np.arange(state.step + 1)
        for rule, parts in self._racers.items():
            for part in parts:
                part.set_visible(rule in state.paths)
            if rule in state.paths:
                path, head, curve, end = parts
                points = state.paths[rule][: state.step + 1]
                path.set_data(*points.T)
                seen = _at_rim(points[-1])
                head.set_data(*seen[:, None])
                head.set_markerfacecolor(_COLORS[rule] if (seen == points[-1]).all() else "white")
                squares = (points**2).sum(1)
                curve.set_data(times, squares)
                end.set_data(times[-1:], np.clip(squares[-1:], _LOW, _HIGH))
                end.set_markerfacecolor(_COLORS[rule] if _LOW <= squares[-1] <= _HIGH else "white")

    def _show_field(self, field: Field) -> None:
        slopes = [field.slopes(x, y) for x, y in zip(self._xs, self._ys, strict=True)]
        arrows = np.array([(-down, up) for down, up in slopes])
        arrows *= _ARROW / max(np.hypot(*arrows.T).max(), 1e-12)
        self._field.set_UVC(*arrows.T)
        self._blitter.draw_background()
        self._drawn = field

    def _build(self, figure: Figure) -> Sequence[Artist]:
        share = 0.80 * self.height / self.width
        self._plane = figure.add_axes((0.065, 0.145, share, 0.80))
        self._far = figure.add_axes((0.56, 0.145, 0.265, 0.80))
        self._draw_plane()
        self._draw_axes_of_distance()
        return self._add_moving_parts()

    def _draw_plane(self) -> None:
        ax = self._plane
        ax.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=range(-2, 3), yticks=range(-2, 3))
        ax.set_xlabel("x, which goes downhill")
        ax.set_ylabel("y, which goes uphill", labelpad=0)
        grid = np.linspace(-2.5, 2.5, 11)
        xs, ys = (axis.ravel() for axis in np.meshgrid(grid, grid))
        self._xs, self._ys = xs.tolist(), ys.tolist()
        in_pixels: dict[str, Any] = {"angles": "xy", "units": "dots", "scale_units": "dots", "scale": 1, "width": 1.6}
        heads: dict[str, Any] = dict.fromkeys(("headwidth", "headlength", "headaxislength"), 4)
        flat = np.zeros(xs.size)
        self._field = ax.quiver(xs, ys, flat, flat, color=_FIELD, minlength=0.5, **in_pixels, **heads)
        ax.plot([0], [0], marker="+", markersize=13, markeredgewidth=2, color=PALETTE["black"])

    def _draw_axes_of_distance(self) -> None:
        ax = self._far
        ax.set(xlim=(0, self._steps), yscale="log", ylim=(_LOW, _HIGH), xlabel="step")
        ax.set_yticks([10.0**n for n in range(-4, 5, 2)], ["0.0001", "0.01", "1", "100", "10,000"])
        ax.set_yticks([], minor=True)
        ax.set_ylabel("x² + y²", labelpad=0)
        beside: dict[str, Any] = {"transform": ax.transAxes, "clip_on": False}
        for n, rule in enumerate(RULES):
            height = 0.96 - 0.075 * n
            ax.plot([1.08], [height], marker=_MARKERS[rule], markersize=8, color=_COLORS[rule], **beside)
            ax.text(1.13, height, rule, color=_COLORS[rule], va="center", **beside)
        ax.plot([1.08], [0.62], marker="o", markersize=8, color="white", markeredgecolor=PALETTE["black"], **beside)
        ax.text(1.13, 0.57, "hollow:\noutside the\npicture", color=PALETTE["black"], va="center", **beside)

    def _add_moving_parts(self) -> Sequence[Artist]:
        self._racers = {}
        for rule, color in _COLORS.items():
            dot: dict[str, Any] = {"marker": _MARKERS[rule], "markersize": 8, "color": color}
            lines = [Line2D([], [], **({"color": color, "linewidth": 1.4} if n % 2 == 0 else dot)) for n in range(4)]
            for ax, line in zip((self._plane, self._plane, self._far, self._far), lines, strict=True):
                ax.add_line(line)
            for head in lines[1::2]:
                head.set_clip_on(False)
            self._racers[rule] = lines
        return [line for n in (0, 2, 1, 3) for lines in self._racers.values() for line in lines[n : n + 1]]


def _at_rim(point: Array) -> Array:
    """Return a point of the plane; one outside is drawn at the rim, in its direction."""
    furthest = abs(point).max()
    return point if furthest <= REACH else np.asarray(point * (REACH / furthest))
