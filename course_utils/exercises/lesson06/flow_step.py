# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 6, exercise: one step of the gradient flow of the KL."""

import math

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
        "exp is its own derivative, −logvar has the slope −1; the ½ stands in front of both.",
    ],
    probes=[
        given(mu=[[3.0]], logvar=[[0.0]], dt=0.1).note(
            "σ² is 1 here, where nothing pulls at it; μ is pulled towards 0."
        ),
        given(mu=[[0.0]], logvar=[[LN9]], dt=0.1).note("σ² = 9 here: the KL falls when the cloud becomes narrower."),
        given(mu=[[0.0]], logvar=[[-2.0]], dt=0.1).note("σ² = 0.135: the KL falls when the cloud becomes wider."),
        given(mu=[[-1.5]], logvar=[[-1.0]], dt=0.01).note(
            "Here μ is negative, and the step shorter: `dt` says how long it is."
        ),
        given(mu=[[1.0]], logvar=[[1.0]], dt=0.05).note("σ² = e ≈ 2.718 here, and logvar = 1."),
        given(mu=[[2.0, -1.0]], logvar=[[0.5, -0.5]], dt=0.1).note("Two dimensions, of which each flows by itself."),
        given(mu=normal(4, 3, seed=72), logvar=normal(4, 3, seed=73), dt=0.05)
        .double()
        .note("Twelve normals, of which each flows by itself."),
        given(mu=normal(8, 5, seed=74, scale=2.0), logvar=normal(8, 5, seed=75), dt=0.2).note(
            "Forty normals, of which each flows by itself."
        ),
    ],
)


@flow_step.reference
def _(mu, logvar, dt):
    new_mu = mu - dt * mu
    new_logvar = logvar - dt * 0.5 * (logvar.exp() - 1)
    return new_mu, new_logvar


@flow_step.terms("the new mu")
def _(mu, logvar, dt):
    return {
        "mu": mu,
        "dt·mu": dt * mu,
        "dt·mu²": dt * mu**2,
        "dt": dt,
        "dt·σ²": dt * logvar.exp(),
        "dt·logvar": dt * logvar,
    }


@flow_step.terms("the new logvar")
def _(mu, logvar, dt):
    return {
        "logvar": logvar,
        "dt·σ²": dt * logvar.exp(),
        "dt": dt,
        "dt·logvar": dt * logvar,
        "dt·mu²": dt * mu**2,
        "dt·σ": dt * (0.5 * logvar).exp(),
        "dt/σ": dt * (-0.5 * logvar).exp(),
        "dt/σ²": dt * (-logvar).exp(),
        "dt·σ⁴": dt * (2 * logvar).exp(),
        "σ²": logvar.exp(),
        "1": 1.0,
    }


@flow_step.mistake(
    """You went uphill: both move *along* the derivative, away from N(0, 1). Downhill is minus: new = old − dt ·
    derivative."""
)
def uphill(mu, logvar, dt):
    return mu + dt * mu, logvar + 0.5 * dt * (logvar.exp() - 1)


@flow_step.mistake(
    """The ½ is missing for logvar: σ² keeps it, because the derivative of exp(logvar) is exp(logvar) itself. (σ² − 1 is
    the slope along log σ; logvar is twice that. And for μ the ½ goes, because ½μ² has the slope μ.)"""
)
def half_forgotten(mu, logvar, dt):
    return mu - dt * mu, logvar - dt * (logvar.exp() - 1)


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


@flow_step.mistake(
    """You returned the velocities (−μ, ½ (1 − σ²)). Multiply by `dt` and add them to the old mu and logvar."""
)
def velocities(mu, logvar, dt):
    return -mu, 0.5 * (1 - logvar.exp())


@flow_step.mistake("""You returned by how much both move. Add it to the old mu and logvar.""")
def displacements(mu, logvar, dt):
    return -dt * mu, 0.5 * dt * (1 - logvar.exp())


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
    """Your step shrinks when there are more dimensions: you differentiated the *mean* of the KL over them. Each number
    flows by itself; differentiate the sum."""
)
def gradient_of_the_mean_over_the_dimensions(mu, logvar, dt):
    dims = mu.shape[1]
    return mu - dt * mu / dims, logvar - 0.5 * dt * (logvar.exp() - 1) / dims


@flow_step.mistake(
    """Your step shrinks when there are more numbers: you differentiated the *mean* of the KL over images and
    dimensions. Each number flows by itself; differentiate the sum."""
)
def gradient_of_the_mean_over_everything(mu, logvar, dt):
    return mu - dt * mu / mu.numel(), logvar - 0.5 * dt * (logvar.exp() - 1) / mu.numel()


@flow_step.mistake(
    """You let σ slide along its own slope, σ − 1/σ, and turned it back into logvar. That is another flow, with the same
    goal and another speed. Here logvar is what moves."""
)
def stepped_the_std(mu, logvar, dt):
    std = (0.5 * logvar).exp()
    return mu - dt * mu, 2 * (std - dt * (std - 1 / std)).log()
