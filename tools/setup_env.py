"""Make `.venv` ready for the course: create it, install the pinned packages, repair what an interruption left behind.

`make` calls this before every target that needs the environment. When nothing has changed it says nothing and returns
at once. It uses the standard library only, and syntax that every Python 3 can read (no f-strings, no newer
annotations), so that an old interpreter gets far enough to say that it is too old.
"""

import argparse
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "course-setup"  # written last: where it stands, set-up was completed

OLDEST = (3, 11)  # the same as requires-python in pyproject.toml
NEWEST = (3, 13)  # the newest that constraints.txt was resolved for

SPINCOUNT = "1000"  # the same as in the Makefile

GB = 10**9
CPU_INDEX = "--extra-index-url https://download.pytorch.org/whl/cpu"
# (installed, downloaded) in bytes. On Linux, PyTorch comes with the CUDA libraries unless the index of its CPU builds
# is named; elsewhere every build is small. The downloads lie in the temporary folder until pip is done.
CUDA_BUILD = (6.8 * GB, 3.2 * GB)
CPU_BUILD = (1.9 * GB, 0.5 * GB)


class SetupError(Exception):
    """What went wrong and what to do, in one sentence for the terminal."""


def main() -> int:
    """Bring `.venv` up to date; return the exit status for the shell."""
    try:
        refuse_old_python(sys.version_info)
        if not is_ready():
            set_up(pip_options(os.environ.get("PIP_ARGS", "")))
    except KeyboardInterrupt:
        print("\nset-up was interrupted; run the same command again and it goes on from here", file=sys.stderr)
        return 130
    except (SetupError, OSError) as error:
        print("set-up stopped: " + str(error), file=sys.stderr)
        return 1
    return 0


def refuse_old_python(version: tuple) -> None:
    """Raise `SetupError` if an interpreter of this version cannot run the course."""
    if version < OLDEST:
        message = (
            "the course needs Python {} or newer, this is {} ({}); "
            "install a newer one and set PYTHON to it, e.g. `make lab PYTHON=python3.12`"
        )
        raise SetupError(message.format(dotted(OLDEST), dotted(version[:3]), sys.executable))


def pip_options(text: str) -> "list[str]":
    """Split PIP_ARGS as a shell would."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise SetupError("PIP_ARGS has an unfinished quotation ({}): {}".format(error, text)) from None


def is_ready() -> bool:
    """Whether set-up was completed for exactly this state of the project, and the interpreter in `.venv` still runs."""
    try:
        return STAMP.read_text() == fingerprint() and subprocess.call([str(PYTHON), "-I", "-S", "-c", ""]) == 0
    except OSError:  # no stamp, or an interpreter that is gone
        return False


def fingerprint() -> str:
    """Hash what the environment depends on; the folder too, since the scripts in `.venv/bin` contain its name."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes() + b"\0")
    digest.update("{}\0{}".format(ROOT, dotted(sys.version_info[:2])).encode())
    return digest.hexdigest() + "\n"


def set_up(pip_args: "list[str]") -> None:
    """Create or repair `.venv` and install into it."""
    began = time.monotonic()
    continues = can_continue()
    if not continues:
        refuse_missing_venv()
    refuse_full_disk(pip_args)
    print("Setting up .venv with Python {}: minutes the first time.".format(dotted(sys.version_info[:3])), flush=True)
    if continues:
        STAMP.unlink(missing_ok=True)
    else:
        create_venv()
    install(pip_args)
    install_kernel()
    install_server_extension()
    write_stamp()
    print("Ready after {:.0f} s.".format(time.monotonic() - began), flush=True)


def can_continue() -> bool:
    """Whether `.venv` can be completed in place: same Python, same folder, pip runs, no package is half installed."""
    probe = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        found = subprocess.check_output([str(PYTHON), "-c", probe], stderr=subprocess.DEVNULL, universal_newlines=True)
        same_folder = str(VENV).encode() in (VENV / "bin" / "pip").read_bytes()
    except (OSError, subprocess.CalledProcessError):
        return False
    # pip writes RECORD as the last file of a package. A package without one cannot even be replaced.
    half_installed = [d for d in VENV.glob("lib/python*/site-packages/*.dist-info") if not (d / "RECORD").is_file()]
    return found.strip() == dotted(sys.version_info[:2]) and same_folder and not half_installed


def refuse_missing_venv() -> None:
    """Raise `SetupError` where this Python cannot create environments (Debian ships that part separately)."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        message = (
            "{} cannot create environments, its module {} is missing; on Debian and Ubuntu install the package "
            "python3-venv (or python{}-venv) and run the same command again"
        )
        raise SetupError(message.format(sys.executable, error.name, dotted(sys.version_info[:2]))) from None


def refuse_full_disk(pip_args: "list[str]") -> None:
    """Raise `SetupError` if the packages would not fit."""
    remedies = ["free some"]
    full_build = installs_cuda(pip_args)
    if full_build:
        remedies.append("take PyTorch's small CPU build with `make lab PIP_ARGS='{}'`".format(CPU_INDEX))
    installed, downloaded = CUDA_BUILD if full_build else CPU_BUILD
    missing = max(0.0, 1 - folder_size(VENV) / installed)  # what an interrupted set-up has installed stays
    home, temporary = VENV if VENV.is_dir() else ROOT, Path(tempfile.gettempdir())
    if home.stat().st_dev == temporary.stat().st_dev:
        needs = {home: missing * (installed + downloaded)}
    else:
        needs = {home: missing * installed, temporary: missing * downloaded}
        remedies.append("set TMPDIR to a folder with more room")
    for folder, need in needs.items():
        free = shutil.disk_usage(str(folder)).free
        if free < need:
            message = "the packages need {:.1f} GB in {}, where {:.1f} GB are free; {}"
            raise SetupError(message.format(need / GB, folder, free / GB, ", or ".join(remedies)))


def installs_cuda(pip_args: "list[str]") -> bool:
    """Whether pip is about to fetch PyTorch with the CUDA libraries."""
    has_torch = any(VENV.glob("lib/python*/site-packages/torch-*.dist-info"))
    return sys.platform == "linux" and not has_torch and not any("/cpu" in arg for arg in pip_args)


def create_venv() -> None:
    """Create an empty `.venv`, removing what an interrupted or broken one left."""
    if VENV.is_symlink() and not VENV.exists():
        VENV.unlink()  # a link to a folder that is gone
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.call(command) != 0:
        raise SetupError("the environment could not be created (see above) with: " + in_shell(command))


def install(pip_args: "list[str]") -> None:
    """Install the pinned packages and the course itself; pip's own output stays visible."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["-c", "constraints.txt", "-e", ".[lab,test]"]
    command += pip_args
    status = subprocess.call(command, cwd=str(ROOT))
    if status == 0:
        return
    message = (
        "pip failed with status {} (its own words are above): {}; is there a network? Then run the same command "
        "again, or hand pip a proxy or a mirror with PIP_ARGS"
    ).format(status, in_shell(command))
    if sys.version_info[:2] > NEWEST:
        message += "; Python {} may be too new, {} is tested".format(dotted(sys.version_info[:2]), dotted(NEWEST))
    raise SetupError(message)


def install_kernel() -> None:
    """Describe this environment's kernel to Jupyter and VS Code, with the short spin that keeps training fast.

    PyTorch's threads wait for each other by spinning. As soon as another program wants a core, that makes training up
    to 20 times slower; the Makefile sets the same for what it starts itself.
    """
    command = [str(PYTHON), "-m", "ipykernel", "install", "--prefix", str(VENV), "--env", "GOMP_SPINCOUNT", SPINCOUNT]
    try:
        subprocess.check_output(command, stderr=subprocess.STDOUT, universal_newlines=True)
    except subprocess.CalledProcessError as error:
        message = "the kernel could not be described to Jupyter with: {} ({})"
        reason = (error.output.strip().splitlines() or ["no word of why"])[-1]
        raise SetupError(message.format(in_shell(command), reason)) from None


def install_server_extension() -> None:
    """Let Jupyter's server save lessons with stills; pip does this for a wheel, but not for an editable one."""
    folder = VENV / "etc" / "jupyter" / "jupyter_server_config.d"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(str(ROOT / "tools" / "course_utils.json"), str(folder / "course_utils.json"))


def write_stamp() -> None:
    """Note that set-up is complete, in one step, so that a half-written stamp cannot exist."""
    beside = STAMP.with_suffix(".new")
    beside.write_text(fingerprint())
    os.replace(str(beside), str(STAMP))


def folder_size(folder: Path) -> int:
    """Count the bytes in all files under `folder`; 0 where there is none."""
    files = (os.path.join(where, name) for where, _, names in os.walk(str(folder)) for name in names)
    return sum(os.lstat(file).st_size for file in files)


def dotted(version: tuple) -> str:
    """Write `(3, 11)` as `3.11`."""
    return ".".join(str(part) for part in version)


def in_shell(command: "list[str]") -> str:
    """Write a command so that it can be pasted into a shell."""
    return " ".join(shlex.quote(word) for word in command)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    sys.exit(main())
