"""Reads the managed policy: who may have written it, what is in it, where each value stands, and its own tests.

Whatever is wrong raises PolicyBroken, which ends the program; a policy is obeyed whole or nothing runs.
"""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pegboard.config import Above, ConfigInvalid, Layer, PolicyBroken, RuleText, Source
from pegboard.config.layers import checked
from pegboard.config.lines import Lines
from pegboard.config.source import KeyPath, dotted, leaves, read_text
from pegboard.gate.autonomy import LEVELS, of_level
from pegboard.gate.verdict import Mode, Verdict
from pegboard.places import Places
from pegboard.policy.schema import InlineTest, Managed
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import JsonObject

DROP_INS: Final = "policy.d"
GRANTING: Final = (("permissions", "allow"), ("permissions", "roots"))
"""What only the file itself may say."""


class Loaded(Struct, frozen=True, kw_only=True):
    """The policy in force with the files that it came from, and where each value stands."""

    managed: Managed = Managed()
    files: tuple[str, ...] = ()
    sources: dict[str, tuple[str, ...]] = {}
    """Of each key that a file sets: file and line, all of them."""
    rules: tuple[RuleText, ...] = ()

    def where(self, key: str) -> str:
        """Who set a key, for a sentence."""
        return ", ".join(self.sources.get(key, ()))

    @property
    def cap(self) -> Mode:
        """The widest mode: of the mode and the autonomy level that are allowed, the narrower."""
        level, mode = self.managed.autonomy, Mode[self.managed.mode.upper()]
        return mode if level == LEVELS[-1] else min(mode, of_level(level).mode)

    @property
    def level(self) -> int:
        """The highest autonomy level whose mode is allowed too."""
        within = [level for level in LEVELS if of_level(level).mode <= self.cap and level <= self.managed.autonomy]
        return max(within, default=LEVELS[0])

    def above(self) -> Above:
        """The part that narrows a configuration."""
        managed = self.managed
        rules = {kind.name.lower(): [one.text for one in self.rules if one.verdict is kind] for kind in Verdict}
        limits = {name: value for name, value in msgspec.to_builtins(managed.limits).items() if value is not None}
        data = {
            "mode": self.cap.name.lower(), "autonomy": self.level, "limits": limits,
            "permissions": rules | {"roots": [*managed.permissions.roots]},
            "plugins": {"disabled": [*managed.plugins.disabled]},
        }  # fmt: skip
        where = {key: self.where(key) for key in self.sources}
        where |= {"mode": self.where("mode") or self.where("autonomy")}
        where |= {"autonomy": self.where("autonomy") or self.where("mode")}
        where["permissions.deny"] = where.get("permissions.deny") or self.where("network.deny")
        return Above(data=data, where=where, rules=self.rules, cap=self.cap, level=self.level)


Proof = Callable[[Loaded, list[tuple[InlineTest, str]]], list[str]]
"""Parses the rules and runs the tests, each given with where it stands: a sentence for each that does not hold."""


class _File(Struct, frozen=True):
    """One file, read and understood by itself."""

    path: Path
    data: JsonObject
    lines: Lines

    @property
    def managed(self) -> Managed:
        return msgspec.convert(self.data, Managed)

    def at(self, path: KeyPath) -> str:
        return f"{self.path}:{self.lines.of(path)}"


def load_policy(places: Places, prove: Proof) -> Loaded:
    """The policy of this machine; one that demands nothing where there is none.

    Raises PolicyBroken for everything that keeps it from being obeyed whole: the sentence names file, line and repair.
    """
    path = places.managed
    with _broken():
        found = [path] if _stands(path) else []
        folder = path.parent / DROP_INS
        if _stands(folder):
            found += sorted(folder / name for name in os.listdir(folder) if name.endswith(".toml"))
        for one in found:
            kept(one, places.owner, places.top)
        return _whole([_read(one) for one in found], path, prove)


def read_policy(path: Path, prove: Proof) -> Loaded:
    """A file by itself, whoever wrote it: what it would be as the policy. Raises PolicyBroken like `load_policy`."""
    with _broken():
        return _whole([_read(path)], path, prove)


@contextmanager
def _broken() -> Iterator[None]:
    try:
        yield
    except (OSError, ConfigInvalid, InvalidParams) as error:
        raise PolicyBroken(f"the managed policy cannot be obeyed, so nothing runs: {error}") from error


def _stands(path: Path) -> bool:
    """Whether anything is there, also what leads nowhere. Raises OSError when that cannot be known."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def kept(path: Path, owner: int, top: Path) -> None:
    """Raises ConfigInvalid when anyone but the owner may write the file or a folder from `top` to it (POSIX)."""
    if sys.platform == "win32":
        return
    for whole in dict.fromkeys((path, Path(os.path.realpath(path, strict=True)))):
        for one in (whole, *whole.parents):
            if not one.is_relative_to(top.resolve()) and not one.is_relative_to(top):
                break
            status, name = one.lstat(), owner or "root"
            if status.st_uid != owner:
                raise ConfigInvalid(f"{one}: belongs to user {status.st_uid}; `chown {name} {one}` repairs it")
            if not stat.S_ISLNK(status.st_mode) and status.st_mode & 0o022:
                raise ConfigInvalid(f"{one}: others than {name} may write it; `chmod go-w {one}` repairs it")


def _read(path: Path) -> _File:
    text = read_text(path)
    if text is None:
        raise ConfigInvalid(f"{path}: leads to nothing; put the policy there or remove it")
    return _File(path, checked(text, path, Layer.MANAGED, Managed), Lines(text))


def _whole(files: list[_File], main: Path, prove: Proof) -> Loaded:
    managed, sources, rules = Managed(), dict[str, list[str]](), dict[tuple[str, Verdict], RuleText]()
    for file in files:
        own = file.managed
        managed = own if file.path == main else _added(managed, own, file, main)
        for path, _ in leaves(file.data):
            sources.setdefault(dotted(path), []).append(file.at(path))
        for rule in _rules(own, file):
            rules.setdefault((rule.text, rule.verdict), rule)
    placed = {key: tuple(where) for key, where in sources.items()}
    names = tuple(str(file.path) for file in files)
    loaded = Loaded(managed=managed, files=names, sources=placed, rules=tuple(rules.values()))
    tests = [(test, file.at((f"test[{at}]",))) for file in files for at, test in enumerate(file.managed.test)]
    wrong = prove(loaded, tests) if files else []
    if wrong:
        raise ConfigInvalid("\n".join(wrong))
    return loaded


def _added(managed: Managed, own: Managed, file: _File, main: Path) -> Managed:
    for path in GRANTING:
        if file.data.get(path[0], {}).get(path[1]):
            raise ConfigInvalid(
                f"{file.at(path)}: {dotted(path)} grants, and a drop-in only narrows; move it to {main}"
            )
    from pegboard.policy.narrow import narrowed  # noqa: PLC0415 - only drop-ins need it

    try:
        return narrowed(managed, own)
    except ValueError as error:
        raise ConfigInvalid(f"{file.path}: {error}; make the files agree") from error


def _rules(own: Managed, file: _File) -> Iterator[RuleText]:
    """Every rule with its file and line; a denied host is one too."""
    listed = [(verdict, "permissions", verdict.name.lower()) for verdict in reversed(Verdict)]
    for verdict, table, name in (*listed, (Verdict.DENY, "network", "deny")):
        for at, text in enumerate(getattr(getattr(own, table), name)):
            source = Source(Layer.MANAGED, file.at((table, f"{name}[{at}]")))
            yield RuleText(text if table == "permissions" else f"WebFetch(domain:{text})", verdict, source)
