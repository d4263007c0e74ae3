# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 3, exercise: the noise dial as a distribution, with the autoencoder where the dial is at 0."""

import math

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact
from course_utils.exercises.machine.probes import given, normal


def _first_z(text):
    """Make a note that also sees results in the other order, and a spread that was measured on a single code."""

    def note(z, logvar):
        if z.ndim < logvar.ndim:
            return "z comes first, then logvar."
        if z.isnan().all() and z.shape[0] == 1:
            return f"{text} Is the spread measured here, on `codes`? One code has none: take `spread`, which is given."
        return text

    return note


noisy_code = Exercise(
    "From a point to a cloud",
    task="""
        Give every latent dimension a noise dial of its own. `codes`, shape (B, Z), are what the encoder gives;
        `spread`, shape (Z,), is their standard deviation in each dimension; `level`, shape (Z,), are the dials (≥ 0):
        dimension j gets noise of the standard deviation σ = level · spread. Return two tensors: `z`, shape (B, Z),
        the codes with this noise, made from the given `eps` ~ N(0, I), shape (B, Z); and `logvar` = log σ², shape
        (Z,). Where a dial is at 0 the autoencoder must come back exactly, and `logvar` must say so. Draw nothing
        yourself.
    """,
    signature="noisy_code(codes, level, spread, eps)",
    returns=["z", "logvar"],
    axes={"level": "latent", "spread": "latent"},
    hints=[
        "First σ: a dial at 0.5 means half of the spread. Then: where does a cloud sit whose middle is the code?",
        "z = code + σ · ε, as the lesson's dial does it. PyTorch stretches σ, shape (Z,), over the batch by itself.",
        "logvar is the logarithm of σ *squared*. For σ = 1 that is 0. And for σ = 0? Ask "
        "`torch.log(torch.tensor(0.0))`.",
    ],
    probes=[
        given(codes=[[1.0, -2.0]], level=[0.5, 1.0], spread=[3.0, 0.4], eps=[[1.0, -2.0]]).note(
            _first_z("Here σ = level · spread is 1.5 and 0.4, so σ² is 2.25 and 0.16.")
        ),
        given(codes=[[0.0], [2.0], [5.0]], level=[0.1], spread=[2.0], eps=[[1.0], [-1.0], [0.0]]).note(
            _first_z("Three codes in one dimension, σ = 0.2. Where ε is 0, z is the code itself.")
        ),
        given(
            codes=normal(5, 3, seed=301, scale=4.0),
            level=[0.05, 0.7, 2.0],
            spread=[4.2, 3.1, 0.25],
            eps=normal(5, 3, seed=302),
        ).note("Five codes in three dimensions, each of which has a σ of its own: 0.21, 2.17 and 0.5."),
    ],
)

POINT = "exactly the code"
EACH = "Each dial stands for its own dimension: one at 0 does not switch the others off, nor on."
GUARD = (
    "A finite logvar always means some noise, σ = exp(½·logvar), however little. Keep nothing away from 0: log 0 = "
    "−∞ is the answer, and exp(−∞) = 0 gives the point back."
)
SAYS_ONE = "logvar = 0 means σ² = e⁰ = 1: a cloud of width 1. No width at all is σ² = 0, whose logarithm is −∞."
NO_NUMBER = (
    "NaN is no number: it comes from 0 · ∞, ∞ − ∞, or the logarithm of something negative. log 0 = −∞ by itself is "
    "none of these; take the logarithm of σ² and multiply it by nothing that is 0."
)


@noisy_code.probe("Called with three codes in two dimensions, level = [0, 0.5], spread = [3, 2]")
def _(call):
    yield from _at_zero(call, torch.tensor([0.0, 0.5]))


@noisy_code.probe("Called with three codes in two dimensions, both dials at 0, spread = [3, 2]")
def _(call):
    yield from _at_zero(call, torch.zeros(2))


noisy_code.probes.append(
    given(
        codes=normal(4, 4, seed=303),
        level=[1.5, 0.3, 0.9, 0.02],
        spread=[0.8, 2.5, 5.0, 1.1],
        eps=normal(4, 4, seed=304),
    )
    .double()
    .note("As many codes as dimensions, in float64: rows are images, columns are dimensions.")
)


def _at_zero(call, level):
    """Yield what z and logvar are where the dial is at 0, and where it is not."""
    codes, spread, eps = normal(3, 2, seed=305, scale=3.0), torch.tensor([3.0, 2.0]), normal(3, 2, seed=306)
    z, logvar = _pair(call, call(codes.clone(), level.clone(), spread.clone(), eps.clone()))
    off = level == 0
    moved = (z - codes)[:, off]
    gap = float(moved.abs().max())
    where = "NaN" if gap != gap else POINT if gap == 0 else f"up to {gap:.3g} away from the code"
    yield Fact("z where the dial is at 0", where, note=_why(gap))
    says, why = _said(logvar[off])
    yield Fact("logvar where the dial is at 0", says, note=why)
    if not off.all():
        yield Fact("z where the dial is at 0.5", z[:, ~off], note=EACH)
        yield Fact("logvar where the dial is at 0.5", logvar[~off], note=EACH)


def _pair(call, value):
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        value = (value, None)  # `tensor` says what is missing
    return call.tensor(value[0], (3, 2), "z").detach(), call.tensor(value[1], (2,), "logvar").detach()


def _why(gap):
    if gap != gap:
        return "z is NaN there, no number: is 0 multiplied by ∞, or divided by 0?"
    if gap < 1e-3:
        return "Nearly, but not to the last bit: is σ kept a little above 0? With σ = 0 the noise σ · ε is exactly 0."
    return "With σ = 0 nothing is added to the code: z is the code, whatever ε is."


def _said(logvar):
    """Write in words what logvar says where σ is 0, and what to say about it."""
    if logvar.isnan().any():
        return "NaN", NO_NUMBER
    value = float(logvar.max())
    if logvar.max() == -torch.inf:
        return "−∞", ""
    if value == 0:
        return "0", SAYS_ONE
    return f"{value:.4g}".replace("-", "−"), GUARD if value < -5 else SAYS_ONE.replace(
        "logvar = 0 means", "Even 0 means"
    )


@noisy_code.reference
def _(codes, level, spread, eps):
    sigma = level * spread
    z = codes + sigma * eps
    logvar = 2 * torch.log(sigma)
    return z, logvar


@noisy_code.terms("z")
def _(codes, level, spread, eps):
    sigma = level * spread
    return {
        "μ": codes,
        "σ·ε": sigma * eps,
        "σ²·ε": sigma**2 * eps,
        "σ": sigma,
        "ε": eps,
        "√σ·ε": sigma.sqrt() * eps,
        "level·ε": level * eps,
        "(level/spread)·ε": level / spread * eps,
        "spread·ε": spread * eps,
        "level·μ": level * codes,
        "μ·σ·ε": codes * sigma * eps,
        "σ·μ": sigma * codes,
    }


@noisy_code.terms("logvar")
def _(codes, level, spread, eps):
    sigma = level * spread
    return {"log level": level.log(), "log spread": spread.log(), "1": 1.0, "σ": sigma, "σ²": sigma**2}


# Asked for in JeremyCCHsu/vae-npvc#11 and its comments.
@noisy_code.mistake(
    """Where the dial is at 0 you set logvar to 0. That is not "no noise": logvar = 0 means σ² = e⁰ = 1. Zero variance
    is logvar = −∞, and the logarithm of 0 gives it by itself."""
)
def zero_for_no_noise(codes, level, spread, eps):
    sigma = level * spread
    return codes + sigma * eps, torch.where(sigma > 0, 2 * sigma.log(), 0.0)


@noisy_code.mistake(
    """You set logvar to 0 to switch the noise off, and made z from it: with logvar = 0, σ is exp(0) = 1, and the code
    is moved. To switch it off, σ must be 0, that is, logvar = −∞."""
)
def switched_off_by_zero(codes, level, spread, eps):
    sigma = level * spread
    logvar = torch.where(sigma > 0, 2 * sigma.log(), 0.0)
    return codes + (0.5 * logvar).exp() * eps, logvar


@noisy_code.mistake(
    """Your logvar is log(1 + σ²), as `log1p` gives it. It has no −∞, but it is another number: at σ = 0 it is 0,
    which reads as σ = 1. Take log σ² as it is; −∞ is allowed."""
)
def log_of_one_more(codes, level, spread, eps):
    sigma = level * spread
    return codes + sigma * eps, torch.log1p(sigma**2)


@noisy_code.mistake(
    """Your noise spreads by σ², as when `exp(logvar)` is taken for the standard deviation. It is the variance: σ is
    its square root, exp(½·logvar). Here σ = level · spread is at hand already."""
)
def spread_by_the_variance(codes, level, spread, eps):
    logvar = 2 * (level * spread).log()
    return codes + logvar.exp() * eps, logvar


@noisy_code.mistake(
    """z is right. What you return as logvar is log σ; asked for is log σ², the logarithm of the variance, which is
    twice that."""
)
def log_of_sigma(codes, level, spread, eps):
    sigma = level * spread
    return codes + sigma * eps, sigma.log()


@noisy_code.mistake(
    """You took the dial's number for σ itself. It counts in units of the codes' own spread: 0.5 means half of the
    spread, so σ = level · spread. (Otherwise 0.5 would be much for narrow codes and next to nothing for wide
    ones.)"""
)
def units_forgotten(codes, level, spread, eps):
    return codes + level * eps, 2 * level.log()


@noisy_code.mistake(
    """You returned the codes themselves as z: the dials move nothing but logvar. Where a dial is above 0, z is drawn
    from a cloud round the code: add σ · ε."""
)
def nothing_added(codes, level, spread, eps):
    return codes.clone(), 2 * (level * spread).log()


@noisy_code.mistake(
    """You added σ and left ε out: every code is moved by the same step, always upwards. That is a shift, no noise.
    Multiply σ by ε."""
)
def noise_left_out(codes, level, spread, eps):
    sigma = level * spread
    return codes + sigma, 2 * sigma.log()


@noisy_code.mistake(
    """You took level · spread for the variance. It is the standard deviation σ, as the task has it; the variance is
    its square."""
)
def sigma_taken_for_the_variance(codes, level, spread, eps):
    variance = level * spread
    return codes + variance.sqrt() * eps, variance.log()


@noisy_code.mistake(
    """You measure the spread on the codes that you are given. A single code has none (NaN), and a few give a poor
    one: `spread` was measured on many, so use that."""
)
def spread_of_the_batch(codes, level, spread, eps):
    sigma = level * codes.std(0)
    return codes + sigma * eps, 2 * sigma.log()


@noisy_code.mistake(
    """An `if` (and so `and`, `or`, `max`) wants one yes or no, and you ask it of a tensor of several numbers: some
    dials may be at 0 and others not. No `if` is needed: where σ is 0, σ · ε is 0, and log 0 is −∞."""
)
def if_of_a_tensor(codes, level, spread, eps):
    sigma = level * spread
    if sigma == 0:
        return codes, torch.full_like(level, -torch.inf)
    return codes + sigma * eps, 2 * sigma.log()


@noisy_code.mistake(
    """`math.log` refuses 0 with an error; `torch.log` of a tensor does not: it returns −∞, which is what a dial at 0
    should give. Use the tensor's own logarithm."""
)
def log_that_refuses_zero(codes, level, spread, eps):
    sigma = level * spread
    logvar = torch.tensor([2 * math.log(number) for number in sigma.tolist()], dtype=codes.dtype)
    return codes + sigma * eps, logvar
