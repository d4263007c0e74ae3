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
        (Fitting q with it is "reverse" KL, which seeks one bump; with the arguments exchanged, "forward", which covers
        all.)
    """,
    signature="kl_on_grid(log_q, log_p, dz)",
    returns=["KL"],
    hints=[
        "KL(q‖p) is an average over draws from q: of what? And how does one write an average over a density on a grid?",
        "E_q[log q − log p] = ∫ q(z) (log q(z) − log p(z)) dz. On a grid ∫ … dz becomes Σ … · dz.",
        "q itself is exp(log_q).",
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
        "q and p are the same: their KL is 0."
    ),
    given(log_q=bell(_grid, 1.0, 1.0), log_p=bell(_grid, 0.0, 1.0), dz=0.025).note(
        "q = N(1, 1), p = N(0, 1): the formula for normals says ½."
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
]


@kl_on_grid.reference
def _(log_q, log_p, dz):
    return (log_q.exp() * (log_q - log_p)).sum() * dz


@kl_on_grid.mistake(
    """You have KL(p‖q), the other direction: the average is taken over p. What stands first, q, draws; p is judged.
    (And `F.kl_div(a, b)` weighs with b, its second argument.)"""
)
def other_direction(log_q, log_p, dz):
    return (log_p.exp() * (log_p - log_q)).sum() * dz


@kl_on_grid.mistake(
    """`dz` is missing: a finer grid would make the sum larger without end. Each point stands for a strip of width
    dz."""
)
def dz_forgotten(log_q, log_p, dz):
    return (log_q.exp() * (log_q - log_p)).sum()


@kl_on_grid.mistake("""You took the direction KL(p‖q), and `dz` is missing. q draws: Σ q (log q − log p) dz.""")
def other_direction_without_dz(log_q, log_p, dz):
    return (log_p.exp() * (log_p - log_q)).sum()


@kl_on_grid.mistake(
    """You took the mean over the grid's points. The grid is no sample: Σ … dz is what approximates the integral."""
)
def mean_over_the_grid(log_q, log_p, dz):
    return (log_q.exp() * (log_q - log_p)).mean()


@kl_on_grid.mistake(
    """You took the mean over the grid's points and multiplied by dz; one of the two is too much. Σ … dz is the
    integral."""
)
def mean_times_dz(log_q, log_p, dz):
    return (log_q.exp() * (log_q - log_p)).mean() * dz


@kl_on_grid.mistake("""You divided by `dz`. Each point stands for a strip of width dz: multiply.""")
def divided_by_dz(log_q, log_p, dz):
    return (log_q.exp() * (log_q - log_p)).sum() / dz


@kl_on_grid.mistake("""The weight is log q where q itself belongs: `exp` is missing. q = exp(log_q).""")
def exp_forgotten(log_q, log_p, dz):
    return (log_q * (log_q - log_p)).sum() * dz


@kl_on_grid.mistake(
    """The weight q is missing: you summed log q − log p over all places alike, also where nothing is ever drawn."""
)
def not_weighted(log_q, log_p, dz):
    return (log_q - log_p).sum() * dz


@kl_on_grid.mistake(
    """You averaged log q − log p over the points of the grid alike. The average is over draws from q: weigh with q."""
)
def plain_average(log_q, log_p, dz):
    return (log_q - log_p).mean()


@kl_on_grid.mistake(
    """You weigh with p. Σ p (log q − log p) dz is −KL(p‖q), never above 0. The draws come from q: weigh with q."""
)
def weighted_by_p(log_q, log_p, dz):
    return (log_p.exp() * (log_q - log_p)).sum() * dz


@kl_on_grid.mistake(
    """Your numbers are −KL(q‖p): it is log q − log p, what q says of its own draws minus what p says of them."""
)
def negative(log_q, log_p, dz):
    return (log_q.exp() * (log_p - log_q)).sum() * dz


@kl_on_grid.mistake(
    """You took the absolute value inside the sum. Single places may be negative, where p is higher than q: they belong
    to the sum, and the sum is never below 0."""
)
def absolute(log_q, log_p, dz):
    return (log_q.exp() * (log_q - log_p).abs()).sum() * dz


@kl_on_grid.mistake(
    """You counted only the places where q is above p. The others are negative and belong to the sum, which never
    becomes negative as a whole."""
)
def positive_part(log_q, log_p, dz):
    return (log_q.exp() * (log_q - log_p).clamp(min=0)).sum() * dz


@kl_on_grid.mistake(
    """You have −E_q[log p], the cross-entropy. The KL is what is paid *beyond* q's own entropy: add E_q[log q]."""
)
def cross_entropy(log_q, log_p, dz):
    return -(log_q.exp() * log_p).sum() * dz


@kl_on_grid.mistake("""You have q's entropy, −E_q[log q]: p plays no part. The KL is E_q[log q − log p].""")
def entropy(log_q, log_p, dz):
    return -(log_q.exp() * log_q).sum() * dz


@kl_on_grid.mistake(
    """You took the difference of the two entropies. Both logarithms are averaged over the same draws, those of q."""
)
def difference_of_entropies(log_q, log_p, dz):
    return (log_q.exp() * log_q - log_p.exp() * log_p).sum() * dz


@kl_on_grid.mistake("""There stands q − p where log q − log p belongs: surprise is measured in logarithms.""")
def densities_subtracted(log_q, log_p, dz):
    return (log_q.exp() * (log_q.exp() - log_p.exp())).sum() * dz


@kl_on_grid.mistake(
    """There stands the ratio log q / log p where the logarithm of the ratio belongs: log(q/p) = log q − log p."""
)
def ratio_of_logs(log_q, log_p, dz):
    return (log_q.exp() * (log_q / log_p)).sum() * dz


@kl_on_grid.mistake("""There stands q/p, without its logarithm. You are given the logarithms already: subtract them.""")
def ratio_without_log(log_q, log_p, dz):
    return (log_q.exp() * (log_q - log_p).exp()).sum() * dz


@kl_on_grid.mistake(
    """You have the mean of both directions. KL is not symmetric, and the difference between the two directions is what
    this section is about: only KL(q‖p) is asked for."""
)
def symmetrised(log_q, log_p, dz):
    return 0.5 * ((log_q.exp() - log_p.exp()) * (log_q - log_p)).sum() * dz


@kl_on_grid.mistake("""You have KL(q‖p) + KL(p‖q). The two directions differ, and only KL(q‖p) is asked for.""")
def both_directions(log_q, log_p, dz):
    return ((log_q.exp() - log_p.exp()) * (log_q - log_p)).sum() * dz


@kl_on_grid.mistake(
    """You looked at one place only, the top of q. That is a sample of one: KL is the average of log q − log p over all
    of q."""
)
def at_the_top_of_q(log_q, log_p, dz):
    top = log_q.argmax()
    return log_q[top] - log_p[top]


@kl_on_grid.mistake(
    """The sum was left out: one number for each point of the grid (the integrand, fine for a picture). Add them up."""
)
def not_summed(log_q, log_p, dz):
    return log_q.exp() * (log_q - log_p) * dz


@kl_on_grid.mistake("""You divided by log 2, so your number is in bits. The course counts in nats.""")
def in_bits(log_q, log_p, dz):
    return (log_q.exp() * (log_q - log_p)).sum() * dz / math.log(2)


@kl_on_grid.mistake(
    """`dz` counts twice. (If you took softmax: it makes probabilities that sum to 1, with the width of the strips
    inside already. Take exp, or leave dz away.)"""
)
def dz_twice(log_q, log_p, dz):
    return (log_q.softmax(0) * (log_q - log_p)).sum() * dz


@kl_on_grid.mistake(
    """You took the logarithm of what is a logarithm already: log_q is negative where q is below 1, and that gives NaN.
    (`F.kl_div` takes the logarithm of its second argument.)"""
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


@kl_on_grid.mistake(
    """You squared log q − log p. Its sign belongs to it: places where p is higher take something off."""
)
def log_ratio_squared(log_q, log_p, dz):
    return (log_q.exp() * (log_q - log_p) ** 2).sum() * dz
