"""Nothing of a command outlives it: not at its end, its deadline, a cancel, nor any death above it."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from supervised import PATH

from pegboard.commands.pool import MOST_WAITING
from pegboard_sdk import Command, Plan
from pegboard_sdk.posix import descendants
from pegboard_sdk.wire.command import Cause, decode_report

BRANCHES = {
    "a child": "{sleep}",
    "a grandchild in a session of its own": "setsid {sleep} & wait",
    "an orphan": "(setsid sh -c '{sleep} & {sleep} &' &) ; {sleep}",
    "a stopped child": "{sleep} & kill -STOP $!; wait",
    "one that ignores TERM": "trap '' TERM HUP INT; {sleep}; {sleep}",
    "many": "for i in 1 2 3 4 5 6 7 8; do setsid {sleep} & done; wait",
}
branches = pytest.mark.parametrize("branch", BRANCHES.values(), ids=BRANCHES.keys())


@branches
def test_a_timeout_ends_the_whole_tree(bench, marked, branch: str) -> None:
    began = time.monotonic()
    report = bench.script(branch.format(sleep=marked.sleep), timeout_s=0.3)
    assert report.cause is Cause.TIMED_OUT
    assert report.alive == 0
    assert marked.pids() == []
    assert 0.3 <= time.monotonic() - began < 10


def script_of(branch: str, sleep: str) -> str:
    """A command that says when the branch is on its way, and does not wait for its output."""
    return f"exec 3>&1; ({branch.format(sleep=sleep)}) 3>&- & echo ready; wait"


def begun(bench, marked, branch: str = "setsid {sleep} & wait", **order) -> Command:
    """A command that runs."""
    command = bench.begin(Plan(script=script_of(branch, marked.sleep)), **order)
    assert os.read(command.output, 100) == b"ready\n"
    return command


def ids_above(bench) -> tuple[int, int]:
    """The runner and the supervisor of a command that ends at once: every command has its own."""
    bench.script("echo $PPID; awk '{print $4}' /proc/$PPID/stat")
    runner, supervisor = map(int, bench.output.split())
    return runner, supervisor


@branches
def test_a_cancel_ends_the_whole_tree(bench, marked, branch: str) -> None:
    command = begun(bench, marked, branch)
    began = time.monotonic()
    command.kill()
    assert bench.finish(command).cause is Cause.KILLED
    assert marked.pids() == []
    assert time.monotonic() - began < 10  # 0.2 is the target; the benchmark measures it


@branches
def test_the_end_of_the_call_ends_the_whole_tree(bench, marked, branch: str) -> None:
    command = begun(bench, marked, branch)
    bench.leashes[-1].close()
    assert bench.finish(command).cause is Cause.KILLED
    assert marked.pids() == []


@branches
def test_a_plugin_that_hangs_up_ends_the_whole_tree(bench, marked, branch: str) -> None:
    begun(bench, marked, branch, background=True).close()
    marked.wait_until_gone()


def test_a_command_in_the_background_outlives_the_call_but_not_a_kill(bench, marked) -> None:
    command = begun(bench, marked, background=True, timeout_s=0.0)
    bench.leashes[-1].close()
    bench.script("echo another")
    assert marked.pids()
    command.kill()
    assert bench.finish(command).cause is Cause.KILLED
    assert marked.pids() == []


def test_a_background_order_that_came_before_the_end_of_the_call_counts(bench) -> None:
    for _ in range(20):
        handed = bench.hand(Plan(script="echo ran"))
        command = Command(handed.plan, handed.control, handed.output)
        command.order(background=True)
        bench.leashes[-1].close()
        assert bench.finish(command).status == 0
        assert bench.output == "ran\n"


def test_what_a_command_leaves_running_is_ended_and_counted(bench, marked) -> None:
    report = bench.script(f"setsid {marked.sleep} & setsid {marked.sleep} & echo done; exit 3")
    assert (bench.output, report.status) == ("done\n", 3)
    assert 1 <= report.left <= 2  # one of them may not have begun
    assert marked.pids() == []


def test_nothing_is_begun_after_a_timeout(bench, step, plan) -> None:
    waits, writes = step("sleep", "100"), step("touch", "begun")
    report = bench.run(plan((";", waits), (";", writes), ("||", writes)), timeout_s=0.2)
    assert report.cause is Cause.TIMED_OUT
    assert [end.program for end in report.ends] == ["sleep"]
    assert not (bench.folder / "begun").exists()


def test_a_command_that_kills_its_group_does_not_reach_its_supervisor(bench) -> None:
    report = bench.script("kill -KILL 0")
    assert (report.cause, report.status) == (Cause.ENDED, -9)


@pytest.mark.parametrize("signal_name", ["KILL", "STOP"])
def test_a_command_that_attacks_its_runner_takes_nothing_but_itself(bench, marked, signal_name: str) -> None:
    report = bench.script(
        f"setsid {marked.sleep} & setsid {marked.sleep} & kill -{signal_name} $PPID; {marked.sleep}", timeout_s=0.5
    )
    assert report.cause is {"KILL": Cause.LOST, "STOP": Cause.TIMED_OUT}[signal_name]
    marked.wait_until_gone()
    assert bench.script("echo next").status == 0


def test_a_command_that_kills_its_supervisor_takes_nothing_but_itself(bench, marked) -> None:
    kill = "kill -KILL $(awk '{print $4}' /proc/$PPID/stat)"
    report = bench.script(f"setsid {marked.sleep} & setsid {marked.sleep} & {kill}; {marked.sleep}")
    assert report.cause is Cause.LOST
    marked.wait_until_gone()
    assert bench.script("echo next").status == 0


@branches
def test_nothing_outlives_a_kernel_that_is_gone(bench, marked, branch: str) -> None:
    commands = [begun(bench, marked, branch), begun(bench, marked, branch, background=True)]
    bench.spawner.channel.shutdown(socket.SHUT_RDWR)
    marked.wait_until_gone()
    for command in commands:
        command.close()


@branches
def test_nothing_outlives_the_spawner(bench, marked, branch: str) -> None:
    commands = [begun(bench, marked, branch), begun(bench, marked, branch, background=True)]
    os.kill(bench.spawner.pid, signal.SIGKILL)
    marked.wait_until_gone()
    for command in commands:
        assert command.report().cause in (Cause.LOST, Cause.TIMED_OUT)
        command.close()


def test_no_supervisor_outlives_its_command(bench) -> None:
    for pid in ids_above(bench):
        descriptor = None
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        assert select.select([descriptor], [], [], 10)[0]
        os.close(descriptor)


def test_commands_run_beside_each_other(bench) -> None:
    os.mkfifo(bench.folder / "fifo")
    one = bench.begin(Plan(script="read x < fifo; echo $x"))
    bench.script("echo through > fifo")
    assert bench.finish(one).status == 0
    assert bench.output == "through\n"


# What is said on the control socket.


def test_nothing_runs_before_the_kernel_says_so(bench) -> None:
    handed = bench.hand(Plan(script="echo ran > ran"), goes=False)
    command = Command(handed.plan, handed.control, handed.output)
    command.order()
    bench.script("true")
    assert not (bench.folder / "ran").exists()
    bench.leashes[-2].close()
    assert command.report().cause is Cause.KILLED
    assert not (bench.folder / "ran").exists()
    command.close()


def test_nothing_runs_before_it_is_ordered(bench) -> None:
    handed = bench.hand(Plan(script="echo ran > ran"))
    bench.script("true")
    os.close(handed.control)
    assert os.read(handed.output, 10) == b"", "its supervisor has ended"
    assert not (bench.folder / "ran").exists()
    os.close(handed.output)


@pytest.mark.parametrize(
    "said",
    [b"\0\0\0\1\xc1", b"\xff\xff\xff\xff", b"\0\0\0\2\x91\1", b"K", b"\0\0\0\1\x80X", b"\0\0\0\1\x80\0\0\0\1\x80"],
    ids=["no MessagePack", "too long", "no map", "a kill first", "another word", "a second order"],
)
def test_what_is_no_order_runs_nothing_and_what_is_no_kill_ends_all(bench, marked, said: bytes) -> None:
    handed = bench.hand(Plan(script=marked.sleep))
    os.write(handed.control, said)
    if said == b"K":  # the beginning of an order that never comes
        os.close(handed.control)
    else:
        with socket.socket(fileno=handed.control) as control:
            data = b""
            while piece := control.recv(1000):
                data += piece
        assert decode_report(data).cause is Cause.LOST
    assert os.read(handed.output, 10) == b""
    os.close(handed.output)
    assert marked.pids() == []


UNORDERED = """
import os, socket, sys
from pegboard.commands import birth, supervisor
from pegboard.commands.command import Command
from pegboard.spawner.order import file_of
from pegboard_sdk import Plan
supervisor.ORDER_S = 0.2
control, leash = socket.socketpair(), socket.socketpair()
leash[0].send(b"G")
command = Command(plan=Plan(script="echo ran > ran"), environment={}, root=os.getcwd())
given = [control[1].detach(), os.dup(2), os.open(".", os.O_RDONLY), leash[1].detach(), file_of(command)]
parent = os.getpid()
ours, theirs = socket.socketpair()
if os.fork() == 0:
    birth.live(theirs, parent)
socket.send_fds(ours, [birth.HERE], given)
for each in given:
    os.close(each)
while control[0].recv(1000):
    pass
"""


def test_an_order_that_does_not_come_ends_the_supervisor(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", UNORDERED], cwd=tmp_path, timeout=30, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert list(tmp_path.iterdir()) == []


# The one that waits for the next command.


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def rest(bench) -> list[int]:
    """What is below the spawner once its one supervisor has a runner for the next command."""
    runner = int(bench.output.split()[-1])
    while True:
        match descendants(bench.spawner.pid):
            case [supervisor, waiting] if waiting != runner:
                return [supervisor, waiting]
        select.select([], [], [], 0.01)


def test_commands_in_a_row_have_one_supervisor_and_know_nothing_of_each_other(bench) -> None:
    made = {"PATH": PATH, "GIVEN": "1"}
    bench.script("export LEFT=secret; cd /; ulimit -n 50; echo $GIVEN $PPID", environment=made)
    first, _ = rest(bench)
    seen = set()
    for _ in range(10):
        bench.script("pwd; echo $LEFT$GIVEN; ulimit -n; ls /proc/$PPID/fd | wc -l; echo $PPID")
        folder, variables, files, descriptors, _ = bench.output.splitlines()
        assert (folder, variables) == (os.path.realpath(bench.folder), "")
        assert int(files) > 50
        seen.add(descriptors)
        assert rest(bench)[0] == first
    assert len(seen) == 1


def test_commands_at_once_have_a_supervisor_each_and_few_of_them_wait_afterwards(bench, marked) -> None:
    commands = [bench.begin(Plan(script=f"{marked.sleep} & echo {at}; wait")) for at in range(7)]
    outputs = [os.read(command.output, 10) for command in commands]
    assert outputs == [f"{at}\n".encode() for at in range(7)]
    assert len(children_of(bench.spawner.pid)) == 7
    for command in commands:
        command.kill()
        assert bench.finish(command).alive == 0
    marked.wait_until_gone()
    while len(children_of(bench.spawner.pid)) > MOST_WAITING:
        select.select([], [], [], 0.01)
    assert bench.script("echo next").status == 0


def test_a_spare_that_was_killed_costs_nothing(bench) -> None:
    for _ in range(5):
        bench.script("true")
        for pid in children_of(bench.spawner.pid):
            with suppress(ProcessLookupError):
                descriptor = os.pidfd_open(pid)
                os.kill(pid, signal.SIGKILL)
                assert select.select([descriptor], [], [], 10)[0]
                os.close(descriptor)
        assert bench.script("echo next").status == 0
        assert bench.output == "next\n"


def test_nothing_waits_for_long_and_the_command_after_that_runs(bench) -> None:
    bench.script("true")
    end = time.monotonic() + 60
    while waiting := children_of(bench.spawner.pid):
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(waiting[0])
            assert select.select([descriptor], [], [], end - time.monotonic())[0], "it waits for ever"
            os.close(descriptor)
    assert bench.script("echo next").status == 0
