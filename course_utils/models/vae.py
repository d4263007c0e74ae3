"""The autoencoder and the VAE, which differ in the encoder's head alone."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from course_utils.checks import check_count, check_shape
from course_utils.losses import reparameterize
from course_utils.models.checks import ImageShape, check_image_shape, check_images, check_type

Backbone = Literal["dense", "conv"]

HIDDEN = 400  # width of the two dense hidden layers
CHANNELS = 32  # channels of the first convolution; each further stage doubles them

# exp(logvar) overflows float32 at 88. A trained encoder stays far inside this range; only an accident leaves it.
LOGVAR_RANGE = (-30.0, 20.0)


class VAEOutput(NamedTuple):
    """What `VAE.forward` returns: logits (B, C, H, W); mu, logvar and z, each (B, Z)."""

    logits: Tensor
    mu: Tensor
    logvar: Tensor
    z: Tensor


class _Backbone(nn.Module):
    """What the two models share: everything but the encoder's head."""

    def __init__(self, latent: int, *, backbone: Backbone = "dense", image_shape: ImageShape = (1, 28, 28)) -> None:
        super().__init__()
        _check_arguments(latent, backbone, image_shape)
        self.latent, self.backbone, self.image_shape = latent, backbone, image_shape
        self.features = _build_encoder(backbone, image_shape)
        self.decoder = _build_decoder(backbone, latent, image_shape)

    def decode(self, z: Tensor) -> Tensor:
        """Map codes to the logits of images.

        Parameters
        ----------
        z : Tensor, shape (B, Z)
            Codes.

        Returns
        -------
        Tensor, shape (B, C, H, W)
            Log-odds of the pixels; ``sigmoid`` turns them into grey values.

        Raises
        ------
        TypeError
            If `z` is no tensor of the weights' type.
        ValueError
            If `z` has another shape.
        """
        check_type(self, z=z)
        check_shape(f"B {self.latent}", z=z)
        logits: Tensor = self.decoder(z)
        return logits


class Autoencoder(_Backbone):
    """An encoder that gives a point z for every image, and a decoder that gives logits for every point.

    Parameters
    ----------
    latent : int
        Number of latent dimensions Z.
    backbone : {"dense", "conv"}
        Two hidden layers of 400 units, or two strided convolutions.
    image_shape : (C, H, W)
        Shape of one image; the convolutional backbone needs H and W divisible by 4.
    """

    def __init__(self, latent: int, *, backbone: Backbone = "dense", image_shape: ImageShape = (1, 28, 28)) -> None:
        super().__init__(latent, backbone=backbone, image_shape=image_shape)
        self.to_z = nn.Linear(HIDDEN, latent)

    def encode(self, x: Tensor) -> Tensor:
        """Map images to codes.

        Parameters
        ----------
        x : Tensor, shape (B, C, H, W)
            Images, in [0, 1] as a rule.

        Returns
        -------
        Tensor, shape (B, Z)
            One code for each image.

        Raises
        ------
        TypeError
            If `x` is no tensor of the weights' type.
        ValueError
            If `x` has another shape.
        """
        check_images(self, x)
        code: Tensor = self.to_z(self.features(x))
        return code

    def forward(self, x: Tensor) -> Tensor:
        """Encode and decode.

        Parameters
        ----------
        x : Tensor, shape (B, C, H, W)
            Images.

        Returns
        -------
        Tensor, shape (B, C, H, W)
            Logits of the reconstructions.

        Raises
        ------
        TypeError, ValueError
            As `encode`.
        """
        return self.decode(self.encode(x))


class VAE(_Backbone):
    """An encoder that gives a normal distribution for every image, and a decoder that gives logits for every point.

    Parameters
    ----------
    latent : int
        Number of latent dimensions Z.
    backbone : {"dense", "conv"}
        As in `Autoencoder`, and so built that both start with the same weights from the same seed.
    image_shape : (C, H, W)
        Shape of one image; the convolutional backbone needs H and W divisible by 4.

    References
    ----------
    Kingma and Welling (2014), *Auto-Encoding Variational Bayes*, appendix C.

    Examples
    --------
    >>> vae = VAE(latent=2)
    >>> output = vae(torch.rand(5, 1, 28, 28))
    >>> output.mu.shape, output.logits.shape
    (torch.Size([5, 2]), torch.Size([5, 1, 28, 28]))
    """

    def __init__(self, latent: int, *, backbone: Backbone = "dense", image_shape: ImageShape = (1, 28, 28)) -> None:
        super().__init__(latent, backbone=backbone, image_shape=image_shape)
        self.to_mu = nn.Linear(HIDDEN, latent)
        self.to_logvar = nn.Linear(HIDDEN, latent)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map images to the mean and log-variance of q(z|x).

        Parameters
        ----------
        x : Tensor, shape (B, C, H, W)
            Images, in [0, 1] as a rule.

        Returns
        -------
        mu, logvar : Tensor, shape (B, Z) each
            The log-variance lies in `LOGVAR_RANGE`, −30 to 20: what the network says beyond is clamped, and has no
            gradient there.

        Raises
        ------
        TypeError
            If `x` is no tensor of the weights' type.
        ValueError
            If `x` has another shape.
        """
        check_images(self, x)
        h = self.features(x)  # (B, C, H, W) -> (B, HIDDEN)
        return self.to_mu(h), self.to_logvar(h).clamp(*LOGVAR_RANGE)

    def forward(self, x: Tensor, *, eps: Tensor | None = None, generator: torch.Generator | None = None) -> VAEOutput:
        """Encode, draw z, decode.

        Parameters
        ----------
        x : Tensor, shape (B, C, H, W)
            Images.
        eps : Tensor, shape (B, Z), optional
            The noise to use; drawn from `generator` if it is not given.
        generator : torch.Generator, optional
            The global generator by default.

        Returns
        -------
        VAEOutput
            The reconstructions' logits, the parameters of q(z|x), and the z that was drawn.

        Raises
        ------
        TypeError, ValueError
            As `encode`; also if `eps` does not fit.
        """
        mu, logvar = self.encode(x)
        z = reparameterize(mu, logvar, eps=eps, generator=generator)
        return VAEOutput(self.decode(z), mu, logvar, z)

    @torch.no_grad()
    def sample(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """Draw z ~ N(0, I) and return the mean images of p(x|z).

        Parameters
        ----------
        n : int
            How many, >= 1.
        generator : torch.Generator, optional
            The global generator by default.

        Returns
        -------
        Tensor, shape (n, C, H, W)
            Grey values in [0, 1], without gradients.

        Raises
        ------
        ValueError
            If `n` is not an int >= 1.
        """
        check_count(n=n)
        weight = self.to_mu.weight
        z = torch.randn(n, self.latent, generator=generator, dtype=weight.dtype, device=weight.device)
        return self.decode(z).sigmoid()


def _build_encoder(backbone: Backbone, image_shape: ImageShape) -> nn.Sequential:
    """Return the layers from images (B, C, H, W) to features (B, HIDDEN)."""
    channels, height, width = image_shape
    if backbone == "dense":
        return nn.Sequential(
            nn.Flatten(), nn.Linear(channels * height * width, HIDDEN), nn.SiLU(),
            nn.Linear(HIDDEN, HIDDEN), nn.SiLU(),
        )  # fmt: skip
    return nn.Sequential(
        nn.Conv2d(channels, CHANNELS, kernel_size=4, stride=2, padding=1),  # (B, 32, H/2, W/2)
        nn.SiLU(),
        nn.Conv2d(CHANNELS, 2 * CHANNELS, kernel_size=4, stride=2, padding=1),  # (B, 64, H/4, W/4)
        nn.SiLU(),
        nn.Flatten(),
        nn.Linear(2 * CHANNELS * (height // 4) * (width // 4), HIDDEN),
        nn.SiLU(),
    )


def _build_decoder(backbone: Backbone, latent: int, image_shape: ImageShape) -> nn.Sequential:
    """Return the layers from codes (B, Z) to logits (B, C, H, W): the encoder's mirror image."""
    channels, height, width = image_shape
    if backbone == "dense":
        return nn.Sequential(
            nn.Linear(latent, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, HIDDEN), nn.SiLU(),
            nn.Linear(HIDDEN, channels * height * width), nn.Unflatten(1, image_shape),
        )  # fmt: skip
    small = (2 * CHANNELS, height // 4, width // 4)
    return nn.Sequential(
        nn.Linear(latent, HIDDEN),
        nn.SiLU(),
        nn.Linear(HIDDEN, small[0] * small[1] * small[2]),
        nn.SiLU(),
        nn.Unflatten(1, small),
        nn.ConvTranspose2d(2 * CHANNELS, CHANNELS, kernel_size=4, stride=2, padding=1),  # (B, 32, H/2, W/2)
        nn.SiLU(),
        nn.ConvTranspose2d(CHANNELS, channels, kernel_size=4, stride=2, padding=1),  # (B, C, H, W)
    )


def _check_arguments(latent: int, backbone: str, image_shape: ImageShape) -> None:
    check_count(latent=latent)
    if backbone not in ("dense", "conv"):
        raise ValueError(f"`backbone` must be 'dense' or 'conv', got {backbone!r}")
    check_image_shape(image_shape, divisible=backbone == "conv", remedy="backbone='dense'")
