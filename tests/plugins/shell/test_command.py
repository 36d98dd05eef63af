"""The output of a command on its way to the caller, and what becomes of a command that nobody reads."""

import os

import pytest

from pegboard_sdk import Cause, Plan
from pegboard_shell.command import Carried, carry


class Enough(Exception):
    """What a cancelled call raises while it writes."""


def carried(bench, plan: Plan, write) -> Carried:
    return carry(bench.begin(plan), write)


@pytest.mark.parametrize("branch", ["{sleep} & wait", "setsid {sleep} & wait", "trap '' TERM; {sleep} & wait; wait"])
def test_what_the_caller_raises_ends_the_command_first(bench, marked, branch: str) -> None:
    def enough(_text: str) -> None:
        raise Enough

    with pytest.raises(Enough):
        carried(bench, Plan(script=f"echo ready; {branch.format(sleep=marked.sleep)}"), enough)
    assert marked.pids() == []


def test_a_command_that_is_killed_while_it_writes_ends(bench, marked) -> None:
    command = bench.begin(Plan(script=f"setsid {marked.sleep} & yes"))
    told: list[str] = []

    def kill(text: str) -> None:
        told.append(text)
        command.kill()

    assert carry(command, kill).report.cause is Cause.KILLED
    assert told
    assert marked.pids() == []


def test_big_output_does_not_pile_up_anywhere(bench, step, plan) -> None:
    shown = [0]

    def count(text: str) -> None:
        shown[0] += len(text)
        assert len(text) < 1 << 18

    steps = step("head", "-c", "300000000", "/dev/zero"), step("tr", "\\0", "x"), step("fold", "-w", "99")
    done = carried(bench, plan(*steps), count)
    assert done.shown == shown[0] == 1 << 28
    assert done.thrown == 300_000_000 + 300_000_000 // 99 - (1 << 28)
    assert done.report.status == 0


def test_output_comes_while_the_command_runs(bench) -> None:
    fifo = bench.folder / "fifo"
    os.mkfifo(fifo)
    seen: list[str] = []

    def answer(text: str) -> None:
        seen.append(text)
        if text == "first\n":
            fifo.write_text("go\n")

    carried(bench, Plan(script="echo first; read x < fifo; printf '%s without end' $x"), answer)
    assert seen == ["first\n", "go without end"]


def test_an_unfinished_line_is_shown_while_nothing_follows(bench) -> None:
    fifo = bench.folder / "fifo"
    os.mkfifo(fifo)
    seen: list[str] = []

    def answer(text: str) -> None:
        seen.append(text)
        if text == "password: ":
            fifo.write_text("go\n")

    carried(bench, Plan(script="printf 'password: '; read x < fifo; echo"), answer)
    assert seen == ["password: ", "\n"]
