"""The exercise machine: declaring, comparing, recognising, wording."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from course_utils.exercises import Exercise, Fact, Note, Verdict, given, gradient, normal, statistic
from course_utils.exercises.machine.entry import is_stub
from course_utils.exercises.machine.facts import RANDOM, ZERO, close, kind, same, show, show_both
from course_utils.exercises.machine.sampling import noise_facts, variety
from course_utils.exercises.machine.verdicts import as_html, as_text


def triple_exercise():
    exercise = Exercise(
        "Triple",
        task="Return three times x, and x squared.",
        signature="triple(x)",
        returns=["three", "square"],
        hints=["Multiply.", "By 3."],
        probes=[
            given(x=[[2.0]]).gradients("x"),
            given(x=[[1.0, -3.0]]).note("Look at the sign."),
            given(x=normal(5, 4, seed=1)).double(),
        ],
    )

    @exercise.reference
    def _(x):
        return 3 * x, x**2

    @exercise.mistake("You doubled.")
    def doubled(x):
        return 2 * x, x**2

    @exercise.mistake("Your square has lost the sign of its own argument: x·|x| is no square.")
    def signed(x):
        return 3 * x, x * x.abs()

    @exercise.mistake("No gradient reaches x.")
    def cut(x):
        return (3 * x).detach(), (x**2).detach()

    return exercise


@pytest.fixture
def triple():
    return triple_exercise()


# Verdicts


def test_check_passes_and_says_on_how_many_probes(triple):
    verdict = triple.check(lambda y: [y + y + y, y.square()])
    assert verdict.passed
    assert verdict.kind == "passed"
    assert "all 3 probes" in verdict.text


def test_check_known_mistake_shows_sentence_and_numbers(triple):
    verdict = triple.check(lambda x: (x + x, x * x))
    assert verdict.mistake == "doubled"
    assert verdict.text.split("\n")[1:] == [
        "You doubled.",
        "Called with",
        "  x = [[2]]",
        "three",
        "  expected: [[6]]",
        "  yours:    [[4]]",
    ]


def test_check_first_difference_is_shown_with_its_probe_and_note(triple):
    verdict = triple.check(lambda x: (3 * x, x**2 * (1 + (x < 0))))
    assert verdict.kind == "different"
    assert "Look at the sign." in verdict.message
    assert "x = [[1, -3]]" in verdict.text
    assert "expected: [[1, 9]]" in verdict.text
    assert "yours:    [[1, 18]]" in verdict.text
    assert "(The probe before this one agrees.)" in verdict.text
    assert "Only numbers where `x` is negative are off." in verdict.text


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: (x**2, 3 * x), "other order"),
        (lambda x: (3 * x, 2 * x**2), "Square: every number is 2 times the expected one."),
        (lambda x: (3.5 * 3 * x, 3.5 * x**2), "Every number is 3.5 times"),
        (lambda x: (3 * x - 0.5, x**2 - 0.5), "Every number is the expected one − 0.5"),
        (lambda x: (-3 * x, -(x**2)), "opposite sign"),
        (
            lambda x: (torch.ones_like(x), torch.ones_like(x)),
            "14 numbers are too large and 9 too small; farthest off, 1 where -9 is expected.",
        ),
    ],
)
def test_check_pattern_is_said_only_where_it_is_true(triple, function, says):
    verdict = triple.check(function)
    assert verdict.kind == "different"
    assert says in verdict.message
    assert "differs from the expected one" not in verdict.message  # how it differs is always said


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: (3 * x + 9 * (x == -3), x**2), "one of its 23 numbers is off, too large, by 9"),
        (lambda x: (3 * x + 9 * (x == -3) - 4 * (x == 1), x**2), "1 number is too large and 1 too small"),
    ],
)
def test_check_counts_a_single_number_in_the_singular(triple, function, says):
    assert says in triple.check(function).message


def test_check_gradient_is_judged_after_all_values(triple):
    """A wrong value on the last probe is more use than a wrong gradient on the first."""
    verdict = triple.check(lambda x: (3 * x.detach(), x.detach() ** 2 + (x.numel() > 4)))
    assert verdict.kind == "different"
    assert "agree" not in verdict.text


def test_check_missing_gradient_of_one_result_is_different(triple):
    verdict = triple.check(lambda x: (3 * x.detach(), x**2))
    assert verdict.kind == "different"
    assert "gradient of (three + square).sum() with respect to `x`" in verdict.text
    assert "expected: [[7]]" in verdict.text


def test_check_pattern_is_silent_where_only_the_gradient_is_wrong():
    exercise = Exercise(
        "Cut",
        task="",
        signature="f(x)",
        returns=["y"],
        hints=[""],
        probes=[given(x=normal(5, 2, seed=3)).gradients("x")],
    )
    exercise.reference(lambda x: x**2)
    verdict = exercise.check(lambda x: x.detach() ** 2 + 0 * x)
    assert verdict.kind == "zero-gradient"
    assert "Every number" not in verdict.text


def test_normal_is_float32_whatever_the_default_is():
    expected = normal(3, seed=1)
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.equal(normal(3, seed=1), expected)
    finally:
        torch.set_default_dtype(torch.float32)


def test_check_large_tensors_are_summarised():
    exercise = Exercise(
        "Big", task="", signature="f(x)", returns=["y"], hints=[""], probes=[given(x=torch.zeros(50, 4))]
    )
    exercise.reference(lambda x: x + 1)

    def off(x):
        y = x + 1
        y[7, 2] = 5
        y[9, 1] = 2
        return y

    text = exercise.check(off).text
    assert "x = a tensor of shape (50, 4)" in text
    assert "2 of 200 numbers differ, most of all at [7, 2]" in text
    assert "expected: 1\n  yours:    5" in text


def test_check_same_function_gives_same_verdict_twice(triple):
    def function(x):
        return 3 * x + 0.1 * torch.tanh(x), x**2

    assert triple.check(function) == triple.check(function)


def test_verdict_html_escapes_and_marks_code():
    verdict = Verdict("different", "A<b>", "use `x < y` & more", details="1 < 2", printed="<script>")
    page = verdict._repr_html_()
    assert "<code>x &lt; y</code> &amp; more" in page
    assert "A&lt;b&gt;" in page
    assert "<script>" not in page
    assert 'role="status"' in page
    assert repr(verdict) == str(verdict) == verdict.text
    assert "Your function printed:\n<script>" in verdict.text


def test_verdict_kinds_differ_by_more_than_colour():
    heads = {Verdict(kind, "E", "").text.split("\n")[0] for kind in ("passed", "not-attempted", "mistake", "different")}
    assert len(heads) == 4


def test_as_html_keeps_letters_in_code():
    assert as_html("`torch.normal`\nnext") == "<code>torch.normal</code><br>next"


@pytest.mark.parametrize(
    ("text", "page", "plain"),
    [
        ("*One* and **all**.", "<em>One</em> and <strong>all</strong>.", "One and all."),
        ("`a * b` *is* a*b*c", "<code>a * b</code> <em>is</em> a*b*c", "`a * b` is a*b*c"),
        ("2 * 3 * 4", "2 * 3 * 4", "2 * 3 * 4"),
        ("*of μ, σ²*, not `*args`", "<em>of μ, σ²</em>, not <code>*args</code>", "of μ, σ², not `*args`"),
    ],
)
def test_simple_markdown_is_drawn_on_a_page_and_leaves_no_asterisks_in_text(text, page, plain):
    assert as_html(text) == page
    assert as_text(text) == plain
    assert plain in Verdict("different", "E", text).text
    assert page in Verdict("different", "E", text)._repr_html_()


# Declaration


def test_hint_goes_from_first_to_last_and_stays(triple):
    texts = [triple.hint().text for _ in range(3)]
    assert texts[0] == "**Hint 1 of 2.** Multiply."
    assert texts[1] == "**Hint 2 of 2.** By 3."
    assert texts[2].startswith("**Hint 2 of 2.** By 3. That was the last")


def test_solution_shows_the_reference_under_its_public_name(triple):
    assert triple.source() == "def triple(x):\n    return 3 * x, x**2"
    solution = triple.solution()
    assert isinstance(solution, Note)
    assert solution._repr_markdown_() == f"```python\n{triple.source()}\n```"
    assert str(solution) == repr(solution) == solution.text


def test_exercise_shows_its_task(triple):
    assert "Return three times x" in repr(triple)
    assert triple._repr_markdown_().startswith("**Exercise: Triple.** `triple(x)`")


def test_mistake_name_twice_is_an_error(triple):
    with pytest.raises(ValueError, match="doubled"):

        @triple.mistake("Again.")
        def doubled(x):
            return x


def test_exercise_without_hints_is_an_error():
    with pytest.raises(ValueError, match="`hints` must hold at least one text for the exercise 'Bare'"):
        Exercise("Bare", task="", signature="f(x)", returns=["y"], hints=[], probes=[given(x=[1.0])])


def test_exercise_that_any_answer_would_pass_is_an_error():
    without = Exercise("Idle", task="", signature="f(x)", returns=["y"], hints=[""])
    without.reference(lambda x: x)
    with pytest.raises(ValueError, match="'Idle' has no probes"):
        without.check(lambda x: 2 * x)
    blind = Exercise("Blind", task="", signature="f(x)", returns=["y"], hints=[""], probes=[given(x=[1.0])])
    blind.reference(lambda x: object())
    with pytest.raises(ValueError, match="'Blind' sees nothing that can be compared: Called with"):
        blind.check(lambda x: object())


def plain_exercise(reference, x=3.0):
    exercise = Exercise("Plain", task="", signature="f(x)", returns=["y"], hints=[""], probes=[given(x=x)])
    exercise.reference(reference)
    return exercise


PLAIN = {  # right in two ways, then wrong in several
    "float": [
        lambda x: x / 7,
        lambda x: np.float64(x) / 7.0000001,
        lambda x: x / 7 + 1,
        lambda x: x * 0,
        lambda x: str(x / 7),
    ],
    "int": [lambda x: 1_000_000 + int(x), lambda x: np.int64(1_000_003), lambda x: 1_000_004, lambda x: 1_000_003.0],
    "bool": [lambda x: x > 0, lambda x: np.bool_(True), lambda x: x < 0, lambda x: 1],
    "text": [lambda x: f"x = {x}", lambda x: "x = " + str(x), lambda x: "x", lambda x: f"x = {x + 1}"],
    "array": [
        lambda x: np.array([x, 2 * x]),
        lambda x: np.array([2 * x, x])[::-1],
        lambda x: np.array([x, 2 * x + 1]),
        lambda x: np.array([x]),
        lambda x: np.array([x, 2 * x], dtype=np.float32),
    ],
    "list": [lambda x: [x, 2.0], lambda x: (x, 2 * x / 3), lambda x: [x, 3.0], lambda x: [x, 2.0, 0.0], lambda x: [x]],
    "nested list": [
        lambda x: [["mu", x], [1, 2]],
        lambda x: [["mu", 3.0], [1, 2]],
        lambda x: [["mu", x], [1, 3]],
        lambda x: [["std", x], [1, 2]],
        lambda x: [["mu", x], [1, 2], []],
    ],
    "dict": [
        lambda x: {"mu": x, "z": torch.ones(2)},
        lambda x: {"z": torch.ones(2), "mu": x},
        lambda x: {"mu": x + 1, "z": torch.ones(2)},
        lambda x: {"mu": x, "z": torch.zeros(2)},
        lambda x: {"mu": x},
        lambda x: {"mu": x, "z": torch.ones(2), "more": 0},
    ],
}


@pytest.mark.parametrize(("reference", "same_thing", "wrong"), [(a, b, c) for a, b, *c in PLAIN.values()], ids=PLAIN)
def test_check_compares_values_that_are_no_tensors(reference, same_thing, wrong):
    exercise = plain_exercise(reference)
    for right in (reference, same_thing):
        assert exercise.check(right).passed, exercise.check(right).text
    for function in wrong:
        assert exercise.check(function).kind in ("different", "form", "shape", "dtype"), exercise.check(function).text


def test_check_shows_where_a_nested_result_differs():
    text = plain_exercise(lambda x: {"mu": [1.0, x]}).check(lambda x: {"mu": [1.0, x + 1]}).text
    assert "y['mu']\n  expected: [1, 3]\n  yours:    [1, 4]" in text


def test_check_survives_what_cannot_be_compared():
    endless = []
    endless.append(endless)
    exercise = plain_exercise(lambda x: {"mu": torch.ones(2)})
    ragged, objects = [[1.0], [2.0, 3.0]], np.array([object()])
    for odd in (endless, ragged, objects, {"mu": torch.eye(2).to_sparse()}, {Exercise: 1}, [10**400], np.array("x")):
        assert not exercise.check(lambda x, odd=odd: odd).passed


def test_check_argument_without_effect_is_told_for_plain_numbers():
    probes = [given(x=[1.0, 2.0], b=[3.0])]
    exercise = Exercise("Sum", task="", signature="f(x, b)", returns=["y"], hints=[""], probes=probes)
    exercise.reference(lambda x, b: (b * x).sum().item())
    assert "stays the same when `b` changes" in exercise.check(lambda x, b: 2 * x.sum().item()).message


def test_measured_probe_yields_its_own_facts():
    exercise = Exercise("Even", task="", signature="f()", returns=["n"], hints=[""])

    @exercise.probe("Called once")
    def _(call):
        yield Fact("parity", "even" if call() % 2 == 0 else "odd", note="Divide by 2.")

    exercise.reference(lambda: 4)
    assert exercise.check(lambda: 10).passed
    verdict = exercise.check(lambda: 3)
    assert verdict.kind == "different"
    assert verdict.message == "Divide by 2."
    assert "expected: even\n  yours:    odd" in verdict.text


def test_measured_probe_may_say_why_this_very_answer_differs():
    exercise = Exercise("Three", task="t", signature="f()", returns=["y"], hints=["h"])
    exercise.reference(lambda: 3)

    @exercise.probe("Called once")
    def _(call):
        value = call()
        yield Fact("the number", str(value), note="Count again." if value < 10 else "That is no small number.")

    assert exercise.check(lambda: 4).message == "Count again."
    assert exercise.check(lambda: 40).message == "That is no small number."


def test_note_of_given_probe_may_be_made_from_the_result():
    def note(y):
        return f"Your first number is {y[0]:g} times x." if y.shape == (2,) else str(y[7])

    exercise = Exercise(
        "Three", task="t", signature="f(x)", returns=["y"], hints=["h"], probes=[given(x=[1.0, 2.0]).note(note)]
    )
    exercise.reference(lambda x: 3 * x)
    assert exercise.check(lambda x: x**2 + 3).message.startswith("Your first number is 4 times x.")
    assert "kind" not in exercise.check(lambda x: (x, x)).message
    assert "should be (2,)" in exercise.check(lambda x: x.sum()).message


def test_ambiguous_mistake_is_not_guessed(triple):
    @triple.mistake("Both.")
    def doubled_too(x):
        return x + x, x**2

    assert triple.check(lambda x: (2 * x, x**2)).kind == "different"


def test_mistake_that_raises_is_recognised_by_its_message(triple):
    @triple.mistake("You indexed a third column.")
    def third_column(x):
        return 3 * x[:, 2], x**2

    assert triple.check(lambda x: (x[:, 2] * 3, x * x)).mistake == "third_column"
    assert triple.check(lambda x: (x[:, 5] * 3, x * x)).kind == "error"


# Facts


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_close_tolerance_is_relative_to_the_dtype(dtype):
    value = torch.tensor([1e-3, 1.0, 5e3], dtype=dtype)
    tiny, large = (1e-8, 1e-6) if dtype == torch.float64 else (1e-6, 1e-3)
    assert close(value * (1 + tiny), value).all()
    assert not close(value * (1 + large), value)[2]


def test_close_accepts_equal_nan_and_infinity():
    value = torch.tensor([math.nan, math.inf, -math.inf])
    assert close(value, value).all()
    assert close(value.flip(0), value).tolist() == [False, True, False]
    assert close(torch.tensor([1, 2]), torch.tensor([1, 3])).tolist() == [True, False]


def test_same_compares_kind_shape_and_dtype():
    one = Fact("z", torch.ones(2))
    assert same(one, Fact("z", torch.ones(2)))
    assert not same(one, Fact("y", torch.ones(2)))
    assert not same(one, Fact("z", torch.ones(2, 1)))
    assert not same(one, Fact("z", torch.ones(2).double()))
    assert not same(one, Fact("z", None))
    assert not same(Fact("z", None), Fact("z", ZERO))
    assert not same(Fact("z", ZERO), Fact("z", RANDOM))
    assert not same(one, Fact("z", torch.ones(2, device="meta")))


def test_gradient_of_zeros_becomes_words():
    assert gradient("g", torch.zeros(3)).value == ZERO
    assert gradient("g", None).value is None
    assert torch.equal(gradient("g", torch.tensor([0.0, 1.0])).value, torch.tensor([0.0, 1.0]))


def test_statistic_standard_error_is_that_of_the_mean():
    draws = torch.randn(100, 1000, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    fact = statistic("mean", draws.mean(1, keepdim=True))
    assert fact.error.item() == pytest.approx(100_000**-0.5, rel=0.3)
    assert abs(fact.value.item()) < 5 * fact.error.item()


def test_noise_facts_agree_for_any_seed_and_raise_no_false_alarm():
    """Forty independent draws against one reference: not one of some 700 comparisons may differ."""
    draws = [torch.randn(20_000, 3, generator=torch.Generator().manual_seed(seed)) for seed in range(41)]
    reference, *others = ([*noise_facts(noise)] for noise in draws)
    largest = 0.0
    for facts in others:
        for wanted, found in zip(reference, facts, strict=True):
            assert same(wanted, found)
            if wanted.error is not None:
                gap = (wanted.value - found.value).abs() / (wanted.error**2 + found.error**2).sqrt()
                largest = max(largest, float(gap.max()))
    assert 2.0 < largest < 5.0  # standard errors are neither far too wide nor too narrow


@pytest.mark.parametrize(
    "change",
    [
        lambda e: 1.05 * e,
        lambda e: e + 0.04,
        lambda e: e.clamp(-2, 2),
        lambda e: e + 0.3 * e.roll(1, 1),
        lambda e: e.sign() * e.abs() ** 1.1,
    ],
)
def test_noise_facts_find_small_deviations(change):
    noise = torch.randn(100_000, 3, generator=torch.Generator().manual_seed(4))
    pairs = zip(noise_facts(noise), noise_facts(change(noise)), strict=True)
    assert not all(same(wanted, found) for wanted, found in pairs)


def test_variety_tells_one_draw_from_few():
    many = torch.randn(1000, 2, generator=torch.Generator().manual_seed(5))
    assert variety(many) == "yes"
    assert variety(many[:1].repeat(1000, 1)) == "no, one draw for all"
    assert variety(many.sign()) == "only 2 different values among 1,000"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda e: 0 * e, "There is no noise"),
        (lambda e: 0.01 * e, "The noise is turned down: its spread is 0.01 of what it should be."),
        (lambda e: 3 * e, "The noise is turned up: its spread is 3 of what it should be."),
        (lambda e: e + 0.5, "The noise is shifted: its mean is 0.5, not 0."),
        (lambda e: e[:1].expand_as(e), "The whole batch shares one row"),
        (lambda e: e[:, :1].expand_as(e), "share one draw"),
        (
            lambda e: e.sign() * e.abs() ** 1.1 / (e.abs() ** 1.1).square().mean().sqrt(),
            "not that of a normal distribution",
        ),
    ],
)
def test_noise_facts_say_how_the_noise_differs(change, says):
    noise = torch.randn(20_000, 3, generator=torch.Generator().manual_seed(4))
    pairs = zip(noise_facts(noise), noise_facts(change(noise)), strict=False)
    assert says in next(found.note for wanted, found in pairs if not same(wanted, found))


def test_show_is_readable():
    assert show(torch.tensor([[0.0, 2.19722458]])) == "[[0, 2.197]]"
    assert show(torch.tensor(3)) == "3"
    assert show(torch.zeros(100)) == "a tensor of shape (100,)"
    assert show(2.5) == "2.5"
    assert show(7) == "7"
    assert show(None) == "None"
    assert show({}) == "dict"


def test_show_both_takes_as_many_digits_as_needed():
    expected, got, _ = show_both(torch.tensor([1.0]), torch.tensor([1.00001]))
    assert expected != got


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "None"),
        (3, "int (3)"),
        ([], "list of 0 tensors"),
        ((1, torch.zeros(1)), "tuple of (int, tensor)"),
        (torch.zeros(2, device="meta"), "tensor of shape (2,) on the device meta"),
        (torch.eye(2).to_sparse(), "tensor that is not dense (torch.sparse_coo)"),
        (torch.nn.Linear(1, 1), "torch Linear"),
    ],
)
def test_kind_names_what_came_back(value, says):
    assert kind(value) == says


# Stubs, and the import


@pytest.mark.parametrize(
    ("function", "stub"),
    [
        (lambda: ..., True),
        (lambda: None, True),
        (lambda: 0, False),
        (lambda: NotImplementedError, False),
        (print, False),
        (lambda x: [].append(x), False),
    ],
)
def test_is_stub_sees_an_empty_body(function, stub):
    assert is_stub(function) is stub


def test_is_stub_raising_something_else_is_no_stub():
    def refuses():
        raise ValueError("no")

    assert not is_stub(refuses)


def test_exercises_import_is_light_and_silent():
    code = (
        "import sys, course_utils.exercises.lesson04; "
        "print(sorted({'ipywidgets', 'matplotlib', 'torchvision', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""


def one_gradient(*shape):
    exercise = Exercise(
        "Slope",
        task="",
        signature="f(x)",
        returns=["y"],
        hints=[""],
        probes=[given(x=normal(*shape, seed=3)).gradients("x")],
    )

    @exercise.reference
    def _(x):
        return x**2

    return exercise


class FactorInTheGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, slope):
        return 1.8 * 2 * ctx.saved_tensors[0] * slope


@pytest.mark.parametrize(("shape", "says"), [((1, 1), False), ((1, 3), False), ((2, 2), True), ((5, 3), True)])
def test_factor_of_a_gradient_takes_four_numbers(shape, says):
    message = one_gradient(*shape).check(FactorInTheGradient.apply).message
    assert ("it is 1.8 times what it should be" in message) == says
    assert says or "is a part of the formula detached" in message


def test_factor_of_a_gradient_holds_on_all_probes():
    exercise = one_gradient(5, 3)
    exercise.probes.append(given(x=-5 * torch.ones(2, 2)).gradients("x"))
    assert "1.8 times" in exercise.check(FactorInTheGradient.apply).message
    half = exercise.check(lambda x: torch.where(x > -4, FactorInTheGradient.apply(x), x**2)).message
    assert "times what it should be" not in half


def sum_of(reference):
    exercise = Exercise(
        "Sum",
        task="",
        signature="f(x)",
        returns=["y"],
        hints=[""],
        probes=[given(x=normal(1, 2, seed=1)), given(x=normal(3, 2, seed=2)), given(x=normal(5, 4, seed=3))],
    )
    exercise.reference(reference)
    return exercise


def test_rows_that_mix_are_told():
    message = sum_of(lambda x: x.sum(1)).check(lambda x: x.sum(1)[:1].expand(len(x))).message
    assert (
        "It is right on the probes with a batch of one and differs on larger ones: do the rows of the batch mix"
        in message
    )


def test_rows_are_not_told_to_mix_where_they_should():
    message = sum_of(lambda x: x.sum(1).mean()).check(lambda x: x.amax(0).sum()).message
    assert "is right on 1 of 3 probes" in message
    assert "batch of one" not in message
