# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 5, exercise: the variance that a Gaussian likelihood would choose."""

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

best_variance = Exercise(
    "The variance that fits best",
    task="""
        A Gaussian VAE has one variance σ² for all pixels of all images. Its outputs `x_hat` and the images `x`, both
        (B, C, H, W), are given. Return the σ² that makes the sum of all −log p(x|z) smallest: one number, a tensor of
        shape ().
    """,
    signature="best_variance(x_hat, x)",
    returns=["variance"],
    hints=[
        "Each of N pixels costs (x − x̂)²/2σ² + ½ log σ² + a constant. Add them up. For which σ² is the slope 0?",
        "With v = σ² the sum is SSE/2v + ½N log v. Differentiate both parts with respect to v.",
        "−SSE/2v² + N/2v = 0. Solve for v; the answer has a well-known name.",
    ],
    probes=[
        given(x_hat=[[[[0.0, 1.0]]]], x=[[[[3.0, 2.0]]]]).note(
            "One image, two pixels, with the errors 3 and 1, whose squares are 9 and 1."
        ),
        given(x_hat=[[[[1.0]]], [[[0.5]]], [[[-1.0]]]], x=[[[[1.5]]], [[[0.0]]], [[[1.0]]]]).note(
            "Three images of one pixel, with the errors 0.5, −0.5 and 2."
        ),
        given(x_hat=normal(3, 1, 2, 2, seed=71), x=normal(3, 1, 2, 2, seed=72)).note(
            "Three images of four pixels: one variance for all twelve."
        ),
        given(x_hat=normal(4, 3, 2, 3, seed=73), x=1 + normal(4, 3, 2, 3, seed=74))
        .double()
        .note("Here most errors are positive: x̂ is about 1 too small."),
    ],
)


def _error(x_hat, x):
    return x - x_hat


@best_variance.reference
def _(x_hat, x):
    return ((x - x_hat) ** 2).mean()


@best_variance.mistake("""That is σ, the standard deviation. The task asks for σ² itself, which needs no root.""")
def standard_deviation(x_hat, x):
    return _error(x_hat, x).square().mean().sqrt()


@best_variance.mistake("""That is log σ². It is what a network would learn; the task asks for σ² itself.""")
def its_logarithm(x_hat, x):
    return _error(x_hat, x).square().mean().log()


@best_variance.mistake(
    """That is the sum of the squared errors. More pixels would mean a larger variance; the sum has to be shared out
    among them, because ½ log σ² is paid once for each pixel."""
)
def sum_of_squares(x_hat, x):
    return _error(x_hat, x).square().sum()


@best_variance.mistake(
    """You divided the sum of squares by the number of images. σ² belongs to single pixels: divide by the number of
    pixels of all images together."""
)
def per_image(x_hat, x):
    return _error(x_hat, x).square().sum() / len(x)


@best_variance.mistake(
    """You returned one variance for each image. Here all images share one: take the mean over the batch, too."""
)
def one_for_each_image(x_hat, x):
    return _error(x_hat, x).square().flatten(1).mean(1)


@best_variance.mistake(
    """This is the variance of the errors *around their own mean*. The model's mean is x_hat, not x_hat plus something:
    an error that is the same everywhere is an error, too. Square the errors as they are."""
)
def around_their_mean(x_hat, x):
    return _error(x_hat, x).var(correction=0)


@best_variance.mistake(
    """`var()` subtracts the mean of the errors and divides by N − 1. The model's mean is x_hat, which is known, so
    neither is wanted: square the errors as they are and divide by N."""
)
def torch_var(x_hat, x):
    return _error(x_hat, x).var()


@best_variance.mistake(
    """That is the mean absolute error: what a Laplace distribution would choose as its width. A Gaussian's −log p has
    squares."""
)
def mean_absolute_error(x_hat, x):
    return _error(x_hat, x).abs().mean()
