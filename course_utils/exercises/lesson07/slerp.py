# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 7, exercise: from one code to another along the sphere on which both lie."""

import math

import torch

from course_utils.exercises.lesson07.taken import Taken
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import normal


def _turned(x, y, angle):
    """Turn the point (x, y) by an angle round 0."""
    c, s = math.cos(angle), math.sin(angle)
    return [c * x - s * y, s * x + c * y]


def _angle(a, b):
    return ((a @ b) / (a.norm() * b.norm())).clamp(-1, 1).acos()


def _probe(a, b, t, says):
    a, b, t = (torch.as_tensor(value, dtype=torch.float32) for value in (a, b, t))
    return Taken({"a": a, "b": b, "t": t}, what="the points of the walk").note(
        lambda points: f"{_seen(points, a, b, t)} {says}".strip()
    )


def _seen(points, a, b, t):
    """Say where the points of a walk lie: their lengths, else their angles."""
    points, a, b, t = (value.double() for value in (points, a, b, t))
    if points.shape != (len(t), len(a)):
        return ""
    if points.isnan().any():
        return "NaN came out: of `.acos()` outside [−1, 1], or of 0/0?"
    r, angle = a.norm(), _angle(a, b)
    length = points.norm(dim=1)
    off = ((length - r).abs() / r).argmax()
    if (length[off] - r).abs() > 1e-4 * r:
        return f"At t = {t[off]:.3g} your point has the length {length[off]:.4g}, and r is {r:.4g}."
    mine = torch.stack([_angle(a, point) for point in points])
    off = (mine - t * angle).abs().argmax()
    if (mine[off] - t[off] * angle).abs() > 1e-3:
        degrees = f"{mine[off].rad2deg():.3g}° from a, and t·ω is {(t[off] * angle).rad2deg():.3g}°"
        return f"The lengths are right here, but at t = {t[off]:.3g} your point is {degrees}."
    return ""


SAME = normal(16, seed=792)

slerp = Exercise(
    "Round the sphere",
    task="""
        Two codes `a` and `b`, shape (Z,), have the same length r. Walk from a to b along the sphere of radius r, the
        short way, at constant speed: at place t the point lies in the plane of a and b, has the length r, and the angle
        between it and a is t times the angle ω between a and b. Return the points for all P places in `t`, numbers
        from 0 to 1 of shape (P,): shape (P, Z). If a and b are the same, so are all points. (They are never opposite.)
    """,
    signature="slerp(a, b, t)",
    returns=["the walk"],
    axes={"a": "latent", "b": "latent", "t": "places"},
    hints=[
        "A mixture p·a + q·b lies in the plane of a and b. On the straight line p = 1 − t and q = t; on the sphere "
        "other p and q are needed. First the angle: the dot product is a·b = r² cos ω.",
        "In a plane, with a at angle 0 and b at angle ω, the point at angle tω is p·a + q·b with "
        "p = sin((1 − t)ω)/sin ω and q = sin(tω)/sin ω. Check t = 0 and t = 1.",
        "`t[:, None]` has the shape (P, 1): with `a` of shape (Z,) it broadcasts to (P, Z).",
        "If ω is 0, so is sin ω, and 0/0 is NaN. A tiny ω can be replaced by a straight line; and a rounding error can "
        "push the cosine above 1, so `.clamp(-1, 1)` it before `.acos()`.",
    ],
    probes=[
        _probe(
            [3.0, 0.0],
            [0.0, 3.0],
            [0.0, 0.5, 1.0],
            "A quarter of a circle with r = 3: half-way lies (2.12, 2.12), also at the distance 3 from 0.",
        ),
        _probe(
            [3.0, 0.0],
            [0.0, 3.0],
            [1 / 3],
            "A third of the way is an angle of 30° here: 3·(cos 30°, sin 30°). (One place: the shape is (1, 2).)",
        ),
        _probe(
            [0.0, 2.0, 0.0],
            [0.0, -1.0, math.sqrt(3)],
            [0.25, 0.5, 0.75],
            "The angle is 120°, r = 2: half-way, at 60°, lies (0, 1, √3).",
        ),
        _probe(
            normal(16, seed=750) * 4 / normal(16, seed=750).norm(),
            normal(16, seed=751) * 4 / normal(16, seed=751).norm(),
            torch.linspace(0, 1, 7),
            "Sixteen dimensions; every point has the length 4, that of a and of b.",
        ),
        _probe(
            [3.0, 4.0],
            _turned(3.0, 4.0, 0.01),
            [0.0, 0.25, 1.0],
            "a and b lie very near each other, ω = 0.01: a quarter of the way is near a.",
        ),
        _probe(
            [10.0, 0.0],
            _turned(10.0, 0.0, 0.25),
            [0.0, 0.5, 1.0],
            "ω = 0.25, an angle of 14°: small, but the arc is no straight line yet.",
        ),
        _probe(
            [3.0, 0.0, 4.0],
            [3.0, 0.0, 4.0],
            [0.0, 0.3, 1.0],
            "a and b are the same: ω = 0 and sin ω = 0. Every point is a.",
        ),
        _probe(
            SAME,
            SAME,
            [0.0, 0.3, 1.0],
            "a and b are the same. By rounding, a·b / (‖a‖ ‖b‖) can exceed 1 a little, and has no `.acos()` then: "
            "`.clamp(-1, 1)`.",
        ),
    ],
)


@slerp.reference
def _(a, b, t):
    t = t[:, None]
    cosine = (a @ b) / (a.norm() * b.norm())
    angle = cosine.clamp(-1, 1).acos()
    if angle < 1e-3:  # so near that the arc is a straight line
        return (1 - t) * a + t * b
    return (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin()


def _mixed(a, b, t, angle):
    t = t[:, None]
    if angle == 0:
        return (1 - t) * a + t * b
    return (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin()


@slerp.terms("the walk")
def _(a, b, t):
    angle, t = _angle(a, b), t[:, None]
    p, q = (1 - t, t) if angle < 1e-6 else (((1 - t) * angle).sin() / angle.sin(), (t * angle).sin() / angle.sin())
    return {
        "a·sin((1 − t)ω)/sin ω": p * a,
        "b·sin(tω)/sin ω": q * b,
        "a·sin(tω)/sin ω": q * a,
        "b·sin((1 − t)ω)/sin ω": p * b,
        "a·sin((1 − t)ω)": p * angle.sin() * a,
        "b·sin(tω)": q * angle.sin() * b,
        "a·cos(tω)": (t * angle).cos() * a,
        "a·(1 − t)": (1 - t) * a,
        "b·t": t * b,
    }


# soumith/dcgan.torch#14: the walk that most people take first.
@slerp.mistake(
    """You walk in a straight line. It cuts through the ball: half-way between two codes at a right angle the length is
    only r/√2. On the sphere the length stays r."""
)
def straight(a, b, t):
    t = t[:, None]
    return (1 - t) * a + t * b


@slerp.mistake(
    """You walk in a straight line and stretch every point to the length r. The path is right, the speed is not: near
    the ends you are too slow, in the middle too fast (at 120°, a quarter of the way is 19°, not 30°). Divide the
    *angle*."""
)
def straight_and_stretched(a, b, t):
    t = t[:, None]
    line = (1 - t) * a + t * b
    return a.norm() * line / line.norm(dim=1, keepdim=True)


@slerp.mistake(
    """The number whose `.acos()` you take is no cosine: the dot product a·b is r² cos ω, and must be divided by the
    lengths of *both* codes first."""
)
def lengths_not_divided(a, b, t):
    return _mixed(a, b, t, (a @ b).clamp(-1, 1).acos())


@slerp.mistake(
    """You took the cosine of the angle for the angle itself: `.acos()` is missing between the dot product and the
    sines."""
)
def cosine_for_angle(a, b, t):
    return _mixed(a, b, t, (a @ b) / (a.norm() * b.norm()))


@slerp.mistake("""You turned the angle into degrees. PyTorch's sine takes radians, as `.acos()` returns them.""")
def in_degrees(a, b, t):
    return _mixed(a, b, t, _angle(a, b).rad2deg())


@slerp.mistake(
    """You mix a and b with cos and sin of tω as if they stood at a right angle: b·sin(tω) leans back towards a. Only
    the part of b that is at a right angle to a may be taken (stretched to the length r), or the other two weights:
    sin((1 − t)ω)/sin ω and sin(tω)/sin ω."""
)
def as_if_perpendicular(a, b, t):
    angle, t = _angle(a, b), t[:, None]
    return (t * angle).cos() * a + (t * angle).sin() * b


@slerp.mistake(
    """You mix a and b with cos and sin of t·90°: right only if they stand at a right angle. Use the angle ω that is
    between them."""
)
def always_a_quarter(a, b, t):
    t = t[:, None] * math.pi / 2
    return t.cos() * a + t.sin() * b
