"""Where the four files of a data set are on this machine, and how to fetch them."""

import os
import tempfile
from http.client import HTTPException
from pathlib import Path

from course_utils.data.idx import FILES

# The names by which torchvision knows the data sets; its folders are called the same.
TORCHVISION = {"fashion-mnist": "FashionMNIST", "mnist": "MNIST", "kmnist": "KMNIST"}

SYSTEM_FOLDER = Path("/usr/share/datasets")  # where Debian puts data sets


def find_full(name: str, root: str | Path | None = None) -> Path | None:
    """Return the folder on this machine that holds all of data set `name`, or None; downloads nothing.

    The four files may be unpacked or ``.gz``, and lie in `root` itself or where torchvision puts them. Without `root`
    the system's folder comes first, then the cache.

    Parameters
    ----------
    name : str
        One of `TORCHVISION`: "fashion-mnist", "mnist", "kmnist".
    root : str or Path, optional
        Where to look, and nowhere else.

    Returns
    -------
    Path or None
        The folder with the four files.

    Raises
    ------
    ValueError
        If the data set `name` does not consist of such files.
    FileNotFoundError
        If `root` is no folder, or some of the four files are there and others are not.
    """
    if name not in TORCHVISION:
        raise ValueError(f"`name` must be one of {', '.join(map(repr, TORCHVISION))}, got {name!r}")
    for place in places_of(name, root):
        for folder in (place, place / TORCHVISION[name] / "raw"):
            if find_files(folder):
                return folder
    return None


def find_files(folder: Path) -> dict[str, Path]:
    """Return the paths of the four files in `folder`, ``.gz`` or else unpacked; empty if there is none of them.

    A ``.gz`` carries a checksum of what is in it, the unpacked file that torchvision puts beside it does not.

    Raises
    ------
    FileNotFoundError
        If some are there and others are not.
    """
    found = {}
    for key, file in FILES.items():
        for path in (folder / file, folder / f"{file}.gz"):
            if path.is_file():
                found[key] = path
    missing = [file for key, file in FILES.items() if key not in found]
    if found and missing:
        raise FileNotFoundError(
            f"{folder} holds {len(found)} of the four files; {', '.join(missing)} (or .gz) must be there too: "
            "add what is missing, or remove the rest and all four are downloaded again"
        )
    return found


def cache_folder() -> Path:
    """Return the folder for downloads: ``course_utils`` in ``$XDG_CACHE_HOME``, else in ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "course_utils"


def download(name: str, places: list[Path]) -> Path:
    """Let torchvision download data set `name` into the last of `places` and return the folder with the four files.

    They arrive in a temporary folder beside their own, where torchvision checks them, and are moved when all four are
    there: an interrupted download leaves nothing behind.

    Raises
    ------
    FileNotFoundError
        If that failed; the message names the ways to get the data, its cause is what went wrong.
    """
    from torchvision import datasets

    folder_name = TORCHVISION[name]
    raw = places[-1] / folder_name / "raw"
    try:
        places[-1].mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=places[-1], prefix=".download-") as temporary:
            getattr(datasets, folder_name)(temporary, download=True)
            raw.parent.mkdir(exist_ok=True)
            _move(Path(temporary) / folder_name / "raw", raw)
    except (OSError, RuntimeError, HTTPException) as error:
        raise FileNotFoundError(_ways_out(name, places, error)) from error
    return raw


def places_of(name: str, root: str | Path | None) -> list[Path]:
    """Return the folders in which data set `name` may be, the one for downloads last."""
    if root is None:
        return [SYSTEM_FOLDER / name, cache_folder()]
    folder = Path(root).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(f"`root` must be an existing folder, got {str(root)!r}; create it or correct the path")
    return [folder]


def _move(source: Path, target: Path) -> None:
    try:
        os.rename(source, target)
    except OSError:
        if not find_files(target):  # else another process was quicker, and its files are as good
            raise


def _ways_out(name: str, places: list[Path], error: Exception) -> str:
    system = f"put the four files into {SYSTEM_FOLDER / name}"
    if name == "fashion-mnist":
        system = "install the Debian package dataset-fashion-mnist"
    reason = " ".join(str(error).split())
    return (
        f"found no files of {name!r} in {' or '.join(map(str, places))}, and could not download them ({reason}). "
        f"Three ways out: name a folder that holds the four idx files with root=...; {system} and leave root out; "
        "or connect to the network once"
    )
