"""The games that `GradientPlay` plays: their slopes in plain numbers, and what is predicted for them."""

import math
from collections.abc import Callable
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from course_utils.games import RULES, local_factor, xy_factor

Array = NDArray[np.float64]
Pair = tuple[float, float]


class Field(NamedTuple):
    """A game whose equilibrium is (0, 0): f in words, its slopes, and what theory says of a rule's factor per step."""

    words: str
    slopes: Callable[[float, float], Pair]
    factor: Callable[[str, float], float]
    exact: tuple[str, ...] = ()  # the rules of which that holds at every step
    where: str = "near (0, 0), on average"  # that it holds of the others

    def path(self, rule: str, eta: float, start: Pair, steps: int) -> Array:
        """Return where the players are after 0 to `steps` steps, shape (steps + 1, 2)."""
        play = RULES[rule](None, *start, eta=eta, slopes=self.slopes)
        return np.array(list(islice(play, steps + 1)))


def _dirac(gamma: float) -> Field:
    def slopes(x: float, y: float) -> Pair:
        called_real = 1 / (1 + math.exp(-max(-700.0, min(700.0, x * y))))  # sigmoid of the logit at the fake point
        return -called_real * y, -called_real * x - gamma * y

    penalty = f" − {gamma / 2:g}·ψ²" if gamma else ""
    return Field(
        f"V = −log 2 − log(1 + e^(ψθ)){penalty} with θ = x, ψ = y",
        slopes,
        lambda rule, eta: local_factor(rule, ((0.0, 0.5), (-0.5, -gamma)), eta),
    )


FIELDS: Final = {
    "f = x·y": Field("f = x·y", lambda x, y: (y, x), xy_factor, ("simultaneous", "extragradient"), "in the long run"),
    "Dirac-GAN": _dirac(0.0),
    "Dirac-GAN with R1": _dirac(0.5),
}
