# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 8, exercise: what the discriminator minimises."""

import torch
import torch.nn.functional as F

from course_utils.exercises.lesson08.saturation import LIKE, costs_when_sure
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import given, normal

discriminator_loss = Exercise(
    "The discriminator's loss",
    task="""
        D returns logits: D(x) = sigmoid(logit) is the probability it gives to "x is real". `real_logits` are its
        answers to real points, `fake_logits` those to generated ones; each has one axis, and their lengths may differ.
        Return the loss that D *minimises*, in nats, shape (): the mean of −log D over the real points plus the mean of
        −log(1 − D) over the fakes. It must stay exact when a logit is 200 or −200.
    """,
    signature="discriminator_loss(real_logits, fake_logits)",
    returns=["the loss"],
    hints=[
        "D answers two questions: is this real point real, is this fake real? Each right answer costs little. Which "
        "label belongs to which batch?",
        "With the label 1 the cross-entropy is −log D, with the label 0 it is −log(1 − D). Take the mean over each "
        "batch by itself, then add the two.",
        "`sigmoid(200)` is rounded to 1, and log(1 − 1) is −∞. PyTorch has a cross-entropy that takes logits and "
        "makes the sigmoid itself.",
        "`F.binary_cross_entropy_with_logits(real_logits, torch.ones_like(real_logits))` is the first mean. (Or use "
        "−log sigmoid(a) = softplus(−a) and −log(1 − sigmoid(a)) = softplus(a).)",
    ],
    probes=[
        given(real_logits=[0.0], fake_logits=[0.0]).note(
            "D says ½ to both, as if it had learned nothing: log 2 + log 2 = log 4 ≈ 1.386."
        ),
        given(real_logits=[2.0], fake_logits=[0.0]).note(
            "D gives the real point 0.881, which costs 0.127; the fake gets ½, which costs log 2 = 0.693."
        ),
        given(real_logits=[0.0], fake_logits=[2.0]).note(
            "D takes the fake for real (0.881), which costs −log 0.119 = 2.127; the real point costs log 2 = 0.693."
        ),
        given(real_logits=[3.0], fake_logits=[-3.0]).note("A D that knows both: each costs 0.049."),
        given(real_logits=[1.0, -0.5], fake_logits=[-2.0, 0.3])
        .gradients("real_logits", "fake_logits")
        .note("Two real points cost 0.313 and 0.974; two fakes 0.127 and 0.854."),
        given(real_logits=[0.5, -1.0, 2.0], fake_logits=[-1.5, 0.4]).note(
            "Three real points, two fakes: each mean is taken over its own batch."
        ),
        given(real_logits=normal(16, seed=800, scale=2.0), fake_logits=normal(8, seed=801, scale=2.0))
        .gradients("real_logits", "fake_logits")
        .note("Sixteen real points, eight fakes."),
        given(real_logits=1 + normal(6, seed=802), fake_logits=normal(6, seed=803) - 1).note("Six of each."),
        given(real_logits=normal(4, seed=804, scale=2.0), fake_logits=normal(12, seed=805, scale=2.0)).note(
            "Four real points, twelve fakes."
        ),
        given(real_logits=normal(9, seed=806), fake_logits=normal(9, seed=807)).note("Nine of each."),
    ],
)


@discriminator_loss.probe("Called with one real logit and one fake one, each 200 or −200")
def _(call):
    yield from costs_when_sure(
        call,
        discriminator_loss.answer,
        {
            "right about both (200, −200)": ((200.0, -200.0), 0.0),
            "mistaken about the real point (−200, −200)": ((-200.0, -200.0), 200.0),
            "mistaken about the fake (200, 200)": ((200.0, 200.0), 200.0),
        },
    )


@discriminator_loss.probe("Called with float64")
def _(call):
    value = call(normal(3, seed=808).double(), normal(2, seed=809).double())
    yield Fact("the dtype of the result", str(getattr(value, "dtype", kind(value))), note=LIKE)


def _bce(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


@discriminator_loss.reference
def _(real_logits, fake_logits):
    real = F.binary_cross_entropy_with_logits(real_logits, torch.ones_like(real_logits))
    fake = F.binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))
    return real + fake


@discriminator_loss.terms("the loss")
def _(real_logits, fake_logits):
    return {
        "mean(−log D(real))": _bce(real_logits, 1.0),
        "mean(−log(1 − D(fake)))": _bce(fake_logits, 0.0),
        "mean(−log(1 − D(real)))": _bce(real_logits, 0.0),
        "mean(−log D(fake))": _bce(fake_logits, 1.0),
        "1": 1.0,
    }


# Many published GANs do this, among them eriklindernoren/PyTorch-GAN and CycleGAN; a convention, but another one.
@discriminator_loss.mistake(
    """This is half of what is asked for: the mean of the two losses, as much published code has it. That only halves
    D's gradient, but the number changes: a D that says ½ everywhere should cost log 4 = 1.386. Add the two means,
    with no ½."""
)
def halved(real_logits, fake_logits):
    return 0.5 * (_bce(real_logits, 1.0) + _bce(fake_logits, 0.0))


# Turoad/lanedet#32, itakurah/focal-loss-pytorch PR#5: the same slip in other networks.
@discriminator_loss.mistake(
    """The sigmoid is applied twice: by you, and again inside `binary_cross_entropy_with_logits`. D's probabilities are
    then squeezed into [0.5, 0.73], and no fake can be called a fake. Hand the logits over as they are."""
)
def sigmoid_twice(real_logits, fake_logits):
    return _bce(real_logits.sigmoid(), 1.0) + _bce(fake_logits.sigmoid(), 0.0)


@discriminator_loss.mistake(
    """Both batches got the label 1, so D is asked to call everything real, and will. "Real" for fakes stands in the
    *generator's* loss; D's own label for them is 0: −log(1 − D)."""
)
def fakes_called_real(real_logits, fake_logits):
    return _bce(real_logits, 1.0) + _bce(fake_logits, 1.0)


@discriminator_loss.mistake(
    """The two batches are joined, and one mean is taken over all points. That halves the loss where both are equally
    long, and lets the longer batch weigh more where they are not. Take the mean over each batch by itself, then add."""
)
def one_mean_for_all(real_logits, fake_logits):
    logits = torch.cat([real_logits, fake_logits])
    labels = torch.cat([torch.ones_like(real_logits), torch.zeros_like(fake_logits)])
    return F.binary_cross_entropy_with_logits(logits, labels)


@discriminator_loss.mistake(
    """You added up the points of each batch. Then the loss and its gradient double when the batch does. Take the mean
    over each batch."""
)
def summed(real_logits, fake_logits):
    return len(real_logits) * _bce(real_logits, 1.0) + len(fake_logits) * _bce(fake_logits, 0.0)


@discriminator_loss.mistake(
    """The values are right, but the fakes' logits are detached, so D learns nothing from the fakes. What is to be
    detached in D's step is the *picture*, before D sees it: D(G(z).detach()). D's answer must keep its gradient."""
)
def fake_logits_detached(real_logits, fake_logits):
    return _bce(real_logits, 1.0) + _bce(fake_logits.detach(), 0.0)


# Salimans et al. 2016 (one-sided label smoothing); soumith/ganhacks lists it among its tips.
@discriminator_loss.mistake(
    """You smoothed the label of the real points to 0.9. That is a known trick, which keeps D from being too sure; but
    the best D is then another one than p/(p + q). Here the labels are 1 and 0."""
)
def smoothed_labels(real_logits, fake_logits):
    return _bce(real_logits, 0.9) + _bce(fake_logits, 0.0)


@discriminator_loss.mistake(
    """You used the logits as if they were probabilities. A logit may be −3 or 5, and the logarithm of −3 does not
    exist. D = sigmoid(logit), or use the cross-entropy that takes logits."""
)
def logits_as_probabilities(real_logits, fake_logits):
    return -real_logits.log().mean() - (1 - fake_logits).log().mean()


@discriminator_loss.mistake(
    """`binary_cross_entropy` wants probabilities and got logits, which may be any number; that is what it complains
    about. Its sister `binary_cross_entropy_with_logits` takes them."""
)
def logits_into_the_loss_for_probabilities(real_logits, fake_logits):
    real = F.binary_cross_entropy(real_logits, torch.ones_like(real_logits))
    return real + F.binary_cross_entropy(fake_logits, torch.zeros_like(fake_logits))


@discriminator_loss.mistake(
    """The formula is right, and breaks where D is very sure and mistaken: the sigmoid of 200 is rounded to 1, 1 − 1 is
    0, and the logarithm of 0 is −∞. Use the cross-entropy that takes logits."""
)
def logarithm_of_the_sigmoid(real_logits, fake_logits):
    return -real_logits.sigmoid().log().mean() - (1 - fake_logits.sigmoid()).log().mean()


@discriminator_loss.mistake(
    """An epsilon or a clamp keeps the logarithm finite, but it also caps what a sure and mistaken answer costs, and
    behind the cap the gradient is 0. No cap is needed if the loss is computed from the logits."""
)
def epsilon_in_the_logarithm(real_logits, fake_logits):
    real, fake = (logits.sigmoid().clamp(1e-7, 1 - 1e-7) for logits in (real_logits, fake_logits))
    return -real.log().mean() - (1 - fake).log().mean()


@discriminator_loss.mistake(
    """Nearly: `binary_cross_entropy` on the sigmoid agrees until D is sure and mistaken. There the sigmoid has been
    rounded to 0 or 1 and PyTorch stops at 100 nats; right is 200. The version `..._with_logits` has no such wall (and
    no zero gradient behind it)."""
)
def capped_at_100(real_logits, fake_logits):
    real, fake = real_logits.sigmoid(), fake_logits.sigmoid()
    return F.binary_cross_entropy(real, torch.ones_like(real)) + F.binary_cross_entropy(fake, torch.zeros_like(fake))


@discriminator_loss.mistake(
    """You compare mean logits, as a Wasserstein critic does. Nothing keeps them finite here; asked for is the
    cross-entropy: −log D for real points and −log(1 − D) for fakes, with D = sigmoid(logit)."""
)
def wasserstein(real_logits, fake_logits):
    return fake_logits.mean() - real_logits.mean()
