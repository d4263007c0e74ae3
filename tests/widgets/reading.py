"""What the tests read off a widget's pictures."""

import io

import numpy as np
import torch
from PIL import Image
from torch import nn


def grey(png: bytes) -> np.ndarray:
    """Return a picture's grey values in [0, 1], shape (H, W)."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("L")) / 255


def painted(png: bytes, color: str) -> np.ndarray:
    """Return where a picture has a colour, shape (H, W)."""
    wanted = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    rgb = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    return np.abs(rgb - wanted).max(axis=2) <= 6


def decoded_alone(model: nn.Module, z: torch.Tensor, width: int) -> np.ndarray:
    """Return what a model decodes from one code, enlarged to `width` pixels."""
    with torch.no_grad():
        image = model.decode(z).sigmoid()[0, 0].double().numpy()
    return np.kron(image, np.ones((width // 28, width // 28)))
