# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 4, exercise: two estimators of one gradient."""

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

gradient_estimators = Exercise(
    "Two estimators of one gradient",
    task="""
        For z ~ N(μ, σ²) the gradient of E[z²] with respect to μ is 2μ. Return two unbiased estimates of it for
        every draw, as the pair (score, path): the score-function estimate f(z)·∂ log p(z)/∂μ, and the pathwise
        estimate ∂f(μ + σ·ε)/∂μ, where f(z) = z². `mu` and `std` are tensors with one number, `z` has the shape
        (K,); both results have the shape (K,).
    """,
    signature="gradient_estimators(mu, std, z)",
    returns=["score", "path"],
    axes={"mu": "", "std": "", "z": "draws"},
    hints=[
        "Write log p(z) of a normal density down. Which of its terms has μ in it, and what is its derivative?",
        "log p(z) = −(z − μ)²/(2σ²) + (terms without μ). The score-function estimate multiplies its slope by f(z).",
        "Pathwise: z = μ + σ·ε moves one to one with μ, so the chain rule leaves the derivative of f, taken at z.",
        "∂ log p/∂μ = (z − μ)/σ², and f(z) = z². What is the derivative of z²?",
    ],
    probes=[
        given(mu=[1.0], std=[2.0], z=[3.0]).note("z = 3 lies one σ above μ = 1: ε = 1."),
        given(mu=[0.5], std=[0.3], z=[0.1, 0.8, -0.4, 0.5]).note(
            "Four draws: two below μ = 0.5, one above, and one on it."
        ),
        given(mu=torch.tensor(-1.0), std=torch.tensor(1.5), z=normal(200, seed=18))
        .double()
        .note("200 draws; μ and σ are single numbers, −1 and 1.5."),
    ],
)


@gradient_estimators.reference
def _(mu, std, z):
    score = z**2 * (z - mu) / std**2
    path = 2 * z
    return score, path


@gradient_estimators.terms("score")
def _(mu, std, z):
    away = z - mu
    return {
        "z²·(z − μ)/σ²": z**2 * away / std**2,
        "z²·(z − μ)/σ": z**2 * away / std,
        "z²·(z − μ)": z**2 * away,
        "z·(z − μ)/σ²": z * away / std**2,
        "(z − μ)/σ²": away / std**2,
        "z²": z**2,
    }


@gradient_estimators.terms("path")
def _(mu, std, z):
    return {"z": z, "μ": mu, "z²": z**2, "z·σ": z * std, "ε": (z - mu) / std, "1": 1.0}


@gradient_estimators.mistake(
    """f(z) is missing in the score-function estimate: (z − μ)/σ² alone averages to 0, whatever f is. Multiply it by
    z²."""
)
def f_forgotten(mu, std, z):
    return (z - mu) / std**2, 2 * z


@gradient_estimators.mistake("""The score is divided by σ² and yours is not: ∂ log p/∂μ = (z − μ)/σ².""")
def variance_forgotten(mu, std, z):
    return z**2 * (z - mu), 2 * z


@gradient_estimators.mistake(
    """You divided the score by σ. In the exponent of the normal density stands 2σ²: ∂ log p/∂μ = (z − μ)/σ²."""
)
def divided_by_std(mu, std, z):
    return z**2 * (z - mu) / std, 2 * z


@gradient_estimators.mistake(
    """Your pathwise estimate is 2μ, the exact answer. It is right here, but in general nobody knows it;
    differentiate f, at the draw."""
)
def exact_answer(mu, std, z):
    return z**2 * (z - mu) / std**2, (2 * mu).expand(z.shape)


@gradient_estimators.mistake(
    """In the score-function estimate stands f(z) = z² itself; you used its derivative 2z. That this estimator never
    needs f′ is why it also works for functions that have none."""
)
def derivative_in_score(mu, std, z):
    return 2 * z * (z - mu) / std**2, 2 * z


@gradient_estimators.mistake(
    """You multiplied f by log p(z). The estimator takes the *derivative* of log p with respect to μ: (z − μ)/σ²."""
)
def log_density(mu, std, z):
    return z**2 * torch.distributions.Normal(mu, std).log_prob(z), 2 * z


@gradient_estimators.mistake(
    """Your pathwise estimate is 2(z − μ), which averages to 0. The derivative of f is taken at z itself."""
)
def centred_path(mu, std, z):
    return z**2 * (z - mu) / std**2, 2 * (z - mu)
