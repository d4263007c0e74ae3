"""Writing files so that a crash never leaves half of one."""

import contextlib
import os
import secrets
from pathlib import Path


def atomic_write(path: str | Path, data: bytes) -> None:
    """Write `data` to `path` completely, or leave what stood there untouched.

    The bytes go to a temporary file in the same folder (a rename is atomic only within one file system), are flushed to
    the disk, and only then take the target's name.

    Raises
    ------
    OSError
        If the folder is missing or the bytes cannot be written; the temporary file is removed.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"cannot write {path.name!r}: the folder {str(path.parent)!r} does not exist; create it first"
        )
    # Not tempfile.mkstemp: its files are readable by their owner alone, and the target would inherit that.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:  # also an interrupt: the temporary file must not stay behind
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
