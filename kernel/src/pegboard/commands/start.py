"""The kernel's side of commands: what each is to be, and its supervisor, which waits until its intent is durable.

A plugin is handed two descriptors for each command: the control socket, and the end from which it reads the output.
The kernel keeps the leash: over it goes the word that the command may run, and when the kernel lets go of it, a command
that is not in the background ends.
"""

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Final, Protocol, Self

from msgspec import Struct

from pegboard.commands.command import Command
from pegboard.commands.environment import command_environment
from pegboard.commands.runner import GO
from pegboard.sandbox.confinement import Confinement, Network
from pegboard.spawner.client import Process
from pegboard_sdk.errors import Busy, PermissionDenied, StartFailed
from pegboard_sdk.wire.methods import CommandGrant, Plan
from pegboard_sdk.wire.records import Room

CommandRoom = Callable[[Room], Confinement | None]
"""What an allowed command may reach, from the room that was journaled; None is all of the user's rights.

Raises PermissionDenied where it may not run at all.
"""

Proxy = Callable[[Room, socket.socket], None]
"""Is given the socket over which a room sends its listener (`b"P"` and the descriptor), and owns it."""

Watch = Callable[[Room], Callable[[str], list[str]]]
"""Looks at the workspace before a command. What it gives is called after it with a mark, and says what it put right."""

ENVIRONMENT: Final = "environment"
"""The key of a plugin's settings that holds more variables for its commands."""


class Supervising(Protocol):
    """Who starts supervisors: the board."""

    async def supervise(self, command: Command, descriptors: Sequence[int]) -> Process:
        """Owns the descriptors: control socket, output, workspace, leash. Raises StartFailed."""


class Commands:
    """How the commands of one kernel run. `settings` are the plugins' tables as people and policy wrote them: a
    project's must not be among them."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        room: CommandRoom = lambda _: None,
        proxy: Proxy | None = None,
        watch: Watch = lambda _: lambda _: [],
    ) -> None:
        self._environ = environ
        self._settings = settings or {}
        self._room = room
        self._proxy = proxy
        self._watch = watch

    def ready(self, plugin: str, plans: Mapping[str, Plan], decided: Room, root: str, folder: int) -> "Ready":
        """The commands of one call, nothing started. `folder` is the workspace, held open by the caller; `root` its
        path.

        Raises PermissionDenied when there is no room for it, Busy when too much is open.
        """
        if not plans:
            return Ready(decided, folder, self._proxy, lambda _: [])
        ready = Ready(decided, folder, self._proxy, self._watch(decided))
        try:
            room = self._room(decided)
            if room is not None and room.network is Network.PROXY and self._proxy is None:
                raise PermissionDenied("this command needs single hosts, and there is no proxy that lets it reach them")
            extra = self._extra(plugin)
            for key, plan in plans.items():
                environment = command_environment(self._environ, path=plan.path, extra=extra)
                ready.add(key, Command(plan=plan, environment=environment, root=root, room=room))
        except OSError as error:
            ready.close()
            raise Busy(f"no command can be started: {error.strerror}") from error
        return ready

    def _extra(self, plugin: str) -> dict[str, str]:
        table = self._settings.get(plugin.partition("@")[0], {}).get(ENVIRONMENT)
        return {str(name): str(value) for name, value in table.items()} if isinstance(table, dict) else {}


class _Line(Struct):
    """One command with its descriptors: the plugin's, the supervisor's, and ours."""

    command: Command
    plugins: list[int]
    supervisors: list[int]
    leash: socket.socket


class Ready:
    """The commands of one call. A context manager: leaving it ends what is not in the background."""

    def __init__(self, decided: Room, folder: int, proxy: Proxy | None, put_right: Callable[[str], list[str]]) -> None:
        self._decided = decided
        self._folder = folder
        self._proxy = proxy
        self.put_right = put_right
        """What was made that other tools obey is put out of effect; a sentence for each. The mark names the call."""
        self._lines: dict[str, _Line] = {}
        self._started: list[Process] = []

    def add(self, key: str, command: Command) -> None:
        """Make the descriptors of one more. Raises OSError, with nothing left open of this one."""
        with ExitStack() as made:
            control, controlled = (made.enter_context(one) for one in socket.socketpair())
            leash, leashed = (made.enter_context(one) for one in socket.socketpair())
            folder = os.dup(self._folder)
            made.callback(os.close, folder)
            source, target = os.pipe()
            made.pop_all()
        theirs = [controlled.detach(), target, folder, leashed.detach()]
        self._lines[key] = _Line(command, [control.detach(), source], theirs, leash)

    def grants(self, slot: int) -> dict[str, CommandGrant]:
        """What the plugin is told, where the descriptors of the first command are number `slot` and the next."""
        return {
            key: CommandGrant(plan=line.command.plan, control=slot + 2 * at, output=slot + 2 * at + 1)
            for at, (key, line) in enumerate(self._lines.items())
        }

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the plugin is passed, in the order of the slots."""
        return tuple(each for line in self._lines.values() for each in line.plugins)

    async def start(self, board: Supervising) -> None:
        """Start the supervisors, so that they are there when they are needed; nothing runs yet. Raises StartFailed."""
        for line in self._lines.values():
            given, line.supervisors = line.supervisors, []
            self._started.append(await board.supervise(line.command, given))
            if self._proxy and line.command.room is not None and line.command.room.network is Network.PROXY:
                self._proxy(self._decided, line.leash.dup())

    def go(self) -> None:
        """What is going to happen is durable, and the call was sent: from now on the plugin may order."""
        for line in self._lines.values():
            _close(line.plugins)
            with suppress(OSError):  # it died, and its control socket says so
                line.leash.send(GO)

    def check(self) -> None:
        """Raises StartFailed when one was not started at all."""
        for process in self._started:
            if process.refusal:
                raise StartFailed(process.refusal)

    def close(self) -> None:
        """Let go of all of them; a second time does nothing."""
        for line in self._lines.values():
            _close(line.plugins)
            _close(line.supervisors)
            with suppress(OSError):
                line.leash.shutdown(socket.SHUT_WR)  # whoever else holds it
            line.leash.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _close(descriptors: list[int]) -> None:
    while descriptors:
        os.close(descriptors.pop())
