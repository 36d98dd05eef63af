"""The room of each process: a plugin's from what it was granted, a command's from what its decision needs. Pure."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from pegboard.rights.granted import Granted
from pegboard.sandbox.confinement import Bounds, Confinement, Network, Tier
from pegboard_sdk.errors import PermissionDenied
from pegboard_sdk.wire.records import Room

NETWORK, PROTECTED, OUTSIDE = "network", "protected", "outside"
"""What a room may have besides, as records name it."""


class Owner(Struct, frozen=True):
    """The identity that a kernel which runs as root gives away; -1 keeps what it has."""

    user: int = -1
    group: int = -1


def plugin_room(
    granted: Granted,
    tier: Tier,
    *,
    code: Sequence[str],
    home: str,
    owner: Owner,
    execute: bool,
    handed: Sequence[str] = (),
) -> Confinement | None:
    """Where a plugin lives: its `code` to read, its `home` to write, and what it was granted. None without walls."""
    if tier is Tier.NONE:
        return None
    return Confinement(
        tier=tier,
        read=tuple(dict.fromkeys((*code, *granted.read))),
        write=tuple(dict.fromkeys((home, *granted.write))),
        network=Network.PROXY if granted.hosts or granted.places else Network.NONE,
        execute=execute or granted.exec,
        handed=tuple(handed),
        terminal=granted.terminal,
        devices=granted.devices,
        user=owner.user,
        group=owner.group,
    )


class Workshop(Struct, frozen=True, kw_only=True):
    """What all commands of a session share: where they work and with which tools."""

    tier: Tier
    write: tuple[str, ...]
    """The workspace and what was added to it."""
    read: tuple[str, ...]
    """Toolchains found on PATH."""
    shut: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    scratch: str = ""
    home: str = ""
    """Where commands expect the user's home folder."""
    identity: tuple[str, ...] = ()
    """What says who commits; read by commands that may write the repository."""
    owner: Owner = Owner()
    bounds: Bounds = Bounds()

    def confinement(self, room: Room) -> Confinement | None:
        """What a command may reach in the room that was decided, shown and journaled; None is all of the user's rights.

        Raises PermissionDenied where that room cannot be had.
        """
        if not room.confined or OUTSIDE in room.needs:
            return None
        if self.tier is Tier.NONE:
            raise PermissionDenied("this command was to be confined, and there is no sandbox")
        closed = Confinement(
            tier=self.tier,
            read=self.read,
            write=self.write,
            shut=self.shut,
            hidden=self.hidden,
            execute=True,
            scratch=self.scratch,
            home=self.home,
            user=self.owner.user,
            group=self.owner.group,
            bounds=self.bounds,
        )
        if PROTECTED in room.needs:
            closed = replace(closed, shut=(), read=(*closed.read, *self.identity))
        if NETWORK in room.needs:
            closed = replace(closed, network=Network.PROXY if room.hosts else Network.HOST)
        return closed
