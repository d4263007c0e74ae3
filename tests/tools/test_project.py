"""The files around the course agree with each other: versions, ranges, links, targets, and what is named where."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import rattler
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import course_utils

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CORE = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = [Requirement(line) for extra in PROJECT["optional-dependencies"].values() for line in extra]
FLOORS = {requirement.name: requirement.specifier for requirement in CORE + EXTRAS}
DOCUMENTS = ["README.md", "CONTRIBUTING.md"]

THE_SEVEN = {"pytorch", "torchvision", "jupyterlab", "ipywidgets", "matplotlib", "scikit-learn", "nbval"}
ON_PIP = {"pytorch": "torch"}  # what conda calls otherwise

# What Colab's runtime held in August 2026, as far as it was noted. Installing the course there must replace nothing.
COLAB = {
    "python": "3.13",
    "torch": "2.11.0",
    "torchvision": "0.26.0",
    "numpy": "2.1.3",
    "matplotlib": "3.10.0",
    "pillow": "11.3",
    "tqdm": "4.67",
    "ipywidgets": "7.7.1",
    "ipython": "7.34",
}


def conda_lines() -> list[str]:
    """Return the packages that environment.yml takes from conda."""
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    return [line for line in listed if isinstance(line, str)]


def pins() -> dict[str, str]:
    """Return the versions that constraints.txt names."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("==") for line in lines)


def tracked_files() -> list[Path]:
    """Return the files of the project; a copy without git has only those that would be in git, and .venv."""
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (ROOT / ".git").exists():
        listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        return [ROOT / name for name in listed if name and (ROOT / name).is_file()]
    ignored = {line.strip("/\n") for line in (ROOT / ".gitignore").read_text().splitlines()}
    files = [path for path in ROOT.rglob("*") if path.is_file()]
    return [
        path for path in files if not any(p in ignored or p.endswith(".egg-info") for p in path.relative_to(ROOT).parts)
    ]


# --- conda ---


@pytest.mark.parametrize("line", conda_lines())
def test_environment_line_is_what_conda_understands(line):
    rattler.MatchSpec(line, strict=True)


def test_environment_lists_the_seven_packages_of_the_course():
    assert {str(rattler.MatchSpec(line).name.normalized) for line in conda_lines()} >= THE_SEVEN


def test_environment_leaves_pip_nothing_to_download():
    from_conda = {ON_PIP.get(line.split()[0], line.split()[0]) for line in conda_lines()}
    assert {requirement.name for requirement in CORE} <= from_conda
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert [line for line in listed if not isinstance(line, str)] == [{"pip": ["-e ."]}]


@pytest.mark.parametrize(
    "line", [line for line in conda_lines() if line.split()[0] not in ("python", "pip", "setuptools")]
)
def test_environment_floor_is_that_of_pyproject(line):
    name, floor = line.split()
    assert SpecifierSet(floor) == FLOORS[ON_PIP.get(name, name)]


def test_environment_python_is_admitted_by_pyproject():
    (line,) = (line for line in conda_lines() if line.split()[0] == "python")
    # Binder reads a version only after a single "=", and must find one
    version = re.fullmatch(r"python =(\d\.\d+)", line)
    assert version, line
    assert Version(version[1]) in SpecifierSet(PROJECT["requires-python"])


# --- pip ---


def test_constraints_pin_every_direct_dependency_within_its_range():
    pinned = {canonicalize_name(name): Version(version) for name, version in pins().items()}
    for requirement in CORE + EXTRAS:
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_constraints_are_sorted_and_name_each_package_once():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    names = [line.split("==")[0] for line in lines]
    assert names == sorted(names, key=str.lower)
    assert len({canonicalize_name(name) for name in names}) == len(names)


def test_constraints_leave_the_build_of_pytorch_open():
    assert not [name for name in pins() if re.match("nvidia|cuda|triton", name)]
    assert not [version for version in pins().values() if "+" in version]


@pytest.mark.parametrize("name", COLAB)
def test_colab_needs_no_other_version(name):
    assert COLAB[name] in (SpecifierSet(PROJECT["requires-python"]) if name == "python" else FLOORS[name])


@pytest.mark.parametrize("requirement", CORE, ids=lambda requirement: requirement.name)
def test_dependency_has_no_upper_bound_that_would_one_day_replace_a_package(requirement):
    assert requirement.specifier.contains("999")


def test_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert PROJECT["version"] == course_utils.__version__ == citation["version"]


def test_course_utils_import_loads_nothing_heavy():
    heavy = ["torch", "torchvision", "sklearn", "ipywidgets", "matplotlib"]
    program = f"import sys, course_utils; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"


# --- commands ---


def makefile_targets() -> dict[str, str]:
    """Return the targets a user can call, with the rest of their line."""
    lines = re.findall(r"^([a-z-]+):(?!=)(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return dict(lines)


def test_make_help_is_the_default_and_shows_every_target():
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    assert re.findall(r"^make (\S+) +\S", shown, re.MULTILINE) == list(makefile_targets())
    phony = re.search(r"^\.PHONY:(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == set(makefile_targets())


def test_ci_calls_the_test_command_of_the_readme():
    last = (ROOT / ".ci" / "run").read_text().rstrip().splitlines()[-1]
    assert last == "make test"
    assert re.search(rf"(^|`){last}\b", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100, "must be executable"


def test_workflow_runs_ci_on_the_oldest_and_newest_tested_python_and_may_only_read():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    job = workflow["jobs"]["test"]
    assert workflow["permissions"] == {"contents": "read"}
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
    assert [step["run"] for step in job["steps"] if "run" in step] == ["bash .ci/run"]


@pytest.mark.parametrize("script", [".ci/run"])
def test_shell_script_has_no_syntax_error(script):
    subprocess.run(["bash", "-n", ROOT / script], check=True, timeout=60)


@pytest.mark.parametrize("tool", ["build_sample", "draw_picture", "lesson_pictures", "notebooks", "publish"])
def test_tool_explains_itself_instead_of_working(tool, tmp_path):
    command = [sys.executable, ROOT / "tools" / f"{tool}.py", "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: ")


# --- texts ---


def test_contributing_names_every_room_and_module_of_the_package():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    layout = re.search(r"^```\ncourse_utils/\n(.*?)^tests/", text, re.MULTILINE | re.DOTALL)
    assert layout is not None
    named = set(re.findall(r"\b(\w+)(?:/|\.py)", layout[1]))
    package = [path for path in (ROOT / "course_utils").iterdir() if not path.name.startswith("_")]
    rooms = {path.stem for path in package if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms - named == set(), "enter it where CONTRIBUTING.md says how the package is laid out"
    assert named - rooms <= {"base", "machine", "lesson04"}, "CONTRIBUTING.md names what is not there"


LESSONS = [f"notebooks/{path.name}" for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]


def prose(document: str) -> str:
    """Return what a document says, of a notebook the Markdown."""
    path = ROOT / document
    if path.suffix != ".ipynb":
        return path.read_text()
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def links(text: str) -> list[str]:
    """Return the files that a text links to, without the addresses of other sites and of its own headings."""
    found = re.findall(r"\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)
    return [link.split("#")[0] for link in found if not re.match(r"[a-z]+:|#", link)]


@pytest.mark.parametrize("document", DOCUMENTS + LESSONS)
def test_document_links_lead_somewhere(document):
    for link in links(prose(document)):
        there = (ROOT / document).parent / link
        assert there.exists(), f"{document} links to {link}, which does not exist"


def test_links_are_found():
    text = '[a](x/y.md#z "t") [b](#c) [d](https://example.org) <img src="p.png">'
    assert links(text) == ["x/y.md", "p.png"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_document_names_only_targets_that_make_knows(document):
    named = set(re.findall(r"(?:^|`)(?:\$ )?make ([a-z-]+)", (ROOT / document).read_text(), re.MULTILINE))
    assert named <= set(makefile_targets())


# In pieces, so that this file does not contain what it looks for. Made-up paths in examples belong to Ada.
HOSTS = ["py" + "pi.org", "python" + "hosted", "npm" + "js.org", "ana" + "conda.org", "deb" + "ian.org/debian"]
FOLDERS = ["root", "home", "tmp", "work", "Users", "opt/" + "py" + "pi"]
FORBIDDEN = re.compile(
    "|".join([re.escape(host) for host in HOSTS] + [rf"(?<![\w.~-])/(?:{'|'.join(FOLDERS)})/(?!ada/)"])
)


def test_no_file_names_a_package_registry_or_a_folder_of_one_machine():
    found = []
    for path in tracked_files():
        data = path.read_bytes()
        if b"\0" not in data:
            named = [f"{path.relative_to(ROOT)}: {match[0]}" for match in FORBIDDEN.finditer(data.decode())]
            found += named
    assert found == []


@pytest.mark.parametrize(
    "text", ["see https://" + HOSTS[0] + "/simple", 'open("' + "/" + 'tmp/x")', "/" + "home/bob/.venv/bin"]
)
def test_forbidden_pattern_finds_what_it_fears(text):
    assert FORBIDDEN.search(text)


@pytest.mark.parametrize(
    "text", ["https://example.org/home/page", "/usr/share/datasets", "notebooks/work/x", "~/tmp/x", "/home/ada/x"]
)
def test_forbidden_pattern_leaves_the_rest_alone(text):
    assert not FORBIDDEN.search(text)
