"""Every number that `Convolution` shows, against PyTorch's convolution and against what is painted."""

import itertools
import re

import numpy as np
import pytest
import torch
from reading import painted
from torch import nn
from torch.nn import functional as F

from course_utils.plots.style import PALETTE
from course_utils.widgets import Convolution
from course_utils.widgets.base.plot import SHARPNESS
from course_utils.widgets.convolution.arithmetic import Setting, convolve
from course_utils.widgets.convolution.plot import Grid

SHAPES = list(itertools.product((4, 5, 6), (1, 2, 3, 4), (1, 2, 3), (0, 1, 2), (1, 2, 3)))
CHANNELS = [(1, 1), (1, 3), (2, 2), (3, 1), (3, 3)]


def by_pytorch(setting: Setting) -> nn.Conv2d:
    return nn.Conv2d(
        setting.channels_in,
        setting.channels_out,
        setting.kernel,
        stride=setting.stride,
        padding=setting.padding,
        dilation=setting.dilation,
    )


@pytest.mark.parametrize(("channels_in", "channels_out"), CHANNELS)
def test_every_output_number_is_the_one_of_pytorch(channels_in: int, channels_out: int) -> None:
    fitting = 0
    for size, kernel, stride, padding, dilation in SHAPES:
        s = Setting(size, kernel, stride, padding, dilation, channels_in, channels_out)
        numbers, conv = convolve(s), by_pytorch(s)
        assert s.parameters == sum(parameter.numel() for parameter in conv.parameters())
        if s.span > s.padded:
            assert (s.out, s.numbers, numbers.output.size) == (0, 0, 0)
            continue
        inner = slice(padding, padding + size)
        image = torch.tensor(numbers.padded[:, inner, inner]).double()
        weight, bias = torch.tensor(numbers.weight).double(), torch.tensor(numbers.bias).double()
        expected = F.conv2d(image, weight, bias, stride=stride, padding=padding, dilation=dilation)
        assert expected.shape == (channels_out, s.out, s.out)
        assert np.array_equal(numbers.output, expected.numpy())
        fitting += 1
    assert fitting > 200


@pytest.mark.parametrize(
    "moves",
    [
        {},
        {"kernel": 4, "stride": 2, "padding": 1, "channels_in": 3, "channels_out": 2},
        {"dilation": 2, "padding": 2, "channels_in": 2, "channels_out": 3},
        {"kernel": 1, "stride": 3},
    ],
)
def test_products_and_bias_add_up_to_the_output_at_every_position(moves: dict[str, int]) -> None:
    widget = Convolution(6)
    widget.set(**moves)
    s = widget.setting
    flat = widget.output.ravel().tolist()
    for position in range(1, s.numbers + 1):
        widget.set(position=position)
        taken, weight, products = widget._numbers.products(s, position)
        channel, row, column = s.place(position)
        assert s.place(position) == tuple(np.unravel_index(position - 1, widget.output.shape))
        assert np.array_equal(weight, widget.weight[channel].numpy())
        assert products.sum() + widget.bias[channel] == flat[position - 1]
        result = f"{flat[position - 1]:.0f}".replace("-", "−")
        assert widget.text.startswith(f"output[{channel}, {row}, {column}] = ")
        assert f"= {result}:" in widget.text.splitlines()[0]
        # what is written out is what is multiplied: read it back
        for c in range(s.channels_in):
            line = widget.text.splitlines()[1 + c]
            assert line.startswith(f"Channel {c}: ")
            sum_, total = line.removeprefix(f"Channel {c}: ").replace("−", "-").split(" = ")
            pairs = [re.findall(r"-?\d+", pair) for pair in sum_.split(" + ")]
            assert [int(x) for x, _ in pairs] == taken[c].ravel().tolist()
            assert [int(w) for _, w in pairs] == weight[c].ravel().tolist()
            assert int(total) == products[c].sum()


def test_what_is_taken_is_what_the_gradient_reaches() -> None:
    widget = Convolution()
    widget.set(kernel=2, stride=2, padding=2, dilation=3, position=4)
    s = widget.setting
    padded = torch.tensor(widget._numbers.padded).float().requires_grad_()
    ones = torch.ones(1, 1, 2, 2)
    F.conv2d(padded, ones, stride=2, dilation=3).ravel()[3].backward()
    _, row, column = s.place(4)
    reached = padded.grad[0].nonzero().tolist()
    assert reached == [[i, j] for i in s.taken(row) for j in s.taken(column)]


def test_never_read_are_the_cells_that_no_gradient_reaches() -> None:
    for size, kernel, stride, padding, dilation in SHAPES:
        s = Setting(size, kernel, stride, padding, dilation, 1, 1)
        if s.out:
            padded = torch.zeros(1, s.padded, s.padded, requires_grad=True)
            F.conv2d(padded, torch.ones(1, 1, kernel, kernel), stride=stride, dilation=dilation).sum().backward()
            assert s.never_read() == [i for i, line in enumerate(padded.grad[0]) if not line.any()]


def test_read_out_has_the_formula_with_its_numbers() -> None:
    widget = Convolution(6)
    widget.set(kernel=4, stride=2, padding=1, channels_in=3, channels_out=2)
    assert "= ⌊(6 + 2·1 − 1·(4 − 1) − 1) / 2⌋ + 1 = 3, for rows and columns alike" in widget.text
    assert "k · k · C_in · C_out + C_out = 4 · 4 · 3 · 2 + 2 = 98" in widget.text
    assert "Never read" not in widget.text
    widget.set(kernel=3, padding=0)
    assert "Never read: rows and columns 5 of the input" in widget.text


def test_a_setting_that_does_not_fit_is_said_to_be_so() -> None:
    widget = Convolution()
    widget.set(kernel=4, dilation=2)
    assert widget.error == ""
    assert "It does not fit: the kernel spans d(k − 1) + 1 = 7 cells" in widget.text
    assert "padded input has n + 2p = 5" in widget.text
    assert "no output" in widget._alt()
    assert widget.output.shape == (1, 0, 0)
    assert widget.controls["position"].disabled
    assert not painted(widget.png, PALETTE["blue"]).any()
    assert len(widget._still()) > 1000
    widget.set(padding=1)
    assert widget.output.shape == (1, 1, 1)
    assert painted(widget.png, PALETTE["blue"]).any()


def test_position_stays_inside_the_output() -> None:
    widget = Convolution()
    position, play = widget.controls["position"], widget.controls["play"]
    widget.set(padding=1, channels_out=2, position=50)
    assert (position.max, play.max, play.value) == (50, 50, 50)
    widget.set(padding=0)
    assert (position.max, position.value, play.value) == (18, 18, 18)
    play.set_state({"value": 7})
    assert position.value == 7
    widget.set(dilation=2, channels_out=1)
    assert (position.value, position.disabled) == (1, True)
    position.set_state({"value": 2})  # the front end cannot, and if it did
    assert (position.value, widget.error) == (1, "")
    widget.set(dilation=1)
    assert (position.max, position.value, position.disabled) == (9, 1, False)


def test_settings_come_before_the_position_and_nothing_moves_if_it_is_beyond() -> None:
    widget = Convolution()
    widget.set(position=49, padding=2)
    assert widget.text.startswith("output[0, 6, 6]")
    with pytest.raises(ValueError, match="`position` must be >= 1 and <= 25, got 26"):
        widget.set(position=26, padding=1)
    assert widget.setting.padding == 2
    with pytest.raises(ValueError, match=r"`position` must be a whole number, got 1\.5"):
        widget.set(padding=1, position=1.5)
    with pytest.raises(TypeError, match="`play` must be a number, got '2'"):
        widget.set(padding=1, play="2")
    assert widget.setting.padding == 2
    with pytest.raises(ValueError, match="got 1, and with these settings there is none: the kernel does not fit"):
        widget.set(position=1, padding=0, dilation=3)
    assert widget.setting.dilation == 1


def outlined(widget: Convolution, grid: Grid, row: int, column: int, color: str) -> bool:
    """Return whether the left edge of a cell is painted in a colour."""
    x, y = (SHARPNESS * (start + grid.cell * i) for start, i in ((grid.left, column), (grid.top, row)))
    middle = round(y + SHARPNESS * grid.cell / 2)
    return bool(painted(widget.png, color)[middle, round(x) - 1 : round(x) + 2].any())


@pytest.mark.parametrize(
    "moves", [{"position": 6}, {"padding": 2, "dilation": 2, "stride": 2, "channels_in": 2, "position": 5}]
)
def test_the_cells_that_are_taken_are_outlined_and_no_others(moves: dict[str, int]) -> None:
    widget = Convolution()
    widget.set(**moves)
    s, plot = widget.setting, widget._plot
    _, row, column = s.place(moves["position"])
    rows, columns = s.taken(row).tolist(), s.taken(column).tolist()
    for channel in range(s.channels_in):
        grid = plot._grid(0, channel, s.padded)
        for i, j in itertools.product(range(s.padded), range(s.padded)):
            # the left edge of a cell is the right edge of its neighbour
            edge = i in rows and (j in columns or j - 1 in columns)
            dashed = j in (columns[0], columns[-1] + 1) and rows[0] <= i <= rows[-1]  # all that the kernel spans
            assert edge or dashed or not outlined(widget, grid, i, j, PALETTE["orange"])
            assert outlined(widget, grid, i, j, PALETTE["orange"]) or not edge
    out = plot._grid(3, 0, s.out)
    for i, j in itertools.product(range(s.out), range(s.out)):
        edge = i == row and j in (column, column + 1)
        assert outlined(widget, out, i, j, PALETTE["blue"]) == edge


def test_picture_grows_with_the_channels_and_only_then() -> None:
    widget = Convolution()
    heights = []
    for moves in ({}, {"padding": 2}, {"channels_out": 2}, {"channels_in": 3}, {"channels_in": 1, "channels_out": 1}):
        widget.set(**moves)
        heights.append(painted(widget.png, "#000000").shape[0])
    assert heights[0] == heights[1] == heights[4]
    assert heights[2] == pytest.approx(2 * heights[0], abs=2)
    assert heights[3] == pytest.approx(3 * heights[0], abs=2)


def test_no_number_is_wider_than_its_cell() -> None:
    least, most = 0, 0
    for shape in SHAPES:
        output = convolve(Setting(*shape, 3, 3)).output
        if output.size:
            least, most = min(least, int(output.min())), max(most, int(output.max()))
    assert least > -20
    assert most < 100


@pytest.mark.parametrize("size", [3, 7, 5.0, "5", True])
def test_a_size_that_does_not_fit_the_page_is_refused(size: object) -> None:
    with pytest.raises(ValueError, match="`size` must be an int >= 4 and <= 6, got"):
        Convolution(size)
