"""The losses against independent oracles (torch.distributions, closed forms, quadrature) and the laws they obey."""

import math
import types

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal, kl_divergence

from course_utils.losses import (
    VAELoss,
    bernoulli_nll,
    gaussian_nll,
    kl_mvn,
    kl_normal,
    kl_standard_normal,
    kl_terms,
    reparameterize,
    vae_loss,
)
from course_utils.models import VAEOutput

EXACT = {"rtol": 1e-10, "atol": 1e-10}
quick = settings(max_examples=40, deadline=None)
seeds = st.integers(0, 2**32 - 1)
means = st.floats(-50, 50)
logvars = st.floats(-30, 20)


def noise(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def pixels(*shape, seed=0, dtype=torch.float64):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def covariance(*batch, size, seed):
    """Random symmetric matrices with eigenvalues well above zero."""
    factor = noise(*batch, size, size, seed=seed)
    return factor @ factor.mT + 0.5 * torch.eye(size, dtype=torch.float64)


def normal(mu, logvar):
    return Independent(Normal(mu, (0.5 * logvar).exp()), 1)


def output(batch=3, latent=2, shape=(1, 4, 4), dtype=torch.float64):
    mu, logvar = noise(batch, latent, seed=1, dtype=dtype), noise(batch, latent, seed=2, dtype=dtype)
    return VAEOutput(noise(batch, *shape, seed=3, dtype=dtype), mu, logvar, mu)


# ---- the KL divergences -----------------------------------------------------------------------------------------


def test_kl_standard_normal_equals_torch_distributions():
    mu, logvar = 3 * noise(20, 5), 4 * noise(20, 5, seed=1)
    prior = normal(torch.zeros_like(mu), torch.zeros_like(mu))
    torch.testing.assert_close(kl_standard_normal(mu, logvar), kl_divergence(normal(mu, logvar), prior), **EXACT)


@pytest.mark.parametrize(
    ("mu", "logvar", "latent", "expected"),
    [
        (0, 0, 1, 0.0),
        (2, 0, 1, 2.0),
        (0, 1, 1, 0.5 * (math.e - 2)),
        (1, 0, 10, 5.0),
        (0, -20, 1, 0.5 * (math.exp(-20) + 19)),
    ],
)
def test_kl_standard_normal_at_the_probes_of_known_mistakes(mu, logvar, latent, expected):
    mu, logvar = (torch.full((3, latent), float(v), dtype=torch.float64) for v in (mu, logvar))
    # Three times the same row: three times the same number, not its sum or mean.
    torch.testing.assert_close(
        kl_standard_normal(mu, logvar), torch.full((3,), expected, dtype=torch.float64), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize(("mu", "logvar"), [(0.0, 1.0), (-1.3, -2.0), (2.0, 0.7)])
def test_kl_standard_normal_equals_quadrature(mu, logvar):
    # The integral of q log(q / p), not a formula derived from it.
    std = math.exp(logvar / 2)
    z = np.linspace(mu - 12 * std, mu + 12 * std, 20_001)
    log_q = -0.5 * ((z - mu) / std) ** 2 - math.log(std) - 0.5 * math.log(2 * math.pi)
    log_p = -0.5 * z**2 - 0.5 * math.log(2 * math.pi)
    integral = np.trapezoid(np.exp(log_q) * (log_q - log_p), z)
    value = kl_standard_normal(*torch.tensor([[[mu]], [[logvar]]], dtype=torch.float64))
    assert value.item() == pytest.approx(integral, abs=1e-9)


@given(st.lists(st.tuples(means, logvars), min_size=1, max_size=6))
@quick
def test_kl_standard_normal_is_zero_at_the_prior_alone(rows):
    mu, logvar = torch.tensor(rows, dtype=torch.float64).unsqueeze(1).unbind(-1)  # (B, 1) each
    kl = kl_standard_normal(mu, logvar)
    assert (kl >= 0).all()
    away = (mu.abs() > 1e-6) | (logvar.abs() > 1e-6)
    assert (kl[away[:, 0]] > 0).all()
    assert (kl_standard_normal(torch.zeros_like(mu), torch.zeros_like(mu)) == 0).all()


@pytest.mark.parametrize("logvar", [1e-4, -1e-4, 1e-3, -1e-3])
def test_kl_standard_normal_keeps_its_digits_near_the_prior_in_float32(logvar):
    # exp(v) - 1 - v computed as it is written is 0 or twice as much here; the Taylor series is v²/4 + v³/12.
    value = kl_standard_normal(torch.zeros(1, 1), torch.full((1, 1), logvar)).item()
    assert value == pytest.approx(logvar**2 / 4 + logvar**3 / 12, rel=5e-3)


@given(st.lists(st.tuples(means, logvars), min_size=1, max_size=6))
@quick
def test_kl_terms_sum_to_the_kl(rows):
    mu, logvar = torch.tensor([rows], dtype=torch.float64).unbind(-1)
    terms = kl_terms(mu, logvar)
    assert [t.shape for t in terms] == [mu.shape] * 4
    torch.testing.assert_close(sum(terms).sum(-1), kl_standard_normal(mu, logvar), rtol=1e-9, atol=1e-9)


def test_kl_terms_come_in_the_order_mean_spread_log_constant():
    mu, logvar = torch.tensor([[3.0]]), torch.tensor([[math.log(4.0)]])
    assert [t.item() for t in kl_terms(mu, logvar)] == pytest.approx([4.5, 2.0, -math.log(2.0), -0.5])


def test_kl_normal_equals_torch_distributions():
    parameters = [2 * noise(20, 4, seed=s) for s in range(4)]
    expected = kl_divergence(normal(*parameters[:2]), normal(*parameters[2:]))
    torch.testing.assert_close(kl_normal(*parameters), expected, **EXACT)


@given(seeds)
@quick
def test_kl_normal_of_a_distribution_with_itself_is_zero(seed):
    mu, logvar = 5 * noise(4, 3, seed=seed), 5 * noise(4, 3, seed=seed + 1)
    assert (kl_normal(mu, logvar, mu, logvar) == 0).all()


@pytest.mark.parametrize("batch", [(), (6,), (2, 3)])
def test_kl_mvn_equals_torch_distributions(batch):
    q = 2 * noise(*batch, 4, seed=1), covariance(*batch, size=4, seed=2)
    p = 2 * noise(*batch, 4, seed=3), covariance(*batch, size=4, seed=4)
    value = kl_mvn(*q, *p)
    assert value.shape == batch
    torch.testing.assert_close(value, kl_divergence(MultivariateNormal(*q), MultivariateNormal(*p)), **EXACT)


@given(seeds)
@quick
def test_kl_mvn_with_diagonal_covariances_equals_kl_normal(seed):
    mu_q, logvar_q, mu_p, logvar_p = (noise(3, 4, seed=seed + i) for i in range(4))
    value = kl_mvn(mu_q, torch.diag_embed(logvar_q.exp()), mu_p, torch.diag_embed(logvar_p.exp()))
    torch.testing.assert_close(value, kl_normal(mu_q, logvar_q, mu_p, logvar_p), **EXACT)


@given(seeds)
@quick
def test_kl_mvn_is_the_same_after_a_common_affine_map(seed):
    # A change of coordinates moves both distributions and changes no information.
    mu_q, mu_p, shift = noise(3, seed=seed), noise(3, seed=seed + 1), noise(3, seed=seed + 2)
    cov_q, cov_p = covariance(size=3, seed=seed + 3), covariance(size=3, seed=seed + 4)
    rotation, _ = torch.linalg.qr(noise(3, 3, seed=seed + 5))
    a = rotation @ torch.diag(torch.tensor([0.5, 2.0, 3.0], dtype=torch.float64))
    mapped = kl_mvn(a @ mu_q + shift, a @ cov_q @ a.mT, a @ mu_p + shift, a @ cov_p @ a.mT)
    torch.testing.assert_close(mapped, kl_mvn(mu_q, cov_q, mu_p, cov_p), rtol=1e-8, atol=1e-8)
    assert mapped >= 0
    torch.testing.assert_close(kl_mvn(mu_q, cov_q, mu_q, cov_q), torch.zeros(()).double(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", ["cov_q", "cov_p"])
@pytest.mark.parametrize("matrix", [[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.9], [0.0, 1.0]], [[math.nan, 0], [0, 1.0]]])
def test_kl_mvn_refuses_what_is_no_covariance(name, matrix):
    arguments = {"mu_q": torch.zeros(2), "cov_q": torch.eye(2), "mu_p": torch.zeros(2), "cov_p": torch.eye(2)}
    with pytest.raises(ValueError, match=f"`{name}` must be symmetric and positive definite"):
        kl_mvn(**arguments | {name: torch.tensor(matrix)})


def test_kl_mvn_refuses_shapes_that_do_not_fit():
    eye, zero = torch.eye(3), torch.zeros(2)
    with pytest.raises(ValueError, match=r"`cov_q` must have shape \(2, 2\)"):
        kl_mvn(zero, eye, zero, eye)
    with pytest.raises(ValueError, match="`mu_q` and `mu_p`"):
        kl_mvn(zero, eye, torch.zeros(3), eye)
    with pytest.raises(ValueError, match="`cov_q` and `cov_p`"):
        kl_mvn(zero, torch.eye(2), zero, eye)


# ---- the likelihoods --------------------------------------------------------------------------------------------


def test_bernoulli_nll_equals_torch_distributions():
    logits, x = 3 * noise(5, 1, 6, 6), pixels(5, 1, 6, 6, seed=1).round()
    expected = -Independent(Bernoulli(logits=logits), 3).log_prob(x)
    torch.testing.assert_close(bernoulli_nll(logits, x), expected, **EXACT)


def test_bernoulli_nll_of_grey_pixels_equals_the_formula():
    logits, x = 3 * noise(5, 2, 3, 3), pixels(5, 2, 3, 3, seed=1)
    p = logits.sigmoid()
    expected = -(x * p.log() + (1 - x) * (1 - p).log()).sum((1, 2, 3))
    torch.testing.assert_close(bernoulli_nll(logits, x), expected, **EXACT)


@given(seeds)
@quick
def test_bernoulli_nll_is_at_least_the_entropy_of_the_pixels(seed):
    x = pixels(4, 9, seed=seed).clamp(1e-3, 1 - 1e-3)
    entropy = -(x * x.log() + (1 - x) * (1 - x).log()).sum(1)
    torch.testing.assert_close(bernoulli_nll(x.logit(), x), entropy, **EXACT)
    assert (bernoulli_nll(5 * noise(4, 9, seed=seed + 1), x) >= entropy).all()


@pytest.mark.parametrize("value", [255.0, -0.1, math.nan])
def test_bernoulli_nll_refuses_pixels_outside_the_unit_interval(value):
    x = torch.zeros(2, 1, 4, 4)
    x[1, 0, 2, 3] = value
    with pytest.raises(ValueError, match=r"`x` must lie in \[0, 1\].*divide 8-bit images by 255"):
        bernoulli_nll(torch.zeros_like(x), x)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool, torch.bfloat16, torch.float64])
def test_bernoulli_nll_takes_binary_images_of_any_type(dtype):
    logits, x = noise(2, 1, 28, 28, dtype=torch.float32), pixels(2, 1, 28, 28).round()
    value = bernoulli_nll(logits, x.to(dtype))
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, bernoulli_nll(logits, x.float()))


def test_bernoulli_nll_of_an_empty_batch_is_empty():
    assert bernoulli_nll(torch.zeros(0, 1, 4, 4), torch.zeros(0, 1, 4, 4)).shape == (0,)


@pytest.mark.parametrize("logvar", [0.0, math.log(0.05), 2.5])
def test_gaussian_nll_equals_torch_distributions(logvar):
    x_hat, x = noise(4, 1, 5, 5), 2 * noise(4, 1, 5, 5, seed=1)
    expected = -Independent(Normal(x_hat, math.exp(logvar / 2)), 3).log_prob(x)
    torch.testing.assert_close(gaussian_nll(x_hat, x, logvar=logvar), expected, **EXACT)


@pytest.mark.parametrize("shape", [(), (1,), (5, 5), (1, 5, 5), (4, 1, 1, 1), (4, 1, 5, 5)])
def test_gaussian_nll_takes_a_logvar_for_each_pixel(shape):
    x_hat, x, logvar = noise(4, 1, 5, 5), noise(4, 1, 5, 5, seed=1), noise(*shape, seed=2)
    expected = -Independent(Normal(x_hat, (0.5 * logvar).exp().expand_as(x)), 3).log_prob(x)
    torch.testing.assert_close(gaussian_nll(x_hat, x, logvar=logvar), expected, **EXACT)


def test_gaussian_nll_refuses_a_logvar_that_does_not_broadcast():
    with pytest.raises(ValueError, match=r"`logvar` must broadcast to \(2, 1, 4, 4\), got \(2,\)"):
        gaussian_nll(torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 4, 4), logvar=torch.zeros(2))


@pytest.mark.parametrize("nll", [bernoulli_nll, gaussian_nll])
def test_nll_treats_every_example_by_itself(nll):
    a, x, order = noise(5, 1, 4, 4), pixels(5, 1, 4, 4, seed=1), [3, 0, 4, 1, 2]
    whole = nll(a, x)
    torch.testing.assert_close(nll(a[order], x[order]), whole[order], **EXACT)
    torch.testing.assert_close(nll(a[2:3], x[2:3]), whole[2:3], **EXACT)


@pytest.mark.parametrize("nll", [bernoulli_nll, gaussian_nll])
def test_nll_refuses_shapes_that_would_only_broadcast(nll):
    with pytest.raises(ValueError, match=r"`x` must have the same shape, got \(2, 16\) and \(2, 1, 4, 4\)"):
        nll(torch.zeros(2, 16), torch.zeros(2, 1, 4, 4))
    with pytest.raises(ValueError, match="must have the same shape"):
        nll(torch.zeros(1, 1, 4, 4), torch.zeros(3, 1, 4, 4))
    with pytest.raises(ValueError, match=r"`x` must have shape \(B, \.\.\.\), got \(16,\)"):
        nll(torch.zeros(16), torch.zeros(16))


# ---- reparameterization -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mu", "logvar"), [(0.0, math.log(9.0)), (-2.0, -1.0)])
def test_reparameterize_draws_the_right_distribution(mu, logvar):
    n, variance = 100_000, math.exp(logvar)
    shape = (n, 1)
    generator = torch.Generator().manual_seed(5)
    z = reparameterize(torch.full(shape, mu), torch.full(shape, logvar), generator=generator)
    # Four standard errors: variance / n for the mean's square, 2 variance² / (n - 1) for the variance's.
    assert abs(z.mean().item() - mu) < 4 * math.sqrt(variance / n)
    assert abs(z.var().item() - variance) < 4 * variance * math.sqrt(2 / (n - 1))


def test_reparameterize_draws_independent_noise_for_every_entry():
    n = 100_000
    z = reparameterize(torch.zeros(n, 2), torch.zeros(n, 2), generator=torch.Generator().manual_seed(6))
    correlation = torch.corrcoef(z.T)[0, 1].item()
    along_the_batch = torch.corrcoef(torch.stack([z[1:, 0], z[:-1, 0]]))[0, 1].item()
    assert max(abs(correlation), abs(along_the_batch)) < 4 / math.sqrt(n)


def test_reparameterize_uses_the_noise_it_is_given():
    mu, logvar, eps = noise(3, 2), noise(3, 2, seed=1), noise(3, 2, seed=2)
    expected = Normal(mu, (0.5 * logvar).exp()).icdf(Normal(0.0, 1.0).cdf(eps))
    torch.testing.assert_close(reparameterize(mu, logvar, eps=eps), expected, rtol=1e-9, atol=1e-9)


def test_reparameterize_has_gradients_one_and_half_sigma_eps():
    mu, logvar, eps = noise(3, 2).requires_grad_(), noise(3, 2, seed=1).requires_grad_(), noise(3, 2, seed=2)
    reparameterize(mu, logvar, eps=eps).sum().backward()
    torch.testing.assert_close(mu.grad, torch.ones_like(mu))
    torch.testing.assert_close(logvar.grad, 0.5 * (0.5 * logvar.detach()).exp() * eps, **EXACT)


def test_reparameterize_draws_from_its_generator_and_leaves_the_global_one_alone():
    mu = torch.zeros(4, 3)
    before = torch.get_rng_state()
    first, again, other = (reparameterize(mu, mu, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_reparameterize_draws_from_the_global_generator_by_default():
    mu = torch.zeros(4, 3)
    with torch.random.fork_rng(devices=[]):
        draws = [(torch.manual_seed(s), reparameterize(mu, mu))[1] for s in (1, 1, 2)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


@pytest.mark.parametrize("shape", [(4,), (4, 3), (2, 5, 3)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_reparameterize_keeps_shape_and_type(shape, dtype):
    z = reparameterize(torch.zeros(shape, dtype=dtype), torch.zeros(shape, dtype=dtype))
    assert z.shape == shape
    assert z.dtype == dtype


def test_reparameterize_refuses_shapes_that_would_only_broadcast():
    with pytest.raises(ValueError, match="`mu` and `logvar` must have the same shape"):
        reparameterize(torch.zeros(3, 2), torch.zeros(1, 2))
    with pytest.raises(ValueError, match="`mu` and `eps` must have the same shape"):
        reparameterize(torch.zeros(3, 2), torch.zeros(3, 2), eps=torch.zeros(2))


# ---- the whole loss ---------------------------------------------------------------------------------------------


@given(st.floats(0, 100))
@quick
def test_vae_loss_is_nll_plus_beta_kl(beta):
    out, x = output(), pixels(3, 1, 4, 4)
    loss = vae_loss(out, x, beta=beta)
    assert isinstance(loss, VAELoss)
    assert [part.shape for part in loss] == [(3,)] * 3
    torch.testing.assert_close(loss.nll, bernoulli_nll(out.logits, x))
    torch.testing.assert_close(loss.kl, kl_standard_normal(out.mu, out.logvar))
    torch.testing.assert_close(loss.loss, loss.nll + beta * loss.kl, **EXACT)


def test_vae_loss_at_beta_one_is_minus_the_elbo():
    out, x = output(), pixels(3, 1, 4, 4).round()
    log_px_z = Independent(Bernoulli(logits=out.logits), 3).log_prob(x)
    prior = normal(torch.zeros_like(out.mu), torch.zeros_like(out.mu))
    elbo = log_px_z - kl_divergence(normal(out.mu, out.logvar), prior)
    torch.testing.assert_close(vae_loss(out, x).loss, -elbo, **EXACT)


def test_vae_loss_takes_any_output_with_logits_mu_and_logvar():
    out, x = output(), pixels(3, 1, 4, 4)
    mine = types.SimpleNamespace(logits=out.logits, mu=out.mu, logvar=out.logvar)
    torch.testing.assert_close(vae_loss(mine, x).loss, vae_loss(out, x).loss)


def test_vae_loss_takes_another_likelihood():
    out, x = output(), 3 * noise(3, 1, 4, 4, seed=9)  # data that Bernoulli would refuse
    torch.testing.assert_close(vae_loss(out, x, nll=gaussian_nll).nll, gaussian_nll(out.logits, x))


@pytest.mark.parametrize("beta", [-1.0, -1e-9, math.nan, math.inf])
def test_vae_loss_refuses_a_beta_that_is_no_weight(beta):
    with pytest.raises(ValueError, match=f"`beta` must be >= 0 and finite, got {beta}; use 1.0"):
        vae_loss(output(), pixels(3, 1, 4, 4), beta=beta)


def test_vae_loss_refuses_a_likelihood_that_averages_over_the_batch():
    # A number would spread over the batch, and the KL would weigh as much as B examples.
    with pytest.raises(ValueError, match=r"`nll` and `kl` must have the same shape, got \(\) and \(3,\)"):
        vae_loss(output(), pixels(3, 1, 4, 4), nll=lambda logits, x: bernoulli_nll(logits, x).mean())


@pytest.mark.parametrize("beta", ["4", None, torch.tensor(4.0), True])
def test_vae_loss_refuses_a_beta_that_is_no_number(beta):
    with pytest.raises(TypeError, match="`beta` must be a number"):
        vae_loss(output(), pixels(3, 1, 4, 4), beta=beta)


def test_vae_loss_of_an_autoencoder_says_what_is_missing():
    with pytest.raises(
        TypeError, match=r"must have logits, mu and logvar, .* got Tensor without logits and mu and logvar"
    ):
        vae_loss(noise(3, 1, 4, 4), pixels(3, 1, 4, 4))


# ---- what holds for all of them ---------------------------------------------------------------------------------

CALLS = {
    "reparameterize": (lambda a, b, c, d: reparameterize(a, b, eps=c), (3, 2)),
    "kl_standard_normal": (lambda a, b, c, d: kl_standard_normal(a, b), (3, 2)),
    "kl_terms": (lambda a, b, c, d: torch.stack(kl_terms(a, b)), (3, 2)),
    "kl_normal": (kl_normal, (3, 2)),
    "bernoulli_nll": (lambda a, b, c, d: bernoulli_nll(a, b.sigmoid()), (3, 1, 4, 4)),
    "gaussian_nll": (lambda a, b, c, d: gaussian_nll(a, b, logvar=c), (3, 1, 4, 4)),
    "vae_loss": (lambda a, b, c, d: vae_loss(VAEOutput(c, a, b, a), d.sigmoid(), beta=2.0).loss, (3, 4)),
}
every_loss = pytest.mark.parametrize(("function", "shape"), CALLS.values(), ids=CALLS)


@every_loss
def test_loss_has_the_gradient_that_finite_differences_show(function, shape):
    inputs = [noise(*shape, seed=s).requires_grad_() for s in range(4)]
    assert gradcheck(lambda *tensors: function(*tensors), inputs)


def test_kl_mvn_has_the_gradient_that_finite_differences_show():
    inputs = [noise(2, seed=0), noise(2, 2, seed=1), noise(2, seed=2), noise(2, 2, seed=3)]

    def from_factors(mu_q, a_q, mu_p, a_p):
        eye = torch.eye(2, dtype=torch.float64)
        return kl_mvn(mu_q, a_q @ a_q.mT + eye, mu_p, a_p @ a_p.mT + eye)

    assert gradcheck(from_factors, [t.requires_grad_() for t in inputs])


@every_loss
def test_loss_changes_no_input(function, shape):
    inputs = [noise(*shape, seed=s) for s in range(4)]
    copies = [t.clone() for t in inputs]
    function(*inputs)
    assert all(torch.equal(a, b) for a, b in zip(inputs, copies, strict=True))


@every_loss
def test_loss_keeps_float64(function, shape):
    assert function(*(noise(*shape, seed=s) for s in range(4))).dtype == torch.float64


@every_loss
@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
def test_loss_of_half_precision_is_summed_in_float32(function, shape, half):
    inputs = [noise(*shape, seed=s, dtype=torch.float32).to(half) for s in range(4)]
    value = function(*inputs)
    assert value.dtype == torch.float32
    # The sigmoid that makes pixels of the inputs is rounded to half precision by the test itself: hence 2 %.
    torch.testing.assert_close(value, function(*(t.float() for t in inputs)), rtol=0.02, atol=0.02)


ROW, EYE = torch.zeros(1, 2), torch.eye(2)
FROM_A_NETWORK = [
    *(("mu", lambda bad, f=f: f(bad, ROW)) for f in (reparameterize, kl_standard_normal, kl_terms)),
    *(("logvar", lambda bad, f=f: f(ROW, bad)) for f in (reparameterize, kl_standard_normal, kl_terms)),
    ("eps", lambda bad: reparameterize(ROW, ROW, eps=bad)),
    ("mu_q", lambda bad: kl_normal(bad, ROW, ROW, ROW)),
    ("logvar_q", lambda bad: kl_normal(ROW, bad, ROW, ROW)),
    ("mu_p", lambda bad: kl_normal(ROW, ROW, bad, ROW)),
    ("logvar_p", lambda bad: kl_normal(ROW, ROW, ROW, bad)),
    ("mu_q", lambda bad: kl_mvn(bad, EYE[None], ROW, EYE[None])),
    ("cov_q", lambda bad: kl_mvn(ROW, bad, ROW, EYE[None])),
    ("mu_p", lambda bad: kl_mvn(ROW, EYE[None], bad, EYE[None])),
    ("cov_p", lambda bad: kl_mvn(ROW, EYE[None], ROW, bad)),
    ("logits", lambda bad: bernoulli_nll(bad, ROW)),
    ("x_hat", lambda bad: gaussian_nll(bad, ROW)),
]


@pytest.mark.parametrize(("name", "call"), FROM_A_NETWORK)
def test_losses_refuse_integers_arrays_and_lists_in_what_a_network_gives(name, call):
    # −½ as an integer is 0: the KL of integer means was half a nat too many for every dimension.
    for wrong in (torch.tensor([[2, 0]]), torch.tensor([[True, False]])):
        with pytest.raises(TypeError, match=rf"`{name}` must be floating point, got {wrong.dtype}; use \.float\(\)"):
            call(wrong)
    for wrong in (np.zeros((1, 2)), [[2.0, 0.0]]):
        with pytest.raises(TypeError, match=f"`{name}` must be a tensor, got a {type(wrong).__name__}; use torch"):
            call(wrong)


@pytest.mark.parametrize("nll", [bernoulli_nll, gaussian_nll])
def test_nll_refuses_pixels_that_are_no_tensor(nll):
    with pytest.raises(TypeError, match="`x` must be a tensor, got a ndarray"):
        nll(ROW, np.zeros((1, 2)))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool, torch.int64])
@pytest.mark.parametrize("nll", [bernoulli_nll, gaussian_nll])
def test_nll_takes_pixels_of_any_type(nll, dtype):
    a, x = noise(2, 1, 4, 4, dtype=torch.float32), pixels(2, 1, 4, 4).round()
    torch.testing.assert_close(nll(a, x.to(dtype)), nll(a, x.float()))


def test_gaussian_nll_wants_a_number_or_a_tensor_for_logvar():
    zero = torch.zeros(1, 4)
    with pytest.raises(TypeError, match="`logvar` must be a number, got '0'"):
        gaussian_nll(zero, zero, logvar="0")
    with pytest.raises(TypeError, match=r"`logvar` must be floating point, got torch\.int64"):
        gaussian_nll(zero, zero, logvar=torch.zeros(1, 4).long())


@pytest.mark.parametrize(
    ("logvar", "distance"), [(-350, 0), (-200, 0), (-90, 0), (-90, 1e-19), (90, 1e19), (200, 0), (350, 0)]
)
def test_gaussians_of_extreme_widths_are_right_in_float32(logvar, distance):
    # float32 ends at exp(88): 1 / σ² is infinite from a log-variance of −89 on, 1 / σ from −178 on.
    x, v = torch.full((1, 3), float(distance)), torch.full((1, 3), float(logvar))
    for tensor in (x, v):
        tensor.requires_grad_()
    square = distance**2 * math.exp(-logvar)
    nll, kl = gaussian_nll(torch.zeros(1, 3), x, logvar=v), kl_normal(x, v, torch.zeros(1, 3), v)
    assert nll.item() == pytest.approx(1.5 * (square + logvar + math.log(2 * math.pi)), rel=1e-4)
    assert kl.item() == pytest.approx(1.5 * square, rel=1e-4)
    (nll + kl).sum().backward()
    assert x.grad.isfinite().all()
    assert v.grad.isfinite().all()


def test_bernoulli_nll_of_bfloat16_logits_adds_784_pixels_without_rounding():
    logits, x = noise(2, 784, dtype=torch.float32).bfloat16(), pixels(2, 784).round().float()
    torch.testing.assert_close(bernoulli_nll(logits, x), bernoulli_nll(logits.double(), x).float(), rtol=1e-6, atol=0)
    torch.testing.assert_close(bernoulli_nll(logits, x.bfloat16()), bernoulli_nll(logits, x))


@every_loss
@pytest.mark.parametrize("value", [-80.0, 80.0])
def test_loss_is_finite_at_extreme_log_variances_in_float32(function, shape, value):
    # In every position in turn: a log-variance of 80 is exp(80) = 5e34, still a float32; as logits they saturate.
    for position in range(4):
        inputs = [torch.zeros(shape) for _ in range(4)]
        inputs[position].fill_(value)
        for tensor in inputs:
            tensor.requires_grad_()
        result = function(*inputs)
        result.sum().backward()
        assert result.isfinite().all()
        assert all(t.grad.isfinite().all() for t in inputs if t.grad is not None)


@pytest.mark.parametrize("logit", [-1e4, 1e4])
@pytest.mark.parametrize("x", [0.0, 0.3, 1.0])
def test_bernoulli_nll_at_extreme_logits_is_linear_and_finite(logit, x):
    logits = torch.full((1, 784), logit, requires_grad=True)
    value = bernoulli_nll(logits, torch.full((1, 784), x))
    value.sum().backward()
    assert value.item() == pytest.approx(784 * (max(logit, 0.0) - x * logit), rel=1e-5)
    torch.testing.assert_close(logits.grad, torch.full_like(logits, float(logit > 0) - x))


@pytest.mark.parametrize("function", [kl_standard_normal, kl_terms])
def test_kl_refuses_shapes_that_would_only_broadcast(function):
    with pytest.raises(ValueError, match=r"`mu` and `logvar` must have the same shape, got \(3, 2\) and \(3, 1\)"):
        function(torch.zeros(3, 2), torch.zeros(3, 1))


def test_kl_normal_names_the_arguments_that_do_not_fit():
    a, b = torch.zeros(3, 2), torch.zeros(2)
    with pytest.raises(ValueError, match="`mu_q` and `logvar_q`"):
        kl_normal(a, b, a, a)
    with pytest.raises(ValueError, match="`mu_q` and `mu_p`"):
        kl_normal(a, a, b, b)
    with pytest.raises(ValueError, match="`mu_p` and `logvar_p`"):
        kl_normal(a, a, a, b)
