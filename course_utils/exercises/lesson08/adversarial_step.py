# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 8, exercise: both updates of a GAN, with every gradient where it belongs."""

from numbers import Real

import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.exercises.lesson08.players import LR_D, LR_G, Table, batch
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, article, kind
from course_utils.exercises.machine.probes import Fault

adversarial_step = Exercise(
    "Both updates",
    task="""
        Train one step. First D's: with the points `real` and the fakes that the generator makes of the noise `z`,
        `optimizer_d` takes one step on D's loss, −log D(real) − log(1 − D(fake)), each averaged over the batch; the
        generator takes no part, so no gradient shall reach it. Then the generator's: `optimizer_g` takes one step on
        −log D(G(z)), averaged, with the same `z` and the D that has just been updated. `discriminator(x)` returns
        logits, shape (B,). Return the pair of the two losses. The function will be called many times in a row.
    """,
    signature="adversarial_step(generator, discriminator, optimizer_g, optimizer_d, real, z)",
    returns=["D's loss", "G's loss"],
    hints=[
        "Two updates, each of the same three lines: `zero_grad`, `backward`, `step`. Whose `zero_grad`, and whose "
        "`step`?",
        "In D's update the fakes are data like the real points: cut them off from the generator with `.detach()`.",
        "In G's update the gradient must pass *through* D to the generator: no `.detach()` there. D is safe, because "
        "its optimizer does not step.",
        "What G's update leaves in D's `.grad` is cleared by `optimizer_d.zero_grad()` at the beginning of the next "
        "call.",
    ],
)

D_STANDS = (
    "D's weights have not moved. They move in `optimizer_d.step()`, along what `backward()` has put into `.grad`; "
    "a `zero_grad()` between the two takes it away again."
)
G_STANDS = (
    "The generator's weights have not moved. They move in `optimizer_g.step()`, if the gradient of G's loss has come "
    "through D and the fakes back to them: without `backward()` none comes, a `.detach()` or `no_grad` on that way "
    "stops it, a `zero_grad()` before the step takes it away. D is safe without them: `optimizer_d` does not step in "
    "this update."
)
LOSSES = "The weights are right. Return the pair (D's loss, G's loss), as computed in the two updates."
REACHED = (
    "In D's update the gradient also runs through the generator, which takes no part in it: that costs time, and what "
    "it leaves in the generator's `.grad` must be cleared. Give D `fake.detach()`."
)
FROZEN = "`requires_grad` must be True again at the end: the next call needs these gradients."
MANY = (
    "After one call everything is right, after three it is not: something is left over from one call to the next. "
    "Gradients add up until `zero_grad()`, and G's update leaves some in D."
)
OTHER = "another one"
NEITHER = {
    "D": "Asked for is one step of `optimizer_d`, on the loss that the task names, with the fakes of these `z`.",
    "G": "Asked for is one step of `optimizer_g`, on the mean of −log D(G(z)), with these `z` and the D after its "
    "update.",
}


@adversarial_step.probe("Called once, with 8 real points and noise for 8 fakes")
def _(call):
    table = Table(860)
    losses = _losses(_call(call, table, *batch(880)))
    for name, weights, steps in zip("DG", table.weights(), (_steps_of_d(), _steps_of_g()), strict=True):
        moved = weights - Table(860).weights()["DG".index(name)]
        step = next((words for words, (move, _) in steps.items() if _near(moved, move)), OTHER)
        yield Fact(f"{name}'s step", step, note=steps[step][1] if step in steps else NEITHER[name])
        yield Fact(f"{name}'s weights", weights)
    times = {0: "never", 1: "once, in G's update"}.get(table.reached, f"{table.reached} times")
    yield Fact("how often a gradient came back to the fakes", times, note=REACHED if table.reached > 1 else G_STANDS)
    yield Fact("whose weights want no gradient any more", table.frozen(), note=FROZEN)
    for name, loss in zip(("D's loss", "G's loss"), losses, strict=True):
        yield Fact(name, loss, note=LOSSES)


@adversarial_step.probe("Called three times in a row, with other points and noise each time")
def _(call):
    table, right = Table(870), Table(870)
    for turn in range(3):
        _call(call, table, *batch(890 + 10 * turn, 4 + 2 * turn))
        _call(adversarial_step.answer, right, *batch(890 + 10 * turn, 4 + 2 * turn))
    for name, weights, wanted in zip("DG", table.weights(), right.weights(), strict=True):
        said = "as they should be" if _near(weights, wanted) else "others"
        yield Fact(f"{name}'s weights after three calls", said, note=MANY)
        yield Fact(f"the numbers of {name}'s weights after three calls", weights)


def _call(call, table, real, z):
    return call(table.generator, table.discriminator, table.optimizer_g, table.optimizer_d, real, z)


def _losses(value):
    """Return the two losses that came back as tensors, or raise the `Fault` that says what came instead."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Fault("form", f"The pair (D's loss, G's loss) is asked for; {article(kind(value))} came back.")
    found = [part.detach() if isinstance(part, Tensor) else part for part in value]
    one = [part.numel() == 1 if isinstance(part, Tensor) else isinstance(part, Real) for part in found]
    if not all(one):
        raise Fault("form", "Each of the two losses is one number, averaged over the batch.")
    return [torch.tensor(float(part)) for part in found]


def _near(one, other):
    return bool(torch.allclose(one, other, rtol=1e-4, atol=1e-6))


def _costs(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def _down(value, network, rate):
    """Return the step down the slope of `value` by the weights of `network`."""
    grads = torch.autograd.grad(value, list(network.parameters()), retain_graph=True)
    return -rate * torch.cat([grad.flatten() for grad in grads])


def _steps_of_d():
    """Return the steps that D may take in the first call, by what they follow, each with a sentence."""
    table, (real, z) = Table(860), batch(880)
    network, fake = table.discriminator, table.generator(z)
    real_logits, fake_logits = network(real), network(fake)
    true, false, taken = _costs(real_logits, 1.0), _costs(fake_logits, 0.0), _costs(fake_logits, 1.0)
    twice = _costs(real_logits.sigmoid(), 1.0) + _costs(fake_logits.sigmoid(), 0.0)
    losses = {
        "down D's loss": (true + false, ""),
        "up D's loss": (-true - false, "An optimizer goes downhill: give it the loss, not its negative."),
        "along the real points alone": (true, "D must learn from the fakes, too: their label is 0."),
        "along the fakes alone": (false, "D must learn from the real points, too: their label is 1."),
        "with the labels exchanged": (_costs(real_logits, 0.0) + taken, "D learned to call real points fake."),
        "as if the fakes were real": (true + taken, "In D's own update the fakes have the label 0."),
        "half as long": (0.5 * (true + false), "D's loss is the sum of the two means."),
        "8 times as long": (8 * (true + false), "Average over the batch."),
        "down a loss whose logits went through a sigmoid": (twice, "The loss for logits makes the sigmoid itself."),
        "down G's loss": (taken, "In G's update `optimizer_g` steps, and D stands still."),
        "down both losses together": (true + false + taken, "What G's loss wants of D has no place in D's step."),
    }
    moves = {words: (_down(loss, network, LR_D), why) for words, (loss, why) in losses.items()}
    return moves | {"none": (torch.zeros_like(moves["up D's loss"][0]), D_STANDS)}


def _steps_of_g():
    """Return the steps that G may take in the first call, by what they follow, each with a sentence."""
    table, (real, z) = Table(860), batch(880)
    network, fake = table.generator, table.generator(z)
    early = _costs(table.discriminator(fake), 1.0)
    d_loss = _costs(table.discriminator(real), 1.0) + _costs(table.discriminator(fake), 0.0)
    before, left = _down(early, network, LR_G), _down(d_loss, network, LR_G)
    torch.nn.utils.vector_to_parameters(
        table.weights()[0] + _steps_of_d()["down D's loss"][0], table.discriminator.parameters()
    )
    logits = table.discriminator(fake)
    right, helping = _down(_costs(logits, 1.0), network, LR_G), _down(_costs(logits, 0.0), network, LR_G)
    anew = "Compute D's answers for G's loss anew, after `optimizer_d.step()`."
    saturating = "That is log(1 − D), the saturating loss; asked for is −log D."
    return {
        "down G's loss": (right, ""),
        "up G's loss": (-right, "An optimizer goes downhill: give it the loss, not its negative."),
        "against the D from before its update": (before, anew),
        "down D's loss, to be caught": (helping, "In G's own loss the fakes have the label 1."),
        "up D's loss": (-helping, saturating),
        "half as long": (0.5 * right, "G's loss is the mean of −log D(G(z)), with no ½."),
        "8 times as long": (8 * right, "Average over the batch."),
        "down G's loss and D's loss together": (right + left, REACHED),
        "none": (torch.zeros_like(right), G_STANDS),
    }


@adversarial_step.reference
def _(generator, discriminator, optimizer_g, optimizer_d, real, z):
    bce = F.binary_cross_entropy_with_logits
    fake = generator(z)

    real_logits, fake_logits = discriminator(real), discriminator(fake.detach())
    d_loss = bce(real_logits, torch.ones_like(real_logits)) + bce(fake_logits, torch.zeros_like(fake_logits))
    optimizer_d.zero_grad()
    d_loss.backward()
    optimizer_d.step()

    fake_logits = discriminator(fake)
    g_loss = bce(fake_logits, torch.ones_like(fake_logits))
    optimizer_g.zero_grad()
    g_loss.backward()
    optimizer_g.step()
    return d_loss.detach(), g_loss.detach()


def _d_loss(discriminator, real, fake):
    return _costs(discriminator(real), 1.0) + _costs(discriminator(fake), 0.0)


def _update(optimizer, loss, zero=True):
    if zero:
        optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def _right_d(discriminator, optimizer_d, real, fake):
    return _update(optimizer_d, _d_loss(discriminator, real, fake.detach()))


# Asked about in heykeetae/Self-Attention-GAN#48.
@adversarial_step.mistake(
    """The weights come out right, but D's loss was backpropagated through the generator, too, where nobody needs it: it
    costs time, and only your later `optimizer_g.zero_grad()` keeps it out of G's step. In D's update give D the fakes
    as data: `fake.detach()`."""
)
def through_the_generator(generator, discriminator, optimizer_g, optimizer_d, real, z):
    d_loss = _update(optimizer_d, _d_loss(discriminator, real, generator(z)))
    return d_loss, _update(optimizer_g, _costs(discriminator(generator(z)), 1.0))


# Seen in eriklindernoren/PyTorch-GAN#6.
@adversarial_step.mistake(
    """The fakes are used twice, and the first `backward()` has run through them to the generator and thrown its graph
    away. PyTorch's advice (`retain_graph=True`) hides what is the matter: D's update needs no path to the generator.
    Give D `fake.detach()` there."""
)
def graph_used_twice(generator, discriminator, optimizer_g, optimizer_d, real, z):
    fake = generator(z)
    d_loss = _update(optimizer_d, _d_loss(discriminator, real, fake))
    return d_loss, _update(optimizer_g, _costs(discriminator(fake), 1.0))


# Seen in heykeetae/Self-Attention-GAN#48, where it does harm.
@adversarial_step.mistake(
    """G's step holds two gradients: that of its own loss, and that of *D's* loss, which asks it to be caught. D's
    update ran through the generator (no `.detach()`), and its gradients were not cleared before G's. Give D
    `fake.detach()`, and call `optimizer_g.zero_grad()` right before G's `backward()`."""
)
def gradient_of_ds_loss_in_g(generator, discriminator, optimizer_g, optimizer_d, real, z):
    optimizer_g.zero_grad()
    d_loss = _update(optimizer_d, _d_loss(discriminator, real, generator(z)))
    return d_loss, _update(optimizer_g, _costs(discriminator(generator(z)), 1.0), zero=False)


@adversarial_step.mistake(
    """One call is right, several are not: gradients add up from call to call, because nobody clears them. Call the
    optimizer's `zero_grad()` before each `backward()`, in both updates."""
)
def nothing_cleared(generator, discriminator, optimizer_g, optimizer_d, real, z):
    fake = generator(z)
    d_loss = _update(optimizer_d, _d_loss(discriminator, real, fake.detach()), zero=False)
    return d_loss, _update(optimizer_g, _costs(discriminator(fake), 1.0), zero=False)


@adversarial_step.mistake(
    """One call is right, several are not: D's gradients are not cleared. Besides its own old ones, G's update leaves
    some there, and those ask D to call fakes real. `optimizer_d.zero_grad()` belongs before D's `backward()`."""
)
def d_not_cleared(generator, discriminator, optimizer_g, optimizer_d, real, z):
    fake = generator(z)
    d_loss = _update(optimizer_d, _d_loss(discriminator, real, fake.detach()), zero=False)
    return d_loss, _update(optimizer_g, _costs(discriminator(fake), 1.0))


# Seen in yunjey/pytorch-tutorial#45.
@adversarial_step.mistake(
    """In its own loss the generator's fakes have the label 0, so it learns to be caught: it helps D. They are fakes,
    but the generator's wish is that D says 1: −log D(G(z))."""
)
def g_helps_d(generator, discriminator, optimizer_g, optimizer_d, real, z):
    fake = generator(z)
    d_loss = _right_d(discriminator, optimizer_d, real, fake)
    return d_loss, _update(optimizer_g, _costs(discriminator(fake), 0.0))


@adversarial_step.mistake(
    """D steps twice: in G's update you step `optimizer_d`, too, and what G's loss has left in D asks it to call fakes
    real. In G's update the gradient passes through D, but only `optimizer_g` steps."""
)
def d_steps_for_g(generator, discriminator, optimizer_g, optimizer_d, real, z):
    fake = generator(z)
    d_loss = _right_d(discriminator, optimizer_d, real, fake)
    g_loss = _update(optimizer_g, _costs(discriminator(fake), 1.0))
    optimizer_d.step()
    return d_loss, g_loss


@adversarial_step.mistake(
    """The generator moved first, and D answered to it. That trains as well; but asked for is the other order, D's
    update and then G's."""
)
def generator_first(generator, discriminator, optimizer_g, optimizer_d, real, z):
    g_loss = _update(optimizer_g, _costs(discriminator(generator(z)), 1.0))
    return _right_d(discriminator, optimizer_d, real, generator(z)), g_loss


@adversarial_step.mistake(
    """D's answers for G's loss were computed before `optimizer_d.step()` changed D's weights, and `backward()` comes
    after it: PyTorch notices that the weights it needs are no longer those. Ask D anew, `discriminator(fake)`, after
    its step."""
)
def answers_from_before_the_step(generator, discriminator, optimizer_g, optimizer_d, real, z):
    fake = generator(z)
    g_loss = _costs(discriminator(fake), 1.0)
    d_loss = _right_d(discriminator, optimizer_d, real, fake)
    return d_loss, _update(optimizer_g, g_loss)


@adversarial_step.mistake(
    """The two losses were added and backpropagated together. For the fakes they ask for opposite things, so in D and in
    G the one works against the other. Two updates, each with a loss, a `backward()` and a step of its own."""
)
def one_loss_for_both(generator, discriminator, optimizer_g, optimizer_d, real, z):
    fake = generator(z)
    optimizer_d.zero_grad()
    optimizer_g.zero_grad()
    d_loss, g_loss = _d_loss(discriminator, real, fake), _costs(discriminator(fake), 1.0)
    (d_loss + g_loss).backward()
    optimizer_d.step()
    optimizer_g.step()
    return d_loss.detach(), g_loss.detach()


@adversarial_step.mistake(
    """Both `backward()` come first and both steps last: G's loss was computed with the old D, and what it wants of D
    was added to D's own gradient, so that D's step works against itself on the fakes. Finish D's update, up to
    `optimizer_d.step()`, before G's begins."""
)
def steps_last(generator, discriminator, optimizer_g, optimizer_d, real, z):
    fake = generator(z)
    d_loss, g_loss = _d_loss(discriminator, real, fake.detach()), _costs(discriminator(fake), 1.0)
    optimizer_d.zero_grad()
    optimizer_g.zero_grad()
    d_loss.backward()
    g_loss.backward()
    optimizer_d.step()
    optimizer_g.step()
    return d_loss.detach(), g_loss.detach()
