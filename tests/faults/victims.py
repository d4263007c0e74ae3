"""The process of which the forked children are killed: PyTorch is imported once, and a child begins in milliseconds.

``python victims.py FOLDER JSON``: of each kill its name, the run, its precision, and when, as a share of the time that
the undisturbed run takes. Prints how each child ended.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import torch
from torch import nn

from course_utils.data import ImageSet
from course_utils.training import fit

# Of the first run nearly all time is training, of the second nearly all is writing: 12 MB after a single step.
RUNS = {
    "training": {"width": 32, "images": 600, "batch_size": 10, "epochs": 4},
    "writing": {"width": 30_000, "images": 8, "batch_size": 8, "epochs": 4},
}


def train(path, run, precision, seed=0):
    """Train with a checkpoint; everything that must survive is in it: running means, Adam's moments, drawn noise."""
    width, count, batch_size, epochs = RUNS[run].values()
    torch.manual_seed(seed)
    layers = nn.Flatten(), nn.Linear(16, width), nn.BatchNorm1d(width), nn.Dropout(0.2), nn.Linear(width, 16)
    model = nn.Sequential(*layers, nn.Unflatten(1, (1, 4, 4)))
    pixels = torch.rand(count, 1, 4, 4, generator=torch.Generator().manual_seed(7))
    settings = {"batch_size": batch_size, "epochs": epochs, "precision": precision, "device": "cpu", "seed": 3}
    return fit(model, ImageSet(pixels, torch.arange(count)), loss, checkpoint=path, progress=False, **settings)


def loss(model, batch):
    noisy = batch.images + 0.1 * torch.randn(batch.images.shape)
    return (model(noisy) - batch.images).square().flatten(1).sum(1)


def fork(*arguments):
    """Train in a child, and return its process number."""
    if (child := os.fork()) == 0:
        train(*arguments)
        os._exit(0)
    return child


def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def seconds_of(path, run, precision):
    started = time.monotonic()
    assert ended(fork(path, run, precision)) == 0
    return time.monotonic() - started


def main(folder, kills):
    torch.set_num_threads(1)
    torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # the first optimizer imports half of PyTorch
    seconds, ends = {}, {}
    for name, run, precision, share in kills:
        if (run, precision) not in seconds:
            straight = folder / f"straight-{run}-{precision}"
            straight.mkdir()
            seconds[run, precision] = seconds_of(straight / "run.safetensors", run, precision)
        (folder / name).mkdir()
        child = fork(folder / name / "run.safetensors", run, precision)
        time.sleep(share * seconds[run, precision])
        os.kill(child, signal.SIGKILL)
        ends[name] = ended(child)
    print(json.dumps(ends))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
