"""Lesson 5: answers that were known mistakes once, and some that a learner might give."""

import math

import torch
import torch.nn.functional as F

from dropped import Dropped

LOG_2PI = math.log(2 * math.pi)


def _costs(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none")


def _nll(logits, x):
    return _costs(logits, x).flatten(1).sum(1)


def _kls(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)


def _kl(mu, logvar):
    return _kls(mu, logvar).sum(1)


def _gaussian(x_hat, x, logvar):
    return 0.5 * ((x - x_hat) ** 2 / logvar.exp() + logvar + LOG_2PI)


def _elbo(log_joint, q):
    return (q * (log_joint - q.log())).sum(1)


def _whole(x):
    return bool((x == x.round()).all())


def _entropy_subtracted(logits, x):
    floor = F.binary_cross_entropy(x, x, reduction="none")
    return (_costs(logits, x) - floor).flatten(1).sum(1)


def _mean_of_the_error_only(x_hat, x, logvar):
    error = 0.5 * (x - x_hat) ** 2 / logvar.exp()
    return (_gaussian(x_hat, x, logvar) - error).flatten(1).sum(1) + error.flatten(1).mean(1)


def _log_variance_once(x_hat, x, logvar):
    error = ((x - x_hat) ** 2 / logvar.exp()).sum((1, 2, 3))
    return 0.5 * (error + logvar + x[0].numel() * LOG_2PI)


def _log_variance_summed_as_it_came(x_hat, x, logvar):
    rows = logvar.expand(len(x), *logvar.shape[1:]) if logvar.ndim else logvar.expand(len(x), 1)
    error = 0.5 * ((x - x_hat) ** 2 / logvar.exp() + LOG_2PI).flatten(1).sum(1)
    return error + 0.5 * rows.flatten(1).sum(1)


def _levels_by_type(x):
    if x.min() >= 0 and x.max() <= 1:
        return "bernoulli"
    return "gaussian" if x.is_floating_point() else "categorical"


def _large_means_levels(x):
    if x.min() >= 0 and x.max() <= 1:
        return "bernoulli"
    return "categorical" if x.max() > 1 else "gaussian"


def _first_image_only(x):
    if x[0].min() >= 0 and x[0].max() <= 1:
        return "bernoulli"
    return "categorical" if x[0].min() >= 0 and _whole(x[0]) else "gaussian"


def _swapped(x):
    if x.min() >= 0 and x.max() <= 1:
        return "gaussian"
    return "categorical" if x.min() >= 0 and _whole(x) else "bernoulli"


DROPPED = [
    Dropped(
        "bernoulli_nll",
        "mean_over_the_batch",
        lambda logits, x: _costs(logits, x).flatten(1).sum(1).mean(),
        ("You averaged over the batch: one number",),
    ),
    Dropped(
        "bernoulli_nll",
        "mean_over_pixels_sum_over_batch",
        lambda logits, x: _costs(logits, x).flatten(1).mean(1).sum(),
        ("You summed over the batch, too: one number",),
    ),
    Dropped(
        "bernoulli_nll",
        "mean_over_batch_only",
        lambda logits, x: _costs(logits, x).mean(0),
        ("You averaged over the batch and kept the pixels",),
    ),
    Dropped(
        "bernoulli_nll",
        "sum_over_the_wrong_axis",
        lambda logits, x: _costs(logits, x).sum(0),
        ("You summed over the batch and kept the pixels",),
    ),
    Dropped(
        "bernoulli_nll",
        "channels_left",
        lambda logits, x: _costs(logits, x).sum((2, 3)),
        ("One number for each image and channel, shape (B, C): the sum over the",),
    ),
    Dropped(
        "bernoulli_nll",
        "sign",
        lambda logits, x: -_costs(logits, x).flatten(1).sum(1),
        ("Every number has the opposite sign",),
    ),
    Dropped(
        "bernoulli_nll",
        "white_pixels_are_free",
        lambda logits, x: -((1 - x) * F.logsigmoid(-logits)).flatten(1).sum(1),
        ("x·log p is missing",),
    ),
    Dropped(
        "bernoulli_nll",
        "odds_upside_down",
        lambda logits, x: _costs(-logits, x).flatten(1).sum(1),
        ("x·log(1 − p) and (1 − x)·log p have no place in it",),
    ),
    Dropped(
        "bernoulli_nll",
        "in_bits",
        lambda logits, x: _costs(logits, x).flatten(1).sum(1) / torch.log(torch.tensor(2.0, dtype=x.dtype)),
        ("Every number is 1.443 times the expected one",),
    ),
    Dropped(
        "bernoulli_nll",
        "half_squared_error",
        lambda logits, x: 0.5 * (logits.sigmoid() - x).square().flatten(1).sum(1),
        ("(x − p)² has no place in it",),
    ),
    Dropped(
        "bernoulli_nll",
        "squared_error_of_the_logits",
        lambda logits, x: (logits - x).square().flatten(1).sum(1),
        ("(x − logit)² has no place in it",),
    ),
    Dropped("bernoulli_nll", "entropy_subtracted", _entropy_subtracted, ("the entropy of x has no place in it",)),
    Dropped(
        "bernoulli_nll",
        "default_times_784",
        lambda logits, x: 784 * F.binary_cross_entropy_with_logits(logits, x),
        ("No axis is left",),
    ),
    Dropped(
        "bernoulli_nll", "probability", lambda logits, x: (-_costs(logits, x).flatten(1).sum(1)).exp(), ("One pixel",)
    ),
    Dropped(
        "bernoulli_nll",
        "pixels_as_classes",
        lambda logits, x: -(x.flatten(1) * logits.flatten(1).log_softmax(1)).sum(1),
        ("One pixel",),
    ),
    Dropped(
        "best_variance",
        "half_of_it",
        lambda x_hat, x: 0.5 * (x - x_hat).square().mean(),
        ("Every number is 0.5 times the expected one",),
    ),
    Dropped(
        "best_variance",
        "twice_of_it",
        lambda x_hat, x: 2 * (x - x_hat).square().mean(),
        ("Every number is 2 times the expected one",),
    ),
    Dropped(
        "best_variance",
        "one_for_each_pixel",
        lambda x_hat, x: (x - x_hat).square().mean(0),
        ("One number for each pixel, shape (C, H, W): the mean over the pixels",),
    ),
    Dropped(
        "best_variance",
        "one_less",
        lambda x_hat, x: (x - x_hat).square().sum() / (x.numel() - 1 if x.numel() > 1 else 1),
        ("One image, two pixels, with the errors 3 and 1, whose squares are 9",),
    ),
    Dropped(
        "best_variance",
        "spread_of_the_data",
        lambda x_hat, x: x.var(correction=0),
        ("Your result stays the same when `x_hat` changes",),
    ),
    Dropped(
        "best_variance",
        "mean_before_square",
        lambda x_hat, x: (x - x_hat).mean().square(),
        ("One image, two pixels, with the errors 3 and 1, whose squares are 9",),
    ),
    Dropped(
        "gaussian_nll",
        "constant_without_half",
        lambda x_hat, x, logvar: (_gaussian(x_hat, x, logvar) + 0.5 * LOG_2PI).flatten(1).sum(1),
        ("the factor of Σ log 2π is not the right one",),
    ),
    Dropped(
        "gaussian_nll",
        "constant_once",
        lambda x_hat, x, logvar: (_gaussian(x_hat, x, logvar) - 0.5 * LOG_2PI).flatten(1).sum(1) + 0.5 * LOG_2PI,
        ("log 2π (only once) stands where Σ log 2π belongs",),
    ),
    Dropped(
        "gaussian_nll",
        "constant_subtracted",
        lambda x_hat, x, logvar: (_gaussian(x_hat, x, logvar) - LOG_2PI).flatten(1).sum(1),
        ("the sign of Σ log 2π is the opposite one",),
    ),
    Dropped(
        "gaussian_nll",
        "no_half_at_all",
        lambda x_hat, x, logvar: 2 * _gaussian(x_hat, x, logvar).flatten(1).sum(1),
        ("Every number is 2 times the expected one",),
    ),
    Dropped(
        "gaussian_nll",
        "no_half_on_the_log",
        lambda x_hat, x, logvar: (_gaussian(x_hat, x, logvar) + 0.5 * logvar).flatten(1).sum(1),
        ("the factor of Σ log σ² is not the right one",),
    ),
    Dropped(
        "gaussian_nll",
        "quarter_on_the_log",
        lambda x_hat, x, logvar: (_gaussian(x_hat, x, logvar) - 0.25 * logvar).flatten(1).sum(1),
        ("the factor of Σ log σ² is not the right one",),
    ),
    Dropped(
        "gaussian_nll",
        "log_term_subtracted",
        lambda x_hat, x, logvar: (_gaussian(x_hat, x, logvar) - logvar).flatten(1).sum(1),
        ("the sign of Σ log σ² is the opposite one",),
    ),
    Dropped(
        "gaussian_nll",
        "divided_by_logvar",
        lambda x_hat, x, logvar: 0.5 * ((x - x_hat) ** 2 / logvar + logvar + LOG_2PI).flatten(1).sum(1),
        ("Σ (x − x̂)²/log σ² stands where Σ (x − x̂)²/σ² belongs",),
    ),
    Dropped(
        "gaussian_nll",
        "divided_by_std",
        lambda x_hat, x, logvar: 0.5 * ((x - x_hat) ** 2 / (0.5 * logvar).exp() + logvar + LOG_2PI).flatten(1).sum(1),
        ("Σ (x − x̂)²/σ stands where Σ (x − x̂)²/σ² belongs",),
    ),
    Dropped(
        "gaussian_nll",
        "constant_without_log",
        lambda x_hat, x, logvar: (_gaussian(x_hat, x, logvar) + 0.5 * (2 * math.pi - LOG_2PI)).flatten(1).sum(1),
        ("the factor of Σ log 2π is not the right one",),
    ),
    Dropped(
        "gaussian_nll",
        "density",
        lambda x_hat, x, logvar: (-_gaussian(x_hat, x, logvar).flatten(1).sum(1)).exp(),
        ("One pixel with an error of 2 and σ² = 9",),
    ),
    Dropped(
        "gaussian_nll",
        "variance_squared",
        lambda x_hat, x, logvar: 0.5 * ((x - x_hat) ** 2 / (2 * logvar).exp() + logvar + LOG_2PI).flatten(1).sum(1),
        ("Σ (x − x̂)²/σ⁴ stands where Σ (x − x̂)²/σ² belongs",),
    ),
    Dropped(
        "gaussian_nll",
        "multiplied_by_the_variance",
        lambda x_hat, x, logvar: 0.5 * ((x - x_hat) ** 2 * logvar.exp() + logvar + LOG_2PI).flatten(1).sum(1),
        ("Σ (x − x̂)²·σ² stands where Σ (x − x̂)²/σ² belongs",),
    ),
    Dropped(
        "gaussian_nll",
        "absolute_error",
        lambda x_hat, x, logvar: 0.5 * ((x - x_hat).abs() / logvar.exp() + logvar + LOG_2PI).flatten(1).sum(1),
        ("Σ |x − x̂|/σ² stands where Σ (x − x̂)²/σ² belongs",),
    ),
    Dropped(
        "gaussian_nll",
        "half_squared_error_only",
        lambda x_hat, x, logvar: 0.5 * (x - x_hat).square().flatten(1).sum(1),
        ("Your result stays the same when `logvar` changes",),
    ),
    Dropped(
        "gaussian_nll",
        "variance_one",
        lambda x_hat, x, logvar: _gaussian(x_hat, x, torch.zeros_like(x)).flatten(1).sum(1),
        ("Your result stays the same when `logvar` changes",),
    ),
    Dropped(
        "gaussian_nll",
        "pixels_clamped_at_zero",
        lambda x_hat, x, logvar: _gaussian(x_hat, x, logvar).clamp(min=0).flatten(1).sum(1),
        ("A density may be greater than 1, so −log p may be negative",),
    ),
    Dropped(
        "gaussian_nll",
        "absolute_value",
        lambda x_hat, x, logvar: _gaussian(x_hat, x, logvar).flatten(1).sum(1).abs(),
        ("A density may be greater than 1, so −log p may be negative",),
    ),
    Dropped(
        "gaussian_nll",
        "sign",
        lambda x_hat, x, logvar: -_gaussian(x_hat, x, logvar).flatten(1).sum(1),
        ("Every number has the opposite sign",),
    ),
    Dropped(
        "gaussian_nll",
        "mean_of_the_error_only",
        _mean_of_the_error_only,
        ("is ½ Σ log σ² + ½ Σ log 2π + ½ the mean of (x − x̂)²/σ²: the mean of (x − x̂)²/σ² stands where Σ",),
    ),
    Dropped("gaussian_nll", "log_variance_once", _log_variance_once, ("Four pixels with one variance",)),
    Dropped(
        "gaussian_nll",
        "log_variance_summed_as_it_came",
        _log_variance_summed_as_it_came,
        ("Four pixels with one variance",),
    ),
    Dropped(
        "gaussian_nll",
        "mean_over_the_batch",
        lambda x_hat, x, logvar: _gaussian(x_hat, x, logvar).flatten(1).sum(1).mean(),
        ("You averaged over the batch: one number",),
    ),
    Dropped(
        "gaussian_nll",
        "mean_over_everything",
        lambda x_hat, x, logvar: _gaussian(x_hat, x, logvar).mean(),
        ("You averaged over the batch and the pixels: one number",),
    ),
    Dropped(
        "gaussian_nll",
        "channels_left",
        lambda x_hat, x, logvar: _gaussian(x_hat, x, logvar).sum((2, 3)),
        ("One number for each image and channel, shape (B, C): the sum over the",),
    ),
    Dropped(
        "iwae_bound",
        "log_k_added",
        lambda log_w: log_w.logsumexp(0) + math.log(len(log_w)),
        ("Four codes with the same weight w = e^0.7: the mean of the weights is",),
    ),
    Dropped(
        "iwae_bound",
        "log_k_twice",
        lambda log_w: log_w.logsumexp(0) - 2 * math.log(len(log_w)),
        ("Four codes with the same weight w = e^0.7: the mean of the weights is",),
    ),
    Dropped(
        "iwae_bound",
        "k_subtracted",
        lambda log_w: log_w.logsumexp(0) - len(log_w),
        ("Four codes with the same weight w = e^0.7: the mean of the weights is",),
    ),
    Dropped(
        "iwae_bound",
        "over_the_images_with_log_k",
        lambda log_w: log_w.logsumexp(1) - math.log(len(log_w)),
        ("The shape of bound should be (1,); it is (4,)",),
    ),
    Dropped(
        "iwae_bound",
        "maximum_minus_log_k",
        lambda log_w: log_w.amax(0) - math.log(len(log_w)),
        ("Four codes with the same weight w = e^0.7: the mean of the weights is",),
    ),
    Dropped(
        "iwae_bound",
        "softmax_weighted",
        lambda log_w: (log_w.softmax(0) * log_w).sum(0),
        ("Two codes with the weights e^−2 = 0.135 and e^1 = 2.718; their mean",),
    ),
    Dropped(
        "iwae_bound",
        "sign",
        lambda log_w: math.log(len(log_w)) - log_w.logsumexp(0),
        ("Four codes with the same weight w = e^0.7: the mean of the weights is",),
    ),
    Dropped(
        "iwae_bound",
        "reciprocal_weights",
        lambda log_w: math.log(len(log_w)) - (-log_w).logsumexp(0),
        ("Two codes with the weights e^−2 = 0.135 and e^1 = 2.718; their mean",),
    ),
    Dropped(
        "iwae_bound",
        "mean_over_the_batch",
        lambda log_w: (log_w.logsumexp(0) - math.log(len(log_w))).mean(),
        ("You averaged over the batch: one number",),
    ),
    Dropped(
        "iwae_bound",
        "sum_over_the_batch",
        lambda log_w: (log_w.logsumexp(0) - math.log(len(log_w))).sum(),
        ("You summed over the batch, too: one number",),
    ),
    Dropped(
        "iwae_bound",
        "all_in_one",
        lambda log_w: log_w.flatten().logsumexp(0) - math.log(log_w.numel()),
        ("The shape of bound should be (1,); it is ()",),
    ),
    Dropped(
        "iwae_bound",
        "log_two",
        lambda log_w: log_w.logsumexp(0) - math.log2(len(log_w)),
        ("Four codes with the same weight w = e^0.7: the mean of the weights is",),
    ),
    Dropped(
        "elbo_gap",
        "sign",
        lambda log_joint, q: _elbo(log_joint, q) - log_joint.logsumexp(1),
        ("Every number has the opposite sign",),
    ),
    Dropped(
        "elbo_gap",
        "evidence_weighted_by_q",
        lambda log_joint, q: (log_joint + q.log()).logsumexp(1) - _elbo(log_joint, q),
        ("Two codes: p(x) = 0.1 + 0.3, and the posterior is (¼, ¾)",),
    ),
    Dropped(
        "elbo_gap",
        "unweighted_sum",
        lambda log_joint, q: log_joint.logsumexp(1) - (log_joint - q.log()).sum(1),
        ("Σ log p(x, z) and Σ log q have no place in it",),
    ),
    Dropped("elbo_gap", "joint_not_normalised", lambda log_joint, q: -_elbo(log_joint, q), ("log p(x) is missing",)),
    Dropped(
        "elbo_gap",
        "averaged_over_codes",
        lambda log_joint, q: (q * (q.log() - log_joint.log_softmax(1))).mean(1),
        ("You took the mean over the codes where the sum belongs",),
    ),
    Dropped(
        "elbo_gap",
        "mean_over_the_batch",
        lambda log_joint, q: (log_joint.logsumexp(1) - _elbo(log_joint, q)).mean(),
        ("You averaged over the batch: one number",),
    ),
    Dropped(
        "choose_likelihood", "always_categorical", lambda x: "categorical", ("Two values only: a coin for each pixel",)
    ),
    Dropped(
        "choose_likelihood",
        "smallest_only",
        lambda x: "bernoulli" if x.min() >= 0 else "gaussian",
        ("Whole numbers from 0 to 255, however they are stored",),
    ),
    Dropped(
        "choose_likelihood",
        "sign_alone",
        lambda x: "gaussian" if x.min() < 0 else "categorical",
        ("Two values only: a coin for each pixel",),
    ),
    Dropped(
        "choose_likelihood",
        "levels_by_type",
        _levels_by_type,
        ("Whole numbers from 0 to 255, however they are stored",),
    ),
    Dropped("choose_likelihood", "large_means_levels", _large_means_levels, ("There are negative numbers",)),
    Dropped(
        "choose_likelihood",
        "first_image_only",
        _first_image_only,
        ("Whole numbers from 0 to 255, however they are stored",),
    ),
    Dropped("choose_likelihood", "swapped", _swapped, ("Two values only: a coin for each pixel",)),
    Dropped(
        "snippet_a",
        "a_batch_counted",
        lambda D, Z, B, w: w * D * B,
        ("Both terms are means over the batch: B cancels",),
    ),
    Dropped(
        "snippet_a",
        "a_times_latents",
        lambda D, Z, B, w: w * D * Z,
        ("The KL is summed over the latents (`dim=1`): that is nats, and Z does",),
    ),
    Dropped(
        "snippet_a",
        "a_ratio_of_sizes",
        lambda D, Z, B, w: w * Z / D,
        ("The KL is summed over the latents (`dim=1`): that is nats, and Z does",),
    ),
    Dropped("snippet_a", "a_half", lambda D, Z, B, w: 0.5 * w * D, ("These are the right quantities",)),
    Dropped(
        "snippet_b",
        "b_kl_division_and_batch",
        lambda D, Z, B, w: w / (B * D),
        ("Both terms are divided by D: the one by its mean, the other in the",),
    ),
    Dropped(
        "snippet_b",
        "b_latents_counted",
        lambda D, Z, B, w: w * D / Z,
        ("Both terms are divided by D: the one by its mean, the other in the",),
    ),
    Dropped("snippet_b", "b_latents_divided", lambda D, Z, B, w: w / Z, ("The KL is summed over the latents",)),
    Dropped(
        "snippet_b",
        "b_batch",
        lambda D, Z, B, w: w * B,
        ("Both terms are divided by B: the one by its mean, the other in the",),
    ),
    Dropped(
        "snippet_b",
        "b_batch_divided",
        lambda D, Z, B, w: w / B,
        ("Both terms are divided by B: the one by its mean, the other in the",),
    ),
    Dropped(
        "snippet_c",
        "c_pixels_counted",
        lambda D, Z, B, w: w * D / B,
        ('The pixels are summed (`reduction="sum"`): that is nats, and D does',),
    ),
    Dropped(
        "snippet_c",
        "c_pixels_instead",
        lambda D, Z, B, w: w * D,
        ("One term is summed over the batch, the other averaged",),
    ),
    Dropped(
        "snippet_c",
        "c_divided_by_pixels",
        lambda D, Z, B, w: w / D,
        ("One term is summed over the batch, the other averaged",),
    ),
    Dropped(
        "snippet_c",
        "c_divided_by_both",
        lambda D, Z, B, w: w / (B * D),
        ('The pixels are summed (`reduction="sum"`): that is nats, and D does',),
    ),
    Dropped(
        "snippet_c",
        "c_latents_counted",
        lambda D, Z, B, w: w / (B * Z),
        ("The `mean` stands around a `sum` with `dim=1`: it is over the batch,",),
    ),
    Dropped(
        "snippet_c",
        "c_latents_instead",
        lambda D, Z, B, w: w / Z,
        ("One term is summed over the batch, the other averaged",),
    ),
    Dropped("snippet_d", "d_latents_upside_down", lambda D, Z, B, w: w * Z / 2, ("These are the right quantities",)),
    Dropped(
        "snippet_d",
        "d_batch_counted",
        lambda D, Z, B, w: w / (2 * Z * B),
        ("Both terms are divided by B: in the first line by hand, in the second",),
    ),
    Dropped(
        "snippet_d",
        "d_batch_multiplied",
        lambda D, Z, B, w: w * B / (2 * Z),
        ("Both terms are divided by B: in the first line by hand, in the second",),
    ),
    Dropped(
        "snippet_d",
        "d_pixels_counted",
        lambda D, Z, B, w: w * D / (2 * Z),
        ("The squared errors are summed over the pixels and divided by B alone",),
    ),
    Dropped(
        "snippet_d",
        "d_pixels_and_no_half",
        lambda D, Z, B, w: w * D / Z,
        ("The squared errors are summed over the pixels and divided by B alone",),
    ),
    Dropped(
        "vae_loss",
        "beta_twice",
        lambda logits, x, mu, logvar, beta: _nll(logits, x) + beta**2 * _kl(mu, logvar),
        ("β²·KL has no place in it",),
    ),
    Dropped(
        "vae_loss",
        "divided_by_beta",
        lambda logits, x, mu, logvar, beta: _nll(logits, x) + _kl(mu, logvar) / torch.tensor(beta, dtype=x.dtype),
        ("The same pixels and latents as at first, but now β = 4",),
    ),
    Dropped(
        "vae_loss",
        "beta_as_a_share",
        lambda logits, x, mu, logvar, beta: (1 - beta) * _nll(logits, x) + beta * _kl(mu, logvar),
        ("β·nll has no place in it",),
    ),
    Dropped(
        "vae_loss",
        "beta_added",
        lambda logits, x, mu, logvar, beta: _nll(logits, x) + beta + _kl(mu, logvar),
        ("the KL without β and β have no place in it",),
    ),
    Dropped(
        "vae_loss",
        "reconstruction_negated",
        lambda logits, x, mu, logvar, beta: -_nll(logits, x) + beta * _kl(mu, logvar),
        ("The reconstruction has the opposite sign; the KL is right",),
    ),
    Dropped(
        "vae_loss",
        "kl_halved_twice",
        lambda logits, x, mu, logvar, beta: _nll(logits, x) + 0.5 * beta * _kl(mu, logvar),
        ("The reconstruction is right; the KL is divided by 2.",),
    ),
    Dropped(
        "vae_loss",
        "reconstruction_times_784",
        lambda logits, x, mu, logvar, beta: 784 * _nll(logits, x) + beta * _kl(mu, logvar),
        ("The reconstruction is multiplied by 784; the KL is right.", "no factor that the task does not name"),
    ),
    Dropped(
        "vae_loss",
        "reconstruction_averaged_and_times_784",
        lambda logits, x, mu, logvar, beta: 784 * _costs(logits, x).flatten(1).mean(1) + beta * _kl(mu, logvar),
        ("The reconstruction is a mean over the pixels where the sum belongs and is multiplied by 784; the KL is",),
    ),
    Dropped(
        "vae_loss",
        "kl_by_784",
        lambda logits, x, mu, logvar, beta: _nll(logits, x) + beta * _kl(mu, logvar) / 784,
        ("The reconstruction is right; the KL is divided by 784.",),
    ),
    Dropped(
        "vae_loss",
        "kl_half_on_a_part",
        lambda logits, x, mu, logvar, beta: _nll(logits, x) + beta * (_kls(mu, logvar) - 0.5 * logvar).sum(1),
        ("the factor of β·Σ log σ² is not the right one",),
    ),
    Dropped(
        "vae_loss",
        "kl_log_added",
        lambda logits, x, mu, logvar, beta: _nll(logits, x) + beta * (_kls(mu, logvar) + logvar).sum(1),
        ("the sign of β·Σ log σ² is the opposite one",),
    ),
    Dropped(
        "vae_loss",
        "kl_mu_not_squared",
        lambda logits, x, mu, logvar, beta: _nll(logits, x) + beta * (_kls(mu, logvar) + 0.5 * (mu - mu**2)).sum(1),
        ("β·Σ μ stands where β·Σ μ² belongs",),
    ),
    Dropped(
        "vae_loss",
        "kl_variance_squared",
        lambda logits, x, mu, logvar, beta: (
            _nll(logits, x) + beta * (_kls(mu, logvar) + 0.5 * ((2 * logvar).exp() - logvar.exp())).sum(1)
        ),
        ("β·Σ σ⁴ stands where β·Σ σ² belongs",),
    ),
    Dropped(
        "vae_loss",
        "kl_std_not_squared",
        lambda logits, x, mu, logvar, beta: (
            _nll(logits, x) + beta * (_kls(mu, logvar) + 0.5 * ((0.5 * logvar).exp() - logvar.exp())).sum(1)
        ),
        ("β·Σ σ stands where β·Σ σ² belongs",),
    ),
    Dropped(
        "vae_loss",
        "no_reconstruction",
        lambda logits, x, mu, logvar, beta: beta * _kl(mu, logvar),
        ("Your result stays the same when `logits` or `x` changes",),
    ),
    Dropped(
        "vae_loss",
        "arguments_swapped",
        lambda logits, x, mu, logvar, beta: _nll(x, logits) + beta * _kl(mu, logvar),
        ("those for `logits` and `x` exchanged",),
    ),
    Dropped(
        "vae_loss",
        "beta_on_both",
        lambda logits, x, mu, logvar, beta: beta * (_nll(logits, x) + _kl(mu, logvar)),
        ("β·nll stands where nll belongs",),
    ),
    Dropped(
        "vae_loss",
        "beta_unused",
        lambda logits, x, mu, logvar, beta: _nll(logits, x) + _kl(mu, logvar),
        ("Your result stays the same when `beta` changes",),
    ),
    Dropped(
        "vae_loss",
        "no_kl",
        lambda logits, x, mu, logvar, beta: _nll(logits, x),
        ("Your result stays the same when `beta` or `logvar` or `mu` changes",),
    ),
    Dropped(
        "bernoulli_nll",
        "white_pixels_count_twice",
        lambda logits, x: (
            F.binary_cross_entropy_with_logits(logits, x, pos_weight=torch.tensor(2.0, dtype=x.dtype), reduction="none")
            .flatten(1)
            .sum(1)
        ),
        ("the factor of x·log p",),
    ),
    Dropped(
        "gaussian_nll",
        "exp_twice",
        lambda x_hat, x, logvar: 0.5 * ((x - x_hat) ** 2 / logvar.exp().exp() + logvar + LOG_2PI).flatten(1).sum(1),
        ("Σ (x − x̂)²/exp(σ²) stands where",),
    ),
    Dropped(
        "gaussian_nll",
        "error_not_squared",
        lambda x_hat, x, logvar: 0.5 * ((x - x_hat) / logvar.exp() + logvar + LOG_2PI).flatten(1).sum(1),
        ("Σ (x − x̂)/σ² stands where",),
    ),
    Dropped(
        "gaussian_nll",
        "variance_for_its_logarithm",
        lambda x_hat, x, logvar: 0.5 * ((x - x_hat) ** 2 / logvar.exp() + logvar.exp() + LOG_2PI).flatten(1).sum(1),
        ("Σ σ² stands where Σ log σ² belongs",),
    ),
    Dropped(
        "vae_loss",
        "exp_twice",
        lambda logits, x, mu, logvar, beta: (
            _nll(logits, x) + beta * 0.5 * (mu**2 + logvar.exp().exp() - 1 - logvar).sum(1)
        ),
        ("β·Σ exp(σ²) stands where β·Σ σ² belongs",),
    ),
    Dropped(
        "vae_loss",
        "std_for_logvar",
        lambda logits, x, mu, logvar, beta: _nll(logits, x) + beta * _kl(mu, 0.5 * logvar),
        ("β·Σ σ has no place in it",),
    ),
    Dropped(
        "vae_loss",
        "one_added",
        lambda logits, x, mu, logvar, beta: _nll(logits, x) + beta * (_kls(mu, logvar) + 1).sum(1),
        ("the sign of β·Σ 1 is the opposite one",),
    ),
    Dropped(
        "vae_loss",
        "kept_and_averaged_over_axis_1",
        lambda logits, x, mu, logvar, beta: (_nll(logits, x) + beta * _kls(mu, logvar).sum(1, keepdim=True)).mean(1),
        ("if you wrote no such mean", "a `keepdim=True` may turn a mean over another axis into one"),
    ),
    Dropped("iwae_bound", "first_code_only", lambda log_w: log_w[0], ("their mean is 1.427",)),
    Dropped("snippet_a", "adds_them", lambda D, Z, B, w: D + w, ("Which of them multiplies β",)),
    Dropped("snippet_a", "knows_the_pixels", lambda D, Z, B, w: 784 * w, ("is a mean over the pixels",)),
    Dropped(
        "vae_loss",
        "both_averaged_over_their_own_axes",
        lambda logits, x, mu, logvar, beta: _costs(logits, x).flatten(1).mean(1) + beta * _kls(mu, logvar).mean(1),
        ("a mean over the pixels", "a mean over the latent dimensions"),
    ),
    Dropped(
        "vae_loss",
        "reconstruction_of_the_batch",
        lambda logits, x, mu, logvar, beta: _nll(logits, x).mean() + beta * _kl(mu, logvar),
        ("The reconstruction is averaged over the batch",),
    ),
    Dropped(
        "vae_loss",
        "kl_of_the_batch",
        lambda logits, x, mu, logvar, beta: _nll(logits, x) + beta * _kl(mu, logvar).sum(),
        ("The KL is summed over the batch",),
    ),
    Dropped(
        "vae_loss",
        "pixels_averaged_images_summed",
        lambda logits, x, mu, logvar, beta: _costs(logits, x).flatten(1).mean(1).sum() + beta * _kl(mu, logvar).mean(),
        ("a mean over the pixels",),
    ),
]
