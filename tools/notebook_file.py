"""What the tools agree on about the files of the lessons."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
# The first code cell of a lesson: publishing writes the repository's address into it, so its output is never stale.
BOOT_TAG = "colab-boot"


def serialise(book: NotebookNode) -> bytes:
    """Return the bytes of a notebook file: sorted keys, indent of one, no escapes, newline at the end."""
    return (nbformat.writes(book) + "\n").encode()
