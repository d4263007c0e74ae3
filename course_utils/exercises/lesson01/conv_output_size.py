# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 1, exercise: how many numbers come out of a convolution."""

import math
from functools import lru_cache
from itertools import product

from course_utils.exercises.machine.counts import Counted, whole_number
from course_utils.exercises.machine.diagnosis import Diagnosis
from course_utils.exercises.machine.exercise import Exercise

conv_output_size = Exercise(
    "The size after a convolution",
    task="""
        Along one axis, an image has `size` pixels. `padding` zeros are put on *each* side of it. A kernel of `kernel`
        weights slides over it in steps of `stride`; neighbouring weights lie `dilation` pixels apart (1 is an ordinary
        kernel). It must lie inside the padded image, and each place gives one number. Return how many come out. All
        arguments are whole numbers.
    """,
    signature="conv_output_size(size, kernel, stride, padding, dilation)",
    may_draw=True,  # a layer that is built and asked draws its weights
    returns=["the output size"],
    hints=[
        "Draw five pixels and a kernel of three, stride 1: at which pixels can the kernel *start*? Now with stride 2.",
        "How many pixels does the kernel cover, from its first weight to its last? Three weights that lie 2 apart "
        "cover five.",
        "The first place is free. The room that is then left behind the kernel, divided by the stride and rounded "
        "down, is the number of further places.",
    ],
)


@conv_output_size.reference
def _(size, kernel, stride, padding, dilation):
    covered = dilation * (kernel - 1) + 1
    return (size + 2 * padding - covered) // stride + 1


# What people write: ⌊(size + zeros − covered + inside)/stride⌋ + outside. The right part of each list comes first.

ZEROS = {
    "2·padding": (lambda p: 2 * p, ""),
    "padding": (lambda p: p, "The zeros stand on both sides, so `padding` counts twice."),
    "0": (lambda p: 0, "The padding is missing: 2·padding zeros make the image longer."),
    "−2·padding": (lambda p: -2 * p, "Padding makes the image longer before the kernel slides over it: + 2·padding."),
    "−padding": (lambda p: -p, "Padding makes the image longer, on both sides: + 2·padding."),
    "4·padding": (lambda p: 4 * p, "`padding` zeros stand on each of two sides: + 2·padding is enough."),
}
_COVERS = "From its first weight to its last, the kernel covers dilation·(kernel − 1) + 1 pixels"
COVERED = {
    "(dilation·(kernel − 1) + 1)": (lambda k, d: d * (k - 1) + 1, ""),
    "kernel": (lambda k, d: k, f"{_COVERS}: a dilated kernel is longer than `kernel`."),
    "dilation·(kernel − 1)": (lambda k, d: d * (k - 1), f"{_COVERS}: the + 1 is for the last weight itself."),
    "dilation·kernel": (lambda k, d: d * k, f"{_COVERS}: between k weights there are k − 1 gaps, not k."),
    "(kernel − 1)": (lambda k, d: k - 1, f"{_COVERS}: without dilation these are `kernel`, not kernel − 1."),
    "(kernel + dilation·(kernel − 1))": (
        lambda k, d: k + d * (k - 1),
        f"{_COVERS}: dilation 1 is the ordinary kernel, so dilation − 1 pixels are left out between two weights.",
    ),
    "(kernel + dilation − 1)": (lambda k, d: k + d - 1, f"{_COVERS}: *every* gap grows, not only one."),
    "(kernel + dilation)": (lambda k, d: k + d, f"{_COVERS}: *every* gap grows, not only one."),
    "(dilation·kernel − 1)": (lambda k, d: d * k - 1, f"{_COVERS}."),
    "(dilation − 1)·(kernel − 1)": (
        lambda k, d: (d - 1) * (k - 1),
        f"{_COVERS}: the weights count, not only the pixels left out between them.",
    ),
    "⌊kernel/2⌋": (lambda k, d: k // 2, f"{_COVERS}; all of it must lie inside, not only the half on one side."),
    "2·⌊kernel/2⌋": (lambda k, d: 2 * (k // 2), f"{_COVERS}."),
    "0": (lambda k, d: 0, f"{_COVERS}. All of it must lie inside, so it cannot start at the last pixels."),
}
_DOWN = "A last step for which the room does not suffice is not made: round down."
ROUNDED = {
    "⌊{}⌋": (math.floor, ""),
    "⌈{}⌉": (math.ceil, _DOWN),
    "round({})": (round, _DOWN),
    "{}": (float, _DOWN),
}
OUTSIDE = {
    1: "",
    0: "The first place needs no step: there is one place more than there are steps.",
    2: "One place is counted twice: the first one, and one more for every step.",
    -1: "The first place needs no step: there is one place more than there are steps.",
}
INSIDE = {
    0: "",
    -1: "Nothing besides what the kernel covers is taken off before the division.",
}

_BRACKETS = "`/` and `//` bind more tightly than + and −: set brackets round all that is to be divided."
_BEFORE = "The padding lies round the image *before* the kernel steps over it: add it before you divide."
OTHERS = (
    ("size + 2·padding − (dilation·(kernel − 1) + 1)//stride + 1", _BRACKETS),
    ("size + 2·padding − dilation·(kernel − 1) − 1//stride + 1", _BRACKETS),
    ("size + 2·padding − kernel//stride + 1", _BRACKETS),
    ("size − kernel + 2·padding//stride + 1", _BRACKETS),
    ("size − (dilation·(kernel − 1) + 1) + 2·padding//stride + 1", _BRACKETS),
    ("(size + 2·padding)//stride − kernel + 1", _BRACKETS),
    ("(size + 2·padding)//stride − (dilation·(kernel − 1) + 1) + 1", _BRACKETS),
    ("(size − (dilation·(kernel − 1) + 1))//stride + 1 + 2·padding", _BEFORE),
    ("(size − kernel)//stride + 1 + 2·padding", _BEFORE),
    ("size + 2·padding − (dilation·(kernel − 1) + 1) + 1", "The stride is missing: it divides the room that is left."),
    ("size + 2·padding − kernel + 1", "The stride is missing: it divides the room that is left."),
)
"""Formulas of another form: Python's own, but for the signs."""

TRIED = list(product((11, 14, 18), (2, 3, 4), (1, 2, 3), (0, 1, 3), (1, 2, 3)))[::7]
"""More settings than the probes have: (size, kernel, stride, padding, dilation)."""


def _evaluated(formula, size, kernel, stride, padding, dilation):
    names = {"size": size, "kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    return eval(formula.replace("·", "*").replace("−", "-"), {}, names)  # noqa: S307 - our own text


def _name(zeros, covered, rounded, inside, outside):
    parts = ["size"]
    parts += [] if zeros == "0" else [f"− {zeros[1:]}" if zeros[0] == "−" else f"+ {zeros}"]
    parts += [] if covered == "0" else [f"− {covered}"]
    parts += [] if not inside else [f"{'+' if inside > 0 else '−'} {abs(inside)}"]
    total = f"({' '.join(parts)})" if len(parts) > 1 else "size"
    behind = "" if not outside else f" {'+' if outside > 0 else '−'} {abs(outside)}"
    return rounded.format(f"{total}/stride") + behind


@lru_cache(maxsize=1)
def _family():
    """Map the numbers of every formula on `TRIED` to its text and the advice; the nearest to the right one wins."""
    lists = [list(ZEROS), list(COVERED), list(ROUNDED), list(INSIDE), list(OUTSIDE)]
    members = sorted(product(*lists), key=lambda member: sum(m != one[0] for m, one in zip(member, lists, strict=True)))
    found = {}
    for zeros, covered, rounded, inside, outside in members:
        numbers = tuple(
            ROUNDED[rounded][0]((n + ZEROS[zeros][0](p) - COVERED[covered][0](k, d) + inside) / s) + outside
            for n, k, s, p, d in TRIED
        )
        advice = [ZEROS[zeros][1], COVERED[covered][1], INSIDE[inside], ROUNDED[rounded][1], OUTSIDE[outside]]
        found.setdefault(numbers, (_name(zeros, covered, rounded, inside, outside), " ".join(filter(None, advice))))
    return found


def _diagnose(ask):
    numbers = tuple(whole_number(ask(*setting)) for setting in TRIED)
    if len(set(numbers)) == 1:
        return f"You return {numbers[0]:.4g} whatever the arguments are."
    for formula, advice in OTHERS:
        if list(numbers) == [_evaluated(formula, *setting) for setting in TRIED]:
            return f"Your numbers are those of {formula}. {advice}"
    formula, advice = _family().get(numbers, ("", ""))
    return f"Your numbers are those of {formula}. {advice}" if advice else ""


DIAGNOSIS = Diagnosis(_diagnose)


def _why(size, kernel, stride, padding, dilation):
    covered, padded = dilation * (kernel - 1) + 1, size + 2 * padding
    places = list(range(0, padded - covered + 1, stride))
    starts = ", ".join(map(str, places)) if len(places) <= 4 else f"{places[0]}, {places[1]}, …, {places[-1]}"
    return (
        f"The padded image has {padded} pixels, 0 to {padded - 1}, and the kernel covers {covered}: it can start at "
        f"{starts}."
    )


def _probe(size, kernel, stride, padding, dilation):
    setting = {"size": size, "kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    right = conv_output_size.answer(**setting)
    conv_output_size.probes.append(Counted(setting, right, _why(**setting), DIAGNOSIS))


for _setting in (
    (5, 3, 1, 0, 1),
    (7, 3, 2, 0, 1),
    (8, 3, 2, 0, 1),
    (6, 3, 1, 1, 1),
    (9, 3, 1, 0, 2),
    (28, 4, 2, 1, 1),
    (28, 3, 2, 1, 1),
    (11, 2, 3, 2, 3),
    (28, 5, 1, 2, 1),
    (16, 5, 3, 4, 2),
    (32, 1, 2, 0, 1),
    (224, 7, 2, 3, 1),
    (4, 4, 4, 0, 1),
    (20, 3, 4, 3, 4),
):
    _probe(*_setting)


@conv_output_size.mistake(
    """You counted the padding on one side only. `padding` zeros stand on *each* side: the image grows by 2·padding."""
)
def padding_on_one_side(size, kernel, stride, padding, dilation):
    return (size + padding - dilation * (kernel - 1) - 1) // stride + 1


@conv_output_size.mistake(
    """Your numbers are those of ⌊(size + 2·padding − covered + 1)/stride⌋: right for stride 1. The first place needs
    no step; only the room *behind* it is divided by the stride. Add the 1 after dividing."""
)
def one_before_dividing(size, kernel, stride, padding, dilation):
    return (size + 2 * padding - dilation * (kernel - 1)) // stride


@conv_output_size.mistake(
    """You count the steps. The kernel also has a place before its first step: places = steps + 1."""
)
def steps_counted(size, kernel, stride, padding, dilation):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride


@conv_output_size.mistake(
    """You let the kernel cover dilation·kernel pixels. Three weights that lie 2 apart cover five, not six: between k
    weights there are k − 1 gaps, so it is dilation·(kernel − 1) + 1."""
)
def one_gap_too_many(size, kernel, stride, padding, dilation):
    return (size + 2 * padding - dilation * kernel) // stride + 1


@conv_output_size.mistake(
    """You rounded up. A last step for which the room does not suffice is not made, so the pixels that are left over
    are not looked at: round down."""
)
def rounded_up(size, kernel, stride, padding, dilation):
    return math.ceil((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1


@conv_output_size.mistake(
    """Your numbers are size/stride, rounded up, whatever the kernel and its padding. That holds only where the padding
    is chosen to make it so, which some libraries call "same". Here it is given: count the places."""
)
def as_if_padded_to_fit(size, kernel, stride, padding, dilation):
    return -(-size // stride)


@conv_output_size.mistake(
    """That is the size after a *transposed* convolution, which spreads each number out. A convolution gathers: count
    the places at which the kernel can lie."""
)
def transposed(size, kernel, stride, padding, dilation):
    return (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1
