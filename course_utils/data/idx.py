"""MNIST and its relatives as four idx files: what is in them.

An idx file is a magic number (two zero bytes, 8 for unsigned bytes, the number of axes), the length of each axis as a
big-endian 32-bit integer, then the bytes themselves (LeCun, Cortes and Burges, "The MNIST database").
"""

import gzip
import hashlib
import math
import struct
import zlib
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

FRESH_COPY = "get a fresh copy of it, or remove the four files and they are downloaded again"


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
    header = _header(shape)
    wanted = len(header) + math.prod(shape)
    try:
        # One byte more than there should be: enough to notice that there is more, however much that is.
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(wanted + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged and cannot be unpacked ({error}); {FRESH_COPY}") from error
    if content[:4] != header[:4]:
        magic, found_magic = (int.from_bytes(start, "big") for start in (header[:4], content[:4]))
        kind = "images" if len(shape) == 3 else "labels"
        raise ValueError(f"{path} must start with the magic number {magic} ({kind}), found {found_magic}; {FRESH_COPY}")
    found = struct.unpack(f">{len(shape)}I", content[4 : len(header)].ljust(4 * len(shape), b"\0"))
    if found != shape:
        raise ValueError(f"{path} must hold {shape} bytes, its header says {found}; {FRESH_COPY}")
    if len(content) != wanted:
        found_bytes = f"{len(content)}" + " or more" * (len(content) > wanted)
        raise ValueError(f"{path} must be {wanted} bytes long unpacked, found {found_bytes}; {FRESH_COPY}")
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
