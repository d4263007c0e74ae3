# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 2, exercise: the straight way from one image's code to another's."""

import torch
from torch import Tensor

from course_utils.exercises.lesson02.trained_autoencoder import TrainedAutoencoder
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.pixels import made_of
from course_utils.exercises.machine.probes import Fault, normal

SIDE = 28

interpolate = Exercise(
    "From one image to another",
    task="""
        Walk in a straight line from the code of image `a` to the code of image `b`, stop at `n` places at equal
        distances (n ≥ 2), the two ends among them, and decode: return `n` images, shape (n, 1, 28, 28), pixels in
        [0, 1]. The first is the reconstruction of `a`, the last that of `b`. Both images have the shape
        (1, 1, 28, 28). `model.encode(x)` returns codes of shape (B, Z), `model.decode(z)` returns *logits* of shape
        (B, 1, 28, 28).
    """,
    signature="interpolate(model, a, b, n)",
    returns=["images"],
    hints=[
        "Which of the two spaces is the line drawn in: that of the pixels, or that of the codes?",
        "A point of the line is (1 − t)·z_a + t·z_b. Which t gives the first image, which the last, and how many are "
        "there?",
        "`t = torch.linspace(0, 1, n)[:, None]` has the shape (n, 1): with codes of shape (1, Z) it broadcasts to "
        "(n, Z). What `decode` returns are logits.",
        "Encode both, blend the codes, decode all n at once, take the sigmoid.",
    ],
)

LINE = "The codes should lie at equal distances on the straight line from a's code to b's, both ends included."

UPRIGHT = "The codes have the shape (1, Z): n positions fit them as a column, shape (n, 1), for example `t[:, None]`."


@interpolate.probe("Called with two images and n = 5")
def _(call):
    yield from _looked_at(call, 320, 321, 5)


@interpolate.probe("Called with two images and n = 2: only the two ends")
def _(call):
    yield from _looked_at(call, 322, 323, 2)


@interpolate.probe("Called with the first two images exchanged, and n = 8")
def _(call):
    yield from _looked_at(call, 321, 320, 8)


def _looked_at(call, seed_a, seed_b, n):
    """Yield how many images come back, of which shape, and how they are made."""
    model = TrainedAutoencoder(side=SIDE)
    a, b = (normal(1, 1, SIDE, SIDE, seed=seed).sigmoid() for seed in (seed_a, seed_b))
    images = _images(_walked(call, model, a, b, n))
    decoded = torch.cat(model.decoded).detach() if model.decoded else None
    name, note = _made(images, decoded, a, b, n)
    arranged = images.numel() == n * SIDE**2
    yield Fact(f"the number of images with n = {n}", f"{len(images)}", note=_shape_note(images) if arranged else note)
    yield Fact(f"the shape of the images with n = {n}", str(tuple(images.shape)), note=_shape_note(images))
    yield Fact(f"the images with n = {n} are", name, note=note)


def _walked(call, model, a, b, n):
    """Call the function; say of positions that do not fit the codes how to make them fit."""
    try:
        return call(model, a, b, n)
    except Fault as fault:
        if fault.kind == "error" and "must match the size" in fault.text:
            raise Fault("error", f"{fault.text} {UPRIGHT}") from None
        raise


def _images(value):
    if not isinstance(value, Tensor):
        extra = " `torch.cat` makes one tensor of several." if isinstance(value, (list, tuple)) else ""
        raise Fault("form", f"One tensor of images was expected; a {kind(value)} came back.{extra}")
    if value.ndim == 0:
        raise Fault("shape", "The shape of the images should be (n, 1, 28, 28); a single number came back.")
    return value.detach()


def _shape_note(images):
    if images.shape[1:] == (TrainedAutoencoder.latent,):
        return "These are codes: they still have to be decoded."
    return f"Keep the shape (n, 1, 28, 28); yours is {tuple(images.shape)}."


def _blend(one, other, n):
    t = torch.linspace(0, 1, n).reshape(-1, *[1] * (one.ndim - 1))
    return (1 - t) * one + t * other


def _made(images, decoded, a, b, n):
    """Say what the images are, and what that means."""
    model = TrainedAutoencoder(side=SIDE)
    z_a, z_b = model.encode(a), model.encode(b)
    right = _blend(z_a, z_b, n)
    if _alike(images, model.decode(right).sigmoid()):
        return _road(right, z_a, z_b, n)
    for name, (value, note) in _other_ways(model, a, b, n).items():
        if _alike(images, value):
            return name, note
    if decoded is None:
        return "not made by the decoder", "Nothing was decoded: the pictures should come from codes."
    made, why = made_of(images, model.decode(decoded))
    if made == "not one for each decoded code":
        codes = "1 code was" if len(decoded) == 1 else f"{len(decoded)} codes were"
        return made, f"{len(images)} images came back, and {codes} decoded: each image needs its own. {LINE}"
    road, note = _road(decoded, z_a, z_b, n)
    return (road, note) if made == "sigmoid(logits)" else (f"{made}: {road}", f"{why} {note}".strip())


def _other_ways(model, a, b, n):
    """Return what else people call an interpolation, with a sentence for each."""
    codes = [model.encode(image) for image in (a, b)]
    logits = [model.decode(z) for z in codes]
    mixed = _blend(a, b, n)
    pixels = "In the middle both images lie over each other, half as strong. The line should run between the *codes*."
    between = model.decode(_blend(*codes, n)).sigmoid()
    return {
        "a and b themselves at the ends, decoded codes between them": (
            torch.cat([a, between[1:-1], b]),
            "The first and the last image should be decoded, too: they are reconstructions.",
        ),
        "the blended pixels of a and b": (mixed, f"The model is not in them. {pixels}"),
        "the reconstructions of blended pixels": (
            model.decode(model.encode(mixed)).sigmoid(),
            "You blended the pixels and encoded the blends. Their codes do not lie on a straight line: encode a and b, "
            "then blend the codes.",
        ),
        "the blended reconstructions of a and b": (
            _blend(logits[0].sigmoid(), logits[1].sigmoid(), n),
            f"You decoded the two ends and blended the pictures. {pixels}",
        ),
        "made from blended logits": (
            _blend(*logits, n).sigmoid(),
            "You decoded the two ends and blended their logits, pixel by pixel. The line should join the *codes*.",
        ),
    }


def _alike(one, other):
    return one.numel() == other.numel() and bool(torch.allclose(one.flatten().float(), other.flatten(), atol=1e-4))


def _road(decoded, z_a, z_b, n):
    """Say where the decoded codes lie, seen from a's code towards b's, and what is off with that."""
    way = z_b - z_a
    t = ((decoded - z_a) * way).sum(1) / way.square().sum()
    off = (decoded - z_a - t[:, None] * way).norm(dim=1)
    if float(off.max()) > 1e-3 * float(way.norm()):
        return _off_the_line(decoded, z_a, z_b)
    shown = ", ".join(f"{float(x):.2f}".replace("-", "−") for x in t[:12] + 1e-6) + (", …" if len(t) > 12 else "")
    about = _about(t, n)
    return f"decoded codes at t = {shown}", f"t is 0 at a's code and 1 at b's. {about} {LINE}" if about else ""


def _about(t, n):
    """Say what is off with the positions on the line; empty if they are right."""
    if len(t) == n and torch.allclose(t, torch.linspace(0, 1, n), atol=1e-3):
        return ""
    if len(t) > 1 and float((t - t[0]).abs().max()) < 1e-3:
        return "All your codes are one and the same."
    if len(t) == n and torch.allclose(t.flip(0), torch.linspace(0, 1, n), atol=1e-3):
        return "You walk from b to a: the roles of t and 1 − t are exchanged."
    if float(t.min()) < -1e-3 or float(t.max()) > 1 + 1e-3:
        return "Your codes leave the stretch between the two."
    missing = [name for name, end in (("a", 0), ("b", 1)) if float((t - end).abs().min()) > 1e-3]
    if missing:
        return f"{'The two ends are' if len(missing) == 2 else f'The end at {missing[0]} is'} missing."
    return "The distances are not equal." if len(t) == n else f"That is {len(t)} codes, not {n}."


def _off_the_line(decoded, z_a, z_b):
    """Name a well-known way beside the straight one."""
    t = torch.linspace(0, 1, len(decoded))[:, None]
    angle = torch.acos(torch.nn.functional.cosine_similarity(z_a, z_b).clamp(-1, 1))
    arc = (torch.sin((1 - t) * angle) * z_a + torch.sin(t * angle) * z_b) / torch.sin(angle)
    known = {
        "z_a + t·z_b": (z_a + t * z_b, "They end at the sum of the two. Walk along the difference z_b − z_a."),
        "t·(z_b − z_a)": (t * (z_b - z_a), "They start at 0. The way starts at z_a."),
        "t·z_b": (t * z_b, "z_a is not in them."),
        "(1 − t)·z_a": ((1 - t) * z_a, "z_b is not in them."),
        "(1 − t)·z_a + z_b": ((1 - t) * z_a + z_b, "One of the two is not weighted: the weights are 1 − t and t."),
        "t·(z_a + z_b)": (t * (z_a + z_b), "They start at 0, and end at the sum of the two."),
        "z_a + t·(z_a − z_b)": (z_a + t * (z_a - z_b), "They walk away from b: exchange the two in the difference."),
        "codes on an arc": (arc, "That is spherical interpolation; the task asks for the straight line."),
    }
    for name, (codes, note) in known.items():
        if torch.allclose(codes, decoded, atol=1e-3):
            return f"decoded codes {name}".replace("codes codes", "codes"), f"{note} {LINE}"
    return "decoded codes beside the line through the two", LINE


@interpolate.reference
def _(model, a, b, n):
    z_a, z_b = model.encode(a), model.encode(b)
    t = torch.linspace(0, 1, n)[:, None]
    z = (1 - t) * z_a + t * z_b
    return torch.sigmoid(model.decode(z))


def _decoded(model, a, b, t):
    z_a, z_b = model.encode(a), model.encode(b)
    return model.decode((1 - t[:, None]) * z_a + t[:, None] * z_b)


@interpolate.mistake(
    """You blended the *pixels* of the two images; the model is not used. In the middle both lie over each other, half
    as strong. Encode both, blend the codes, decode."""
)
def blended_pixels(model, a, b, n):
    t = torch.linspace(0, 1, n)[:, None, None, None]
    return (1 - t) * a + t * b


@interpolate.mistake(
    """You blended the pixels, and then encoded and decoded each blend. The codes of blended images do not lie on a
    straight line, for the encoder is not linear. Encode a and b, and blend their codes."""
)
def encoded_blends(model, a, b, n):
    return torch.sigmoid(model(_blend(a, b, n)))


@interpolate.mistake(
    """You decoded the two ends and blended the two reconstructions, pixel by pixel: in the middle both lie over each
    other. Blend the codes, and decode every blend."""
)
def blended_reconstructions(model, a, b, n):
    one, other = (torch.sigmoid(model(image)) for image in (a, b))
    return _blend(one, other, n)


@interpolate.mistake(
    """You returned logits. They are log-odds, any number at all; `sigmoid` turns them into pixels in [0, 1]."""
)
def logits_returned(model, a, b, n):
    return _decoded(model, a, b, torch.linspace(0, 1, n))


@interpolate.mistake(
    """The way is right, but you walk it from b to a: t = 0 must give a's code. Exchange t and 1 − t."""
)
def from_b_to_a(model, a, b, n):
    return torch.sigmoid(_decoded(model, a, b, torch.linspace(1, 0, n)))


@interpolate.mistake(
    """Both ends are missing: your first and last images lie between the two, not at them. `torch.linspace(0, 1, n)`
    includes 0 and 1."""
)
def ends_missing(model, a, b, n):
    return torch.sigmoid(_decoded(model, a, b, torch.linspace(0, 1, n + 2)[1:-1]))


@interpolate.mistake(
    """b is never reached: your positions are 0, 1/n, …, (n − 1)/n. With n images there are n − 1 steps between them:
    divide by n − 1, or use `torch.linspace(0, 1, n)`."""
)
def last_end_missing(model, a, b, n):
    return torch.sigmoid(_decoded(model, a, b, torch.arange(n) / n))


@interpolate.mistake(
    """n + 1 images came back: you made n *steps*, and that takes n + 1 positions. n counts the images, both ends
    among them."""
)
def one_too_many(model, a, b, n):
    return torch.sigmoid(_decoded(model, a, b, torch.linspace(0, 1, n + 1)))


@interpolate.mistake("""Both ends came in addition to the n between them: n + 2 images. n counts the ends, too.""")
def ends_on_top(model, a, b, n):
    return torch.sigmoid(_decoded(model, a, b, torch.linspace(0, 1, n + 2)))


@interpolate.mistake(
    """All your images are the reconstruction of `a`: the code of `b` plays no part in them. Blend the two codes."""
)
def one_image_encoded(model, a, b, n):
    return torch.sigmoid(_decoded(model, a, a, torch.linspace(0, 1, n)))
