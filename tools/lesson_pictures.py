#!/usr/bin/env python3
"""Cut the README's pictures of the lessons out of their saved outputs: docs/lessons/01.png and so on.

A picture is named by its lesson, the id of the cell that drew it, and the part of it that is shown. `make notebooks`
calls this after the lessons have run.
"""

import argparse
import base64
import io
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode
from notebook_file import FOLDER
from PIL import Image

from course_utils.files import atomic_write

PICTURES = FOLDER.parent / "docs" / "lessons"
BOX = (600, 340)  # pixels at most; the README shows half of that, which is sharp on dense screens
MAX_BYTES = 60_000


class Clip(NamedTuple):
    """A part of a cell's picture: left, upper, right and lower edge, as shares of its width and height."""

    cell: str
    box: tuple[float, float, float, float]


CLIPS = {
    1: Clip("9781141b", (0.0, 0.065, 1.0, 1.0)),
    2: Clip("5f66104d", (0.125, 0.17, 1.0, 1.0)),
    3: Clip("f9da990f", (0.09, 0.02, 0.77, 0.86)),
    4: Clip("0aab3d81", (0.488, 0.16, 1.0, 0.73)),
    5: Clip("32342b7a", (0.092, 0.063, 0.59, 0.88)),
    6: Clip("7baebf48", (0.15, 0.12, 0.91, 0.80)),
    7: Clip("1799f7b9", (0.083, 0.0, 1.0, 0.43)),
    8: Clip("d0bc7655", (0.035, 0.0, 0.70, 0.57)),
}


def lesson_file(number: int) -> Path:
    """Return where a lesson lies."""
    return next(FOLDER.glob(f"{number:02d}_*.ipynb"))


def saved_picture(book: NotebookNode, cell: str) -> Image.Image:
    """Return the one picture that a cell has saved."""
    found = [c for c in book.cells if c.id == cell]
    if not found:
        raise ValueError(f"there is no cell {cell}; name one that exists in CLIPS (tools/lesson_pictures.py)")
    outputs = [
        output.data["image/png"] for output in found[0].get("outputs", []) if "image/png" in output.get("data", {})
    ]
    if len(outputs) != 1:
        raise ValueError(f"cell {cell} has saved {len(outputs)} pictures; name a cell with one")
    return Image.open(io.BytesIO(base64.b64decode(outputs[0]))).convert("RGB")


def clipped(book: NotebookNode, clip: Clip) -> Image.Image:
    """Return the part of a cell's picture, as large as BOX allows."""
    whole = saved_picture(book, clip.cell)
    left, upper, right, lower = clip.box
    part = whole.crop(
        (
            round(left * whole.width),
            round(upper * whole.height),
            round(right * whole.width),
            round(lower * whole.height),
        )
    )
    scale = min(BOX[0] / part.width, BOX[1] / part.height)
    # even numbers of pixels: the README's width is a whole number
    size = (2 * round(part.width * scale / 2), 2 * round(part.height * scale / 2))
    return part.resize(size, Image.Resampling.LANCZOS)


def small_png(picture: Image.Image) -> bytes:
    """Return a picture's PNG of at most MAX_BYTES, with as many colours as fit."""
    for colours in (256, 128, 64, 32, 16):
        file = io.BytesIO()
        few = picture.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(file, format="png", optimize=True)
        if file.tell() <= MAX_BYTES:
            return file.getvalue()
    raise ValueError(
        f"a picture of {picture.width} x {picture.height} pixels needs more than {MAX_BYTES} bytes; cut less"
    )


def main() -> None:
    """Cut and write them all."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    for number, clip in CLIPS.items():
        picture = clipped(nbformat.read(lesson_file(number), as_version=4), clip)
        png = small_png(picture)
        atomic_write(PICTURES / f"{number:02d}.png", png)
        print(f"{number:02d}.png: {picture.width} x {picture.height} pixels, {len(png) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
