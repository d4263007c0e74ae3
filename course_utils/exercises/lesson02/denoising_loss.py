# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 2, exercise: the loss of a denoising autoencoder."""

import torch.nn.functional as F

from course_utils.exercises.lesson02.trained_autoencoder import TrainedAutoencoder
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal


def _batch(images, seed):
    return given(
        model=TrainedAutoencoder(side=3),
        x=normal(images, 1, 3, 3, seed=seed, scale=2.0).sigmoid(),
        noise=normal(images, 1, 3, 3, seed=seed + 1, scale=0.6),
    )


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
    probes=[
        given(
            model=TrainedAutoencoder(side=2),
            x=[[[[1.0, 0.0], [0.8, 0.3]]]],
            noise=[[[[0.5, 0.4], [-0.9, -0.2]]]],
        ).note("One image of four pixels. The model is given [[1.5, 0.4], [−0.1, 0.1]]; which image should it return?"),
        _batch(3, 330).note("Three images; each has a number of its own."),
        _batch(1, 332),
        _batch(6, 334).double(),
    ],
)


def _costs(logits, target):
    """Return every pixel's cost, shape (B, 1, H, W)."""
    return F.binary_cross_entropy_with_logits(logits, target, reduction="none")


def _loss(logits, target):
    return _costs(logits, target).flatten(1).sum(1)


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
        "the same to x + noise": _loss(noisy, x + noise),
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
