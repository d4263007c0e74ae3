"""Figures in a notebook: the same bytes every time, few of them, and words for those who cannot see the picture."""

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image


def show(fig: Figure, *, caption: str, alt: str) -> None:
    """Put a figure under the cell as a PNG with alternative text, its caption below, and close it.

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
        If `caption` or `alt` is empty.
    """
    if not isinstance(fig, Figure):
        raise TypeError(
            f"`fig` must be a matplotlib Figure, got {type(fig).__name__}; use ax.figure for the figure of an axes"
        )
    for name, text in (("caption", caption), ("alt", alt)):
        if not text.strip():
            raise ValueError(f"`{name}` must not be empty; say what the picture shows")
    # One line each: a line break or an indentation would mean something else in Markdown.
    caption, alt = " ".join(caption.split()), " ".join(alt.split())
    png = base64.b64encode(render(fig)).decode("ascii")
    plt.close(fig)  # else the notebook would show the figure once more at the end of the cell
    display(_Output({"image/png": png, "text/plain": alt}, {"image/png": {"alt": alt}}))
    display(_Output({"text/markdown": f"<small><em>{caption}</em></small>", "text/plain": caption}, {}))


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
    raw, packed = io.BytesIO(), io.BytesIO()
    fig.savefig(raw, format="png", dpi="figure")
    with Image.open(raw) as image:
        # Writing the pixels anew drops matplotlib's version, which would differ from machine to machine.
        _smallest_mode(image.convert("RGBA")).save(packed, format="png", optimize=True)
    return packed.getvalue()


def _smallest_mode(image: Image.Image) -> Image.Image:
    """Drop an alpha channel that says nothing, then index at most 256 colours; no pixel changes."""
    pixels = np.asarray(image)
    if (pixels[..., 3] < 255).any():
        return image
    colors, indices = np.unique(pixels[..., :3].reshape(-1, 3), axis=0, return_inverse=True)
    if len(colors) > 256:
        return image.convert("RGB")
    indexed = Image.fromarray(indices.reshape(pixels.shape[:2]).astype(np.uint8)).convert("P")
    indexed.putpalette(colors.tobytes())
    return indexed
