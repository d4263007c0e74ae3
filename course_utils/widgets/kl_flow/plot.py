"""The moving plot of `KLFlow`: the plane of (μ, log σ²) with its field and a path, and the density of the moment."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from course_utils.kl_flow import FlowPath, kl_flow_velocity
from course_utils.plots.style import PALETTE, ROLES
from course_utils.widgets.base.normals import UNDER_Q, draw_densities, peak_labels, prior_line, q_patch
from course_utils.widgets.base.pixels import mixed
from course_utils.widgets.base.plot import Array, Labels, LivePlot

_MU_MAX, _V_MAX = 3.4, 6.6  # the plane is [-3.4, 3.4] × [-6.6, 6.6]; no path leaves it before t = 8
_ARROW, _FAST = 26.0, 0.5  # the longest arrow in drawn pixels, and the speed that gets half of it
_FIELD = mixed(ROLES["gradient"], "white", 0.75)
_AHEAD = mixed(ROLES["data"], "white", 0.45)
_U = np.linspace(-5, 5, 161)


class FlowPlot(LivePlot):
    """The plane of the flow, and the density of the moment against N(0, 1)."""

    height = 350
    inks = (ROLES["data"], ROLES["gradient"], ROLES["prior"], PALETTE["black"])
    papers = ("white", UNDER_Q)

    _without: tuple[str, ...] | None = None  # the terms that are missing from the field in the background

    def show_field(self, without: tuple[str, ...]) -> None:
        """Draw the field without some terms, unless it stands there; that redraws the background."""
        if without == self._without:
            return
        rates = np.column_stack([*kl_flow_velocity(self._mus, self._vs, without=without)])
        speed = np.hypot(*rates.T)
        # Speeds from 0 to 367 in one picture: an arrow is long if it is fast, and never longer than `_ARROW`.
        rates *= (_ARROW / (speed + _FAST))[:, None]
        self._field.set_UVC(*rates.T)
        self._blitter.draw_background()
        self._without = without

    def arrange(self, path: FlowPath, now: int, sigma: float) -> None:
        """Draw the path, the point that it has reached, and its density."""
        points = np.column_stack([*path])
        mu, logvar = points[now]
        self._ahead.set_data(*points[now:].T)
        self._behind.set_data(*points[: now + 1].T)
        self._origin.set_data(*points[:1].T)
        self._point.set_data([mu], [logvar])
        q = np.exp(-0.5 * _U**2) / (sigma * math.sqrt(2 * math.pi))
        self._q.set_xy(np.column_stack([mu + sigma * _U, q]))
        self._peaks.write(self._density_ax, peak_labels(mu, float(q.max())))

    def _build(self, figure: Figure) -> Sequence[Artist]:
        self._plane_ax = figure.add_axes((0.075, 0.135, 0.385, 0.84))
        self._density_ax = figure.add_axes((0.635, 0.135, 0.355, 0.84))
        draw_densities(self._density_ax)
        self._density_ax.set_xlabel("z  (no unit)")
        self._draw_plane()
        return self._add_moving_parts(figure)

    def _draw_plane(self) -> None:
        ax = self._plane_ax
        ax.set(xlim=(-_MU_MAX, _MU_MAX), ylim=(-_V_MAX, _V_MAX), xlabel="μ", ylabel="log σ²")
        ax.set(xticks=range(-3, 4), yticks=range(-6, 7, 2))
        sigmas = ax.twinx()
        stops = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
        sigmas.set_ylim(ax.get_ylim())
        sigmas.set_yticks([2 * math.log(s) for s in stops], [f"{s:g}" for s in stops])
        sigmas.set_ylabel("σ", rotation=0, labelpad=4)
        sigmas.grid(False)
        mus, vs = np.meshgrid(np.linspace(-3, 3, 13), np.linspace(-6, 6, 13))
        self._mus, self._vs = torch.from_numpy(mus.ravel()), torch.from_numpy(vs.ravel())
        flat: Array = np.zeros(mus.size)
        in_pixels: dict[str, Any] = {"angles": "xy", "units": "dots", "scale_units": "dots", "scale": 1, "width": 1.8}
        heads: dict[str, Any] = dict.fromkeys(("headwidth", "headlength", "headaxislength"), 4)
        self._field = ax.quiver(mus.ravel(), vs.ravel(), flat, flat, color=_FIELD, minlength=0.5, **in_pixels, **heads)
        ax.plot([0], [0], marker="+", markersize=14, markeredgewidth=2, color=PALETTE["black"])
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        ax.annotate("N(0, 1)", (0, 0), (9, 7), textcoords="offset points", color=PALETTE["black"], bbox=paper)

    def _add_moving_parts(self, figure: Figure) -> Sequence[Artist]:
        blue, ax = ROLES["data"], self._plane_ax
        self._ahead = ax.add_line(Line2D([], [], color=_AHEAD, linewidth=1.5))
        self._behind = ax.add_line(Line2D([], [], color=blue, linewidth=2.5))
        self._origin = ax.add_line(Line2D([], [], marker="o", markersize=7, color="white", markeredgecolor=blue))
        self._point = ax.add_line(
            Line2D([], [], marker="o", markersize=8, color=blue, markeredgecolor=PALETTE["black"])
        )
        self._q, prior = q_patch(self._density_ax), prior_line(self._density_ax)
        self._peaks = Labels(blue)
        figure.add_artist(self._peaks)
        return [self._ahead, self._behind, self._origin, self._point, self._q, prior, self._peaks]
