# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 4, exercise: the gradients of the reparameterization, by hand."""

import math

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

LN9 = math.log(9.0)  # σ = 3, and not ln 4, where ½·exp(logvar) is right by accident

gradients_by_hand = Exercise(
    "Gradients by hand",
    task="""
        z = μ + σ·ε with σ = exp(½·logvar). Backpropagation hands you `grad_z` = ∂L/∂z, shape (B, Z). Return the pair
        (∂L/∂μ, ∂L/∂logvar), from `logvar`, `eps` and `grad_z`, as a formula (autograd is not needed).
    """,
    signature="gradients_by_hand(logvar, eps, grad_z)",
    returns=["dL/dmu", "dL/dlogvar"],
    hints=[
        "The chain rule: ∂L/∂μ = ∂L/∂z · ∂z/∂μ. When μ moves by a little, how much does z = μ + σ·ε move?",
        "∂z/∂μ = 1, so the first answer is `grad_z`. For the second, differentiate exp(½·logvar)·ε with respect to "
        "logvar.",
        "d/da exp(½a) = ½·exp(½a). So ∂z/∂logvar = ½·σ·ε.",
    ],
    probes=[
        given(logvar=[[LN9]], eps=[[1.0]], grad_z=[[1.0]]).note("σ = 3, ε = 1, and z pulls with a slope of 1."),
        given(logvar=[[-1.0, 0.6]], eps=[[-2.0, 0.5]], grad_z=[[3.0, -1.5]]).note(
            "Two latent dimensions: `grad_z` is 3 and −1.5, ε is −2 and 0.5, σ is 0.607 and 1.350."
        ),
        given(logvar=normal(4, 3, seed=12), eps=normal(4, 3, seed=13), grad_z=normal(4, 3, seed=14))
        .double()
        .note("Four images, three latent dimensions, in float64."),
        given(logvar=normal(8, 5, seed=15), eps=normal(8, 5, seed=16), grad_z=normal(8, 5, seed=17)).note(
            "Eight images, five latent dimensions: each number has a gradient of its own."
        ),
    ],
)


@gradients_by_hand.reference
def _(logvar, eps, grad_z):
    std = torch.exp(0.5 * logvar)
    return grad_z, grad_z * 0.5 * std * eps


@gradients_by_hand.terms("dL/dmu")
def _(logvar, eps, grad_z):
    std = (0.5 * logvar).exp()
    return {
        "grad_z": grad_z,
        "grad_z·σ": grad_z * std,
        "grad_z·ε": grad_z * eps,
        "grad_z·σ·ε": grad_z * std * eps,
        "1": 1.0,
    }


@gradients_by_hand.terms("dL/dlogvar")
def _(logvar, eps, grad_z):
    std = (0.5 * logvar).exp()
    return {
        "grad_z·σ·ε": grad_z * std * eps,
        "grad_z·σ²·ε": grad_z * std**2 * eps,
        "grad_z·ε/σ": grad_z * eps / std,
        "grad_z·ε": grad_z * eps,
        "grad_z·σ": grad_z * std,
        "grad_z": grad_z,
        "σ·ε": std * eps,
    }


@gradients_by_hand.mistake("""The ½ is missing in ∂L/∂logvar. It is the inner derivative of exp(½·logvar).""")
def half_forgotten(logvar, eps, grad_z):
    return grad_z, grad_z * (0.5 * logvar).exp() * eps


@gradients_by_hand.mistake(
    """σ is missing in ∂L/∂logvar. The derivative of exp(½·logvar) is ½ times *itself*, and itself is σ."""
)
def std_forgotten(logvar, eps, grad_z):
    return grad_z, grad_z * 0.5 * eps


@gradients_by_hand.mistake(
    """ε is missing in ∂L/∂logvar: σ is multiplied by ε in z, so its change reaches z times ε."""
)
def eps_forgotten(logvar, eps, grad_z):
    return grad_z, grad_z * 0.5 * (0.5 * logvar).exp()


@gradients_by_hand.mistake(
    """`grad_z` is missing in ∂L/∂logvar: you have ∂z/∂logvar. The chain rule multiplies it by ∂L/∂z."""
)
def chain_rule_forgotten(logvar, eps, grad_z):
    return grad_z, 0.5 * (0.5 * logvar).exp() * eps


@gradients_by_hand.mistake(
    """Your pair is (∂z/∂μ, ∂z/∂logvar) = (1, ½σε): right so far. The chain rule multiplies both by `grad_z`."""
)
def slopes_of_z(logvar, eps, grad_z):
    return torch.ones_like(grad_z), 0.5 * (0.5 * logvar).exp() * eps


@gradients_by_hand.mistake("""You used σ² = exp(logvar) where σ = exp(½·logvar) stands in the formula.""")
def variance_for_std(logvar, eps, grad_z):
    return grad_z, grad_z * 0.5 * logvar.exp() * eps


@gradients_by_hand.mistake(
    """Your second answer is ∂L/∂σ = ∂L/∂z·ε. The network outputs logvar, not σ: one more factor, ∂σ/∂logvar = ½·σ."""
)
def by_std(logvar, eps, grad_z):
    return grad_z, grad_z * eps


@gradients_by_hand.mistake(
    """Your ∂L/∂μ has a factor ε (or σ·ε) that belongs to the other one. μ is simply added in z, so ∂z/∂μ = 1 and
    ∂L/∂μ is `grad_z`."""
)
def eps_in_mean(logvar, eps, grad_z):
    return grad_z * eps, grad_z * 0.5 * (0.5 * logvar).exp() * eps
