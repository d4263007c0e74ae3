"""A wrong result that is the right one, reduced otherwise: over another axis, too far, not far enough, by a mean.

Nothing needs to be declared. The reference's and the learner's results on all probes are compared under every sum and
mean over their axes, divided or multiplied by every size of the arguments; what holds on all probes is said. The
axes get their names from the arguments: two axes are "batch latent", four are "batch channel row column". Where an
exercise means something else by them it says so, once: ``Exercise(…, axes={"log_w": "draws batch"})``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

import torch
from torch import Tensor

Shape = tuple[int, ...]

_DEFAULT = {1: "entries", 2: "batch latent", 4: "batch channel row column"}
_ONE = "one"  # an axis of size 1 that is none of the arguments'
_PIXELS = ("channel", "row", "column")
_WORDS = {  # of an axis: all of it, one of it, its letter
    "batch": ("the batch", "image", "B"),
    "latent": ("the latent dimensions", "latent dimension", "Z"),
    "pixels": ("the pixels", "pixel", "D"),
    "channel": ("the channels", "channel", "C"),
    "row": ("the rows", "row", "H"),
    "column": ("the columns", "column", "W"),
    "draws": ("the draws", "draw", "K"),
    "codes": ("the codes", "code", "S"),
    "filters": ("the filters", "filter", "O"),
    "grid": ("the grid", "grid point", "G"),
    "examples": ("the batch", "example", "B"),
    "samples": ("the samples", "sample", "N"),
    "points": ("the points", "point", "N"),
    "centers": ("the centers", "center", "K"),
    "coordinates": ("the coordinates", "coordinate", "2"),
    "inputs": ("the inputs", "input", "D"),
    "entries": ("the entries", "entry", "N"),
    _ONE: ("an axis of size 1", "", "1"),
    "28 × 28": ("784 pixels", "", "784"),
}


@dataclass(frozen=True)
class Case:
    """What one probe saw of one result: the reference's, the learner's, and the sizes of the arguments' axes."""

    right: Tensor
    yours: Tensor
    sizes: Mapping[str, int]


@dataclass(frozen=True)
class _Results:
    """One result on all probes, and what its axes are called in the reference and in the learner's result."""

    cases: Sequence[Case]
    right: tuple[str, ...]
    yours: tuple[str, ...]

    def fit(
        self, goal: Callable[[Case], Tensor | None], yours: Callable[[Case], Tensor] = lambda case: case.yours
    ) -> bool:
        """Whether what is made of the reference's result is what is made of the learner's, on every probe."""
        return all((wanted := goal(case)) is not None and equal(wanted, yours(case)) for case in self.cases)

    @property
    def demand(self) -> str:
        """What is asked for: "Return one per image, shape (B,).", as far as the axes have names."""
        if not self.right:
            return "Return one number for everything, shape ()."
        if "?" in self.right:
            return ""
        return f"Return one per {_each(self.right)}, shape {_letters(self.right)}."


def sizes_of(shapes: Mapping[str, Shape], axes: Mapping[str, str]) -> dict[str, int]:
    """Name the sizes of the arguments' axes.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        Of the tensors among the arguments, by their names.
    axes : mapping of str to str
        What the exercise calls the axes of an argument: ``{"log_w": "draws batch"}``.

    Examples
    --------
    >>> sizes_of({"x": (5, 1, 4, 4), "mu": (5, 2)}, {})
    {'batch': 5, 'channel': 1, 'row': 4, 'column': 4, 'latent': 2, 'pixels': 16}
    >>> sizes_of({"log_w": (20, 6)}, {"log_w": "draws batch"})
    {'draws': 20, 'batch': 6}
    """
    sizes: dict[str, int] = {}
    for name, shape in shapes.items():
        words = axes.get(name, _DEFAULT.get(len(shape), "")).split()
        for word, size in zip(words, shape, strict=False):
            sizes[word] = max(size, sizes.get(word, 1))
    if all(word in sizes for word in _PIXELS):
        sizes["pixels"] = prod(sizes[word] for word in _PIXELS)
    return sizes


def reduced_otherwise(cases: Sequence[Case]) -> str:
    """Say how the learner's result is reduced, if that is all that is wrong with it.

    Returns
    -------
    str
        Empty if no reduction explains all the cases.

    Examples
    --------
    >>> kl = torch.tensor([1.0, 2.0, 6.0])
    >>> reduced_otherwise([Case(kl, kl.mean(), {"batch": 3, "latent": 2})])
    'You averaged over the batch: one number. Return one per image, shape (B,).'
    """
    usable = [case for case in cases if _comparable(case)]
    if not usable or len(usable) < len(cases) or all(equal(case.right, case.yours) for case in usable):
        return ""
    names = [named_axes([getattr(case, side) for case in usable], usable) for side in ("right", "yours")]
    results = _Results(usable, *names)
    rules = (_reshaped, _crossed, _too_far, _not_far_enough, _rescaled, _other_axis, _the_same_for_all)
    return next((text for rule in rules if (text := rule(results))), "")


def shape_in_words(cases: Sequence[Case]) -> str:
    """Say what a wrong shape means, where the numbers tell nothing: "You return one number for everything …".

    The first case is spoken of. The others help to tell its axes apart: a single example of a single input has shape
    (1, 1), and no one could say which axis is which.

    >>> shape_in_words([Case(torch.ones(4), torch.ones(4, 3), {"batch": 4, "latent": 3})])
    'You return one number for each image and latent dimension, shape (B, Z). Return one per image, shape (B,).'
    """
    first = cases[0]
    right, yours, sizes = tuple(first.right.shape), tuple(first.yours.shape), first.sizes
    axes = named_axes([case.yours for case in cases], cases)
    if "?" in axes and len(set(sizes.values())) == len(sizes):  # told apart by their sizes in this case alone
        axes = named_axes([first.yours], cases[:1])
    results = _Results(cases, named_axes([case.right for case in cases], cases), axes)
    if yours == () and right and prod(right) == 1:
        return f"No axis is left: a sum or a mean over everything does that, and so does `.squeeze()`. {results.demand}"
    if yours == () and right:
        return f"No axis is left: a sum or a mean runs over everything, the batch, too. {results.demand}".rstrip()
    if "?" in results.yours + results.right or results.yours == results.right:
        return ""
    if tuple(word for word in results.yours if word != _ONE) == results.right:
        return f"An axis of size 1 is left over, as by `keepdim=True`. {results.demand}"
    return f"You return one number for each {_each(results.yours)}, shape {_letters(results.yours)}. {results.demand}"


# The rules


def _reshaped(results: _Results) -> str:
    """Recognise the right numbers in another shape."""
    if not results.fit(lambda c: c.right.flatten(), lambda c: c.yours.flatten()):
        transposed = all(c.right.ndim > 1 for c in results.cases) and results.fit(lambda c: c.right.mT)
        return _exchanged(results) if transposed else ""
    if all(c.yours.squeeze().shape == c.right.squeeze().shape for c in results.cases):
        longer = [c for c in results.cases if c.yours.ndim > c.right.ndim]
        if longer:
            shape = _letters(results.yours) if len(longer) == len(results.cases) else str(tuple(longer[0].yours.shape))
            return f"Right, but of shape {shape}: {_left_over(results)} {results.demand}"
        lost = next(c for c in results.cases if c.yours.shape != c.right.shape)
        return (
            f"The numbers are right, but an axis of size 1 is lost: shape {tuple(lost.yours.shape)} where "
            f"{tuple(lost.right.shape)} is asked for. `.squeeze()` drops *every* axis of size 1, those of a batch of "
            "one or of a single dimension, too; name the axis, as in `.squeeze(1)`."
        )
    apart = [c for c in results.cases if c.yours.shape != c.right.shape]
    shown = next((c for c in apart if c.right.numel() > 1), apart[0])
    yours, right = tuple(shown.yours.shape), tuple(shown.right.shape)
    return f"The right numbers, in another shape: {yours} where {right} is asked for."


def _left_over(results: _Results) -> str:
    if results.yours[:1] == (_ONE,):
        return "an axis of size 1 is left over. Drop it."
    return "an axis of size 1 is left over. Sum over it, too, or leave `keepdim=True` or `[:, None]` away."


def _exchanged(results: _Results) -> str:
    if "?" in results.yours:
        return "The right numbers with their last two axes exchanged. Transpose them."
    return (
        f"The right numbers with their axes exchanged: shape {_letters(results.yours)}. {results.demand} Transpose it."
    )


def _too_far(results: _Results) -> str:
    """Recognise a sum or a mean over an axis that should stay."""
    if "?" in results.right:
        return ""
    for axes in _subsets(len(results.right)):
        over = [results.right[axis] for axis in axes]
        for keep in (False, True):
            for factor in _factors(results, set(over)):
                for verb, operation in (("averaged", torch.mean), ("summed", torch.sum)):
                    if results.fit(lambda c: factor.apply(operation(c.right, axes, keep), c)):  # noqa: B023
                        return _said_too_far(results, verb, over, factor)
    return ""


def _said_too_far(results: _Results, verb: str, over: list[str], factor: "_Factor") -> str:
    if all(case.sizes.get(word, 1) == 1 for case in results.cases for word in over):
        verb = "reduced"  # with one row a sum and a mean are the same
    left = ": one number" if all(case.yours.ndim == 0 for case in results.cases) else ""
    also = f" {factor.aside(results.right)}" if factor.words else ""
    if verb == "averaged" and factor.is_mean(results.right):
        over, also = [*over, *factor.words], f" Sum over {all_of(factor.words)} only."
    everywhere = ", too" if verb == "summed" else ""
    return f"You {verb} over {all_of(over)}{everywhere}{left}.{also} {results.demand}"


def _not_far_enough(results: _Results) -> str:
    """Recognise a sum or a mean that is still missing."""
    if any(case.yours.ndim <= case.right.ndim for case in results.cases):
        return ""
    for axes in _subsets(min(case.yours.ndim for case in results.cases)):
        for factor in _factors(results, {results.yours[axis] for axis in axes}):
            for verb, operation in (("sum", torch.sum), ("mean", torch.mean)):
                if results.fit(lambda c: factor.apply(c.right, c), lambda c: operation(c.yours, axes)):  # noqa: B023
                    return _said_not_far_enough(results, verb, [results.yours[axis] for axis in axes], factor)
    return ""


def _said_not_far_enough(results: _Results, verb: str, over: list[str], factor: "_Factor") -> str:
    also = f" {factor.aside(results.right)}" if factor.words else ""
    if set(over) == {_ONE}:
        return f"{factor.sentence(results.right)} And {_left_over(results)} {results.demand}"
    missing = "a sum or a mean" if "?" in over else f"the {verb} over {all_of(over)}"
    what = "More numbers than asked for"
    if "?" not in results.yours:
        what = f"One number for each {_each(results.yours)}, shape {_letters(results.yours)}"
        if verb == "mean" and not also and _repeated(results, over):
            return f"{what}, the same for every {_each(over)}: nothing is to be repeated. {results.demand}".rstrip()
    return f"{what}: {missing} is missing.{also} {results.demand}".rstrip()


def _repeated(results: _Results, over: Sequence[str]) -> bool:
    """Whether the learner's numbers do not change along these axes, and there are several of them somewhere."""
    axes = [results.yours.index(word) for word in over]
    tops = [(case.yours, case.yours.amax(axes, keepdim=True).expand_as(case.yours)) for case in results.cases]
    several = any(case.yours.shape[axis] > 1 for case in results.cases for axis in axes)
    return several and all(equal(top, yours) for yours, top in tops)


def _rescaled(results: _Results) -> str:
    """Recognise a mean for a sum, a sum for a mean, and a division by a size."""
    for factor in _factors(results, set()):
        if factor.words and results.fit(lambda c: factor.apply(c.right, c)):  # noqa: B023
            return factor.sentence(results.right)
    return ""


def _other_axis(results: _Results) -> str:
    """Recognise a reduction over the axis that should stay, which keeps the one that should go."""
    gone = [word for word in results.right if word not in results.yours]
    if not gone or "?" in results.yours + results.right or not results.yours or _ONE in results.yours:
        return ""
    kept = [word for word in results.yours if word not in results.right]
    for verb, asked in (("summed", "sum"), ("averaged", "sum"), ("summed", "mean"), ("averaged", "mean")):
        down = _Factor(tuple(gone) if verb == "averaged" else (), False)
        up = _Factor(tuple(kept) if asked == "mean" else (), True)
        if all(_same_total(up.apply(down.apply(c.right.sum(), c), c), c) for c in results.cases):
            return (
                f"You {verb} over {all_of(gone)} and kept {all_of(results.yours)}: one number for each "
                f"{_each(results.yours)}, shape {_letters(results.yours)}. It is the other way round: the {asked} runs "
                f"over {all_of(kept)}. {results.demand}"
            )
    return ""


def _crossed(results: _Results) -> str:
    """Recognise (B,) and (B, 1) that were broadcast to (B, B)."""
    if not all(c.right.ndim == 1 and c.yours.shape == 2 * c.right.shape for c in results.cases):
        return ""
    if not results.fit(lambda c: c.right, lambda c: c.yours.diagonal()):
        return ""
    one, size = (_each(results.right), _letters(results.right)[1:-2]) if "?" not in results.right else ("row", "B")
    return (
        f"The right numbers stand on the diagonal of a square: somewhere the shapes ({size},) and ({size}, 1) met, and "
        f"broadcasting paired every {one} with every other, shape ({size}, {size}). Is there a `keepdim=True` or a "
        f"`[:, None]`? {results.demand}"
    )


def _the_same_for_all(results: _Results) -> str:
    """Recognise a mean or a sum over the batch that was handed back once for every row."""
    for verb, operation in (("mean", torch.mean), ("sum", torch.sum)):
        if results.right[:1] and results.fit(lambda c: operation(c.right, 0, True).expand_as(c.right)):  # noqa: B023
            return f"Every row holds the same: the {verb} over {all_of(results.right[:1])}. {results.demand}"
    return ""


# Sizes by which a result may be divided or multiplied


@dataclass(frozen=True)
class _Factor:
    words: tuple[str, ...]
    times: bool

    def apply(self, value: Tensor, case: Case) -> Tensor:
        size = prod(784 if word == "28 × 28" else case.sizes[word] for word in self.words)
        return value * size if self.times else value / size

    def sentence(self, kept: tuple[str, ...]) -> str:
        """Say it of a result whose shape is right."""
        number = "·".join(_WORDS.get(word, _unknown(word))[2] for word in self.words)
        every = f"every number is the expected one {'times' if self.times else 'divided by'} {number}"
        if self.words == ("28 × 28",):
            return (
                f"You {'multiplied' if self.times else 'divided'} by 784, the pixels of an image of 28 × 28: {every}."
            )
        if not set(self.words) & set(kept):
            wrong, right = ("sum", "mean") if self.times else ("mean", "sum")
            return f"You took the {wrong} over {all_of(self.words)} where the {right} belongs: {every}."
        own = " What one image gives does not depend on its company." if "batch" in self.words else ""
        verb = "multiplied" if self.times else "divided"
        return f"You {verb} by {number}, the size of {all_of(self.words)}: {every}.{own}"

    def aside(self, kept: tuple[str, ...]) -> str:
        """Say it in addition to something else."""
        text = self.sentence(kept).split(": every number")[0]
        return f"Besides, {text[0].lower()}{text[1:]}."

    def is_mean(self, kept: tuple[str, ...]) -> bool:
        """Whether it makes a mean of a sum over axes that the reference has not kept."""
        return bool(self.words) and not self.times and "28 × 28" not in self.words and not set(self.words) & set(kept)


def _factors(results: _Results, without: set[str]) -> Iterator[_Factor]:
    """Yield nothing, every size that is known on all probes, two of them, and the size of an MNIST image."""
    yield _Factor((), False)
    common = set.intersection(*(set(case.sizes) for case in results.cases)) - without
    words = [w for w in results.cases[0].sizes if w in common and any(case.sizes[w] > 1 for case in results.cases)]
    for several in ([(word,) for word in words], list(combinations(words, 2))):
        for chosen in several:
            if not ("pixels" in chosen and set(chosen) & set(_PIXELS)):
                yield from (_Factor(chosen, False), _Factor(chosen, True))
    yield from (_Factor(("28 × 28",), False), _Factor(("28 × 28",), True))


# Names and comparisons


def named_axes(values: Sequence[Tensor], cases: Sequence[Case]) -> tuple[str, ...]:
    """Name the axes of a result: those of the arguments that have its sizes on every probe, or "?"."""
    if len({value.ndim for value in values}) > 1:
        return tuple("?" for _ in range(max(value.ndim for value in values)))
    found: list[str] = []
    for axis in range(values[0].ndim):
        sizes = [value.shape[axis] for value in values]
        fits = [w for w in cases[0].sizes if all(c.sizes.get(w) == size for c, size in zip(cases, sizes, strict=True))]
        free = [word for word in fits if word not in found]
        found.append(free[0] if free else _ONE if set(sizes) == {1} else "?")
    return tuple(found)


def _comparable(case: Case) -> bool:
    return case.right.is_floating_point() and case.yours.is_floating_point() and case.yours.device == case.right.device


def equal(wanted: Tensor, found: Tensor) -> bool:
    """Whether two results agree in shape and, as float32 does, in their numbers."""
    return wanted.shape == found.shape and torch.allclose(found.double(), wanted.double(), rtol=2e-4, atol=1e-7)


def _same_total(wanted: Tensor, case: Case) -> bool:
    """Compare sums, in which large numbers of both signs may cancel."""
    scale = float(case.yours.double().abs().sum())
    return abs(float(wanted) - float(case.yours.double().sum())) <= 1e-5 * scale + 1e-7


def _subsets(axes: int) -> Iterator[tuple[int, ...]]:
    for count in range(1, axes + 1):
        yield from combinations(range(axes), count)


def _unknown(word: str) -> tuple[str, str, str]:
    return f"the {word}", word.removesuffix("s"), word[0].upper()


def all_of(words: Sequence[str]) -> str:
    """Write what stands along these axes: "the batch and the latent dimensions"."""
    if set(_PIXELS) <= set(words):
        words = [word for word in words if word not in _PIXELS] + ["pixels"]
    names = [_WORDS.get(word, _unknown(word))[0] for word in words]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _each(words: Sequence[str]) -> str:
    if set(_PIXELS) <= set(words):
        words = [word for word in words if word not in _PIXELS] + ["pixels"]
    names = [_WORDS.get(word, _unknown(word))[1] for word in words if word != _ONE]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _letters(words: Sequence[str]) -> str:
    letters = [_WORDS.get(word, _unknown(word))[2] for word in words]
    return f"({letters[0]},)" if len(letters) == 1 else f"({', '.join(letters)})"
