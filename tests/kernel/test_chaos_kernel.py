"""Kernels that are killed, alone or with their group, while plugins idle, work, are stopped or have left others behind.

Each kernel is a program of its own, see `plugin_shelf`. Nothing of it may live on.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import msgpack
from plugin_shelf import TOOLS, Shelf, told

from pegboard.errors import EXIT_PLUGIN
from pegboard_sdk.wire.methods import TOOL_CALL, ToolOutput

DEADLINE_S = 30.0
LEFT, RIGHT = "sk-planted-5f3a9c", "71e0d2b4-do-not-leak"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def wait_until(what: Callable[[], object], why: object) -> None:
    end = time.monotonic() + DEADLINE_S
    while not what():
        assert time.monotonic() < end, why
        time.sleep(0.005)


class Kernel:
    """A kernel of its own, and every process below it."""

    def __init__(self, shelf: Shelf, *calls: tuple[str, str, object]) -> None:
        argv = [sys.executable, str(TOOLS / "plugin_shelf.py"), str(shelf.folder)]
        self.process = subprocess.Popen(
            [*argv, json.dumps([[plugin, mode, str(arg)] for plugin, mode, arg in calls])],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        self.pids: dict[str, int] = json.loads(line)
        for plugin, mode, arg in calls:
            if mode.startswith("daemon"):
                done = Path(f"{arg}.done")
                wait_until(lambda done=done: done.exists() and done.read_text().endswith("\n"), "no daemon came up")
                for at, pid in enumerate((Path(str(arg)).read_text() + done.read_text()).split()):
                    self.pids[f"{plugin}-{at}"] = int(pid)
            elif mode == "stop":
                wait_until(lambda plugin=plugin: self.state(plugin) == "T", "it did not stop")
        assert all(pid > 1 and is_alive(pid) for pid in self.pids.values())

    def state(self, name: str) -> str:
        return Path(f"/proc/{self.pids[name]}/stat").read_text().rpartition(")")[2].split()[0]

    def left(self) -> list[str]:
        return [name for name, pid in self.pids.items() if is_alive(pid)]

    def end(self) -> int:
        """Its exit status, once nothing is left of it."""
        status = self.process.wait(DEADLINE_S)
        self.process.communicate()
        wait_until(lambda: not self.left(), self.left())
        return status


def everything(shelf: Shelf, tmp_path: Path) -> Kernel:
    """Plugins in all conditions."""
    for name in ("idle", "busy", "spinning", "stopped", "parent", "calm-parent"):
        shelf.add(name.replace("-", ""))
    shelf.add_wild("wild", "echo")
    return Kernel(
        shelf,
        ("idle", "idle", ""),
        ("wild", "idle", ""),
        ("busy", "sleep", 600),
        ("spinning", "spin", 600),
        ("stopped", "stop", ""),
        ("parent", "daemon_busy", tmp_path / "one"),
        ("calmparent", "daemon", tmp_path / "two"),
    )


@pytest.mark.parametrize("whole_group", [False, True])
def test_nothing_outlives_a_killed_kernel(shelf: Shelf, tmp_path: Path, whole_group: bool):
    kernel = everything(shelf, tmp_path)
    if whole_group:
        os.killpg(kernel.process.pid, signal.SIGKILL)
    else:
        kernel.process.kill()
    assert kernel.end() == -signal.SIGKILL


def test_a_killed_spawner_ends_the_kernel_with_status_7_and_nothing_is_left(shelf: Shelf, tmp_path: Path):
    kernel = everything(shelf, tmp_path)
    os.kill(kernel.pids["spawner"], signal.SIGKILL)
    assert kernel.end() == EXIT_PLUGIN


def test_an_interrupt_from_the_keyboard_ends_the_kernel_and_nothing_is_left(shelf: Shelf, tmp_path: Path):
    kernel = everything(shelf, tmp_path)
    os.killpg(kernel.process.pid, signal.SIGINT)
    assert kernel.end() != 0


def test_what_a_dead_plugin_left_behind_ends_while_the_kernel_lives(shelf: Shelf, tmp_path: Path):
    shelf.add("parent")
    kernel = Kernel(shelf, ("parent", "daemon", tmp_path / "pids"))
    os.kill(kernel.pids["parent"], signal.SIGKILL)
    wait_until(lambda: kernel.left() == ["spawner"], kernel.left())
    assert kernel.process.poll() is None
    kernel.process.kill()
    kernel.end()


async def test_a_key_in_the_kernels_environment_is_in_no_plugin(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    """Neither in its environment nor anywhere in its memory; one that was granted reaches its plugin alone."""
    monkeypatch.setenv("PLANTED_API_KEY", LEFT + RIGHT)
    names = [shelf.add("granted", more='[capabilities]\nenv = ["PLANTED_API_KEY"]'), shelf.add("one"), shelf.add("two")]
    async with shelf.board() as board:
        await board.warm(names[:2])
        found = {}
        for name in names:  # `two` is forked after the granted one was given the key
            value = await board.call(name, TOOL_CALL, told(name, "search", f"{LEFT},{RIGHT}"))
            found[name] = int(msgpack.decode(value, type=ToolOutput).parts[0].text)
            seen = await board.call(name, TOOL_CALL, told(name, "environ"))
            assert ((LEFT + RIGHT).encode() in bytes(seen)) == (name == "granted")
        assert found["granted"] > 0
        assert (found["one"], found["two"]) == (0, 0)


async def test_a_plugin_has_a_session_a_folder_and_no_bytecode_of_its_own(shelf: Shelf):
    shelf.add("one")
    async with shelf.board() as board:
        value = await board.call("one", TOOL_CALL, told("one", "where"))
        folder, session, pid, dont_write, prefix = msgpack.decode(value, type=ToolOutput).parts[0].text.split()
        assert folder == str(shelf.places.data / "private" / "one")
        assert session == pid
        assert (dont_write, prefix) == ("True", str(shelf.places.cache / "pycache" / "one"))
        assert not list(shelf.site.rglob("*.pyc"))


def test_a_kernel_that_was_stopped_for_a_while_goes_on_with_its_plugins(shelf: Shelf):
    shelf.add("busy")
    kernel = Kernel(shelf, ("busy", "sleep", 600))
    os.kill(kernel.process.pid, signal.SIGSTOP)
    wait_until(lambda: state_of(kernel.process.pid) == "T", "it did not stop")
    time.sleep(0.5)  # what is to be shown: that time passes without it
    assert is_alive(kernel.pids["busy"])
    os.kill(kernel.process.pid, signal.SIGCONT)
    wait_until(lambda: state_of(kernel.process.pid) != "T", "it did not go on")
    assert kernel.left() == ["spawner", "busy"]
    os.killpg(kernel.process.pid, signal.SIGINT)
    assert kernel.end() != 0
