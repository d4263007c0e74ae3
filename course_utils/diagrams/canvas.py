"""The visual language of the course's drawings: boxes that compute, circles that are variables, arrows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from numpy.typing import NDArray

from course_utils.checks import check_count
from course_utils.plots.arrays import ArrayOrTensor, as_array, as_images
from course_utils.plots.style import PALETTE

Point = tuple[float, float]
Color = str | tuple[float, float, float]
DPI = 100
TEXT, SYMBOL = 11.5, 15.0  # points; below 11 a text is not legible on a projector
INK: Final = PALETTE["black"]


@dataclass(frozen=True)
class Node:
    """Something drawn around (x, y); arrows begin and end at the middles of its sides."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> Point:
        """Middle of the left edge."""
        return self.x - self.width / 2, self.y

    @property
    def right(self) -> Point:
        """Middle of the right edge."""
        return self.x + self.width / 2, self.y

    @property
    def top(self) -> Point:
        """Middle of the top edge."""
        return self.x, self.y + self.height / 2

    @property
    def bottom(self) -> Point:
        """Middle of the bottom edge."""
        return self.x, self.y - self.height / 2


def canvas(width: int, height: int) -> tuple[Figure, Axes]:
    """Return a white figure whose data coordinates are pixels, the origin at the bottom left.

    The figure is not registered with pyplot, so a notebook does not show it a second time.
    """
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
    figure.set_layout_engine("none")  # the style sheet turns one on
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height), autoscale_on=False)
    ax.set_axis_off()
    return figure, ax


def tint(color: str, white: float = 0.8) -> Color:
    """Mix `color` with white, so that dark text on it is legible."""
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red + (1 - red) * white, green + (1 - green) * white, blue + (1 - blue) * white


def write(ax: Axes, at: Point, text: str, *, size: float = TEXT, color: Color = INK, ha: str = "center") -> None:
    """Write centred text, or text that starts or ends at `at`."""
    # The fonts are named here and not left to the style sheet, with which the drawings must not change.
    style: dict[str, Any] = {"family": "DejaVu Sans", "math_fontfamily": "dejavusans", "linespacing": 1.3}
    ax.text(*at, text, size=size, color=color, ha=ha, va="center", zorder=5, **style)


def box(ax: Axes, node: Node, text: str, color: str, *, size: float = TEXT, below: str = "") -> Node:
    """Draw a rounded box: something that computes. `below` is the shape of what comes out of it."""
    corner = node.x - node.width / 2, node.y - node.height / 2
    style = "round,pad=0,rounding_size=7"
    ax.add_patch(
        FancyBboxPatch(corner, node.width, node.height, style, fc=tint(color), ec=color, linewidth=1.6, zorder=3)
    )
    write(ax, (node.x, node.y), text, size=size)
    if below:
        write(ax, (node.x, node.bottom[1] - 15), below)
    return node


def circle(
    ax: Axes, at: Point, text: str, color: str, *, radius: float = 30, size: float = SYMBOL, random: bool = False
) -> Node:
    """Draw a variable; the outline is dashed if it is drawn at random."""
    line = (0, (3, 2)) if random else "solid"
    ax.add_patch(Circle(at, radius, fc=tint(color), ec=color, linewidth=2, linestyle=line, zorder=3))
    write(ax, at, text, size=size)
    return Node(*at, 2 * radius, 2 * radius)


def picture(ax: Axes, at: Point, image: NDArray[Any], color: str, *, size: float = 80) -> Node:
    """Draw a grey image of shape (H, W) in a coloured frame, its longer side `size` pixels long."""
    height, width = (side * size / max(image.shape) for side in image.shape)
    x, y = at
    extent = (x - width / 2, x + width / 2, y - height / 2, y + height / 2)
    ax.imshow(image, cmap="gray", vmin=0, vmax=1, extent=extent, aspect="auto", interpolation="nearest", zorder=3)
    ax.add_patch(
        FancyBboxPatch(
            (extent[0], extent[2]), width, height, "square,pad=1", fc="none", ec=color, linewidth=2, zorder=4
        )
    )
    return Node(x, y, width + 2, height + 2)


def arrow(
    ax: Axes, start: Point, end: Point, *, color: Color = INK, dashed: bool = False, bend: float = 0, aside: float = 0
) -> None:
    """Draw an arrow, moved `aside` pixels to its left, so that two may run along the same line."""
    along = np.subtract(end, start)
    shift = aside * np.array([-along[1], along[0]]) / np.hypot(*along)
    ax.add_patch(
        FancyArrowPatch(
            tuple(start + shift), tuple(end + shift), arrowstyle="-|>", mutation_scale=15, shrinkA=3, shrinkB=3,
            color=color, linewidth=1.8, linestyle=(0, (4, 2.5)) if dashed else "solid",
            connectionstyle=f"arc3,rad={bend}", zorder=2,
        )
    )  # fmt: skip


def line(ax: Axes, points: Sequence[Point], color: Color, *, width: float = 1.8) -> None:
    """Draw a line through the points."""
    ax.add_line(Line2D(*np.transpose(points), color=color, linewidth=width, zorder=2))


def band(ax: Axes, left: float, right: float, bottom: float, top: float, title: str, color: str) -> None:
    """Lay a pale ground under the blocks that belong together."""
    style = "round,pad=0,rounding_size=12"
    ground = FancyBboxPatch(
        (left, bottom), right - left, top - bottom, style, fc=tint(color, 0.93), ec="none", zorder=0
    )
    ax.add_patch(ground)
    write(ax, ((left + right) / 2, top - 18), title)


def check_sizes(latent: int, hidden: Sequence[int], pixels: int) -> None:
    """Refuse layers of no width, and more hidden layers than a drawing has room for."""
    widths: dict[str, Any] = {f"hidden[{i}]": width for i, width in enumerate(hidden)}
    check_count(latent=latent, pixels=pixels, **widths)
    if not 1 <= len(hidden) <= 3:
        raise ValueError(f"`hidden` must have one to three widths, got {len(hidden)}; more would be too small to read")


def one_image(name: str, image: ArrayOrTensor) -> NDArray[Any]:
    """Return a single grey image, given with or without its channel, as (H, W)."""
    array = as_array(name, image)
    images = as_images(name, array[None] if array.ndim == 2 else array)
    if len(images) != 1:
        raise ValueError(
            f"`{name}` must be one image, shape (1, H, W) or (H, W), got {array.shape}; choose one of them"
        )
    return np.asarray(images[0])
