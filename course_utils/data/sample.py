"""The sample of Fashion-MNIST that comes with the package, made by ``tools/build_sample.py``."""

import json
from pathlib import Path

import numpy as np

from course_utils.data import idx

ASSETS = Path(__file__).parent.parent / "assets"
SAMPLE = "fashion-mnist-sample"  # .npz and .json
REPAIR = "reinstall the package, or rebuild the file with tools/build_sample.py"


def bundled_sample() -> dict[str, idx.Array]:
    """Return its four arrays.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ValueError
        If one is damaged or has another checksum than the record says.
    """
    path = _asset("npz")
    try:
        # opened here because np.load leaves a file that is no zip open
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {key: file[key] for key in idx.FILES}
    except Exception as error:  # a damaged zip fails in a dozen ways, and the remedy is the same for all
        raise ValueError(f"{path} is damaged and cannot be read ({error}); {REPAIR}") from error
    for key, expected in recorded("sample_sha256").items():
        if (found := idx.checksum(arrays[key])) != expected:
            wanted = f"the SHA-256 {expected} of {SAMPLE}.json"
            raise ValueError(f"{path}: {key} must have {wanted}, found {found}; {REPAIR}")
    return arrays


def recorded(checksums: str) -> dict[str, str]:
    """Return the checksums of that name in the record, keyed like `idx.FILES`."""
    path = _asset("json")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {key: str(record[checksums][key]) for key in idx.FILES}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} must be the JSON that comes with the package ({error!r}); {REPAIR}") from error


def _asset(suffix: str) -> Path:
    path = ASSETS / f"{SAMPLE}.{suffix}"
    if not path.is_file():  # a pipe in its place would be waited for
        raise FileNotFoundError(f"{path} is missing, it comes with the package; {REPAIR}")
    return path
