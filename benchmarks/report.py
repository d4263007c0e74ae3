"""What all benchmarks report in the same way: the machine, medians with ranges, a table, and a JSON file."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

FOLDER = Path(__file__).resolve().parents[1] / "build" / "benchmarks"


def machine() -> dict[str, Any]:
    """Return what a reader must know in order to compare numbers: processor, versions, threads, other work."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def summary(values: Sequence[float]) -> dict[str, float]:
    """Return median and range."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def spread(values: Sequence[float], digits: int = 1) -> str:
    """Return median and range in the form ``9.8 (9.7–9.9)``."""
    middle, low, high = (f"{value:.{digits}f}" for value in summary(values).values())
    return middle if low == high else f"{middle} ({low}–{high})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return lines in which each column is as wide as its longest cell; the first column stands to the left."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = []
    for first, *others in (head, *rows):
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]))
    return "\n".join(lines)


def write(name: str, results: dict[str, Any]) -> None:
    """Write the results of the benchmark `name`, with the machine, to ``build/benchmarks/NAME.json``, and say so."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps({"machine": machine()} | results, indent=1) + "\n")
    print(f"\nwritten: {path.relative_to(FOLDER.parents[1])}")


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
