# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 1, exercise: a convolution as a product of patches and filters."""

from itertools import combinations, product

import torch
import torch.nn.functional as F

from course_utils.exercises.machine.diagnosis import Diagnosed, Diagnosis
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.probes import normal

conv2d_by_unfolding = Exercise(
    "A convolution by hand",
    task="""
        Write a convolution without `F.conv2d`. `x` has the shape (B, C, H, W) and `weight` (O, C, k, k): O filters. A
        filter is laid on every patch of its size, in steps of `stride`, without padding; filter and patch are
        multiplied number by number, as they lie, and all products are added up. Return the sums, shape
        (B, O, H_out, W_out). `F.unfold(x, k, stride=stride)` cuts all patches out and returns them as columns, shape
        (B, C·k·k, number of places), place by place along the rows of the image. (Loops are welcome, too.)
    """,
    signature="conv2d_by_unfolding(x, weight, stride)",
    returns=["the output"],
    axes={"x": "batch", "weight": "filters"},
    hints=[
        "One patch and one filter first: C·k·k numbers each. What do you do with them to get one number?",
        "`F.unfold(x, k, stride=stride)` cuts out all patches, as columns of shape (B, C·k·k, places), and "
        "`weight.flatten(1)` lays each filter in a row, shape (O, C·k·k), in the same order. The matrix product `@` of "
        "rows and columns multiplies and adds up.",
        "The product has the shape (B, O, places). The places lie row by row, so its last axis can be cut into "
        "H_out rows: how many are they? You know the formula.",
    ],
)


@conv2d_by_unfolding.reference
def _(x, weight, stride):
    k = weight.shape[-1]
    patches = F.unfold(x, k, stride=stride)  # (B, C·k·k, places)
    sums = weight.flatten(1) @ patches  # (B, O, places)
    rows = (x.shape[2] - k) // stride + 1
    return sums.reshape(len(x), len(weight), rows, -1)


# What else may come of it: the filters laid on otherwise, not all products added up, other steps, another layout.

KERNELS = (
    ("", lambda w: w),
    (
        "each filter turned by 180° (a convolution in the mathematicians' sense; layers do not turn it)",
        lambda w: w.flip(2, 3),
    ),
    ("each filter turned by 180°, and its channels in the opposite order", lambda w: w.flip(1, 2, 3)),
    ("each filter upside down", lambda w: w.flip(2)),
    ("each filter mirrored, left and right exchanged", lambda w: w.flip(3)),
    ("each filter with its rows and columns exchanged", lambda w: w.mT),
    ("the first filter alone, for all output channels", lambda w: w[:1].expand_as(w)),
    ("one channel of each filter, its first, laid on all channels of the image", lambda w: w[:, :1].expand_as(w)),
    (
        "each filter's channels added up before they meet the image: every channel has weights of its own",
        lambda w: w.sum(1, keepdim=True).expand_as(w),
    ),
    (
        "each filter's numbers in the order row, column, channel (a patch's come in the order channel, row, column)",
        lambda w: w.permute(0, 2, 3, 1).reshape(w.shape),
    ),
    (
        "`weight` cut anew, which mixes the filters: `.flatten(1)` keeps each of them together",
        lambda w: w.reshape(-1, len(w)).T.reshape(w.shape),
    ),
    ("the filters in the opposite order", lambda w: w.flip(0)),
    ("the channels of the filters in the opposite order", lambda w: w.flip(1)),
)
SUMS = (
    ("", lambda w: 1.0),
    ("a mean where the sum over all products belongs", lambda w: 1 / w[0].numel()),
    ("a mean over the channels where the sum belongs", lambda w: 1 / w.shape[1]),
    ("a mean over each kernel where the sum belongs", lambda w: 1 / w[0, 0].numel()),
    ("only the first channel of the image", lambda w: (torch.arange(w.shape[1]) == 0)[:, None, None]),
    ("only the last channel of the image", lambda w: (torch.arange(w.shape[1]) == w.shape[1] - 1)[:, None, None]),
    (
        "one channel of the image for each filter, in turn: each of them sees all channels",
        lambda w: (torch.arange(w.shape[1]) == (torch.arange(len(w)) % w.shape[1])[:, None])[:, :, None, None],
    ),
    ("the opposite sign", lambda w: -1.0),
)
STEPS = (
    ("", lambda s, k: {"stride": s}),
    ("steps of one pixel: `stride` is not used", lambda s, k: {"stride": 1}),
    ("steps of `stride` down the rows only, of one pixel along them", lambda s, k: {"stride": (s, 1)}),
    ("steps of `stride` along the rows only, of one pixel down them", lambda s, k: {"stride": (1, s)}),
    ("steps of twice the stride", lambda s, k: {"stride": 2 * s}),
    ("steps of the kernel's size in place of `stride`", lambda s, k: {"stride": k}),
    ("zeros round the image: no padding is asked for", lambda s, k: {"stride": s, "padding": k // 2}),
    ("zeros round the image: no padding is asked for", lambda s, k: {"stride": s, "padding": k - 1}),
    ("one row of zeros round the image: no padding is asked for", lambda s, k: {"stride": s, "padding": 1}),
)
LAYOUTS = (
    ("", lambda out: out),
    ("the rows and columns of the output exchanged", lambda out: out.mT),
    (
        "(B, places, O) cut anew by a `reshape`, which mixes filters and places: `.transpose(1, 2)` first",
        lambda out: out.flatten(2).mT.reshape(out.shape),
    ),
    (
        "(O, B, …) cut anew by a `reshape`, which mixes filters and images: move the axis first",
        lambda out: out.transpose(0, 1).reshape(out.shape),
    ),
    (
        "the filters last, shape (B, H_out, W_out, O): they come second, `.permute(0, 3, 1, 2)`",
        lambda out: out.permute(0, 2, 3, 1),
    ),
    ("the filters first, shape (O, B, H_out, W_out)", lambda out: out.transpose(0, 1)),
    (
        "all places in one row, shape (B, O, places): cut the last axis into the rows of the output",
        lambda out: out.flatten(2),
    ),
    ("all places in one row and the filters last, shape (B, places, O)", lambda out: out.flatten(2).mT),
    ("a sum over the filters: each of them has an output channel of its own", lambda out: out.sum(1)),
    (
        "a sum over the filters: each of them has an output channel of its own",
        lambda out: out.sum(1, keepdim=True),
    ),
    ("a sum over the batch: each image has an output of its own", lambda out: out.sum(0)),
    ("a mean over the batch: each image has an output of its own", lambda out: out.mean(0)),
    ("only the first image of the batch", lambda out: out[:1]),
    ("only the first filter", lambda out: out[:, :1]),
    ("one number for each image and filter: the sum runs over the places, too", lambda out: out.sum((2, 3))),
)
SETTINGS: list[tuple[torch.Tensor, torch.Tensor, int]] = []


def _family():
    """Yield the text and the function of everything that is at most two such things away from a convolution."""
    members = product(KERNELS, SUMS, STEPS, LAYOUTS)
    for member in sorted(members, key=lambda member: sum(bool(says) for says, _ in member)):
        says = [text for text, _ in member if text]
        if len(says) > 2:
            return
        yield "; and with ".join(says), [function for _, function in member]


def _made(functions, x, weight, stride):
    kernel, factor, step, layout = functions
    return layout(F.conv2d(x, kernel(weight) * factor(weight), **step(stride, weight.shape[-1])))


def _diagnose(ask):
    asked = [(setting, ask(*(v.clone() if torch.is_tensor(v) else v for v in setting))) for setting in SETTINGS]
    # A formula is told by the settings with many numbers; begin with these.
    asked.sort(key=lambda one: -one[0][0].numel())
    for says, functions in _family():
        if all(_equal(_made(functions, *setting), found) for setting, found in asked):
            return says and f"Your numbers come out with {says}."
    for says, holds in ELSE:
        if all(holds(*setting, found) for setting, found in asked):
            return says
    return ""


def _equal(wanted, found):
    return wanted.shape == found.shape and torch.allclose(found.to(wanted.dtype), wanted, rtol=1e-4, atol=1e-5)


def _patches(x, weight, stride):
    k = weight.shape[-1]
    return x.unfold(2, k, stride).unfold(3, k, stride)  # (B, C, H_out, W_out, k, k)


def _places_first(x, weight, stride, found):
    patches = _patches(x, weight, stride).permute(0, 2, 3, 1, 4, 5).reshape(len(x), weight[0].numel(), -1)
    return _equal((weight.flatten(1) @ patches).flatten(), found.flatten())


def _same_numbers(x, weight, stride, found):
    right = F.conv2d(x, weight, stride=stride)
    return found.numel() == right.numel() and _equal(right.flatten().sort().values, found.flatten().sort().values)


def _sums_missing(count):
    """Whether a sum over some `count` axes would make the right numbers, in some order of the axes that are left."""

    def holds(x, weight, stride, found):
        right = F.conv2d(x, weight, stride=stride).flatten().sort().values
        tried = combinations(range(found.ndim), count) if found.ndim == 4 + count else ()
        return any(_equal(right, found.sum(axes).flatten().sort().values) for axes in tried)

    return holds


def _square(x, weight, stride, found):
    right = F.conv2d(x, weight, stride=stride)
    return found.shape[-1] == found.shape[-2] and _equal(right[..., : found.shape[-2], : found.shape[-1]], found)


def _cropped(x, weight, stride, found):
    right = F.conv2d(x, weight, stride=stride)
    return _equal(F.conv2d(x, weight)[..., : right.shape[2], : right.shape[3]], found)


def _first_image(x, weight, stride, found):
    return len(found) == len(x) and _equal(F.conv2d(x, weight, stride=stride)[:1], found[:1])


ELSE = (
    (
        "You return as many numbers as asked for, but their places lie one pixel apart: place i begins at i·stride.",
        _cropped,
    ),
    ("The first image of the batch is right, the others are not: is one of them used for all?", _first_image),
    ("Your output is as wide as it is high. The image is not: H_out comes from H, and W_out from W.", _square),
    (
        "The patches are mixed up: (B, H_out, W_out, C, k, k) or (B, places, …) was cut anew into columns. `reshape` "
        "does not move the places behind the numbers of a patch; `.permute` or `.transpose(1, 2)` does.",
        _places_first,
    ),
    (
        "All the right numbers are there, in other places or another shape: is there a `reshape` where an axis has to "
        "be moved, or are rows and columns of the output exchanged?",
        _same_numbers,
    ),
    (
        "One sum is missing, that over the channels: what the channels of a filter give is added up.",
        _sums_missing(1),
    ),
    (
        "The products are there, but they have not been added up over the channels and the kernel.",
        _sums_missing(3),
    ),
    (
        "You return the patches. Multiply each of them with every filter, and add up.",
        lambda x, w, s, found: _equal(F.unfold(x, w.shape[-1], stride=s).flatten(), found.flatten()),
    ),
    (
        "That is a transposed convolution, which spreads each number out; here each patch is gathered into one.",
        lambda x, w, s, found: _equal(F.conv_transpose2d(x, w.transpose(0, 1), stride=s), found),
    ),
    (
        "You multiply filter and patch as matrices, with `@`. They are multiplied number by number: `*`.",
        lambda x, w, s, found: any(
            _equal(torch.einsum(f"{one}->bohw", _patches(x, w, s), w), found) for one in ("bchwij,ocjl", "bchwjl,ocij")
        ),
    ),
    (
        "You take the largest product. All of them are added up.",
        lambda x, w, s, found: _equal((_patches(x, w, s)[:, None] * w[None, :, :, None, None]).amax((2, 5, 6)), found),
    ),
)
DIAGNOSIS = Diagnosis(_diagnose)


def _probe(x, weight, stride, why):
    SETTINGS.append((x, weight, stride))
    right = (conv2d_by_unfolding.answer(x, weight, stride),)
    conv2d_by_unfolding.probes.append(Diagnosed({"x": x, "weight": weight, "stride": stride}, right, why, DIAGNOSIS))


_probe(
    torch.arange(1.0, 10.0).reshape(1, 1, 3, 3),
    torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]]),
    1,
    "At the first place: 1·1 + 2·10 + 4·100 + 5·1000 = 5421.",
)
_probe(
    torch.tensor(
        [[[[2.0, 5.0, 0.0], [1.0, 3.0, 7.0], [4.0, 6.0, 1.0]], [[9.0, 1.0, 2.0], [0.0, 8.0, 4.0], [5.0, 2.0, 3.0]]]]
    ),
    torch.tensor([[[[1.0, 0.0], [2.0, -1.0]], [[0.0, 3.0], [-2.0, 1.0]]]]),
    1,
    "Two channels in, one filter: it is two channels deep, and all eight products are added up.",
)
_probe(
    normal(1, 1, 3, 4, seed=141),
    normal(3, 1, 2, 2, seed=142),
    1,
    "Three filters, an image of 3 × 4: the output has three channels of 2 × 3.",
)
_probe(
    normal(2, 3, 4, 5, seed=143),
    normal(4, 3, 2, 2, seed=144),
    1,
    "Two images of three channels, four filters: each filter sees all three channels.",
)
_probe(
    normal(1, 1, 5, 6, seed=145),
    normal(1, 1, 2, 2, seed=146),
    2,
    "Stride 2: the filter moves on by two pixels, along the rows as well as along the columns.",
)
_probe(
    normal(3, 2, 13, 5, seed=147),
    normal(5, 2, 3, 3, seed=148),
    2,
    "Kernels of 3 × 3 with stride 2 on images of 13 × 5: 6 rows of 2 places.",
)
_probe(
    normal(2, 3, 4, 7, seed=149),
    normal(2, 3, 1, 1, seed=150),
    3,
    "Kernels of one pixel: at every third pixel, a weighted sum of the channels.",
)


def _by_places(sums, x, weight, stride):
    rows = (x.shape[2] - weight.shape[-1]) // stride + 1
    return sums.reshape(len(x), len(weight), rows, -1)


@conv2d_by_unfolding.mistake(
    """You turned the kernel by 180°, as in a mathematician's convolution. The layers called convolutions lay it on as
    it is: the first weight meets the first number of the patch."""
)
def kernel_turned(x, weight, stride):
    return F.conv2d(x, weight.flip(2, 3), stride=stride)


@conv2d_by_unfolding.mistake(
    """The sums are right, but they stand in other places: somewhere (B, places, O) was reshaped to (B, O, …).
    `reshape` only cuts the row of numbers anew. Move the axis first: `.transpose(1, 2)`."""
)
def output_reshaped(x, weight, stride):
    sums = F.unfold(x, weight.shape[-1], stride=stride).mT @ weight.flatten(1).T
    return _by_places(sums, x, weight, stride)


@conv2d_by_unfolding.mistake(
    """The patches are mixed up: numbers of several patches are multiplied with one filter. If you used
    `x.unfold(2, …).unfold(3, …)`: that has the shape (B, C, H_out, W_out, k, k), and a `reshape` does not move the
    places behind the kernel's axes. `.permute(0, 1, 4, 5, 2, 3)` first."""
)
def patches_reshaped(x, weight, stride):
    k = weight.shape[-1]
    patches = x.unfold(2, k, stride).unfold(3, k, stride).reshape(len(x), weight[0].numel(), -1)
    return _by_places(weight.flatten(1) @ patches, x, weight, stride)


@conv2d_by_unfolding.mistake(
    """The sum over the channels is missing: you return one number for each *pair* of filter and channel, shape
    (B, O, C, H_out, W_out). A filter is C channels deep; what its channels give is added up."""
)
def channels_not_summed(x, weight, stride):
    k = weight.shape[-1]
    patches = x.unfold(2, k, stride).unfold(3, k, stride)
    return torch.einsum("bchwij,ocij->bochw", patches, weight)


@conv2d_by_unfolding.mistake(
    """You look at the first channel of the image only. A filter has weights for every channel, and the products of all
    channels are added up."""
)
def first_channel_only(x, weight, stride):
    return F.conv2d(x[:, :1], weight[:, :1], stride=stride)


@conv2d_by_unfolding.mistake(
    """You average over the channels. What they give is added up, as the products of one channel are."""
)
def channels_averaged(x, weight, stride):
    return F.conv2d(x, weight, stride=stride) / weight.shape[1]


@conv2d_by_unfolding.mistake(
    """Every channel of the image meets the same weights, those for the first one. A filter is not flat: it holds a
    kernel of its own for each channel."""
)
def flat_filter(x, weight, stride):
    return F.conv2d(x, weight[:, :1].expand_as(weight), stride=stride)


@conv2d_by_unfolding.mistake(
    """The sums are right, in the shape (B, O, places). One step is left: cut the places into the rows of the output,
    (H − k)//stride + 1 of them."""
)
def places_in_one_row(x, weight, stride):
    return weight.flatten(1) @ F.unfold(x, weight.shape[-1], stride=stride)


@conv2d_by_unfolding.mistake(
    """The sums are right, but the filters come last: (B, H_out, W_out, O). PyTorch keeps channels in second place, as
    in `x`: `.permute(0, 3, 1, 2)`."""
)
def filters_last(x, weight, stride):
    return F.conv2d(x, weight, stride=stride).permute(0, 2, 3, 1)


@conv2d_by_unfolding.mistake(
    """`stride` is not used: your filter goes on by one pixel each time. (Where it is 1, all is right.)"""
)
def stride_ignored(x, weight, stride):
    return F.conv2d(x, weight)


@conv2d_by_unfolding.mistake(
    """The rows of the kernel meet the columns of the patch: one of the two is transposed. Both must be in the same
    order."""
)
def kernel_transposed(x, weight, stride):
    return F.conv2d(x, weight.mT, stride=stride)
