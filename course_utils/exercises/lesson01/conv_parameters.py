# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 1, exercise: how many numbers a convolutional layer learns."""

from course_utils.exercises.machine.counts import Counted
from course_utils.exercises.machine.exercise import Exercise

conv_parameters = Exercise(
    "What a convolutional layer learns",
    task="""
        A convolutional layer takes images of `channels_in` channels and returns `channels_out` of them. Its kernels
        are `kernel` numbers high and as many wide; `bias` is True or False and says whether the layer adds a bias.
        Return how many numbers it has to learn.
    """,
    signature="conv_parameters(channels_in, channels_out, kernel, bias)",
    returns=["the number of parameters"],
    may_draw=True,  # a layer that is built and counted draws its weights
    hints=[
        "One output channel first. Which of the input channels does it look at, and does it have the same weights for "
        "each of them?",
        "Each output channel has a filter of its own, `kernel` high, `kernel` wide and as deep as there are input "
        "channels. Nothing depends on how large the image is.",
        "And a bias is one number that is added everywhere in one output channel.",
    ],
)


@conv_parameters.reference
def _(channels_in, channels_out, kernel, bias):
    weights = channels_out * channels_in * kernel * kernel
    return weights + channels_out if bias else weights


@conv_parameters.terms("the number of parameters")
def _(channels_in, channels_out, kernel, bias):
    area = kernel * kernel
    return {
        "kernel²·channels_in·channels_out": area * channels_in * channels_out,
        "channels_out (with bias)": channels_out * bias,
        "channels_out (without bias)": channels_out * (not bias),
        "channels_in (with bias)": channels_in * bias,
        "1 (with bias)": 1.0 * bias,
        "1": 1.0,
        "kernel²·channels_out (with bias)": area * channels_out * bias,
        "kernel²·channels_out": area * channels_out,
        "kernel²·channels_in": area * channels_in,
        "kernel²": area,
        "kernel·channels_out (with bias)": kernel * channels_out * bias,
        "kernel·channels_in·channels_out": kernel * channels_in * channels_out,
        "channels_in·channels_out (with bias)": channels_in * channels_out * bias,
        "channels_in·channels_out": channels_in * channels_out,
    }


def _probe(channels_in, channels_out, kernel, bias):
    setting = {"channels_in": channels_in, "channels_out": channels_out, "kernel": kernel, "bias": bias}
    right = conv_parameters.answer(**setting)
    many, deep = _count(channels_out, "filter"), _count(channels_in, "channel")
    why = f"{many} of {kernel} × {kernel} weights for each of {deep}: {channels_out * channels_in * kernel**2} weights."
    why += f" With {_count(channels_out, 'bias', 'es')}, {right}." if bias else " No biases here."
    conv_parameters.probes.append(Counted(setting, right, why))


def _count(number, word, plural="s"):
    return f"{number} {word}{plural if number > 1 else ''}"


for _setting in (
    (1, 1, 3, False),
    (1, 4, 3, False),
    (3, 1, 5, False),
    (3, 4, 3, False),
    (3, 4, 3, True),
    (1, 1, 3, True),
    (16, 32, 3, True),
    (5, 7, 2, True),
    (64, 10, 1, True),
    (2, 6, 7, True),
    (8, 3, 4, False),
    (6, 2, 5, True),
    (11, 13, 1, False),
    (4, 9, 6, True),
    (10, 5, 2, False),
    (2, 12, 3, True),
    (7, 2, 1, True),
    (9, 8, 2, True),
):
    _probe(*_setting)


@conv_parameters.mistake(
    """You count one flat kernel for each output channel, for all input channels together. Its filter is as deep as the
    input: it has weights of its own for every channel, and their contributions are added up."""
)
def one_flat_kernel_for_all_channels(channels_in, channels_out, kernel, bias):
    return kernel**2 * channels_out + (channels_out if bias else 0)


@conv_parameters.mistake(
    """The weights are right. But the bias is left out: where `bias` is True there is one more number for each output
    channel."""
)
def bias_forgotten(channels_in, channels_out, kernel, bias):
    return kernel**2 * channels_in * channels_out


@conv_parameters.mistake(
    """You count the biases even where `bias` is False. Such a layer has none: only the weights are left."""
)
def bias_always(channels_in, channels_out, kernel, bias):
    return kernel**2 * channels_in * channels_out + channels_out


@conv_parameters.mistake(
    """The weights are right, but you count one bias for the whole layer. Each output channel has its own, the same
    everywhere in the image."""
)
def one_bias_for_all(channels_in, channels_out, kernel, bias):
    return kernel**2 * channels_in * channels_out + int(bias)


@conv_parameters.mistake(
    """The weights are right, but you count one bias for each pair of channels. The contributions of the input channels
    are added up first; then one bias is added: one for each *output* channel."""
)
def bias_for_each_pair(channels_in, channels_out, kernel, bias):
    return (kernel**2 + int(bias)) * channels_in * channels_out


@conv_parameters.mistake(
    """The weights are right, but you count one bias for each input channel. It is added to what comes out: one for
    each *output* channel."""
)
def bias_for_each_input(channels_in, channels_out, kernel, bias):
    return kernel**2 * channels_in * channels_out + (channels_in if bias else 0)


@conv_parameters.mistake(
    """`kernel` is the length of one side. A kernel of 3 is 3 high *and* 3 wide: 9 weights for each pair of channels,
    not 3."""
)
def one_side_only(channels_in, channels_out, kernel, bias):
    return kernel * channels_in * channels_out + (channels_out if bias else 0)


@conv_parameters.mistake(
    """You count one filter. It is as deep as the input, right; but each output channel needs a filter of its own (and,
    where there is a bias, a bias of its own)."""
)
def one_filter(channels_in, channels_out, kernel, bias):
    return kernel**2 * channels_in + int(bias)


@conv_parameters.mistake(
    """Where `bias` is False you return 0: the weights are lost together with the biases. (If you wrote
    `weights + channels_out if bias else 0`: Python reads it as `(weights + channels_out) if bias else 0`. Set brackets
    round `channels_out if bias else 0`.)"""
)
def condition_takes_all(channels_in, channels_out, kernel, bias):
    return kernel**2 * channels_in * channels_out + channels_out if bias else 0
