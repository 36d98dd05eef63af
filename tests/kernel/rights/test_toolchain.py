"""Tools outside the system's folders are found from PATH, and a stranger's file cannot name a folder of secrets."""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pegboard.rights import toolchain
from pegboard.rights.toolchain import Tools, secret_files, toolchains


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


# What is remembered between two commands.


def tools_of(home: Path, *entries: str) -> Tools:
    path = ":".join(str(home / one) for one in entries)
    return Tools(path, home=str(home), workspace=str(home / "work"))


def make_environment(home: Path) -> None:
    base = python(home / "pythons" / "3.11")
    (home / "work/.venv/pyvenv.cfg").write_text(f"home = {base}/bin\n")


def exchange_python(home: Path) -> None:
    base = python(home / "pythons" / "3.13.1")
    (home / "work/.venv/pyvenv.cfg").write_text(f"home = {base}/bin\n")


def remove_environment(home: Path) -> None:
    shutil.rmtree(home / "work/.venv")


def lead_elsewhere(home: Path) -> None:
    other = home / "other"
    if not other.exists():
        shutil.copytree(home / "sdk", other)
        (home / "sdk").rename(home / "sdk.old")
        (home / "sdk").symlink_to(other)


def lead_into_the_workspace(home: Path) -> None:
    if not (home / "work/evil").exists():
        (home / "work/evil/bin").mkdir(parents=True)
        (home / ".cargo").rename(home / ".cargo.old")
        (home / ".cargo").symlink_to(home / "work/evil")


def open_to_everyone(home: Path) -> None:
    (home / "sdk/bin").chmod(0o777)


def remove_tool(home: Path) -> None:
    shutil.rmtree(home / ".local", ignore_errors=True)


CHANGES = (make_environment, exchange_python, remove_environment, lead_elsewhere, lead_into_the_workspace,
           open_to_everyone, remove_tool)  # fmt: skip


@given(st.lists(st.sampled_from(CHANGES), max_size=7, unique=True))
@settings(max_examples=60, deadline=None)
def test_what_is_remembered_is_what_looking_anew_finds(changes: list[Callable[[Path], None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        for made in (".local/bin", ".cargo/bin", "sdk/bin", "work/.venv/bin"):
            (home / made).mkdir(parents=True)
        entries = (".cargo/bin", "sdk/bin", ".local/bin", "none/bin")
        tools = tools_of(home, *entries)
        for change in (lambda _: None, *changes):
            with suppress(FileNotFoundError):
                change(home)
            assert tools.now() == tools_of(home, *entries).now()


def test_nothing_is_read_again_where_nothing_changed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tools_of(home, ".cargo/bin")
    first = tools.now()
    monkeypatch.setattr(toolchain, "toolchains", lambda *_, **__: pytest.fail("looked again"))
    assert tools.now() == first == (str(home / ".cargo"),)


def test_a_toolchain_that_has_gone_is_left_out(home: Path) -> None:
    make_environment(home)
    tools = tools_of(home)
    assert tools.now() == (str(home / "pythons/3.11"),)
    shutil.rmtree(home / "pythons")
    assert tools.now() == ()
