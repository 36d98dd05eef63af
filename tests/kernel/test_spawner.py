"""The spawner with real processes: what it starts, what it reports, and that nothing of it is left."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from pegboard.discovery import own_environment
from pegboard.distribution import search_path
from pegboard.spawner.client import Process, SpawnerClient
from pegboard.spawner.launch import launch_spawner
from pegboard.spawner.messages import Ended, Inbox, Launch, Refused, Signal, Start, Started, framed
from pegboard_sdk.errors import StartFailed

PATH = os.environ["PATH"]
DEADLINE_S = 20.0


class Running:
    """A client and what its processes write."""

    def __init__(self, client: SpawnerClient) -> None:
        self.client = client

    async def run(self, script: str, cwd: Path, **env: str) -> tuple[Process, int]:
        """A shell script; the process and the reading end of its output and errors."""
        ours, theirs = os.pipe()
        left, right = socket.socketpair()
        left.close()
        launch = Launch(env={"PATH": PATH, **env}, cwd=str(cwd), argv=("/bin/sh", "-c", script))
        nothing = os.open(os.devnull, os.O_RDONLY)
        process = await self.client.start(launch, [nothing, theirs, os.dup(theirs), right.detach()])
        return process, ours


@asynccontextmanager
async def spawner() -> AsyncIterator[Running]:
    client = SpawnerClient(launch_spawner(search_path(own_environment().sites), {"PATH": PATH, "SEEN": "1"}))
    with trio.fail_after(DEADLINE_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.run)
            try:
                yield Running(client)
            finally:
                await client.close()


async def text_of(descriptor: int) -> str:
    stream = trio.lowlevel.FdStream(descriptor)
    async with stream:
        return b"".join([chunk async for chunk in stream]).decode()


async def line_of(descriptor: int) -> str:
    await trio.lowlevel.wait_readable(descriptor)
    return os.read(descriptor, 4096).decode()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


async def gone(pids: list[int]) -> None:
    while any(is_alive(pid) for pid in pids):  # noqa: ASYNC110 - other processes set no event of ours
        await trio.sleep(0.002)


async def test_a_program_gets_its_environment_folder_and_descriptors_and_nothing_else(tmp_path: Path):
    async with spawner() as running:
        process, output = await running.run("pwd; echo $SEEN$MINE; ls /proc/self/fd; exit 3", tmp_path, MINE="mine")
        lines = (await text_of(output)).split()
        await process.gone.wait()
        assert lines[:2] == [str(tmp_path), "mine"]
        # 0 to 2, the descriptor socket, and the folder that `ls` itself has open
        assert lines[2:] == ["0", "1", "2", "3", "4"]
        assert process.status == 3


async def test_a_death_by_signal_is_told_from_an_exit(tmp_path: Path):
    async with spawner() as running:
        process, output = await running.run("kill -SEGV $$", tmp_path)
        await process.gone.wait()
        assert process.status == -signal.SIGSEGV
        os.close(output)


async def test_a_program_that_does_not_exist_says_so_on_its_standard_error(tmp_path: Path):
    async with spawner() as running:
        ours, theirs = os.pipe()
        left, right = socket.socketpair()
        left.close()
        launch = Launch(env={"PATH": PATH}, cwd=str(tmp_path), argv=("no-such-program",))
        process = await running.client.start(launch, [os.dup(theirs), os.dup(theirs), theirs, right.detach()])
        assert "no-such-program: No such file" in await text_of(ours)
        await process.gone.wait()
        assert process.status == 127


async def test_what_a_dead_process_leaves_behind_is_killed_and_what_a_live_one_has_is_not(tmp_path: Path):
    async with spawner() as running:
        script = "setsid sh -c 'echo $$; (sleep 600 & echo $!; wait)' & read line < {}; exit 0"
        os.mkfifo(tmp_path / "end")
        process, output = await running.run(script.format(tmp_path / "end"), tmp_path)
        pids: list[int] = []
        while len(pids) < 2:
            pids += map(int, (await line_of(output)).split())
        other, silent = await running.run("exit 0", tmp_path)
        await other.gone.wait()
        assert all(is_alive(pid) for pid in pids)
        await trio.to_thread.run_sync((tmp_path / "end").write_text, "now\n")
        await process.gone.wait()
        await gone(pids)
        os.close(output)
        os.close(silent)


async def test_closing_ends_stopped_and_deaf_processes_and_their_sessions(tmp_path: Path):
    script = "trap '' TERM INT HUP; setsid sh -c 'echo $$; kill -STOP $$' & echo $$; kill -STOP $$"
    async with spawner() as running:
        process, output = await running.run(script, tmp_path)
        pids: list[int] = []
        while len(pids) < 2:
            pids += map(int, (await line_of(output)).split())
        began = time.monotonic()
    assert time.monotonic() - began < DEADLINE_S / 2
    assert not any(is_alive(pid) for pid in pids)
    assert process.status == -signal.SIGKILL
    os.close(output)


async def test_a_signal_reaches_the_whole_group(tmp_path: Path):
    async with spawner() as running:
        process, output = await running.run("sleep 600 & echo $!; wait", tmp_path)
        child = int(await line_of(output))
        await running.client.signal(process, signal.SIGTERM)
        await process.gone.wait()
        await gone([child])
        assert process.status == -signal.SIGTERM
        os.close(output)


async def test_a_start_that_is_cancelled_leaves_no_process(tmp_path: Path):
    async with spawner() as running:
        with trio.CancelScope() as scope:
            scope.cancel()
            await running.run("echo $$ > pid; sleep 600", tmp_path)
        process, output = await running.run("exit 0", tmp_path)
        await process.gone.wait()
        os.close(output)
        with suppress(FileNotFoundError, ValueError):
            await gone([int((tmp_path / "pid").read_text())])


async def test_the_spawner_is_deaf_and_holds_only_what_it_was_given(tmp_path: Path):
    async with spawner() as running:
        pid = running.client._pid
        environ = await trio.Path(f"/proc/{pid}/environ").read_bytes()
        assert sorted(environ.split(b"\0")[:-1]) == sorted([f"PATH={PATH}".encode(), b"SEEN=1"])
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            os.kill(pid, number)
        process, output = await running.run("exit 0", tmp_path)
        await process.gone.wait()
        assert process.status == 0
        assert os.getpgid(pid) == pid
        assert os.getsid(pid) == os.getsid(0)
        os.close(output)


async def test_a_start_after_the_end_is_refused_and_closes_its_descriptors(tmp_path: Path):
    async with spawner() as running:
        await running.client.close()
        before = len(os.listdir("/proc/self/fd"))
        ours, theirs = os.pipe()
        with pytest.raises(StartFailed, match="is gone"):
            await running.client.start(Launch(env={}, cwd="/", argv=("true",)), [theirs])
        os.close(ours)
        assert len(os.listdir("/proc/self/fd")) == before


DRIVER = """
import os, signal, socket, sys
from pathlib import Path
from pegboard.discovery import own_environment
from pegboard.distribution import search_path
from pegboard.spawner.launch import launch_spawner
spawner = launch_spawner(search_path(own_environment().sites), {"PATH": os.environ["PATH"]})
import trio
from pegboard.errors import SpawnerDied
from pegboard.spawner.client import SpawnerClient
from pegboard.spawner.messages import Launch

async def main():
    client = SpawnerClient(spawner)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.run)
        for script in sys.argv[2:]:
            ours, theirs = os.pipe()
            a, b = socket.socketpair()
            launch = Launch(env={"PATH": os.environ["PATH"]}, cwd=sys.argv[1], argv=("/bin/sh", "-c", script))
            await client.start(launch, [os.open(os.devnull, os.O_RDONLY), theirs, os.dup(theirs), b.detach()])
            await trio.lowlevel.wait_readable(ours)
            print(os.read(ours, 100).decode().strip(), flush=True)
        print("spawner", spawner.pid, flush=True)
        await trio.sleep_forever()

try:
    trio.run(main)
except* SpawnerDied:
    sys.exit(SpawnerDied.exit_status)
"""

IDLE = "echo $$; sleep 600"
BUSY = "echo $$; while :; do :; done"
STOPPED = "echo $$; kill -STOP $$"
DAEMON = "setsid sh -c 'echo $$; while :; do sleep 600; done' & sleep 600"
DEAF = "trap '' TERM INT HUP QUIT; echo $$; while :; do sleep 600; done"


def driven(tmp_path: Path, *scripts: str) -> tuple[subprocess.Popen[str], list[int], int]:
    """A kernel of its own session, the pids below it, and its spawner's."""
    argv = [sys.executable, "-c", textwrap.dedent(DRIVER), str(tmp_path), *scripts]
    driver = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert driver.stdout is not None
    pids: list[int] = []
    for line in driver.stdout:
        if line.startswith("spawner"):
            return driver, pids, int(line.split()[1])
        pids.append(int(line))
    raise AssertionError("the driver ended early")


def wait_for_end(pids: list[int]) -> None:
    end = time.monotonic() + DEADLINE_S
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < end, [pid for pid in pids if is_alive(pid)]
        time.sleep(0.005)


def kill_alone(driver: subprocess.Popen[str]) -> None:
    driver.kill()


def kill_group(driver: subprocess.Popen[str]) -> None:
    os.killpg(driver.pid, signal.SIGKILL)


@pytest.mark.parametrize("kill", [kill_alone, kill_group])
def test_no_process_outlives_a_killed_kernel(tmp_path: Path, kill: Callable[[subprocess.Popen[str]], None]):
    driver, pids, spawner_pid = driven(tmp_path, IDLE, BUSY, STOPPED, DAEMON, DEAF)
    with driver:
        kill(driver)
    wait_for_end([*pids, spawner_pid])


def test_a_stopped_spawner_wakes_up_to_end_everything(tmp_path: Path):
    driver, pids, spawner_pid = driven(tmp_path, IDLE)
    with driver:
        os.kill(spawner_pid, signal.SIGSTOP)
        driver.kill()
    wait_for_end([*pids, spawner_pid])


def test_a_killed_spawner_ends_the_kernel_with_status_7_and_leaves_nothing(tmp_path: Path):
    driver, pids, spawner_pid = driven(tmp_path, IDLE, BUSY, STOPPED, DAEMON, DEAF)
    with driver:
        os.kill(spawner_pid, signal.SIGKILL)
        assert driver.wait(DEADLINE_S) == 7
        assert not any(is_alive(pid) for pid in pids)


MESSAGES = st.one_of(
    st.builds(Start, st.integers(0, 2**40)),
    st.builds(Signal, st.integers(0, 2**40), st.integers(1, 64)),
    st.builds(Started, st.integers(0, 2**40), st.integers(1, 2**22)),
    st.builds(Refused, st.integers(0, 2**40), st.text(max_size=30)),
    st.builds(Ended, st.integers(0, 2**40), st.integers(-64, 255)),
)


@given(st.lists(MESSAGES, max_size=12), st.lists(st.integers(1, 40), max_size=30))
def test_messages_keep_their_descriptors_however_the_stream_is_cut(messages, cuts: list[int]):
    stream = b"".join(framed(message) for message in messages)
    starts = [message for message in messages if isinstance(message, Start)]
    descriptors = list(range(100, 100 + 5 * len(starts)))
    inbox = Inbox()
    taken = []
    position = 0
    for cut in [*cuts, len(stream)]:
        piece = stream[position : position + cut]
        position += cut
        taken += inbox.feed(piece, descriptors if piece and not taken and descriptors else [])
        if piece:
            descriptors = []
    assert [message for message, _ in taken] == messages
    carried = [one for message, group in taken for one in group if isinstance(message, Start)]
    assert carried == list(range(100, 100 + 5 * len(starts)))
