"""The widget in which a GAN learns a ring of Gaussians, one move of one player at a time."""

import math
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import ipywidgets as widgets
import numpy as np
import torch
from torch import Tensor

from course_utils.checks import check_count, check_seed
from course_utils.data import Ring, ring
from course_utils.metrics import ModeCoverage, mode_coverage
from course_utils.models import Discriminator, Generator
from course_utils.training import Adversaries
from course_utils.widgets.base.controls import beside, play_row, slider
from course_utils.widgets.base.lock import LOCK
from course_utils.widgets.base.plot import LivePlot, PlotWidget
from course_utils.widgets.base.text import number
from course_utils.widgets.ring_gan.field import Field, field
from course_utils.widgets.ring_gan.plot import SHOWN_MOVES, RingPlot

SAMPLES: Final = 2_000  # of G, in the count and in q
DRAWN: Final = 400  # of them, as dots
TICKS: Final = 1_000  # of the player, at most
_INTERVAL = 150  # ms between two ticks
_ROOM = 1.5  # half a side of the maps, in radii of the ring
_WHO = {"both, in turn": ("discriminator", "generator"), "D alone": ("discriminator",), "G alone": ("generator",)}


class RingGAN(PlotWidget):
    """Let a generator G and a discriminator D learn together, or one of them alone, on points around a ring.

    On the left what D says of every place, with samples of G; beside it D* = p / (p + q), the best answer to this G;
    on the right the losses of late. While one player is alone, the other one waits: D alone approaches D*, and G alone
    goes where the waiting D says "real".

    For D* both densities are blurred by N(0, blur² I): p exactly, q as the kernel density of 2,000 samples. A D that
    judges groups is shown for points in the company of real ones; D* stays the best that sees a point alone.

    Parameters
    ----------
    data : Ring, optional
        What ``course_utils.data.ring`` returns; 8,000 points around eight centers by default.
    build : callable, optional
        ``build() -> Adversaries``, called at the start and at every reset: two networks for points of two coordinates.
        By default both have two hidden layers of 128.
    batch : int
        Real examples, and forged ones, in a step.
    per_tick : int
        Steps of each player that plays, at each tick of "play".
    seed : int
        Decides the weights at the start and the order of the data; no other random state is touched.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-ring-gan``.
    controls : dict
        The buttons "step_d", "step_g" and "reset"; "play", which counts ticks, and starts anew at a smaller number;
        "who" plays: "both, in turn", "D alone" or "G alone"; and "blur".
    players : Adversaries
        The two networks of the moment.
    coverage : ModeCoverage
        ``modes`` reached by 2,000 samples, and the ``share`` of them within three standard deviations of a center.
    gap : float
        Mean of |D − D*| over places drawn half from the data and half from the samples, both blurred.
    spread : float
        Root mean square distance of the samples from their mean.
    png : bytes
        The plot of the moment.

    Raises
    ------
    TypeError
        If `data` is no ring, or `build` does not return `Adversaries` with a `Discriminator`.
    ValueError
        If `batch`, `per_tick` or `seed` is out of its range.

    Examples
    --------
    >>> widget = RingGAN(per_tick=2)
    >>> widget.set(who="D alone", play=3)
    >>> widget.players.steps
    {'generator': 0, 'discriminator': 6}
    """

    def __init__(
        self,
        data: Ring | None = None,
        build: Callable[[], Adversaries] | None = None,
        *,
        batch: int = 256,
        per_tick: int = 10,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if data is not None and not isinstance(data, Ring):
            raise TypeError(f"`data` must be a Ring, got a {type(data).__name__}; take what data.ring returns")
        check_count(batch=batch, per_tick=per_tick)
        check_seed(seed)
        self._data = ring(8_000, seed=seed) if data is None else data
        self._build_players, self._batch, self._per_tick, self._seed = build or _usual, batch, per_tick, seed
        self._side = _ROOM * float(self._data.centers.norm(dim=1).max())
        self._reset()
        self.controls = {
            "step_d": widgets.Button(description="step D"),
            "step_g": widgets.Button(description="step G"),
            "reset": widgets.Button(description="reset"),
            "play": widgets.Play(value=0, min=0, max=TICKS, interval=_INTERVAL),
            "who": widgets.Dropdown(options=[*_WHO], description="who plays", layout=widgets.Layout(width="220px")),
            "blur": slider("blur", 0.1, 0.05, 0.5, 0.05),
        }
        self._look()
        buttons = (self.controls[name] for name in ("step_d", "step_g", "reset"))
        first = beside(*buttons, play_row(self.controls["play"]), self.controls["who"])
        self._start("course-ring-gan", first, self.controls["blur"])

    def set(self, **values: Any) -> None:
        """Move controls by name, one after the other; "play" goes on tick by tick, as it does by itself.

        Parameters
        ----------
        **values : int, float or str
            Where to put which control: ``who="D alone", play=20``.

        Raises
        ------
        TypeError
            If a value is not of the control's kind; then nothing moves.
        ValueError
            If there is no such control, or it cannot be put to that value; then nothing moves.
        """
        with LOCK:
            for name, value in {name: self._checked(name, value) for name, value in values.items()}.items():
                if name == "play" and value < self._ticks:
                    self._put(name, 0)
                ticks = range(self._ticks + 1, value + 1) if name == "play" else ()
                for stop in ticks or [value]:
                    self._put(name, stop)

    def _move(self, name: str, value: Any) -> None:
        if name == "play":
            self._play_to(value)
        if name != "who":
            self._look()
        self._redraw()

    def _play_to(self, value: int) -> None:
        """Take the steps of one tick, however many the browser has counted: a slow kernel must not pile up work."""
        try:
            if value < self._ticks:
                self._reset()
            if value > self._ticks:
                for _ in range(self._per_tick):
                    for player in _WHO[self.controls["who"].value]:
                        self._step(player)
                self._ticks += 1
        finally:
            with self._without_redraw():
                self.controls["play"].value = self._ticks

    def _press(self, name: str) -> None:
        if name == "reset":
            self._reset()
            with self._without_redraw():
                self.controls["play"].value = 0
        else:
            self._step("discriminator" if name == "step_d" else "generator")
        self._look()
        self._redraw()

    def _reset(self) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._seed)
            players = self._build_players()
        if not isinstance(players, Adversaries) or not isinstance(players.discriminator, Discriminator):
            raise TypeError(
                f"`build` must return training.Adversaries with a models.Discriminator, got {players!r:.60}"
            )
        self.players, self._discriminator = players, players.discriminator
        self._source = torch.Generator().manual_seed(self._seed)
        self._losses: dict[str, deque[tuple[int, float]]] = {
            player: deque(maxlen=SHOWN_MOVES) for player in ("discriminator", "generator")
        }
        self._ticks = 0

    def _step(self, player: str) -> None:
        if player == "discriminator":
            points = self._data.points
            chosen = torch.randint(len(points), (self._batch,), generator=self._source)
            loss = self.players.step_discriminator(points[chosen])
        else:
            loss = self.players.step_generator(self._batch)
        self._losses[player].append((sum(self.players.steps.values()), loss))

    def _look(self) -> None:
        """Draw samples from the generator as it is now, and judge them."""
        self._samples = self.players.sample(SAMPLES, seed=self._seed, averaged=False)
        self.coverage: ModeCoverage = mode_coverage(self._samples, self._data.centers, radius=3 * self._data.sigma)
        self.spread = _spread(self._samples)
        blur = self.controls["blur"].value
        self._field: Field = field(self._discriminator, self._data, self._samples, blur=blur, side=self._side)
        self.gap = self._field.gap

    def _build_plot(self) -> LivePlot:
        return RingPlot(self._data, self._side)

    def _arranged_plot(self) -> LivePlot:
        plot: RingPlot = self._plot
        now = sum(self.players.steps.values())
        losses = {
            player: np.array([(now - move, nats) for move, nats in taken if now - move <= SHOWN_MOVES]).reshape(-1, 2)
            for player, taken in self._losses.items()
        }
        plot.arrange(self._field, self._samples[:DRAWN], losses)
        return plot

    def _redraw(self) -> None:
        self._view.value = self._arranged_plot().png()
        self._show_text(self._reading(), self._note())

    def _reading(self) -> list[str]:
        """Return the lines of the read-out."""
        steps, modes = self.players.steps, len(self._data.centers)
        return [
            f"D has taken {_count(steps['discriminator'])}, G {_count(steps['generator'])}: its samples reach "
            f"{self.coverage.modes} of {modes} modes, {number(100 * self.coverage.share, 1)} % within 3σ of a center",
            f"Loss of D {self._loss('discriminator')} nats (log 4 = 1.386 if it cannot tell), of G "
            f"{self._loss('generator')} nats (log 2 = 0.693 then)",
            f"|D − D*| is {number(self.gap, 3)} on average; spread of the samples {number(self.spread)}, "
            f"of the data {number(_spread(self._data.points))}{self._lost()}",
        ]

    def _lost(self) -> str:
        """Say how many samples the picture does not show."""
        outside = float((self._samples.abs() > self._side).any(1).float().mean())
        return f"; {number(100 * outside, 1)} % lie outside the picture" if outside else ""

    def _loss(self, player: str) -> str:
        taken = self._losses[player]
        return number(taken[-1][1], 3) if taken else "–"

    def _note(self) -> str:
        others, blur = self._discriminator.group - 1, number(self.controls["blur"].value)
        company = f"D is shown for a point among {others} of the data; D* is the best that sees it alone. "
        return (
            f"Losses are those before each player's last step. D* = p / (p + q), from p and q both blurred by {blur}, "
            f"q of {SAMPLES:,} samples. {company if others else ''}Spread: root mean square distance from the mean."
        )

    def _alt(self) -> str:
        steps = self.players.steps
        return (
            f"Left: what D says of every place of the plane after {_count(steps['discriminator'])}, with samples of G "
            f"after {_count(steps['generator'])}, which reach {self.coverage.modes} of "
            f"{len(self._data.centers)} modes. Middle: the best D for these samples, {number(self.gap, 3)} away on "
            "average. Right: the losses of both players in their last moves."
        )


def _usual() -> Adversaries:
    return Adversaries(Generator(2, shape=(2,)), Discriminator(shape=(2,)))


def _spread(points: Tensor) -> float:
    return math.sqrt(float((points - points.mean(0)).square().sum(1).mean()))


def _count(steps: int) -> str:
    return f"{steps:,} step" + "s" * (steps != 1)
