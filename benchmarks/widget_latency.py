"""How long the kernel works at one move of a slider.

    python benchmarks/widget_latency.py [--moves 500]

Each widget is moved in two ways: through a trait of its slider (``value``, or ``index`` where it stops at some values
only), and through ``set_state``, the entry by which messages of the front end arrive. The way of the message and the
drawing of the browser are not included. Untrained weights: the work is the same.

Budgets at the 95th percentile: 2 ms for an image, 10 ms where a plot moves, 100 ms where two networks learn first. They
are held against the time that the processor spent on this program, for the wall clock counts the work of others, too;
still, on a machine with more work than cores everything takes up to twice as long. One widget over its budget, and the
exit status is 1.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any, NamedTuple

import torch
from matplotlib.figure import Figure

from course_utils.models import VAE, Autoencoder
from course_utils.widgets import (
    BetaCalculator,
    BetaSlider,
    CodePlane,
    Convolution,
    Flipbook,
    FrozenNoise,
    GradientPlay,
    KLFlow,
    KLTerms,
    LatentSliders,
    MatrixGame,
    NoiseDial,
    RingGAN,
    TwoPlanes,
)

WARM_UP = 20
IMAGE, PLOT, LEARN = 2.0, 10.0, 100.0  # budgets, ms


class Case(NamedTuple):
    """A widget, the control to move, what a move may cost (ms), and the names of its pictures."""

    name: str
    widget: Any
    control: str
    budget: float
    pictures: tuple[str, ...] = ("png",)

    def size(self) -> int:
        """Return how many bytes all its pictures have."""
        return sum(len(getattr(self.widget, picture)) for picture in self.pictures)


def cases() -> Iterator[Case]:
    """Yield every widget, at the size at which the lessons use it."""
    torch.manual_seed(0)
    images = torch.rand(20, 1, 28, 28)
    for backbone in ("dense", "conv"):
        sliders = LatentSliders(VAE(20, backbone=backbone), images=images)
        yield Case(f"LatentSliders, VAE(20) {backbone}", sliders, f"z{sliders.dims[0] + 1}", IMAGE)
    explorer = LatentSliders(VAE(16), images=images, dims="all")
    yield Case("LatentSliders, all of VAE(16) dense", explorer, "z1", IMAGE)
    for freeze in (True, False):
        noise = FrozenNoise(VAE(1), images[0])
        noise.set(freeze=freeze)
        name = f"FrozenNoise, VAE(1) dense, {'frozen' if freeze else 'unfrozen'}"
        yield Case(name, noise, "mu", PLOT, ("plot_png", "image_png"))
    for widget, control in ((KLTerms(), "mu"), (KLFlow(), "t"), (BetaCalculator(), "kl_weight")):
        yield Case(f"{type(widget).__name__}, {control}", widget, control, PLOT)
    for control in ("steps", "eta"):
        yield Case(f"GradientPlay, {control}", GradientPlay(), control, PLOT)
    for control in ("p", "a12"):
        yield Case(f"MatrixGame, {control}", MatrixGame(), control, PLOT)
    small, large = Convolution(), Convolution()
    large.set(kernel=4, padding=2, channels_in=3, channels_out=3)
    yield Case("Convolution, one channel", small, "position", PLOT)
    yield Case("Convolution, three channels", large, "position", PLOT)
    pages = [Figure(figsize=(7, 4)) for _ in range(12)]
    yield Case("Flipbook, twelve figures", Flipbook(pages, alt="Empty figures."), "value", IMAGE)
    plane = CodePlane(Autoencoder(2), 5 * torch.randn(10_000, 2), torch.arange(10_000) % 10)
    yield Case("CodePlane, 10,000 codes", plane, "z1", PLOT, ("png", "image_png"))
    planes = TwoPlanes(Autoencoder(2), VAE(2), torch.rand(2_000, 1, 28, 28), torch.arange(2_000) % 10)
    yield Case("TwoPlanes, 2,000 images", planes, "right", PLOT, ("png", "image_png"))
    dial = NoiseDial(Autoencoder(2), images)
    yield Case("NoiseDial, Autoencoder(2) dense", dial, "sigma", IMAGE, ("png", "loss_png"))
    yield Case("RingGAN, a step of each player", RingGAN(per_tick=1), "play", LEARN)
    betas = BetaSlider({float(beta): VAE(20) for beta in range(1, 8)}, images)
    rows = ("reconstructions_png", "samples_png", "plane_png")
    yield Case("BetaSlider, seven VAE(20) dense", betas, "beta", IMAGE, rows)


def places(slider: Any) -> tuple[str, list[float]]:
    """Return the name of the trait that a user moves, and the values that it takes, there and back."""
    if hasattr(slider, "options"):
        there = list(range(len(slider.options)))
        return "index", there + there[-2:0:-1]
    if isinstance(slider.value, int):
        whole = range(slider.min, slider.max + 1)
        return "value", [*whole, *whole[-2:0:-1]]
    there_and_back = [*range(-28, 29), *range(27, -28, -1)]
    return "value", [round(slider.min + slider.step * (step + 30), 9) for step in there_and_back]


def measure(widget: Any, control: str, moves: int, *, by_message: bool) -> tuple[list[float], list[float]]:
    """Return the milliseconds that each of `moves` moves took, by the wall clock and of processor time, sorted."""
    slider = widget.controls[control]
    trait, values = places(slider)
    positions = cycle(values)
    wall, cpu = [], []
    for _ in range(WARM_UP + moves):
        position = next(positions)
        started, started_cpu = time.perf_counter(), time.process_time()
        if by_message:
            slider.set_state({trait: position})
        else:
            setattr(slider, trait, position)
        cpu.append(1e3 * (time.process_time() - started_cpu))
        wall.append(1e3 * (time.perf_counter() - started))
        if widget.error:
            raise RuntimeError(widget.error)
    return sorted(wall[WARM_UP:]), sorted(cpu[WARM_UP:])


def report(case: Case, moves: int) -> bool:
    """Measure one widget, print its two lines, and return whether it keeps to its budget."""
    within = True
    for by_message in (False, True):
        wall, cpu = measure(case.widget, case.control, moves, by_message=by_message)
        half, most = moves // 2, int(0.95 * moves)
        kept = cpu[most] <= case.budget
        print(f"{case.name:42}{'set_state' if by_message else 'trait':>10}{wall[half]:9.2f}{wall[most]:8.2f}", end="")
        print(f"{wall[-1]:8.2f}{cpu[most]:9.2f}{case.budget:8.0f}{case.size():9,}{'' if kept else '  OVER BUDGET'}")
        within &= kept
    return within


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every widget, print one table, and return the exit status: 1 if one is over its budget."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=500, help="moves of each widget (default: 500)")
    moves = parser.parse_args(arguments).moves
    print(f"Python {platform.python_version()}, torch {torch.__version__}, {os.cpu_count()} cores ", end="")
    print(f"with a load of {os.getloadavg()[0]:.1f}; {moves} moves each\n")
    print(f"{'kernel work per move, in ms':42}{'through':>10}{'median':>9}{'p95':>8}{'max':>8}", end="")
    print(f"{'CPU p95':>9}{'budget':>8}{'bytes':>9}")
    over = [case.name for case in cases() if not report(case, moves)]
    if over:
        print(f"\nOver budget: {', '.join(over)}", file=sys.stderr)
    return int(bool(over))


if __name__ == "__main__":
    sys.exit(main())
