# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 8, exercise: what the generator minimises, so that it also learns while it is losing."""

import torch
import torch.nn.functional as F

from course_utils.exercises.lesson08.saturation import LIKE, costs_when_sure
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import given, normal

generator_loss = Exercise(
    "The generator's loss",
    task="""
        `fake_logits`, shape (B,), are D's answers to generated points: D(G(z)) = sigmoid(logit) is the probability it
        gives to "real". Return the *non-saturating* loss of the generator, in nats, shape (), averaged over the batch:
        small where D takes the fakes for real, and steep where D is sure that they are not. It must stay exact when a
        logit is 200 or −200.
    """,
    signature="generator_loss(fake_logits)",
    returns=["the loss"],
    axes={"fake_logits": "examples"},
    hints=[
        "Which of the two falls when D(G(z)) rises, log(1 − D) or −log D? Both do. Which of them is steep where "
        "D(G(z)) is near 0?",
        "It is −log D(G(z)): the cross-entropy with the label 1, though the points are fakes. That is no slip: the "
        "generator wants D to say 1.",
        "From logits: `F.binary_cross_entropy_with_logits`, or −log sigmoid(a) = softplus(−a). Then the mean.",
    ],
    probes=[
        given(fake_logits=[0.0]).note("D says ½: −log ½ = log 2 ≈ 0.693."),
        given(fake_logits=[3.0]).gradients("fake_logits").note("D is fooled (0.953): this costs little, 0.049."),
        given(fake_logits=[-3.0])
        .gradients("fake_logits")
        .note("D is not fooled (0.047): this costs −log 0.047 = 3.049, and the slope is steep, −0.953 for each logit."),
        given(fake_logits=[-2.0, 1.0]).note("Two fakes cost 2.127 and 0.313; the loss is their mean."),
        given(fake_logits=[-4.0, 0.5, -1.0]).note("Three fakes: 4.018, 0.474 and 1.313; the loss is their mean."),
        given(fake_logits=normal(8, seed=810, scale=2.0)).gradients("fake_logits").note("Eight fakes."),
        given(fake_logits=normal(5, seed=811) - 1).note("Five fakes."),
        given(fake_logits=normal(16, seed=812, scale=2.0)).gradients("fake_logits").note("Sixteen fakes."),
    ],
)


@generator_loss.probe("Called with one fake whose logit is 200 or −200")
def _(call):
    yield from costs_when_sure(
        call, generator_loss.answer, {"fooled (200)": ((200.0,), 0.0), "not fooled (−200)": ((-200.0,), 200.0)}
    )


@generator_loss.probe("Called with float64")
def _(call):
    value = call(normal(3, seed=813).double())
    yield Fact("the dtype of the result", str(getattr(value, "dtype", kind(value))), note=LIKE)


@generator_loss.reference
def _(fake_logits):
    return F.binary_cross_entropy_with_logits(fake_logits, torch.ones_like(fake_logits))


@generator_loss.terms("the loss")
def _(fake_logits):
    p = fake_logits.sigmoid()
    return {
        "mean(−log D)": F.softplus(-fake_logits).mean(),
        "mean(−log(1 − D))": F.softplus(fake_logits).mean(),
        "mean(D)": p.mean(),
        "1": 1.0,
    }


@generator_loss.mistake(
    """This is the saturating loss, the mean of log(1 − D). It, too, falls when D(G(z)) rises, but it is flat where D is
    sure: at the logit −3 its slope is −0.047, at −20 next to nothing is left. So a generator that is losing has hardly
    a slope to follow. The non-saturating loss is −log D(G(z))."""
)
def saturating(fake_logits):
    return -F.softplus(fake_logits).mean()


# Asked for in yunjey/pytorch-tutorial#45 and soumith/ganhacks#11.
@generator_loss.mistake(
    """The fakes have the label 0, which is what D wants: this generator would learn to be caught. They are fakes, but
    the *generator's* wish is that D says 1: −log D(G(z))."""
)
def labelled_as_fakes(fake_logits):
    return F.softplus(fake_logits).mean()


@generator_loss.mistake(
    """The sigmoid is applied twice: by you, and again inside `binary_cross_entropy_with_logits`. The loss then lies
    between 0.31 and 0.69 whatever D says, and is flat where D is sure. Hand the logits over as they are."""
)
def sigmoid_twice(fake_logits):
    p = fake_logits.sigmoid()
    return F.binary_cross_entropy_with_logits(p, torch.ones_like(p))


# Seen in wangle53/CSA-CDGAN#5.
@generator_loss.mistake(
    """The value is right, but nothing leads back from it: `.detach()`, `no_grad` or a new tensor has cut the path, and
    the generator would get no gradient at all. D is protected by not stepping *its* optimizer; the gradient must pass
    through D's answer to G."""
)
def detached(fake_logits):
    return F.softplus(-fake_logits.detach()).mean()


@generator_loss.mistake(
    """You average 1 − D. It falls when D(G(z)) rises, but is flat where D is sure, as the saturating loss is. Asked for
    is −log D(G(z))."""
)
def chance_of_being_caught(fake_logits):
    return 1 - fake_logits.sigmoid().mean()


@generator_loss.mistake(
    """This is minus the mean logit, as for a Wasserstein critic: its slope is the same everywhere, also for fakes that
    D believes already. Asked for is −log D(G(z)), with D = sigmoid(logit)."""
)
def wasserstein(fake_logits):
    return -fake_logits.mean()


@generator_loss.mistake(
    """You used the logits as if they were probabilities. A logit may be −3 or 5, and the logarithm of −3 does not
    exist. D = sigmoid(logit), or use the cross-entropy that takes logits."""
)
def logits_as_probabilities(fake_logits):
    return -fake_logits.log().mean()


@generator_loss.mistake(
    """`binary_cross_entropy` wants probabilities and got logits, which may be any number; that is what it complains
    about. Its sister `binary_cross_entropy_with_logits` takes them."""
)
def logits_into_the_loss_for_probabilities(fake_logits):
    return F.binary_cross_entropy(fake_logits, torch.ones_like(fake_logits))


@generator_loss.mistake(
    """The formula is right, and breaks where D is very sure: the sigmoid of −200 is rounded to 0, and the logarithm of
    0 is −∞. That is how a training begins whose D learns fast. Use the cross-entropy that takes logits."""
)
def logarithm_of_the_sigmoid(fake_logits):
    return -fake_logits.sigmoid().log().mean()


@generator_loss.mistake(
    """An epsilon or a clamp keeps the logarithm finite, but behind it the loss is flat: where D is surest the generator
    learns nothing, and that is what the non-saturating loss is there to prevent. Compute it from the logits."""
)
def epsilon_in_the_logarithm(fake_logits):
    return -(fake_logits.sigmoid() + 1e-8).log().mean()


@generator_loss.mistake(
    """Nearly: `binary_cross_entropy` on the sigmoid agrees until D is very sure. There the sigmoid has been rounded to
    0 and PyTorch stops at 100 nats, with no gradient; right is 200. The version `..._with_logits` has no such wall."""
)
def capped_at_100(fake_logits):
    p = fake_logits.sigmoid()
    return F.binary_cross_entropy(p, torch.ones_like(p))
