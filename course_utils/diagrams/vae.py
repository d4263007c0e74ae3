"""What a variational autoencoder is made of, what happens at its sampling node, and the story that it tells."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from numpy.typing import NDArray

from course_utils.diagrams.canvas import (
    TEXT,
    Node,
    Point,
    arrow,
    band,
    box,
    canvas,
    check_sizes,
    circle,
    line,
    one_image,
    picture,
    tint,
    write,
)
from course_utils.plots.arrays import ArrayOrTensor, as_images
from course_utils.plots.style import ROLES

_LOSS: Final = ROLES["gradient"]
_GRADIENT_TEXT: Final = "#A84A00"  # vermillion, darker: text needs more contrast than an arrow


def _shirt() -> NDArray[Any]:
    """Draw what stands in for an image when none is given."""
    image = np.zeros((28, 28))
    image[4:12, 4:24] = 0.55  # sleeves
    image[4:25, 9:19] = 0.8
    image[4:7, 12:16] = 0  # neck
    return image


def _both_ends(image: ArrayOrTensor | None, reconstruction: ArrayOrTensor | None) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the two pictures of an architecture: those given, or a shirt and its average over 5 x 5 pixels."""
    if image is not None and reconstruction is not None:
        return one_image("image", image), one_image("reconstruction", reconstruction)
    if image is not None or reconstruction is not None:
        # An invented reconstruction of a real image would look like a result.
        raise ValueError("`image` and `reconstruction` must be given together, got one of them; leave out both or none")
    shirt, steps = _shirt(), range(-2, 3)
    return shirt, np.mean([np.roll(shirt, (dy, dx), (0, 1)) for dy in steps for dx in steps], axis=0)


# --- The architecture ----------------------------------------------------------------------------------------------


def vae_architecture(
    *,
    image: ArrayOrTensor | None = None,
    reconstruction: ArrayOrTensor | None = None,
    latent: int = 20,
    hidden: Sequence[int] = (400, 400),
    pixels: int = 784,
) -> Figure:
    """Draw a dense VAE: every block, the shape of what leaves it, where noise enters and where the two losses attach.

    Parameters
    ----------
    image, reconstruction : array or Tensor, shape (1, H, W) or (H, W), optional
        Grey images in [0, 1] for the two ends, both or neither; a drawn shirt and its blur by default.
    latent : int
        Z, the number of latent dimensions.
    hidden : sequence of one to three int
        Widths of the encoder's hidden layers; the decoder has them in reverse.
    pixels : int
        D, the number of pixels.

    Returns
    -------
    Figure
        1000 pixels wide for two hidden layers, 176 more or less for one more or less.

    Raises
    ------
    ValueError
        If a size is no int >= 1, `hidden` has not one to three entries, an image is unfit, or one of two is missing.

    References
    ----------
    Kingma and Welling (2014), *Auto-Encoding Variational Bayes*, section 2.3 and appendix C.
    """
    check_sizes(latent, hidden, pixels)
    x, x_hat = _both_ends(image, reconstruction)
    figure, ax = canvas(1000 + 176 * (len(hidden) - 2), 500)
    source, heads = _draw_encoder(ax, x, hidden, latent, pixels)
    z = _draw_sampling(ax, heads, latent)
    logits = _draw_decoder(ax, z, x_hat, hidden, pixels)
    _draw_losses(ax, source, heads, logits)
    return figure


_ROW = 282  # height of the line on which the blocks stand
_PITCH = 88  # from one hidden layer to the next
_BLOCK = 66  # width of a layer
_GROUND = 142  # height at which the blocks' pale ground begins


def _shape(size: int) -> str:
    return f"(B, {size})"


def _draw_layers(ax: Axes, start: Node, widths: Sequence[int], color: str, first: float) -> Node:
    """Draw one block for each hidden layer, the first at x = `first`, each with an arrow from the one before it."""
    node = start
    for i, width in enumerate(widths):
        block = Node(first + i * _PITCH, _ROW, _BLOCK, 130)
        box(ax, block, "Linear\nSiLU", color, below=_shape(width))
        arrow(ax, node.right, block.left)
        node = block
    return node


def _draw_encoder(
    ax: Axes, x: NDArray[Any], hidden: Sequence[int], latent: int, pixels: int
) -> tuple[Node, tuple[Node, Node]]:
    """Draw the left half; return the picture and the two heads."""
    color = ROLES["data"]
    source = picture(ax, (56, _ROW), x, color)
    write(ax, (56, _ROW + 62), "image $x$")
    write(ax, (56, _ROW - 58), _shape(pixels))
    last = _draw_layers(ax, source, hidden, color, first=158)
    at = last.x + 108
    band(ax, 112, at + 58, _GROUND, _ROW + 160, r"encoder  $q_\phi(z \mid x)$", color)
    mu, logvar = Node(at, _ROW + 60, 92, 56), Node(at, _ROW - 60, 92, 56)
    for node, text in ((mu, r"$\mu$"), (logvar, r"$\log\,\sigma^2$")):
        box(ax, node, f"Linear\n{text}", color, below=_shape(latent))
        arrow(ax, last.right, node.left)
    return source, (mu, logvar)


def _draw_sampling(ax: Axes, heads: tuple[Node, Node], latent: int) -> Node:
    """Draw z between the halves: the noise above it, the prior that replaces it below."""
    at = heads[0].right[0] + 78
    z = circle(ax, (at, _ROW), "$z$", ROLES["latent"])
    eps = circle(ax, (at, _ROW + 120), r"$\varepsilon$", ROLES["noise"], radius=24, random=True)
    write(ax, (at, eps.top[1] + 16), r"$\varepsilon \sim N(0, I)$")
    write(ax, (at, eps.top[1] + 48), r"$z = \mu + \sigma \odot \varepsilon$", size=13)
    arrow(ax, eps.bottom, z.top)
    for head in heads:
        arrow(ax, head.right, z.left)
    write(ax, (at, z.bottom[1] - 15), _shape(latent))
    prior = Node(at, 112, 124, 54)
    box(ax, prior, "to generate:\n" + r"$z \sim N(0, I)$", ROLES["prior"])
    arrow(ax, prior.top, (at, z.bottom[1] - 26), color=ROLES["prior"], dashed=True)
    return z


def _draw_decoder(ax: Axes, z: Node, x_hat: NDArray[Any], hidden: Sequence[int], pixels: int) -> Node:
    """Draw the right half; return the block whose output are the logits."""
    color = ROLES["decoder"]
    last = _draw_layers(ax, z, hidden[::-1], color, first=z.x + 112)
    logits = Node(last.x + 94, _ROW, 74, 130)
    box(ax, logits, "Linear\nlogits", color, below=_shape(pixels))
    arrow(ax, last.right, logits.left)
    band(ax, z.x + 66, logits.right[0] + 14, _GROUND, _ROW + 160, r"decoder  $p_\theta(x \mid z)$", color)
    shown = picture(ax, (logits.right[0] + 128, _ROW), x_hat, color)
    arrow(ax, logits.right, shown.left)
    write(ax, ((logits.right[0] + 14 + shown.left[0]) / 2, _ROW + 16), "sigmoid")
    write(ax, (shown.x, _ROW + 62), r"$\hat{x}$")
    write(ax, (shown.x, _ROW - 58), _shape(pixels))
    return logits


def _draw_losses(ax: Axes, source: Node, heads: tuple[Node, Node], logits: Node) -> None:
    """Draw the KL at the heads, the reconstruction loss at the logits and at its target, the image."""
    mu, logvar = heads
    kl, nll = Node(mu.x - 58, 80, 196, 44), Node(logits.x, 80, 130, 44)
    box(ax, kl, r"$\mathrm{KL}(q_\phi(z \mid x)\,\Vert\,N(0, I))$", _LOSS)
    box(ax, nll, r"$-\log\,p_\theta(x \mid z)$", _LOSS)
    write(ax, (nll.right[0] + 62, nll.y), "loss = sum\nof the two")
    bottom, top = logvar.bottom[1] - 27, mu.top[1] + 7
    style = "round,pad=0,rounding_size=9"
    both = FancyBboxPatch((mu.left[0] - 7, bottom), mu.width + 14, top - bottom, style, fc=tint(_LOSS, 0.9), ec=_LOSS)
    ax.add_patch(both)
    both.set(zorder=1, linestyle=(0, (4, 3)))
    arrow(ax, (mu.x, bottom + 3), (mu.x, kl.top[1]), color=_LOSS)
    arrow(ax, (logits.x, logits.bottom[1] - 24), nll.top, color=_LOSS)
    floor = 28
    line(ax, [(source.x, source.bottom[1] - 28), (source.x, floor), (nll.x, floor)], ROLES["data"])
    arrow(ax, (nll.x, floor - 3), nll.bottom, color=ROLES["data"])
    write(ax, ((kl.right[0] + nll.left[0]) / 2, floor + 15), "the target is $x$ itself")


# --- The computation graph -----------------------------------------------------------------------------------------


def computation_graph(*, reparameterized: bool) -> Figure:
    """Draw what is computed and how far the gradient comes back, with or without the reparameterization trick.

    Parameters
    ----------
    reparameterized : bool
        False: z is drawn from N(mu, sigma²), and the gradient stops there. True: z = mu + sigma * eps, and it runs
        through, with the local derivatives written beside it.

    Returns
    -------
    Figure
        1000 × 320 pixels.

    References
    ----------
    Kingma and Welling (2014), *Auto-Encoding Variational Bayes*, section 2.4.
    """
    figure, ax = canvas(1000, _GRAPH)
    _draw_graph(ax, 0, reparameterized)
    _draw_legend(ax, _GRAPH - 32)
    return figure


def computation_graphs() -> Figure:
    """Draw both versions of `computation_graph`, the obstacle above the trick.

    Returns
    -------
    Figure
        1000 × 640 pixels.
    """
    figure, ax = canvas(1000, 2 * _GRAPH)
    _draw_graph(ax, _GRAPH, reparameterized=False)
    _draw_graph(ax, 0, reparameterized=True)
    _draw_legend(ax, 2 * _GRAPH - 32)
    return figure


_GRAPH = 320  # height of one graph
_ASIDE = 7  # how far a forward and a backward arrow keep from the line between two nodes


def _draw_graph(ax: Axes, floor: float, reparameterized: bool) -> None:
    """Draw one graph into the strip of the canvas that begins at y = `floor`."""
    row = floor + 130
    # What no gradient reaches is drawn in grey.
    data, latent = (ROLES["data"], ROLES["latent"]) if reparameterized else (ROLES["prior"], ROLES["prior"])
    encoder = box(ax, Node(110, row, 120, 64), "encoder\n" + r"$\phi$", data)
    mu = circle(ax, (310, row + 66), r"$\mu$", latent)
    logvar = circle(ax, (310, row - 66), r"$\log\,\sigma^2$", latent, size=TEXT)
    z = circle(ax, (530, row), "$z$", ROLES["latent"], random=not reparameterized)
    decoder = box(ax, Node(725, row, 120, 64), "decoder\n" + r"$\theta$", ROLES["decoder"])
    loss = box(ax, Node(922, row, 124, 64), "$L$\n" + r"$-\log\,p_\theta(x \mid z)$", _LOSS)
    _both_ways(ax, decoder.right, loss.left)
    _both_ways(ax, z.right, decoder.left)
    write(ax, (612, row - 28), r"$\partial L / \partial z$", color=_GRADIENT_TEXT)
    for node, side in ((mu, 1), (logvar, -1)):
        door = (encoder.right[0], row + side * 14)
        _both_ways(ax, door, _rim(node, encoder), side=side, back=reparameterized)
        _both_ways(ax, _rim(node, z), _rim(z, node), side=side, back=reparameterized)
    (_draw_trick if reparameterized else _draw_obstacle)(ax, floor, z)


def _rim(circle: Node, other: Node) -> Point:
    """Return the point of a circle's outline that faces `other`."""
    way = np.array([other.x - circle.x, other.y - circle.y])
    x, y = np.array([circle.x, circle.y]) + circle.width / 2 * way / np.hypot(*way)
    return float(x), float(y)


def _both_ways(ax: Axes, start: Point, end: Point, *, side: int = -1, back: bool = True) -> None:
    """Draw the forward arrow, and the gradient's way back on its outer side (1: above, -1: below)."""
    arrow(ax, start, end, aside=-side * _ASIDE)
    if back:
        arrow(ax, end, start, color=_LOSS, aside=-side * _ASIDE)


def _draw_legend(ax: Axes, y: float) -> None:
    circle(ax, (505, y), "", ROLES["prior"], radius=9, random=True)  # grey: it is the dashes that say so
    write(ax, (521, y), "drawn at random", ha="left")
    arrow(ax, (690, y), (730, y))
    write(ax, (736, y), "computes", ha="left")
    arrow(ax, (872, y), (832, y), color=_LOSS)
    write(ax, (878, y), "gradient", ha="left", color=_GRADIENT_TEXT)


def _draw_obstacle(ax: Axes, floor: float, z: Node) -> None:
    """Add to the graph what happens at a sampling node: nothing comes back."""
    write(ax, (40, floor + _GRAPH - 32), "Before: draw $z$ itself", size=14, ha="left")
    write(ax, (z.x, z.bottom[1] - 18), r"$z \sim N(\mu, \sigma^2)$")
    for side in (1, -1):
        _cross(ax, (z.x - 70, z.y + side * 40))
    write(ax, (z.x + 10, z.y + 78), "a draw has no derivative:\nthe gradient stops here", color=_GRADIENT_TEXT)
    write(ax, (110, z.y - 62), "no gradient arrives:\n" + r"$\phi$ learns nothing from $L$", color=_GRADIENT_TEXT)


def _draw_trick(ax: Axes, floor: float, z: Node) -> None:
    """Add the noise at the side, and the derivatives by which the gradient passes."""
    write(ax, (40, floor + _GRAPH - 32), "After: draw the noise, compute $z$", size=14, ha="left")
    eps = circle(ax, (z.x, z.y + 116), r"$\varepsilon$", ROLES["noise"], radius=24, random=True)
    arrow(ax, eps.bottom, z.top)
    write(ax, (eps.right[0] + 12, eps.y), r"$\varepsilon \sim N(0, I)$, drawn outside", ha="left")
    write(ax, (z.x, z.bottom[1] - 18), r"$z = \mu + \sigma \odot \varepsilon$")
    write(ax, (442, z.y + 66), r"$\partial z / \partial \mu = 1$", color=_GRADIENT_TEXT)
    write(
        ax,
        (450, z.y - 86),
        r"$\partial z / \partial \log\,\sigma^2 = \dfrac{1}{2}\,\sigma \odot \varepsilon$",
        color=_GRADIENT_TEXT,
    )


def _cross(ax: Axes, at: Point, size: float = 10) -> None:
    x, y = at
    for slope in (1, -1):
        line(ax, [(x - size, y - slope * size), (x + size, y + slope * size)], _LOSS, width=4)


# --- The story -----------------------------------------------------------------------------------------------------


def generative_story(images: ArrayOrTensor | None = None) -> Figure:
    """Draw the graphical model: z from the prior, x from z, and the way back that must be approximated.

    Parameters
    ----------
    images : array or Tensor, shape (N, 1, H, W) or (N, H, W), optional
        Examples of x in [0, 1], of which the first three are drawn; a drawn shirt by default.

    Returns
    -------
    Figure
        790 pixels wide for one image, 98 more for each further one.

    Raises
    ------
    ValueError
        If the images have the wrong shape or range.

    References
    ----------
    Kingma and Welling (2014), *Auto-Encoding Variational Bayes*, figure 1.
    """
    examples = _shirt()[None] if images is None else as_images("images", images)[:3]
    figure, ax = canvas(790 + 98 * (len(examples) - 1), 250)
    row = 125
    _draw_bell(ax, (110, row - 34))
    write(ax, (110, row - 58), r"prior  $p(z) = N(0, I)$")
    z = circle(ax, (300, row), "$z$", ROLES["latent"], radius=36, random=True)
    x = circle(ax, (620, row), "$x$", ROLES["data"], radius=36, random=True)
    arrow(ax, (192, row), z.left)
    arrow(ax, (z.x + 30, row + 20), (x.x - 30, row + 20), color=ROLES["decoder"], bend=-0.12)
    arrow(ax, (x.x - 30, row - 20), (z.x + 30, row - 20), color=ROLES["data"], bend=-0.12, dashed=True)
    write(ax, (460, row + 64), r"generate:  $p_\theta(x \mid z)$")
    write(ax, (460, row - 66), r"infer:  $q_\phi(z \mid x) \approx p_\theta(z \mid x)$")
    write(ax, (z.x, z.top[1] + 20), "code")
    write(ax, (x.x, x.top[1] + 20), "image")
    for i, image in enumerate(examples):
        picture(ax, (730 + 98 * i, row), image, ROLES["data"], size=84)
    return figure


def _draw_bell(ax: Axes, foot: Point) -> None:
    """Draw a normal density standing on `foot`."""
    u = np.linspace(-3, 3, 121)
    x, y = foot[0] + 24 * u, foot[1] + 72 * np.exp(-0.5 * u**2)
    ax.fill_between(x, foot[1], y, color=tint(ROLES["prior"], 0.7), linewidth=0)
    ax.plot(x, y, color=ROLES["prior"], linewidth=2)
