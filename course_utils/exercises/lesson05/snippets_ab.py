# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 5, exercises: the β of two snippets, with means over pixels."""

from course_utils.exercises.lesson05.snippet import COINS, snippet

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

snippet_a = snippet(
    "A",
    BERNOULLI_MEAN,
    COINS,
    [
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
    """You counted the batch, too: w·D·B. The reconstruction is divided by B, but so is the KL (`.mean()`): it
    cancels."""
)
def a_batch_counted(D, Z, B, w):
    return w * D * B


@snippet_a.mistake(
    """You counted the latents as if the KL were a mean over them: w·D/Z. Look at it again: it is a `sum` with `dim=1`,
    and the mean afterwards is over the batch."""
)
def a_latents_counted(D, Z, B, w):
    return w * D / Z


@snippet_a.mistake(
    """You multiplied by the number of latents. The sum over the latents *is* the KL in nats; nothing is repaired
    there."""
)
def a_times_latents(D, Z, B, w):
    return w * D * Z


@snippet_a.mistake(
    """Z/D compares how many numbers the two terms have. What counts is what each is *divided* by, compared with nats:
    D for the reconstruction, nothing for the KL."""
)
def a_ratio_of_sizes(D, Z, B, w):
    return w * Z / D


@snippet_a.mistake(
    """You have the ½ of the KL in it. That ½ belongs to the KL (it is nats with it), so it repairs nothing."""
)
def a_half(D, Z, B, w):
    return 0.5 * w * D


snippet_b = snippet(
    "B",
    EVERYTHING_BY_PIXELS,
    COINS,
    [
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
    over all B·D numbers. Both are divided by D, and it cancels. (This loss is often reported as a bug. It is
    −ELBO/D.)"""
)
def b_kl_division_only(D, Z, B, w):
    return w / D


@snippet_b.mistake(
    """You counted the KL's division by B·D and not the one hidden in the cross-entropy: without `reduction` it is a
    mean over all B·D numbers, too. It cancels. (This loss is often reported as a bug. It is −ELBO/D.)"""
)
def b_kl_division_and_batch(D, Z, B, w):
    return w / (B * D)


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


@snippet_b.mistake(
    """You counted the KL as if it were a mean over the latents. It is a sum over them (and the batch), divided by B·D:
    nats per image, divided by D."""
)
def b_latents_counted(D, Z, B, w):
    return w * D / Z


@snippet_b.mistake("""You found a factor 1/Z. Nothing here is averaged over the latents: the KL is a sum.""")
def b_latents_divided(D, Z, B, w):
    return w / Z


@snippet_b.mistake(
    """You found a factor B. The KL is summed over the batch, and then divided by B (third line); the cross-entropy is
    a mean over the batch, too."""
)
def b_batch(D, Z, B, w):
    return w * B


@snippet_b.mistake(
    """You found a factor 1/B. The KL is summed over the batch before it is divided by B (third line): a mean. The
    cross-entropy is a mean over the batch, too."""
)
def b_batch_divided(D, Z, B, w):
    return w / B
