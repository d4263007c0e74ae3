"""JupyterLab in a real browser, for tests: start a server, open a notebook, run it.

JupyterLab loads in pieces, so every step here waits for the condition that makes the next one possible.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

LESSONS = Path(__file__).resolve().parents[2] / "notebooks"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",  # Chromium's own sandbox refuses to work for root, which is what many containers run as
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "notebook-extension/tracker": {"windowingMode": "none"},  # put all cells on the page, not only those in view
}
# JupyterLab 4.6 marks a traceback as stderr, others mark it as what it is; no lesson should show either.
COMPLAINTS = ", ".join(
    f'.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.{k}"]' for k in ("error", "stderr")
)
IDLE = re.compile(r"\| Idle$")


def find_chromium() -> str:
    """Return the browser to drive: $CHROMIUM or one on the PATH. Without one, skip; on CI, where there is one, fail."""
    if os.environ.get("CHROMIUM"):
        return os.environ["CHROMIUM"]
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return found
    problem = (
        "The lessons were not tried in a browser, because none was found: install Debian's package `chromium` "
        "(apt install chromium), or name a Chromium or Chrome in the environment variable CHROMIUM."
    )
    if os.environ.get("CI"):
        pytest.fail(problem, pytrace=False)
    pytest.skip(problem)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser, without a window."""
    executable = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    base: str
    token: str
    log: Path
    root: Path  # the folder that it serves

    def tail(self) -> str:
        """Return the end of what the server wrote."""
        return self.log.read_text(errors="replace")[-4000:]


@contextlib.contextmanager
def jupyter_lab(folder: Path, home: Path) -> Iterator[Lab]:
    """Serve `folder` with this interpreter's JupyterLab; its settings, log and whatever else it writes go to `home`."""
    for name, value in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lab = Lab(f"http://127.0.0.1:{port}", secrets.token_hex(16), home / "lab.log", folder)
    with (
        lab.log.open("w") as log,
        subprocess.Popen(
            lab_command(folder, port, lab.token),
            env=lab_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            wait_until_it_answers(lab, process)
            yield lab
        finally:
            stop(process)


def lab_command(folder: Path, port: int, token: str) -> list[str]:
    """Return the command line of a JupyterLab that opens no window and asks nobody on the network."""
    return [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
        "--ServerApp.port_retries=0",
        "--ServerApp.terminals_enabled=False",
        f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={token}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]


def lab_environment(home: Path) -> dict[str, str]:
    """Keep the user's own Jupyter and IPython settings out of the test, and the test out of them."""
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    return {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1", **{name: str(home / f) for name, f in folders.items()}}


def wait_until_it_answers(lab: Lab, process: subprocess.Popen[bytes], patience: float = 90) -> None:
    """Return when the server answers; raise with its log if it does not."""
    deadline = time.monotonic() + patience
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{lab.base}/api/status?token={lab.token}", timeout=5):
                return
        except OSError:
            # Nothing reports that a server listens; waiting for the process to end is a pause that notices a crash.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{lab.tail()}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, politely at first so that it ends its kernels."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()


# The pixels of all pictures in a widget, as text; null while one is being loaded. The addresses in `src` would not do:
# they change with every message of the kernel.
PICTURES = """selector => {
    const images = [...document.querySelectorAll(`${selector} img`)]
        .filter(image => image.offsetParent && getComputedStyle(image).visibility !== "hidden");
    if (!images.length || !images.every(image => image.complete && image.naturalWidth)) return null;
    return images.map(image => {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
        canvas.getContext("2d").drawImage(image, 0, 0);
        return canvas.toDataURL();
    }).join();
}"""
# No promises here: `wait_for_function` takes one that has yet to say no for a yes.
PICTURES_CHANGED = f"([selector, old]) => {{ const now = ({PICTURES})(selector); return now && now !== old; }}"

# Where a control stands. (aria-valuenow of a slider is rounded to one decimal.)
STATE = "control => control.getAttribute('aria-valuetext') ?? control.value"


@dataclass
class OpenNotebook:
    """A notebook open in a page, and what went wrong there so far."""

    page: Page
    page_errors: list[str] = field(default_factory=list)
    outside_requests: list[str] = field(default_factory=list)

    def wait_for_kernel(self, patience: float = 60) -> None:
        """Wait for the status bar's word: the notebook's own indicator says idle before there is a kernel."""
        self.page.locator("#jp-main-statusbar").get_by_text(IDLE).wait_for(timeout=patience * 1000)

    def run_all(self, patience: float) -> None:
        """Press Run All Cells in the menu, and wait until every code cell has its number or something went wrong.

        The notebook must have been saved without execution counts, or there would be nothing to wait for.
        """
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.locator('.lm-Menu [data-command="runmenu:run-all"]').click()
        self.page.wait_for_function(
            """complaints => {
                const waiting = [...document.querySelectorAll(".jp-CodeCell")].filter(cell =>
                    (cell.querySelector(".cm-content")?.textContent ?? "").trim()
                    && !/\\d/.test(cell.querySelector(".jp-InputPrompt").textContent));
                return waiting.length === 0 || document.querySelector(complaints) !== null;
            }""",
            arg=COMPLAINTS,
            timeout=patience * 1000,
        )
        self.wait_for_kernel(patience)

    def press_key_and_wait_for_picture(self, widget: str, control: str = "[role=slider]") -> None:
        """Move the first such control of `widget` by one arrow key; fail unless a picture in it becomes another one."""
        page = self.page
        page.wait_for_function(PICTURES, arg=widget)
        before = page.evaluate(PICTURES, widget)
        moved = page.locator(widget).first.locator(control).first
        value = moved.evaluate(STATE)
        moved.focus()
        page.keyboard.press("ArrowUp")  # up is more, for sliders and number fields alike
        page.wait_for_function(PICTURES_CHANGED, arg=[widget, before])
        assert moved.evaluate(STATE) != value

    def save(self) -> None:
        """Press Ctrl+S and wait until nothing is left to save."""
        self.page.locator(".jp-Notebook").first.click(position={"x": 2, "y": 2})
        self.page.keyboard.press("Control+s")
        self.page.locator(".lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)").first.wait_for()

    def complaints(self) -> list[str]:
        """Return the tracebacks and warnings that the page shows."""
        return self.page.locator(COMPLAINTS).all_inner_texts()


@contextlib.contextmanager
def open_notebook(browser: Browser, lab: Lab, name: str) -> Iterator[OpenNotebook]:
    """Open a notebook of the served folder; a failure inside carries the server's log and the page's errors."""
    page = browser.new_page(viewport={"width": 1280, "height": 1500})
    notebook = OpenNotebook(page)
    local = (lab.base, lab.base.replace("http", "ws"), "blob:", "data:")
    page.on("pageerror", lambda error: notebook.page_errors.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith(local) else notebook.outside_requests.append(r.url))
    page.on("websocket", lambda s: None if s.url.startswith(local) else notebook.outside_requests.append(s.url))
    try:
        page.goto(f"{lab.base}/lab/tree/{name}?reset&token={lab.token}")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        yield notebook
    except BaseException as error:
        error.add_note(f"Errors of the page: {notebook.page_errors}\nJupyterLab's log:\n{lab.tail()}")
        raise
    finally:
        page.close()
