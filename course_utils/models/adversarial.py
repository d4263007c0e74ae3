"""The two players of a GAN: one forges, the other one judges.

A shape with one number is a point, and both networks are dense. A shape with three is an image: the generator is
dense, the discriminator convolutional.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.checks import check_count, check_shape
from course_utils.models.checks import check_image_shape, check_type

Shape = tuple[int, ...]

HIDDEN = 256  # units of the discriminator's last hidden layer, for images
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
        Units of each of the two hidden layers, 128 by default; for images, of the first hidden layer, 256 by default,
        and twice as many in the second.

    References
    ----------
    I. Goodfellow et al. (2014), *Generative Adversarial Nets*, https://arxiv.org/abs/1406.2661, whose generator of
    digits is dense as well; for batch normalisation in it, see A. Radford, L. Metz and S. Chintala (2016),
    *Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks*,
    https://arxiv.org/abs/1511.06434.

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
        self.layers = build(latent, shape, _checked_width(width, shape, for_images=256))

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


class BatchSpread(nn.Module):
    """Appends to the features of every example how much features differ over the batch: one number, the same for all.

    It is the mean of the features' standard deviations. By it a discriminator sees that forged examples are all alike,
    which no single one of them betrays [1]_.

    References
    ----------
    .. [1] T. Karras, T. Aila, S. Laine and J. Lehtinen (2018), *Progressive Growing of GANs for Improved Quality,
       Stability, and Variation*, https://arxiv.org/abs/1710.10196, section 3

    Examples
    --------
    >>> BatchSpread()(torch.tensor([[0.0, 3.0], [2.0, 3.0]]))
    tensor([[0.0000, 3.0000, 0.5000],
            [2.0000, 3.0000, 0.5000]])
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor) -> Tensor:
        """Append the batch's spread.

        Parameters
        ----------
        features : Tensor, shape (B, F)
            Features of the examples of one batch, all of them real or all of them forged.

        Returns
        -------
        Tensor, shape (B, F + 1)
            The features, and the spread.

        Raises
        ------
        ValueError
            If `features` has another shape.
        """
        check_shape("B F", features=features)
        spread = (features.var(0, correction=0) + 1e-12).sqrt().mean()  # of a root at 0 the slope would be infinite
        return torch.cat([features, spread.expand(len(features), 1)], dim=1)


class GroupSpread(nn.Module):
    """Appends to every example how much its group spreads: the standard deviation of each feature over the group.

    A group is so many examples that follow each other in the batch. It serves the purpose of `BatchSpread` and says
    more: forged examples that are all alike are betrayed in every group.

    Parameters
    ----------
    group : int
        Examples in a group, at least 2.

    References
    ----------
    T. Karras, T. Aila, S. Laine and J. Lehtinen (2018), *Progressive Growing of GANs for Improved Quality, Stability,
    and Variation*, https://arxiv.org/abs/1710.10196, section 3, whose code takes the spread over groups as well.

    Examples
    --------
    >>> GroupSpread(2)(torch.tensor([[0.0, 3.0], [2.0, 3.0], [5.0, 1.0], [5.0, 7.0]])).round(decimals=3)
    tensor([[0., 3., 1., 0.],
            [2., 3., 1., 0.],
            [5., 1., 0., 3.],
            [5., 7., 0., 3.]])
    """

    def __init__(self, group: int) -> None:
        super().__init__()
        check_count(group=group, least=2)
        self.group = group

    def forward(self, features: Tensor) -> Tensor:
        """Append the spread of each group.

        Parameters
        ----------
        features : Tensor, shape (B, F)
            Examples of one batch, all of them real or all of them forged.

        Returns
        -------
        Tensor, shape (B, 2F)
            The features, and their standard deviations over the group.

        Raises
        ------
        ValueError
            If `features` has another shape, or the examples do not fill whole groups.
        """
        check_shape("B F", features=features)
        if len(features) % self.group:
            raise ValueError(
                f"`x` must hold a multiple of group = {self.group} examples, got {len(features)}; leave some out"
            )
        groups = features.reshape(-1, self.group, features.shape[1])  # (B, F) -> (B / group, group, F)
        spread = (groups.var(1, correction=0) + 1e-8).sqrt()  # of a root at 0 the slope would be infinite
        return torch.cat((features, spread.repeat_interleave(self.group, dim=0)), dim=1)


class Discriminator(nn.Module):
    """A network that says how likely its input is to be real.

    Parameters
    ----------
    shape : tuple of int
        Shape of one example: (D,) for points, or (C, H, W) for images, H and W divisible by 4.
    width : int, optional
        Units of each of the two hidden layers, 128 by default; for images, channels of the first convolution, 16 by
        default, and twice as many in the second; a dense layer of 256 follows, and the batch's spread (`BatchSpread`).
    group : int
        For points: how many are judged in one another's company. Beside each point D then sees how far its group
        spreads (`GroupSpread`). At 1 every point is judged alone. Images are always judged with their whole batch.

    References
    ----------
    T. Salimans et al. (2016), *Improved Techniques for Training GANs*, https://arxiv.org/abs/1606.03498, section 3.2,
    for the idea of judging examples in company.

    Examples
    --------
    >>> Discriminator(shape=(2,))(torch.randn(6, 2)).shape
    torch.Size([6])
    >>> Discriminator(shape=(2,), group=3)(torch.randn(6, 2)).shape
    torch.Size([6])
    """

    def __init__(self, *, shape: Shape, width: int | None = None, group: int = 1) -> None:
        super().__init__()
        self.shape = _checked_shape(shape)
        check_count(group=group, most=None if len(shape) == 1 else 1, remedy="a group is for points")
        self.group = group
        width = _checked_width(width, shape, for_images=16)
        if len(shape) == 1:
            self.beside = GroupSpread(group) if group > 1 else nn.Identity()
            self.layers = _point_discriminator(shape[0] * (2 if group > 1 else 1), width)
        else:
            self.beside, self.layers = nn.Identity(), _image_discriminator(shape, width)

    def forward(self, x: Tensor) -> Tensor:
        """Judge examples.

        Parameters
        ----------
        x : Tensor, shape (B, D) or (B, C, H, W)
            Points, or images with grey values in [0, 1]; all of them real, or all of them forged.

        Returns
        -------
        Tensor, shape (B,)
            Log-odds that an example is real; ``sigmoid`` turns them into D.

        Raises
        ------
        TypeError
            If `x` is no tensor of the weights' type.
        ValueError
            If `x` has another shape, or its points do not fill whole groups.
        """
        check_type(self, x=x)
        check_shape(f"B {' '.join(map(str, self.shape))}", x=x)
        logits: Tensor = self.layers(self.beside(x)).squeeze(1)  # (B, 1) -> (B,)
        return logits

    def among(self, x: Tensor, company: Tensor) -> Tensor:
        """Judge each point by itself, in the company of the same others: what a map of D shows.

        Parameters
        ----------
        x : Tensor, shape (B, D)
            Points.
        company : Tensor, shape (group − 1, D)
            The rest of the group of each of them.

        Returns
        -------
        Tensor, shape (B,)
            Log-odds that a point is real.

        Raises
        ------
        TypeError
            If an argument is no tensor of the weights' type.
        ValueError
            If an argument has another shape.
        """
        check_type(self, x=x)
        check_type(self, company=company)
        check_shape(f"B {' '.join(map(str, self.shape))}", x=x)
        check_shape(f"{self.group - 1} {' '.join(map(str, self.shape))}", company=company)
        groups = torch.cat((x[:, None], company.expand(len(x), *company.shape)), dim=1)  # (B, group, D)
        seen = self.beside(groups.flatten(0, 1))[:: self.group]  # the first of each group
        logits: Tensor = self.layers(seen).squeeze(1)
        return logits


def _point_generator(latent: int, shape: Shape, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(latent, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, shape[0])
    )


def _point_discriminator(features: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(features, width), nn.LeakyReLU(SLOPE), nn.Linear(width, width), nn.LeakyReLU(SLOPE),
        nn.Linear(width, 1),
    )  # fmt: skip


def _image_generator(latent: int, shape: Shape, width: int) -> nn.Sequential:
    # Dense: on a processor it takes many more steps in the same time than transposed convolutions do, and from the
    # first step on it can shape an image as a whole. The critic's convolutions see to it that pixels fit together.
    return nn.Sequential(
        nn.Linear(latent, width, bias=False), nn.BatchNorm1d(width), nn.LeakyReLU(SLOPE),
        nn.Linear(width, 2 * width, bias=False), nn.BatchNorm1d(2 * width), nn.LeakyReLU(SLOPE),
        nn.Linear(2 * width, math.prod(shape)), nn.Unflatten(1, shape), nn.Sigmoid(),
    )  # fmt: skip


def _image_discriminator(shape: Shape, width: int) -> nn.Sequential:
    channels, height, width_of_image = shape
    network = nn.Sequential(
        nn.Conv2d(channels, width, kernel_size=4, stride=2, padding=1),  # (B, width, H/2, W/2)
        nn.LeakyReLU(SLOPE),
        nn.Conv2d(width, 2 * width, kernel_size=4, stride=2, padding=1),  # (B, 2 · width, H/4, W/4)
        nn.LeakyReLU(SLOPE),
        nn.Flatten(),
        nn.Linear(2 * width * (height // 4) * (width_of_image // 4), HIDDEN),
        nn.LeakyReLU(SLOPE),
        BatchSpread(),
        nn.Linear(HIDDEN + 1, 1),
    )
    return network.to(memory_format=torch.channels_last)  # a third faster on a processor


def _checked_shape(shape: Any) -> Shape:
    if isinstance(shape, tuple | list) and len(shape) == 3:
        check_image_shape(shape, name="shape", divisible=True, remedy="shape=(D,) for points")
    elif not isinstance(shape, tuple | list) or len(shape) != 1 or type(shape[0]) is not int or shape[0] < 1:
        raise ValueError(f"`shape` must be (D,) for points or (C, H, W) for images, each an int >= 1, got {shape!r}")
    return tuple(shape)


def _checked_width(width: int | None, shape: Shape, *, for_images: int) -> int:
    if width is None:
        return 128 if len(shape) == 1 else for_images
    check_count(width=width)
    return width
