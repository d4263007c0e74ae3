"""How long until a VAE describes the test images of Fashion-MNIST in 244.4 nats.

    python benchmarks/time_to_quality.py [--seeds 5] [--rivals-seeds 2] [--only NAME ...]

The course's ``train --full`` against the loop that tutorials show, against pythae and against Lightning. Each training
is a process of its own, and they alternate. The two packages are installed into ``build/benchmarks/env``, which sees
this environment's PyTorch; if that fails, the benchmark says so and goes on without them. Needs the full data set.
"""

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import report

TARGET = 244.4  # nats per image: grey values, Bernoulli likelihood, one sample of z
HERE = Path(__file__).resolve().parent
ENVIRONMENT = report.FOLDER / "env"
PACKAGES = {"pythae": "pythae", "lightning": "lightning"}
NAMES = ("course", "tutorial", *PACKAGES)


def prepare(name: str) -> Path | None:
    """Return the Python in which the contestant can run, or None after saying why there is none."""
    if name not in PACKAGES:
        return Path(sys.executable)
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        own = sysconfig.get_path("purelib", vars={"base": str(ENVIRONMENT)})
        (Path(own) / "course.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGES[name]]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{name} cannot be installed, so it is left out: {done.stderr.strip().splitlines()[-1]}")
        return None
    return python


def train(name: str, python: Path, seed: int) -> dict[str, Any] | None:
    """Let one contestant train once, and print what came out; None after saying why nothing did."""
    command = [python, HERE / "contestants.py", name, str(seed), str(TARGET)]
    paths = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": paths}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{name} failed: {done.stderr.strip().splitlines()[-1]}")
        return None
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1]) | {"seed": seed}
    print(f"{name:10} seed {seed}: {result['curve'][-1]:.2f} nats, {result['seconds']:.1f} s", flush=True)
    return result


def row(name: str, runs: Sequence[dict[str, Any]], ours: Sequence[dict[str, Any]]) -> list[str]:
    """Return a contestant's line of the table."""
    cells = [name, str(len(runs)), report.spread([run["curve"][-1] for run in runs])]
    cells.append(f"{sum(run['curve'][-1] <= TARGET for run in runs)}")
    for clock in ("seconds", "processor"):
        times = [run[clock] for run in runs]
        cells.append(report.spread(times))
        if ours:
            ratio = report.summary(times)["median"] / report.summary([run[clock] for run in ours])["median"]
            cells.append(f"{ratio:.1f}×")
    return cells


def main(arguments: Sequence[str] | None = None) -> int:
    """Let all train in turn, print the table, and write the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="trainings of the course's command (default: 5)")
    parser.add_argument("--rivals-seeds", type=int, default=2, help="trainings of each of the others (default: 2)")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, help="some of the contestants")
    options = parser.parse_args(arguments)
    pythons = {name: python for name in options.only if (python := prepare(name))}
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in pythons}
    for seed in range(max(options.seeds, options.rivals_seeds)):
        for name, python in pythons.items():
            if seed < (options.seeds if name == "course" else options.rivals_seeds):
                runs[name] += filter(None, [train(name, python, seed)])
    ours = runs.get("course", [])
    head = ["until 244.4 nats", "runs", "nats", "reached", "seconds", *["×"] * bool(ours)]
    head += ["processor s", *["×"] * bool(ours)]
    print("\n" + report.table(head, [row(name, done, ours) for name, done in runs.items() if done]))
    if ours:
        shares = [100 * run["speed"] / run["peak"] for run in ours]
        print(f"\nmatrix products of `fit`, in % of the peak measured beside it: {report.spread(shares, 0)}")
    report.write("time_to_quality", {"target": TARGET, "runs": runs})
    return 0


if __name__ == "__main__":
    sys.exit(main())
