# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 2, exercise: the loss of a denoising autoencoder."""

import torch
import torch.nn.functional as F

from course_utils.exercises.lesson02.trained_autoencoder import TrainedAutoencoder
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact
from course_utils.exercises.machine.probes import backward, given, normal


def _costs(logits, target):
    """Return every pixel's cost, shape (B, 1, H, W)."""
    return F.binary_cross_entropy_with_logits(logits, target, reduction="none")


def _loss(logits, target):
    return _costs(logits, target).flatten(1).sum(1)


def _probe(pair, says=""):
    """Make a probe whose note also tells what else the numbers are, if it is well known."""
    x, noise = pair

    def note(loss):
        if loss.isinf().any():
            return f"{says} {LOGS}".strip()
        for value, text in _other_numbers(x.double(), noise.double()):
            if loss.shape == (len(x),) and torch.allclose(loss.double(), value, rtol=1e-4):
                return f"{says} {text}".strip()
        return says

    return given(model=TrainedAutoencoder(side=x.shape[-1]), x=x.clone(), noise=noise.clone()).note(note)


LOGS = "Is the logarithm taken of `x`? Its pixels may be exactly 0 or 1. The logarithms are those of p and 1 − p."
PLACES = "The two arguments of the loss have changed places: PyTorch's losses take the prediction"


def _images(number, seed):
    """Make grey images and their noise, shape (number, 1, 3, 3) each."""
    return normal(number, 1, 3, 3, seed=seed, scale=2.0).sigmoid(), normal(number, 1, 3, 3, seed=seed + 1, scale=0.6)


def _other_numbers(x, noise):
    """Yield numbers that are taken for the loss, with the right input, and what to say to them."""
    logits = TrainedAutoencoder(side=x.shape[-1])(x + noise)
    p = logits.sigmoid()
    kinds = {
        "You summed the absolute errors.": (p - x).abs(),
        "Half a cross-entropy: black pixels cost nothing. −x·log p is one of two parts.": -x * p.log(),
        "Half a cross-entropy: white pixels cost nothing. −(1 − x)·log(1 − p) is one of two parts.": (
            -(1 - x) * (1 - p).log()
        ),
        "You subtracted what the cross-entropy would be at best, p = x. The loss is the cross-entropy itself.": (
            _costs(logits, x) - F.binary_cross_entropy(x, x, reduction="none")
        ),
        "Your target is rounded to black and white; grey pixels need no rounding.": _costs(
            logits, (x > 0.5).to(x.dtype)
        ),
        "Your target is the noisy image, and the error is squared: the target is `x`.": (p - x - noise).square(),
        "You subtracted the noise from the logits. The model itself should take it away.": _costs(logits - noise, x),
        "You added the noise to the logits, too. It belongs to what the model is given.": _costs(logits + noise, x),
        "x and 1 − x have changed places: white is charged as black.": _costs(logits, 1 - x),
        f"{PLACES} first, the target second.": F.binary_cross_entropy(x, p, reduction="none"),
        f"{PLACES}'s logits first, the target second.": _costs(x, p),
        "You averaged over the pixels and multiplied by 784; an image here has fewer. Sum instead.": (
            784 / x[0].numel() * _costs(logits, x)
        ),
    }
    yield (p - x).flatten(1).norm(dim=1), "Your number is the length of the error, the root of the squared error."
    for text, costs in kinds.items():
        yield costs.flatten(1).sum(1), text


denoising_loss = Exercise(
    "The loss of a denoising autoencoder",
    task="""
        A denoising autoencoder gets a noisy image and must return the clean one. Return its loss for each image, shape
        (B,): the binary cross-entropy in nats, summed over the pixels. `x` holds clean images in [0, 1], shape
        (B, 1, H, W); `noise` has the same shape and is added to them as it is, without cutting anything off.
        `model(images)` returns *logits*. Draw nothing yourself.
    """,
    signature="denoising_loss(model, x, noise)",
    returns=["loss"],
    hints=[
        "Two places ask for images: the model, and the target of the loss. Which of them gets the noisy ones?",
        "The model sees x + noise, and is measured by x: only so can it learn to take the noise away.",
        "Logits and grey targets: `F.binary_cross_entropy_with_logits`. Mind its `reduction`: one number for each "
        "image is asked for.",
        '`F.binary_cross_entropy_with_logits(logits, x, reduction="none")` has the shape of x. Sum it over all axes '
        "but the first.",
    ],
)

FOUR = torch.tensor([[[[1.0, 0.0], [0.8, 0.3]]]]), torch.tensor([[[[0.5, 0.4], [-0.9, -0.2]]]])
CUT = (
    "The numbers are right, but the model cannot learn from them: the path back to its weights is cut, as by "
    "`.detach()`, `.data`, `torch.no_grad()`, numpy or `torch.tensor(...)`."
)
INPUT = "The model should be given `x + noise`: the noise that was passed in, added as it is."
CODES = "Between encoder and decoder nothing is added: the noise belongs to the images. " + INPUT


@denoising_loss.probe("Called with two images; what the model is given is looked at")
def _(call):
    model, (x, noise) = TrainedAutoencoder(side=3), _images(2, 336)
    call(model, x.clone(), noise.clone())
    fresh = TrainedAutoencoder(side=3)
    changed = len(model.encoded) == len(model.decoded) and not all(
        torch.allclose(fresh.encode(images), z, atol=1e-4)
        for images, z in zip(model.encoded, model.decoded, strict=True)
    )
    name = _name_of(model.encoded, x, noise)
    if changed:
        yield Fact("what the model was given", f"{name}; the code was changed before it was decoded", note=CODES)
    else:
        yield Fact("what the model was given", name, note=INPUT)


def _name_of(seen, x, noise):
    """Say in words what the model was given."""
    known = {
        "x + noise": x + noise,
        "x, without the noise": x,
        "the noise alone": noise,
        "x − noise": x - noise,
        "x · noise": x * noise,
        "x + noise, cut off at 0 and 1": (x + noise).clamp(0, 1),
        "x + noise, cut off at −1 and 1": (x + noise).clamp(-1, 1),
        "sigmoid(x + noise)": (x + noise).sigmoid(),
        "x + 2·noise": x + 2 * noise,
        "x + ½·noise": x + 0.5 * noise,
        "(x + noise)/2": (x + noise) / 2,
        "x + |noise|": x + noise.abs(),
        "x + noise²": x + noise**2,
    }
    rows = torch.cat(seen) if seen else torch.zeros(0, *x.shape[1:])
    if not len(rows):
        return "nothing: it was not called"
    parts = rows.split(len(x))
    names = [next((name for name, value in known.items() if _alike(part, value)), "something else") for part in parts]
    return ", and ".join(dict.fromkeys(names))


def _alike(one, other):
    return one.shape == other.shape and bool(torch.allclose(one, other, atol=1e-4))


denoising_loss.probes += [
    _probe(FOUR, "One image of four pixels, given to the model as [[1.5, 0.4], [−0.1, 0.1]]."),
    _probe(_images(3, 330), "Three images; each has a number of its own."),
    _probe(_images(1, 332)),
    _probe(_images(6, 334)).double(),
]


@denoising_loss.probe("Called with three images; the gradient of the summed loss is looked at")
def _(call):
    model, (x, noise) = TrainedAutoencoder(side=3, learns=True), _images(3, 338)
    loss = call(model, x, noise)
    total = loss.sum() if isinstance(loss, torch.Tensor) else torch.zeros(())
    weights = list(model.parameters())
    found = call.run(backward, total, weights) if total.requires_grad else (None,)
    reached = (
        "all weights of the model" if all(grad is not None and grad.any() for grad in found) else "not all of them"
    )
    yield Fact("what the gradient of the loss reaches", reached, note=CUT)


@denoising_loss.reference
def _(model, x, noise):
    logits = model(x + noise)
    costs = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    return costs.flatten(1).sum(dim=1)


@denoising_loss.terms("loss")
def _(model, x, noise):
    noisy, clean = model(x + noise), model(x)
    return {
        "the cross-entropy of model(x + noise) to x": _loss(noisy, x),
        "the cross-entropy of model(x + noise) to x + noise": _loss(noisy, x + noise),
        "the cross-entropy of model(x) to x": _loss(clean, x),
        "the squared error of sigmoid(model(x + noise)) to x": (noisy.sigmoid() - x).square().flatten(1).sum(1),
        "the sum of noise²": noise.square().flatten(1).sum(1),
    }


@denoising_loss.mistake(
    """Your target is the noisy image: the model is asked to return the noise together with the picture, as any
    autoencoder would. The target is the clean `x`."""
)
def noisy_target(model, x, noise):
    return _loss(model(x + noise), x + noise)


@denoising_loss.mistake(
    """Input and target have changed places: the model gets the clean image and is asked for the noisy one. It should
    see `x + noise` and be measured by `x`."""
)
def noise_in_the_target_only(model, x, noise):
    return _loss(model(x), x + noise)


@denoising_loss.mistake(
    """The noise is not used: clean in, clean out, which is the loss of a plain autoencoder. The model should see
    `x + noise`."""
)
def noise_unused(model, x, noise):
    return _loss(model(x), x)


@denoising_loss.mistake(
    """Your target is the *noise*. There are models that are trained to predict it (diffusion models are), but this one
    has to return the picture: the target is `x`."""
)
def noise_as_the_target(model, x, noise):
    return _loss(model(x + noise), noise)


@denoising_loss.mistake(
    """You cut the noisy image off at 0 and 1. That is a reasonable choice, but another one: the task adds the noise as
    it is. (Only the *target* must lie in [0, 1].)"""
)
def clamped_input(model, x, noise):
    return _loss(model((x + noise).clamp(0, 1)), x)


@denoising_loss.mistake(
    """Your target is the noisy image, cut off at 0 and 1. The target is the clean `x`, which lies there by itself."""
)
def clamped_noisy_target(model, x, noise):
    return _loss(model(x + noise), (x + noise).clamp(0, 1))


@denoising_loss.mistake(
    """You added the noise to what the model *returned*. It never saw a noisy image, so it can learn nothing about
    noise: add it to the input."""
)
def noise_on_the_output(model, x, noise):
    return _loss(model(x) + noise, x)


@denoising_loss.mistake(
    """The sigmoid is applied twice: by you, and again inside `binary_cross_entropy_with_logits`. Hand it the logits as
    they are."""
)
def sigmoid_twice(model, x, noise):
    return _loss(model(x + noise).sigmoid(), x)


@denoising_loss.mistake(
    """`binary_cross_entropy` wants probabilities and got logits, which may be any number; that is what it complains
    about. Its sister `binary_cross_entropy_with_logits` takes them."""
)
def logits_into_the_loss_for_probabilities(model, x, noise):
    return F.binary_cross_entropy(model(x + noise), x, reduction="none").flatten(1).sum(1)


@denoising_loss.mistake(
    """This is the squared error between the picture and the reconstruction's pixels, with the right input and the right
    target. The task asks for the binary cross-entropy."""
)
def squared_error(model, x, noise):
    return (model(x + noise).sigmoid() - x).square().flatten(1).sum(1)


@denoising_loss.mistake(
    """This is the squared error between the picture and the *logits*, which are log-odds and no pixels. Take the binary
    cross-entropy with logits."""
)
def squared_error_of_logits(model, x, noise):
    return (model(x + noise) - x).square().flatten(1).sum(1)


@denoising_loss.mistake(
    """The two arguments of the loss have changed places: PyTorch's losses take the prediction first and the target
    second."""
)
def arguments_swapped(model, x, noise):
    return _loss(x, model(x + noise))
