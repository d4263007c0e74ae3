"""A wrong result that is a sum of known terms is taken apart, and the terms that are not right are named."""

import pytest
import torch

from course_utils.exercises import Exercise, given, normal


@pytest.fixture(scope="module")
def energy():
    exercise = Exercise(
        "Energy",
        task="Return ½x² + 3y − 1, summed over the dimensions.",
        signature="energy(x, y)",
        returns=["E"],
        hints=["Three terms."],
        probes=[
            given(x=[[2.0]], y=[[0.0]]),
            given(x=normal(4, 3, seed=1), y=normal(4, 3, seed=2)).double(),
            given(x=normal(5, 2, seed=3), y=normal(5, 2, seed=4)),
        ],
    )

    @exercise.reference
    def _(x, y):
        return (0.5 * x**2 + 3 * y - 1).sum(1)

    @exercise.terms("E", "summed over the dimensions")
    def _(x, y):
        return {"x²": (x**2).sum(1), "y": y.sum(1), "1": x.shape[1], "|x|": x.abs().sum(1)}

    return exercise


def verdict(exercise, term):
    return exercise.check(lambda x, y: term(x, y).sum(1)).message


@pytest.mark.parametrize(
    ("term", "says"),
    [
        (lambda x, y: 0.5 * x**2 - 1 + 0 * y, "`y` changes"),  # the simpler sentence comes first
        (lambda x, y: x**2 + 3 * y - 1, "E as you compute it is x² + 3 y − 1, summed over the dimensions"),
        (lambda x, y: x**2 + 3 * y - 1, "the factor of x² is not the right one."),
        (lambda x, y: x**2 + 2 * y - 1, "the factors of x² and y are not the right ones."),
        (lambda x, y: 0.5 * x**2 + 3 * y + 1, "the sign of the constant is the opposite one."),
        (lambda x, y: 0.5 * x**2 + 3 * y, "is ½ x² + 3 y, summed over the dimensions: the constant is missing."),
        (
            lambda x, y: 0.5 * x.abs() + 3 * y - 1,
            "is 3 y − 1 + ½ |x|, summed over the dimensions: |x| stands where x² belongs.",
        ),
        (lambda x, y: x.abs() + 3 * y - 1, "x² is missing; |x| has no place in it."),
    ],
)
def test_terms_that_are_not_right_are_named(energy, term, says):
    assert says in verdict(energy, term)


@pytest.mark.parametrize(
    "term",
    [
        lambda x, y: 0.5 * x**2 + 3 * y.sin() - 1,  # another term than those declared
        lambda x, y: 0.5 * x**2 + (3 + 1e-2 * x) * y - 1,
        lambda x, y: 0.5 * x**2 + 3 * y - 1 + 1e-3 * x**4,
        lambda x, y: (0.5 * x**2 + 3 * y - 1) / torch.zeros(()),
    ],
)
def test_what_is_no_sum_of_these_terms_is_not_taken_apart(energy, term):
    assert "Taken apart" not in verdict(energy, term)


def test_nothing_is_said_with_fewer_numbers_than_terms_can_explain(energy):
    few = Exercise(
        "Few", task="…", signature="f(x, y)", returns=["E"], hints=["…"], probes=[given(x=[[2.0]], y=[[1.0]])]
    )
    few.reference(energy.reference(energy._solution))
    few.tables = energy.tables
    assert "Taken apart" not in verdict(few, lambda x, y: x**2 + 3 * y - 1)


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (torch.exp, "E as you return it is the exponential of what it should be."),
        (torch.abs, "E as you return it is the absolute value of what it should be."),
        (torch.relu, "E as you return it is the positive part of what it should be."),
    ],
)
def test_one_step_too_many_at_the_end_is_named(energy, step, says):
    assert says in energy.check(lambda x, y: step((0.5 * x**2 + 3 * y - 1).sum(1))).message


@pytest.fixture(scope="module")
def nearly_alike():
    """Two terms that differ by a hundredth: float32 tells their weights to four digits, or to none if small."""
    exercise = Exercise(
        "Nearly alike",
        task="",
        signature="f(x, y)",
        returns=["E"],
        hints=[""],
        probes=[given(x=normal(6, 3, seed=n), y=normal(6, 3, seed=9 + n)) for n in range(3)],
    )

    @exercise.reference
    def _(x, y):
        return (x**2 + 0.5 * y - 0.5 * (y + 0.01 * y.sin())).sum(1)

    @exercise.terms("E")
    def _(x, y):
        return {"x²": (x**2).sum(1), "y": y.sum(1), "y′": (y + 0.01 * y.sin()).sum(1)}

    return exercise


@pytest.mark.parametrize(
    ("size", "rest", "says"),
    [
        (2, 1, "is 2 x² + ½ y − ½ y′: the factor of x² is not the right one"),
        (10_000, 1, "is 10,000 x² + ½ y − ½ y′: the factor of x² is not the right one"),
        (1, 1 / 784, ""),
        (784_000, 1, ""),
        (1e8, 1, ""),
    ],
)
def test_no_weight_is_printed_that_float32_does_not_tell(nearly_alike, size, rest, says):
    def scaled(x, y):
        return (size * x**2 + rest * (0.5 * y - 0.5 * (y + 0.01 * y.sin()))).sum(1)

    message = nearly_alike.check(scaled).message
    assert says in message
    assert says or "Taken apart" not in message
