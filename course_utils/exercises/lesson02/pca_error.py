# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 2, exercise: what the best linear code loses, from the eigenvalues of the covariance."""

import torch

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import given, normal

SIX = [[6.0, 0, 0], [-6, 0, 0], [0, 3, 0], [0, -3, 0], [0, 0, 1.5], [0, 0, -1.5]]  # mean 0, variances 12, 3 and ¾
SHIFTED = [[11.0, 3, -2], [-1, 3, -2], [5, 6, -2], [5, 0, -2], [5, 3, -0.5], [5, 3, -3.5]]  # the same, elsewhere


def _images(number, pixels, seed):
    """Make images whose pixels are correlated and whose mean is not 0, shape (number, pixels)."""
    mix = normal(pixels, pixels, seed=seed + 1) * torch.linspace(0.5, 2.0, pixels)
    return normal(number, pixels, seed=seed) @ mix + normal(pixels, seed=seed + 2)


def _probe(x, latent, says):
    """Make a probe whose note also tells what else the number is, if it is a well-known one."""
    x = torch.as_tensor(x, dtype=torch.float32)

    def note(error):
        right, sizes = float(pca_error.answer(x.double(), latent)), (1, len(x), x.shape[1], x.numel())
        if any(_near(float(error), factor * right) for size in sizes for factor in (size, 1 / size)):
            return says  # the machine says by itself how the right number is reduced
        found = [
            text for text, value in _other_numbers(x.double(), latent).items() if _near(float(error), float(value))
        ]
        return f"{says} {found[0]}".strip() if found else says

    return given(x=x.clone(), latent=latent).note(note)


def _near(one, other):
    return abs(one - other) < 1e-4 * abs(other) and abs(other) > 1e-3


def _other_numbers(x, latent):
    """Return what to say to numbers that are taken for the error, with those numbers."""
    centred, eigenvalues, rest = x - x.mean(0), _eigenvalues(x).flip(0), x.shape[1] - latent
    dropped, singular, residue = eigenvalues[latent:], torch.linalg.svdvals(centred)[latent:], _residue(centred, latent)
    found = {
        "Your number is the sum of the squared eigenvalues: they are variances already.": dropped.square().sum(),
        "Your number adds up standard deviations. The error is made of variances: no root.": dropped.sqrt().sum(),
        "Your number is the *product* of the dropped eigenvalues. What they lose adds up.": dropped.prod(),
        "You divided the singular values by N, but did not square them: s²/N.": singular.sum() / len(x),
        "You averaged the squared singular values; their sum, divided by N, is asked.": singular.square().mean(),
        "Your number is the share of the variance that is kept.": 1 - dropped.sum() / eigenvalues.sum(),
        "Your number is the sum of the D − latent *largest* eigenvalues. Mind their order.": eigenvalues[:rest].sum(),
        "Your number averages the *length* of the errors; their squared length is asked.": residue.norm(dim=1).mean(),
        "You summed the absolute errors; the task asks for the squares.": residue.abs().sum(1).mean(),
    }
    if rest > 1:
        found["Your number is one eigenvalue, the largest of the dropped ones. All that are dropped count."] = dropped[
            0
        ]
        found["Your number is one eigenvalue, the smallest. All that are dropped count."] = dropped[-1]
    if latent > 1:
        found["You divided by `latent`. The sum of the dropped eigenvalues is the error as it is."] = (
            dropped.sum() / latent
        )
    return found | _other_directions(x, latent)


def _other_directions(x, latent):
    """Return the errors of other directions than PCA's, by what to say to them."""
    centred, rest = x - x.mean(0), x.shape[1] - latent
    scaled = [centred / x.std(0, correction=correction) for correction in (0, 1)]
    own_spread = "Your number comes from the *correlation*, in which every pixel is divided by its own spread."
    mixtures = "PCA's directions are mixtures of all pixels: the eigenvectors of the covariance."
    found = {
        "You subtracted one number, `x.mean()`, from everything. The mean *image* has a number for each pixel: "
        "`x.mean(0)`.": torch.linalg.svdvals(x - x.mean())[latent:].square().sum() / len(x),
        own_spread: _eigenvalues(scaled[0])[:rest].sum(),
        f"{own_spread} ": _eigenvalues(scaled[1])[:rest].sum(),  # the same, with N − 1
        f"You kept the first pixels. {mixtures}": centred[:, latent:].square().sum(1).mean(),
        f"You added up the variances of single pixels. {mixtures}": (
            centred.square().mean(0).sort().values[:rest].sum()
        ),
    }
    rows = torch.linalg.svd(centred, full_matrices=False).Vh
    if len(rows) == x.shape[1]:
        columns = rows[:, :latent]
        found["You took the first *columns* of Vh. Its rows are the directions: `Vh[:latent]`."] = (
            (centred - centred @ columns @ columns.T).square().sum(1).mean()
        )
    return found


def _residue(centred, latent):
    """Return what the best linear code loses of each image, shape (N, D)."""
    directions = torch.linalg.svd(centred, full_matrices=False).Vh[:latent]
    return centred - centred @ directions.T @ directions


def _eigenvalues(x):
    """Return the eigenvalues of the covariance, divided by N, in ascending order."""
    return torch.linalg.eigvalsh(torch.cov(x.T, correction=0))


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
        _probe(
            SIX, 1, "Six images: their mean is 0, and their covariance is diagonal, with the eigenvalues 12, 3 and ¾."
        ),
        _probe(SIX, 2, "The same images, with two directions kept."),
        _probe(SHIFTED, 1, "The six points again, shifted by (5, 3, −2): their spread is what it was."),
        _probe(_images(8, 3, 200), 1, "Eight images whose pixels are correlated.").double(),
        _probe(_images(8, 3, 200), 2, "`eigvalsh` and `svdvals` promise an order, `eigvals` does not.").double(),
        _probe(_images(40, 6, 210), 2, "").double(),
        _probe(_images(5, 9, 220), 2, "Fewer images than pixels: five of them span four directions.").double(),
        _probe(_images(30, 4, 230), 4, "As many code numbers as pixels: nothing is dropped, nothing is lost.").double(),
        _probe(_images(50, 7, 240), 3, "").double(),
        _probe(_images(25, 8, 260), 6, "").double(),
    ],
)


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
        "the sum of the dropped eigenvalues": eigenvalues[latent:].sum(),
        "the sum of the kept eigenvalues": eigenvalues[:latent].sum(),
        "the squared length of the mean image": x.mean(0).square().sum(),
        "1": torch.ones(()),
    }


@pca_error.mistake(
    """Your number is the sum of the eigenvalues that are *kept*. They are the variance that the code carries; what it
    loses is the variance along the directions it drops."""
)
def kept_for_dropped(x, latent):
    return _eigenvalues(x).flip(0)[:latent].sum()


@pca_error.mistake(
    """Your number is the sum of all eigenvalues but the `latent` *smallest*: the best directions are dropped. Mind the
    order: `torch.linalg.eigvalsh` starts with the smallest, `torch.linalg.svdvals` with the largest."""
)
def ascending_taken_for_descending(x, latent):
    return _eigenvalues(x)[latent:].sum()


@pca_error.mistake(
    """Your number is the sum of the `latent` *smallest* eigenvalues. `latent` is how many directions are kept; D −
    latent are dropped."""
)
def as_many_dropped_as_kept(x, latent):
    return _eigenvalues(x)[:latent].sum()


@pca_error.mistake(
    """Your number is the sum of singular values as they are. The variance along a direction is the *square* of its
    singular value, divided by the number of images: s²/N."""
)
def singular_values_not_squared(x, latent):
    return torch.linalg.svdvals(x - x.mean(0))[latent:].sum()


@pca_error.mistake(
    """Your number is that of variances divided by N − 1, as `torch.cov` and `.var()` have them unless told otherwise.
    The average error over these N images needs N: pass `correction=0`, or take s²/N."""
)
def n_minus_one(x, latent):
    return len(x) / (len(x) - 1) * _eigenvalues(x)[: x.shape[1] - latent].sum()


@pca_error.mistake(
    """The mean image is not subtracted. The directions are then measured from 0 instead of from the mean: the first one
    leans towards the mean image. Centre first: `x - x.mean(0)`."""
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
    """One eigenvalue is missing in your number: D − latent − 1 are added up instead of D − latent. Counting from the
    largest with index 0, the first one dropped has the index `latent`."""
)
def one_dropped_too_few(x, latent):
    return _eigenvalues(x).flip(0)[latent + 1 :].sum()


@pca_error.mistake(
    """One eigenvalue too many is in your number: D − latent + 1 are added up instead of D − latent. Counting from the
    largest with index 0, the first one dropped has the index `latent`."""
)
def one_dropped_too_many(x, latent):
    return _eigenvalues(x).flip(0)[latent - 1 :].sum()


@pca_error.mistake(
    """Your number is the *mean* of the dropped eigenvalues. What is lost along one dropped direction adds to what is
    lost along the next: take their sum."""
)
def mean_of_the_dropped(x, latent):
    return _eigenvalues(x)[: x.shape[1] - latent].mean()


@pca_error.mistake(
    """Your covariance is that of the *images*, N × N: `torch.cov` takes every row for a variable. The variables are the
    pixels, and they stand in the columns: `torch.cov(x.T, correction=0)`."""
)
def rows_for_variables(x, latent):
    return torch.linalg.eigvalsh(torch.cov(x, correction=0))[: x.shape[1] - latent].sum()
