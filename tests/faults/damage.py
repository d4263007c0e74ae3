"""What can happen to a file, one way or another, and how an error about it must read."""

import contextlib
import os
import pickle
import re
import shutil
import tempfile
from pathlib import Path

import pytest

HTML = b"<html><title>404 Not Found</title></html>\n" * 50


# Damage to the bytes: what the file holds, and a source of random numbers, give what it then holds.


def cut(content, rng):
    return content[: rng.randrange(len(content))]


def flip(content, rng):
    damaged = bytearray(content)
    # One time in three near the beginning or the end, where headers and directories stand.
    place = rng.choice(
        [rng.randrange(len(content)), rng.randrange(min(200, len(content))), -1 - rng.randrange(min(60, len(content)))]
    )
    damaged[place] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def overwrite(content, rng, block=None):
    start = rng.randrange(len(content))
    block = (block or rng.randbytes)(rng.randint(1, min(4096, len(content))))
    return content[:start] + block[: len(content) - start] + content[start + len(block) :]


def blank(content, rng):
    return overwrite(content, rng, bytes)


def drop(content, rng):
    start = rng.randrange(len(content))
    return content[:start] + content[start + rng.randint(1, 100) :]


def grow(content, rng):
    return content + rng.randbytes(rng.randint(1, 5000))


def other(content, rng):
    return rng.choice([HTML, pickle.dumps([0] * 99), bytes(len(content)), rng.randbytes(len(content)), b"\n"])


BYTES = [cut, flip, flip, flip, overwrite, blank, drop, grow, other]


# Something else in the file's place


def empty(path):
    path.write_bytes(b"")


def missing(path):
    path.unlink()


def folder(path):
    path.unlink()
    path.mkdir()


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def device(path):
    path.unlink()
    path.symlink_to("/dev/zero")


def dangling(path):
    path.unlink()
    path.symlink_to(path.parent / "nothing")


def circular(path):
    path.unlink()
    path.symlink_to(path)


def locked(path):
    path.chmod(0)


PLACES = [empty, missing, folder, pipe, device, dangling, circular, locked]


def cases(count, rng):
    """Return every kind of `PLACES` once, and `count` damages to the bytes, each with a seed."""
    return [(do, rng.random()) for do in PLACES] + [(BYTES[i % len(BYTES)], rng.random()) for i in range(count)]


def inflict(do, path, rng):
    """Damage the file."""
    do(path) if do in PLACES else path.write_bytes(do(path.read_bytes(), rng))


@contextlib.contextmanager
def without_privileges():
    """Let the rights of files hold for us, too: root may read everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@contextlib.contextmanager
def open_folder():
    """Make a folder that everybody may enter, which pytest's own are not."""
    path = Path(tempfile.mkdtemp(prefix="faults-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def must_say(error, path, remedy):
    """Check that an error names the file in one line, and says what to do; where we have no right, that says it."""
    text = str(error)
    named = str(path.parent) in text and path.name.removesuffix(".gz") in text
    helps = isinstance(error, PermissionError) or re.search(remedy, text)
    if not (named and helps) or "\n" in text.strip():
        pytest.fail(f"{type(error).__name__} does not name {path} and {remedy!r}: {text!r:.400}")
