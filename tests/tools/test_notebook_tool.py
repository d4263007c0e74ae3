"""The tool that executes, cleans and checks the lessons, tried on throw-away notebooks."""

import base64
import importlib.util
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "notebooks.py"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

spec = importlib.util.spec_from_file_location("notebook_tool", TOOL)
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)

LIVELY = [
    "import time\nfrom tqdm.notebook import tqdm\nfor _ in tqdm(range(3)):\n    pass",
    # Two messages on the wire, which may or may not arrive as one.
    "import sys\nprint('first', end=' ')\nsys.stdout.flush()\ntime.sleep(0.3)\nprint('second')",
    """import io
import ipywidgets
from PIL import Image
from course_utils.mime import widget_bundle

class Dial:
    def _repr_mimebundle_(self, **options):
        out = io.BytesIO()
        Image.linear_gradient("L").save(out, "png")
        box = ipywidgets.VBox([ipywidgets.IntSlider(), ipywidgets.Image(value=out.getvalue())])
        return widget_bundle(box, text="Dial", png=out.getvalue(), alt="from black to white")

Dial()""",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.show()",
    "ipywidgets.IntSlider()",
]


def write(path, *cells, **metadata):
    """Write a notebook; a string stands for a code cell."""
    book = new_notebook(cells=[new_code_cell(c) if isinstance(c, str) else c for c in cells], metadata=metadata)
    path.write_bytes(tool.serialise(book))
    return path


def command(action, *paths, **options):
    """Run the tool as `make` does; return the finished process."""
    line = [sys.executable, str(TOOL), action, *map(str, paths)]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, **options)


def clean(path):
    tool.save(path, run=False)
    return nbformat.read(path, as_version=4)


def run(path, **options):
    done = command("run", path, **options)
    assert done.returncode == 0, done.stderr
    return nbformat.read(path, as_version=4)


@pytest.fixture(scope="module")
def lively(tmp_path_factory):
    """A notebook with a progress bar, a stream in pieces, a widget with a picture, a figure and a bare widget."""
    path = write(tmp_path_factory.mktemp("lively") / "lively.ipynb", new_markdown_cell("# Title"), *LIVELY)
    ids = [cell.id for cell in nbformat.read(path, as_version=4).cells]
    return path, ids, run(path)


@pytest.fixture
def fresh(tmp_path):
    """A notebook of three code cells that passes the check."""
    path = write(tmp_path / "fresh.ipynb", "a = 1", new_markdown_cell("words"), "b = 2", "c = 3")
    book = nbformat.read(path, as_version=4)
    for count, cell in enumerate(tool.code_cells(book).values(), 1):
        cell.execution_count = count
    book.metadata.course = {"executed": [tool.fingerprint(cell) for cell in tool.code_cells(book).values()]}
    path.write_bytes(tool.serialise(tool.tidy(book)))
    assert list(tool.findings(path)) == []
    return path


def change(path, edit):
    book = nbformat.read(path, as_version=4)
    edit(book)
    path.write_bytes(tool.serialise(book))
    return list(tool.findings(path))


def png(array, **options):
    out = io.BytesIO()
    Image.fromarray(np.asarray(array, dtype=np.uint8)).save(out, "png", **options)
    return out.getvalue()


def rgba(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


# --- what is kept of a cell's outputs ---


def test_what_a_progress_bar_wrote_and_erased_is_not_kept():
    texts = "head\n\r 0%| 0/2\r", " 99%| 1/2\r          \rrow 1\n", "\r 0%| 0/2\r          \rrow 2\n"
    cell = new_code_cell("train()", outputs=[new_output("stream", name="stdout", text=text) for text in texts])
    bar = new_code_cell("fit()", outputs=[new_output("stream", name="stdout", text="\r 50%\r      \r")])
    kept, nothing = (tool.tidy(new_notebook(cells=[c])).cells[0].outputs for c in (cell, bar))
    assert [output.text for output in kept] == ["head\nrow 1\nrow 2\n"]
    assert nothing == []


# --- where time goes ---


def test_slow_lesson_is_reported_with_where_its_time_went(tmp_path, monkeypatch):
    cells = ["import time", "def fit(n): time.sleep(n)\nfit(0.2)", "time.sleep(0.1)", "plot_it = lambda: 0; plot_it()"]
    path = write(tmp_path / "slow.ipynb", *cells)
    quick = tool.save(path, run=True)
    assert "\n" not in quick
    monkeypatch.setattr(tool, "LESSON_SECONDS", 0)
    _, over, kinds, slowest, *_ = tool.save(path, run=True).splitlines()
    assert "over 0 s" in over
    assert re.match(r" *training 0\.[2-9] s, the rest 0\.[1-9] s, ", kinds)
    assert re.search(r"cell 2, 0\.[2-9] s: def fit", slowest)
    long = write(tmp_path / "08_slow.ipynb", "import time", "time.sleep(0.1)")
    assert "\n" not in tool.save(long, run=True)


# --- run --------------------------------------------------------------------------------------------------------------


def test_run_twice_changes_no_byte(lively):
    path, _, _ = lively
    before = path.read_bytes()
    assert "unchanged" in command("run", path).stdout
    assert path.read_bytes() == before


def test_run_keeps_ids_and_counts(lively):
    _, ids, book = lively
    assert [cell.id for cell in book.cells] == ids
    assert [cell.execution_count for cell in book.cells[1:]] == [1, 2, 3, 4, 5]


def test_run_leaves_no_trace_of_kernel_or_clock(lively):
    path, _, book = lively
    assert set(book.metadata) == {"course", "kernelspec", "language_info"}
    assert book.metadata.kernelspec.name == "python3"
    assert all(cell.metadata == {} for cell in book.cells)
    assert WIDGET_VIEW not in path.read_text(encoding="utf-8")
    assert "it/s" not in path.read_text(encoding="utf-8")


def test_run_keeps_of_each_output_what_a_reader_without_kernel_sees(lively):
    _, _, book = lively
    bar, stream, dial, figure, slider = (cell.outputs for cell in book.cells[1:])
    assert bar == []
    assert slider == []
    assert [output.text for output in stream] == ["first second\n"]
    assert set(dial[0].data) == {"image/png", "text/plain"}
    assert dial[0].metadata == {"image/png": {"alt": "from black to white"}}
    assert (rgba(base64.b64decode(dial[0].data["image/png"]))[..., 0] == np.asarray(Image.linear_gradient("L"))).all()
    assert set(figure[0].data) == {"image/png", "text/plain"}
    stored = base64.b64decode(figure[0].data["image/png"])
    assert tool.repack(stored) == stored, "the figure was saved as matplotlib packed it"


def test_run_result_passes_the_check(lively):
    path, _, _ = lively
    done = command("check", path)
    assert (done.returncode, done.stdout) == (0, "")


def test_run_executes_in_the_folder_of_the_notebook_with_this_python(tmp_path):
    foreign = tmp_path / "share" / "kernels" / "python3" / "kernel.json"  # found before the one of this environment
    foreign.parent.mkdir(parents=True)
    foreign.write_text('{"argv": ["false"], "display_name": "foreign", "language": "python"}')
    path = write(
        tmp_path / "where.ipynb", 'import sys\nfrom pathlib import Path\nprint(Path.cwd(), sys.executable, sep="\\n")'
    )
    book = run(path, env={**os.environ, "JUPYTER_PATH": str(tmp_path / "share")})
    assert book.cells[0].outputs[0].text.splitlines() == [str(tmp_path.resolve()), sys.executable]


def test_run_names_the_failing_cell_and_leaves_the_file(tmp_path):
    path = write(tmp_path / "bad.ipynb", new_markdown_cell("words"), "x = 1", "y = x / 0\nprint(y)", "never = 1")
    before = path.read_bytes()
    done = command("run", path)
    assert done.returncode == 1
    assert "bad.ipynb: cell 3:\n    | y = x / 0\n    | print(y)\n" in done.stderr
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert "\x1b" not in done.stderr
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["bad.ipynb"]


def test_run_refuses_a_dead_kernel_by_the_cell_that_killed_it(tmp_path):
    path = write(tmp_path / "dead.ipynb", "x = 1", "import os\nos._exit(3)")
    before = path.read_bytes()
    done = command("run", path)
    assert done.returncode == 1
    assert "dead.ipynb: cell 2:" in done.stderr
    assert "Kernel died" in done.stderr
    assert path.read_bytes() == before


def test_run_refuses_stderr_with_its_text(tmp_path):
    path = write(tmp_path / "warns.ipynb", "x = 1", "import warnings\nwarnings.warn('beware of the dog')")
    before = path.read_bytes()
    done = command("run", path)
    assert done.returncode == 1
    assert "warns.ipynb: cell 2:" in done.stderr
    assert "beware of the dog" in done.stderr
    assert path.read_bytes() == before


def test_run_killed_in_the_middle_leaves_the_old_file(tmp_path):
    started = tmp_path / "started"
    os.mkfifo(started)  # opening it to read waits until the cell has opened it to write
    wait = f"open({str(started)!r}, 'w').close()\nimport threading\nthreading.Event().wait()"
    path = write(tmp_path / "slow.ipynb", "print('new output')", wait)
    before = path.read_bytes()
    with subprocess.Popen([sys.executable, str(TOOL), "run", str(path)], stderr=subprocess.DEVNULL) as process:
        started.read_text()
        process.kill()
    assert path.read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} == {"slow.ipynb", "started"}


# --- clean ------------------------------------------------------------------------------------------------------------


def test_clean_drops_foreign_metadata_and_keeps_what_the_author_set(tmp_path):
    cell = new_code_cell("1")
    cell.metadata = {
        "tags": ["nbval-check-output"],
        "jupyter": {"source_hidden": True, "outputs_hidden": False, "is_executing": True},
        "execution": {"iopub.status.busy": "2026-01-01"},
        "scrolled": True,
    }
    state = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    path = write(tmp_path / "dirty.ipynb", cell, widgets=state, colab={"name": "x"}, course={"executed": ["?"]})
    assert command("clean", path).returncode == 0
    book = nbformat.read(path, as_version=4)
    assert set(book.metadata) == {"course", "kernelspec", "language_info"}
    assert book.metadata.course == {"executed": ["?"]}  # nothing was executed, so nothing may claim it
    assert book.cells[0].metadata == {
        "tags": ["nbval-check-output"],
        "jupyter": {"source_hidden": True, "outputs_hidden": False},
    }
    assert book.cells[0].id == cell.id


def test_clean_keeps_a_widget_that_is_told_in_words(tmp_path):
    live = {WIDGET_VIEW: {"model_id": "1"}, "text/plain": "Quiz", "text/markdown": "**Question**"}
    plain = {"text/plain": "42"}
    cell = new_code_cell("quiz", outputs=[new_output("display_data", d) for d in (live, plain)])
    path = write(tmp_path / "words.ipynb", cell)
    kept = clean(path).cells[0].outputs
    assert [output.data for output in kept] == [{"text/plain": "Quiz", "text/markdown": "**Question**"}, plain]


def test_clean_joins_only_neighbouring_streams(tmp_path):
    out = [new_output("stream", name="stdout", text=text) for text in "ab"]
    picture = new_output("display_data", {"text/plain": "picture"})
    path = write(tmp_path / "s.ipynb", new_code_cell("x", outputs=[*out, picture, out[0]]))
    kept = clean(path).cells[0].outputs
    assert [o.get("text") for o in kept] == ["ab", None, "a"]


def test_save_interrupted_while_writing_leaves_the_old_file(tmp_path, monkeypatch):
    path = write(tmp_path / "old.ipynb", "1", colab={})
    before = path.read_bytes()

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OSError, match="No space"):
        tool.save(path, run=False)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["old.ipynb"]


# --- pictures ---------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    channels=st.sampled_from([1, 2, 3, 4]),
    colours=st.sampled_from([1, 2, 3, 16, 17, 255, 256, 257, 2000]),
    seed=st.integers(0, 2**32 - 1),
)
def test_repack_keeps_every_pixel_and_is_stable(shape, channels, colours, seed):
    random = np.random.default_rng(seed)
    table = random.integers(0, 256, (colours, channels))
    pixels = table[random.integers(0, colours, shape)]
    original = png(pixels[..., 0] if channels == 1 else pixels)
    packed = tool.repack(original)
    assert len(packed) <= len(original)
    assert np.array_equal(rgba(packed), rgba(original))
    assert tool.repack(packed) == packed


@pytest.mark.parametrize(("colours", "mode"), [(256, "P"), (257, "RGB")])
def test_repack_uses_a_palette_up_to_256_colours(colours, mode):
    ramp = np.random.default_rng(0).permutation(np.arange(128 * 128) % colours)
    original = png(np.stack([ramp % 256, ramp // 256, 0 * ramp, 255 + 0 * ramp], axis=-1).reshape(128, 128, 4))
    packed = tool.repack(original)
    assert Image.open(io.BytesIO(packed)).mode == mode
    assert np.array_equal(rgba(packed), rgba(original))
    assert len(packed) < len(original)


def test_repack_keeps_transparency_beyond_a_palette():
    noise = np.random.default_rng(0).integers(0, 256, (50, 50, 4))
    original = png(noise, compress_level=0)
    packed = tool.repack(original)
    assert Image.open(io.BytesIO(packed)).mode == "RGBA"
    assert np.array_equal(rgba(packed), noise)


def test_repack_leaves_alone_what_eight_bits_cannot_hold():
    out = io.BytesIO()
    Image.fromarray(np.arange(10_000, dtype=np.uint16).reshape(100, 100)).save(out, "png", compress_level=0)
    assert tool.repack(out.getvalue()) == out.getvalue()
    frames = [Image.new("L", (9, 9), shade) for shade in (0, 255)]
    moving = io.BytesIO()
    frames[0].save(moving, "png", save_all=True, append_images=frames[1:], compress_level=0)
    assert tool.repack(moving.getvalue()) == moving.getvalue()


# --- check ------------------------------------------------------------------------------------------------------------


def test_check_names_the_changed_cell_by_number_and_first_line(fresh):
    def edit(book):
        book.cells[2].source = "b = 22\nmore = 0"

    assert change(fresh, edit) == ["cell 3 has changed since the saved run: b = 22"]
    done = command("check", fresh)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "fresh.ipynb: cell 3 has changed since the saved run: b = 22",
        "Remedy: make notebooks",
    ]


def test_check_does_not_mind_changed_words(fresh):
    def edit(book):
        book.cells[1].source = "better words"

    assert change(fresh, edit) == []


def test_check_names_only_the_cell_that_was_inserted(fresh):
    def edit(book):
        book.cells.insert(0, new_code_cell("zero = 0"))

    assert change(fresh, edit) == ["cell 1 was never run: zero = 0"]


def test_check_names_a_cell_that_is_gone(fresh):
    def edit(book):
        del book.cells[2]

    assert change(fresh, edit) == ["1 code cell(s) after cell 1 are gone since the saved run"]


def test_check_names_cells_in_another_order(fresh):
    def edit(book):
        book.cells[2], book.cells[3] = book.cells[3], book.cells[2]

    assert any("has changed since the saved run" in finding for finding in change(fresh, edit))


def test_check_names_a_notebook_that_was_never_executed_here(fresh):
    def edit(book):
        del book.metadata["course"]

    assert change(fresh, edit) == ["holds no record of a run"]

    def claim_that_nothing_ran(book):
        book.metadata.course = {"executed": []}

    assert len(change(fresh, claim_that_nothing_ran)) == 3


def test_check_exempts_the_boot_cell_and_no_other(fresh):
    def tag(book):
        book.cells[0].metadata.tags = ["colab-boot"]
        book.metadata.course.executed[0] = tool.fingerprint(book.cells[0])

    def publish(book):
        book.cells[0].source = 'REPOSITORY = "somebody/course"'

    assert change(fresh, tag) == []
    assert change(fresh, publish) == []


@pytest.mark.parametrize(
    ("edit", "finding"),
    [
        (lambda b: b.metadata.update(widgets={}), "notebook metadata is not clean: widgets"),
        (lambda b: b.metadata.language_info.update(version="3"), "notebook metadata is not clean: kernelspec or"),
        (lambda b: b.cells[0].metadata.update(scrolled=True), "cell 1 has metadata that is not clean: scrolled"),
        (
            lambda b: b.cells[2].outputs.append(new_output("display_data", {WIDGET_VIEW: {}, "image/png": ""})),
            "cell 3 holds widget state",
        ),
        (
            lambda b: b.cells[0].outputs.append(new_output("stream", text="x" * tool.MAX_BYTES)),
            "1.5 MB, more than 1.5 MB",
        ),
    ],
)
def test_check_names_what_is_not_clean(fresh, edit, finding):
    (found,) = change(fresh, edit)
    assert found.startswith(finding)


def test_check_names_a_file_laid_out_by_another_program(fresh):
    fresh.write_bytes(fresh.read_bytes().replace(b"\n ", b"\n    "))
    assert list(tool.findings(fresh)) == ["is not laid out as nbformat writes it"]


def test_check_says_which_file_is_no_notebook(tmp_path):
    path = tmp_path / "half.ipynb"
    path.write_text('{"cells": [')
    done = command("check", path)
    assert done.returncode == 1
    assert done.stderr.startswith("half.ipynb: cannot be read as a notebook")


@pytest.mark.parametrize("action", ["run", "clean", "check"])
def test_a_notebook_that_is_missing_is_named_in_one_line(tmp_path, action):
    done = command(action, tmp_path / "missing.ipynb")
    assert done.returncode == 1
    assert done.stderr.startswith("missing.ipynb: cannot be read as a notebook")
    assert done.stderr.count("\n") == 1


# --- how pytest runs the lessons --------------------------------------------------------------------------------------


def test_pytest_executes_notebooks_and_compares_only_exact_cells(tmp_path):
    exact, loose = (new_code_cell(s, outputs=[new_output("stream", text="41\n")]) for s in ("print(42)", "print(42) "))
    same = new_code_cell("print(41)", outputs=[new_output("stream", text="41\n")], execution_count=1)
    exact.execution_count = loose.execution_count = 1
    exact.metadata.tags = same.metadata.tags = ["nbval-check-output"]
    path = write(tmp_path / "lesson.ipynb", same, loose, exact, "raise ValueError")
    options = ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={tmp_path}", "-p", "no:cacheprovider", "-rA", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(path)], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert done.returncode == 1, done.stderr
    passed, failed = (
        [line.split("::Cell ")[1][0] for line in done.stdout.splitlines() if line.startswith(word)]
        for word in ("PASSED", "FAILED")
    )
    assert (passed, failed) == (["0", "1"], ["2", "3"]), done.stdout
