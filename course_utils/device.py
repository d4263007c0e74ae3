"""Where and how to compute: the accelerator, the precision, the random generators."""

import contextlib
import random
from collections.abc import Iterator

import numpy as np
import torch

from course_utils.checks import check_seed

ACCELERATORS = ("cuda", "mps", "xpu")  # in the order in which "auto" takes them
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def pick_device(prefer: str = "auto") -> torch.device:
    """Return the device to compute on: CUDA, then MPS, then XPU, then the CPU.

    Parameters
    ----------
    prefer : str
        "auto", or a device to insist on, such as "cpu" or "cuda:1".

    Returns
    -------
    torch.device
        One that this machine has.

    Raises
    ------
    ValueError
        If `prefer` names no device that PyTorch knows, or one that this machine does not have.

    Examples
    --------
    >>> pick_device("cpu")
    device(type='cpu')
    """
    if prefer == "auto":
        return torch.device(next((kind for kind in ACCELERATORS if _count(kind)), "cpu"))
    try:
        device = torch.device(prefer)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"`device` must be 'auto', 'cpu', 'cuda', 'mps' or 'xpu', got {prefer!r}") from error
    if device.type == "cpu":
        return device
    if device.type not in ACCELERATORS or (device.index or 0) >= _count(device.type):
        raise ValueError(
            f"`device` is {prefer!r}, but PyTorch finds {_count(device.type)} such device(s) here; use 'auto'"
        )
    return device


def describe(device: torch.device) -> str:
    """Say in a few words what a device is, for example ``"CPU, 2 threads, bfloat16"``.

    Parameters
    ----------
    device : torch.device
        As `pick_device` returns it.

    Returns
    -------
    str
        Kind, name or number of threads, and the precision that "auto" stands for there.

    Raises
    ------
    TypeError
        If `device` is no torch.device.
    """
    precision = str(pick_precision("auto", device)).removeprefix("torch.")
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"CPU, {threads} thread{'s' * (threads > 1)}, {precision}"
    names = {"cuda": torch.cuda.get_device_name, "xpu": torch.xpu.get_device_name}
    name = names[device.type](device) if device.type in names else "Apple GPU"
    return f"{device.type.upper()}, {name}, {precision}"


def pick_precision(precision: str, device: torch.device) -> torch.dtype:
    """Return the number format for matrix products on `device`.

    "auto" asks the hardware and measures nothing: bfloat16 where the processor multiplies it natively (AVX-512 BF16 or
    AMX, CUDA from Ampere on, XPU), else float32. Weights, losses and the optimizer's state stay in float32 either way.

    Parameters
    ----------
    precision : {"auto", "float32", "bfloat16"}
        What to use.
    device : torch.device
        Where it will be used.

    Returns
    -------
    torch.dtype
        ``torch.float32`` or ``torch.bfloat16``.

    Raises
    ------
    TypeError
        If `device` is no torch.device.
    ValueError
        If `precision` is none of these.
    """
    if not isinstance(device, torch.device):
        raise TypeError(f"`device` must be a torch.device, got {device!r}; use pick_device({device!r})")
    if precision == "auto":
        return torch.bfloat16 if _multiplies_bfloat16(device) else torch.float32
    if precision not in PRECISIONS:
        raise ValueError(f"`precision` must be 'auto', 'float32' or 'bfloat16', got {precision!r}")
    return PRECISIONS[precision]


def seed_everything(seed: int) -> None:
    """Seed every global random generator that a lesson may meet, so that a notebook run twice prints the same numbers.

    They are PyTorch's, on every device, NumPy's (with `seed` modulo 2³²: it takes no more) and Python's ``random``.

    Parameters
    ----------
    seed : int
        From 0 to 2⁶³ / 1,000,003.

    Raises
    ------
    ValueError
        If `seed` is no such number.

    Examples
    --------
    >>> seed_everything(0)
    >>> before = random.random(), np.random.rand(), torch.rand(()).item()
    >>> seed_everything(0)
    >>> before == (random.random(), np.random.rand(), torch.rand(()).item())
    True
    """
    check_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  (scikit-learn draws from it where nobody gives it a generator)
    torch.manual_seed(seed)


@contextlib.contextmanager
def private_randomness(device: torch.device) -> Iterator[None]:
    """Put the random state of the CPU and of `device` back when the block ends, however it ends.

    Parameters
    ----------
    device : torch.device
        The one on which the block draws.

    Yields
    ------
    None
        Nothing: for a ``with`` statement.
    """
    devices, kind = ([device], device.type) if device.type != "cpu" else ([], "cuda")
    with torch.random.fork_rng(devices=devices, device_type=kind):
        yield


def seed_generators(seed: int, device: torch.device) -> None:
    """Seed PyTorch's generators of the CPU and of `device`, and of no other.

    Parameters
    ----------
    seed : int
        From 0 to 2⁶³ − 1.
    device : torch.device
        The one that is in use.
    """
    # torch.manual_seed would seed the accelerators that are not in use as well, and nobody would put them back.
    torch.default_generator.manual_seed(seed)
    if device.type != "cpu":
        state = torch.Generator(device).manual_seed(seed).get_state()
        torch.get_device_module(device).set_rng_state(state, device)


def _count(kind: str) -> int:
    if kind == "mps":
        return int(torch.backends.mps.is_available())
    module = getattr(torch, kind, None)
    return int(module.device_count()) if module is not None and module.is_available() else 0


def _multiplies_bfloat16(device: torch.device) -> bool:
    if device.type == "cpu":
        # PyTorch has no public question for this yet; without native instructions bfloat16 is emulated, and slower.
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return device.type == "xpu"
