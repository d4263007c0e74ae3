"""`make publish` in a small project: what is written, what stays as it was, and that a failure writes nothing."""

import json
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "publish.py"
PUBLISH = runpy.run_path(str(TOOL), run_name="publish")
publish, PublishError = PUBLISH["publish"], PUBLISH["PublishError"]

BOOT = 'REPOSITORY = ""  # the address\nif REPOSITORY and "σ" != "s":\n    print("REPOSITORY = \\"\\"")'
LESSONS = ["01_neurons.ipynb", "08_games.ipynb"]


def notebook(boot: str = BOOT, tags: tuple[str, ...] = ("colab-boot",)) -> str:
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# σ and μ\n", 'REPOSITORY = ""']},
        {
            "cell_type": "code",
            "execution_count": 1,
            "id": "b",
            "metadata": {"tags": list(tags)},
            "outputs": [],
            "source": boot.splitlines(keepends=True),
        },
    ]
    book = {"cells": cells, "metadata": {"course": {"b": "0123"}}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


@pytest.fixture
def project(tmp_path):
    for name in ("pyproject.toml", "CITATION.cff"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "README.md").write_text("# Course\n\n<!-- badges -->\n<!-- /badges -->\n\nText with σ.\n")
    (tmp_path / "notebooks").mkdir()
    for name in LESSONS:
        (tmp_path / "notebooks" / name).write_text(notebook())
    return tmp_path


def snapshot(project: Path) -> dict[str, bytes]:
    return {str(path.relative_to(project)): path.read_bytes() for path in project.rglob("*") if path.is_file()}


def test_publish_writes_the_address_everywhere(project):
    publish(project, "ada/vae-course")
    urls = tomllib.loads((project / "pyproject.toml").read_text())["project"]["urls"]
    assert urls["Repository"] == "https://github.com/ada/vae-course"
    citation = yaml.safe_load((project / "CITATION.cff").read_text())
    assert citation["repository-code"] == "https://github.com/ada/vae-course"
    readme = (project / "README.md").read_text()
    colab = "https://colab.research.google.com/github/ada/vae-course/blob/main/notebooks/"
    assert f"[1]({colab}01_neurons.ipynb) [8]({colab}08_games.ipynb)" in readme
    assert "https://mybinder.org/v2/gh/ada/vae-course/main" in readme
    assert readme.startswith("# Course\n\n<!-- badges -->\n[![tests]")
    assert readme.endswith("\n<!-- /badges -->\n\nText with σ.\n")


def test_publish_works_on_the_lessons_as_they_stand(tmp_path):
    for name in ("pyproject.toml", "CITATION.cff", "README.md"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))
    lessons = sorted((tmp_path / "notebooks").glob("*.ipynb"))
    before = [lesson.read_text() for lesson in lessons]
    for address in ("ada/first", "ada/vae-course"):
        publish(tmp_path, address)
    for lesson, old in zip(lessons, before, strict=True):
        new = lesson.read_text()
        assert [line for line in new.splitlines() if "ada/" in line] == [
            line.replace('\\"\\"', '\\"ada/vae-course\\"', 1) for line in old.splitlines() if '"REPOSITORY = ' in line
        ]
        assert len(new.splitlines()) == len(old.splitlines())


def test_publish_changes_one_line_of_a_lesson_and_no_other_byte(project):
    publish(project, "ada/vae-course")
    for name in LESSONS:
        before, after = notebook().splitlines(), (project / "notebooks" / name).read_text().splitlines()
        changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
        assert changed == [
            (
                '    "REPOSITORY = \\"\\"  # the address\\n",',
                '    "REPOSITORY = \\"ada/vae-course\\"  # the address\\n",',
            )
        ]


def test_publish_changes_no_other_setting_of_pyproject(project):
    before = tomllib.loads((project / "pyproject.toml").read_text())
    publish(project, "ada/vae-course")
    after = tomllib.loads((project / "pyproject.toml").read_text())
    for settings in (before, after):
        settings["project"].get("urls", {}).pop("Repository", None)
        settings["project"].setdefault("urls", {})
    assert after == before


def test_publish_twice_changes_nothing(project):
    assert publish(project, "ada/vae-course") != []
    before = snapshot(project)
    assert publish(project, "ada/vae-course") == []
    assert snapshot(project) == before


def test_publish_with_another_name_replaces_the_first(project):
    publish(project, "grace/other")
    direct = snapshot(project)
    for name in (*LESSONS, "../README.md", "../pyproject.toml", "../CITATION.cff"):
        assert b"grace/other" in (project / "notebooks" / name).read_bytes()
    publish(project, "ada/vae-course")
    assert not any(b"grace" in data for data in snapshot(project).values())
    publish(project, "grace/other")
    assert snapshot(project) == direct


def test_publish_keeps_other_urls(project):
    publish(project, "grace/other")
    path = project / "pyproject.toml"
    path.write_text(re.sub("(?m)^Repository = .*$", 'Documentation = "x"', path.read_text()))
    publish(project, "ada/vae-course")
    urls = tomllib.loads(path.read_text())["project"]["urls"]
    assert urls == {"Documentation": "x", "Repository": "https://github.com/ada/vae-course"}


@pytest.mark.parametrize(
    "repository",
    [
        "",
        "ada",
        "ada/",
        "/course",
        "ada/course/x",
        "https://github.com/ada/course",
        "a--b/c",
        "-ada/c",
        "ada/..",
        'a/"',
        "a/b\n",
    ],
)
def test_publish_refuses_what_is_not_owner_and_name(project, repository):
    before = snapshot(project)
    with pytest.raises(PublishError, match='REPO must be "owner/name"'):
        publish(project, repository)
    assert snapshot(project) == before


def test_publish_names_what_is_no_notebook_in_one_sentence(project):
    (project / "notebooks" / LESSONS[0]).write_text("not JSON")
    with pytest.raises(PublishError, match=r"01_neurons\.ipynb is no notebook"):
        publish(project, "ada/vae-course")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("README.md", "# Course\n", "README.md needs one line `<!-- badges -->`"),
        (
            "notebooks/08_games.ipynb",
            notebook(tags=()),
            "08_games.ipynb needs exactly one cell with the tag colab-boot",
        ),
        ("notebooks/08_games.ipynb", notebook("import torch"), '08_games.ipynb needs the line `REPOSITORY = ""` once'),
        ("notebooks/08_games.ipynb", notebook(f"{BOOT}\n{BOOT}"), "it has 2"),
        ("notebooks/08_games.ipynb", notebook().replace("\n ", "\n"), "not in the form that `make notebooks` writes"),
        ("pyproject.toml", '[project]\nname = "x"\n', "pyproject.toml has an unexpected form"),
    ],
)
def test_publish_writes_nothing_when_one_file_is_not_as_expected(project, name, text, said):
    (project / name).write_text(text)
    before = snapshot(project)
    with pytest.raises(PublishError, match=said):
        publish(project, "ada/vae-course")
    assert snapshot(project) == before


def test_publish_fails_on_the_command_line_in_one_sentence():
    result = subprocess.run([sys.executable, TOOL], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert 'REPO must be "owner/name"' in result.stderr
    assert result.stdout == ""
