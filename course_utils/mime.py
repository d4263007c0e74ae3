"""What a notebook stores for a live object: the widget for a kernel, a still version for everyone else."""

import base64
from typing import Any

import ipywidgets

Bundle = tuple[dict[str, Any], dict[str, Any]]


def widget_bundle(
    widget: ipywidgets.Widget,
    *,
    text: str,
    markdown: str | None = None,
    png: bytes | None = None,
    alt: str | None = None,
) -> Bundle:
    """Return the MIME bundle and metadata for ``_repr_mimebundle_``: a live widget and its still versions.

    JupyterLab and Colab show the widget. A reader without a kernel (GitHub, a printed page, a notebook just opened)
    sees `png` if it is given, else `markdown`, else `text`. An object that builds its bundle here needs no `Widget`
    base class, so the same code serves ipywidgets 7.7 and 8.

    Parameters
    ----------
    widget : ipywidgets.Widget
        The live view.
    text : str
        One line for a terminal.
    markdown : str, optional
        A still version in words.
    png : bytes, optional
        A still version as a picture; needs `alt`.
    alt : str, optional
        What the picture shows, for readers who cannot see it.
    """
    data: dict[str, Any] = {
        "text/plain": text,
        "application/vnd.jupyter.widget-view+json": {
            "version_major": 2,
            "version_minor": 0,
            "model_id": widget.model_id,
        },
    }
    metadata: dict[str, Any] = {}
    if markdown is not None:
        data["text/markdown"] = markdown
    if png is not None:
        if not alt:
            raise ValueError("`alt` must say what the picture shows; got nothing")
        data["image/png"] = base64.b64encode(png).decode("ascii")
        metadata["image/png"] = {"alt": alt}
    return data, metadata
