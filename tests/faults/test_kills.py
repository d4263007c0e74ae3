"""Training that is killed at any moment: the resumed run ends in the weights of one that nobody disturbed."""

import itertools
import json
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import torch
import victims

from course_utils.training.tensor_file import read_tensors

KILLS = 20


def test_killed_and_resumed(campaign, tmp_path):
    each = KILLS if campaign.whole else 1
    sorts = itertools.product(victims.RUNS, ("float32", "bfloat16"), range(each))
    kills = [(f"{run}-{precision}-{i}", run, precision, campaign.rng.random()) for run, precision, i in sorts]
    line = [sys.executable, victims.__file__, tmp_path, json.dumps(kills)]
    process = subprocess.run(line, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    ends = json.loads(process.stdout)

    def check(kill):
        name, run, precision, _ = kill
        assert ends[name] in (-signal.SIGKILL, 0)  # 0: it was quicker than the one before, and done
        path = tmp_path / name / "run.safetensors"
        assert len(list(path.parent.iterdir())) <= 2  # the checkpoint, and what was being written
        if path.exists():
            read_tensors(path)  # it is whole
        with warnings.catch_warnings():
            # The model comes with other weights than the run began with: all that counts must be in the file.
            warnings.filterwarnings("ignore", "the weights of `model` are replaced")
            victims.train(path, run, precision, seed=9 if path.exists() else 0)
        assert list(path.parent.iterdir()) == [path]
        tensors, *history = of_the_run(path)
        expected, *expected_history = of_the_run(tmp_path / f"straight-{run}-{precision}" / "run.safetensors")
        assert history == expected_history
        assert tensors.keys() == expected.keys()
        for key, tensor in tensors.items():
            assert torch.equal(tensor, expected[key]), key

    campaign.run(kills, check, short=len(kills))


def of_the_run(path: Path):
    """Return all tensors of a checkpoint, its steps and its losses: all of it but the seconds."""
    tensors, texts = read_tensors(path)
    history = json.loads(texts["history"])
    return tensors, history["steps"], history["loss"]
