# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 6, exercise: which term of the KL is missing, told from the numbers of a flow."""

import math

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault
from course_utils.kl_flow import kl_flow

ANSWERS = ("mean", "spread", "log", "constant or none")

missing_term = Exercise(
    "Which term is missing?",
    task="""
        Somebody let N(μ, σ²) flow downhill on ½ (μ² + σ² − log σ² − 1), and may have left out one of the four terms.
        You get the record of one flow: `t` from 0 to 10, `mu` and `sigma`, each of shape (T,). Return which term is
        missing: "mean" (μ²), "spread" (σ²), "log" (−log σ²), or "constant or none".
    """,
    signature="missing_term(t, mu, sigma)",
    returns=["the missing term"],
    hints=[
        "With all four terms, where does the flow end, whatever its start? Look at the end of the record.",
        "Without μ² nothing moves μ. Without −log σ² nothing stops σ from falling, and without σ² nothing from rising. "
        "Falling or rising alone does not tell: a wide start falls to 1, a narrow one rises to 1.",
        "Wherever the full flow is recorded here, it has brought σ close to 1 by t = 10. So: σ far below 1, far above, "
        "or μ still where it was (and not at 0), or none of these.",
    ],
)


def flow(mu, std, *, without=None, end=10.0, steps=101):
    """Return t, mu and sigma, shape (T,) each, of the exact flow from N(mu, std²) without one of the terms."""
    t = torch.linspace(0.0, end, steps, dtype=torch.float64)
    path = kl_flow(mu, 2 * math.log(std), t, without=[without] if without else [])
    return t, path.mu, (0.5 * path.logvar).exp()


# From starts on which a rule of thumb is caught out: wide and narrow, left and right, at the mean, with few samples.
# (mu, sigma, what is missing, number of samples, note)
FLOWS = (
    (2.0, 2.0, None, 101, "σ falls, but to 1, its goal, and μ goes to 0: nothing that matters is missing."),
    (2.0, 2.0, "mean", 101, "σ goes to 1, but nothing moves μ."),
    (2.0, 2.0, "log", 101, "σ falls past 1 and goes on falling, ever more slowly: nothing holds the cloud open."),
    (2.0, 2.0, "spread", 101, "σ is above 1 already and grows for ever: nothing holds the cloud together."),
    (2.0, 0.3, None, 101, "From a narrow start σ rises, but only towards 1, its goal: by t = 10 it has come to 0.968."),
    (2.0, 0.3, "spread", 101, "σ rises past 1 and goes on: that it is no larger yet is due to the narrow start."),
    (2.0, 0.3, "log", 101, "From a narrow start σ falls further, slowly; it should have risen to 1."),
    (2.0, 0.3, "mean", 101, "σ rises towards 1, but nothing moves μ."),
    (-1.5, 1.0, None, 101, "σ starts at its goal, and μ comes to 0 from the left."),
    (-1.5, 1.0, "mean", 101, "μ is negative and stays where it is."),
    (-1.5, 1.0, "log", 101, "σ leaves 1, and falls."),
    (-1.5, 1.0, "spread", 101, "σ leaves 1, and rises."),
    (0.0, 2.0, None, 101, "μ = 0 does not move because it is at its goal already."),
    (0.0, 2.0, "log", 101, "μ = 0 stays at its goal, which says nothing about μ²; but look at σ."),
    (0.0, 0.3, "spread", 101, "μ = 0 stays at its goal, which says nothing about μ²; but look at σ."),
    (0.4, 3.0, "mean", 101, "A small mean, but it does not move."),
    (1.0, 0.05, "log", 101, "From a very narrow start σ hardly moves, downwards; it should have risen."),
    (6.0, 0.5, None, 11, "A far start, and a record with few samples."),
    (-3.0, 0.5, "log", 11, "A record with few samples."),
)


def _probe(mu, std, without, steps, note):
    record = flow(mu, std, without=without, steps=steps)
    _, means, widths = record
    numbers = f"mu from {means[0]:.3g} to {means[-1]:.2g}, sigma from {widths[0]:.3g} to {widths[-1]:.3g}"

    @missing_term.probe(f"Called with a flow of {steps} samples, t = 0 to 10: {numbers}")
    def _(call):
        answer = _named(call.run(call.function, *(part.clone() for part in record)))

        yield Fact(f"what is missing in the flow from N({mu:g}, {std:g}²)", answer, note=note)


def _named(answer):
    if answer is None:
        raise Fault("nothing", "For this flow your function came to its end without a `return`: is a case left out?")
    text = answer.strip().lower() if isinstance(answer, str) else None
    if text in ("constant", "none"):
        return "constant or none"
    if text not in ANSWERS:
        shown = f'"{answer[:40]}"' if isinstance(answer, str) else kind(answer)
        words = ", ".join(f'"{word}"' for word in ANSWERS)
        raise Fault("form", f"The answer should be one of the strings {words}; what came back: {shown}.")
    return text


for _flow in FLOWS:
    _probe(*_flow)


@missing_term.reference
def _(t, mu, sigma):
    if abs(mu[-1]) > 0.5 * abs(mu[0]):
        return "mean"
    if sigma[-1] > 1.5:
        return "spread"
    if sigma[-1] < 0.6:
        return "log"
    return "constant or none"


def _by_the_end(mu, sigma, *, low="log", high="spread"):
    """Give the names, right or exchanged, to what is seen at the end."""
    if sigma[-1] > 1.5:
        return high
    if sigma[-1] < 0.6:
        return low
    return "mean" if abs(mu[-1]) > 0.5 * abs(mu[0]) else "constant or none"


@missing_term.mistake(
    """You exchanged "spread" and "log". σ² pulls the cloud together: without *it* σ grows. −log σ² holds it open:
    without it σ falls."""
)
def spread_and_log_exchanged(t, mu, sigma):
    return _by_the_end(mu, sigma, low="spread", high="log")


@missing_term.mistake(
    """Your margin round 1 is too small, or there is none. At t = 10 the full flow has not quite arrived: from σ = 0.3
    it has come to 0.968. With σ² or the logarithm left out, σ ends much further away from 1."""
)
def no_margin(t, mu, sigma):
    if mu[0] != 0 and mu[-1] == mu[0]:
        return "mean"
    if abs(sigma[-1] - 1) < 1e-3:
        return "constant or none"
    return "log" if sigma[-1] < 1 else "spread"


@missing_term.mistake(
    """You expect σ to be practically 0 when the log term is missing. It falls for ever, but slowly, like 1/√t: from
    N(2, 2²) it is still at 0.44 when t = 10. What matters is that it ends far below 1."""
)
def sigma_must_be_zero(t, mu, sigma):
    if abs(mu[-1]) > 0.5 * abs(mu[0]):
        return "mean"
    if sigma[-1] > 1.5:
        return "spread"
    return "log" if sigma[-1] < 0.1 else "constant or none"


@missing_term.mistake(
    """You never answer "constant or none": some term seems to be missing in every flow. With all four, μ ends at 0 and
    σ at about 1."""
)
def always_something(t, mu, sigma):
    if mu[0] != 0 and abs(mu[-1]) > 0.5 * abs(mu[0]):
        return "mean"
    return "spread" if sigma[-1] > 1 else "log"


@missing_term.mistake(
    """You judge by whether σ rises or falls. From a wide start the full flow falls, from a narrow one it rises: that
    alone does not tell. Look at where σ ends (or compare the *speed* of log σ² with ½ (1 − σ²))."""
)
def direction_of_sigma(t, mu, sigma):
    if mu[0] != 0 and mu[1] == mu[0]:
        return "mean"
    if sigma[1] == sigma[0]:
        return "constant or none"
    return "log" if sigma[1] < sigma[0] else "spread"
