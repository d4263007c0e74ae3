"""Images with their labels, and how to load them."""

import difflib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_utils.data import idx, locate
from course_utils.data.sample import bundled_sample, recorded
from course_utils.device import pick_device

# The order of the labels shows the forms that the writers filled in: 0 to 9, three times over, then a fixed mixture. A
# new form starts at image 1,415, so none is on both sides; a shuffled split would train on the hands it is tested on.
DIGITS_TRAIN = 1_415

_TEN_DIGITS = tuple("0123456789")
_CLASSES = {
    "fashion-mnist": (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
    "mnist": _TEN_DIGITS,
    "kmnist": ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    "digits": _TEN_DIGITS,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images with their labels.

    Attributes
    ----------
    images : Tensor, shape (N, 1, H, W), float32
        Grey values in [0, 1]: 0 is black, the background of every data set here.
    labels : Tensor, shape (N,), int64
        Class of each image, an index into `ImageData.classes`.
    """

    images: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.labels.shape != self.images.shape[:1]:
            raise ValueError(
                "`images` must have shape (N, C, H, W) and `labels` shape (N,), "
                f"got {tuple(self.images.shape)} and {tuple(self.labels.shape)}; cut both alike"
            )

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device: torch.device | str) -> "ImageSet":
        """Return the same images and labels on `device`; what is there already is not copied.

        Parameters
        ----------
        device : torch.device or str
            Where to.

        Returns
        -------
        ImageSet
            The same images in the same order.
        """
        return ImageSet(self.images.to(device), self.labels.to(device))

    def __repr__(self) -> str:
        return f"ImageSet({_count(self)} on {self.images.device})"


@dataclass(frozen=True, eq=False)
class ImageData:
    """A data set: training images, test images and what the labels mean.

    Attributes
    ----------
    name : str
        The name it was loaded by.
    train, test : ImageSet
        The images to learn from and those to test with.
    classes : tuple of str
        ``classes[label]`` is the name of that class.
    """

    name: str
    train: ImageSet
    test: ImageSet
    classes: tuple[str, ...]

    def __repr__(self) -> str:
        train, test = _count(self.train), _count(self.test)
        return f"ImageData({self.name!r}, train: {train}, test: {test}, {len(self.classes)} classes)"


def _count(images: ImageSet) -> str:
    height, width = images.images.shape[-2:]
    return f"{len(images):,} images of {height}×{width}"


def load_images(
    name: str = "fashion-mnist",
    *,
    full: bool = False,
    root: str | Path | None = None,
    device: torch.device | str = "cpu",
) -> ImageData:
    """Load a data set into memory.

    Without arguments this is the sample of Fashion-MNIST that comes with the package: the first 1,000 training and the
    first 200 test images of each class, in the order of the original files. It needs no network.

    Everything else is read from the four idx files of the data set, unpacked or ``.gz``. They are looked for in `root`
    if given, and nowhere else; otherwise in ``/usr/share/datasets/<name>``, then in the cache (``course_utils`` in
    ``$XDG_CACHE_HOME`` or ``~/.cache``). If there is none of them, torchvision downloads them into `root` or the cache.

    Parameters
    ----------
    name : {"fashion-mnist", "mnist", "kmnist", "digits"}
        Articles of clothing (Zalando), handwritten digits, handwritten Japanese (K-MNIST), or scikit-learn's small 8×8
        digits: the first 1,415 for training and the other 382, written on other forms, for testing.
    full : bool
        All 60,000 + 10,000 images instead of the first 1,000 + 200 of each class. The 8×8 digits always come whole.
    root : path, optional
        Existing folder with the four files, either in it or in torchvision's ``<root>/FashionMNIST/raw``.
    device : torch.device or str
        Where the tensors go; see `course_utils.device.pick_device`.

    Returns
    -------
    ImageData
        With ``.train`` and ``.test``, each with ``.images`` (shape (N, 1, H, W), float32 in [0, 1]) and ``.labels``
        (shape (N,), int64). The tensors are new on every call.

    Raises
    ------
    ValueError
        If `name` or `device` is unknown, or a file is damaged or another data set's: Fashion-MNIST must have the
        recorded checksums, the others the right sizes and labels, and not those of Fashion-MNIST. No checksum is
        recorded for the others: a ``.gz`` file has its own, but a change inside one that was unpacked goes unnoticed.
    FileNotFoundError
        If there are no files and they cannot be downloaded, some of the four are missing, or `root` is no folder.

    References
    ----------
    Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms", 2017.
    LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998.
    Clanuwat et al., "Deep learning for classical Japanese literature", 2018.
    Alpaydin and Kaynak, "Optical recognition of handwritten digits", 1998.

    Examples
    --------
    >>> data = load_images()
    >>> data
    ImageData('fashion-mnist', train: 10,000 images of 28×28, test: 2,000 images of 28×28, 10 classes)
    >>> data.train.images.shape, data.classes[data.train.labels[0]]
    (torch.Size([10000, 1, 28, 28]), 'Ankle boot')
    """
    if name not in _CLASSES:
        raise ValueError(_unknown(name))
    device = pick_device(str(device))
    if name == "digits":
        train, test = _digits(root)
    else:
        arrays = _arrays(name, full, root)
        train, test = (
            _image_set(arrays[f"{part}_images"], arrays[f"{part}_labels"], 255) for part in ("train", "test")
        )
    return ImageData(name, train.to(device), test.to(device), _CLASSES[name])


def _unknown(name: str) -> str:
    similar = difflib.get_close_matches(str(name).lower(), _CLASSES, n=1, cutoff=0.5)
    remedy = f"did you mean {similar[0]!r}?" if similar else "choose one of them"
    return f"`name` must be one of {', '.join(map(repr, _CLASSES))}, got {name!r}; {remedy}"


def _image_set(images: np.ndarray, labels: np.ndarray, white: int) -> ImageSet:
    # Divided on the CPU: other devices may round differently, and the pixels are to be the same everywhere.
    pixels = torch.tensor(images).unsqueeze(1).to(torch.float32).div_(white)
    return ImageSet(pixels, torch.tensor(labels).to(torch.int64))


def _arrays(name: str, full: bool, root: str | Path | None) -> dict[str, idx.Array]:
    if name == "fashion-mnist" and not full and root is None:
        return bundled_sample()
    fashion = recorded("source_sha256")
    folder = locate.find_full(name, root) or locate.download(name, locate.places_of(name, root))
    arrays = idx.read_files(locate.find_files(folder), fashion if name == "fashion-mnist" else None)
    if name != "fashion-mnist" and idx.checksum(arrays["train_labels"]) == fashion["train_labels"]:
        raise ValueError(
            f"`name` is {name!r}, but the files are those of Fashion-MNIST; load them as 'fashion-mnist', "
            "or name the right folder with root=..."
        )
    return arrays if full else idx.first_of_each_class(arrays)


def _digits(root: str | Path | None) -> tuple[ImageSet, ImageSet]:
    if root is not None:
        raise ValueError(f"`root` must not be given for 'digits', got {str(root)!r}; they come with scikit-learn")
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    images = pixels.reshape(-1, 8, 8)
    return (
        _image_set(images[:DIGITS_TRAIN], labels[:DIGITS_TRAIN], 16),
        _image_set(images[DIGITS_TRAIN:], labels[DIGITS_TRAIN:], 16),
    )


def binarize(images: Tensor, *, generator: torch.Generator) -> Tensor:
    """Draw black and white images: each pixel is 1 with the probability that is its grey value.

    Parameters
    ----------
    images : Tensor, shape (...)
        Grey values in [0, 1].
    generator : torch.Generator
        On the device of `images`.

    Returns
    -------
    Tensor, shape (...)
        Zeros and ones, with the dtype and on the device of `images`.

    Raises
    ------
    TypeError
        If `images` are not floating point.
    ValueError
        If a grey value is outside [0, 1] or NaN, or `generator` is on another device.

    References
    ----------
    Salakhutdinov and Murray, "On the quantitative analysis of deep belief networks", 2008, section 4.

    Examples
    --------
    >>> binarize(torch.tensor([0.0, 0.5, 1.0]), generator=torch.Generator().manual_seed(0))
    tensor([0., 0., 1.])
    """
    if not images.is_floating_point():
        raise TypeError(
            f"`images` must be floating point with values in [0, 1], got {images.dtype}; divide bytes by 255"
        )
    if generator.device.type != images.device.type:
        raise ValueError(
            f"`generator` must be on the device of `images`, got {generator.device} and {images.device}; "
            f"make it with torch.Generator({str(images.device)!r})"
        )
    if not bool(((images >= 0) & (images <= 1)).all()):  # false for NaN too
        low, high = images.aminmax()
        raise ValueError(
            f"`images` must lie in [0, 1], got values from {low:.3g} to {high:.3g}; scale them, and look for NaN"
        )
    return torch.bernoulli(images, generator=generator)
