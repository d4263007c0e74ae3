# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 2, exercise: the weights of a dense autoencoder, and how many parameters it has, tied or not."""

import math
from collections.abc import Sequence

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault

autoencoder_shapes = Exercise(
    "The weights of an autoencoder",
    task="""
        A dense autoencoder D → H → Z → H → D has four layers `nn.Linear`, each with a bias. Return a pair: the shapes
        of the weight matrices it stores, as a list in the order in which an image passes through them, and the number
        of its parameters, biases included. A shape is written as PyTorch stores it: (numbers out, numbers in). If
        `tied` is True, the decoder stores no matrices: it uses the encoder's, transposed. Each of the four layers has a
        bias of its own all the same.
    """,
    signature="autoencoder_shapes(D, H, Z, tied)",
    returns=["shapes", "parameters"],
    may_draw=True,
    hints=[
        "Follow an image: how many numbers go into each of the four layers, and how many come out?",
        "A layer with I numbers in and O numbers out has a matrix of O rows and I columns, and O biases.",
        "The four layers put out H, Z, H and D numbers: that is how many biases there are. Tying saves matrices, "
        "not biases.",
        "Not tied: (H, D), (Z, H), (H, Z), (D, H). Tied: the first two. Parameters: rows times columns of each, added "
        "up, plus H + Z + H + D.",
    ],
)

SIZES = [(5, 3, 2), (6, 5, 4), (12, 7, 1), (9, 11, 3), (20, 4, 4), (7, 2, 5), (16, 13, 8), (31, 6, 2), (10, 8, 6)]
ORDER = "The exercise asks for the pair (shapes, parameters): a list of shapes, and one number."


@autoencoder_shapes.probe("Called with D = 784, H = 400, Z = 2, tied = False")
def _(call):
    yield from _looked_at(call, 784, 400, 2, False)


@autoencoder_shapes.probe("Called with D = 784, H = 400, Z = 2, tied = True")
def _(call):
    yield from _looked_at(call, 784, 400, 2, True)


@autoencoder_shapes.probe("Called with nine other sizes, tied and not")
def _(call):
    for tied in (False, True):
        about = _about_count(call, tied)
        for sizes in SIZES:
            yield from _looked_at(call, *sizes, tied, about)


def _looked_at(call, D, H, Z, tied, about=""):
    """Yield the shapes and the number that come back for one size."""
    shapes, count = _pair(call(D, H, Z, tied))
    at = f" at D = {D}, H = {H}, Z = {Z}, tied = {tied}" if about else ""
    yield Fact(f"the shapes of the stored weights{at}", _written(shapes), note=_about_shapes(shapes, D, H, Z, tied))
    yield Fact(f"the number of parameters{at}", f"{count:,.10g}", note=about or _about_count(call, tied))


def _pair(value):
    """Return the shapes as a list of tuples and the number, in whatever form they came."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise Fault("form", f"What came back is {_kind(value)}. {ORDER}")
    if _number(value[0]) is not None and _number(value[1]) is None:
        raise Fault("form", f"The two come in the other order. {ORDER}")
    if (count := _number(value[1])) is None:
        raise Fault("form", f"The number of parameters is {_kind(value[1])}. {ORDER}")
    return _shapes(value[0]), count


def _shapes(value):
    value = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise Fault("form", f"The list of shapes is {_kind(value)}. {ORDER}")
    shapes = [tuple(map(_number, shape)) if isinstance(shape, Sequence) else () for shape in value]
    odd = next((thing for thing, shape in zip(value, shapes, strict=True) if not shape or None in shape), None)
    if odd is not None:
        raise Fault("form", f"Each shape should be a pair like (3, 5); in your list stands {_kind(odd)}.")
    return shapes


def _kind(value):
    name = kind(value)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}" if value is not None else name


def _number(value):
    """Return a number if it is one, else None."""
    if isinstance(value, bool) or getattr(value, "ndim", 0) or not hasattr(value, "__float__"):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _written(shapes):
    return ", ".join(f"({', '.join(f'{size:g}' for size in shape)})" for shape in shapes) or "none"


def _about_shapes(shapes, D, H, Z, tied):
    """Say what is off with a list of shapes."""
    encoder, decoder = [(H, D), (Z, H)], [(H, Z), (D, H)]
    right = encoder if tied else encoder + decoder
    if any(len(shape) == 1 for shape in shapes):
        return "The list should hold the matrices only; biases are counted, but not listed."
    if D != 784 and any(784 in shape for shape in shapes):
        return "These are the shapes for D = 784: compute them from the arguments."
    if (Z, D) in shapes or (D, Z) in shapes:
        return "A layer leads from D to Z at once; the hidden layer of H numbers lies between them."
    if shapes[::-1] == right and [shape[::-1] for shape in shapes] == right:
        return (
            "Each shape is turned round, or the list begins at its end (not tied, both look the same). The image meets "
            "the layer from D to H first, and a layer from I to O numbers stores the shape (O, I)."
        )
    if [shape[::-1] for shape in shapes] == right:
        return "Each shape is turned round. A layer from I to O numbers stores O rows and I columns: (out, in)."
    if shapes == [(rows, columns + 1) for rows, columns in right]:
        return "Biases are counted, but they are no column of the matrix: PyTorch stores them apart."
    if H != Z and (H, H) in shapes:
        return (
            "A layer leads from H to H. The network built in the lesson has two hidden layers on each side; this one, "
            "D → H → Z → H → D, has one."
        )
    if shapes and all(len(set(shape) & {D, H, Z}) == 1 and shape[-1] in (D, H, Z) for shape in shapes):
        return "These are the shapes of what flows through the layers. The weights are asked for: (out, in) of each."
    if sorted(shapes) == sorted(right):
        return "These are the right shapes in another order. List them in the order in which an image meets them."
    if tied and len(shapes) == 4:
        return "Tied, the decoder stores no matrices: it borrows the encoder's. Only what is stored is listed."
    if tied and shapes == decoder:
        return "What is stored are the encoder's matrices; the decoder borrows them, transposed."
    if not tied and len(shapes) == 2:
        return "Two matrices are listed; not tied, all four layers store one."
    if not tied and shapes == 2 * encoder:
        return "Your decoder has the shapes of the encoder. It runs the other way: from Z to H, from H to D."
    return "Follow an image: D numbers go into the first layer and H come out, and so on. A shape is (out, in)."


# The number, as a formula

TERMS = {
    "D·H": lambda D, H, Z: D * H,
    "H·Z": lambda D, H, Z: H * Z,
    "D·Z": lambda D, H, Z: D * Z,
    "D": lambda D, H, Z: D,
    "H": lambda D, H, Z: H,
    "Z": lambda D, H, Z: Z,
    "1": lambda D, H, Z: 1,
}
MATRICES = "A matrix has (numbers out) × (numbers in) entries."
BIASES = "A layer has one bias for each number that it puts out."


def _about_count(call, tied):
    """Write the learner's number as a formula, if it is a simple one, and say what is off with it."""
    design = torch.tensor([[term(*sizes) for term in TERMS.values()] for sizes in SIZES], dtype=torch.float64)
    counts = torch.tensor([_pair(call(*sizes, tied))[1] for sizes in SIZES], dtype=torch.float64)
    halves = (2 * torch.linalg.lstsq(design, counts[:, None]).solution[:, 0]).round() / 2
    if not torch.allclose(design @ halves, counts, atol=1e-6):
        return f"{MATRICES} {BIASES}"
    weights = dict(zip(TERMS, halves.tolist(), strict=True))
    return f"With tied = {tied} your number is {_formula(weights)}. {_advice(weights, 1 if tied else 2)}"


def _formula(weights):
    text = ""
    for name, weight in weights.items():
        if weight:
            size = f"{abs(weight):g}" if name == "1" else name if abs(weight) == 1 else f"{abs(weight):g}·{name}"
            text += f" {'−' if weight < 0 else '+'} {size}" if text else f"{'−' if weight < 0 else ''}{size}"
    return text or "0"


def _advice(weights, copies):
    """Say which of its parts is off: matrices before biases."""
    if weights["D·Z"]:
        return "No layer leads from D to Z at once: the hidden layer of H lies between. " + MATRICES
    if not weights["D·H"] and not weights["H·Z"]:
        return f"No matrix is in it. {MATRICES}"
    if (weights["D·H"], weights["H·Z"]) == (3 - copies, 3 - copies):
        if copies == 1:
            return "Tied, the decoder stores no matrices of its own: each one counts once."
        return "Not tied, the decoder stores matrices of its own."
    if weights["D·H"] != copies or weights["H·Z"] != copies:
        return f"Look at the matrices, layer by layer. {MATRICES}"
    biases = weights["D"], weights["H"], weights["Z"]
    if biases == (0, 0, 0) and weights["1"]:
        return f"A layer's bias is not a single number. {BIASES}"
    if biases == (0, 0, 0):
        return f"No bias is in it. {BIASES}"
    if biases == (0, 1, 1):
        return f"Only the encoder's biases are in it. {BIASES} That holds for the decoder's layers, tied or not."
    if biases == (0, 2, 2):
        return f"You counted the encoder's biases twice; the decoder's layers put out H and D numbers. {BIASES}"
    if biases == (1, 2, 2):
        return (
            "Z stands in it twice, and one layer puts out Z numbers. The code itself is no parameter: it is computed."
        )
    if biases == (1, 2, 1):
        return "The matrices and the biases are right, and there is nothing else to learn in these layers."
    return f"The matrices are right; look at the biases. {BIASES}"


@autoencoder_shapes.reference
def _(D, H, Z, tied):
    shapes = [(H, D), (Z, H)]  # the encoder
    if not tied:
        shapes += [(H, Z), (D, H)]  # the decoder's own
    weights = sum(rows * columns for rows, columns in shapes)
    biases = H + Z + H + D  # one for each number that a layer puts out
    return shapes, weights + biases


def _all_shapes(D, H, Z, tied):
    return [(H, D), (Z, H)] if tied else [(H, D), (Z, H), (H, Z), (D, H)]


def _right(D, H, Z, tied):
    return (1 if tied else 2) * (D * H + H * Z) + 2 * H + Z + D


@autoencoder_shapes.mistake(
    """You counted the matrices only. Each layer adds a bias to every number that it puts out: H, Z, H and D of them."""
)
def no_biases(D, H, Z, tied):
    return _all_shapes(D, H, Z, tied), sum(rows * columns for rows, columns in _all_shapes(D, H, Z, tied))


@autoencoder_shapes.mistake(
    """Tied, you dropped the decoder's biases together with its matrices. A transposed matrix can be borrowed from the
    encoder; a bias cannot: the decoder's layers put out H and D numbers, the encoder's H and Z."""
)
def biases_tied_too(D, H, Z, tied):
    return _all_shapes(D, H, Z, tied), _right(D, H, Z, tied) - (H + D if tied else 0)


@autoencoder_shapes.mistake(
    """Tied, you took half of all parameters. Tying halves the *matrices*; the biases all stay."""
)
def halved(D, H, Z, tied):
    return _all_shapes(D, H, Z, tied), _right(D, H, Z, False) // (2 if tied else 1)


@autoencoder_shapes.mistake(
    """You return the same for `tied=True` and `tied=False`: four matrices. Tied, only the encoder's two are stored, and
    the decoder uses them transposed."""
)
def tied_ignored(D, H, Z, tied):
    return _all_shapes(D, H, Z, False), _right(D, H, Z, False)


@autoencoder_shapes.mistake(
    """Each shape is turned round: (numbers in, numbers out), as one writes `nn.Linear(784, 400)`. The matrix that this
    layer stores has a row for each number that comes *out*: (400, 784)."""
)
def numbers_in_first(D, H, Z, tied):
    return [shape[::-1] for shape in _all_shapes(D, H, Z, tied)], _right(D, H, Z, tied)


@autoencoder_shapes.mistake(
    """Not tied, you have the encoder alone. The decoder's two layers store matrices, too: from Z to H, and from H to
    D."""
)
def encoder_alone(D, H, Z, tied):
    return _all_shapes(D, H, Z, True), _right(D, H, Z, True)


@autoencoder_shapes.mistake(
    """Tied, your number is right, but you list the decoder's shapes as stored. It stores none: it uses the encoder's
    matrices, transposed."""
)
def borrowed_shapes_listed(D, H, Z, tied):
    return _all_shapes(D, H, Z, False), _right(D, H, Z, tied)
