"""Lesson 4: answers that were known mistakes once, and some that a learner might give."""

import torch
from torch import nn

from dropped import Dropped


class _Heads(nn.Module):
    """The encoder's two heads, with something behind them."""

    def __init__(self, hidden, latent, *, mu=None, logvar=None):
        super().__init__()
        self.mu, self.logvar = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.after_mu, self.after_logvar = mu or nn.Identity(), logvar or nn.Identity()

    def forward(self, h):
        return self.after_mu(self.mu(h)), self.after_logvar(self.logvar(h))


def _stretched_pixels(vae, n, generator):
    logits = vae.decode(torch.randn(n, vae.latent, generator=generator))
    return (logits - logits.min()) / (logits.max() - logits.min())


def _on_the_sphere(vae, n, generator):
    z = torch.randn(n, vae.latent, generator=generator)
    return torch.sigmoid(vae.decode(z / z.norm(dim=1, keepdim=True)))


def _purposes_swapped(vae, x, eps):
    mu, logvar = vae.encode(x)
    return mu + (0.5 * logvar).exp() * eps, mu


def _embedding_depends_on_mode(vae, x, eps):
    mu, logvar = vae.encode(x)
    z = mu + (0.5 * logvar).exp() * eps
    return (z if vae.training else mu), z


def _variance_in_z(vae, x, eps):
    mu, logvar = vae.encode(x)
    return mu, mu + logvar.exp() * eps


def _width_in_embedding(vae, x, eps):
    mu, logvar = vae.encode(x)
    return torch.cat([mu, logvar], dim=1), mu + (0.5 * logvar).exp() * eps


DROPPED = [
    Dropped(
        "reparameterize",
        "log_std_as_std",
        lambda mu, logvar, eps: mu + 0.5 * logvar * eps,
        ("The noise is multiplied by `½·logvar`, which is log σ: one `exp` is",),
    ),
    Dropped(
        "reparameterize",
        "clamped_narrowly",
        lambda mu, logvar, eps: mu + (0.5 * logvar.clamp(-10, 10)).exp() * eps,
        ("These logvar are extreme on purpose",),
    ),
    Dropped(
        "reparameterize",
        "mean_forgotten",
        lambda mu, logvar, eps: (0.5 * logvar).exp() * eps,
        ("Your result stays the same when `mu` changes",),
    ),
    Dropped(
        "reparameterize",
        "noise_times_both",
        lambda mu, logvar, eps: (mu + (0.5 * logvar).exp()) * eps,
        ("μ·ε stands where μ belongs",),
    ),
    Dropped(
        "reparameterize",
        "noise_times_mean",
        lambda mu, logvar, eps: mu * eps + (0.5 * logvar).exp(),
        ("σ and μ·ε have no place in it",),
    ),
    Dropped(
        "reparameterize",
        "noise_in_exponent",
        lambda mu, logvar, eps: mu + (0.5 * logvar * eps).exp(),
        ("With μ = 0 and ε = ±1, z is σ or −σ",),
    ),
    Dropped(
        "reparameterize",
        "inverse_std",
        lambda mu, logvar, eps: mu + (-0.5 * logvar).exp() * eps,
        ("The noise is multiplied by `exp(−½·logvar)`, which is 1/σ: wide",),
    ),
    Dropped(
        "reparameterize",
        "noise_subtracted",
        lambda mu, logvar, eps: mu - (0.5 * logvar).exp() * eps,
        ("the sign of σ·ε is the opposite one",),
    ),
    Dropped(
        "reparameterize",
        "log_of_logvar",
        lambda mu, logvar, eps: mu + logvar.log() * eps,
        ("The noise is multiplied by `log(logvar)`: it is a logarithm already",),
    ),
    Dropped(
        "reparameterize",
        "root_of_logvar",
        lambda mu, logvar, eps: mu + logvar.sqrt() * eps,
        ("The noise is multiplied by `√logvar`: first `exp` gives σ², then the",),
    ),
    Dropped(
        "reparameterize",
        "root_inside",
        lambda mu, logvar, eps: mu + logvar.sqrt().exp() * eps,
        ("The noise is multiplied by `exp(√logvar)`: the root belongs round the",),
    ),
    Dropped(
        "reparameterize",
        "doubled_exponent",
        lambda mu, logvar, eps: mu + (2 * logvar).exp() * eps,
        ("The noise is multiplied by `exp(2·logvar)`, which is σ⁴: from σ² to σ",),
    ),
    Dropped(
        "reparameterize",
        "softplus_as_std",
        lambda mu, logvar, eps: mu + torch.nn.functional.softplus(logvar) * eps,
        ("The noise is multiplied by `softplus(logvar)`: that is for a head",),
    ),
    Dropped(
        "reparameterize",
        "base_two",
        lambda mu, logvar, eps: mu + torch.exp2(0.5 * logvar) * eps,
        ("The noise is multiplied by a power of 2: all logarithms here are",),
    ),
    Dropped(
        "reparameterize",
        "first_noise_for_all",
        lambda mu, logvar, eps: mu + (0.5 * logvar).exp() * eps[:1],
        ("It is right on the probes with a batch of one and differs on larger ones: do the rows of the batch mix",),
    ),
    Dropped(
        "reparameterize",
        "std_detached",
        lambda mu, logvar, eps: mu + (0.5 * logvar).exp().detach() * eps,
        ("There is no gradient of (z).sum() with respect to `logvar`: autograd",),
    ),
    Dropped(
        "reparameterize",
        "mean_detached",
        lambda mu, logvar, eps: mu.detach() + (0.5 * logvar).exp() * eps,
        ("There is no gradient of (z).sum() with respect to `mu`: autograd",),
    ),
    Dropped(
        "sample_posterior",
        "uniform_symmetric",
        lambda mu, logvar: mu + (0.5 * logvar).exp() * (2 * torch.rand_like(mu) - 1),
        ("The noise is turned down: it spreads by 0.572 times σ",),
    ),
    Dropped(
        "sample_posterior",
        "spread_by_half_the_variance",
        lambda mu, logvar: mu + 0.5 * logvar.exp() * torch.randn_like(mu),
        ("The noise is multiplied by `½·exp(logvar)`: the ½ belongs inside the",),
    ),
    Dropped(
        "sample_posterior",
        "spread_by_logvar",
        lambda mu, logvar: mu + logvar * torch.randn_like(mu),
        ("The noise is multiplied by `logvar` itself, the logarithm of σ²: undo",),
    ),
    Dropped(
        "sample_posterior",
        "spread_by_softplus",
        lambda mu, logvar: mu + torch.nn.functional.softplus(logvar) * torch.randn_like(mu),
        ("The noise is multiplied by `softplus(logvar)`: that is for a head",),
    ),
    Dropped(
        "gradients_by_hand",
        "by_variance",
        lambda logvar, eps, grad_z: (grad_z, grad_z * eps * 0.5 * (-0.5 * logvar).exp()),
        ("grad_z·ε/σ stands where grad_z·σ·ε belongs",),
    ),
    Dropped(
        "gradients_by_hand",
        "sign_turned",
        lambda logvar, eps, grad_z: (grad_z, -grad_z * 0.5 * (0.5 * logvar).exp() * eps),
        ("every number has the opposite sign",),
    ),
    Dropped(
        "gradients_by_hand",
        "summed_over_batch",
        lambda logvar, eps, grad_z: (grad_z.sum(0), (grad_z * 0.5 * (0.5 * logvar).exp() * eps).sum(0)),
        ("You summed over the batch, too",),
    ),
    Dropped(
        "gradients_by_hand",
        "other_order",
        lambda logvar, eps, grad_z: (grad_z * 0.5 * (0.5 * logvar).exp() * eps, grad_z),
        ("Both results are right, but they come in the other order",),
    ),
    Dropped(
        "gradient_estimators",
        "two_not_cancelled",
        lambda mu, std, z: (z**2 * (z - mu) / (2 * std**2), 2 * z),
        ("every number is 0.5 times the expected one",),
    ),
    Dropped(
        "gradient_estimators",
        "score_sign",
        lambda mu, std, z: (z**2 * (mu - z) / std**2, 2 * z),
        ("every number has the opposite sign",),
    ),
    Dropped(
        "gradient_estimators",
        "averaged",
        lambda mu, std, z: ((z**2 * (z - mu) / std**2).mean(), (2 * z).mean()),
        ("You averaged over the draws: one number",),
    ),
    Dropped(
        "gradient_estimators",
        "two_forgotten",
        lambda mu, std, z: (z**2 * (z - mu) / std**2, z),
        ("every number is 0.5 times the expected one",),
    ),
    Dropped(
        "gradient_estimators",
        "estimators_swapped",
        lambda mu, std, z: (2 * z, z**2 * (z - mu) / std**2),
        ("Both results are right, but they come in the other order",),
    ),
    Dropped(
        "generate",
        "uniform_cube",
        lambda vae, n, generator: torch.sigmoid(vae.decode(2 * torch.rand(n, vae.latent, generator=generator) - 1)),
        ("They lie between -1.00 and 1.00, without tails",),
    ),
    Dropped(
        "generate",
        "clamped_pixels",
        lambda vae, n, generator: vae.decode(torch.randn(n, vae.latent, generator=generator)).clamp(0, 1),
        ("A logit of 0 is a pixel of ½, not of 0",),
    ),
    Dropped(
        "generate",
        "stretched_pixels",
        _stretched_pixels,
        ("Stretched by the batch's own extremes, the same code looks different",),
    ),
    Dropped(
        "generate",
        "one_number_repeated",
        lambda vae, n, generator: torch.sigmoid(
            vae.decode(torch.randn(n, 1, generator=generator).repeat(1, vae.latent))
        ),
        ("Draw (n, vae.latent) independent numbers",),
    ),
    Dropped(
        "generate",
        "too_wide",
        lambda vae, n, generator: torch.sigmoid(vae.decode(2 * torch.randn(n, vae.latent, generator=generator))),
        ("They have the mean 0.00 and the standard deviation 2.01; the prior is",),
    ),
    Dropped(
        "generate",
        "too_narrow",
        lambda vae, n, generator: torch.sigmoid(vae.decode(0.5 * torch.randn(n, vae.latent, generator=generator))),
        ("They have the mean 0.00 and the standard deviation 0.50; the prior is",),
    ),
    Dropped("generate", "on_the_sphere", _on_the_sphere, ("All codes have the same length",)),
    Dropped(
        "generate",
        "rounded_pixels",
        lambda vae, n, generator: torch.sigmoid(vae.decode(torch.randn(n, vae.latent, generator=generator))).round(),
        ("A threshold decides each pixel; the probability itself is the grey value",),
    ),
    Dropped(
        "encoder_heads",
        "relu_on_both",
        lambda hidden, latent: _Heads(hidden, latent, mu=nn.ReLU(), logvar=nn.ReLU()),
        ("μ and log σ² may be any number, negative ones, too (log σ² < 0 says",),
    ),
    Dropped(
        "encoder_heads",
        "sigmoid_on_logvar",
        lambda hidden, latent: _Heads(hidden, latent, logvar=nn.Sigmoid()),
        ("μ and log σ² may be any number, negative ones, too (log σ² < 0 says",),
    ),
    Dropped(
        "encoder_heads",
        "sigmoid_on_mu",
        lambda hidden, latent: _Heads(hidden, latent, mu=nn.Sigmoid()),
        ("μ and log σ² may be any number, negative ones, too (log σ² < 0 says",),
    ),
    Dropped(
        "encoder_heads",
        "tanh_on_mu",
        lambda hidden, latent: _Heads(hidden, latent, mu=nn.Tanh()),
        ("μ and log σ² may be any number, negative ones, too (log σ² < 0 says",),
    ),
    Dropped(
        "encoder_heads",
        "tanh_on_both",
        lambda hidden, latent: _Heads(hidden, latent, mu=nn.Tanh(), logvar=nn.Tanh()),
        ("μ and log σ² may be any number, negative ones, too (log σ² < 0 says",),
    ),
    Dropped(
        "encoder_heads",
        "softmax_on_mu",
        lambda hidden, latent: _Heads(hidden, latent, mu=nn.Softmax(dim=1)),
        ("μ and log σ² may be any number, negative ones, too (log σ² < 0 says",),
    ),
    Dropped(
        "codes_for_evaluation",
        "purposes_swapped",
        _purposes_swapped,
        ("Both results are right, but they come in the other order",),
    ),
    Dropped(
        "codes_for_evaluation",
        "embedding_depends_on_mode",
        _embedding_depends_on_mode,
        ("Here `vae.training` is True",),
    ),
    Dropped("codes_for_evaluation", "variance_in_z", _variance_in_z, ("σ²·ε stands where σ·ε belongs",)),
    Dropped(
        "codes_for_evaluation",
        "width_in_embedding",
        _width_in_embedding,
        ("The shape of embedding should be (1, 3); it is (1, 6)",),
    ),
    Dropped(
        "reparameterize", "exp_twice", lambda mu, logvar, eps: mu + (0.5 * logvar.exp()).exp() * eps, ("applied twice",)
    ),
    Dropped(
        "reparameterize",
        "half_of_everything",
        lambda mu, logvar, eps: (mu + (0.5 * logvar).exp() * eps) / 2,
        ("0.5 times",),
    ),
    Dropped(
        "reparameterize",
        "noise_of_one_sign",
        lambda mu, logvar, eps: mu + (0.5 * logvar).exp() * eps.abs(),
        ("where `eps` is negative",),
    ),
    Dropped(
        "reparameterize",
        "spread_fixed",
        lambda mu, logvar, eps: mu + 0.5 * eps,
        ("stays the same when `logvar` changes",),
    ),
    Dropped(
        "sample_posterior",
        "turned_up",
        lambda mu, logvar: mu + 2 * (0.5 * logvar).exp() * torch.randn_like(mu),
        ("spreads by 2 times σ",),
    ),
    Dropped(
        "generate",
        "turned_to_whole_numbers",
        lambda vae, n, generator: (
            255 * torch.sigmoid(vae.decode(torch.randn(n, vae.latent, generator=generator)))
        ).byte(),
        ("needs floating point",),
    ),
    Dropped(
        "generate",
        "colours_exchanged",
        lambda vae, n, generator: 1 - torch.sigmoid(vae.decode(torch.randn(n, vae.latent, generator=generator))),
        ("changed places",),
    ),
    Dropped(
        "gradients_by_hand",
        "std_in_the_mean",
        lambda logvar, eps, grad_z: (grad_z * (0.5 * logvar).exp(), grad_z * 0.5 * (0.5 * logvar).exp() * eps),
        ("grad_z·σ stands where grad_z belongs",),
    ),
    Dropped(
        "gradient_estimators",
        "path_by_std",
        lambda mu, std, z: (z**2 * (z - mu) / std**2, 2 * z * std),
        ("z·σ stands where z belongs",),
    ),
    Dropped(
        "codes_for_evaluation",
        "logvar_as_embedding",
        lambda vae, x, eps: (vae.encode(x)[1], vae.encode(x)[0] + (0.5 * vae.encode(x)[1]).exp() * eps),
        ("logvar stands where μ belongs",),
    ),
]
