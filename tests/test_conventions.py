"""The effective beta against gradients: a loss has the gradient of a · (nll + beta · KL), whatever its reductions."""

import math
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from course_utils.conventions import PUBLIC_CONVENTIONS, effective_beta, implied_variance
from course_utils.losses import bernoulli_nll, gaussian_nll, kl_standard_normal

quick = settings(max_examples=60, deadline=None)
reductions = st.sampled_from(["sum", "mean"])
sizes = st.integers(1, 5)
weights = st.floats(1e-3, 1e3)
SIZES = {"pixels": 784, "latents": 20, "batch": 128}
NAMES = [convention.name for convention in PUBLIC_CONVENTIONS]


def inputs(batch, latents, shape, seed=0):
    """Return logits (or x_hat), x, mu and logvar in float64; all but x ask for gradients."""
    g = torch.Generator().manual_seed(seed)
    x = torch.rand((batch, *shape), generator=g, dtype=torch.float64)
    free = [
        torch.randn(size, generator=g, dtype=torch.float64) for size in [x.shape, (batch, latents), (batch, latents)]
    ]
    logits, mu, logvar = (t.requires_grad_() for t in free)
    return logits, x, mu, logvar


def gradient(loss, *wanted):
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, wanted, retain_graph=True)])


def assert_proportional(a, b):
    torch.testing.assert_close(a / a.norm(), b / b.norm(), rtol=1e-9, atol=1e-12)


def reduced(values, over_dimensions, over_batch):
    values = getattr(values.flatten(1), over_dimensions)(1)
    return getattr(values, over_batch)()


@st.composite
def codes(draw):
    return {
        "pixels": draw(sizes), "latents": draw(sizes), "batch": draw(sizes),
        "nll_pixels": draw(reductions), "nll_batch": draw(reductions),
        "kl_latents": draw(reductions), "kl_batch": draw(reductions),
        "nll_weight": draw(weights), "kl_weight": draw(weights),
    }  # fmt: skip


def snippet(code, values, mu, logvar):
    """Return the loss that a snippet with these reductions computes, from its values per pixel."""
    kl = -0.5 * (1 + logvar - mu**2 - logvar.exp())
    return code["nll_weight"] * reduced(values, code["nll_pixels"], code["nll_batch"]) + code["kl_weight"] * reduced(
        kl, code["kl_latents"], code["kl_batch"]
    )


@given(codes())
@quick
def test_effective_beta_gives_the_gradients_of_the_snippet(code):
    logits, x, mu, logvar = inputs(code["batch"], code["latents"], (code["pixels"],))
    loss = snippet(code, F.binary_cross_entropy_with_logits(logits, x, reduction="none"), mu, logvar)
    beta = effective_beta(**code)
    reference = (bernoulli_nll(logits, x) + beta * kl_standard_normal(mu, logvar)).mean()
    assert_proportional(gradient(loss, logits, mu, logvar), gradient(reference, logits, mu, logvar))


@given(codes(), st.floats(1e-2, 1e2))
@quick
def test_effective_beta_gives_the_gradients_of_a_squared_error(code, variance):
    x_hat, x, mu, logvar = inputs(code["batch"], code["latents"], (code["pixels"],))
    loss = snippet(code, F.mse_loss(x_hat, x, reduction="none"), mu, logvar)
    beta = effective_beta(**code, squared_error_variance=variance)
    nll = gaussian_nll(x_hat, x, logvar=math.log(variance))
    reference = (nll + beta * kl_standard_normal(mu, logvar)).mean()
    assert_proportional(gradient(loss, x_hat, mu, logvar), gradient(reference, x_hat, mu, logvar))


@given(codes())
@quick
def test_implied_variance_makes_the_snippet_an_elbo(code):
    x_hat, x, mu, logvar = inputs(code["batch"], code["latents"], (code["pixels"],))
    loss = snippet(code, F.mse_loss(x_hat, x, reduction="none"), mu, logvar)
    nll = gaussian_nll(x_hat, x, logvar=math.log(implied_variance(**code)))
    elbo_loss = (nll + kl_standard_normal(mu, logvar)).mean()
    assert_proportional(gradient(loss, x_hat, mu, logvar), gradient(elbo_loss, x_hat, mu, logvar))


@given(codes())
@quick
def test_effective_beta_at_the_implied_variance_is_one(code):
    variance = implied_variance(**code)
    assert effective_beta(**code, squared_error_variance=variance) == pytest.approx(1, rel=1e-12)
    # What was given as variance has no influence, and the caller's dictionary is left alone.
    given_one = {**code, "squared_error_variance": 7.0}
    assert implied_variance(**given_one) == variance
    assert given_one["squared_error_variance"] == 7.0


@given(codes())
@quick
def test_effective_beta_laws_of_size(code):
    beta = effective_beta(**code)
    tiled = effective_beta(**{**code, "pixels": 4 * code["pixels"]})  # the image, 2 × 2 times
    assert tiled == pytest.approx(beta * (4 if code["nll_pixels"] == "mean" else 1))
    doubled = effective_beta(**{**code, "latents": 2 * code["latents"]})
    assert doubled == pytest.approx(beta / (2 if code["kl_latents"] == "mean" else 1))
    both = effective_beta(**{**code, "batch": 2 * code["batch"]})
    factor = {("sum", "mean"): 0.5, ("mean", "sum"): 2.0}.get((code["nll_batch"], code["kl_batch"]), 1.0)
    assert both == pytest.approx(beta * factor)


@given(codes(), st.floats(1e-3, 1e3))
@quick
def test_effective_beta_ignores_a_factor_on_the_whole_loss(code, factor):
    scaled = {**code, "nll_weight": factor * code["nll_weight"], "kl_weight": factor * code["kl_weight"]}
    assert effective_beta(**scaled) == pytest.approx(effective_beta(**code))


@pytest.mark.parametrize(
    ("code", "beta"),
    [
        ({}, 1),
        ({"nll_pixels": "mean"}, 784),  # M31
        ({"kl_latents": "mean"}, 1 / 20),  # M32
        ({"nll_pixels": "mean", "kl_latents": "mean"}, 784 / 20),  # M33: "each by its own number of elements"
        ({"nll_pixels": "mean", "kl_batch": "sum", "kl_weight": 1 / (128 * 784)}, 1),  # M33: the false alarm
        ({"kl_weight": 128 / 60_000}, 128 / 60_000),  # M34
        ({"nll_batch": "sum", "kl_batch": "sum"}, 1),  # M35
        ({"nll_batch": "sum"}, 1 / 128),
        ({"kl_weight": 0}, 0),
    ],
)
def test_effective_beta_of_known_mistakes(code, beta):
    assert effective_beta(**SIZES, **code) == pytest.approx(beta, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((size, value) for size in ("pixels", "latents", "batch") for value in (0, -1, 2.0, True)),
        *((name, value) for name in ("nll_pixels", "nll_batch", "kl_latents", "kl_batch") for value in ("none", None)),
        *(("nll_weight", value) for value in (0, -1.0, math.inf, math.nan)),
        *(("kl_weight", value) for value in (-1.0, math.inf, math.nan)),
        *(("squared_error_variance", value) for value in (0, -1.0, math.inf, math.nan)),
    ],
)
def test_effective_beta_names_a_wrong_argument(name, value):
    with pytest.raises(ValueError, match=rf"^`{name}` must be .*got {re.escape(repr(value))}"):
        effective_beta(**{**SIZES, name: value})


@pytest.mark.parametrize("name", ["nll_weight", "kl_weight", "squared_error_variance"])
@pytest.mark.parametrize("value", ["0.5", True])
def test_effective_beta_names_a_factor_that_is_no_number(name, value):
    with pytest.raises(TypeError, match=f"^`{name}` must be a number, got {value!r}"):
        effective_beta(**{**SIZES, name: value})


@pytest.mark.parametrize(
    "weights",
    [
        {"nll_weight": 1e-320, "squared_error_variance": 1e-320},  # a = 0
        {"nll_weight": 1e-320},  # beta = inf
        {"kl_weight": 1e308, "nll_pixels": "mean"},  # b = inf
        {"nll_weight": 1e308, "kl_latents": "mean"},  # a = inf
        {"nll_weight": 1e300, "kl_weight": 1e-300},  # beta = 0, though the KL has a weight
    ],
)
def test_effective_beta_says_when_no_float_holds_it(weights):
    with pytest.raises(ValueError, match="`nll_weight` and `kl_weight` must give a beta that a float can hold"):
        effective_beta(**SIZES, **weights)


# ---- public code --------------------------------------------------------------------------------------------------


def negative_log_likelihood(likelihood, prediction, x):
    laplace = (prediction - x).abs().flatten(1).sum(1) + x[0].numel() * math.log(2)
    named = {"bernoulli": lambda: bernoulli_nll(prediction, x), "gaussian": lambda: gaussian_nll(prediction, x)}
    return named.get(likelihood, lambda: laplace)()


def shrunk(convention):
    """Return small sizes with as many channels, and the weights rescaled where they contain a size."""
    code, shape = dict(convention.code), (1, 4, 3) if convention.code["pixels"] == 784 else (3, 2, 2)
    small = {"pixels": math.prod(shape), "latents": 3, "batch": 5}
    if code.get("nll_weight") == 784:
        code["nll_weight"] = small["pixels"]
    if code.get("kl_weight") == 1 / (128 * 784):
        code["kl_weight"] = 1 / (small["batch"] * small["pixels"])
    return {**code, **small}, shape


@pytest.mark.parametrize("convention", PUBLIC_CONVENTIONS, ids=NAMES)
def test_public_convention_has_the_gradients_of_its_beta(convention):
    code, shape = shrunk(convention)
    prediction, x, mu, logvar = inputs(code["batch"], code["latents"], shape)
    loss = convention.loss(prediction, x, mu, logvar)
    assert loss.shape == ()
    nll = negative_log_likelihood(convention.likelihood, prediction, x)
    reference = (nll + effective_beta(**code) * kl_standard_normal(mu, logvar)).mean()
    # Term by term: a beta of a millionth must not hide behind the reconstruction.
    ratios = [gradient(loss, wanted).norm() / gradient(reference, wanted).norm() for wanted in (prediction, mu, logvar)]
    torch.testing.assert_close(ratios, [ratios[0]] * 3, rtol=1e-9, atol=0)
    for wanted in (prediction, mu, logvar):
        assert_proportional(gradient(loss, wanted), gradient(reference, wanted))


@pytest.mark.parametrize("convention", PUBLIC_CONVENTIONS, ids=NAMES)
def test_public_convention_at_its_own_sizes_has_its_own_beta(convention):
    # Two rows of its own size suffice: b/a is read off values, with a = d loss / d nll and b = d loss / d KL.
    code = convention.code
    side = {784: (1, 28, 28), 3072: (3, 32, 32), 12288: (3, 64, 64), 196608: (3, 256, 256)}[code["pixels"]]
    x = torch.full((code["batch"], *side), 0.5)
    zero = torch.zeros(code["batch"], code["latents"])
    at = [convention.loss(torch.full_like(x, p), x, zero + m, zero).double() for p, m in ((0.5, 0), (1.0, 0), (0.5, 1))]
    nll = [negative_log_likelihood(convention.likelihood, torch.full_like(x[:1], p), x[:1]) for p in (0.5, 1.0)]
    a, b = (at[1] - at[0]) / (nll[1] - nll[0]), (at[2] - at[0]) / (code["latents"] / 2)
    tolerance = 0.3 if convention.beta < 1e-5 else 2e-3  # float32, and a millionth of a large sum
    assert (b / a).item() == pytest.approx(convention.beta, rel=tolerance)


@pytest.mark.parametrize(
    ("name", "beta"),
    [
        ("PyTorch's example", 1), ("PyTorch's example, until February 2018", 1), ("Keras' later example", 1),
        ("Keras' example, nine days of 2016", 784), ("Keras' convolutional example, 2016", 0.5), ("pythae", 1),
        ("world models in PyTorch", 0.5), ("world models in Keras", 6144), ("PyTorch-VAE", 1.536),
        ("Lightning Bolts", 0.6), ("pytorch-vae, until 2022", 49), ("TensorFlow's research models", 1 / 128),
        ("Beta-VAE, with its beta of 4", 2), ("the autoencoder of Stable Diffusion", 1e-6),
    ],
)  # fmt: skip
def test_public_convention_beta(name, beta):
    (convention,) = (c for c in PUBLIC_CONVENTIONS if c.name == name)
    assert convention.beta == pytest.approx(beta, rel=1e-12)
    if convention.likelihood == "gaussian":
        assert implied_variance(**convention.code) == convention.beta


def test_stable_diffusion_codes_have_four_channels_and_an_eighth_of_the_width():
    (convention,) = (c for c in PUBLIC_CONVENTIONS if "Stable Diffusion" in c.name)
    side = math.isqrt(convention.code["pixels"] // 3)
    assert convention.code["latents"] == 4 * (side // 8) ** 2


def test_public_conventions_say_where_they_were_read():
    assert len(set(NAMES)) == len(NAMES)
    for convention in PUBLIC_CONVENTIONS:
        assert re.fullmatch(r"[0-9a-f]{40}", convention.commit)
        first, last = map(int, convention.lines.split("-"))
        assert first <= last
        assert (convention.likelihood == "gaussian") == ("squared_error_variance" in convention.code)
    assert PUBLIC_CONVENTIONS[0].url == (
        "https://github.com/pytorch/examples/blob/fcce71c1f0ae34bef104aeea8e0e008ea58058a8/vae/main.py#L80-L89"
    )
