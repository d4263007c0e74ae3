"""The widget that computes a convolution number by number."""

from typing import Any

import ipywidgets as widgets
import torch
from torch import Tensor

from course_utils.checks import check_count, check_number
from course_utils.widgets.base.controls import beside, down, play_row, whole_slider
from course_utils.widgets.base.lock import LOCK
from course_utils.widgets.base.plot import LivePlot, PlotWidget
from course_utils.widgets.base.text import number
from course_utils.widgets.convolution.arithmetic import LARGEST, Integers, Setting, convolve
from course_utils.widgets.convolution.plot import ConvolutionPlot

_INTERVAL = 500  # ms at a position while it plays
_SETTINGS = {  # by control: its name on screen, the least, the most and the first value
    "kernel": ("kernel k", 1, 4, 3),
    "stride": ("stride s", 1, 3, 1),
    "padding": ("padding p", 0, 2, 0),
    "dilation": ("dilation d", 1, 3, 1),
    "channels_in": ("channels in", 1, 3, 1),
    "channels_out": ("channels out", 1, 3, 1),
}


class Convolution(PlotWidget):
    """Move a kernel over a small grid of numbers, and see where each output number comes from.

    For every input channel the input with its rim of zeros, the kernel, and their products at the marked place; beside
    them the output. The read-out writes out the sum, the size formula [1]_ and the number of parameters. What PyTorch
    and this widget compute is called cross-correlation elsewhere: the kernel is not flipped.

    Parameters
    ----------
    size : int
        Rows and columns n of the input, 4 to 6.

    Attributes
    ----------
    ui : ipywidgets.VBox
        The live view, with the DOM class ``course-convolution``.
    controls : dict
        "kernel", "stride", "padding", "dilation", "channels_in", "channels_out"; "position", which counts the output
        numbers from 1, channel after channel and row after row; and "play".
    setting : Setting
        The arguments of the moment, named as those of ``nn.Conv2d``, and what follows from them: ``out``,
        ``parameters``, ``span``, ``padded``.
    image, weight, bias, output : Tensor
        The numbers of the moment as float32: (C_in, n, n), (C_out, C_in, k, k), (C_out,) and (C_out, out, out).
    png : bytes
        The picture of the moment.

    Raises
    ------
    ValueError
        If `size` is not a whole number from 4 to 6.

    References
    ----------
    .. [1] Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep learning*, sections 2.4 and 5.1.

    Examples
    --------
    >>> widget = Convolution()
    >>> widget.set(stride=2, padding=1)
    >>> widget.setting.out, widget.setting.parameters
    (3, 10)
    >>> conv = torch.nn.functional.conv2d(widget.image, widget.weight, widget.bias, stride=2, padding=1)
    >>> torch.equal(conv, widget.output)
    True
    """

    def __init__(self, size: int = 5) -> None:
        super().__init__()
        check_count(least=4, most=LARGEST, size=size)
        self._size = size
        self._computed: Setting | None = None
        self.controls = {
            name: whole_slider(text, value, least, most, width=270, name_width=88)
            for name, (text, least, most, value) in _SETTINGS.items()
        }
        self.controls["position"] = whole_slider("position", 1, 1, 9, width=436, name_width=88)
        self.controls["play"] = widgets.Play(value=1, min=1, max=9, interval=_INTERVAL)
        self._redraw()
        self._assemble("course-convolution", *self._rows(), self._view)

    @property
    def setting(self) -> Setting:
        """The arguments of the moment."""
        return Setting(self._size, *(self.controls[name].value for name in _SETTINGS))

    @property
    def image(self) -> Tensor:
        """The input without its rim."""
        s = self.setting
        inner = slice(s.padding, s.padding + s.size)
        return _floats(self._numbers.padded[:, inner, inner])

    @property
    def weight(self) -> Tensor:
        """The kernels."""
        return _floats(self._numbers.weight)

    @property
    def bias(self) -> Tensor:
        """What is added to each output channel."""
        return _floats(self._numbers.bias)

    @property
    def output(self) -> Tensor:
        """The output; empty if the kernel does not fit."""
        return _floats(self._numbers.output)

    def set(self, **values: Any) -> None:
        """Move controls by name; the position comes last, for the settings decide how many there are.

        Parameters
        ----------
        **values : int
            Where to put which control; `controls` has their names.

        Raises
        ------
        TypeError
            If a value is not a number; then nothing moves.
        ValueError
            If there is no such control, or it cannot be put to that value; then nothing moves.
        """
        with LOCK:
            places = {name: values.pop(name) for name in ("position", "play") if name in values}
            settings = {name: self._checked(name, value) for name, value in values.items()}
            most = self.setting._replace(**settings).numbers
            for name, place in places.items():
                _check_place(name, place, most)
            super().set(**settings)
            super().set(**places)

    def _rows(self) -> list[widgets.DOMWidget]:
        columns = [down(*(self.controls[name] for name in names)) for names in zip(*[iter(_SETTINGS)] * 2, strict=True)]
        return [beside(*columns), beside(self.controls["position"], play_row(self.controls["play"]))]

    def _move(self, name: str, value: int) -> None:
        if name in ("position", "play"):
            # Whoever moves the slider while it plays goes on from there, and the other way round.
            self._go_to(value)
        self._redraw()

    def _go_to(self, position: int) -> None:
        """Put both controls on a position, or on the last one if there are not so many."""
        count = self.setting.numbers
        with self._without_redraw():
            for name in ("position", "play"):
                control = self.controls[name]
                # A slider must have two ends, even where there is one position or none.
                control.max, control.disabled = max(count, 2), count < 2
                control.value = max(1, min(position, count))

    def _redraw(self) -> None:
        setting = self.setting
        self._go_to(self.controls["position"].value)
        if setting != self._computed:
            self._numbers, self._computed = convolve(setting), setting
        self._view.value = self._arranged_plot().png()
        self._show_text(self._reading(setting))

    def _build_plot(self) -> LivePlot:
        return ConvolutionPlot(self._size)

    def _arranged_plot(self) -> LivePlot:
        plot: ConvolutionPlot = self._plot
        plot.arrange(self.setting, self._numbers, self.controls["position"].value)
        return plot

    def _reading(self, s: Setting) -> list[str]:
        """Return the lines of the read-out."""
        size = (
            f"Size: ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1 = ⌊({s.size} + 2·{s.padding} − {s.dilation}·({s.kernel} − 1) − 1)"
            f" / {s.stride}⌋ + 1"
        )
        parameters = (
            f"Parameters: k · k · C_in · C_out + C_out = {s.kernel} · {s.kernel} · {s.channels_in} · {s.channels_out} "
            f"+ {s.channels_out} = {s.parameters}"
        )
        if not s.out:
            return [
                f"It does not fit: the kernel spans d(k − 1) + 1 = {s.span} cells, and the padded input has "
                f"n + 2p = {s.padded}. Take more padding, a smaller kernel or a smaller dilation",
                parameters,
            ]
        return [*self._sum(s), f"{size} = {s.out}, for rows and columns alike", parameters, *_steps_over(s)]

    def _sum(self, s: Setting) -> list[str]:
        """Write out the sum behind the output number of the moment."""
        position = self.controls["position"].value
        place = s.place(position)
        taken, weight, products = self._numbers.products(s, position)
        bias, totals = int(self._numbers.bias[place[0]]), products.sum(axis=(1, 2))
        result = int(self._numbers.output[place])
        lines = [
            f"Channel {c}: {_written_out(taken[c], weight[c])} = {number(total, 0)}" for c, total in enumerate(totals)
        ]
        parts = [*totals, bias]
        added = number(parts[0], 0) + "".join(f" {'−' if part < 0 else '+'} {abs(part)}" for part in parts[1:])
        return [
            f"output[{', '.join(map(str, place))}] = {added} = {number(result, 0)}: "
            f"{'channel by channel' if s.channels_in > 1 else 'the products'} and the bias; "
            f"number {position} of {s.channels_out} · {s.out} · {s.out}",
            *lines,
        ]

    def _alt(self) -> str:
        s = self.setting
        channels, kernels = (
            ("one channel", "a kernel") if s.channels_in == 1 else (f"{s.channels_in} channels", "kernels")
        )
        rim = f" with a rim of zeros {s.padding} wide" if s.padding else ""
        start = (
            f"Grids of whole numbers. Left, an input of {channels}, {s.size} by {s.size}{rim}; beside it {kernels} of "
            f"{s.kernel} by {s.kernel}"
        )
        if not s.out:
            return f"{start}. There is no output: the kernel does not fit."
        channel, row, column = place = s.place(self.controls["position"].value)
        return (
            f"{start}, and the products of the two where the {s.kernel**2} cells of the kernel are outlined on the "
            f"input: rows {_listed(s.taken(row))} and columns {_listed(s.taken(column))}, counted from 0 and with the "
            f"rim. Right, the output, {s.channels_out} by {s.out} by {s.out}; outlined in it row {row}, column "
            f"{column} of channel {channel}, which is {number(int(self._numbers.output[place]), 0)}."
        )


def _check_place(name: str, place: Any, count: int) -> None:
    """Raise an error unless `place` is one of `count` output numbers, counted from 1."""
    if not count:
        raise ValueError(
            f"`{name}` must be the place of an output number, got {place!r}, and with these settings there is none: "
            "the kernel does not fit"
        )
    numbered: dict[str, Any] = {name: place}
    check_number(least=1, most=count, **numbered)
    if place % 1:
        raise ValueError(f"`{name}` must be a whole number, got {place}")


def _written_out(taken: Integers, weight: Integers) -> str:
    pairs = zip(taken.ravel().tolist(), weight.ravel().tolist(), strict=True)
    return " + ".join(f"{x}·{w}" if w >= 0 else f"{x}·(−{-w})" for x, w in pairs)


def _steps_over(s: Setting) -> list[str]:
    """Say which rows no output number sees, if there are any."""
    rows = s.never_read()
    if not rows:
        return []
    return [f"Never read: rows and columns {_listed(rows)} of the {'padded ' * bool(s.padding)}input, counted from 0"]


def _listed(rows: Any) -> str:
    return ", ".join(str(int(row)) for row in rows)


def _floats(values: Integers) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)
