# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 3, exercise: how a network gets rid of a fixed noise without becoming any better."""

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault, normal

rescaling_cheat = Exercise(
    "The rescaling cheat",
    task="""
        A linear autoencoder: z = A x + a, and x̂ = W z + b. Noise of a fixed σ is added to z, which costs σ²‖W‖²_F.
        Be the network that cheats: return new `(A, a, W, b)` of the same shapes, such that without noise every image
        comes out as before, and the noise costs `factor` times less (a number ≥ 1; 100 means a hundredth). Shapes: A
        (Z, D), a (Z,), W (D, Z), b (D,).
    """,
    signature="rescaling_cheat(A, a, W, b, factor)",
    returns=["A", "a", "W", "b"],
    hints=[
        "The noise keeps its size. If the codes lay c times farther apart, it would be c times smaller beside them.",
        "Make z c times as large (all of z: which two of the four make it?), and let the decoder undo that.",
        "W / c makes the price ‖W‖²_F smaller by c², because it is a sum of squares. The task asks for `factor`: "
        "what is c?",
    ],
)

ORDER = "Four tensors are asked for, in the order `A, a, W, b`, and no more: also those that stay as they are."
SAME = "unchanged"


def _case(pixels, latent, factor, *, seed, double=False):
    dtype = torch.float64 if double else torch.float32
    shapes = ((latent, pixels), (latent,), (pixels, latent), (pixels,))
    pair = [normal(*shape, seed=seed + i).to(dtype) for i, shape in enumerate(shapes)]
    x = normal(pixels + 5, pixels, seed=seed + 4).to(dtype)

    @rescaling_cheat.probe(f"Called with a pair for D = {pixels} pixels and Z = {latent}, factor = {factor}")
    def _(call):
        new = _four(call(*(part.clone() for part in pair), factor), pair)
        yield from _facts(pair, new, x, factor)


def _four(value, pair):
    if not isinstance(value, (tuple, list)) or len(value) != 4 or not all(isinstance(v, torch.Tensor) for v in value):
        raise Fault("form", f"{ORDER} What came back: {kind(value)}.")
    for name, part, old in zip("AaWb", value, pair, strict=True):
        if part.shape != old.shape:
            text = f"The shape of {name} should be {tuple(old.shape)}, as it was; it is {tuple(part.shape)}."
            raise Fault("shape", f"{text} (The order is A, a, W, b.)")
        if part.dtype != old.dtype:
            raise Fault("dtype", f"{name} should have the dtype that it had, {old.dtype}; it has {part.dtype}.")
        if not part.isfinite().all():
            raise Fault("not-finite", f"{name} holds numbers that are infinite or NaN. Is something divided by 0?")
    return [part.detach().to(torch.float64) for part in value]


def _facts(pair, new, x, factor):
    """Yield how an image comes out without noise, and what the noise costs; both in words."""
    old = [part.double() for part in pair]
    before, after = (_redrawn(four, x.double()) for four in (old, new))
    done = _done(old, new)
    note = done + _where(old, new, x.double()) + "Without noise the image must come out as before."
    yield Fact("the images without noise", _changed(before, after, old[3]), note=note)
    cheaper = float(old[2].square().sum() / new[2].square().sum().clamp(min=1e-30))
    hit = abs(cheaper / factor - 1) < 1e-3
    yield Fact("the price of the noise", _fall(factor if hit else cheaper), note="" if hit else done + _rule(cheaper))


def _redrawn(four, x):
    A, a, W, b = four
    return (x @ A.T + a) @ W.T + b


def _changed(before, after, b):
    """Say how the images have changed, shape (N, D) each."""
    if torch.allclose(after, before, rtol=1e-4, atol=1e-4 * float(before.abs().max())):
        return SAME
    ratio, moved = _ratio(before - b, after - b), after - before
    if ratio is not None:
        return f"what is added to b is {ratio:.4g} times what it was"
    if torch.allclose(moved, moved[0].expand_as(moved), atol=1e-4):
        return f"all are shifted by the same step, {float(moved[0, 0]):.4g} in the first pixel"
    return f"changed: the first pixel of an image is {float(after[0, 0]):.4g}, it was {float(before[0, 0]):.4g}"


def _done(old, new):
    """Say by what each of the four is multiplied, where it is so."""
    ratios = {name: _ratio(one, other) for name, one, other in zip("AaWb", old, new, strict=True)}
    if any(ratio is None for ratio in ratios.values()):
        return ""
    return "You multiplied " + ", ".join(f"{name} by {ratio:.4g}" for name, ratio in ratios.items()) + ". "


def _ratio(old, new):
    ratio = float((new / old).median())
    return ratio + 0.0 if torch.allclose(new, ratio * old, rtol=1e-3, atol=1e-6) else None


def _where(old, new, x):
    """Say which half of the way is at fault, where the codes are only stretched."""
    stretch = _ratio(x @ old[0].T + old[1], x @ new[0].T + new[1])
    undone = _ratio(old[2], new[2])
    if stretch is None and _ratio(old[0], new[0]) != _ratio(old[1], new[1]):
        return "The code is A x + a: its two parts are not stretched alike, and nothing makes up for it. "
    if stretch is None or undone is None:
        return ""
    says = (
        f"So the codes are {stretch:.4g} times what they were, and the decoder multiplies them by {undone:.4g} times "
        f"what it did: together {stretch * undone:.4g}, "
    )
    if torch.allclose(old[3], new[3], rtol=1e-4):
        return f"{says}where exactly 1 is needed. "
    return f"{says}where exactly 1 is needed. And b has changed: it meets no code, and stays. "


def _fall(times):
    if abs(times - 1) < 5e-4:
        return "the same"
    return f"{times:.4g} times lower" if times >= 0.9995 else f"{1 / times:.4g} times higher"


def _rule(cheaper):
    way = f"falls to 1/{cheaper:.4g}" if cheaper > 1.0005 else f"rises {1 / cheaper:.4g}-fold"
    if abs(cheaper - 1) <= 5e-4:
        return "‖W‖²_F is what it was, so the noise costs what it did. W must become smaller."
    return (
        f"‖W‖²_F {way}. It is a sum of squares: with W / c it falls to 1/c². Choose c so that c² is the factor asked "
        f"for."
    )


for _sizes in (
    (4, 1, 4.0, 331, False),
    (3, 2, 100.0, 341, False),
    (6, 3, 2.5, 351, True),
    (5, 2, 1.0, 361, False),
    (3, 3, 10.0, 381, False),
):
    _case(*_sizes[:3], seed=_sizes[3], double=_sizes[4])


@rescaling_cheat.reference
def _(A, a, W, b, factor):
    c = factor**0.5
    return c * A, c * a, W / c, b


@rescaling_cheat.mistake(
    """You scaled the decoder alone. The noise costs less, but the image without noise is changed, too: what W adds to
    b shrinks. The encoder must send the codes as many times farther."""
)
def decoder_alone(A, a, W, b, factor):
    return A, a, W / factor**0.5, b


@rescaling_cheat.mistake(
    """You scaled the encoder alone: the codes are larger, and the decoder, which knows nothing of it, stretches the
    image. And ‖W‖²_F, the price of the noise, is what it was. Divide W by as much."""
)
def encoder_alone(A, a, W, b, factor):
    c = factor**0.5
    return c * A, c * a, W, b


@rescaling_cheat.mistake(
    """You scaled by the factor itself. The price σ²‖W‖²_F has a square: W / 100 makes the noise 10,000 times cheaper.
    For a hundredth, divide W by 10."""
)
def factor_for_its_root(A, a, W, b, factor):
    return factor * A, factor * a, W / factor, b


@rescaling_cheat.mistake(
    """You went the other way: you pulled the codes together and made W larger, so the noise costs more. Codes must
    move apart (A and a times c), and W must shrink (W / c)."""
)
def other_way_round(A, a, W, b, factor):
    c = factor**0.5
    return A / c, a / c, c * W, b


@rescaling_cheat.mistake(
    """You forgot the encoder's a: the code is A x + a, and only a part of it is stretched. The decoder then shrinks a
    as well, and all images are shifted. Multiply a as you multiply A."""
)
def encoder_bias_forgotten(A, a, W, b, factor):
    c = factor**0.5
    return c * A, a, W / c, b


@rescaling_cheat.mistake(
    """You divided b as well. b is added after W and meets no code: nothing that happens to the codes concerns it.
    Leave it as it is."""
)
def decoder_bias_scaled(A, a, W, b, factor):
    c = factor**0.5
    return c * A, c * a, W / c, b / c


@rescaling_cheat.mistake(
    """You made both the encoder and the decoder smaller, so what W adds to b shrinks twice. What the encoder
    stretches, the decoder must shrink: A and a times c, W divided by c."""
)
def both_smaller(A, a, W, b, factor):
    c = factor**0.5
    return A / c, a / c, W / c, b


@rescaling_cheat.mistake(
    """You gave back what you were given: nothing is cheaper. Stretch the codes, and let the decoder undo it."""
)
def nothing_done(A, a, W, b, factor):
    return A.clone(), a.clone(), W.clone(), b.clone()
