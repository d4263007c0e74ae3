"""Two players on one function: x goes down, y goes up; what the exercises on gradient play hand to a learner."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Pair = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Gradients:
    """The gradients of a function f(x, y), as a function of its own.

    Attributes
    ----------
    shown : str
        How a verdict writes it.
    of : callable
        From x and y, each of shape (N,), to the pair (∂f/∂x, ∂f/∂y).
    """

    shown: str
    of: Callable[[Tensor, Tensor], Pair]

    def __call__(self, x: Tensor, y: Tensor) -> Pair:
        """Return (∂f/∂x, ∂f/∂y) at (x, y)."""
        return self.of(x, y)


def _product(x: Tensor, y: Tensor) -> Pair:
    return 1.0 * y, 1.0 * x


def _curved(x: Tensor, y: Tensor) -> Pair:
    return 2 * x + 3 * y, 3 * x - 4 * y


def _steep(x: Tensor, y: Tensor) -> Pair:
    return x**3 + y, x - y**3


def _coupled(x: Tensor, y: Tensor) -> Pair:
    table = torch.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=x.dtype)
    return table @ y, table.T @ x


def unless_of_the_product(note: str, x: float, y: float) -> Callable[[Tensor, Tensor], str]:
    """Make a note for a probe on another f, which tells whoever comes to (x, y) that this is the step on f = xy."""

    def says(new_x: Tensor, new_y: Tensor) -> str:
        product = torch.allclose(torch.cat([new_x, new_y]), torch.tensor([x, y], dtype=new_x.dtype), atol=1e-5)
        asked = "This is the step on f = xy, whose slopes are (y, x). Here f is another one: ask `gradients` for them."
        return f"{asked} {note}" if product else note

    return says


PRODUCT = Gradients("the gradients of f = xy (summed over the entries), which are (y, x)", _product)
CURVED = Gradients("the gradients of f = x² + 3xy − 2y², which are (2x + 3y, 3x − 4y)", _curved)
STEEP = Gradients("the gradients of f = ¼x⁴ + xy − ¼y⁴, which are (x³ + y, x − y³)", _steep)
COUPLED = Gradients("the gradients of f = x·(A y) with A = [[1, −2], [0.5, 3]], which are (A y, Aᵀ x)", _coupled)
