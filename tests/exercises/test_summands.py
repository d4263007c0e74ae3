"""A sum of two parts: how each of them is reduced is found without a list."""

import pytest
import torch

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
        "The KL is averaged over the batch (if you wrote no such mean: PyTorch's losses take one",
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
        "The error is averaged over the batch (if you wrote no such mean: PyTorch's losses take one by themselves, and "
        "a `keepdim=True` may turn a mean over another axis into one)",
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


FACTORS = {
    "2": (lambda x, kl: x.sum(1) + 2 * kl.sum(1), "The error is right; the KL is multiplied by 2."),
    "784": (lambda x, kl: 784 * x.sum(1) + kl.sum(1), "The error is multiplied by 784; the KL is right."),
    "1/784": (lambda x, kl: x.sum(1) + kl.sum(1) / 784, "The error is right; the KL is divided by 784."),
    "1/1000": (lambda x, kl: x.sum(1) + kl.sum(1) / 1000, "the KL is divided by 1,000."),
    "0.3": (lambda x, kl: 0.3 * x.sum(1) + kl.sum(1), "The error is multiplied by 0.3; the KL is right."),
    "−1": (lambda x, kl: kl.sum(1) - x.sum(1), "The error has the opposite sign; the KL is right."),
    "−3": (lambda x, kl: x.sum(1) - 3 * kl.sum(1), "the KL has the opposite sign and is multiplied by 3."),
    "1234.5": (lambda x, kl: 1234.5 * x.sum(1) + kl.sum(1), "The error is multiplied by 1,234; the KL is right."),
    "both": (lambda x, kl: 2 * x.sum(1) + kl.sum(1) / 5, "The error is multiplied by 2; the KL is divided by 5."),
    "mean · 784": (
        lambda x, kl: 784 * x.mean(1) + kl.sum(1),
        "The error is a mean over the pixels where the sum belongs and is multiplied by 784; the KL is right.",
    ),
    "mean · 784 of both": (
        lambda x, kl: 784 * (x.mean(1) + kl.sum(1)),
        "The error is a mean over the pixels where the sum belongs and is multiplied by 784; the KL is multiplied by",
    ),
}


@pytest.mark.parametrize(("factors", "says"), FACTORS.values(), ids=FACTORS)
def test_each_part_is_told_its_factor(loss, factors, says):
    assert says in loss.check(lambda x, mu: factors((x**2).flatten(1), mu**2)).message


@pytest.mark.parametrize(
    "function",
    [
        lambda x, kl: x.sum(1) + 1e-7 * kl.sum(1),  # too little of it is left to tell its factor
        lambda x, kl: x.sum(1),
        lambda x, kl: 3 * (x.sum(1) + kl.sum(1)),  # has a simpler sentence
        lambda x, kl: x.sum(1) + 2 * kl.sum(1) + 1e-3 * kl.sum(1) ** 2,
        lambda x, kl: x.sum(1) + 2 * kl.sum(1) / torch.zeros(()),
    ],
)
def test_no_factor_is_said_that_the_numbers_do_not_tell(loss, function):
    assert "the task does not name" not in loss.check(lambda x, mu: function((x**2).flatten(1), mu**2)).message
