# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 2, exercise: codes ten times as large, and the same pictures."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault, normal

rescale_codes = Exercise(
    "Codes of any size",
    task="""
        `encoder` and `decoder` are a trained pair: z = encoder(x), x_hat = decoder(z). Each is an `nn.Sequential` that
        begins and ends with an `nn.Linear`. Return another pair (new_encoder, new_decoder), two things one can call
        like the old ones, whose codes are `c` times as large (c > 0) and whose reconstructions are the same for every
        image. The old pair must stay as it is.
    """,
    signature="rescale_codes(encoder, decoder, c)",
    returns=["new_encoder", "new_decoder"],
    may_draw=True,
    hints=[
        "The new encoder gives c·z where the old one gave z. What must happen to c·z before the old decoder "
        "understands it?",
        "The new pair must undo what it does: multiply behind the encoder, divide in front of the decoder.",
        "A function may be made inside a function, `def new_encoder(x): ...` or a `lambda`, and may call the old one. "
        "Give it a name of its own.",
        "new_encoder(x) = c · encoder(x), and new_decoder(z) = decoder(z / c).",
    ],
)

ORDER = "The exercise asks for the pair (new_encoder, new_decoder): two functions, not yet called."
CODES = "The new encoder should return c times what the old one returns for the same image."
DECODER = "The new decoder meets codes that are c times too large for the old one."
BY_NUMBER = (
    "The layers of an `nn.Sequential` have numbers, not names: `encoder[-1]` is the last, `decoder[0]` the first."
)
AT_Z = "what the old one gives at z"
KEPT = "Work with new functions, or on copies (`copy.deepcopy`): whoever called still needs the old pair."


def _trained():
    """Make a trained pair, images of 6 pixels and codes of 3 numbers, the same on every call."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(310)
        encoder = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3))
        decoder = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 6))
    return encoder, decoder


@rescale_codes.probe("Called with a trained pair and c = 10; the new pair is tried on four images")
def _(call):
    yield from _tried(call, 10.0)


@rescale_codes.probe("Called with a trained pair and c = 0.25; the new pair is tried on four images")
def _(call):
    yield from _tried(call, 0.25)


def _tried(call, c):
    """Yield what the new pair does to four images, and what became of the old pair."""
    old, given_pair, x = _trained(), _trained(), normal(4, 6, seed=311)
    encoder, decoder = _pair(_made(call, *given_pair, c))
    with torch.no_grad():
        z = old[0](x)
        right = old[1](z)
    codes = _called(call, encoder, x, (4, 3), "what your encoder returns")
    name, note = _about_codes(codes, z, old[0], x, c)
    yield Fact(f"the codes with c = {c:g}", name, note=note)
    name, note = _about_decoder(call, decoder, old[1], c)
    yield Fact(f"what your decoder gives at c·z with c = {c:g}", name, note=note)
    pictures = _called(call, decoder, codes, (4, 6), "what your decoder returns")
    same = "the same" if _near(pictures, right) else "others"
    yield Fact(f"the reconstructions with c = {c:g}", same, note=DECODER)
    again = _called(call, encoder, x, (4, 3), "what your encoder returns")
    yield Fact("the codes when your encoder is called once more", "the same" if _near(again, codes) else "others")
    kept = all(torch.allclose(a, b, atol=1e-6) for m, n in zip(old, given_pair, strict=True) for a, b in _weights(m, n))
    yield Fact("the weights of the old pair afterwards", "as they were" if kept else "changed", note=KEPT)


def _made(call, encoder, decoder, c):
    """Let the new pair be made; say where the layers of an `nn.Sequential` are if one is asked for by name."""
    try:
        return call(encoder, decoder, c)
    except Fault as fault:
        if fault.kind == "error" and "'Sequential' object has no attribute" in fault.text:
            raise Fault("error", f"{fault.text} {BY_NUMBER}") from None
        raise


def _weights(one, other):
    return zip(one.state_dict().values(), other.state_dict().values(), strict=True)


def _pair(value):
    if not isinstance(value, Sequence) or isinstance(value, (str, nn.Module)) or len(value) != 2:
        raise Fault("form", f"A {kind(value)} came back. {ORDER}")
    called = [part for part in value if isinstance(part, Tensor)]
    if called:
        raise Fault("form", f"A tensor came back in the pair: something is called already. {ORDER}")
    if not all(callable(part) for part in value):
        odd = next(part for part in value if not callable(part))
        raise Fault("form", f"A {kind(odd)} came back in the pair, which cannot be called. {ORDER}")
    return value


RECURSION = (
    " A new function that calls itself does this: inside `encoder = lambda x: c * encoder(x)` the name `encoder` means "
    "the new one. Give the new function another name."
)


def _called(call, function, value, shape, what):
    """Call one of the new pair; explain an endless recursion."""
    try:
        result = call.run(function, value.detach().clone())
    except Fault as fault:
        if fault.kind == "error" and "RecursionError" in fault.text:
            raise Fault("error", fault.text + RECURSION) from None
        if fault.kind == "error" and "shapes cannot be multiplied" in fault.text:
            raise Fault("error", fault.text + _sizes(value)) from None
        raise
    if result is None:
        raise Fault("nothing", "One of your two functions gives nothing back: is a `return` missing?")
    return call.tensor(result, shape, what).detach()


def _sizes(value):
    which = "encoder, was called with images of 6 pixels" if value.shape[1] == 6 else "decoder, was called with 3 codes"
    place = "first" if value.shape[1] == 6 else "second"
    return f" The {place} of your pair, the new {which.replace('3 codes', 'codes of 3 numbers')}. Is the order right?"


def _about_codes(codes, z, encoder, x, c):
    """Say how the codes come from the old ones."""
    if _near(codes, c * z):
        return "c times as large", ""
    with torch.no_grad():
        candidates = _other_codes(z, c) | _codes_of_other_encoders(encoder, z, x, c)
    for name, (value, note) in candidates.items():
        if _near(codes, value):
            return name, f"{note} {CODES}".strip()
    return _scaled(codes, z, c) or "another function of the image", CODES


def _other_codes(z, c):
    """Return what else may be made of the old codes, with a sentence for each."""
    return {
        "as they were": (z, "Your new encoder returns the old codes."),
        "divided by c": (z / c, "It is the other way round: multiply behind the encoder."),
        "c² times as large": (c * c * z, "c is applied twice."),
        "10 times as large": (10 * z, "Use `c`, not a fixed number."),
        "the old ones plus c": (z + c, "Multiply, do not add."),
        "the old ones, brought to the length c": (
            c * nn.functional.normalize(z, dim=1),
            "Each code keeps its own length, times c: nothing is normalised.",
        ),
    }


def _codes_of_other_encoders(encoder, z, x, c):
    """Return the codes of encoders that were changed in another way, with a sentence for each."""
    last, grown = encoder[-1], copy.deepcopy(encoder)
    for parameter in grown.parameters():
        parameter *= c
    both = "A layer's output is weight · input + bias: both must be multiplied."
    bend = "Between the layers comes a bend: scale the last layer alone, or what it returns."
    return {
        "those of c·x": (encoder(c * x), "You multiplied the *image*; the encoder is not linear."),
        "those of x/c": (encoder(x / c), "You divided the *image*; the encoder is not linear."),
        "c times those of x/c": (c * encoder(x / c), "Leave the *image* as it is; the encoder is not linear."),
        "scaled in the weights, but not in the bias": (c * (z - last.bias) + last.bias, both),
        "scaled in the bias, but not in the weights": (z + (c - 1) * last.bias, both),
        "those of an encoder whose weights are all multiplied by c": (grown(x), bend),
        "those of an encoder whose first layer is multiplied by c": (encoder[1:](c * encoder[0](x)), bend),
    }


def _scaled(codes, z, c):
    """Say by which factors the codes are those of the old encoder; empty if they are not."""
    factors = (codes / z).median(0).values
    if _near(codes, factors * z):
        shown = [f"{factor:.3g}".replace("-", "−") for factor in factors.tolist()]
        return f"{shown[0]} times as large" if len(set(shown)) == 1 else f"{', '.join(shown)} times as large"
    added = (codes - c * z).median(0).values
    if _near(codes, c * z + added):
        return "c times as large, and shifted"
    return ""


def _about_decoder(call, decoder, old, c):
    """Say what the new decoder makes of a code c·z, in terms of the old one."""
    z = normal(7, 3, seed=312)
    value = _called(call, decoder, c * z, (7, 6), "what your decoder returns")
    with torch.no_grad():
        candidates = {AT_Z: (old(z), "")} | _other_decoders(old, z, c)
    for name, (other, note) in candidates.items():
        if _near(value, other):
            return name, note if name.startswith(AT_Z) else f"{note} {DECODER}".strip()
    return "something else", DECODER


def _other_decoders(old, z, c):
    """Return what else a new decoder may give at c·z, with a sentence for each."""
    first, last, rest, w = old[0], old[-1], old[1:], c * z
    picture = "The code must be divided, not the picture."
    both = "The code is treated right, but the picture is changed after it."
    bias = "In the decoder's first layer only the weights meet the code; the bias stays as it is."
    return {
        "what the old one gives at c·z": (old(w), "The code is handed on as it came."),
        "what the old one gives at c²·z": (old(c * w), "You multiply once more; the decoder must undo it."),
        "what the old one gives at c·z, divided by c": (old(w) / c, picture),
        "what the old one gives at c·z, times c": (c * old(w), picture),
        "what the old one gives at z, divided by c": (old(z) / c, both),
        "what the old one gives at z, times c": (c * old(z), both),
        "what the old one gives at c²·z, divided by c": (old(c * w) / c, picture),
        "what the old one gives at z/c": (old(z / c), "c is divided out twice."),
        "what the old one gives at c·z/10": (old(w / 10), "Use `c`, not a fixed number."),
        "what the old one gives at c·z − c": (old(w - c), "What was multiplied is undone by a division."),
        "the first layer's bias is divided by c": (rest(first(w) / c), bias),
        "the first layer's weights are multiplied by c": (rest(c * (first(w) - first.bias) + first.bias), ""),
        "the last layer's weights are divided by c": ((old(w) - last.bias) / c + last.bias, picture),
    }


def _near(one, other):
    return bool(torch.allclose(one, other, rtol=1e-4, atol=1e-4))


@rescale_codes.reference
def _(encoder, decoder, c):
    def new_encoder(x):
        return c * encoder(x)

    def new_decoder(z):
        return decoder(z / c)

    return new_encoder, new_decoder


@rescale_codes.mistake(
    """Your codes are c times as large, and the decoder is the old one: it meets codes for which it was not trained, and
    the reconstructions change. It must divide by c first."""
)
def decoder_not_divided(encoder, decoder, c):
    return lambda x: c * encoder(x), decoder


@rescale_codes.mistake(
    """You divide the decoder's *output* by c. Its input is what is c times too large: divide the code before the
    decoder sees it. (For a linear decoder without biases the two agree; this one bends.)"""
)
def reconstructions_divided(encoder, decoder, c):
    return lambda x: c * encoder(x), lambda z: decoder(z) / c


@rescale_codes.mistake(
    """Encoder and decoder both multiply: the old decoder gets codes c² times as large as it knows. What the encoder
    multiplies, the decoder must divide."""
)
def decoder_multiplies(encoder, decoder, c):
    return lambda x: c * encoder(x), lambda z: decoder(c * z)


@rescale_codes.mistake(
    """You divide behind the encoder and multiply in front of the decoder. The reconstructions stay, but the codes get
    smaller by c instead of larger. Exchange the two."""
)
def the_other_way_round(encoder, decoder, c):
    return lambda x: encoder(x) / c, lambda z: decoder(c * z)


@rescale_codes.mistake(
    """You multiply the *image* by c. The encoder is not linear, so its code does not become c times as large (a bias
    alone prevents it). Multiply what comes out of it."""
)
def image_multiplied(encoder, decoder, c):
    return lambda x: encoder(c * x), lambda z: decoder(z / c)


@rescale_codes.mistake(
    """The new pair does what it should, but weights of the old one were changed on the way: whoever still uses it gets
    other codes, or other pictures. Work on copies (`copy.deepcopy`), or wrap the old ones in functions."""
)
def changed_in_place(encoder, decoder, c):
    with torch.no_grad():
        encoder[-1].weight.mul_(c)
        encoder[-1].bias.mul_(c)
        decoder[0].weight.div_(c)
    return encoder, decoder


@rescale_codes.mistake(
    """You scaled the weights of the encoder's last layer, but not its bias: a code is weight · input + bias, and both
    must become c times as large. (In the decoder's first layer only the weights meet the code.)"""
)
def bias_forgotten(encoder, decoder, c):
    encoder, decoder = copy.deepcopy(encoder), copy.deepcopy(decoder)
    with torch.no_grad():
        encoder[-1].weight.mul_(c)
        decoder[0].weight.div_(c)
    return encoder, decoder


@rescale_codes.mistake(
    """You divided the bias of the decoder's first layer, too. Only its weights meet the code: weight · (z/c) + bias. So
    the bias stays."""
)
def decoder_bias_divided(encoder, decoder, c):
    decoder = copy.deepcopy(decoder)
    with torch.no_grad():
        decoder[0].weight.div_(c)
        decoder[0].bias.div_(c)
    return lambda x: c * encoder(x), decoder


@rescale_codes.mistake(
    """You return the pair as it was: codes and reconstructions are the old ones. The codes should be c times as
    large."""
)
def unchanged(encoder, decoder, c):
    return encoder, decoder


@rescale_codes.mistake("""Ten is fixed in your functions. It is the right number only for c = 10: use `c`.""")
def always_ten(encoder, decoder, c):
    return lambda x: 10 * encoder(x), lambda z: decoder(z / 10)


@rescale_codes.mistake(
    """You multiplied the network itself. It is a thing one calls; what can be multiplied is the code that it returns:
    make a function that calls it, and multiply its result."""
)
def network_multiplied(encoder, decoder, c):
    return c * encoder, lambda z: decoder(z / c)
