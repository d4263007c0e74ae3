# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 1, exercise: how far a number looks back through a stack of layers."""

import math
from functools import reduce
from itertools import product

from course_utils.exercises.machine.counts import Counted, whole_number
from course_utils.exercises.machine.diagnosis import Diagnosis
from course_utils.exercises.machine.exercise import Exercise

receptive_field = Exercise(
    "The receptive field of a stack",
    task="""
        `layers` is a list of pairs (kernel, stride), convolutions or poolings one behind the other, the first pair
        nearest to the image. Return how many pixels wide the region of the image is that *one* number behind the last
        layer depends on (along one axis, far from the borders).
    """,
    signature="receptive_field(layers)",
    returns=["the receptive field"],
    may_draw=True,  # a stack that is built and asked draws its weights
    hints=[
        "With no layer, a number is a pixel: it sees 1. One layer with a kernel of 3 makes that 3, whatever its "
        "stride is. A second one, both with stride 1?",
        "A kernel of k sees k numbers of the layer before it. Where these lie one pixel apart in the image, it adds "
        "k − 1 pixels. What if they lie two pixels apart?",
        "Keep two numbers: what is seen so far, and how many pixels apart neighbours lie (the *jump*). A layer's "
        "stride changes the jump for the layers *behind* it.",
    ],
)


@receptive_field.reference
def _(layers):
    field, jump = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump *= stride
    return field


# What people write: a start, what each layer adds, and what its stride does to the jump, before or after.

ADDED = {
    "(kernel − 1)·jump": (lambda k, j: (k - 1) * j, ""),
    "kernel·jump": (lambda k, j: k * j, "A kernel of k spans k − 1 gaps: it adds (k − 1)·jump."),
    "kernel − 1": (lambda k, j: k - 1, "Neighbours may lie further than a pixel apart: each gap is one jump wide."),
    "kernel": (lambda k, j: k, "A kernel of k spans k − 1 gaps, each one jump wide: it adds (k − 1)·jump."),
    "⌊kernel/2⌋·jump": (lambda k, j: k // 2 * j, "A kernel reaches to both sides: it adds (k − 1)·jump."),
    "(kernel·jump − 1)": (lambda k, j: k * j - 1, "A kernel of k spans k − 1 gaps: it adds (k − 1)·jump."),
    "(kernel − 1) + jump": (lambda k, j: k - 1 + j, "Each of the k − 1 gaps is one jump wide: it adds (k − 1)·jump."),
    "(kernel + 1)·jump": (lambda k, j: (k + 1) * j, "A kernel of k spans k − 1 gaps: it adds (k − 1)·jump."),
}
_MULTIPLY = "Jumps multiply: behind strides 2 and 3, neighbours lie 6 pixels apart."
JUMPS = {
    "is multiplied by the stride": (lambda j, s: j * s, ""),
    "grows by the stride": (lambda j, s: j + s, _MULTIPLY),
    "grows by stride − 1": (lambda j, s: j + s - 1, _MULTIPLY),
    "becomes the stride": (lambda j, s: s, _MULTIPLY),
    "is squared and multiplied by the stride": (lambda j, s: j * j * s, _MULTIPLY),
}
_OWN = "A layer's own stride spreads its outputs, not what its kernel sees: it counts for the layers behind it."
WHEN = {"afterwards": "", "first": _OWN}
STARTS = {1: "", 0: "One number alone is one pixel: start at 1.", 2: "One number alone is one pixel: start at 1."}
ENDS = {
    "": (lambda field, jump, stride: field, ""),
    ", and at the end the stride of the last layer counts as a factor": (
        lambda field, jump, stride: field * stride,
        "Nothing stands behind the last layer, so its stride spreads nothing.",
    ),
    ", and at the end the jump is added": (
        lambda field, jump, stride: field + jump,
        "One number is asked for, not two neighbours: the last jump is not looked across.",
    ),
}


def _by(layers, start, added, jumps, when, end):
    field, jump = start, 1
    for kernel, stride in layers:
        after = JUMPS[jumps][0](jump, stride)
        field += ADDED[added][0](kernel, after if when == "first" else jump)
        jump = after
    return ENDS[end][0](field, jump, layers[-1][1])


TRIED = (
    [(3, 1)],
    [(3, 2)],
    [(3, 1), (3, 1)],
    [(3, 1), (2, 2), (3, 1)],
    [(2, 2), (5, 3), (3, 1)],
    [(3, 2), (3, 2), (3, 2)],
    [(4, 3), (3, 1), (2, 2), (5, 1)],
    [(3, 2), (1, 1), (4, 2), (6, 3)],
)


def _family():
    lists = [list(STARTS), list(ADDED), list(JUMPS), list(WHEN), list(ENDS)]
    members = [
        (a, b, c, d, e) for a in lists[0] for b in lists[1] for c in lists[2] for d in lists[3] for e in lists[4]
    ]
    return sorted(members, key=lambda member: sum(m != one[0] for m, one in zip(member, lists, strict=True)))


def _diagnose(call):
    def ask(layers):
        return whole_number(call(list(layers)))

    numbers = [ask(layers) for layers in TRIED]
    if len(set(numbers)) == 1:
        return f"You return {numbers[0]:.4g} whatever the layers are."
    for member in _family():
        if numbers == [_by(layers, *member) for layers in TRIED]:
            return _said(*member)
    if all(ask([(s, k) for k, s in layers]) == receptive_field.answer(layers) for layers in TRIED):
        return "Your numbers are those for pairs of (stride, kernel); here the kernel comes first."
    return _deaf(ask) or _carried(ask) or _almost(ask)


def _deaf(ask):
    """Name the layers that change nothing in the answer, or say that no stride does."""
    stack = [(4, 3), (3, 1), (2, 2), (5, 1)]
    deaf = [i for i, (k, s) in enumerate(stack) if ask([*stack[:i], (k + 9, s), *stack[i + 1 :]]) == ask(stack)]
    if len(deaf) == len(stack):
        return "The kernels change nothing in your answer. A kernel of k sees k numbers of the layer before it."
    if deaf:
        which = ", ".join(("first", "second", "third", "last")[i] for i in deaf)
        return f"In a stack of four, these layers' kernels change nothing in your answer: {which}. Are they left out?"
    if all(ask(layers) == ask([(k, s + 1) for k, s in layers]) for layers in TRIED):
        return "The strides change nothing in your answer. Behind a stride, neighbours lie further apart in the image."
    return ""


RULES = {
    "field·stride + kernel − 1": lambda field, k, s: field * s + k - 1,
    "field·stride + kernel": lambda field, k, s: field * s + k,
    "(field + kernel − 1)·stride": lambda field, k, s: (field + k - 1) * s,
    "(field − 1)·stride + kernel − 1": lambda field, k, s: (field - 1) * s + k - 1,
    "(field − 1)·stride + kernel": lambda field, k, s: (field - 1) * s + k,
    "field + (kernel − 1)·field": lambda field, k, s: field * k,
    "field·stride + (kernel − 1)·stride": lambda field, k, s: field * s + (k - 1) * s,
    "(field − 1)·kernel + stride": lambda field, k, s: (field - 1) * k + s,
    "field·kernel + stride": lambda field, k, s: field * k + s,
}


def _carried(ask):
    """Recognise a rule that carries the field from layer to layer, from either end."""
    numbers = [ask(layers) for layers in TRIED]
    for (text, rule), order, start in product(RULES.items(), (1, -1), (1, 0)):
        if numbers == [reduce(lambda f, kernel: rule(f, *kernel), layers[::order], start) for layers in TRIED]:
            ends = "first layer to the last" if order == 1 else "last layer to the first"
            return (
                f"Your numbers are those of field → {text}, carried from the {ends}, with {start} at the start. Such a "
                "rule goes from the last layer to the first; start at 1, with field → (field − 1)·stride + kernel."
            )
    return ""


def _almost(ask):
    fields = [receptive_field.answer(layers) for layers in TRIED]
    if all(ask(layers) == field + layers[0][0] - 1 for layers, field in zip(TRIED, fields, strict=True)):
        return "The first layer counts twice in your answer."
    if all(ask(layers) == (field - 1) // 2 for layers, field in zip(TRIED, fields, strict=True)):
        return "You return how far the field reaches to one side of its middle. All of it is asked for, both sides."
    if all(ask(layers) == ask(layers[::-1]) for layers in TRIED):
        return (
            "Your answer is the same if the layers come in the opposite order. A stride counts only behind its layer."
        )
    return ""


def _said(start, added, jumps, when, end):
    advice = [STARTS[start], ADDED[added][1], JUMPS[jumps][1], WHEN[when], ENDS[end][1]]
    said = " ".join(text for text in advice if text)
    order = "before" if when == "first" else "after"
    return said and (
        f"Your numbers are those of a field that starts at {start} and grows by {added} in each layer. (The jump "
        f"{jumps}, {order} the kernel is counted{end}.) {said}"
    )


DIAGNOSIS = Diagnosis(_diagnose)


def _probe(layers):
    right = receptive_field.answer(layers)
    seen = [1] + [receptive_field.answer(layers[: i + 1]) for i in range(len(layers))]
    jumps = [math.prod(stride for _, stride in layers[:i]) for i in range(len(layers))]
    steps = [f"then {a} + {k - 1}·{j} = {b}" for a, b, (k, _), j in zip(seen, seen[1:], layers, jumps, strict=False)]
    why = f"Layer by layer, a number sees 1 pixel, {', '.join(steps)}."
    receptive_field.probes.append(Counted({"layers": layers}, right, why, DIAGNOSIS))


for _layers in (
    [(3, 1)],
    [(3, 2)],
    [(3, 1), (3, 1)],
    [(3, 1), (3, 1), (3, 1)],
    [(2, 2), (3, 1)],
    [(3, 1), (2, 2), (5, 1)],
    [(3, 2), (3, 2), (3, 2)],
    [(4, 2), (4, 2), (3, 1)],
    [(1, 1), (5, 2), (1, 2), (2, 1)],
    [(7, 2), (3, 2), (3, 1), (3, 2), (3, 1)],
    [(4, 3), (2, 2), (2, 1), (2, 1)],
    [(7, 2), (3, 2), (3, 1), (3, 2), (3, 1), (3, 2), (3, 1)],  # 91 pixels: more than many a picture that is tried out
):
    _probe(_layers)


def _kernels(layers):
    return [kernel for kernel, _ in layers]


@receptive_field.mistake(
    """You multiplied the kernels. A second layer does look at `kernel` numbers, but what these see overlaps: two
    kernels of 3 with stride 1 see 5 pixels, not 9."""
)
def product_of_kernels(layers):
    return math.prod(_kernels(layers))


@receptive_field.mistake(
    """You added up the kernels. What neighbours see overlaps: two kernels of 3 with stride 1 see 5 pixels, not 6, since
    a kernel of k adds k − 1. And behind a stride the neighbours lie further apart."""
)
def sum_of_kernels(layers):
    return sum(_kernels(layers))


@receptive_field.mistake(
    """That is right where every stride is 1. Behind a layer of stride 2, neighbours lie two pixels apart, and a kernel
    of k then adds (k − 1)·2."""
)
def strides_ignored(layers):
    return 1 + sum(kernel - 1 for kernel in _kernels(layers))


@receptive_field.mistake(
    """You let each stride count one layer too early. A layer's own stride does not change what *its* kernel sees: it
    spreads the numbers that the layers behind it read. Change the jump after the field."""
)
def stride_too_early(layers):
    field, jump = 1, 1
    for kernel, stride in layers:
        jump *= stride
        field += (kernel - 1) * jump
    return field


@receptive_field.mistake(
    """You multiply by the last stride, too. It spreads the numbers behind the last layer; one of them alone sees no
    more for it."""
)
def last_stride_counted(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return field * layers[-1][1]


@receptive_field.mistake(
    """You take the layers from the other end. With field → (field − 1)·stride + kernel one begins *behind the last*
    layer, with 1, and goes towards the image; with a jump one begins at the image, with the first pair."""
)
def backward_recursion_forwards(layers):
    field = 1
    for kernel, stride in layers:
        field = (field - 1) * stride + kernel
    return field


@receptive_field.mistake(
    """Your numbers are those of field → field·stride + kernel − 1, carried from the last layer to the first. There is
    one stride too much in it: between `field` numbers there are field − 1 gaps, so (field − 1)·stride + kernel."""
)
def one_gap_too_many(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = field * stride + kernel - 1
    return field


@receptive_field.mistake(
    """You return the jump, the product of the strides: how far apart two neighbours look. The field is how far *one*
    of them looks, and for that the kernels count."""
)
def jump_only(layers):
    return math.prod(stride for _, stride in layers)


@receptive_field.mistake(
    """You add the jumps up. They multiply: behind two layers of stride 2, neighbours lie 4 pixels apart, and behind
    three, 8."""
)
def jumps_added(layers):
    field, jump = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump += stride - 1
    return field
