"""A sum of two parts: how each of them is reduced is found without a list."""

import pytest

from course_utils.exercises import Exercise, given, normal


@pytest.fixture(scope="module")
def loss():
    shapes = (((1, 1, 1, 1), (1, 1)), ((4, 1, 2, 3), (4, 3)), ((3, 1, 2, 2), (3, 5)), ((5, 1, 3, 4), (5, 2)))
    exercise = Exercise(
        "Loss",
        task="",
        signature="loss(x, mu)",
        returns=["loss"],
        hints=[""],
        probes=[
            given(x=normal(*image, seed=n), mu=normal(*code, seed=9 + n)) for n, (image, code) in enumerate(shapes)
        ],
    )

    @exercise.parts("loss")
    def _(x, mu):
        return {"the error": x**2, "the KL": mu**2}

    @exercise.reference
    def _(x, mu):
        return (x**2).flatten(1).sum(1) + (mu**2).sum(1)

    return exercise


END = "Sum each over its own axes, one number per image, shape (B,); then add."
WAYS = {
    "mean of the KL": (
        lambda x, kl: x.sum(1) + kl.mean(1),
        f"The KL is a mean over the latent dimensions where the sum belongs. {END}",
    ),
    "mean of the error": (lambda x, kl: x.mean(1) + kl.sum(1), "The error is a mean over the pixels where"),
    "batch of the KL": (
        lambda x, kl: x.sum(1) + kl.sum(1).mean(),
        "The KL is averaged over the batch (if you wrote no mean",
    ),
    "batch of the error": (lambda x, kl: x.sum() + kl.sum(1), "The error is summed over the batch."),
    "÷ B": (lambda x, kl: x.sum(1) / len(x) + kl.sum(1), "The error is divided by the size of the batch."),
    "default reductions": (
        lambda x, kl: x.mean() + kl.sum(1).mean(),
        "The error is a mean over the pixels where the sum belongs; their sum is averaged over the batch.",
    ),
    "keepdim": (
        lambda x, kl: x.mean(1) + kl.sum(1, keepdim=True),
        "the KL keeps an axis of size 1, shape (B, 1), so that every image meets every other",
    ),
    "keepdim, then mean": (  # the same numbers as if the error alone were averaged
        lambda x, kl: (x.sum(1) + kl.sum(1, keepdim=True)).mean(1),
        "The error is averaged over the batch (if you wrote no mean, look for a `keepdim=True`)",
    ),
    "both": (lambda x, kl: x.mean(1) + kl.mean(), "The error is a mean over the pixels where the sum belongs; the KL"),
}


@pytest.mark.parametrize(("ways", "says"), WAYS.values(), ids=WAYS)
def test_each_part_is_told_how_it_is_reduced(loss, ways, says):
    message = loss.check(lambda x, mu: ways((x**2).flatten(1), mu**2)).message
    assert says.lower() in message.lower()


@pytest.mark.parametrize("function", [lambda x, kl: x.sum(1) + 2 * kl.sum(1), lambda x, kl: x.amax(1) + kl.mean(1)])
def test_nothing_is_said_of_another_sum(loss, function):
    assert "then add" not in loss.check(lambda x, mu: function((x**2).flatten(1), mu**2)).message
