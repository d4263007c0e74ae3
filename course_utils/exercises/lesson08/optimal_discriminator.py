# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 8, exercise: the best answer to a generator that stands still."""

import math

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import given, normal


def _logs(*densities):
    return [math.log(density) for density in densities]


FAR_OUT = (
    "Far out both densities are rounded to 0, but p is e³ = 20 times q at the first point, and e⁻² = 0.14 times q at "
    "the second."
)


def _far_out(found):
    """Say what kept NaN away there, if it can be seen."""
    if bool((found == 0.5).all()):
        return f"{FAR_OUT} Your ½ comes from a clamp, or was put in the place of NaN: it hides that ratio."
    return FAR_OUT


optimal_discriminator = Exercise(
    "The best discriminator",
    task="""
        The generator stands still. At N points somebody knows the *logarithms* of the two densities: `log_p` of the
        data and `log_q` of the fakes, each of shape (N,). Return what the best discriminator says there: `D*(x)`, the
        probability of "real", shape (N,). Far from both clouds the densities themselves are rounded to 0 (e⁻⁸⁰⁰), and
        `D*` is a number between 0 and 1 all the same. (One of the two densities may be 0, its logarithm −∞.)
    """,
    signature="optimal_discriminator(log_p, log_q)",
    returns=["D*"],
    axes={"log_p": "points", "log_q": "points"},
    hints=[
        "As many real points as fakes are shown. If p(x) is three times q(x), how many of four points that fall at x "
        "are real?",
        "`D*` = p/(p + q). Divide above and below by p: only the ratio q/p counts, and log(q/p) = log q − log p does "
        "not round to 0.",
        "1/(1 + e^(−a)) has a name that you know well. What is a here?",
    ],
    probes=[
        given(log_p=_logs(0.2), log_q=_logs(0.2)).note("p = q here: nobody can do better than ½."),
        given(log_p=_logs(0.3), log_q=_logs(0.1)).note("p = 0.3 and q = 0.1: of four points here three are real."),
        given(log_p=_logs(0.05, 0.4), log_q=_logs(0.2, 0.1)).note("p = 0.05 and 0.4, q = 0.2 and 0.1."),
        given(log_p=_logs(4.0, 0.5, 3.0), log_q=_logs(1.0, 2.0, 2.0)).note(
            "A density may be larger than 1: p = 4, 0.5 and 3; q = 1, 2 and 2."
        ),
        given(log_p=normal(6, seed=820), log_q=normal(6, seed=821)).note("Six points."),
        given(log_p=normal(12, seed=822) - 1, log_q=normal(12, seed=823) - 1).note("Twelve points."),
        given(log_p=[-800.0, -300.0], log_q=[-803.0, -298.0]).note(_far_out),
        given(log_p=[198.0, 100.0], log_q=[196.0, 103.0]).note(
            "Two very narrow clouds: e¹⁹⁸ is ∞ in float32, but p is e² = 7.4 times q, and e⁻³ = 0.05 times q."
        ),
        given(log_p=[-100.0, -50.0], log_q=[-300.0, -51.0]).note(
            "At the first point p is e²⁰⁰ times q: that ratio is ∞ in float32, and ∞/∞ is NaN, but `D*` is 1."
        ),
        given(log_p=[-math.inf, -1.0], log_q=[-1.0, -math.inf]).note(
            "At the first point p is 0, at the second q is: there `D*` is 0 and 1."
        ),
    ],
)


@optimal_discriminator.probe("Called with float64")
def _(call):
    value = call(normal(3, seed=824).double(), normal(3, seed=825).double())
    yield Fact("the dtype of the result", str(getattr(value, "dtype", kind(value))))


@optimal_discriminator.reference
def _(log_p, log_q):
    return torch.sigmoid(log_p - log_q)


@optimal_discriminator.mistake(
    """The formula is right, and breaks far out: e⁻⁸⁰⁰ is rounded to 0, and 0/0 is NaN (very narrow clouds make ∞/∞).
    Stay with the logarithms: p/(p + q) = 1/(1 + q/p), and log(q/p) = log q − log p."""
)
def divided_the_densities(log_p, log_q):
    p, q = log_p.exp(), log_q.exp()
    return p / (p + q)


@optimal_discriminator.mistake(
    """A small number in the denominator keeps NaN away, and puts 0 in its place: far out every point would be a sure
    fake. `D*` is not 0 there, it depends on the ratio p/q alone. Stay with the logarithms: log(p/q) = log p − log q."""
)
def epsilon_in_the_denominator(log_p, log_q):
    p, q = log_p.exp(), log_q.exp()
    return p / (p + q + 1e-12)


@optimal_discriminator.mistake(
    """This is log p − log q, `D*`'s *logit*: the number in front of the sigmoid. (A trained D returns just that.) Asked
    for is the probability, one step further."""
)
def logit(log_p, log_q):
    return log_p - log_q


@optimal_discriminator.mistake(
    """This is p/q, the odds: 3 means three real points to one fake. As a probability that is 3 of 4: odds/(1 +
    odds)."""
)
def odds(log_p, log_q):
    return (log_p - log_q).exp()


@optimal_discriminator.mistake(
    """You took the logarithms for the densities: log p/(log p + log q). Logarithms are mostly negative, and theirs
    grows where p gets smaller, so this is no share of anything. What is p, if you know log p?"""
)
def logarithms_as_densities(log_p, log_q):
    return log_p / (log_p + log_q)


@optimal_discriminator.mistake(
    """You decide: 1 where p is larger, 0 elsewhere. That makes the fewest errors, but D is paid by the logarithm of its
    answer: a sure answer that is mistaken costs infinitely much. With p = 0.3 and q = 0.1 the best answer is ¾."""
)
def decided(log_p, log_q):
    return (log_p > log_q).to(log_p.dtype)


@optimal_discriminator.mistake(
    """You return ½ everywhere. That is the best D only where p = q; it is what a GAN is looking for, and not what D
    says of a generator that still differs from the data."""
)
def half_everywhere(log_p, log_q):
    return torch.full_like(log_p, 0.5)


@optimal_discriminator.mistake(
    """This is the sigmoid of p − q. In the sigmoid belongs the logarithm of the ratio, log p − log q: then 1/(1 +
    e^(−a)) becomes 1/(1 + q/p)."""
)
def sigmoid_of_the_difference(log_p, log_q):
    return torch.sigmoid(log_p.exp() - log_q.exp())


@optimal_discriminator.mistake(
    """This is the sigmoid of p/q. In the sigmoid belongs the *logarithm* of the ratio, log p − log q: then 1/(1 +
    e^(−a)) becomes 1/(1 + q/p)."""
)
def sigmoid_of_the_ratio(log_p, log_q):
    return torch.sigmoid((log_p - log_q).exp())


@optimal_discriminator.mistake(
    """Your numbers add up to 1 over the *points*. At each point `D*` stands by itself: p and q are compared at the same
    place, and the other points do not matter."""
)
def softmax_over_the_points(log_p, log_q):
    return torch.softmax(log_p - log_q, dim=0)
