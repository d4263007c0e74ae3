"""What happened during a training run."""

from dataclasses import dataclass, field


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
        """Images seen per second of training; 0 before the first."""
        return self.images / self.seconds if self.seconds else 0.0
