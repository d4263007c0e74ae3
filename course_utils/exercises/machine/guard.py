"""Run a learner's function so that nothing it does can hurt the notebook, and note what it did."""

import builtins
import io
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_utils.exercises.machine.limits import Clock, TimeLimit, call_within, can_interrupt

KEPT_CHARACTERS = 1000
_WATCHED = (torch, torch.nn.functional, torch.Tensor, torch.distributions.Normal, builtins)


class Exit(BaseException):
    """The code under test asked the process to end at once."""


@dataclass
class Ran:
    """What came of one call.

    Attributes
    ----------
    value : object
        What the function returned, if it did.
    error : BaseException or None
        What it raised instead: also `TimeLimit`, `Exit` and ``SystemExit``.
    effects : dict of str to str
        Kind of side effect (``"mutated"``, ``"seeded"``, ``"random-state"``, ``"global-state"``) and what was touched.
    printed : str
        What it printed: the first 1,000 characters.
    seconds : float
        How long it took, as `limits.Clock` counts.
    imported : bool
        Whether modules were imported meanwhile.
    """

    value: Any = None
    error: BaseException | None = None
    effects: dict[str, str] = field(default_factory=dict)
    printed: str = ""
    seconds: float = 0.0
    imported: bool = False


def run(function: Callable[..., Any], arguments: tuple[Any, ...], *, seed: int, seconds: float) -> Ran:
    """Call ``function(*arguments)`` under guard.

    Every exception is caught except ``KeyboardInterrupt``, which is the user's. The call sees PyTorch's defaults
    (float32, gradients on) and its global random state seeded with `seed`; afterwards the caller's own state is
    back: random numbers of PyTorch, NumPy and ``random``, default dtype, gradient mode, and the functions of ``torch``
    itself, should one have been replaced.

    Parameters
    ----------
    function : callable
        Code of unknown quality.
    arguments : tuple
        Positional arguments. Tensors among them are compared with a copy made before.
    seed : int
        For the global random states of PyTorch, NumPy and ``random`` during the call.
    seconds : float
        Time limit; see `course_utils.exercises.machine.limits.call_within` for where it cannot work.

    Returns
    -------
    Ran
        What came back, and what else happened.
    """
    ran, out = Ran(), _ShortStream()
    before = {i: a.detach().clone() for i, a in enumerate(arguments) if isinstance(a, Tensor)}
    clock, modules = Clock(), len(sys.modules)
    with _own_state(ran, seed), _no_way_out(), redirect_stdout(out), redirect_stderr(out):
        try:
            ran.value = call_within(seconds, function, *arguments)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever it is, it becomes a verdict
            ran.error = error
    ran.seconds, ran.imported = clock.seconds(), len(sys.modules) > modules
    ran.printed = out.kept()
    if ran.error is None and ran.seconds > seconds and can_interrupt():
        ran.error = TimeLimit()  # swallowed by the code, but the time was up
    changed = [str(i) for i, copy in before.items() if _changed(copy, arguments[i])]
    if changed:
        ran.effects["mutated"] = " ".join(changed)
    return ran


class _ShortStream(io.TextIOBase):
    """A text stream that keeps the beginning and counts the rest."""

    def __init__(self) -> None:
        self._text, self._dropped = "", 0

    def write(self, text: str) -> int:
        room = KEPT_CHARACTERS - len(self._text)
        self._text += text[:room]
        self._dropped += max(0, len(text) - room)
        return len(text)

    def kept(self) -> str:
        text = self._text.rstrip()
        return f"{text}\n… and {self._dropped:,} characters more" if self._dropped else text


def _changed(copy: Tensor, now: Tensor) -> bool:
    if copy.shape != now.shape or copy.dtype != now.dtype:
        return True
    return not torch.allclose(copy, now.detach(), rtol=0, atol=0, equal_nan=True)


@contextmanager
def defaults() -> Iterator[None]:
    """Run a block with PyTorch's defaults (float32, gradients on, CPU), and without warnings."""
    dtype, device = torch.get_default_dtype(), torch.get_default_device()
    torch.set_default_dtype(torch.float32)
    _use_device(device, torch.device("cpu"))
    try:
        with torch.inference_mode(False), torch.enable_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.set_default_dtype(dtype)
        _use_device(torch.get_default_device(), device)


def _use_device(now: torch.device, wanted: torch.device) -> None:
    if now != wanted:  # None, not "cpu": with any default device set, every call in the notebook becomes slower
        torch.set_default_device(None if wanted.type == "cpu" else wanted)


@contextmanager
def _own_state(ran: Ran, seed: int) -> Iterator[None]:
    """Give the call a known global state, note what it left behind, and put the caller's back."""
    torch_state, python_state, numpy_state = torch.get_rng_state(), random.getstate(), np.random.get_state()  # noqa: NPY002
    spaces = [(space, dict(vars(space))) for space in _WATCHED]
    torch.default_generator.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - what a learner may call
    fresh = torch.get_rng_state()
    try:
        with defaults():
            yield
            if torch.default_generator.initial_seed() != seed:
                ran.effects["seeded"] = "torch.manual_seed"
            elif not torch.equal(fresh, torch.get_rng_state()):
                ran.effects["random-state"] = "the global random state"
            if torch.get_default_dtype() != torch.float32:
                ran.effects["global-state"] = "PyTorch's default dtype"
            if torch.get_default_device().type != "cpu":
                ran.effects["global-state"] = "PyTorch's default device"
            if not torch.is_grad_enabled():
                ran.effects["global-state"] = "PyTorch's gradient mode"
    finally:
        replaced = [name for space, names in spaces for name in _put_back(space, names)]
        if replaced:
            ran.effects["global-state"] = ", ".join(f"`{name}`" for name in replaced[:3])
        torch.set_rng_state(torch_state)
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002 - what a learner may call


def _put_back(space: Any, names: dict[str, Any]) -> list[str]:
    """Undo replaced, deleted and, in a class, added names; a module may gain some by lazy imports."""
    now = dict(vars(space))
    if now == names:  # compares identities first, and is done in microseconds
        return []
    changed = [n for n, value in names.items() if not n.startswith("_") and now.get(n, Exit) is not value]
    for name in changed:
        setattr(space, name, names[name])
    added = [n for n in now if n not in names and not n.startswith("_")] if isinstance(space, type) else []
    for name in added:
        delattr(space, name)
    return [f"{space.__name__}.{name}" for name in changed + added]


@contextmanager
def _no_way_out() -> Iterator[None]:
    """Let ``os._exit`` and ``os.abort`` raise instead of ending the process, and keep the recursion limit.

    A function imported by name before (``from os import _exit``) is out of reach.
    """

    def leave(*arguments: Any) -> None:
        raise Exit

    exits, depth = (os._exit, os.abort), sys.getrecursionlimit()
    os._exit = os.abort = leave  # type: ignore[assignment]
    try:
        yield
    finally:
        os._exit, os.abort = exits
        sys.setrecursionlimit(depth)


def line_of(error: BaseException, function: Callable[..., Any]) -> tuple[int, str] | None:
    """Find the line of the learner's own code on which `error` arose.

    Parameters
    ----------
    error : BaseException
        As caught.
    function : callable
        The learner's function: its file is where we look.

    Returns
    -------
    (int, str) or None
        Line number in the learner's cell or file, and the text of that line (empty if the source is not to be had).
    """
    code = getattr(unwrapped(function), "__code__", None)
    found, trace = None, error.__traceback__
    while code is not None and trace is not None:
        if trace.tb_frame.f_code.co_filename == code.co_filename:
            found = (trace.tb_lineno, _source_line(trace))
        trace = trace.tb_next
    return found


def _source_line(trace: TracebackType) -> str:
    import linecache

    return linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno).strip()


def unwrapped(function: Any) -> Any:
    """Return the plain function behind a partial, a method, a decorated function, a module or a module's class."""
    for _ in range(20):
        if isinstance(function, (type, torch.nn.Module)):
            function = getattr(function, "forward", function)
        inner = getattr(function, "__wrapped__", None) or getattr(function, "func", None)
        inner = inner or getattr(function, "__func__", None)
        if inner is None:
            break
        function = inner
    return function
