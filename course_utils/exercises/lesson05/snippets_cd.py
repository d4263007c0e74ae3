# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 5, exercises: the β of two snippets, with sums over pixels."""

from course_utils.exercises.lesson05.snippet import COINS, snippet

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

snippet_c = snippet(
    "C",
    SUM_AGAINST_MEAN,
    COINS,
    [
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


@snippet_c.mistake(
    """You counted the pixels as if they were averaged. They are summed here (`reduction="sum"`), which is nats; only
    the batch remains."""
)
def c_pixels_counted(D, Z, B, w):
    return w * D / B


@snippet_c.mistake(
    """You found a factor D: that would be a mean over the pixels. They are summed here. Look at the batch instead."""
)
def c_pixels_instead(D, Z, B, w):
    return w * D


@snippet_c.mistake(
    """You divided by the pixels. The sum over the pixels *is* −log p(x|z) in nats; nothing is to be repaired there."""
)
def c_divided_by_pixels(D, Z, B, w):
    return w / D


@snippet_c.mistake(
    """1/(B·D): the B is right. But the sum over the pixels *is* −log p(x|z) in nats; nothing is to be repaired
    there."""
)
def c_divided_by_both(D, Z, B, w):
    return w / (B * D)


@snippet_c.mistake(
    """You counted the latents as if they were averaged: the `mean` stands around a `sum` with `dim=1`, so it is over
    the batch alone."""
)
def c_latents_counted(D, Z, B, w):
    return w / (B * Z)


@snippet_c.mistake(
    """You took the `mean` for one over the latents: it stands around a `sum` with `dim=1`, so it is over the batch."""
)
def c_latents_instead(D, Z, B, w):
    return w / Z


snippet_d = snippet(
    "D",
    SQUARED_ERROR,
    "The pixels are Gaussian around `x_hat` with variance 1.",
    [
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


@snippet_d.mistake(
    """Z is on the other side: the `mean` makes the *KL* Z times smaller, so β is divided by Z, not multiplied. (The 2
    is right.)"""
)
def d_latents_upside_down(D, Z, B, w):
    return w * Z / 2


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


@snippet_d.mistake(
    """You counted the batch: w/(2·Z·B). The KL is divided by B, but so is the reconstruction (first line): it
    cancels."""
)
def d_batch_counted(D, Z, B, w):
    return w / (2 * Z * B)


@snippet_d.mistake(
    """You counted the batch the other way: w·B/(2·Z). Both terms are divided by B: in the first line by hand, in the
    second by `mean`."""
)
def d_batch_multiplied(D, Z, B, w):
    return w * B / (2 * Z)


@snippet_d.mistake(
    """You counted the pixels as if they were averaged. `reduction="sum"` adds them up, and the division is by B:
    squared error per image. D does not come in."""
)
def d_pixels_counted(D, Z, B, w):
    return w * D / (2 * Z)


@snippet_d.mistake(
    """You counted the pixels as if they were averaged, and took the squared error for nats. `reduction="sum"` adds the
    pixels up; and for σ² = 1, −log p(x|z) is half the squared error."""
)
def d_pixels_and_no_half(D, Z, B, w):
    return w * D / Z
