"""A small MNIST: its four files, and a server that hands them out or breaks on the way."""

import gzip
import hashlib
import urllib.request
from pathlib import Path

import numpy as np

from course_utils.data import idx

SMALL = {
    "train_images": (60, 28, 28),
    "train_labels": (60,),
    "test_images": (30, 28, 28),
    "test_labels": (30,),
}


def write_small(folder: Path, *, seed: int = 0, packed: bool = False) -> dict[str, np.ndarray]:
    """Write four small idx files of noise, three or more of each class in the test set, and return the arrays."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for key, shape in SMALL.items():
        values = rng.permutation(np.arange(shape[0]) % idx.CLASSES) if len(shape) == 1 else rng.integers(0, 256, shape)
        arrays[key] = values.astype(np.uint8)
        content = b"\0\0\x08" + bytes([len(shape)]) + np.array(shape, ">u4").tobytes() + arrays[key].tobytes()
        file = folder / (idx.FILES[key] + (".gz" if packed else ""))
        file.write_bytes(gzip.compress(content) if packed else content)
    return arrays


class Response:
    """One file in two halves; `error`, if any, comes instead of the second."""

    def __init__(self, url, content, error):
        self.url, self.length = url, len(content)
        half = len(content) // 2
        self.chunks = iter([content[:half], error or content[half:], b""])

    def read(self, _size):
        chunk = next(self.chunks)
        if isinstance(chunk, BaseException):
            raise chunk
        return chunk

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


class Server:
    """Stands in for ``urllib.request.urlopen``: serves the files of one folder, or breaks in the middle of one."""

    def __init__(self, folder):
        self.folder = folder
        self.opened = []
        self.break_in = None
        self.error = None

    def __call__(self, request):
        file = request.full_url.rsplit("/", 1)[-1]
        self.opened.append(file)
        error = self.error if file == self.break_in else None
        return Response(request.full_url, (self.folder / file).read_bytes(), error)


def publish(server, monkeypatch):
    """Let `server` be the mirror from which torchvision downloads MNIST: a small one, written into its folder."""
    from torchvision import datasets

    write_small(server.folder, packed=True)
    files = [f"{file}.gz" for file in idx.FILES.values()]
    md5 = [hashlib.md5((server.folder / file).read_bytes(), usedforsecurity=False).hexdigest() for file in files]
    monkeypatch.setattr(datasets.MNIST, "resources", [*zip(files, md5, strict=True)])
    monkeypatch.setattr(datasets.MNIST, "mirrors", ["http://mirror.invalid/"])
    monkeypatch.setattr(urllib.request, "urlopen", server)
