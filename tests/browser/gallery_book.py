"""A notebook with every widget of the course and a question, for the browser: models are tiny and untrained."""

from pathlib import Path

import gallery
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

NAME = "gallery.ipynb"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "course": {},  # marks it as one of the course's notebooks
}
QUESTION = """from course_utils.exercises import Choice, Question

Question(
    "What is 2 + 2?",
    [Choice("Four", "Two and two.", correct=True), Choice("Five", "That is one more.")],
)"""


def notebook() -> NotebookNode:
    """Return the gallery, not yet run."""
    folder = str(Path(gallery.__file__).parent)
    start = f"import sys\n\nsys.path.insert(0, {folder!r})\nfrom gallery import GALLERY"
    sources = [start, *(f"GALLERY[{name!r}]()" for name in gallery.GALLERY), QUESTION]
    return new_notebook(cells=[new_code_cell(source) for source in sources], metadata=METADATA)
