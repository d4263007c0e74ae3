"""What Jupyter's server loads from this environment: stills in lessons that are saved, and messages that do not wait.

A live view needs its kernel. Saved with the notebook, it would greet its reader the next day with "Error displaying
widget: model not found" in place of the still picture that every widget of the course brings along.

A kernel answers the move of a slider with several short messages. Unless told otherwise, the operating system holds the
second one back until the browser has confirmed the first, and browsers confirm after up to 40 ms: most of the time
from a key press to its picture. `prompt` tells it otherwise.

The environment's ``etc/jupyter/jupyter_server_config.d/course_utils.json`` names this module.
"""

from collections.abc import Mapping
from typing import Any

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def without_live_views(outputs: list[Any]) -> list[Any]:
    """Return a cell's outputs less the live views, and less what offers nothing else: a progress bar, a bare slider.

    Examples
    --------
    >>> still = {"output_type": "display_data", "data": {WIDGET_VIEW: {}, "text/plain": "w", "image/png": "aGk="}}
    >>> bar = {"output_type": "display_data", "data": {WIDGET_VIEW: {}, "text/plain": "  0%|"}}
    >>> [sorted(output["data"]) for output in without_live_views([still, bar])]
    [['image/png', 'text/plain']]
    """
    kept = []
    for output in outputs:
        if WIDGET_VIEW in output.get("data", {}):
            data = {mime: value for mime, value in output["data"].items() if mime != WIDGET_VIEW}
            if set(data) <= {"text/plain"}:
                continue
            output = {**output, "data": data}
        kept.append(output)
    return kept


def save_stills(model: Mapping[str, Any], **_: Any) -> None:
    """Take the live views out of a lesson that is about to be saved; leave every other notebook alone.

    Parameters
    ----------
    model : mapping
        What Jupyter's contents manager saves; its ``"content"`` is changed in place.
    """
    book = model.get("content")
    if model.get("type") != "notebook" or not book or "course" not in book["metadata"]:
        return
    book["metadata"].pop("widgets", None)
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = without_live_views(cell["outputs"])


def prompt(connection: type[Any]) -> type[Any]:
    """Return a class like `connection`, between a browser and a kernel, that sends every message at once.

    Parameters
    ----------
    connection : type
        A kernel websocket connection of jupyter_server.

    Returns
    -------
    type
        A subclass: it switches Nagle's algorithm off when it connects.
    """

    class PromptConnection(connection):
        def connect(self) -> Any:
            self.websocket_handler.set_nodelay(True)
            return super().connect()

    return PromptConnection


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    server.contents_manager.register_pre_save_hook(save_stills)
    settings = server.web_app.settings
    settings["kernel_websocket_connection_class"] = prompt(settings["kernel_websocket_connection_class"])
