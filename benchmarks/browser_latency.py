"""How long from the key press on a slider to the changed picture, in Chromium under JupyterLab.

    python benchmarks/browser_latency.py [--moves 100]

Two widgets of the course, one with an image and one with a plot, and beside each what people would use instead: a
function that draws with pyplot, under `ipywidgets.interactive_output`. All four are on one page of one kernel, and the
four take turns, move by move. Models are untrained: the work is the same.

A move begins when the browser gets the key and ends when the new picture is decoded and the frame that shows it is
painted. Three columns say where the time went: until the slider's message leaves the page; until the message with
the new picture is back (server, kernel); until the picture is painted. The next key comes when all is quiet again.
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
import lab

WARM_UP = 10
START = """import math
import matplotlib.pyplot as plt
import numpy as np
import torch
from ipywidgets import FloatSlider, VBox, interactive_output
from course_utils.models import VAE
from course_utils.widgets import KLTerms, LatentSliders

torch.manual_seed(0)
vae = VAE(2).eval()"""
OUR_IMAGE = "LatentSliders(vae)"
THEIR_IMAGE = """def draw(z1, z2):
    with torch.no_grad():
        image = vae.decode(torch.tensor([[z1, z2]])).sigmoid()[0, 0]
    plt.figure(figsize=(2.24, 2.24))
    plt.imshow(image, cmap="gray", vmin=0, vmax=1)
    plt.axis("off")
    plt.show()
    print(f"z = ({z1:.1f}, {z2:.1f}), mean pixel {image.mean():.3f}")

sliders = {name: FloatSlider(min=-3, max=3, description=name) for name in ("z1", "z2")}
VBox([*sliders.values(), interactive_output(draw, sliders)])"""
OUR_PLOT = "KLTerms()"
THEIR_PLOT = """def draw(mu, sigma):
    z = np.linspace(-6, 6, 361)
    q = np.exp(-(((z - mu) / sigma) ** 2) / 2) / sigma
    p = np.exp(-(z**2) / 2)
    integrand = q * (z**2 / 2 - ((z - mu) / sigma) ** 2 / 2 - math.log(sigma))
    terms = [mu**2 / 2, sigma**2 / 2, -math.log(sigma), -0.5]
    fig, axes = plt.subplot_mosaic([["densities", "terms"], ["integrand", "terms"]], figsize=(7.4, 4))
    axes["densities"].plot(z, p, label="p")
    axes["densities"].fill_between(z, q, alpha=0.4, label="q")
    axes["densities"].legend()
    axes["integrand"].fill_between(z, integrand, alpha=0.4)
    axes["terms"].bar(["mu", "sigma", "log sigma", "1"], terms)
    plt.show()
    print(f"KL = {sum(terms):.3f} nats")

sliders = {"mu": FloatSlider(1, min=-3, max=3), "sigma": FloatSlider(0.5, min=0.1, max=3)}
VBox([*sliders.values(), interactive_output(draw, sliders)])"""
CASES = {
    "LatentSliders": OUR_IMAGE,
    "the same with pyplot": THEIR_IMAGE,
    "KLTerms": OUR_PLOT,
    "the same with pyplot ": THEIR_PLOT,
}

# Times in the page's clock: when a message was last sent and received, and of each picture that changes.
SPY = """
const OwnSocket = window.WebSocket;
window.sent = window.received = [];
window.WebSocket = class extends OwnSocket {
    constructor(...given) {
        super(...given);
        this.addEventListener("message", () => window.received.push(performance.now()));
    }
    send(data) { window.sent.push(performance.now()); super.send(data); }
};
window.addEventListener("keydown", () => {
    window.key = performance.now();
    [window.sent, window.received] = [[], []];
}, true);
window.painted = () => new Promise(resolve => requestAnimationFrame(() => {
    const {port1, port2} = new MessageChannel();  // a message posted before a frame arrives after it
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(null);
}));
window.watch = cell => new Promise(resolve => {
    const observer = new MutationObserver(async () => {
        const changed = performance.now(), images = [...cell.querySelectorAll("img")];
        const sources = images.map(image => image.src).join();
        if (!images.length || sources === before) return;
        observer.disconnect();
        const [first, last] = [window.sent[0], window.received.filter(time => time <= changed).at(-1)];
        await Promise.all(images.map(image => image.decode()));
        resolve([first - window.key, last - first, await window.painted() - last]);
    });
    const before = [...cell.querySelectorAll("img")].map(image => image.src).join();
    observer.observe(cell, {subtree: true, childList: true, attributes: true, attributeFilter: ["src"]});
});
"""


def move(page: Page, cell: int, key: str) -> list[float]:
    """Press a key on the first slider of a cell; return the three parts of the time to its picture, in ms."""
    place = page.locator(".jp-CodeCell").nth(cell)
    place.locator("[role=slider]").first.focus()
    place.evaluate("cell => { window.change = window.watch(cell); }")
    page.wait_for_timeout(random.uniform(80, 120))  # noqa: S311  no beat with the browser's frames
    page.keyboard.press(key)
    parts: list[float] = page.evaluate("window.change")
    return parts


def measure(moves: int) -> dict[str, list[list[float]]]:
    """Return the parts of each move's time, by case; the cases take turns."""
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    cells = [new_code_cell(source) for source in (START, *CASES.values())]
    times: dict[str, list[list[float]]] = {name: [] for name in CASES}
    with tempfile.TemporaryDirectory() as home, lab.chromium() as browser:
        root = Path(home) / "root"
        root.mkdir()
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), root / "sliders.ipynb")
        with lab.jupyter_lab(root, Path(home)) as server, lab.open_notebook(browser, server, "sliders.ipynb") as book:
            book.page.add_init_script(SPY)
            book.page.reload()
            book.wait_for_kernel()
            book.run_all(120)
            for n in range(WARM_UP + moves):
                for cell, name in enumerate(CASES, start=1):
                    times[name].append(move(book.page, cell, "ArrowUp" if n // 20 % 2 == 0 else "ArrowDown"))
    return {name: parts[WARM_UP:] for name, parts in times.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=100, help="moves of each widget (default: 100)")
    moves = parser.parse_args(arguments).moves
    times = measure(moves)
    print(f"{os.cpu_count()} cores with a load of {os.getloadavg()[0]:.1f}; {moves} moves each\n")
    print(f"{'key to picture, in ms':26}{'median':>8}{'p95':>8}{'to send':>10}{'away':>8}{'to paint':>10}")
    for name, parts in times.items():
        totals = [sum(part) for part in parts]
        print(f"{name:26}{median(totals):8.1f}{quantiles(totals, n=20)[-1]:8.1f}", end="")
        print(
            "".join(
                f"{median(part):{width}.1f}" for part, width in zip(zip(*parts, strict=True), (10, 8, 10), strict=True)
            )
        )


if __name__ == "__main__":
    main()
