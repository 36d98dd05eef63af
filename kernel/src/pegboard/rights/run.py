"""The rights of one run: which walls stand, whose identity is taken, and the room of every process that is started."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from pegboard.found import Found, Origin
from pegboard.places import Places, private
from pegboard.policy import Managed
from pegboard.proxy.hosts import Hosts
from pegboard.rights.granted import Cap, Granted, granted
from pegboard.rights.guard import Guard
from pegboard.rights.owner import give, owner_of
from pegboard.rights.rooms import Owner, Workshop, plugin_room
from pegboard.rights.toolchain import secret_files
from pegboard.rights.walls import EXECUTED, FORKED, Walls, walls
from pegboard.sandbox import probe
from pegboard.sandbox.confinement import Confinement, Network, Tier
from pegboard_sdk.errors import StartFailed
from pegboard_sdk.wire.manifest import Manifest, SubjectKind

CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables that name files which a plugin that may see the variable has to read."""

HOME: Final = "home"
"""Below the folder that commands have as /tmp."""

IDENTITY: Final = (".gitconfig", ".config/git/config")

ANYWHERE: Final = ("/",)


class Admitted(Struct, frozen=True):
    """What a plugin was granted, None for all that it asks for; the room that enforces it, None without walls; and what
    the proxy of that room lets through."""

    granted: Granted | None = None
    room: Confinement | None = None
    hosts: Hosts | None = None

    def secrets(self, given: Mapping[str, str]) -> dict[str, str]:
        """Of the credentials that it asked for, those that it gets."""
        return {name: value for name, value in given.items() if self.granted is None or name in self.granted.secrets}


class Rights(Struct, kw_only=True):
    """Fixed when the run begins, so that nothing which happens in it moves a wall; only a person adds to `roots`
    (ADR 0032). Folders are real paths."""

    walls: Walls
    owner: Owner
    managed: Managed
    workspace: str
    roots: tuple[str, ...] = ()
    """Folders that count like the workspace."""
    environ: Mapping[str, str] = {}
    locked: Mapping[str, Cap] = {}
    """What was accepted for a plugin when it was locked."""

    @property
    def mark(self) -> str:
        """Of the folders of those who have another identity than ours: nobody can use two identities' files."""
        return f"-{self.owner.user}" if self.owner.user >= 0 else ""

    def admit(self, found: Found, manifest: Manifest, settings: Mapping[str, Any], home: Path) -> Admitted:
        """What a plugin gets, whose folder `home` is made its owner's. Raises StartFailed where it must not start."""
        executed = is_executed(found)
        caps = (self.managed.plugins.cap(manifest.id), self.locked.get(manifest.id, Cap()))
        folders = (self.workspace, *self.roots)
        allowed = granted(manifest.capabilities, caps=caps, folders=folders, settings=settings)
        shipped = found.origin is Origin.OWN and "." not in manifest.id
        if why := self.walls.refusal(allowed, shipped=shipped, executed=executed):
            raise StartFailed(f"plugin `{manifest.id}` is not started: {why}")
        tier = self.walls.executed if executed else self.walls.forked
        certificates = [self.environ[name] for name in CERTIFICATES if name in allowed.env and self.environ.get(name)]
        room = plugin_room(
            allowed, tier, code=certificates, home=str(home), owner=self.owner, execute=False,
            handed=self._handed(manifest, tier),
        )  # fmt: skip
        if room is not None:
            give(home, self.owner)
        proxied = room is not None and room.network is Network.PROXY
        return Admitted(allowed, room, self.hosts(allowed.hosts, allowed.places) if proxied else None)

    def hosts(self, granted: Iterable[str], places: Iterable[str] = ()) -> Hosts:
        """What a proxy lets through: of the granted hosts those that policy permits. `places` are `host:port` that a
        person named; they may be of this machine."""
        network = self.managed.network
        return Hosts.of(
            [host for host in granted if host == "*" or network.permits(host)],
            own=[place for place in places if network.permits(place.rpartition(":")[0])],
            denied=network.deny,
        )

    def workshop(
        self, tools: tuple[str, ...], home: str, scratch: Path, hidden: tuple[str, ...], guard: Guard
    ) -> Workshop:
        """What commands work with now: `tools` are folders, `hidden` what rules deny, `guard` finds what is shut."""
        for made in (scratch, scratch / HOME):
            give(private(made), self.owner)
        folders = (self.workspace, *self.roots)
        return Workshop(
            tier=self.walls.forked, write=folders, read=tools,
            shut=(*guard.existing(folders), *filter(os.path.lexists, hidden)), owner=self.owner,
            hidden=(*hidden, *secret_files(tools)), scratch=str(scratch), home=os.path.realpath(home),
            identity=tuple(file for name in IDENTITY if os.path.exists(file := os.path.join(home, name))),
        )  # fmt: skip

    def _handed(self, manifest: Manifest, tier: Tier) -> tuple[str, ...]:
        """Where descriptors come from that the kernel judged and hands over. Where a tree of its own hides all else,
        that may be anywhere a person allowed."""
        kinds = {subject.kind for tool in manifest.tool for subject in tool.subjects}
        if not kinds & {SubjectKind.FILE, SubjectKind.DIR}:
            return ()
        return (self.workspace, *self.roots) if tier is Tier.LANDLOCK else ANYWHERE


def is_executed(found: Found) -> bool:
    """Whether a plugin is a program of its own, and no fork of the spawner."""
    return found.origin is not Origin.OWN or bool(found.manifest and found.manifest.run.argv)


def rights_of(
    places: Places, managed: Managed, *, workspace: Path, roots: tuple[Path, ...], lifted: bool, executes: bool,
    environ: Mapping[str, str], locked: Mapping[str, Cap],
) -> Rights:  # fmt: skip
    """What stands on this machine; `executes` says whether there are plugins that are no forks of ours.

    Raises PermissionDenied where policy demands more, OSError for a lost workspace.
    """
    owner = owner_of(workspace)
    found = walls_here(places, managed, owner, lifted=lifted, executes=executes)
    real = tuple(os.path.realpath(root) for root in roots)
    return Rights(
        walls=found,
        owner=owner,
        managed=managed,
        workspace=os.path.realpath(workspace),
        roots=real,
        environ=environ,
        locked=locked,
    )


def walls_here(places: Places, managed: Managed, owner: Owner, *, lifted: bool, executes: bool) -> Walls:
    """Tries what was not tried since the machine started, the strongest first. Raises PermissionDenied as `walls`."""
    demanded = managed.sandbox.required or managed.sandbox.tier is not Tier.NONE
    working: list[Tier] = []
    why: dict[str, None] = {}
    for order in () if lifted else (FORKED, EXECUTED) if executes else (FORKED,):
        for tier in order:
            found = probe.found((tier,), user=owner.user, group=owner.group, cache=private(places.cache))
            why |= dict.fromkeys(found.missing.values())
            if tier in found.tiers:
                working += [tier] if managed.sandbox.suffices(tier) else []
                break
    return walls(working, why="; ".join(why), lifted=lifted, required=demanded)
