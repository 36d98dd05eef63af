"""The kernel's side of commands: what a supervisor is told, what a plugin is handed, and what a call's end lets go."""

import os
import resource
import socket
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from pegboard.commands.command import Command, command_decoder
from pegboard.commands.start import Commands, Ready
from pegboard.gate.verdict import Decision, Verdict
from pegboard.sandbox.confinement import Confinement, Network, Tier
from pegboard.spawner.client import Process
from pegboard.spawner.order import file_of
from pegboard_sdk.errors import Busy, PermissionDenied, StartFailed
from pegboard_sdk.wire.methods import Plan

ALLOWED = Decision(verdict=Verdict.ALLOW, reason="a test", hosts=("example.org",))
PLANS = {"command": Plan(script="echo one", path="/usr/bin"), "more[0]": Plan(script="echo two", path="/usr/bin")}
PROXIED = Confinement(tier=Tier.FORKED, network=Network.PROXY)


class Board:
    """Keeps what it is to start."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.descriptors: list[list[int]] = []
        self.process = Process(1)

    async def supervise(self, command: Command, descriptors: Sequence[int]) -> Process:
        self.commands.append(command)
        self.descriptors.append(list(descriptors))
        return self.process

    def close(self) -> None:
        for given in self.descriptors:
            for each in given:
                os.close(each)


@pytest.fixture
def folder(tmp_path: Path):
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def ready(folder: int, plugin: str = "shell", plans=PLANS, **more) -> Ready:
    return Commands({"HOME": "/h", "OPENAI_API_KEY": "sk"}, **more).ready(plugin, plans, ALLOWED, "/w", folder)


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


async def test_a_supervisor_is_told_everything_and_a_plugin_its_two_ends(folder: int) -> None:
    board = Board()
    with ready(folder, settings={"shell": {"environment": {"JAVA_HOME": "/j", "N": 1}}}) as commands:
        grants = commands.grants(2)
        assert [(key, one.control, one.output) for key, one in grants.items()] == [("command", 2, 3), ("more[0]", 4, 5)]
        assert {key: one.plan for key, one in grants.items()} == PLANS
        assert len(commands.descriptors) == 4
        await commands.start(board)
        first, second = board.commands
        assert (first.plan, second.plan) == tuple(PLANS.values())
        assert first.root == "/w"
        assert {**first.environment, "TERM": ""} == {
            "HOME": "/h", "JAVA_HOME": "/j", "N": "1", "PATH": "/usr/bin", "TERM": "", "NO_COLOR": "1", "PAGER": "cat",
            "GIT_PAGER": "cat", "GIT_TERMINAL_PROMPT": "0",
        }  # fmt: skip
    board.close()


async def test_another_plugins_variables_are_not_a_commands(folder: int) -> None:
    board = Board()
    settings = {"other": {"environment": {"X": "1"}}, "shell": {"environment": "no table"}}
    with ready(folder, "shell@net", settings=settings) as commands:
        await commands.start(board)
        assert "X" not in board.commands[0].environment
    board.close()


async def test_the_leash_says_go_once_and_ends_with_the_call(folder: int) -> None:
    board = Board()
    with ready(folder) as commands:
        await commands.start(board)
        leash = socket.socket(fileno=os.dup(board.descriptors[0][3]))
        leash.setblocking(False)
        with pytest.raises(BlockingIOError):
            leash.recv(1)
        commands.go()
        assert leash.recv(10) == b"G"
        control = socket.socket(fileno=os.dup(board.descriptors[0][0]))
        assert control.recv(1) == b"", "the plugin's end is the plugin's alone"
    assert leash.recv(1) == b""
    leash.close()
    control.close()
    board.close()


async def test_nothing_stays_open_whatever_becomes_of_it(folder: int) -> None:
    before = descriptors()
    ready(folder).close()
    with ready(folder):
        pass
    board = Board()
    with ready(folder) as commands:
        await commands.start(board)
        commands.go()
    board.close()
    assert descriptors() == before


def test_a_call_without_commands_costs_nothing(folder: int) -> None:
    before = descriptors()
    with ready(folder, plans={}) as commands:
        assert (commands.grants(0), commands.descriptors) == ({}, ())
        assert descriptors() == before


def test_too_many_open_files_are_an_error_with_a_name(folder: int) -> None:
    before = descriptors()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for room in range(1, 10):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, before)) + room, hard))
        try:
            with pytest.raises(Busy, match="Too many open files"):
                ready(folder)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert descriptors() == before


async def test_a_supervisor_that_was_refused_is_said(folder: int) -> None:
    board = Board()
    with ready(folder) as commands:
        await commands.start(board)
        commands.check()
        board.process.end(-9, "no process could be made: Cannot allocate memory")
        with pytest.raises(StartFailed, match="Cannot allocate"):
            commands.check()
    board.close()


async def test_the_room_is_the_decisions(folder: int) -> None:
    seen: list[Decision] = []
    closed = Confinement(tier=Tier.FORKED, write=("/w",))

    def room(decision: Decision) -> Confinement:
        seen.append(decision)
        return closed

    board = Board()
    with ready(folder, room=room) as commands:
        await commands.start(board)
    assert seen == [ALLOWED]
    assert [command.room for command in board.commands] == [closed, closed]
    board.close()


def test_a_room_that_is_refused_starts_nothing(folder: int) -> None:
    def room(decision: Decision) -> Confinement:
        raise PermissionDenied("commands are not offered here")

    with pytest.raises(PermissionDenied, match="not offered"):
        ready(folder, room=room)


def test_hosts_without_a_proxy_are_refused(folder: int) -> None:
    with pytest.raises(PermissionDenied, match="no proxy"):
        ready(folder, room=lambda _: PROXIED)


async def test_the_proxy_is_given_the_way_to_each_room_and_keeps_no_command_alive(folder: int) -> None:
    given: list[tuple[Decision, socket.socket]] = []
    board = Board()
    with ready(folder, room=lambda _: PROXIED, proxy=lambda *one: given.append(one)) as commands:
        await commands.start(board)
    assert [decision for decision, _ in given] == [ALLOWED, ALLOWED]
    leash = socket.socket(fileno=os.dup(board.descriptors[0][3]))
    assert leash.recv(1) == b"", "the call is over, whatever the proxy holds"
    leash.send(b"P")
    assert given[0][1].recv(1) == b"P"
    for each in (leash, *(way for _, way in given)):
        each.close()
    board.close()


def test_what_a_supervisor_reads_can_be_changed_by_nobody() -> None:
    command = Command(plan=PLANS["command"], environment={"A": "1"}, root="/w", room=PROXIED)
    descriptor = file_of(command)
    content = os.pread(descriptor, 1 << 16, 0)
    assert command_decoder.decode(content) == command
    for change in (lambda: os.pwrite(descriptor, b"x", 0), lambda: os.ftruncate(descriptor, 0)):
        with pytest.raises(PermissionError):
            change()
    os.close(descriptor)
    assert msgspec.msgpack.decode(content)["root"] == "/w"
