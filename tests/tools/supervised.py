"""Real commands below a real spawner, without a kernel; and a way to see which processes a test left behind."""

import os
import secrets
import select
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from pegboard.commands.command import Command as Judged
from pegboard.commands.runner import GO
from pegboard.discovery import own_environment
from pegboard.distribution import search_path
from pegboard.sandbox.confinement import Confinement
from pegboard.spawner.launch import launch_spawner
from pegboard.spawner.messages import Supervise, framed
from pegboard.spawner.order import file_of, send_now
from pegboard_sdk import Command, Pipeline, Plan, Report, Step
from pegboard_sdk.testing import GrantedCommand

PATH = "/usr/local/bin:/usr/bin:/bin"


class Supervised:
    """A spawner, and commands that it starts in a folder. Closing it ends them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = ""
        self.spawner = launch_spawner(search_path(own_environment().sites), {"PATH": PATH})
        self.leashes: list[socket.socket] = []
        self._number = 0

    def hand(
        self,
        plan: Plan,
        environment: dict[str, str] | None = None,
        room: Confinement | None = None,
        *,
        goes: bool = True,
        root: str = "",
    ) -> GrantedCommand:
        """What a plugin would be handed for a command; the kernel's end of the newest leash is `leashes[-1]`."""
        control, controlled = socket.socketpair()
        leash, leashed = socket.socketpair()
        source, target = os.pipe()
        judged = Judged(
            plan=plan, environment=environment or {"PATH": PATH}, root=root or os.path.realpath(self.folder), room=room
        )
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        given = [controlled.detach(), target, folder, leashed.detach(), file_of(judged)]
        self._number += 1
        send_now(self.spawner.channel, framed(Supervise(self._number)), given)
        for each in given:
            os.close(each)
        self.leashes.append(leash)
        if goes:
            leash.send(GO)
        return GrantedCommand(plan, control.detach(), source)

    def begin(self, plan: Plan, environment: dict[str, str] | None = None, **order: Any) -> Command:
        """A command that was ordered."""
        handed = self.hand(plan, environment)
        command = Command(handed.plan, handed.control, handed.output)
        command.order(**{"timeout_s": 60.0} | order)
        return command

    def run(self, plan: Plan, environment: dict[str, str] | None = None, **order: Any) -> Report:
        """A command to its end; what it wrote is in `output`."""
        command = self.begin(plan, environment, **order)
        return self.finish(command)

    def finish(self, command: Command) -> Report:
        """An ordered command to its end."""
        with open(os.dup(command.output), "rb") as source:
            self.output = source.read().decode("utf-8", "replace")
        report = command.report()
        command.close()
        return report

    def script(self, text: str, **more: Any) -> Report:
        return self.run(Plan(script=text), **more)

    def close(self) -> None:
        self.spawner.channel.close()
        with suppress(ChildProcessError):  # a test may have waited for it
            os.waitpid(self.spawner.pid, 0)
        for leash in self.leashes:
            leash.close()


class Marked:
    """Processes that can be told from all others by a number in their arguments, and a `sleep` that has it."""

    def __init__(self) -> None:
        self._number = f"1{secrets.randbelow(10**9):09d}"
        self.sleep = f"sleep {self._number}"

    def pids(self) -> list[int]:
        """All living ones, those included that were started to start them."""
        number = self._number.encode()
        return [int(name) for name in filter(str.isdecimal, os.listdir("/proc")) if number in _cmdline(name)]

    def wait_until_gone(self, seconds: float = 10) -> None:
        """Return when none is alive; the deadline is generous, the wait is not."""
        end = time.monotonic() + seconds
        while (found := self.pids()) and time.monotonic() < end:
            with suppress(ProcessLookupError):
                descriptor = os.pidfd_open(found[0])
                select.select([descriptor], [], [], end - time.monotonic())
                os.close(descriptor)
        assert found == []


def _cmdline(name: str) -> bytes:
    try:
        return Path(f"/proc/{name}/cmdline").read_bytes()
    except OSError:
        return b""


def step(*argv: str, **more: Any) -> Step:
    return Step(argv=argv, program=f"/usr/bin/{argv[0]}", **more)


def plan(*parts: Any) -> Plan:
    """Steps in one pipeline, or several pipelines as `(when, step, ...)`."""
    if parts and isinstance(parts[0], Step):
        return Plan(pipelines=(Pipeline(steps=parts),))
    return Plan(pipelines=tuple(Pipeline(when=when, steps=tuple(steps)) for when, *steps in parts))
