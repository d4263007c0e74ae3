# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 5, exercise: the whole loss, and its traps of sums and means."""

import torch
import torch.nn.functional as F

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal


def _batch(images, pixels, latents, seed, beta):
    return given(
        logits=normal(images, 1, *pixels, seed=seed),
        x=normal(images, 1, *pixels, seed=seed + 1).sigmoid(),
        mu=normal(images, latents, seed=seed + 2),
        logvar=normal(images, latents, seed=seed + 3),
        beta=beta,
    )


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
        given(logits=[[[[0.0]]]], x=[[[[1.0]]]], mu=[[2.0]], logvar=[[1.0]], beta=1.0).note(
            "One pixel that costs log 2 = 0.693, and one latent whose KL is ½ (4 + e − 1 − 1) = 2.359."
        ),
        given(
            logits=[[[[1.0, -2.0], [0.5, 0.3]]]],
            x=[[[[1.0, 0.0], [0.0, 0.4]]]],
            mu=[[1.0, -1.5, 0.5]],
            logvar=[[-1.0, 0.6, 0.3]],
            beta=1.0,
        )
        .gradients("logits", "mu", "logvar")
        .note("Four pixels cost 2.149 together, and three latents have a KL of 2.070."),
        given(
            logits=[[[[1.0, -2.0], [0.5, 0.3]]]],
            x=[[[[1.0, 0.0], [0.0, 0.4]]]],
            mu=[[1.0, -1.5, 0.5]],
            logvar=[[-1.0, 0.6, 0.3]],
            beta=4.0,
        ).note("The same as before, but now β = 4."),
        _batch(4, (2, 3), 3, 80, 1.0).note("Now the batch holds four images."),
        _batch(3, (2, 2), 5, 84, 0.25).double().gradients("logits", "mu", "logvar"),
        _batch(5, (3, 4), 2, 88, 3.0),
        _batch(2, (2, 2), 3, 92, 0.0).note("With β = 0 only the reconstruction is left."),
        given(logits=[[[[200.0]]]], x=[[[[0.0]]]], mu=[[0.0]], logvar=[[0.0]], beta=1.0).note(
            "Here a pixel is very sure, and mistaken: 200 nats. Compute its cost from the logits, without a sigmoid."
        ),
    ],
)


@vae_loss.reference
def _(logits, x, mu, logvar, beta):
    nll = F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)
    return nll + beta * kl


def _costs(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1)


def _nll(logits, x):
    return _costs(logits, x).sum(1)


def _kls(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)


def _kl(mu, logvar):
    return _kls(mu, logvar).sum(1)


# Sums and means: pixels and latents each summed or averaged, the batch kept, averaged or summed in each term. These are
# 36 losses, 35 of them mistakes; each gets its own sentence, put together from what was done.

_PIXELS = "You average the reconstruction over the pixels: that divides it by D."
_LATENTS = "You average the KL over the latents: that divides it by Z, so adding latents would weaken the prior."
_BETA = {
    (
        "mean",
        "sum",
    ): "The β really used is D·β, and with hundreds of pixels the KL wins: all reconstructions look alike.",
    ("sum", "mean"): "The β really used is β/Z.",
    ("mean", "mean"): "The two divisors differ, so the β really used is β·D/Z.",
}
_KEEP = "Keep the batch axis in both terms."
_ALIKE = "Treat the batch alike in both terms, and return one number for each image, shape (B,)."
_LUCK = "The mean of the results is right by luck; none of the numbers belongs to its image."
_BATCH = {
    ("mean", "mean"): (
        "One number came back, the mean over the batch; return one for each image, shape (B,). The mean is taken "
        "outside, in plain sight."
    ),
    ("sum", "sum"): (
        "One number came back, the sum over the batch, which doubles when the batch does; return one for each image, "
        "shape (B,)."
    ),
    ("mean", "kept"): (
        "Your reconstruction term is one number, the mean over the batch, and broadcasting adds it to every image's "
        f"KL. {_LUCK} {_KEEP}"
    ),
    ("sum", "kept"): (
        "Your reconstruction term is one number, the sum over the batch, and broadcasting adds it to every image's "
        f"KL: in the mean B times too much. {_KEEP}"
    ),
    ("kept", "mean"): (
        "Your KL is one number, the mean over the batch, and broadcasting adds it to every image's reconstruction. "
        f"{_LUCK} {_KEEP}"
    ),
    ("kept", "sum"): (
        "Your KL is one number, the sum over the batch, and broadcasting adds it to every image's reconstruction: in "
        f"the mean B times too much. {_KEEP}"
    ),
    ("sum", "mean"): (
        "The reconstruction is summed over the batch, the KL averaged: against it, the KL is divided by B. " + _ALIKE
    ),
    ("mean", "sum"): (
        "The reconstruction is averaged over the batch, the KL summed: against it, the KL is multiplied by B. " + _ALIKE
    ),
}


def _reduced(values, inner, outer):
    rows = values.sum(1) if inner == "sum" else values.mean(1)
    return {"kept": rows, "mean": rows.mean(), "sum": rows.sum()}[outer]


def _declare(pixels, latents, nll_batch, kl_batch):
    """Declare the mistake that treats pixels, latents and the batch this way."""

    def function(logits, x, mu, logvar, beta):
        nll = _reduced(_costs(logits, x), pixels, nll_batch)
        return nll + beta * _reduced(_kls(mu, logvar), latents, kl_batch)

    function.__name__ = f"nll_{pixels}_{nll_batch}_kl_{latents}_{kl_batch}"
    said = [_PIXELS if pixels == "mean" else "", _LATENTS if latents == "mean" else ""]
    said += [_BETA.get((pixels, latents), ""), "" if (pixels, latents) == ("sum", "sum") else "Sum over both."]
    said += ["And:" if any(said) and (nll_batch, kl_batch) in _BATCH else "", _BATCH.get((nll_batch, kl_batch), "")]
    vae_loss.mistake(" ".join(part for part in said if part))(function)


for _treatment in [("kept", "kept"), *_BATCH]:
    for _sums in [("sum", "sum"), *_BETA]:
        if _treatment != ("kept", "kept") or _sums != ("sum", "sum"):
            _declare(*_sums, *_treatment)


@vae_loss.mistake(
    """The balance is right: you divided *both* terms by the number of pixels, so β is β. But then this is nats per
    pixel. The task asks for nats per image: leave both divisions out."""
)
def everything_per_pixel(logits, x, mu, logvar, beta):
    return (_nll(logits, x) + beta * _kl(mu, logvar)) / x[0].numel()


@vae_loss.mistake(
    """The balance is right, and the number is nats per pixel, averaged over the batch (both terms are divided by B·D).
    The task asks for nats, one number for each image: leave the divisions out."""
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


@vae_loss.mistake(
    """β multiplies both terms, so it changes no balance, only the size of the loss. It belongs to the KL."""
)
def beta_on_both(logits, x, mu, logvar, beta):
    return beta * (_nll(logits, x) + _kl(mu, logvar))


@vae_loss.mistake("""This is the loss for β = 1: `beta` is not used. It multiplies the KL.""")
def beta_unused(logits, x, mu, logvar, beta):
    return _nll(logits, x) + _kl(mu, logvar)


@vae_loss.mistake("""β is squared, or applied twice. The KL is multiplied by β once.""")
def beta_twice(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta**2 * _kl(mu, logvar)


@vae_loss.mistake("""You divided the KL by β. A larger β weighs the KL *more*: multiply.""")
def divided_by_beta(logits, x, mu, logvar, beta):
    return _nll(logits, x) + _kl(mu, logvar) / torch.tensor(beta, dtype=x.dtype)


@vae_loss.mistake(
    """You mix the terms as (1 − β) and β. β is no share: at β = 1 the reconstruction would vanish, while the ELBO has
    both terms in full."""
)
def beta_as_a_share(logits, x, mu, logvar, beta):
    return (1 - beta) * _nll(logits, x) + beta * _kl(mu, logvar)


@vae_loss.mistake("""β is added to the KL. It is a factor: β · KL.""")
def beta_added(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta + _kl(mu, logvar)


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


@vae_loss.mistake(
    """The reconstruction has the other sign: log p(x|z) instead of −log p(x|z). Probable images must be cheap."""
)
def reconstruction_negated(logits, x, mu, logvar, beta):
    return -_nll(logits, x) + beta * _kl(mu, logvar)


@vae_loss.mistake("""The KL lacks its ½: ½ Σ (μ² + σ² − 1 − log σ²). So the β really used is 2β.""")
def kl_without_half(logits, x, mu, logvar, beta):
    return _nll(logits, x) + 2 * beta * _kl(mu, logvar)


@vae_loss.mistake(
    """The KL has a factor of 2 too few: ¼ instead of ½. Was it halved twice? So the β really used is β/2."""
)
def kl_halved_twice(logits, x, mu, logvar, beta):
    return _nll(logits, x) + 0.5 * beta * _kl(mu, logvar)


@vae_loss.mistake(
    """The KL's −1 is missing. It moves no gradient, but it is what makes KL = 0 at μ = 0, σ = 1; without it the number
    is no bound on log p(x)."""
)
def kl_without_one(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * (_kls(mu, logvar) + 0.5).sum(1)


@vae_loss.mistake(
    """In the KL, `logvar` is read as log σ: ½ Σ (μ² + σ² − 1) − log σ with σ = exp(logvar). It is log σ², so σ² is
    exp(logvar), and the last term is ½·logvar."""
)
def kl_of_log_std(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * _kl(mu, 2 * logvar)


@vae_loss.mistake(
    """In the KL, log σ² lacks its ½ (or σ² has a ½ and log σ² has none): ½ belongs to all four parts, ½ (μ² + σ² − 1 −
    log σ²)."""
)
def kl_half_on_a_part(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * (_kls(mu, logvar) - 0.5 * logvar).sum(1)


@vae_loss.mistake(
    """The KL's log term is missing. It is the wall that keeps σ away from 0; without it the VAE turns back into an
    autoencoder with small codes."""
)
def kl_without_log(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * (_kls(mu, logvar) + 0.5 * logvar).sum(1)


@vae_loss.mistake("""The KL's log term has the other sign: ½ Σ (μ² + σ² − 1 *−* log σ²). Now a small σ is rewarded.""")
def kl_log_added(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * (_kls(mu, logvar) + logvar).sum(1)


@vae_loss.mistake("""In the KL, μ is not squared. A code far out on the negative side would be rewarded.""")
def kl_mu_not_squared(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * (_kls(mu, logvar) + 0.5 * (mu - mu**2)).sum(1)


@vae_loss.mistake("""In the KL, σ² is squared again: exp(logvar) *is* σ², and needs no power of two.""")
def kl_variance_squared(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * (_kls(mu, logvar) + 0.5 * ((2 * logvar).exp() - logvar.exp())).sum(1)


@vae_loss.mistake("""In the KL stands σ where σ² belongs: exp(½·logvar) instead of exp(logvar).""")
def kl_std_not_squared(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * (_kls(mu, logvar) + 0.5 * ((0.5 * logvar).exp() - logvar.exp())).sum(1)


@vae_loss.mistake(
    """This is KL(N(0, I)‖q(z|x)), the other direction, which divides by σ². In the ELBO q stands first:
    ½ Σ (μ² + σ² − 1 − log σ²)."""
)
def kl_reversed(logits, x, mu, logvar, beta):
    return _nll(logits, x) + beta * 0.5 * ((mu**2 + 1) / logvar.exp() - 1 + logvar).sum(1)


@vae_loss.mistake("""The KL is missing: this is the reconstruction alone, which an autoencoder minimises.""")
def no_kl(logits, x, mu, logvar, beta):
    return _nll(logits, x)


@vae_loss.mistake("""The reconstruction is missing: this is the KL alone, and z would carry nothing.""")
def no_reconstruction(logits, x, mu, logvar, beta):
    return beta * _kl(mu, logvar)


# The reconstruction


@vae_loss.mistake(
    """The sigmoid is applied twice in the reconstruction: by you, and again inside `binary_cross_entropy_with_logits`.
    Hand the logits over as they are."""
)
def sigmoid_twice(logits, x, mu, logvar, beta):
    return _nll(logits.sigmoid(), x) + beta * _kl(mu, logvar)


@vae_loss.mistake("""Logits and picture have changed places in the cross-entropy: the prediction comes first.""")
def arguments_swapped(logits, x, mu, logvar, beta):
    return _nll(x, logits) + beta * _kl(mu, logvar)


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
    """Right until a pixel is very sure: there the sigmoid is rounded to 0 or 1, and its logarithm is −∞. Use the
    cross-entropy that takes logits."""
)
def logarithm_of_the_sigmoid(logits, x, mu, logvar, beta):
    p = logits.sigmoid()
    return -(x * p.log() + (1 - x) * (1 - p).log()).flatten(1).sum(1) + beta * _kl(mu, logvar)
