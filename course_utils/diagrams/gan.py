"""The drawing of lesson 8: whose gradient goes where in the two updates of a GAN."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.diagrams.canvas import Node, Point, arrow, box, canvas, circle, line, write
from course_utils.plots.style import ROLES

_STRIP = 190  # height of one update
_ASIDE = 7  # how far a forward and a backward arrow keep from the line between two nodes
_GRADIENT = ROLES["gradient"]


def adversarial_steps() -> Figure:
    """Draw both updates of a GAN, the discriminator's above the generator's.

    In the first the gradient ends at the forged examples, in the second it comes back through the discriminator to the
    generator; the network that is stepped has a thick outline.

    Returns
    -------
    Figure
        900 × 400 pixels.
    """
    figure, ax = canvas(900, 2 * _STRIP + 20)
    _discriminator_step(ax, _STRIP + 10)
    _generator_step(ax, 0)
    return figure


def _discriminator_step(ax: Axes, floor: float) -> None:
    write(ax, (20, floor + _STRIP - 22), "The discriminator's step", size=14, ha="left")
    fake, judge, loss = _players(ax, floor, steps="D", loss=r"$-\log\,D(x)$" + "\n" + r"$-\log(1 - D(G(z)))$")
    real = circle(ax, (fake.x, fake.y + 78), "$x$", ROLES["data"], radius=26)
    write(ax, (real.left[0] - 8, real.y), "real", ha="right")
    arrow(ax, (real.right[0], real.y), (judge.left[0], judge.y + 20))
    arrow(ax, fake.right, (judge.left[0], judge.y - 4))
    _both_ways(ax, judge.right, loss.left)
    middle = (fake.right[0] + judge.left[0]) / 2
    _cross(ax, (middle, fake.y - 24))
    write(ax, (middle, fake.y - 46), "detach: no gradient further", color=_GRADIENT)


def _generator_step(ax: Axes, floor: float) -> None:
    write(ax, (20, floor + _STRIP - 22), "The generator's step", size=14, ha="left")
    fake, judge, loss = _players(ax, floor, steps="G", loss=r"$-\log\,D(G(z))$")
    _both_ways(ax, fake.right, judge.left)
    _both_ways(ax, judge.right, loss.left)
    forger = Node(190, fake.y, 110, 56)
    _both_ways(ax, forger.right, fake.left, forward=False)
    write(ax, (judge.x, judge.bottom[1] - 18), "passes the gradient on, is not stepped", color=_GRADIENT)


def _players(ax: Axes, floor: float, *, steps: str, loss: str) -> tuple[Node, Node, Node]:
    """Draw noise, generator, forged example, discriminator and loss in a row; return the last three."""
    row = floor + 66
    z = circle(ax, (60, row), "$z$", ROLES["noise"], radius=26, random=True)
    forger = box(ax, Node(190, row, 110, 56), "generator\n$G$", ROLES["decoder"])
    fake = circle(ax, (345, row), "$G(z)$", ROLES["decoder"], radius=30, size=11)
    judge = box(ax, Node(560, row, 120, 56), "discriminator\n$D$", ROLES["data"])
    end = box(ax, Node(785, row, 170, 60), loss, _GRADIENT)
    arrow(ax, z.right, forger.left)
    arrow(ax, forger.right, fake.left, aside=_ASIDE if steps == "G" else 0)
    stepped = forger if steps == "G" else judge
    left, right = stepped.left[0] - 6, stepped.right[0] + 6
    bottom, top = stepped.bottom[1] - 6, stepped.top[1] + 6
    line(ax, [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)], _GRADIENT, width=2.4)
    return fake, judge, end


def _both_ways(ax: Axes, start: Point, end: Point, *, forward: bool = True) -> None:
    if forward:
        arrow(ax, start, end, aside=_ASIDE)
    arrow(ax, end, start, color=_GRADIENT, aside=_ASIDE)


def _cross(ax: Axes, at: Point, size: float = 8) -> None:
    x, y = at
    for sign in (1, -1):
        line(ax, [(x - size, y - sign * size), (x + size, y + sign * size)], _GRADIENT, width=2.6)
