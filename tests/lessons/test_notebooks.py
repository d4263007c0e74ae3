"""What can be said about the committed lessons without running them. (That every cell runs is what nbval checks.)"""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NOT_PROSE = re.compile(
    r"```.*?```|~~~.*?~~~|\$\$.*?\$\$|\\begin\{(\w+\*?)\}.*?\\end\{\1\}|\$[^$\n]+\$|`[^`\n]+`|<!--.*?-->|<[^>]+>"
    r"|(?<=\])\([^)]*\)",  # the address of a link
    re.DOTALL,
)
MACHINE_DETAILS = {
    "a path of a machine": re.compile(
        r"/(?:home|root|tmp|Users|mnt|work|content|opt|private|var)/\w[\w./-]*|[A-Z]:\\\w"
    ),
    "a memory address": re.compile(r"\b0x[0-9a-f]{7,}\b"),
    "a timing": re.compile(r"\d\s?(?:it/s|s/it|ms|µs|μs|us|ns|s|sec|secs|seconds?|min|minutes?)\b(?!/)"),
}
REPOSITORY = re.compile(r'^REPOSITORY = "(?:[\w.-]+/[\w.-]+)?"', re.MULTILINE)

spec = importlib.util.spec_from_file_location("notebook_tool", ROOT / "tools" / "notebooks.py")
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem, scope="module")
def path(request):
    return request.param


@pytest.fixture(scope="module")
def book(path):
    return nbformat.read(path, as_version=4)


def numbered(book, kind):
    return [(number, cell) for number, cell in enumerate(book.cells, 1) if cell.cell_type == kind]


def outputs(book):
    """Yield every output of the notebook with the number of its cell."""
    for number, cell in numbered(book, "code"):
        for output in cell.outputs:
            yield number, output


def prose_words(source):
    """Count the words a reader reads, leaving out formulas, code, markup and addresses."""
    return len(re.findall(r"\w[\w'’-]*", NOT_PROSE.sub(" ", source)))


def machine_details(text):
    return [f"{name}: {found[0]}" for name, pattern in MACHINE_DETAILS.items() if (found := pattern.search(text))]


def texts(output):
    """Yield the texts that a reader of this output can see; pictures and scripts are none."""
    yield output.get("text", "")
    yield from (str(v) for mime, v in output.get("data", {}).items() if mime.startswith("text/") and mime != "text/css")


# --- the rules above do find what they look for -----------------------------------------------------------------------


def test_there_are_lessons():
    assert LESSONS, "notebooks/ holds no lesson: the tests of this file would check nothing"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("It's one *two* three", 4),
        ("## Title\n\n- item", 2),
        ("a $x + y$ b $$\nlong formula here\n$$ c", 3),
        ("a\n```python\nprint(1)\n```\nb `code here` c", 3),
        ("[the paper](https://example.org/one-two) <b>bold</b>", 3),
        (r"a \begin{align}x &= y\end{align} b", 2),
        ("costs 5 $ and 6", 4),
    ],
)
def test_prose_words_counts_only_prose(source, words):
    assert prose_words(source) == words


@pytest.mark.parametrize("text", ["<X at 0x7f9c1a2b3c40>", "/home/ada/x.py", r"C:\Users", "took 3.2 s", "1ms", "5it/s"])
def test_machine_details_are_found(text):
    assert machine_details(text)


@pytest.mark.parametrize("text", ["0xff", "3 steps", "loss 12.5 nats", "σ = 0.3", "and/or", "10 samples", "2 minima"])
def test_machine_details_leave_ordinary_text_alone(text):
    assert machine_details(text) == []


# --- saved as `make notebooks` saves ----------------------------------------------------------------------------------


def test_lesson_is_fresh_and_clean(path):
    assert list(tool.findings(path)) == [], "remedy: make notebooks"


def test_lesson_names_its_kernel(book):
    assert book.metadata.kernelspec.name == "python3"
    assert book.metadata.language_info.name == "python"


def test_lesson_has_an_id_for_every_cell(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]  # nbformat would mend what it reads
    ids = [cell.get("id") for cell in cells]
    assert None not in ids
    assert len(set(ids)) == len(ids)


def test_lesson_was_run_from_top_to_bottom(book):
    counts = [cell.execution_count for _, cell in numbered(book, "code") if cell.source.strip()]
    assert counts == list(range(1, len(counts) + 1))


def test_lesson_holds_no_error_and_no_warning(book):
    bad = [
        (number, o.output_type) for number, o in outputs(book) if o.output_type == "error" or o.get("name") == "stderr"
    ]
    assert bad == []


def test_lesson_shows_nothing_of_the_machine_that_ran_it(book):
    bad = [(number, detail) for number, o in outputs(book) for text in texts(o) for detail in machine_details(text)]
    assert bad == []


def test_lesson_has_cells_whose_exact_output_is_compared(book):
    compared = [c for _, c in numbered(book, "code") if "nbval-check-output" in c.metadata.get("tags", [])]
    assert len([cell for cell in compared if cell.outputs]) >= 3


# --- pleasant to read -------------------------------------------------------------------------------------------------


def test_lesson_opens_with_title_and_promise(book):
    first = book.cells[0]
    assert first.cell_type == "markdown"
    title, *rest = first.source.strip().splitlines()
    assert re.match(r"# \S", title)
    promise = [line for line in rest if line.strip() and not line.startswith(("[!", "<", "#"))]
    assert promise, "a sentence under the title must say what the reader will have at the end"
    assert prose_words(" ".join(promise)) >= 5
    assert re.search(r"[.!?]\W*$", promise[-1])


def test_lesson_has_one_title(book):
    headings = [line for _, c in numbered(book, "markdown") for line in NOT_PROSE.sub("", c.source).splitlines()]
    assert sum(line.startswith("# ") for line in headings) == 1


def test_lesson_ends_with_summary_and_sources(book):
    headings = [
        (number, re.sub(r"^#+\W*(\d+[.)]?\s*)?", "", line).strip().lower())
        for number, cell in numbered(book, "markdown")
        for line in cell.source.splitlines()
        if line.startswith("## ")
    ]
    last = [text for _, text in headings[-4:]]
    assert any(text.startswith("summary") for text in last), last
    assert last[-1].startswith("sources"), last
    assert all(number < headings[-1][0] for number, _ in numbered(book, "code")), "code stands after the sources"


def test_lesson_ends_by_saying_what_is_done_and_what_is_open(path, book):
    cells = [cell for _, cell in numbered(book, "code")]
    assert cells[-1].source == "ex.progress()"
    assert "nbval-check-output" in cells[-1].metadata.tags
    (output,) = cells[-1].outputs
    lesson = importlib.import_module(f"course_utils.exercises.lesson{path.name[:2]}")
    now, saved = lesson.progress(), output["data"]["text/plain"].splitlines()
    assert (
        saved[0]
        == f"{now.lesson}: 0 of {len(now.exercises)} exercises passed, 0 of {len(now.questions)} questions right."
    )
    for entries in (now.exercises, now.questions):  # each once, open, in the order in which the lesson has them
        names = {entry.name: entry.title for entry in entries}
        rows = [row.split(maxsplit=3) for row in saved if row.startswith("  ") and row.split()[1] in names]
        assert {name: title for _, name, _, title in rows} == names
        assert {(sign, state) for sign, _, state, _ in rows} == {("○", "open")}
        code = "\n".join(line for cell in cells for line in cell.source.splitlines() if not line.startswith("#"))
        places = [code.find(name) for _, name, _, _ in rows]
        met = [place for place in places if place >= 0]
        assert met == sorted(met)
        assert places == met + [-1] * (len(places) - len(met))


def test_lesson_code_cells_are_short(book):
    long = {number: len(c.source.strip().splitlines()) for number, c in numbered(book, "code")}
    assert {number: lines for number, lines in long.items() if lines > 25} == {}


def test_lesson_has_no_wall_of_text(book):
    words = {number: prose_words(cell.source) for number, cell in numbered(book, "markdown")}
    assert {number: count for number, count in words.items() if count > 120} == {}


def test_lesson_describes_every_picture_in_words(book):
    alts = [
        (number, mime, output.metadata.get(mime, {}).get("alt", ""))
        for number, output in outputs(book)
        for mime in output.get("data", {})
        if mime.startswith("image/")
    ]
    assert [(number, mime) for number, mime, alt in alts if prose_words(alt) < 3] == []
    embedded = [(n, tag) for n, o in outputs(book) for text in texts(o) for tag in re.findall(r"<img\b[^>]*>", text)]
    assert [(number, tag[:60]) for number, tag in embedded if not re.search(r"\balt=[\"']?\w", tag)] == []


# --- the cell that installs the package on Colab ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def boot(book):
    (_, cell), *others = numbered(book, "code")
    assert cell.metadata.get("tags") == ["colab-boot"], "the first code cell must be tagged colab-boot, and no more"
    assert all("colab-boot" not in other.metadata.get("tags", []) for _, other in others)
    assert len(REPOSITORY.findall(cell.source)) == 1
    return cell.source


@pytest.fixture
def start(boot, tmp_path, monkeypatch):
    """Return a function that runs the boot cell in a simulated machine and lists the commands that it started."""

    def start(*, colab, installed, address=""):
        commands = []

        def run(command, *, check):
            assert check, "a failed installation must stop the lesson"
            commands.append(command)

        def find_spec(name, package=None):
            assert name == "course_utils"
            return object() if installed else None

        with monkeypatch.context() as machine:
            machine.delenv("COLAB_RELEASE_TAG", raising=False)
            if colab:
                machine.setenv("COLAB_RELEASE_TAG", "release-colab_20260801")
            machine.chdir(tmp_path)
            machine.setattr(importlib.util, "find_spec", find_spec)
            machine.setattr(subprocess, "run", run)
            machine.setattr(subprocess, "Popen", None)
            machine.setattr(os, "system", None)
            exec(REPOSITORY.sub(f'REPOSITORY = "{address}"', boot), {"__name__": "__main__"})
        return commands

    return start


@pytest.mark.parametrize("installed", [True, False])
def test_boot_cell_does_nothing_outside_colab(start, tmp_path, installed):
    (tmp_path / "course_utils-1.0-py3-none-any.whl").touch()
    assert start(colab=False, installed=installed, address="ada/course") == []


def test_boot_cell_does_nothing_where_the_package_is_installed(start, tmp_path):
    (tmp_path / "course_utils-1.0-py3-none-any.whl").touch()
    assert start(colab=True, installed=True, address="ada/course") == []


@pytest.mark.parametrize("address", ["", "ada/course"])
def test_boot_cell_installs_a_wheel_that_lies_beside(start, tmp_path, address):
    (tmp_path / "course_utils-1.0-py3-none-any.whl").touch()
    (command,) = start(colab=True, installed=False, address=address)
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    assert Path(command[-1]).name == "course_utils-1.0-py3-none-any.whl"
    assert not {"-U", "--upgrade", "--force-reinstall"} & set(command), "what Colab ships must stay as it is"


def test_boot_cell_installs_from_the_published_address(start):
    (command,) = start(colab=True, installed=False, address="ada/course")
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    assert command[-1] == "git+https://github.com/ada/course"


def test_boot_cell_says_how_to_upload_the_wheel_where_there_is_neither(start):
    with pytest.raises(SystemExit, match=r"(?is)(?=.*upload).*(course_utils\S*\.whl|wheel)"):
        start(colab=True, installed=False)


# --- what every lesson says in the same words ---

IT_TAKES = re.compile(
    r"^\*\*It takes\*\* about \d+ minutes to read, run and answer the core"
    r"(?: \(skip the code of a cell that only draws\))?; "
    r"the exercises and the parts marked \*\(further\)\* about as long again\. "
    r"It computes for (?:less than a minute|about a minute|about two and a half minutes) on two idle cores, "
    r"and for several times as long on a busy machine\.$",
    re.MULTILINE,
)


def test_lesson_says_what_it_takes_and_needs(book):
    text = "\n".join(cell.source for _, cell in numbered(book, "markdown"))
    assert len(IT_TAKES.findall(text)) == 1
    assert len(re.findall(r"^\*\*You need\*\* ", text, re.MULTILINE)) == 1


def test_lesson_leads_to_the_next(path, book):
    found = [cell.source for _, cell in numbered(book, "markdown") if cell.source.startswith("**Next:** ")]
    assert len(found) == 1
    following = LESSONS[LESSONS.index(path) + 1 :]
    assert following == [] or f"]({following[0].name})" in found[0]
