"""The loop: `fit` and `evaluate`.

The images are one tensor on the device and a batch is an index into a permutation: no loader, no copying, and nothing
is read back from the device inside an epoch.
"""

import math
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.checks import SEED_STRIDE
from course_utils.data import ImageSet
from course_utils.device import pick_device, pick_precision, private_randomness, seed_generators
from course_utils.training.checkpoint import Run, pixels_of
from course_utils.training.checks import (
    check_arguments,
    check_losses,
    check_per_example,
    check_reaches_weights,
    check_trainable,
    check_weights,
)
from course_utils.training.history import History
from course_utils.training.loss_name import loss_name
from course_utils.training.objectives import Batch
from course_utils.training.progress import progress_bar
from course_utils.training.schedule import one_cycle

Loss = Callable[[Any, Batch], Tensor]


def fit(
    model: nn.Module,
    data: ImageSet,
    loss: Loss,
    *,
    epochs: int,
    batch_size: int = 128,
    lr: float = 2e-3,
    seed: int = 0,
    device: str | torch.device = "auto",
    precision: str = "auto",
    progress: bool = True,
    checkpoint: str | Path | None = None,
    on_epoch: Callable[[nn.Module, History], None] | None = None,
) -> History:
    """Train `model` on `data` with Adam and a one-cycle learning rate.

    The model stays on `device`, in evaluation mode. The caller's random state is left as it was.

    Parameters
    ----------
    model : nn.Module
        Trained in place.
    data : ImageSet
        Images, in the number format of the weights, and labels; moved to the device as a whole.
    loss : callable
        ``loss(model, batch) -> Tensor, shape (B,)``: the loss of each example. See `Batch`.
    epochs : int
        Passes through the data. Images that do not fill the last batch of a pass are left for another one.
    batch_size : int
        Images per step, at most as many as there are.
    lr : float
        Peak learning rate.
    seed : int
        Decides the order of the images and the noise: with the same seed, the weights come out the same,
        bit for bit on a CPU.
    device : str or torch.device
        See `course_utils.device.pick_device`.
    precision : {"auto", "float32", "bfloat16"}
        See `course_utils.device.pick_precision`.
    progress : bool
        Show a progress bar, and say so when a run continues.
    checkpoint : path, optional
        Written at the start and after every epoch. If it exists, the run continues from it and ends in the same weights
        as one that was never stopped. It knows what it belongs to: the arguments, the images and labels, the layers of
        the model, and the name of the loss with the numbers that it was made with. If one of them has changed it is an
        error, and if the model came with other weights than the run began with, a warning: they are replaced.
    on_epoch : callable, optional
        ``on_epoch(model, history)`` after every epoch.

    Returns
    -------
    History
        A keyboard interrupt ends the run early with a warning; the model keeps what it has learned, and
        ``history.interrupted`` is True. A cell that trains several models ends with them if it says
        ``if history.interrupted: raise KeyboardInterrupt``.

    Raises
    ------
    TypeError
        If `model`, `data`, `loss` or `lr` is something else; `data` in another number format than the weights; or
        `loss` a function of `course_utils.losses`, which takes other arguments.
    ValueError
        If an argument is out of range, no weight can change, the data are not finite, `checkpoint` is damaged or
        belongs to another run, or `loss` does not return one number for each example.
    FloatingPointError
        At the first loss that is not finite; the message names the step, the learning rate and the last finite loss.
        Also if a gradient that is not finite has spoilt the weights under losses that were.
    OSError
        If `checkpoint` cannot be written.
    """
    check_arguments(model, data, loss, batch_size, seed)
    check_trainable(model, epochs, lr)
    device = pick_device(str(device))
    dtype = pick_precision(precision, device)
    model.to(device)
    settings = {
        "epochs": epochs,
        "batch_size": min(batch_size, len(data)),
        "lr": float(lr),
        "seed": seed,
        "images": len(data),
        "precision": str(dtype).removeprefix("torch."),
    }
    run = Run(model, torch.optim.Adam(model.parameters(), lr=lr, fused=True), settings)
    if checkpoint is not None:
        run.settings |= {"pixels": pixels_of(data), "loss": loss_name(loss)}
        if run.restore_or_save(checkpoint):
            warnings.warn(f"the weights of `model` are replaced: {checkpoint} began with others", stacklevel=2)
    done = len(run.history.loss)
    if done and progress:
        print(f"{checkpoint} holds {done} of {epochs} epochs" + (": continuing" * (done < epochs)))
    try:
        with progress_bar(epochs, done, shown=progress) as bar, private_randomness(device):
            _train(run, data.to(device), loss, dtype, bar, checkpoint, on_epoch)
    except KeyboardInterrupt:
        run.history.interrupted = True
        done = len(run.history.loss)
        warnings.warn(
            f"training was interrupted after {done} of {epochs} epochs; the model keeps what it has learned",
            stacklevel=2,
        )
    finally:
        model.eval()
    return run.history


@torch.no_grad()
def evaluate(model: nn.Module, data: ImageSet, loss: Loss, *, batch_size: int = 1000, seed: int = 0) -> float:
    """Return the mean loss of `model` over `data`, in float32, on the device on which the model is.

    Parameters
    ----------
    model : nn.Module
        Not changed, except that it is set to evaluation mode.
    data : ImageSet
        For example ``load_images().test``.
    loss : callable
        As for `fit`; `Batch.progress` is 1.
    batch_size : int
        Images per call.
    seed : int
        Decides the noise of losses that sample; the caller's random state is left as it was.

    Returns
    -------
    float
        In the units of the loss (nats per image).

    Raises
    ------
    TypeError
        As for `fit`.
    ValueError
        If the data are empty or not finite, or the loss does not return one number per image.
    """
    check_arguments(model, data, loss, batch_size, seed)
    model.eval()
    device = next(model.parameters()).device
    total = 0.0
    with private_randomness(device):
        seed_generators(seed, device)
        for images, labels in zip(data.images.split(batch_size), data.labels.split(batch_size), strict=True):
            values = loss(model, Batch(images.to(device), labels.to(device), 1.0))
            check_per_example(values, len(images))
            total += values.cpu().double().sum().item()  # not every accelerator has float64
    return total / len(data)


def _train(
    run: Run,
    data: ImageSet,
    loss: Loss,
    dtype: torch.dtype,
    bar: Any,
    checkpoint: str | Path | None,
    on_epoch: Callable[[nn.Module, History], None] | None,
) -> None:
    for epoch in range(len(run.history.loss), run.settings["epochs"]):
        _train_one_epoch(run, data, loss, epoch, dtype)
        if checkpoint is not None:
            run.save(checkpoint)
        bar.update()
        bar.set_postfix(loss=f"{run.history.loss[-1]:.2f}")
        if on_epoch is not None:
            on_epoch(run.model, run.history)


def _train_one_epoch(run: Run, data: ImageSet, loss: Loss, epoch: int, dtype: torch.dtype) -> None:
    size, device = run.settings["batch_size"], data.images.device
    steps = len(data) // size
    last_step = run.settings["epochs"] * steps - 1
    started = time.perf_counter()
    # Each epoch has a seed of its own, so that a run continued after epoch 7 draws what epoch 8 would have drawn.
    seed_generators(run.settings["seed"] * SEED_STRIDE + epoch, device)
    order = torch.randperm(len(data)).to(device)
    losses = torch.empty(steps, device=device)
    run.model.train()
    for i in range(steps):
        progress = (epoch * steps + i) / max(last_step, 1)
        chosen = order[i * size : (i + 1) * size]
        # index_select copies whole images; data.images[chosen] would take more than twice as long for the same.
        batch = Batch(data.images.index_select(0, chosen), data.labels.index_select(0, chosen), progress)
        losses[i] = _step(run, batch, loss, dtype)
    step_losses = losses.tolist()  # the one moment at which the device is waited for
    before = run.history.loss[-1] if run.history.loss else math.nan
    check_losses(
        step_losses, epoch * steps, before, lambda step: one_cycle(step / max(last_step, 1), run.settings["lr"])
    )
    check_weights(run.model, epoch * steps + steps - 1)
    run.history.loss.append(sum(step_losses) / steps)
    run.history.steps += steps
    run.history.images += steps * size
    run.history.seconds += time.perf_counter() - started


def _step(run: Run, batch: Batch, loss: Loss, dtype: torch.dtype) -> Tensor:
    run.optimizer.param_groups[0]["lr"] = one_cycle(batch.progress, run.settings["lr"])
    with torch.autocast(batch.images.device.type, dtype, enabled=dtype != torch.float32):
        values = loss(run.model, batch)
        check_per_example(values, len(batch.images))
        check_reaches_weights(values)
        mean = values.mean()
    run.optimizer.zero_grad()
    mean.backward()
    run.optimizer.step()
    return mean.detach()
