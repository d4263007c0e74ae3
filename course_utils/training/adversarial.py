"""The two updates of a GAN, once they have been taught.

Each moves one network: no weight of the other changes, and no gradient is left in it. Only the running means of batch
normalisation go with every batch that a network in training mode sees, also where it does not learn from it.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from course_utils.checks import check_count, check_floats, check_number, check_seed, check_shape
from course_utils.losses import discriminator_loss, generator_loss
from course_utils.models.evaluation import evaluating
from course_utils.training.checks import check_network


class Adversaries:
    """A generator and a discriminator with an optimizer each (Adam), which take turns.

    Parameters
    ----------
    generator : nn.Module
        Turns noise of shape (B, Z) into examples; its attribute ``latent`` is Z. Trained in place.
    discriminator : nn.Module
        Turns examples into logits, one for each. Trained in place.
    lr : float
        Learning rate of the generator, and of the discriminator as well if it has none of its own.
    lr_discriminator : float, optional
        Learning rate of the discriminator.
    betas : (float, float)
        Of both optimizers. A low first one, as in [1]_: the other player's move makes old gradients wrong.
    saturating : bool
        The generator's loss, see `course_utils.losses.generator_loss`.
    average : float, optional
        Keep a second generator, whose weights are a moving average of those of the first [2]_: after its first step a
        copy, and after each further one this share of the old average stays. It is for looking at only; it never meets
        the discriminator.
    seed : int
        Decides the noise.

    Attributes
    ----------
    generator, discriminator : nn.Module
        The two players.
    steps : dict
        How many steps each has taken: ``{"generator": 0, "discriminator": 0}`` at the start.

    Raises
    ------
    TypeError
        If a player is no network, `generator` says no ``latent``, or a rate is no number.
    ValueError
        If an argument is out of its range.

    References
    ----------
    .. [1] A. Radford, L. Metz and S. Chintala (2016), *Unsupervised Representation Learning with Deep Convolutional
       Generative Adversarial Networks*, https://arxiv.org/abs/1511.06434
    .. [2] Y. Yazıcı et al. (2019), *The Unusual Effectiveness of Averaging in GAN Training*,
       https://arxiv.org/abs/1806.04498

    Examples
    --------
    >>> from course_utils.data import ring
    >>> from course_utils.models import Discriminator, Generator
    >>> _ = torch.manual_seed(0)
    >>> players = Adversaries(Generator(2, shape=(2,)), Discriminator(shape=(2,)))
    >>> real = ring(256, seed=0).points
    >>> for _ in range(3):
    ...     loss_d = players.step_discriminator(real)
    ...     loss_g = players.step_generator(256)
    >>> players.steps
    {'generator': 3, 'discriminator': 3}
    >>> players.sample(4).shape
    torch.Size([4, 2])
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        *,
        lr: float = 1e-3,
        lr_discriminator: float | None = None,
        betas: tuple[float, float] = (0.5, 0.999),
        saturating: bool = False,
        average: float | None = None,
        seed: int = 0,
    ) -> None:
        lr_discriminator = lr if lr_discriminator is None else lr_discriminator
        _check_players(generator, discriminator)
        check_number(lr=lr, lr_discriminator=lr_discriminator, above=0)
        if average is not None:
            check_number(average=average, least=0, most=1)
        check_seed(seed)
        self.generator, self.discriminator = generator, discriminator
        self._saturating = saturating
        self._optimizer_g = torch.optim.Adam(generator.parameters(), lr=lr, betas=betas, fused=True)
        self._optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=lr_discriminator, betas=betas, fused=True)
        self._rates = lr, lr_discriminator
        self._average = average and AveragedModel(
            generator, multi_avg_fn=get_ema_multi_avg_fn(average), use_buffers=True
        )
        self._weight = next(generator.parameters())
        self._noise_source = torch.Generator(self._weight.device).manual_seed(seed)
        self._last = {"generator": math.nan, "discriminator": math.nan}
        self.steps = {"generator": 0, "discriminator": 0}

    def step_discriminator(self, real: Tensor) -> float:
        """Let the discriminator learn from a batch of real examples and as many forged ones.

        Parameters
        ----------
        real : Tensor, shape (B, ...)
            Real examples.

        Returns
        -------
        float
            Its loss before the step, the mean of `course_utils.losses.discriminator_loss`, in nats.

        Raises
        ------
        TypeError
            If `real` is no tensor of floating-point numbers.
        ValueError
            If a network does not take examples of this shape, or so many, or the discriminator does not give one
            logit for each.
        FloatingPointError
            If the loss is not finite; then no weight is changed.
        """
        check_floats(real=real, remedy="use .float(), and / 255 for 8-bit images")
        check_shape("B ...", least=1, real=real)
        with torch.no_grad():  # the generator is a source of examples here, nothing that learns
            fake = self.generator(self._noise(len(real)))
        loss = discriminator_loss(self._judged(real), self._judged(fake)).mean()
        return self._step("discriminator", loss, self._optimizer_d)

    def step_generator(self, n: int) -> float:
        """Let the generator learn from what the discriminator says of `n` forged examples.

        Parameters
        ----------
        n : int
            How many.

        Returns
        -------
        float
            Its loss before the step, the mean of `course_utils.losses.generator_loss`, in nats.

        Raises
        ------
        ValueError
            If `n` is no int >= 1, or the discriminator does not take so many or give one logit for each.
        FloatingPointError
            If the loss is not finite; then no weight is changed.
        """
        check_count(n=n)
        logits = self._judged(self.generator(self._noise(n)))
        loss = generator_loss(logits, saturating=self._saturating).mean()
        value = self._step("generator", loss, self._optimizer_g)
        if self._average:
            self._average.update_parameters(self.generator)
        return value

    def scale_rates(self, share: float) -> None:
        """Set both learning rates to a share of those at the start.

        Parameters
        ----------
        share : float
            From 0, at which no step changes anything, to 1.

        Raises
        ------
        TypeError
            If `share` is no number.
        ValueError
            If it is out of its range.
        """
        check_number(share=share, least=0, most=1)
        for optimizer, lr in zip((self._optimizer_g, self._optimizer_d), self._rates, strict=True):
            optimizer.param_groups[0]["lr"] = share * lr

    @torch.no_grad()
    def sample(self, n: int, *, seed: int | None = None, averaged: bool = True) -> Tensor:
        """Forge `n` examples, with the averaged weights if there are any, else with those of the moment.

        Parameters
        ----------
        n : int
            How many.
        seed : int, optional
            Decides the noise; by default it goes on where training has left it.
        averaged : bool
            Set to False, it takes the weights of the moment in any case.

        Returns
        -------
        Tensor, shape (n, ...)
            Without gradients. Both networks stay as they were.

        Raises
        ------
        ValueError
            If `n` is no int >= 1, or `seed` no seed.
        """
        check_count(n=n)
        model = (averaged and self._average) or self.generator
        with evaluating(model):
            forged: Tensor = model(self._noise(n, seed))
        return forged

    def _noise(self, n: int, seed: int | None = None) -> Tensor:
        source = self._noise_source
        if seed is not None:
            check_seed(seed)
            source = torch.Generator(self._weight.device).manual_seed(seed)
        size = n, int(self.generator.latent)  # type: ignore[arg-type]
        return torch.randn(size, generator=source, dtype=self._weight.dtype, device=self._weight.device)

    def _judged(self, x: Tensor) -> Tensor:
        logits: Tensor = self.discriminator(x)
        if logits.numel() != len(x):
            raise ValueError(
                f"`discriminator` must give one logit for each example, got shape {tuple(logits.shape)} for {len(x)}; "
                "its last layer needs one output"
            )
        return logits

    def _step(self, player: str, loss: Tensor, optimizer: torch.optim.Optimizer) -> float:
        value = loss.item()
        if not math.isfinite(value):
            raise FloatingPointError(_message(player, value, self._last[player], self.steps[player], optimizer))
        weights = [weight for weight in optimizer.param_groups[0]["params"] if weight.requires_grad]
        optimizer.zero_grad()
        loss.backward(inputs=weights)  # the gradient flows through the other network and stays in none of its weights
        optimizer.step()
        self._last[player] = value
        self.steps[player] += 1
        return value


def _message(player: str, value: float, last: float, step: int, optimizer: torch.optim.Optimizer) -> str:
    before = f"the last finite one was {last:.6g}" if math.isfinite(last) else "no loss before it was finite"
    return (
        f"the {player}'s loss became {value} at its step {step}, where its learning rate was "
        f"{optimizer.param_groups[0]['lr']:.2g}; {before}. Look for NaN in the data, or lower the learning rates; "
        "then build both networks anew, for their weights may be spoilt"
    )


def _check_players(generator: Any, discriminator: Any) -> None:
    for name, network in (("generator", generator), ("discriminator", discriminator)):
        check_network(name, network, f"models.{name.title()}")
        if not any(weight.requires_grad for weight in network.parameters()):
            raise ValueError(f"`{name}` must have a weight that can change, this {type(network).__name__} has none")
    if type(getattr(generator, "latent", None)) is not int:
        raise TypeError(
            f"`generator` must have the attribute `latent`, the length of its noise, an int, which this "
            f"{type(generator).__name__} lacks; take models.Generator, or set it"
        )
