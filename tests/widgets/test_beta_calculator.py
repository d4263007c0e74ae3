import pytest
import torch
from reading import painted
from torch.distributions import Normal

from course_utils.conventions import effective_beta
from course_utils.plots.style import ROLES
from course_utils.widgets import BetaCalculator
from course_utils.widgets.beta_calculator import plain, variance_words, verdict

SNIPPETS = [
    {},
    {"nll_pixels": "mean", "kl_latents": "sum"},
    {"nll_pixels": "mean", "kl_latents": "mean", "latents": 64, "kl_weight": 0.5},
    {"nll_pixels": "sum", "nll_batch": "sum", "kl_batch": "sum"},
    {"nll_pixels": "sum", "nll_batch": "sum", "kl_batch": "mean", "batch": 64},
    {"nll_pixels": "sum", "nll_weight": 0.5, "likelihood": "squared error", "squared_error_variance": 1.0},
    {"nll_pixels": "mean", "pixels": 12288, "likelihood": "squared error", "squared_error_variance": 0.01},
    {"nll_pixels": "mean", "kl_weight": 0.0},
]


@pytest.mark.parametrize("moves", SNIPPETS)
def test_beta_and_every_factor_are_those_of_the_course_s_function(moves: dict[str, object]) -> None:
    widget = BetaCalculator()
    widget.set(**moves)
    code = {"pixels": 784, "latents": 20, "batch": 128, "nll_pixels": "mean", **moves}
    if code.pop("likelihood", None) is None:
        code.pop("squared_error_variance", None)
    assert widget.beta == effective_beta(**code)
    line = next(line for line in widget.text.splitlines() if line.startswith("β = "))
    over, under, result = parts_of(line)
    assert over / under == pytest.approx(widget.beta, rel=2e-3, abs=1e-12)
    assert result == pytest.approx(widget.beta, rel=1e-3, abs=1e-12)


def number_in(text: str) -> float:
    digits = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(digits.replace(",", "").replace("·10", "e"))


def parts_of(line: str) -> tuple[float, float, float]:
    """Return the numbers of "β = KL / reconstruction = 1 / 0.5 = 2"."""
    _, _, quotient, result = line.split(" = ")
    over, under = quotient.split(" / ")
    return number_in(over), number_in(under), number_in(result)


@pytest.mark.parametrize(("nll", "words"), [("mean", "÷ 784"), ("sum", "sum over pixels: × 1")])
def test_derivation_says_what_divides_the_reconstruction(nll: str, words: str) -> None:
    widget = BetaCalculator()
    widget.set(nll_pixels=nll)
    assert words in widget.text.replace("\N{NO-BREAK SPACE}", " ")


def test_beta_is_the_ratio_of_the_gradients() -> None:
    # the loss as code would have it, and −ELBO with β in front of the KL: the same direction downhill
    widget = BetaCalculator()
    widget.set(nll_pixels="mean", nll_batch="sum", kl_latents="mean", kl_batch="mean", kl_weight=3.0)
    widget.set(pixels=30, latents=4, batch=6, likelihood="squared error", squared_error_variance=0.25)
    draw = torch.Generator().manual_seed(0)
    x, x_hat = (torch.randn(6, 30, generator=draw, dtype=torch.float64) for _ in range(2))
    mu = torch.randn(6, 4, generator=draw, dtype=torch.float64)
    x_hat.requires_grad_()
    mu.requires_grad_()
    code = (x - x_hat).square().mean(1).sum() + 3.0 * (0.5 * mu.square()).mean()
    honest = -Normal(x_hat, 0.5).log_prob(x).sum(1).mean() + widget.beta * (0.5 * mu.square()).sum(1).mean()
    by_code, by_honest = torch.autograd.grad(code, (x_hat, mu)), torch.autograd.grad(honest, (x_hat, mu))
    scales = [(a / b).flatten() for a, b in zip(by_code, by_honest, strict=True)]
    assert torch.allclose(torch.cat(scales), scales[0][0])


@pytest.mark.parametrize(
    ("beta", "words"),
    [
        (1.0, "−ELBO"),
        (784.0, "the KL wins"),
        (10.0, "few nats"),  # not none: lesson 5 trains one that keeps some
        (3.0, "above 1"),
        (1.1, "close to −ELBO"),
        (0.5, "below 1"),
        (0.001, "nearly an autoencoder"),
        (0.0, "there is no KL"),
    ],
)
def test_verdict_in_words(beta: float, words: str) -> None:
    assert words in verdict(beta, 1.0)


def test_factor_that_both_terms_share_is_named() -> None:
    widget = BetaCalculator()
    widget.set(nll_pixels="sum", nll_batch="sum", kl_batch="sum")
    assert widget.beta == 1.0
    assert "Verdict: −ELBO × 128" in widget.text.replace("\N{NO-BREAK SPACE}", " ")


def test_variance_matters_for_squared_errors_only() -> None:
    widget = BetaCalculator()
    variance = widget.controls["squared_error_variance"]
    assert variance.disabled
    before = widget.beta
    widget.set(squared_error_variance=0.1)
    assert widget.beta == before
    widget.set(likelihood="squared error")
    assert not variance.disabled
    assert widget.beta == pytest.approx(before / 0.2)
    assert "σ² = 392" in widget.text
    widget.set(squared_error_variance=392.0)
    assert widget.beta == pytest.approx(1.0)
    assert variance_words({**widget._code, "kl_weight": 0.0}) == []


def test_a_beta_beyond_the_axis_is_marked_at_its_end() -> None:
    widget = BetaCalculator()
    for weight in (1e9, 1e-9, 0.0):
        widget.set(nll_pixels="sum", kl_weight=weight)
        assert widget.error == ""
        assert abs(widget._plot._bar.get_width()) == 5
        assert painted(widget.png, ROLES["gradient"]).any() == (weight > 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (1.0, "1"), (784.0, "784"), (100352.0, "100,400"), (0.5, "0.5"), (1 / 784, "0.001276"),
        (100.0, "100"), (2.5e-7, "2.5·10⁻⁷"), (1e9, "1·10⁹"), (12345678.0, "1.23·10⁷"), (9.99996, "10"),
    ],
)  # fmt: skip
def test_plain_numbers(value: float, text: str) -> None:
    assert plain(value) == text


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ({}, "A bar on a logarithmic axis from β = 1 to β = 784. Verdict"),
        ({"kl_weight": 0.0}, "from β = 1 towards β = 0, beyond the axis. Verdict"),
        ({"nll_pixels": "sum", "kl_weight": 1e-6}, "from β = 1 towards β = 1·10⁻⁶, beyond the axis. Verdict"),
        ({"kl_batch": "sum"}, "from β = 1 towards β = 100,400, beyond the axis. Verdict"),
        ({"nll_pixels": "sum", "kl_weight": 1e-5}, "from β = 1 to β = 0.00001. Verdict"),  # the end of the axis
        ({"nll_pixels": "sum"}, "No bar: β = 1. Verdict: −ELBO"),
    ],
)
def test_picture_in_words_says_where_the_bar_ends(moves: dict[str, object], words: str) -> None:
    widget = BetaCalculator()
    widget.set(**moves)
    assert words in widget._alt()


def test_squared_error_is_minus_elbo_up_to_a_constant_only() -> None:
    widget = BetaCalculator()
    widget.set(likelihood="squared error", squared_error_variance=0.5, nll_pixels="sum")
    lines = widget.text.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert "Verdict: −ELBO up to a constant: the minimum is the same" in lines
    assert "This loss has the minimum of −ELBO if pixels have variance σ² = 0.5, so σ = 0.7071" in lines
    widget.set(squared_error_variance=392.0, nll_pixels="mean")
    assert "Verdict: −ELBO up to a constant: the minimum is the same" in widget.text
    assert verdict(1.0, 3.0, squared=True) == "Verdict: −ELBO × 3 up to a constant: the minimum is the same"
    assert verdict(1.0, 1.0) == "Verdict: −ELBO"
