"""Where and how to compute: the accelerator, the precision, the seeds."""

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
    """Say in a few words what `device` is, for example ``"CPU, 2 threads, bfloat16"``."""
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

    Raises
    ------
    ValueError
        If `precision` is none of these.
    """
    if precision == "auto":
        return torch.bfloat16 if _multiplies_bfloat16(device) else torch.float32
    if precision not in PRECISIONS:
        raise ValueError(f"`precision` must be 'auto', 'float32' or 'bfloat16', got {precision!r}")
    return PRECISIONS[precision]


def seed_everything(seed: int) -> None:
    """Seed PyTorch's random generators on every device, so that a notebook run twice prints the same numbers."""
    check_seed(seed)
    torch.manual_seed(seed)


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
