"""Lesson 4's exercises: correct variants are accepted, and mistakes are recognised however they are written."""

import functools
import random
from collections import namedtuple

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import Independent, Laplace, MultivariateNormal, Normal

from course_utils.exercises import lesson04 as ex

# reparameterize


def std_of(logvar):
    return (0.5 * logvar).exp()


def by_steps(m, lv, e):
    sigma = torch.exp(lv / 2)
    noise = sigma * e
    noise += m
    return noise


def by_no_grad_noise(mu, logvar, eps):
    with torch.no_grad():
        noise = eps.clone()
    return mu + std_of(logvar) * noise


class Reparameterizer(nn.Module):
    def forward(self, mu, logvar, eps):
        return torch.addcmul(mu, std_of(logvar), eps)


def with_options(mu, logvar, eps, *, scale=1.0, **unused):
    return mu + scale * std_of(logvar) * eps


def double(logvar):
    return logvar * 2


REPARAMETERIZE = {
    "half in the exponent": lambda mu, logvar, eps: mu + torch.exp(0.5 * logvar) * eps,
    "root of the variance": lambda mu, logvar, eps: mu + logvar.exp().sqrt() * eps,
    "power": lambda mu, logvar, eps: mu + logvar.exp() ** 0.5 * eps,
    "other names, own temporaries in place": by_steps,
    "reciprocal root": lambda mu, logvar, eps: mu + eps / torch.rsqrt(logvar.exp()),
    "reciprocal exponential": lambda mu, logvar, eps: mu + eps * torch.exp(-logvar / 2).reciprocal(),
    "wide clamp": lambda mu, logvar, eps: mu + (0.5 * logvar.clamp(-30, 20)).exp() * eps,
    "guard against zero": lambda mu, logvar, eps: mu + (std_of(logvar) + 1e-8) * eps,
    "noise detached": by_no_grad_noise,
    "module": Reparameterizer(),
    "partial": functools.partial(with_options, scale=1.0),
    "keywords with defaults": with_options,
    "star arguments": lambda *arguments: with_options(*arguments),
    "in float64": lambda mu, logvar, eps: (mu.double() + std_of(logvar.double()) * eps.double()).to(mu.dtype),
    "base two": lambda mu, logvar, eps: mu + torch.exp2(logvar / (2 * 0.6931471805599453)) * eps,
    "einsum": lambda mu, logvar, eps: mu + torch.einsum("bz,bz->bz", std_of(logvar), eps),
    "sinh and cosh": lambda mu, logvar, eps: mu + ((0.5 * logvar).double().exp() * eps).to(mu.dtype),
    "log normal transform": lambda mu, logvar, eps: torch.distributions.AffineTransform(mu, std_of(logvar))(eps),
}


@pytest.mark.parametrize("variant", REPARAMETERIZE)
def test_reparameterize_accepts_variant(variant):
    verdict = ex.reparameterize.check(REPARAMETERIZE[variant])
    assert verdict.passed, verdict.text


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda m, v, e: m + torch.pow(torch.e, v) * e, "variance_as_std"),
        (lambda m, v, e: torch.exp(v).mul(e).add(m), "variance_as_std"),
        (lambda m, v, e: m + (v.exp() / 2) * e, "half_of_the_variance"),
        (lambda m, v, e: m + (0.5 * torch.relu(v)).exp() * e, "clamped_at_zero"),
        (lambda m, v, e: m + (0.5 * torch.maximum(v, torch.zeros_like(v))).exp() * e, "clamped_at_zero"),
        (lambda m, v, e: m + torch.sqrt(v.abs().exp()) * e, "absolute_logvar"),
        (lambda m, v, e: m + 0 * e, "mean_only"),
        (lambda m, v, e: m + torch.randn(m.shape) * std_of(v), "own_noise"),
        (lambda m, v, e: Normal(m, std_of(v)).rsample(), "own_noise"),
        (lambda m, v, e: torch.normal(m, v.exp().sqrt()), "torch_normal"),
        (lambda m, v, e: (m + std_of(v) * torch.randn_like(m)).detach(), "dot_sample"),
        (lambda m, v, e: m.data + std_of(v.data) * e, "detached"),
        (lambda m, v, e: (m + v.exp() * e).detach(), "variance_as_std"),
    ],
)
def test_reparameterize_recognises_mistake_written_differently(function, mistake):
    verdict = ex.reparameterize.check(function)
    assert verdict.mistake == mistake, verdict.text


def test_reparameterize_mistake_names_a_second_one():
    verdict = ex.reparameterize.check(lambda mu, logvar, eps: (mu + logvar.exp() * eps).detach())
    assert "Besides: There is no gradient" in verdict.text


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda m, v, e: m + (0.5 * nn.functional.leaky_relu(v)).exp() * e, "where `logvar` is negative"),
        (lambda m, v, e: m + (0.5 * v.clamp(-5, 5)).exp() * e, "is there a clamp?"),
        (lambda m, v, e: m + (0.5 * v.clamp(max=1.2)).exp() * e, "where `logvar` is above 1"),
        (lambda m, v, e: m + (0.5 * v.clamp(min=-1.2)).exp() * e, "where `logvar` is below -1"),
        (lambda m, v, e: m**2 + std_of(v) * e, "where `mu` is"),
        (lambda m, v, e: m.mean(0, keepdim=True) + std_of(v) * e, "right on the probes with a batch of one"),
        (lambda m, v, e: torch.log1p(torch.exp(v)) * e + m, "multiplied by `softplus(logvar)`"),
        (lambda m, v, e: m + std_of(v.exp()) * e, "`exp` applied twice"),
        (lambda m, v, e: m + 0.1 * std_of(v) * e, "turned down: it spreads by 0.1 times σ"),
        (lambda m, v, e: m - 2 * std_of(v) * e, "The noise is multiplied by −2·σ."),
        (lambda m, v, e: (m + std_of(v)) * e, "μ·ε stands where μ belongs"),
        (lambda m, v, e: e.cos(), "when `logvar` or `mu` changes"),
    ],
)
def test_reparameterize_unknown_mistake_gets_a_true_sentence(function, says):
    verdict = ex.reparameterize.check(function)
    assert verdict.kind == "different"
    assert says in verdict.text, verdict.text


def test_reparameterize_without_noise_is_not_told_what_multiplies_it():
    verdict = ex.reparameterize.check(lambda mu, logvar, eps: mu + logvar)
    assert "stays the same when `eps` changes" in verdict.text
    assert "The noise is multiplied" not in verdict.text


# sample_posterior


def by_inverse_cdf(mu, logvar):
    u = torch.rand_like(mu).clamp(1e-7, 1 - 1e-7)
    return mu + std_of(logvar) * torch.special.ndtri(u)


def by_rows(mu, logvar):
    return mu + std_of(logvar) * torch.stack([torch.randn(len(mu), dtype=mu.dtype) for _ in range(mu.shape[1])], 1)


def by_python(mu, logvar):
    noise = torch.tensor([random.gauss(0, 1) for _ in range(mu.numel())], dtype=mu.dtype)
    return mu + std_of(logvar) * noise.reshape(mu.shape)


SAMPLE = {
    "randn_like": lambda mu, logvar: mu + std_of(logvar) * torch.randn_like(mu),
    "randn of a shape": lambda mu, logvar: mu + std_of(logvar) * torch.randn(mu.shape, dtype=mu.dtype),
    "rsample": lambda mu, logvar: Normal(mu, std_of(logvar)).rsample(),
    "independent": lambda mu, logvar: Independent(Normal(mu, logvar.exp().sqrt()), 1).rsample(),
    "multivariate": lambda mu, logvar: MultivariateNormal(mu, torch.diag_embed(logvar.exp())).rsample(),
    "standard normal object": lambda mu, logvar: mu + std_of(logvar) * Normal(0.0, 1.0).sample(mu.shape).to(mu.dtype),
    "inverse cdf": by_inverse_cdf,
    "minus": lambda mu, logvar: mu - std_of(logvar) * torch.randn_like(mu),
    "column by column": by_rows,
    "torch.normal for the noise": lambda mu, logvar: mu + std_of(logvar) * torch.normal(torch.zeros_like(mu), 1.0),
    "in place": lambda mu, logvar: (
        torch.randn_like(mu).mul_(std_of(logvar).detach()) * 0 + Normal(mu, std_of(logvar)).rsample()
    ),
    "normal_": lambda mu, logvar: mu + std_of(logvar) * torch.empty_like(mu).normal_(),
    "numpy": lambda mu, logvar: mu + std_of(logvar) * torch.from_numpy(np.random.randn(*mu.shape)).to(mu.dtype),  # noqa: NPY002
    "random": by_python,
    "row by row": lambda mu, logvar: torch.stack(
        [m + std_of(v) * torch.randn(len(m), dtype=m.dtype) for m, v in zip(mu, logvar, strict=True)]
    ),
}


@pytest.mark.parametrize("variant", SAMPLE)
def test_sample_posterior_accepts_variant(variant):
    verdict = ex.sample_posterior.check(SAMPLE[variant])
    assert verdict.passed, verdict.text


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda mu, logvar: (mu + std_of(logvar) * torch.randn_like(mu)).detach(), "sample_cuts"),
        (lambda mu, logvar: mu + std_of(logvar) * torch.randn(1, mu.shape[1], dtype=mu.dtype), "shared_by_the_batch"),
        (lambda mu, logvar: mu + std_of(logvar) * torch.randn((), dtype=mu.dtype), "shared_by_the_batch"),
        (lambda mu, logvar: mu + std_of(logvar) * torch.randn_like(mu[:, :1]).expand_as(mu), "shared_by_the_latents"),
        (lambda mu, logvar: mu + std_of(logvar) * torch.rand(mu.shape, dtype=mu.dtype), "uniform_noise"),
        (lambda mu, logvar: Normal(mu, logvar.exp()).rsample(), "spread_by_the_variance"),
        (lambda mu, logvar: Normal(mu, 1.0).rsample(), "spread_by_one"),
    ],
)
def test_sample_posterior_recognises_mistake_written_differently(function, mistake):
    verdict = ex.sample_posterior.check(function)
    assert verdict.mistake == mistake, verdict.text


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda mu, logvar: mu + 0.9 * std_of(logvar) * torch.randn_like(mu), "the variance"),
        (lambda mu, logvar: mu + 0.01 * std_of(logvar) * torch.randn_like(mu), "turned down"),
        (lambda mu, logvar: mu + std_of(logvar) * torch.randn_like(mu).sign(), "only 2 different values"),
        (lambda mu, logvar: mu + std_of(logvar) * (torch.randn_like(mu) + 0.1), "the mean"),
        (lambda mu, logvar: mu + std_of(logvar) * 3**0.5 * (2 * torch.rand_like(mu) - 1), "fourth moment"),
        (lambda mu, logvar: Normal(mu, std_of(logvar)).rsample().float(), "dtype"),
    ],
)
def test_sample_posterior_names_what_is_off(function, says):
    verdict = ex.sample_posterior.check(function)
    assert not verdict.passed
    assert verdict.mistake is None
    assert says in verdict.text


@pytest.mark.parametrize(
    ("noise", "no_tails"),
    [
        (lambda mu: torch.randn_like(mu).clamp(-2, 2), True),
        (lambda mu: 3**0.5 * (2 * torch.rand_like(mu) - 1), True),
        (lambda mu: Laplace(torch.zeros_like(mu), 0.5**0.5).sample(), False),
    ],
    ids=["cut off", "uniform of the right width", "Laplace of the right width"],
)
def test_sample_posterior_of_the_right_width_is_not_called_subtracted(noise, no_tails):
    verdict = ex.sample_posterior.check(lambda mu, logvar: mu + std_of(logvar) * noise(mu))
    assert "fourth moment" in verdict.text
    assert "subtracted" not in verdict.text
    assert ("have no tails" in verdict.text) == no_tails


def test_sample_posterior_correlated_noise_is_found():
    def correlated(mu, logvar):
        eps = torch.randn_like(mu)
        mixed = (eps + 0.2 * eps.roll(1, 1)) / (1 + 0.2**2) ** 0.5 if mu.shape[1] > 1 else eps
        return mu + std_of(logvar) * mixed

    assert not ex.sample_posterior.check(correlated).passed


# gradients_by_hand

Pair = namedtuple("Pair", ["mu", "logvar"])


def with_autograd(logvar, eps, grad_z):
    mu = torch.zeros_like(logvar, requires_grad=True)
    leaf = logvar.clone().requires_grad_()
    z = mu + std_of(leaf) * eps
    return torch.autograd.grad(z, (mu, leaf), grad_outputs=grad_z)


GRADIENTS = {
    "formula": lambda logvar, eps, grad_z: (grad_z, grad_z * 0.5 * std_of(logvar) * eps),
    "named tuple": lambda a, b, c: Pair(c, c * std_of(a) * b / 2),
    "list": lambda a, b, c: [c.clone(), 0.5 * b * c * a.exp().sqrt()],
    "autograd": with_autograd,
    "times one": lambda a, b, c: (c * torch.ones_like(c), 0.5 * c * (std_of(a) * b)),
    "logarithms": lambda a, b, c: (c, b.sign() * torch.exp(b.abs().log() + 0.5 * a - torch.log(torch.tensor(2.0))) * c),
}


@pytest.mark.parametrize("variant", GRADIENTS)
def test_gradients_by_hand_accepts_variant(variant):
    verdict = ex.gradients_by_hand.check(GRADIENTS[variant])
    assert verdict.passed, verdict.text


ESTIMATORS = {
    "formula": lambda mu, std, z: (z * z * (z - mu) / (std * std), z + z),
    "through eps": lambda mu, std, z: (z**2 * ((z - mu) / std) / std, 2 * (mu + std * ((z - mu) / std))),
    "variance first": lambda m, s, z: (z.square() * (z - m) / s.square(), 2.0 * z),
    "named": lambda m, s, z: Pair(z**2 * (z - m) * s**-2, z * 2),
    "minus the other way": lambda m, s, z: (-(z**2) * (m - z) / s**2, 2 * z),
    "expanded": lambda m, s, z: (z**3 / s**2 - m * z**2 / s**2, 2 * z),
}


@pytest.mark.parametrize("variant", ESTIMATORS)
def test_gradient_estimators_accepts_variant(variant):
    verdict = ex.gradient_estimators.check(ESTIMATORS[variant])
    assert verdict.passed, verdict.text


# encoder_heads


class OneLayerCutInTwo(nn.Module):
    def __init__(self, hidden, latent):
        super().__init__()
        self.both = nn.Linear(hidden, 2 * latent)

    def forward(self, h):
        return self.both(h).chunk(2, dim=1)


class Listed(nn.Module):
    def __init__(self, features, z):
        super().__init__()
        self.heads = nn.ModuleList([nn.Linear(features, z) for _ in range(2)])

    def forward(self, x):
        return [head(x) for head in self.heads]


class ByHand(nn.Module):
    def __init__(self, hidden, latent):
        super().__init__()
        self.w = nn.Parameter(torch.randn(2, latent, hidden) / hidden)
        self.b = nn.Parameter(torch.zeros(2, 1, latent))

    def forward(self, h):
        mu, logvar = torch.einsum("khd,bd->kbh", self.w, h) + self.b
        return Pair(mu, logvar)


class StartsAtThePrior(nn.Module):
    def __init__(self, hidden, latent):
        super().__init__()
        self.mu, self.logvar = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        nn.init.zeros_(self.logvar.weight)
        nn.init.zeros_(self.logvar.bias)

    def forward(self, h):
        return self.mu(h), self.logvar(h)


class ScaledDown(nn.Module):
    def __init__(self, hidden, latent):
        super().__init__()
        self.mu, self.logvar = nn.Linear(hidden, latent), nn.Linear(hidden, latent)

    def forward(self, h):
        return self.mu(h), 0.1 * self.logvar(h) - 5


class WideClamp(StartsAtThePrior):
    def forward(self, h):
        return self.mu(h), self.logvar(h).clamp(-30, 20)


class WithoutBias(nn.Module):
    def __init__(self, hidden, latent):
        super().__init__()
        self.a, self.b = nn.Linear(hidden, latent, bias=False), nn.Linear(hidden, latent, bias=False)

    def forward(self, h):
        return self.a(h), self.b(h)


class Lazy(nn.Module):
    def __init__(self, hidden, latent):
        super().__init__()
        self.mu, self.logvar = nn.LazyLinear(latent), nn.LazyLinear(latent)

    def forward(self, h):
        return self.mu(h), self.logvar(h)


def a_factory(hidden, latent):
    return OneLayerCutInTwo(hidden, latent)


@pytest.mark.parametrize(
    "variant",
    [OneLayerCutInTwo, Listed, ByHand, StartsAtThePrior, ScaledDown, WideClamp, WithoutBias, Lazy, a_factory],
    ids=lambda v: v.__name__,
)
def test_encoder_heads_accepts_variant(variant):
    verdict = ex.encoder_heads.check(variant)
    assert verdict.passed, verdict.text


class Heads(nn.Module):
    """Two layers, and whatever a test puts behind them."""

    def __init__(self, hidden, latent):
        super().__init__()
        self.mu, self.logvar, self.trunk = (
            nn.Linear(hidden, latent),
            nn.Linear(hidden, latent),
            nn.Linear(hidden, hidden),
        )


@pytest.mark.parametrize(
    ("forward", "mistake"),
    [
        (lambda self, h: (self.mu(h).clamp(min=0), self.logvar(h)), "relu_on_mu"),
        (lambda self, h: (self.mu(h), self.logvar(h).clamp(min=0)), "relu_on_logvar"),
        (lambda self, h: (self.mu(h), self.logvar(h).exp()), "softplus_on_logvar"),
        (lambda self, h: (self.mu(h), nn.functional.softplus(self.logvar(h))), "softplus_on_logvar"),
        (lambda self, h: (self.mu(h), nn.functional.hardtanh(self.logvar(h))), "tanh_on_logvar"),
        (lambda self, h: 2 * [self.mu(h)], "SharedHead"),
    ],
)
def test_encoder_heads_recognises_mistake_written_differently(forward, mistake):
    heads = type("Mine", (Heads,), {"forward": forward})
    verdict = ex.encoder_heads.check(heads)
    assert verdict.mistake == mistake, verdict.text


@pytest.mark.parametrize(
    ("forward", "says"),
    [
        (lambda self, h: (nn.functional.leaky_relu(self.mu(h)), self.logvar(h)), "bent"),
        (lambda self, h: (self.mu(h), self.logvar(h).clamp(-4, 4)), "bent"),
        (lambda self, h: (self.mu(h), 2 * self.logvar(h) - self.mu(h)), "One of the two is computed from the other"),
        (lambda self, h: (self.mu(h) + self.logvar(h), self.logvar(h)), "One of the two is computed from the other"),
        (lambda self, h: (self.mu(h), -self.logvar(h).relu()), "0 and below"),
        (lambda self, h: (self.mu(h), -nn.functional.softplus(self.logvar(h))), "only negative ones"),
        (lambda self, h: (self.mu(self.trunk(h)), self.logvar(self.trunk(h))), "some weights move both"),
        (lambda self, h: (self.mu(nn.functional.dropout(h)), self.logvar(h)), "Dropout"),
        (lambda self, h: (self.mu(h).detach(), self.logvar(h)), "A path is cut by `.detach()`"),
        (lambda self, h: (self.mu(h), self.logvar(h.detach())), "h; but not from logvar"),
        (lambda self, h: (self.mu(h[:1]).expand(len(h), -1), self.logvar(h)), "Row i belongs to image i"),
        (lambda self, h: (self.mu(h).flip(0), self.logvar(h)), "Row i belongs to image i"),
        (lambda self, h: (self.mu(h), self.logvar(h) - self.logvar(h).mean(0)), "Row i belongs to image i"),
        (lambda self, h: (self.mu(h[:, :1].expand_as(h)), self.logvar(h)), "1 of 6"),
        (lambda self, h: (self.mu(h), self.logvar.bias.expand(len(h), -1)), "the same for every image"),
        (lambda self, h: (self.mu(h), self.logvar(h)[:, :1].expand(-1, self.logvar.out_features)), "1 of 3"),
        (lambda self, h: torch.cat([self.mu(h), self.logvar(h)], 1), "pair (mu, logvar)"),
        (lambda self, h: (self.mu(h).T, self.logvar(h)), "The shape of mu"),
    ],
)
def test_encoder_heads_names_what_is_off(forward, says):
    verdict = ex.encoder_heads.check(type("Mine", (Heads,), {"forward": forward}))
    assert not verdict.passed
    assert says in verdict.text, verdict.text


def test_encoder_heads_without_module_or_weights():
    a, b = torch.randn(3, 6), torch.randn(3, 6)

    class Bare(nn.Module):
        def __init__(self, hidden, latent):
            super().__init__()
            self.a, self.b = a[:latent, :hidden], b[:latent, :hidden]

        def forward(self, h):
            return h @ self.a.T, h @ self.b.T

    assert "none that PyTorch knows of" in ex.encoder_heads.check(Bare).text
    plain = ex.encoder_heads.check(
        lambda hidden, latent: lambda h: (h @ a[:latent, :hidden].T, h @ b[:latent, :hidden].T)
    )
    assert "none that PyTorch knows of: a function" in plain.text


# generate


def one_by_one(vae, n, generator):
    return torch.cat([torch.sigmoid(vae.decode(torch.randn(1, vae.latent, generator=generator))) for _ in range(n)])


def without_gradients(vae, n, generator):
    vae.eval()
    with torch.no_grad():
        z = torch.empty(n, vae.latent).normal_(generator=generator)
        return 1 / (1 + torch.exp(-vae.decode(z)))


GENERATE = {
    "torch.sigmoid": lambda vae, n, generator: torch.sigmoid(
        vae.decode(torch.randn(n, vae.latent, generator=generator))
    ),
    "method": lambda v, k, g: v.decode(torch.randn((k, v.latent), generator=g)).sigmoid(),
    "one by one": one_by_one,
    "no_grad, by hand": without_gradients,
    "torch.normal": lambda v, n, g: v.decode(torch.normal(0.0, 1.0, (n, v.latent), generator=g)).sigmoid(),
    "half a tanh": lambda v, n, g: 0.5 * (1 + torch.tanh(v.decode(torch.randn(n, v.latent, generator=g)) / 2)),
    "detached": lambda v, n, g: v.decode(torch.randn(n, v.latent, generator=g)).sigmoid().detach().clamp(0, 1),
}


@pytest.mark.parametrize("variant", GENERATE)
def test_generate_accepts_variant(variant):
    verdict = ex.generate.check(GENERATE[variant])
    assert verdict.passed, verdict.text


def decoded(z_of, pixels=torch.sigmoid):
    return lambda vae, n, generator: pixels(vae.decode(z_of(n, vae, generator)))


def normal_codes(n, vae, generator):
    return torch.randn(n, vae.latent, generator=generator)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (decoded(lambda n, v, g: 1.5 * normal_codes(n, v, g)), "the variance of the codes z"),
        (decoded(lambda n, v, g: 1 + normal_codes(n, v, g)), "the mean of the codes z"),
        (decoded(lambda n, v, g: v.encode(torch.rand(n, 1, 2, 2, generator=g))[0]), "needs the decoder only"),
        (decoded(normal_codes, lambda x: x.sigmoid() ** 2), "not the sigmoid of the logits"),
        (decoded(normal_codes, torch.relu), "a logit of 0 is a pixel of ½"),
        (decoded(normal_codes, lambda x: (x > -1).float()), "A threshold decides"),
        (decoded(normal_codes, lambda x: x.softmax(1)), "1.00 in every pixel"),
        (decoded(normal_codes, lambda x: x.sigmoid().byte()), "whole numbers (torch.uint8)"),
        (decoded(normal_codes, lambda x: x.sigmoid().numpy()), "A tensor of images was expected"),
        (decoded(normal_codes, lambda x: x.sigmoid().flatten(1)), "Keep the shape"),
        (lambda v, n, g: torch.rand(n, 1, 2, 2, generator=g), "none was decoded"),
        (lambda v, n, g: torch.sigmoid(v.decode), "TypeError"),
        (lambda v, n, g: v.decode(normal_codes(n, v, g)).sigmoid()[: n // 2], "not one for each decoded code"),
    ],
)
def test_generate_names_what_is_off(function, says):
    verdict = ex.generate.check(function)
    assert not verdict.passed
    assert verdict.mistake is None
    assert says in verdict.text, verdict.text


def test_generate_that_draws_elsewhere_too_is_told():
    def wasteful(vae, n, generator):
        torch.rand(1)
        return torch.sigmoid(vae.decode(torch.randn(n, vae.latent, generator=generator)))

    assert ex.generate.check(wasteful).kind == "random-state"


# codes_for_evaluation


def unpacked(vae, x, eps):
    mu, logvar = vae.encode(x)
    return mu.detach(), torch.addcmul(mu, logvar.exp().sqrt(), eps)


EVALUATION = {
    "addcmul": unpacked,
    "named": lambda vae, x, eps: Pair(vae.encode(x)[0], vae.encode(x)[0] + std_of(vae.encode(x)[1]) * eps),
    "evaluation mode first": lambda vae, x, eps: unpacked(vae.eval(), x, eps),
    "list": lambda vae, x, eps: list(unpacked(vae, x, eps)),
    "clone": lambda v, x, e: tuple(part.clone() for part in unpacked(v, x, e)),
    "training mode first": lambda vae, x, eps: unpacked(vae.train(), x, eps),
}


@pytest.mark.parametrize("variant", EVALUATION)
def test_codes_for_evaluation_accepts_variant(variant):
    verdict = ex.codes_for_evaluation.check(EVALUATION[variant])
    assert verdict.passed, verdict.text


def test_codes_for_evaluation_own_noise_is_random():
    def own(vae, x, eps):
        mu, logvar = vae.encode(x)
        return mu, mu + std_of(logvar) * torch.randn_like(mu)

    verdict = ex.codes_for_evaluation.check(own)
    assert verdict.kind == "random"
    assert "through its arguments" in verdict.text


# What is said is true of the answer


def test_sample_posterior_nan_is_not_called_zero():
    verdict = ex.sample_posterior.check(lambda mu, logvar: mu + logvar.sqrt() * torch.randn_like(mu))
    assert "NaN" in verdict.message
    assert "0 everywhere" not in verdict.message


def test_symbol_keeps_its_letters_at_the_start_of_a_sentence():
    message = ex.gradients_by_hand.check(lambda v, e, g: (g, 0.25 * g * e * std_of(v))).message
    assert "dL/dlogvar: every number is 0.5 times" in message


def test_gradient_estimators_no_odd_polynomial_is_read_into_the_score():
    message = ex.gradient_estimators.check(lambda mu, std, z: (z**2 * (z - mu) / std**4, 2 * z)).message
    assert "Taken apart" not in message


def test_encoder_heads_layers_made_in_forward_are_thought_of():
    class Anew(nn.Module):
        def __init__(self, hidden, latent):
            super().__init__()
            self.mu, self.latent = nn.Linear(hidden, latent), latent

        def forward(self, h):
            return self.mu(h), nn.Linear(h.shape[1], self.latent)(h)

    assert "a layer made anew inside `forward`" in ex.encoder_heads.check(Anew).message
