"""Lesson 3's exercises: what every lesson's must do is in test_exercises.py; here are the variants people write."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal
from torch.nn import functional as F

from course_utils import losses
from course_utils.exercises import lesson03 as ex
from course_utils.exercises.lesson03.match_the_runs import RUNS, codes_of

INF = math.inf
LOG_2PI = math.log(2 * math.pi)


def width(logvar):
    return (0.5 * logvar).exp()


# noisy_code: z = codes + σ ε and logvar = log σ², with σ = level · spread


def one_dimension_at_a_time(codes, level, spread, eps):
    z, logvar = [], []
    for j in range(codes.shape[1]):
        sigma = level[j] * spread[j]
        z.append(codes[:, j] + sigma * eps[:, j])
        logvar.append(2 * sigma.log())
    return torch.stack(z, 1), torch.stack(logvar)


def infinity_by_hand(codes, level, spread, eps):
    sigma = level * spread
    finite = 2 * sigma.clamp(min=1e-9).log()
    return codes + sigma * eps, torch.where(level == 0, torch.full_like(finite, -INF), finite)


def through_logvar(codes, level, spread, eps):
    logvar = 2 * torch.log(level * spread)
    return codes + (0.5 * logvar).exp() * eps, logvar


def through_numpy(codes, level, spread, eps):
    sigma = level.numpy() * spread.numpy()
    with np.errstate(divide="ignore"):
        logvar = 2 * np.log(sigma)
    return torch.from_numpy(codes.numpy() + sigma * eps.numpy()), torch.from_numpy(logvar)


NOISY = {
    "square, then log": lambda c, a, s, e: (c + a * s * e, (a * s).square().log()),
    "the sum of two logarithms": lambda c, a, s, e: (c + a * s * e, 2 * a.log() + 2 * s.log()),
    "z through logvar": through_logvar,
    "a list, σ with an axis more": lambda c, a, s, e: [c + (a * s)[None] * e, torch.log((a * s) ** 2)],
    "addcmul": lambda c, a, s, e: (torch.addcmul(c, a * s, e), 2 * torch.log(a * s)),
    "a diagonal matrix": lambda c, a, s, e: (c + e @ torch.diag(a * s), torch.log((a * s).pow(2))),
    "a loop": one_dimension_at_a_time,
    "−∞ by hand": infinity_by_hand,
    "numpy": through_numpy,
    "the package's trick": lambda c, a, s, e: (
        losses.reparameterize(c, (2 * (a * s).log()).expand_as(c), eps=e),
        2 * (a * s).log(),
    ),
}


@pytest.mark.parametrize("variant", NOISY)
def test_noisy_code_accepts_variant(variant):
    verdict = ex.noisy_code.check(NOISY[variant])
    assert verdict.passed, verdict.text


def finite_at_zero(replace):
    return lambda c, a, s, e: (c + a * s * e, replace(2 * (a * s).log()))


def both(sigma):
    """Take another σ for z and for logvar."""
    return lambda c, a, s, e: (c + sigma(a, s) * e, 2 * sigma(a, s).log())


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (finite_at_zero(lambda v: v.nan_to_num(neginf=0.0)), "zero_for_no_noise"),
        (finite_at_zero(lambda v: v.masked_fill(v.isinf(), 0.0)), "zero_for_no_noise"),
        (lambda c, a, s, e: (c + a * s * e, (1 + (a * s) ** 2).log()), "log_of_one_more"),
        (lambda c, a, s, e: (c + (a * s) ** 2 * e, 2 * (a * s).log()), "spread_by_the_variance"),
        (lambda c, a, s, e: (c + a * s * e, a.log() + s.log()), "log_of_sigma"),
        (both(lambda a, s: a), "units_forgotten"),
        (both(lambda a, s: (a * s).sqrt()), "sigma_taken_for_the_variance"),
        (lambda c, a, s, e: (c, 2 * (a * s).log()), "nothing_added"),
        (lambda c, a, s, e: (c + a * s, 2 * (a * s).log()), "noise_left_out"),
        (lambda c, a, s, e: (c + a * c.std(0) * e, 2 * (a * c.std(0)).log()), "spread_of_the_batch"),
        (lambda c, a, s, e: (c, a.log()) if a > 0 else (c + a * s * e, 2 * (a * s).log()), "if_of_a_tensor"),
        (
            lambda c, a, s, e: (c + a * s * e, torch.tensor([math.log(v**2) for v in (a * s)]).to(c)),
            "log_that_refuses_zero",
        ),
    ],
)
def test_noisy_code_recognises_mistake_written_differently(function, mistake):
    verdict = ex.noisy_code.check(function)
    assert verdict.mistake == mistake, verdict.text


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda c, a, s, e: (c + a * s * e, ((a * s) ** 2 + 1e-8).log()), "log 0 = −∞ is the answer"),
        (finite_at_zero(lambda v: v.clamp(-30, 20)), "A finite logvar always means some noise"),
        (finite_at_zero(torch.nan_to_num), "A finite logvar always means some noise"),
        (finite_at_zero(lambda v: v.nan_to_num(neginf=1.0)), "Even 0 means σ² = e⁰ = 1"),
        (finite_at_zero(lambda v: v * (v * 0 + 1)), "NaN is no number"),
        (both(lambda a, s: a * s + 1e-6), "is σ kept a little above 0?"),
        (lambda c, a, s, e: (c + a * s * e * (a / a), 2 * (a * s).log()), "z is NaN there"),
        (lambda c, a, s, e: (c - a * s * e, 2 * (a * s).log()), "the sign of σ·ε is the opposite one"),
        (lambda c, a, s, e: (2 * (a * s).log(), c + a * s * e), "z comes first"),
        (lambda c, a, s, e: (c + a * s * e, (2 * (a * s).log()).expand_as(c)), "shape (Z,)"),
        (lambda c, a, s, e: c + a * s * e, "the exercise asks for 2 tensors"),
        (lambda c, a, s, e: (c + a * s * e, (a * s) ** 2), "is the exponential of what it should be"),
        (lambda c, a, s, e: (c + a * s * e, 0.5 * (a * s).log()), "0.25 times the expected one"),
        (lambda c, a, s, e: (c + a * s * e, 2 * (a * s).log2()), "bits instead of nats"),
        (lambda c, a, s, e: (c + a * s * e, -2 * (a * s).log()), "Logvar: every number has the opposite sign"),
        (lambda c, a, s, e: (c + a * s * torch.randn_like(e), 2 * (a * s).log()), "something is drawn"),
        (both(lambda a, s: a / s), "(level/spread)·ε stands where σ·ε belongs"),
        (lambda c, a, s, e: (c * (1 + a * s * e), 2 * (a * s).log()), "μ·σ·ε stands where σ·ε belongs"),
        (lambda c, a, s, e: ((1 - a) * c + a * s * e, 2 * (a * s).log()), "level·μ has no place in it"),
        (lambda c, a, s, e: (a * s * e, 2 * (a * s).log()), "stays the same when `codes` changes"),
        (both(lambda a, s: s), "stays the same when `level` changes"),
        (lambda c, a, s, e: (c + a * s * e, 2 * a.log()), "log spread is missing"),
        (lambda c, a, s, e: (c.add_(a * s * e), 2 * (a * s).log()), "changes its argument `codes`"),
        (lambda c, a, s, e: (c + a * c.var(0).mean().sqrt() * e, 2 * a.log()), "One code has none: take `spread`"),
        (lambda c, a, s, e: ((c + e) * a * s, 2 * (a * s).log()), "σ·μ stands where μ belongs"),
        (
            lambda c, a, s, e: (
                c + (a * s * e) * bool((a > 0).all()),
                2 * (a * s).log() if bool((a > 0).all()) else torch.full_like(a, -torch.inf),
            ),
            "one at 0 does not switch the others off",
        ),
        (lambda c, a, s, e: (c + a * s * e, 2 * (a * s).log().expand_as(c)), "the same for every image: nothing is to"),
        (lambda c, a, s, e: (c + (a * s)[:, None] * e, 2 * (a * s)[:, None].log()), "or `[:, None]` away"),
        (lambda c, a, s, e: {"z": c + a * s * e, "logvar": 2 * (a * s).log()}, "a dict with the keys"),
    ],
)
def test_noisy_code_unknown_mistake_gets_a_true_sentence(function, says):
    verdict = ex.noisy_code.check(function)
    assert not verdict.passed
    assert verdict.mistake is None
    assert says in verdict.message, verdict.text


def test_noisy_code_gives_the_autoencoder_back_bit_for_bit():
    codes, eps = torch.randn(50, 3), torch.randn(50, 3)
    z, logvar = ex.noisy_code.answer(codes, torch.zeros(3), torch.tensor([4.0, 0.1, 30.0]), eps)
    assert torch.equal(z, codes)
    assert (logvar == -INF).all()


# expected_squared_error: ‖x − Wμ‖² + Σ σ²‖w‖²


def clean(x, mu, W):
    return ((x - mu @ W.T) ** 2).sum(1)


def columns(W):
    return (W**2).sum(0)


def one_image_at_a_time(x, mu, sigma, W):
    totals = []
    for image, middle, std in zip(x, mu, sigma, strict=True):
        totals.append(((image - W @ middle) ** 2).sum() + torch.trace(W @ torch.diag(std**2) @ W.T))
    return torch.stack(totals)


def by_moments(x, mu, sigma, W):
    x_hat = mu @ W.T
    return (x**2).sum(1) - 2 * (x * x_hat).sum(1) + (x_hat**2).sum(1) + (sigma.square() * columns(W)).sum(-1)


def sigma_points(x, mu, sigma, W):
    """Average over 2Z points √Z σ away from μ, which is exact where the error is a square."""
    steps = torch.diag_embed(sigma) * sigma.shape[1] ** 0.5
    codes = torch.cat([mu[:, None] + steps, mu[:, None] - steps], 1)
    return ((x[:, None] - codes @ W.T) ** 2).sum(2).mean(1)


EXPECTED = {
    "einsum": lambda x, m, s, W: clean(x, m, W) + torch.einsum("bz,dz->b", s**2, W**2),
    "a matrix product": lambda x, m, s, W: clean(x, m, W) + s**2 @ columns(W),
    "a trace for every image": one_image_at_a_time,
    "Frobenius of W diag(σ)": lambda x, m, s, W: clean(x, m, W) + torch.linalg.matrix_norm(W * s[:, None]) ** 2,
    "pixel by pixel": lambda x, m, s, W: ((x - m @ W.T) ** 2 + s**2 @ (W**2).T).sum(1),
    "moments": by_moments,
    "the diagonal of WᵀW": lambda x, m, s, W: clean(x, m, W) + (s**2 * (W.T @ W).diagonal()).sum(1),
    "mse_loss and norms": lambda x, m, s, W: (
        F.mse_loss(m @ W.T, x, reduction="none").sum(1) + s.pow(2).matmul(W.norm(dim=0).pow(2))
    ),
    "F.linear": lambda x, m, s, W: (F.linear(m, W) - x).square().sum(1) + F.linear(s**2, columns(W)[None]).squeeze(1),
    "sigma points": sigma_points,
}


@pytest.mark.parametrize("variant", EXPECTED)
def test_expected_squared_error_accepts_variant(variant):
    verdict = ex.expected_squared_error.check(EXPECTED[variant])
    assert verdict.passed, verdict.text


def test_expected_squared_error_is_what_draws_say():
    draws = torch.Generator().manual_seed(0)
    x, mu, W = (torch.randn(*shape, generator=draws, dtype=torch.float64) for shape in ((3, 5), (3, 2), (5, 2)))
    sigma = torch.tensor([[0.1, 2.0], [1.0, 1.0], [0.0, 0.5]], dtype=torch.float64)
    eps = torch.randn(40_000, 3, 2, generator=draws, dtype=torch.float64)
    errors = ((x - (mu + sigma * eps) @ W.T) ** 2).sum(2)
    off = errors.mean(0) - ex.expected_squared_error.answer(x, mu, sigma, W)
    assert (off.abs() < 4.5 * errors.std(0) / len(eps) ** 0.5).all()


def priced(price):
    return lambda x, m, s, W: clean(x, m, W) + price(s, W)


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda x, m, s, W: (x - m @ W.T).norm(dim=1) ** 2, "noise_left_out"),
        (priced(lambda s, W: s @ columns(W)), "sigma_for_its_square"),
        (priced(lambda s, W: s.square().sum(1)), "no_decoder"),
        (priced(lambda s, W: W.shape[0] * (s * s).sum(-1)), "noise_on_the_pixels"),
        (priced(lambda s, W: (s**2).sum(1) * torch.linalg.svdvals(W)[0] ** 2), "spectral_norm"),
        (priced(lambda s, W: (s**2).sum(1) * torch.linalg.matrix_norm(W) ** 2), "whole_norm_for_each"),
        (priced(lambda s, W: s.square().mean(1) * W.norm() ** 2), "average_sigma"),
        (lambda x, m, s, W: clean(x, m + s, W), "at_the_edge"),
        (priced(lambda s, W: (s.square() * W.square().sum(dim=1)).sum(1)), "rows_for_columns"),
        (priced(lambda s, W: s**2 @ (W**2).sum(1)), "rows_for_columns_in_a_product"),
        (priced(lambda s, W: (s @ W.T).norm(dim=1) ** 2), "products_of_dimensions"),
        (lambda x, m, s, W: clean(x, m + s * torch.randn_like(s), W), "drawn"),
        (lambda x, m, s, W: (x - m.matmul(W)).pow(2).sum(1) + s**2 @ columns(W), "decoder_not_transposed"),
        (lambda x, m, s, W: clean(x, m, W) + (s**2 @ W**2).sum(1), "decoder_not_transposed"),
    ],
)
def test_expected_squared_error_recognises_mistake_written_differently(function, mistake):
    verdict = ex.expected_squared_error.check(function)
    assert verdict.mistake == mistake, verdict.text


def right(x, m, s, W):
    return clean(x, m, W) + s**2 @ columns(W)


def fixed_draws(x, m, s, W):
    eps = torch.randn(4000, *m.shape, dtype=m.dtype, generator=torch.Generator().manual_seed(1))
    return ((x - (m + s * eps) @ W.T) ** 2).sum(2).mean(0)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x, m, s, W: ((x - m @ W.T) ** 2).mean(1) + s**2 @ columns(W), "mean over the pixels where the sum"),
        (priced(lambda s, W: (s**2 * columns(W)).mean(1)), "price of the noise is a mean over the latent dimensions"),
        (priced(lambda s, W: 0.5 * (s**2 @ columns(W))), "is right; the price of the noise is divided by 2."),
        (priced(lambda s, W: 2 * (s**2 @ columns(W))), "is right; the price of the noise is multiplied by 2."),
        (priced(lambda s, W: -(s**2 @ columns(W))), "the price of the noise has the opposite sign"),
        (lambda x, m, s, W: clean(x, m, W).sqrt() + s**2 @ columns(W), "‖x − Wμ‖ stands where ‖x − Wμ‖² belongs"),
        (lambda x, m, s, W: (x - m @ W.T).abs().sum(1) + s**2 @ columns(W), "Σ |x − Wμ| stands where"),
        (priced(lambda s, W: s**2 @ W.norm(dim=0)), "Σ σ²‖w‖ stands where Σ σ²‖w‖² belongs"),
        (priced(lambda s, W: s @ W.norm(dim=0)), "Σ σ‖w‖ stands where"),
        (lambda x, m, s, W: s**2 @ columns(W), "stays the same when `mu` or `x` changes"),
        (priced(lambda s, W: columns(W).sum()), "stays the same when `sigma` changes"),
        (lambda x, m, s, W: right(x, m, s, W) + m**2 @ columns(W), "Σ μ²‖w‖² has no place in it"),
        (lambda x, m, s, W: right(x, m, s, W).sum(), "summed over the batch"),
        (lambda x, m, s, W: right(x, m, s, W).mean(), "averaged over the batch"),
        (lambda x, m, s, W: right(x, m, s, W) / x.shape[1], "mean over the pixels where the sum"),
        (priced(lambda s, W: (s**2 * columns(W)).sum(1, keepdim=True)), "(B, B)"),
        (lambda x, m, s, W: (x - m @ W.T) ** 2 + s**2 @ (W**2).T, "the sum over the pixels is missing"),
        (lambda x, m, s, W: right(x, m, s, W).sqrt(), "is the root of what it should be"),
        (lambda x, m, s, W: right(x, m, s, W).log(), "is the logarithm of what it should be"),
        (lambda x, m, s, W: right(x, m, s.mean(0).expand_as(s), W), "do the rows of the batch mix"),
        (priced(lambda s, W: s.sum(1) ** 2 * (W**2).sum()), "0.25 · 5 + 9 · 2 = 19.25"),
        (fixed_draws, "is it an average over draws?"),
        (priced(lambda s, W: s**2 @ W.sum(0)), "Σ σ²·Σw stands where Σ σ²‖w‖² belongs"),
        (lambda x, m, s, W: right(x, m, s, W).tolist(), "asks for one tensor"),
    ],
)
def test_expected_squared_error_unknown_mistake_gets_a_true_sentence(function, says):
    verdict = ex.expected_squared_error.check(function)
    assert not verdict.passed
    assert verdict.mistake is None
    assert says in verdict.message, verdict.text


# rescaling_cheat: c A, c a, W / c, b with c² = factor


def every_column_as_dear(A, a, W, b, factor):
    c = (columns(W) * factor * len(a) / columns(W).sum()).sqrt()
    return c[:, None] * A, c * a, W / c, b


def turned(A, a, W, b, factor):
    draws = torch.Generator().manual_seed(1)
    Q = torch.linalg.qr(torch.randn(len(a), len(a), generator=draws, dtype=A.dtype))[0]
    c = factor**0.5
    return c * Q @ A, c * Q @ a, W @ Q.T / c, b


CHEATS = {
    "math.sqrt": lambda A, a, W, b, f: (A * math.sqrt(f), a * math.sqrt(f), W / math.sqrt(f), b),
    "a list, with a negative power": lambda A, a, W, b, f: [A * f**0.5, a * f**0.5, W * f**-0.5, b],
    "the encoder's bias moved to b": lambda A, a, W, b, f: (A * f**0.5, torch.zeros_like(a), W / f**0.5, b + W @ a),
    "mirrored codes": lambda A, a, W, b, f: (-A * f**0.5, -a * f**0.5, -W / f**0.5, b),
    "the dimensions in another order": lambda A, a, W, b, f: (
        (A * f**0.5).flip(0),
        (a * f**0.5).flip(0),
        (W / f**0.5).flip(1),
        b,
    ),
    "turned codes": turned,
    "each dimension by its own": every_column_as_dear,
    "b cloned": lambda A, a, W, b, f: (A.mul(f**0.5), a.mul(f**0.5), W.div(f**0.5), b.clone()),
}


@pytest.mark.parametrize("variant", CHEATS)
def test_rescaling_cheat_accepts_variant(variant):
    verdict = ex.rescaling_cheat.check(CHEATS[variant])
    assert verdict.passed, verdict.text


def stretched(encoder, bias, decoder, rest=0.0):
    """Multiply each of the four by a power of the factor."""
    return lambda A, a, W, b, f: (A * f**encoder, a * f**bias, W * f**decoder, b * f**rest)


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (stretched(0, 0, -0.5), "decoder_alone"),
        (stretched(0.5, 0.5, 0), "encoder_alone"),
        (stretched(1, 1, -1), "factor_for_its_root"),
        (stretched(-0.5, -0.5, 0.5), "other_way_round"),
        (stretched(0.5, 0, -0.5), "encoder_bias_forgotten"),
        (stretched(0.5, 0.5, -0.5, -0.5), "decoder_bias_scaled"),
        (stretched(-0.5, -0.5, -0.5), "both_smaller"),
        (lambda A, a, W, b, f: (A, a, W, b), "nothing_done"),
    ],
)
def test_rescaling_cheat_recognises_mistake_written_differently(function, mistake):
    verdict = ex.rescaling_cheat.check(function)
    assert verdict.mistake == mistake, verdict.text


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (stretched(0.25, 0.25, -0.25), "‖W‖²_F falls to 1/2. It is a sum of squares"),
        (stretched(2, 2, -2), "‖W‖²_F falls to 1/256."),
        (stretched(-1, -1, 1), "‖W‖²_F rises 16-fold"),
        (stretched(0.5, 0.5, 0.5), "together 4, where exactly 1 is needed"),
        (stretched(0, 0, 0.5), "multiplies them by 2 times what it did"),
        (stretched(0, 0, -1), "together 0.25, where exactly 1 is needed"),
        (stretched(1, 1, 0), "the codes are 4 times what they were"),
        (stretched(1, 1, -0.5), "together 2, where exactly 1 is needed"),
        (stretched(0.5, 0.5, -1), "together 0.5, where exactly 1 is needed"),
        (stretched(0.5, 0.5, -0.5, 0.5), "And b has changed: it meets no code, and stays"),
        (lambda A, a, W, b, f: (A * int(f**0.5), a * int(f**0.5), W / max(int(f**0.5), 1), b), "W must become smaller"),
        (stretched(0, 0.5, -0.5), "its two parts are not stretched alike"),
        (stretched(0.5, -0.5, -0.5), "You multiplied A by 2, a by 0.5, W by 0.5, b by 1."),
        (lambda A, a, W, b, f: (2 * A, 2 * a, W / 2, b), "Choose c so that c² is the factor asked for"),
        (lambda A, a, W, b, f: (10 * A, 10 * a, W / 10, b), "falls to 1/100"),
        (lambda A, a, W, b, f: (A * f / 2, a * f / 2, W * 2 / f, b), "falls to 1/2500"),
        (lambda A, a, W, b, f: (A, a, 0 * W, b), "multiplies them by 0 times"),
        (lambda A, a, W, b, f: (A / 0, a, W, b), "infinite or NaN"),
        (lambda A, a, W, b, f: (A.half(), a.half(), W.half(), b.half()), "should have the dtype that it had"),
        (lambda A, a, W, b, f: (A * f**0.5, a * f**0.5, W / f**0.5), "Four tensors are asked for"),
        (lambda A, a, W, b, f: (A, a, W, b, f), "What came back: tuple of (tensor, tensor, tensor, tensor, float)"),
        (lambda A, a, W, b, f: (A * f**0.5, W / f**0.5, a * f**0.5, b), "The order is A, a, W, b"),
        (lambda A, a, W, b, f: ((A * f**0.5).T, a * f**0.5, (W / f**0.5).T, b), "The shape of A should be (1, 4)"),
        (lambda A, a, W, b, f: (A.mul_(f**0.5), a.mul_(f**0.5), W.div_(f**0.5), b), "its arguments `A`, `a` and `W`:"),
        (lambda A, a, W, b, f: (torch.linalg.pinv(W), a, W, b), "Without noise the image must come out as before"),
        (lambda A, a, W, b, f: (A * f**0.5, 0 * a, W / f**0.5, b), "nothing makes up for it"),
        (lambda A, a, W, b, f: (A * W.norm(), a * W.norm(), W / W.norm(), b), "Choose c so that c²"),
    ],
)
def test_rescaling_cheat_unknown_mistake_gets_a_true_sentence(function, says):
    verdict = ex.rescaling_cheat.check(function)
    assert not verdict.passed
    assert verdict.mistake is None
    assert says in verdict.message, verdict.text


# normal_entropy: Σ ½ (log 2π + log σ² + 1)

ENTROPY = {
    "Normal.entropy": lambda m, v: Normal(m, width(v)).entropy().sum(1),
    "Independent": lambda m, v: Independent(Normal(m, width(v)), 1).entropy(),
    "MultivariateNormal": lambda m, v: MultivariateNormal(m, torch.diag_embed(v.exp())).entropy(),
    "as in books": lambda m, v: 0.5 * torch.log(2 * math.pi * math.e * v.exp()).sum(1),
    "the constant outside": lambda m, v: 0.5 * m.shape[1] * math.log(2 * math.pi * math.e) + 0.5 * v.sum(1),
    "log σ": lambda m, v: (0.5 * LOG_2PI + 0.5 + width(v).log()).sum(-1),
    "a number for the constant": lambda m, v: (v / 2 + 1.4189385332046727).sum(dim=1),
    "a loop": lambda m, v: torch.stack([sum(0.5 * (LOG_2PI + one + 1) for one in row) for row in v]),
    "Z times the mean": lambda m, v: m.shape[1] * (0.5 * (v + LOG_2PI + 1)).mean(1),
    "cross-entropy minus KL": lambda m, v: 0.5 * (LOG_2PI + m**2 + v.exp()).sum(1) - losses.kl_standard_normal(m, v),
    "at one σ from the middle": lambda m, v: -Normal(m, width(v)).log_prob(m + width(v)).sum(1),
}


@pytest.mark.parametrize("variant", ENTROPY)
def test_normal_entropy_accepts_variant(variant):
    verdict = ex.normal_entropy.check(ENTROPY[variant])
    assert verdict.passed, verdict.text


def test_normal_entropy_of_a_point_is_minus_infinity():
    assert ex.normal_entropy.answer(torch.zeros(1, 2), torch.tensor([[-INF, 0.0]])).item() == -INF


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda m, v: -Normal(m, width(v)).log_prob(m).sum(1), "density_at_the_middle"),
        (lambda m, v: width(v).log().sum(1), "no_constant"),
        (lambda m, v: 0.5 * torch.log(2 * math.pi * math.e * v.exp().prod(1)), "constant_once"),
        (lambda m, v: F.relu(Normal(m, width(v)).entropy()).sum(1), "never_negative"),
        (lambda m, v: Normal(m, width(v.abs())).entropy().sum(1), "absolute_logvar"),
        (lambda m, v: Normal(m, (v.exp() + 1e-8).sqrt()).entropy().sum(1), "guard_in_the_log"),
        (lambda m, v: Normal(m, v.exp()).entropy().sum(1), "read_as_log_std"),
        (lambda m, v: 0.5 * torch.log(2 * math.pi * math.e * v).sum(1), "logarithm_twice"),
        (lambda m, v: 0.5 * (math.log(2 * math.pi * math.e) + v.exp()).sum(1), "variance_for_its_log"),
        (lambda m, v: 0.5 * (m**2 + v.exp() + LOG_2PI).sum(1), "cross_entropy"),
        (losses.kl_standard_normal, "the_kl"),
        (lambda m, v: Independent(Normal(m, v), 1).entropy(), "normal_of_logvar"),
    ],
)
def test_normal_entropy_recognises_mistake_written_differently(function, mistake):
    verdict = ex.normal_entropy.check(function)
    assert verdict.mistake == mistake, verdict.text


def entropy(v):
    return 0.5 * (LOG_2PI + v + 1)


def entropy_by_draws(m, v):
    eps = torch.randn(5000, *m.shape, dtype=m.dtype, generator=torch.Generator().manual_seed(1))
    return -Normal(m, width(v)).log_prob(m + width(v) * eps).sum(2).mean(0)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda m, v: entropy(v).mean(1), "mean over the latent dimensions where the sum belongs"),
        (lambda m, v: entropy(v).sum(1) / math.log(2), "bits instead of nats"),
        (lambda m, v: 0.5 * torch.log10(2 * math.pi * math.e * v.exp()).sum(1), "0.4343 times the expected one"),
        (lambda m, v: -entropy(v).sum(1), "opposite sign"),
        (lambda m, v: 2 * entropy(v).sum(1), "2 times the expected one"),
        (lambda m, v: (0.5 * v + LOG_2PI + 1).sum(1), "every part has its ½"),
        (lambda m, v: 0.5 * (1 + v).sum(1), "½ log 2π is left out"),
        (lambda m, v: (0.5 * (LOG_2PI + v) + 1).sum(1), "has the mean ½"),
        (lambda m, v: 0.5 * (2 * math.pi + v + 1).sum(1), "has lost its logarithm"),
        (lambda m, v: 0.5 * (math.log10(2 * math.pi) + v + 1).sum(1), "nats ask for the natural one"),
        (lambda m, v: 0.5 + 0.5 * (LOG_2PI + v).sum(1), "½ Σ log σ² + (½ log 2π) Z + ½: the factor of Z is not"),
        (lambda m, v: 0.5 * (LOG_2PI + v + m**2 / v.exp()).sum(1), "Σ μ²/σ² has no place in it"),
        (lambda m, v: 0.5 * (LOG_2PI + 0.5 * v + 1).sum(1), "the factor of Σ log σ² is not the right one"),
        (lambda m, v: 0.5 * (LOG_2PI - v + 1).sum(1), "the sign of Σ log σ² is the opposite one"),
        (lambda m, v: (entropy(v) + 0.5 * m**2).sum(1), "Σ μ² has no place in it"),
        (lambda m, v: (entropy(v) + m).sum(1), "Σ μ has no place in it"),
        (lambda m, v: 0.5 * (LOG_2PI + width(v) + 1).sum(1), "Σ σ stands where Σ log σ² belongs"),
        (lambda m, v: entropy(v).sum(), "summed over the batch, too"),
        (lambda m, v: entropy(v).mean(), "averaged over the batch"),
        (lambda m, v: entropy(v), "the sum over the latent dimensions is missing"),
        (lambda m, v: entropy(v).sum(0), "It is the other way round"),
        (lambda m, v: entropy(v).sum(1, keepdim=True), "keepdim=True"),
        (lambda m, v: entropy(v.clamp(min=0)).sum(1), "log σ² is negative there"),
        (lambda m, v: entropy(v).sum(1).clamp(min=0), "is the positive part of what it should be"),
        (lambda m, v: entropy(v).sum(1).abs(), "is the absolute value of what it should be"),
        (lambda m, v: entropy(v).sum(1).exp(), "is the exponential of what it should be"),
        (lambda m, v: entropy(v.clamp(-10, 10)).sum(1), "Then look for a clamp"),
        (lambda m, v: entropy((v.exp() + 1e-6).log()).sum(1), "a small number in a log"),
        (lambda m, v: entropy((v.exp() + 1e-12).log()).sum(1), "Keep nothing away from it"),
        (lambda m, v: entropy(m).sum(1), "stays the same when `logvar` changes"),
        (lambda m, v: -Normal(m, width(v)).log_prob(torch.normal(m, width(v))).sum(1), "something is drawn"),
        (lambda m, v: entropy(v).sum(1).tolist(), "asks for one tensor"),
        (entropy_by_draws, "is it an average over draws?"),
        (lambda m, v: entropy(v.exp().sum(1).log()), "their entropies add"),
        (lambda m, v: torch.distributions.Categorical(logits=v).entropy(), "N(0, 1) has the entropy"),
    ],
)
def test_normal_entropy_unknown_mistake_gets_a_true_sentence(function, says):
    verdict = ex.normal_entropy.check(function)
    assert not verdict.passed
    assert verdict.mistake is None
    assert says in verdict.message, verdict.text


# match_the_runs


def decide(points=None, by_hand=None, tiny=None):
    """Write a rule from three questions, of which those left out are answered rightly."""
    points = points or (lambda m, v: (v == -INF).all())
    by_hand = by_hand or (lambda m, v: v.min() == v.max())
    tiny = tiny or (lambda m, v: width(v).median() < 0.01 * m.std())

    def rule(mu, logvar):
        if points(mu, logvar):
            return "plain"
        if by_hand(mu, logvar):
            return "fixed"
        return "learned" if tiny(mu, logvar) else "kl"

    return rule


def nats(m, v):
    return 0.5 * (m**2 + v.exp() - 1 - v)


RULES = {
    "σ is 0": decide(points=lambda m, v: width(v).max() == 0),
    "any logvar is infinite": decide(points=lambda m, v: v.isinf().any()),
    "isneginf, one unique value": decide(lambda m, v: torch.isneginf(v).all(), lambda m, v: len(v.unique()) == 1),
    "no standard deviation": decide(by_hand=lambda m, v: v.std() == 0),
    "σ varies by less than a thousandth": decide(by_hand=lambda m, v: width(v).std() < 1e-3 * width(v).mean()),
    "allclose to the first": decide(by_hand=lambda m, v: torch.allclose(v, v[0, 0])),
    "the median of the ratios": decide(tiny=lambda m, v: (width(v) / m.std(0)).median() < 0.005),
    "the mean of the ratios": decide(tiny=lambda m, v: (width(v) / m.std(0)).mean() < 0.01),
    "a bound on logvar": decide(tiny=lambda m, v: v.median() < 2 * (0.01 * m.std()).log()),
    "nats a dimension": decide(tiny=lambda m, v: nats(m, v).mean() > 5),
    "σ and where the codes sit": decide(tiny=lambda m, v: not (m.square().mean() < 4 and width(v).median() > 0.01)),
    "in capitals": lambda m, v: decide()(m, v).upper(),
    "with KL": lambda m, v: decide()(m, v).replace("kl", "with KL"),
}


@pytest.mark.parametrize("variant", RULES)
def test_match_the_runs_accepts_variant(variant):
    verdict = ex.match_the_runs.check(RULES[variant])
    assert verdict.passed, verdict.text


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (decide(points=lambda m, v: (v == 0).all()), "zero_logvar_is_plain"),
        (decide(tiny=lambda m, v: v.exp().median() < 0.01 * m.std()), "bound_too_high"),
        (decide(tiny=lambda m, v: width(v).median() < 0.1 * m.std()), "bound_too_high"),
        (decide(tiny=lambda m, v: width(v).median() < 0.02), "sigma_by_itself"),
        (decide(by_hand=lambda m, v: (width(v) - 1).abs().max() < 0.1), "fixed_is_one"),
        (decide(tiny=lambda m, v: m.std() > 2), "near_the_prior"),
        (decide(tiny=lambda m, v: v.std() > 1.5), "near_the_prior"),
        (decide(tiny=lambda m, v: width(v).median() < 0.01 * m.mean()), "near_the_prior"),
        (decide(points=lambda m, v: v.isnan().any()), "never_plain"),
        (lambda m, v: "kl" if m.std(0).mean() < 2 else "fixed" if m.std(0).mean() > 8 else "plain", "spread_alone"),
        (decide(points=lambda m, v: (v == 0).all(), tiny=lambda m, v: v.median() < 0), "logvar_as_sigma"),
        (decide(tiny=lambda m, v: True), "never_kl"),
        (decide(tiny=lambda m, v: v.median() < 0.01 * m.std()), "never_kl"),
    ],
)
def test_match_the_runs_recognises_mistake_written_differently(function, mistake):
    verdict = ex.match_the_runs.check(function)
    assert not verdict.passed
    assert verdict.mistake == mistake, verdict.text


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda m, v: "kl", "every σ is 0: points"),
        (lambda m, v: "plain", "every σ is exp(0) = 1"),
        (decide(points=lambda m, v: width(v).median() < 0.02), "the median of all is below a thousandth"),
        (decide(by_hand=lambda m, v: width(v).std() < 0.01), "σ differs from image to image, so it is learned"),
        (decide(by_hand=lambda m, v: width(v).std() < 1e-3), "σ differs from image to image"),
        (decide(by_hand=lambda m, v: m.std() > 10), "beside that it is nothing"),
        (decide(tiny=lambda m, v: width(v).max() < 0.01 * m.std()), "judge by the middle of all"),
        (decide(tiny=lambda m, v: width(v)[0, 0] < 0.01 * m.std()), "judge by the middle of all"),
        (decide(tiny=lambda m, v: width(v).median() < 1e-4 * m.std()), "median of all is below a thousandth"),
        (decide(tiny=lambda m, v: width(v).median() > 0.01 * m.std()), "median of all is below a thousandth"),
        (decide(tiny=lambda m, v: m.abs().mean() > 1.2), "nothing held it up"),
        (lambda m, v: "kl" if m.std() < 2 else "learned", "every σ is 0: points"),
        (lambda m, v: "plain" if v.min() == -INF else None, "is a case left out?"),
        (lambda m, v: "autoencoder" if v.min() == -INF else "vae", 'one of the strings "plain"'),
        (lambda m, v: 0, "one of the strings"),
        (lambda m, v: "plain" if v == -INF else "kl", "Boolean value of Tensor"),
        (lambda m, v: "plain" if v == -INF else "kl", "`.all()` or `.any()` makes one of many"),
    ],
)
def test_match_the_runs_unknown_mistake_gets_a_true_sentence(function, says):
    verdict = ex.match_the_runs.check(function)
    assert not verdict.passed
    assert says in verdict.message, verdict.text


def test_runs_are_what_their_notes_say():
    for number, run in enumerate(RUNS, 1):
        mu, logvar = codes_of(run, seed=400 + 10 * number)
        sigma, awake = width(logvar), mu[:, run.asleep :]
        assert torch.allclose(awake.std(0), torch.full((run.latent - run.asleep,), run.spread), rtol=1e-4)
        assert sigma[:, run.asleep :].median().item() == pytest.approx(run.sigma, rel=0.1)
        ratio = float(sigma[:, run.asleep :].median()) / run.spread
        assert (ratio < 1e-3) == (run.which in ("plain", "learned") or run.sigma == 0.01)
        if run.which == "kl":
            assert 1 / 40 < ratio < 1 / 3
            assert mu.mean(0).abs().max() < 0.25
