# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 8, exercise: one step with a look ahead."""

from course_utils.exercises.lesson08.play import COUPLED, CURVED, PRODUCT, STEEP, unless_of_the_product
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

extragradient_step = Exercise(
    "One step with a look ahead",
    task="""
        `x` is moved to make f(x, y) small, `y` to make it large; `gradients(x, y)` returns the pair (∂f/∂x, ∂f/∂y) at
        any place you ask for. Write the extragradient step: both players look ahead, to the place where one plain
        simultaneous step of length `eta` would take them; there they read both slopes; and with those slopes they step
        from where they really stand, with the same `eta`. Return the pair of the new x and the new y.
    """,
    signature="extragradient_step(gradients, x, y, eta)",
    returns=["the new x", "the new y"],
    hints=[
        "You need `gradients` twice: once at (x, y), to find the place ahead, and once there.",
        "Call the place ahead (x_ahead, y_ahead), so that x and y still exist when you need them.",
        "The place ahead serves for looking only. The step itself starts at the old x and y.",
        "`x_ahead = x - eta * gradients(x, y)[0]`, and y_ahead likewise with +; then x minus eta times the first of "
        "`gradients(x_ahead, y_ahead)`, y plus eta times the second.",
    ],
    probes=[
        given(gradients=PRODUCT, x=[1.0], y=[0.0], eta=0.5).note(
            "The plain step would lead to (1, 0.5), where the slopes are 0.5 and 1. From (1, 0) "
            "they lead to (0.75, 0.5)."
        ),
        given(gradients=PRODUCT, x=[2.0], y=[1.0], eta=0.1).note(
            "The plain step would lead to (1.9, 1.2), where the slopes are 1.2 and 1.9."
        ),
        given(gradients=CURVED, x=[1.0], y=[-1.0], eta=0.05).note(
            unless_of_the_product(
                "The plain step would lead to (1.05, −0.65), where the slopes are 0.15 and 5.75.", 1.0475, -0.9475
            )
        ),
        given(gradients=COUPLED, x=[1.0, -1.0], y=[0.5, 2.0], eta=0.2).note(
            "The plain step would lead to x = (1.7, −2.25) and y = (0.6, 1): there the slopes are to be read."
        ),
        given(gradients=STEEP, x=[1.0, -0.5, 1.5], y=[0.5, 1.0, -1.0], eta=0.1).note(
            "f = ¼x⁴ + xy − ¼y⁴, three numbers each."
        ),
        given(gradients=CURVED, x=normal(5, seed=840), y=normal(5, seed=841), eta=0.1)
        .double()
        .note("Five numbers each, in float64."),
        given(gradients=PRODUCT, x=normal(6, seed=842), y=normal(6, seed=843), eta=0.7).note("Six numbers each."),
        given(gradients=STEEP, x=normal(6, seed=844), y=normal(6, seed=845), eta=0.2).note("Six numbers each."),
    ],
)


def _slopes(gradients, x, y, eta):
    """Return the slopes at the start, the place ahead, and the slopes there."""
    grad_x, grad_y = gradients(x, y)
    x_ahead, y_ahead = x - eta * grad_x, y + eta * grad_y
    return grad_x, grad_y, x_ahead, y_ahead, *gradients(x_ahead, y_ahead)


@extragradient_step.reference
def _(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    x_ahead, y_ahead = x - eta * grad_x, y + eta * grad_y
    grad_x, grad_y = gradients(x_ahead, y_ahead)
    return x - eta * grad_x, y + eta * grad_y


@extragradient_step.terms("the new x")
def _(gradients, x, y, eta):
    grad_x, grad_y, _, _, ahead_x, ahead_y = _slopes(gradients, x, y, eta)
    return {
        "x": x,
        "eta·∂f/∂x ahead": eta * ahead_x,
        "eta·∂f/∂x at the start": eta * grad_x,
        "∂f/∂x ahead": ahead_x,
        "eta·∂f/∂y ahead": eta * ahead_y,
        "eta·∂f/∂y at the start": eta * grad_y,
    }


@extragradient_step.terms("the new y")
def _(gradients, x, y, eta):
    grad_x, grad_y, _, _, ahead_x, ahead_y = _slopes(gradients, x, y, eta)
    return {
        "y": y,
        "eta·∂f/∂y ahead": eta * ahead_y,
        "eta·∂f/∂y at the start": eta * grad_y,
        "∂f/∂y ahead": ahead_y,
        "eta·∂f/∂x ahead": eta * ahead_x,
        "eta·∂f/∂x at the start": eta * grad_x,
    }


@extragradient_step.mistake(
    """You stepped on from the place ahead: together these are two plain steps, and on f = xy two plain steps spiral
    outwards. The place ahead serves for reading the slopes; the step itself starts at the old x and y."""
)
def from_the_place_ahead(gradients, x, y, eta):
    _, _, x, y, grad_x, grad_y = _slopes(gradients, x, y, eta)
    return x - eta * grad_x, y + eta * grad_y


@extragradient_step.mistake(
    """This is the plain simultaneous step (or the place ahead itself): the slopes were read at (x, y) only. Read them a
    second time at the place to which this step leads, and step from (x, y) with those."""
)
def plain_step(gradients, x, y, eta):
    _, _, x_ahead, y_ahead, _, _ = _slopes(gradients, x, y, eta)
    return x_ahead, y_ahead


@extragradient_step.mistake(
    """You looked only half as far ahead, with ½·eta. That is the midpoint rule for following a curve closely, and on f
    = xy it still spirals outwards (very slowly). The look ahead has the full length `eta`."""
)
def half_a_look(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    grad_x, grad_y = gradients(x - 0.5 * eta * grad_x, y + 0.5 * eta * grad_y)
    return x - eta * grad_x, y + eta * grad_y


@extragradient_step.mistake(
    """Each player looks ahead for the opponent only: x's slope is read at (x, y_ahead), y's at (x_ahead, y). For f = xy
    that is the same, because ∂f/∂x does not depend on x there; in general both slopes are read at (x_ahead,
    y_ahead)."""
)
def only_the_opponent_ahead(gradients, x, y, eta):
    _, _, x_ahead, y_ahead, _, _ = _slopes(gradients, x, y, eta)
    return x - eta * gradients(x, y_ahead)[0], y + eta * gradients(x_ahead, y)[1]


@extragradient_step.mistake(
    """Each player looks ahead for itself only: x's slope is read at (x_ahead, y), y's at (x, y_ahead). What makes the
    step turn inwards is that one sees where the *other* is going: read both slopes at (x_ahead, y_ahead)."""
)
def only_oneself_ahead(gradients, x, y, eta):
    _, _, x_ahead, y_ahead, _, _ = _slopes(gradients, x, y, eta)
    return x - eta * gradients(x_ahead, y)[0], y + eta * gradients(x, y_ahead)[1]


@extragradient_step.mistake(
    """The look ahead alternates: y_ahead was found with the slope at (x_ahead, y). Take both slopes at (x, y) first,
    and move both at once; then look."""
)
def alternating_look(gradients, x, y, eta):
    x_ahead = x - eta * gradients(x, y)[0]
    y_ahead = y + eta * gradients(x_ahead, y)[1]
    grad_x, grad_y = gradients(x_ahead, y_ahead)
    return x - eta * grad_x, y + eta * grad_y


@extragradient_step.mistake(
    """This is alternating play: x moves, then y sees where x has gone. Here both look ahead, and both step from the old
    place with the slopes that they have read there."""
)
def alternating(gradients, x, y, eta):
    x = x - eta * gradients(x, y)[0]
    return x, y + eta * gradients(x, y)[1]


@extragradient_step.mistake(
    """Both players look and step downhill, as if they had the same wish. y wants f large: it moves *along* its slope,
    in the look ahead and in the step."""
)
def both_descend(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    grad_x, grad_y = gradients(x - eta * grad_x, y - eta * grad_y)
    return x - eta * grad_x, y - eta * grad_y


@extragradient_step.mistake(
    """The look ahead takes both players downhill, as if they had the same wish; only the step itself lets y go up. In
    the look ahead, too, y moves along its slope: y + eta · ∂f/∂y."""
)
def looked_where_both_descend(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    grad_x, grad_y = gradients(x - eta * grad_x, y - eta * grad_y)
    return x - eta * grad_x, y + eta * grad_y


@extragradient_step.mistake(
    """You looked *back*: the place where you read the slopes lies on the other side, against both players' wishes. Then
    the spiral opens faster than with plain steps. Ahead is x − eta · ∂f/∂x and y + eta · ∂f/∂y."""
)
def looked_back(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    grad_x, grad_y = gradients(x + eta * grad_x, y - eta * grad_y)
    return x - eta * grad_x, y + eta * grad_y


@extragradient_step.mistake(
    """The wishes have changed places: x makes f larger and y makes it smaller. x moves against its slope, y along its
    own, in the look ahead and in the step."""
)
def wishes_exchanged(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    grad_x, grad_y = gradients(x + eta * grad_x, y - eta * grad_y)
    return x + eta * grad_x, y - eta * grad_y
