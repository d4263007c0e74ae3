"""What the probes see of a function, and the first thing in which two functions differ."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from course_utils.exercises.machine import guard
from course_utils.exercises.machine.facts import Fact, same
from course_utils.exercises.machine.probes import Call, Fault, Probe

Shape = tuple[int, ...]
VALUES = ("form", "value")
"""The roles of facts that are judged first: the values of all probes come before the gradients of any."""


@dataclass
class Observation:
    """What all probes saw of one function.

    Attributes
    ----------
    facts : list of list of Fact
        One list for each probe that was begun.
    shapes : list of list of dict
        For each fact, the shapes of the arguments with which the function was called last.
    fault : Fault or None
        What ended the last of them early.
    effects, printed
        See `course_utils.exercises.machine.probes.Call`.
    """

    facts: list[list[Fact]] = field(default_factory=list)
    shapes: list[list[dict[str, Shape]]] = field(default_factory=list)
    fault: Fault | None = None
    effects: dict[str, str] = field(default_factory=dict)
    printed: str = ""


@dataclass(frozen=True)
class Difference:
    """The first fact that differs: at which probe, what was expected, what was seen (None: nothing of that name)."""

    probe: int
    expected: Fact
    got: Fact | None


class Observer:
    """Takes the probes to a function, one after the other.

    Attributes
    ----------
    seen : Observation
        Of the probes taken so far.
    """

    def __init__(
        self, function: Callable[..., object], probes: Iterable[Probe], returns: tuple[str, ...], names: tuple[str, ...]
    ) -> None:
        self.seen = Observation()
        self._call, self._probes, self._returns = Call(function, names), iter(probes), returns

    def take_next(self) -> bool:
        """Take the next probe; False if there is none, or an earlier one could not be finished."""
        probe = None if self.seen.fault else next(self._probes, None)
        if probe is None:
            return False
        self.seen.facts.append([])
        self.seen.shapes.append([])
        try:
            with guard.defaults():
                for fact in probe.look(self._call, self._returns):
                    self.seen.facts[-1].append(fact)
                    self.seen.shapes[-1].append(self._call.shapes)
        except Fault as fault:
            self.seen.fault = fault
        except Exception as error:  # a probe's own code met something it could not examine
            self.seen.fault = Fault("form", f"What came back could not be examined: {str(error)[:200]}")
        self.seen.effects, self.seen.printed = self._call.effects, self._call.printed
        return True

    def take_all(self) -> Observation:
        """Take all probes that are left, and return what was seen."""
        while self.take_next():
            pass
        return self.seen


def first_difference(
    expected: Observation, got: Observation, roles: tuple[str, ...] = ("form", "value", "gradient")
) -> Difference | None:
    """Find the first fact that differs, among those of the given roles, as far as `got` was seen."""
    for probe, (wanted, found) in enumerate(zip(expected.facts, got.facts, strict=False)):
        complete = got.fault is None or probe < len(got.facts) - 1
        named = {fact.name: fact for fact in found if fact.role in roles}
        for fact in (fact for fact in wanted if fact.role in roles):
            other = named.get(fact.name)
            if other is None and not complete:
                break
            if other is None or not same(fact, other):
                return Difference(probe, fact, other)
    return None
