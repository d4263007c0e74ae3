"""The judgement: from what the probes saw to a verdict."""

from collections.abc import Callable
from functools import cached_property

from torch import Tensor

from course_utils.exercises.machine.comparison import how_far, reduction, shape_meaning
from course_utils.exercises.machine.declaration import Declaration, Mistake
from course_utils.exercises.machine.detectors import pattern, randomised
from course_utils.exercises.machine.facts import same
from course_utils.exercises.machine.observation import VALUES, Difference, Observation, Observer, first_difference
from course_utils.exercises.machine.verdicts import Verdict
from course_utils.exercises.machine.wording import describe

Function = Callable[..., object]

_EFFECTS = {
    "mutated": "Your function changes its {}: whoever called it still needs the old numbers. "
    "Write `a = a + b` instead of `a += b`, and avoid methods that end in `_` on arguments.",
    "seeded": "Your function sets the global random seed. That fixes every random number drawn afterwards, everywhere "
    "in the notebook; and calling it twice gives the same draw twice. Leave the seed to whoever calls.",
    "random-state": "Your function draws from {}, although it need not draw there: all the randomness it needs comes "
    "in through its arguments.",
    "global-state": "Your function changes {} for everything that runs after it. (It has been put back.)",
}


class Judge:
    """Judges answers to one exercise.

    Parameters
    ----------
    exercise : Declaration
        The task, its reference solution, its probes and its known mistakes.
    """

    def __init__(self, exercise: Declaration) -> None:
        self._exercise = exercise
        self._observers: dict[str, Observer] = {}

    @cached_property
    def expected(self) -> Observation:
        """What the probes see of the reference solution."""
        exercise = self._exercise
        if not exercise.probes:
            raise ValueError(f"the exercise {exercise.name!r} has no probes; any answer would pass")
        seen = self._observer(exercise.answer).take_all()
        if seen.fault is not None:
            raise ValueError(f"the reference solution of {exercise.name!r} fails its own probes: {seen.fault.text}")
        for probe, facts in zip(exercise.probes, seen.facts, strict=True):
            if all(fact.role == "form" for fact in facts):
                raise ValueError(f"a probe of {exercise.name!r} sees nothing that can be compared: {probe.says}")
        return seen

    def observed(self, mistake: Mistake) -> Observation:
        """Return what the probes see of a known mistake; computed once."""
        return self._observer_of(mistake).take_all()

    def verdict(self, function: Function) -> Verdict:
        """Take all probes to a function, and say what they show."""
        expected = self.expected  # before any code of the learner has run
        seen = self._observer(function).take_all()
        differs = self._first(seen)
        side = _effect(seen.effects, may_draw=self._exercise.may_draw)
        if seen.fault is not None and seen.fault.kind == "not-attempted":
            return self._say("not-attempted", seen.fault.text, seen)
        known = self.recognise(seen)
        if known is not None:
            return self._known(known, seen)
        if seen.fault is not None and first_difference(expected, seen, VALUES) is None:
            return self._interrupted(seen)
        if differs is not None:
            return self._different(function, seen, differs, side)
        if side is not None:
            return self._say(*side, seen)
        return self._say("passed", f"Right on {_count(len(self._exercise.probes), 'probe')}.", seen)

    def recognise(self, seen: Observation) -> Mistake | None:
        """Find the one known mistake that looks like `seen` on every fact, or else on every value."""
        if first_difference(self.expected, seen) is None and seen.fault is None:
            return None
        possible = [m for m in self._exercise.mistakes.values() if self._possible(m, seen)]
        for roles in ((*VALUES, "gradient"), VALUES):
            if first_difference(self.expected, seen, roles) is None and seen.fault is None:
                continue
            found = [m for m in possible if self._alike(self.observed(m), seen, roles)]
            if len(found) == 1:
                return found[0]
        return None

    def _possible(self, mistake: Mistake, seen: Observation) -> bool:
        """Take probes to a mistake until one shows another value; most differ on the first or second."""
        observer = self._observer_of(mistake)
        while first_difference(observer.seen, seen, VALUES) is None:
            if not observer.take_next():
                return True
        return False

    def _alike(self, mistake: Observation, seen: Observation, roles: tuple[str, ...]) -> bool:
        if first_difference(mistake, seen, roles) is not None:
            return False
        if mistake.fault is not None or len(seen.facts) > len(mistake.facts):
            return mistake.fault == seen.fault and len(seen.facts) == len(mistake.facts)
        return seen.fault is None or first_difference(self.expected, seen, VALUES) is not None

    def _observer(self, function: Function) -> Observer:
        exercise = self._exercise
        return Observer(function, exercise.probes, exercise.returns, exercise.parameters)

    def _observer_of(self, mistake: Mistake) -> Observer:
        if mistake.name not in self._observers:
            self._observers[mistake.name] = self._observer(mistake.function)
        return self._observers[mistake.name]

    def _first(self, seen: Observation) -> Difference | None:
        """Find the first difference, in the values of all probes before the gradients of any."""
        return first_difference(self.expected, seen, VALUES) or first_difference(self.expected, seen)

    # The verdicts

    def _interrupted(self, seen: Observation) -> Verdict:
        assert seen.fault is not None  # noqa: S101 - the caller has just seen it
        before = len(seen.facts) - 1
        details = "" if seen.fault.kind == "timeout" else self._exercise.probes[before].says
        return self._say(seen.fault.kind, seen.fault.text, seen, details=details + self._agreed(before, seen))

    def _known(self, mistake: Mistake, seen: Observation) -> Verdict:
        differs = self._first(seen)
        details = ""
        if differs is not None:
            shown = describe(differs.expected, differs.got)[2]
            details = f"{self._exercise.probes[differs.probe].says}\n{shown}".rstrip()
        text = mistake.sentence + self._besides(self.observed(mistake), seen) + self._written_into(mistake, seen)
        return self._say("mistake", text, seen, details=details, mistake=mistake.name)

    def _besides(self, mistake: Observation, seen: Observation) -> str:
        """Say what else is wrong, beyond the known mistake."""
        also = first_difference(mistake, seen)
        if also is not None:
            truth = [fact for fact in self.expected.facts[also.probe] if fact.name == also.expected.name]
            right = also.got is not None and any(same(fact, also.got) for fact in truth)
            other = describe(also.expected, also.got)[1] or f"{also.expected.name} is not right either."
            return "" if right else f"\nBesides: {other}"
        return f"\nBesides: {seen.fault.text}" if seen.fault is not None and seen.fault != mistake.fault else ""

    def _written_into(self, mistake: Mistake, seen: Observation) -> str:
        """Say that an argument was changed, which may be the reason why the known mistake was made."""
        if "mutated" not in seen.effects or "mutated" in self.observed(mistake).effects:
            return ""
        text = _EFFECTS["mutated"].format(seen.effects["mutated"])
        return f"\nBesides, and perhaps the reason: {text[0].lower()}{text[1:]}"

    def _different(
        self, function: Function, seen: Observation, differs: Difference, side: tuple[str, str] | None
    ) -> Verdict:
        kind, message, details = describe(differs.expected, differs.got)
        text = " ".join(part for part in [*self._reasons(function, seen, differs), side[1] if side else ""] if part)
        shown = f"{self._exercise.probes[differs.probe].says}\n{details}".rstrip()
        return self._say(kind, text or message, seen, details=shown + self._agreed(differs.probe, seen))

    def _reasons(self, function: Function, seen: Observation, differs: Difference) -> list[str]:
        """Say what is seen, and how the wrong numbers come from the right ones: in the simplest way that is true."""
        exercise = self._exercise
        kind, message, _ = describe(differs.expected, differs.got)
        note = differs.expected.note if differs.got is None else differs.got.note
        one_number = differs.got is not None and differs.got.value == "a float"
        if kind == "form" and not one_number:
            return [message, note]
        reduced = reduction(self.expected, seen, exercise.axes, exercise.summands, exercise.probes)
        if kind == "form":
            return [message, reduced or note]
        if reduced:
            return [reduced, message, note if kind == "different" else ""]
        if kind == "shape":
            return [message, note, shape_meaning(self.expected, seen, differs, exercise.axes)]
        if kind not in ("different", "no-gradient", "zero-gradient"):
            return [message, note, randomised(function) if kind == "random" else ""]
        numbers = isinstance(differs.expected.value, Tensor) and differs.expected.error is None
        related = pattern(self.expected, seen, function, exercise.answer, exercise.probes, exercise.tables)
        far = "" if related or (note and not numbers) else how_far(self.expected, seen, differs)
        return [message, note, related, far]

    def _agreed(self, before: int, seen: Observation) -> str:
        """Say so if everything before this probe is right."""
        earliest = first_difference(self.expected, seen)
        if not before or (earliest is not None and earliest.probe < before):
            return ""
        if before == 1:
            return "\n(The probe before this one agrees.)"
        return f"\n(The {before} probes before this one agree.)"

    def _say(
        self, kind: str, message: str, seen: Observation, *, details: str = "", mistake: str | None = None
    ) -> Verdict:
        return Verdict(kind, self._exercise.name, message, details.strip("\n"), seen.printed, mistake)


def _effect(effects: dict[str, str], *, may_draw: bool) -> tuple[str, str] | None:
    """Return kind and text of the first side effect that is not allowed."""
    for kind, text in _EFFECTS.items():
        if kind in effects and not (may_draw and kind == "random-state"):
            return kind, text.format(effects[kind])
    return None


def _count(number: int, word: str) -> str:
    return f"the {word}" if number == 1 else f"all {number} {word}s"
