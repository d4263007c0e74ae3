"""A learner's function may do anything: every check survives it and says what happened."""

import builtins
import os
import random
import signal
import subprocess
import sys
import threading
import time
import types

import numpy as np
import pytest
import torch

from course_utils.exercises import Exercise, Fact, given
from course_utils.exercises import lesson04 as ex
from course_utils.exercises.machine import probes
from course_utils.exercises.machine.limits import TimeLimit, call_within, can_interrupt

needs_alarm = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no setitimer: no time limit")


def right(mu, logvar, eps):
    return mu + (0.5 * logvar).exp() * eps


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(probes, "SECONDS", 0.3)


# What is passed instead of a function


@pytest.mark.parametrize(
    ("thing", "says"),
    [
        (3.0, "without calling it"),
        (None, "You passed None"),
        (torch.zeros(2), "You passed a tensor"),
        ("reparameterize", "You passed a str"),
        (types, "a Python module"),
        (dict, "a class"),
        (object(), "You passed an object"),
    ],
)
def test_check_names_what_is_no_function(thing, says):
    verdict = ex.reparameterize.check(thing)
    assert verdict.kind == "not-a-function"
    assert says in verdict.text


def test_check_refuses_generators_and_coroutines():
    def lazily(mu, logvar, eps):
        yield mu

    async def later(mu, logvar, eps):
        return mu

    assert "yield" in ex.reparameterize.check(lazily).text
    assert "async" in ex.reparameterize.check(later).text


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda mu, logvar: mu, "2 (mu, logvar)"),
        (lambda: 0, "none"),
        (lambda mu, logvar, eps, more: mu, "4 (mu, logvar, eps, more)"),
        (lambda logvar, mu, eps: mu, "in the order (mu, logvar, eps)"),
    ],
)
def test_check_explains_wrong_parameters(function, says):
    verdict = ex.reparameterize.check(function)
    assert verdict.kind == "signature"
    assert says in verdict.text


# Not attempted


def stub_ellipsis(mu, logvar, eps):
    """With a docstring."""
    ...


def stub_pass(mu, logvar, eps):
    # 1. the standard deviation
    pass


def stub_none(mu, logvar, eps):
    return None


def stub_raise(mu, logvar, eps):
    raise NotImplementedError


def stub_raise_message(mu, logvar, eps):
    raise NotImplementedError("your turn")


def stub_hole(mu, logvar, eps):
    std = ...
    return mu + std * eps


def stub_result(mu, logvar, eps):
    z = ...
    return z


def stub_later(mu, logvar, eps):
    std = (0.5 * logvar).exp()
    if std is not None:
        raise NotImplementedError


@pytest.mark.parametrize(
    "stub", [stub_ellipsis, stub_pass, stub_none, stub_raise, stub_raise_message, stub_hole, stub_result, stub_later]
)
def test_check_stub_is_not_attempted(stub):
    assert ex.reparameterize.check(stub).kind == "not-attempted"


def test_check_class_without_forward_is_not_attempted():
    class Heads(torch.nn.Module):
        def __init__(self, hidden, latent):
            super().__init__()

    class Empty(Heads):
        def forward(self, h): ...

    assert ex.encoder_heads.check(Heads).kind == "not-attempted"
    assert ex.encoder_heads.check(Empty).kind == "not-attempted"


@pytest.mark.parametrize("name", [name for name in ex.__all__ if isinstance(getattr(ex, name), Exercise)])
def test_check_any_exercise_accepts_a_stub(name):
    verdict = getattr(ex, name).check(lambda *arguments: None)
    assert verdict.kind == "not-attempted"
    assert not verdict.passed


# Errors


def raises(mu, logvar, eps):
    std = logvar.exponential_function()
    return mu + std * eps


def test_check_exception_says_type_message_and_line():
    verdict = ex.reparameterize.check(raises)
    assert verdict.kind == "error"
    assert "AttributeError" in verdict.text
    assert "exponential_function" in verdict.text
    assert f"line {raises.__code__.co_firstlineno + 1}: `std = logvar.exponential_function()`" in verdict.text
    assert "logvar = [[-2, 0.5, 2.197]]" in verdict.text


def test_check_exception_of_code_without_source_still_has_a_line():
    space: dict = {}
    exec("def broken(mu, logvar, eps):\n    return mu @ 3", space)
    assert "in line 2." in ex.reparameterize.check(space["broken"]).text


class MuteError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Private(BaseException):
    pass


def recursive(mu, logvar, eps):
    return recursive(mu, logvar, eps)


def throw(error):
    def function(mu, logvar, eps):
        raise error

    return function


@pytest.mark.parametrize("function", [recursive, throw(MuteError()), throw(Private("x" * 5000)), throw(MemoryError())])
def test_check_survives_every_exception(function):
    verdict = ex.reparameterize.check(function)
    assert verdict.kind == "error"
    assert len(verdict.text) < 1500


@pytest.mark.parametrize("leave", [sys.exit, lambda code: os._exit(code), lambda code: os.abort()])
def test_check_survives_exit(leave):
    def leaves(mu, logvar, eps):
        leave(0)

    verdict = ex.reparameterize.check(leaves)
    assert verdict.kind == "exit"
    assert "return" in verdict.text


def test_check_exit_functions_work_again_afterwards():
    before = os._exit, os.abort
    ex.reparameterize.check(lambda mu, logvar, eps: os._exit(1))
    assert (os._exit, os.abort) == before


def test_check_lets_keyboard_interrupt_through_and_restores_state():
    def interrupted(mu, logvar, eps):
        torch.set_grad_enabled(False)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ex.reparameterize.check(interrupted)
    assert torch.is_grad_enabled()
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0 or signal.getsignal(signal.SIGALRM) is not None


def test_check_works_for_one_batch_size_only():
    def single(mu, logvar, eps):
        return (mu.view(1, -1) + (0.5 * logvar).exp().view(1, -1) * eps.view(1, -1)).view(mu.shape[1]).unsqueeze(0)

    verdict = ex.reparameterize.check(single)
    assert verdict.kind == "error"
    assert "(The 2 probes before this one agree.)" in verdict.text


def test_check_works_for_one_latent_size_only():
    def three(mu, logvar, eps):
        return torch.cat([(mu + (0.5 * logvar).exp() * eps)[:, :1] for _ in range(1)], dim=1)

    verdict = ex.reparameterize.check(three)
    assert verdict.kind == "shape"
    assert "(1, 3)" in verdict.text


# What comes back


@pytest.mark.parametrize(
    ("function", "kind", "says"),
    [
        (lambda mu, logvar, eps: print(end=""), "nothing", "`return`"),
        (lambda mu, logvar, eps: 3.0 * len(mu), "form", "a float"),
        (lambda mu, logvar, eps: right(mu, logvar, eps).sum().item(), "form", "`.item()`"),
        (lambda mu, logvar, eps: right(mu, logvar, eps).detach().numpy(), "form", "numpy"),
        (lambda mu, logvar, eps: (right(mu, logvar, eps),), "form", "comma"),
        (lambda mu, logvar, eps: (right(mu, logvar, eps), logvar), "form", "2 tensors"),
        (lambda mu, logvar, eps: {"z": right(mu, logvar, eps)}, "form", "a dict"),
        (lambda mu, logvar, eps: [], "form", "list of 0 tensors"),
        (lambda mu, logvar, eps: object(), "form", "object"),
        (lambda mu, logvar, eps: right(mu, logvar, eps)[None], "shape", "(1, 1, 3)"),
        (lambda mu, logvar, eps: right(mu, logvar, eps).sum(1), "shape", "(1,)"),
        (lambda mu, logvar, eps: right(mu, logvar, eps).double(), "dtype", "torch.float64"),
        (lambda mu, logvar, eps: right(mu, logvar, eps).half(), "dtype", "torch.float16"),
        (lambda mu, logvar, eps: right(mu, logvar, eps) > 0, "dtype", "torch.bool"),
        (lambda mu, logvar, eps: right(mu, logvar, eps) + 0j, "dtype", "torch.complex64"),
        (lambda mu, logvar, eps: right(mu, logvar, eps).to("meta"), "device", "meta"),
        (lambda mu, logvar, eps: right(mu, logvar, eps).to_sparse(), "form", "sparse"),
        (lambda mu, logvar, eps: right(mu, logvar, eps) / 0, "not-finite", "infinite"),
        (lambda mu, logvar, eps: right(mu, logvar, eps) * float("nan"), "not-finite", "NaN"),
        (lambda mu, logvar, eps: mu + (torch.round(eps) - 7) ** 2, "different", "`logvar`"),
        (lambda mu, logvar, eps: right(mu, logvar, eps) + 0.25, "different", "+ 0.25"),
        (lambda mu, logvar, eps: 3 * right(mu, logvar, eps), "different", "3 times"),
        (lambda mu, logvar, eps: -right(mu, logvar, eps), "different", "opposite sign"),
    ],
)
def test_check_says_what_came_back(function, kind, says):
    verdict = ex.reparameterize.check(function)
    assert verdict.kind == kind, verdict.text
    assert says in verdict.text


def test_check_zero_gradient_is_named():
    class Silent(torch.autograd.Function):
        @staticmethod
        def forward(ctx, mu, logvar, eps):
            return right(mu, logvar, eps)

        @staticmethod
        def backward(ctx, grad):
            return torch.zeros_like(grad), torch.zeros_like(grad), None

    verdict = ex.reparameterize.check(lambda mu, logvar, eps: Silent.apply(mu, logvar, eps))
    assert verdict.kind == "zero-gradient"
    assert "zero everywhere" in verdict.text


def test_check_error_in_the_backward_pass_is_reported():
    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx, mu):
            return mu.clone()

        @staticmethod
        def backward(ctx, grad):
            raise ValueError("no way back")

    verdict = ex.reparameterize.check(lambda mu, logvar, eps: right(Broken.apply(mu), logvar, eps))
    assert verdict.kind == "error"
    assert "no way back" in verdict.text


# Side effects


def mutates(mu, logvar, eps):
    logvar *= 0.5
    eps.mul_(logvar.exp())
    return mu + eps


def test_check_mutated_inputs_are_named():
    verdict = ex.reparameterize.check(mutates)
    assert verdict.kind == "mutated"
    assert "`logvar` and `eps`" in verdict.text


def test_check_mutation_of_a_differing_function_is_mentioned():
    def both(mu, logvar, eps):
        mu += 0.123
        return mu * eps.cos()

    verdict = ex.reparameterize.check(both)
    assert verdict.kind == "different"
    assert "changes its argument `mu`" in verdict.text


def test_check_reshaped_input_is_named():
    def reshapes(mu, logvar, eps):
        z = right(mu, logvar, eps)
        mu.unsqueeze_(0)
        return z

    assert "`mu`" in ex.reparameterize.check(reshapes).message


def test_check_features_changed_by_a_module_are_named():
    class Heads(torch.nn.Module):
        def __init__(self, hidden, latent):
            super().__init__()
            self.a, self.b = torch.nn.Linear(hidden, latent), torch.nn.Linear(hidden, latent)

        def forward(self, h):
            both = self.a(h), self.b(h)
            h.data *= 2
            return both

    verdict = ex.encoder_heads.check(Heads)
    assert verdict.kind == "mutated"
    assert "its argument number 1" in verdict.message


def test_check_in_place_on_own_temporaries_is_fine():
    def careful(mu, logvar, eps):
        z = eps * (0.5 * logvar).exp()
        z += mu
        return z

    assert ex.reparameterize.check(careful).passed


def test_check_consumed_random_state_is_named():
    def wasteful(mu, logvar, eps):
        torch.randn(3)
        return right(mu, logvar, eps)

    assert ex.reparameterize.check(wasteful).kind == "random-state"


def test_check_reset_seed_is_named():
    def seeds(mu, logvar, eps):
        torch.manual_seed(0)
        return right(mu, logvar, eps)

    verdict = ex.reparameterize.check(seeds)
    assert verdict.kind == "seeded"
    assert "seed" in verdict.text


def test_check_leaves_random_state_as_it_was():
    torch.manual_seed(7)
    random.seed(7)
    before, python = torch.get_rng_state(), random.getstate()
    ex.sample_posterior.check(ex.sample_posterior.mistakes["uniform_noise"].function)
    ex.reparameterize.check(lambda mu, logvar, eps: torch.manual_seed(random.randint(0, 9)) and mu)
    assert torch.equal(torch.get_rng_state(), before)
    assert random.getstate() == python


def test_check_restores_global_state():
    def meddles(mu, logvar, eps):
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        sys.setrecursionlimit(5000)
        return right(mu, logvar, eps)

    depth = sys.getrecursionlimit()
    assert ex.reparameterize.check(meddles).text
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()
    assert sys.getrecursionlimit() == depth


@pytest.mark.parametrize(
    ("meddle", "says"),
    [
        (lambda: torch.set_default_dtype(torch.float64), "default dtype"),
        (lambda: setattr(torch, "exp", torch.sin), "`torch.exp`"),
        (lambda: delattr(torch, "randn"), "`torch.randn`"),
        (lambda: setattr(torch.Tensor, "exp", torch.Tensor.sin), "`Tensor.exp`"),
        (lambda: setattr(builtins, "len", sum), "`builtins.len`"),
    ],
)
def test_check_meddling_is_undone_and_named(meddle, says):
    exp, randn, method, length = torch.exp, torch.randn, torch.Tensor.exp, len

    def meddles(mu, logvar, eps):
        z = right(mu, logvar, eps)
        meddle()
        return z

    verdict = ex.reparameterize.check(meddles)
    assert verdict.kind == "global-state", verdict.text
    assert says in verdict.text
    assert (torch.exp, torch.randn, torch.Tensor.exp, len) == (exp, randn, method, length)


def test_check_does_not_depend_on_the_state_of_the_notebook():
    torch.set_default_dtype(torch.float64)
    try:
        with torch.no_grad():
            assert ex.reparameterize.check(right).passed
            assert ex.sample_posterior.check(lambda mu, logvar: right(mu, logvar, torch.randn_like(mu))).passed
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_check_ignores_the_default_device_of_the_notebook_and_puts_it_back():
    torch.set_default_device("meta")
    try:
        assert ex.sample_posterior.check(lambda mu, logvar: right(mu, logvar, torch.randn(mu.shape))).passed
        assert torch.get_default_device().type == "meta"
    finally:
        torch.set_default_device(None)


def test_check_changed_default_device_is_undone_and_named():
    def moves(mu, logvar, eps):
        torch.set_default_device("meta")
        return right(mu, logvar, eps)

    assert "default device" in ex.reparameterize.check(moves).message
    assert torch.get_default_device().type == "cpu"


@pytest.mark.parametrize(
    "draw",
    [
        lambda shape: np.random.randn(*shape),  # noqa: NPY002 - what a learner may call
        lambda shape: [[random.gauss(0, 1)] * shape[1]] * shape[0],
    ],
)
def test_check_numpys_and_pythons_random_numbers_are_new_on_every_call(draw):
    exercise = Exercise("Draw", task="", signature="f(x)", returns=["z"], hints=[""], may_draw=True)

    @exercise.probe("Called twice")
    def _(call):
        one, other = (call(torch.zeros(3, 2)) for _ in range(2))
        yield Fact("new noise on the next call", "no" if torch.equal(one, other) else "yes")

    exercise.reference(lambda x: x + torch.randn_like(x))
    assert exercise.check(lambda x: x + torch.tensor(draw(x.shape))).passed
    assert exercise.check(lambda x: x + 1).kind == "different"


def test_check_first_use_of_a_lazy_module_of_torch_is_no_side_effect():
    code = """
import torch
from course_utils.exercises import lesson04 as ex
def reparameterize(mu, logvar, eps):
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    torch.func.grad(torch.sin)(torch.tensor(1.0))
    return mu + (0.5 * logvar).exp() * eps
print(ex.reparameterize.check(reparameterize).kind)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "passed"


def test_check_computes_the_reference_before_the_learners_code_runs():
    order = []
    exercise = Exercise("Order", task="", signature="f(x)", returns=["y"], hints=[""], probes=[given(x=[1.0])])
    exercise.reference(lambda x: order.append("reference") or x)
    exercise.check(lambda x: order.append("learner") or x)
    assert order[0] == "reference"


def test_check_function_that_counts_its_calls_is_random():
    calls = []

    def counts(mu, logvar, eps):
        calls.append(1)
        return mu + len(calls)

    assert ex.reparameterize.check(counts).kind == "random"


def test_check_keeps_what_was_printed_short():
    def chatty(mu, logvar, eps):
        for number in range(2_000):
            print("line", number)
        print("to stderr", file=sys.stderr)
        return right(mu, logvar, eps)

    verdict = ex.reparameterize.check(chatty)
    assert verdict.passed
    assert "line 0\nline 1\n" in verdict.text
    assert "characters more" in verdict.text
    assert len(verdict.text) < 1500


def test_check_prints_nothing_itself(capsys):
    ex.reparameterize.check(lambda mu, logvar, eps: print("hello") or right(mu, logvar, eps))
    assert capsys.readouterr() == ("", "")


# Loops without end


def loop(mu, logvar, eps):
    while True:
        pass


def loop_catching_exceptions(mu, logvar, eps):
    while True:
        try:
            torch.randn(10).sum()
        except Exception:
            continue


def loop_catching_everything(mu, logvar, eps):
    while True:
        try:  # noqa: SIM105 - the very thing under test
            time.sleep(10)
        except:  # noqa: E722
            pass


def loop_catching_everything_twice(mu, logvar, eps):
    while True:
        try:
            try:  # noqa: SIM105
                time.sleep(10)
            except:  # noqa: E722
                pass
        except BaseException:
            mu = mu + 1


def loop_within_a_handler(mu, logvar, eps):
    try:
        while True:
            try:
                torch.ones(3).exp()
            except:  # noqa: E722
                mu = mu + 1
    except:  # noqa: E722
        return right(mu, logvar, eps)


def loop_in_a_helper(mu, logvar, eps):
    def helper():
        try:
            time.sleep(10)
        except:  # noqa: E722
            return 1

    total = 0
    while True:
        total += helper()


def loop_with_finally(mu, logvar, eps):
    while True:
        try:
            time.sleep(10)
        finally:
            continue  # noqa: B012


@needs_alarm
@pytest.mark.parametrize(
    "function",
    [
        loop,
        loop_catching_exceptions,
        loop_catching_everything,
        loop_catching_everything_twice,
        loop_within_a_handler,
        loop_in_a_helper,
        loop_with_finally,
    ],
)
def test_check_interrupts_loops_without_end(function, quick):
    tracer, handler = sys.gettrace(), signal.getsignal(signal.SIGALRM)
    verdict = ex.reparameterize.check(function)
    assert verdict.kind == "timeout", verdict.text
    assert "never ends" in verdict.text
    assert sys.gettrace() is tracer
    assert signal.getsignal(signal.SIGALRM) is handler
    assert sys.exc_info() == (None, None, None)
    with pytest.raises(KeyError) as caught:
        {}["nothing of the interruption stays behind"]
    assert caught.value.__context__ is None


@needs_alarm
def test_check_interruption_that_was_swallowed_is_still_a_timeout(quick):
    def sleeps(mu, logvar, eps):
        try:
            time.sleep(10)
        except BaseException:
            return right(mu, logvar, eps)

    assert ex.reparameterize.check(sleeps).kind == "timeout"


@needs_alarm
def test_check_slow_calls_share_one_limit(quick):
    def slow(mu, logvar, eps):
        time.sleep(0.12)
        return right(mu, logvar, eps)

    assert ex.reparameterize.check(slow).kind == "timeout"


@needs_alarm
def test_call_within_counts_computing_and_not_waiting_for_a_busy_machine():
    assert call_within(0.1, time.sleep, 0.3) is None
    with pytest.raises(TimeLimit):
        call_within(0.1, lambda: [sum(range(1000)) for _ in range(10**9)])


@needs_alarm
def test_check_loop_over_many_rows_is_told_as_such(quick):
    exercise = Exercise(
        "Rows", task="", signature="f(x)", returns=["y"], hints=[""], probes=[given(x=torch.zeros(5000))]
    )
    exercise.reference(lambda x: x)
    verdict = exercise.check(lambda x: torch.stack([row + sum(range(10_000)) for row in x]))
    assert verdict.kind == "timeout"
    assert "It was called with 5,000 rows. A Python loop over them is too slow" in verdict.message


@needs_alarm
def test_call_within_gives_back_a_timer_that_was_set():
    rang = []
    handler = signal.signal(signal.SIGALRM, lambda *_: rang.append(1))
    outer = signal.setitimer(signal.ITIMER_REAL, 100)
    try:
        assert call_within(5, abs, -1) == 1
        assert 90 < signal.getitimer(signal.ITIMER_REAL)[0] <= 100
    finally:
        signal.setitimer(signal.ITIMER_REAL, *outer)
        signal.signal(signal.SIGALRM, handler)
    assert not rang


@needs_alarm
def test_call_within_raises_in_the_call():
    with pytest.raises(TimeLimit):
        call_within(0.05, time.sleep, 5)


@needs_alarm
def test_call_within_restores_the_tracer_of_a_debugger():
    seen = []

    def tracer(frame, event, arg):
        seen.append(event)

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        with pytest.raises(TimeLimit):
            call_within(0.05, time.sleep, 5)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


def test_check_works_in_another_thread_without_a_limit():
    found = []
    thread = threading.Thread(target=lambda: found.append((can_interrupt(), ex.reparameterize.check(right).passed)))
    thread.start()
    thread.join()
    assert found == [(False, True)]


# The other kinds of exercise


@pytest.mark.parametrize("name", ["sample_posterior", "generate", "encoder_heads"])
@pytest.mark.parametrize("value", [3, "text", (), (1, 2), {}, torch.zeros(2).to("meta"), torch.zeros(0), object()])
def test_check_measured_exercises_survive_any_result(name, value):
    verdict = getattr(ex, name).check(lambda *arguments: value)
    assert not verdict.passed
    assert verdict.text


@pytest.mark.parametrize("value", [None, 3, (), (torch.zeros(2), 3), "mu", torch.zeros(400, 3)])
def test_check_heads_survive_any_forward(value):
    class Heads(torch.nn.Module):
        def __init__(self, hidden, latent):
            super().__init__()

        def forward(self, h):
            return (value, value)[0]

    verdict = ex.encoder_heads.check(Heads)
    assert verdict.kind in ("form", "shape", "nothing")


def test_check_unexaminable_result_is_a_verdict():
    class Evil(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            raise RuntimeError("hands off")

    verdict = ex.reparameterize.check(lambda mu, logvar, eps: right(mu, logvar, eps).as_subclass(Evil))
    assert not verdict.passed
    assert "hands off" in verdict.text


def test_exercise_with_a_failing_reference_says_so():
    broken = Exercise("Broken", task="", signature="f(x)", returns=["y"], hints=["none"], probes=[given(x=[1.0])])
    with pytest.raises(ValueError, match="no reference solution"):
        broken.check(lambda x: x)
    broken.reference(lambda x: x.missing)
    with pytest.raises(ValueError, match="fails its own probes"):
        broken.check(lambda x: x)


def test_exercise_probe_that_yields_less_is_noticed():
    less = Exercise("Less", task="", signature="f(x)", returns=["y"], hints=["none"])

    @less.probe("Called with 1")
    def _(call):
        yield Fact("first", "yes")
        if call(torch.ones(1)).sum() > 1:
            yield Fact("second", "yes")

    less.reference(lambda x: x + 1)
    verdict = less.check(lambda x: x * 1)
    assert verdict.kind == "form"
    assert "second" in verdict.text


def test_check_leaves_numpys_random_state_alone():
    def seeds_numpy(mu, logvar, eps):
        np.random.seed(0)  # noqa: NPY002
        return right(mu, logvar, eps)

    before = np.random.get_state()[1].copy()  # noqa: NPY002
    ex.reparameterize.check(seeds_numpy)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_alarm_that_rings_in_a_finalizer_is_lost_without_a_word(monkeypatch):
    class Finalized:
        def __del__(self):
            raise TimeLimit

    heard = []
    monkeypatch.setattr(sys, "unraisablehook", heard.append)
    assert call_within(5, lambda: Finalized() is None) is False
    assert heard == []
    assert sys.unraisablehook == heard.append
