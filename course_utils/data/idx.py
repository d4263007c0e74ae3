"""MNIST and its relatives as four idx files: where they are, what is in them, and how to fetch them.

An idx file is a magic number (two zero bytes, 8 for unsigned bytes, the number of axes), the length of each axis as a
big-endian 32-bit integer, then the bytes themselves (LeCun, Cortes and Burges, "The MNIST database").
"""

import gzip
import hashlib
import math
import os
import struct
import tempfile
import zlib
from http.client import HTTPException
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.uint8]

FILES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
SHAPES = {
    "train_images": (60_000, 28, 28),
    "train_labels": (60_000,),
    "test_images": (10_000, 28, 28),
    "test_labels": (10_000,),
}
CLASSES = 10
SAMPLE_SIZES = {"train": 1_000, "test": 200}  # images of each class where not all are wanted

# The names by which torchvision knows the data sets; its folders are called the same.
TORCHVISION = {"fashion-mnist": "FashionMNIST", "mnist": "MNIST", "kmnist": "KMNIST"}

SYSTEM_FOLDER = Path("/usr/share/datasets")  # where Debian puts data sets
FRESH_COPY = "get a fresh copy of it, or remove the four files and they are downloaded again"


def cache_folder() -> Path:
    """Return the folder for downloads: ``course_utils`` in ``$XDG_CACHE_HOME``, else in ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "course_utils"


def load_full(name: str, root: str | Path | None, checksums: dict[str, str] | None = None) -> dict[str, Array]:
    """Return the four arrays of data set `name`, keyed like `FILES`; download them if they are not on this machine.

    Raises
    ------
    ValueError
        If a file is damaged; see `read_files`.
    FileNotFoundError
        If the files are incomplete or cannot be downloaded; see `find_full` and `download`.
    """
    folder = find_full(name, root) or download(name, _places(name, root))
    return read_files(find_files(folder), checksums)


def find_full(name: str, root: str | Path | None = None) -> Path | None:
    """Return the folder on this machine that holds all of data set `name`, or None; downloads nothing.

    The four files may be unpacked or ``.gz``, and lie in `root` itself or where torchvision puts them. Without `root`
    the system's folder comes first, then the cache.

    Parameters
    ----------
    name : str
        One of `TORCHVISION`: "fashion-mnist", "mnist", "kmnist".
    root : str or Path, optional
        Where to look, and nowhere else.

    Returns
    -------
    Path or None
        The folder with the four files.

    Raises
    ------
    ValueError
        If the data set `name` does not consist of such files.
    FileNotFoundError
        If `root` is no folder, or some of the four files are there and others are not.
    """
    if name not in TORCHVISION:
        raise ValueError(f"`name` must be one of {', '.join(map(repr, TORCHVISION))}, got {name!r}")
    for place in _places(name, root):
        for folder in (place, place / TORCHVISION[name] / "raw"):
            if find_files(folder):
                return folder
    return None


def _places(name: str, root: str | Path | None) -> list[Path]:
    if root is None:
        return [SYSTEM_FOLDER / name, cache_folder()]
    folder = Path(root).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(f"`root` must be an existing folder, got {str(root)!r}; create it or correct the path")
    return [folder]


def find_files(folder: Path) -> dict[str, Path]:
    """Return the paths of the four files in `folder`, unpacked or else ``.gz``; empty if there is none of them.

    Raises
    ------
    FileNotFoundError
        If some are there and others are not.
    """
    found = {}
    for key, file in FILES.items():
        for path in (folder / f"{file}.gz", folder / file):
            if path.is_file():
                found[key] = path
    missing = [file for key, file in FILES.items() if key not in found]
    if found and missing:
        raise FileNotFoundError(
            f"{folder} holds {len(found)} of the four files; {', '.join(missing)} (or .gz) must be there too: "
            "add what is missing, or remove the rest and all four are downloaded again"
        )
    return found


def read_files(files: dict[str, Path], checksums: dict[str, str] | None = None) -> dict[str, Array]:
    """Read the four files; each must have the shape in `SHAPES`, the checksum if one is known, and classes as labels.

    Raises
    ------
    ValueError
        If a file is damaged or is not what its name says; the message names it.
    """
    arrays = {key: read_idx(path, SHAPES[key]) for key, path in files.items()}
    for key, path in files.items():
        if key.endswith("labels") and (highest := arrays[key].max()) >= CLASSES:
            raise ValueError(f"{path} must hold labels from 0 to {CLASSES - 1}, found {highest}; {FRESH_COPY}")
        if checksums and (found := checksum(arrays[key])) != checksums[key]:
            raise ValueError(f"{path} unpacked must have the SHA-256 {checksums[key]}, found {found}; {FRESH_COPY}")
    return arrays


def read_idx(path: Path, shape: tuple[int, ...]) -> Array:
    """Return the unsigned bytes in the idx file `path` (unpacked, or ``.gz``), which must have this `shape`.

    Raises
    ------
    ValueError
        If the file is cut short, damaged, or holds something else.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged and cannot be unpacked ({error}); {FRESH_COPY}") from error
    header = _header(shape)
    if content[:4] != header[:4]:
        magic, found_magic = (int.from_bytes(start, "big") for start in (header[:4], content[:4]))
        kind = "images" if len(shape) == 3 else "labels"
        raise ValueError(f"{path} must start with the magic number {magic} ({kind}), found {found_magic}; {FRESH_COPY}")
    found = struct.unpack(f">{len(shape)}I", content[4 : len(header)].ljust(4 * len(shape), b"\0"))
    if found != shape:
        raise ValueError(f"{path} must hold {shape} bytes, its header says {found}; {FRESH_COPY}")
    if len(content) != len(header) + math.prod(shape):
        raise ValueError(
            f"{path} must be {len(header) + math.prod(shape)} bytes long unpacked, found {len(content)}; {FRESH_COPY}"
        )
    return np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape)


def _header(shape: tuple[int, ...], type_code: int = 8) -> bytes:
    return struct.pack(f">HBB{len(shape)}I", 0, type_code, len(shape), *shape)


def checksum(array: Array) -> str:
    """Return the SHA-256 of the array as an unpacked idx file, so that it covers the shape and not the compression."""
    digest = hashlib.sha256(_header(array.shape, 8 if array.dtype == np.uint8 else 0))
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def first_of_each_class(arrays: dict[str, Array]) -> dict[str, Array]:
    """Return the first images of each class (`SAMPLE_SIZES`) with their labels, in the order of the files."""
    chosen = {}
    for part, count in SAMPLE_SIZES.items():
        labels = arrays[f"{part}_labels"]
        indices = np.sort(np.concatenate([np.flatnonzero(labels == label)[:count] for label in range(CLASSES)]))
        chosen[f"{part}_images"] = arrays[f"{part}_images"][indices]
        chosen[f"{part}_labels"] = labels[indices]
    return chosen


def download(name: str, places: list[Path]) -> Path:
    """Let torchvision download data set `name` into the last of `places` and return the folder with the four files.

    They arrive in a temporary folder beside their own, where torchvision checks them, and are moved when all four are
    there: an interrupted download leaves nothing behind.

    Raises
    ------
    FileNotFoundError
        If that failed; the message names the ways to get the data, its cause is what went wrong.
    """
    from torchvision import datasets

    folder_name = TORCHVISION[name]
    raw = places[-1] / folder_name / "raw"
    try:
        places[-1].mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=places[-1], prefix=".download-") as temporary:
            getattr(datasets, folder_name)(temporary, download=True)
            raw.parent.mkdir(exist_ok=True)
            _move(Path(temporary) / folder_name / "raw", raw)
    except (OSError, RuntimeError, HTTPException) as error:
        raise FileNotFoundError(_ways_out(name, places, error)) from error
    return raw


def _move(source: Path, target: Path) -> None:
    try:
        os.rename(source, target)
    except OSError:
        if not find_files(target):  # else another process was quicker, and its files are as good
            raise


def _ways_out(name: str, places: list[Path], error: Exception) -> str:
    system = f"put the four files into {SYSTEM_FOLDER / name}"
    if name == "fashion-mnist":
        system = "install the Debian package dataset-fashion-mnist"
    reason = " ".join(str(error).split())
    return (
        f"found no files of {name!r} in {' or '.join(map(str, places))}, and could not download them ({reason}). "
        f"Three ways out: name a folder that holds the four idx files with root=...; {system} and leave root out; "
        "or connect to the network once"
    )
