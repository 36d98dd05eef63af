"""Paths judged by what they lead to: found below a held root descriptor, looked at once opened. Decides nothing."""

import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Final, Self

from msgspec.structs import replace

from pegboard.gate.glob import below_folder
from pegboard.gate.links import OtherNames, other_names
from pegboard.gate.names import SYSTEM, Table, odd, own, text_trouble
from pegboard.gate.openat import Opener, hold
from pegboard.gate.path import FileKind, PathFacts, Sensitivity
from pegboard.gate.walk import Walk
from pegboard.places import Places
from pegboard_sdk.errors import NotFound
from pegboard_sdk.wire.manifest import Access

__all__ = ["FileKind", "Found", "PathFacts", "Place", "Sensitivity"]

HOLLOW_BYTES: Final = 5 << 29
"""Larger files without content on disk are not read unasked: reading them makes zeros for ever."""
_LEADS_UP: Final = re.compile(r"(\./+|\.\./+)*(?!.*(^|/)\.\.(/|$)).*", re.DOTALL)
_GIT_FOLDER: Final = (("HEAD", stat.S_IFREG), ("objects", stat.S_IFDIR), ("refs", stat.S_IFDIR))
_GIT_OBEYS: Final = frozenset({"config", "config.worktree", "commondir", "gitdir", "HEAD", "hooks", "info", "modules"})


Outputs = Callable[[str], int] | None
"""Gives a descriptor of an earlier result of the session by its handle, or raises NotFound."""


class Found:
    """A path with what was found, held open until `close`: `fd` names the object, `folder` the folder that has it.

    Both are -1 where there is none. `name` is the object's name in `folder`; with missing folders, the path below it.
    """

    def __init__(self, facts: PathFacts, fd: int = -1, folder: int = -1, name: str = "") -> None:
        self.facts, self.fd, self.folder, self.name = facts, fd, folder, name

    def close(self) -> None:
        """Closes both descriptors; a second time does nothing."""
        for held in {self.fd, self.folder} - {-1}:
            os.close(held)
        self.fd = self.folder = -1


class Place:
    """A workspace as a session sees it: the held root, where it was, the user's home and our own places."""

    def __init__(
        self, root_fd: int, root_path: str, home: str, own: Places, *, program_path: str = "", outputs: Outputs = None
    ) -> None:
        self.root_fd, self.root_path, self.home = root_fd, root_path, home
        self.program_path = program_path
        """PATH as the user had it at the start."""
        self.added: Mapping[str, int] = {}
        """Further folders that are judged like the workspace: real path to descriptor, the deepest first."""
        self._outputs = outputs
        folders = (own.config, own.data, own.state, own.cache, own.runtime)
        self.own = tuple(dict.fromkeys(name for f in folders for name in (os.path.abspath(f), os.path.realpath(f))))
        self._opener = Opener()
        self._table = Table()

    @classmethod
    def open(
        cls, folder: str | os.PathLike[str], home: str, own: Places, *, program_path: str = "", outputs: Outputs = None,
        roots: Iterable[str | os.PathLike[str]] = (),
    ) -> Self:  # fmt: skip
        """Holds `folder` as the root and `roots` beside it. Raises OSError when one cannot be entered as a folder."""
        root = os.path.realpath(folder, strict=True)
        place = cls(os.open(root, os.O_DIRECTORY), root, home, own, program_path=program_path, outputs=outputs)
        try:
            for each in roots:
                place.add(each)
        except OSError:
            place.close()
            raise
        return place

    def add(self, folder: str | os.PathLike[str]) -> str:
        """Judges `folder` like the workspace from now on; its real path. Raises OSError when it cannot be entered."""
        real = os.path.realpath(folder, strict=True)
        if real not in {self.root_path, *self.added}:
            self.added = dict(sorted({**self.added, real: os.open(real, os.O_DIRECTORY)}.items(), reverse=True))
        return real

    def close(self) -> None:
        """Lets the roots go."""
        for descriptor in {self.root_fd, *self.added.values()} - {-1}:
            os.close(descriptor)
        self.root_fd, self.added = -1, {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def open_output(self, handle: str) -> int:
        """A descriptor of an earlier result of this session. Raises NotFound when there is none of this handle."""
        if self._outputs is None:
            raise NotFound("this session keeps no results")
        return self._outputs(handle)

    def look(self, path: str, cwd: str = "", access: Access = Access.READ) -> PathFacts:
        """What is known of `path`, taken from `cwd` (below the workspace, or absolute). Nothing stays open."""
        found = self.find(path, cwd, access)
        found.close()
        return found.facts

    def find(self, path: str, cwd: str = "", access: Access = Access.READ) -> Found:
        """Like `look`, with the object and its folder held open. Reads nothing and never blocks on what it finds."""
        shape = text_trouble(path.removeprefix(self.root_path))
        if shape is Sensitivity.DISGUISED or not path:
            facts = PathFacts(
                asked=path, shown=path, access=access, inside=False, exists=False, kind=FileKind.NONE,
                sensitivity=shape, trouble="is empty", root=self.root_path, home=self.home,
            )  # fmt: skip
            return Found(facts)
        whole = self._whole(path, cwd)
        base, root_fd = self._base(whole)
        walk = Walk(self._opener, root_fd, base)
        try:
            below = below_folder(whole, base)
            if below is None:
                walk.follow_absolute(whole)
            else:
                walk.follow(below)
            return self._found(path, os.path.normpath(whole), access, walk, base)
        finally:
            walk.close()

    def _base(self, whole: str) -> tuple[str, int]:
        """The root that a path is followed from: a folder that was added where the text leads there, else the first."""
        further = self.added.items() if below_folder(whole, self.root_path) is None else ()
        found = (each for each in further if below_folder(whole, each[0]) is not None)
        return next(found, (self.root_path, self.root_fd))

    def _whole(self, path: str, cwd: str) -> str:
        """The path as absolute text, not cleaned up. `~/` is expanded; nothing else is, ever."""
        if path == "~" or path.startswith("~/"):
            return f"{self.home}/{path[2:]}"
        start = cwd if cwd.startswith("/") else f"{self.root_path}/{cwd}"
        whole = path if path.startswith("/") else f"{start}/{path}"
        # No link stands before the first name, so that these `..` mean what they say.
        plain = os.path.normpath(whole) if _LEADS_UP.fullmatch(path) and not cwd else whole
        return plain if self._base(plain)[0] != self.root_path else whole

    def _found(self, path: str, lexical: str, access: Access, walk: Walk, base: str) -> Found:
        fd, folder = (-1, -1) if walk.trouble else walk.take()
        status = os.fstat(fd) if fd >= 0 else None
        parts = [*walk.parts, *walk.missing]
        real = _join(base if walk.inside else "/", parts)
        shown = ("/".join(parts) or ".") if walk.inside and base == self.root_path else real
        others = self._other_names(status)
        names = tuple(dict.fromkeys(name for name in (lexical, *others.names) if name != real))
        shape = max(text_trouble(text) for text in (path.removeprefix(self.root_path), shown))
        grades = [self._sensitivity(name, access, base, exists=status is not None) for name in (real, *names)]
        if access is Access.WRITE and walk.inside and _in_git_folder(walk):
            grades.append(Sensitivity.PROTECTED)
        facts = PathFacts(
            asked=path, shown=shown, access=access, inside=walk.inside, exists=status is not None, kind=_kind(status),
            sensitivity=max(shape, *grades), trouble=walk.trouble or self._trouble(path, status),
            real=real, names=names, elsewhere=others.elsewhere, uncounted=others.uncounted,
            root=self.root_path, base=base, home=self.home,
        )  # fmt: skip
        if status is not None:
            links = status.st_nlink if facts.kind is FileKind.FILE else 1
            facts = replace(facts, links=links, device=status.st_dev, inode=status.st_ino)
        name = "/".join(walk.missing) or (walk.parts[-1] if walk.parts else ".")
        return Found(facts, fd, folder, name)

    def _sensitivity(self, name: str, access: Access, base: str, *, exists: bool) -> Sensitivity:
        below = below_folder(name, base)
        of_name = self._table.sensitivity(name if below is None else below, access, exists=exists)
        of_system = any(below_folder(name, folder) is not None for folder in SYSTEM)
        system = Sensitivity.SYSTEM if of_system and below is None else Sensitivity.ORDINARY
        return max(of_name, system, own(name, self.own, base))

    def _trouble(self, path: str, status: os.stat_result | None) -> str:
        if status is None:
            strange = odd(path.removeprefix(self.root_path))
            return "is no plain name of a file, and no file has exactly this name" if strange else ""
        hollow = status.st_size > HOLLOW_BYTES and status.st_blocks * 512 < status.st_size // 16
        return f"claims {status.st_size} bytes that are not on disk" if hollow and stat.S_ISREG(status.st_mode) else ""

    def _other_names(self, status: os.stat_result | None) -> OtherNames:
        if status is None or status.st_nlink < 2 or not stat.S_ISREG(status.st_mode):
            return OtherNames()
        opened: list[tuple[int, str]] = []
        for folder in self.own:
            try:
                opened.append((hold(folder), folder))
            except OSError:
                continue
        try:
            added = [(descriptor, base) for base, descriptor in self.added.items()]
            return other_names(status, [(self.root_fd, self.root_path), *added, *opened])
        finally:
            for descriptor, _ in opened:
                os.close(descriptor)


def _join(start: str, parts: Iterable[str]) -> str:
    return "/".join((start.rstrip("/"), *parts)) or "/"


def _kind(status: os.stat_result | None) -> FileKind:
    if status is None:
        return FileKind.NONE
    kinds = {
        stat.S_IFREG: FileKind.FILE, stat.S_IFDIR: FileKind.FOLDER, stat.S_IFIFO: FileKind.FIFO,
        stat.S_IFSOCK: FileKind.SOCKET,
    }  # fmt: skip
    return kinds.get(stat.S_IFMT(status.st_mode), FileKind.DEVICE)


def _in_git_folder(walk: Walk) -> bool:
    """Whether the path is a part that git obeys of a repository under another name than `.git`."""
    parts = [*walk.parts, *walk.missing]
    return any(
        part in _GIT_OBEYS and _has_all(folder, _GIT_FOLDER) for folder, part in zip(walk.folders, parts, strict=False)
    )


def _has_all(folder: int, entries: Iterable[tuple[str, int]]) -> bool:
    try:
        return all(
            stat.S_IFMT(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode) == kind for name, kind in entries
        )
    except OSError:
        return False
