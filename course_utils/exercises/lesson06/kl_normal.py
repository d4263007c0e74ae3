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
        "Put that mean and that variance into ½ Σ(μ² + σ² − 1 − log σ²).",
    ],
    probes=[
        given(mu_q=[[1.0]], logvar_q=[[LN9]], mu_p=[[1.0]], logvar_p=[[LN9]]).note(
            "q and p are the same here, and the KL from p to itself is 0."
        ),
        given(mu_q=[[2.0]], logvar_q=[[0.0]], mu_p=[[0.0]], logvar_p=[[0.0]]).note(
            "p is N(0, 1) here: the answer must be that of the KL to the standard normal, ½μ² = 2."
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
        .gradients("mu_q", "logvar_q", "mu_p", "logvar_p")
        .note("Four rows: each compares its own q with its own p."),
        given(
            mu_q=normal(24, 5, seed=68),
            logvar_q=normal(24, 5, seed=69),
            mu_p=normal(24, 5, seed=70),
            logvar_p=normal(24, 5, seed=71),
        ).note("24 rows: each compares its own q with its own p."),
    ],
)


@kl_normal.reference
def _(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_q - logvar_p).exp()
    distance = (mu_q - mu_p) ** 2 / logvar_p.exp()
    return 0.5 * (distance + ratio - 1 - (logvar_q - logvar_p)).sum(1)


@kl_normal.terms("KL", "summed over the dimensions")
def _(mu_q, logvar_q, mu_p, logvar_p):
    apart, var_q, var_p = (mu_q - mu_p) ** 2, logvar_q.exp(), logvar_p.exp()
    each = {
        "(μ_q − μ_p)²/σ_p²": apart / var_p,
        "σ_q²/σ_p²": var_q / var_p,
        "log σ_q²": logvar_q,
        "log σ_p²": logvar_p,
        "1": torch.ones_like(mu_q),
        "(μ_q − μ_p)²/σ_p": apart / var_p.sqrt(),
        "(μ_q − μ_p)²": apart,
        "(μ_q − μ_p)²/σ_q²": apart / var_q,
        "(μ_q − μ_p)²·σ_p²": apart * var_p,
        "(μ_q − μ_p)/σ_p²": (mu_q - mu_p) / var_p,
        "μ_p²/σ_p²": mu_p**2 / var_p,
        "μ_q·μ_p/σ_p²": mu_q * mu_p / var_p,
        "μ_q²": mu_q**2,
        "μ_p²": mu_p**2,
        "σ_q²": var_q,
        "σ_p²": var_p,
        "σ_p²/σ_q²": var_p / var_q,
        "σ_q/σ_p": (var_q / var_p).sqrt(),
    }
    return {name: term.sum(1) for name, term in each.items()}


@kl_normal.mistake(
    """You have KL(p‖q): the two are exchanged. The average is over q, and distances are measured in widths of the
    *second* distribution, p."""
)
def reversed_arguments(mu_q, logvar_q, mu_p, logvar_p):
    ratio = (logvar_p - logvar_q).exp()
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_q.exp() + ratio - 1 - (logvar_p - logvar_q)).sum(1)


@kl_normal.mistake(
    """You have the mean of KL(q‖p) and KL(p‖q). A KL is not symmetric, and it need not be made so: the one direction
    KL(q‖p) is asked for."""
)
def symmetrised(mu_q, logvar_q, mu_p, logvar_p):
    apart = (mu_q - mu_p) ** 2 * ((-logvar_p).exp() + (-logvar_q).exp())
    return 0.25 * (apart + (logvar_q - logvar_p).exp() + (logvar_p - logvar_q).exp() - 2).sum(1)


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


@kl_normal.mistake(
    """The 1 is subtracted once for the row instead of once for each dimension. It belongs inside the sum."""
)
def constant_outside_the_sum(mu_q, logvar_q, mu_p, logvar_p):
    gap = logvar_q - logvar_p
    return 0.5 * (((mu_q - mu_p) ** 2 / logvar_p.exp() + gap.exp() - gap).sum(1) - 1)
