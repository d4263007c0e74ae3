"""Lesson 5's exercises: what every lesson's must do is in test_exercises.py; here are the variants people write."""

import math

import pytest
import torch
import torch.nn.functional as F
from answers import assert_mistake, assert_passes
from torch.distributions import Bernoulli, Categorical, Normal, kl_divergence

from course_utils import losses
from course_utils.exercises import lesson05 as ex


def assert_says(exercise, function, says):
    verdict = exercise.check(function)
    assert not verdict.passed
    assert verdict.mistake is None, verdict.text
    assert says in verdict.text, verdict.text


# bernoulli_nll


def one_image_at_a_time(logits, x):
    return torch.stack([F.binary_cross_entropy_with_logits(a, b, reduction="sum") for a, b in zip(logits, x)])  # noqa: B905


def cross_entropy_of_two_classes(logits, x):
    both = torch.stack([torch.zeros_like(logits), logits], dim=1)
    return F.cross_entropy(both, torch.stack([1 - x, x], dim=1), reduction="none").sum((1, 2, 3))


def shape_checked(logits, x):
    if logits.shape != x.shape:
        raise ValueError("shapes")
    return F.binary_cross_entropy_with_logits(input=logits, target=x, reduction="none").sum(dim=(1, 2, 3))


def averaged_and_multiplied(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").mean((1, 2, 3)) * x[0].numel()


BERNOULLI = {
    "package": losses.bernoulli_nll,
    "over three axes": shape_checked,
    "softplus": lambda logits, x: (F.softplus(logits) - x * logits).sum((1, 2, 3)),
    "two log-sigmoids": lambda a, x: -(x * F.logsigmoid(a) + (1 - x) * F.logsigmoid(-a)).flatten(1).sum(1),
    "stable by hand": lambda a, x: (a.clamp(min=0) - a * x + torch.log1p((-a.abs()).exp())).flatten(1).sum(-1),
    "logaddexp": lambda a, x: (torch.logaddexp(a, torch.zeros_like(a)) - x * a).reshape(len(a), -1).sum(1),
    "distribution": lambda a, x: (
        -Bernoulli(logits=a, validate_args=False).log_prob(x).view(x.size(0), -1).sum(1)  # grey pixels, too
    ),
    "one image at a time": one_image_at_a_time,
    "two classes": cross_entropy_of_two_classes,
    "mean times number of pixels": averaged_and_multiplied,
    "module": lambda a, x: torch.nn.BCEWithLogitsLoss(reduction="none")(a, x).sum(-1).sum(-1).sum(-1),
    "einsum": lambda a, x: torch.einsum("bchw->b", F.binary_cross_entropy_with_logits(a, x, reduction="none")),
}


@pytest.mark.parametrize("variant", BERNOULLI)
def test_bernoulli_nll_accepts_variant(variant):
    assert_passes(ex.bernoulli_nll, BERNOULLI[variant])


def pixelwise(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none")


def by_logarithm(eps):
    def function(logits, x):
        p = torch.sigmoid(logits)
        return -(x * (p + eps).log() + (1 - x) * (1 - p + eps).log()).sum((1, 2, 3))

    return function


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda a, x: pixelwise(a, x).mean((1, 2, 3)), "mean_over_pixels"),
        (lambda a, x: F.binary_cross_entropy_with_logits(a, x, reduction="sum"), "sum_over_the_batch_too"),
        (lambda a, x: F.binary_cross_entropy_with_logits(a, x, reduction="mean"), "default_reduction"),
        (lambda a, x: (F.softplus(a.sigmoid()) - x * a.sigmoid()).sum((1, 2, 3)), "sigmoid_twice"),
        (by_logarithm(0.0), "logarithm_of_the_sigmoid"),
        (by_logarithm(1e-8), "epsilon_in_the_logarithm"),
        (by_logarithm(1e-7), "epsilon_in_the_logarithm"),
        (by_logarithm(1e-6), "epsilon_in_the_logarithm"),
        (by_logarithm(1e-12), "epsilon_in_the_logarithm"),
        (by_logarithm(1e-20), "epsilon_in_the_logarithm"),
        (lambda a, x: pixelwise(a.clamp(-30, 30), x).sum((1, 2, 3)), "epsilon_in_the_logarithm"),
        (lambda a, x: F.mse_loss(a.sigmoid(), x, reduction="none").sum((1, 2, 3)), "squared_error"),
        (lambda a, x: torch.nn.BCELoss(reduction="none")(torch.sigmoid(a), x).sum((1, 2, 3)), "capped_at_100"),
        (lambda a, x: pixelwise(a, x.round()).sum((1, 2, 3)), "targets_rounded"),
    ],
)
def test_bernoulli_nll_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.bernoulli_nll, function, mistake)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda a, x: F.binary_cross_entropy((a.tanh() + 1) / 2, x, reduction="none").sum((1, 2, 3)), "sigmoid(1.5)"),
        (lambda a, x: pixelwise(a, x).sum((2, 3)).mean(1), "24 numbers are summed in each"),
        (lambda a, x: (pixelwise(a, x).sum() / len(x)).expand(len(x)), "Now there are three images"),
        (lambda a, x: 10 * pixelwise(a, x).mean(), "No axis is left"),
        (lambda a, x: pixelwise(a, x).sum((1, 2, 3), keepdim=True), "should be (1,); it is (1, 1, 1, 1)"),
        (lambda a, x: pixelwise(a.detach(), x).sum((1, 2, 3)), "There is no gradient"),
        (lambda a, x: pixelwise(a.double(), x.double()).sum((1, 2, 3)), "dtype"),
        (lambda a, x: F.softplus(-a * (2 * x - 1)).sum((1, 2, 3)), "These pixels are grey"),
        (lambda a, x: -torch.exp(-pixelwise(a, x)).flatten(1).prod(1).log(), "expected: 200 nats"),
    ],
)  # fmt: skip
def test_bernoulli_nll_unknown_mistake_gets_a_true_sentence(function, says):
    assert_says(ex.bernoulli_nll, function, says)


# gaussian_nll


def by_distribution(x_hat, x, logvar):
    return -Normal(x_hat, (0.5 * logvar).exp()).log_prob(x).sum((1, 2, 3))


def by_parts(mean, target, log_sigma2):
    log_sigma2 = log_sigma2.expand_as(target)
    n = target[0].numel()
    sse = ((target - mean).square() * (-log_sigma2).exp()).flatten(1).sum(1)
    return 0.5 * sse + 0.5 * log_sigma2.flatten(1).sum(1) + 0.5 * n * math.log(2 * math.pi)


def by_torch_loss(x_hat, x, logvar):
    var = logvar.exp().expand_as(x)
    return F.gaussian_nll_loss(x_hat, x, var, full=True, reduction="none").sum((1, 2, 3))


GAUSSIAN = {
    "package": lambda x_hat, x, logvar: losses.gaussian_nll(x_hat, x, logvar=logvar),
    "distribution": by_distribution,
    "by parts": by_parts,
    "torch's own": by_torch_loss,
    "standardised": lambda m, x, v: (
        0.5 * ((x - m) / (v / 2).exp()) ** 2 + v / 2 + math.log(math.sqrt(2 * math.pi))
    ).flatten(1).sum(1),
    "density": lambda m, x, v: -(
        torch.exp(-((x - m) ** 2) / (2 * v.exp())) / (2 * math.pi * v.exp()).sqrt()
    ).double().log().sum((1, 2, 3)).to(x.dtype),
    "log of 2πσ²": lambda m, x, v: 0.5 * ((m - x).pow(2) / v.exp() + torch.log(2 * torch.pi * v.exp())).sum((1, 2, 3)),
}  # fmt: skip


@pytest.mark.parametrize("variant", GAUSSIAN)
def test_gaussian_nll_accepts_variant(variant):
    assert_passes(ex.gaussian_nll, GAUSSIAN[variant])


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (
            lambda m, x, v: F.gaussian_nll_loss(m, x, v.exp().expand_as(x), reduction="none").sum((1, 2, 3)),
            "no_constant",
        ),
        (lambda m, x, v: -Normal(m, v.exp()).log_prob(x).sum((1, 2, 3)), "logvar_as_log_std"),
        (lambda m, x, v: by_distribution(m, x, v).clamp_min(0), "clamped_at_zero"),
        (lambda m, x, v: torch.relu(by_distribution(m, x, v)), "clamped_at_zero"),
        (lambda m, x, v: F.mse_loss(m, x, reduction="none").sum((1, 2, 3)), "squared_error_only"),
        (lambda m, x, v: by_distribution(m, x, v) / x[0].numel(), "mean_over_pixels"),
        (lambda m, x, v: 28 * 28 * by_distribution(m, x, v) / x[0].numel(), "mean_times_784"),
    ],
)
def test_gaussian_nll_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.gaussian_nll, function, mistake)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda m, x, v: by_parts(m, x, v) - mean_for_sum((x - m) ** 2 / v.exp()), "the mean of (x − x̂)²/σ² stands"),
        (lambda m, x, v: by_parts(m, x, v) - mean_for_sum(v.expand_as(x)), "½ the mean of log σ²: the mean of log σ²"),
        (lambda m, x, v: by_parts(m, x, v) - mean_for_sum(0 * x + math.log(2 * math.pi)), "log 2π (only once) stands"),
    ],
)
def test_gaussian_nll_calls_a_mean_a_mean(function, says):
    assert_says(ex.gaussian_nll, function, says)


def mean_for_sum(term):
    """Return what a sum over the pixels loses where it becomes a mean."""
    return 0.5 * (term.flatten(1).sum(1) - term.flatten(1).mean(1))


def test_gaussian_nll_counts_a_log_variance_once_where_an_image_has_one():
    _, table = ex.gaussian_nll.tables["nll"]
    x = torch.zeros(2, 1, 3, 3)
    for logvar, name in ((torch.zeros(()), "log σ² (only once)"), (torch.zeros(2, 1, 1, 1), "log σ² (only once)"),
                         (torch.zeros(2, 1, 3, 3), "the mean of log σ²")):  # fmt: skip
        assert name in table(x, x, logvar)


# best_variance

VARIANCE = {
    "mse_loss": lambda x_hat, x: F.mse_loss(x_hat, x),
    "sum over count": lambda a, b: (a - b).pow(2).sum() / a.numel(),
    "norm": lambda a, b: torch.linalg.vector_norm(a - b) ** 2 / b.numel(),
    "mean of means": lambda a, b: (a - b).square().flatten(1).mean(1).mean(),
    "einsum": lambda a, b: torch.einsum("bchw,bchw->", a - b, a - b) / torch.tensor(a.numel()),
}


@pytest.mark.parametrize("variant", VARIANCE)
def test_best_variance_accepts_variant(variant):
    assert_passes(ex.best_variance, VARIANCE[variant])


@pytest.mark.parametrize("function", [lambda a, b: 0.5 * (a - b).square().sum(), lambda a, b: (a - b).square().amax()])
def test_best_variance_is_not_asked_whether_rows_mix(function):
    verdict = ex.best_variance.check(function)
    assert not verdict.passed
    assert "batch of one" not in verdict.text


def test_best_variance_is_the_minimum():
    g = torch.Generator().manual_seed(0)
    x_hat, x = torch.randn(3, 1, 4, 4, generator=g), torch.randn(3, 1, 4, 4, generator=g)
    best = F.mse_loss(x_hat, x)
    around = [losses.gaussian_nll(x_hat, x, logvar=(best * c).log()).sum() for c in (0.97, 1.0, 1.03)]
    assert min(around) == around[1]


# vae_loss


def with_package(logits, x, mu, logvar, beta):
    return losses.bernoulli_nll(logits, x) + beta * losses.kl_standard_normal(mu, logvar)


def with_distributions(logits, x, mu, logvar, beta):
    q = Normal(mu, (0.5 * logvar).exp())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return losses.bernoulli_nll(logits, x) + beta * kl_divergence(q, prior).sum(-1)


def minus_half(logits, x, mu, log_var, beta):
    """The form of the old examples: correct, and often reported as a bug."""
    bce = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum([1, 2, 3])
    kld = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1)
    return bce + beta * kld


def minus_elbo(logits, x, mu, logvar, beta):
    log_px_z = -losses.bernoulli_nll(logits, x)
    negative_kl = 0.5 * (1 + logvar - mu**2 - torch.exp(logvar)).sum(1)
    return -(log_px_z + beta * negative_kl)


def with_std(logits, x, mu, logvar, beta):
    std = logvar.mul(0.5).exp()
    kl = (0.5 * (mu**2 + std**2 - 1) - std.log()).sum(1)
    return torch.add(losses.bernoulli_nll(logits, x), kl, alpha=beta)


def divided_and_multiplied(logits, x, mu, logvar, beta):
    pixels, latents = x[0].numel(), mu.shape[1]
    nll = F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).mean(1)
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(1)
    return nll * pixels + beta * kl * latents


VAE_LOSS = {
    f.__name__: f for f in (with_package, with_distributions, minus_half, minus_elbo, with_std, divided_and_multiplied)
}


@pytest.mark.parametrize("variant", VAE_LOSS)
def test_vae_loss_accepts_variant(variant):
    assert_passes(ex.vae_loss, VAE_LOSS[variant])


def bce(logits, x, reduction="none"):
    return F.binary_cross_entropy_with_logits(logits, x, reduction=reduction)


def kld(mu, logvar):
    return -0.5 * (1 + logvar - mu**2 - logvar.exp())


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda a, x, m, v, b: bce(a, x, "mean") + b * kld(m, v).sum(1).mean(), "default_reduction"),
        (lambda a, x, m, v, b: bce(a, x, "mean") + b * kld(m, v).mean(), "each_by_its_own_number"),
        (lambda a, x, m, v, b: bce(a, x, "sum") + b * kld(m, v).sum(), "summed_over_the_batch"),
        (lambda a, x, m, v, b: (bce(a, x, "sum") + b * kld(m, v).sum()) / len(x), "averaged_over_the_batch"),
        (lambda a, x, m, v, b: losses.bernoulli_nll(a, x) + b * kld(m, v).mean(1), "mean_over_latents"),
        (lambda a, x, m, v, b: bce(a, x, "mean") + b * kld(m, v).sum() / x.numel(), "everything_per_pixel_and_image"),
        (lambda a, x, m, v, b: losses.bernoulli_nll(a, x) - b * kld(m, v).sum(1), "kl_subtracted"),
        (lambda a, x, m, v, b: losses.bernoulli_nll(a, x) + b * -kld(m, v).sum(1), "kl_subtracted"),
        (lambda a, x, m, v, b: -with_package(a, x, m, v, b), "elbo_instead_of_loss"),
    ],
)  # fmt: skip
def test_vae_loss_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.vae_loss, function, mistake)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (
            lambda a, x, m, v, b: bce(a, x, "mean") + b * kld(m, v).sum(1),
            "The reconstruction is a mean over the pixels",
        ),
        (lambda a, x, m, v, b: bce(a, x, "mean") + b * kld(m, v).sum(), "the KL is summed over the batch"),
        (lambda a, x, m, v, b: bce(a, x, "sum") + b * kld(m, v).mean(), "The KL is a mean over the latent dimensions"),
        (lambda a, x, m, v, b: bce(a, x, "sum") + b * kld(m, v).sum(1), "The reconstruction is summed over the batch"),
        (lambda a, x, m, v, b: with_package(a, x, m, v, b * b), "β²·KL"),
        (lambda a, x, m, v, b: with_package(a, x, m, v, 1.0), "the KL without β"),
        (lambda a, x, m, v, b: losses.bernoulli_nll(a, x) + b * kld(m, v.exp()).sum(1), "Four pixels cost 2.149"),
    ],
)
def test_vae_loss_says_which_sums_and_means_it_found(function, says):
    assert_says(ex.vae_loss, function, says)


def softplus_by_hand(logits, x, mu, logvar, beta):
    return (torch.log1p(logits.exp()) - x * logits).flatten(1).sum(1) + beta * kld(mu, logvar).sum(1)


def logarithm_of_a_probability(logits, x, mu, logvar, beta):
    return -torch.exp(-losses.bernoulli_nll(logits, x)).log() + beta * kld(mu, logvar).sum(1)


@pytest.mark.parametrize("function", [softplus_by_hand, logarithm_of_a_probability])
def test_vae_loss_that_overflows_without_a_sigmoid_is_told_what_overflows(function):
    verdict = ex.vae_loss.check(function)
    assert "grows to ∞" in verdict.message
    assert "the sigmoid is" not in verdict.message


def test_bernoulli_nll_that_overflows_without_a_sigmoid_is_told_what_overflows():
    verdict = ex.bernoulli_nll.check(lambda a, x: (torch.log1p(a.exp()) - x * a).flatten(1).sum(1))
    assert "e²⁰⁰ is ∞" in verdict.message
    assert "without a sigmoid" not in verdict.message


# The snippets

SNIPPETS = ("snippet_a", "snippet_b", "snippet_c", "snippet_d")


@pytest.mark.parametrize("name", SNIPPETS)
def test_snippet_has_the_gradient_of_its_beta(name):
    """Run the code that the task shows: its gradient is a multiple of that of nll + β · KL, for every parameter."""
    exercise = getattr(ex, name)
    code = exercise.task.split("```python\n")[1].split("```")[0]
    B, D, Z, w = 6, 10, 3, 0.7
    g = torch.Generator().manual_seed(0)
    out, x = torch.randn(B, D, generator=g).double(), torch.rand(B, D, generator=g).double()
    mu, logvar = torch.randn(B, Z, generator=g).double(), torch.randn(B, Z, generator=g).double()
    leaves = [t.requires_grad_() for t in (out, mu, logvar)]
    space = {"torch": torch, "F": F, "logits": out, "x_hat": out, "x": x, "mu": mu, "logvar": logvar}
    exec(code, space | {"B": B, "D": D, "w": w}, result := {})
    shown = torch.autograd.grad(result["loss"], leaves)
    beta = exercise.answer(D, Z, B, w)
    nll = losses.gaussian_nll(out, x) if "mse" in code else losses.bernoulli_nll(out, x)
    honest = torch.autograd.grad((nll + beta * losses.kl_standard_normal(mu, logvar)).mean(), leaves)
    ratios = torch.cat([(a / b).flatten() for a, b in zip(shown, honest, strict=True)])
    torch.testing.assert_close(ratios, ratios.mean().expand_as(ratios), rtol=1e-9, atol=0)


@pytest.mark.parametrize("name", SNIPPETS)
def test_snippet_accepts_any_number(name):
    right = getattr(ex, name).answer
    for number in (float, torch.tensor, lambda v: torch.tensor([v]), lambda v: v + 0.0):
        assert_passes(getattr(ex, name), lambda D, Z, B, w, number=number: number(right(D, Z, B, w)))
    assert_passes(getattr(ex, name), lambda D, Z, B, w: math.exp(math.log(right(D, Z, B, w))))


def test_snippet_answer_that_is_no_number():
    assert_says(ex.snippet_a, lambda D, Z, B, w: "w·D", "β is one number")
    assert_says(ex.snippet_a, lambda D, Z, B, w: (w, D), "β is one number")


def test_snippet_with_surplus_quantities_is_told_which():
    assert_says(ex.snippet_a, lambda D, Z, B, w: w * D * B / Z, "Both terms are means over the batch: B cancels.")
    assert_says(ex.snippet_a, lambda D, Z, B, w: w * D * 3, "times")


# iwae_bound


def by_maximum(log_w):
    top, _ = log_w.max(dim=0, keepdim=True)
    return ((log_w - top).exp().mean(dim=0, keepdim=True).log() + top).squeeze(0)


def pairwise(log_w):
    total = log_w[0]
    for row in log_w[1:]:
        total = torch.logaddexp(total, row)
    return total - math.log(len(log_w))


IWAE = {
    "logsumexp": lambda log_w: log_w.logsumexp(0) - torch.tensor(float(log_w.shape[0])).log().to(log_w.dtype),
    "shifted": lambda log_w: torch.logsumexp(log_w - math.log(log_w.size(0)), 0),
    "by the maximum": by_maximum,
    "pairwise": pairwise,
    "transposed": lambda log_w: log_w.T.logsumexp(-1) - math.log(log_w.shape[0]),
    "numpy's log": lambda w: torch.logsumexp(w, dim=0, keepdim=True)[0] - math.log(w.shape[0]),
    "image by image": lambda w: torch.stack([c.logsumexp(0) - math.log(len(c)) for c in w.unbind(1)]),
    "detached maximum": lambda w: (w - w.amax(0).detach()).exp().mean(0).log() + w.amax(0).detach(),
}


@pytest.mark.parametrize("variant", IWAE)
def test_iwae_bound_accepts_variant(variant):
    assert_passes(ex.iwae_bound, IWAE[variant])


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda w: w.sum(0) / len(w), "mean_of_the_logarithms"),
        (lambda w: (w.exp().sum(0) / len(w)).log(), "naive"),
        (lambda w: w.exp().sum(0).log() - math.log(len(w)), "naive"),
        (lambda w: torch.log(torch.mean(torch.exp(w), dim=0) + 1e-10), "epsilon_in_the_logarithm"),
        (lambda w: torch.log(torch.mean(torch.exp(w), dim=0).clamp(min=1e-30)), "epsilon_in_the_logarithm"),
        (lambda w: w.max(0).values, "maximum"),
    ],
)
def test_iwae_bound_recognises_mistake_written_differently(function, mistake):
    assert_mistake(ex.iwae_bound, function, mistake)


def test_iwae_bound_never_takes_the_codes_for_images():
    verdict = ex.iwae_bound.check(lambda w: w.median(0).values)
    assert "batch of one" not in verdict.text
    assert "their mean is 1.427" in verdict.text


# elbo_gap


def by_identity(log_joint, q):
    posterior = log_joint.softmax(1)
    return (q * (q.log() - posterior.log())).sum(1)


GAP = {
    "identity": by_identity,
    "distributions": lambda j, q: kl_divergence(Categorical(probs=q), Categorical(logits=j)),
    "F.kl_div": lambda j, q: F.kl_div(j.log_softmax(1), q, reduction="none").sum(1),
    "entropy apart": lambda j, q: j.logsumexp(-1) - (q * j).sum(-1) + torch.xlogy(q, q).sum(-1),
    "einsum": lambda j, q: torch.einsum("bs,bs->b", q, q.log() - j) + torch.logsumexp(j, 1),
}


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda j, q: j.logsumexp(1, keepdim=True) - q * (j - q.log()), "for each image and code, shape (B, S)"),
        (lambda j, q: by_identity(j, q) / q.shape[1], "divided by S"),
    ],
)
def test_elbo_gap_has_the_letters_of_its_task(function, says):
    assert_says(ex.elbo_gap, function, says)


@pytest.mark.parametrize("variant", GAP)
def test_elbo_gap_accepts_variant(variant):
    assert_passes(ex.elbo_gap, GAP[variant])


# choose_likelihood


def ends_first(x):
    low, high = x.aminmax()
    if low < 0:
        return "gaussian"
    if high <= 1:
        return "bernoulli"
    whole = torch.equal(x.float() % 1, torch.zeros_like(x.float()))
    return "categorical" if whole and high <= 255 else "gaussian"


def counting(x):
    x = x.float()
    if set(x.unique().tolist()) <= {0.0, 1.0}:
        return "Bernoulli"
    whole = bool((x == x.floor()).all())
    return "categorical" if whole and x.min() >= 0 and x.max() < 256 else "gaussian"


def kinder_to_grey(x):
    inside = ((x >= 0) & (x <= 1)).all()
    levels = bool(((x.frac() == 0) & (x >= 0) & (x < 256)).all())
    return "bernoulli" if inside else "categorical" if levels else "gaussian"


LIKELIHOOD = {
    "both ends first": ends_first,
    "grey is gaussian": counting,
    "with frac": lambda x: kinder_to_grey(x.double()),
    "with numpy": lambda x: ends_first(torch.from_numpy(x.numpy().astype("float64"))),
    "with a dictionary": lambda x: {0: "bernoulli", 1: "categorical", 2: "gaussian"}[
        0 if x.min() >= 0 and x.max() <= 1 else 1 if (x.long() == x).all() and x.min() >= 0 and x.max() <= 255 else 2
    ],
}


@pytest.mark.parametrize("variant", LIKELIHOOD)
def test_choose_likelihood_accepts_variant(variant):
    assert_passes(ex.choose_likelihood, LIKELIHOOD[variant])


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: "bernoulli" if 0 <= x.float().mean() <= 1 else "gaussian", "negative numbers"),
        (lambda x: "categorical" if x.max() > 100 else ends_first(x), "measurements from 0 to 240"),
        (lambda x: "gaussian" if 1 < x.max() <= 100 else ends_first(x), "dark"),
        (lambda x: "categorical" if x.max() > 1 and (x == x.round()).all() else ends_first(x), "−3 to 3"),
        (lambda x: "bernoulli" if x.min() >= -0.5 and x.max() <= 1.5 else ends_first(x), "nearly between 0 and 1"),
    ],
)
def test_choose_likelihood_by_a_rule_of_thumb_is_caught(function, says):
    assert_says(ex.choose_likelihood, function, says)


def test_choose_likelihood_names_what_is_off():
    assert_says(ex.choose_likelihood, lambda x: "poisson", "The names are")
    assert_says(ex.choose_likelihood, lambda x: 1.0 * x.max(), "A name was expected")


def test_list_of_one_tensor_is_no_tuple():
    def one_by_one(logits, x):
        return [F.binary_cross_entropy_with_logits(a, b, reduction="sum") for a, b in zip(logits, x, strict=True)]

    message = ex.bernoulli_nll.check(one_by_one).message
    assert "a list of 1 tensor" in message
    assert "`torch.stack`" in message
    assert "comma" not in message


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda w: w.logsumexp(0) + math.log(len(w)), "the sign of log K is the opposite one"),
        (lambda w: w.logsumexp(0) - len(w), "K stands where log K belongs"),
        (lambda w: w.logsumexp(0) - math.log10(len(w)), "the factor of log K is not the right one"),
    ],
)
def test_iwae_bound_is_taken_apart(function, says):
    assert_says(ex.iwae_bound, function, says)


def test_iwae_bound_clamp_is_not_called_an_epsilon_inside_the_logarithm():
    verdict = ex.iwae_bound.check(lambda w: w.clamp(min=-80).exp().mean(0).log())
    assert "An epsilon or a clamp" in verdict.message
