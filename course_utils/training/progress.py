"""The progress bar of `fit`."""

import sys
from typing import Any

from tqdm import tqdm


def progress_bar(epochs: int, done: int, *, shown: bool) -> Any:
    """Return a bar of `epochs`, of which so many are `done`.

    In a notebook it is a line among the cell's printed lines, and erases itself at the end: a table that is printed
    between trainings stays whole, and the saved notebook holds nothing that is dead without its kernel.
    """
    place: dict[str, Any] = {"file": sys.stdout, "leave": False} if _in_notebook() else {}
    return tqdm(total=epochs, initial=done, unit="epoch", disable=not shown, **place)


def _in_notebook() -> bool:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None
