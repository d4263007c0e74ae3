# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 6, exercise: the KL divergence between any two normal distributions."""

import math

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

LN4, LN9 = math.log(4.0), math.log(9.0)  # σ = 2 and σ = 3

kl_normal = Exercise(
    "KL between two normals",
    task="""
        Write KL(q‖p) for q = N(μ_q, σ_q²) and p = N(μ_p, σ_p²), given `mu_q`, `logvar_q`, `mu_p`, `logvar_p`, all of
        shape (B, Z), logvar = log σ², the dimensions independent. Return nats per row, shape (B,).
    """,
    signature="kl_normal(mu_q, logvar_q, mu_p, logvar_p)",
    returns=["KL"],
    hints=[
        "Measure everything in units of p: shift so that μ_p becomes 0, and divide lengths by σ_p. What are q's mean "
        "and variance then?",
        "KL does not change when both are shifted and stretched alike. So it is the KL to N(0, 1) of a normal with "
        "mean (μ_q − μ_p)/σ_p and variance σ_q²/σ_p².",
        "½ Σ ((μ_q − μ_p)²/σ_p² + σ_q²/σ_p² − 1 − log(σ_q²/σ_p²)).",
    ],
    probes=[
        given(mu_q=[[1.0]], logvar_q=[[LN9]], mu_p=[[1.0]], logvar_p=[[LN9]]).note(
            "q and p are the same here, and the distance from p to p is 0."
        ),
        given(mu_q=[[2.0]], logvar_q=[[0.0]], mu_p=[[0.0]], logvar_p=[[0.0]]).note(
            "p is N(0, 1) here: the answer must be that of the exercise before, ½μ² = 2."
        ),
        given(mu_q=[[5.0]], logvar_q=[[LN9]], mu_p=[[-1.0]], logvar_p=[[LN9]]).note(
            "The means are 6 apart, which is two standard deviations of p: ½·2² = 2."
        ),
        given(mu_q=[[0.0]], logvar_q=[[LN9]], mu_p=[[0.0]], logvar_p=[[0.0]]).note(
            "Only the widths differ: q is three times as wide as p, ½ (9 − 1 − log 9) ≈ 2.90."
        ),
        given(mu_q=[[0.0]], logvar_q=[[0.0]], mu_p=[[0.0]], logvar_p=[[LN9]]).note(
            "Only the widths differ: p is three times as wide as q, ½ (1/9 − 1 + log 9) ≈ 0.65."
        ),
        given(mu_q=[[3.0]], logvar_q=[[LN4]], mu_p=[[1.0]], logvar_p=[[LN9]]).note("Everything differs here."),
        given(mu_q=[10 * [1.0]], logvar_q=[10 * [0.0]], mu_p=[10 * [0.0]], logvar_p=[10 * [0.0]]).note(
            "Ten dimensions that cost ½ each cost 5 together."
        ),
        given(
            mu_q=normal(4, 3, seed=64),
            logvar_q=normal(4, 3, seed=65),
            mu_p=normal(4, 3, seed=66),
            logvar_p=normal(4, 3, seed=67),
        )
        .double()
        .gradients("mu_q", "logvar_q", "mu_p", "logvar_p"),
        given(
            mu_q=normal(8, 5, seed=68),
            logvar_q=normal(8, 5, seed=69),
            mu_p=normal(8, 5, seed=70),
            logvar_p=normal(8, 5, seed=71),
        ),
    ],
)


@kl_normal.reference
def _(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    distance = (mu_q - mu_p) ** 2 / logvar_p.exp()
    return 0.5 * (distance + ratio - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """You have KL(p‖q): the two are exchanged. The average is over q, and distances are measured in widths of the
    *second* distribution, p."""
)
def reversed_arguments(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_p - logvar_q).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_q.exp() + ratio - 1 - (logvar_p - logvar_q)).sum(1)


@kl_normal.mistake(
    """The ratio of the variances is upside down: σ_p²/σ_q² where σ_q²/σ_p² belongs. (A q that is much wider than p must
    be dear: it puts mass where p has none.)"""
)
def ratio_upside_down(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_p - logvar_q).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """The log ratio is upside down: −log(σ_q²/σ_p²) = logvar_p − logvar_q is what pushes a narrow q apart; you have its
    negative."""
)
def log_ratio_upside_down(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio - 1 + (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """Both ratios of the variances are upside down, in the exponential and in the logarithm; the term of the means is
    right. p's variance stands below: σ_q²/σ_p²."""
)
def both_ratios_upside_down(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_p - logvar_q).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio - 1 - (logvar_p - logvar_q)).sum(1)


@kl_normal.mistake(
    """The distance of the means is divided by σ_q². It is p that says how surprising a place is: divide by σ_p²."""
)
def distance_by_q(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_q.exp() + ratio - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """The squared distance of the means is divided by σ_p, not by σ_p². Six apart at σ_p = 3 are two standard
    deviations, (6/3)² = 36/9."""
)
def distance_by_the_std(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / (0.5 * logvar_p).exp() + ratio - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """The distance of the means is not divided by anything: being 6 away would cost the same from a wide p as from a
    narrow one. Divide its square by σ_p²."""
)
def distance_unscaled(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 + ratio - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake("""The distance of the means is multiplied by σ_p², not divided. (exp(−logvar_p) is 1/σ_p².)""")
def distance_multiplied(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 * logvar_p.exp() + ratio - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """σ_q² is not divided by σ_p². When q and p are equal, the four terms must give 0 + 1 − 1 − 0, however wide both
    are."""
)
def spread_unscaled(mu_q, logvar_q, mu_p, logvar_p):
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + logvar_q.exp() - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """The ratio of the widths is not squared: σ_q/σ_p where σ_q²/σ_p² belongs. exp(½·logvar) is σ, exp(logvar) is
    σ²."""
)
def ratio_of_stds(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (0.5 * (logvar_q - logvar_p)).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """The variances are subtracted where their ratio belongs. A KL depends on how many times as wide q is: stretch both
    alike, and it must not change."""
)
def difference_of_variances(mu_q, logvar_q, mu_p, logvar_p):
    spread = logvar_q.exp() - logvar_p.exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + spread - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """The log ratio is missing. Without −log(σ_q²/σ_p²) the best q is a point: the price even becomes negative
    there."""
)
def log_ratio_dropped(mu_q, logvar_q, mu_p, logvar_p):
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1).sum(1)


@kl_normal.mistake(
    """p's part of the log ratio is missing: −log σ_q² stands there, log σ_p² does not. When q and p are equal, the two
    must cancel."""
)
def log_of_p_dropped(mu_q, logvar_q, mu_p, logvar_p):
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1 - logvar_q).sum(1)


@kl_normal.mistake(
    """The log ratio is halved twice: log(σ_p/σ_q) = ½ (logvar_p − logvar_q) needs no further ½. Inside the parentheses
    stands logvar_p − logvar_q."""
)
def log_ratio_halved(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio - 1 - 0.5 * (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """The log ratio has no ½: written outside of the parentheses it is log(σ_p/σ_q) = ½ (logvar_p − logvar_q)."""
)
def log_ratio_doubled(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return (0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio - 1) - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """The −1 is missing in each dimension: when q and p are equal you report ½ nat where there is none."""
)
def constant_dropped(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake("""The factor ½ is missing: every KL is twice what it should be.""")
def half_forgotten(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake("""Your numbers are −KL; a KL is never below 0.""")
def negative(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return -0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """The distance of the means is not squared: which of the two lies to the right would decide whether it costs or
    earns."""
)
def distance_not_squared(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return 0.5 * ((mu_q - mu_p) / logvar_p.exp() + ratio - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """There stands μ_q² − μ_p² where (μ_q − μ_p)² belongs. Only how far apart they are may count, not where 0 is."""
)
def difference_of_squares(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return 0.5 * ((mu_q**2 - mu_p**2) / logvar_p.exp() + ratio - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake("""The means are added, (μ_q + μ_p)², where their difference belongs.""")
def means_added(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return 0.5 * ((mu_q + mu_p) ** 2 / logvar_p.exp() + ratio - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake("""The means play no part in your number: two equal bells far apart would have a KL of 0.""")
def means_ignored(mu_q, logvar_q, mu_p, logvar_p):
    return 0.5 * ((logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.mistake(
    """p plays no part in your number: that is the KL from q to N(0, 1). Here p has a mean and a width of its own."""
)
def p_ignored(mu_q, logvar_q, mu_p, logvar_p):
    return 0.5 * (mu_q**2 + logvar_q.exp() - 1 - logvar_q).sum(1)


@kl_normal.mistake(
    """You took the two KLs to N(0, 1) and subtracted them. A KL is no difference of two heights: KL(q‖p) asks how p
    describes what q draws, and N(0, 1) has no part in it."""
)
def difference_of_two(mu_q, logvar_q, mu_p, logvar_p):
    return 0.5 * (mu_q**2 + logvar_q.exp() - logvar_q - mu_p**2 - logvar_p.exp() + logvar_p).sum(1)


@kl_normal.mistake(
    """You have the mean of KL(q‖p) and KL(p‖q). A KL is not symmetric, and it need not be made so: the one direction
    KL(q‖p) is asked for."""
)
def symmetrised(mu_q, logvar_q, mu_p, logvar_p):
    apart = (mu_q - mu_p) ** 2 * ((-logvar_p).exp() + (-logvar_q).exp())
    return 0.25 * (apart + (logvar_q - logvar_p).exp() + (logvar_p - logvar_q).exp() - 2).sum(1)


@kl_normal.mistake(
    """You have the sum KL(q‖p) + KL(p‖q), in which the logarithms cancel. The one direction KL(q‖p) is asked for."""
)
def both_directions(mu_q, logvar_q, mu_p, logvar_p):
    apart = (mu_q - mu_p) ** 2 * ((-logvar_p).exp() + (-logvar_q).exp())
    return 0.5 * (apart + (logvar_q - logvar_p).exp() + (logvar_p - logvar_q).exp() - 2).sum(1)


@kl_normal.mistake(
    """Both `logvar` are read as log σ: exp(logvar) is the variance already. (`Normal(mu, logvar.exp())` does the same:
    it takes σ.)"""
)
def read_as_log_std(mu_q, logvar_q, mu_p, logvar_p):
    gap = 2 * (logvar_q - logvar_p)
    return 0.5 * ((mu_q - mu_p) ** 2 / (2 * logvar_p).exp() + gap.exp() - 1 - gap).sum(1)


@kl_normal.mistake(
    """`Normal(mu, logvar)` takes a standard deviation as its second argument, and a standard deviation cannot be 0 or
    negative as logvar may be. Give it exp(½·logvar)."""
)
def normal_of_logvar(mu_q, logvar_q, mu_p, logvar_p):
    q, p = (torch.distributions.Normal(m, v) for m, v in ((mu_q, logvar_q), (mu_p, logvar_p)))
    return torch.distributions.kl_divergence(q, p).sum(1)


@kl_normal.mistake("""You took the mean over the dimensions. Independent dimensions add: ten of ½ nat each cost 5.""")
def mean_over_dimensions(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio - 1 - (logvar_q - logvar_p)).mean(1)


@kl_normal.mistake("""You summed over the batch as well; each row has a KL of its own. Sum over axis 1 only.""")
def summed_over_everything(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio - 1 - (logvar_q - logvar_p)).sum()


@kl_normal.mistake("""One number for each row *and* dimension: the sum over the dimensions is missing.""")
def not_reduced(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + ratio - 1 - (logvar_q - logvar_p))


@kl_normal.mistake(
    """The distance of the means has no ½: 2 apart at σ_p = 1 costs 2 nats, not 4. The ½ stands before all four
    terms."""
)
def distance_not_halved(mu_q, logvar_q, mu_p, logvar_p):
    gap = logvar_q - logvar_p
    return ((mu_q - mu_p) ** 2 / logvar_p.exp() + 0.5 * (gap.exp() - 1 - gap)).sum(1)


@kl_normal.mistake(
    """The 1 is subtracted once for the row instead of once for each dimension. It belongs inside the sum."""
)
def constant_outside_the_sum(mu_q, logvar_q, mu_p, logvar_p):
    gap = logvar_q - logvar_p
    return 0.5 * (((mu_q - mu_p) ** 2 / logvar_p.exp() + gap.exp() - gap).sum(1) - 1)


@kl_normal.mistake(
    """The arguments are taken in another order: they come as mu_q, logvar_q, mu_p, logvar_p, each distribution with its
    own two; you read the second as μ_p and the third as logvar_q."""
)
def arguments_in_another_order(mu_q, logvar_q, mu_p, logvar_p):
    logvar_q, mu_p = mu_p, logvar_q
    gap = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + gap.exp() - 1 - gap).sum(1)
