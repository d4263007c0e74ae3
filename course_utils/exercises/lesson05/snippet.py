# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 5: an exercise about the β that a snippet of code really uses, and how its answer is looked at."""

import math
from numbers import Real

import torch
from torch import Tensor

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault

SETTINGS = ((784, 20, 128, 1.0), (3072, 64, 32, 0.5), (100, 7, 48, 4.0), (36, 5, 10, 0.01))
NAMES = {"D": 0, "Z": 1, "B": 2, "w": 3}


def _task(code, model):
    fenced = "\n".join(line[4:] for line in code.strip("\n").split("\n"))
    return (
        f"Which β does this code really use?\n\n```python\n{fenced}\n```\n\n"
        f"{model} `x` has the shape (B, D): D pixels. `mu` and `logvar` have the shape (B, Z). Write the loss as *some "
        "number* · (−log p(x|z) + β · KL), both terms in nats per image (sums over pixels and latents) and averaged "
        "over the batch. Return β as a number, computed from D, Z, B and the weight w."
    )


COINS = "The pixels are Bernoulli with log-odds `logits`."


def snippet(letter, code, model, hints):
    """Make an exercise that shows `code` and asks for its β."""
    exercise = Exercise(
        f"Which β? Snippet {letter}",
        task=_task(code, model),
        signature="beta_of_snippet(D, Z, B, w)",
        returns=["beta"],
        hints=hints,
    )
    exercise.probe("Called with (D, Z, B, w) = " + ", ".join(map(str, SETTINGS)))(_look)
    return exercise


def _look(call):
    """See what β depends on, then the numbers."""
    betas = [_number(call(*setting)) for setting in SETTINGS]
    moved = [name for name, place in NAMES.items() if _moves(call, place)]
    yield Fact("β depends on", " and ".join(moved) or "nothing", note="Which of the four quantities matter here?")
    yield Fact(
        "β", torch.tensor(betas, dtype=torch.float32), note="These are the right quantities; where does each stand?"
    )


def _moves(call, place):
    setting = list(SETTINGS[1])
    before = _number(call(*setting))
    setting[place] *= 3
    return not math.isclose(before, _number(call(*setting)), rel_tol=1e-9)


def _number(value):
    if isinstance(value, Tensor) and value.numel() == 1:
        return float(value.detach())
    if isinstance(value, bool) or not isinstance(value, Real):
        raise Fault("form", f"β is one number; a {kind(value)} came back.")
    return float(value)
