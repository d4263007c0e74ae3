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
        (N,); both results have the shape (N,).
    """,
    signature="gradient_estimators(mu, std, z)",
    returns=["score", "path"],
    hints=[
        "log p(z) = −(z − μ)²/(2σ²) + (terms without μ). What is its derivative with respect to μ?",
        "∂ log p/∂μ = (z − μ)/σ²; the score-function estimate multiplies it by f(z) = z².",
        "Pathwise: z = μ + σ·ε moves one to one with μ, so ∂f/∂μ = f′(z)·1.",
        "`z**2 * (z - mu) / std**2` and `2 * z`.",
    ],
    probes=[
        given(mu=[1.0], std=[2.0], z=[3.0]),
        given(mu=[0.5], std=[0.3], z=[0.1, 0.8, -0.4, 0.5]),
        given(mu=torch.tensor(-1.0), std=torch.tensor(1.5), z=normal(200, seed=18)).double(),
    ],
)


@gradient_estimators.reference
def _(mu, std, z):
    score = z**2 * (z - mu) / std**2
    path = 2 * z
    return score, path


@gradient_estimators.mistake(
    """f(z) is missing in the score-function estimate: (z − μ)/σ² alone averages to 0 for every f. Multiply it by z²."""
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
    """The 2 of the exponent 2σ² is still there. It cancels against the 2 from the square: ∂ log p/∂μ = (z − μ)/σ²."""
)
def two_not_cancelled(mu, std, z):
    return z**2 * (z - mu) / (2 * std**2), 2 * z


@gradient_estimators.mistake(
    """The sign of the score is turned. Draws above μ become more likely when μ grows: ∂ log p/∂μ = +(z − μ)/σ²."""
)
def score_sign(mu, std, z):
    return z**2 * (mu - z) / std**2, 2 * z


@gradient_estimators.mistake(
    """You averaged already. The exercise wants one estimate for every draw, shape (N,), because next we look at
    their variance."""
)
def averaged(mu, std, z):
    return (z**2 * (z - mu) / std**2).mean(), (2 * z).mean()


@gradient_estimators.mistake(
    """Your pathwise estimate is 2μ, the exact answer. It is right here, but in general nobody knows it;
    differentiate f at the draw: f′(z) = 2z."""
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


@gradient_estimators.mistake("""The 2 is missing in the pathwise estimate: the derivative of z² is 2z.""")
def two_forgotten(mu, std, z):
    return z**2 * (z - mu) / std**2, z


@gradient_estimators.mistake(
    """Your pathwise estimate is 2(z − μ), which averages to 0. The derivative of z² is taken at z itself: 2z."""
)
def centred_path(mu, std, z):
    return z**2 * (z - mu) / std**2, 2 * (z - mu)


@gradient_estimators.mistake("""Both estimates are right, but they come in the other order: (score, path).""")
def estimators_swapped(mu, std, z):
    return 2 * z, z**2 * (z - mu) / std**2
