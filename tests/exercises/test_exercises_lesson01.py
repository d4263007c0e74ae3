"""Lesson 1's exercises: what every lesson's must do is in test_exercises.py; here are the variants people write."""

import importlib
import math
from functools import reduce
from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from answers import assert_mistake, assert_passes
from torch import nn

from course_utils.exercises import lesson01 as ex
from course_utils.exercises.machine.counts import whole_number
from course_utils.exercises.machine.probes import Fault

# (`from … import` would give the exercises of these names, not their modules.)
unfolding, output_size, neuron, field = (
    importlib.import_module(f"{ex.__name__}.{name}")
    for name in ("conv2d_by_unfolding", "conv_output_size", "neuron_gradients", "receptive_field")
)


def assert_says(exercise, function, says):
    verdict = exercise.check(function)
    assert not verdict.passed
    assert verdict.mistake is None, verdict.text
    missing = [words for words in ([says] if isinstance(says, str) else says) if words not in verdict.message]
    assert not missing, verdict.text


# The solutions, against PyTorch's layers


def test_sizes_are_those_of_the_layers():
    for n, k, s, p, d in product((9, 14), (1, 2, 3), (1, 2, 3), (0, 2), (1, 3)):
        assert ex.conv_output_size.answer(n, k, s, p, d) == nn.Conv1d(1, 1, k, s, p, d)(torch.zeros(1, 1, n)).shape[-1]
    for n, k, s, p, o in product((3, 8), (2, 3, 5), (1, 2, 3), (0, 1), (0, 1)):
        if o < s:
            layer = nn.ConvTranspose1d(1, 1, k, s, p, o)
            assert ex.transposed_output_size.answer(n, k, s, p, o) == layer(torch.zeros(1, 1, n)).shape[-1]


@pytest.mark.parametrize("bias", [True, False])
def test_parameters_are_those_of_the_layer(bias):
    layer = nn.Conv2d(3, 7, 5, bias=bias)
    assert ex.conv_parameters.answer(3, 7, 5, bias) == sum(p.numel() for p in layer.parameters())


def seen_by_one(layers):
    """Collect the pixels that one number behind all layers depends on, going backwards place by place."""
    return reduce(lambda places, pair: {p * pair[1] + i for p in places for i in range(pair[0])}, layers[::-1], {0})


def by_input_gradient(layers):
    x = torch.zeros(1, 1, 600, dtype=torch.float64, requires_grad=True)
    h = x
    for kernel, stride in layers:
        h = F.conv1d(h, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride)
    h[0, 0, h.shape[-1] // 2].backward()
    return int((x.grad != 0).sum())


def test_receptive_fields_have_no_holes_so_that_extent_and_count_are_one():
    for probe in ex.receptive_field.probes:
        layers = probe.arguments["layers"]
        assert len(seen_by_one(layers)) == ex.receptive_field.answer(layers) == by_input_gradient(layers)


def by_autograd(x, w, b, y):
    x, w, b = (value.clone().requires_grad_() for value in (x, w, b))
    return torch.autograd.grad(((torch.sigmoid(x @ w + b) - y) ** 2).mean(), (w, b, x))


def test_gradients_are_those_of_autograd():
    for setting in neuron.SETTINGS:
        for one, other in zip(ex.neuron_gradients.answer(**setting), by_autograd(**setting), strict=True):
            torch.testing.assert_close(one, other)


def test_convolution_is_that_of_torch():
    for x, weight, stride in unfolding.SETTINGS:
        torch.testing.assert_close(
            ex.conv2d_by_unfolding.answer(x, weight, stride), F.conv2d(x, weight, stride=stride), rtol=1e-5, atol=1e-5
        )


# What is said about families of formulas is true of their numbers


def test_every_formula_for_the_size_is_written_as_it_is_computed():
    names = {"math": math, "round": round}
    assert len(output_size._family()) > 300
    for numbers, (text, _) in output_size._family().items():
        code = text.replace("·", "*").replace("−", "-").replace("⌊kernel/2⌋", "(kernel//2)")
        code = code.replace("⌊", "math.floor(").replace("⌈", "math.ceil(").replace("⌋", ")").replace("⌉", ")")
        for setting, number in zip(output_size.TRIED, numbers, strict=True):
            given = dict(zip(("size", "kernel", "stride", "padding", "dilation"), setting, strict=True))
            assert eval(code, names | given) == pytest.approx(number), (text, setting)


def test_settings_tell_all_formulas_for_the_size_from_the_right_one():
    right = tuple(ex.conv_output_size.answer(*setting) for setting in output_size.TRIED)
    assert output_size._family()[right][1] == ""


def test_rules_that_carry_the_field_are_written_as_they_are_computed():
    for text, rule in field.RULES.items():
        code = text.replace("·", "*").replace("−", "-")
        assert eval(code, {"field": 5, "kernel": 3, "stride": 2}) == rule(5, 3, 2), text


def test_each_formula_for_a_gradient_has_numbers_of_its_own():
    for name in neuron.RIGHT:
        members, table = neuron._family(name)
        assert members[0] == neuron.RIGHT[name][1:]
        for other, row in list(zip(members, table, strict=True))[1:]:
            ratio = (row @ table[0]) / (row @ row).clamp(min=1e-12)
            assert (ratio * row - table[0]).abs().max() > 1e-4, other


# One whole number, in whatever type


@pytest.mark.parametrize("make", [int, float, torch.tensor, np.int64, np.float32, lambda n: torch.tensor([float(n)])])
def test_count_is_taken_in_every_type(make):
    assert_passes(ex.conv_parameters, lambda i, o, k, bias: make(o * (i * k * k + bool(bias))))
    assert whole_number(make(7)) == 7


@pytest.mark.parametrize("value", [(3, 3), "3", True, [3], range(3), {"size": 3}, torch.zeros(2), 1j, object()])
def test_what_is_no_count_is_said_to_be_none(value):
    with pytest.raises(Fault, match="One whole number is asked for"):
        whole_number(value)


def test_two_equal_numbers_are_taken_for_height_and_width():
    assert_says(ex.conv_output_size, lambda n, k, s, p, d: (n, n), "height and width")
    assert_says(ex.receptive_field, lambda layers: (1, 2), "a tuple of (int, int) came back.")


def test_fraction_is_asked_for_its_rounding():
    assert_says(ex.conv_output_size, lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1, "is whole")


# Right answers, however unusual

SIZE = {
    "a layer, asked": lambda n, k, s, p, d: nn.Conv1d(1, 1, k, s, p, d)(torch.zeros(1, 1, n)).shape[-1],
    "floor of a float": lambda n, k, s, p, d: math.floor((n + 2 * p - d * (k - 1) - 1) / s + 1),
    "numpy": lambda n, k, s, p, d: np.floor((n + 2 * p - d * (k - 1) - 1) / s) + 1,
    "counted places": lambda n, k, s, p, d: len(range(0, n + 2 * p - d * (k - 1), s)),
    "rounded up": lambda n, k, s, p, d: math.ceil((n + 2 * p - d * (k - 1)) / s),
    "weights and holes": lambda n, k, s, p, d: int((n + 2 * p - ((k - 1) * (d - 1) + k)) / s + 1),
    "unfolded": lambda n, k, s, p, d: torch.arange(n + 2 * p).unfold(0, d * (k - 1) + 1, s).shape[0],
    "a tensor": lambda n, k, s, p, d: torch.tensor((n + 2 * p - d * (k - 1) - 1) // s + 1),
}
TRANSPOSED = {
    "copies less overlaps": lambda n, k, s, p, o: n * k - (n - 1) * (k - s) - 2 * p + o,
    "zeros between": lambda n, k, s, p, o: float(n + (n - 1) * (s - 1) + 2 * (k - 1 - p) + o - k + 1),
    "last place": lambda n, k, s, p, o: max(i * s + j for i in range(n) for j in range(k)) + 1 - 2 * p + o,
    "as in the manual": lambda n, k, s, p, o: (n - 1) * s - 2 * p + 1 * (k - 1) + o + 1,
}
PARAMETERS = {
    "a layer, counted": lambda i, o, k, b: sum(p.numel() for p in nn.Conv2d(i, o, k, bias=b).parameters()),
    "bias as a number": lambda i, o, k, b: o * (i * k**2 + b),
    "numpy": lambda i, o, k, b: np.prod([i, o, k, k]) + np.int64(o) * b,
    "counted one by one": lambda i, o, k, b: len([0 for _ in range(o) for _ in range(i * k * k)]) + (o if b else 0),
}


def backwards(layers):
    return reduce(lambda seen, pair: (seen - 1) * pair[1] + pair[0], layers[::-1], 1)


def emptied(layers):
    seen = 1
    while layers:
        kernel, stride = layers.pop()
        seen = (seen - 1) * stride + kernel
    return seen


def recursive(layers):
    return (recursive(layers[1:]) - 1) * layers[0][1] + layers[0][0] if layers else 1


FIELD = {
    "backwards": backwards,
    "list emptied": emptied,
    "recursive": recursive,
    "input gradient": by_input_gradient,
    "places": lambda layers: max(seen_by_one(layers)) - min(seen_by_one(layers)) + 1,
    "sum of products": lambda layers: (
        1 + sum((k - 1) * math.prod(s for _, s in layers[:i]) for i, (k, _) in enumerate(layers))
    ),
}


def one_by_one(x, w, b, y):
    dw, db, dx = torch.zeros(len(w)), torch.zeros(()), torch.zeros(x.shape)
    for i in range(len(x)):
        a = 1 / (1 + torch.exp(-((x[i] * w).sum() + b)))
        slope = 2 * (a - y[i]) * a * (1 - a) / len(x)
        dw, db = dw + slope * x[i], db + slope
        dx[i] = slope * w
    return dw, db, dx


def backward(x, w, b, y):
    x.requires_grad_(), w.requires_grad_(), b.requires_grad_()
    F.mse_loss(torch.sigmoid(x @ w + b), y).backward()
    return w.grad, b.grad, x.grad


def by_exponentials(x, w, b, y):
    small = torch.exp(-(x @ w + b))
    slope = 2 * (1 / (1 + small) - y) * small / (1 + small) ** 2
    return [(slope[:, None] * x).mean(0), slope.mean(), torch.outer(slope, w) / len(x)]


NEURON = {
    "autograd": by_autograd,
    "backward": backward,
    "one by one": one_by_one,
    "exponentials, as a list": by_exponentials,
    "torch.func": lambda x, w, b, y: torch.func.grad(
        lambda w, b, x: ((torch.sigmoid(x @ w + b) - y) ** 2).mean(), argnums=(0, 1, 2)
    )(w, b, x),
}


def patches(x, weight, stride):
    k = weight.shape[-1]
    return x.unfold(2, k, stride).unfold(3, k, stride)


def columns(x, weight, stride):
    return F.unfold(x, weight.shape[-1], stride=stride)


def rows(x, weight, stride):
    return (x.shape[2] - weight.shape[2]) // stride + 1


def four_loops(x, weight, stride):
    high, wide = ((n - weight.shape[-1]) // stride + 1 for n in x.shape[2:])
    out = torch.zeros(len(x), len(weight), high, wide)
    for b, o, i, j in product(*map(range, out.shape)):
        patch = x[b, :, i * stride : i * stride + weight.shape[2], j * stride : j * stride + weight.shape[3]]
        out[b, o, i, j] = (patch * weight[o]).sum()
    return out


def by_shifts(x, weight, stride):
    k = weight.shape[-1]
    high, wide = (n - k + 1 for n in x.shape[2:])
    return sum(
        torch.einsum("bchw,oc->bohw", x[:, :, u : u + high : stride, v : v + wide : stride], weight[:, :, u, v])
        for u in range(k)
        for v in range(k)
    )


UNFOLDING = {
    "F.conv2d": lambda x, w, s: F.conv2d(x, w, stride=s),
    "four loops": four_loops,
    "shifted images": by_shifts,
    "einsum": lambda x, w, s: torch.einsum("bchwij,ocij->bohw", patches(x, w, s), w),
    "broadcast": lambda x, w, s: (patches(x, w, s)[:, None] * w[None, :, :, None, None]).sum((2, 5, 6)),
    "fold": lambda x, w, s: F.fold(w.flatten(1) @ columns(x, w, s), F.conv2d(x, w, stride=s).shape[2:], 1),
    "patches in rows": lambda x, w, s: (
        (columns(x, w, s).mT @ w.flatten(1).T).mT.unflatten(2, (rows(x, w, s), -1))
    ),
    "every place, then sliced": lambda x, w, s: F.conv2d(x, w)[:, :, ::s, ::s],
    "numpy": lambda x, w, s: torch.from_numpy(
        np.einsum("bchwij,ocij->bohw", patches(x, w, s).numpy(), w.numpy())
    ),
}  # fmt: skip
VARIANTS = {
    "conv_output_size": SIZE,
    "transposed_output_size": TRANSPOSED,
    "conv_parameters": PARAMETERS,
    "receptive_field": FIELD,
    "neuron_gradients": NEURON,
    "conv2d_by_unfolding": UNFOLDING,
}


@pytest.mark.parametrize(("name", "variant"), [(name, variant) for name, of in VARIANTS.items() for variant in of])
def test_right_answer_passes_however_it_is_written(name, variant):
    assert_passes(getattr(ex, name), VARIANTS[name][variant])


# Known mistakes, written differently


def stacked(layers, *, order=1, jump_first=False, add=lambda k, j: (k - 1) * j, start=1):
    seen, jump = start, 1
    for kernel, stride in layers[::order]:
        jump *= stride if jump_first else 1
        seen += add(kernel, jump)
        jump *= 1 if jump_first else stride
    return seen


def from_slope(slope):
    """Make an answer of dL/da, given by a, h and y, for which all that follows is right."""

    def function(x, w, b, y):
        a = x @ w + b
        da = slope(a, a.sigmoid(), y) / len(x)
        return da @ x, da.sum(), da[:, None] * w

    return function


def by_cross_entropy(x, w, b, y):
    x, w, b = (value.clone().requires_grad_() for value in (x, w, b))
    return torch.autograd.grad(F.binary_cross_entropy_with_logits(x @ w + b, y), (w, b, x))


@pytest.mark.parametrize(
    ("name", "function", "mistake"),
    [
        ("conv_output_size", lambda n, k, s, p, d: (n + 2 * p - d * k + d) // s, "one_before_dividing"),
        ("conv_output_size", lambda n, k, s, p, d: -((n + 2 * p - d * (k - 1) - 1) // -s) + 1, "rounded_up"),
        ("conv_output_size", lambda n, k, s, p, d: math.ceil(n / s), "as_if_padded_to_fit"),
        ("conv_output_size", lambda n, k, s, p, d: int((n + p - d * (k - 1) - 1) / s) + 1, "padding_on_one_side"),
        ("transposed_output_size", lambda n, k, s, p, o: s * (n - 1) + 2 * p + k + o, "padding_enlarges"),
        ("transposed_output_size", lambda n, k, s, p, o: (n - 1) * s + k - 2 * (p - o), "output_padding_twice"),
        ("conv_parameters", lambda i, o, k, b: (k * k * i + 1) * o, "bias_always"),
        ("conv_parameters", lambda i, o, k, b: k * k * i * o + o if b else 0, "condition_takes_all"),
        ("conv_parameters", lambda i, o, k, b: o * (k * k + b), "one_flat_kernel_for_all_channels"),
        ("receptive_field", lambda layers: stacked(layers, jump_first=True), "stride_too_early"),
        ("receptive_field", lambda layers: stacked(layers, order=-1), "backward_recursion_forwards"),
        ("receptive_field", lambda layers: backwards(layers) * layers[-1][1], "last_stride_counted"),
        ("receptive_field", lambda layers: backwards([(k, 1) for k, _ in layers]), "strides_ignored"),
        ("neuron_gradients", by_cross_entropy, "of_the_cross_entropy"),
        ("neuron_gradients", from_slope(lambda a, h, y: 2 * (h - y)), "slope_of_sigma_forgotten"),
        ("neuron_gradients", from_slope(lambda a, h, y: 2 * (a - y)), "without_sigma"),
        ("conv2d_by_unfolding", lambda x, w, s: F.conv2d(x, w.rot90(2, (2, 3)), stride=s), "kernel_turned"),
        (
            "conv2d_by_unfolding",
            lambda x, w, s: torch.einsum("bchwij,ocij->bohw", patches(x, w, 1), w),
            "stride_ignored",
        ),
        (
            "conv2d_by_unfolding",
            lambda x, w, s: (
                patches(x, w, s).permute(0, 2, 3, 1, 4, 5).flatten(3) @ w.flatten(1).T
            ).reshape(F.conv2d(x, w, stride=s).shape),
            "output_reshaped",
        ),
        ("conv2d_by_unfolding", lambda x, w, s: F.conv2d(x.mT, w, stride=s).mT, "kernel_transposed"),
    ],
)  # fmt: skip
def test_mistake_is_recognised_written_differently(name, function, mistake):
    assert_mistake(getattr(ex, name), function, mistake)


# Wrong answers on no list


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda n, k, s, p, d: (n + 2 * p - k) // s + 1, ["`dilation`", "⌊(size + 2·padding − kernel)/stride⌋ + 1"]),
        (lambda n, k, s, p, d: (n - d * (k - 1) - 1) // s + 1, "The padding is missing"),
        (lambda n, k, s, p, d: (n - 2 * p - d * (k - 1) - 1) // s + 1, "Padding makes the image longer"),
        (lambda n, k, s, p, d: (n + p - k) // s + 1, ["counts twice", "a dilated kernel is longer"]),
        (lambda n, k, s, p, d: (n + 2 * p - k - d * (k - 1)) // s + 1, "dilation 1 is the ordinary kernel"),
        (lambda n, k, s, p, d: (n + 2 * p - d * (k - 1)) // s + 1, "for the last weight itself"),
        (lambda n, k, s, p, d: round((n + 2 * p - d * (k - 1) - 1) / s) + 1, "round down"),
        (lambda n, k, s, p, d: n + 2 * p - d * (k - 1) - 1 // s + 1, "set brackets"),
        (lambda n, k, s, p, d: n - k + 2 * p // s + 1, "set brackets"),
        (lambda n, k, s, p, d: (n - d * (k - 1) - 1) // s + 1 + 2 * p, "add it before you divide"),
        (lambda n, k, s, p, d: n + 2 * p - d * (k - 1), "The stride is missing"),
        (lambda n, k, s, p, d: ((n + 2 * p - d * (k - 1) - 1) // s + 1) ** 2, "the square of what it should be"),
        (lambda n, k, s, p, d: (n + 2 * p - d * (s - 1) - 1) // k + 1, "for `kernel` and `stride` exchanged"),
        (lambda n, k, s, p, d: 3, "You return 3 whatever the arguments are"),
        (lambda n, k, s, p, d: range(0, n + 2 * p - d * (k - 1), s), "a range came back"),
        (lambda n, k, s, p, d: n // s, ["cannot start at the last pixels", "one place more than there are steps"]),
    ],
)
def test_size_unknown_mistake_gets_a_true_sentence(function, says):
    assert_says(ex.conv_output_size, function, says)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda n, k, s, p, o: (n + 1) * s - 2 * p + k + o, "the sign of stride is the opposite one"),
        (lambda n, k, s, p, o: (n - 1) * s - 2 * p * s + k + o, "stride·padding stands where padding belongs"),
        (lambda n, k, s, p, o: (n + o - 1) * s - 2 * p + k, "stride·output_padding stands where output_padding"),
        (lambda n, k, s, p, o: s * (n - 1 + k) - 2 * p + o, "stride·kernel stands where kernel belongs"),
        (lambda n, k, s, p, o: n - 1 * s + k - 2 * p + o, "size stands where size·stride belongs"),
        (lambda n, k, s, p, o: (n - 1) * s + k + 2 * p - o, "signs of padding and output_padding"),
        (lambda n, k, s, p, o: n + (n - 1) * s + 2 * (k - 1 - p) + o - k + 1, "the constant and size have no place"),
        (lambda n, k, s, p, o: n * k, "`output_padding` or `padding` or `stride`"),
        (lambda n, k, s, p, o: (n - 1) * s + k - 2 * p + o - 1, "the expected one − 1"),
        (lambda n, k, s, p, o: (n - 1) * s - 2 * o + k + p, "`padding` and `output_padding` exchanged"),
        (lambda n, k, s, p, o: len({i * s + j for i in range(n) for j in range(k)}) - 2 * p + o, "zeros are left"),
    ],
)
def test_transposed_size_unknown_mistake_gets_a_true_sentence(function, says):
    assert_says(ex.transposed_output_size, function, says)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda i, o, k, b: k * k * (i + b) * o, "kernel²·channels_out (with bias) stands where channels_out"),
        (lambda i, o, k, b: k * k * i + (o if b else 0), "kernel²·channels_in stands where"),
        (lambda i, o, k, b: k * k * i * o + (0 if b else o), "(without bias) stands where channels_out (with bias)"),
        (lambda i, o, k, b: 28 * 28 * o * (k * k * i + b), "784"),
        (lambda i, o, k, b: k * k * i * o - o * b, "the sign of channels_out (with bias) is the opposite one"),
        (lambda i, o, k, b: 2 * k * i * o + o * b, "kernel²·channels_in·channels_out is missing"),
        (lambda i, o, k, b: i * o + o * b, "when `kernel` changes"),
        (lambda i, o, k, b: (i + o) * k * k + o * b, "kernel²·channels_in have no place in it"),
        (lambda i, o, k, b: (o, i, k, k), "One whole number is asked for"),
        (lambda i, o, k, b: o * i * k * k + i * b + o * b, "channels_in (with bias) has no place in it"),
    ],
)  # fmt: skip
def test_parameters_unknown_mistake_gets_a_true_sentence(function, says):
    assert_says(ex.conv_parameters, function, says)


def previous_stride_only(layers):
    return layers[0][0] + sum((layers[i + 1][0] - 1) * layers[i][1] for i in range(len(layers) - 1))


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda layers: stacked(layers, add=lambda k, j: k * j), ["grows by kernel·jump", "k − 1 gaps"]),
        (lambda layers: stacked(layers, start=0), "One number alone is one pixel"),
        (lambda layers: stacked(layers, add=lambda k, j: k // 2 * j), "reaches to both sides"),
        (previous_stride_only, "Jumps multiply"),
        (lambda layers: 1 + sum((k - 1) * s for k, s in layers), ["Jumps multiply", "A layer's own stride"]),
        (lambda layers: reduce(lambda r, pair: r * pair[1] + pair[0] - 1, layers, 1), "the first layer to the last"),
        (lambda layers: (backwards(layers) - 1) // 2, "to one side of its middle"),
        (lambda layers: backwards(layers[:-1]), "nothing in your answer: last"),
        (lambda layers: layers[0][0], "nothing in your answer: second, third, last"),
        (lambda layers: max(k for k, _ in layers), "The strides change nothing"),
        (lambda layers: backwards([(s, k) for k, s in layers]), "here the kernel comes first"),
        (lambda layers: backwards(layers) ** 2, "the square of what it should be"),
        (lambda layers: math.prod(k * s for k, s in layers), "in the opposite order"),
        (lambda layers: backwards(layers) + layers[0][0] - 1, "The first layer counts twice"),
        (len, "The kernels change nothing"),
    ],
)  # fmt: skip
def test_receptive_field_unknown_mistake_gets_a_true_sentence(function, says):
    assert_says(ex.receptive_field, function, says)


def right_but(**other):
    """Return the right gradients, some of them replaced by a function of dL/da, x, w, b."""

    def function(x, w, b, y):
        h = torch.sigmoid(x @ w + b)
        da = 2 * (h - y) * h * (1 - h) / len(x)
        right = {"dw": da @ x, "db": da.sum(), "dx": da[:, None] * w}
        return tuple((right | {name: make(da, x, w, b) for name, make in other.items()}).values())

    return function


def last_example_only(x, w, b, y):
    dx = torch.zeros_like(x)
    for i in range(len(x)):
        h = torch.sigmoid(x[i] @ w + b)
        slope = 2 * (h - y[i]) * h * (1 - h) / len(x)
        dw, db, dx[i] = slope * x[i], slope, slope * w
    return dw, db, dx


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (from_slope(lambda a, h, y: (h - y) * h * (1 - h)), ["dL/da = (h − y)·σ′(a), divided by B", "0.5 times"]),
        (from_slope(lambda a, h, y: 2 * (y - h) * h * (1 - h)), "the opposite sign"),
        (from_slope(lambda a, h, y: 2 * (h - y) * h), "dL/da = 2·(h − y)·h, divided by B"),
        (from_slope(lambda a, h, y: 2 * (h - y) * (1 - h)), "2·(h − y)·(1 − h)"),
        (from_slope(lambda a, h, y: (h - y) ** 2 * h * (1 - h)), "(h − y)²·σ′(a)"),
        (from_slope(lambda a, h, y: 2 * h * (1 - h)), ["2·σ′(a)", "`y`"]),
        (from_slope(lambda a, h, y: 2 * (1 - h - y) * h * (1 - h)), "σ(−a) − y"),
        (from_slope(lambda a, h, y: 2 * (h - y).sign() * h * (1 - h)), "the sign of (h − y)"),
        (from_slope(lambda a, h, y: -len(y) * (h - y) * h * (1 - h)), "−(h − y)·σ′(a), not divided by B"),
        (last_example_only, "x of the last example only, divided by B"),
        (right_but(dw=lambda da, x, w, b: da[:, None] * x), "the sum over the batch is missing"),
        (right_but(dw=lambda da, x, w, b: len(x) * da @ x), "the sum over the batch where the mean belongs"),
        (right_but(dw=lambda da, x, w, b: da.sum() * x.mean(0)), "the mean of x"),
        (right_but(dw=lambda da, x, w, b: (da @ x)[None]), "an axis of size 1 is left over"),
        (right_but(db=lambda da, x, w, b: da), "the sum over the batch is missing"),
        (right_but(db=lambda da, x, w, b: float(da.sum())), "Leave `.item()` and `float()` out"),
        (right_but(db=lambda da, x, w, b: da.sum() * b), "2·(h − y)·σ′(a)·b"),
        (right_but(dx=lambda da, x, w, b: da @ (x * 0 + w)), "You summed over the batch, too"),
        (right_but(dx=lambda da, x, w, b: w[:, None] * da), "axes exchanged: shape (D, B)"),
        (right_but(dx=lambda da, x, w, b: da[:, None] * w * x), "dL/dx comes out as 2·(h − y)·σ′(a)·x·w"),
        (right_but(dx=lambda da, x, w, b: 0 * x), "dL/dx is 0 everywhere"),
        (right_but(dw=lambda da, x, w, b: w - 0.1 * da @ x), "w after a step downhill"),
        (lambda x, w, b, y: ex.neuron_gradients.answer(x, w, b, y)[::-1], "in another order"),
        (lambda x, w, b, y: ex.neuron_gradients.answer(x, w, 0 * b, y), "stays the same when `b` changes"),
        (lambda x, w, b, y: ex.neuron_gradients.answer(x, w, b, y)[:2], "2 tensors"),
    ],
)
def test_gradients_unknown_mistake_gets_a_true_sentence(function, says):
    assert_says(ex.neuron_gradients, function, says)


def places_one_apart(x, weight, stride):
    right = F.conv2d(x, weight, stride=stride)
    return F.conv2d(x, weight)[..., : right.shape[2], : right.shape[3]]


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x, w, s: F.conv2d(x, w.flip(3), stride=s), "mirrored"),
        (lambda x, w, s: F.conv2d(x, w.flip(2, 3)), ["turned by 180°", "`stride` is not used"]),
        (lambda x, w, s: F.conv2d(x, w.flip(2, 3), stride=s).permute(0, 2, 3, 1), ["180°", "the filters last"]),
        (lambda x, w, s: F.conv2d(x, w, stride=s) / w[0].numel(), "a mean where the sum over all products belongs"),
        (lambda x, w, s: F.conv2d(x, w, stride=s).transpose(0, 1), "the filters first, shape (O, B"),
        (lambda x, w, s: F.conv2d(x, w, stride=s).sum(1), "a sum over the filters"),
        (lambda x, w, s: F.conv2d(x, w, stride=s)[:1], "only the first image"),
        (lambda x, w, s: F.conv2d(x[:1], w, stride=s).expand(len(x), -1, -1, -1), "The first image of the batch"),
        (lambda x, w, s: F.conv2d(x[:, -1:], w[:, -1:], stride=s), "only the last channel"),
        (lambda x, w, s: F.conv2d(x, w.sum(1, True).expand_as(w), stride=s), "channels added up before"),
        (lambda x, w, s: F.conv2d(x, w, stride=(s, 1)), "down the rows only"),
        (lambda x, w, s: F.conv2d(x, w, stride=s, padding=1), "no padding is asked for"),
        (places_one_apart, "place i begins at i·stride"),
        (lambda x, w, s: F.conv2d(x, w, stride=s).mT, "last two axes exchanged"),
        (lambda x, w, s: columns(x, w, s), "You return the patches"),
        (lambda x, w, s: F.conv_transpose2d(x, w.transpose(0, 1), stride=s), "a transposed convolution"),
        (lambda x, w, s: F.conv2d(x, w, stride=s).relu(), "the positive part"),
        (lambda x, w, s: -F.conv2d(x, w, stride=s), "the opposite sign"),
        (lambda x, w, s: list(F.conv2d(x, w, stride=s)), "`torch.stack`"),
        (lambda x, w, s: F.conv2d(x, w, stride=s).double(), "dtype"),
        (
            lambda x, w, s: F.conv2d(x, w.permute(0, 2, 3, 1).reshape(w.shape), stride=s),
            "in the order row, column, channel",
        ),
        (lambda x, w, s: F.conv2d(x, w.reshape(-1, len(w)).T.reshape(w.shape), stride=s), "which mixes the filters"),
        (
            lambda x, w, s: (
                w.flatten(1) @ patches(x, w, s).permute(0, 2, 3, 1, 4, 5).reshape(len(x), w[0].numel(), -1)
            ).reshape(F.conv2d(x, w, stride=s).shape),
            "The patches are mixed up",
        ),
        (
            lambda x, w, s: (w.flatten(1) @ columns(x, w, s)).reshape(len(x), len(w), -1, rows(x, w, s)),
            "The right numbers, in another shape",
        ),
        (lambda x, w, s: F.avg_pool2d(x, w.shape[-1], s), "stays the same when `weight` changes"),
    ],
)  # fmt: skip
def test_unfolding_unknown_mistake_gets_a_true_sentence(function, says):
    assert_says(ex.conv2d_by_unfolding, function, says)


# What is said of slips that have nothing to do with the lesson, and of answers that are right by the luck of the sizes


def numbers_of_64_pixels(layers):
    x = torch.ones(1, 1, 64, 64, requires_grad=True)
    y = x
    for kernel, stride in layers:
        y = F.conv2d(y, torch.ones(1, 1, kernel, kernel), stride=stride)
    y[0, 0, y.shape[2] // 2, y.shape[3] // 2].backward()
    return (x.grad[0, 0].sum(1) != 0).sum().item()


def as_high_as_wide(x, weight, stride):
    sums = weight.flatten(1) @ columns(x, weight, stride)
    return sums.reshape(len(x), len(weight), int(sums.shape[-1] ** 0.5), -1)


def test_picture_that_is_too_small_for_some_stacks_does_not_do():
    verdict = ex.receptive_field.check(numbers_of_64_pixels)
    assert verdict.kind == "error"
    assert "actual input size" in verdict.message


def test_root_of_the_places_does_not_do_for_the_rows():
    assert_says(ex.conv2d_by_unfolding, as_high_as_wide, "(3, 5, 3, 4) where (3, 5, 6, 2) is asked for")


def test_caret_is_said_to_be_no_power():
    assert_says(ex.conv_parameters, lambda i, o, k, bias: o * i * k ^ 2 + o * bias, "`^` is no power")
    verdict = ex.neuron_gradients.check(lambda x, w, b, y: ((x @ w + b).sigmoid() - y) ^ 2)
    assert verdict.kind == "error"
    assert "`^` is no power" in verdict.message


def test_caret_in_a_function_within_is_found_and_one_that_is_right_is_not_blamed():
    def outer(i, o, k, bias):
        def square(n):
            return n ^ 2

        return o * i * square(k) + o * bias

    assert_says(ex.conv_parameters, outer, "`^` is no power")
    assert_passes(ex.conv_parameters, lambda i, o, k, bias: o * i * k**2 + o * (bias ^ False))


@pytest.mark.parametrize(
    ("order", "shape"), [((2, 0, 1), "one per input, shape (D,)"), ((1, 0, 2), "one per input, shape (D,)")]
)
def test_axes_of_a_single_number_get_their_names_from_all_probes(order, shape):
    def function(x, w, b, y):
        right = by_autograd(x, w, b, y)
        return tuple(right[i] for i in order)

    assert_says(ex.neuron_gradients, function, ["in another order", shape])


def test_shapes_in_a_verdict_are_those_of_the_call_it_shows():
    def exchanged(x, w, s):
        right = F.conv2d(x, w, stride=s)
        return right.reshape(*right.shape[:2], right.shape[3], right.shape[2])

    assert_says(ex.conv2d_by_unfolding, exchanged, ["(1, 3, 3, 2) where (1, 3, 2, 3)", "it is (1, 3, 3, 2)."])


def with_bend(bend, slope):
    def function(x, w, b, y):
        a = x @ w + b
        da = 2 * (bend(a) - y) * slope(a) / len(x)
        return da @ x, da.sum(), da[:, None] * w

    return function


def over_inputs(x, w, b, y):
    return tuple(gradient * len(x) / len(w) for gradient in by_autograd(x, w, b, y))


def by_small_steps(x, w, b, y):
    def loss(x, w, b):
        return ((torch.sigmoid(x @ w + b) - y) ** 2).mean()

    dw = torch.stack([(loss(x, w + 1e-3 * e, b) - loss(x, w - 1e-3 * e, b)) / 2e-3 for e in torch.eye(len(w))])
    return dw, (loss(x, w, b + 1e-3) - loss(x, w, b - 1e-3)) / 2e-3, by_autograd(x, w, b, y)[2]


def test_neuron_with_another_bend_or_divisor_is_named():
    tanh = with_bend(torch.tanh, lambda a: 1 - a.tanh() ** 2)
    assert_says(ex.neuron_gradients, tanh, "2·(tanh(a) − y)·tanh′(a), divided by B")
    relu = with_bend(torch.relu, lambda a: (a > 0).float())
    assert_says(ex.neuron_gradients, relu, "2·(ReLU(a) − y)·ReLU′(a), divided by B")
    assert_says(ex.neuron_gradients, over_inputs, "σ′(a), divided by D, the number of inputs; it should be")


def test_numbers_that_are_nearly_right_look_different_and_are_said_to_be_near():
    verdict = ex.neuron_gradients.check(by_small_steps)
    assert verdict.kind == "different"
    assert "Near, but not exact" in verdict.message
    found, wanted = verdict.message.split("farthest off, ")[1].split(" is expected")[0].split(" where ")
    assert found != wanted


def test_product_of_matrices_is_told_from_a_product_of_numbers():
    def by_matrices(x, w, s):
        return torch.einsum("bchwij,ocjl->bohw", patches(x, w, s), w)

    assert_says(ex.conv2d_by_unfolding, by_matrices, "as matrices, with `@`")


def test_constant_is_said_to_be_one_and_one_number_is_counted_as_one():
    assert_says(ex.transposed_output_size, lambda n, k, s, p, o: 14, "You return 14 whatever the arguments are.")
    assert_says(ex.conv_parameters, lambda i, o, k, bias: 4640, "You return 4,640 whatever the arguments are.")
    assert_says(ex.conv_output_size, lambda n, k, s, p, d: 3, "elsewhere 1 number is too large and 10 too small")
    assert_says(ex.receptive_field, lambda layers: backwards([(max(p), p[1]) for p in layers]), "numbers is off")


def test_number_in_place_of_the_function_has_the_right_article():
    assert "You passed an int (24)." in ex.conv_output_size.check(24).message


def test_question_tells_what_its_answers_need():
    assert "stride 1" in ex.predict_equivariance.text
    assert "fewer than\n" in ex.transposed_output_size.task
