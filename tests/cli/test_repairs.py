"""`peg doctor --fix`: says what it will do, does only what is safe, and leaves what lives alone."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pegboard.cli.repairs import repairs
from pegboard.places import Places


@pytest.fixture
def ill(home: Any) -> Places:
    places = Places.from_environ(home.env)
    for folder in (places.state, places.data, places.config, places.runtime, places.cache):
        folder.mkdir(mode=0o700, exist_ok=True)
    places.state.chmod(0o755)
    places.config.chmod(0o777)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for process in (gone.pid, os.getpid()):
        (places.runtime / f"tmp-{process}").mkdir()
        (places.runtime / f"tmp-{process}/x").write_text("x")
    (places.runtime / "tmp-notes").mkdir()
    return places


def test_what_killed_programs_left_is_found_and_what_lives_is_not(ill: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ill.runtime)
    with socket.socket(socket.AF_UNIX) as dead, socket.socket(socket.AF_UNIX) as live:
        dead.bind("dead.sock")
        live.bind("live.sock")
        live.listen()
        dead.close()
        found = [repair.will for repair in repairs(ill) if str(ill.runtime) in repair.will]
    assert len(found) == 2
    assert found[0].endswith("/dead.sock")
    assert f"tmp-{os.getpid()}" not in found[1]


def test_it_says_what_is_wrong_and_mends_it_when_told(home: Any, ill: Places) -> None:
    before = home.peg("doctor")
    assert f"others may read the state folder {ill.state}; `peg doctor --fix` repairs it" in before.stdout
    assert ill.state.stat().st_mode & 0o777 == 0o755, "nothing was changed"
    told = home.peg("doctor", "--fix")
    assert f"fix   others may write in the configuration folder {ill.config}: chmod 755 {ill.config}" in told.stdout
    assert (ill.state.stat().st_mode & 0o777, ill.config.stat().st_mode & 0o777) == (0o700, 0o755)
    left = {entry.name for entry in Path(ill.runtime).iterdir()}
    assert {f"tmp-{os.getpid()}", "tmp-notes"} <= left
    assert not [name for name in left if name[4:].isdigit() and name != f"tmp-{os.getpid()}"]
    assert list(repairs(ill)) == []
