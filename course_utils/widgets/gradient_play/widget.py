"""The widget on which four rules of gradient play race from one start."""

import math
from typing import Final

import ipywidgets as widgets
import numpy as np

from course_utils.checks import check_number
from course_utils.games import RULES
from course_utils.widgets.base.controls import beside, caption, down, play_row, slider, whole_slider
from course_utils.widgets.base.plot import Array, LivePlot, PlotWidget
from course_utils.widgets.base.text import number
from course_utils.widgets.gradient_play.fields import FIELDS, Field
from course_utils.widgets.gradient_play.plot import REACH, PlayPlot, State

STEPS: Final = 200
_OUTSIDE = "outside the picture"
_INTERVAL = 100  # ms from step to step while it plays


class GradientPlay(PlotWidget):
    """Let four rules of gradient play race: x goes downhill on f(x, y), y uphill, and the equilibrium is (0, 0).

    Left the plane with the direction in which both are driven, and the path of each rule from the same start; right
    the squared distance from the equilibrium after each step. The read-out holds the factor per step beside theory's.

    Parameters
    ----------
    x, y : float
        The start, from −2.5 to 2.5 each; not the equilibrium.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-gradient-play``.
    controls : dict
        "game", one of "f = x·y", "Dirac-GAN" and "Dirac-GAN with R1"; "eta", the step size; "steps", from 0 to 200;
        "play"; and a switch for each rule: "simultaneous", "alternating", "extragradient", "optimistic".
    paths : dict
        For each rule that is switched on, where both are after 0 to 200 steps: an array (201, 2).
    png : bytes
        The plot of the moment.

    Raises
    ------
    TypeError
        If the start is no number.
    ValueError
        If the start is outside the plane, or the equilibrium.

    Examples
    --------
    >>> widget = GradientPlay(1.0, 0.0)
    >>> widget.set(eta=0.5, steps=2)
    >>> widget.paths["simultaneous"][2].tolist()
    [0.75, 1.0]
    >>> round(widget.measured("extragradient"), 4), round(widget.predicted("extragradient"), 4)
    (0.8125, 0.8125)
    """

    paths: dict[str, Array]

    def __init__(self, x: float = 1.0, y: float = 1.0) -> None:
        super().__init__()
        check_number(least=-2.5, most=2.5, x=x, y=y)
        if x == y == 0:
            raise ValueError("`x` and `y` must not both be 0, got the equilibrium: nobody would move")
        self._first = float(x), float(y)
        self.controls = {
            "game": widgets.Dropdown(
                options=list(FIELDS),
                value=next(iter(FIELDS)),
                description="game",
                style={"description_width": "44px"},
                layout=widgets.Layout(width="240px"),
            ),
            "eta": slider("η", 0.2, 0.02, 1.2, 0.02, width="330px"),
            "steps": whole_slider("steps", 40, 0, STEPS, width=340, name_width=44),
            "play": widgets.Play(value=40, min=0, max=STEPS, interval=_INTERVAL),
        }
        for rule in RULES:
            self.controls[rule] = widgets.Checkbox(
                value=True, description=rule, indent=False, layout=widgets.Layout(width="125px")
            )
        self._follow()
        self._start("course-gradient-play", *self._rows())

    def measured(self, rule: str) -> float:
        """Return by what a rule has multiplied x² + y² at each of the last half of its steps, on average (geometric).

        Parameters
        ----------
        rule : str
            One that is switched on.

        Returns
        -------
        float
            The factor per step; NaN before the first step.

        Raises
        ------
        ValueError
            If the rule is not switched on.
        """
        if rule not in self.paths:
            raise ValueError(f"`rule` must be one of {', '.join(self.paths)}, got {rule!r}; switch it on")
        now, half = self._step, self._step // 2
        first, last = (float((self.paths[rule][n] ** 2).sum()) for n in (half, now))
        return (last / first) ** (1 / (now - half)) if now else math.nan

    def predicted(self, rule: str) -> float:
        """Return the factor that theory has for a rule, in the long run or near (0, 0).

        Parameters
        ----------
        rule : str
            One of `course_utils.games.RULES`.

        Returns
        -------
        float
            The factor per step of x² + y².
        """
        return self._field.factor(rule, self._eta)

    @property
    def _field(self) -> Field:
        return FIELDS[self.controls["game"].value]

    @property
    def _eta(self) -> float:
        return float(self.controls["eta"].value)

    @property
    def _step(self) -> int:
        return int(self.controls["steps"].value)

    def _rows(self) -> list[widgets.DOMWidget]:
        switches = beside(caption("Who plays:"), *(self.controls[rule] for rule in RULES))
        switches.layout.align_items = "center"
        first = down(self.controls["game"], self.controls["eta"])
        return [beside(first, down(self.controls["steps"], play_row(self.controls["play"]))), switches]

    def _move(self, name: str, value: float) -> None:
        # Whoever moves the slider while it plays goes on from there, and the other way round.
        if name in ("steps", "play"):
            with self._without_redraw():
                self.controls["steps"].value = self.controls["play"].value = value
        else:
            self._follow()
        self._redraw()

    def _follow(self) -> None:
        playing = [rule for rule in RULES if self.controls[rule].value]
        self.paths = {rule: self._field.path(rule, self._eta, self._first, STEPS) for rule in playing}

    def _build_plot(self) -> LivePlot:
        return PlayPlot(STEPS)

    def _arranged_plot(self) -> LivePlot:
        plot: PlayPlot = self._plot
        plot.arrange(State(self._field, self.paths, self._step))
        return plot

    def _redraw(self) -> None:
        self._view.value = self._arranged_plot().png()
        self._show_text(self._reading())

    def _reading(self) -> list[str]:
        """Return the lines of the read-out."""
        x, y = self._first
        lines = [
            f"After {self._step} steps with η = {number(self._eta)} from x = {number(x)}, y = {number(y)} "
            f"(x² + y² = {size(x**2 + y**2)}) on {self._field.words}"
        ]
        lines += [self._rule_words(rule) for rule in self.paths]
        return lines if self.paths else [*lines, "Nobody plays: switch a rule on"]

    def _rule_words(self, rule: str) -> str:
        point, predicted, step = self.paths[rule][self._step], self.predicted(rule), self._step
        outside = f", {_OUTSIDE}" if abs(point).max() > REACH else ""
        last = step - step // 2
        steps = f"over the last {last} steps" if last > 1 else "of the last step"
        measured = f"factor per step {self.measured(rule):.4f} {steps}, " if step else ""
        where = "at every step" if rule in self._field.exact else self._field.where
        return (
            f"{rule}: x² + y² = {size(float((point**2).sum()))}{outside}; {measured}predicted {predicted:.4f} {where}: "
            f"{heading(predicted)}"
        )

    def _alt(self) -> str:
        places = "; ".join(f"{rule} {_place(path[self._step])}" for rule, path in self.paths.items())
        return (
            f"Left: the plane of x and y with arrows that turn around (0, 0), and the paths of {self._step} steps: "
            f"{places or 'none'}. Right: x² + y² after each step, on a logarithmic axis."
        )


def _place(point: Array) -> str:
    return _OUTSIDE if abs(point).max() > REACH else f"at x = {number(point[0])}, y = {number(point[1])}"


def heading(factor: float) -> str:
    """Say what a factor per step means."""
    if np.isclose(factor, 1, rtol=0, atol=1e-9):
        return "neither comes nor goes"
    return "comes closer" if factor < 1 else "goes away"


def size(value: float) -> str:
    """Format a squared distance, which may be very large or very small.

    Examples
    --------
    >>> size(1.5), size(0.00012), size(0.0)
    ('1.500', '1.2·10⁻⁴', '0')
    """
    if value == 0 or 0.01 <= value < 1e4:
        return number(value, 3) if value else "0"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits}·10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
