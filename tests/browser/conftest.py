"""One browser, and one JupyterLab that serves the lessons and the gallery of widgets."""

import shutil

import gallery_book
import lab
import nbformat
import pytest


@pytest.fixture(scope="session")
def browser():
    with lab.chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def server(browser, tmp_path_factory):
    """JupyterLab on the gallery and two copies of the lessons: `saved`, and `fresh` with no cell marked as run."""
    root = tmp_path_factory.mktemp("lab")
    for copy in ("saved", "fresh"):
        shutil.copytree(lab.LESSONS, root / copy, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for path in (root / "fresh").glob("*.ipynb"):
        book = nbformat.read(path, as_version=4)
        for cell in book.cells:
            if cell.cell_type == "code":
                cell.execution_count = None
        nbformat.write(book, path)
    nbformat.write(gallery_book.notebook(), root / gallery_book.NAME)
    with lab.jupyter_lab(root, tmp_path_factory.mktemp("home")) as server:
        yield server
