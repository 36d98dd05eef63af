"""`peg plugin top`, over a real kernel and over a made-up /proc."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

from needing import absent
from plugin_shelf import Shelf

from pegboard.cli.plugin_top import name_of, processes
from pegboard.spawner.launch import PROGRAM


async def test_the_processes_of_a_running_session_are_shown(home: Any, tmp_path: Path) -> None:
    if sys.platform != "linux":
        absent("Linux")
    shelf = Shelf(tmp_path / "shelf")
    shelf.add("shaky")
    async with shelf.board() as board:
        await board.warm(["shaky"])
        (status,) = board.status()
        done = home.peg("plugin", "top")
    assert done.returncode == 0
    assert re.search(rf"^ +{status.pid} +\d+\.\d\d s +\d+\.\d MiB  ", done.stdout, re.MULTILINE)
    assert f"spawner {board._spawner._pid}" in done.stdout


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    for name in ("self", "7", "8", "9"):
        (tmp_path / name).mkdir()
    (tmp_path / "7" / "stat").write_text("garbage")
    (tmp_path / "8" / "stat").write_bytes(b"8 (a) b) S 1 " + b"0 " * 30)
    (tmp_path / "8" / "cmdline").write_bytes(b"node\0plugin.mjs\0")
    real = Path("/proc/self/status")
    if real.exists():
        shutil.copy(real, tmp_path / "8" / "status")
        (found,) = processes(tmp_path)
        assert (found.pid, found.parent, name_of(found)) == (8, 1, "node plugin.mjs")
    else:
        assert processes(tmp_path) == []
    assert PROGRAM
