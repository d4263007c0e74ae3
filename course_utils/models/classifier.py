"""The network that names what it sees."""

from typing import Literal

from torch import Tensor, nn

from course_utils.checks import check_count
from course_utils.models.checks import ImageShape, check_image_shape, check_images

Kind = Literal["dense", "conv", "pooled"]

FEATURES = 64  # numbers that a classifier's body hands to its head


class Classifier(nn.Module):
    """A body that gives 64 features for every image, and a linear head that gives a score for every class.

    The three kinds are made for a fair comparison: for images of shape (1, 28, 28) and ten classes they have 27,882,
    28,130 and 27,866 parameters. ``features(x)``, of shape (B, 64), is what is left when the head is cut off.

    Parameters
    ----------
    kind : {"dense", "conv", "pooled"}
        Two dense layers; two strided convolutions, flattened, and a dense layer; or three convolutions, each with
        batch normalisation, and the average of every channel over the image.
    classes : int
        Number of classes K.
    image_shape : (C, H, W)
        Shape of one image; the convolutional kinds need H and W divisible by 4.

    Examples
    --------
    >>> import torch
    >>> classifier = Classifier("conv")
    >>> x = torch.rand(5, 1, 28, 28)
    >>> classifier(x).shape, classifier.features(x).shape
    (torch.Size([5, 10]), torch.Size([5, 64]))
    """

    def __init__(self, kind: Kind = "conv", *, classes: int = 10, image_shape: ImageShape = (1, 28, 28)) -> None:
        super().__init__()
        if kind not in ("dense", "conv", "pooled"):
            raise ValueError(f"`kind` must be 'dense', 'conv' or 'pooled', got {kind!r}")
        check_count(classes=classes)
        check_image_shape(image_shape, divisible=kind != "dense", remedy="kind='dense'")
        self.kind, self.classes, self.image_shape = kind, classes, image_shape
        self.features = _build_body(kind, image_shape)
        self.head = nn.Linear(FEATURES, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Score every class for every image.

        Parameters
        ----------
        x : Tensor, shape (B, C, H, W)
            Images, in [0, 1] as a rule.

        Returns
        -------
        Tensor, shape (B, K)
            Class scores; ``softmax`` over the last axis turns them into probabilities.

        Raises
        ------
        TypeError
            If `x` is no tensor of the weights' type.
        ValueError
            If `x` has another shape.
        """
        check_images(self, x)
        scores: Tensor = self.head(self.features(x))
        return scores


def _build_body(kind: Kind, image_shape: ImageShape) -> nn.Sequential:
    """Return the layers from images (B, C, H, W) to features (B, FEATURES)."""
    channels, height, width = image_shape
    if kind == "dense":
        return nn.Sequential(
            nn.Flatten(), nn.Linear(channels * height * width, 32), nn.SiLU(), nn.Linear(32, FEATURES), nn.SiLU()
        )
    if kind == "conv":
        return nn.Sequential(
            nn.Conv2d(channels, 16, kernel_size=4, stride=2, padding=1),  # (B, 16, H/2, W/2)
            nn.SiLU(),
            nn.Conv2d(16, 8, kernel_size=4, stride=2, padding=1),  # (B, 8, H/4, W/4)
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(8 * (height // 4) * (width // 4), FEATURES),
            nn.SiLU(),
        )
    return nn.Sequential(
        nn.Conv2d(channels, 16, kernel_size=4, stride=2, padding=1), nn.BatchNorm2d(16), nn.SiLU(),  # (B, 16, H/2, W/2)
        nn.Conv2d(16, 32, kernel_size=4, stride=2, padding=1), nn.BatchNorm2d(32), nn.SiLU(),  # (B, 32, H/4, W/4)
        nn.Conv2d(32, FEATURES, kernel_size=3, padding=1), nn.BatchNorm2d(FEATURES), nn.SiLU(),  # (B, 64, H/4, W/4)
        nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )  # fmt: skip
