"""Figures in a notebook: the same bytes every time, few of them, and words for those who cannot see the picture."""

import base64
import html
import io
import sys
from dataclasses import dataclass
from typing import Any

from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image

from course_utils.png import pack

_FOLDED = "The picture in words"


def show(fig: Figure, *, caption: str, alt: str) -> None:
    """Put a figure under the cell as a PNG, its caption and its description in words below, and close it.

    The description is stored as the picture's alternative text, where nbconvert's classic template and other readers
    of notebooks find it. JupyterLab, and nbconvert's default template, look for none: for them, and for everybody who
    wants to read it, it stands folded under the caption.

    Parameters
    ----------
    fig : Figure
        Rendered as it is, at its own resolution.
    caption : str
        What to see in it; Markdown and formulas are allowed.
    alt : str
        What it shows, for those who cannot see it.

    Raises
    ------
    TypeError
        If `fig` is not a figure.
    ValueError
        If `caption` or `alt` is empty, or no text.
    """
    if not isinstance(fig, Figure):
        raise TypeError(
            f"`fig` must be a matplotlib Figure, got {type(fig).__name__}; use ax.figure for the figure of an axes"
        )
    for name, text in (("caption", caption), ("alt", alt)):
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"`{name}` must be a text and not empty, got {text!r}; say what the picture shows")
    # One line each: a line break or an indentation would mean something else in Markdown.
    caption, alt = " ".join(caption.split()), " ".join(alt.split())
    png = base64.b64encode(render(fig)).decode("ascii")
    close(fig)
    display(_Output({"image/png": png, "text/plain": alt}, {"image/png": {"alt": alt}}))
    # Not an <img alt="…"> in HTML, which would reach everybody: JupyterLab removes embedded pictures from HTML that it
    # does not trust, and both forms side by side make a lesson of 0.86 MB one of 1.6 MB.
    words = f"<details><summary><small>{_FOLDED}</small></summary>{html.escape(alt)}</details>"
    display(_Output({"text/markdown": f"<small><em>{caption}</em></small>\n\n{words}", "text/plain": caption}, {}))


def close(fig: Figure) -> None:
    """Close `fig`, else the notebook would show it once more at the end of the cell."""
    # Where nobody has loaded pyplot, nobody shows it.
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(fig)


@dataclass(frozen=True)
class _Output:
    """One output of a cell. It is displayed alike by IPython 7, 8 and 9, and printed as text outside a notebook."""

    data: dict[str, str]
    metadata: dict[str, Any]

    def __repr__(self) -> str:
        return self.data["text/plain"]

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        return self.data, self.metadata


def render(fig: Figure) -> bytes:
    """Render `fig`: the same bytes every time, and few of them."""
    raw = io.BytesIO()
    fig.savefig(raw, format="png", dpi="figure")
    with Image.open(raw) as image:
        # Writing the pixels anew drops matplotlib's version, which would differ from machine to machine.
        return pack(image)
