"""Writing files so that a crash never leaves half of one."""

import contextlib
import glob
import os
import platform
import secrets
from pathlib import Path


def atomic_write(path: str | Path, data: bytes) -> None:
    """Write `data` to `path` completely, or leave what stood there untouched.

    The bytes go to a temporary file in the same folder (a rename is atomic only within one file system), are flushed to
    the disk, and only then take the target's name. What a process that was killed has left behind is removed.

    Parameters
    ----------
    path : path
        File to write; its folder must exist.
    data : bytes
        All of its content.

    Raises
    ------
    OSError
        If the folder is missing or the bytes cannot be written, as on a full disk; the temporary file is removed.
    """
    path = check_target(path)
    # The name says who writes: a file whose process has ended is nobody's. Not tempfile.mkstemp: its files are readable
    # by their owner alone, and the target would inherit that.
    ours = f".{path.name}.{platform.node()}."
    temporary = path.with_name(f"{ours}{os.getpid()}.{secrets.token_hex(4)}.tmp")
    _remove_orphans(path.parent, ours)
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:  # also an interrupt: the temporary file must not stay behind
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        if isinstance(error, OSError):  # of a full disk it names no file
            remedy = "make room or choose another place; what stood there is untouched"
            raise type(error)(error.errno, f"cannot write {str(path)!r}: {error.strerror}; {remedy}") from error
        raise


def check_target(path: str | Path) -> Path:
    """Return `path` if a file can be written there; what can be known is known before an hour of work.

    Parameters
    ----------
    path : path
        File that is going to be written.

    Returns
    -------
    Path
        The same.

    Raises
    ------
    OSError
        If it is a folder, or its own folder is missing or must not be written to.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"cannot write {str(path)!r}: it is a folder; name a file in it")
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"cannot write {path.name!r}: the folder {str(path.parent)!r} does not exist; create it first"
        )
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(f"cannot write {path.name!r}: the folder {str(path.parent)!r} is not yours to write to")
    return path


def _remove_orphans(folder: Path, prefix: str) -> None:
    for orphan in folder.glob(f"{glob.escape(prefix)}*.tmp"):
        writer = orphan.name.removeprefix(prefix).partition(".")[0]
        if writer.isdecimal() and not _runs(int(writer)):
            orphan.unlink(missing_ok=True)  # another process may have been quicker


def _runs(process: int) -> bool:
    import psutil  # only where there is an orphan

    return bool(psutil.pid_exists(process))
