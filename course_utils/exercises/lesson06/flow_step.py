# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 6, exercise: one step of the gradient flow of the KL."""

import math

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

LN9 = math.log(9.0)

flow_step = Exercise(
    "One step of the flow",
    task="""
        N(μ, σ²) slides downhill on KL = ½ (μ² + σ² − 1 − log σ²): μ and logvar = log σ² each move against their own
        derivative, dμ/dt = −∂KL/∂μ and d logvar/dt = −∂KL/∂logvar. Take one small step (Euler's) of length `dt`: from
        `mu` and `logvar`, both of shape (B, Z), return the pair of the new mu and the new logvar.
    """,
    signature="flow_step(mu, logvar, dt)",
    returns=["the new mu", "the new logvar"],
    hints=[
        "A step is: new = old − dt · derivative. What is the derivative of ½μ² with respect to μ?",
        "Write σ² as exp(logvar): KL = ½ (μ² + exp(logvar) − 1 − logvar). Now differentiate with respect to logvar.",
        "∂KL/∂μ = μ and ∂KL/∂logvar = ½ (σ² − 1).",
    ],
    probes=[
        given(mu=[[3.0]], logvar=[[0.0]], dt=0.1).note(
            "σ² is 1 here, where nothing pulls at it; μ is pulled towards 0."
        ),
        given(mu=[[0.0]], logvar=[[LN9]], dt=0.1).note("σ² = 9 here: the KL falls when the cloud becomes narrower."),
        given(mu=[[0.0]], logvar=[[-2.0]], dt=0.1).note("σ² = 0.135: the KL falls when the cloud becomes wider."),
        given(mu=[[-1.5]], logvar=[[-1.0]], dt=0.01).note("Here the step is shorter: `dt` says how long it is."),
        given(mu=normal(4, 3, seed=72), logvar=normal(4, 3, seed=73), dt=0.05).double(),
        given(mu=normal(8, 5, seed=74, scale=2.0), logvar=normal(8, 5, seed=75), dt=0.2),
    ],
)


@flow_step.reference
def _(mu, logvar, dt):
    new_mu = mu - dt * mu
    new_logvar = logvar - dt * 0.5 * (logvar.exp() - 1)
    return new_mu, new_logvar


@flow_step.mistake(
    """You went uphill: both move *along* the derivative, away from N(0, 1). Downhill is minus: new = old − dt ·
    derivative."""
)
def uphill(mu, logvar, dt):
    return mu + dt * mu, logvar + 0.5 * dt * (logvar.exp() - 1)


@flow_step.mistake("""logvar goes downhill, but μ goes uphill: it should come closer to 0. Look at its sign.""")
def mu_uphill(mu, logvar, dt):
    return mu + dt * mu, logvar - 0.5 * dt * (logvar.exp() - 1)


@flow_step.mistake(
    """μ goes downhill, but logvar goes uphill: wide clouds become wider, narrow ones narrower. Downhill it moves by dt
    · ½ (1 − σ²)."""
)
def logvar_uphill(mu, logvar, dt):
    return mu - dt * mu, logvar + 0.5 * dt * (logvar.exp() - 1)


@flow_step.mistake(
    """The ½ is missing for logvar: σ² keeps it, because the derivative of exp(logvar) is exp(logvar) itself. (σ² − 1 is
    the slope along log σ; logvar is twice that. And for μ the ½ goes, because ½μ² has the slope μ.)"""
)
def half_forgotten(mu, logvar, dt):
    return mu - dt * mu, logvar - dt * (logvar.exp() - 1)


@flow_step.mistake("""The ½ reached σ² but not the 1: ½σ² − 1. At N(0, 1) the flow must rest, ½ (1 − 1) = 0.""")
def half_on_the_spread_only(mu, logvar, dt):
    return mu - dt * mu, logvar - dt * (0.5 * logvar.exp() - 1)


@flow_step.mistake("""There is a ½ too many for μ: the derivative of ½μ² is μ, because the square brings down a 2.""")
def half_on_mu(mu, logvar, dt):
    return mu - 0.5 * dt * mu, logvar - 0.5 * dt * (logvar.exp() - 1)


@flow_step.mistake("""There is a factor 2 too many for μ: the derivative of ½μ² is μ, not 2μ.""")
def twice_on_mu(mu, logvar, dt):
    return mu - 2 * dt * mu, logvar - 0.5 * dt * (logvar.exp() - 1)


@flow_step.mistake(
    """Both derivatives are twice as large as they should be: this is the flow of 2·KL, with the ½ in front of the four
    terms forgotten."""
)
def twice_on_both(mu, logvar, dt):
    return mu - 2 * dt * mu, logvar - dt * (logvar.exp() - 1)


@flow_step.mistake(
    """You moved logvar by the derivative with respect to σ, which is σ − 1/σ. The number that moves here is logvar; by
    the chain rule its derivative is ½σ times that: ½ (σ² − 1)."""
)
def derivative_by_std(mu, logvar, dt):
    std = (0.5 * logvar).exp()
    return mu - dt * mu, logvar - dt * (std - 1 / std)


@flow_step.mistake(
    """You moved logvar by the derivative with respect to σ², which is ½ (1 − 1/σ²). The number that moves here is
    logvar; by the chain rule its derivative is σ² times that: ½ (σ² − 1)."""
)
def derivative_by_variance(mu, logvar, dt):
    return mu - dt * mu, logvar - 0.5 * dt * (1 - (-logvar).exp())


@flow_step.mistake(
    """You read `logvar` as log σ: σ² = exp(2·logvar), and the slope σ² − 1 that belongs to log σ. For logvar = log σ²
    it is ½ (σ² − 1), with σ² = exp(logvar)."""
)
def logvar_read_as_log_std(mu, logvar, dt):
    return mu - dt * mu, logvar - dt * ((2 * logvar).exp() - 1)


@flow_step.mistake("""exp(logvar) was squared once more, or doubled in the exponent: it is σ² already.""")
def variance_squared(mu, logvar, dt):
    return mu - dt * mu, logvar - 0.5 * dt * ((2 * logvar).exp() - 1)


@flow_step.mistake(
    """There stands σ = exp(½·logvar) where σ² = exp(logvar) belongs. Both rest at 1, but σ² pulls wide clouds in
    harder."""
)
def std_for_the_variance(mu, logvar, dt):
    return mu - dt * mu, logvar - 0.5 * dt * ((0.5 * logvar).exp() - 1)


@flow_step.mistake(
    """You used `logvar` itself as σ². It is the logarithm; and then the flow would come to rest at logvar = 1, not at
    σ² = 1."""
)
def logvar_as_the_variance(mu, logvar, dt):
    return mu - dt * mu, logvar - 0.5 * dt * (logvar - 1)


@flow_step.mistake(
    """The pull of −log σ² is missing: logvar only ever falls. Its derivative with respect to logvar is −½, and it is
    what holds the cloud open."""
)
def log_term_missing(mu, logvar, dt):
    return mu - dt * mu, logvar - 0.5 * dt * logvar.exp()


@flow_step.mistake(
    """The pull of σ² is missing: logvar rises for ever, at the same speed everywhere. Its derivative with respect to
    logvar is ½σ²."""
)
def spread_missing(mu, logvar, dt):
    return mu - dt * mu, logvar + 0.5 * dt


@flow_step.mistake(
    """You kept −logvar where its derivative belongs: d/d logvar of −½·logvar is −½, and the constant −½ has none."""
)
def not_differentiated(mu, logvar, dt):
    return mu - dt * mu, logvar - 0.5 * dt * (logvar.exp() - 1 - logvar)


@flow_step.mistake(
    """Both were moved by the KL itself. A step follows the slope, not the height: differentiate with respect to μ, and
    with respect to logvar."""
)
def moved_by_the_height(mu, logvar, dt):
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar)
    return mu - dt * kl, logvar - dt * kl


@flow_step.mistake("""μ moves at the constant speed 1 instead of in proportion to itself: it would shoot past 0.""")
def mu_at_constant_speed(mu, logvar, dt):
    return mu - dt, logvar - 0.5 * dt * (logvar.exp() - 1)


@flow_step.mistake(
    """μ goes straight to 0: is `dt` missing there? It is only pulled in its direction, by −dt·μ in this step."""
)
def mu_at_once(mu, logvar, dt):
    return torch.zeros_like(mu), logvar - 0.5 * dt * (logvar.exp() - 1)


@flow_step.mistake("""logvar is right, μ was left where it was.""")
def only_logvar(mu, logvar, dt):
    return mu.clone(), logvar - 0.5 * dt * (logvar.exp() - 1)


@flow_step.mistake("""μ is right, logvar was left where it was.""")
def only_mu(mu, logvar, dt):
    return mu - dt * mu, logvar.clone()


@flow_step.mistake(
    """You returned the velocities (−μ, ½ (1 − σ²)). Multiply by `dt` and add them to the old mu and logvar."""
)
def velocities(mu, logvar, dt):
    return -mu, 0.5 * (1 - logvar.exp())


@flow_step.mistake("""You returned the derivatives. A step is: new = old − dt · derivative.""")
def derivatives(mu, logvar, dt):
    return mu.clone(), 0.5 * (logvar.exp() - 1)


@flow_step.mistake("""You returned by how much both move. Add it to the old mu and logvar.""")
def displacements(mu, logvar, dt):
    return -dt * mu, 0.5 * dt * (1 - logvar.exp())


@flow_step.mistake("""`dt` is not used: every step has the length 1. Multiply both velocities by `dt`.""")
def dt_ignored(mu, logvar, dt):
    return mu - mu, logvar - 0.5 * (logvar.exp() - 1)


@flow_step.mistake("""Both are right, but in the other order: mu first, then logvar.""")
def swapped(mu, logvar, dt):
    return logvar - 0.5 * dt * (logvar.exp() - 1), mu - dt * mu


@flow_step.mistake(
    """You returned σ² (the exponential of the new logvar). The flow is asked for in logvar; the next step starts from
    it."""
)
def variance_returned(mu, logvar, dt):
    return mu - dt * mu, (logvar - 0.5 * dt * (logvar.exp() - 1)).exp()


@flow_step.mistake(
    """You stepped σ² and took the logarithm afterwards. For short steps that is nearly the same, but it is Euler's step
    in another variable: a long one can take σ² below 0. Step logvar itself."""
)
def stepped_the_variance(mu, logvar, dt):
    variance = logvar.exp()
    return mu - dt * mu, (variance + 0.5 * dt * variance * (1 - variance)).log()


@flow_step.mistake(
    """You know the exact solution, and for the flow it is better than what is asked for: here take Euler's step, the
    old value plus dt times the velocity at the old place. (The lesson uses the exact curves as its oracle.)"""
)
def exact_solution(mu, logvar, dt):
    return mu * math.exp(-dt), -(1 + ((-logvar).exp() - 1) * math.exp(-0.5 * dt)).log()


@flow_step.mistake(
    """Your step shrinks when the batch grows: you differentiated the *mean* of the KL over the images. Each row flows
    by itself; differentiate the sum."""
)
def gradient_of_the_mean(mu, logvar, dt):
    return mu - dt * mu / len(mu), logvar - 0.5 * dt * (logvar.exp() - 1) / len(mu)


@flow_step.mistake(
    """Your step shrinks when there are more numbers: you differentiated the *mean* of the KL over images and
    dimensions. Each number flows by itself; differentiate the sum."""
)
def gradient_of_the_mean_over_everything(mu, logvar, dt):
    return mu - dt * mu / mu.numel(), logvar - 0.5 * dt * (logvar.exp() - 1) / mu.numel()


@flow_step.mistake(
    """You pull logvar to 0 as μ is pulled, in proportion to itself. Its slope is ½ (σ² − 1): steep for wide clouds,
    never above ½ for narrow ones."""
)
def logvar_pulled_like_mu(mu, logvar, dt):
    return mu - dt * mu, logvar - dt * logvar


@flow_step.mistake(
    """You let σ slide along its own slope, σ − 1/σ, and turned it back into logvar. That is another flow, with the same
    goal and another speed. Here logvar is what moves."""
)
def stepped_the_std(mu, logvar, dt):
    std = (0.5 * logvar).exp()
    return mu - dt * mu, 2 * (std - dt * (std - 1 / std)).log()


@flow_step.mistake("""`dt` is missing for logvar: it moves by its whole slope. μ is right.""")
def dt_missing_for_logvar(mu, logvar, dt):
    return mu - dt * mu, logvar - 0.5 * (logvar.exp() - 1)


@flow_step.mistake(
    """μ² stands in the slope of logvar. μ² does not change when logvar does, so it has no part in that derivative."""
)
def mean_in_the_slope_of_logvar(mu, logvar, dt):
    return mu - dt * mu, logvar - 0.5 * dt * (mu**2 + logvar.exp() - 1)


@flow_step.mistake("""μ is pulled by ½μ², the price itself, where its slope belongs, which is μ.""")
def mean_pulled_by_its_price(mu, logvar, dt):
    return mu - 0.5 * dt * mu**2, logvar - 0.5 * dt * (logvar.exp() - 1)
