"""The widget that lets N(μ, σ²) flow down its KL divergence, with each of the four terms switched on or off."""

import math
from typing import Final, NamedTuple

import ipywidgets as widgets
import torch

from course_utils import kl_flow
from course_utils.widgets.base.controls import beside, caption, down, play_row, slider
from course_utils.widgets.base.normals import TERMS, FourTerms, four_terms, sigma_slider
from course_utils.widgets.base.plot import LivePlot, PlotWidget
from course_utils.widgets.base.text import number
from course_utils.widgets.kl_flow.plot import FlowPlot

T_MAX: Final = 8
PER_UNIT: Final = 16  # stops of the slider in one unit of time. Sixteenths are exact: the browser sends none back
_INTERVAL = 60  # milliseconds from picture to picture while the flow plays
_START = 1.0  # the time at first: a still picture shows the flow on its way
_TIMES = torch.arange(T_MAX * PER_UNIT + 1, dtype=torch.float64) / PER_UNIT


class Point(NamedTuple):
    """Where the flow is: a normal distribution N(mu, exp(logvar))."""

    mu: float
    logvar: float

    @property
    def sigma(self) -> float:
        """The standard deviation."""
        return math.exp(0.5 * self.logvar)


class Terms(NamedTuple):
    """Which terms of the KL are in the price: ½mu², ½sigma², −½ log sigma², −½."""

    mean: bool = True
    spread: bool = True
    log: bool = True
    constant: bool = True

    def of(self, terms: FourTerms) -> float:
        """Return the sum of those terms that are switched on, in nats."""
        return sum(term for on, term in zip(self, terms, strict=True) if on)

    @property
    def off(self) -> tuple[str, ...]:
        """The names of those that are switched off."""
        return tuple(name for name, on in self._asdict().items() if not on)


class KLFlow(PlotWidget):
    """Follow the gradient flow of KL(N(μ, σ²)‖N(0, 1)) from any normal, with terms of the KL switched off at will.

    The flow goes downhill in μ and log σ²: dμ/dt = −μ and d(log σ²)/dt = ½ − ½σ². The first comes from the term ½μ²,
    +½ from −½ log σ² and −½σ² from ½σ². On the left the plane of (μ, log σ²), where an arrow shows the direction of
    the flow and, if short, that it is slow; on the right the density of the moment against N(0, 1).

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-kl-flow``.
    controls : dict
        "mu0" and "sigma0", the start; "t", from 0 to 8; "play"; and the switches "mean", "spread", "log", "constant".
    start, now : Point
        ``mu``, ``logvar`` and ``sigma`` at time 0 and at time t.
    terms : Terms
        Which terms are switched on.
    price : float
        The sum at time t of the terms that are switched on, in nats.
    png : bytes
        The plot of the moment.

    Examples
    --------
    >>> widget = KLFlow()
    >>> widget.set(mu0=2.0, sigma0=1.0, t=1.0)
    >>> round(widget.now.mu, 6)  # 2/e
    0.735759
    >>> widget.set(mean=False)
    >>> widget.now.mu
    2.0
    """

    def __init__(self) -> None:
        super().__init__()
        self.controls = {
            "mu0": slider("μ₀", -2.5, -3.0, 3.0, 0.05),
            "sigma0": sigma_slider("σ₀", 0.2),
            "t": slider("t", _START, 0.0, float(T_MAX), 1 / PER_UNIT),
            "play": widgets.Play(value=round(_START * PER_UNIT), min=0, max=T_MAX * PER_UNIT, interval=_INTERVAL),
        }
        for name, term in zip(kl_flow.TERMS, TERMS, strict=True):
            self.controls[name] = widgets.Checkbox(
                value=True, description=term, indent=False, layout=widgets.Layout(width="120px")
            )
        self._follow()
        self._start("course-kl-flow", *self._rows())

    @property
    def terms(self) -> Terms:
        """Which terms are switched on."""
        return Terms(*(bool(self.controls[name].value) for name in kl_flow.TERMS))

    @property
    def start(self) -> Point:
        """The distribution at time 0."""
        return self._point(0)

    @property
    def now(self) -> Point:
        """The distribution at time t."""
        return self._point(self._step)

    def _point(self, step: int) -> Point:
        return Point(self._path.mu[step].item(), self._path.logvar[step].item())

    @property
    def _step(self) -> int:
        step: int = round(self.controls["t"].value * PER_UNIT)
        return step

    @property
    def price(self) -> float:
        """The sum of the terms that are switched on, in nats."""
        return self.terms.of(four_terms(*self.now))

    def _rows(self) -> list[widgets.DOMWidget]:
        switches = beside(caption("Terms in the price:"), *(self.controls[name] for name in kl_flow.TERMS))
        switches.layout.align_items = "center"
        start = down(self.controls["mu0"], self._with_field("sigma0"))
        return [beside(start, down(self.controls["t"], play_row(self.controls["play"]))), switches]

    def _move(self, name: str, value: float) -> None:
        # Whoever moves the slider while the flow plays goes on from there, and the other way round.
        with self._without_redraw():
            if name == "play":
                self.controls["t"].value = value / PER_UNIT
            elif name == "t":
                self.controls["play"].value = round(value * PER_UNIT)
        if name not in ("play", "t"):
            self._follow()
        self._redraw()

    def _follow(self) -> None:
        start = self.controls["mu0"].value, 2 * math.log(self.controls["sigma0"].value)
        self._path = kl_flow.kl_flow(*start, _TIMES, without=self.terms.off)

    def _build_plot(self) -> LivePlot:
        return FlowPlot()

    def _arranged_plot(self) -> LivePlot:
        plot: FlowPlot = self._plot
        plot.show_field(self.terms._replace(constant=True).off)  # it has no slope
        plot.arrange(self._path, self._step, self.now.sigma)
        return plot

    def _redraw(self) -> None:
        self._view.value = self._arranged_plot().png()
        self._show_text(self._reading())

    def _reading(self) -> list[str]:
        """Return the lines of the read-out."""
        terms, now, t = self.terms, self.now, self.controls["t"].value
        kl, kl_start = sum(four_terms(*now)), sum(four_terms(*self.start))
        lines = [
            f"t = {number(t + 1e-9)}: μ = {number(now.mu)}, σ = {number(now.sigma)} "
            f"(started from μ₀ = {number(self.start.mu)}, σ₀ = {number(self.start.sigma)})",
            f"KL(q‖p) = {number(kl, 3)} nats, at the start {number(kl_start, 3)}",
        ]
        if not all(terms):
            lines.append(f"Price without what is switched off: {_sum_of(terms)} = {number(self.price, 3)} nats")
        return [*lines, f"Heading: {mean_words(terms, now)}; {sigma_words(terms)}"]

    def _alt(self) -> str:
        now, off = self.now, [term for on, term in zip(self.terms, TERMS, strict=True) if not on]
        without = f" without {', '.join(off)}" if off else ""
        here = f"μ = {number(now.mu)}, σ = {number(now.sigma)} at t = {number(self.controls['t'].value)}"
        if any(self.terms[:3]):
            start = f"μ = {number(self.start.mu)}, σ = {number(self.start.sigma)}"
            plane = f"with arrows of the flow{without}, and the path from {start} to {here}"
        else:
            plane = f"without arrows, for{without} nothing moves, and the point {here}"
        return f"Left: the plane of μ and log σ² {plane}. Right: the density at that time against N(0, 1)."


def mean_words(terms: Terms, now: Point) -> str:
    """Say where mu is heading."""
    return "μ → 0, as e^(−t)" if terms.mean else f"μ stays {number(now.mu)}, for nothing pulls it"


def sigma_words(terms: Terms) -> str:
    """Say where sigma is heading."""
    if terms.spread and terms.log:
        end = "σ → 1, where ½σ² and −½ log σ² hold each other"
    elif terms.spread:
        end = "σ → 0, for nothing forbids a point: the autoencoder returns"
    elif terms.log:
        end = "σ → ∞, for nothing forbids it to widen"
    else:
        end = "σ stays, for nothing pulls it"
    return end if terms.constant else f"{end}. Without −½ all moves are the same; only the price is ½ higher"


def _sum_of(terms: Terms) -> str:
    """Return the price as a formula."""
    kept = [term if term.startswith("−") else f"+{term}" for on, term in zip(terms, TERMS, strict=True) if on]
    formula = "".join(f" {term[0]} {term[1:]}" for term in kept).removeprefix(" + ").strip()
    return formula or "nothing"
