import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pegboard.places import Places, managed_policy, private, replacing


def every_folder(tmp_path: Path) -> dict[str, str]:
    return {f"PEGBOARD_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "STATE", "CACHE", "RUNTIME")}


def test_each_folder_can_be_named_by_its_variable(tmp_path):
    places = Places.from_environ(every_folder(tmp_path))
    assert places.config == tmp_path / "CONFIG"
    assert places.runtime == tmp_path / "RUNTIME"
    assert places.user_config == tmp_path / "CONFIG" / "config.toml"


def test_what_is_not_named_is_the_platforms(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    places = Places.from_environ({"PEGBOARD_CONFIG_DIR": str(tmp_path / "c"), "PEGBOARD_DATA_DIR": ""})
    assert places.config == tmp_path / "c"
    assert places.state == tmp_path / "pegboard"
    assert places.data.name == "pegboard"


def test_nothing_is_imported_or_created_when_every_folder_is_named(tmp_path):
    script = (
        "import sys, os; from pegboard.places import Places; Places.from_environ(os.environ);"
        "sys.exit('platformdirs' in sys.modules)"
    )
    environ = every_folder(tmp_path) | {"PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-c", script], env=environ, check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []


def test_a_relative_folder_is_made_absolute():
    assert Places.from_environ({"PEGBOARD_STATE_DIR": "here"}).state.is_absolute()


def test_the_managed_policy_has_a_path_for_each_platform():
    assert managed_policy("linux", {}) == Path("/etc/pegboard/policy.toml")
    assert managed_policy("darwin", {}) == Path("/Library/Application Support/pegboard/policy.toml")
    assert str(managed_policy("win32", {"ProgramData": "/D"})).startswith("/D")


def test_private_makes_each_missing_folder_for_this_user_alone(tmp_path):
    made = private(tmp_path / "a" / "b" / "c")
    for folder in (made, made.parent, made.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert private(made) == made


def test_private_leaves_the_mode_of_an_existing_folder(tmp_path):
    (tmp_path / "wide").mkdir(mode=0o755)
    private(tmp_path / "wide" / "inner")
    assert stat.S_IMODE((tmp_path / "wide").stat().st_mode) == 0o755


def test_private_refuses_what_is_not_a_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="not a folder"):
        private(tmp_path / "file")


def test_a_replaced_file_is_new_at_once_and_open_to_its_owner_alone(tmp_path):
    file = tmp_path / "kept"
    file.write_text("old")
    file.chmod(0o644)
    with replacing(file) as opened:
        opened.write(b"new")
        opened.flush()
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("was_there", [True, False])
def test_where_replacing_fails_all_is_as_it_was(tmp_path, *, was_there: bool):
    file = tmp_path / "kept"
    if was_there:
        file.write_text("old")
    with pytest.raises(ValueError, match="half"), replacing(file) as opened:
        raise ValueError(f"half of {opened.write(b'half')}")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["old"] * was_there


def test_a_name_of_any_length_can_be_replaced(tmp_path):
    file = tmp_path / ("n" * 255)
    with replacing(file) as opened:
        opened.write(b"new")
    assert file.read_bytes() == b"new"
