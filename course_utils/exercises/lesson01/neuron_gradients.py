# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 1, exercise: the gradients of one sigmoid neuron, by the chain rule."""

import math
from functools import lru_cache
from itertools import permutations, product

import torch

from course_utils.exercises.machine.diagnosis import Diagnosed, Diagnosis, alike
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import normal

neuron_gradients = Exercise(
    "The gradients of one neuron",
    task="""
        One neuron, B examples: a = x·w + b and h = σ(a), with σ(a) = 1/(1 + e^(−a)). `x` has the shape (B, D), `w`
        (D,), `b` (), the targets `y` (B,). The loss is the *mean* over the examples of (h − y)². Return the three
        gradients (dL/dw, dL/db, dL/dx), each in the shape of what it belongs to, by the chain rule.
    """,
    signature="neuron_gradients(x, w, b, y)",
    returns=["dL/dw", "dL/db", "dL/dx"],
    axes={"x": "examples inputs", "w": "inputs", "y": "examples"},
    hints=[
        "Go backwards, one step at a time: from L to h, from h to a, from a to w, b and x. Multiply the slopes.",
        "The slope of (h − y)² is 2·(h − y), and the mean divides it by B. The slope of σ, written with what you have: "
        "σ′(a) = h·(1 − h). Their product is dL/da, shape (B,).",
        "a = x·w + b: w moves a by x, b by 1, and x by w. All examples share w and b, so there you add up over the "
        "batch; each example has its own x. (`x @ w` multiplies every row of x by w and adds up, shape (B,). "
        "`da[:, None]` makes a column of (B,), shape (B, 1), to be multiplied by x or w.)",
    ],
)


@neuron_gradients.reference
def _(x, w, b, y):
    h = torch.sigmoid(x @ w + b)
    da = 2 * (h - y) / len(x) * h * (1 - h)  # (B,)
    return da @ x, da.sum(), da[:, None] * w


# What people write: factor · gap · slope · last, over the batch. The right part of each comes first.

GAPS = {
    "(h − y)": lambda a, h, y: h - y,
    "(h − y)²": lambda a, h, y: (h - y) ** 2,
    "(ReLU(a) − y)": lambda a, h, y: a.relu() - y,
    "(a − y)": lambda a, h, y: a - y,
    "(σ(−a) − y)": lambda a, h, y: 1 - h - y,
    "(h + y)": lambda a, h, y: h + y,
    "|h − y|": lambda a, h, y: (h - y).abs(),
    "the sign of (h − y)": lambda a, h, y: (h - y).sign(),
    "(tanh(a) − y)": lambda a, h, y: a.tanh() - y,
    "1": lambda a, h, y: torch.ones_like(y),
    "h": lambda a, h, y: h,
    "y": lambda a, h, y: y,
}
SLOPES = {
    "σ′(a)": lambda a, h, y: h * (1 - h),
    "1": lambda a, h, y: torch.ones_like(y),
    "σ′(h)": lambda a, h, y: h.sigmoid() * (1 - h.sigmoid()),
    "a·(1 − a)": lambda a, h, y: a * (1 - a),
    "(1 − h²)": lambda a, h, y: 1 - h**2,
    "h": lambda a, h, y: h,
    "(1 − h)": lambda a, h, y: 1 - h,
    "e^(−a)": lambda a, h, y: (-a).exp(),
    "y·(1 − y)": lambda a, h, y: y * (1 - y),
    "h/(1 − h)": lambda a, h, y: h / (1 - h),
    "(1 − h)²": lambda a, h, y: (1 - h) ** 2,
    "h²": lambda a, h, y: h**2,
    "σ′(a)²": lambda a, h, y: (h * (1 - h)) ** 2,
    "a": lambda a, h, y: a,
    "tanh′(a)": lambda a, h, y: 1 - a.tanh() ** 2,
    "ReLU′(a)": lambda a, h, y: (a > 0).double(),
    "h·(1 + h)": lambda a, h, y: h * (1 + h),
}
LAST = {  # of each gradient, for da of shape (B,)
    "dL/dw": {
        "x": lambda da, x, w, b: da @ x,
        "1": lambda da, x, w, b: da.sum().expand_as(w),
        "w": lambda da, x, w, b: da.sum() * w,
        "x·w": lambda da, x, w, b: da @ (x * w),
        "x of the last example only": lambda da, x, w, b: da[-1] * x[-1],
        "the mean of x": lambda da, x, w, b: da.sum() * x.mean(0),
    },
    "dL/db": {
        "1": lambda da, x, w, b: da.sum(),
        "b": lambda da, x, w, b: da.sum() * b,
        " of the last example only": lambda da, x, w, b: da[-1],
    },
    "dL/dx": {
        "w": lambda da, x, w, b: da[:, None] * w,
        "1": lambda da, x, w, b: da[:, None].expand_as(x),
        "(the sum of w)": lambda da, x, w, b: da[:, None].expand_as(x) * w.sum(),
        "x": lambda da, x, w, b: da[:, None] * x,
        "x·w": lambda da, x, w, b: da[:, None] * x * w,
    },
}
OVER = {
    1: {"dL/dw": "averaged over the batch", "dL/db": "averaged over the batch", "dL/dx": "each divided by B"},
    0: {"dL/dw": "summed over the batch", "dL/db": "summed over the batch", "dL/dx": "not divided by B"},
    2: {"dL/dw": "averaged twice over the batch", "dL/db": "averaged twice over the batch", "dL/dx": "divided by B²"},
    3: dict.fromkeys(("dL/dw", "dL/db"), "summed over the batch and divided by D") | {"dL/dx": "divided by D"},
}
DIVIDED = {0: "not divided by B", 1: "divided by B", 2: "divided by B²", 3: "divided by D, the number of inputs"}
DIVISORS = {0: lambda x: 1, 1: len, 2: lambda x: len(x) ** 2, 3: lambda x: x.shape[1]}
FACTORS = {2.0: "2·", 1.0: "", -2.0: "−2·", -1.0: "−", 4.0: "4·", 0.5: "½·", -0.5: "−½·", 0.25: "¼·"}
SETTINGS: list[dict[str, torch.Tensor]] = []


@lru_cache(maxsize=3)
def _family(name):
    """List the formulas of a gradient, the nearest to the right one first, and what each gives on all settings."""
    found = {}
    for gap, slope in product(GAPS, SLOPES):
        for last, function in LAST[name].items():
            rows = [(s["x"], _piece(s, gap, slope, function)) for s in SETTINGS]
            for over in OVER:
                found[gap, slope, last, over] = torch.cat([piece / DIVISORS[over](x) for x, piece in rows])
    right = RIGHT[name][1:]
    members = sorted(found, key=lambda member: sum(m != one for m, one in zip(member, right, strict=True)))
    return members, torch.stack([found[member] for member in members])


def _piece(setting, gap, slope, last):
    x, w, b, y = (value.double() for value in setting.values())
    a = x @ w + b
    h = a.sigmoid()
    return last(GAPS[gap](a, h, y) * SLOPES[slope](a, h, y), x, w, b).flatten()


def _formula(name, yours):
    """Find the formula that gives these numbers: (factor, gap, slope, last, over), or None."""
    members, table = _family(name)
    squares = (table * table).sum(1)
    ratio = (table @ yours) / squares.clamp(min=1e-12)
    off = (ratio[:, None] * table - yours).abs().amax(1)
    for index in (off <= 1e-5 * (1 + yours.abs().max())).nonzero().flatten().tolist():
        factor = next((f for f in FACTORS if abs(ratio[index] - f) < 1e-4), None)
        if factor is not None:
            return (factor, *members[index])
    return None


def _written(name, factor, gap, slope, last, over):
    pieces = "·".join(piece for piece in (gap, slope, last) if piece != "1").replace("· ", " ") or "1"
    reduced = DIVIDED[over] if "last example" in last else OVER[over][name]
    return f"{FACTORS[factor]}{pieces}, {reduced}"


RIGHT = {
    "dL/dw": (2.0, "(h − y)", "σ′(a)", "x", 1),
    "dL/db": (2.0, "(h − y)", "σ′(a)", "1", 1),
    "dL/dx": (2.0, "(h − y)", "σ′(a)", "w", 1),
}


def _diagnose(ask):
    results = [ask(*(value.clone() for value in setting.values())) for setting in SETTINGS]
    wanted = [neuron_gradients.answer(**setting) for setting in SETTINGS]
    if any(_in_another_order(*one) for one in zip(wanted, results, strict=True)):
        return "All three are right, but they come in another order: (dL/dw, dL/db, dL/dx) is asked for."
    found = {}
    for number, name in enumerate(RIGHT):
        sides = [[of[number].detach().double().flatten() for of in side] for side in (wanted, results)]
        if all(len(one) == len(other) for one, other in zip(*sides, strict=True)):
            found[name] = torch.cat(sides[1])
    formulas = {name: _formula(name, yours) for name, yours in found.items()}
    of_a = {f and (*f[:3], f[4]) for f in formulas.values()}
    if len(formulas) == 3 and len(of_a) == 1 and all(f and f[3] == RIGHT[n][3] for n, f in formulas.items()):
        return _of_a(formulas["dL/db"])
    return " ".join(filter(None, (_said(name, yours, formulas[name]) for name, yours in found.items())))


def _of_a(formula):
    """Say what the slope at a is, where all three gradients come from the same one, and rightly."""
    of_a = f"{_written('dL/db', *formula).split(',')[0]}, {DIVIDED[formula[4]]}"
    right = f"2·(h − y)·σ′(a), {DIVIDED[1]}"
    return f"All three are those of dL/da = {of_a}; it should be {right}. What follows from it is right."


def _said(name, yours, formula):
    if not yours.any():
        return f"{name} is 0 everywhere in your answer; it should be {_written(name, *RIGHT[name])}."
    if formula:
        right = RIGHT[name]
        text = f"{name} comes out as {_written(name, *formula)}; it should be {_written(name, *right)}."
        return text if formula != right else ""
    members, table = _family(name)
    start = torch.cat([setting[name[-1]].double().flatten() for setting in SETTINGS])
    gradient = table[members.index(RIGHT[name][1:])]
    rate = float(((start - yours) @ gradient) / (gradient @ gradient))
    if abs(rate) > 1e-6 and bool((start - rate * gradient - yours).abs().max() < 1e-5):
        return f"{name} comes out as {name[-1]} after a step downhill; the gradient itself is asked for."
    return ""


def _in_another_order(right, found):
    return not alike(right, found) and any(alike(right, order) for order in permutations(found))


DIAGNOSIS = Diagnosis(_diagnose)


def _probe(x, w, b, y, why):
    setting = {name: torch.as_tensor(value) for name, value in (("x", x), ("w", w), ("b", b), ("y", y))}
    SETTINGS.append(setting)
    neuron_gradients.probes.append(Diagnosed(setting, neuron_gradients.answer(**setting), why, DIAGNOSIS))


_probe(
    [[2.0]],
    [1.0],
    math.log(3) - 2,
    [0.0],
    "a = 1.0986 and h = 0.75. Step by step: dL/dh = 2·0.75 = 1.5, dh/da = 0.75·0.25 = 0.1875; a moves with w by x = 2, "
    "with b by 1, with x by w = 1.",
)
_probe([[1.0, -2.0, 0.5]], [0.5, 0.25, -1.0], 0.75, [1.0], "One example with three inputs: w and x have three slopes.")
_probe(
    [[1.0], [3.0]],
    [-0.5],
    0.25,
    [1.0, 0.0],
    "Two examples of one input each. The loss is their mean: each counts half, in dL/dx as well.",
)
_probe(
    normal(4, 2, seed=131),
    [0.8, -1.7],
    -0.3,
    [0.0, 1.0, 1.0, 0.0],
    "Four examples of two inputs: dL/dw and dL/db add up over the batch, dL/dx keeps a row for each example.",
)
_probe(
    2 * normal(7, 3, seed=132),
    [1.5, 0.4, -0.9],
    0.6,
    [0.2, 0.9, 0.5, 0.0, 1.0, 0.7, 0.3],
    "Seven examples of three inputs.",
)
_probe(
    normal(5, 4, seed=133),
    normal(4, seed=134),
    -0.5,
    normal(5, seed=135).sigmoid(),
    "Five examples of four inputs.",
)


def _pieces(x, w, b, y):
    h = torch.sigmoid(x @ w + b)
    return h - y, h * (1 - h), h


def _from(da, x, w):
    """Return the three gradients that belong to a dL/da of shape (B,)."""
    return da @ x, da.sum(), da[:, None] * w


@neuron_gradients.mistake(
    """σ′ is missing: you go from L to h and from there straight to the weights. Between them a is squeezed by σ; its
    slope, h·(1 − h), is one more factor."""
)
def slope_of_sigma_forgotten(x, w, b, y):
    gap, _, _ = _pieces(x, w, b, y)
    return _from(2 * gap / len(x), x, w)


@neuron_gradients.mistake(
    """These are the gradients of another loss, the cross-entropy: there the slope of σ cancels and h − y is left. The
    loss here is (h − y)², so σ′(a) = h·(1 − h) stays, and so does the 2."""
)
def of_the_cross_entropy(x, w, b, y):
    gap, _, _ = _pieces(x, w, b, y)
    return _from(gap / len(x), x, w)


@neuron_gradients.mistake(
    """You applied σ twice in σ′: your slope is that of σ at h. It is needed at a, where it is σ(a)·(1 − σ(a)), that is
    h·(1 − h): h has been through σ already."""
)
def slope_at_the_output(x, w, b, y):
    gap, _, h = _pieces(x, w, b, y)
    return _from(2 * gap / len(x) * h.sigmoid() * (1 - h.sigmoid()), x, w)


@neuron_gradients.mistake(
    """You put a into h·(1 − h). That short form of σ′ is made for what comes *out* of σ: h·(1 − h), not a·(1 − a)."""
)
def sum_in_place_of_output(x, w, b, y):
    gap, _, _ = _pieces(x, w, b, y)
    a = x @ w + b
    return _from(2 * gap / len(x) * a * (1 - a), x, w)


@neuron_gradients.mistake("""Your slope is 1 − h², which is that of tanh. The slope of σ is h·(1 − h).""")
def slope_of_tanh(x, w, b, y):
    gap, _, h = _pieces(x, w, b, y)
    return _from(2 * gap / len(x) * (1 - h**2), x, w)


@neuron_gradients.mistake(
    """These are the gradients of a neuron without σ, whose output is a itself. Here the output is h = σ(a), both in
    h − y and in the slope h·(1 − h)."""
)
def without_sigma(x, w, b, y):
    return _from(2 * (x @ w + b - y) / len(x), x, w)


@neuron_gradients.mistake(
    """dL/dx is not divided by B. The loss is a mean, so every example counts 1/B in it, and moving one example's x
    moves the loss B times less than its own (h − y)²."""
)
def inputs_without_the_mean(x, w, b, y):
    dw, db, dx = neuron_gradients.answer(x, w, b, y)
    return dw, db, dx * len(x)


@neuron_gradients.mistake(
    """x and w have changed places. In a = x·w + b, w moves a by *x*, so dL/dw holds x; and x moves a by *w*, so dL/dx
    holds w."""
)
def factors_exchanged(x, w, b, y):
    gap, slope, _ = _pieces(x, w, b, y)
    da = 2 * gap * slope / len(x)
    return da.sum() * w, da.sum(), da[:, None] * x


@neuron_gradients.mistake("""Your dL/dx is dL/da, repeated. One step is missing: x moves a by w, so dL/dx = dL/da·w.""")
def inputs_without_weights(x, w, b, y):
    gap, slope, _ = _pieces(x, w, b, y)
    da = 2 * gap * slope / len(x)
    return da @ x, da.sum(), da[:, None].expand_as(x)


@neuron_gradients.mistake(
    """Your dL/dw is dL/db, repeated. One step is missing: w moves a by x, so each example's dL/da is multiplied by its
    x before you add up."""
)
def weights_without_inputs(x, w, b, y):
    gap, slope, _ = _pieces(x, w, b, y)
    da = 2 * gap * slope / len(x)
    return da.sum().expand_as(w), da.sum(), da[:, None] * w
