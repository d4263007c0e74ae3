"""A convolution on small whole numbers: its settings, its size formula, and every product that it is made of."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

LARGEST = 6  # rows and columns of the input
MOST_CHANNELS, MOST_ROWS, MOST_PADDING = 3, 4, 2

#: Three channels: a bright bar on the left, a staircase, and loose dots.
IMAGE: Final[Integers] = np.array(
    [
        [[0, 3, 1, 0, 0, 1], [0, 3, 2, 0, 1, 0], [1, 3, 2, 0, 0, 0], [0, 2, 3, 1, 0, 2], [0, 3, 2, 0, 0, 1],
         [1, 2, 3, 0, 1, 0]],
        [[1, 1, 1, 1, 1, 1], [0, 1, 1, 1, 1, 2], [0, 0, 2, 1, 1, 1], [0, 0, 0, 2, 1, 1], [0, 1, 0, 0, 2, 2],
         [0, 0, 0, 1, 0, 1]],
        [[2, 0, 0, 1, 0, 0], [0, 0, 3, 0, 0, 1], [0, 1, 0, 0, 2, 0], [3, 0, 0, 1, 0, 0], [0, 0, 2, 0, 0, 3],
         [0, 1, 0, 0, 1, 0]],
    ]
)  # fmt: skip

#: Filter, channel, row, column; smaller kernels are their upper left corners. The first looks for vertical edges.
WEIGHT: Final[Integers] = np.array(
    [
        [[[1, 0, -1, 0], [1, 0, -1, 1], [1, 0, -1, 0], [0, 1, 0, 0]],
         [[1, -1, 0, 0], [0, 1, -1, 1], [0, 0, 1, -1], [1, 0, 0, 1]],
         [[0, 0, 1, 0], [0, 2, 0, -1], [1, 0, -1, 0], [0, 0, 0, 1]]],
        [[[1, 1, 1, 0], [0, 0, 0, 1], [-1, -1, -1, 0], [1, 0, -1, 1]],
         [[0, 1, 0, 1], [1, -2, 1, 0], [0, 1, 0, 0], [-1, 0, 0, 1]],
         [[1, 0, 0, -1], [0, -1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 0]]],
        [[[1, 0, 1, -1], [0, 1, 0, 0], [1, 0, 1, 1], [0, -1, 0, 1]],
         [[-1, 1, 0, 0], [-1, 1, 0, 1], [-1, 1, 0, 0], [0, 0, 1, -1]],
         [[0, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 0], [0, 1, 0, -1]]],
    ]
)  # fmt: skip
BIAS: Final[Integers] = np.array([1, -2, 0])


class Setting(NamedTuple):
    """The arguments of a convolution on a square input of `size` rows; the names are those of ``nn.Conv2d``."""

    size: int
    kernel: int
    stride: int
    padding: int
    dilation: int
    channels_in: int
    channels_out: int

    @property
    def padded(self) -> int:
        """Rows of the input with its rim of zeros: n + 2p."""
        return self.size + 2 * self.padding

    @property
    def span(self) -> int:
        """Rows that the kernel covers, gaps and all: d(k − 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def out(self) -> int:
        """Rows of the output: ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1, or 0 if the kernel does not fit."""
        return max(0, (self.padded - self.span) // self.stride + 1)

    @property
    def numbers(self) -> int:
        """How many numbers the output has."""
        return self.channels_out * self.out**2

    @property
    def parameters(self) -> int:
        """Weights and biases: k · k · C_in · C_out + C_out."""
        return self.kernel**2 * self.channels_in * self.channels_out + self.channels_out

    def place(self, position: int) -> tuple[int, int, int]:
        """Return channel, row and column of the output number at `position`, which counts from 1."""
        channel, rest = divmod(position - 1, self.out**2)
        return channel, *divmod(rest, self.out)

    def taken(self, place: int) -> Integers:
        """Return the rows of the padded input that the output's row `place` is computed from, shape (k,)."""
        return place * self.stride + self.dilation * np.arange(self.kernel)

    def never_read(self) -> list[int]:
        """Return the rows of the padded input that no output number is computed from."""
        read = {int(row) for place in range(self.out) for row in self.taken(place)}
        return [row for row in range(self.padded) if row not in read]


class Numbers(NamedTuple):
    """All numbers of a convolution.

    The padded input (C_in, n + 2p, n + 2p), weights (C_out, C_in, k, k), biases (C_out,), output (C_out, out, out).
    """

    padded: Integers
    weight: Integers
    bias: Integers
    output: Integers

    def products(self, setting: Setting, position: int) -> tuple[Integers, Integers, Integers]:
        """Return what is taken from the input at a position, its weights and their products, (C_in, k, k) each."""
        channel, row, column = setting.place(position)
        taken = self.padded[:, setting.taken(row)[:, None], setting.taken(column)]
        return taken, self.weight[channel], taken * self.weight[channel]


def convolve(setting: Setting) -> Numbers:
    """Compute the whole convolution, window by window."""
    s, k = setting, setting.kernel
    padded = np.pad(IMAGE[: s.channels_in, : s.size, : s.size], ((0, 0), (s.padding,) * 2, (s.padding,) * 2))
    weight, bias = WEIGHT[: s.channels_out, : s.channels_in, :k, :k], BIAS[: s.channels_out]
    output = np.zeros((s.channels_out, s.out, s.out), dtype=np.int64)
    for row in range(s.out):
        for column in range(s.out):
            window = padded[:, s.taken(row)[:, None], s.taken(column)]  # (C_in, k, k)
            output[:, row, column] = (weight * window).sum(axis=(1, 2, 3)) + bias
    return Numbers(padded, weight, bias, output)
