"""A notebook with every widget of the course and a question, for the browser: models are tiny and untrained."""

import sys
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

WIDGETS = Path(__file__).resolve().parents[1] / "widgets"  # gallery.py, which builds them, stands there
sys.path.insert(0, str(WIDGETS))
from gallery import CLASSES, GALLERY  # noqa: E402

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
    start = f"import sys\n\nsys.path.insert(0, {str(WIDGETS)!r})\nfrom gallery import GALLERY"
    sources = [start, *(f"GALLERY[{name!r}]()" for name in GALLERY), QUESTION]
    return new_notebook(cells=[new_code_cell(source) for source in sources], metadata=METADATA)
