"""The benchmark of the widgets says when one is over its budget."""

import importlib.util
import sys
import time
from pathlib import Path

import pytest

from course_utils.widgets import BetaCalculator

PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "widget_latency.py"


@pytest.fixture
def bench(monkeypatch):
    spec = importlib.util.spec_from_file_location("widget_latency", PATH)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "widget_latency", module)
    spec.loader.exec_module(module)
    return module


class Slow(BetaCalculator):
    def _redraw(self):
        super()._redraw()
        until = time.process_time() + 0.002
        while time.process_time() < until:
            pass


def test_status_is_1_if_one_widget_is_over_its_budget(bench, monkeypatch, capsys):
    many = 1e6  # ms
    cases = {"quick": bench.Case("quick", BetaCalculator(), "kl_weight", many)}
    monkeypatch.setattr(bench, "cases", lambda: iter(cases.values()))
    assert bench.main(["--moves", "5"]) == 0
    cases["slow"] = bench.Case("slow", Slow(), "kl_weight", 1.0)
    assert bench.main(["--moves", "5"]) == 1
    out, err = capsys.readouterr()
    assert err == "\nOver budget: slow\n"
    assert [line.split()[0] for line in out.splitlines() if "OVER" in line] == ["slow", "slow"]


def test_every_widget_has_a_budget(bench):
    budgets = {type(case.widget).__name__: case.budget for case in bench.cases()}
    plots = dict.fromkeys(
        [
            "FrozenNoise",
            "KLTerms",
            "KLFlow",
            "BetaCalculator",
            "Convolution",
            "CodePlane",
            "TwoPlanes",
            "MatrixGame",
            "GradientPlay",
        ],
        10.0,
    )
    plots["RingGAN"] = 100.0  # two networks learn
    assert budgets == plots | {"LatentSliders": 2.0, "BetaSlider": 2.0, "Flipbook": 2.0, "NoiseDial": 2.0}
