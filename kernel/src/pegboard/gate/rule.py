"""Rules as people write them: `tool`, `tool(pattern)` or a family (`Read(...)`, `Bash(...)`). Pure; decides nothing."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from pegboard.gate.command.pattern import CommandPattern
from pegboard.gate.glob import Anchor, Glob, Spelling, folded_spelling, parse_glob, spelling
from pegboard.gate.path import PathFacts
from pegboard.gate.url import HostPattern, UrlFacts, parse_host_pattern
from pegboard.gate.verdict import Verdict
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.manifest import Access, Family, SubjectKind, ToolEffect, ToolEntry

MAX_RULE: Final = 4096
_WORD: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class Head(Struct, frozen=True):
    """What the word before the bracket binds: tools or families when it allows, `effect` in every tool else."""

    kind: SubjectKind
    effect: ToolEffect
    tool: str = ""
    families: frozenset[Family] = frozenset()


_READING: Final = Head(SubjectKind.FILE, ToolEffect.READ, families=frozenset((Family.READ, Family.SEARCH)))
_WRITING: Final = Head(SubjectKind.FILE, ToolEffect.WRITE, families=frozenset((Family.WRITE,)))
_RUNNING: Final = Head(SubjectKind.COMMAND, ToolEffect.EXEC, families=frozenset((Family.EXEC,)))
_FETCHING: Final = Head(SubjectKind.URL, ToolEffect.NET, families=frozenset((Family.NET,)))

HEADS: Final[Mapping[str, Head]] = {
    "Read": _READING, "Edit": _WRITING, "Write": _WRITING, "MultiEdit": _WRITING, "Bash": _RUNNING,
    "WebFetch": _FETCHING,
    "Glob": Head(SubjectKind.DIR, ToolEffect.READ, "glob"), "LS": Head(SubjectKind.DIR, ToolEffect.READ, "glob"),
    "Grep": Head(SubjectKind.DIR, ToolEffect.READ, "grep"),
    "read_file": Head(SubjectKind.FILE, ToolEffect.READ, "read_file"),
    "glob": Head(SubjectKind.DIR, ToolEffect.READ, "glob"), "grep": Head(SubjectKind.DIR, ToolEffect.READ, "grep"),
    "write_file": Head(SubjectKind.FILE, ToolEffect.WRITE, "write_file"),
    "edit_file": Head(SubjectKind.FILE, ToolEffect.WRITE, "edit_file"),
    "multi_edit": Head(SubjectKind.FILE, ToolEffect.WRITE, "multi_edit"),
    "apply_patch": Head(SubjectKind.FILE, ToolEffect.WRITE, "apply_patch"),
    "bash": Head(SubjectKind.COMMAND, ToolEffect.EXEC, "bash"),
    "web_fetch": Head(SubjectKind.URL, ToolEffect.NET, "web_fetch"),
}  # fmt: skip
"""The words whose meaning is known; any other is the name of one tool."""


class Rule(Struct, frozen=True, kw_only=True):
    """A parsed rule. Without a pattern it is about every use of what it names, as far as the workspace."""

    text: str
    verdict: Verdict
    source: str = ""
    """The file and line, flag or answer that it came from."""
    word: str
    head: Head | None = None
    glob: Glob | None = None
    host: HostPattern | None = None
    command: CommandPattern | None = None

    @classmethod
    def parse(cls, text: str, verdict: Verdict, source: str = "") -> "Rule":
        """The rule in `text`. Raises InvalidParams: what is wrong, where, and what would be right."""
        where = f"{source}: " if source else ""
        try:
            return _parse(text.strip(), verdict, source)
        except InvalidParams as error:
            raise InvalidParams(f"{where}rule `{_shown(text)}`: {error.message}") from error

    @property
    def bare(self) -> bool:
        """Whether it has no pattern."""
        return self.glob is None and self.host is None and self.command is None

    @property
    def label(self) -> str:
        """Its text and where it stands."""
        return f"{self.text} [{self.source}]" if self.source else self.text

    def names_tool(self, tool: ToolEntry) -> bool:
        """Whether its word is this tool, or the family of it."""
        if self.head is None:
            return self.word == tool.name
        return self.head.tool == tool.name or tool.family in self.head.families

    def binds_tool(self, tool: ToolEntry) -> bool:
        """Whether it narrows the tool as a whole: a bare rule on the tool, or on an effect that it has."""
        effect = self.head.effect if self.head is not None and self.head.families else None
        return self.bare and (self.names_tool(tool) or (effect is not ToolEffect.READ and effect in tool.effects))

    def covers_use(self, use: "PathUse") -> bool:
        """Whether the path, as it was reached, is within what it allows."""
        if self.glob is None:
            return self.bare and use.inside
        reaches_out = self.glob.anchor in (Anchor.ROOT, Anchor.HOME)
        return (use.inside or reaches_out) and self.glob.covers(use.reached)

    def names_use(self, use: "PathUse") -> bool:
        """Whether it names exactly this path, so that a person must have meant it."""
        return self.glob is not None and self.glob.names(use.reached)

    def binds_use(self, use: "PathUse", tool: ToolEntry) -> bool:
        """Whether it narrows this use of a path, by any of its names and in any tool."""
        binds = self.names_tool(tool) if self.head is None else self.head.effect in use.effects
        if not binds:
            return False
        if self.glob is None:
            return self.bare and (self.head is None or bool(self.head.families))
        return any(map(self.glob.binds, use.names))

    def covers_host(self, url: UrlFacts) -> bool:
        """Whether the host is within what it allows; private ones only when it names them."""
        if self.host is None:
            return self.bare and not url.local
        return self.host.covers(url) and (not url.local or self.host.host == url.host)

    def binds_host(self, url: UrlFacts, tool: ToolEntry) -> bool:
        """Whether it narrows the use of a host, in any tool."""
        if self.host is None or (self.head is None and not self.names_tool(tool)):
            return False
        return self.host.binds(url)


class PathUse(Struct, frozen=True, kw_only=True):
    """A use of a path, prepared to be compared with many rules."""

    inside: bool
    effects: frozenset[ToolEffect]
    reached: Spelling
    names: tuple[Spelling, ...]
    """All its names, folded."""


def use_of(path: PathFacts) -> PathUse:
    """What a use of the path does, under all its names. Changing a file shows its content too: that is reading."""
    effects = {ToolEffect.WRITE} if path.access is Access.WRITE else {ToolEffect.READ}
    if path.exists:
        effects.add(ToolEffect.READ)
    places = {"root": path.root, "home": path.home, "base": path.base}
    return PathUse(
        inside=path.inside,
        effects=frozenset(effects),
        reached=spelling(path.real, **places),
        names=tuple(folded_spelling(name, **places) for name in (path.real, *path.names) if name),
    )


def use_below(name: str, access: Access, *, root: str, home: str) -> PathUse:
    """The use of the absolute path `name` as a part of a folder that is used as a whole."""
    effects = {ToolEffect.READ, ToolEffect.WRITE} if access is Access.WRITE else {ToolEffect.READ}
    places = {"root": root, "home": home}
    folded = folded_spelling(name, **places)
    return PathUse(inside=True, effects=frozenset(effects), reached=spelling(name, **places), names=(folded,))


def _parse(text: str, verdict: Verdict, source: str) -> Rule:
    if not text or len(text) > MAX_RULE:
        raise InvalidParams(f"a rule has 1 to {MAX_RULE} characters; write for example `read_file(src/**)`")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in text):
        raise InvalidParams("it holds characters that cannot be shown; write it in plain letters on one line")
    word, bracket, rest = text.partition("(")
    if not _WORD.fullmatch(word):
        raise InvalidParams(f"`{word}` is not the name of a tool; write `tool` or `tool(pattern)`")
    if word not in HEADS and word.casefold() in {known.casefold() for known in HEADS} and word != word.lower():
        right = next(known for known in HEADS if known.casefold() == word.casefold())
        raise InvalidParams(f"`{word}` is not known; did you mean `{right}`?")
    rule = Rule(text=text, verdict=verdict, source=source, word=word, head=HEADS.get(word))
    if not bracket:
        return rule
    if not rest.endswith(")"):
        raise InvalidParams(f"the bracket after `{word}` is not closed at the end; write `{word}({rest.rstrip(')')})`")
    pattern = rest[:-1].strip()
    if not pattern:
        raise InvalidParams(f"nothing stands in the brackets; write `{word}` for every use, or `{word}(pattern)`")
    return _with_pattern(rule, pattern)


def _with_pattern(rule: Rule, pattern: str) -> Rule:
    kind = rule.head.kind if rule.head is not None else SubjectKind.FILE
    if kind is SubjectKind.COMMAND:
        return replace(rule, command=CommandPattern.parse(pattern))
    if kind is SubjectKind.URL or (rule.head is None and pattern.startswith("domain:")):
        return replace(rule, host=parse_host_pattern(pattern))
    return replace(rule, glob=parse_glob(pattern))


def _shown(text: str) -> str:
    return text if text.isprintable() and len(text) <= 200 else f"{text[:200]!a}..."
