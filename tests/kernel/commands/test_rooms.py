"""Commands in a room: whatever making it does to the runner, it holds the programs, and nothing outlives it.

The rooms are made by a stand-in for `pegboard.sandbox.enter`, which does what its `scratch` says; the walls themselves
have tests of their own.
"""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from supervised import Marked, Supervised

from pegboard.sandbox.confinement import Confinement, Tier
from pegboard.spawner import launch
from pegboard_sdk import Command, Plan, Report
from pegboard_sdk.wire.command import Cause

STAND_IN = """
import ctypes, os, socket

def enter(confinement, *, passing_fd):
    word = confinement.scratch
    if word == "refuses":
        raise OSError(1, "no walls here")
    if word == "ends":
        os.write(2, b"cannot start: no walls here\\n")
        os._exit(127)
    if word == "passes":
        with socket.socket() as listener, socket.socket(fileno=os.dup(passing_fd)) as passing:
            listener.listen()
            socket.send_fds(passing, [b"P"], [listener.fileno()])
        os.environ["HTTPS_PROXY"] = "http://127.0.0.1:9"
    if word == "forks":
        if pid := os.fork():
            os.waitpid(pid, 0)
            os._exit(0)
    if word == "namespace":
        if ctypes.CDLL(None, use_errno=True).unshare(0x10000000 | 0x20000000):
            raise OSError(ctypes.get_errno(), "no namespaces")
        if pid := os.fork():
            os.waitpid(pid, 0)
            os._exit(0)

from pegboard.commands import birth, runner
runner.enter = enter
birth.fork_ahead = lambda likely: (os.fork(), lambda: None)
"""
STAYS = ["forks", "namespace"]


def room(word: str) -> Confinement:
    return Confinement(tier=Tier.FORKED, scratch=word)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervised]:
    start = launch.PROGRAM.replace("sys.exit(main(", f"exec({STAND_IN!r}); sys.exit(main(")
    assert start != launch.PROGRAM
    monkeypatch.setattr(launch, "PROGRAM", start)
    bench = Supervised(tmp_path)
    yield bench
    bench.close()


def run(bench: Supervised, word: str, script: str, *, root: str = "", **order: float) -> Report:
    handed = bench.hand(Plan(script=script), room=room(word), root=root)
    command = Command(handed.plan, handed.control, handed.output)
    command.order(**order)
    return bench.finish(command)


@pytest.mark.parametrize("word", ["refuses", "ends"])
def test_a_room_that_cannot_be_made_runs_nothing_and_says_why(bench: Supervised, word: str) -> None:
    report = run(bench, word, "echo ran > ran")
    assert report == Report(cause=Cause.NOT_STARTED)
    assert "no walls here" in bench.output
    assert not (bench.folder / "ran").exists()


def test_a_workspace_that_is_another_folder_by_now_runs_nothing(bench: Supervised, tmp_path_factory) -> None:
    other = tmp_path_factory.mktemp("other")
    assert run(bench, "", "echo ran > ran", root=str(other)).cause is Cause.NOT_STARTED
    assert "is not the workspace that was judged" in bench.output
    assert not [*other.iterdir(), *bench.folder.iterdir()]


@pytest.mark.parametrize("word", ["", *STAYS])
def test_a_command_runs_in_its_room_and_says_how_it_ended(bench: Supervised, word: str) -> None:
    assert run(bench, word, "pwd; exit 3").status == 3
    assert bench.output == f"{os.path.realpath(bench.folder)}\n"


def test_a_command_sees_neither_leash_nor_line_nor_a_folder_from_outside(bench: Supervised) -> None:
    run(bench, "forks", "exec ls /proc/self/fd")
    assert bench.output.split() == ["0", "1", "2", "3"]  # 3 is the folder that ls reads


@pytest.mark.parametrize("word", STAYS)
def test_what_it_leaves_running_is_ended_and_counted(bench: Supervised, marked: Marked, word: str) -> None:
    report = run(bench, word, f"setsid {marked.sleep} & setsid {marked.sleep} & sleep 0.2; exit 3")
    assert (report.cause, report.status, report.left, report.alive) == (Cause.ENDED, 3, 2, 0)
    assert marked.pids() == []


@pytest.mark.parametrize("word", STAYS)
def test_its_timeout_ends_all_of_it(bench: Supervised, marked: Marked, word: str) -> None:
    script = f"setsid {marked.sleep} & trap '' TERM; {marked.sleep}; {marked.sleep}"
    assert run(bench, word, script, timeout_s=0.3).cause is Cause.TIMED_OUT
    assert marked.pids() == []


@pytest.mark.parametrize("word", STAYS)
@pytest.mark.parametrize("number", ["KILL", "STOP"])
def test_a_command_that_attacks_its_room_takes_nothing_but_itself(
    bench: Supervised, marked: Marked, word: str, number: str
) -> None:
    run(bench, word, f"setsid {marked.sleep} & kill -{number} $PPID; {marked.sleep}", timeout_s=0.5)
    marked.wait_until_gone()
    assert bench.script("echo next").status == 0


@pytest.mark.parametrize("word", STAYS)
@pytest.mark.parametrize("death", ["hung up", "kernel", "spawner"])
def test_nothing_of_it_outlives_a_death(bench: Supervised, marked: Marked, word: str, death: str) -> None:
    handed = bench.hand(Plan(script=f"echo ready; setsid {marked.sleep} & {marked.sleep} & wait"), room=room(word))
    command = Command(handed.plan, handed.control, handed.output)
    command.order(background=True)
    assert os.read(command.output, 100) == b"ready\n"
    if death == "hung up":
        command.close()
    elif death == "kernel":
        bench.spawner.channel.shutdown(socket.SHUT_RDWR)
    else:
        os.kill(bench.spawner.pid, 9)
    marked.wait_until_gone()
    command.close()


def test_the_proxy_gets_the_listener_and_programs_its_address(bench: Supervised) -> None:
    assert run(bench, "passes", "echo $HTTPS_PROXY").status == 0
    assert bench.output == "http://127.0.0.1:9\n"
    word, descriptors, _, _ = socket.recv_fds(bench.leashes[-1], 10, 4)
    assert word == b"P"
    with socket.socket(fileno=descriptors[0]) as listener:
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
