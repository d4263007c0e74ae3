# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 5, exercise: the Gaussian reconstruction term."""

import math

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

LN9 = math.log(9.0)  # σ = 3: σ, σ² and ½σ² are three different numbers
LOG_2PI = math.log(2 * math.pi)

gaussian_nll = Exercise(
    "The Gaussian reconstruction term",
    task="""
        Every pixel is normal around the decoder's output `x_hat` with variance exp(`logvar`), independently. Return
        −log p(x|z) in nats for each image, shape (B,), with its constant. `x_hat` and `x` have the shape
        (B, C, H, W). `logvar` is a tensor that broadcasts to it: a single number of shape (), one for each image of
        shape (B, 1, 1, 1), or one for each pixel.
    """,
    signature="gaussian_nll(x_hat, x, logvar)",
    returns=["nll"],
    hints=[
        "The density of one pixel is exp(−(x − x̂)²/2σ²) / √(2πσ²). What is minus its logarithm? It has three terms.",
        "½(x − x̂)²/σ² + ½ log σ² + ½ log 2π. And `logvar` is log σ², so what is σ²?",
        "All three terms are there once for *every* pixel. Add them up while they have the shape of x, and only then "
        "sum over all axes but the first.",
        "`0.5 * ((x - x_hat)**2 / logvar.exp() + logvar + log 2π)`, then sum over the pixels. The result may be "
        "negative: it is a density.",
    ],
    probes=[
        given(x_hat=[[[[0.5]]]], x=[[[[2.5]]]], logvar=torch.tensor(LN9))
        .gradients("x_hat", "logvar")
        .note("One pixel with an error of 2 and σ² = 9. Its three terms are 0.222, 1.099 and 0.919."),
        given(x_hat=[[[[0.0, 1.0], [0.5, 2.0]]]], x=[[[[1.0, 1.0], [-0.5, 0.0]]]], logvar=torch.tensor(-0.7)).note(
            "Four pixels with one variance: what one pixel has three terms of, four have twelve."
        ),
        given(x_hat=[[[[0.5, 0.2, 0.1]]]], x=[[[[0.5, 0.5, 0.1]]]], logvar=torch.tensor(-4.0)).note(
            "A density may be greater than 1, so −log p may be negative: here it must be."
        ),
        given(x_hat=normal(3, 1, 2, 2, seed=60), x=normal(3, 1, 2, 2, seed=61), logvar=torch.tensor(0.8)).note(
            "Three images; each has a number of its own."
        ),
        given(
            x_hat=normal(3, 2, 2, 2, seed=65), x=normal(3, 2, 2, 2, seed=66), logvar=normal(3, 1, 1, 1, seed=67)
        ).note(
            "Here `logvar` has one number for each image, shape (B, 1, 1, 1). Put the three terms together while "
            "everything has the shape of x, and sum afterwards: then broadcasting does the rest."
        ),
        given(
            x_hat=normal(4, 2, 3, 2, seed=62), x=normal(4, 2, 3, 2, seed=63), logvar=normal(4, 2, 3, 2, seed=64)
        ).gradients("x_hat", "logvar"),
        given(
            x_hat=normal(9, 1, 3, 4, seed=68), x=normal(9, 1, 3, 4, seed=69), logvar=normal(9, 1, 3, 4, seed=70)
        ).double(),
    ],
)


def _nll(x_hat, x, logvar):
    """Return every pixel's cost, shape (B, C, H, W)."""
    return 0.5 * ((x - x_hat) ** 2 / logvar.exp() + logvar + LOG_2PI)


@gaussian_nll.reference
def _(x_hat, x, logvar):
    nll = 0.5 * ((x - x_hat) ** 2 / logvar.exp() + logvar + math.log(2 * math.pi))
    return nll.flatten(1).sum(dim=1)


@gaussian_nll.terms("nll")
def _(x_hat, x, logvar):
    once = logvar.ndim == 0 or logvar[0].numel() == 1  # for an image; the probes with more come last
    square, logvar = (x - x_hat) ** 2, logvar.expand_as(x)
    terms = {
        "(x − x̂)²/σ²": square / logvar.exp(),
        "log σ²": logvar,
        "log 2π": torch.full_like(x, LOG_2PI),
        "(x − x̂)²": square,
        "(x − x̂)²/σ": square / (0.5 * logvar).exp(),
        "(x − x̂)²/σ⁴": square / (2 * logvar).exp(),
        "(x − x̂)²·σ²": square * logvar.exp(),
        "(x − x̂)²/log σ²": square / logvar,
        "|x − x̂|/σ²": (x - x_hat).abs() / logvar.exp(),
        "(x − x̂)/σ²": (x - x_hat) / logvar.exp(),
        "(x − x̂)²/exp(σ²)": square / logvar.exp().exp(),
        "σ²": logvar.exp(),
    }
    means = {
        "(x − x̂)²/σ²": "the mean of (x − x̂)²/σ²",
        "log σ²": "log σ² (only once)" if once else "the mean of log σ²",
        "log 2π": "log 2π (only once)",
    }
    sums = {f"Σ {name}": term.flatten(1).sum(1) for name, term in terms.items()}
    return sums | {says: terms[name].flatten(1).mean(1) for name, says in means.items()}


@gaussian_nll.mistake(
    """The constant ½ log 2π of each pixel is missing. It moves no gradient, but without it the number is no −log p:
    the ELBO need not be a bound, and a Gaussian could not be compared with anything but another Gaussian."""
)
def no_constant(x_hat, x, logvar):
    return (_nll(x_hat, x, logvar) - 0.5 * LOG_2PI).flatten(1).sum(1)


@gaussian_nll.mistake(
    """The squared error lacks its ½: it is (x − x̂)²/2σ². Without it this term weighs twice too much against log σ²,
    and a learned variance would come out twice too large."""
)
def no_half_on_the_error(x_hat, x, logvar):
    return (_nll(x_hat, x, logvar) + 0.5 * (x - x_hat) ** 2 / logvar.exp()).flatten(1).sum(1)


@gaussian_nll.mistake(
    """The term ½·logvar is missing. It is the price of a wide distribution: without it a model that may choose its
    variance makes it infinite, and every error is forgiven."""
)
def no_log_term(x_hat, x, logvar):
    return (_nll(x_hat, x, logvar) - 0.5 * logvar).flatten(1).sum(1)


@gaussian_nll.mistake(
    """`logvar` is log σ², and you used it as σ: squared below the error, and with another logarithm on top. Start with
    σ² = exp(logvar); log σ² needs no `log`, it is what you were given."""
)
def logvar_as_std(x_hat, x, logvar):
    return (0.5 * ((x - x_hat) / logvar) ** 2 + logvar.log() + 0.5 * LOG_2PI).flatten(1).sum(1)


@gaussian_nll.mistake(
    """`logvar` is log σ², and you used it as σ² itself: below the error, and with another logarithm on top. Undo the
    logarithm first: σ² = exp(logvar); and log σ² is what you were given."""
)
def logvar_as_variance(x_hat, x, logvar):
    return 0.5 * ((x - x_hat) ** 2 / logvar + logvar.log() + LOG_2PI).flatten(1).sum(1)


@gaussian_nll.mistake(
    """You read `logvar` as log σ: your variance is exp(2·logvar), and your log term is logvar instead of ½·logvar. The
    formula would be right for that convention; here it is log σ²."""
)
def logvar_as_log_std(x_hat, x, logvar):
    return _nll(x_hat, x, 2 * logvar).flatten(1).sum(1)


@gaussian_nll.mistake(
    """You used exp(½·logvar), which is σ, wherever σ² belongs: below the error, and in the logarithm. σ² = exp(logvar)
    (`F.gaussian_nll_loss` wants the variance, too)."""
)
def std_as_variance(x_hat, x, logvar):
    return _nll(x_hat, x, 0.5 * logvar).flatten(1).sum(1)


@gaussian_nll.mistake(
    """This is the squared error alone, and `logvar` is not used. It is −log p only up to a factor and a constant, and
    only where σ² is fixed: ½(x − x̂)²/σ² + ½ log σ² + ½ log 2π."""
)
def squared_error_only(x_hat, x, logvar):
    return (x - x_hat).square().flatten(1).sum(1)


@gaussian_nll.mistake(
    """Each image's result is cut off at 0. It is a *density* whose logarithm you take, and a density may be greater
    than 1, so −log p may be negative. Leave it; the cut would stop all learning just where the model gets good."""
)
def clamped_at_zero(x_hat, x, logvar):
    return _nll(x_hat, x, logvar).flatten(1).sum(1).clamp(min=0)


@gaussian_nll.mistake(
    """Negative values of `logvar` are cut off at 0, so the variance cannot be below 1. A negative logvar is no error:
    it says that the variance is below 1, as it should be for pixels in [0, 1]."""
)
def logvar_clamped_at_zero(x_hat, x, logvar):
    return _nll(x_hat, x, logvar.clamp(min=0)).flatten(1).sum(1)


@gaussian_nll.mistake(
    """You averaged over the pixels. The log-densities of independent pixels *add up*; the mean makes this term D times
    smaller, and the KL weighs D times too much."""
)
def mean_over_pixels(x_hat, x, logvar):
    return _nll(x_hat, x, logvar).flatten(1).mean(1)


@gaussian_nll.mistake(
    """You averaged over the pixels and multiplied by 784. That is the sum only where an image has 784 pixels;
    these have fewer. Sum over the pixels: then no number has to be known."""
)
def mean_times_784(x_hat, x, logvar):
    return 784 * _nll(x_hat, x, logvar).flatten(1).mean(1)


@gaussian_nll.mistake(
    """The squared errors are summed over the pixels, but log σ² and log 2π are there only once for the image. Each
    *pixel* has both. Add them before the sum, while everything has the shape of x; that also makes every shape of
    `logvar` fit."""
)
def logs_once(x_hat, x, logvar):
    return 0.5 * (((x - x_hat) ** 2 / logvar.exp()).sum((1, 2, 3)) + logvar + LOG_2PI)


@gaussian_nll.mistake(
    """One number came back for the whole batch: its sum. Return one number for each image, shape (B,)."""
)
def sum_over_the_batch_too(x_hat, x, logvar):
    return _nll(x_hat, x, logvar).sum()


@gaussian_nll.mistake(
    """Nothing is added up: every pixel's cost is there, right and on its own. One image has one density, whose
    logarithm is the sum over its pixels (all axes but the first)."""
)
def not_summed(x_hat, x, logvar):
    return _nll(x_hat, x, logvar)
