"""The declaration of an exercise: its task, its solution, what is looked at, and what is known to go astray."""

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from course_utils.exercises.machine.facts import Fact
from course_utils.exercises.machine.probes import Call, Measured, Probe
from course_utils.exercises.machine.summands import Parts
from course_utils.exercises.machine.terms import Table

Function = Callable[..., Any]


@dataclass(frozen=True)
class Mistake:
    """A known mistake: a working wrong implementation and the sentence that helps whoever made it."""

    name: str
    sentence: str
    function: Function


class Declaration:
    """A task, its reference solution, probes, hints, and the mistakes that are known by name.

    Parameters
    ----------
    name : str
        Heading of the verdicts.
    task : str
        What to write, in Markdown.
    signature : str
        For example ``"reparameterize(mu, logvar, eps)"``: the name that the solution shows.
    returns : sequence of str
        Names of the results, for the verdicts.
    probes : sequence of Probe
        From the simplest to the hardest: the first that differs is shown. See `given` and `Exercise.probe`.
    hints : sequence of str
        From a nudge to nearly there; at least one.
    may_draw : bool
        Whether the function may use PyTorch's global random state.
    builds : bool
        Whether the answer may be a class, because it builds a module.
    axes : mapping of str to str
        What the axes of an argument are, where the shape does not tell: ``{"log_w": "draws batch"}``. Two axes are
        "batch latent" and four "batch channel row column" without being told; see `reductions`.
    """

    def __init__(
        self,
        name: str,
        *,
        task: str,
        signature: str,
        returns: Sequence[str],
        hints: Sequence[str],
        probes: Sequence[Probe] = (),
        may_draw: bool = False,
        builds: bool = False,
        axes: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        if not hints:
            raise ValueError(f"`hints` must hold at least one text for the exercise {name!r}, got none")
        self.name, self.task, self.signature = name, textwrap.dedent(task).strip(), signature
        self.returns, self.hints, self.probes = tuple(returns), tuple(hints), list(probes)
        self.may_draw, self.builds, self.axes = may_draw, builds, dict(axes)
        self.mistakes: dict[str, Mistake] = {}
        self.tables: dict[str, tuple[str, Table]] = {}
        self.summands: dict[str, Parts] = {}
        self._solution: Function | None = None

    def reference(self, function: Function) -> Function:
        """Declare the reference solution (a decorator)."""
        self._solution = function
        return function

    def mistake(self, sentence: str) -> Callable[[Function], Function]:
        """Declare a known mistake (a decorator for the wrong code); `sentence` says what happened and what helps."""

        def declare(function: Function) -> Function:
            if function.__name__ in self.mistakes:
                raise ValueError(
                    f"a mistake named {function.__name__!r} is already declared for {self.name!r}; give it another name"
                )
            self.mistakes[function.__name__] = Mistake(function.__name__, " ".join(sentence.split()), function)
            return function

        return declare

    def probe(self, says: str) -> Callable[[Callable[[Call], Iterator[Fact]]], Callable[[Call], Iterator[Fact]]]:
        """Declare a measurement (a decorator): a generator of facts that is given the `Call`."""

        def declare(measure: Callable[[Call], Iterator[Fact]]) -> Callable[[Call], Iterator[Fact]]:
            self.probes.append(Measured(says, measure))
            return measure

        return declare

    def terms(self, result: str, reduced: str = "") -> Callable[[Table], Table]:
        """Declare the terms that `result` may be made of (a decorator): from the arguments to a dict of tensors.

        `reduced` says in words how they are reduced: "summed over the dimensions".

        A wrong result that is a weighted sum of them is taken apart, and the verdict names the terms whose weights are
        not right. Besides the right terms the dict holds those that learners put in their place.
        """

        def declare(table: Table) -> Table:
            self.tables[result] = reduced, table
            return table

        return declare

    def parts(self, result: str) -> Callable[[Parts], Parts]:
        """Declare the parts whose sum is `result` (a decorator): from the arguments to a dict of unreduced tensors.

        Each part has the batch first, and is summed over its other axes in the right result. A wrong result whose parts
        are reduced otherwise (a mean for a sum, over the batch as well, ``keepdim``) is recognised, part by part.
        """

        def declare(table: Parts) -> Parts:
            self.summands[result] = table
            return table

        return declare

    @property
    def answer(self) -> Function:
        """The reference solution."""
        if self._solution is None:
            raise ValueError(f"the exercise {self.name!r} has no reference solution; declare one with @….reference")
        return self._solution

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of what an answer is called with."""
        return tuple(inspect.signature(self.answer).parameters)

    def source(self) -> str:
        """Return the reference solution as the learner would have written it."""
        text = textwrap.dedent(inspect.getsource(self.answer))
        text = text[re.search(r"^(def|class) ", text, re.MULTILINE).start() :]  # type: ignore[union-attr]
        name = self.signature.split("(")[0]
        return re.sub(r"^(def|class) \w+", rf"\1 {name}", text, count=1).rstrip()
