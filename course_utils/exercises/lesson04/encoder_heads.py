# mypy: allow-untyped-defs
# (The solutions are shown to learners, and the mistakes are read by teachers: annotations would hide the formulas.)
"""Lesson 4, exercise: the encoder's two heads, judged by what they can and cannot do."""

import torch
from torch import Tensor, nn

from course_utils.exercises.machine.exercise import Exercise
from course_utils.exercises.machine.facts import Fact, kind
from course_utils.exercises.machine.probes import Fault, normal

encoder_heads = Exercise(
    "The encoder's two heads",
    task="""
        Write the last layer of the encoder as a class: `EncoderHeads(hidden, latent)` is an `nn.Module` that takes
        features h of shape (B, hidden) and returns the pair (mu, logvar), each of shape (B, latent).
    """,
    signature="EncoderHeads(hidden, latent)",
    returns=["mu", "logvar"],
    may_draw=True,
    builds=True,
    hints=[
        "Which numbers may μ be? And log σ²? What would an activation function behind them forbid?",
        "Both may be any number, so nothing follows the affine map. They say different things, so each has its own "
        "weights.",
        "In `__init__`: two `nn.Linear(hidden, latent)`. In `forward`: apply both to h, return the pair.",
    ],
)


LINEAR = (
    "μ and log σ² may be any number, negative ones, too (log σ² < 0 says that σ is below 1), large ones, too: nothing "
    "follows the one `nn.Linear` of each head."
)
REGISTERED = "Layers become known to PyTorch as attributes of `self`, made in `__init__`."
OWN = "Each head has weights of its own."


CUT = "A path is cut by `.detach()`, `.data`, `torch.no_grad()` or `torch.tensor(...)`; a constant never had one."
ROWS = "Row i belongs to image i alone: no index, mean or flip may run along the batch."
FEATURES = "Each number that `forward` returns should use all of the features h that it is given."
COLUMNS = "Each latent dimension needs numbers of its own: `nn.Linear(hidden, latent)` gives them."


@encoder_heads.probe("Built with hidden=6, latent=3, then called with 400 feature vectors h")
def _(call):
    module = _built(call, 6, 3)
    h = normal(400, 6, seed=20, scale=3.0)
    mu, logvar = _pair(call, call.run(module, h.clone()), (400, 3))
    weights = _weights(module, mu, logvar)
    yield Fact("the weights of the module", weights, note=CUT if "cut off" in weights else REGISTERED)
    yield Fact("mu and logvar", "two different outputs" if not torch.equal(mu, logvar) else "one and the same output")
    again = _again(call, module, h, mu, logvar)
    yield Fact(
        "mu and logvar on the next call with the same h",
        again,
        note="Dropout, a draw, or a layer made anew inside `forward`?",
    )
    for number, name in ((0, "mu"), (1, "logvar")):
        yield from _head(call, module, h, number, name)
    yield Fact("what the gradients of mu and logvar reach", _reached(call, module, h), note=CUT)


def _head(call, module, h, number, name):
    """Yield what one head does: with which features, in which rows, how far it reaches, how straight it is."""
    value = _output(call, module, h, number)
    yield Fact(f"the features that {name} depends on", _features(call, module, h, number), note=FEATURES)
    yield Fact(f"the rows of h that a row of {name} depends on", _rows(call, module, h, number), note=ROWS)
    yield Fact(f"the numbers that {name} can take", _range(value, _output(call, module, 30 * h, number)), note=LINEAR)
    yield Fact(f"{name} as a function of h", _affine(call, module, number), note=LINEAR)
    rank = int(torch.linalg.matrix_rank(value - value.mean(0), rtol=1e-4))
    yield Fact(f"the columns of {name} that vary independently", f"{rank} of 3", note=COLUMNS)


def _output(call, module, h, number):
    return _pair(call, call.run(module, h.clone()), (len(h), 3))[number].detach()


def _features(call, module, h, number):
    """Count the features whose change changes the output."""
    before, used = _output(call, module, h, number), 0
    for feature in range(h.shape[1]):
        moved = h.clone()
        moved[:, feature] += 1
        used += not torch.equal(_output(call, module, moved, number), before)
    return f"{used} of 6" if used else "none: it is the same for every image"


def _rows(call, module, h, number):
    """Say whether the outputs follow when rows of h are left out or change places."""
    value, order = _output(call, module, h, number), torch.arange(len(h)).roll(7)
    fewer, turned = (_output(call, module, part, number) for part in (h[:150], h[order]))
    follows = torch.allclose(fewer, value[:150], atol=1e-4) and torch.allclose(turned, value[order], atol=1e-4)
    return "its own" if follows else "others, too"


def _reached(call, module, h):
    """Say whether both outputs pass a gradient on to the features."""
    leaf = h.clone().requires_grad_()
    outputs = _pair(call, call.run(module, leaf.clone()), (len(h), 3))
    found = [call.run(_gradients, value.sum(), [leaf])[0] for value in outputs]
    cut = [name for name, grad in zip(("mu", "logvar"), found, strict=True) if grad is None]
    return f"h; but not from {' and '.join(cut)}" if cut else "h, from both"


@encoder_heads.probe("Built with hidden=4, latent=1, then called with one feature vector h")
def _(call):
    module = _built(call, 4, 1)
    mu, logvar = _pair(call, call.run(module, normal(1, 4, seed=21)), (1, 1))
    yield Fact("which weights mu and logvar depend on", _shared_weights(call, module, mu, logvar), note=OWN)


def _built(call, hidden, latent):
    module = call(hidden, latent)
    if not callable(module):
        raise Fault("form", f"Calling it with ({hidden}, {latent}) should build a module; a {kind(module)} came back.")
    if isinstance(module, nn.Module):
        if any(isinstance(parameter, nn.UninitializedParameter) for parameter in module.parameters()):
            call.run(module, torch.zeros(2, hidden))  # lazy layers get their shapes from a first call
        _fill(module)
    return module


def _fill(module):
    """Give the weights numbers of ours: how a module is initialised (at 0, say) is not what is judged."""
    draws = torch.Generator().manual_seed(24)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=draws))


def _pair(call, value, shape):
    if value is None:
        raise Fault("nothing", "`forward` ended without giving anything back: is the `return` missing?")
    if isinstance(value, Tensor) or not isinstance(value, (tuple, list)) or len(value) != 2:
        raise Fault("form", f"`forward` should return the pair (mu, logvar); a {kind(value)} came back.")
    return call.tensor(value[0], shape, "mu"), call.tensor(value[1], shape, "logvar")


def _weights(module, mu, logvar):
    if not isinstance(module, nn.Module):
        return f"none that PyTorch knows of: a {kind(module)}"
    if not list(module.parameters()):
        return "none that PyTorch knows of"
    return "registered" if mu.requires_grad and logvar.requires_grad else "registered, but cut off from the result"


def _range(value, far):
    """Name the set that many outputs lie in, and do not leave when the features grow."""
    low, high = float(value.min()), float(value.max())
    if value.shape[1] > 1 and torch.allclose(value.sum(1), torch.ones(len(value)), atol=1e-4) and low >= 0:
        return "positive ones that sum to 1 in each row"
    if low >= 0 and far.min() >= 0:
        exact = bool((value == low).float().mean() > 0.2)
        return f"{'0' if exact and low == 0 else 'more than 0'} and above{', at most 1' if high <= 1 else ''}"
    if low >= -1 and high <= 1 and far.abs().max() <= 1:
        return "only those between −1 and 1"
    if high <= 0 and far.max() <= 0:
        return "0 and below" if high == 0 else "only negative ones"
    return "negative and positive ones"


def _again(call, module, h, mu, logvar):
    again = _pair(call, call.run(module, h.clone()), tuple(mu.shape))
    return "the same" if torch.allclose(again[0], mu) and torch.allclose(again[1], logvar) else "different"


def _affine(call, module, number):
    """Test f(½a + ½b) = ½f(a) + ½f(b) for many pairs of features."""
    a, b = normal(200, 6, seed=22, scale=4.0), normal(200, 6, seed=23, scale=4.0)
    values = [_pair(call, call.run(module, h), (200, 3))[number].detach() for h in (a, b, 0.5 * a + 0.5 * b)]
    straight = torch.allclose(values[2], 0.5 * values[0] + 0.5 * values[1], atol=1e-4)
    return "affine: W h + b" if straight else "bent by an activation, a clamp or a further layer"


def _shared_weights(call, module, mu, logvar):
    """Say whether some single weight moves both outputs."""
    parameters = [p for p in module.parameters() if p.requires_grad]
    touched = []
    for value in (mu, logvar):
        grads = call.run(_gradients, value.sum(), parameters)
        touched.append(
            torch.cat(
                [
                    torch.zeros_like(p).flatten() if g is None else g.flatten()
                    for p, g in zip(parameters, grads, strict=True)
                ]
            )
        )
    by_mu, by_logvar = touched[0] != 0, touched[1] != 0
    if not bool((by_mu & by_logvar).any()):
        return "each on its own"
    if bool((by_mu & ~by_logvar).any()) and bool((by_logvar & ~by_mu).any()):
        return "some weights move both, some only one"
    return "all weights of the one move the other, too"


def _gradients(value, leaves):
    return torch.autograd.grad(value, leaves, allow_unused=True, retain_graph=True)


@encoder_heads.reference
class _EncoderHeads(nn.Module):
    def __init__(self, hidden, latent):
        super().__init__()
        self.mu = nn.Linear(hidden, latent)
        self.logvar = nn.Linear(hidden, latent)

    def forward(self, h):
        return self.mu(h), self.logvar(h)


class _Bent(_EncoderHeads):
    """Heads with something behind them: the shape of most mistakes."""

    def __init__(self, hidden, latent, *, mu=nn.Identity(), logvar=nn.Identity()):  # noqa: B008 - stateless
        super().__init__(hidden, latent)
        self.after_mu, self.after_logvar = mu, logvar

    def forward(self, h):
        return self.after_mu(self.mu(h)), self.after_logvar(self.logvar(h))


@encoder_heads.mistake(
    """There is a ReLU on `mu`, so no cloud can have its middle on the negative side, where the prior N(0, I) has half
    its mass in every dimension. The heads are linear: nothing follows the last `nn.Linear`."""
)
def relu_on_mu(hidden, latent):
    return _Bent(hidden, latent, mu=nn.ReLU())


@encoder_heads.mistake(
    """There is a ReLU (or a clamp at 0) on `logvar`, so log σ² ≥ 0 and σ ≥ 1: no image can have a narrow cloud. A
    negative logvar is no error, it says that the variance is below 1. Leave the head linear."""
)
def relu_on_logvar(hidden, latent):
    return _Bent(hidden, latent, logvar=nn.ReLU())


@encoder_heads.mistake(
    """Something makes `logvar` positive (softplus, `exp`, `abs`, a square). That is how one makes a *standard
    deviation* out of any number; but the head outputs the logarithm, which may be negative, and positivity comes with
    the exp later. Here it would force σ > 1."""
)
def softplus_on_logvar(hidden, latent):
    return _Bent(hidden, latent, logvar=nn.Softplus())


@encoder_heads.mistake(
    """`logvar` is held between −1 and 1 (by a tanh or a clamp): σ can only lie between 0.61 and 1.65. A dimension that
    carries much needs a smaller one. Leave the heads linear."""
)
def tanh_on_logvar(hidden, latent):
    return _Bent(hidden, latent, logvar=nn.Tanh())


@encoder_heads.mistake(
    """μ and logvar are the same numbers: one layer serves as both heads, so where the cloud lies fixes how wide it is:
    wide on the positive side, narrow on the negative one. Make two layers (or one of twice the size, cut in two)."""
)
class SharedHead(nn.Module):
    def __init__(self, hidden, latent):
        super().__init__()
        self.head = nn.Linear(hidden, latent)

    def forward(self, h):
        return self.head(h), self.head(h)


@encoder_heads.mistake(
    """One of the two is computed from the other: all weights of the one move the other, too. Computed from `mu` alone,
    `logvar` can depend on the image only through where its cloud lies. Apply both layers to h."""
)
class Chained(nn.Module):
    def __init__(self, hidden, latent):
        super().__init__()
        self.mu, self.logvar = nn.Linear(hidden, latent), nn.Linear(latent, latent)

    def forward(self, h):
        mu = self.mu(h)
        return mu, self.logvar(mu)


@encoder_heads.mistake(
    """The layers are made anew in every call of `forward`: fresh random weights each time, and none that an
    optimizer could find. Make them once, in `__init__`, as attributes of `self`."""
)
class MadeInForward(nn.Module):
    def __init__(self, hidden, latent):
        super().__init__()
        self.sizes = hidden, latent

    def forward(self, h):
        return nn.Linear(*self.sizes)(h), nn.Linear(*self.sizes)(h)
