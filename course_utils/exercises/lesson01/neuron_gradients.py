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
        One neuron, B examples: z = x·w + b and a = σ(z), with σ(z) = 1/(1 + e^(−z)). `x` has the shape (B, D), `w`
        (D,), `b` (), the targets `y` (B,). The loss is the *mean* over the batch of (a − y)². Return the three
        gradients (dL/dw, dL/db, dL/dx), each in the shape of what it belongs to, by the chain rule.
    """,
    signature="neuron_gradients(x, w, b, y)",
    returns=["dL/dw", "dL/db", "dL/dx"],
    axes={"x": "examples inputs", "w": "inputs", "y": "examples"},
    hints=[
        "Go backwards, one step at a time: from L to a, from a to z, from z to w, b and x. Multiply the slopes.",
        "The slope of (a − y)² is 2·(a − y), and the mean divides it by B. The slope of σ, written with what you have: "
        "σ′(z) = a·(1 − a). Their product is dL/dz, shape (B,).",
        "z = x·w + b: w moves z by x, b by 1, and x by w. All examples share w and b, so there you add up over the "
        "batch; each example has its own x.",
    ],
)


@neuron_gradients.reference
def _(x, w, b, y):
    a = torch.sigmoid(x @ w + b)
    dz = 2 * (a - y) / len(x) * a * (1 - a)  # (B,)
    return dz @ x, dz.sum(), dz[:, None] * w


# What people write: factor · gap · slope · last, over the batch. The right part of each comes first.

GAPS = {
    "(a − y)": lambda z, a, y: a - y,
    "(a − y)²": lambda z, a, y: (a - y) ** 2,
    "(z − y)": lambda z, a, y: z - y,
    "(σ(−z) − y)": lambda z, a, y: 1 - a - y,
    "(a + y)": lambda z, a, y: a + y,
    "|a − y|": lambda z, a, y: (a - y).abs(),
    "the sign of (a − y)": lambda z, a, y: (a - y).sign(),
    "1": lambda z, a, y: torch.ones_like(y),
    "a": lambda z, a, y: a,
    "y": lambda z, a, y: y,
}
SLOPES = {
    "σ′(z)": lambda z, a, y: a * (1 - a),
    "1": lambda z, a, y: torch.ones_like(y),
    "σ′(a)": lambda z, a, y: a.sigmoid() * (1 - a.sigmoid()),
    "z·(1 − z)": lambda z, a, y: z * (1 - z),
    "(1 − a²)": lambda z, a, y: 1 - a**2,
    "a": lambda z, a, y: a,
    "(1 − a)": lambda z, a, y: 1 - a,
    "e^(−z)": lambda z, a, y: (-z).exp(),
    "y·(1 − y)": lambda z, a, y: y * (1 - y),
    "a/(1 − a)": lambda z, a, y: a / (1 - a),
    "(1 − a)²": lambda z, a, y: (1 - a) ** 2,
    "a²": lambda z, a, y: a**2,
    "σ′(z)²": lambda z, a, y: (a * (1 - a)) ** 2,
    "z": lambda z, a, y: z,
    "a·(1 + a)": lambda z, a, y: a * (1 + a),
}
LAST = {  # of each gradient, for dz of shape (B,)
    "dL/dw": {
        "x": lambda dz, x, w, b: dz @ x,
        "1": lambda dz, x, w, b: dz.sum().expand_as(w),
        "w": lambda dz, x, w, b: dz.sum() * w,
        "x·w": lambda dz, x, w, b: dz @ (x * w),
        "x of the last example only": lambda dz, x, w, b: dz[-1] * x[-1],
        "the mean of x": lambda dz, x, w, b: dz.sum() * x.mean(0),
    },
    "dL/db": {
        "1": lambda dz, x, w, b: dz.sum(),
        "b": lambda dz, x, w, b: dz.sum() * b,
        " of the last example only": lambda dz, x, w, b: dz[-1],
    },
    "dL/dx": {
        "w": lambda dz, x, w, b: dz[:, None] * w,
        "1": lambda dz, x, w, b: dz[:, None].expand_as(x),
        "(the sum of w)": lambda dz, x, w, b: dz[:, None].expand_as(x) * w.sum(),
        "x": lambda dz, x, w, b: dz[:, None] * x,
        "x·w": lambda dz, x, w, b: dz[:, None] * x * w,
    },
}
OVER = {
    1: {"dL/dw": "averaged over the batch", "dL/db": "averaged over the batch", "dL/dx": "each divided by B"},
    0: {"dL/dw": "summed over the batch", "dL/db": "summed over the batch", "dL/dx": "not divided by B"},
    2: {"dL/dw": "averaged twice over the batch", "dL/db": "averaged twice over the batch", "dL/dx": "divided by B²"},
}
DIVIDED = {0: "not divided by B", 1: "divided by B", 2: "divided by B²"}
FACTORS = {2.0: "2·", 1.0: "", -2.0: "−2·", -1.0: "−", 4.0: "4·", 0.5: "½·", -0.5: "−½·", 0.25: "¼·"}
SETTINGS: list[dict[str, torch.Tensor]] = []


@lru_cache(maxsize=3)
def _family(name):
    """List the formulas of a gradient, the nearest to the right one first, and what each gives on all settings."""
    found = {}
    for gap, slope in product(GAPS, SLOPES):
        for last, function in LAST[name].items():
            rows = [(len(s["x"]), _piece(s, gap, slope, function)) for s in SETTINGS]
            for power in OVER:
                found[gap, slope, last, power] = torch.cat([piece / count**power for count, piece in rows])
    right = RIGHT[name][1:]
    members = sorted(found, key=lambda member: sum(m != one for m, one in zip(member, right, strict=True)))
    return members, torch.stack([found[member] for member in members])


def _piece(setting, gap, slope, last):
    x, w, b, y = (value.double() for value in setting.values())
    z = x @ w + b
    a = z.sigmoid()
    return last(GAPS[gap](z, a, y) * SLOPES[slope](z, a, y), x, w, b).flatten()


def _formula(name, yours):
    """Find the formula that gives these numbers: (factor, gap, slope, last, power), or None."""
    members, table = _family(name)
    squares = (table * table).sum(1)
    ratio = (table @ yours) / squares.clamp(min=1e-12)
    off = (ratio[:, None] * table - yours).abs().amax(1)
    for index in (off <= 1e-5 * (1 + yours.abs().max())).nonzero().flatten().tolist():
        factor = next((f for f in FACTORS if abs(ratio[index] - f) < 1e-4), None)
        if factor is not None:
            return (factor, *members[index])
    return None


def _written(name, factor, gap, slope, last, power):
    pieces = "·".join(piece for piece in (gap, slope, last) if piece != "1").replace("· ", " ") or "1"
    over = DIVIDED[power] if "last example" in last else OVER[power][name]
    return f"{FACTORS[factor]}{pieces}, {over}"


RIGHT = {
    "dL/dw": (2.0, "(a − y)", "σ′(z)", "x", 1),
    "dL/db": (2.0, "(a − y)", "σ′(z)", "1", 1),
    "dL/dx": (2.0, "(a − y)", "σ′(z)", "w", 1),
}


def _diagnose(ask):
    results = [ask(*(value.clone() for value in setting.values())) for setting in SETTINGS]
    wanted = [neuron_gradients.answer(**setting) for setting in SETTINGS]
    if any(_in_another_order(*one) for one in zip(wanted, results, strict=True)):
        return "All three are right, but they come in another order: (dL/dw, dL/db, dL/dx) is asked for."
    found = {}
    for number, name in enumerate(RIGHT):
        sides = [[of[number].detach().double().flatten() for of in side] for side in (wanted, results)]
        if all(len(a) == len(b) for a, b in zip(*sides, strict=True)):
            found[name] = torch.cat(sides[1])
    formulas = {name: _formula(name, yours) for name, yours in found.items()}
    of_z = {f and (*f[:3], f[4]) for f in formulas.values()}
    if len(formulas) == 3 and len(of_z) == 1 and all(f and f[3] == RIGHT[n][3] for n, f in formulas.items()):
        return _of_z(formulas["dL/db"])
    return " ".join(filter(None, (_said(name, yours, formulas[name]) for name, yours in found.items())))


def _of_z(formula):
    """Say what the slope at z is, where all three gradients come from the same one, and rightly."""
    of_z = f"{_written('dL/db', *formula).split(',')[0]}, {DIVIDED[formula[4]]}"
    right = f"2·(a − y)·σ′(z), {DIVIDED[1]}"
    return f"All three are those of dL/dz = {of_z}; it should be {right}. What follows from it is right."


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
    "z = 1.0986 and a = 0.75. Step by step: dL/da = 2·0.75 = 1.5, da/dz = 0.75·0.25 = 0.1875; z moves with w by x = 2, "
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
    a = torch.sigmoid(x @ w + b)
    return a - y, a * (1 - a), a


def _from(dz, x, w):
    """Return the three gradients that belong to a dL/dz of shape (B,)."""
    return dz @ x, dz.sum(), dz[:, None] * w


@neuron_gradients.mistake(
    """σ′ is missing: you go from L to a and from there straight to the weights. Between them z is squeezed by σ; its
    slope, a·(1 − a), is one more factor."""
)
def slope_of_sigma_forgotten(x, w, b, y):
    gap, _, _ = _pieces(x, w, b, y)
    return _from(2 * gap / len(x), x, w)


@neuron_gradients.mistake(
    """These are the gradients of another loss, the cross-entropy: there the slope of σ cancels and a − y is left. The
    loss here is (a − y)², so σ′(z) = a·(1 − a) stays, and so does the 2."""
)
def of_the_cross_entropy(x, w, b, y):
    gap, _, _ = _pieces(x, w, b, y)
    return _from(gap / len(x), x, w)


@neuron_gradients.mistake(
    """You applied σ twice in σ′: your slope is that of σ at a. It is needed at z, where it is σ(z)·(1 − σ(z)), that is
    a·(1 − a): a has been through σ already."""
)
def slope_at_the_output(x, w, b, y):
    gap, _, a = _pieces(x, w, b, y)
    return _from(2 * gap / len(x) * a.sigmoid() * (1 - a.sigmoid()), x, w)


@neuron_gradients.mistake(
    """You put z into a·(1 − a). That short form of σ′ is made for what comes *out* of σ: a·(1 − a), not z·(1 − z)."""
)
def sum_in_place_of_output(x, w, b, y):
    gap, _, _ = _pieces(x, w, b, y)
    z = x @ w + b
    return _from(2 * gap / len(x) * z * (1 - z), x, w)


@neuron_gradients.mistake("""1 − a² is the slope of tanh. The slope of σ is a·(1 − a).""")
def slope_of_tanh(x, w, b, y):
    gap, _, a = _pieces(x, w, b, y)
    return _from(2 * gap / len(x) * (1 - a**2), x, w)


@neuron_gradients.mistake(
    """These are the gradients of a neuron without σ, whose output is z itself. Here the output is a = σ(z), both in
    a − y and in the slope a·(1 − a)."""
)
def without_sigma(x, w, b, y):
    return _from(2 * (x @ w + b - y) / len(x), x, w)


@neuron_gradients.mistake(
    """dL/dx is not divided by B. The loss is a mean, so every example counts 1/B in it, and moving one example's x
    moves the loss B times less than its own (a − y)²."""
)
def inputs_without_the_mean(x, w, b, y):
    dw, db, dx = neuron_gradients.answer(x, w, b, y)
    return dw, db, dx * len(x)


@neuron_gradients.mistake(
    """x and w have changed places. In z = x·w + b, w moves z by *x*, so dL/dw holds x; and x moves z by *w*, so dL/dx
    holds w."""
)
def factors_exchanged(x, w, b, y):
    gap, slope, _ = _pieces(x, w, b, y)
    dz = 2 * gap * slope / len(x)
    return dz.sum() * w, dz.sum(), dz[:, None] * x


@neuron_gradients.mistake("""Your dL/dx is dL/dz, repeated. One step is missing: x moves z by w, so dL/dx = dL/dz·w.""")
def inputs_without_weights(x, w, b, y):
    gap, slope, _ = _pieces(x, w, b, y)
    dz = 2 * gap * slope / len(x)
    return dz @ x, dz.sum(), dz[:, None].expand_as(x)


@neuron_gradients.mistake(
    """Your dL/dw is dL/db, repeated. One step is missing: w moves z by x, so each example's dL/dz is multiplied by its
    x before you add up."""
)
def weights_without_inputs(x, w, b, y):
    gap, slope, _ = _pieces(x, w, b, y)
    dz = 2 * gap * slope / len(x)
    return dz.sum().expand_as(w), dz.sum(), dz[:, None] * w
