"""A new project is in order as it is made: lint, its own tests, its manifest, the protocol."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.scaffold.naming import names_for

ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def run(module: str, *arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**ENVIRONMENT, **more},
        timeout=120,
    )


@pytest.mark.parametrize(
    ("name", "package"), [("words", "pegboard_words"), ("acme.big-words", "pegboard_acme_big_words")]
)
def test_a_new_project_is_in_order(name: str, package: str, tmp_path: Path) -> None:
    made = run("pegboard_sdk.scaffold", name, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    project = tmp_path / name.replace(".", "-")
    for line in made.stdout.partition("\n\n")[0].splitlines():
        assert (tmp_path / line).is_file()
    source = project / "src" / package
    for module, *arguments in (
        ("ruff", "check", "--no-cache", "."),
        ("ruff", "format", "--no-cache", "--check", "."),
        ("pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "."),
        ("pegboard_sdk.sync", "--check"),
    ):
        done = run(module, *arguments, cwd=project)
        assert done.returncode == 0, f"{module}: {done.stdout}{done.stderr}"
    command = ["--calls", "20", "--", sys.executable, "-m", "pegboard_sdk.host", f"{package}:plugin", str(source)]
    done = run("pegboard_sdk.conformance", *command, cwd=project, PYTHONPATH=str(project / "src"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_next_steps_name_what_is_here(tmp_path: Path) -> None:
    said = run("pegboard_sdk.scaffold", "words", cwd=tmp_path).stdout
    for needed in (
        " install ",
        "-e words",
        "-m pytest words",
        "tool call count_words",
        "plugin check words",
        "plugin sync",
    ):
        assert needed in said


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "mine.txt").write_text("mine")
    done = run("pegboard_sdk.scaffold", "words", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "new: words is there already; name another with --dir\n")
    assert [path.name for path in (tmp_path / "words").iterdir()] == ["mine.txt"]


def test_the_name_of_an_installed_plugin_is_refused(tmp_path: Path) -> None:
    done = run("pegboard_sdk.scaffold", "hello", cwd=tmp_path)
    assert done.returncode == 2
    assert "installed already" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "Words", "1words", "a.b.c", "words!", "../words", "wörter"])
def test_what_is_no_name_is_refused_with_one_that_is(name: str) -> None:
    with pytest.raises(InvalidParams, match=r"such as words or acme\.words"):
        names_for(name)
