"""The metrics against models whose log p(x) is known, mixtures that can be integrated, and codes that are counted."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import MultivariateNormal, Normal

from course_utils.losses import bernoulli_nll, gaussian_nll, kl_standard_normal
from course_utils.metrics import active_units, evidence, information, iwae_bound, kl_per_dimension, surgery
from course_utils.models import VAE, Autoencoder

quick = settings(max_examples=40, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(*shape, seed=0):
    return torch.randn(shape, generator=generator(seed), dtype=torch.float64)


class LinearGaussian:
    """x = W z + noise of variance one, W with orthogonal columns: the posterior is normal with independent dimensions.

    `widen` is added to the log-variance of the encoder: at 0 it is the exact posterior.
    """

    def __init__(self, widen=0.0):
        self.scale = torch.tensor([2.0, 1.0, 0.5], dtype=torch.float64)
        self.W = torch.linalg.qr(noise(6, 3)).Q * self.scale
        self.widen = widen

    def encode(self, x):
        precision = 1 + self.scale**2
        return x @ self.W / precision, (self.widen - precision.log()).expand(len(x), -1)

    def decode(self, z):
        return z @ self.W.T

    def log_p(self, x):
        return MultivariateNormal(torch.zeros(6).double(), self.W @ self.W.T + torch.eye(6).double()).log_prob(x)


def bound(model, x, k, seed=0):
    return iwae_bound(model, x, k, nll=gaussian_nll, generator=generator(seed))


# ---- the importance-weighted bound --------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 2, 17])
def test_iwae_bound_with_the_exact_posterior_is_log_p_for_every_k(k):
    model, x = LinearGaussian(), noise(8, 6, seed=1)
    torch.testing.assert_close(bound(model, x, k), model.log_p(x), rtol=0, atol=1e-10)


@given(seeds, st.integers(1, 9), st.integers(1, 40))
@quick
def test_iwae_bound_does_not_depend_on_the_size_of_the_chunks(seed, at_once, k):
    # With the exact posterior the answer is known for every sample: chunks that are lost or counted twice show.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "DECODED_AT_ONCE", at_once)
        model, x = LinearGaussian(), noise(3, 6, seed=seed)
        torch.testing.assert_close(bound(model, x, k, seed), model.log_p(x), rtol=0, atol=1e-10)


def test_iwae_bound_rises_with_k_below_log_p_and_reaches_it():
    model, x = LinearGaussian(widen=1.0), noise(1, 6, seed=2).expand(2000, -1)  # 2000 estimates for one image
    exact = model.log_p(x[:1]).item()
    estimates = {k: bound(model, x, k, seed=k) for k in (1, 4, 16, 64)}
    means = {k: value.mean().item() for k, value in estimates.items()}
    errors = {k: value.std().item() / math.sqrt(len(value)) for k, value in estimates.items()}
    for less, more in ((1, 4), (4, 16), (16, 64)):
        assert means[more] - means[less] > 3 * math.hypot(errors[less], errors[more])
    assert means[64] < exact + 4 * errors[64]
    assert bound(model, x[:4], 50_000).sub(exact).abs().max() < 0.03  # the weights' relative error is about 1/200


def test_iwae_bound_at_k_1_is_the_elbo_on_average():
    model, x = LinearGaussian(widen=0.7), noise(1, 6, seed=3).expand(20_000, -1)
    mu, logvar = model.encode(x[:1])
    # E nll under q, exact: the trace of WᵀW times the variances comes on top of the error of the mean.
    nll = gaussian_nll(model.decode(mu), x[:1]) + 0.5 * (model.scale**2 * logvar.exp()).sum(-1)
    elbo = -(nll + kl_standard_normal(mu, logvar)).item()
    estimate = bound(model, x, 1)
    error = estimate.std().item() / math.sqrt(len(x))
    assert abs(estimate.mean().item() - elbo) < 4 * error
    assert error > 0


def test_iwae_bound_at_k_1_is_log_w_of_its_sample():
    model, x = LinearGaussian(widen=0.7), noise(5, 6, seed=3)
    mu, logvar = model.encode(x)
    std = (0.5 * logvar).exp()
    z = mu + std * torch.randn(1, 5, 3, generator=generator(9), dtype=torch.float64)[0]
    log_w = Normal(model.decode(z), 1).log_prob(x).sum(1) + (
        Normal(0, 1).log_prob(z) - Normal(mu, std).log_prob(z)
    ).sum(1)
    torch.testing.assert_close(bound(model, x, 1, seed=9), log_w, rtol=1e-10, atol=1e-10)


def test_iwae_bound_of_a_vae_equals_importance_sampling_written_out():
    vae, x = VAE(2, image_shape=(1, 4, 4)), torch.rand(3, 1, 4, 4, generator=generator(4))
    value = iwae_bound(vae, x, 5, generator=generator(5))
    mu, logvar = vae.encode(x)
    std = (0.5 * logvar).exp()
    z = mu + std * torch.randn(5, 3, 2, generator=generator(5))
    log_w = [
        -bernoulli_nll(vae.decode(z_i), x) + (Normal(0, 1).log_prob(z_i) - Normal(mu, std).log_prob(z_i)).sum(1)
        for z_i in z
    ]
    expected = torch.stack(log_w).exp().mean(0).log()
    torch.testing.assert_close(value, expected, rtol=1e-4, atol=1e-4)
    assert value.shape == (3,)
    assert not value.requires_grad


def test_iwae_bound_survives_weights_that_underflow():
    # log w is near −700 here: its exponential is 0 in float32.
    vae, x = VAE(2), torch.rand(2, 1, 28, 28, generator=generator())
    value = iwae_bound(vae, x, 3, generator=generator())
    assert value.isfinite().all()
    assert (value < -300).all()


def test_iwae_bound_memory_is_bounded():
    largest = 0

    class Watched(LinearGaussian):
        def decode(self, z):
            nonlocal largest
            largest = max(largest, len(z))
            return super().decode(z)

    bound(Watched(), noise(3, 6), 10_000)
    assert largest <= evidence.DECODED_AT_ONCE
    bound(Watched(), noise(evidence.DECODED_AT_ONCE + 1, 6), 2)
    assert largest == evidence.DECODED_AT_ONCE + 1  # one sample of each image is the least


def test_iwae_bound_repeats_with_the_same_generator_alone():
    model, x = LinearGaussian(widen=1.0), noise(4, 6)
    torch.testing.assert_close(bound(model, x, 3, 1), bound(model, x, 3, 1), rtol=0, atol=0)
    assert not torch.equal(bound(model, x, 3, 1), bound(model, x, 3, 2))


@pytest.mark.parametrize("k", [0, -1, 2.0, True])
def test_iwae_bound_names_a_wrong_k(k):
    with pytest.raises(ValueError, match="`k` must be an int >= 1"):
        bound(LinearGaussian(), noise(2, 6), k)


def test_iwae_bound_names_a_likelihood_that_averages_over_the_batch():
    with pytest.raises(ValueError, match=r"`nll` must return one number per example, shape \(6,\), got \(\)"):
        iwae_bound(LinearGaussian(), noise(2, 6), 3, nll=lambda x_hat, x: gaussian_nll(x_hat, x).mean())


def test_iwae_bound_of_an_autoencoder_says_what_it_lacks():
    # Two images: their codes would unpack as mu and logvar.
    model, x = Autoencoder(2, image_shape=(1, 4, 4)), torch.zeros(2, 1, 4, 4)
    with pytest.raises(TypeError, match=r"`model` must encode to \(mu, logvar\).*a Tensor from Autoencoder\.encode"):
        iwae_bound(model, x, 3)
    with pytest.raises(TypeError, match="`model` must have encode and decode, as a VAE has, got Tensor"):
        iwae_bound(x, x, 3)


def test_metrics_refuse_integers_and_arrays():
    for wrong in (torch.ones(2, 2).long(), np.ones((2, 2))):
        for call in (active_units, lambda mu: kl_per_dimension(mu, mu), lambda mu: information(mu, mu)):
            with pytest.raises(TypeError, match=r"`mu` must be (floating point|a tensor), got"):
                call(wrong)
        with pytest.raises(TypeError, match=r"`x` must be (floating point|a tensor), got"):
            iwae_bound(VAE(2), wrong, 3)


# ---- who uses the latent space ------------------------------------------------------------------------------------


def test_active_units_looks_at_the_means_alone():
    mu = noise(500, 4) * torch.tensor([1.0, 0.2, 0.05, 0.0]) + torch.tensor([0.0, 0.0, 0.0, 5.0])
    # Variances 1, 0.04, 0.0025 and 0: a large mean that is the same for all images is asleep.
    assert active_units(mu).tolist() == [True, True, False, False]
    assert active_units(mu, threshold=0.5).tolist() == [True, False, False, False]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_active_units_tells_divergence_from_collapse(value):
    mu = noise(4, 3)
    mu[2, 1] = value
    with pytest.raises(ValueError, match=r"`mu` must be finite, got NaN or infinity in dimensions \[1\]; find"):
        active_units(mu)


@given(seeds, st.integers(2, 5))
@quick
def test_active_units_does_not_change_when_the_images_come_twice(seed, images):
    mu = 0.2 * noise(images, 3, seed=seed)  # the threshold lies among these variances
    assert torch.equal(active_units(torch.cat([mu, mu])), active_units(mu))


@pytest.mark.parametrize("shape", [(3,), (1, 3), (2, 3, 4)])
def test_active_units_names_a_wrong_shape(shape):
    with pytest.raises(ValueError, match=r"`mu` must have shape \(N, Z\) with N >= 2"):
        active_units(torch.zeros(shape))


@pytest.mark.parametrize("threshold", [-0.1, math.nan, math.inf])
def test_active_units_names_a_wrong_threshold(threshold):
    with pytest.raises(ValueError, match="`threshold` must be >= 0"):
        active_units(torch.zeros(2, 2), threshold=threshold)


@given(seeds, st.integers(1, 6), st.integers(1, 4))
@quick
def test_kl_per_dimension_sums_to_the_mean_kl(seed, images, latent):
    mu, logvar = noise(images, latent, seed=seed), 2 * noise(images, latent, seed=seed + 1)
    shares = kl_per_dimension(mu, logvar)
    assert shares.shape == (latent,)
    assert (shares >= 0).all()
    torch.testing.assert_close(shares.sum(), kl_standard_normal(mu, logvar).mean())
    # Each dimension's share is that of a model with this dimension alone.
    torch.testing.assert_close(shares[:1], kl_per_dimension(mu[:, :1], logvar[:, :1]))


# ---- information --------------------------------------------------------------------------------------------------


def test_information_of_codes_far_apart_is_log_n():
    mu = 1000 * torch.arange(50.0)[:, None] * torch.ones(1, 3)
    result = information(mu, noise(50, 3).float(), generator=generator())
    assert result.mutual == pytest.approx(math.log(50), abs=1e-12)
    assert result.standard_error == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("logvar", [-30.0, -2.0, 0.0, 3.0])
def test_information_of_equal_posteriors_is_zero(logvar):
    mu = torch.full((40, 3), 1.7)
    result = information(mu, torch.full_like(mu, logvar), generator=generator())
    # At logvar = -30 a code of 1.7 is rounded to a billionth of its standard deviation.
    assert result.mutual == pytest.approx(0, abs=1e-9)
    assert result.marginal == pytest.approx(result.rate, abs=1e-9)


def test_information_equals_quadrature_in_one_dimension():
    mu, logvar = np.array([-1.0, 0.3, 2.0]), np.array([-1.0, 0.5, -3.0])
    z = np.linspace(-12, 12, 40_001)
    q = np.exp(-0.5 * (z - mu[:, None]) ** 2 / np.exp(logvar)[:, None]) / np.sqrt(2 * np.pi * np.exp(logvar))[:, None]
    mixture, prior = q.mean(0), np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    mutual = np.mean([np.trapezoid(q_n * np.log(np.maximum(q_n, 1e-300) / mixture), z) for q_n in q])
    marginal = np.trapezoid(mixture * np.log(mixture / prior), z)
    result = information(*(torch.tensor(t)[:, None] for t in (mu, logvar)), draws=20_000, generator=generator())
    assert result.rate == pytest.approx(mutual + marginal, abs=1e-9)  # the identity, integrated
    assert 0 < result.standard_error < 0.01
    assert abs(result.mutual - mutual) < 4 * result.standard_error
    assert abs(result.marginal - marginal) < 4 * result.standard_error


@given(seeds, st.integers(1, 30), st.integers(1, 4), st.floats(-3, 3), st.floats(-12, 3), st.integers(1, 3))
@quick
def test_information_is_at_most_log_n_and_divides_the_rate(seed, images, latent, log_spread, logvar, draws):
    mu = math.exp(log_spread) * noise(images, latent, seed=seed)
    logvars = logvar + noise(images, latent, seed=seed + 1)
    result = information(mu, logvars, draws=draws, generator=generator(seed))
    assert result.mutual <= math.log(images) + 1e-9
    assert result.rate == pytest.approx(kl_standard_normal(mu, logvars).mean().item())
    assert result.mutual + result.marginal == pytest.approx(result.rate)
    if images * draws > 1:
        # Not negative but by chance; a few samples know their own error only roughly.
        assert result.mutual >= -12 * result.standard_error - 1e-9 or images * draws < 10


def test_information_standard_error_is_that_of_repetitions():
    mu, logvar = noise(60, 2), -1 + 0.3 * noise(60, 2, seed=1)
    results = [information(mu, logvar, generator=generator(seed)) for seed in range(200)]
    spread = float(np.std([result.mutual for result in results], ddof=1))
    stated = float(np.mean([result.standard_error for result in results]))
    assert 0.8 * spread < stated < 2 * spread  # on the safe side, and not by much


@given(st.integers(1, 100))
@quick
def test_information_does_not_depend_on_the_size_of_the_chunks(pairs):
    # Far-apart pairs of equal codes: log 3 whatever the noise is, if every sample meets the whole mixture once.
    mu = torch.tensor([[0.0], [0.0], [500.0], [500.0], [900.0], [900.0]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surgery, "PAIRS_AT_ONCE", pairs)
        result = information(mu, torch.zeros(6, 1), draws=3, generator=generator())
    assert result.mutual == pytest.approx(math.log(3), abs=1e-12)


def test_information_keeps_its_digits_for_narrow_posteriors_far_from_zero():
    # Twins 1.5 standard deviations apart, at 1000 with a standard deviation of 1e-6. The same at zero is the answer.
    pair = torch.tensor([[-0.75], [0.75]], dtype=torch.float64)
    near = information(pair, torch.zeros(2, 1).double(), draws=500, generator=generator())
    logvar = torch.full((2, 1), 2 * math.log(1e-6), dtype=torch.float64)
    far = information(1000 + 1e-6 * pair, logvar, draws=500, generator=generator())
    assert far.mutual == pytest.approx(near.mutual, abs=1e-6)


def test_information_of_one_image_is_nothing_at_all():
    result = information(torch.tensor([[1.0, 2.0]]), torch.zeros(1, 2), generator=generator())
    assert result.mutual == 0
    assert math.isnan(result.standard_error)  # one sample knows nothing of its error


@pytest.mark.parametrize("function", [information, kl_per_dimension])
def test_posteriors_of_a_wrong_shape_are_named(function):
    with pytest.raises(ValueError, match=r"`mu` must have shape \(N, Z\)"):
        function(torch.zeros(3), torch.zeros(3))
    with pytest.raises(ValueError, match=r"`mu` must have shape \(N, Z\)"):
        function(torch.zeros(0, 3), torch.zeros(0, 3))
    with pytest.raises(ValueError, match="`mu` and `logvar` must have the same shape"):
        function(torch.zeros(3, 2), torch.zeros(3, 1))


@pytest.mark.parametrize("draws", [0, -1, 1.0, True])
def test_information_names_wrong_draws(draws):
    with pytest.raises(ValueError, match="`draws` must be an int >= 1"):
        information(torch.zeros(2, 2), torch.zeros(2, 2), draws=draws)
