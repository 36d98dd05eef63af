"""Lets a folder count like the workspace while a session is held: judged, walled and watched like it."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pegboard.agent import Agent
from pegboard.cli.folders.keeping import carry, keep, kept, seen
from pegboard.cli.launch import Launch
from pegboard.cli.slash.scene import Ground
from pegboard.gate.glob import below_folder
from pegboard.gate.policy import Policy
from pegboard.kernel import Start
from pegboard.lifecycle import State
from pegboard.models.prompt import YOU, Part
from pegboard.places import Places, private
from pegboard.rights.granted import WORKSPACE
from pegboard.sessions import Sessions
from pegboard_sdk.errors import PermissionDenied
from pegboard_sdk.wire.manifest import Manifest
from pegboard_sdk.wire.records import Message, Role, Text

ORIGIN: Final = "/add-dir"
NAMED: Final = "These folders count like the working folder; name what is in them by its whole path: "


def told_of(folders: Iterable[str]) -> tuple[Part, ...]:
    """What the model is told at a start of folders beside the workspace."""
    named = ", ".join(folders)
    return (Part("folders", YOU, NAMED + named),) if named else ()


async def add(ground: Ground, agent: Agent, real: str) -> bool:
    """Let the folder at a real path count like the workspace in this session from now on, and when it is gone on with;
    False when it does so already.

    Raises OSError for what cannot be entered, PermissionDenied for one of our own places.
    """
    place, session = agent.dispatcher.approval.place, agent.session
    if any(_is_in(real, own) for own in _own(ground.started.places)):
        raise PermissionDenied(f"{real} belongs to Pegboard itself; no tool works there")
    if any(_is_in(real, known) for known in (place.root_path, *place.added)):
        return False
    place.add(real)
    keep(session.journal.folder, (*kept(session.journal.folder), seen(real)))
    await _widen(ground, (*ground.started.rights.roots, real))
    told = Text(text=NAMED + real, origin=ORIGIN)
    session.record(Message(role=Role.USER, parts=(told,), pinned="a folder that was added"))
    await session.settle()
    return True


async def regain(ground: Ground, agent: Agent, start: Start) -> None:
    """The session was opened with `start`: let it have what was added to it before, as far as that still stands."""
    place, session = agent.dispatcher.approval.place, agent.session
    if start.fork:
        sessions = Sessions(ground.started.places.state)
        carry(sessions.folder / sessions.resolve(start.resume), session.journal.folder)
    added = []
    for one in kept(session.journal.folder):
        if one.stands:
            added.append(place.add(one.path))
        else:
            session.fail("NOTE", f"{one.path} is not the folder that was added any more; /add-dir adds it again")
    await _widen(ground, (*start.roots, *added))


async def _widen(ground: Ground, folders: tuple[str, ...]) -> None:
    """Move the walls: commands find them where they are now, and plugins which see the workspace begin anew."""
    rights, folders = ground.started.rights, tuple(dict.fromkeys(folders))
    if folders == rights.roots:
        return
    rights.roots = folders
    manifest = ground.started.registry.manifest
    running = [one.instance for one in ground.board.status() if one.state in {State.RUNNING, State.UNRESPONSIVE}]
    walled = [instance for instance in running if _sees_workspace(manifest(instance.partition("@")[0]))]
    for instance in walled:
        ground.board.retry(instance, anew="its room has other folders now")
    await ground.board.warm(walled)


def _sees_workspace(manifest: Manifest) -> bool:
    asked = manifest.capabilities
    return WORKSPACE in (*asked.read, *asked.write) or any(tool.subjects for tool in manifest.tool)


def closed_to_commands(started: Launch, policy: Policy) -> tuple[str, ...]:
    """What commands see nothing of, now: files that rules deny, and our own places below folders that they may write.

    Such a place that is missing is made, lest a command make it. Raises OSError, PermissionDenied.
    """
    roots = (started.rights.workspace, *started.rights.roots)
    denied = (str(started.workspace / file) for file in policy.denied_files())
    below = [own for own in _own(started.places) if any(_is_in(own, root) for root in roots)]
    return (*denied, *(str(private(Path(own))) for own in below if not any(_is_in(root, own) for root in roots)))


def _own(places: Places) -> tuple[str, ...]:
    """Without the runtime folder, in which commands have their /tmp."""
    return tuple(map(os.path.realpath, (places.config, places.data, places.state, places.cache)))


def _is_in(path: str, folder: str) -> bool:
    return below_folder(path, folder) is not None
