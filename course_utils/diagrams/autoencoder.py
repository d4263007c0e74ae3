"""The drawing of lesson 2: an image through a bottleneck and back."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.diagrams.canvas import Node, arrow, band, box, canvas, check_sizes, circle, one_image, picture, write
from course_utils.plots.arrays import ArrayOrTensor
from course_utils.plots.style import ROLES

_ROW = 112  # height of the line on which the blocks stand
_PITCH = 88  # from one layer to the next
_BLOCK = 66  # width of a layer


def autoencoder(
    *,
    image: ArrayOrTensor,
    reconstruction: ArrayOrTensor,
    latent: int = 2,
    hidden: Sequence[int] = (400, 400),
    pixels: int = 784,
) -> Figure:
    """Draw a dense autoencoder: every layer, and the shape of what leaves it.

    Parameters
    ----------
    image, reconstruction : array or Tensor, shape (1, H, W) or (H, W)
        Grey images in [0, 1] for the two ends.
    latent : int
        Z, the number of latent dimensions.
    hidden : sequence of one to three int
        Widths of the encoder's hidden layers; the decoder has them in reverse.
    pixels : int
        D, the number of pixels.

    Returns
    -------
    Figure
        920 pixels wide for two hidden layers, 176 more or less for one more or less.

    Raises
    ------
    ValueError
        If a size is no int >= 1, `hidden` has not one to three entries, or an image is unfit.
    """
    check_sizes(latent, hidden, pixels)
    x, x_hat = one_image("image", image), one_image("reconstruction", reconstruction)
    figure, ax = canvas(920 + 2 * _PITCH * (len(hidden) - 2), 230)
    source = picture(ax, (56, _ROW), x, ROLES["data"])
    _label(ax, source, "image $x$", pixels)
    code = _half(ax, source, [*hidden, latent], ROLES["data"], "encoder  $f$", last="Linear")
    z = circle(ax, (code.right[0] + 66, _ROW), "$z$", ROLES["latent"])
    arrow(ax, code.right, z.left)
    write(ax, (z.x, z.top[1] + 18), "code")
    write(ax, (z.x, z.bottom[1] - 15), f"(B, {latent})")
    logits = _half(ax, z, [*hidden[::-1], pixels], ROLES["decoder"], "decoder  $g$", last="Linear\nlogits")
    redrawn = picture(ax, (logits.right[0] + 124, _ROW), x_hat, ROLES["decoder"])
    arrow(ax, logits.right, redrawn.left)
    write(ax, ((logits.right[0] + 10 + redrawn.left[0]) / 2, _ROW + 18), "sigmoid")
    _label(ax, redrawn, r"$\hat{x}$", pixels)
    return figure


def _label(ax: Axes, node: Node, name: str, pixels: int) -> None:
    write(ax, (node.x, _ROW + 62), name)
    write(ax, (node.x, _ROW - 58), f"(B, {pixels})")


def _half(ax: Axes, start: Node, widths: Sequence[int], color: str, title: str, *, last: str) -> Node:
    """Draw one block for each layer behind `start`, on a ground of their own; return the last block."""
    node, first = start, start.right[0] + 62
    for i, width in enumerate(widths):
        text = last if i == len(widths) - 1 else "Linear\nSiLU"
        block = Node(first + i * _PITCH, _ROW, _BLOCK, 110)
        box(ax, block, text, color, below=f"(B, {width})")
        arrow(ax, node.right, block.left)
        node = block
    band(ax, first - _BLOCK / 2 - 10, node.right[0] + 10, _ROW - 96, _ROW + 108, title, color)
    return node
