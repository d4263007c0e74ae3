"""One training up to the wanted quality, by one of those that are compared; prints one JSON object.

    python benchmarks/contestants.py NAME SEED TARGET

`time_to_quality.py` starts this file once for every training, in the environment that the contestant needs. All but
the course's own command train the same network, 784-400-20, as tutorials do: Adam at 0.001, 128 images a step, until
the test images are described well enough. Loading and measuring do not count.
"""

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torch.utils.flop_counter import FlopCounterMode
from torchvision.datasets import VisionDataset
from torchvision.transforms import ToTensor
from torchvision.transforms.functional import to_pil_image

from course_utils.cli.train import DEFAULTS
from course_utils.data import ImageData, load_images
from course_utils.device import pick_precision, seed_everything
from course_utils.models import VAE, VAEOutput
from course_utils.training import Batch, evaluate, fit, negative_elbo

MOST_EPOCHS, BATCH, LR, HIDDEN, LATENT = 20, 128, 1e-3, 400, 20


class Net(nn.Module):
    """The network of the tutorials: one hidden layer on each side."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(784, HIDDEN)
        self.mu, self.logvar = nn.Linear(HIDDEN, LATENT), nn.Linear(HIDDEN, LATENT)
        self.decoder = nn.Sequential(nn.Linear(LATENT, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 784))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of q(z|x)."""
        h = F.relu(self.hidden(x.flatten(1)))
        return self.mu(h), self.logvar(h)

    def forward(self, x: Tensor) -> VAEOutput:
        """Encode, draw z, decode."""
        mu, logvar = self.encode(x)
        z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
        return VAEOutput(self.decoder(z).view(x.shape), mu, logvar, z)


class Pictures(VisionDataset):
    """As torchvision's FashionMNIST: bytes, of which one is made a PIL image, then a tensor, when it is asked for."""

    def __init__(self, data: ImageData) -> None:
        super().__init__(root="", transform=ToTensor())
        self.bytes = (data.train.images * 255).round().to(torch.uint8)
        self.labels = data.train.labels.tolist()

    def __len__(self) -> int:
        return len(self.bytes)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(to_pil_image(self.bytes[index])), self.labels[index]


class Judge:
    """Measures between epochs, with the clock stopped, and says when the quality is reached."""

    def __init__(self, net: nn.Module, data: ImageData, target: float) -> None:
        self.net, self.data, self.target = net, data, target
        self.seconds = self.processor = 0.0
        self.curve: list[float] = []
        self.go()

    def go(self) -> None:
        """Start the clock."""
        self.started, self.started_processor = time.perf_counter(), time.process_time()

    def done(self) -> bool:
        """Stop the clock after an epoch, measure, and return whether the quality is reached; the clock goes on."""
        self.seconds += time.perf_counter() - self.started
        self.processor += time.process_time() - self.started_processor
        self.curve.append(round(evaluate(self.net, self.data.test, negative_elbo), 3))
        self.net.train()
        self.go()
        return self.curve[-1] <= self.target

    def verdict(self) -> dict[str, Any]:
        """Return the seconds, by the wall clock and of processor time, and -ELBO after each epoch."""
        return {"seconds": self.seconds, "processor": self.processor, "curve": self.curve}


def tutorial(seed: int, data: ImageData, target: float) -> dict[str, Any]:
    """Train with the loop that tutorials show."""
    torch.manual_seed(seed)
    net = Net()
    loader = DataLoader(Pictures(data), batch_size=BATCH, shuffle=True)
    optimizer = torch.optim.Adam(net.parameters(), lr=LR)
    judge = Judge(net, data, target)
    for _ in range(MOST_EPOCHS):
        total = 0.0
        for images, _labels in loader:
            optimizer.zero_grad()
            loss = _summed_loss(net(images), images)
            loss.backward()
            optimizer.step()
            total += loss.item()
        if judge.done():
            break
    return judge.verdict()


def lightning(seed: int, data: ImageData, target: float) -> dict[str, Any]:
    """Train with Lightning's trainer, without logger, checkpoints and progress bar."""
    import lightning.pytorch as pl

    class Module(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = Net()

        def training_step(self, batch: Any, _index: int) -> Tensor:
            return _summed_loss(self.net(batch[0]), batch[0])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=LR)

        def on_train_epoch_end(self) -> None:
            self.trainer.should_stop = judge.done()

    torch.manual_seed(seed)
    module = Module()
    quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    trainer = pl.Trainer(max_epochs=MOST_EPOCHS, accelerator="cpu", **quiet)
    judge = Judge(module.net, data, target)
    trainer.fit(module, DataLoader(Pictures(data), batch_size=BATCH, shuffle=True))
    return judge.verdict()


def pythae(seed: int, data: ImageData, target: float) -> dict[str, Any]:
    """Train with pythae's trainer, which keeps all images as one tensor."""
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig
    from pythae.trainers.training_callbacks import TrainingCallback

    torch.manual_seed(seed)
    net = Net()

    class Encoder(BaseEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.hidden, self.mu, self.logvar = net.hidden, net.mu, net.logvar

        def forward(self, x: Tensor) -> Any:
            mu, logvar = Net.encode(self, x)  # type: ignore[arg-type]
            return ModelOutput(embedding=mu, log_covariance=logvar)

    class Decoder(BaseDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.layers = net.decoder

        def forward(self, z: Tensor) -> Any:
            return ModelOutput(reconstruction=self.layers(z).sigmoid().view(-1, 1, 28, 28))

    class Watch(TrainingCallback):
        def on_epoch_end(self, *_: Any, **__: Any) -> None:
            if judge.done():
                raise StopIteration

    shape = (1, 28, 28)
    config = VAEConfig(input_dim=shape, latent_dim=LATENT, reconstruction_loss="bce")
    images = BaseDataset(data.train.images, data.train.labels)
    with tempfile.TemporaryDirectory() as folder:
        settings = BaseTrainerConfig(
            output_dir=folder, learning_rate=LR, per_device_train_batch_size=BATCH, num_epochs=MOST_EPOCHS,
            no_cuda=True, seed=seed,
        )  # fmt: skip
        trainer = BaseTrainer(VAE(config, Encoder(), Decoder()), images, training_config=settings, callbacks=[Watch()])
        judge = Judge(net, data, target)
        with contextlib.suppress(StopIteration):
            trainer.train()
    return judge.verdict()


def course(seed: int, data: ImageData, target: float) -> dict[str, Any]:
    """Train as ``python -m course_utils train --full`` does: a plan for so many epochs, measured at its end."""
    seed_everything(seed)
    net = VAE(LATENT)
    peak = matrix_peak()
    judge = Judge(net, data, target)
    history = fit(net, data.train, negative_elbo, seed=seed, device="cpu", progress=False, **DEFAULTS[True])
    judge.done()
    with FlopCounterMode(display=False) as counter:
        negative_elbo(net, Batch(data.train.images[:BATCH], data.train.labels[:BATCH], 1.0)).mean().backward()
    speed = counter.get_total_flops() / BATCH * history.images_per_second
    return judge.verdict() | {"peak": max(peak, matrix_peak()), "speed": speed}


def matrix_peak(size: int = 2048, times: int = 8) -> float:
    """Return the FLOP/s of the best of some large matrix products, in the precision in which `fit` multiplies."""
    dtype = pick_precision("auto", torch.device("cpu"))
    a, b = torch.randn(2, size, size).to(dtype)
    best = float("inf")
    for _ in range(times):
        started = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best


def _summed_loss(output: VAEOutput, x: Tensor) -> Tensor:
    nll = F.binary_cross_entropy_with_logits(output.logits, x, reduction="sum")
    kl = -0.5 * torch.sum(1 + output.logvar - output.mu.pow(2) - output.logvar.exp())
    return (nll + kl) / len(x)


CONTESTANTS: dict[str, Callable[[int, ImageData, float], dict[str, Any]]] = {
    "course": course, "tutorial": tutorial, "pythae": pythae, "lightning": lightning,
}  # fmt: skip

if __name__ == "__main__":
    name, seed, target = sys.argv[1:]
    result = CONTESTANTS[name](int(seed), load_images(full=True), float(target))
    print(json.dumps(result))
