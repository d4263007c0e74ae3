"""Lesson 2's exercises: what every lesson's must do is in test_exercises.py; here are the variants people write."""

import copy
from collections import namedtuple

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import losses
from course_utils.exercises import lesson02 as ex
from course_utils.exercises.lesson02.trained_autoencoder import TrainedAutoencoder

Pair = namedtuple("Pair", ["first", "second"])


def says(exercise, function, words, mistake=None):
    """Check that an answer does not pass, and that its verdict holds these words and names this mistake."""
    verdict = exercise.check(function)
    assert not verdict.passed
    assert verdict.mistake == mistake, verdict.text
    assert words in verdict.text, verdict.text


# autoencoder_shapes


def shapes_of(D, H, Z, tied):
    return [(H, D), (Z, H)] + ([] if tied else [(H, Z), (D, H)])


def count_of(D, H, Z, tied):
    return (D * H + H * Z) * (1 if tied else 2) + D + 2 * H + Z


def built(D, H, Z, tied):
    layers = [nn.Linear(D, H), nn.Linear(H, Z), nn.Linear(Z, H), nn.Linear(H, D)]
    count = sum(p.numel() for layer in layers for p in layer.parameters())
    if tied:
        count -= sum(layer.weight.numel() for layer in layers[2:])
    return [layer.weight.shape for layer in (layers[:2] if tied else layers)], count


def by_widths(D, H, Z, tied):
    widths = [D, H, Z, H, D]
    shapes = list(zip(widths[1:], widths[:-1], strict=True))[: 2 if tied else 4]
    return shapes, sum(a * b for a, b in shapes) + sum(widths[1:])


SHAPES = {
    "layers built": built,
    "from the widths": by_widths,
    "named tuple of tuples": lambda *sizes: Pair(tuple(shapes_of(*sizes)), count_of(*sizes)),
    "lists": lambda *sizes: [[list(shape) for shape in shapes_of(*sizes)], count_of(*sizes)],
    "a float": lambda *sizes: (shapes_of(*sizes), float(count_of(*sizes))),
    "tensors": lambda *sizes: (torch.tensor(shapes_of(*sizes)), torch.tensor(count_of(*sizes))),
    "numpy": lambda *sizes: (np.array(shapes_of(*sizes)), np.int64(count_of(*sizes))),
    "torch.Size": lambda *sizes: ([torch.Size(shape) for shape in shapes_of(*sizes)], count_of(*sizes)),
}


@pytest.mark.parametrize("variant", SHAPES)
def test_autoencoder_shapes_accepts_variant(variant):
    verdict = ex.autoencoder_shapes.check(SHAPES[variant])
    assert verdict.passed, verdict.text


def counted(count):
    return lambda D, H, Z, tied: (shapes_of(D, H, Z, tied), count(D, H, Z, tied))


def listed(shapes):
    return lambda D, H, Z, tied: (shapes(D, H, Z, tied), count_of(D, H, Z, tied))


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (counted(lambda D, H, Z, tied: count_of(D, H, Z, tied) - H - D), "Only the encoder's biases are in it"),
        (counted(lambda D, H, Z, tied: count_of(D, H, Z, tied) + Z), "Z stands in it twice"),
        (counted(lambda D, H, Z, tied: count_of(D, H, Z, tied) - H), "2·D·H + 2·H·Z + D + H + Z. The matrices are"),
        (counted(lambda D, H, Z, tied: 2 * (D * H + H * Z) + 4), "A layer's bias is not a single number"),
        (counted(lambda D, H, Z, tied: 2 * D * Z + D + Z), "No layer leads from D to Z at once"),
        (counted(lambda D, H, Z, tied: count_of(D, H, Z, False)), "each one counts once"),
        (counted(lambda D, H, Z, tied: count_of(D, H, Z, True)), "Not tied, the decoder stores matrices of its own"),
        (counted(lambda D, H, Z, tied: D + 2 * H + Z), "No matrix is in it"),
        (counted(lambda D, H, Z, tied: 2 * D * H + D + 2 * H + Z), "Look at the matrices, layer by layer"),
        (counted(lambda D, H, Z, tied: 2 * D * H * Z), "A matrix has (numbers out) × (numbers in) entries"),
        (counted(lambda D, H, Z, tied: count_of(784, 400, 2, tied)), "at D = 5, H = 3, Z = 2"),
        (counted(lambda D, H, Z, tied: (2 - tied) * (D * H + H * Z + H + Z)), "the encoder's biases twice"),
        (counted(lambda D, H, Z, tied: float("nan")), "The number of parameters is a float (nan)"),
        (listed(lambda D, H, Z, tied: [(a, b + 1) for a, b in shapes_of(D, H, Z, tied)]), "no column of the matrix"),
        (counted(lambda D, H, Z, tied: "630386"), "The number of parameters is a str"),
        (listed(lambda D, H, Z, tied: [(Z, D), (D, Z)]), "leads from D to Z at once"),
        (listed(lambda D, H, Z, tied: [(H, D), (H, H), (Z, H), (H, Z), (H, H), (D, H)]), "leads from H to H"),
        (listed(lambda D, H, Z, tied: [(1, D), (1, H), (1, Z), (1, H), (1, D)]), "what flows through the layers"),
        (listed(lambda D, H, Z, tied: 2 * [(H, D), (Z, H)]), "It runs the other way"),
        (listed(lambda D, H, Z, tied: shapes_of(D, H, Z, tied)[::-1]), "or the list begins at its end"),
        (listed(lambda D, H, Z, tied: sorted(shapes_of(D, H, Z, tied))), "in another order"),
        (listed(lambda D, H, Z, tied: [s for a in shapes_of(D, H, Z, tied) for s in (a, a[:1])]), "matrices only"),
        (listed(lambda D, H, Z, tied: shapes_of(784, 400, 2, tied)), "compute them from the arguments"),
        (listed(lambda D, H, Z, tied: shapes_of(D, H, Z, False)[2 * tied :]), "the decoder borrows them"),
        (listed(lambda D, H, Z, tied: [D * H, H * Z]), "in your list stands an int (313600)"),
        (lambda *sizes: (count_of(*sizes), shapes_of(*sizes)), "in the other order"),
        (count_of, "What came back is an int"),
        (lambda *sizes: {"shapes": shapes_of(*sizes)}, "What came back is a dict"),
    ],
)
def test_autoencoder_shapes_names_what_is_off(function, words):
    says(ex.autoencoder_shapes, function, words)


# pca_error


def spectrum(x):
    return torch.linalg.eigvalsh(torch.cov(x.T, correction=0))


def centred(x):
    return x - x.mean(0)


def lost(x, latent):
    directions = torch.linalg.svd(centred(x), full_matrices=False).Vh[:latent]
    return centred(x) - centred(x) @ directions.T @ directions


def zeroed(x, latent):
    s = torch.linalg.svdvals(centred(x))
    return torch.cat([0 * s[:latent], s[latent:]]).square().sum() / x.size(0)


PCA = {
    "singular values": lambda x, latent: (torch.linalg.svdvals(x - x.mean(0))[latent:] ** 2).sum() / len(x),
    "torch.cov, from the top": lambda x, latent: spectrum(x).flip(0)[latent:].sum(),
    "negative index": lambda x, latent: spectrum(x)[:-latent].sum(),
    "reconstruction": lambda x, latent: lost(x, latent).square().sum(1).mean(),
    "all minus kept": lambda x, k: centred(x).square().sum(1).mean() - spectrum(x)[-k:].sum(),
    "N − 1 undone": lambda x, k: torch.linalg.eigvalsh(torch.cov(x.T))[:-k].sum() * (len(x) - 1) / len(x),
    "Gram matrix": lambda x, k: torch.linalg.eigvalsh(centred(x) @ centred(x).T / len(x)).flip(0)[k:].sum(),
    "kept set to 0": zeroed,
    "eig, sorted": lambda x, k: torch.linalg.eig(torch.cov(x.T, correction=0))[0].real.sort()[0][:-k].sum(),
    "numpy": lambda x, k: torch.tensor(np.linalg.eigvalsh(np.cov(x.T.numpy(), bias=True))[:-k].sum()).to(x.dtype),
    "mean of norms squared": lambda x, k: (lost(x, k).norm(dim=1) ** 2).mean(),
    "Frobenius": lambda x, k: torch.linalg.matrix_norm(lost(x, k)) ** 2 / len(x),
}


@pytest.mark.parametrize("variant", PCA)
def test_pca_error_accepts_variant(variant):
    verdict = ex.pca_error.check(PCA[variant])
    assert verdict.passed, verdict.text


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda x, k: spectrum(x)[-k:].sum(), "kept_for_dropped"),
        (lambda x, k: torch.linalg.svdvals(x)[k:].square().sum() / len(x), "not_centred"),
        (lambda x, k: torch.linalg.svdvals(centred(x))[k:].square().sum() / (len(x) - 1), "n_minus_one"),
        (lambda x, k: 1 - spectrum(x)[-k:].sum() / spectrum(x).sum(), "share_of_the_variance"),
        (lambda x, k: spectrum(x).flip(0)[k:].mean(), "mean_of_the_dropped"),
    ],
)
def test_pca_error_recognises_mistake_written_differently(function, mistake):
    assert ex.pca_error.check(function).mistake == mistake


def columns_of_vh(x, latent):
    directions = torch.linalg.svd(centred(x), full_matrices=False).Vh[:, :latent]
    return (centred(x) - centred(x) @ directions @ directions.T).square().sum(1).mean()


def mean_not_added(x, latent):
    return (lost(x, latent) + x.mean(0)).square().sum(1).mean()


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x, k: spectrum(x)[:-k].sum() / x.shape[1], "the mean over the pixels where the sum belongs"),
        (lambda x, k: lost(x, k).square().mean(), "the mean over the pixels where the sum belongs"),
        (lambda x, k: lost(x, k).square().sum(), "the sum over the batch where the mean belongs"),
        (lambda x, k: spectrum(x)[:-k], "a sum or a mean is missing"),
        (lambda x, k: lost(x, k).square().sum(1), "the mean over the batch is missing"),
        (lambda x, k: -spectrum(x)[:-k].sum(), "opposite sign"),
        (lambda x, k: spectrum(x)[:-k].sum().abs().sqrt(), "the root of what it should be"),
        (lambda x, k: spectrum(x).sum(), "the sum of the kept eigenvalues has no place in it"),
        (lambda x, k: spectrum(x)[:-k].square().sum(), "they are variances already"),
        (lambda x, k: (torch.linalg.svdvals(centred(x)) / len(x))[k:].sum(), "did not square them"),
        (lambda x, k: spectrum(x)[-k:].sum() / spectrum(x).sum(), "the share of the variance that is kept"),
        (lambda x, k: spectrum(x)[0], "the smallest. All that are dropped count"),
        (lambda x, k: torch.linalg.svdvals(centred(x))[:-k].square().sum() / len(x), "D − latent *largest*"),
        (lambda x, k: torch.linalg.eigvalsh(torch.corrcoef(x.T))[:-k].sum(), "comes from the correlation"),
        (lambda x, k: lost(x, k).norm(dim=1).mean(), "averages the length of the errors"),
        (lambda x, k: torch.linalg.svdvals(x - x.mean())[k:].square().sum() / len(x), "You subtracted one number"),
        (lambda x, k: centred(x)[:, k:].square().sum(1).mean(), "You kept the first pixels"),
        (lambda x, k: spectrum(x)[:-k].abs().sqrt().sum(), "adds up standard deviations"),
        (lambda x, k: spectrum(x)[:-k].prod(), "the product of the dropped eigenvalues"),
        (lambda x, k: spectrum(x)[:-k].sum() / k, "You divided by `latent`"),
        (lambda x, k: x.var(0, correction=0).sort().values[:-k].sum(), "the variances of single pixels"),
        (lambda x, k: torch.linalg.svdvals(centred(x) / x.std(0))[k:].square().sum() / len(x), "the correlation"),
        (columns_of_vh, "the first columns of Vh"),
        (mean_not_added, "the squared length of the mean image has no place in it"),
        (lambda x, k: spectrum(x)[:-k].sum().item(), "returned a float"),
        (lambda x, k: torch.pca_lowrank(x, q=k)[1].square().sum() / len(x), "`torch.pca_lowrank` draws random numbers"),
        (lambda x, k: spectrum(x)[:-k].sum().double(), "dtype"),
        (lambda x, k: spectrum(x)[:-k].sum().reshape(1), "an axis of size 1 is left over"),
    ],
)
def test_pca_error_names_what_is_off(function, words):
    verdict = ex.pca_error.check(function)
    assert not verdict.passed
    assert verdict.mistake is None, verdict.text
    assert words.replace("*", "") in verdict.text, verdict.text


def test_pca_error_right_number_of_another_dtype_is_told_nothing_else():
    verdict = ex.pca_error.check(lambda x, k: spectrum(x.double())[:-k].sum())
    assert verdict.kind == "dtype"
    assert "You subtracted" not in verdict.text


# rescale_codes


class Times(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


def on_copies(encoder, decoder, c):
    encoder, decoder = copy.deepcopy(encoder), copy.deepcopy(decoder)
    with torch.no_grad():
        encoder[-1].weight *= c
        encoder[-1].bias *= c
        decoder[0].weight /= c
    return encoder, decoder


def one_more_layer(encoder, decoder, c):
    up, down = nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False)
    with torch.no_grad():
        up.weight.copy_(c * torch.eye(3))
        down.weight.copy_(torch.eye(3) / c)
    return nn.Sequential(*encoder, up), nn.Sequential(down, *decoder)


def callable_objects(encoder, decoder, c):
    class Encoder:
        def __call__(self, x):
            return c * encoder(x)

    class Decoder(nn.Module):
        def forward(self, z):
            return decoder(z / c)

    return Encoder(), Decoder()


def one_of_each(encoder, decoder, c):
    decoder = copy.deepcopy(decoder)
    decoder[0].weight.data = decoder[0].weight.data / c
    return (lambda x: encoder(x) * c), decoder


RESCALED = {
    "lambdas": lambda e, d, c: (lambda x: e(x) * c, lambda z: d(z * (1 / c))),
    "weights of copies": on_copies,
    "modules": lambda e, d, c: (nn.Sequential(e, Times(c)), nn.Sequential(Times(1 / c), d)),
    "a layer more": one_more_layer,
    "callable objects": callable_objects,
    "one of each": one_of_each,
    "a list": lambda e, d, c: [lambda x: torch.mul(e(x), c), lambda z: d(torch.div(z, c))],
    "named": lambda e, d, c: Pair(lambda x: c * e.forward(x), lambda z: d.forward(z / c)),
    "changed, copied and put back": lambda e, d, c: put_back(e, d, c),
    "hooks": lambda e, d, c: hooked(e, d, c),
    "no gradients": lambda e, d, c: (torch.no_grad()(lambda x: c * e(x)), torch.no_grad()(lambda z: d(z / c))),
}


@pytest.mark.parametrize("variant", RESCALED)
def test_rescale_codes_accepts_variant(variant):
    verdict = ex.rescale_codes.check(RESCALED[variant])
    assert verdict.passed, verdict.text


def altered(change):
    """Return an answer that changes copies of the two networks."""

    def answer(encoder, decoder, c):
        encoder, decoder = copy.deepcopy(encoder), copy.deepcopy(decoder)
        with torch.no_grad():
            change(encoder, decoder, c)
        return encoder, decoder

    return answer


def last_layer_divided(encoder, decoder, c):
    encoder[-1].weight *= c
    encoder[-1].bias *= c
    decoder[-1].weight /= c


def first_layer_multiplied(encoder, decoder, c):
    encoder[0].weight *= c
    encoder[0].bias *= c
    decoder[0].weight /= c


def all_weights(encoder, decoder, c):
    for parameter in encoder.parameters():
        parameter *= c
    decoder[0].weight /= c


def put_back(encoder, decoder, c):
    last = encoder[-1]
    for parameter in last.parameters():
        parameter.data *= c
    new = copy.deepcopy(encoder)
    for parameter in last.parameters():
        parameter.data /= c
    return new, lambda z: decoder(z / c)


def calls_itself(encoder, decoder, c):
    encoder = lambda x: c * encoder(x)  # noqa: E731 - what the test is about
    return encoder, lambda z: decoder(z / c)


def scaled_on_every_call(encoder, decoder, c):
    def new_encoder(x):
        encoder[-1].weight.data *= c
        encoder[-1].bias.data *= c
        return encoder(x)

    return new_encoder, lambda z: decoder(z / c)


def nothing_returned(encoder, decoder, c):
    def new_encoder(x):
        c * encoder(x)

    return new_encoder, lambda z: decoder(z / c)


def hooked(encoder, decoder, c):
    encoder, decoder = copy.deepcopy(encoder), copy.deepcopy(decoder)
    encoder.register_forward_hook(lambda module, given, code: c * code)
    decoder.register_forward_pre_hook(lambda module, given: (given[0] / c,))
    return encoder, decoder


def paired(encoder_of, decoder_of):
    return lambda e, d, c: (lambda x: encoder_of(e, x, c), lambda z: decoder_of(d, z, c))


def times(e, x, c):
    return c * e(x)


def over(d, z, c):
    return d(z / c)


def scaled_under_autograd(encoder, decoder, c):
    encoder = copy.deepcopy(encoder)
    encoder[-1].weight *= c
    return encoder, decoder


def a_tensor_for_a_weight(encoder, decoder, c):
    encoder = copy.deepcopy(encoder)
    encoder[-1].weight = encoder[-1].weight * c
    return encoder, decoder


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (paired(lambda e, x, c: e(x) + c, lambda d, z, c: d(z - c)), "Multiply, do not add"),
        (paired(lambda e, x, c: c * c * e(x), over), "c is applied twice"),
        (paired(lambda e, x, c: c * F.normalize(e(x), dim=1), over), "nothing is normalised"),
        (paired(lambda e, x, c: c * e(x / c), over), "Leave the image as it is"),
        (paired(lambda e, x, c: -c * e(x), lambda d, z, c: d(-z / c)), "−10 times as large"),
        (paired(lambda e, x, c: c**0.5 * e(x), lambda d, z, c: d(z / c**0.5)), "3.16 times as large"),
        (paired(lambda e, x, c: torch.tensor([c, 1, 1]) * e(x), lambda d, z, c: d(z)), "10, 1, 1 times as large"),
        (paired(lambda e, x, c: c * e(x) + 1, lambda d, z, c: d((z - 1) / c)), "c times as large, and shifted"),
        (altered(all_weights), "whose weights are all multiplied by c"),
        (paired(times, lambda d, z, c: d(z / c / c)), "c is divided out twice"),
        (paired(times, lambda d, z, c: d(z / c) / c), "the picture is changed after it"),
        (paired(times, lambda d, z, c: c * d(z / c)), "the picture is changed after it"),
        (paired(times, lambda d, z, c: c * d(z)), "The code must be divided, not the picture"),
        (paired(times, lambda d, z, c: d(z - c)), "undone by a division"),
        (paired(times, lambda d, z, c: d(z / 10)), "not a fixed number"),
        (paired(times, lambda d, z, c: d(z / c) + 1), "something else"),
        (altered(last_layer_divided), "the last layer's weights are divided by c"),
        (altered(first_layer_multiplied), "whose first layer is multiplied by c"),
        (calls_itself, "Give the new function another name"),
        (scaled_on_every_call, "when your encoder is called once more"),
        (scaled_under_autograd, "put the line into `with torch.no_grad():`"),
        (a_tensor_for_a_weight, "write `nn.Parameter(...)` around it"),
        (lambda e, d, c: (e.to_z, d), "`encoder[-1]` is the last"),
        (lambda e, d, c: (e, lambda z: d(z / c)), "Your new encoder returns the old codes"),
        (nothing_returned, "is a `return` missing?"),
        (lambda e, d, c: (lambda z: d(z / c), lambda x: c * e(x)), "Is the order right?"),
        (lambda e, d, c: (c * e(torch.zeros(1, 6)), d), "something is called already"),
        (lambda e, d, c: lambda x: d(c * e(x) / c), "The exercise asks for the pair"),
        (lambda e, d, c: (lambda x: c * e(x), 3.0), "which cannot be called"),
        (lambda e, d, c: (lambda x: c * e(x)[:, :2], lambda z: d(z / c)), "The shape of what your encoder returns"),
    ],
)
def test_rescale_codes_names_what_is_off(function, words):
    says(ex.rescale_codes, function, words)


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda e, d, c: (e * c, d), "network_multiplied"),
        (lambda e, d, c: (nn.Sequential(Times(c), e), nn.Sequential(Times(1 / c), d)), "image_multiplied"),
        (lambda e, d, c: (nn.Sequential(e, Times(c)), nn.Sequential(d, Times(1 / c))), "reconstructions_divided"),
    ],
)
def test_rescale_codes_recognises_mistake_written_differently(function, mistake):
    assert ex.rescale_codes.check(function).mistake == mistake


def test_rescale_codes_half_an_in_place_change_is_an_in_place_change():
    def only_the_encoder(encoder, decoder, c):
        encoder[-1].weight.data *= c
        encoder[-1].bias.data *= c
        return encoder, lambda z: decoder(z / c)

    assert ex.rescale_codes.check(only_the_encoder).mistake == "changed_in_place"


# interpolate


def codes(model, a, b):
    return model.encode(a), model.encode(b)


def steps(n):
    return torch.linspace(0, 1, n)[:, None]


def walked(t_of, pixels=torch.sigmoid):
    """Return an answer that decodes codes at positions t."""

    def answer(model, a, b, n):
        (z_a, z_b), t = codes(model, a, b), t_of(n)
        return pixels(model.decode((1 - t) * z_a + t * z_b))

    return answer


def of_codes(z_of):
    return lambda model, a, b, n: model.decode(z_of(*codes(model, a, b), steps(n))).sigmoid()


def one_by_one(model, a, b, n):
    z_a, z_b = codes(model, a, b)
    return torch.cat([model.decode(z_a + (z_b - z_a) * i / (n - 1)).sigmoid() for i in range(n)])


def as_one_batch(model, a, b, n):
    z, t = model.encode(torch.cat([a, b])), steps(n)
    with torch.no_grad():
        return 1 / (1 + torch.exp(-model.decode(z[:1] * (1 - t) + z[1:] * t)))


def ends_apart(model, a, b, n):
    (z_a, z_b), t = codes(model, a, b), steps(n)[1:-1]
    middle = [model.decode(z_a + t * (z_b - z_a))] if n > 2 else []
    return torch.cat([model(a), *middle, model(b)]).sigmoid()


def by_matrix(model, a, b, n):
    t = torch.linspace(0, 1, n)
    return model.decode(torch.stack([1 - t, t], 1) @ torch.cat(codes(model, a, b))).sigmoid()


def numpy_steps(model, a, b, n):
    z_a, z_b = codes(model, a, b)
    z = torch.stack([((1 - float(t)) * z_a + float(t) * z_b)[0] for t in np.linspace(0, 1, n)])
    return model.eval().decode(z).sigmoid().detach()


WALKS = {
    "one by one": one_by_one,
    "one batch": as_one_batch,
    "ends apart": ends_apart,
    "matrix": by_matrix,
    "numpy": numpy_steps,
    "lerp": lambda m, a, b, n: F.sigmoid(m.decode(torch.lerp(*codes(m, a, b), steps(n)))),
    "arange": walked(lambda n: torch.arange(n)[:, None] / (n - 1)),
    "backwards twice": lambda m, a, b, n: walked(steps)(m, b, a, n).flip(0),
    "half a tanh": walked(steps, lambda logits: 0.5 + 0.5 * torch.tanh(logits / 2)),
}


@pytest.mark.parametrize("variant", WALKS)
def test_interpolate_accepts_variant(variant):
    verdict = ex.interpolate.check(WALKS[variant])
    assert verdict.passed, verdict.text


def blended_logits(model, a, b, n):
    t = steps(n)[..., None, None]
    return torch.sigmoid((1 - t) * model(a) + t * model(b))


def spherical(z_a, z_b, t):
    angle = torch.acos(F.cosine_similarity(z_a, z_b))
    return (torch.sin((1 - t) * angle) * z_a + torch.sin(t * angle) * z_b) / torch.sin(angle)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (blended_logits, "blended their logits"),
        (of_codes(spherical), "spherical interpolation"),
        (of_codes(lambda z_a, z_b, t: z_a + t * z_b), "They end at the sum of the two"),
        (of_codes(lambda z_a, z_b, t: t * (z_b - z_a)), "They start at 0"),
        (of_codes(lambda z_a, z_b, t: (1 - t) * z_a + z_b), "One of the two is not weighted"),
        (of_codes(lambda z_a, z_b, t: z_a + t * (z_a - z_b)), "leave the stretch between the two"),
        (of_codes(lambda z_a, z_b, t: ((z_a + z_b) / 2).repeat(len(t), 1)), "All your codes are one and the same"),
        (walked(lambda n: (torch.arange(n) + 1)[:, None] / n), "The end at a is missing"),
        (walked(lambda n: (torch.arange(n) + 0.5)[:, None] / n), "The two ends are missing"),
        (walked(lambda n: steps(n) ** 2), "The distances are not equal"),
        (walked(lambda n: torch.arange(n)[:, None]), "leave the stretch between the two"),
        (walked(lambda n: steps(5)), "That is 5 codes, not 2"),
        (walked(steps, torch.tanh), "tanh reaches down to −1"),
        (walked(steps, lambda x: x.clamp(0, 1)), "A logit of 0 is a pixel of ½, not of 0: take the sigmoid"),
        (walked(steps, lambda x: (x - x.min()) / (x.max() - x.min())), "in every batch. Take the sigmoid"),
        (walked(steps, lambda x: x.sigmoid().sigmoid()), "sigmoid(sigmoid(logits))"),
        (walked(steps, lambda x: (x.sigmoid() > 0.5).float()), "A threshold decides"),
        (walked(steps, lambda x: (255 * x.sigmoid()).byte()), "whole numbers (torch.uint8)"),
        (walked(lambda n: 1 - steps(n), lambda x: x), "the logits themselves: decoded codes at t = 1.00, 0.75"),
        (walked(steps, lambda x: x.sigmoid().flatten(1)), "Keep the shape (n, 1, 28, 28); yours is (5, 784)"),
        (walked(steps, lambda x: list(x.sigmoid())), "`torch.cat` makes one tensor of several"),
        (walked(lambda n: torch.linspace(0, 1, n)), "must match the size"),
        (walked(lambda n: torch.linspace(0, 1, n)), "as a column, shape (n, 1), for example `t[:, None]`"),
        (
            lambda m, a, b, n: one_by_one(m, a, b, 1).expand(n, -1, -1, -1),
            "5 images came back, and 1 code was decoded: each image needs its own",
        ),
        (lambda m, a, b, n: (1 - steps(n)) * m.encode(a) + steps(n) * m.encode(b), "they still have to be decoded"),
        (lambda m, a, b, n: torch.cat([a, one_by_one(m, a, b, n)[1:-1], b]), "they are reconstructions"),
        (lambda m, a, b, n: one_by_one(m, a, b, n)[None], "Keep the shape"),
        (lambda m, a, b, n: torch.rand(n, 1, 28, 28), "Nothing was decoded"),
        (lambda m, a, b, n: torch.cat([m(a), m(b)]).sigmoid(), "That is 2 codes, not 5"),
    ],
)
def test_interpolate_names_what_is_off(function, words):
    says(ex.interpolate, function, words)


def test_interpolate_names_a_mistake_written_differently():
    for function, mistake in (
        (lambda m, a, b, n: walked(steps)(m, b, a, n), "from_b_to_a"),
        (walked(steps, lambda x: x), "logits_returned"),
        (lambda m, a, b, n: torch.lerp(a, b, steps(n)[..., None, None]), "blended_pixels"),
        (lambda m, a, b, n: m(torch.lerp(a, b, steps(n)[..., None, None])).sigmoid(), "encoded_blends"),
        (lambda m, a, b, n: walked(steps)(m, a, a, n), "one_image_encoded"),
    ):
        assert ex.interpolate.check(function).mistake == mistake


# denoising_loss


def costs(logits, target):
    return F.binary_cross_entropy_with_logits(logits, target, reduction="none")


def per_image(values):
    return values.flatten(1).sum(1)


def log_probabilities(model, x, noise):
    p = torch.sigmoid(model(x + noise))
    return -(x * p.log() + (1 - x) * (1 - p).log()).flatten(1).sum(1)


def image_by_image(model, x, noise):
    return torch.stack(
        [
            F.binary_cross_entropy_with_logits(model((x + noise)[i : i + 1]), x[i : i + 1], reduction="sum")
            for i in range(len(x))
        ]
    )


DENOISED = {
    "the package's loss": lambda model, x, noise: losses.bernoulli_nll(model(x + noise), x),
    "encode, decode": lambda m, x, e: costs(m.decode(m.encode(x + e)), x).sum((1, 2, 3)),
    "softplus": lambda m, x, e: per_image(F.softplus(m(e + x)) - x * m(x.add(e))),
    "of probabilities": lambda m, x, e: per_image(F.binary_cross_entropy(m(x + e).sigmoid(), x, reduction="none")),
    "logarithms": log_probabilities,
    "module": lambda m, x, e: nn.BCEWithLogitsLoss(reduction="none")(m(x + e), x).view(len(x), -1).sum(-1),
    "image by image": image_by_image,
    "distribution": lambda m, x, e: (
        -per_image(torch.distributions.Bernoulli(logits=m(x + e), validate_args=False).log_prob(x))
    ),
    "mean times D": lambda m, x, e: costs(m(x + e), x).flatten(1).mean(1) * x[0].numel(),
    "logsigmoid": lambda m, x, e: -per_image(x * F.logsigmoid(m(x + e)) + (1 - x) * F.logsigmoid(-m(x + e))),
}


@pytest.mark.parametrize("variant", DENOISED)
def test_denoising_loss_accepts_variant(variant):
    verdict = ex.denoising_loss.check(DENOISED[variant])
    assert verdict.passed, verdict.text


def given_to(model_input):
    return lambda model, x, noise: per_image(costs(model(model_input(x, noise)), x))


def noise_on_the_code(model, x, noise):
    z = model.encode(x)
    return per_image(costs(model.decode(z + torch.randn_like(z)), x))


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (given_to(lambda x, noise: x - noise), "x − noise"),
        (given_to(lambda x, noise: x * noise), "x · noise"),
        (given_to(lambda x, noise: x + 2 * noise), "x + 2·noise"),
        (given_to(lambda x, noise: noise), "the noise alone"),
        (given_to(lambda x, noise: (x + noise).clamp(-1, 1)), "cut off at −1 and 1"),
        (given_to(lambda x, noise: (x + noise).sigmoid()), "sigmoid(x + noise)"),
        (given_to(lambda x, noise: x + 0.3 * torch.randn_like(x)), "the noise that was passed in"),
        (noise_on_the_code, "x, without the noise; the code was changed before it was decoded"),
        (lambda m, x, e: per_image(costs(m(x + e), x) + costs(m(x), x)), "x + noise, and x, without the noise"),
        (lambda m, x, e: per_image(costs(x + e, x)), "nothing: it was not called"),
        (lambda m, x, e: F.binary_cross_entropy_with_logits(m(x + e), x), "averaged over the batch and the pixels"),
        (lambda m, x, e: costs(m(x + e), x).mean((1, 2, 3)), "the mean over the pixels where the sum belongs"),
        (lambda m, x, e: costs(m(x + e), x).sum(), "You summed over the batch, too"),
        (lambda m, x, e: per_image(costs(m(x + e), x)).mean(), "You averaged over the batch"),
        (lambda m, x, e: costs(m(x + e), x), "the sum over the pixels is missing"),
        (lambda m, x, e: costs(m(x + e), x).sum(0), "It is the other way round"),
        (lambda m, x, e: -per_image(costs(m(x + e), x)), "opposite sign"),
        (lambda m, x, e: per_image(costs(m(x + e), x)) / torch.tensor(2.0).log().to(x.dtype), "bits instead of nats"),
        (lambda m, x, e: per_image((m(x + e).sigmoid() - x).abs()), "summed the absolute errors"),
        (lambda m, x, e: 0.5 * per_image((m(x + e).sigmoid() - x) ** 2), "½ the squared error of sigmoid"),
        (lambda m, x, e: per_image((m(x + e).sigmoid() - x - e) ** 2), "Your target is the noisy image, and the error"),
        (lambda m, x, e: per_image(costs(m(x + e), (x > 0.5).to(x.dtype))), "rounded to black and white"),
        (lambda m, x, e: per_image(costs(m(x + e) - e, x)), "You subtracted the noise from the logits"),
        (lambda m, x, e: -per_image(x * F.logsigmoid(m(x + e))), "black pixels cost nothing"),
        (lambda m, x, e: 784 * costs(m(x + e), x).mean((1, 2, 3)), "multiplied by 784"),
        (lambda m, x, e: per_image(costs(m(x + e), x) + costs(m(x + e), x + e)) / 2, "to x + noise has no place in it"),
        (lambda m, x, e: per_image(costs(m(x + e) + e, x)), "You added the noise to the logits, too"),
        (lambda m, x, e: per_image(costs(m(x + e), 1 - x)), "white is charged as black"),
        (
            lambda m, x, e: per_image(F.binary_cross_entropy(x, m(x + e).sigmoid(), reduction="none")),
            "first, the target",
        ),
        (lambda m, x, e: per_image(costs(x, m(x + e).sigmoid())), "logits first, the target second"),
        (lambda m, x, e: -per_image(torch.xlogy(m(x + e).sigmoid(), x)), "Is the logarithm taken of `x`?"),
        (lambda m, x, e: per_image(costs(m(x.images + e), x.images)), "the tensor of images itself is handed over"),
        (lambda m, x, e: (m(x + e).sigmoid() - x).flatten(1).norm(dim=1), "the length of the error"),
        (lambda m, x, e: m(x + e), "Return one per image"),
        (lambda m, x, e: per_image(costs(m(x + e).detach(), x)), "the model cannot learn from them"),
        (
            lambda m, x, e: per_image(costs(m.decode(m.encode(x + e).detach()), x)),
            "the path back to its weights is cut",
        ),
        (torch.no_grad()(lambda m, x, e: per_image(costs(m(x + e), x))), "the model cannot learn from them"),
    ],
)
def test_denoising_loss_names_what_is_off(function, words):
    says(ex.denoising_loss, function, words)


def test_denoising_loss_writing_into_the_images_is_seen_with_the_noisy_target():
    def into_x(model, x, noise):
        x += noise
        return per_image(costs(model(x), x))

    def kept(model, x, noise):
        target = x.clone()
        x += noise
        return per_image(costs(model(x), target))

    assert ex.denoising_loss.check(into_x).mistake == "noisy_target"
    assert "perhaps the reason: your function changes its argument `x`" in ex.denoising_loss.check(into_x).text
    assert ex.denoising_loss.check(kept).kind == "mutated"


# The stand-in


def test_trained_autoencoder_is_made_without_touching_the_global_random_state_and_is_not_linear():
    before = torch.get_rng_state()
    model = TrainedAutoencoder(side=4)
    assert torch.equal(before, torch.get_rng_state())
    a, b = torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    middle = (model.encode(a) + model.encode(b)) / 2
    assert not torch.allclose(model.encode((a + b) / 2), middle, atol=1e-2)
    assert not torch.allclose(model.decode(middle), (model(a) + model(b)) / 2, atol=1e-2)
