"""Tools outside the system's folders are found from PATH, and a stranger's file cannot name a folder of secrets."""

from pathlib import Path

import pytest

from pegboard.rights.toolchain import secret_files, toolchains


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for folder in ("bin", ".local/bin", ".cargo/bin", "sdk/bin", "work/.venv/bin", ".ssh"):
        (tmp_path / "home" / folder).mkdir(parents=True)
    return tmp_path / "home"


def found(home: Path, *entries: str) -> tuple[str, ...]:
    roots = toolchains(":".join(str(home / one) for one in entries), home=str(home), workspace=str(home / "work"))
    return tuple(Path(root).relative_to(home).as_posix() for root in roots)


def test_a_toolchain_is_the_folder_above_its_binaries(home: Path) -> None:
    assert found(home, ".cargo/bin", "sdk/bin") == (".cargo", "sdk")


def test_neither_a_home_nor_dot_local_is_a_toolchain(home: Path) -> None:
    assert found(home, "bin", ".local/bin") == ("bin", ".local/bin")


def test_the_systems_folders_and_the_workspace_are_there_anyway(home: Path) -> None:
    roots = toolchains(f"/usr/bin:/bin:{home}/work/.venv/bin", home=str(home), workspace=str(home / "work"))
    assert roots == ()


def python(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "lib" / "python3.11").mkdir(parents=True)
    (folder / "lib" / "python3.11" / "os.py").touch()
    return folder


def test_the_python_that_an_environment_was_made_from_is_found(home: Path) -> None:
    base = python(home / "pythons" / "3.11")
    (home / "work/.venv/pyvenv.cfg").write_text(f"home = {base}/bin\nversion = 3.11\n")
    assert found(home) == ("pythons/3.11",)


@pytest.mark.parametrize("named", [".ssh/bin", ".ssh", "bin", "../home/bin", ".ssh/../.ssh/bin"])
def test_an_environment_cannot_open_what_is_no_python(home: Path, named: str) -> None:
    (home / "work/.venv/pyvenv.cfg").write_text(f"home = {home}/{named}\n")
    assert found(home) == ()


def test_a_python_above_the_home_folder_does_not_open_it(tmp_path: Path) -> None:
    base = python(tmp_path / "all")
    home = base / "me"
    (home / "work/.venv/bin").mkdir(parents=True)
    (home / "work/.venv/pyvenv.cfg").write_text(f"home = {base}/bin\n")
    assert toolchains("", home=str(home), workspace=str(home / "work")) == ()


def test_tokens_beside_tools_are_named(home: Path) -> None:
    (home / ".cargo/credentials.toml").touch()
    assert secret_files([str(home / ".cargo")]) == (str(home / ".cargo/credentials.toml"),)
