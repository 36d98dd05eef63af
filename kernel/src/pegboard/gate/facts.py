"""What is known of a call before it is judged, with the objects that it names held open. Judges nothing."""

import os
from types import TracebackType
from typing import Final, Self

from pegboard.gate.command.facts import CommandFacts
from pegboard.gate.openat import reopen
from pegboard.gate.path import FileKind, PathFacts
from pegboard.gate.place import Found
from pegboard.gate.url import UrlFacts
from pegboard_sdk.errors import InvalidParams, NotFound, PermissionDenied
from pegboard_sdk.wire.manifest import Access, ToolEffect, ToolEntry
from pegboard_sdk.wire.methods import FileGrant, Plan

_REOPEN: Final = {
    Access.READ: os.O_RDONLY | os.O_NONBLOCK,
    Access.LIST: os.O_RDONLY | os.O_NONBLOCK,
    Access.WRITE: os.O_RDONLY | os.O_DIRECTORY,
}


class Facts:
    """A call's tool and subjects, each under `name` or `name[i]`. A context manager: leaving closes what is held.

    `files`, `plans` and `descriptors` are what an allowed call hands to the plugin; asking for them opens the very
    objects that were judged.
    """

    def __init__(self, tool: ToolEntry, *, root: str, home: str) -> None:
        self.tool, self.root, self.home = tool, root, home
        self.found: dict[str, Found] = {}
        self.outputs: dict[str, tuple[str, int]] = {}
        """Results of this session that are read on: the handle and a descriptor."""
        self.urls: dict[str, UrlFacts] = {}
        self.commands: dict[str, CommandFacts] = {}
        self.hidden: dict[str, tuple[str, ...]] = {}
        self.covered: set[ToolEffect] = set()
        """Effects of the tool that the subjects account for."""
        self.wrong = ""
        """Why the arguments cannot be judged at all."""
        self._opened: list[int] = []

    @property
    def paths(self) -> dict[str, PathFacts]:
        """The facts of each path parameter."""
        return {key: found.facts for key, found in self.found.items()}

    @property
    def futile(self) -> str:
        """Why the call cannot succeed whatever is decided, so that nobody need be asked; empty when it can."""
        return next((said for found in self.found.values() if (said := _futile(found.facts))), "")

    @property
    def files(self) -> dict[str, FileGrant]:
        """A grant for each path. Raises NotFound or InvalidParams when there is nothing that could be handed over."""
        grants: dict[str, FileGrant] = {}
        for slot, (key, found) in enumerate(self.found.items()):
            grants[key] = self._grant(slot, key, found)
        for slot, (key, (handle, _)) in enumerate(self.outputs.items(), len(grants)):
            grants[key] = FileGrant(slot=slot, path=f"output:{handle}", access=Access.READ.value, name=handle)
        return grants

    @property
    def plans(self) -> dict[str, Plan]:
        """What each command runs."""
        return {key: facts.plan for key, facts in self.commands.items() if facts.plan is not None}

    @property
    def descriptors(self) -> tuple[int, ...]:
        """One for each slot of `files`, owned by this object. Raises NotFound or PermissionDenied."""
        for found in list(self.found.values())[len(self._opened) :]:
            self._opened.append(_usable(found))
        return (*self._opened, *(descriptor for _, descriptor in self.outputs.values()))

    def close(self) -> None:
        """Closes everything that is held; a second time does nothing."""
        for found in self.found.values():
            found.close()
        held = [*self._opened, *(descriptor for _, descriptor in self.outputs.values())]
        self._opened, self.outputs = [], {}
        for descriptor in held:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _grant(self, slot: int, key: str, found: Found) -> FileGrant:
        facts = found.facts
        if said := _futile(facts) or (facts.trouble and f"{facts.shown} {facts.trouble}"):
            raise (InvalidParams if facts.exists or facts.trouble else NotFound)(said)
        return FileGrant(
            slot=slot, path=facts.shown, access=facts.access.value,
            name=found.name if facts.access is Access.WRITE else "",
            exists=facts.exists, device=facts.device, inode=facts.inode, exclude=self.hidden.get(key, ()),
        )  # fmt: skip


def _futile(facts: PathFacts) -> str:
    """Why this use of this path fails in any case. Says nothing of what lies outside the workspace."""
    if not facts.inside or facts.trouble:
        return ""
    if facts.kind is FileKind.FOLDER and facts.access is not Access.LIST:
        return f"{facts.shown} is a folder, not a file"
    if not facts.exists and facts.access is not Access.WRITE:
        return f"{facts.shown} does not exist"
    return ""


def _usable(found: Found) -> int:
    """The file to read, the folder to list, or the folder to write in; only plain files and folders are opened."""
    facts = found.facts
    writes = facts.access is Access.WRITE
    held = found.folder if writes else found.fd
    if held < 0 or (not writes and facts.kind not in (FileKind.FILE, FileKind.FOLDER)):
        raise NotFound(f"{facts.shown} is not there as a file")
    try:
        return reopen(held, _REOPEN[facts.access])
    except OSError as error:
        raise PermissionDenied(
            f"{facts.shown}: the system refuses: {(error.strerror or str(error)).lower()}"
        ) from error
