"""Write the repository's address into everything that shows it: `make publish REPO=owner/name`.

The address stands in one place, `[project.urls] Repository` in pyproject.toml. From there it is written into the badges
of the README, into CITATION.cff and into the first code cell of each lesson, which installs the package on Colab.
Everything is computed before anything is written, and a second call with another name replaces the first.
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path

import nbformat
from notebook_file import BOOT_TAG, serialise

from course_utils.files import atomic_write

ROOT = Path(__file__).resolve().parent.parent
BRANCH = "main"
GITHUB = "https://github.com/"
BOOT_LINE = re.compile(r'^REPOSITORY = "[^"]*"(?=\s|$)', re.MULTILINE)  # what follows it, a comment, stays
BADGES = re.compile(r"(<!-- badges -->\n).*?(<!-- /badges -->)", re.DOTALL)
# GitHub's own rules: an account has letters, digits and single hyphens, a repository also dots and underscores.
REPOSITORY = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")


class PublishError(Exception):
    """What is in the way and what to do, in one sentence for the terminal."""


def main() -> int:
    """Publish as the one argument says; return the exit status for the shell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", nargs="?", default="", metavar="OWNER/NAME")
    try:
        changed = publish(ROOT, parser.parse_args().repository)
    except (PublishError, OSError) as error:
        print(f"publish stopped, nothing was written: {error}", file=sys.stderr)
        return 1
    print("wrote " + ", ".join(changed) if changed else "nothing to change")
    return 0


def publish(root: Path, repository: str) -> list[str]:
    """Write `repository` ("owner/name") into the project at `root`; return the names of the files that changed."""
    if not REPOSITORY.fullmatch(repository):
        raise PublishError(
            f'REPO must be "owner/name" as in the address of the repository on GitHub, got "{repository}"; '
            "e.g. `make publish REPO=ada/vae-course`"
        )
    texts = new_texts(root, repository)
    changed = {path: text for path, text in texts.items() if text != read(path)}
    for path, text in changed.items():
        atomic_write(path, text.encode())
    return [str(path.relative_to(root)) for path in changed]


def new_texts(root: Path, repository: str) -> dict[Path, str]:
    """Compute the new text of every file that shows the address."""
    lessons = sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    texts = {
        root / "pyproject.toml": in_pyproject(read(root / "pyproject.toml"), repository),
        root / "README.md": in_readme(read(root / "README.md"), repository, [path.name for path in lessons]),
        root / "CITATION.cff": in_citation(read(root / "CITATION.cff"), repository),
    }
    for path in lessons:
        try:
            texts[path] = in_lesson(read(path), repository)
        except PublishError as error:
            raise PublishError(f"notebooks/{path.name} {error}") from None
    return texts


def read(path: Path) -> str:
    """Read a text as it stands, line ends included."""
    return path.read_bytes().decode()


def in_pyproject(text: str, repository: str) -> str:
    """Set `[project.urls] Repository`, leaving every other setting as it was."""
    line = f'Repository = "{GITHUB}{repository}"'
    if "Repository" in tomllib.loads(text)["project"].get("urls", {}):
        new = re.sub(r"(?m)^Repository *=.*$", line, text, count=1)
    elif "[project.urls]\n" in text:
        new = text.replace("[project.urls]\n", f"[project.urls]\n{line}\n", 1)
    else:
        new = text.replace(
            "[project.optional-dependencies]\n", f"[project.urls]\n{line}\n\n[project.optional-dependencies]\n", 1
        )
    expected = tomllib.loads(text)
    expected["project"].setdefault("urls", {})["Repository"] = GITHUB + repository
    if tomllib.loads(new) != expected:
        raise PublishError(f"pyproject.toml has an unexpected form; write under [project.urls] by hand: {line}")
    return new


def in_readme(text: str, repository: str, lessons: list[str]) -> str:
    """Write one row of badges between the README's markers."""
    if len(BADGES.findall(text)) != 1:
        raise PublishError("README.md needs one line `<!-- badges -->` and, below it, one line `<!-- /badges -->`")
    return BADGES.sub(lambda found: found[1] + badges(repository, lessons) + "\n" + found[2], text)


def badges(repository: str, lessons: list[str]) -> str:
    """Compose the row: the state of the tests, Binder, and each lesson on Colab by its number."""
    workflow = f"{GITHUB}{repository}/actions/workflows/test.yml"
    colab = f"https://colab.research.google.com/github/{repository}/blob/{BRANCH}/notebooks/"
    row = [
        f"[![tests]({workflow}/badge.svg)]({workflow})",
        f"[![Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/{repository}/{BRANCH}?urlpath=lab/tree/notebooks)",
    ]
    if lessons:
        row.append("![Colab](https://colab.research.google.com/assets/colab-badge.svg) lesson")
        row += [f"[{int(name[:2])}]({colab}{name})" for name in lessons]
    return " ".join(row)


def in_citation(text: str, repository: str) -> str:
    """Set `repository-code`."""
    line = f'repository-code: "{GITHUB}{repository}"'
    new, found = re.subn(r"(?m)^repository-code:.*$", line, text)
    return new if found else f"{text.rstrip()}\n{line}\n"


def in_lesson(text: str, repository: str) -> str:
    """Replace the line `REPOSITORY = "..."` of the boot cell, and nothing else."""
    try:
        book = nbformat.reads(text, as_version=4)
    except ValueError as error:
        raise PublishError(f"is no notebook ({str(error).splitlines()[0]})") from error
    if serialise(book).decode() != text:
        raise PublishError("is not in the form that `make notebooks` writes; run that first")
    cells = [cell for cell in book["cells"] if BOOT_TAG in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise PublishError(f"needs exactly one cell with the tag {BOOT_TAG}, it has {len(cells)}")
    cells[0].source, found = BOOT_LINE.subn(f'REPOSITORY = "{repository}"', cells[0].source)
    if found != 1:
        raise PublishError(f'needs the line `REPOSITORY = ""` once in its {BOOT_TAG} cell, it has {found}')
    return serialise(book).decode()


if __name__ == "__main__":
    sys.exit(main())
