#!/usr/bin/env python3
"""Execute, clean and check the lessons, so that what is committed is what a learner will get.

    notebooks.py run   [NOTEBOOK ...]   execute in a fresh kernel of this Python, clean, save
    notebooks.py clean [NOTEBOOK ...]   clean and save, without executing
    notebooks.py check [NOTEBOOK ...]   name what is stale or not clean, without executing; exit 1 if anything is

Without names: every lesson in notebooks/. `make notebooks` calls `run`.

run    A cell that raises, or that writes to stderr (a warning in a saved lesson is a fault of the lesson), stops the
       run with the cell's number, its source and what it said; the file on disk stays as it was.
clean  Keeps sources, ids, execution counts, tags and outputs. Drops other metadata, widget state and progress bars;
       stores PNGs with fewer bytes and the same pixels; writes nbformat's own JSON layout, atomically.
check  Compares the code with the hashes that `run` left in the notebook's metadata. Cells tagged `colab-boot` may
       differ, because publishing writes the repository's address into them.

Cell numbers count every cell of the notebook from 1, as they follow each other on the page.
"""

import argparse
import base64
import copy
import hashlib
import io
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from notebook_file import BOOT_TAG, FOLDER, serialise
from PIL import Image

from course_utils.cli import SPIN, SPIN_COUNT
from course_utils.files import atomic_write
from course_utils.notebook_server import without_live_views
from course_utils.png import pack

MAX_BYTES = 1_500_000
LESSON_SECONDS = 45
LONG_LESSONS = {"08": 90}  # where a GAN learns to draw clothes
CELL_SECONDS = 600  # a cell that hangs must not hang `make notebooks` with it
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class LessonError(Exception):
    """What is wrong with a lesson, in words for its author."""


class ThisInterpreter(AsyncKernelManager):
    """Starts kernels with the Python that runs this script, whatever kernels the user has installed elsewhere."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The specification that set-up installs for this interpreter, less its remarks on the terminal."""
        return KernelSpec(**get_kernel_dict(extra_arguments=["--log-level=ERROR"]), env={SPIN: SPIN_COUNT})


def execute(book: NotebookNode, folder: Path) -> dict[int, float]:
    """Run all cells of `book` in place, and return the seconds of each; raise if one fails or writes to stderr."""
    reached: list[int] = []
    started: dict[int, float] = {}
    seconds: dict[int, float] = {}

    def begin(cell: NotebookNode, cell_index: int) -> None:
        reached.append(cell_index)
        started[cell_index] = time.perf_counter()

    def end(cell: NotebookNode, cell_index: int, execute_reply: object) -> None:
        seconds[cell_index] = time.perf_counter() - started[cell_index]

    client = NotebookClient(
        book,
        timeout=CELL_SECONDS,
        kernel_name=KERNELSPEC["name"],
        kernel_manager_class=ThisInterpreter,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=begin,
        on_cell_executed=end,
    )
    with tempfile.TemporaryDirectory() as profile:  # no start-up files of the user's own IPython
        try:
            client.execute(env={**os.environ, "IPYTHONDIR": profile})
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            tracebacks = [o.traceback for o in book.cells[reached[-1]].outputs if o.output_type == "error"]
            raise LessonError(report(book, reached[-1], "\n".join(*tracebacks or [[str(error)]]))) from error
    for index, cell in enumerate(book.cells):
        said = "".join(o.text for o in cell.get("outputs", []) if o.get("name") == "stderr")
        if said:
            raise LessonError(report(book, index, f"wrote to stderr:\n{said}"))
    book.metadata.setdefault("course", {})["executed"] = [fingerprint(cell) for cell in code_cells(book).values()]
    return seconds


def where_time_went(book: NotebookNode, seconds: dict[int, float]) -> str:
    """Say what a slow lesson did with its time: by kind of cell, then the slowest cells."""
    kinds: dict[str, float] = {}
    for index, taken in seconds.items():
        kinds[kind_of(book.cells[index].source)] = kinds.get(kind_of(book.cells[index].source), 0.0) + taken
    by_kind = ", ".join(f"{kind} {taken:.1f} s" for kind, taken in sorted(kinds.items(), key=lambda item: -item[1]))
    slowest = sorted(seconds.items(), key=lambda item: -item[1])[:5]
    by_cell = "\n".join(
        f"    cell {index + 1}, {taken:.1f} s: {book.cells[index].source.strip().splitlines()[0][:80]}"
        for index, taken in slowest
    )
    return f"  {by_kind}; a cell that trains and draws counts as training. Slowest:\n{by_cell}"


def kind_of(source: str) -> str:
    """Name what a cell mainly spends its time on."""
    if re.search(r"\b(fit|train\w*)\(", source):
        return "training"
    if re.search(r"\b(show|plot_\w+|subplots)\(|\bwidgets\.", source):
        return "drawing"
    return "import" if re.search(r"^(from|import) ", source, re.MULTILINE) else "the rest"


def report(book: NotebookNode, index: int, problem: str) -> str:
    """Show a cell's number and source above what went wrong in it."""
    source = "\n".join(f"    | {line}" for line in book.cells[index].source.splitlines())
    return f"cell {index + 1}:\n{source}\n{ANSI.sub('', problem).rstrip()}"


def code_cells(book: NotebookNode) -> dict[int, NotebookNode]:
    """Return the code cells by their number on the page."""
    return {number: cell for number, cell in enumerate(book.cells, 1) if cell.cell_type == "code"}


def fingerprint(cell: NotebookNode) -> str:
    """Identify the code of a cell, except where publishing may rewrite it."""
    if BOOT_TAG in cell.metadata.get("tags", []):
        return BOOT_TAG
    return hashlib.sha256(cell.source.encode()).hexdigest()[:12]


def tidy(book: NotebookNode) -> NotebookNode:
    """Return a copy of `book` with nothing in it that only a machine or a running kernel has a use for."""
    book = copy.deepcopy(book)
    course = {"course": book.metadata.course} if "course" in book.metadata else {}
    # JupyterLab needs the kernel's name to start it, and the language's to colour the code before that.
    book.metadata = NotebookNode(kernelspec=KERNELSPEC, language_info={"name": "python"}, **course)
    for cell in book.cells:
        cell.metadata = tidy_metadata(cell.metadata)
        if cell.cell_type == "code":
            cell.outputs = tidy_outputs(cell.outputs)
    return book


def tidy_metadata(metadata: NotebookNode) -> NotebookNode:
    """Keep what an author sets on purpose: tags, and which half of a cell is folded away (on Colab: `cellView`)."""
    kept = NotebookNode()
    if metadata.get("tags"):
        kept.tags = metadata.tags
    folded = {k: v for k, v in metadata.get("jupyter", {}).items() if k in ("source_hidden", "outputs_hidden")}
    if folded:
        kept.jupyter = folded
    if metadata.get("cellView") == "form":
        kept.cellView = "form"
    return kept


def tidy_outputs(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Drop live views, and with them outputs that offer nothing else; join streams that arrived in pieces."""
    kept: list[NotebookNode] = []
    for output in map(NotebookNode, without_live_views(outputs)):
        if "data" in output:
            output.metadata = NotebookNode({mime: v for mime, v in output.metadata.items() if mime in output.data})
        # How a stream is cut into messages depends on timing, so the pieces must not be stored.
        if output.output_type == "stream" and kept and kept[-1].get("name") == output.name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    for output in kept:
        if output.output_type == "stream":
            # what a progress bar wrote and erased again
            output.text = "\n".join(line.rpartition("\r")[2] for line in output.text.split("\n"))
    return [output for output in kept if output.get("text", "more than text")]


def repack_pictures(book: NotebookNode) -> None:
    """Store every PNG output of `book` in as few bytes as its pixels need."""
    for cell in code_cells(book).values():
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                png = repack(base64.b64decode(output.data["image/png"]))
                output.data["image/png"] = base64.b64encode(png).decode("ascii")


def repack(png: bytes) -> bytes:
    """Return a PNG with the same pixels as `png` in fewer bytes."""
    picture = Image.open(io.BytesIO(png))
    sixteen_bit, animated = png[24] > 8, getattr(picture, "n_frames", 1) > 1  # byte 24: bit depth, in the header chunk
    if sixteen_bit or animated or {"icc_profile", "gamma", "srgb"} & picture.info.keys():
        return png  # 8-bit RGBA would lose something of these
    return min(png, pack(picture), key=len)  # the first where equal, so that a second pass changes nothing


def findings(path: Path) -> Iterator[str]:
    """Yield what keeps a saved notebook from being what `run` would save, without executing it."""
    book = read(path)
    raw = path.read_bytes()
    yield from stale_cells(book)
    yield from unclean_parts(book, raw)
    if len(raw) > MAX_BYTES:
        yield f"{len(raw) / 1e6:.1f} MB, more than {MAX_BYTES / 1e6} MB: draw fewer or smaller pictures"


def stale_cells(book: NotebookNode) -> Iterator[str]:
    """Yield the code cells that differ from those that were executed."""
    cells = code_cells(book)
    numbers, now = list(cells), [fingerprint(cell) for cell in cells.values()]
    saved = book.metadata.get("course", {}).get("executed")
    changed = set()
    # Matching the lists as a whole keeps one inserted cell from making all later ones look changed.
    for operation, i, j, k, m in SequenceMatcher(
        None, now if saved is None else saved, now, autojunk=False
    ).get_opcodes():
        if operation != "equal":
            changed.update(numbers[k:m])
        if operation == "delete":
            where = f"after cell {numbers[k - 1]}" if k else "at the start"
            yield f"{j - i} code cell(s) {where} are gone since the saved run"
    if saved is None:
        yield "holds no record of a run"
    for number, cell in cells.items():
        first_line = next(iter(cell.source.strip().splitlines()), "(empty)")
        if cell.execution_count is None and cell.source.strip():
            yield f"cell {number} was never run: {first_line}"
        elif number in changed:
            yield f"cell {number} has changed since the saved run: {first_line}"


def unclean_parts(book: NotebookNode, raw: bytes) -> Iterator[str]:
    """Yield what cleaning would remove. The packing of pictures is not judged: it differs between zlib versions."""
    clean = tidy(book)
    if book.metadata != clean.metadata:
        extra = sorted(set(book.metadata) - set(clean.metadata))
        yield f"notebook metadata is not clean: {', '.join(extra) or 'kernelspec or language_info'}"
    for number, (before, after) in enumerate(zip(book.cells, clean.cells, strict=True), 1):
        if before.metadata != after.metadata:
            yield f"cell {number} has metadata that is not clean: {', '.join(before.metadata)}"
        if before.get("outputs") != after.get("outputs"):
            yield f"cell {number} holds widget state, a progress bar or a stream in pieces"
    if raw != serialise(book):
        yield "is not laid out as nbformat writes it"


def read(path: Path) -> NotebookNode:
    """Read a notebook, or say in one line why that cannot be done."""
    try:
        book = nbformat.read(path, as_version=4)
        nbformat.validate(book)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise LessonError(f"cannot be read as a notebook: {str(error).splitlines()[0]}") from error
    return book


def save(path: Path, *, run: bool) -> str:
    """Clean a notebook, executed first if `run`, put it in the place of the old one, and say what that took."""
    started, book = time.perf_counter(), read(path)
    seconds = execute(book, path.resolve().parent) if run else {}
    taken = time.perf_counter() - started
    book = tidy(book)
    repack_pictures(book)
    data = serialise(book)
    note = "unchanged"
    if data != path.read_bytes():
        atomic_write(path, data)
        note = "saved"
    said = f"{taken:.1f} s, {len(data) / 1024:.0f} KiB, {note}"
    limit = LONG_LESSONS.get(path.name[:2], LESSON_SECONDS)
    if taken > limit:
        said += f"\n  over {limit} s, which a lesson may take on two idle cores{busy()}\n"
        said += where_time_went(book, seconds)
    return said


def busy() -> str:
    """Say how much else the machine has to do, where it can be asked."""
    return f" (load of the last minute: {os.getloadavg()[0]:.1f})" if hasattr(os, "getloadavg") else ""


def main() -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["run", "clean", "check"])
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK", help="default: notebooks/*.ipynb")
    arguments = parser.parse_args()
    found: list[str] = []
    for path in arguments.notebooks or sorted(FOLDER.glob("*.ipynb")):
        try:
            if arguments.command == "check":
                found += [f"{path.name}: {finding}" for finding in findings(path)]
            else:
                print(f"{path.name}: {save(path, run=arguments.command == 'run')}", flush=True)
        except (LessonError, OSError) as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            return 1
    if found:
        print("\n".join([*found, "Remedy: make notebooks"]))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
