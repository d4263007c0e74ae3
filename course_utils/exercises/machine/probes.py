"""Probes: what a function is called with, and what is looked at."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from course_utils.exercises.machine import guard
from course_utils.exercises.machine.facts import RANDOM, Fact, gradient, kind, show
from course_utils.exercises.machine.limits import TimeLimit
from course_utils.exercises.machine.results import form, identical, parts, tensors

SECONDS = 5.0
"""Time limit of one check, over all calls of the learner's function, as `limits.Clock` counts."""
MANY_ROWS = 1000


class Fault(Exception):  # noqa: N818 - a finding about the learner's function
    """A probe could not be finished.

    Parameters
    ----------
    kind : str
        Kind of the verdict: "error", "timeout", "exit", "not-attempted", "nothing", "form".
    text : str
        What happened and where to look next.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind, self.text = kind, text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fault) and (self.kind, self.text.split("\n")[0]) == (
            other.kind,
            other.text.split("\n")[0],
        )

    __hash__ = Exception.__hash__


class Call:
    """The function under test, as a probe sees it: calling it runs it under guard.

    Every call gets another global seed, the same ones for every function. What it did on the side is collected.

    Attributes
    ----------
    effects : dict of str to str
        See `guard.Ran`; a mutated argument stands there by its name.
    printed : str
        What the first call that printed anything printed.
    shapes : dict of str to tuple of int
        Of the tensors among the latest arguments, by the names of the parameters.
    """

    def __init__(self, function: Callable[..., Any], names: tuple[str, ...] = ()) -> None:
        self.function, self.names = function, names
        self.effects: dict[str, str] = {}
        self.printed = ""
        self.shapes: dict[str, tuple[int, ...]] = {}
        self._left, self._seed = SECONDS, 20_000

    def __call__(self, *arguments: Any) -> Any:
        """Call the learner's function; raise `Fault` if no result comes back."""
        named = zip(self.names, arguments, strict=False)
        self.shapes = {name: tuple(value.shape) for name, value in named if isinstance(value, Tensor)}
        value = self.run(self.function, *arguments)
        if value is None:
            raise Fault("nothing", "Your function ended without giving anything back: is the `return` missing?")
        return value

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call any function that may reach the learner's code (a module it built, a backward pass)."""
        self._seed += 1
        ran = guard.run(function, arguments, seed=self._seed, seconds=max(self._left, 0.01))
        if ran.imported and ran.effects and "mutated" not in ran.effects:
            # A module of torch that is imported when it is first needed may wrap functions of torch and seed.
            ran = guard.run(function, arguments, seed=self._seed, seconds=max(self._left, 0.01))
        self._left -= ran.seconds
        self.printed = self.printed or ran.printed
        if "mutated" in ran.effects:
            numbers = [int(number) for number in ran.effects["mutated"].split()]
            own = function is self.function and self.names
            named = [f"`{self.names[n]}`" if own else f"number {n + 1}" for n in numbers]
            listed = " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
            ran.effects["mutated"] = f"argument{'s' if len(named) > 1 else ''} {listed}"
        self.effects = ran.effects | self.effects
        if ran.error is not None:
            rows = max([0, *(shape[0] for shape in self.shapes.values() if shape)])
            raise fault_of(ran.error, self.function, rows) from None
        if ran.value is Ellipsis:
            raise Fault("not-attempted", "There is still a `...` in the place of the result.")
        return ran.value

    def tensor(self, value: Any, shape: tuple[int, ...], name: str = "the result") -> Tensor:
        """Return `value` if it is a tensor of this shape, else raise the `Fault` that says what it is."""
        if not isinstance(value, Tensor):
            raise Fault("form", f"A tensor of shape {shape} was expected as {name}, and a {kind(value)} came back.")
        if tuple(value.shape) != shape:
            raise Fault("shape", f"The shape of {name} should be {shape}; it is {tuple(value.shape)}.")
        return value


_OF_TORCH = ("aten", "forward", "not implemented for")  # in PyTorch's own NotImplementedErrors, never in a stub's
NO_POWER = "`^` is no power in Python: it compares the bits of two whole numbers, and 3 ^ 2 is 1. A power is `3 ** 2`."


def fault_of(error: BaseException, function: Callable[..., Any], rows: int = 0) -> Fault:
    """Turn what a call raised into a `Fault` that names the line of the learner's code.

    `rows` is the length of the largest argument: a loop over many rows is slow without being endless.
    """
    if isinstance(error, TimeLimit):
        patience = (
            f"Your function was given {SECONDS:g} seconds to compute and had not finished, so it was interrupted."
        )
        if rows >= MANY_ROWS:
            slow = f"It was called with {rows:,} rows. A Python loop over them is too slow (or is there one that never "
            return Fault("timeout", f"{patience} {slow}ends?): compute with the whole tensor at once.")
        return Fault("timeout", f"{patience} Is there a loop that never ends?")
    place = guard.line_of(error, function)
    where = f"\nIt happened in line {place[0]}{f': `{place[1]}`' if place[1] else ''}." if place else ""
    if isinstance(error, (SystemExit, guard.Exit)):
        return Fault(
            "exit", f"Your function asked Python to end. A function gives its result back with `return`.{where}"
        )
    message = _message(error)
    if type(error) is NotImplementedError and not any(words in message for words in _OF_TORCH):
        return Fault("not-attempted", f"`NotImplementedError` is still there, in the place of your code.{where}")
    if "ellipsis" in message:
        return Fault("not-attempted", f"There is still a `...` to fill in.{where}")
    advice = "".join(f" {text}" for part, text in _ADVICE.items() if part in message)
    return Fault("error", f"Your function raised `{type(error).__name__}`: {message}{where}{advice}")


_ADVICE = {  # what Python's and PyTorch's own words leave open, by a part of them
    "bitwise_xor": NO_POWER,
    "for ^": NO_POWER,
    "a leaf Variable that requires grad": "A weight may be changed in place only where autograd does not look: put the "
    "line into `with torch.no_grad():`.",
    "torch.nn.Parameter or None expected": "A layer takes no plain tensor for its weight: write `nn.Parameter(...)` "
    "around it.",
    "'Tensor' object has no attribute 'images'": "A batch of the lesson has `.images`; here the tensor of images "
    "itself is handed over.",
    "'TSNE' object has no attribute 'transform'": "t-SNE moves the points that it is given; it learns no rule by which "
    "another one could be placed.",
    "input matrix contained non-finite values": "A NaN or an infinity came in before this line: by a division by 0, "
    "say, where all numbers of a column are the same and their spread is 0.",
    "Boolean value of Tensor with more than one value": "`if`, `and`, `or` and `not` want one yes or no: `.all()` or "
    "`.any()` makes one of many.",
}


def _message(error: BaseException) -> str:
    try:
        text = str(error).strip()
    except Exception:  # a learner's own exception class may fail to describe itself
        text = ""
    return (text if len(text) <= 400 else f"{text[:400]} …") or "(without a message)"


class Probe:
    """One look at a function.

    Subclass it, or take `Given` (arguments with an exact result) or `Exercise.probe` (any measurement).

    Attributes
    ----------
    says : str
        What the probe does, for the learner: "Called with mu = [[0]] …".
    """

    says: str

    def look(self, call: Call, returns: tuple[str, ...]) -> Iterator[Fact]:
        """Yield facts in the order of their importance; the first that differs is shown."""
        raise NotImplementedError


class Measured(Probe):
    """A probe that is a function: it gets the `Call` and yields facts."""

    def __init__(self, says: str, look: Callable[[Call], Iterator[Fact]]) -> None:
        self.says, self._look = says, look

    def look(self, call: Call, returns: tuple[str, ...]) -> Iterator[Fact]:
        """Run the measurement."""
        return self._look(call)


class Given(Probe):
    """Arguments with an exact result.

    The function is called twice (a result that changes is recorded as such), then once with gradients if some are
    asked for.
    """

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.arguments: dict[str, Any] = {name: _as_argument(value) for name, value in arguments.items()}
        self._gradients: tuple[str, ...] = ()
        self._note: str | Callable[..., str] = ""

    @property
    def says(self) -> str:  # type: ignore[override]
        """The call, with its arguments."""
        return "Called with\n" + "\n".join(f"  {name} = {show(value)}" for name, value in self.arguments.items())

    def gradients(self, *names: str) -> "Given":
        """Also look at the gradient of the summed result with respect to these arguments."""
        self._gradients = names
        return self

    def note(self, text: str | Callable[..., str]) -> "Given":
        """Add a sentence for whoever differs on this probe first, or a function that makes it from the results."""
        self._note = text
        return self

    def double(self) -> "Given":
        """Give floating-point arguments in float64: for formulas that must hold to seven digits."""
        for name, value in self.arguments.items():
            if isinstance(value, Tensor) and value.is_floating_point():
                self.arguments[name] = value.double()
        return self

    def look(self, call: Call, returns: tuple[str, ...]) -> Iterator[Fact]:
        """Yield the form of the result, its values, and the gradients."""
        first, again = (call(*self._fresh().values()) for _ in range(2))
        named, repeated = tensors(first, returns), parts(again, returns)
        note = self._note if isinstance(self._note, str) else self._note_on(first, returns)
        yield Fact("the kind of result", form(first, named), role="form", note=note)
        for name, part in parts(first, returns).items():
            value = part.detach() if isinstance(part, Tensor) else part
            yield Fact(name, value if identical(part, repeated.get(name)) else RANDOM, note=note)
        if self._gradients and named:
            yield from self._look_at_gradients(call, returns, named)

    def moved_by(self, call: Call) -> list[str]:
        """Return the names of the arguments whose numbers change the result."""
        base = parts(call(*self._fresh().values()), ())
        moved = []
        for name, value in self.arguments.items():
            if isinstance(value, float) or (isinstance(value, Tensor) and value.is_floating_point()):
                other = parts(call(*(self._fresh() | {name: 1.3 * value + 0.7}).values()), ())
                moved += [] if all(identical(part, other.get(key)) for key, part in base.items()) else [name]
        return moved

    def _note_on(self, value: Any, returns: tuple[str, ...]) -> str:
        """Let the note's function see the results, if they are tensors in the number that it expects."""
        named = tensors(value, returns)
        if tuple(named) != returns or not callable(self._note):
            return ""
        try:
            return self._note(*(part.detach() for part in named.values()))
        except (RuntimeError, TypeError, ValueError, IndexError):  # of another shape than it can speak of
            return ""

    def _look_at_gradients(self, call: Call, returns: tuple[str, ...], plain: dict[str, Tensor]) -> Iterator[Fact]:
        runs = [self._differentiate(call, returns) for _ in range(2)]
        what = " + ".join(plain)
        for name in self._gradients:
            first, again = (grads[name] for grads in runs)
            if first is not None and again is not None and not identical(first, again):
                yield Fact(_gradient_name(what, name), RANDOM, role="gradient")
            else:
                yield gradient(_gradient_name(what, name), first)

    def _differentiate(self, call: Call, returns: tuple[str, ...]) -> dict[str, Tensor | None]:
        arguments = self._fresh()
        leaves = {name: arguments[name].requires_grad_() for name in self._gradients}
        # Clones, so that writing into an argument is seen as such and does not fail as "a leaf variable used in place".
        value = call(*(a.clone() if name in leaves else a for name, a in arguments.items()))
        total = [v.sum() for v in tensors(value, returns).values() if v.requires_grad]
        if not total:
            return dict.fromkeys(leaves)
        found = call.run(backward, torch.stack(total).sum(), list(leaves.values()))
        return dict(zip(leaves, found, strict=True))

    def _fresh(self) -> dict[str, Any]:
        return {n: a.clone() if isinstance(a, Tensor) else copy.deepcopy(a) for n, a in self.arguments.items()}


def given(**arguments: Any) -> Given:
    """Make a probe from arguments, in the order of the signature; nested lists become float32 tensors.

    Examples
    --------
    >>> print(given(mu=[[0.0]], eps=[[2.0]]).says)
    Called with
      mu = [[0]]
      eps = [[2]]
    """
    return Given(arguments)


def normal(*shape: int, seed: int, scale: float = 1.0) -> Tensor:
    """Draw fixed numbers for a probe: N(0, scale²), float32, the same on every machine."""
    return scale * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float32)


def backward(value: Tensor, leaves: list[Tensor]) -> tuple[Tensor | None, ...]:
    """Return the gradients of a scalar, None where there is no path."""
    return torch.autograd.grad(value, leaves, allow_unused=True)


def _as_argument(value: Any) -> Any:
    return torch.tensor(value, dtype=torch.float32) if isinstance(value, list) else value


def _gradient_name(what: str, name: str) -> str:
    return f"the gradient of ({what}).sum() with respect to `{name}`"
