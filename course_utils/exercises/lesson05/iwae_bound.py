# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 5, exercise: the importance-weighted bound."""

import math

import torch
from torch import Tensor

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault, given, normal

iwae_bound = Exercise(
    "The importance-weighted bound",
    task="""
        For each of B images, K codes were drawn from q(z|x), and `log_w` holds log p(x, z) − log q(z|x), shape (K, B).
        Return the importance-weighted bound log( (w₁ + … + w_K)/K ), one number for each image: shape (B,). For images
        log_w may be −800, and exp(−800) is rounded to 0.
    """,
    signature="iwae_bound(log_w)",
    returns=["bound"],
    axes={"log_w": "draws batch"},
    hints=[
        "The logarithm is outside, the mean inside. Over which axis do the K codes lie?",
        "log(mean) = log(sum) − log K. For the first there is a function that never leaves the logarithms.",
        "`torch.logsumexp(log_w, dim=0)`. By hand: subtract each column's maximum, exponentiate, add, take the "
        "logarithm, add the maximum again.",
        "`torch.logsumexp(log_w, dim=0) - math.log(len(log_w))`.",
    ],
    probes=[
        given(log_w=[[0.7], [0.7], [0.7], [0.7]]).note(
            "Four codes with the same weight w = e^0.7: the mean of the weights is w, whatever their number."
        ),
        given(log_w=[[-2.0], [1.0]])
        .gradients("log_w")
        .note("Two codes with the weights e^−2 = 0.135 and e^1 = 2.718; their mean is 1.427."),
        given(log_w=[[0.5, -1.0], [2.0, 0.3], [-0.5, 1.1]])
        .gradients("log_w")
        .note("Two images with three codes each: every column is an image of its own."),
        given(log_w=normal(5, 4, seed=100)).double().gradients("log_w").note("Five codes for each of four images."),
        given(log_w=normal(20, 6, seed=101, scale=2.0)).note("Twenty codes for each of six images."),
    ],
)
SMALL = "exp(−800) is rounded to 0, exp(200) to ∞. Use `torch.logsumexp`, or subtract the largest log_w first."
EXTREME = {
    "log_w ≈ −800": [[-800.0], [-801.0], [-799.5]],
    "log_w ≈ +200": [[200.0], [198.0], [201.0]],
    "log_w ≈ −800 for one image and −300 for its neighbour": [[-800.0, -300.0], [-801.0, -299.0]],
}


@iwae_bound.probe("Called with K = 1: log_w = [[−1.5, 0.4, 2]]")
def _(call):
    value = call.tensor(call(torch.tensor([[-1.5, 0.4, 2.0]])), (3,), "the bound")
    yield Fact("the bound", value.detach(), note="For K = 1 it is log w itself, the ELBO's one-sample estimate.")


@iwae_bound.probe("Called with log-weights far from 0")
def _(call):
    for says, numbers in EXTREME.items():
        log_w = torch.tensor(numbers)
        yield Fact(f"the bound for {says}", _in_words(call(log_w), log_w), note=SMALL)


def _in_words(value, log_w):
    """Say how the bound came out; any epsilon inside the logarithm is the same cut."""
    if not isinstance(value, Tensor) or value.numel() != log_w.shape[1]:
        raise Fault("form", f"One number was expected for each image; a {kind(value)} came back.")
    right = log_w.logsumexp(0) - math.log(len(log_w))
    value = value.detach().flatten().to(right.dtype)
    if value.isnan().any():
        return "NaN"
    if value.isinf().any():
        return "infinite"
    if bool(((value - right).abs() < 1e-2).all()):
        return "right"
    # No average of numbers near −800 is −18; an epsilon below the logarithm is.
    return "cut off" if bool((value - log_w.amax(0) > 100).any()) else "another number"


@iwae_bound.terms("bound")
def _(log_w):
    return {
        "log Σ w": torch.logsumexp(log_w, dim=0),
        "log K": math.log(len(log_w)),
        "K": len(log_w),
        "log B": math.log(log_w.shape[1]),
        "Σ log w": log_w.sum(0),
        "the mean of log w": log_w.mean(0),
        "the largest log w": log_w.amax(0),
        "1": 1.0,
    }


@iwae_bound.reference
def _(log_w):
    return torch.logsumexp(log_w, dim=0) - math.log(len(log_w))


@iwae_bound.mistake(
    """You averaged the log-weights. That is the ELBO, estimated with K draws: a better estimate of the *same* bound,
    while log(mean of w) is a tighter bound. The mean goes inside the logarithm."""
)
def mean_of_the_logarithms(log_w):
    return log_w.mean(0)


@iwae_bound.mistake(
    """log K is missing: you took the logarithm of the *sum*. With K equal log-weights the bound must be their common
    value, but yours would grow with log K, past log p(x)."""
)
def sum_instead_of_mean(log_w):
    return log_w.logsumexp(0)


@iwae_bound.mistake("""You subtracted log B, the number of images. The mean is over the K codes, `log_w.shape[0]`.""")
def log_of_the_batch(log_w):
    return log_w.logsumexp(0) - math.log(log_w.shape[1])


@iwae_bound.mistake(
    """You divided by K *outside* of the logarithm. log(sum/K) = log(sum) − log K; log(sum)/K is something else."""
)
def divided_outside(log_w):
    return log_w.logsumexp(0) / len(log_w)


@iwae_bound.mistake(
    """The axes have changed places: you averaged over the images, and kept the codes. `log_w` is (K, B), so the K
    codes of one image lie along dim 0."""
)
def over_the_images(log_w):
    return log_w.logsumexp(1) - math.log(log_w.shape[1])


@iwae_bound.mistake(
    """Right for small numbers, but for images exp(−800) is rounded to 0, and log 0 = −∞ (and exp(200) is too large for
    float32). Stay with logarithms: `torch.logsumexp` subtracts the maximum first and adds it again."""
)
def naive(log_w):
    return log_w.exp().mean(0).log()


@iwae_bound.mistake(
    """An epsilon or a clamp hides the problem: exp(−800) is rounded to 0, and what you return for every image comes
    from that small number instead of its weights. Stay with logarithms: `torch.logsumexp`."""
)
def epsilon_in_the_logarithm(log_w):
    return (log_w.exp().mean(0) + 1e-8).log()


@iwae_bound.mistake(
    """You subtracted the largest log_w of the *whole batch*. An image whose weights are all much smaller than its
    neighbour's is then rounded to 0. Take the maximum of each column: `log_w.amax(dim=0)`."""
)
def one_maximum_for_all(log_w):
    top = log_w.max()
    return top + (log_w - top).exp().mean(0).log()


@iwae_bound.mistake("""You subtracted the maximum, and did not add it back: exp(log_w − m) has to be undone by + m.""")
def maximum_not_added(log_w):
    top = log_w.amax(0)
    return (log_w - top).exp().mean(0).log()


@iwae_bound.mistake(
    """This is the largest log-weight. The largest often dominates, but the logarithm of the mean lies below it, by up
    to log K."""
)
def maximum(log_w):
    return log_w.amax(0)


@iwae_bound.mistake("""You returned the mean weight without its logarithm (for images that is 0).""")
def no_logarithm(log_w):
    return log_w.exp().mean(0)
