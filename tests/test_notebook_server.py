"""What Jupyter's server does with lessons that are saved and with messages, and that it finds the extension."""

import copy
import json
import logging
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_server.extension.manager import ExtensionManager
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from course_utils import notebook_server
from course_utils.notebook_server import WIDGET_VIEW, save_stills

CONFIG = Path(__file__).resolve().parents[1] / "tools" / "course_utils.json"
LIVE = {WIDGET_VIEW: {"model_id": "1"}, "text/plain": "Dial"}


def notebook(**metadata):
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "words\n"},
        {"output_type": "display_data", "data": {**LIVE, "image/png": "aGk="}, "metadata": {"image/png": {"alt": "a"}}},
        {"output_type": "execute_result", "data": {**LIVE}, "metadata": {}, "execution_count": 1},
    ]
    cells = [{"cell_type": "markdown", "source": "# σ"}, {"cell_type": "code", "source": "dial", "outputs": outputs}]
    return {"type": "notebook", "content": {"cells": cells, "metadata": metadata}}


def test_saved_lesson_has_stills_and_no_live_view():
    model = notebook(course={"executed": []}, widgets={"state": {}})
    before = copy.deepcopy(model["content"]["cells"])
    save_stills(model=model, path="x.ipynb", contents_manager=None)
    stream, still = model["content"]["cells"][1]["outputs"]
    assert stream == before[1]["outputs"][0]
    assert still["data"] == {"text/plain": "Dial", "image/png": "aGk="}
    assert still["metadata"] == {"image/png": {"alt": "a"}}
    assert model["content"]["cells"][0] == before[0]
    assert model["content"]["metadata"] == {"course": {"executed": []}}


@pytest.mark.parametrize(
    "model", [notebook(), {"type": "file", "content": "text"}, {"type": "directory", "content": None}]
)
def test_what_is_no_lesson_is_left_alone(model):
    before = copy.deepcopy(model)
    save_stills(model=model, path="x", contents_manager=None)
    assert model == before


class Connection:
    """As much of a kernel's connection to the browser as the extension touches."""

    def __init__(self, websocket_handler):
        self.websocket_handler = websocket_handler

    def connect(self):
        return "connected"


@pytest.fixture
def server():
    """A server that has loaded what the installed configuration names."""
    extensions = json.loads(CONFIG.read_text())["ServerApp"]["jpserver_extensions"]
    manager, hooks = ExtensionManager(log=logging.getLogger()), []
    manager.from_jpserver_extensions(extensions)
    server = SimpleNamespace(
        contents_manager=SimpleNamespace(register_pre_save_hook=hooks.append),
        web_app=SimpleNamespace(settings={"kernel_websocket_connection_class": Connection}),
        log=manager.log,
        hooks=hooks,
    )
    for name in extensions:
        manager.extensions[name].link_all_points(server)
        manager.extensions[name].load_all_points(server)
    return server


def test_server_saves_stills(server):
    assert server.hooks == [notebook_server.save_stills]


def test_messages_of_a_kernel_do_not_wait_for_each_other(server):
    told = []
    handler = SimpleNamespace(settings=server.web_app.settings, set_nodelay=told.append)
    # the property by which the server's own handler finds the class of its connections
    connection = KernelWebsocketHandler.kernel_websocket_connection_class.fget(handler)(handler)
    assert isinstance(connection, Connection)
    assert connection.connect() == "connected"
    assert told == [True]


def test_environment_holds_the_configuration():
    installed = Path(sys.prefix) / "etc" / "jupyter" / "jupyter_server_config.d" / CONFIG.name
    assert json.loads(installed.read_text()) == json.loads(CONFIG.read_text())
