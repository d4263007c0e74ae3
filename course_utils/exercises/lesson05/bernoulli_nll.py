# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 5, exercise: the Bernoulli reconstruction term."""

import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, cost_in_words, kind
from course_utils.exercises.machine.probes import Fault, given, normal

bernoulli_nll = Exercise(
    "The Bernoulli reconstruction term",
    task="""
        Every pixel is an independent coin whose log-odds the decoder returns: `logits`, shape (B, C, H, W), any real
        number. Return −log p(x|z) in nats for each image, shape (B,). The pixels `x`, of the same shape, lie in
        [0, 1]; grey ones are welcome. It must stay exact when a logit is 200 or −200.
    """,
    signature="bernoulli_nll(logits, x)",
    returns=["nll"],
    hints=[
        "A coin with P(1) = p costs −log p where x = 1 and −log(1 − p) where x = 0. How does one write both in one "
        "formula? And p is the sigmoid of the logit.",
        "Independent pixels: their probabilities multiply, so their costs add up. Over which axes, then, and over "
        "which one not?",
        "`sigmoid(200)` is rounded to 1, and log(1 − 1) is −∞. PyTorch has the same cross-entropy for logits, in one "
        "step: its name ends in `_with_logits`. Mind its `reduction`.",
        '`F.binary_cross_entropy_with_logits(logits, x, reduction="none")` has the shape of x. Add up all axes but '
        "the first.",
    ],
    probes=[
        given(logits=[[[[1.5]]]], x=[[[[1.0]]]])
        .gradients("logits")
        .note("One pixel: p = sigmoid(1.5) = 0.818 and x = 1, so it costs −log 0.818."),
        given(logits=[[[[1.0, -2.0], [0.3, 3.0]]]], x=[[[[1.0, 1.0], [0.0, 0.0]]]])
        .gradients("logits")
        .note("Four pixels, white and black: they cost 0.313, 2.127, 0.854 and 3.049."),
        given(logits=[[[[0.5, -1.5]]]], x=[[[[0.3, 0.8]]]]).note(
            "These pixels are grey: x log p + (1 − x) log(1 − p) holds for them as it stands."
        ),
        given(logits=normal(3, 1, 2, 2, seed=50), x=normal(3, 1, 2, 2, seed=51).sigmoid()).note(
            "Now there are three images; each has a number of its own."
        ),
        given(logits=normal(5, 3, 4, 2, seed=52, scale=2.0), x=normal(5, 3, 4, 2, seed=53, scale=3.0).sigmoid()).note(
            "Five images with three channels of 4×2 pixels: 24 numbers are summed in each."
        ),
    ],
)

SURE = ((200.0, 1.0), (-200.0, 0.0))
MISTAKEN = ((200.0, 0.0), (-200.0, 1.0))
STABLE = "In float32 the sigmoid of ±200 is rounded to 1 or 0, and e²⁰⁰ is ∞: use the cross-entropy that takes logits."


@bernoulli_nll.probe("Called with one pixel at a time whose logit is 200 or −200")
def _(call):
    for says, pairs, right in (("right", SURE, 0.0), ("mistaken", MISTAKEN, 200.0)):
        for logit, x in pairs:
            yield Fact(f"the cost of a pixel that is sure and {says} (logit {logit:g}, x = {x:g})",
                       _cost(call, logit, x, right), note=STABLE)  # fmt: skip


@bernoulli_nll.probe("Called with float64")
def _(call):
    value = call(normal(2, 1, 2, 2, seed=54).double(), normal(2, 1, 2, 2, seed=55).double().sigmoid())
    yield Fact("the dtype of the result", str(getattr(value, "dtype", kind(value))))


def _cost(call, logit, x, right):
    """Say what one pixel costs."""
    value = call(torch.full((1, 1, 1, 1), logit), torch.full((1, 1, 1, 1), x))
    if not isinstance(value, Tensor) or value.numel() != 1:
        raise Fault("form", f"One number was expected for a batch of one image; a {kind(value)} came back.")
    return cost_in_words(float(value.detach()), right)


def _costs(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none")


@bernoulli_nll.reference
def _(logits, x):
    nll = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    return nll.flatten(1).sum(dim=1)


@bernoulli_nll.terms("nll", "summed over the pixels")
def _(logits, x):
    p = logits.sigmoid()
    terms = {
        "x·log p": x * F.logsigmoid(logits),
        "(1 − x)·log(1 − p)": (1 - x) * F.logsigmoid(-logits),
        "x·log(1 − p)": x * F.logsigmoid(-logits),
        "(1 − x)·log p": (1 - x) * F.logsigmoid(logits),
        "(x − p)²": (x - p) ** 2,
        "(x − logit)²": (x - logits) ** 2,
        "the entropy of x": F.binary_cross_entropy(x, x, reduction="none"),
    }
    return {name: term.flatten(1).sum(1) for name, term in terms.items()}


@bernoulli_nll.mistake(
    """You averaged over the pixels. The log-probabilities of independent pixels *add up*; the mean makes this term D
    times smaller while the KL stays as it is, so that the KL weighs D times too much."""
)
def mean_over_pixels(logits, x):
    return _costs(logits, x).flatten(1).mean(1)


@bernoulli_nll.mistake(
    """One number came back for the whole batch: its sum. Return one number for each image, shape (B,). With
    `reduction="sum"` the loss doubles when the batch does; sum over the axes of one image only."""
)
def sum_over_the_batch_too(logits, x):
    return _costs(logits, x).sum()


@bernoulli_nll.mistake(
    """One number came back: the mean over pixels and batch, which is what PyTorch's losses do if nobody tells them
    otherwise. Ask for `reduction="none"`, and sum over all axes but the first."""
)
def default_reduction(logits, x):
    return F.binary_cross_entropy_with_logits(logits, x)


@bernoulli_nll.mistake(
    """Nothing is added up: every pixel's cost is there, right and on its own. One image has one probability, whose
    logarithm is the sum over its pixels (all axes but the first)."""
)
def not_summed(logits, x):
    return _costs(logits, x)


@bernoulli_nll.mistake(
    """The sigmoid is applied twice: by you, and again inside `binary_cross_entropy_with_logits`. The probabilities are
    then squeezed into [0.5, 0.73], and no pixel can ever be black. Hand the logits over as they are."""
)
def sigmoid_twice(logits, x):
    return _costs(logits.sigmoid(), x).flatten(1).sum(1)


@bernoulli_nll.mistake(
    """You used the logits as if they were probabilities. A logit may be −3 or 5, and the logarithm of −3 does not
    exist. p = sigmoid(logit), or use the cross-entropy that takes logits."""
)
def logits_as_probabilities(logits, x):
    return -(x * logits.log() + (1 - x) * (1 - logits).log()).flatten(1).sum(1)


@bernoulli_nll.mistake(
    """`binary_cross_entropy` wants probabilities and got logits, which may be any number; that is what it complains
    about. Its sister `binary_cross_entropy_with_logits` takes them."""
)
def logits_into_the_loss_for_probabilities(logits, x):
    return F.binary_cross_entropy(logits, x, reduction="none").flatten(1).sum(1)


@bernoulli_nll.mistake(
    """The two arguments have changed places: the picture was used as logits, and the logits as the picture. PyTorch's
    losses take the prediction first and the target second."""
)
def arguments_swapped(logits, x):
    return _costs(x, logits).flatten(1).sum(1)


@bernoulli_nll.mistake(
    """The half with (1 − x) is missing: where x = 0 nothing is charged, so an all-white picture would be a perfect
    answer to everything. A coin costs −x log p − (1 − x) log(1 − p)."""
)
def black_pixels_are_free(logits, x):
    return -(x * F.logsigmoid(logits)).flatten(1).sum(1)


@bernoulli_nll.mistake(
    """The formula is right, and breaks where the decoder is very sure: the sigmoid of 200 is rounded to 1, 1 − 1 is 0,
    and the logarithm of 0 is −∞. Such logits do occur. Use the cross-entropy that takes logits."""
)
def logarithm_of_the_sigmoid(logits, x):
    p = logits.sigmoid()
    return -(x * p.log() + (1 - x) * (1 - p).log()).flatten(1).sum(1)


@bernoulli_nll.mistake(
    """An epsilon or a clamp keeps the logarithm finite, but it also caps what a sure and mistaken pixel costs, and
    behind the cap the gradient is 0: the worst pixels are the ones that cannot learn. No cap is needed if the loss is
    computed from the logits."""
)
def epsilon_in_the_logarithm(logits, x):
    p = logits.sigmoid().clamp(1e-7, 1 - 1e-7)
    return -(x * p.log() + (1 - x) * (1 - p).log()).flatten(1).sum(1)


@bernoulli_nll.mistake(
    """Nearly: `binary_cross_entropy` on the sigmoid agrees until a pixel is sure and mistaken. There the sigmoid has
    been rounded to 0 or 1 and PyTorch stops at 100 nats; right is 200. The version `..._with_logits` has no such wall
    (and no zero gradient behind it)."""
)
def capped_at_100(logits, x):
    return F.binary_cross_entropy(logits.sigmoid(), x, reduction="none").flatten(1).sum(1)


@bernoulli_nll.mistake(
    """This is the squared error between picture and probability. It belongs to a Gaussian; a coin's −log p is the
    cross-entropy −x log p − (1 − x) log(1 − p)."""
)
def squared_error(logits, x):
    return (logits.sigmoid() - x).square().flatten(1).sum(1)


@bernoulli_nll.mistake(
    """You rounded the pixels to black and white. Grey ones need no rounding: −x log p − (1 − x) log(1 − p) holds for
    any x between 0 and 1 (it is then smallest at p = x)."""
)
def targets_rounded(logits, x):
    return _costs(logits, (x > 0.5).to(x.dtype)).flatten(1).sum(1)


@bernoulli_nll.mistake(
    """You averaged over the pixels and multiplied by 784. That is the sum only where an image has 784 pixels;
    these have fewer. Sum over the pixels: then no number has to be known."""
)
def mean_times_784(logits, x):
    return 784 * _costs(logits, x).flatten(1).mean(1)


@bernoulli_nll.mistake(
    """`Bernoulli` of `torch.distributions` insists on targets that are exactly 0 or 1, unless you tell it
    `validate_args=False`. Grey pixels are welcome here, and the cross-entropy with logits takes them as they
    are."""
)
def validated_distribution(logits, x):
    return -torch.distributions.Bernoulli(logits=logits).log_prob(x).flatten(1).sum(1)
