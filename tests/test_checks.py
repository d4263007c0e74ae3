"""The sentences for wrong arguments: each names the argument, the rule, what came and what to do."""

import math

import numpy as np
import pytest
import torch

from course_utils.checks import (
    SEED_STRIDE,
    SEEDS,
    check_count,
    check_floats,
    check_number,
    check_same_shape,
    check_seed,
    check_shape,
    check_tensor,
)


@pytest.mark.parametrize("value", [[1.0], np.zeros(2), 1.0, None, "x"])
def test_what_is_no_tensor_is_named_with_its_type_by_every_check_of_tensors(value):
    for check in (check_tensor, check_floats, check_same_shape, lambda **t: check_shape("B", **t)):
        with pytest.raises(TypeError, match=f"`x` must be a tensor, got a {type(value).__name__}; use torch.as_tensor"):
            check(x=value)


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bool, torch.complex64])
def test_floats_refuses_other_numbers(dtype):
    with pytest.raises(TypeError, match=rf"^`logvar` must be floating point, got {dtype}; use \.float\(\)$"):
        check_floats(mu=torch.zeros(2), logvar=torch.zeros(2, dtype=dtype))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_floats_takes_every_floating_point_format(dtype):
    check_floats(mu=torch.zeros(2, dtype=dtype))


@pytest.mark.parametrize(
    ("layout", "right", "wrong"),
    [
        ("B Z", [(3, 2), (0, 1)], [(3,), (3, 2, 1), ()]),
        ("B 2", [(3, 2)], [(3, 3), (2,)]),
        ("B C 28 28", [(1, 3, 28, 28)], [(1, 3, 28, 27), (3, 28, 28)]),
        ("B ...", [(2, 3), (2, 3, 4)], [(2,), ()]),
    ],
)
def test_shape_takes_what_fits_the_layout_and_nothing_else(layout, right, wrong):
    for shape in right:
        check_shape(layout, x=torch.zeros(shape))
    for shape in wrong:
        with pytest.raises(ValueError, match=r"^`x` must have shape \(B, .*\), got \("):
            check_shape(layout, x=torch.zeros(shape))


def test_shape_says_how_long_the_first_axis_must_be_and_what_to_do():
    check_shape("N Z", least=2, mu=torch.zeros(2, 1))
    with pytest.raises(ValueError, match=r"^`mu` must have shape \(N, Z\) with N >= 2, got \(1, 3\); take more$"):
        check_shape("N Z", least=2, mu=torch.zeros(1, 3), remedy="take more")


def test_same_shape_names_the_two_that_differ():
    a, b = torch.zeros(3, 2), torch.zeros(3, 1)
    check_same_shape(a=a, b=a, c=a)
    with pytest.raises(ValueError, match=r"^`b` and `c` must have the same shape, got \(3, 2\) and \(3, 1\)$"):
        check_same_shape(a=a, b=a, c=b)


@pytest.mark.parametrize("value", [0, -1, 2.0, True, "3", None, math.nan])
def test_count_refuses_what_is_no_positive_int(value):
    check_count(rows=1, columns=10**9)
    with pytest.raises(ValueError, match=r"^`columns` must be an int >= 1, got "):
        check_count(rows=1, columns=value)


def test_count_may_start_and_end_elsewhere():
    check_count(n=3, most=3)
    with pytest.raises(ValueError, match=r"^`n` must be an int >= 1 and <= 3, got 4$"):
        check_count(n=4, most=3)
    check_count(n=0, least=0)
    with pytest.raises(ValueError, match=r"^`n` must be an int >= 2, got 1; two are compared$"):
        check_count(n=1, least=2, remedy="two are compared")


@pytest.mark.parametrize("value", ["4", None, True, torch.tensor(1.0), [1.0], 1j])
def test_number_refuses_what_is_no_number(value):
    with pytest.raises(TypeError, match=r"^`beta` must be a number, got "):
        check_number(beta=value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 0, -1.0, np.float32(0)])
def test_number_refuses_what_is_outside(value):
    with pytest.raises(ValueError, match=r"^`lr` must be > 0 and finite, got "):
        check_number(lr=value, above=0)


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.5), np.int64(1)])
def test_number_takes_the_ends_of_its_range(value):
    check_number(p=value, least=0, most=1)
    for outside in (-0.001, 1.001):
        with pytest.raises(ValueError, match=r"^`p` must be >= 0 and <= 1, got "):
            check_number(p=outside, least=0, most=1)


@pytest.mark.parametrize("seed", [-1, 1.5, "1", None, True, SEEDS])
def test_seed_refuses_what_some_function_of_the_course_could_not_take(seed):
    check_seed(SEEDS - 1)
    with pytest.raises(ValueError, match=r"^`seed` must be an int >= 0 and below .*, got "):
        check_seed(seed)


def test_the_last_epoch_of_the_largest_seed_has_a_seed_that_pytorch_takes():
    torch.Generator().manual_seed((SEEDS - 1) * SEED_STRIDE + SEED_STRIDE - 1)
