"""The rooms of one run's commands: made from what was decided and journaled, looked after while they are used."""

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

import trio

from pegboard.proxy.door import open_own_door
from pegboard.proxy.hosts import Refusal
from pegboard.rights.guard import Guard, put_out_of_effect
from pegboard.rights.rooms import OUTSIDE, PROTECTED
from pegboard.rights.run import Rights
from pegboard.rights.toolchain import Tools
from pegboard.sandbox.confinement import Confinement
from pegboard_sdk.wire.records import Room

_PLACE: Final = re.compile(r"[^:]:[0-9]+$")
"""A host with its port; an address of version 6 stands in brackets."""


class Rooms:
    """`doors` owns the proxies, `scratch` becomes every command's /tmp, and `told` hears what a proxy refused."""

    def __init__(
        self,
        rights: Rights,
        doors: trio.Nursery,
        *,
        scratch: Path,
        hidden: Callable[[], tuple[str, ...]],
        told: Callable[[Refusal], None],
    ) -> None:
        self._rights, self._doors, self._told = rights, doors, told
        self._scratch, self._hidden, self._guard = scratch, hidden, Guard()
        self._home = rights.environ.get("HOME", os.sep)
        self._tools = Tools(rights.environ.get("PATH", ""), home=self._home, workspace=rights.workspace)

    def confinement(self, room: Room) -> Confinement | None:
        """What a command may reach in this room; see `Workshop.confinement`. Raises OSError, PermissionDenied."""
        if not room.confined:
            return None
        tools = self._tools.now()
        return self._rights.workshop(tools, self._home, self._scratch, self._hidden(), self._guard).confinement(room)

    def open_door(self, room: Room, passing: socket.socket) -> None:
        """Let a command through to the hosts that were decided; owns the socket."""
        places = [host for host in room.hosts if _PLACE.search(host)]
        names = [host for host in room.hosts if not _PLACE.search(host)]
        self._doors.start_soon(open_own_door, passing, self._rights.hosts(names, places), self._told)

    def watch(self, room: Room) -> Callable[[str], list[str]]:
        """Before a command: what puts out of effect, after it, names that it made and that other tools obey."""
        if not room.confined or {PROTECTED, OUTSIDE} & set(room.needs):
            return lambda mark: []
        roots = (self._rights.workspace, *self._rights.roots)
        before = {path for root in roots for path in self._guard.top(root)}

        def put_right(mark: str) -> list[str]:
            made = [path for root in roots for path in self._guard.top(root) if path not in before]
            return put_out_of_effect(made, mark)

        return put_right
