"""Weights in files: safetensors, written completely or not at all; nothing is ever unpickled."""

from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor, nn

from course_utils.files import atomic_write


def save(model: nn.Module, path: str | Path) -> None:
    """Write the weights of `model` to `path` with safetensors, completely or not at all."""
    write_tensors(path, weights_of(model), {})


def load(model: nn.Module, path: str | Path) -> None:
    """Read weights that `save` wrote into `model`. Nothing in the file is executed.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is no safetensors file, is damaged, is a checkpoint, or belongs to a model of another architecture.
    """
    tensors, metadata = read_tensors(path)
    if "settings" in metadata:
        raise ValueError(f"{path} holds a checkpoint of `fit`, not weights; give it to `fit` as `checkpoint`")
    put_weights(model, tensors, path)


def write_tensors(path: str | Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write `tensors` by name, with texts beside them."""
    # Copies, for safetensors stores no two tensors that share their memory, as tied weights do, and none with gaps.
    tensors = {name: tensor.cpu().contiguous().clone() for name, tensor in tensors.items()}
    # save() returns bytes; save_file() would write in place and could leave half a file.
    atomic_write(path, safetensors.torch.save(tensors, metadata))


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """Return the weights and buffers of `model`, by name."""
    return {name: tensor.detach() for name, tensor in model.state_dict().items()}


def read_tensors(path: str | Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors and the metadata of a safetensors file, or say why it cannot be one."""
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name a file in it")
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(
            f"{path} is not a whole safetensors file ({error}); it may be damaged, or a pickle, which is never opened"
        ) from error


def put_weights(model: nn.Module, tensors: dict[str, Tensor], path: str | Path) -> None:
    """Copy `tensors`, which came from `path`, into `model`, if they are exactly the ones that it has."""
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if expected != found:
        name = min(n for n in expected.keys() | found.keys() if expected.get(n) != found.get(n))
        raise ValueError(
            f"{path} belongs to another model: `{name}` is {found.get(name, 'missing')} in the file and "
            f"{expected.get(name, 'missing')} in this {type(model).__name__}; build the model with the same arguments"
        )
    model.load_state_dict(tensors)
