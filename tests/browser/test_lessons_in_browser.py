"""A pass through a lesson as a learner makes it: JupyterLab in Chromium, Run All Cells, sliders moved by key.

`make test` takes the first lesson of the table; `make test-browser` every one (``--every-lesson``).
"""

import lab
import nbformat
import pytest

# A lesson, and the classes of its widgets that must redraw a picture when their first slider moves.
LESSONS = {
    "01_neural_networks_and_convolutions.ipynb": ["course-flipbook", "course-convolution"],
    "02_autoencoders_and_their_limits.ipynb": ["course-code-plane"],
    "03_from_points_to_distributions.ipynb": ["course-noise-dial", "course-flipbook"],
    "04_vae_and_reparameterization.ipynb": ["course-latent-sliders", "course-frozen-noise"],
    "05_vae_loss.ipynb": ["course-beta-slider"],
    "06_kl_divergence.ipynb": ["course-kl-terms", "course-kl-flow"],
    "07_latent_spaces_ae_vs_vae.ipynb": ["course-two-planes", "course-flipbook", "course-latent-sliders"],
    "08_gans_and_nash_equilibrium.ipynb": ["course-matrix-game", "course-gradient-play", "course-ring-gan"],
}
RUN_SECONDS = 240


@pytest.fixture(params=LESSONS)
def name(request):
    if request.param != next(iter(LESSONS)) and not request.config.getoption("--every-lesson"):
        pytest.skip("`make test-browser` takes every lesson through the browser")
    return request.param


def test_every_lesson_is_opened():
    assert sorted(LESSONS) == sorted(path.name for path in lab.LESSONS.glob("*.ipynb"))


def test_lesson_shows_its_pictures_before_it_is_run(browser, server, name):
    book = nbformat.read(lab.LESSONS / name, as_version=4)
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


def test_lesson_runs_and_its_sliders_move_its_pictures(browser, server, name):
    saved = nbformat.read(lab.LESSONS / name, as_version=4)
    with lab.open_notebook(browser, server, f"fresh/{name}") as notebook:
        notebook.wait_for_kernel()
        notebook.run_all(RUN_SECONDS)
        assert notebook.complaints() == []
        for widget in LESSONS[name]:
            cell = saved.cells[index_of_cell(notebook.page, f".{widget}")]
            assert any("image/png" in o.get("data", {}) for o in cell.outputs), f"{widget}: nothing to see before a run"
            notebook.press_key_and_wait_for_picture(f".{widget}")
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
