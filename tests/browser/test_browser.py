"""One pass through the lessons as a learner makes it: JupyterLab in Chromium, Run All Cells, sliders moved by key."""

import shutil
from pathlib import Path

import lab
import nbformat
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
# A lesson, and the classes of its widgets that must redraw a picture when their first slider moves.
LESSONS = {
    "04_vae_and_reparameterization.ipynb": ["course-latent-sliders", "course-frozen-noise"],
    "05_vae_loss.ipynb": ["course-beta-slider"],
    "06_kl_divergence.ipynb": ["course-kl-terms", "course-kl-flow"],
}
RUN_SECONDS = 240

# The pixels of all pictures in a widget, as text; null while one is being loaded. The addresses in `src` would not do:
# they change with every message of the kernel.
PICTURES = """selector => {
    const images = [...document.querySelectorAll(`${selector} img`)].filter(image => image.offsetParent);
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

each_lesson = pytest.mark.parametrize("name", LESSONS)


def test_every_lesson_is_opened():
    assert sorted(LESSONS) == sorted(path.name for path in FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module")
def browser():
    with lab.chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def server(browser, tmp_path_factory):
    """JupyterLab on two copies of the lessons: `saved` as committed, `fresh` with no cell marked as run."""
    root = tmp_path_factory.mktemp("lab")
    for copy in ("saved", "fresh"):
        shutil.copytree(FOLDER, root / copy, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for path in (root / "fresh").glob("*.ipynb"):
        book = nbformat.read(path, as_version=4)
        for cell in book.cells:
            if cell.cell_type == "code":
                cell.execution_count = None
        nbformat.write(book, path)
    with lab.jupyter_lab(root, tmp_path_factory.mktemp("home")) as server:
        yield server


@each_lesson
def test_lesson_shows_its_pictures_before_it_is_run(browser, server, name):
    book = nbformat.read(FOLDER / name, as_version=4)
    with lab.open_notebook(browser, server, f"saved/{name}") as notebook:
        for number, cell in enumerate(book.cells):
            alts = [o.metadata["image/png"]["alt"] for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
            images = notebook.page.locator(".jp-Notebook .jp-Cell").nth(number).locator(".jp-RenderedImage img")
            for place, alt in enumerate(alts):
                image = images.nth(place)
                image.wait_for(state="visible")
                notebook.page.wait_for_function("image => image.naturalWidth > 0", arg=image.element_handle())
                # JupyterLab 4.6 ignores alternative text in the metadata; the caption repeats it.
                assert image.get_attribute("alt") in (None, alt), f"cell {number + 1}"
        assert notebook.page_errors == []
        assert notebook.outside_requests == []


@each_lesson
def test_lesson_runs_and_its_sliders_move_its_pictures(browser, server, name):
    saved = nbformat.read(FOLDER / name, as_version=4)
    with lab.open_notebook(browser, server, f"fresh/{name}") as notebook:
        notebook.wait_for_kernel()
        notebook.run_all(RUN_SECONDS)
        assert notebook.complaints() == []
        for widget in LESSONS[name]:
            cell = saved.cells[index_of_cell(notebook.page, f".{widget}")]
            assert any("image/png" in o.get("data", {}) for o in cell.outputs), f"{widget}: nothing to see before a run"
            press_key_and_wait_for_picture(notebook.page, f".{widget}")
        assert notebook.complaints() == []
        assert notebook.page_errors == []
        assert notebook.outside_requests == []


def index_of_cell(page, selector):
    """Return the place in the notebook of the cell that shows a widget."""
    widget = page.locator(selector).first
    widget.wait_for()
    return widget.evaluate(
        "e => [...document.querySelectorAll('.jp-Notebook .jp-Cell')].indexOf(e.closest('.jp-Cell'))"
    )


def press_key_and_wait_for_picture(page, widget):
    """Move the widget's first slider one step by keyboard; fail unless a picture in it becomes another one."""
    page.wait_for_function(PICTURES, arg=widget)
    before = page.evaluate(PICTURES, widget)
    slider = page.locator(widget).first.get_by_role("slider").first
    value = slider.get_attribute("aria-valuetext")  # aria-valuenow is rounded to one decimal
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(PICTURES_CHANGED, arg=[widget, before])
    assert slider.get_attribute("aria-valuetext") != value


def test_missing_browser_is_skipped_with_advice_but_fails_on_ci(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Debian's package `chromium`"):
        lab.find_chromium()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Debian's package `chromium`"):
        lab.find_chromium()
    monkeypatch.setenv("CHROMIUM", "/usr/lib/my-chromium")
    assert lab.find_chromium() == "/usr/lib/my-chromium"
