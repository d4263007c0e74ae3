"""Set-up as a user meets it, in a copy of the project whose pip and `venv` are stand-ins: nothing is downloaded."""

import ast
import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "setup_env.py"

# Stands in for `python -m venv --clear DIR`: an interpreter that is the real one, except for `-m pip install`.
FAKE_VENV = """
import pathlib, shutil, sys

PYTHON = '''#!/bin/sh
case "$*" in
  *"-m pip install"*) for word; do echo "<$word>"; done; eval "$FAKE_PIP";;
  *) exec "{}" "$@";;
esac
'''

if __name__ == "__main__":  # set-up also imports this module, to see whether it is there
    print("fake venv", *sys.argv[1:])
    folder = pathlib.Path(sys.argv[-1])
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin" / "python"
    python.write_text(PYTHON.format(sys.executable))
    python.chmod(0o755)
    (folder / "bin" / "pip").write_text("#!" + str(python))
"""


class Project:
    """A copy of the files that set-up reads, in a folder with a space in its name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.stamp = self.venv / "course-setup"
        (root / "tools").mkdir(parents=True)
        for name in ("pyproject.toml", "constraints.txt", "Makefile", "tools/setup_env.py", "tools/course_utils.json"):
            shutil.copy(ROOT / name, root / name)
        self.fakes = root.parent / "fakes"
        self.fakes.mkdir()
        (self.fakes / "venv.py").write_text(FAKE_VENV)

    def environment(self, **variables: str) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if k not in ("PIP_ARGS", "PYTHON", "MAKEFLAGS", "MAKELEVEL")}
        return inherited | {"PYTHONPATH": str(self.fakes), "FAKE_PIP": "true"} | variables

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = command or (sys.executable, "tools/setup_env.py")
        environment = self.environment(**variables)
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, timeout=60)


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path / "my course")
    give_room(made, 100e9)
    return made


def give_room(project: Project, free: float) -> None:
    """Pretend that every disk has `free` bytes left."""
    (project.fakes / "sitecustomize.py").write_text(
        "import collections, shutil\n"
        "Usage = collections.namedtuple('Usage', 'total used free')\n"
        f"shutil.disk_usage = lambda path: Usage(0, 0, {free})\n"
    )


def one_sentence(result: subprocess.CompletedProcess[str]) -> str:
    """Return the message of a failed set-up, which must be one line without a traceback."""
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if not line.startswith("make")]
    assert len(lines) == 1, result.stderr
    return lines[0]


def package(project: Project, name: str, *, complete: bool) -> Path:
    """Lay a package into the environment, as pip does: the file RECORD comes last."""
    folder = project.venv / "lib" / "python3.11" / "site-packages" / f"{name}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").touch()
    if complete:
        (folder / "RECORD").touch()
    return folder


def test_setup_installs_pinned_extras_with_pip_args_as_the_shell_reads_them(project):
    result = project.run(PIP_ARGS="--proxy 'http://a b' --no-cache-dir")
    assert result.returncode == 0, result.stderr
    words = [line[1:-1] for line in result.stdout.splitlines() if line.startswith("<")]
    assert words[:3] == ["-m", "pip", "install"]
    assert words[-7:] == ["-c", "constraints.txt", "-e", ".[lab,test]", "--proxy", "http://a b", "--no-cache-dir"]


def test_setup_gives_the_kernel_the_short_spin_that_the_makefile_sets(project):
    assert project.run().returncode == 0
    kernel = json.loads((project.venv / "share" / "jupyter" / "kernels" / "python3" / "kernel.json").read_text())
    assert kernel["env"] == {"GOMP_SPINCOUNT": "1000"}
    assert "GOMP_SPINCOUNT ?= 1000\n" in (ROOT / "Makefile").read_text()


def test_setup_lets_the_server_save_stills(project):
    assert project.run().returncode == 0
    folder = project.venv / "etc" / "jupyter" / "jupyter_server_config.d"
    assert (folder / "course_utils.json").read_text() == (ROOT / "tools" / "course_utils.json").read_text()


def test_setup_says_why_the_kernel_could_not_be_described(project):
    # a file where the folder of the kernels should be
    message = one_sentence(project.run(FAKE_PIP="mkdir -p .venv && touch .venv/share"))
    assert "kernel" in message
    assert not project.stamp.exists()


def test_setup_does_nothing_when_nothing_has_changed(project):
    assert project.run().returncode == 0
    before = project.stamp.stat().st_mtime_ns
    again = project.run(FAKE_PIP="exit 9", PIP_ARGS="--other")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert project.stamp.stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_setup_installs_again_in_place_when_requirements_change(project, name):
    project.run()
    with open(project.root / name, "a") as file:
        file.write("# changed\n")
    result = project.run()
    assert result.returncode == 0
    assert "<install>" in result.stdout
    assert "fake venv" not in result.stdout


def test_setup_starts_afresh_in_a_folder_that_was_moved(project):
    project.run()
    moved = project.root.rename(project.root.parent / "elsewhere")
    project.root, project.venv = moved, moved / ".venv"
    assert "fake venv" in project.run().stdout
    assert str(moved) in (moved / ".venv" / "bin" / "pip").read_text()


def test_setup_starts_afresh_for_another_python(project):
    project.run()
    python = project.venv / "bin" / "python"
    python.write_text("#!/bin/sh\necho 3.10\n")
    project.stamp.write_text("made by Python 3.10\n")
    assert "fake venv" in project.run().stdout


def test_setup_repairs_an_environment_whose_interpreter_is_gone(project):
    project.run()
    python = project.venv / "bin" / "python"
    python.unlink()
    python.symlink_to(project.root / "uninstalled" / "python3")
    assert "fake venv" in project.run().stdout
    assert project.run().stdout == ""


def test_setup_goes_on_after_a_failed_installation(project):
    failed = project.run(FAKE_PIP="exit 1")
    assert failed.returncode == 1
    assert not project.stamp.exists()
    package(project, "complete", complete=True)
    result = project.run()
    assert result.returncode == 0
    assert "fake venv" not in result.stdout
    assert project.stamp.exists()


def test_setup_starts_afresh_after_an_installation_killed_within_a_package(project):
    project.run(FAKE_PIP="exit 1")
    half = package(project, "half", complete=False)
    result = project.run()
    assert result.returncode == 0
    assert "fake venv" in result.stdout
    assert not half.exists()


def test_setup_repairs_an_environment_that_lost_its_pip(project):
    project.run(FAKE_PIP="exit 1")
    (project.venv / "bin" / "pip").unlink()
    assert "fake venv" in project.run().stdout


def test_setup_replaces_a_link_to_a_folder_that_is_gone(project):
    project.venv.symlink_to(project.root / "scratch disk")
    result = project.run()
    assert result.returncode == 0
    assert not project.venv.is_symlink()


def test_setup_says_what_pip_was_asked_when_pip_fails(project):
    result = project.run(FAKE_PIP="echo 'No matching distribution' >&2; exit 3")
    said = result.stderr.splitlines()
    assert result.returncode == 1
    assert said[0] == "No matching distribution"  # pip's own words come first
    assert len(said) == 2
    assert "pip failed with status 3" in said[1]
    assert "-c constraints.txt -e '.[lab,test]'" in said[1]
    assert "PIP_ARGS" in said[1]


def test_setup_forgets_completeness_before_it_changes_anything(project):
    project.run()
    (project.root / "constraints.txt").write_text("numpy==2.4.6\n")
    project.run(FAKE_PIP="exit 1")
    (project.root / "constraints.txt").write_bytes((ROOT / "constraints.txt").read_bytes())
    assert "<install>" in project.run().stdout


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_setup_names_the_debian_package_when_a_module_is_missing(project, module):
    (project.fakes / f"{module}.py").write_text(f"raise ModuleNotFoundError('gone', name='{module}')\n")
    said = one_sentence(project.run())
    assert f"its module {module} is missing" in said
    assert "python3-venv" in said
    assert not project.venv.exists()


def test_setup_says_so_when_the_environment_cannot_be_created(project):
    (project.fakes / "venv.py").write_text("import sys\nif __name__ == '__main__':\n    sys.exit(2)\n")
    assert "could not be created" in one_sentence(project.run())


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux is there a build with CUDA and one without")
def test_setup_refuses_a_disk_too_small_for_cuda_and_names_the_cpu_build(project):
    give_room(project, 4e9)
    said = one_sentence(project.run())
    assert "the packages need 10.0 GB" in said or "the packages need 6.8 GB" in said
    assert "where 4.0 GB are free" in said
    assert "PIP_ARGS='--extra-index-url " in said
    assert not project.venv.exists()
    cpu_build = said.split("PIP_ARGS='")[1].split("'")[0]
    assert project.run(PIP_ARGS=cpu_build).returncode == 0  # the remedy works


def test_setup_refuses_a_disk_too_small_for_any_build(project):
    give_room(project, 1e9)
    said = one_sentence(project.run(PIP_ARGS="--index-url https://mirror.example/whl/cpu/"))
    assert "where 1.0 GB are free; free some" in said
    assert "CPU" not in said


def test_setup_asks_no_room_for_what_is_installed(project):
    project.run(FAKE_PIP="exit 1")
    package(project, "torch", complete=True)
    with open(project.venv / "libtorch.so", "wb") as library:
        library.truncate(7 * 10**9)  # a sparse file: its size costs nothing
    give_room(project, 1e6)
    assert project.run().returncode == 0


def test_setup_says_when_pip_args_cannot_be_split(project):
    assert "PIP_ARGS has an unfinished quotation" in one_sentence(project.run(PIP_ARGS="--proxy 'x"))


def test_setup_says_when_a_file_is_missing(project):
    (project.root / "constraints.txt").unlink()
    project.venv.mkdir()
    project.stamp.touch()
    said = one_sentence(project.run(FAKE_PIP="true"))
    assert "constraints.txt" in said


def test_setup_ends_in_one_sentence_on_ctrl_c_and_can_be_repeated(project):
    command = (sys.executable, "tools/setup_env.py")
    environment = project.environment(FAKE_PIP="echo waiting; exec sleep 60")
    with subprocess.Popen(
        command,
        cwd=project.root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        while "waiting" not in running.stdout.readline():
            assert running.poll() is None
        os.killpg(running.pid, signal.SIGINT)  # as the terminal does: set-up and pip both get it
        _, said = running.communicate(timeout=20)
    assert running.returncode == 130
    assert said.strip() == "set-up was interrupted; run the same command again and it goes on from here"
    assert not project.stamp.exists()
    assert project.run().returncode == 0


@pytest.mark.parametrize("version", [(3, 8, 1), (3, 10, 13)])
def test_setup_refuses_an_old_python_before_anything_else(project, capsys, monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    script = runpy.run_path(str(project.root / "tools" / "setup_env.py"))
    assert script["main"]() == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"needs Python 3.11 or newer, this is {'.'.join(map(str, version))} ({sys.executable})" in said
    assert "`make lab PYTHON=python3.12`" in said
    assert not project.venv.exists()


def test_setup_explains_itself_instead_of_working(project):
    done = project.run(sys.executable, "tools/setup_env.py", "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: ")
    assert not project.venv.exists()


def test_setup_can_be_read_by_every_python_3():
    newer = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Match, ast.Starred, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(SCRIPT.read_text())):
        assert not isinstance(node, newer), f"line {node.lineno} cannot be read by an old Python"
        if isinstance(node, ast.FunctionDef):  # list[str] or X | None, unless quoted, is evaluated and fails
            kinds = [node.returns, *(argument.annotation for argument in node.args.args)]
            assert not any(isinstance(kind, ast.Subscript | ast.BinOp) for kind in kinds), f"quote line {node.lineno}"


def test_setup_and_pyproject_agree_on_the_oldest_python():
    oldest = runpy.run_path(str(SCRIPT))["OLDEST"]
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert requires == ">=" + ".".join(map(str, oldest))


def test_make_setup_fails_in_one_sentence_without_python(project):
    result = project.run("make", "setup", "PYTHON=python3.99")
    assert "there is no python3.99 on this machine" in one_sentence(result)


def test_make_setup_hands_pip_args_on(project):
    result = project.run("make", "setup", f"PYTHON={sys.executable}", "PIP_ARGS=--proxy 'http://a b'")
    assert result.returncode == 0, result.stderr
    assert "<http://a b>" in result.stdout


def test_make_setup_remembers_the_python_that_was_named(project):
    project.venv.mkdir()
    remembered = project.root / "python of last time"
    remembered.write_text("#!/bin/sh\necho remembered\n")
    remembered.chmod(0o755)
    (project.venv / "pyvenv.cfg").write_text(f"home = /nowhere\nexecutable = {remembered}\n")
    assert project.run("make", "setup").stdout == "remembered\n"


def test_make_passes_a_failure_of_setup_on(project):
    for target in ("setup", "lab", "test", "lint", "notebooks", "bench", "publish"):
        result = project.run("make", target, f"PYTHON={sys.executable}", FAKE_PIP="exit 1")
        assert result.returncode != 0, target
        assert "pip failed" in result.stderr
