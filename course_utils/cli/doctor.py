"""``python -m course_utils doctor``: is this machine ready for the course? A line a question, and remedies."""

import os
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, requires, version
from typing import NamedTuple

GIB = 2**30
MEMORY_NEEDED, DISK_NEEDED = 2 * GIB, 1 * GIB  # the largest lesson stays under 1.5 GiB with its kernel


class Finding(NamedTuple):
    """The answer to one question: "ok", "note" (the course runs all the same) or "problem", and what to do."""

    state: str
    subject: str
    text: str
    remedy: str = ""


def examine() -> int:
    """Print every finding and return the exit code: 0 if the course will run here."""
    states = []
    for check in CHECKS:
        for state, subject, text, remedy in _run(check):
            states.append(state)
            print(f"{state:<8} {subject:<14} {text}" + (f"\n{'':23} -> {remedy}" if remedy else ""))
    ready = "problem" not in states
    print(
        "\nThe course will run here."
        if ready
        else "\nThe course will not run here yet: see the lines that say 'problem'."
    )
    return 0 if ready else 1


def _run(check: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return check()
    except Exception as error:  # a broken installation can fail anywhere; the other questions still deserve answers
        subject = check.__name__.removeprefix("_check_").replace("_", " ")
        remedy = "reinstall the course: delete .venv and run `make lab`"
        return [Finding("problem", subject, f"{type(error).__name__}: {error}", remedy)]


def _check_python() -> list[Finding]:
    return [Finding("ok", "Python", ".".join(map(str, sys.version_info[:3])))]  # an older one cannot install the course


def _check_packages() -> list[Finding]:
    from packaging.requirements import Requirement

    findings = []
    for line in requires("course-utils") or []:
        wanted = Requirement(line)
        if wanted.marker is None:  # the extras carry markers; the lessons need none of them
            findings.append(_check_package(wanted.name, str(wanted.specifier), wanted.specifier.contains))
    return findings


def _check_package(name: str, wanted: str, fits: Callable[..., bool]) -> Finding:
    remedy = f'python -m pip install "{name}{wanted}"'
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding("problem", name, "not installed", remedy)
    if not fits(found, prereleases=True):
        return Finding("problem", name, f"{found}, the course needs {wanted}", remedy)
    return Finding("ok", name, found)


def _check_device() -> list[Finding]:
    from course_utils.device import describe, pick_device

    return [Finding("ok", "device", describe(pick_device()))]


def _check_spinning() -> list[Finding]:
    from course_utils.cli import SPIN, SPIN_COUNT

    if not sys.platform.startswith("linux"):
        return []  # PyTorch's threads are others there
    if SPIN in os.environ:
        return [Finding("ok", "waiting", f"{SPIN}={os.environ[SPIN]}: threads wait without holding the cores")]
    remedy = f"start it with `make lab`, which sets {SPIN}={SPIN_COUNT}, or set it yourself; `train` does so"
    return [Finding("note", "waiting", f"{SPIN} is not set: training is slow while other programs run", remedy)]


def _check_data() -> list[Finding]:
    from course_utils.data import load_images

    data = load_images()
    return [Finding("ok", "bundled data", f"{len(data.train):,} training and {len(data.test):,} test images, intact")]


def _check_full_data() -> list[Finding]:
    from course_utils.data.locate import find_full

    try:
        folder = find_full("fashion-mnist")
    except OSError as error:  # files that are incomplete, or not ours to read
        return [Finding("note", "full data", "cannot be used; no lesson needs it", str(error))]
    if folder is None:
        remedy = "only for --full: connect once, or install Debian's dataset-fashion-mnist, or name a folder with root="
        return [Finding("note", "full data", "not on this machine; no lesson needs it", remedy)]
    return [Finding("ok", "full data", "found on this machine")]


def _check_widgets() -> list[Finding]:
    import ipywidgets

    ipywidgets.IntSlider()  # fails where ipywidgets and traitlets do not fit together
    if "COLAB_RELEASE_TAG" in os.environ:
        return [Finding("ok", "sliders", f"ipywidgets {ipywidgets.__version__} in Colab")]
    try:
        lab, manager = version("jupyterlab"), version("jupyterlab_widgets")
    except PackageNotFoundError as missing:
        remedy = "python -m pip install jupyterlab ipywidgets, unless you open the notebooks in another program"
        return [Finding("note", "sliders", f"{missing.name} is not installed beside this Python", remedy)]
    return [Finding("ok", "sliders", f"JupyterLab {lab} with its widget manager {manager}")]


def _check_memory() -> list[Finding]:
    import psutil

    return [_enough("free memory", psutil.virtual_memory().available, MEMORY_NEEDED, "close other programs")]


def _check_disk() -> list[Finding]:
    return [_enough("free disk", shutil.disk_usage(".").free, DISK_NEEDED, "delete what you no longer need")]


def _enough(subject: str, free: int, needed: int, remedy: str) -> Finding:
    text = f"{free / GIB:.1f} GiB"
    if free < needed:
        return Finding("problem", subject, f"{text}, the course needs {needed / GIB:.0f}", remedy)
    return Finding("ok", subject, text)


CHECKS = (
    _check_python,
    _check_packages,
    _check_device,
    _check_spinning,
    _check_data,
    _check_full_data,
    _check_widgets,
    _check_memory,
    _check_disk,
)
