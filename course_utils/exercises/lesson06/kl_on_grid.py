# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 6, exercise: the KL divergence of any two densities, summed on a grid."""

import math

import torch
from torch import Tensor

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given

kl_on_grid = Exercise(
    "KL on a grid",
    task="""
        Two densities q and p are given by their logarithms at the points of a grid with the spacing `dz`: `log_q` and
        `log_p`, shape (G,). Return KL(q‖p), in nats, as a sum over the grid: a tensor with one number, shape ().
        (A q that is fitted by making it small is fitted by the "reverse" KL; with the arguments exchanged, by the
        "forward" KL.)
    """,
    signature="kl_on_grid(log_q, log_p, dz)",
    returns=["KL"],
    axes={"log_q": "grid", "log_p": "grid"},
    hints=[
        "KL(q‖p) is an average over draws from q: of what? And how does one write an average over a density on a grid?",
        "E_q[…] = ∫ q(z) … dz, and on a grid ∫ … dz becomes Σ … · dz: each point stands for a strip of that width.",
        "Inside stands log q(z) − log p(z). You are given log q; what is q itself?",
    ],
)


def bell(z: Tensor, mean: float, std: float) -> Tensor:
    """Return the logarithm of the normal density at the points z, shape (G,)."""
    return -0.5 * ((z - mean) / std) ** 2 - math.log(std) - 0.5 * math.log(2 * math.pi)


def bumps(z: Tensor, share: float = 0.5) -> Tensor:
    """Return the logarithm of two bumps, at −2 and at 2, the left one with this share of the mass."""
    return torch.logaddexp(math.log(share) + bell(z, -2.0, 0.6), math.log(1 - share) + bell(z, 2.0, 0.6))


_grid = torch.linspace(-9.0, 9.0, 721, dtype=torch.float64)
_coarse = torch.linspace(-10.0, 10.0, 201, dtype=torch.float64)

kl_on_grid.probes += [
    given(log_q=bell(_grid, 0.5, 0.8), log_p=bell(_grid, 0.5, 0.8), dz=0.025).note(
        "q and p are the same: log q − log p is 0 everywhere, and so is their KL."
    ),
    given(log_q=bell(_grid, 1.0, 1.0), log_p=bell(_grid, 0.0, 1.0), dz=0.025).note(
        "q = N(1, 1), p = N(0, 1): the formula for normals says ½. (A point of the grid stands for a strip dz wide.)"
    ),
    given(log_q=bell(_coarse, 1.0, 1.0), log_p=bell(_coarse, 0.0, 1.0), dz=0.1).note(
        "The same two on a coarser grid: the answer must not depend on the spacing."
    ),
    given(log_q=bell(_grid, 0.0, 0.5), log_p=bell(_grid, 0.0, 1.0), dz=0.025).note(
        "q is narrower than p: ½ (¼ − 1 + log 4) ≈ 0.318. The other direction would be 0.807."
    ),
    given(log_q=bell(_grid, 2.0, 0.6), log_p=bumps(_grid), dz=0.025).note(
        "q sits on one of two equal bumps: log 2 ≈ 0.69, a finite price for missing the other."
    ),
    given(log_q=bumps(_grid, 0.3), log_p=bell(_grid, 2.0, 0.6), dz=0.025).note(
        "q has a bump where p has nearly none, which is very dear."
    ),
    given(log_q=bell(_coarse, 0.0, 2.0).float(), log_p=bumps(_coarse, 0.8).float(), dz=0.1).note(
        "One wide q against two unequal bumps, in float32."
    ),
    given(log_q=bell(_coarse, 0.0, 0.3).float(), log_p=bell(_coarse, 0.5, 0.4).float(), dz=0.1).note(
        "Far out q and p are rounded to 0, and log 0 is −∞: use the logarithms that are given, as they are."
    ),
    *(
        given(log_q=bell(z, mean, std), log_p=bumps(z, share), dz=float(z[1] - z[0])).note(
            f"q is N({mean:g}, {std:g}²), and p's left bump holds {share:g} of its mass."
        )
        for mean, std, share, z in (
            (0.3, 1.3, 0.5, _grid),
            (-1.0, 0.9, 0.6, _coarse),
            (1.5, 1.6, 0.3, torch.linspace(-12.0, 15.0, 541, dtype=torch.float64)),
            (-0.5, 2.2, 0.45, torch.linspace(-18.0, 19.0, 741, dtype=torch.float64)),
            (2.2, 0.7, 0.2, _grid),
        )
    ),
]


@kl_on_grid.reference
def _(log_q, log_p, dz):
    return (log_q.exp() * (log_q - log_p)).sum() * dz


@kl_on_grid.terms("KL", "summed over the grid, times dz")
def _(log_q, log_p, dz):
    q, p = log_q.exp(), log_p.exp()
    each = {
        "q log q": q * log_q,
        "q log p": q * log_p,
        "p log q": p * log_q,
        "p log p": p * log_p,
        "q²": q**2,
        "q p": q * p,
        "q |log q − log p|": q * (log_q - log_p).abs(),
        "q (log q − log p)²": q * (log_q - log_p) ** 2,
    }
    return {name: term.sum() * dz for name, term in each.items()}


# Seen in pytorch/pytorch#57459, #7337.
@kl_on_grid.mistake(
    """You have KL(p‖q), the other direction: the average is taken over p. What stands first, q, draws; p is judged.
    (And `F.kl_div(a, b)` weighs with b, its second argument.)"""
)
def other_direction(log_q, log_p, dz):
    return (log_p.exp() * (log_p - log_q)).sum() * dz


@kl_on_grid.mistake("""You took the direction KL(p‖q), and `dz` is missing. q draws: Σ q (log q − log p) dz.""")
def other_direction_without_dz(log_q, log_p, dz):
    return (log_p.exp() * (log_p - log_q)).sum()


@kl_on_grid.mistake(
    """You took the mean over the grid's points. The grid is no sample: Σ … dz is what approximates the integral."""
)
def mean_over_the_grid(log_q, log_p, dz):
    return (log_q.exp() * (log_q - log_p)).mean()


@kl_on_grid.mistake("""The weight is log q where q itself belongs: `exp` is missing. q = exp(log_q).""")
def exp_forgotten(log_q, log_p, dz):
    return (log_q * (log_q - log_p)).sum() * dz


@kl_on_grid.mistake(
    """The weight q is missing: you summed log q − log p over all places alike, also where nothing is ever drawn."""
)
def not_weighted(log_q, log_p, dz):
    return (log_q - log_p).sum() * dz


@kl_on_grid.mistake(
    """You took the absolute value inside the sum. Single places may be negative, where p is higher than q: they belong
    to the sum, and the sum is never below 0."""
)
def absolute(log_q, log_p, dz):
    return (log_q.exp() * (log_q - log_p).abs()).sum() * dz


@kl_on_grid.mistake(
    """You have −E_q[log p], the cross-entropy. The KL is what is paid *beyond* q's own entropy: add E_q[log q]."""
)
def cross_entropy(log_q, log_p, dz):
    return -(log_q.exp() * log_p).sum() * dz


@kl_on_grid.mistake(
    """You have the mean of both directions. KL is not symmetric, and the difference between the two directions is what
    this section is about: only KL(q‖p) is asked for."""
)
def symmetrised(log_q, log_p, dz):
    return 0.5 * ((log_q.exp() - log_p.exp()) * (log_q - log_p)).sum() * dz


@kl_on_grid.mistake(
    """`dz` counts twice. (If you took softmax: it makes probabilities that sum to 1, with the width of the strips
    inside already. Take exp, or leave dz away.)"""
)
def dz_twice(log_q, log_p, dz):
    return (log_q.softmax(0) * (log_q - log_p)).sum() * dz


@kl_on_grid.mistake(
    """You took the logarithm of what is a logarithm already: a log-density is negative where the density is below 1,
    and that gives NaN. (`F.kl_div` takes the logarithm of its second argument itself, unless `log_target=True`.)"""
)
def log_taken_twice(log_q, log_p, dz):
    return (log_q * (log_q.log() - log_p.log())).sum() * dz


@kl_on_grid.mistake(
    """That is the Jensen–Shannon divergence: both compared with their average. It is symmetric and at most log 2;
    KL(q‖p) is neither, and is what is asked for."""
)
def jensen_shannon(log_q, log_p, dz):
    middle = torch.logaddexp(log_q, log_p) - math.log(2)
    return 0.5 * (log_q.exp() * (log_q - middle) + log_p.exp() * (log_p - middle)).sum() * dz
