"""What a loss costs where a sigmoid is rounded to 0 or 1, said in words: a cut is a cut, whichever epsilon makes it."""

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from course_utils.exercises.machine.facts import Fact, article, cost_in_words, kind
from course_utils.exercises.machine.probes import Call, Fault

STABLE = "In float32 the sigmoid of ±200 is rounded to 1 or 0, and e²⁰⁰ is ∞: use the cross-entropy that takes logits."
LIKE = "Labels from `torch.ones(n)` are float32 whatever the logits are; `torch.ones_like(logits)` takes their dtype."
MODERATE = (1.5, -0.5)
"""Logits at which no sigmoid is rounded."""


def costs_when_sure(
    call: Call, reference: Callable[..., Tensor], cases: Mapping[str, tuple[tuple[float, ...], float]]
) -> Iterator[Fact]:
    """Yield what one point for each argument costs, if the loss is right where D is less sure.

    Parameters
    ----------
    call : Call
        The learner's loss.
    reference : callable
        The right one.
    cases : mapping of str to (tuple of float, float)
        By what D is, for the verdict: the one logit of every argument, and the right cost in nats.

    Yields
    ------
    Fact
        One for each case.
    """
    moderate = MODERATE[: len(next(iter(cases.values()))[0])]
    elsewhere = abs(_number(call, moderate) - float(reference(*_points(moderate)))) > 1e-3
    for says, (logits, right) in cases.items():
        cost = (
            "not looked at: it is off already where D is less sure"
            if elsewhere
            else cost_in_words(_number(call, logits), right)
        )
        yield Fact(f"the loss of a D that is sure and {says}", cost, note=STABLE)


def _points(logits: tuple[float, ...]) -> list[Tensor]:
    return [torch.tensor([logit]) for logit in logits]


def _number(call: Call, logits: tuple[float, ...]) -> float:
    value = call(*_points(logits))
    if not isinstance(value, Tensor) or value.numel() != 1:
        raise Fault("form", f"One number was expected as the loss; {article(kind(value))} came back.")
    return float(value.detach())
