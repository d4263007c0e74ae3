"""How long the kernel works at one move of a slider.

    python benchmarks/widget_latency.py [--moves 500]

Each widget is moved in two ways: through a trait of its slider (``value``, or ``index`` where it stops at some values
only), and through ``set_state``, the entry by which messages of the front end arrive. Targets at the 95th percentile:
2 ms for an image, 10 ms where a plot moves. The way of the message and the drawing of the browser are not included.
Untrained weights: the work is the same. The wall clock counts the work of other programs, too; "CPU" is the time that
the processor spent on this one.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import torch

from course_utils.models import VAE
from course_utils.widgets import BetaCalculator, BetaSlider, FrozenNoise, KLFlow, KLTerms, LatentSliders

WARM_UP = 20


def cases() -> Iterator[tuple[str, Any, str, Callable[[], int]]]:
    """Yield a name, a widget, the control to move and the size of its pictures in bytes."""
    torch.manual_seed(0)
    images = torch.rand(20, 1, 28, 28)
    for backbone in ("dense", "conv"):
        sliders = LatentSliders(VAE(20, backbone=backbone), images=images)
        yield f"LatentSliders, VAE(20) {backbone}", sliders, f"z{sliders.dims[0] + 1}", lambda w=sliders: len(w.png)
    for freeze in (True, False):
        noise = FrozenNoise(VAE(1), images[0])
        noise.set(freeze=freeze)
        name = f"FrozenNoise, VAE(1) dense, {'frozen' if freeze else 'unfrozen'}"
        yield name, noise, "mu", lambda w=noise: len(w.plot_png) + len(w.image_png)
    for widget, control in ((KLTerms(), "mu"), (KLFlow(), "t"), (BetaCalculator(), "kl_weight")):
        yield f"{type(widget).__name__}, {control}", widget, control, lambda w=widget: len(w.png)
    betas = BetaSlider({float(beta): VAE(20) for beta in range(1, 8)}, images)
    yield (
        "BetaSlider, seven VAE(20) dense",
        betas,
        "beta",
        lambda: len(betas.reconstructions_png) + len(betas.samples_png) + len(betas.plane_png),
    )


def places(slider: Any) -> tuple[str, list[float]]:
    """Return the name of the trait that a user moves, and the values that it takes, there and back."""
    if hasattr(slider, "options"):
        there = list(range(len(slider.options)))
        return "index", there + there[-2:0:-1]
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


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=500, help="moves of each widget (default: 500)")
    moves = parser.parse_args().moves
    print(
        f"Python {platform.python_version()}, torch {torch.__version__} with {torch.get_num_threads()} threads, ",
        end="",
    )
    print(f"{os.cpu_count()} cores with a load of {os.getloadavg()[0]:.1f}; {moves} moves each\n")
    print(
        f"{'kernel work per move, in ms':42}{'through':>10}{'median':>9}{'p95':>8}{'max':>8}{'CPU p95':>9}{'bytes':>9}"
    )
    for name, widget, control, size in cases():
        for by_message in (False, True):
            wall, cpu = measure(widget, control, moves, by_message=by_message)
            half, most = moves // 2, int(0.95 * moves)
            through = "set_state" if by_message else "trait"
            print(f"{name:42}{through:>10}{wall[half]:9.2f}{wall[most]:8.2f}", end="")
            print(f"{wall[-1]:8.2f}{cpu[most]:9.2f}{size():9,}")


if __name__ == "__main__":
    main()
