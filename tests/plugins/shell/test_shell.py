"""The shell plugin over its wire, in a process of its own: commands, jobs, cancel."""

import os
import time
from collections.abc import Iterator
from glob import glob
from pathlib import Path
from typing import Any

import pytest
from supervised import Supervised

import pegboard_shell
from pegboard_sdk import CallCancelled, Cause, Outcome, Output, Pipeline, Plan, Report, Setup, Step
from pegboard_sdk.testing import commanding, listing, spawned
from pegboard_sdk.testing.started import Started

PACKAGE = Path(pegboard_shell.__file__).parent
PATH = "/usr/local/bin:/usr/bin:/bin"
NARROW = {"PATH": "/nowhere"}
"""Commands do not have it: theirs is the kernel's."""


class Shell:
    """A plugin's process, and the workspace that its commands run in, below a spawner."""

    def __init__(self, board: Any, bench: Supervised) -> None:
        self.board = board
        self.bench = bench
        self.workspace = bench.folder

    def start(self, plan: Plan | str, command: str = "a command", **arguments: Any) -> Started:
        judged = Plan(script=plan, path=PATH) if isinstance(plan, str) else plan
        return self.board.start_tool(
            "bash",
            {"command": command, **arguments},
            files={"workspace": listing(self.workspace)},
            commands={"command": self.bench.hand(judged, {"PATH": PATH, "LC_ALL": "C.UTF-8"})},
        )

    def bash(self, plan: Plan | str, **arguments: Any) -> tuple[str, Output]:
        call = self.start(plan, **arguments)
        output = call.result(Output)
        return call.output() + text_of(output), output

    def tool(self, name: str, **arguments: Any) -> str:
        return self.board.text(name, **arguments)


def text_of(output: Output) -> str:
    return "".join(part.text for part in output.parts)


@pytest.fixture
def shell(tmp_path: Path, bench: Supervised) -> Iterator[Shell]:
    with spawned(PACKAGE, Setup(data_dir=str(tmp_path / "data")), environment=NARROW) as board:
        yield Shell(board, bench)
        assert "Traceback" not in board.stderr()


def test_a_plan_of_programs_runs_without_a_shell(shell: Shell) -> None:
    steps = (Step(argv=("echo", "$HOME;*"), program="/bin/echo"), Step(argv=("cat",), program="/bin/cat"))
    text, output = shell.bash(Plan(pipelines=(Pipeline(steps=steps),), path=PATH))
    assert (text, output.outcome, output.origin) == ("$HOME;*\n", Outcome.OK, "program")


def test_what_runs_is_the_plan_and_never_the_argument(shell: Shell) -> None:
    plan = Plan(pipelines=(Pipeline(steps=(Step(argv=("echo", "judged"), program="/bin/echo"),)),))
    assert shell.bash(plan, command="touch evil")[0] == "judged\n"
    assert list(shell.workspace.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "text", "outcome"),
    [
        ("true", "no output", Outcome.OK),
        ("echo out; echo err >&2; exit 7", "out\nerr\nexit 7", Outcome.OK),
        ("kill -9 $$", "killed by SIGKILL", Outcome.OK),
    ],
)
def test_the_end_is_told(shell: Shell, script: str, text: str, outcome: Outcome) -> None:
    found, output = shell.bash(script)
    assert (found, output.outcome) == (text, outcome)


def test_a_command_in_the_plan_that_fails_in_the_middle_is_told(shell: Shell) -> None:
    steps = (Step(argv=("false",), program="/bin/false"), Step(argv=("cat",), program="/bin/cat"))
    assert shell.bash(Plan(pipelines=(Pipeline(steps=steps),)))[0] == "in the pipe: false exit 1"


def test_a_timeout_is_a_failure_with_what_was_written(shell: Shell, marked) -> None:
    text, output = shell.bash(f"echo started; setsid {marked.sleep} & wait", timeout_s=0.3)
    assert text == "started\ntimed out after 0.3 s and was ended"
    assert output.outcome is Outcome.FAILED
    assert marked.pids() == []


def test_a_cancel_ends_the_tree_before_it_answers(shell: Shell, marked) -> None:
    call = shell.start(f"setsid {marked.sleep} & {marked.sleep} & echo ready; wait")
    call.wait_for_items(1)
    began = time.monotonic()
    call.cancel(grace_ms=100)
    with pytest.raises(CallCancelled):
        call.result(Output)
    assert marked.pids() == []
    assert time.monotonic() - began < 10
    assert shell.bash("echo next")[0] == "next\n"


def test_a_cancel_reaches_a_command_whose_reader_has_stopped(shell: Shell, marked) -> None:
    call = shell.board.start_tool(
        "bash",
        {"command": "c"},
        files={"workspace": listing(shell.workspace)},
        commands={"command": shell.bench.hand(Plan(script=f"{marked.sleep} & yes"))},
        window=1 << 16,
    )
    call.is_topped_up = False
    call.wait_for_items(1)
    call.cancel(grace_ms=100)
    with pytest.raises(CallCancelled):
        call.result(Output)
    assert marked.pids() == []


def test_a_plugin_that_can_execute_nothing_offers_all_of_it(shell: Shell) -> None:
    assert shell.bash("echo $0; ls /usr/bin | head -n 1")[0].startswith("bash\n")


def test_a_command_that_was_not_started_is_a_failure_that_says_why(shell: Shell) -> None:
    gone = Report(cause=Cause.NOT_STARTED)
    call = shell.board.start_tool(
        "bash",
        {"command": "c"},
        files={"workspace": listing(shell.workspace)},
        commands={"command": commanding("c", b"the command was not started: no walls\n", gone)},
    )
    output = call.result(Output)
    assert output.outcome is Outcome.FAILED
    assert text_of(output) == "nothing ran: it could not be confined as it has to be"
    assert call.output() == "the command was not started: no walls\n"


def test_commands_run_beside_each_other(shell: Shell) -> None:
    os.mkfifo(shell.workspace / "fifo")
    reader = shell.start("cat fifo")
    writers = [shell.start(f"echo {n}; sleep 0.1") for n in range(4)]
    shell.bash("echo through > fifo")
    assert reader.result(Output).outcome is Outcome.OK
    assert reader.output() == "through\n"
    for n, call in enumerate(writers):
        call.result(Output)
        assert call.output() == f"{n}\n"


def test_a_job_is_read_as_it_goes_and_killed(shell: Shell, marked) -> None:
    os.mkfifo(shell.workspace / "fifo")
    assert shell.bash(f"echo one; cat fifo; {marked.sleep}", background=True)[0].startswith("job 1 runs")
    (shell.workspace / "fifo").write_text("two\n")
    text = ""
    while "two" not in text:
        text += shell.tool("bash_output", job=1).partition("job 1 running")[0]
    assert text == "one\ntwo\n"
    assert "job 1 running" in shell.tool("bash_output", job=1)
    assert shell.tool("bash_output", job=1, offset=0).startswith("one\ntwo\njob 1 running")
    assert shell.tool("bash_output", job=1, offset=-4).startswith("two\njob 1")
    assert "ended on request" in shell.tool("bash_kill", job=1)
    assert marked.pids() == []
    assert "ended on request" in shell.tool("bash_kill", job=1)


def test_waiting_for_a_job_returns_when_it_ends(shell: Shell) -> None:
    os.mkfifo(shell.workspace / "fifo")
    shell.bash("cat fifo; exit 3", background=True)
    call = shell.board.start_tool("bash_output", {"job": 1, "wait_s": 600})
    (shell.workspace / "fifo").write_text("done\n")
    assert "ended after" in (said := text_of(call.result(Output)))
    assert "exit 3" in said
    assert call.output() == "done\n"


def test_waiting_for_a_job_can_be_cancelled_and_the_job_goes_on(shell: Shell, marked) -> None:
    shell.bash(marked.sleep, background=True)
    call = shell.board.start_tool("bash_output", {"job": 1, "wait_s": 600})
    call.cancel()
    with pytest.raises(CallCancelled):
        call.result(Output)
    assert "running" in shell.tool("bash_output", job=1)
    assert "ended" in shell.tool("bash_kill", job=1)


def test_a_job_lives_as_long_as_anything_below_it(shell: Shell) -> None:
    os.mkfifo(shell.workspace / "fifo")
    shell.bash("(setsid cat fifo &)", background=True)
    (shell.workspace / "fifo").write_text("late\n")
    assert shell.tool("bash_output", job=1, wait_s=60).startswith("late\njob 1 ended")


def test_a_job_that_does_not_exist_is_answered_with_those_that_do(shell: Shell, marked) -> None:
    assert shell.tool("bash_output", job=3) == "there is no job 3; no job was begun"
    shell.bash(marked.sleep, background=True, command="sleep long")
    assert "there is no job 3; jobs: 1 (running" in (text := shell.tool("bash_kill", job=3))
    assert "sleep long" in text


def test_a_long_job_keeps_its_beginning_and_its_end(shell: Shell) -> None:
    shell.bash("seq 6000000; echo the end", background=True)
    assert "exit 0" in shell.tool("bash_output", job=1, wait_s=60)
    assert shell.tool("bash_output", job=1, offset=0).startswith("1\n2\n3\n")
    assert "5999999\n6000000\nthe end\njob 1 ended" in shell.tool("bash_output", job=1, offset=-100)
    assert "are no longer kept; job 1" in shell.tool("bash_output", job=1, offset=10_000_000)


@pytest.mark.parametrize("death", ["killed", "drained", "its channel closes"])
def test_jobs_and_commands_die_with_the_plugin(tmp_path: Path, bench: Supervised, marked, death: str) -> None:
    with spawned(PACKAGE, Setup(data_dir=str(tmp_path / "data"))) as board:
        shell = Shell(board, bench)
        shell.bash(f"setsid {marked.sleep} & {marked.sleep}", background=True)
        call = shell.start(f"setsid {marked.sleep} & echo ready; wait")
        call.wait_for_items(1)
        assert marked.pids()
        if death == "killed":
            board.process.kill()
        elif death == "drained":
            call.cancel()
            board.drain()
            board.wait()
        board.close()
        marked.wait_until_gone()
        if death != "killed":
            board.process.wait(10)
            assert "job 1 was still running and is ended: a command" in board.stderr()


def test_what_a_dead_plugin_left_on_disk_is_removed_by_the_next(tmp_path: Path, bench: Supervised, marked) -> None:
    setup = Setup(data_dir=str(tmp_path / "data"))
    with spawned(PACKAGE, setup) as board:
        Shell(board, bench).bash(f"echo x; {marked.sleep}", background=True)
        board.process.kill()
    marked.wait_until_gone()
    assert len([each for each in (tmp_path / "data" / "jobs").iterdir() if each.is_dir()]) == 1
    with spawned(PACKAGE, setup) as board, spawned(PACKAGE, setup):
        assert len([each for each in (tmp_path / "data" / "jobs").iterdir() if each.is_dir()]) == 2
        board.drain()
        assert board.wait() == 0
    assert [each.name for each in (tmp_path / "data" / "jobs").iterdir()] == ["lock"]


def test_the_plugin_survives_the_death_of_a_supervisor(shell: Shell) -> None:
    text, output = shell.bash("kill -KILL $(awk '{print $4}' /proc/$PPID/stat); sleep 60")
    assert output.outcome is Outcome.FAILED
    assert "the process that ran it was killed" in text
    assert shell.bash("echo next")[0] == "next\n"


def test_the_plugin_has_no_process_below_it(shell: Shell, marked) -> None:
    shell.bash(marked.sleep, background=True)
    pid = shell.board.process.pid
    assert [Path(path).read_text() for path in glob(f"/proc/{pid}/task/*/children")] != []
    assert "".join(Path(path).read_text() for path in glob(f"/proc/{pid}/task/*/children")) == ""


def test_big_output_leaves_the_plugin_small(shell: Shell) -> None:
    call = shell.start("head -c 150000000 /dev/zero | tr '\\0' x | fold -w 99")
    call.result(Output)
    peak = Path(f"/proc/{shell.board.process.pid}/status").read_text().partition("VmHWM:")[2].split()[0]
    assert int(peak) < 80_000
