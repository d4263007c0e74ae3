"""The widget that takes the KL divergence between two normals apart: its area, and its four terms."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from course_utils.plots.style import PALETTE, ROLES
from course_utils.widgets.base.controls import beside, slider
from course_utils.widgets.base.decoding import seeded_generator
from course_utils.widgets.base.normals import (
    TERMS,
    UNDER_Q,
    Z_MAX,
    FourTerms,
    P,
    Q,
    area_patch,
    draw_densities,
    four_terms,
    peak_labels,
    prior_line,
    q_patch,
    sigma_slider,
)
from course_utils.widgets.base.pixels import mixed
from course_utils.widgets.base.plot import Array, Label, Labels, LivePlot, PlotWidget
from course_utils.widgets.base.text import number

_U = np.linspace(-9, 9, 361)  # the curves are drawn, and the area is measured, at z = μ + σu
_DRAWS = 10_000
_LOW, _HIGH = -0.35, 2.3  # of the integrand's axis
_ABOVE, _BELOW = ROLES["gradient"], PALETTE["sky"]
_UNDER_ABOVE, _UNDER_BELOW = mixed(_ABOVE, "white", 0.4), mixed(_BELOW, "white", 0.6)


class KLNumbers(NamedTuple):
    """KL(N(mu, sigma²)‖N(0, 1)) in three ways, in nats, and the parts that it is made of.

    `terms` are ½mu², ½sigma², −½ log sigma² and −½. `above` and `below` are the areas over and under zero, `beyond`
    the parts of the area to the left and the right of the axis; `error` is the standard error of `sampled`.
    """

    mu: float
    sigma: float
    terms: FourTerms
    closed: float
    area: float
    above: float
    below: float
    beyond: tuple[float, float]
    sampled: float
    error: float


class Curves(NamedTuple):
    """The densities of q, and q log(q/p), at the points z, each of shape (N,)."""

    z: Array
    q: Array
    integrand: Array


class KLTerms(PlotWidget):
    """Move μ and σ, and see KL(N(μ, σ²)‖N(0, 1)) as an area and as a sum of four terms.

    On the left the two densities and, below, q(z) log(q(z)/p(z)), whose area, counted negative under zero, is the KL.
    On the right ½μ², ½σ², −½ log σ² and −½ as bars. The read-out compares the closed form [1]_, the measured area and
    the mean of log(q/p) over 10,000 draws, whose noise is kept so that the estimate glides.

    Parameters
    ----------
    seed : int
        Decides the draws; no other random state is touched.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-kl-terms``.
    controls : dict
        "mu", from -3 to 3, and "sigma", which stops at handy numbers from 0.05 to 3.
    numbers : KLNumbers
        The numbers of the moment, in nats.
    png : bytes
        The plot of the moment.

    References
    ----------
    .. [1] Kingma and Welling (2014), *Auto-Encoding Variational Bayes*, appendix B.

    Examples
    --------
    >>> widget = KLTerms()
    >>> widget.set(mu=2.0, sigma=1.0)
    >>> widget.numbers.terms, widget.numbers.closed
    ((2.0, 0.5, -0.0, -0.5), 2.0)
    """

    def __init__(self, *, seed: int = 0) -> None:
        super().__init__()
        self._eps = torch.randn(_DRAWS, generator=seeded_generator(seed), dtype=torch.float64).numpy()
        self.controls = {"mu": slider("μ", 1.0, -3.0, 3.0, 0.05), "sigma": sigma_slider("σ", 0.5)}
        self._start("course-kl-terms", beside(self.controls["mu"], self._with_field("sigma")))

    def _move(self, name: str, value: float) -> None:
        self._redraw()

    def _build_plot(self) -> LivePlot:
        return TermsPlot()

    def _arranged_plot(self) -> LivePlot:
        plot: TermsPlot = self._plot
        plot.arrange(self._curves, self.numbers)
        return plot

    def _redraw(self) -> None:
        mu, sigma = self.controls["mu"].value, self.controls["sigma"].value
        self._curves = curves_of(mu, sigma)
        self.numbers = three_ways(self._curves, self._eps, mu, sigma)
        self._view.value = self._arranged_plot().png()
        self._show_text(self._reading())

    def _reading(self) -> list[str]:
        """Return the lines of the read-out."""
        n = self.numbers
        terms = "".join(f" {'−' if term < 0 else '+'} {number(abs(term), 3)}" for term in n.terms)
        return [
            f"μ = {number(n.mu)}, σ = {number(n.sigma)}. KL(q‖p), closed form: "
            f"{terms.removeprefix(' + ')} = {number(n.closed, 3)} nats",
            f"Area of the curve, measured: {number(n.above, 3)} above zero − {number(n.below, 3)} below "
            f"= {number(n.area, 3)} nats",
            f"Mean of log(q/p) over {_DRAWS:,} draws: {number(n.sampled, 3)} ± {number(n.error, 3)} nats, "
            + _agreement(n),
            _largest(n),
        ]

    def _alt(self) -> str:
        n = self.numbers
        bars = ", ".join(f"{name} = {number(term, 3)}" for name, term in zip(TERMS, n.terms, strict=True))
        return (
            f"Left: the densities of q = N({number(n.mu)}, {number(n.sigma)}²) and p = N(0, 1), and below them "
            f"q log(q/p), shaded: {number(n.above)} nats above zero and {number(n.below)} below. Right: bars for "
            f"{bars}, and their sum, {number(n.closed, 3)} nats."
        )


class TermsPlot(LivePlot):
    """Two densities, the integrand under them, and five bars beside."""

    height = 370
    inks = (Q, _ABOVE, P, PALETTE["black"], _BELOW)
    papers = ("white", UNDER_Q, _UNDER_ABOVE, _UNDER_BELOW)

    def arrange(self, curves: Curves, numbers: KLNumbers) -> None:
        """Move every moving part to where the numbers put it."""
        z, q, integrand = curves
        self._q.set_xy(np.column_stack([z, q]))
        closed = np.concatenate([z[:1], z, z[-1:]])
        for area, heights in ((self._above, integrand.clip(min=0)), (self._below, integrand.clip(max=0))):
            area.set_xy(np.column_stack([closed, np.pad(heights, 1)]))
        self._curve.set_data(z, integrand)
        for bar, term in zip(self._bars, (*numbers.terms, numbers.closed), strict=True):
            bar.set_width(term)
        for bar, term in zip(self._bars[:4], numbers.terms, strict=True):
            bar.set_facecolor(_ABOVE if term > 0 else _BELOW)
        self._sizes.write(self._bar_ax, _bar_labels(numbers))
        self._peaks.write(self._q_ax, peak_labels(numbers.mu, float(q.max())))
        self._rims.write(self._area_ax, _rim_labels(numbers, float(integrand.max())))

    def _build(self, figure: Figure) -> Sequence[Artist]:
        self._q_ax = figure.add_axes((0.075, 0.60, 0.50, 0.37))
        self._area_ax = figure.add_axes((0.075, 0.13, 0.50, 0.43), sharex=self._q_ax)
        self._bar_ax = figure.add_axes((0.70, 0.13, 0.29, 0.76))
        draw_densities(self._q_ax)
        self._q_ax.tick_params(axis="x", length=0, labelbottom=False)
        self._area_ax.set(ylim=(_LOW, _HIGH), xlabel="z  (no unit)", ylabel="q log(q/p)  (nats per z)")
        self._area_ax.axhline(0, color=PALETTE["grey"], linewidth=1)
        self._bar_ax.set(xlim=(-1.6, 9.6), ylim=(4.75, -0.6), yticks=range(5), xlabel="nats", xticks=range(0, 9, 2))
        self._bar_ax.set_yticklabels([*TERMS, "sum = KL"])
        self._bar_ax.set_title("the four terms", fontsize=9)
        self._bar_ax.grid(False, axis="y")
        self._bar_ax.axvline(0, color=PALETTE["grey"], linewidth=1)
        self._bar_ax.axhline(3.5, color=PALETTE["black"], linewidth=1)
        self._bar_ax.tick_params(axis="y", length=0)
        return self._add_moving_parts()

    def _add_moving_parts(self) -> Sequence[Artist]:
        self._q = q_patch(self._q_ax)
        prior = prior_line(self._q_ax)
        self._above, self._below = (
            area_patch(self._area_ax, facecolor=color, linewidth=0) for color in (_UNDER_ABOVE, _UNDER_BELOW)
        )
        self._curve = self._area_ax.add_line(Line2D([], [], color=PALETTE["black"], linewidth=1.5))
        self._bars = [
            Rectangle((0, row - 0.3), 0, 0.6, facecolor=color, linewidth=0)
            for row, color in enumerate([_ABOVE] * 4 + [PALETTE["black"]])
        ]
        for bar in self._bars:
            self._bar_ax.add_patch(bar)
        self._sizes, self._peaks, self._rims = Labels(PALETTE["black"]), Labels(Q), Labels(PALETTE["black"])
        for labels in (self._sizes, self._peaks, self._rims):
            self._bar_ax.figure.add_artist(labels)
        return [
            self._q,
            prior,
            self._above,
            self._below,
            self._curve,
            *self._bars,
            self._sizes,
            self._peaks,
            self._rims,
        ]


def curves_of(mu: float, sigma: float) -> Curves:
    """Return q and q log(q/p) for q = N(mu, sigma²) and p = N(0, 1), on 361 points over mu ± 9 sigma."""
    z = mu + sigma * _U
    q = np.exp(-0.5 * _U**2) / (sigma * math.sqrt(2 * math.pi))
    return Curves(z, q, q * log_ratio(_U, mu, sigma))


def log_ratio(u: Array, mu: float, sigma: float) -> Array:
    """Return log q(z) − log p(z) at z = mu + sigma · u: what one draw says about the KL, in nats."""
    ratio: Array = -0.5 * u**2 - math.log(sigma) + 0.5 * (mu + sigma * u) ** 2
    return ratio


def three_ways(curves: Curves, eps: Array, mu: float, sigma: float) -> KLNumbers:
    """Return KL(N(mu, sigma²)‖N(0, 1)) in closed form, from the curve, and from the draws mu + sigma · eps."""
    z, _, f = curves
    terms = four_terms(mu, 2 * math.log(sigma))
    ratio = log_ratio(eps, mu, sigma)
    area = _area(z, f)
    above = _area(z, f.clip(min=0))
    beyond = _area(z, np.where(z < -Z_MAX, f, 0)), _area(z, np.where(z > Z_MAX, f, 0))
    error = float(ratio.std(ddof=1)) / math.sqrt(len(eps))
    return KLNumbers(mu, sigma, terms, sum(terms), area, above, above - area, beyond, float(ratio.mean()), error)


def _rim_labels(n: KLNumbers, peak: float) -> list[Label]:
    """Say what of the integrand lies outside its axes."""
    left, right = n.beyond
    labels = []
    if right >= 0.005:
        labels.append((f"{number(right)} nats beyond →", 0.97 * Z_MAX, 0.93 * _HIGH, 1.0))
    if left >= 0.005:
        labels.append((f"← {number(left)} nats beyond", -0.97 * Z_MAX, 0.93 * _HIGH, 0.0))
    if peak > _HIGH:
        labels.append((f"↑ {number(peak, 1)}", n.mu + 0.4, 0.93 * _HIGH, 0.0))
    return labels


def _bar_labels(n: KLNumbers) -> list[Label]:
    # A number stands on the free side of zero, or after its bar.
    return [(number(v, 3), max(v, 0) + 0.2, row, 0.0) for row, v in enumerate((*n.terms, n.closed))]


def _agreement(n: KLNumbers) -> str:
    if abs(n.area - n.closed) > 1e-6:
        return "the area is not the closed form"
    if n.error < 1e-9:
        return "the same for every draw: all three agree"
    away = abs(n.sampled - n.closed) / n.error
    verdict = "all three agree" if away <= 3 else "that is rare"
    return f"{number(away, 1)} standard errors off: {verdict}"


def _largest(n: KLNumbers) -> str:
    """Name the largest term, or the two that are equally large, and what makes it so, if that is not only σ up to 1."""
    top = max(n.terms)
    largest = [i for i, term in enumerate(n.terms) if top - term < 1e-9]
    reasons = ("q lies to the side of p", "q is wide" if n.sigma > 1 else "", "q is narrow")
    why = ["nothing is left: q = p"] if n.closed < 1e-9 else [reasons[i] for i in largest if reasons[i]]
    names, size = " and ".join(TERMS[i] for i in largest), number(top, 3)
    terms = f"term is {names} = {size}" if len(largest) == 1 else f"terms are {names}, each {size}"
    return f"The largest {terms}" + (f": {' and '.join(why)}" if why else "")


def _area(z: Array, f: Array) -> float:
    # np.trapezoid has another name before NumPy 2; the grid is even, and the curve is 0 at both ends.
    return float(f.sum() * (z[1] - z[0]))
