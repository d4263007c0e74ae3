"""The widget that finds out which β a loss really uses."""

import math
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_utils.conventions import effective_beta, implied_variance
from course_utils.plots.style import PALETTE, ROLES
from course_utils.widgets.base.controls import beside, caption, down
from course_utils.widgets.base.plot import Labels, LivePlot, PlotWidget

_DECADES = 5  # the axis is [10^-5, 10^5]
_BERNOULLI, _SQUARED = "Bernoulli", "squared error"
Factor = tuple[str, float]


class BetaCalculator(PlotWidget):
    """Say how a loss is reduced, and read off the β that it uses, line by line.

    The answer is `course_utils.conventions.effective_beta`; the controls have the names of its arguments.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-beta-calculator``.
    controls : dict
        "likelihood", which is "Bernoulli" or "squared error", and then "squared_error_variance"; "nll_pixels",
        "nll_batch", "kl_latents", "kl_batch", each "sum" or "mean"; the sizes "pixels", "latents", "batch";
        the factors in front, "nll_weight" and "kl_weight".
    beta : float
        The effective β of the moment.
    png : bytes
        The plot of the moment.

    Examples
    --------
    >>> widget = BetaCalculator()
    >>> widget.set(nll_pixels="mean", kl_latents="sum")
    >>> widget.beta
    784.0
    """

    beta: float

    def __init__(self) -> None:
        super().__init__()
        self.controls = {
            "likelihood": _choice("likelihood", [_BERNOULLI, _SQUARED], _BERNOULLI),
            "squared_error_variance": _field("variance σ²", 1.0, 1e-6, 1e6),
            "nll_pixels": _choice("over pixels", ["sum", "mean"], "mean"),
            "nll_batch": _choice("over batch", ["sum", "mean"], "mean"),
            "nll_weight": _field("factor in front", 1.0, 1e-9, 1e9),
            "kl_latents": _choice("over latents", ["sum", "mean"], "sum"),
            "kl_batch": _choice("over batch", ["sum", "mean"], "mean"),
            "kl_weight": _field("factor in front", 1.0, 0.0, 1e9),
            "pixels": _field("pixels", 784, 1, 10**7),
            "latents": _field("latents", 20, 1, 10**6),
            "batch": _field("batch", 128, 1, 10**6),
        }
        self._start("course-beta-calculator", self._columns())

    def _columns(self) -> widgets.Box:
        columns = {
            "Reconstruction": ("likelihood", "squared_error_variance", "nll_pixels", "nll_batch", "nll_weight"),
            "KL": ("kl_latents", "kl_batch", "kl_weight"),
            "Sizes": ("pixels", "latents", "batch"),
        }
        return beside(
            *(down(caption(title), *(self.controls[name] for name in names)) for title, names in columns.items())
        )

    @property
    def _code(self) -> dict[str, Any]:
        """The arguments of `effective_beta`."""
        code = {name: control.value for name, control in self.controls.items()}
        if code.pop("likelihood") == _BERNOULLI:
            code["squared_error_variance"] = None
        return code

    def _move(self, name: str, value: Any) -> None:
        self._redraw()

    def _build_plot(self) -> LivePlot:
        return BetaPlot()

    def _arranged_plot(self) -> LivePlot:
        plot: BetaPlot = self._plot
        plot.arrange(self.beta)
        return plot

    def _redraw(self) -> None:
        code = self._code
        self.controls["squared_error_variance"].disabled = code["squared_error_variance"] is None
        self.beta = effective_beta(**code)
        self._view.value = self._arranged_plot().png()
        a, b = nll_factors(code), kl_factors(code)
        self._show_text(
            [
                "Measured against −log p summed over pixels and KL summed over latents, averaged over the batch:",
                f"Reconstruction: {_product(a)}",
                f"KL: {_product(b)}",
                f"β = KL / reconstruction = {plain(_total(b))} / {plain(_total(a))} = {plain(self.beta)}",
                verdict(self.beta, _total(a), squared=code["squared_error_variance"] is not None),
                *variance_words(code),
            ],
        )

    def _alt(self) -> str:
        if math.isclose(self.beta, 1, rel_tol=1e-9):
            return f"No bar: β = 1. {self._lines[4]}"
        place = _place(self.beta)
        end = (
            f"towards β = {plain(self.beta)}, beyond the axis"
            if abs(place) > _DECADES
            else f"to β = {plain(self.beta)}"
        )
        return f"A bar on a logarithmic axis from β = 1 {end}. {self._lines[4]}"


class BetaPlot(LivePlot):
    """A bar from 1 to β on a logarithmic axis."""

    height = 112
    inks = (ROLES["gradient"], ROLES["decoder"], PALETTE["grey"], PALETTE["black"])

    def arrange(self, beta: float) -> None:
        """Draw the bar to `beta`; beyond the axis it ends at the rim, with an arrow."""
        place = _place(beta)
        seen = min(max(place, -_DECADES), _DECADES)
        self._bar.set_width(seen)
        self._bar.set_facecolor(ROLES["gradient"] if beta > 1 else ROLES["decoder"])
        text = f"β = {plain(beta)}"
        text = f"← {text}" if place < seen else f"{text} →" if place > seen else text
        # Short bars carry their word outside; at the rim there is no room for it.
        share = 0.5 if abs(seen) < 0.4 else float(seen > 0)
        self._label.write(self._ax, [(text, seen, 0.78, share)])

    def _build(self, figure: Figure) -> Sequence[Artist]:
        self._ax = ax = figure.add_axes((0.045, 0.24, 0.91, 0.72))
        ax.set(xlim=(-_DECADES - 0.15, _DECADES + 0.15), ylim=(-0.45, 1))
        labels = ["0.00001", "0.0001", "0.001", "0.01", "0.1", "1", "10", "100", "1,000", "10,000", "100,000"]
        ax.set_xticks(range(-_DECADES, _DECADES + 1), labels)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.axvline(0, color=PALETTE["black"], linewidth=1.5)
        for x, text in ((-2.6, "the reconstruction wins"), (0, "−ELBO"), (2.6, "the KL wins")):
            paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
            ax.text(x, -0.22, text, ha="center", va="center", bbox=paper)
        self._bar = Rectangle((0, 0.12), 0, 0.4, linewidth=0)
        ax.add_patch(self._bar)
        self._label = Labels(PALETTE["black"])
        figure.add_artist(self._label)
        return [self._bar, self._label]


def nll_factors(code: dict[str, Any]) -> list[Factor]:
    """Return what multiplies the reconstruction, relative to −log p summed over pixels and averaged over the batch."""
    factors = [_reduced("pixels", code["pixels"], code["nll_pixels"]), _batched(code["batch"], code["nll_batch"])]
    variance = code["squared_error_variance"]
    if variance is not None:
        factors.append((f"a squared error is 2σ² · (−log p): × {plain(2 * variance)}", 2 * variance))
    return [*factors, *_in_front(code["nll_weight"])]


def kl_factors(code: dict[str, Any]) -> list[Factor]:
    """Return what multiplies the KL, relative to a sum over latents and a mean over the batch."""
    return [
        _reduced("latents", code["latents"], code["kl_latents"]),
        _batched(code["batch"], code["kl_batch"]),
        *_in_front(code["kl_weight"]),
    ]


def verdict(beta: float, factor: float, *, squared: bool = False) -> str:
    """Say what a beta means; `factor` is the one in front of the reconstruction, which may be a squared error."""
    if math.isclose(beta, 1, rel_tol=1e-9):
        scale = "" if math.isclose(factor, 1, rel_tol=1e-9) else f" × {plain(factor)}"
        constant = " up to a constant" if squared else ""  # a squared error lacks ½ log 2πσ² for each pixel
        return f"Verdict: −ELBO{scale}{constant}{': the minimum is the same' if scale or constant else ''}"
    if beta == 0:
        return "Verdict: there is no KL. An autoencoder that will switch its noise off"
    if beta >= 10:
        return "Verdict: β ≫ 1, the KL wins: few nats in the code, and none (collapse) if β is large enough"
    if beta <= 0.1:
        return "Verdict: β ≪ 1, nearly an autoencoder. Many nats in the code, poor samples from the prior"
    if 0.8 <= beta <= 1.25:
        return "Verdict: close to −ELBO"
    side = "above 1: fewer nats in the code, blurrier images" if beta > 1 else "below 1: more nats in the code"
    return f"Verdict: β is {side}"


def variance_words(code: dict[str, Any]) -> list[str]:
    """Say for which variance of a pixel a squared error would be −ELBO, up to a factor and a constant."""
    if code["squared_error_variance"] is None or code["kl_weight"] == 0:
        return []
    variance = implied_variance(**code)
    sigmas = f"σ² = {plain(variance)}, so σ = {plain(math.sqrt(variance))}"
    return [f"This loss has the minimum of −ELBO if pixels have variance {sigmas}"]


def plain(value: float) -> str:
    """Format a factor with four digits, as people write it.

    Examples
    --------
    >>> plain(100352.0), plain(0.5), plain(2.5e-7)
    ('100,400', '0.5', '2.5·10⁻⁷')
    """
    if value == 0 or 1e-5 <= abs(value) < 1e7:
        decimals = 0 if value == 0 else max(0, 3 - math.floor(math.log10(abs(value))))
        text = f"{float(f'{value:.4g}'):,.{decimals}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    digits, exponent = f"{value:.3g}".split("e") if "e" in f"{value:.3g}" else f"{value:.2e}".split("e")
    return f"{digits}·10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _place(beta: float) -> float:
    """Return where β lies on the axis, in decades from 1."""
    return math.log10(beta) if beta > 0 else -math.inf


def _reduced(what: str, n: int, reduction: str) -> Factor:
    return (f"mean over {n:,} {what}: ÷ {n:,}", 1 / n) if reduction == "mean" else (f"sum over {what}: × 1", 1.0)


def _batched(n: int, reduction: str) -> Factor:
    return (f"sum over the batch: × {n:,}", n) if reduction == "sum" else ("mean over the batch: × 1", 1.0)


def _in_front(weight: float) -> list[Factor]:
    return [] if weight == 1 else [(f"factor in front: × {plain(weight)}", weight)]


def _total(factors: Sequence[Factor]) -> float:
    return math.prod(factor for _, factor in factors)


def _product(factors: Sequence[Factor]) -> str:
    text = f"{'; '.join(text for text, _ in factors)}. Together × {plain(_total(factors))}"
    return text.replace("× ", "×\N{NO-BREAK SPACE}").replace("÷ ", "÷\N{NO-BREAK SPACE}")


def _choice(name: str, options: Sequence[Any], value: str) -> widgets.Dropdown:
    return widgets.Dropdown(options=options, value=value, description=name, **_looks())


def _field(name: str, value: float, low: float, high: float) -> widgets.DOMWidget:
    kind = widgets.BoundedIntText if isinstance(value, int) else widgets.BoundedFloatText
    return kind(value=value, min=low, max=high, step=1 if isinstance(value, int) else 0.1, description=name, **_looks())


def _looks() -> dict[str, Any]:
    return {"style": {"description_width": "96px"}, "layout": widgets.Layout(width="232px")}
