"""What Jupyter's server does with a lesson that is saved, and that it finds the extension that does it."""

import copy
import json
import logging
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_server.extension.manager import ExtensionManager

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


def test_server_loads_what_the_installed_configuration_names():
    extensions = json.loads(CONFIG.read_text())["ServerApp"]["jpserver_extensions"]
    manager, hooks = ExtensionManager(log=logging.getLogger()), []
    manager.from_jpserver_extensions(extensions)
    server = SimpleNamespace(contents_manager=SimpleNamespace(register_pre_save_hook=hooks.append), log=manager.log)
    for name in extensions:
        manager.extensions[name].link_all_points(server)
        manager.extensions[name].load_all_points(server)
    assert hooks == [notebook_server.save_stills]


def test_environment_holds_the_configuration():
    installed = Path(sys.prefix) / "etc" / "jupyter" / "jupyter_server_config.d" / CONFIG.name
    assert json.loads(installed.read_text()) == json.loads(CONFIG.read_text())
