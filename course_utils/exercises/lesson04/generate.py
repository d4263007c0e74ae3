# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 4, exercise: new images from a trained VAE."""

from dataclasses import replace

import torch

from course_utils.exercises.lesson04.trained_vae import LATENT, TrainedVAE
from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault
from course_utils.exercises.machine.sampling import noise_facts

generate = Exercise(
    "Draw new images",
    task="""
        Draw `n` new images from a trained VAE: return a tensor of shape (n, 1, H, W) whose pixels are the
        probabilities of white, grey values in [0, 1].
        `vae.latent` is the number of latent dimensions; `vae.encode(x)` returns (mu, logvar); `vae.decode(z)`
        returns *logits*; `vae.mu` and `vae.logvar` are left over from the last training batch. Draw with the
        `generator` you are given. (You need not use everything the VAE has.)
    """,
    signature="generate(vae, n, generator)",
    returns=["images"],
    hints=[
        "Which of the two networks turned codes into images during training? And which distribution did the KL pull "
        "the codes to?",
        "No image goes in, so there is nothing to encode: z comes from the prior N(0, I), one row for each new image.",
        "`torch.randn(n, vae.latent, generator=generator)` are the codes. What `decode` returns are logits, not yet "
        "pixels.",
        "Pixels are `torch.sigmoid(vae.decode(z))`.",
    ],
)
MANY = 20_000
PRIOR = "A new image starts from the prior, z ~ N(0, I) of shape (n, vae.latent), and needs the decoder only."
DRAWS = "Draw (n, vae.latent) independent numbers: a code of its own for each image."
PIXELS = "What `decode` returns are logits; the pixels are their sigmoid, nothing more and nothing less."


@generate.probe("Called for 20,000 images from a VAE with 3 latent dimensions")
def _(call):
    vae, images = _drawn(call, MANY, 1)
    if not isinstance(images, torch.Tensor):
        raise Fault("form", f"A tensor of images was expected; a {kind(images)} came back.")
    yield Fact("the encoder, or what it left over, is", "not used" if vae.encoded == 0 else "used", note=PRIOR)
    z = torch.cat(vae.decoded) if _stackable(vae.decoded) else None
    shape = str(tuple(z.shape)) if z is not None else "of different shapes" if vae.decoded else "none was decoded"
    yield Fact("the shape of the codes that were decoded", shape, note=PRIOR)
    if z is not None and z.shape == (MANY, LATENT):
        for fact in noise_facts(z, of="the codes z"):
            yield replace(fact, note=_codes(z) if fact.error is not None else f"{fact.note} {DRAWS}")
    logits = None if z is None else TrainedVAE().decode(z)
    made, why = _made_of(images, logits)
    yield Fact("the images are", made, note=why)
    yield Fact("the shape of the images", str(tuple(images.shape)), note="Keep the shape that `decode` returns.")


@generate.probe("Called for 4 images, several times")
def _(call):
    codes = []
    for seed in (1, 1, 2):
        vae, images = _drawn(call, 4, seed)
        call.tensor(images, (4, 1, 2, 2), "the images")
        codes.append(torch.cat(vae.decoded))
    yield Fact(
        "a generator with the same seed gives", "the same images" if torch.equal(codes[0], codes[1]) else "other images"
    )
    yield Fact(
        "a generator with another seed gives", "the same images" if torch.equal(codes[0], codes[2]) else "other images"
    )


def _drawn(call, n, seed):
    vae = TrainedVAE()
    return vae, call(vae, n, torch.Generator().manual_seed(seed))


def _codes(z):
    """Say how codes that are not N(0, I) are spread."""
    lengths, width = z.norm(dim=1), float(z.std())
    if float(lengths.std()) < 1e-3:
        return "All codes have the same length. The prior fills the space: use its draws as they are."
    if float(z.abs().max()) < 2.2 * width:
        return f"They lie between {z.min():.2f} and {z.max():.2f}, without tails: the prior is normal, not uniform."
    return f"They have the mean {z.mean():.2f} and the standard deviation {width:.2f}; the prior is N(0, I) as it is."


def _stackable(codes):
    return bool(codes) and all(code.ndim == 2 and code.shape[1] == codes[0].shape[1] for code in codes)


RECIPES = {
    "sigmoid(logits)": (torch.sigmoid, ""),
    "the logits themselves": (lambda x: x, ""),
    "sigmoid(sigmoid(logits))": (lambda x: x.sigmoid().sigmoid(), ""),
    "sigmoid(−logits)": (lambda x: (-x).sigmoid(), "Black and white have changed places."),
    "tanh(logits)": (torch.tanh, "tanh reaches down to −1; pixels lie between 0 and 1."),
    "(tanh(logits) + 1)/2": (lambda x: (x.tanh() + 1) / 2, "That is sigmoid(2 · logits), with too much contrast."),
    "relu(logits)": (torch.relu, "A ReLU leaves numbers above 1, and a logit of 0 is a pixel of ½, not of 0."),
    "logits cut off at 0 and 1": (lambda x: x.clamp(0, 1), "A logit of 0 is a pixel of ½, not of 0."),
    "softmax(logits)": (lambda x: x.flatten(1).softmax(1), "Pixels do not share a total of 1, as classes do."),
    "logits stretched to [0, 1]": (
        lambda x: (x - x.min()) / (x.max() - x.min()),
        "Stretched by the batch's own extremes, the same code looks different in every batch.",
    ),
    "255 · sigmoid(logits)": (lambda x: 255 * x.sigmoid(), "The pixels should lie between 0 and 1."),
}


def _made_of(images, logits):
    """Name what was done to the logits of the decoded codes, and say what that means."""
    yours = images.detach().flatten()
    if not yours.is_floating_point():
        return f"whole numbers ({yours.dtype})", "A pixel between 0 and 1 needs floating point: leave the dtype alone."
    if logits is None or yours.numel() != logits.numel():
        return "not made by the decoder" if logits is None else "not one for each decoded code", PIXELS
    for name, (recipe, why) in RECIPES.items():
        if torch.allclose(recipe(logits).flatten().to(yours.dtype), yours, atol=1e-4):
            return name, why or PIXELS
    low, high = float(yours.min()), float(yours.max())
    if low == high:
        return f"{low:.2f} in every pixel", PIXELS
    if bool(((yours == 0) | (yours == 1)).all()):
        return _black_and_white(yours, logits.flatten())
    return f"numbers from {low:.2f} to {high:.2f}, not the sigmoid of the logits", PIXELS


def _black_and_white(yours, logits):
    """Tell pixels that a threshold decided from pixels that chance did."""
    if logits[yours == 1].min() >= logits[yours == 0].max():
        return "0 or 1, by a threshold", "A threshold decides each pixel; the probability itself is the grey value."
    return "black and white, drawn at random", PIXELS


@generate.reference
def _(vae, n, generator):
    z = torch.randn(n, vae.latent, generator=generator)
    return torch.sigmoid(vae.decode(z))


@generate.mistake(
    """You drew the codes from the encoder's μ and σ. Those belong to the images that were encoded, and give
    variations of *them*. A new image starts from the prior: z ~ N(0, I), no encoder."""
)
def from_the_posterior(vae, n, generator):
    rows = torch.arange(n) % len(vae.mu)
    z = vae.mu[rows] + (0.5 * vae.logvar[rows]).exp() * torch.randn(n, vae.latent, generator=generator)
    return torch.sigmoid(vae.decode(z))


@generate.mistake(
    """You decoded codes that the encoder left over, without drawing anything: these are reconstructions of the last
    batch. A new image starts from the prior: z ~ N(0, I), no encoder."""
)
def from_the_means(vae, n, generator):
    return torch.sigmoid(vae.decode(vae.mu[torch.arange(n) % len(vae.mu)]))


@generate.mistake(
    """Your codes are uniform on [0, 1). Training filled the neighbourhood of the origin in every direction, as N(0,
    I) does; you visit one corner of it. Use `randn`."""
)
def uniform_codes(vae, n, generator):
    return torch.sigmoid(vae.decode(torch.rand(n, vae.latent, generator=generator)))


@generate.mistake(
    """You returned the logits. They are log-odds, any number at all; `sigmoid` turns them into pixels in [0, 1]."""
)
def logits_returned(vae, n, generator):
    return vae.decode(torch.randn(n, vae.latent, generator=generator))


@generate.mistake("""The sigmoid is applied twice: all pixels lie between 0.5 and 0.73, a grey fog. Once is enough.""")
def sigmoid_twice(vae, n, generator):
    return torch.sigmoid(torch.sigmoid(vae.decode(torch.randn(n, vae.latent, generator=generator))))


@generate.mistake(
    """You made pixels of the logits with tanh, which gives [−1, 1]. This decoder was trained with logits of a
    Bernoulli probability: their inverse is the sigmoid."""
)
def tanh_pixels(vae, n, generator):
    return torch.tanh(vae.decode(torch.randn(n, vae.latent, generator=generator)))


@generate.mistake(
    """Each image gets one random number, not `vae.latent` of them: codes of shape (n, 1). (This decoder broadcasts
    them, others fail.) Draw the shape (n, vae.latent)."""
)
def one_number_each(vae, n, generator):
    return torch.sigmoid(vae.decode(torch.randn(n, 1, generator=generator)))


@generate.mistake("""All n images come from one and the same code. Draw a row for each: shape (n, vae.latent).""")
def one_code_for_all(vae, n, generator):
    return torch.sigmoid(vae.decode(torch.randn(1, vae.latent, generator=generator).repeat(n, 1)))


@generate.mistake(
    """You decoded z = 0, the middle of the prior, n times. That is one image; new images need draws from
    N(0, I)."""
)
def zeros_decoded(vae, n, generator):
    return torch.sigmoid(vae.decode(torch.zeros(n, vae.latent)))


@generate.mistake(
    """You drew each pixel as black or white. That is a true sample from the model; what the exercise asks for, and what
    many papers show, are the probabilities themselves, sigmoid(logits)."""
)
def drawn_pixels(vae, n, generator):
    images = torch.sigmoid(vae.decode(torch.randn(n, vae.latent, generator=generator)))
    return torch.bernoulli(images, generator=generator)


@generate.mistake(
    """The `generator` is not used: the same seed gives other images each time, so nobody can reproduce your
    picture. Pass it on, `torch.randn(…, generator=generator)`."""
)
def generator_ignored(vae, n, generator):
    return torch.sigmoid(vae.decode(torch.randn(n, vae.latent)))


@generate.mistake(
    """Every call gives the same images, whatever the seed of the `generator` it is given: a seed is fixed inside.
    Pass the generator on, `torch.randn(…, generator=generator)`."""
)
def own_seed(vae, n, generator):
    return torch.sigmoid(vae.decode(torch.randn(n, vae.latent, generator=torch.Generator().manual_seed(0))))
