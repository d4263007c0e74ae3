# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 5, exercises: the β that four snippets of code really use."""

import math
from numbers import Real

import torch
from torch import Tensor

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault

SETTINGS = ((784, 20, 128, 1.0), (3072, 64, 32, 0.5), (100, 7, 48, 4.0), (36, 5, 10, 0.01))
NAMES = {"D": 0, "Z": 1, "B": 2, "w": 3}
WHERE = "These are the right quantities. Which of them multiplies β, which divides it, and is there a factor besides?"


def _task(code, model):
    fenced = "\n".join(line[4:] for line in code.strip("\n").split("\n"))
    return (
        f"Which β does this code really use?\n\n```python\n{fenced}\n```\n\n"
        f"{model} `x` has the shape (B, D): D pixels. `mu` and `logvar` have the shape (B, Z). Write the loss as *some "
        "number* · (−log p(x|z) + β · KL), both terms in nats per image (sums over pixels and latents) and averaged "
        "over the batch. Return β as a number, computed from D, Z, B and the weight w."
    )


COINS = "The pixels are Bernoulli with log-odds `logits`."


def _snippet(letter, code, model, *, matter, cancel, hints):
    """Make an exercise that shows `code` and asks for its β.

    `matter` and `cancel` say of each quantity why it counts, and why it does not.
    """
    exercise = Exercise(
        f"Which β? Snippet {letter}",
        task=_task(code, model),
        signature="beta_of_snippet(D, Z, B, w)",
        returns=["beta"],
        hints=hints,
    )

    @exercise.probe("Called with (D, Z, B, w) = " + ", ".join(map(str, SETTINGS)))
    def _(call):
        betas = [_number(call(*setting)) for setting in SETTINGS]
        moved = [name for name, place in NAMES.items() if _moves(call, place)]
        left_out = [why for name, why in matter.items() if name not in moved]
        too_many = [why for name, why in cancel.items() if name in moved]
        yield Fact("β depends on", " and ".join(moved) or "nothing", note=" ".join(left_out + too_many))
        yield Fact("β", torch.tensor(betas, dtype=torch.float32), note=WHERE)

    return exercise


def _moves(call, place):
    setting = list(SETTINGS[1])
    before = _number(call(*setting))
    setting[place] *= 3
    return not math.isclose(before, _number(call(*setting)), rel_tol=1e-9)


def _number(value):
    if isinstance(value, Tensor) and value.numel() == 1:
        return float(value.detach())
    if isinstance(value, bool) or not isinstance(value, Real):
        raise Fault("form", f"β is one number; a {kind(value)} came back.")
    return float(value)


BERNOULLI_MEAN = """
    recon = F.binary_cross_entropy_with_logits(logits, x)
    kl = -0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp(), dim=1)
    loss = recon + w * kl.mean()
"""
EVERYTHING_BY_PIXELS = """
    recon = F.binary_cross_entropy_with_logits(logits, x)
    kl = -0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp())
    kl = kl / (B * D)
    loss = recon + w * kl
"""

snippet_a = _snippet(
    "A",
    BERNOULLI_MEAN,
    COINS,
    matter={
        "D": "The cross-entropy without `reduction` is a mean over the pixels, too; the KL is not.",
        "w": "w multiplies the KL.",
    },
    cancel={
        "Z": "The KL is summed over the latents (`dim=1`): that is nats, and Z does not come in.",
        "B": "Both terms are means over the batch: B cancels.",
    },
    hints=[
        "Take the two lines apart: what is each divided by, compared with a sum over the dimensions and a mean over "
        "the batch?",
        "Without `reduction`, the cross-entropy is a mean over all B·D numbers. The KL is a sum over the latents and a "
        "mean over the batch: nothing to repair there.",
        "recon = (nats per image)/D. Take 1/D out of the whole loss: what stands before the KL then?",
    ],
)


@snippet_a.reference
def _(D, Z, B, w):
    # recon = nll/D, kl = KL, so loss = (1/D) (nll + w·D·KL)
    return w * D


@snippet_a.mistake(
    """You took w at its word. It would be β if both terms were in nats; but the reconstruction is a *mean* over the
    pixels, which makes it D times smaller than −log p(x|z), and the KL is not."""
)
def a_weight_is_beta(D, Z, B, w):
    return w


@snippet_a.mistake(
    """You say 1: the weight cannot change anything? It can, and so can the mean over the pixels. Write down what
    multiplies the nats in each term."""
)
def a_one(D, Z, B, w):
    return 1


@snippet_a.mistake(
    """The factor D is on the other side: dividing the *reconstruction* by D makes the KL D times heavier, not lighter.
    Take 1/D out of the bracket."""
)
def a_upside_down(D, Z, B, w):
    return w / D


@snippet_a.mistake("""D is right, but where is w? It multiplies the KL on top of that.""")
def a_weight_forgotten(D, Z, B, w):
    return D


@snippet_a.mistake(
    """You counted the latents as if the KL were a mean over them: w·D/Z. Look at it again: it is a `sum` with `dim=1`,
    and the mean afterwards is over the batch."""
)
def a_latents_counted(D, Z, B, w):
    return w * D / Z


snippet_b = _snippet(
    "B",
    EVERYTHING_BY_PIXELS,
    COINS,
    matter={"w": "w multiplies the KL."},
    cancel={
        "D": "Both terms are divided by D: the one by its mean, the other in the third line.",
        "Z": "The KL is summed over the latents: that is nats, and Z does not come in.",
        "B": "Both terms are divided by B: the one by its mean, the other in the third line.",
    },
    hints=[
        "Again: what is each term divided by, compared with nats per image averaged over the batch?",
        "recon is a mean over B·D numbers: nats per image, divided by D. And the KL: summed over B·Z numbers, then "
        "divided by B·D.",
        "Both are nats per image, divided by the same number. What happens to the balance?",
    ],
)


@snippet_b.reference
def _(D, Z, B, w):
    # recon = nll/D, kl = KL/D, so loss = (1/D) (nll + w·KL)
    return w


@snippet_b.mistake("""You say 1. The divisions do cancel, but the weight w stays: β = 1 only where w = 1.""")
def b_one(D, Z, B, w):
    return 1


@snippet_b.mistake(
    """You counted the KL's division by D and not the one hidden in the cross-entropy: without `reduction` it is a mean
    over all B·D numbers. Both are divided by D, and it cancels. (This loss is often reported as a bug. With w = 1 it is
    −ELBO/D.)"""
)
def b_kl_division_only(D, Z, B, w):
    return w / D


@snippet_b.mistake(
    """You counted the mean in the cross-entropy and not the KL's division in the third line. Both are divided by D,
    and it cancels."""
)
def b_mean_only(D, Z, B, w):
    return w * D


@snippet_b.mistake(
    """"Each term should be divided by its own number of elements", so the KL by B·Z? No: what keeps the balance is
    dividing both by the *same* number, as here. Then β = w."""
)
def b_own_number(D, Z, B, w):
    return w * Z / D


SUM_AGAINST_MEAN = """
    recon = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = -0.5 * torch.mean(torch.sum(1 + logvar - mu**2 - logvar.exp(), dim=1))
    loss = recon + w * kl
"""
SQUARED_ERROR = """
    recon = F.mse_loss(x_hat, x, reduction="sum") / B
    kl = -0.5 * torch.mean(1 + logvar - mu**2 - logvar.exp())
    loss = recon + w * kl
"""

snippet_c = _snippet(
    "C",
    SUM_AGAINST_MEAN,
    COINS,
    matter={"B": "One term is summed over the batch, the other averaged.", "w": "w multiplies the KL."},
    cancel={
        "D": 'The pixels are summed (`reduction="sum"`): that is nats, and D does not come in.',
        "Z": "The `mean` stands around a `sum` with `dim=1`: it is over the batch, and Z does not come in.",
    },
    hints=[
        "Nothing is averaged over pixels or latents here. Which axis is left?",
        "The reconstruction is a sum over the batch; the KL is a mean over it.",
        "recon = B · (mean over the batch). Take B out of the whole loss: what stands before the KL then?",
    ],
)


@snippet_c.reference
def _(D, Z, B, w):
    # recon = B·nll, kl = KL, so loss = B (nll + (w/B)·KL)
    return w / B


@snippet_c.mistake(
    """"The batch size is only a matter of the learning rate": so it is if both terms treat the batch alike. Here one
    is a sum over it, and the other a mean."""
)
def c_weight_is_beta(D, Z, B, w):
    return w


@snippet_c.mistake("""You say 1. Look at the batch axis, and at the weight.""")
def c_one(D, Z, B, w):
    return 1


@snippet_c.mistake(
    """B is on the other side: the *reconstruction* is B times as large as a mean, so the KL weighs B times less."""
)
def c_upside_down(D, Z, B, w):
    return w * B


@snippet_c.mistake("""1/B is right, but where is w? It multiplies the KL on top of that.""")
def c_weight_forgotten(D, Z, B, w):
    return 1 / B


snippet_d = _snippet(
    "D",
    SQUARED_ERROR,
    "The pixels are Gaussian around `x_hat` with variance 1.",
    matter={"Z": "The KL's `mean` has no `dim`: it runs over the latents, too.", "w": "w multiplies the KL."},
    cancel={
        "D": "The squared errors are summed over the pixels and divided by B alone: D does not come in.",
        "B": "Both terms are divided by B: in the first line by hand, in the second by `mean`.",
    },
    hints=[
        "For a Gaussian with σ² = 1, −log p(x|z) is *how much* of the squared error (plus a constant)?",
        "Half of it: recon = 2 · (nats per image). The KL's `mean` runs over B *and* Z.",
        "loss = 2 · nll + w · KL/Z. Take the 2 out of the bracket.",
    ],
)


@snippet_d.reference
def _(D, Z, B, w):
    # recon = SSE = 2·nll + a constant, kl = KL/Z, so loss = 2 (nll + w/(2·Z)·KL) + a constant
    return w / (2 * Z)


@snippet_d.mistake(
    """1/Z is right. But the squared error is not yet nats: for σ² = 1, −log p(x|z) is *half* of it. So the
    reconstruction is twice as heavy as it looks."""
)
def d_half_forgotten(D, Z, B, w):
    return w / Z


@snippet_d.mistake(
    """The 2 is on the other side: the reconstruction is *twice* the nats, so against it the KL weighs half as much."""
)
def d_half_upside_down(D, Z, B, w):
    return 2 * w / Z


@snippet_d.mistake(
    """The ½ is right. But the KL's `mean` has no `dim`: it runs over the batch *and* the latents, and divides by Z,
    too."""
)
def d_latents_forgotten(D, Z, B, w):
    return w / 2


@snippet_d.mistake("""1/2Z is right, but where is w? It multiplies the KL on top of that.""")
def d_weight_forgotten(D, Z, B, w):
    return 1 / (2 * Z)


@snippet_d.mistake(
    """You took w at its word. Two things change it: the squared error is twice the nats (for σ² = 1), and the KL is a
    mean over the latents."""
)
def d_weight_is_beta(D, Z, B, w):
    return w


@snippet_d.mistake(
    """You say 1. Look at what each term is, compared with nats: a factor 2 in the one, 1/Z in the other."""
)
def d_one(D, Z, B, w):
    return 1
