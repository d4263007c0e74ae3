"""The README's pictures of the lessons: cut from cells that exist, small, shown, and described."""

import base64
import io
import re
from pathlib import Path

import lesson_pictures
import nbformat
import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = sorted(int(path.name[:2]) for path in (ROOT / "notebooks").glob("0*.ipynb"))
SHOWN = r'^\| {number} \| <img src="docs/lessons/0{number}\.png" width="(\d+)" alt="([^"]+)"> \|'


def picture(number: int) -> Image.Image:
    """Return the picture that the README shows."""
    return Image.open(io.BytesIO((lesson_pictures.PICTURES / f"{number:02d}.png").read_bytes()))


def book_with(*pngs: bytes) -> nbformat.NotebookNode:
    """Return a notebook with one cell, called "drawn", that has saved these pictures."""
    outputs = [
        nbformat.v4.new_output("display_data", data={"image/png": base64.b64encode(png).decode()}) for png in pngs
    ]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("draw()", id="drawn", outputs=outputs)])


def png_of(array: np.ndarray) -> bytes:
    """Return the PNG of an array (rows, columns, 3)."""
    file = io.BytesIO()
    Image.fromarray(array).save(file, format="png")
    return file.getvalue()


def test_each_lesson_has_a_picture():
    assert sorted(lesson_pictures.CLIPS) == WRITTEN
    assert sorted(path.name for path in lesson_pictures.PICTURES.iterdir()) == [f"{n:02d}.png" for n in WRITTEN]


@pytest.mark.parametrize("number", WRITTEN)
def test_picture_is_small_shown_at_half_its_size_and_described(number):
    row = re.search(SHOWN.format(number=number), (ROOT / "README.md").read_text(), re.MULTILINE)
    assert row is not None, f"the README's row of lesson {number} shows no docs/lessons/{number:02d}.png"
    assert abs(int(row[1]) - picture(number).width / 2) < 2
    assert len(row[2].split()) >= 10, "the alternative text says what a reader who cannot see it must know"
    assert (lesson_pictures.PICTURES / f"{number:02d}.png").stat().st_size <= 60_000


@pytest.mark.parametrize("number", WRITTEN)
def test_picture_is_what_its_cell_shows(number):
    """Nearly: trained pictures differ from run to run; another figure would differ by far more."""
    book = nbformat.read(lesson_pictures.lesson_file(number), as_version=4)
    now = lesson_pictures.clipped(book, lesson_pictures.CLIPS[number])
    kept = picture(number).convert("RGB")
    assert kept.size == now.size, "remedy: tools/lesson_pictures.py, and the width in README.md"
    difference = np.abs(np.asarray(kept, dtype=float) - np.asarray(now, dtype=float)).mean()
    assert difference < 20, "remedy: look at the cell, then tools/lesson_pictures.py"


def test_clip_is_the_named_part_enlarged():
    array = np.zeros((40, 80, 3), dtype=np.uint8)
    array[:20, 40:] = (200, 100, 0)
    cut = lesson_pictures.clipped(book_with(png_of(array)), lesson_pictures.Clip("drawn", (0.5, 0.0, 1.0, 0.5)))
    assert cut.size == (600, 300)
    assert np.abs(np.asarray(cut, dtype=int) - (200, 100, 0)).max() == 0


def test_tall_clip_keeps_its_shape():
    array = np.zeros((80, 40, 3), dtype=np.uint8)
    assert lesson_pictures.clipped(
        book_with(png_of(array)), lesson_pictures.Clip("drawn", (0.0, 0.0, 1.0, 1.0))
    ).size == (170, 340)


@pytest.mark.parametrize(
    ("pngs", "cell", "said"),
    [(1, "gone", "there is no cell gone"), (0, "drawn", "0 pictures"), (2, "drawn", "2 pictures")],
)
def test_cell_without_one_picture_is_refused(pngs, cell, said):
    black = png_of(np.zeros((8, 8, 3), dtype=np.uint8))
    with pytest.raises(ValueError, match=said):
        lesson_pictures.saved_picture(book_with(*[black] * pngs), cell)


def test_colours_go_until_the_picture_fits():
    noise = np.random.default_rng(0).integers(0, 255, (600, 600, 3), dtype=np.uint8)
    for part in (noise[:100, :200], noise[:300]):
        assert len(lesson_pictures.small_png(Image.fromarray(part))) <= lesson_pictures.MAX_BYTES
    with pytest.raises(ValueError, match="cut less"):
        lesson_pictures.small_png(Image.fromarray(noise))
