"""A time limit for code that may loop for ever, even if it catches every exception."""

import dis
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any

AGAIN = 0.05  # seconds between two alarms, for code that swallows the first

# Instructions at which the interpreter has nothing half done. Between handling an exception and forgetting it, it has:
# an exception raised there would stay behind as the context of every later one.
_SAFE = ("JUMP_", "POP_JUMP_", "NOP", "RESUME", "LOAD_FAST", "LOAD_GLOBAL", "FOR_ITER")


PATIENCE = 6
"""Waiting (for a busy machine, a lock, a sleep) counts a sixth of computing."""


class Clock:
    """Counts the time that this thread computes, not the time that a busy machine lets it wait.

    Waiting counts as well, but only one part in `PATIENCE`: what sleeps or waits for ever comes to an end, too.
    """

    def __init__(self) -> None:
        self._computing, self._wall = time.thread_time(), time.monotonic()

    def seconds(self) -> float:
        """Return the time since the clock was made."""
        return max(time.thread_time() - self._computing, (time.monotonic() - self._wall) / PATIENCE)


class TimeLimit(BaseException):
    """The time is up. No `Exception`, so that ``except Exception`` in the code under test does not stop it."""


def can_interrupt() -> bool:
    """Whether `call_within` can interrupt here: it needs the main thread and a system with ``setitimer``."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def call_within(seconds: float, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call ``function(*arguments)``, and raise `TimeLimit` in it when it has run for `seconds`.

    The alarm is repeated, and once it rang every instruction is watched: `TimeLimit` is raised again as soon as fewer
    ``except`` clauses surround the code than ever before. So a bare ``except:`` inside an endless loop is left, too.

    It cannot work on Windows (no ``setitimer``), outside the main thread, and while C code runs that does not return
    to Python. There the call has no limit. A timer that was already set (a debugger's, a test runner's) is put back
    with the time it has left.

    Parameters
    ----------
    seconds : float
        More than 0, as `Clock` counts.
    function : callable
        What to call.
    *arguments
        Positional arguments.

    Returns
    -------
    object
        What the function returned.
    """
    if not can_interrupt():
        return function(*arguments)
    watch = _Watch(seconds)
    with _alarm(watch, seconds):
        try:
            return function(*arguments)
        finally:
            watch.on = False


@contextmanager
def _alarm(watch: "_Watch", seconds: float) -> Iterator[None]:
    """Set the alarm, and put everything back that was there before."""
    tracer, handler, started = sys.gettrace(), signal.getsignal(signal.SIGALRM), time.monotonic()
    hook = sys.unraisablehook

    def without_alarms(lost: Any) -> None:
        # An alarm that rings in a finalizer is lost, and rings again: nobody need hear of it.
        if not issubclass(lost.exc_type, TimeLimit):
            on, watch.on = watch.on, False
            hook(lost)
            watch.on = on

    sys.unraisablehook = without_alarms
    signal.signal(signal.SIGALRM, watch.on_alarm)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        watch.on = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = hook
        if watch.rang:
            sys.settrace(tracer)
        signal.signal(signal.SIGALRM, handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - started), 1e-3), interval)


class _Watch:
    """Handles the alarms of one call."""

    def __init__(self, seconds: float) -> None:
        self._clock, self._seconds = Clock(), seconds
        self.on = True
        self.rang = False
        self.fewest = sys.maxsize

    def on_alarm(self, signum: int, frame: FrameType | None) -> None:
        if not self.on or (not self.rang and self._clock.seconds() < self._seconds):
            return  # too early: the machine was busy with something else
        self.rang = True
        self.fewest = min(self.fewest, _clauses_around(frame))
        while frame is not None and frame.f_code.co_filename != __file__:
            frame.f_trace_opcodes = True
            frame.f_trace = self._watch
            frame = frame.f_back
        sys.settrace(self._watch)
        raise TimeLimit

    def _watch(self, frame: FrameType, event: str, arg: Any) -> Callable[..., Any] | None:
        if not self.on or frame.f_code.co_filename == __file__:
            return None
        frame.f_trace_opcodes = True
        if event in ("line", "opcode") and _is_safe(frame) and (clauses := _clauses_around(frame)) < self.fewest:
            self.fewest = clauses  # Python drops a tracer that raises; the next alarm brings it back
            raise TimeLimit
        return self._watch


def _is_safe(frame: FrameType) -> bool:
    return dis.opname[frame.f_code.co_code[frame.f_lasti]].startswith(_SAFE)


def _clauses_around(frame: FrameType | None) -> int:
    """Count the handlers that an exception raised here would meet on its way out of the call."""
    count = 0
    while frame is not None and frame.f_code.co_filename != __file__:
        count += _handlers(frame.f_code, frame.f_lasti)
        frame = frame.f_back
    return count


@lru_cache(maxsize=4096)
def _handlers(code: CodeType, offset: int) -> int:
    """Count the nested handlers round one instruction: the one that covers it, the one round that one, and so on."""
    table = getattr(dis.Bytecode(code), "exception_entries", ())
    count, visited = 0, set()
    while offset not in visited:
        visited.add(offset)
        target = next((entry.target for entry in table if entry.start <= offset < entry.end), None)
        if target is None:
            return count
        count, offset = count + 1, target
    return count
