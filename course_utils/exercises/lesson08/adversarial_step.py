# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 8, exercise: both updates of a GAN, with every gradient where it belongs."""

import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.exercises.lesson08.players import LR_D, LR_G, Table, batch
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, close, kind
from course_utils.exercises.machine.probes import Fault

adversarial_step = Exercise(
    "Both updates",
    task="""
        Train one step. First D's: with the points `real` and the fakes that the generator makes of the codes `z`,
        `opt_d` takes one step on D's loss, −log D(real) − log(1 − D(fake)), each averaged over the batch; the generator
        takes no part, so no gradient shall reach it. Then the generator's: `opt_g` takes one step on −log D(G(z)),
        averaged, with the same `z` and the D that has just been updated. `discriminator(x)` returns logits, shape (B,).
        Return the pair of the two losses. The function will be called many times in a row.
    """,
    signature="adversarial_step(generator, discriminator, opt_g, opt_d, real, z)",
    returns=["D's loss", "G's loss"],
    hints=[
        "Two updates, each of the same three lines: `zero_grad`, `backward`, `step`. Whose `zero_grad`, and whose "
        "`step`?",
        "In D's update the fakes are data like the real points: cut them off from the generator with `.detach()`.",
        "In G's update the gradient must pass *through* D to the generator: no `.detach()` there. D is safe, because "
        "its optimizer does not step.",
        "What G's update leaves in D's `.grad` is cleared by `opt_d.zero_grad()` at the beginning of the next call.",
    ],
)

D_STANDS = (
    "D's weights have not moved. They move in `opt_d.step()`, along what `backward()` has put into their `.grad`; a "
    "`zero_grad()` between the two takes it away again."
)
G_STANDS = (
    "The generator's weights have not moved. They move in `opt_g.step()`, if the gradient of G's loss has come through "
    "D and the fakes back to them: a `.detach()` or `no_grad` on that way stops it, a `zero_grad()` before the step "
    "takes it away."
)
LOSSES = "The weights are right. Return the pair (D's loss, G's loss), as computed in the two updates."
REACHED = (
    "In D's update the gradient also runs through the generator, which takes no part in it: that costs time, and what "
    "it leaves in the generator's `.grad` must be cleared. Give D `fake.detach()`."
)
MANY = (
    "After one call everything is right, after three it is not: something is left over from one call to the next. "
    "Gradients add up until `zero_grad()`, and G's update leaves some in D."
)


@adversarial_step.probe("Called once, with 8 real points and 8 codes")
def _(call):
    table = Table(860)
    losses = _losses(_call(call, table, *batch(880)))
    moved_d, moved_g = table.moves()
    yield Fact("the change of D's weights", moved_d.float(), note=_about_d(moved_d))
    yield Fact("the change of G's weights", moved_g.float(), note=_about_g(moved_g))
    times = {0: "never", 1: "once, in G's update"}.get(table.reached, f"{table.reached} times")
    yield Fact("how often a gradient came back to the fakes", times, note=REACHED if table.reached > 1 else G_STANDS)
    yield Fact("whose weights want no gradient any more", table.frozen(), note="Put `requires_grad` back to True.")
    for name, loss in zip(("D's loss", "G's loss"), losses, strict=True):
        yield Fact(name, loss, note=LOSSES)


@adversarial_step.probe("Called three times in a row, with other points and codes each time")
def _(call):
    table = Table(870)
    for turn in range(3):
        _call(call, table, *batch(890 + 10 * turn, 4 + 2 * turn))
    moved_d, moved_g = table.moves()
    yield Fact("the change of D's weights after three calls", moved_d.float(), note=MANY)
    yield Fact("the change of G's weights after three calls", moved_g.float(), note=MANY)


def _call(call, table, real, z):
    return call(table.generator, table.discriminator, table.opt_g, table.opt_d, real, z)


def _losses(value):
    """Return the two losses that came back as tensors, or raise the `Fault` that says what came instead."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Fault("form", f"The pair (D's loss, G's loss) is asked for; a {kind(value)} came back.")
    found = [part.detach() if isinstance(part, Tensor) else part for part in value]
    if any(isinstance(part, bool) or (isinstance(part, Tensor) and part.numel() != 1) for part in found):
        raise Fault("form", "Each of the two losses is one number, averaged over the batch.")
    return [torch.tensor(float(part), dtype=torch.float32) for part in found]


def _costs(logits, label):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def _slopes(value, network):
    return torch.cat([grad.flatten() for grad in torch.autograd.grad(value, list(network.parameters()))])


def _about_d(moved):
    """Say how D's first step comes about, if it is another one than it should be."""
    if not moved.any():
        return D_STANDS
    table, (real, z) = Table(860), batch(880)
    of = {
        (which, label): -LR_D * _slopes(_costs(table.discriminator(points), label), table.discriminator)
        for which, points in (("real", real), ("fake", table.generator(z).detach()))
        for label in (0.0, 1.0)
    }
    right = of["real", 1.0] + of["fake", 0.0]
    others = {
        "D learned from the real points alone.": of["real", 1.0],
        "D learned from the fakes alone.": of["fake", 0.0],
        "D learned that real points are fake, and fakes real.": of["real", 0.0] + of["fake", 1.0],
        "D learned that fakes are real, too: in its own update they have the label 0.": of["real", 1.0]
        + of["fake", 1.0],
        "D stepped uphill.": -right,
        "D's step is half of what it should be: its loss is the sum of the two means.": 0.5 * right,
        "D's step is 8 times too long: average over the batch.": 8 * right,
    }
    return next((text for text, move in others.items() if close(moved.float(), move.float()).all()), "")


def _about_g(moved):
    """Say how G's first step comes about, if it is another one than it should be."""
    if not moved.any():
        return G_STANDS
    table, (real, z) = Table(860), batch(880)
    before, left = _step_of_g(table, z, 1.0), -LR_G * _slopes(_loss_of_d(table, real, z), table.generator)
    _loss_of_d(table, real, z).backward()
    table.opt_d.step()
    right, helping = _step_of_g(table, z, 1.0), _step_of_g(table, z, 0.0)
    others = {
        "G asked the D from before its update: compute D's answers for G's loss anew, after `opt_d.step()`.": before,
        "G learned to be caught: in its own loss the fakes have the label 1.": helping,
        "G went down on log(1 − D), the saturating loss. Asked for is −log D.": -helping,
        "G stepped uphill.": -right,
        "G's step is half of what it should be.": 0.5 * right,
        "G's step is 8 times too long: average over the batch.": 8 * right,
        "G's step also holds what D's update has left in its `.grad`. Give D `fake.detach()`.": right + left,
    }
    return next((text for text, move in others.items() if close(moved.float(), move.float()).all()), "")


def _loss_of_d(table, real, z):
    return _costs(table.discriminator(real), 1.0) + _costs(table.discriminator(table.generator(z)), 0.0)


def _step_of_g(table, z, label):
    return -LR_G * _slopes(_costs(table.discriminator(table.generator(z)), label), table.generator)


@adversarial_step.reference
def _(generator, discriminator, opt_g, opt_d, real, z):
    bce = F.binary_cross_entropy_with_logits
    fake = generator(z)

    real_logits, fake_logits = discriminator(real), discriminator(fake.detach())
    d_loss = bce(real_logits, torch.ones_like(real_logits)) + bce(fake_logits, torch.zeros_like(fake_logits))
    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()

    fake_logits = discriminator(fake)
    g_loss = bce(fake_logits, torch.ones_like(fake_logits))
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
    return d_loss.detach(), g_loss.detach()


def _d_loss(discriminator, real, fake):
    return _costs(discriminator(real), 1.0) + _costs(discriminator(fake), 0.0)


def _update(optimizer, loss, zero=True):
    if zero:
        optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def _right_d(discriminator, opt_d, real, fake):
    return _update(opt_d, _d_loss(discriminator, real, fake.detach()))


# M52: heykeetae/Self-Attention-GAN#48.
@adversarial_step.mistake(
    """The weights come out right, but D's loss was backpropagated through the generator, too, where nobody needs it: it
    costs time, and only your later `opt_g.zero_grad()` keeps it out of G's step. In D's update give D the fakes as
    data: `fake.detach()`."""
)
def through_the_generator(generator, discriminator, opt_g, opt_d, real, z):
    d_loss = _update(opt_d, _d_loss(discriminator, real, generator(z)))
    return d_loss, _update(opt_g, _costs(discriminator(generator(z)), 1.0))


# M52: eriklindernoren/PyTorch-GAN#6.
@adversarial_step.mistake(
    """The fakes are used twice, and the first `backward()` has run through them to the generator and thrown its graph
    away. PyTorch's advice (`retain_graph=True`) hides what is the matter: D's update needs no path to the generator.
    Give D `fake.detach()` there."""
)
def graph_used_twice(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    d_loss = _update(opt_d, _d_loss(discriminator, real, fake))
    return d_loss, _update(opt_g, _costs(discriminator(fake), 1.0))


# M52, where it does harm.
@adversarial_step.mistake(
    """G's step holds two gradients: that of its own loss, and that of *D's* loss, which asks it to be caught. D's
    update ran through the generator (no `.detach()`), and its gradients were not cleared before G's. Give D
    `fake.detach()`, and call `opt_g.zero_grad()` right before G's `backward()`."""
)
def gradient_of_ds_loss_in_g(generator, discriminator, opt_g, opt_d, real, z):
    opt_g.zero_grad()
    d_loss = _update(opt_d, _d_loss(discriminator, real, generator(z)))
    return d_loss, _update(opt_g, _costs(discriminator(generator(z)), 1.0), zero=False)


# M53: wangle53/CSA-CDGAN#5.
@adversarial_step.mistake(
    """The generator's weights have not moved: in *its* update the fakes are detached, or were made under `no_grad`, so
    G's loss has no path back to it. The gradient must pass through D to the generator; D is safe, because `opt_d` does
    not step."""
)
def detached_in_gs_update(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z).detach()
    d_loss = _right_d(discriminator, opt_d, real, fake)
    return d_loss, _update(opt_g, _costs(discriminator(fake), 1.0))


@adversarial_step.mistake(
    """One call is right, several are not: gradients add up from call to call, because nobody clears them. Call the
    optimizer's `zero_grad()` before each `backward()`, in both updates."""
)
def nothing_cleared(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    d_loss = _update(opt_d, _d_loss(discriminator, real, fake.detach()), zero=False)
    return d_loss, _update(opt_g, _costs(discriminator(fake), 1.0), zero=False)


@adversarial_step.mistake(
    """One call is right, several are not: D's gradients are not cleared. Besides its own old ones, G's update leaves
    some there, and those ask D to call fakes real. `opt_d.zero_grad()` belongs before D's `backward()`."""
)
def d_not_cleared(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    d_loss = _update(opt_d, _d_loss(discriminator, real, fake.detach()), zero=False)
    return d_loss, _update(opt_g, _costs(discriminator(fake), 1.0))


@adversarial_step.mistake(
    """One call is right, several are not: the generator's gradients add up from call to call. `opt_g.zero_grad()`
    belongs before G's `backward()`."""
)
def g_not_cleared(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    d_loss = _right_d(discriminator, opt_d, real, fake)
    return d_loss, _update(opt_g, _costs(discriminator(fake), 1.0), zero=False)


# M56: yunjey/pytorch-tutorial#45.
@adversarial_step.mistake(
    """In its own loss the generator's fakes have the label 0, so it learns to be caught: it helps D. They are fakes,
    but the generator's wish is that D says 1: −log D(G(z))."""
)
def g_helps_d(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    d_loss = _right_d(discriminator, opt_d, real, fake)
    return d_loss, _update(opt_g, _costs(discriminator(fake), 0.0))


@adversarial_step.mistake(
    """The generator went down on log(1 − D), the saturating loss, which is flat where D is sure. Asked for is −log
    D(G(z)): the cross-entropy with the label 1."""
)
def saturating(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    d_loss = _right_d(discriminator, opt_d, real, fake)
    return d_loss, _update(opt_g, -_costs(discriminator(fake), 0.0))


@adversarial_step.mistake(
    """D steps twice: in G's update you step `opt_d`, too, along the gradient of *G's* loss, and D learns to call fakes
    real. In G's update the gradient passes through D, but only `opt_g` steps."""
)
def d_steps_for_g(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    d_loss = _right_d(discriminator, opt_d, real, fake)
    opt_d.zero_grad()
    g_loss = _update(opt_g, _costs(discriminator(fake), 1.0))
    opt_d.step()
    return d_loss, g_loss


@adversarial_step.mistake(
    """The generator moved first, and D answered to it. That trains as well; but asked for is the other order, D's
    update and then G's."""
)
def generator_first(generator, discriminator, opt_g, opt_d, real, z):
    g_loss = _update(opt_g, _costs(discriminator(generator(z)), 1.0))
    return _right_d(discriminator, opt_d, real, generator(z)), g_loss


@adversarial_step.mistake(
    """Both stepped at once: G's loss was computed with the D from *before* its update. Compute D's answers to the fakes
    anew, after `opt_d.step()`."""
)
def at_the_same_time(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    opt_g.zero_grad()
    g_loss = _costs(discriminator(fake), 1.0)
    g_loss.backward()
    d_loss = _right_d(discriminator, opt_d, real, fake)
    opt_g.step()
    return d_loss, g_loss.detach()


@adversarial_step.mistake(
    """D's answers for G's loss were computed before `opt_d.step()` changed D's weights, and `backward()` comes after
    it: PyTorch notices that the weights it needs are no longer those. Ask D anew, `discriminator(fake)`, after its
    step."""
)
def answers_from_before_the_step(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    g_loss = _costs(discriminator(fake), 1.0)
    d_loss = _right_d(discriminator, opt_d, real, fake)
    return d_loss, _update(opt_g, g_loss)


@adversarial_step.mistake(
    """The two losses were added and backpropagated together. For the fakes they ask for opposite things, so what the
    one wants of D and G the other takes back. Two updates, each with a loss, a `backward()` and a step of its own."""
)
def one_loss_for_both(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    opt_d.zero_grad()
    opt_g.zero_grad()
    d_loss, g_loss = _d_loss(discriminator, real, fake), _costs(discriminator(fake), 1.0)
    (d_loss + g_loss).backward()
    opt_d.step()
    opt_g.step()
    return d_loss.detach(), g_loss.detach()


@adversarial_step.mistake(
    """Neither network has moved: `zero_grad()` stands between `backward()` and `step()`, and takes away what the step
    needs. The order is `zero_grad`, `backward`, `step`."""
)
def cleared_before_the_step(generator, discriminator, opt_g, opt_d, real, z):
    fake = generator(z)
    d_loss = _d_loss(discriminator, real, fake.detach())
    d_loss.backward()
    opt_d.zero_grad()
    opt_d.step()
    g_loss = _costs(discriminator(fake), 1.0)
    g_loss.backward()
    opt_g.zero_grad()
    opt_g.step()
    return d_loss.detach(), g_loss.detach()
