"""The format of weights and checkpoints: safetensors with a checksum, written whole or not at all.

Nothing is ever unpickled. The checksum covers the tensors and the texts beside them, so that a flipped bit is an error
and not a worse model.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from course_utils.files import atomic_write

CHECKSUM = "sha256"  # its name among the texts


def write_tensors(path: str | Path, tensors: Mapping[str, Tensor], texts: Mapping[str, str]) -> None:
    """Write `tensors` by name, with `texts` beside them and a checksum of both.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    # Copies, for safetensors stores no two tensors that share their memory, as tied weights do, and none with gaps.
    tensors = {name: tensor.cpu().contiguous().clone() for name, tensor in tensors.items()}
    metadata = {**texts, CHECKSUM: checksum(tensors, texts)}
    # save() returns bytes; save_file() would write in place and could leave half a file.
    atomic_write(path, safetensors.torch.save(tensors, metadata))


def read_tensors(path: str | Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors and the texts that `write_tensors` put into a file.

    Raises
    ------
    OSError
        If there is no such file, or it must not be read.
    ValueError
        If it is no safetensors file, is damaged, or carries no checksum.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name a file in it")
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}; correct the path (a pipe or a device is no file)")
    # All at once: safetensors would open the path twice, and another process may write a new file in between.
    content = path.read_bytes()
    try:
        tensors = safetensors.torch.load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        texts = header.get("__metadata__", {})
    except Exception as error:  # a damaged header fails in a dozen ways, and the remedy is the same for all
        raise ValueError(
            f"{path} is not a whole safetensors file ({error}); it may be damaged, or a pickle, which is never opened"
        ) from error
    if CHECKSUM not in texts:
        raise ValueError(
            f"{path} carries no checksum: it was written by an older version of the course or another program; "
            "write it again with `save`, or delete it and train anew"
        )
    expected = texts.pop(CHECKSUM)
    if checksum(tensors, texts) != expected:
        raise ValueError(f"{path} is damaged: its checksum is not that of its contents; take a copy, or train anew")
    return tensors, texts


def checksum(tensors: Mapping[str, Tensor], texts: Mapping[str, str] | None = None) -> str:
    """Return the SHA-256 of names, formats, shapes and bytes, whatever the order and the device."""
    digest = hashlib.sha256()
    for name, text in sorted((texts or {}).items()):
        digest.update(f"{name}={text}\n".encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name}: {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
