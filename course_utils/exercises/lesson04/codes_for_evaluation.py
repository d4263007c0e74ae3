# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 4, exercise: which z serves which purpose."""

from course_utils.exercises.lesson04.trained_vae import TrainedVAE
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

codes_for_evaluation = Exercise(
    "Which z for which purpose",
    task="""
        A trained VAE is evaluated on images `x`. Two things are wanted of each image: an **embedding** (for a plot,
        a classifier, a search), which must be the same on every call, and the **z that goes into an estimate of the
        ELBO**, whose definition averages over z ~ q(z|x). Return the pair (embedding, z), both of shape (B, Z).
        `vae.encode(x)` returns (mu, logvar); `eps` ~ N(0, I) is given, shape (B, Z); `vae.training` tells the mode.
    """,
    signature="codes_for_evaluation(vae, x, eps)",
    returns=["embedding", "z"],
    hints=[
        "One of the two is a random variable by definition. Which one?",
        "The embedding is the middle of the cloud. The ELBO is an expectation over the cloud, so its estimate needs "
        "a draw, also on test images.",
        "`mu, logvar = vae.encode(x)`; embedding = mu; z = μ + σ·ε, whatever `vae.training` says.",
    ],
    probes=[
        given(vae=TrainedVAE(), x=normal(1, 1, 2, 2, seed=33), eps=[[1.0, -1.0, 0.5]]).note(
            "Here `vae.training` is False. Which of the two is a random variable, and which is not?"
        ),
        given(vae=TrainedVAE(training=True), x=normal(1, 1, 2, 2, seed=34), eps=[[0.5, 2.0, -1.0]]).note(
            "Here `vae.training` is True. Neither of the two may depend on the mode."
        ),
        given(vae=TrainedVAE(), x=normal(5, 1, 2, 2, seed=35), eps=normal(5, 3, seed=36)).double(),
    ],
)


@codes_for_evaluation.reference
def _(vae, x, eps):
    mu, logvar = vae.encode(x)
    z = mu + (0.5 * logvar).exp() * eps
    return mu, z


@codes_for_evaluation.terms("embedding")
def _(vae, x, eps):
    mu, logvar = vae.encode(x)
    return {"μ": mu, "σ·ε": (0.5 * logvar).exp() * eps, "σ": (0.5 * logvar).exp(), "logvar": logvar, "ε": eps}


@codes_for_evaluation.terms("z")
def _(vae, x, eps):
    mu, logvar = vae.encode(x)
    return {"μ": mu, "σ·ε": (0.5 * logvar).exp() * eps, "σ²·ε": logvar.exp() * eps, "ε": eps, "logvar·ε": logvar * eps}


@codes_for_evaluation.mistake(
    """You used μ for the ELBO, too. With z = μ the reconstruction term usually comes out too good, while the KL
    still charges for the noise that was not there: the number is no bound on log p(x). The ELBO needs a draw, also on
    test images."""
)
def mean_for_both(vae, x, eps):
    mu, _ = vae.encode(x)
    return mu, mu


@codes_for_evaluation.mistake(
    """Your embedding is a draw, so the same image lands somewhere else on every call. For looking and comparing
    take the middle of its cloud, μ."""
)
def draw_for_both(vae, x, eps):
    mu, logvar = vae.encode(x)
    z = mu + (0.5 * logvar).exp() * eps
    return z, z


@codes_for_evaluation.mistake(
    """Your z is a draw in training mode only, and μ in evaluation mode. The mode decides about layers such as
    dropout, not about the definition of the ELBO: a test ELBO needs draws, too."""
)
def draw_only_in_training(vae, x, eps):
    mu, logvar = vae.encode(x)
    z = mu + (0.5 * logvar).exp() * eps if vae.training else mu
    return mu, z


@codes_for_evaluation.mistake(
    """Both depend on the mode: draws in training mode, μ in evaluation mode. That is how dropout behaves. Here the
    purpose decides: the embedding is always μ, the ELBO always needs a draw."""
)
def mode_decides(vae, x, eps):
    mu, logvar = vae.encode(x)
    z = mu + (0.5 * logvar).exp() * eps if vae.training else mu
    return z, z


@codes_for_evaluation.mistake(
    """Your z is drawn from the prior (it is `eps` itself). The ELBO averages over the posterior of *this* image: z
    = μ + σ·ε."""
)
def prior_for_elbo(vae, x, eps):
    mu, _ = vae.encode(x)
    return mu, eps.clone()
