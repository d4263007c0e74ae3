# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 2, exercise: what the best linear code loses, from the eigenvalues of the covariance."""

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

FOUR = [[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]]  # mean 0, covariance diag(2, ½)
SHIFTED = [[7.0, 3.0], [3.0, 3.0], [5.0, 4.0], [5.0, 2.0]]  # the same, around (5, 3)


def _images(number, pixels, seed):
    """Make images whose pixels are correlated and whose mean is not 0, shape (number, pixels)."""
    mix = normal(pixels, pixels, seed=seed + 1) * torch.linspace(0.5, 2.0, pixels)
    return normal(number, pixels, seed=seed) @ mix + normal(pixels, seed=seed + 2)


pca_error = Exercise(
    "What PCA loses",
    task="""
        `x` holds N images of D pixels each, shape (N, D). Take the best linear code of `latent` numbers: subtract the
        mean image, keep the directions of largest variance (PCA). Return its reconstruction error, the squared error
        summed over the pixels and averaged over the N images, as a tensor of shape ().
    """,
    signature="pca_error(x, latent)",
    returns=["error"],
    axes={"x": "batch pixels"},
    hints=[
        "Measure every image from the mean image. The variance of the data along a direction is an eigenvalue of the "
        "covariance. What happens to that variance if the direction is left out?",
        "The error is the variance along the directions that are *not* kept. `torch.linalg.eigvalsh` gives the "
        "eigenvalues in ascending order: which end do you drop?",
        "With an average over N images the covariance is centredᵀ·centred / N: `torch.cov` divides by N − 1 unless you "
        "pass `correction=0`. (By singular values: the eigenvalues are s²/N, in descending order.)",
        "D eigenvalues in ascending order, `latent` of them kept: add up the first D − latent.",
    ],
    probes=[
        given(x=FOUR, latent=1).note(
            "Four images of two pixels with mean 0. The covariance is [[2, 0], [0, ½]], so its eigenvalues are 2 and ½."
        ),
        given(x=SHIFTED, latent=1).note(
            "The same four points, shifted by (5, 3). The spread round their mean is what it was; the mean is not 0."
        ),
        given(x=_images(8, 3, 200), latent=1).note("Eight images of three pixels, and one of three directions kept."),
        given(x=_images(8, 3, 200), latent=2).note("The eight images again, with two of three directions kept."),
        given(x=_images(40, 6, 210), latent=2).double(),
        given(x=_images(5, 9, 220), latent=2)
        .double()
        .note("Fewer images than pixels: five images lie in a space of four dimensions, whatever D is."),
        given(x=_images(30, 4, 230), latent=4)
        .double()
        .note("As many code numbers as pixels: nothing is dropped, so nothing is lost."),
        given(x=_images(50, 7, 240), latent=3).double(),
        given(x=_images(60, 5, 250), latent=1).double(),
        given(x=_images(25, 8, 260), latent=6).double(),
    ],
)


def _eigenvalues(x):
    """Return the eigenvalues of the covariance, divided by N, in ascending order."""
    return torch.linalg.eigvalsh(torch.cov(x.T, correction=0))


@pca_error.reference
def _(x, latent):
    centred = x - x.mean(0)
    covariance = centred.T @ centred / len(x)
    eigenvalues = torch.linalg.eigvalsh(covariance)  # ascending
    return eigenvalues[: x.shape[1] - latent].sum()


@pca_error.terms("error")
def _(x, latent):
    eigenvalues = _eigenvalues(x).flip(0).clamp(min=0)
    return {
        "the dropped eigenvalues": eigenvalues[latent:].sum(),
        "the kept eigenvalues": eigenvalues[:latent].sum(),
        "the squared length of the mean image": x.mean(0).square().sum(),
        "1": torch.ones(()),
    }


@pca_error.mistake(
    """You added up the eigenvalues that are *kept*. They are the variance that the code carries; what it loses is the
    variance along the directions it drops."""
)
def kept_for_dropped(x, latent):
    return _eigenvalues(x).flip(0)[:latent].sum()


@pca_error.mistake(
    """You cut off the first `latent` eigenvalues of an ascending list. `torch.linalg.eigvalsh` starts with the
    smallest, so this keeps the worst directions and drops the best ones. (`torch.linalg.svdvals` starts with the
    largest.)"""
)
def ascending_taken_for_descending(x, latent):
    return _eigenvalues(x)[latent:].sum()


@pca_error.mistake(
    """You added up the `latent` *smallest* eigenvalues. `latent` is how many directions are kept; D − latent are
    dropped."""
)
def as_many_dropped_as_kept(x, latent):
    return _eigenvalues(x)[:latent].sum()


@pca_error.mistake(
    """You added up singular values as they are. The variance along a direction is the *square* of its singular value,
    divided by the number of images: s²/N."""
)
def singular_values_not_squared(x, latent):
    return torch.linalg.svdvals(x - x.mean(0))[latent:].sum()


@pca_error.mistake(
    """You divided the singular values by N, but did not square them. The variance along a direction is s²/N."""
)
def singular_values_over_n(x, latent):
    return torch.linalg.svdvals(x - x.mean(0))[latent:].sum() / len(x)


@pca_error.mistake(
    """Your eigenvalues are those of a covariance divided by N − 1, as `torch.cov` has it unless told otherwise. The
    average error over these N images needs N: pass `correction=0`, or take s²/N."""
)
def n_minus_one(x, latent):
    return len(x) / (len(x) - 1) * _eigenvalues(x)[: x.shape[1] - latent].sum()


@pca_error.mistake(
    """The mean image is not subtracted. Your first direction then points to the mean of the data instead of along its
    largest spread. Centre first: `x - x.mean(0)`."""
)
def not_centred(x, latent):
    return torch.linalg.eigvalsh(x.T @ x / len(x))[: x.shape[1] - latent].sum()


@pca_error.mistake(
    """You subtracted from each image its own average grey, `mean(1)`. The mean *image* has one number for each pixel:
    the average over the images, `mean(0)`."""
)
def centred_by_image(x, latent):
    centred = x - x.mean(1, keepdim=True)
    return torch.linalg.eigvalsh(centred.T @ centred / len(x))[: x.shape[1] - latent].sum()


@pca_error.mistake(
    """You returned a *share*: the dropped variance divided by all of it. The error itself is asked for, in the units of
    the squared pixels."""
)
def share_of_the_variance(x, latent):
    return _eigenvalues(x)[: x.shape[1] - latent].sum() / _eigenvalues(x).sum()


@pca_error.mistake(
    """You returned the share of the variance that is *kept*. The error is what is lost, and not as a share: the dropped
    eigenvalues themselves, added up."""
)
def share_kept(x, latent):
    return _eigenvalues(x).flip(0)[:latent].sum() / _eigenvalues(x).sum()


@pca_error.mistake(
    """You dropped one direction too few: D − latent − 1 instead of D − latent. Counting from the largest eigenvalue
    with index 0, the first one dropped has the index `latent`."""
)
def one_dropped_too_few(x, latent):
    return _eigenvalues(x).flip(0)[latent + 1 :].sum()


@pca_error.mistake(
    """You dropped one direction too many: D − latent + 1 instead of D − latent. Counting from the largest eigenvalue
    with index 0, the first one dropped has the index `latent`."""
)
def one_dropped_too_many(x, latent):
    return _eigenvalues(x).flip(0)[latent - 1 :].sum()


@pca_error.mistake(
    """Your eigenvalues are those of the *correlation*: every pixel was divided by its own spread, so a pixel that
    hardly changes counts as much as a lively one. Use the covariance."""
)
def correlation_for_covariance(x, latent):
    return torch.linalg.eigvalsh(torch.corrcoef(x.T))[: x.shape[1] - latent].sum()
