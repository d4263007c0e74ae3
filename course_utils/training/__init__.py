"""The training loop, once it has been taught: `fit`, and weights that are saved whole or not at all.

The images are one tensor on the device and a batch is an index into a permutation: no loader, no copying, and nothing
is read back from the device inside an epoch.
"""

import contextlib
import json
import math
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from course_utils.checks import SEED_STRIDE
from course_utils.data import ImageSet
from course_utils.device import pick_device, pick_precision
from course_utils.losses import bernoulli_nll, vae_loss
from course_utils.models import VAE, Autoencoder
from course_utils.training.checks import check_arguments, check_per_example, check_weights
from course_utils.training.weights import load, put_weights, read_tensors, save, weights_of, write_tensors

__all__ = ["Batch", "History", "evaluate", "fit", "load", "negative_elbo", "one_cycle", "reconstruction_nll", "save"]

WARM_UP = 0.3  # share of the steps in which the learning rate rises
FIRST_LR, LAST_LR = 1 / 25, 1 / 250_000  # as fractions of the peak


@dataclass(frozen=True)
class Batch:
    """What a loss sees: `images` (B, C, H, W), `labels` (B,), and `progress`, 0 at the first step and 1 at the last."""

    images: Tensor
    labels: Tensor
    progress: float


@dataclass
class History:
    """What happened during `fit`.

    Attributes
    ----------
    loss : list of float
        Mean training loss of each epoch, in the units of the loss (nats per image).
    steps : int
        Optimizer steps taken.
    images : int
        Images seen, repetitions counted.
    seconds : float
        Time spent in training, all parts of a resumed run together.
    interrupted : bool
        True if a keyboard interrupt ended the run early.
    """

    loss: list[float] = field(default_factory=list)
    steps: int = 0
    images: int = 0
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def images_per_second(self) -> float:
        """Images seen per second of training."""
        return self.images / self.seconds if self.seconds else 0.0

    def plot(self, *, ax: Any = None) -> Any:
        """Draw the loss of each epoch on `ax` (a new figure by default) and return the axes."""
        from course_utils.plots import plot_history  # matplotlib loads only if somebody looks

        return plot_history(self.loss, ax=ax)


def negative_elbo(model: VAE, batch: Batch) -> Tensor:
    """Return −ELBO of each image, estimated with one draw of z: a loss for `fit`, shape (B,), in nats."""
    return vae_loss(model(batch.images), batch.images).loss


def reconstruction_nll(model: Autoencoder, batch: Batch) -> Tensor:
    """Return −log p(x|z) of each image at its own code: a loss for `fit`, shape (B,), in nats."""
    return bernoulli_nll(model(batch.images), batch.images)


def one_cycle(progress: float, lr: float) -> float:
    """Return the learning rate at `progress` in [0, 1]: a cosine rise to `lr`, then a cosine fall to almost zero.

    A function of the progress alone, so that a resumed run needs no scheduler state. The curve is that of
    ``torch.optim.lr_scheduler.OneCycleLR``, which puts the peak up to one step earlier.

    References
    ----------
    L. N. Smith and N. Topin (2018), *Super-Convergence*, https://arxiv.org/abs/1708.07120

    Examples
    --------
    >>> [round(one_cycle(p, 1.0), 3) for p in (0, 0.3, 1)]
    [0.04, 1.0, 0.0]
    """
    if progress < WARM_UP:
        start, end, t = FIRST_LR * lr, lr, progress / WARM_UP
    else:
        start, end, t = lr, LAST_LR * lr, (progress - WARM_UP) / (1 - WARM_UP)
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * t))


def fit(
    model: nn.Module,
    data: ImageSet,
    loss: Callable[[Any, Batch], Tensor],
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
        Images and labels; moved to the device as a whole.
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
        Show a progress bar.
    checkpoint : path, optional
        Written at the start and after every epoch. If it exists, the run continues from it and ends in the same weights
        as one that was never stopped. It cannot tell one `loss` from another: continue with the one you began with.
    on_epoch : callable, optional
        ``on_epoch(model, history)`` after every epoch.

    Returns
    -------
    History
        A keyboard interrupt ends the run early with a warning; the model keeps what it has learned.

    Raises
    ------
    TypeError
        If `data` is no ImageSet, or `loss` is a function of `course_utils.losses`, which takes other arguments.
    ValueError
        If an argument is out of range, the data are not finite, or `checkpoint` belongs to another run.
    FloatingPointError
        At the first loss that is not finite; the message names the step, the learning rate and the last finite loss.
        Also if a gradient that is not finite has spoilt the weights under losses that were.
    """
    check_arguments(model, data, loss, batch_size, seed, epochs, lr)
    device = pick_device(str(device))
    model.to(device)
    data = data.to(device)
    batch_size = min(batch_size, len(data))
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    dtype = pick_precision(precision, device)
    settings = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "seed": seed, "images": len(data)}
    run = _Run(model, optimizer, History(), **settings, precision=str(dtype).removeprefix("torch."))
    if checkpoint is not None:
        run.restore_or_save(checkpoint)
    bar = tqdm(total=epochs, initial=len(run.history.loss), unit="epoch", disable=not progress)
    try:
        with bar, _private_randomness(device):
            for epoch in range(len(run.history.loss), epochs):
                _train_one_epoch(run, data, loss, epoch, dtype)
                if checkpoint is not None:
                    run.save(checkpoint)
                bar.update()
                bar.set_postfix(loss=f"{run.history.loss[-1]:.2f}")
                if on_epoch is not None:
                    on_epoch(model, run.history)
    except KeyboardInterrupt:
        run.history.interrupted = True
        done = f"{len(run.history.loss)} of {epochs} epochs"
        warnings.warn(f"training was interrupted after {done}; the model keeps what it has learned", stacklevel=2)
    finally:
        model.eval()
    return run.history


@torch.no_grad()
def evaluate(
    model: nn.Module, data: ImageSet, loss: Callable[[Any, Batch], Tensor], *, batch_size: int = 1000, seed: int = 0
) -> float:
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
    with _private_randomness(device):
        _seed(seed, device)
        for images, labels in zip(data.images.split(batch_size), data.labels.split(batch_size), strict=True):
            values = loss(model, Batch(images.to(device), labels.to(device), 1.0))
            check_per_example(values, len(images))
            total += values.cpu().double().sum().item()  # not every accelerator has float64
    return total / len(data)


class _Run:
    """The state of one `fit` between epochs, and its file."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer, history: History, **settings: Any) -> None:
        self.model, self.optimizer, self.history, self.settings = model, optimizer, history, settings

    def restore_or_save(self, path: str | Path) -> None:
        if Path(path).exists():
            self.restore(path)
        else:  # a path that cannot be written is noticed now, and a run killed in its first epoch keeps its start
            self.save(path)

    def save(self, path: str | Path) -> None:
        tensors = {f"model.{name}": tensor for name, tensor in weights_of(self.model).items()}
        for index, state in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": tensor for name, tensor in state.items()}
        metadata = {"settings": json.dumps(self.settings), "history": json.dumps(asdict(self.history))}
        write_tensors(path, tensors, metadata)

    def restore(self, path: str | Path) -> None:
        tensors, metadata = read_tensors(path)
        if "settings" not in metadata:
            raise ValueError(f"{path} holds weights, not a checkpoint of `fit`; choose another path")
        for name, before in json.loads(metadata["settings"]).items():
            if self.settings[name] != before:
                raise ValueError(
                    f"{path} belongs to a run with {name}={before}, this one has {name}={self.settings[name]}; "
                    "use the same arguments to continue it, or another path to start afresh"
                )
        prefix = "model."
        put_weights(self.model, {k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)}, path)
        state: dict[int, dict[str, Tensor]] = {}
        for key, tensor in tensors.items():
            if key.startswith("optimizer."):
                _, index, name = key.split(".")
                state.setdefault(int(index), {})[name] = tensor
        self.optimizer.load_state_dict({"state": state, "param_groups": self.optimizer.state_dict()["param_groups"]})
        self.history.__dict__.update(json.loads(metadata["history"]))


def _train_one_epoch(
    run: _Run, data: ImageSet, loss: Callable[[Any, Batch], Tensor], epoch: int, dtype: torch.dtype
) -> None:
    model, optimizer, size = run.model, run.optimizer, run.settings["batch_size"]
    steps = len(data) // size
    last_step = run.settings["epochs"] * steps - 1
    started = time.perf_counter()
    # Each epoch has a seed of its own, so that a run continued after epoch 7 draws what epoch 8 would have drawn.
    _seed(run.settings["seed"] * SEED_STRIDE + epoch, data.images.device)
    order = torch.randperm(len(data)).to(data.images.device)
    losses = torch.empty(steps, device=data.images.device)
    model.train()
    for i in range(steps):
        progress = (epoch * steps + i) / max(last_step, 1)
        optimizer.param_groups[0]["lr"] = one_cycle(progress, run.settings["lr"])
        chosen = order[i * size : (i + 1) * size]
        batch = Batch(data.images[chosen], data.labels[chosen], progress)
        with torch.autocast(data.images.device.type, dtype, enabled=dtype != torch.float32):
            values = loss(model, batch)
            check_per_example(values, size)
            mean = values.mean()
        optimizer.zero_grad()
        mean.backward()
        optimizer.step()
        losses[i] = mean.detach()
    step_losses = losses.tolist()  # the one moment at which the device is waited for
    _check_finite(step_losses, epoch * steps, last_step, run)
    check_weights(model, epoch * steps + steps - 1)
    run.history.loss.append(sum(step_losses) / steps)
    run.history.steps += steps
    run.history.images += steps * size
    run.history.seconds += time.perf_counter() - started


def _check_finite(values: list[float], first_step: int, last_step: int, run: _Run) -> None:
    bad = next((i for i, value in enumerate(values) if not math.isfinite(value)), None)
    if bad is None:
        return
    step = first_step + bad
    rate = one_cycle(step / max(last_step, 1), run.settings["lr"])
    if bad:
        before = f"the last finite loss was {values[bad - 1]:.6g}"
    elif run.history.loss:
        before = f"the mean loss of the epoch before was {run.history.loss[-1]:.6g}"
    else:
        before = "no loss before it was finite"
    raise FloatingPointError(
        f"the loss became {values[bad]} at step {step} (epoch {first_step // len(values) + 1}), where the learning "
        f"rate was {rate:.2g}; {before}. Lower `lr`, or look for the logarithm of zero or an overflow in the loss; "
        "then build the model anew, for its weights are spoilt"
    )


@contextlib.contextmanager
def _private_randomness(device: torch.device) -> Iterator[None]:
    accelerator = device.type != "cpu"
    devices, kind = ([device], device.type) if accelerator else ([], "cuda")
    with torch.random.fork_rng(devices=devices, device_type=kind):
        yield


def _seed(seed: int, device: torch.device) -> None:
    # torch.manual_seed would seed the accelerators that are not in use as well, and nobody would put them back.
    torch.default_generator.manual_seed(seed)
    if device.type != "cpu":
        state = torch.Generator(device).manual_seed(seed).get_state()
        torch.get_device_module(device).set_rng_state(state, device)
