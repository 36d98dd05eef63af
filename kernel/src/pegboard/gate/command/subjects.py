"""The files, folders and addresses that one step names, looked at: what each does, how grave it is. Knows no rules."""

import os
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from pegboard.gate.command.facts import Below, Deed, Effect, Looker, Target, Weight
from pegboard.gate.command.location import is_below
from pegboard.gate.command.options import Reading, Subject
from pegboard.gate.command.programs.roles import judge_text
from pegboard.gate.command.tree import Filter, TooMany, is_credential, is_protected, walk
from pegboard.gate.path import FileKind, PathFacts, Sensitivity
from pegboard.gate.url import look_at_url
from pegboard_sdk.wire.manifest import Access

NOWHERE: Final = "/dev/null"
ACCESS: Final = {
    **dict.fromkeys("rRPTgAa", Access.READ), **dict.fromkeys("lGCL", Access.LIST),
    **dict.fromkeys("wWdDmE", Access.WRITE),
}  # fmt: skip
EFFECTS: Final = {
    **dict.fromkeys("rRPTgAalGCL", Effect.READ), **dict.fromkeys("wW", Effect.WRITE),
    **dict.fromkeys("dDE", Effect.DELETE), "m": Effect.WRITE, "u": Effect.NET,
}  # fmt: skip
TREES: Final = {"R": Access.READ, "D": Access.WRITE, "m": Access.WRITE}
OPTIONAL: Final = frozenset("gGEa")
"""Roles of words that are paths only if they look like one, or if there is a file of that name."""

SPELT_AS_PATH: Final = re.compile(r"/|~|(.*/)?\.\.(/|$)")
MAGIC: Final = re.compile(r":(?:\d:|\([^)]*\)|[!^/]*)")
"""What stands before the path in a pathspec of git."""
GRAVE: Final = {
    Sensitivity.UNSHOWABLE: (Weight.DANGER, "cannot be shown plainly"),
    Sensitivity.SYSTEM: (Weight.DOUBT, "is an interface of the operating system"),
    Sensitivity.CREDENTIAL: (Weight.DOUBT, "may hold credentials"),
    Sensitivity.PROTECTED: (Weight.DOUBT, "is obeyed or executed by other tools"),
    Sensitivity.OWN: (Weight.DANGER, "belongs to Pegboard itself"),
    Sensitivity.TOKEN: (Weight.DANGER, "holds keys of Pegboard itself"),
    Sensitivity.DISGUISED: (Weight.DANGER, "is a disguised spelling of a name that is judged specially"),
}


class Seen(Struct, kw_only=True):
    """What was found out about a step's subjects."""

    deeds: list[Deed]
    paths: list[PathFacts]
    below: list[Below]
    targets: list[Target]
    texts: list[Subject]
    """Texts for a shell."""


class Subjects:
    """Looks at the subjects of one reading, from the folder that the step runs in."""

    def __init__(self, reading: Reading, looker: Looker, cwd: str) -> None:
        self.reading, self.looker, self.cwd = reading, looker, cwd
        self.seen = Seen(deeds=[], paths=[], below=[], targets=[], texts=[])

    def look(self) -> Seen:
        """Everything that the reading names."""
        for subject in sorted(self.reading.subjects, key=lambda one: (one.role != "C", one.at)):
            if subject.role == "u":
                self.address(subject)
            elif subject.role == "c":
                self.seen.texts.append(subject)
            elif subject.role in ACCESS and not (subject.role == "r" and self.is_link_text(subject.value)):
                self.file(subject)
            elif subject.role in ACCESS:
                self.seen.deeds.append(Deed(subject.at, Effect.READ))
            elif not judge_text(self.reading, subject):
                self.reading.doubt(subject.at, f"{subject.value} has no role")
        if self.reading.row.via in ("copy", "link", "rsync"):
            self.destination()
        return self.seen

    def is_link_text(self, value: str) -> bool:
        """Whether it is what a symbolic link will say, which means something only from where the link lies."""
        symbolic = self.reading.given("-s") and not self.reading.given("-r", "--relative")
        return self.reading.row.via == "link" and symbolic and not value.startswith("/")

    def file(self, subject: Subject) -> None:
        role, at = subject.role, subject.at
        for value in self.names(subject):
            if value.startswith("@") and role in "rRT":
                self.reading.doubt(at, f"{value} may be read as a list of arguments")
            if (value == NOWHERE and role not in "dDm") or (value == "-" and role in "rRPT"):
                continue
            seen = self.one(at, value, role)
            if role == "C":
                self.cwd = os.path.join(self.cwd, value)
            if seen.inside and seen.kind is FileKind.FOLDER and role in TREES:
                self.tree(at, seen, role)

    def one(self, at: int, value: str, role: str, access: Access | None = None) -> PathFacts:
        """Look at one path and note what its use does."""
        seen = self.looker.look(value, self.cwd, access or ACCESS[role])
        self.seen.paths.append(seen)
        self.seen.deeds.append(Deed(at, EFFECTS[role]))
        for weight, why in self.troubles(seen):
            self.seen.deeds.append(Deed(at, EFFECTS[role], weight, f"{value} {why}"))
        return seen

    def names(self, subject: Subject) -> Iterator[str]:
        """The paths in a subject's text, as far as its role makes it one."""
        value, role = subject.value, subject.role
        if role == "T":
            value = value.partition("::")[0].partition("[")[0]
        elif role == "L":
            value = value.rpartition(":")[2]
        elif role == "a":
            yield from (one for one in arguments(value) if self.is_path(one, subject.at))
            return
        elif role in "gAGE" and value.startswith(":"):
            value = MAGIC.sub("", value)
            if not value:
                return
        elif role == "g" and ":" in value and subject.at < self.reading.ended:
            value = value.partition(":")[2]
            if value:
                yield value
            return
        if (
            role not in OPTIONAL
            or self.is_path(value, subject.at)
            or (role in "gA" and subject.value[:1] == ":" and value)
        ):
            yield value

    def is_path(self, value: str, at: int) -> bool:
        if not value or "\0" in value:
            return False
        spelt = at > self.reading.ended or SPELT_AS_PATH.match(value)
        return bool(spelt) or os.path.lexists(os.path.join(self.looker.root_path, self.cwd, value[:4096]))

    def troubles(self, seen: PathFacts) -> Iterator[tuple[Weight, str]]:
        """What is grave about a path. What a link hides is no part of the words that a rule compares."""
        lexical = os.path.normpath(os.path.join(self.looker.root_path, self.cwd, seen.asked))
        linked = not seen.asked.startswith("~") and lexical != seen.real
        writes = seen.access is Access.WRITE
        if seen.trouble:
            yield Weight.DANGER, seen.trouble
        if not seen.inside:
            yield Weight.DANGER if linked and is_below(lexical, self.looker.root_path) else Weight.DOUBT, "is outside"
        if seen.sensitivity in GRAVE and not (
            seen.access is Access.LIST and seen.sensitivity is Sensitivity.CREDENTIAL
        ):
            weight, why = GRAVE[seen.sensitivity]
            yield (Weight.DANGER if linked else weight), why
        if seen.kind in (FileKind.FIFO, FileKind.SOCKET, FileKind.DEVICE):
            yield Weight.DANGER, f"is a {seen.kind.value}, not a file"
        if writes and (seen.links > 1 or seen.elsewhere):
            yield Weight.DOUBT, "has several names and may be a file from elsewhere"

    def tree(self, at: int, folder: PathFacts, role: str) -> None:
        """What a program that takes the whole folder takes with it."""
        access = TREES[role]
        if access is Access.WRITE and folder.real == folder.base:
            self.seen.deeds.append(Deed(at, EFFECTS[role], Weight.DANGER, "takes the whole workspace"))
        try:
            for path, is_link in walk(folder.real, self.filter()):
                name = path[len(folder.base) :].lstrip("/")
                self.seen.below.append(Below(path, access))
                if is_link and "follow" in self.reading.uses:
                    self.one(at, path, "r")
                elif is_credential(name) and "-t" not in self.reading.values:
                    self.seen.deeds.append(Deed(at, EFFECTS[role], Weight.DOUBT, f"{name} may hold credentials"))
                elif access is Access.WRITE and is_protected(name):
                    self.seen.deeds.append(Deed(at, EFFECTS[role], Weight.DOUBT, f"{name} is obeyed by other tools"))
        except TooMany:
            self.seen.deeds.append(
                Deed(at, EFFECTS[role], Weight.DOUBT, f"{folder.shown} holds too many files to look at")
            )

    def filter(self) -> Filter:
        """Which files the search options leave."""
        values, row = self.reading.values, self.reading.row.name
        globs = (
            [one.value for name in ("-g", "--glob", "--iglob") for one in values.get(name, ())] if row == "rg" else []
        )
        excluded = [one.value for name in ("--exclude", "--exclude-dir") for one in values.get(name, ())]
        return Filter(
            include=(*(one.value for one in values.get("--include", ())), *(one for one in globs if one[:1] != "!")),
            exclude=(*excluded, *(one[1:] for one in globs if one[:1] == "!" and "/" not in one)),
            hidden=self.reading.row.via != "rg" or self.reading.given("--hidden", "-.", "-u", "--unrestricted"),
        )

    def destination(self) -> None:
        """Where copies and links come to lie: in a folder they keep the names of their sources."""
        sources = [one for one in self.reading.subjects if one.role in "rRm"]
        goals = [one for one in self.reading.subjects if one.role == "w"] or [Subject(0, "w", ".")]
        for goal in goals[-1:]:
            whole, remote = self.reading.given("-T", "--no-target-directory"), self.reading.row.via == "rsync"
            into = not whole and (self.is_folder(goal.value) or goal.value.endswith("/"))
            for source in sources:
                name = os.path.basename(os.path.normpath(source.value))
                contents = name in (".", "..") or (remote and source.value.endswith("/"))
                inside = into or (remote and not contents and self.is_folder(source.value))
                landing = os.path.join(goal.value, name) if inside else goal.value
                if inside and name not in (".", ".."):
                    self.one(source.at, landing, "w")
                if self.reading.given("--parents", "-R", "--relative"):
                    self.one(source.at, os.path.join(goal.value, source.value.lstrip("/")), "w")
                if self.reading.row.via == "link":
                    start = goal.value if into else os.path.dirname(goal.value)
                    self.one(source.at, os.path.join(start, source.value), "r", Access.WRITE)
                self.copied(source, goal.value if contents else landing)

    def is_folder(self, path: str) -> bool:
        return self.looker.look(path, self.cwd, Access.LIST).kind is FileKind.FOLDER

    def copied(self, source: Subject, landing: str) -> None:
        """Names that a copied folder brings, judged where they come to lie."""
        start = self.looker.look(source.value, self.cwd, Access.LIST)
        goal = os.path.normpath(os.path.join(self.cwd, landing))
        for below in self.seen.below:
            if is_below(below.path, start.real) and is_protected(f"{goal}/{below.path[len(start.real) + 1 :]}"):
                self.one(source.at, f"{landing}{below.path[len(start.real) :]}", "w")

    def address(self, subject: Subject) -> None:
        url = look_at_url(subject.value)
        parts = None if url.trouble else urlsplit(subject.value)
        path = (parts.path or "/") if parts else ""
        plain = bool(parts) and not (parts and parts.query) and not url.local and not url.link_local
        segments = [unquote(part) for part in path.split("/")]
        if "." in segments or ".." in segments or any("/" in part or "\\" in part for part in segments):
            url = replace(url, trouble="its path goes up again")
        why = url.trouble or ("is no plain address of another network" if not plain else "")
        weight = Weight.DOUBT if why else Weight.PLAIN
        self.seen.deeds.append(Deed(subject.at, Effect.NET, weight, f"{subject.value}: {why}" if why else ""))
        self.seen.targets.append(Target(subject.at, url, path))


def arguments(value: str) -> Iterator[str]:
    """What of an argument of unknown meaning could be a path: itself, and what follows `=` or a short option."""
    yield value
    if "=" in value:
        yield value.partition("=")[2]
    if value[:1] == "-" and len(value) > 2:
        yield value[2:]
