"""Every widget of the course in JupyterLab: moved by keyboard, saved, and met again the next day without its kernel."""

import gallery_book
import lab
import nbformat
import pytest
from gallery import CLASSES, GALLERY

from course_utils import widgets
from course_utils.notebook_server import WIDGET_VIEW

CONTROLS = {"BetaCalculator": ["input[type=number]:enabled"]}  # it has no slider


@pytest.fixture(scope="module")
def gallery(browser, server):
    """The gallery, run from top to bottom in a page that stays open."""
    with lab.open_notebook(browser, server, gallery_book.NAME) as notebook:
        notebook.wait_for_kernel()
        notebook.run_all(60)
        yield notebook


def test_gallery_has_every_widget():
    assert sorted(GALLERY) == sorted(widgets.__all__)


@pytest.mark.parametrize("name", GALLERY)
def test_widget_moves_by_keyboard(gallery, name):
    gallery.press_key_and_wait_for_picture(f".{CLASSES[name]}", *CONTROLS.get(name, []))


def test_question_explains_the_answer_that_is_clicked(gallery):
    question = gallery.page.locator(".course-question").first
    question.get_by_text("Five").click()
    question.get_by_text("That is one more.").wait_for()
    question.get_by_text("Four").click()
    question.get_by_text("Two and two.").wait_for()


def test_nothing_went_wrong_and_nothing_was_asked_of_another_machine(gallery):
    assert gallery.complaints() == []
    assert gallery.page_errors == []
    assert gallery.outside_requests == []


def test_saved_gallery_shows_stills_the_next_day(gallery, browser, server):
    gallery.save()
    assert WIDGET_VIEW not in (server.root / gallery_book.NAME).read_text()
    saved = nbformat.read(server.root / gallery_book.NAME, as_version=4)
    stills = [o for cell in saved.cells for o in cell.outputs if "image/png" in o.get("data", {})]
    assert len(stills) == len(GALLERY)
    nbformat.write(saved, server.root / "next-day.ipynb")
    with lab.open_notebook(browser, server, "next-day.ipynb") as notebook:
        images = notebook.page.locator(".jp-RenderedImage img")
        images.nth(len(stills) - 1).wait_for()
        notebook.page.locator(".jp-RenderedMarkdown").get_by_text("What is 2 + 2?").wait_for()
        assert images.count() == len(stills)
        assert notebook.page.get_by_text("model not found").count() == 0
