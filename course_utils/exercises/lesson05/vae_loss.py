# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 5, exercise: the whole loss, and its traps of sums and means."""

import torch
import torch.nn.functional as F

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal


def _costs(logits, x):
    """Return every pixel's cost, shape (B, D)."""
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1)


def _kls(mu, logvar):
    """Return every latent's KL, shape (B, Z)."""
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)


def _nll(logits, x):
    return _costs(logits, x).sum(1)


def _kl(mu, logvar):
    return _kls(mu, logvar).sum(1)


def _batch(images, pixels, latents, seed, beta, note=""):
    return given(
        logits=normal(images, 1, *pixels, seed=seed),
        x=normal(images, 1, *pixels, seed=seed + 1).sigmoid(),
        mu=normal(images, latents, seed=seed + 2),
        logvar=normal(images, latents, seed=seed + 3),
        beta=beta,
    ).note(note or f"Now the batch holds {images} images, and β = {beta:g}.")


FOUR_PIXELS = {
    "logits": [[[[1.0, -2.0], [0.5, 0.3]]]],
    "x": [[[[1.0, 0.0], [0.0, 0.4]]]],
    "mu": [[1.0, -1.5, 0.5]],
    "logvar": [[-1.0, 0.6, 0.3]],
}


vae_loss = Exercise(
    "The loss of the VAE",
    task="""
        Return the β-VAE's loss, −log p(x|z) + β · KL(q(z|x)‖N(0, I)), in nats for each image: shape (B,). The pixels
        are Bernoulli with log-odds `logits`, shape (B, 1, H, W), and targets `x` in [0, 1]. The encoder said `mu` and
        `logvar` = log σ², shape (B, Z). `beta` is a number ≥ 0.
    """,
    signature="vae_loss(logits, x, mu, logvar, beta)",
    returns=["loss"],
    hints=[
        "Two terms, each a *sum* over the dimensions of one image: pixels in the one, latents in the other. Which of "
        "them does β multiply?",
        "The first is binary cross-entropy with logits, summed over the pixels. The second is "
        "½ Σ (μ² + σ² − 1 − log σ²).",
        'Keep the batch axis in both: `reduction="none"` and `.flatten(1).sum(1)` for the first, `.sum(1)` for the '
        "second. Then both have the shape (B,) and can be added.",
        "`0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)` is the KL. Return the first plus β times it.",
    ],
    probes=[
        given(**FOUR_PIXELS, beta=1.0)
        .gradients("logits", "mu", "logvar")
        .note("Four pixels cost 2.149 together, and three latents have a KL of 2.070."),
        given(logits=[[[[0.0]]]], x=[[[[1.0]]]], mu=[[2.0]], logvar=[[1.0]], beta=1.0).note(
            "One pixel that costs log 2 = 0.693, and one latent whose KL is ½ (4 + e − 1 − 1) = 2.359."
        ),
        given(**FOUR_PIXELS, beta=4.0).note("The same pixels and latents as at first, but now β = 4."),
        _batch(6, (2, 3), 3, 80, 1.0, "Now the batch holds six images."),
        _batch(4, (2, 2), 5, 84, 0.25).double().gradients("logits", "mu", "logvar"),
        _batch(8, (3, 4), 2, 88, 3.0),
        _batch(2, (2, 2), 3, 92, 0.0, "With β = 0 only the reconstruction is left."),
        given(logits=[[[[200.0]]]], x=[[[[0.0]]]], mu=[[0.0]], logvar=[[0.0]], beta=1.0).note(
            "Here a pixel is very sure, and mistaken: 200 nats. In float32 a sigmoid is rounded there, and e²⁰⁰ is ∞: "
            "use the cross-entropy that takes logits."
        ),
    ],
)


@vae_loss.reference
def _(logits, x, mu, logvar, beta):
    nll = F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)
    return nll + beta * kl


@vae_loss.parts("loss")
def _(logits, x, mu, logvar, beta):
    return {"the reconstruction": _costs(logits, x), "the KL": beta * _kls(mu, logvar)}


@vae_loss.terms("loss")
def _(logits, x, mu, logvar, beta):
    nll, kl = _nll(logits, x), _kl(mu, logvar)
    one, half = torch.ones_like(mu), (0.5 * logvar).exp()
    kl_terms = {"μ²": mu**2, "σ²": logvar.exp(), "1": one, "log σ²": logvar, "μ": mu, "σ": half, "σ⁴": half**4}
    kl_terms["exp(σ²)"] = logvar.exp().exp()
    return {
        "nll": nll,
        "β·nll": beta * nll,
        "the KL without β": kl,
        "β²·KL": beta**2 * kl,
        "β·KL/B": beta * kl / len(kl),
        "β": float(beta),
        **{f"β·Σ {name}": beta * term.sum(1) for name, term in kl_terms.items()},
    }


# Sums and means (y0ast/VAE-Torch#11, keras-io#270, pytorch/examples#290, alibi-detect#90)


@vae_loss.mistake(
    """You average the reconstruction over the pixels: that divides it by D. The β really used is D·β: at β = 1 and
    hundreds of pixels the KL wins, and all reconstructions look alike. Sum over the pixels."""
)
def mean_over_pixels(logits, x, mu, logvar, beta):
    return _costs(logits, x).mean(1) + beta * _kl(mu, logvar)


@vae_loss.mistake(
    """Without `reduction` the cross-entropy is one number, the mean over all pixels of the whole batch. So the β really
    used is D·β: at β = 1 and hundreds of pixels the KL wins, and all reconstructions look alike. Sum over the pixels,
    and keep one number for each image."""
)
def default_reduction(logits, x, mu, logvar, beta):
    return F.binary_cross_entropy_with_logits(logits, x) + beta * _kl(mu, logvar).mean()


@vae_loss.mistake(
    """You average the KL over the latents: that divides it by Z, so adding latents would weaken the prior. The β really
    used is β/Z. Sum over the latents."""
)
def mean_over_latents(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * _kls(mu, logvar).mean(1)


@vae_loss.mistake(
    """Each term is the mean over its own elements, pixels or latents. The two divisors differ, so the β really used is
    β·D/Z. Sum over both, and keep one number for each image, shape (B,)."""
)
def each_by_its_own_number(logits, x, mu, logvar, beta):
    return F.binary_cross_entropy_with_logits(logits, x) + beta * _kls(mu, logvar).mean()


@vae_loss.mistake(
    """One number came back, the sum over the batch, which doubles when the batch does; return one for each image, shape
    (B,)."""
)
def summed_over_the_batch(logits, x, mu, logvar, beta):
    return (_nll(logits, x) + beta * _kl(mu, logvar)).sum()


@vae_loss.mistake(
    """One number came back, the mean over the batch; return one for each image, shape (B,). The mean is taken outside,
    in plain sight."""
)
def averaged_over_the_batch(logits, x, mu, logvar, beta):
    return (_nll(logits, x) + beta * _kl(mu, logvar)).mean()


@vae_loss.mistake(
    """The balance is right: you divided *both* terms by the number of pixels, so β is β. But then this is nats per
    pixel. The task asks for nats per image: leave both divisions out."""
)
def everything_per_pixel(logits, x, mu, logvar, beta):
    return (_nll(logits, x) + beta * _kl(mu, logvar)) / x[0].numel()


@vae_loss.mistake(
    """The balance is right, and the number is nats per pixel, averaged over the batch (both terms are divided
    by B·D). The task asks for nats, one number for each image: leave the divisions out."""
)
def everything_per_pixel_and_image(logits, x, mu, logvar, beta):
    return (_nll(logits, x) + beta * _kl(mu, logvar)).mean() / x[0].numel()


@vae_loss.mistake(
    """You divided the KL by the number of pixels (as in the old examples), but summed the reconstruction over them:
    the β really used is β/D. Divide both or none."""
)
def kl_per_pixel(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * _kl(mu, logvar) / x[0].numel()


# Beta


@vae_loss.mistake("""β stands at the reconstruction. It is the weight of the KL: −log p(x|z) + β · KL.""")
def beta_on_the_reconstruction(logits, x, mu, logvar, beta):
    return beta * _nll(logits, x) + _kl(mu, logvar)


# The KL


@vae_loss.mistake(
    """You subtract the KL. The loss is −ELBO = −log p(x|z) *plus* KL: otherwise leaving the prior would be rewarded
    without end. (If you wrote `0.5 * sum(1 + logvar − …)`: that is −KL already.)"""
)
def kl_subtracted(logits, x, mu, logvar, beta):
    return _nll(logits, x) - beta * _kl(mu, logvar)


@vae_loss.mistake("""This is the ELBO (with β), to be maximised. The loss to be minimised is its negative.""")
def elbo_instead_of_loss(logits, x, mu, logvar, beta):
    return -_nll(logits, x) - beta * _kl(mu, logvar)


@vae_loss.mistake("""The KL lacks its ½: ½ Σ (μ² + σ² − 1 − log σ²). So the β really used is 2β.""")
def kl_without_half(logits, x, mu, logvar, beta):
    return _nll(logits, x) + 2 * beta * _kl(mu, logvar)


@vae_loss.mistake(
    """The KL's −1 is missing. It moves no gradient, but it is what makes KL = 0 at μ = 0, σ = 1. Without it each KL is
    Z/2 too large, and with β = 1 minus the loss lies that much further below log p(x)."""
)
def kl_without_one(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * (_kls(mu, logvar) + 0.5).sum(1)


@vae_loss.mistake(
    """The KL's −1 is counted once for the image. Each latent has one: ½ Σ (μ² + σ² − 1 − log σ²) subtracts ½ for every
    dimension. Put it inside the sum."""
)
def kl_one_counted_once(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * 0.5 * ((mu**2 + logvar.exp() - logvar).sum(1) - 1)


@vae_loss.mistake(
    """In the KL, `logvar` is read as log σ: ½ Σ (μ² + σ² − 1) − log σ with σ = exp(logvar). It is log σ², so σ² is
    exp(logvar), and the last term is ½·logvar."""
)
def kl_of_log_std(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * _kl(mu, 2 * logvar)


@vae_loss.mistake(
    """The KL's log term is missing. It is the wall that keeps σ away from 0; without it the VAE turns back into an
    autoencoder with small codes."""
)
def kl_without_log(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * (_kls(mu, logvar) + 0.5 * logvar).sum(1)


@vae_loss.mistake(
    """This is KL(N(0, I)‖q(z|x)), the other direction, which divides by σ². In the ELBO q stands first:
    ½ Σ (μ² + σ² − 1 − log σ²)."""
)
def kl_reversed(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * 0.5 * ((mu**2 + 1) / logvar.exp() - 1 + logvar).sum(1)


# The reconstruction


@vae_loss.mistake(
    """The sigmoid is applied twice in the reconstruction: by you, and again inside `binary_cross_entropy_with_logits`.
    Hand the logits over as they are."""
)
def sigmoid_twice(logits, x, mu, logvar, beta):
    return _nll(logits.sigmoid(), x) + beta * _kl(mu, logvar)


@vae_loss.mistake(
    """The reconstruction is the squared error, a Gaussian's up to constants. These pixels are coins: use the
    cross-entropy."""
)
def squared_error(logits, x, mu, logvar, beta):
    return (logits.sigmoid() - x).square().flatten(1).sum(1) + beta * _kl(mu, logvar)


@vae_loss.mistake(
    """Right until a pixel is very sure: `binary_cross_entropy` on the sigmoid stops at 100 nats, and the pixel's
    gradient at 0. The version `..._with_logits` is exact everywhere."""
)
def capped_at_100(logits, x, mu, logvar, beta):
    return F.binary_cross_entropy(logits.sigmoid(), x, reduction="none").flatten(1).sum(1) + beta * _kl(mu, logvar)


@vae_loss.mistake(
    """Right until a pixel is very sure. There a number is rounded to 0 or grows to ∞ on the way to the logarithm: a
    sigmoid p becomes 0 or 1, so that p or 1 − p is 0, and an exp(logit) becomes ∞. Use the cross-entropy that takes
    logits."""
)
def logarithm_of_the_sigmoid(logits, x, mu, logvar, beta):
    p = logits.sigmoid()
    return -(x * p.log() + (1 - x) * (1 - p).log()).flatten(1).sum(1) + beta * _kl(mu, logvar)
