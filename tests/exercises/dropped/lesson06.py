"""Lesson 6: answers that were known mistakes once, and what was tried and is on no list."""

import math

import torch
from torch.distributions import Normal

from dropped import Dropped

LOG_2PI = math.log(2 * math.pi)


def _by_the_end(mu, sigma, *, low="log", high="spread"):
    """Name what is missing from where a flow ends, rightly or with the names exchanged."""
    if sigma[-1] > 1.5:
        return high
    if sigma[-1] < 0.6:
        return low
    return "mean" if abs(mu[-1]) > 0.5 * abs(mu[0]) else "constant or none"


def kl_standard_normal_estimated_from_a_draw(mu, logvar):
    q, p = Normal(mu, (0.5 * logvar).exp()), Normal(0.0, 1.0)
    z = q.rsample()
    return (q.log_prob(z) - p.log_prob(z)).sum(1)


def kl_standard_normal_log_std_read_as_logvar(mu, logvar):
    logvar = 0.5 * logvar
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)


def monte_carlo_kl_own_noise(mu, logvar, eps):
    eps = torch.randn_like(eps)
    return (0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2 - 0.5 * logvar).sum(1)


def kl_normal_arguments_in_another_order(mu_q, logvar_q, mu_p, logvar_p):
    logvar_q, mu_p = mu_p, logvar_q
    gap = logvar_q - logvar_p
    return 0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + gap.exp() - 1 - gap).sum(1)


def missing_term_rise_means_spread(t, mu, sigma):
    if abs(mu[-1]) > 0.5 * abs(mu[0]):
        return "mean"
    if sigma[-1] > 1.1 * sigma[0]:
        return "spread"
    return "log" if sigma[-1] < 0.6 else "constant or none"


def missing_term_fall_means_log(t, mu, sigma):
    if abs(mu[-1]) > 0.5 * abs(mu[0]):
        return "mean"
    if sigma[-1] < 0.9 * sigma[0]:
        return "log"
    return "spread" if sigma[-1] > 1.5 else "constant or none"


def missing_term_sigma_must_be_enormous(t, mu, sigma):
    if abs(mu[-1]) > 0.5 * abs(mu[0]):
        return "mean"
    if sigma[-1] > 10:
        return "spread"
    return "log" if sigma[-1] < 0.6 else "constant or none"


def missing_term_unmoved_is_missing(t, mu, sigma):
    if abs(mu[-1] - mu[0]) < 1e-6:
        return "mean"
    return _by_the_end(mu, sigma)


def missing_term_mean_turned_round(t, mu, sigma):
    if sigma[-1] > 1.5:
        return "spread"
    if sigma[-1] < 0.6:
        return "log"
    return "mean" if abs(mu[-1] - mu[0]) > 1e-3 else "constant or none"


def kl_per_dimension_logvar_averaged_first(mu, logvar):
    logvar = logvar.mean(0)
    return 0.5 * ((mu**2).mean(0) + logvar.exp() - 1 - logvar)


def _dropped(exercise, answers):
    return [Dropped(exercise, name, function, (says,)) for name, (function, says) in answers.items()]


DROPPED = [
    *_dropped(
        "kl_on_grid",
        {
            "exp_of_p_forgotten": (
                lambda log_q, log_p, dz: (log_q.exp() * (log_q.exp() - log_p)).sum() * dz,
                "q² stands where q log q belongs",
            ),
            "half_and_sign": (
                lambda log_q, log_p, dz: -0.5 * (log_q.exp() * (log_q - log_p)).sum() * dz,
                "Every number is −0.5 times",
            ),
            "dz_forgotten": (
                lambda log_q, log_p, dz: (log_q.exp() * (log_q - log_p)).sum(),
                "Your result stays the same when `dz` changes.",
            ),
            "mean_times_dz": (
                lambda log_q, log_p, dz: (log_q.exp() * (log_q - log_p)).mean() * dz,
                "You took the mean over the grid where the sum belongs: every number is the expected one divided by G.",
            ),
            "divided_by_dz": (
                lambda log_q, log_p, dz: (log_q.exp() * (log_q - log_p)).sum() / dz,
                "(A point of the grid stands for a strip dz wide.)",
            ),
            "plain_average": (
                lambda log_q, log_p, dz: (log_q - log_p).mean(),
                "Your result stays the same when `dz` changes.",
            ),
            "weighted_by_p": (
                lambda log_q, log_p, dz: (log_p.exp() * (log_q - log_p)).sum() * dz,
                "q log q and q log p are missing; p log q and p log p have no place in it.",
            ),
            "negative": (
                lambda log_q, log_p, dz: (log_q.exp() * (log_p - log_q)).sum() * dz,
                "Every number has the opposite sign.",
            ),
            "positive_part": (
                lambda log_q, log_p, dz: (log_q.exp() * (log_q - log_p).clamp(min=0)).sum() * dz,
                "the factors of q log q and q log p are not the right ones; q |log q − log p| has no place in it.",
            ),
            "entropy": (
                lambda log_q, log_p, dz: -(log_q.exp() * log_q).sum() * dz,
                "Your result stays the same when `log_p` changes.",
            ),
            "difference_of_entropies": (
                lambda log_q, log_p, dz: (log_q.exp() * log_q - log_p.exp() * log_p).sum() * dz,
                "p log p stands where q log p belongs.",
            ),
            "densities_subtracted": (
                lambda log_q, log_p, dz: (log_q.exp() * (log_q.exp() - log_p.exp())).sum() * dz,
                "q log q and q log p are missing; q² and q p have no place in it.",
            ),
            "ratio_of_logs": (
                lambda log_q, log_p, dz: (log_q.exp() * (log_q / log_p)).sum() * dz,
                "q and p are the same: log q − log p is 0 everywhere, and so is their KL.",
            ),
            "ratio_without_log": (
                lambda log_q, log_p, dz: (log_q.exp() * (log_q - log_p).exp()).sum() * dz,
                "q and p are the same: log q − log p is 0 everywhere, and so is their KL.",
            ),
            "both_directions": (
                lambda log_q, log_p, dz: ((log_q.exp() - log_p.exp()) * (log_q - log_p)).sum() * dz,
                "p log q and p log p have no place in it.",
            ),
            "at_the_top_of_q": (
                lambda log_q, log_p, dz: log_q[log_q.argmax()] - log_p[log_q.argmax()],
                "Your result stays the same when `dz` changes.",
            ),
            "not_summed": (
                lambda log_q, log_p, dz: log_q.exp() * (log_q - log_p) * dz,
                "One number for each grid point, shape (G,): the sum over the grid is missing.",
            ),
            "in_bits": (
                lambda log_q, log_p, dz: (log_q.exp() * (log_q - log_p)).sum() * dz / math.log(2),
                "Every number is 1.443 times the expected one (bits instead of nats?).",
            ),
            "log_ratio_squared": (
                lambda log_q, log_p, dz: (log_q.exp() * (log_q - log_p) ** 2).sum() * dz,
                "q log q and q log p are missing; q (log q − log p)² has no place in it.",
            ),
        },
    ),
    *_dropped(
        "kl_standard_normal",
        {
            "plain_list": (
                lambda mu, logvar: (0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)).tolist(),
                "Your function returned a list or tuple of 1 numbers; the exercise asks for one tensor. Here q is",
            ),
            "log_2_pi_for_the_constant": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - math.log(2 * math.pi) - logvar).sum(1),
                "the factor of the constant is not the right one",
            ),
            "log_term_of_a_normal_with_sigma": (
                lambda mu, logvar: (0.5 * (mu**2 + logvar.exp() - 1) - (0.5 * logvar).exp()).sum(1),
                "log σ² is missing; σ has no place in it",
            ),
            "one_mean_for_all_images": (
                lambda mu, logvar: 0.5 * (mu.mean(0) ** 2 + logvar.exp() - 1 - logvar).sum(1),
                "each is priced by its own row",
            ),
            "spread_is_subtracted": (
                lambda mu, logvar: -0.5 * (1 + logvar - mu**2 + logvar.exp()).sum(1),
                "the sign of σ² is the opposite one",
            ),
            "negative_without_half": (
                lambda mu, logvar: (1 + logvar - mu**2 - logvar.exp()).sum(1),
                "Every number is −2 times the expected one.",
            ),
            "half_on_the_mean_only": (
                lambda mu, logvar: (0.5 * mu**2 + logvar.exp() - 1 - logvar).sum(1),
                "the factors of σ², log σ² and the constant are not the right ones.",
            ),
            "half_on_mean_and_spread": (
                lambda mu, logvar: (0.5 * (mu**2 + logvar.exp()) - 1 - logvar).sum(1),
                "the factors of log σ² and the constant are not the right ones.",
            ),
            "half_not_on_the_constant": (
                lambda mu, logvar: (0.5 * (mu**2 + logvar.exp() - logvar) - 1).sum(1),
                "the factor of the constant is not the right one.",
            ),
            "in_bits": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1) / math.log(2),
                "Every number is 1.443 times the expected one (bits instead of nats?).",
            ),
            "variance_outside_the_parentheses": (
                lambda mu, logvar: (-0.5 * (1 + logvar - mu**2) - logvar.exp()).sum(1),
                "the factor of σ² is not the right one.",
            ),
            "mean_over_latents": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(1),
                "You took the mean over the latent dimensions where the sum belongs: every number is the",
            ),
            "mean_over_everything": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(),
                "You averaged over the batch and the latent dimensions: one number.",
            ),
            "sum_over_everything": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(),
                "You summed over the batch, too: one number.",
            ),
            "mean_over_the_batch": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1).mean(),
                "You averaged over the batch: one number.",
            ),
            "summed_over_axis_0": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(0),
                "You summed over the batch and kept the latent dimensions: one number for each latent",
            ),
            "averaged_over_axis_0": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(0),
                "You averaged over the batch and kept the latent dimensions: one number for each latent",
            ),
            "not_reduced": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar),
                "One number for each image and latent dimension, shape (B, Z): the sum over the latent",
            ),
            "dimension_kept": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1, keepdim=True),
                "Right, but of shape (B, 1): an axis of size 1 is left over.",
            ),
            "divided_by_the_batch": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1) / len(mu),
                "You divided by B, the size of the batch: every number is the expected one divided by B.",
            ),
            "divided_by_pixels": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1) / 784,
                "You divided by 784, the pixels of an image of 28 × 28: every number is the expected one",
            ),
            "variance_squared": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() ** 2 - 1 - logvar).sum(1),
                "σ⁴ stands where σ² belongs.",
            ),
            "std_for_the_variance": (
                lambda mu, logvar: 0.5 * (mu**2 + (0.5 * logvar).exp() - 1 - logvar).sum(1),
                "σ stands where σ² belongs.",
            ),
            "log_term_halved": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - 0.5 * logvar).sum(1),
                "the factor of log σ² is not the right one.",
            ),
            "log_squared": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar**2).sum(1),
                "(log σ²)² stands where log σ² belongs.",
            ),
            "read_as_variance": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar - 1 - logvar.log()).sum(1),
                "The result contains infinite numbers: look for an exponential that grew too large, a division",
            ),
            "absolute_log_term": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar.abs()).sum(1),
                "|log σ²| stands where log σ² belongs.",
            ),
            "constant_dropped": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - logvar).sum(1),
                "the constant is missing.",
            ),
            "constant_added": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() + 1 - logvar).sum(1),
                "the sign of the constant is the opposite one.",
            ),
            "spread_dropped": (lambda mu, logvar: 0.5 * (mu**2 - 1 - logvar).sum(1), "σ² is missing."),
            "mean_dropped": (
                lambda mu, logvar: 0.5 * (logvar.exp() - 1 - logvar).sum(1),
                "Your result stays the same when `mu` changes.",
            ),
            "mean_not_squared": (
                lambda mu, logvar: 0.5 * (mu + logvar.exp() - 1 - logvar).sum(1),
                "μ stands where μ² belongs.",
            ),
            "mean_absolute": (
                lambda mu, logvar: 0.5 * (mu.abs() + logvar.exp() - 1 - logvar).sum(1),
                "|μ| stands where μ² belongs.",
            ),
            "summed_before_squaring": (
                lambda mu, logvar: 0.5 * (mu.sum(1) ** 2 + (logvar.exp() - 1 - logvar).sum(1)),
                "Ten dimensions that cost ½ each, every one for itself, cost 5 together.",
            ),
            "norm_not_squared": (
                lambda mu, logvar: 0.5 * (mu.norm(dim=1) + (logvar.exp() - 1 - logvar).sum(1)),
                "Only μ differs from the prior here: ½μ² = 2 is all there is to pay.",
            ),
            "log_term_added": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 + logvar).sum(1),
                "the sign of log σ² is the opposite one.",
            ),
            "mean_subtracted": (
                lambda mu, logvar: 0.5 * (-(mu**2) + logvar.exp() - 1 - logvar).sum(1),
                "the sign of μ² is the opposite one.",
            ),
            "exponentiated": (
                lambda mu, logvar: (0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)).exp(),
                "KL as you return it is the exponential of what it should be.",
            ),
            "estimated_from_a_draw": (
                kl_standard_normal_estimated_from_a_draw,
                "Two calls with the same arguments gave different results: something is drawn or counted inside.",
            ),
            "log_std_read_as_logvar": (
                kl_standard_normal_log_std_read_as_logvar,
                "σ² is missing; the factor of log σ² is not the right one; σ has no place in it.",
            ),
            "arguments_swapped": (
                lambda mu, logvar: 0.5 * (logvar**2 + mu.exp() - 1 - mu).sum(1),
                "Your numbers are those for `mu` and `logvar` exchanged.",
            ),
        },
    ),
    *_dropped(
        "monte_carlo_kl",
        {
            "only_q_is_asked_with_a_gradient": (
                lambda mu, logvar, eps: (
                    Normal(mu, (0.5 * logvar).exp()).log_prob(mu + (0.5 * logvar).exp() * eps)
                    - Normal(0.0, 1.0).log_prob((mu + (0.5 * logvar).exp() * eps).detach())
                ).sum(1),
                "or what comes back along several paths cancels",
            ),
            "densities_added": (
                lambda mu, logvar, eps: (
                    (Normal(mu, (0.5 * logvar).exp()).log_prob(mu + (0.5 * logvar).exp() * eps).exp().sum(1)).log()
                    - Normal(0.0, 1.0).log_prob(mu + (0.5 * logvar).exp() * eps).exp().sum(1).log()
                ),
                "their densities multiply, so their logarithms add",
            ),
            "entropy_for_the_draw": (
                lambda mu, logvar, eps: (0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2 - 0.5 - 0.5 * logvar).sum(1),
                "ε² is missing; the constant has no place in it",
            ),
            "negative": (
                lambda mu, logvar, eps: (
                    -(0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2 - 0.5 * logvar).sum(1)
                ),
                "Every number has the opposite sign.",
            ),
            "everything_at_eps": (
                lambda mu, logvar, eps: (-0.5 * (eps - mu) ** 2 / logvar.exp() - 0.5 * logvar + 0.5 * eps**2).sum(1),
                "z² is missing; the sign of ε² is the opposite one; (ε − μ)²/σ² has no place in it.",
            ),
            "two_pi_missing_in_q": (
                lambda mu, logvar, eps: (
                    -0.5 * (eps**2 + logvar) + 0.5 * ((mu + (0.5 * logvar).exp() * eps) ** 2 + LOG_2PI)
                ).sum(1),
                "the constant has no place in it.",
            ),
            "two_pi_missing_in_p": (
                lambda mu, logvar, eps: (
                    -0.5 * (eps**2 + logvar + LOG_2PI) + 0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2
                ).sum(1),
                "the constant has no place in it.",
            ),
            "absolute_in_each_dimension": (
                lambda mu, logvar, eps: (
                    (0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2 - 0.5 * logvar).abs().sum(1)
                ),
                "z = 0.5, which p finds likelier than q does: this draw gives −1, and that is no error.",
            ),
            "clamped_in_each_dimension": (
                lambda mu, logvar, eps: (
                    (0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2 - 0.5 * logvar).clamp(min=0).sum(1)
                ),
                "z = 0.5, which p finds likelier than q does: this draw gives −1, and that is no error.",
            ),
            "log_std_forgotten": (
                lambda mu, logvar, eps: (0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2).sum(1),
                "log σ² is missing.",
            ),
            "log_variance_for_log_std": (
                lambda mu, logvar, eps: (0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2 - logvar).sum(1),
                "the factor of log σ² is not the right one.",
            ),
            "log_std_added": (
                lambda mu, logvar, eps: (
                    0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2 + 0.5 * logvar
                ).sum(1),
                "the sign of log σ² is the opposite one.",
            ),
            "distance_unscaled": (
                lambda mu, logvar, eps: (
                    0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2
                    - 0.5 * (mu + (0.5 * logvar).exp() * eps - mu) ** 2
                    - 0.5 * logvar
                ).sum(1),
                "(z − μ)² stands where ε² belongs.",
            ),
            "distance_by_the_std": (
                lambda mu, logvar, eps: (
                    0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2
                    - 0.5 * (mu + (0.5 * logvar).exp() * eps - mu) ** 2 / (0.5 * logvar).exp()
                    - 0.5 * logvar
                ).sum(1),
                "(z − μ)²/σ stands where ε² belongs.",
            ),
            "half_forgotten": (
                lambda mu, logvar, eps: ((mu + (0.5 * logvar).exp() * eps) ** 2 - eps**2 - 0.5 * logvar).sum(1),
                "the factors of z² and ε² are not the right ones.",
            ),
            "twice": (
                lambda mu, logvar, eps: ((mu + (0.5 * logvar).exp() * eps) ** 2 - eps**2 - logvar).sum(1),
                "Every number is 2 times the expected one.",
            ),
            "log_q_only": (
                lambda mu, logvar, eps: -0.5 * (eps**2 + logvar + LOG_2PI).sum(1),
                "Your result stays the same when `mu` changes.",
            ),
            "log_p_only": (
                lambda mu, logvar, eps: 0.5 * ((mu + (0.5 * logvar).exp() * eps) ** 2 + LOG_2PI).sum(1),
                "ε² and log σ² are missing; the constant has no place in it.",
            ),
            "ratio": (
                lambda mu, logvar, eps: (
                    (0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2 - 0.5 * logvar).sum(1).exp()
                ),
                "The estimate as you return it is the exponential of what it should be.",
            ),
            "mean_over_latents": (
                lambda mu, logvar, eps: (
                    0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2 - 0.5 * logvar
                ).mean(1),
                "You took the mean over the latent dimensions where the sum belongs: every number is the",
            ),
            "mean_over_the_batch": (
                lambda mu, logvar, eps: (
                    (0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2 - 0.5 * logvar).sum(1).mean()
                ),
                "You averaged over the batch: one number.",
            ),
            "not_reduced": (
                lambda mu, logvar, eps: 0.5 * (mu + (0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2 - 0.5 * logvar,
                "One number for each image and latent dimension, shape (B, Z): the sum over the latent",
            ),
            "own_noise": (
                monte_carlo_kl_own_noise,
                "Two calls with the same arguments gave different results: something is drawn or counted inside.",
            ),
            "minus_eps": (
                lambda mu, logvar, eps: (
                    0.5 * (mu - (0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2 - 0.5 * logvar
                ).sum(1),
                "the sign of z² is the opposite one; (z − μ)² and μ² have no place in it.",
            ),
            "prior_centred_at_mu": (
                lambda mu, logvar, eps: (0.5 * ((0.5 * logvar).exp() * eps) ** 2 - 0.5 * eps**2 - 0.5 * logvar).sum(1),
                "Your result stays the same when `mu` changes.",
            ),
            "mean_left_out_of_z": (
                lambda mu, logvar, eps: (
                    0.5 * ((0.5 * logvar).exp() * eps) ** 2
                    - 0.5 * ((0.5 * logvar).exp() * eps - mu) ** 2 / logvar.exp()
                    - 0.5 * logvar
                ).sum(1),
                "z = μ + σ·0 = 2, the middle of q: log q − log p = 0 + ½·2² = 2.",
            ),
        },
    ),
    *_dropped(
        "kl_normal",
        {
            "parenthesis_lost": (
                lambda a, b, c, d: (0.5 * (d - b) + b.exp() + (a - c) ** 2 / (2 * d.exp()) - 0.5).sum(1),
                "σ_q²/σ_p² is missing; σ_q² has no place in it",
            ),
            "mean_of_p_forgotten": (
                lambda a, b, c, d: 0.5 * (a**2 / d.exp() + (b - d).exp() - 1 - (b - d)).sum(1),
                "stays the same when `mu_p` changes",
            ),
            "ratio_upside_down": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_p - logvar_q).exp() - 1 - (logvar_q - logvar_p)
                    ).sum(1)
                ),
                "σ_p²/σ_q² stands where σ_q²/σ_p² belongs.",
            ),
            "log_ratio_upside_down": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1 + (logvar_q - logvar_p)
                    ).sum(1)
                ),
                "the signs of log σ_q² and log σ_p² are the opposite ones.",
            ),
            "both_ratios_upside_down": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_p - logvar_q).exp() - 1 - (logvar_p - logvar_q)
                    ).sum(1)
                ),
                "σ_q²/σ_p² is missing; the signs of log σ_q² and log σ_p² are the opposite ones; σ_p²/σ_q² has",
            ),
            "distance_by_q": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q - mu_p) ** 2 / logvar_q.exp() + (logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p)
                    ).sum(1)
                ),
                "(μ_q − μ_p)²/σ_q² stands where (μ_q − μ_p)²/σ_p² belongs.",
            ),
            "distance_by_the_std": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q - mu_p) ** 2 / (0.5 * logvar_p).exp()
                        + (logvar_q - logvar_p).exp()
                        - 1
                        - (logvar_q - logvar_p)
                    ).sum(1)
                ),
                "(μ_q − μ_p)²/σ_p stands where (μ_q − μ_p)²/σ_p² belongs.",
            ),
            "distance_unscaled": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5 * ((mu_q - mu_p) ** 2 + (logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p)).sum(1)
                ),
                "(μ_q − μ_p)² stands where (μ_q − μ_p)²/σ_p² belongs.",
            ),
            "distance_multiplied": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q - mu_p) ** 2 * logvar_p.exp() + (logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p)
                    ).sum(1)
                ),
                "(μ_q − μ_p)²·σ_p² stands where (μ_q − μ_p)²/σ_p² belongs.",
            ),
            "spread_unscaled": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + logvar_q.exp() - 1 - (logvar_q - logvar_p)).sum(1)
                ),
                "σ_q² stands where σ_q²/σ_p² belongs.",
            ),
            "ratio_of_stds": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q - mu_p) ** 2 / logvar_p.exp()
                        + (0.5 * (logvar_q - logvar_p)).exp()
                        - 1
                        - (logvar_q - logvar_p)
                    ).sum(1)
                ),
                "σ_q/σ_p stands where σ_q²/σ_p² belongs.",
            ),
            "difference_of_variances": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q.exp() - logvar_p.exp()) - (logvar_q - logvar_p)
                    ).sum(1)
                ),
                "σ_q²/σ_p² and the constant are missing; σ_q² and σ_p² have no place in it.",
            ),
            "log_ratio_dropped": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1).sum(1)
                ),
                "log σ_q² and log σ_p² are missing.",
            ),
            "log_of_p_dropped": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1 - logvar_q).sum(1)
                ),
                "log σ_p² is missing.",
            ),
            "log_ratio_halved": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q - mu_p) ** 2 / logvar_p.exp()
                        + (logvar_q - logvar_p).exp()
                        - 1
                        - 0.5 * (logvar_q - logvar_p)
                    ).sum(1)
                ),
                "the factors of log σ_q² and log σ_p² are not the right ones.",
            ),
            "log_ratio_doubled": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5 * ((mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1)
                    - (logvar_q - logvar_p)
                ).sum(1),
                "the factors of log σ_q² and log σ_p² are not the right ones.",
            ),
            "constant_dropped": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * ((mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - (logvar_q - logvar_p)).sum(1)
                ),
                "the constant is missing.",
            ),
            "half_forgotten": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    (mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p)
                ).sum(1),
                "Every number is 2 times the expected one.",
            ),
            "negative": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    -0.5
                    * (
                        (mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p)
                    ).sum(1)
                ),
                "Every number has the opposite sign.",
            ),
            "distance_not_squared": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * ((mu_q - mu_p) / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p)).sum(1)
                ),
                "(μ_q − μ_p)/σ_p² stands where (μ_q − μ_p)²/σ_p² belongs.",
            ),
            "difference_of_squares": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q**2 - mu_p**2) / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p)
                    ).sum(1)
                ),
                "μ_p²/σ_p² and μ_q·μ_p/σ_p² have no place in it.",
            ),
            "means_added": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q + mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p)
                    ).sum(1)
                ),
                "μ_q·μ_p/σ_p² has no place in it.",
            ),
            "means_ignored": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5 * ((logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p)).sum(1)
                ),
                "Your result stays the same when `mu_p` or `mu_q` changes.",
            ),
            "p_ignored": (
                lambda mu_q, logvar_q, mu_p, logvar_p: 0.5 * (mu_q**2 + logvar_q.exp() - 1 - logvar_q).sum(1),
                "Your result stays the same when `logvar_p` or `mu_p` changes.",
            ),
            "difference_of_two": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5 * (mu_q**2 + logvar_q.exp() - logvar_q - mu_p**2 - logvar_p.exp() + logvar_p).sum(1)
                ),
                "(μ_q − μ_p)²/σ_p², σ_q²/σ_p² and the constant are missing; μ_q², μ_p², σ_q² and σ_p² have no",
            ),
            "both_directions": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q - mu_p) ** 2 * ((-logvar_p).exp() + (-logvar_q).exp())
                        + (logvar_q - logvar_p).exp()
                        + (logvar_p - logvar_q).exp()
                        - 2
                    ).sum(1)
                ),
                "log σ_q² and log σ_p² are missing; the factor of the constant is not the right one; (μ_q −",
            ),
            "mean_over_dimensions": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p)
                    ).mean(1)
                ),
                "You took the mean over the latent dimensions where the sum belongs: every number is the",
            ),
            "summed_over_everything": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * (
                        (mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p)
                    ).sum()
                ),
                "You summed over the batch, too: one number.",
            ),
            "not_reduced": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    0.5
                    * ((mu_q - mu_p) ** 2 / logvar_p.exp() + (logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p))
                ),
                "One number for each image and latent dimension, shape (B, Z): the sum over the latent",
            ),
            "distance_not_halved": (
                lambda mu_q, logvar_q, mu_p, logvar_p: (
                    (mu_q - mu_p) ** 2 / logvar_p.exp()
                    + 0.5 * ((logvar_q - logvar_p).exp() - 1 - (logvar_q - logvar_p))
                ).sum(1),
                "the factor of (μ_q − μ_p)²/σ_p² is not the right one.",
            ),
            "arguments_in_another_order": (
                kl_normal_arguments_in_another_order,
                "Your numbers are those for `logvar_q` and `mu_p` exchanged.",
            ),
        },
    ),
    *_dropped(
        "flow_step",
        {
            "momentum": (
                lambda mu, logvar, dt: (0.9 * mu - dt * mu, logvar - 0.5 * dt * (logvar.exp() - 1)),
                "the factor of mu is not the right one",
            ),
            "no_minus_for_a_negative_mean": (
                lambda mu, logvar, dt: (mu - dt * mu.abs(), logvar - 0.5 * dt * (logvar.exp() - 1)),
                "Only numbers where `mu` is negative are off",
            ),
            "mu_uphill": (
                lambda mu, logvar, dt: (mu + dt * mu, logvar - 0.5 * dt * (logvar.exp() - 1)),
                "the sign of dt·mu is the opposite one.",
            ),
            "logvar_uphill": (
                lambda mu, logvar, dt: (mu - dt * mu, logvar + 0.5 * dt * (logvar.exp() - 1)),
                "the signs of dt·σ² and dt are the opposite ones.",
            ),
            "half_on_the_spread_only": (
                lambda mu, logvar, dt: (mu - dt * mu, logvar - dt * (0.5 * logvar.exp() - 1)),
                "the factor of dt is not the right one.",
            ),
            "half_on_mu": (
                lambda mu, logvar, dt: (mu - 0.5 * dt * mu, logvar - 0.5 * dt * (logvar.exp() - 1)),
                "the factor of dt·mu is not the right one.",
            ),
            "twice_on_mu": (
                lambda mu, logvar, dt: (mu - 2 * dt * mu, logvar - 0.5 * dt * (logvar.exp() - 1)),
                "the factor of dt·mu is not the right one.",
            ),
            "variance_squared": (
                lambda mu, logvar, dt: (mu - dt * mu, logvar - 0.5 * dt * ((2 * logvar).exp() - 1)),
                "dt·σ⁴ stands where dt·σ² belongs.",
            ),
            "std_for_the_variance": (
                lambda mu, logvar, dt: (mu - dt * mu, logvar - 0.5 * dt * ((0.5 * logvar).exp() - 1)),
                "dt·σ stands where dt·σ² belongs.",
            ),
            "logvar_as_the_variance": (
                lambda mu, logvar, dt: (mu - dt * mu, logvar - 0.5 * dt * (logvar - 1)),
                "dt·logvar stands where dt·σ² belongs.",
            ),
            "log_term_missing": (
                lambda mu, logvar, dt: (mu - dt * mu, logvar - 0.5 * dt * logvar.exp()),
                "dt is missing.",
            ),
            "spread_missing": (lambda mu, logvar, dt: (mu - dt * mu, logvar + 0.5 * dt), "dt·σ² is missing."),
            "not_differentiated": (
                lambda mu, logvar, dt: (mu - dt * mu, logvar - 0.5 * dt * (logvar.exp() - 1 - logvar)),
                "dt·logvar has no place in it.",
            ),
            "moved_by_the_height": (
                lambda mu, logvar, dt: (
                    mu - dt * (0.5 * (mu**2 + logvar.exp() - 1 - logvar)),
                    logvar - dt * (0.5 * (mu**2 + logvar.exp() - 1 - logvar)),
                ),
                "dt·mu is missing; dt·mu², dt, dt·σ² and dt·logvar have no place in it.",
            ),
            "mu_at_constant_speed": (
                lambda mu, logvar, dt: (mu - dt, logvar - 0.5 * dt * (logvar.exp() - 1)),
                "dt stands where dt·mu belongs.",
            ),
            "mu_at_once": (
                lambda mu, logvar, dt: (torch.zeros_like(mu), logvar - 0.5 * dt * (logvar.exp() - 1)),
                "Your result stays the same when `mu` changes.",
            ),
            "only_logvar": (
                lambda mu, logvar, dt: (mu.clone(), logvar - 0.5 * dt * (logvar.exp() - 1)),
                "dt·mu is missing.",
            ),
            "only_mu": (lambda mu, logvar, dt: (mu - dt * mu, logvar.clone()), "dt·σ² and dt are missing."),
            "derivatives": (
                lambda mu, logvar, dt: (mu.clone(), 0.5 * (logvar.exp() - 1)),
                "Your result stays the same when `dt` changes.",
            ),
            "dt_ignored": (
                lambda mu, logvar, dt: (mu - mu, logvar - 0.5 * (logvar.exp() - 1)),
                "Your result stays the same when `dt` or `mu` changes.",
            ),
            "swapped": (
                lambda mu, logvar, dt: (logvar - 0.5 * dt * (logvar.exp() - 1), mu - dt * mu),
                "Both results are right, but they come in the other order.",
            ),
            "variance_returned": (
                lambda mu, logvar, dt: (mu - dt * mu, (logvar - 0.5 * dt * (logvar.exp() - 1)).exp()),
                "The new logvar as you return it is the exponential of what it should be.",
            ),
            "logvar_pulled_like_mu": (
                lambda mu, logvar, dt: (mu - dt * mu, logvar - dt * logvar),
                "dt·σ² and dt are missing; dt·logvar has no place in it.",
            ),
            "dt_missing_for_logvar": (
                lambda mu, logvar, dt: (mu - dt * mu, logvar - 0.5 * (logvar.exp() - 1)),
                "dt·σ² and dt are missing; σ² and the constant have no place in it.",
            ),
            "mean_in_the_slope_of_logvar": (
                lambda mu, logvar, dt: (mu - dt * mu, logvar - 0.5 * dt * (mu**2 + logvar.exp() - 1)),
                "dt·mu² has no place in it.",
            ),
            "mean_pulled_by_its_price": (
                lambda mu, logvar, dt: (mu - 0.5 * dt * mu**2, logvar - 0.5 * dt * (logvar.exp() - 1)),
                "dt·mu is missing; dt·mu² has no place in it.",
            ),
        },
    ),
    *_dropped(
        "missing_term",
        {
            "never_quite_zero": (
                lambda t, mu, sigma: "mean" if mu[-1] != 0 else _by_the_end(mu, sigma),
                "μ goes to 0: nothing that matters is missing",
            ),
            "rise_means_spread": (
                missing_term_rise_means_spread,
                "From a narrow start σ rises, but only towards 1, its goal",
            ),
            "fall_means_log": (
                missing_term_fall_means_log,
                "σ falls, but to 1, its goal, and μ goes to 0: nothing that matters is missing.",
            ),
            "sigma_must_be_enormous": (
                missing_term_sigma_must_be_enormous,
                "σ rises past 1 and goes on: that it is no larger yet is due to the narrow start.",
            ),
            "unmoved_is_missing": (
                missing_term_unmoved_is_missing,
                "μ = 0 does not move because it is at its goal already.",
            ),
            "only_positive_means": (
                lambda t, mu, sigma: "mean" if mu[-1] > 0.1 else _by_the_end(0 * mu, sigma),
                "μ is negative and stays where it is.",
            ),
            "mean_turned_round": (
                missing_term_mean_turned_round,
                "σ falls, but to 1, its goal, and μ goes to 0: nothing that matters is missing.",
            ),
            "mean_not_considered": (
                lambda t, mu, sigma: _by_the_end(0 * mu, sigma),
                "σ goes to 1, but nothing moves μ.",
            ),
            "spread_not_considered": (
                lambda t, mu, sigma: _by_the_end(mu, sigma, high="constant or none"),
                "σ is above 1 already and grows for ever: nothing holds the cloud together.",
            ),
            "log_not_considered": (
                lambda t, mu, sigma: _by_the_end(mu, sigma, low="constant or none"),
                "σ falls past 1 and goes on falling, ever more slowly: nothing holds the cloud open.",
            ),
        },
    ),
    *_dropped(
        "kl_per_dimension",
        {
            "divided_by_latents": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(0) / mu.shape[1],
                "You divided by Z",
            ),
            "absolute_means": (
                lambda mu, logvar: 0.5 * (mu.abs() + logvar.exp() - 1 - logvar).mean(0),
                "|μ| stands where μ² belongs",
            ),
            "summed_over_images": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(0),
                "You took the sum over the batch where the mean belongs: every number is the expected one times B.",
            ),
            "kl_per_image": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1),
                "You summed over the latent dimensions and kept the batch: one number for each image, shape (B,).",
            ),
            "mean_over_dimensions": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(1),
                "You averaged over the latent dimensions and kept the batch: one number for each image, shape (B,).",
            ),
            "mean_over_everything": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(),
                "You averaged over the latent dimensions: one number.",
            ),
            "the_mean_kl": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1).mean(),
                "You summed over the latent dimensions, too: one number.",
            ),
            "not_averaged": (
                lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - 1 - logvar),
                "One number for each image and latent dimension, shape (B, Z): the mean over the batch is missing.",
            ),
            "mu_averaged_first": (
                lambda mu, logvar: 0.5 * (mu.mean(0) ** 2 + (logvar.exp() - 1 - logvar).mean(0)),
                "(the mean of μ)² stands where μ² belongs.",
            ),
            "logvar_averaged_first": (
                kl_per_dimension_logvar_averaged_first,
                "exp(the mean of log σ²) stands where σ² belongs.",
            ),
            "variance_of_the_means": (
                lambda mu, logvar: mu.var(0, unbiased=False),
                "Your result stays the same when `logvar` changes.",
            ),
            "half_forgotten": (
                lambda mu, logvar: (mu**2 + logvar.exp() - 1 - logvar).mean(0),
                "Every number is 2 times the expected one.",
            ),
            "negative": (
                lambda mu, logvar: -0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(0),
                "Every number has the opposite sign.",
            ),
        },
    ),
    *_dropped(
        "active_units",
        {
            "range_of_the_means": (
                lambda mu: mu.max(0).values - mu.min(0).values > 0.01,
                "The bound 0.01 is one for the variance",
            ),
            "large_means": (
                lambda mu: mu.abs().mean(0) > 0.01,
                "The first μ is large but the same for every image: nothing can be read from it.",
            ),
            "mean_square": (
                lambda mu: (mu**2).mean(0) > 0.01,
                "The first μ is large but the same for every image: nothing can be read from it.",
            ),
            "mean_of_the_means": (
                lambda mu: mu.mean(0).abs() > 0.01,
                "The first μ moves with the image, although its mean is 0; the second never moves.",
            ),
            "variance_across_dimensions": (
                lambda mu: mu.var(1) > 0.01,
                "The shape of the answer should be (2,); it is (4,).",
            ),
            "any_variation": (lambda mu: mu.var(0) > 0, "Variances (divided by B): 0.0004, 0.0025, 0.04 and 1."),
            "two_images": (
                lambda mu: (mu[0] - mu[1]).abs() > 0.01,
                "Variances (divided by B): 0.0004, 0.0025, 0.04 and 1.",
            ),
            "bound_too_high": (lambda mu: mu.var(0) > 0.1, "Variances (divided by B): 0.0004, 0.0025, 0.04 and 1."),
            "sum_of_squares": (
                lambda mu: ((mu - mu.mean(0)) ** 2).sum(0) > 0.01,
                "Variances (divided by B): 0.0004, 0.0025, 0.04 and 1.",
            ),
        },
    ),
    *_dropped(
        "aggregate_moments",
        {
            "half_of_each_part": (
                lambda mu, logvar: (mu.mean(0), 0.5 * (mu.var(0) + logvar.exp().mean(0))),
                "The variance: every number is 0.5 times the expected one",
            ),
            "mean_subtracted_twice": (
                lambda mu, logvar: (mu.mean(0), mu.var(0) + logvar.exp().mean(0) - mu.mean(0) ** 2),
                "(the mean of μ)² has no place in it",
            ),
            "std_for_the_variance": (
                lambda mu, logvar: (mu.mean(0), mu.var(0, unbiased=False) + (0.5 * logvar).exp().mean(0)),
                "the mean of σ stands where the mean of σ² belongs.",
            ),
            "mean_std_squared": (
                lambda mu, logvar: (mu.mean(0), mu.var(0, unbiased=False) + (0.5 * logvar).exp().mean(0) ** 2),
                "(the mean of σ)² stands where the mean of σ² belongs.",
            ),
            "logvar_averaged_first": (
                lambda mu, logvar: (mu.mean(0), mu.var(0, unbiased=False) + logvar.mean(0).exp()),
                "exp(the mean of log σ²) stands where the mean of σ² belongs.",
            ),
            "logvar_added": (
                lambda mu, logvar: (mu.mean(0), mu.var(0, unbiased=False) + logvar.mean(0)),
                "the mean of log σ² stands where the mean of σ² belongs.",
            ),
            "std_of_the_means": (
                lambda mu, logvar: (mu.mean(0), mu.std(0, unbiased=False) + logvar.exp().mean(0)),
                "the standard deviation of μ stands where the variance of μ belongs.",
            ),
            "root_taken": (
                lambda mu, logvar: (mu.mean(0), (mu.var(0, unbiased=False) + logvar.exp().mean(0)).sqrt()),
                "The variance as you return it is the root of what it should be.",
            ),
            "log_taken": (
                lambda mu, logvar: (mu.mean(0), (mu.var(0, unbiased=False) + logvar.exp().mean(0)).log()),
                "The variance as you return it is the logarithm of what it should be.",
            ),
            "summed": (
                lambda mu, logvar: (mu.mean(0), mu.var(0, unbiased=False) + logvar.exp().sum(0)),
                "the factor of the mean of σ² is not the right one.",
            ),
            "multiplied": (
                lambda mu, logvar: (mu.mean(0), mu.var(0, unbiased=False) * logvar.exp().mean(0)),
                "All clouds are the same here (mu = [1, 0], variances 1 and 9): only their own widths are left.",
            ),
            "subtracted": (
                lambda mu, logvar: (mu.mean(0), mu.var(0, unbiased=False) - logvar.exp().mean(0)),
                "the sign of the mean of σ² is the opposite one.",
            ),
            "variance_of_the_variances": (
                lambda mu, logvar: (mu.mean(0), logvar.exp().var(0, unbiased=False) + logvar.exp().mean(0)),
                "the variance of σ² stands where the variance of μ belongs.",
            ),
            "swapped": (
                lambda mu, logvar: (mu.var(0, unbiased=False) + logvar.exp().mean(0), mu.mean(0)),
                "Both results are right, but they come in the other order.",
            ),
            "across_dimensions": (
                lambda mu, logvar: (mu.mean(1), mu.var(1, unbiased=False) + logvar.exp().mean(1)),
                "the mean: You averaged over the latent dimensions and kept the batch: one number for each",
            ),
        },
    ),
]
