"""The two players of a GAN: one forges, the other one judges.

A shape with one number is a point, and both networks are dense; a shape with three is an image, and both are
convolutional.
"""

from typing import Any

from torch import Tensor, nn

from course_utils.checks import check_count, check_shape
from course_utils.models.checks import check_image_shape, check_type

Shape = tuple[int, ...]

SLOPE = 0.2  # of a leaky ReLU below zero: a discriminator has to pass a gradient on from everywhere


class Generator(nn.Module):
    """A network that turns noise z ~ N(0, I) into points or images.

    Parameters
    ----------
    latent : int
        Number of latent dimensions Z.
    shape : tuple of int
        Shape of one example: (D,) for points, or (C, H, W) for images, H and W divisible by 4.
    width : int, optional
        Units of each of the two hidden layers, 128 by default; for images, channels of the last hidden layer, 32 by
        default, and twice as many in the one before it.

    References
    ----------
    A. Radford, L. Metz and S. Chintala (2016), *Unsupervised Representation Learning with Deep Convolutional Generative
    Adversarial Networks*, https://arxiv.org/abs/1511.06434, whose rules the convolutional one follows on a small scale.

    Examples
    --------
    >>> import torch
    >>> Generator(latent=2, shape=(2,))(torch.randn(5, 2)).shape
    torch.Size([5, 2])
    >>> Generator(latent=64, shape=(1, 28, 28))(torch.randn(5, 64)).shape
    torch.Size([5, 1, 28, 28])
    """

    def __init__(self, latent: int, *, shape: Shape, width: int | None = None) -> None:
        super().__init__()
        check_count(latent=latent)
        self.latent, self.shape = latent, _checked_shape(shape)
        build = _point_generator if len(shape) == 1 else _image_generator
        self.layers = build(latent, shape, _checked_width(width, shape))

    def forward(self, z: Tensor) -> Tensor:
        """Forge one example for each z.

        Parameters
        ----------
        z : Tensor, shape (B, Z)
            Noise.

        Returns
        -------
        Tensor, shape (B, D) or (B, C, H, W)
            Points anywhere, or images with grey values in [0, 1].

        Raises
        ------
        TypeError
            If `z` is no tensor of the weights' type.
        ValueError
            If `z` has another shape.
        """
        check_type(self, z=z)
        check_shape(f"B {self.latent}", z=z)
        forged: Tensor = self.layers(z)
        return forged


class Discriminator(nn.Module):
    """A network that says how likely its input is to be real.

    Parameters
    ----------
    shape : tuple of int
        Shape of one example: (D,) for points, or (C, H, W) for images, H and W divisible by 4.
    width : int, optional
        Units of each of the two hidden layers, 128 by default; for images, channels of the first hidden layer, 32 by
        default, and twice as many in the second.
    pack : int
        How many examples are judged together, as one: all of them are real, or all are forged. A generator that
        forges one thing only is then betrayed by two that are alike [1]_.

    References
    ----------
    .. [1] Z. Lin, A. Khetan, G. Fanti and S. Oh (2018), *PacGAN: The power of two samples in generative adversarial
       networks*, https://arxiv.org/abs/1712.04086

    Examples
    --------
    >>> import torch
    >>> Discriminator(shape=(2,))(torch.randn(6, 2)).shape
    torch.Size([6])
    >>> Discriminator(shape=(2,), pack=3)(torch.randn(6, 2)).shape
    torch.Size([2])
    """

    def __init__(self, *, shape: Shape, width: int | None = None, pack: int = 1) -> None:
        super().__init__()
        self.shape = _checked_shape(shape)
        check_count(pack=pack)
        self.pack = pack
        width = _checked_width(width, shape)
        packed = (pack * shape[0], *shape[1:])  # points are put end to end, images lie over each other as channels
        self.layers = _point_discriminator(packed, width) if len(shape) == 1 else _image_discriminator(packed, width)

    def forward(self, x: Tensor) -> Tensor:
        """Judge examples, or packs of them.

        Parameters
        ----------
        x : Tensor, shape (B, D) or (B, C, H, W)
            Points, or images with grey values in [0, 1]; the first `pack` of them are judged together, and so on.

        Returns
        -------
        Tensor, shape (B,) or (B / pack,)
            Log-odds that an example, or a pack, is real; ``sigmoid`` turns them into D.

        Raises
        ------
        TypeError
            If `x` is no tensor of the weights' type.
        ValueError
            If `x` has another shape, or its examples do not fill whole packs.
        """
        check_type(self, x=x)
        check_shape(f"B {' '.join(map(str, self.shape))}", x=x)
        if len(x) % self.pack:
            raise ValueError(f"`x` must hold a multiple of pack = {self.pack} examples, got {len(x)}; leave some out")
        packs = x.reshape(-1, self.pack * self.shape[0], *self.shape[1:])  # (B, D) -> (B / pack, pack · D)
        logits: Tensor = self.layers(packs).squeeze(1)  # (B / pack, 1) -> (B / pack,)
        return logits


def _point_generator(latent: int, shape: Shape, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(latent, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, shape[0])
    )


def _point_discriminator(shape: Shape, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(shape[0], width), nn.LeakyReLU(SLOPE), nn.Linear(width, width), nn.LeakyReLU(SLOPE),
        nn.Linear(width, 1),
    )  # fmt: skip


def _image_generator(latent: int, shape: Shape, width: int) -> nn.Sequential:
    channels, height, width_of_image = shape
    small = (2 * width, height // 4, width_of_image // 4)
    return nn.Sequential(
        nn.Linear(latent, small[0] * small[1] * small[2], bias=False),
        nn.Unflatten(1, small),
        nn.BatchNorm2d(2 * width),
        nn.ReLU(),
        nn.ConvTranspose2d(2 * width, width, kernel_size=4, stride=2, padding=1, bias=False),  # (B, width, H/2, W/2)
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.ConvTranspose2d(width, channels, kernel_size=4, stride=2, padding=1),  # (B, C, H, W)
        nn.Sigmoid(),
    )


def _image_discriminator(shape: Shape, width: int) -> nn.Sequential:
    channels, height, width_of_image = shape
    return nn.Sequential(
        nn.Conv2d(channels, width, kernel_size=4, stride=2, padding=1),  # (B, width, H/2, W/2)
        nn.LeakyReLU(SLOPE),
        nn.Conv2d(width, 2 * width, kernel_size=4, stride=2, padding=1),  # (B, 2 · width, H/4, W/4)
        nn.LeakyReLU(SLOPE),
        nn.Flatten(),
        nn.Linear(2 * width * (height // 4) * (width_of_image // 4), 1),
    )


def _checked_shape(shape: Any) -> Shape:
    if isinstance(shape, tuple | list) and len(shape) == 3:
        check_image_shape(shape, name="shape", divisible=True, remedy="shape=(D,) for points")
    elif not isinstance(shape, tuple | list) or len(shape) != 1 or type(shape[0]) is not int or shape[0] < 1:
        raise ValueError(f"`shape` must be (D,) for points or (C, H, W) for images, each an int >= 1, got {shape!r}")
    return tuple(shape)


def _checked_width(width: int | None, shape: Shape) -> int:
    if width is None:
        return 128 if len(shape) == 1 else 32
    check_count(width=width)
    return width
