"""The moving plot of `RingGAN`: the discriminator's map with samples, the best one's, and the losses of late."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from course_utils.data import Ring
from course_utils.plots.style import PALETTE, ROLES
from course_utils.widgets.base.pixels import Pixels, mixed
from course_utils.widgets.base.plot import SHARPNESS, LivePlot
from course_utils.widgets.ring_gan.field import Field

SHOWN_MOVES = 600  # of both players together, whose losses are drawn
MOST_LOSS = 4.0  # nats; what is more is drawn there

_BORDERS = (0.05, 0.2, 0.35, 0.45, 0.55, 0.65, 0.8, 0.95)  # of D, between two tints
_SHARES = (0.66, 0.5, 0.34, 0.18)
_FORGED, _REAL, _NOBODY = ROLES["decoder"], ROLES["data"], mixed(PALETTE["grey"], "white", 0.35)
_TINTS = (
    *(mixed(_FORGED, "white", share) for share in _SHARES),
    "white",
    *(mixed(_REAL, "white", share) for share in reversed(_SHARES)),
)
_D, _G = ROLES["gradient"], _FORGED  # the colours of the two losses
_MAP = 228  # side of a map in CSS pixels
_TOP, _LEFT, _SECOND = 34, 30, 288  # of the maps: their upper edge, and the left ones of both

Losses = NDArray[np.float64]


class RingPlot(LivePlot):
    """Two maps and two curves."""

    height = 330
    inks = (PALETTE["black"], _D, _G, _REAL)
    papers = ("white", _NOBODY, *(tint for tint in _TINTS if tint != "white"))

    def __init__(self, data: Ring, side: float) -> None:
        self._data, self._side = data, side
        super().__init__()

    def arrange(self, field: Field, samples: Tensor, losses: dict[str, Losses]) -> None:
        """Show both maps, samples (N, 2), and each player's losses: rows of (moves ago, nats)."""
        for image, values in zip(self._images, (field.d, field.best), strict=True):
            image.set_data(_painted(values, field.known if image is self._images[1] else None))
        self._dots.set_data(*samples.T.numpy())
        for player, line in self._curves.items():
            ago, nats = losses[player].T
            line.set_data(-ago, np.minimum(nats, MOST_LOSS))

    def _build(self, figure: Figure) -> Sequence[Artist]:
        titles = ("D: blue real, green forged", "the best D*, grey where nothing is")
        maps = [self._add_map(figure, left, title) for left, title in zip((_LEFT, _SECOND), titles, strict=True)]
        pixels = round(_MAP * SHARPNESS)
        blank: Pixels = np.full((pixels, pixels, 3), 255, dtype=np.uint8)
        bottom = (self.height - _TOP - _MAP) * SHARPNESS
        self._images: list[Any] = [
            figure.figimage(blank, round(left * SHARPNESS), round(bottom), origin="lower") for left in (_LEFT, _SECOND)
        ]
        black = PALETTE["black"]
        self._dots = maps[0].add_line(Line2D([], [], linestyle="", marker="o", markersize=2, color=black, alpha=0.7))
        rings = [self._add_ring(ax, center) for ax in maps for center in self._data.centers.tolist()]
        frames = [spine for ax in maps for spine in ax.spines.values()]
        self._draw_key(figure)
        return [*self._images, self._dots, *rings, *frames, *self._add_losses(figure)]

    def _add_map(self, figure: Figure, left: int, title: str) -> Axes:
        width, height = self.width, self.height
        ax = figure.add_axes((left / width, 1 - (_TOP + _MAP) / height, _MAP / width, _MAP / height))
        ax.set(xlim=(-self._side, self._side), ylim=(-self._side, self._side))
        ticks = [-round(self._side * 2 / 3, 1), 0, round(self._side * 2 / 3, 1)]
        ax.set(xticks=ticks, yticks=ticks)
        ax.set_title(title, fontsize=10)
        ax.grid(False)
        ax.patch.set_visible(False)
        for spine in ax.spines.values():
            spine.set_visible(True)
        return ax

    def _add_ring(self, ax: Axes, center: list[float]) -> Circle:
        x, y = center
        radius = 3 * self._data.sigma
        ring = Circle((x, y), radius, fill=False, edgecolor=_REAL, linewidth=1.2)
        ax.add_patch(ring)
        return ring

    def _draw_key(self, figure: Figure) -> None:
        """Write under the maps what dots and circles are."""
        figure.text(
            _LEFT / self.width, 18 / self.height,
            "dots: samples of G      circles: 3σ around the centers of the data      no unit on either axis",
            fontsize=9, color=PALETTE["black"], va="center",
        )  # fmt: skip

    def _add_losses(self, figure: Figure) -> list[Artist]:
        width, height = self.width, self.height
        left = _SECOND + _MAP + 52
        ax = figure.add_axes((left / width, 1 - (_TOP + _MAP) / height, (width - left - 12) / width, _MAP / height))
        ax.set(xlim=(-SHOWN_MOVES, 0), ylim=(0, MOST_LOSS * 1.03), xticks=(-SHOWN_MOVES, 0))
        ax.set_xticklabels([f"{SHOWN_MOVES} moves ago", "now"])
        ax.get_xticklabels()[0].set_horizontalalignment("left")
        ax.get_xticklabels()[1].set_horizontalalignment("right")
        ax.set_title("losses in nats", fontsize=10)
        for row, (name, color, level, text) in enumerate(
            (("D", _D, math.log(4), "log 4"), ("G", _G, math.log(2), "log 2"))
        ):
            ax.axhline(level, color=mixed(color, "white", 0.6), linewidth=1.2, linestyle="--")
            ax.text(0.97, 0.96 - 0.08 * row, f"{name} (dashed: {text})", color=color, fontsize=9, ha="right", va="top",
                    transform=ax.transAxes)  # fmt: skip
        self._curves = {
            "discriminator": ax.add_line(Line2D([], [], color=_D, linewidth=1.2)),
            "generator": ax.add_line(Line2D([], [], color=_G, linewidth=1.2)),
        }
        return [*self._curves.values()]


_PALETTE: Pixels = np.array(
    [
        [int(color[i : i + 2], 16) for i in (1, 3, 5)]
        for color in (*("#ffffff" if t == "white" else t for t in _TINTS), _NOBODY)
    ],
    dtype=np.uint8,
)


def _painted(values: Tensor, known: Tensor | None) -> Pixels:
    """Return a map as pixels: D from 0 to 1 in nine tints, from that of forgeries to that of data; grey if unknown."""
    pixels = round(_MAP * SHARPNESS)
    smooth = F.interpolate(values[None, None], (pixels, pixels), mode="bilinear", align_corners=False)[0, 0]
    bands = torch.bucketize(smooth, torch.tensor(_BORDERS))
    if known is not None:
        certain = F.interpolate(known[None, None].float(), (pixels, pixels), mode="bilinear")[0, 0] > 0.5
        bands = torch.where(certain, bands, len(_TINTS))
    painted: Pixels = _PALETTE[bands.numpy()]
    return painted
