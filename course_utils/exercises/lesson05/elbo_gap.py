# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 5, exercise: the gap between log p(x) and the ELBO."""

import math

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

elbo_gap = Exercise(
    "The gap below log p(x)",
    task="""
        A model with S possible codes, so that everything can be counted. For each image `log_joint` holds
        log p(x, z = s), shape (B, S), and `q` the probabilities q(z = s|x), shape (B, S); they are > 0 and sum to 1.
        Return the gap log p(x) − ELBO, in nats, shape (B,).
    """,
    signature="elbo_gap(log_joint, q)",
    returns=["gap"],
    axes={"log_joint": "batch codes", "q": "batch codes"},
    hints=[
        "p(x) is the sum of p(x, z) over all codes. And the ELBO is the mean, under q, of log p(x, z) − log q(z|x).",
        "log p(x) = logsumexp of `log_joint` over the codes. ELBO = Σ q (log_joint − log q).",
        "Or by the identity: the gap is KL(q‖p(z|x)), and log p(z|x) = log_joint − log p(x). Both ways give the same "
        "number.",
    ],
    probes=[
        given(log_joint=[[math.log(0.1), math.log(0.3)]], q=[[0.5, 0.5]])
        .gradients("log_joint")
        .note("Two codes: p(x) = 0.1 + 0.3, and the posterior is (¼, ¾)."),
        given(log_joint=[[math.log(0.02), math.log(0.06), math.log(0.12)]], q=[[0.1, 0.3, 0.6]])
        .double()
        .note("Here q is the posterior, so the gap must be 0."),
        given(log_joint=[[-3.0, -2.0, -5.0], [-1.0, -4.0, -2.5]], q=[[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]]).note(
            "Two images with three codes each; every image has a gap of its own."
        ),
        given(log_joint=normal(4, 5, seed=102) - 3, q=normal(4, 5, seed=103).double().softmax(1)).double(),
        given(log_joint=normal(3, 4, seed=104) - 800, q=normal(3, 4, seed=105).double().softmax(1))
        .double()
        .note("For images log p(x, z) may be −800, and exp(−800) is rounded to 0: use logsumexp."),
    ],
)


def _elbo(log_joint, q):
    return (q * (log_joint - q.log())).sum(1)


@elbo_gap.reference
def _(log_joint, q):
    log_px = torch.logsumexp(log_joint, dim=1)
    elbo = (q * (log_joint - q.log())).sum(dim=1)
    return log_px - elbo


@elbo_gap.terms("gap")
def _(log_joint, q):
    return {
        "log p(x)": log_joint.logsumexp(1),
        "Σ q log p(x, z)": (q * log_joint).sum(1),
        "Σ q log q": (q * q.log()).sum(1),
        "Σ log p(x, z)": log_joint.sum(1),
        "Σ log q": q.log().sum(1),
        "log S": math.log(log_joint.shape[1]),
    }


@elbo_gap.mistake("""This is the ELBO itself. The gap is what is missing from it to log p(x).""")
def the_elbo(log_joint, q):
    return _elbo(log_joint, q)


@elbo_gap.mistake("""This is log p(x). The gap is log p(x) − ELBO.""")
def the_evidence(log_joint, q):
    return log_joint.logsumexp(1)


@elbo_gap.mistake(
    """This is KL(p(z|x)‖q), the other direction. In the ELBO the mean is taken under q, because q is what we can draw
    from: the gap is KL(q‖p(z|x))."""
)
def other_direction(log_joint, q):
    posterior = log_joint.log_softmax(1)
    return (posterior.exp() * (posterior - q.log())).sum(1)


@elbo_gap.mistake(
    """q's entropy is missing: the ELBO is the mean of log p(x, z) *− log q(z|x)*. Without the second part the gap is
    not 0 when q is the posterior."""
)
def no_entropy(log_joint, q):
    return log_joint.logsumexp(1) - (q * log_joint).sum(1)


@elbo_gap.mistake("""q's entropy has the other sign: the ELBO is the mean of log p(x, z) *minus* log q(z|x).""")
def entropy_subtracted(log_joint, q):
    return log_joint.logsumexp(1) - (q * (log_joint + q.log())).sum(1)


@elbo_gap.mistake(
    """p(x) is the *sum* of p(x, z) over the codes, and you took the mean: the prior p(z) is in the joint already."""
)
def evidence_by_mean(log_joint, q):
    return log_joint.logsumexp(1) - math.log(log_joint.shape[1]) - _elbo(log_joint, q)


@elbo_gap.mistake(
    """Your log p(x) is the sum of the logarithms. Probabilities are added, not their logarithms: logsumexp."""
)
def evidence_by_sum_of_logs(log_joint, q):
    return log_joint.sum(1) - _elbo(log_joint, q)


@elbo_gap.mistake(
    """The ELBO is taken as a plain mean over the codes. It is the mean *under q*: each code counts with q(z|x)."""
)
def plain_mean(log_joint, q):
    return log_joint.logsumexp(1) - (log_joint - q.log()).mean(1)


@elbo_gap.mistake(
    """Right, until log p(x, z) is −800: exp(−800) is rounded to 0, and its logarithm is −∞. Use logsumexp."""
)
def naive(log_joint, q):
    return log_joint.exp().sum(1).log() - _elbo(log_joint, q)
