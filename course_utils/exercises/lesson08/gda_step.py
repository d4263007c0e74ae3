# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 8, exercise: one simultaneous step of gradient descent–ascent."""

from course_utils.exercises.lesson08.play import COUPLED, CURVED, PRODUCT, STEEP, unless_of_the_product
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

gda_step = Exercise(
    "One step of both players",
    task="""
        One player owns `x` and wants f(x, y) small, the other owns `y` and wants it large. Both move at the same
        moment, each by a gradient step of length `eta`, and neither sees the other's new place. `gradients(x, y)`
        returns the pair (∂f/∂x, ∂f/∂y) at any place you ask for. Return the pair of the new x and the new y, of the
        shapes of x and y.
    """,
    signature="gda_step(gradients, x, y, eta)",
    returns=["the new x", "the new y"],
    hints=[
        "Descent is: new = old − eta · slope. One of the two players does the opposite.",
        "At the same moment: both slopes are taken at the old place (x, y). What must you not overwrite before you ask "
        "for the second one?",
        "Ask once, `grad_x, grad_y = gradients(x, y)`, and then move both.",
    ],
    probes=[
        given(gradients=PRODUCT, x=[1.0], y=[0.0], eta=0.5).note(
            "At (1, 0) the slopes are ∂f/∂x = y = 0 and ∂f/∂y = x = 1: x stays, y moves up by 0.5 · 1."
        ),
        given(gradients=PRODUCT, x=[2.0], y=[1.0], eta=0.1).note(
            "At (2, 1) the slopes are 1 and 2: x moves down by 0.1 · 1, y up by 0.1 · 2."
        ),
        given(gradients=CURVED, x=[1.0], y=[-1.0], eta=0.05).note(
            unless_of_the_product(
                "At (1, −1) the slopes are 2 − 3 = −1 and 3 + 4 = 7: x moves *up* by 0.05, because f falls that way.",
                1.05,
                -0.95,
            )
        ),
        given(gradients=COUPLED, x=[1.0, -1.0], y=[0.5, 2.0], eta=0.2).note(
            "Each player owns two numbers here: the slopes are A y = (−3.5, 6.25) and Aᵀ x = (0.5, −5)."
        ),
        given(gradients=STEEP, x=[1.0, -0.5, 2.0], y=[0.5, 1.0, -1.0], eta=0.1).note(
            "f = ¼x⁴ + xy − ¼y⁴, three numbers each: the slopes are x³ + y = (1.5, 0.875, 7) and "
            "x − y³ = (0.875, −1.5, 3)."
        ),
        given(gradients=CURVED, x=normal(5, seed=830), y=normal(5, seed=831), eta=0.1)
        .double()
        .note("Five numbers each, in float64."),
        given(gradients=PRODUCT, x=normal(6, seed=832), y=normal(6, seed=833), eta=0.7).note("Six numbers each."),
    ],
)


@gda_step.reference
def _(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    return x - eta * grad_x, y + eta * grad_y


@gda_step.terms("the new x")
def _(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    return {"x": x, "eta·∂f/∂x": eta * grad_x, "eta·∂f/∂y": eta * grad_y, "∂f/∂x": grad_x}


@gda_step.terms("the new y")
def _(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    return {"y": y, "eta·∂f/∂y": eta * grad_y, "eta·∂f/∂x": eta * grad_x, "∂f/∂y": grad_y}


@gda_step.mistake(
    """y's slope was taken where x had already moved: this is *alternating* play, and on f = xy it behaves otherwise (it
    cycles, where simultaneous play spirals outwards). Take both slopes at the old place, then move both."""
)
def alternating(gradients, x, y, eta):
    x = x - eta * gradients(x, y)[0]
    return x, y + eta * gradients(x, y)[1]


@gda_step.mistake(
    """x's slope was taken where y had already moved: this is *alternating* play with y first, and on f = xy it behaves
    otherwise (it cycles, where simultaneous play spirals outwards). Take both slopes at the old place, then move
    both."""
)
def alternating_y_first(gradients, x, y, eta):
    y = y + eta * gradients(x, y)[1]
    return x - eta * gradients(x, y)[0], y


@gda_step.mistake(
    """Both players go downhill, as if they had the same wish. y wants f large: it moves *along* its slope, y + eta ·
    ∂f/∂y."""
)
def both_descend(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    return x - eta * grad_x, y - eta * grad_y


@gda_step.mistake(
    """Both players go uphill, as if they had the same wish. x wants f small: it moves *against* its slope, x − eta ·
    ∂f/∂x."""
)
def both_ascend(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    return x + eta * grad_x, y + eta * grad_y


@gda_step.mistake(
    """The wishes have changed places: here x makes f larger and y makes it smaller. x moves against its slope, y along
    its own."""
)
def wishes_exchanged(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    return x + eta * grad_x, y - eta * grad_y


@gda_step.mistake(
    """You looked ahead: both slopes are those at the place to which a first step would lead. That is the extragradient
    step, the better method; the plain step is asked for here, with the slopes at (x, y)."""
)
def looked_ahead(gradients, x, y, eta):
    grad_x, grad_y = gradients(x, y)
    grad_x, grad_y = gradients(x - eta * grad_x, y + eta * grad_y)
    return x - eta * grad_x, y + eta * grad_y
