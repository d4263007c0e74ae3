# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 6, exercise: which latent dimensions are in use."""

import torch
from torch import Tensor

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal


def _columns(*columns: list[float]) -> Tensor:
    return torch.tensor(columns).T.contiguous()


active_units = Exercise(
    "Who is in use?",
    task="""
        A latent dimension is in use if its mean responds to the image: if the variance of μ over the images is above
        0.01. Return for each dimension whether it is, a boolean tensor of shape (Z,), from `mu`, shape (B, Z).
    """,
    signature="active_units(mu)",
    returns=["the answer"],
    hints=[
        "A dimension that is asleep gives every image the same μ. What is the variance over the images, then?",
        "`.var` wants to be told along which axis: that of the images. (Whether it divides by B or by B − 1 decides "
        "nothing here.)",
        "A comparison of a tensor with a number is a boolean tensor.",
    ],
    probes=[
        given(mu=[[-1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [1.0, 0.0]]).note(
            "The first μ moves with the image, although its mean is 0; the second never moves."
        ),
        given(mu=[[3.0, 0.0], [3.0, 1.0], [3.0, 0.0], [3.0, 1.0]]).note(
            "The first μ is large but the same for every image: nothing can be read from it. It is not in use."
        ),
        given(mu=[[-1.0], [1.0], [-1.0]]).note("One dimension: the shape is (1,), not ()."),
        given(mu=_columns(*([s * v for v in (-1.0, 1.0, 1.0, -1.0, -1.0, 1.0)] for s in (0.02, 0.05, 0.2, 1.0)))).note(
            "Variances (divided by B): 0.0004, 0.0025, 0.04 and 1. The bound 0.01 is one for the variance, not for the "
            "standard deviation or a sum of squares."
        ),
        given(
            mu=normal(500, 4, seed=86) * torch.tensor([1.0, 0.7, 0.02, 0.5]) + torch.tensor([0.0, 1.0, 0.5, -2.0])
        ).note("Variances: about 1, 0.49, 0.0004 and 0.25. (The last sits at −2; where it sits does not matter.)"),
        given(
            mu=_columns(*([m + s * (-1) ** i for i in range(40)] for m, s in ((0.0, 0.15), (0.0, 0.07), (0.3, 0.005))))
        ).note("Variances: 0.0225, 0.0049 and 0.000025."),
    ],
)


@active_units.reference
def _(mu):
    return mu.var(0) > 0.01


@active_units.mistake(
    """Your bound is too low: it is as if the standard deviation were compared with 0.01. The variance must be above
    0.01, that is, the standard deviation above 0.1."""
)
def std_compared(mu):
    return mu.std(0) > 0.01


@active_units.mistake("""You marked those that are asleep. In use is where the variance is *above* 0.01.""")
def asleep(mu):
    return mu.var(0) < 0.01


@active_units.mistake(
    """You returned one number for all (how many there are, or whether there is any). True or False for each dimension
    is asked for."""
)
def counted(mu):
    return (mu.var(0) > 0.01).sum()


@active_units.mistake("""You returned the variances. Compare them with 0.01.""")
def variances(mu):
    return mu.var(0)


@active_units.mistake("""You returned the numbers of the dimensions in use; True or False for each one is asked for.""")
def numbers(mu):
    return (mu.var(0) > 0.01).nonzero().flatten()
