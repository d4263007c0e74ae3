# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 1, exercise: how many numbers come out of a transposed convolution."""

from course_utils.exercises.machine.counts import Counted
from course_utils.exercises.machine.exercise import Exercise

transposed_output_size = Exercise(
    "The size after a transposed convolution",
    task="""
        A transposed convolution puts a copy of its kernel, `kernel` numbers long, down for each of `size` numbers,
        each copy `stride` further on than the last, and adds up where copies overlap. Then `padding` numbers are cut
        off at *each* end; `output_padding` says how many fewer are cut off at the far end (where that is fewer than
        none, some are added there). Return how many numbers come out along this axis. All arguments are whole numbers.
    """,
    signature="transposed_output_size(size, kernel, stride, padding, output_padding)",
    returns=["the output size"],
    may_draw=True,  # a layer that is built and asked draws its weights
    hints=[
        "Draw three inputs, stride 2, and a kernel of three. Where does the last copy begin? Where does it end?",
        "The first copy begins at 0, the last one (size − 1) strides further. Add the length of one copy.",
        "Padding works backwards here: for a convolution it makes the input larger, so for its transpose it makes the "
        "output smaller, by two ends. `output_padding` is counted at one end only.",
    ],
)


@transposed_output_size.reference
def _(size, kernel, stride, padding, output_padding):
    return (size - 1) * stride + kernel - 2 * padding + output_padding


@transposed_output_size.terms("the output size")
def _(size, kernel, stride, padding, output_padding):
    return {
        "size·stride": size * stride,
        "stride": stride,
        "kernel": kernel,
        "padding": padding,
        "output_padding": output_padding,
        "1": 1.0,
        "size": size,
        "size·kernel": size * kernel,
        "stride·kernel": stride * kernel,
        "stride·padding": stride * padding,
        "stride·output_padding": stride * output_padding,
    }


def _probe(size, kernel, stride, padding, output_padding):
    setting = {"size": size, "kernel": kernel, "stride": stride, "padding": padding, "output_padding": output_padding}
    begin = (size - 1) * stride
    why = [f"The last of {size} copies begins at {begin} and is {kernel} long: {begin + kernel} in all."]
    if stride > kernel:
        why[0] += " (Between the copies, zeros are left.)"
    if padding:
        why += [f"Cutting {padding} off at each end leaves {begin + kernel - 2 * padding}."]
    if output_padding:
        cut = f"{output_padding} fewer cut off at the far end" if padding else f"{output_padding} more at the far end"
        why += [f"With {cut} there are {begin + kernel - 2 * padding + output_padding}."]
    right = transposed_output_size.answer(**setting)
    transposed_output_size.probes.append(Counted(setting, right, " ".join(why)))


for _setting in (
    (3, 2, 1, 0, 0),
    (2, 2, 2, 0, 0),
    (2, 2, 2, 1, 0),
    (3, 3, 2, 1, 1),
    (7, 4, 2, 1, 0),
    (7, 3, 2, 1, 0),
    (14, 3, 2, 1, 1),
    (5, 5, 3, 0, 2),
    (36, 3, 2, 0, 0),
    (4, 6, 4, 2, 3),
    (1, 7, 1, 0, 0),
    (9, 2, 3, 1, 1),
    (6, 5, 5, 1, 4),
    (10, 7, 2, 3, 1),
    (8, 4, 3, 2, 0),
    (12, 5, 4, 1, 2),
):
    _probe(*_setting)


@transposed_output_size.mistake(
    """You let padding make the output larger. It works backwards here: `padding` numbers are cut off at each end. (A
    kernel of 2 with stride 2 makes 4 of 2 numbers; with padding 1 only 2 are left.)"""
)
def padding_enlarges(size, kernel, stride, padding, output_padding):
    return (size - 1) * stride + kernel + 2 * padding + output_padding


@transposed_output_size.mistake(
    """You cut off `padding` at one end only. It is cut off at *each* end, so it counts twice."""
)
def padding_once(size, kernel, stride, padding, output_padding):
    return (size - 1) * stride + kernel - padding + output_padding


@transposed_output_size.mistake(
    """You gave each input a whole stride. Between n copies there are n − 1 steps, and the last copy is `kernel`
    long: (size − 1)·stride, and then `kernel`."""
)
def one_stride_too_many(size, kernel, stride, padding, output_padding):
    return size * stride + kernel - 2 * padding + output_padding


@transposed_output_size.mistake(
    """You multiply the size by the stride, and leave it there. That is what one often *arranges* (kernel 4, stride 2,
    padding 1 makes 14 of 7), but in general kernel and padding count, too."""
)
def times_stride(size, kernel, stride, padding, output_padding):
    return size * stride


@transposed_output_size.mistake(
    """You multiply the size by the stride and add `output_padding`. The copies begin `stride` apart, but the last one
    is `kernel` long, and `padding` is cut off at both ends."""
)
def times_stride_and_more(size, kernel, stride, padding, output_padding):
    return size * stride + output_padding


@transposed_output_size.mistake(
    """That is the size after an ordinary convolution, in which the stride divides. Its transpose goes the other way:
    from `size` numbers, copies of the kernel are laid down."""
)
def ordinary(size, kernel, stride, padding, output_padding):
    return (size + 2 * padding - kernel) // stride + 1


@transposed_output_size.mistake(
    """`output_padding` is left out. A stride above 1 lets inputs of several sizes convolve to the same size; the
    transpose cannot know which one is meant, and `output_padding` chooses a larger one. It counts at one end."""
)
def output_padding_ignored(size, kernel, stride, padding, output_padding):
    return (size - 1) * stride + kernel - 2 * padding


@transposed_output_size.mistake(
    """You count `output_padding` at both ends. `padding` is cut off at each of them, but `output_padding` belongs to
    the far end alone."""
)
def output_padding_twice(size, kernel, stride, padding, output_padding):
    return (size - 1) * stride + kernel - 2 * padding + 2 * output_padding


@transposed_output_size.mistake(
    """`output_padding` has the opposite sign in yours. It takes back a part of what `padding` cut off at the far end:
    the output grows."""
)
def output_padding_shrinks(size, kernel, stride, padding, output_padding):
    return (size - 1) * stride + kernel - 2 * padding - output_padding
