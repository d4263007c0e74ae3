"""The exercise: a task, a reference solution, probes, hints, and the mistakes that are known by name."""

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from course_utils.exercises.machine.detectors import pattern
from course_utils.exercises.machine.entry import refusal
from course_utils.exercises.machine.facts import Fact, same
from course_utils.exercises.machine.judgement import (
    VALUES,
    Difference,
    Sight,
    describe,
    effect,
    first_difference,
    look,
    reduction,
    shape_meaning,
)
from course_utils.exercises.machine.probes import Call, Measured, Probe
from course_utils.exercises.machine.summands import Parts
from course_utils.exercises.machine.terms import Table
from course_utils.exercises.machine.verdicts import Note, Verdict

Function = Callable[..., Any]


@dataclass(frozen=True)
class Mistake:
    """A known mistake: a working wrong implementation and the sentence that helps whoever made it."""

    name: str
    sentence: str
    function: Function


class Exercise:
    """A task that knows why an answer is wrong.

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

    Examples
    --------
    >>> from course_utils.exercises.machine.probes import given
    >>> double = Exercise("Double", task="Return 2x.", signature="double(x)", returns=["y"], hints=["Add."],
    ...                   probes=[given(x=[1.0, 3.0])])
    >>> @double.reference
    ... def _(x):
    ...     return 2 * x
    >>> @double.mistake("You squared: 3 becomes 9, not 6.")
    ... def squared(x):
    ...     return x**2
    >>> double.check(lambda x: x + x).passed
    True
    >>> double.check(lambda x: x * x).message
    'You squared: 3 becomes 9, not 6.'
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
        self._sights: dict[str, Sight] = {}
        self._hints_given = 0

    # Declaration

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

    # For the learner

    def check(self, function: Any) -> Verdict:
        """Say whether `function` does what the task asks, and if not, why.

        Whatever the function does, this raises nothing (but the user's own ``KeyboardInterrupt``). A loop without
        end is interrupted after a few seconds, except on Windows, outside the main thread, and in C code that does
        not return to Python.

        Parameters
        ----------
        function : callable
            The learner's answer.

        Returns
        -------
        Verdict
            Displays itself at the end of a cell.
        """
        refused = refusal(function, self._answer, builds=self.builds)
        if refused is not None:
            return Verdict(refused[0], self.name, refused[1])
        return self.judge(function, self.look(function))

    def hint(self) -> Note:
        """Return the next hint; after the last one, the last again."""
        number = min(self._hints_given, len(self.hints) - 1)
        self._hints_given += 1
        rest = (
            ""
            if self._hints_given <= len(self.hints)
            else " That was the last; `.solution()` shows one way to write it."
        )
        return Note(f"**Hint {number + 1} of {len(self.hints)}.** {self.hints[number]}{rest}")

    def solution(self) -> Note:
        """Return the source of the reference solution."""
        return Note(f"```python\n{self.source()}\n```")

    def source(self) -> str:
        """Return the reference solution as the learner would have written it."""
        text = textwrap.dedent(inspect.getsource(self._answer))
        text = text[re.search(r"^(def|class) ", text, re.MULTILINE).start() :]  # type: ignore[union-attr]
        name = self.signature.split("(")[0]
        return re.sub(r"^(def|class) \w+", rf"\1 {name}", text, count=1).rstrip()

    def __repr__(self) -> str:
        return f"{self.name}: {self.signature}\n{self.task}"

    def _repr_markdown_(self) -> str:
        return f"**Exercise: {self.name}.** `{self.signature}`\n\n{self.task}"

    # The judgement

    @property
    def _answer(self) -> Function:
        if self._solution is None:
            raise ValueError(f"the exercise {self.name!r} has no reference solution; declare one with @….reference")
        return self._solution

    @cached_property
    def expected(self) -> Sight:
        """What the probes see of the reference solution."""
        if not self.probes:
            raise ValueError(f"the exercise {self.name!r} has no probes; any answer would pass")
        sight = self.look(self._answer)
        if sight.fault is not None:
            raise ValueError(f"the reference solution of {self.name!r} fails its own probes: {sight.fault.text}")
        for probe, facts in zip(self.probes, sight.facts, strict=True):
            if all(fact.role == "form" for fact in facts):
                raise ValueError(f"a probe of {self.name!r} sees nothing that can be compared: {probe.says}")
        return sight

    def look(self, function: Function) -> Sight:
        """Take all probes to a function."""
        return look(function, self.probes, self.returns, tuple(inspect.signature(self._answer).parameters))

    def sight_of(self, mistake: Mistake) -> Sight:
        """Return what the probes see of a known mistake; computed once."""
        if mistake.name not in self._sights:
            self._sights[mistake.name] = self.look(mistake.function)
        return self._sights[mistake.name]

    def judge(self, function: Function, seen: Sight) -> Verdict:
        """Turn what the probes saw into a verdict."""
        differs = self._first(seen)
        side = effect(seen.effects, may_draw=self.may_draw)
        if seen.fault is not None and seen.fault.kind == "not-attempted":
            return self._say("not-attempted", seen.fault.text, seen)
        known = self.recognise(seen)
        if known is not None:
            return self._known(known, seen)
        if seen.fault is not None and first_difference(self.expected, seen, VALUES) is None:
            before = len(seen.facts) - 1
            details = "" if seen.fault.kind == "timeout" else self.probes[before].says
            return self._say(seen.fault.kind, seen.fault.text, seen, details=details + self._agreed(before, seen))
        if differs is None and side is not None:
            return self._say(*side, seen)
        if differs is None:
            return self._say("passed", f"Right on {_count(len(self.probes), 'probe')}.", seen)
        return self._different(function, seen, side)

    def _first(self, seen: Sight) -> Difference | None:
        """Find the first difference, in the values of all probes before the gradients of any."""
        return first_difference(self.expected, seen, VALUES) or first_difference(self.expected, seen)

    def recognise(self, seen: Sight) -> Mistake | None:
        """Find the one known mistake that looks like `seen` on every fact, or else on every value."""
        if first_difference(self.expected, seen) is None and seen.fault is None:
            return None
        for roles in ((*VALUES, "gradient"), VALUES):
            if first_difference(self.expected, seen, roles) is None and seen.fault is None:
                continue
            found = [m for m in self.mistakes.values() if self._alike(self.sight_of(m), seen, roles)]
            if len(found) == 1:
                return found[0]
        return None

    def _alike(self, mistake: Sight, seen: Sight, roles: tuple[str, ...]) -> bool:
        if first_difference(mistake, seen, roles) is not None:
            return False
        if mistake.fault is not None or len(seen.facts) > len(mistake.facts):
            return mistake.fault == seen.fault and len(seen.facts) == len(mistake.facts)
        return seen.fault is None or first_difference(self.expected, seen, VALUES) is not None

    def _known(self, mistake: Mistake, seen: Sight) -> Verdict:
        differs = self._first(seen)
        details = ""
        if differs is not None:
            details = f"{self.probes[differs.probe].says}\n{describe(differs.expected, differs.got)[2]}".rstrip()
        text = mistake.sentence + self._besides(self.sight_of(mistake), seen)
        return self._say("mistake", text, seen, details=details, mistake=mistake.name)

    def _besides(self, mistake: Sight, seen: Sight) -> str:
        """Say what else is wrong, beyond the known mistake."""
        also = first_difference(mistake, seen)
        if also is not None:
            truth = [fact for fact in self.expected.facts[also.probe] if fact.name == also.expected.name]
            right = also.got is not None and any(same(fact, also.got) for fact in truth)
            other = describe(also.expected, also.got)[1] or f"{also.expected.name} is not right either."
            return "" if right else f"\nBesides: {other}"
        return f"\nBesides: {seen.fault.text}" if seen.fault is not None and seen.fault != mistake.fault else ""

    def _different(self, function: Function, seen: Sight, side: tuple[str, str] | None) -> Verdict:
        differs = self._first(seen)
        assert differs is not None  # noqa: S101 - the caller has just seen it
        probe = self.probes[differs.probe]
        kind, message, details = describe(differs.expected, differs.got)
        reduced = reduction(self.expected, seen, self.axes, self.summands, self.probes)
        note = differs.expected.note if differs.got is None else differs.got.note
        parts = [reduced, message, note if kind == "different" or not reduced else ""]
        if kind == "shape" and not reduced:
            parts.append(shape_meaning(self.expected, differs, self.axes))
        if not reduced and kind in ("different", "no-gradient", "zero-gradient"):
            parts.append(self._relation(function, seen))
        parts.append(side[1] if side else "")
        text = " ".join(part for part in parts if part) or "The result differs from the expected one."
        return self._say(
            kind, text, seen, details=f"{probe.says}\n{details}".rstrip() + self._agreed(differs.probe, seen)
        )

    def _relation(self, function: Function, seen: Sight) -> str:
        """Say how the wrong numbers come from the right ones, in one sentence, if there is one."""
        return pattern(self.expected, seen, function, self._answer, self.probes, self.tables)

    def _agreed(self, before: int, seen: Sight) -> str:
        """Say so if everything before this probe is right."""
        earliest = first_difference(self.expected, seen)
        if not before or (earliest is not None and earliest.probe < before):
            return ""
        return (
            "\n(The probe before this one agrees.)"
            if before == 1
            else f"\n(The {before} probes before this one agree.)"
        )

    def _say(self, kind: str, message: str, seen: Sight, *, details: str = "", mistake: str | None = None) -> Verdict:
        return Verdict(kind, self.name, message, details.strip("\n"), seen.printed, mistake)


def _count(number: int, word: str) -> str:
    return f"the {word}" if number == 1 else f"all {number} {word}s"
