"""A result that is right but reduced otherwise is recognised, and the sentence says which axis."""

import pytest
import torch

from course_utils.exercises import Exercise, given, normal
from course_utils.exercises.machine.reductions import Case, reduced_otherwise, shape_in_words, sizes_of


def terms(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)


def cases(reference, learner):
    """Take both to a batch of one, to one dimension, and to two sizes in which no two axes are alike."""
    for shape in ((1, 1), (1, 10), (3, 1), (4, 3), (8, 5)):
        kl = terms(normal(*shape, seed=1), normal(*shape, seed=2))
        yield Case(reference(kl), learner(kl), sizes_of({"mu": shape}, {}))


def images(reference, learner):
    for shape in ((1, 1, 1, 2), (3, 1, 2, 2), (5, 3, 4, 2)):
        nll = normal(*shape, seed=3).square()
        yield Case(reference(nll), learner(nll), sizes_of({"x": shape}, {}))


DEMAND = "Return one per image, shape (B,)."
PER_IMAGE = {
    "mean over the batch": (lambda u: u.sum(1).mean(), f"You averaged over the batch: one number. {DEMAND}"),
    "sum over the batch": (lambda u: u.sum(), f"You summed over the batch, too: one number. {DEMAND}"),
    "mean over all": (lambda u: u.mean(), "averaged over the batch and the latent dimensions: one number."),
    "mean and sum": (lambda u: u.mean(1).sum(), "Besides, you took the mean over the latent dimensions"),
    "÷ Z": (lambda u: u.mean(1), "You took the mean over the latent dimensions where the sum belongs"),
    "÷ B": (lambda u: u.sum(1) / len(u), "You divided by B, the size of the batch"),
    "÷ BZ": (lambda u: u.mean(1) / len(u), "You divided by B·Z, the size of the batch and the latent dimensions"),
    "÷ 784": (lambda u: u.sum(1) / 784, "You divided by 784, the pixels of an image of 28 × 28"),
    "axis 0": (lambda u: u.sum(0), "You summed over the batch and kept the latent dimensions"),
    "mean of axis 0": (lambda u: u.mean(0), "You averaged over the batch and kept the latent dimensions"),
    "not reduced": (lambda u: u, "shape (B, Z): the sum over the latent dimensions is missing."),
    "keepdim": (lambda u: u.sum(1, keepdim=True), "Right, but of shape (B, 1): an axis of size 1 is left over."),
    "keepdim of the mean": (lambda u: u.mean(1, keepdim=True), "divided by Z. And an axis of size 1 is left over."),
    "in front": (lambda u: u.sum(1)[None], "Right, but of shape (1, B)"),
    "squeezed": (lambda u: u.sum(1).squeeze(), "an axis of size 1 is lost: shape () where (1,) is asked for"),
    "(B, B)": (lambda u: 0.5 * (u.sum(1) + u.sum(1, keepdim=True)), "paired every image with every other"),
    "one for all": (lambda u: u.sum(1).mean().expand(len(u)), "Every row holds the same: the mean over the batch."),
}
PER_DIMENSION = {
    "sum": (lambda u: u.sum(0), "You took the sum over the batch where the mean belongs"),
    "other axis": (lambda u: u.mean(1), "averaged over the latent dimensions and kept the batch"),
    "sum over the other axis": (lambda u: u.sum(1), "It is the other way round: the mean runs over the batch."),
    "not reduced": (lambda u: u, "the mean over the batch is missing. Return one per latent dimension, shape (Z,)."),
    "repeated": (lambda u: u.mean(0).expand_as(u), "the same for every image: nothing is to be repeated."),
    "both": (lambda u: u.mean(), "You averaged over the latent dimensions: one number."),
}
PER_NUMBER = {
    "transposed": (lambda u: u.mT, "with their axes exchanged: shape (Z, B)."),
    "flat": (lambda u: u.flatten(), "in another shape: (10,) where (1, 10) is asked for."),
    "summed": (lambda u: u.sum(1), "You summed over the latent dimensions, too."),
    "÷ B": (lambda u: u / len(u), "You divided by B, the size of the batch"),
    "squeezed": (lambda u: u.squeeze(), "`.squeeze()` drops *every* axis of size 1"),
}
PER_PICTURE = {
    "mean over the pixels": (lambda u: u.flatten(1).mean(1), "mean over the pixels where the sum belongs"),
    "mean over all": (lambda u: u.mean(), "You averaged over the batch and the pixels: one number."),
    "channels left": (lambda u: u.sum((2, 3)), "shape (B, C): the sum over the channels is missing."),
    "one axis only": (lambda u: u.sum(1), "shape (B, H, W): the sum over the rows and the columns is missing."),
    "pixels left": (lambda u: u.flatten(1), "shape (B, D): the sum over the pixels is missing."),
    "axis 0": (lambda u: u.sum(0), "You summed over the batch and kept the pixels"),
    "keepdim": (lambda u: u.sum((1, 2, 3), keepdim=True), "Right, but of shape (B, 1, 1, 1)"),
}


def named(table):
    return pytest.mark.parametrize(("learner", "says"), table.values(), ids=table)


@named(PER_IMAGE)
def test_result_per_image(learner, says):
    assert says in reduced_otherwise([*cases(lambda u: u.sum(1), learner)])


@named(PER_DIMENSION)
def test_mean_over_the_batch(learner, says):
    assert says in reduced_otherwise([*cases(lambda u: u.mean(0), learner)])


@named(PER_NUMBER)
def test_result_that_is_not_reduced_at_all(learner, says):
    assert says in reduced_otherwise([*cases(lambda u: u, learner)])


@named(PER_PICTURE)
def test_result_of_images(learner, says):
    assert says in reduced_otherwise([*images(lambda u: u.flatten(1).sum(1), learner)])


@pytest.mark.parametrize(
    "learner",
    [
        lambda u: u.sum(1),
        lambda u: u.sum(1) ** 1.1,
        lambda u: 0.7 * u.mean(),
        lambda u: u.sum(1) + 1,
        lambda u: u[:, 0],
    ],
)
def test_nothing_is_said_of_what_is_no_reduction(learner):
    assert reduced_otherwise([*cases(lambda u: u.sum(1), learner)]) == ""


def test_sum_and_mean_of_a_batch_of_one_are_not_told_apart():
    one = Case(torch.tensor([2.0]), torch.tensor(2.0), sizes_of({"mu": (1, 3)}, {}))
    assert reduced_otherwise([one]) == f"The numbers are right, but an axis of size 1 is lost: {_LOST}"


_LOST = (
    "shape () where (1,) is asked for. `.squeeze()` drops *every* axis of size 1, those of a batch of one or of a "
    "single dimension, too; name the axis, as in `.squeeze(1)`."
)


def test_axes_may_have_other_names():
    sizes = sizes_of({"log_w": (20, 6)}, {"log_w": "draws batch"})
    weights = normal(20, 6, seed=5)
    assert "the mean over the draws is missing. Return one per image" in reduced_otherwise(
        [Case(weights.mean(0), weights, sizes)]
    )


@pytest.mark.parametrize(
    ("right", "yours", "says"),
    [
        ((4,), (4, 3), "You return one number for each image and latent dimension, shape (B, Z)."),
        ((4,), (), "No axis is left: a sum or a mean runs over everything"),
        ((1,), (), "No axis is left: a sum or a mean over everything does that, and so does `.squeeze()`."),
        ((4,), (4, 1), "An axis of size 1 is left over, as by `keepdim=True`."),
        ((4,), (7,), ""),
    ],
)
def test_shape_is_put_into_words_where_the_numbers_tell_nothing(right, yours, says):
    text = shape_in_words([Case(torch.zeros(right), torch.zeros(yours), {"batch": 4, "latent": 3})])
    assert says in text
    assert bool(text) == bool(says)


def test_check_says_the_reduction_before_the_shape():
    exercise = Exercise(
        "KL",
        task="",
        signature="kl(mu, logvar)",
        returns=["KL"],
        hints=[""],
        probes=[
            given(mu=normal(1, 2, seed=1), logvar=normal(1, 2, seed=2)).note("A note."),
            given(mu=normal(4, 3, seed=3), logvar=normal(4, 3, seed=4)),
        ],
    )
    exercise.reference(lambda mu, logvar: terms(mu, logvar).sum(1))
    verdict = exercise.check(lambda mu, logvar: terms(mu, logvar).mean())
    assert verdict.kind == "shape"
    assert verdict.message == (
        "You averaged over the batch and the latent dimensions: one number. Sum over the latent dimensions only. "
        f"{DEMAND} The shape of KL should be (1,); it is ()."
    )
    plain = exercise.check(lambda mu, logvar: terms(mu, logvar).sum(1).mean().item())
    assert plain.kind == "form"
    assert "You averaged over the batch: one number." in plain.message


def test_check_names_the_result_that_is_reduced_otherwise():
    probes = [given(mu=normal(4, 3, seed=3)), given(mu=normal(5, 2, seed=4))]
    exercise = Exercise("Two", task="", signature="two(mu)", returns=["a", "b"], hints=[""], probes=probes)
    exercise.reference(lambda mu: (mu.sum(1), mu.exp().sum(1)))
    message = exercise.check(lambda mu: (mu.sum(1), mu.exp().mean(1))).message
    assert message.startswith("b: You took the mean over the latent dimensions")
