"""One small untrained instance of every widget, and moves that must change what it shows.

The contract test runs over it, and a notebook made from it puts every widget into a browser.
"""

from collections.abc import Callable
from typing import Any

import torch
from matplotlib.figure import Figure

from course_utils import widgets
from course_utils.data import ring
from course_utils.models import VAE, Autoencoder


def random_vae(latent: int, *, seed: int = 0, kind: Callable[..., Any] = VAE, **arguments: Any) -> Any:
    """Build a VAE from fixed random weights, larger than at the start of training so that the images differ."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = kind(latent, **arguments)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)
    return model


def random_autoencoder(latent: int, **arguments: Any) -> Autoencoder:
    return random_vae(latent, kind=Autoencoder, **arguments)


def random_images(n: int, size: int = 28) -> torch.Tensor:
    return torch.rand(n, 1, size, size, generator=torch.Generator().manual_seed(1))


def beta_slider(**arguments: Any) -> widgets.BetaSlider:
    models = {4.0: random_vae(3, seed=2), 0.5: random_vae(3), 1.0: random_vae(3, seed=1)}
    return widgets.BetaSlider(models, random_images(12), **arguments)


def bars(n: int) -> list[Figure]:
    """Draw figures with one to `n` bars."""
    figures = [Figure(figsize=(4, 2)) for _ in range(n)]
    for count, figure in enumerate(figures, start=1):
        figure.add_subplot().bar(range(count), range(1, count + 1))
    return figures


def flipbook(**arguments: Any) -> widgets.Flipbook:
    usual = {
        "values": [0, 1, 5, 20],
        "texts": ["no", "hardly", "some", "all"],
        "alt": "Bars that become more and more.",
    }
    return widgets.Flipbook(bars(4), **usual | arguments)


def convolution() -> widgets.Convolution:
    widget = widgets.Convolution(6)
    widget.set(padding=1)
    return widget


def code_plane(**arguments: Any) -> widgets.CodePlane:
    codes = torch.randn(60, 2, generator=torch.Generator().manual_seed(2))
    usual = {"labels": torch.arange(60) % 3, "classes": ["shoe", "bag", "coat"]}
    return widgets.CodePlane(random_autoencoder(2), codes, **usual | arguments)


def two_planes(**arguments: Any) -> widgets.TwoPlanes:
    usual = {"labels": torch.arange(60) % 3, "classes": ["shoe", "bag", "coat"]}
    return widgets.TwoPlanes(random_autoencoder(2), random_vae(2, seed=3), random_images(60), **usual | arguments)


def ring_gan(**arguments: Any) -> widgets.RingGAN:
    return widgets.RingGAN(ring(200, seed=0), **{"batch": 16, "per_tick": 2} | arguments)


#: By its name, how each widget is made.
GALLERY: dict[str, Callable[[], Any]] = {
    "LatentSliders": lambda: widgets.LatentSliders(random_vae(2), images=random_images(4)),
    "FrozenNoise": lambda: widgets.FrozenNoise(random_vae(1), random_images(1)[0]),
    "BetaSlider": beta_slider,
    "BetaCalculator": widgets.BetaCalculator,
    "KLTerms": widgets.KLTerms,
    "KLFlow": widgets.KLFlow,
    "Flipbook": flipbook,
    "Convolution": convolution,
    "CodePlane": code_plane,
    "TwoPlanes": two_planes,
    "NoiseDial": lambda: widgets.NoiseDial(random_autoencoder(2), random_images(12)),
    "MatrixGame": widgets.MatrixGame,
    "RingGAN": ring_gan,
    "GradientPlay": widgets.GradientPlay,
}

#: The DOM class of each.
CLASSES = {
    "LatentSliders": "course-latent-sliders",
    "FrozenNoise": "course-frozen-noise",
    "BetaSlider": "course-beta-slider",
    "BetaCalculator": "course-beta-calculator",
    "KLTerms": "course-kl-terms",
    "KLFlow": "course-kl-flow",
    "Flipbook": "course-flipbook",
    "Convolution": "course-convolution",
    "CodePlane": "course-code-plane",
    "TwoPlanes": "course-two-planes",
    "NoiseDial": "course-noise-dial",
    "MatrixGame": "course-matrix-game",
    "RingGAN": "course-ring-gan",
    "GradientPlay": "course-gradient-play",
}

#: Widget, control, and a position that changes its pictures and its read-out.
MOVES = [
    *[("LatentSliders", "z1", 1.2), ("LatentSliders", "z2", 1.2)],
    *[("FrozenNoise", "mu", 1.2), ("FrozenNoise", "sigma", 1.2), ("FrozenNoise", "eps", 1.2)],
    ("BetaSlider", "beta", 4.0),
    *[("BetaCalculator", "nll_pixels", "sum"), ("BetaCalculator", "nll_batch", "sum")],
    *[("BetaCalculator", "kl_latents", "mean"), ("BetaCalculator", "kl_batch", "sum")],
    *[("BetaCalculator", "nll_weight", 0.5), ("BetaCalculator", "kl_weight", 0.5)],
    *[("BetaCalculator", "pixels", 3072), ("BetaCalculator", "likelihood", "squared error")],
    *[("KLTerms", "mu", 2.0), ("KLTerms", "sigma", 1.2)],
    *[("KLFlow", "mu0", 2.0), ("KLFlow", "sigma0", 1.2), ("KLFlow", "t", 3.0), ("KLFlow", "play", 40)],
    *[("KLFlow", "mean", False), ("KLFlow", "spread", False), ("KLFlow", "log", False)],
    *[("Flipbook", "value", 5), ("Flipbook", "play", 3)],
    *[("Convolution", "kernel", 2), ("Convolution", "stride", 2), ("Convolution", "padding", 2)],
    *[("Convolution", "dilation", 2), ("Convolution", "channels_in", 2), ("Convolution", "channels_out", 2)],
    *[("Convolution", "position", 4), ("Convolution", "play", 4)],
    ("NoiseDial", "sigma", 0.9),
    *[("CodePlane", "z1", 1.2), ("CodePlane", "z2", 1.2)],
    *[("TwoPlanes", "right", 1.2), ("TwoPlanes", "up", -0.6)],
    *[("MatrixGame", "p", 0.4), ("MatrixGame", "q", 0.9), ("MatrixGame", "game", "coordination")],
    *[("MatrixGame", f"{player}{row}{column}", 3.0) for player in "ab" for row in (1, 2) for column in (1, 2)],
    *[("RingGAN", "blur", 0.3), ("RingGAN", "play", 2)],
    *[("GradientPlay", "game", "Dirac-GAN"), ("GradientPlay", "eta", 0.5), ("GradientPlay", "steps", 60)],
    *[("GradientPlay", "play", 41), ("GradientPlay", "alternating", False), ("GradientPlay", "optimistic", False)],
    *[("GradientPlay", "simultaneous", False), ("GradientPlay", "extragradient", False)],
]

#: Of each widget, one of its moves.
ONE_MOVE = {name: (control, value) for name, control, value in reversed(MOVES)}


def pictures(widget: Any) -> tuple[bytes, ...]:
    """Return the pictures of the moment."""
    names = ("png", "image_png", "reconstructions_png", "samples_png", "plane_png", "loss_png")
    return tuple(getattr(widget, name) for name in names if hasattr(widget, name))


def move_by_message(widget: Any, name: str, value: Any) -> None:
    """Move a control as a message of the front end does."""
    control = widget.controls[name]
    if hasattr(control, "index"):
        values = [option[1] if isinstance(option, tuple) else option for option in control.options]
        control.set_state({"index": values.index(value)})
    else:
        control.set_state({"value": value})
