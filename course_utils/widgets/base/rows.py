"""Rows of small images, side by side."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from course_utils.widgets.base.decoding import to_pixels
from course_utils.widgets.base.pixels import Pixels, gray_png

TILE = 56  # height of an image in a row, in CSS pixels


def row_of(images: Tensor) -> Pixels:
    """Put images (N, 1, H, W) side by side, a white line between them: bytes (H, N · (W + 1) − 1)."""
    with_line = nn.functional.pad(images.float(), (0, 1), value=1.0)
    return to_pixels(torch.cat([*with_line], dim=-1)[None, ..., :-1])


def rows_of(images: Tensor) -> Pixels:
    """Put rows of images (R, N, 1, H, W) under each other, a white line between them."""
    rows = [np.pad(row_of(row), ((0, 1), (0, 0)), constant_values=255) for row in images]
    return np.concatenate(rows)[:-1]


def row_size(pixels: Pixels, rows: int = 1) -> tuple[int, int]:
    """Return the width and height at which rows are shown, in CSS pixels."""
    height, width = (float(side) for side in pixels.shape)
    scale = TILE * rows / (height - (rows - 1))  # the lines between the rows are no part of the images
    return round(scale * width), round(scale * height)


def row_png(pixels: Pixels, rows: int = 1) -> bytes:
    """Return rows as a PNG with twice as many pixels as are shown: sharp on dense screens, too."""
    return gray_png(pixels, 2 * row_size(pixels, rows)[0])


def row_pixels(pixels: Pixels, rows: int = 1) -> Pixels:
    """Return rows with one pixel for each that is shown."""
    shown = Image.fromarray(pixels).resize(row_size(pixels, rows), Image.Resampling.NEAREST)
    return np.asarray(shown, dtype=np.uint8)


def evenly_spaced(images: Tensor, most: int) -> Tensor:
    """Return `most` of the images (N, …), evenly spaced, or all if there are no more."""
    count = len(images)
    return images[[i * count // most for i in range(most)]] if count > most else images
