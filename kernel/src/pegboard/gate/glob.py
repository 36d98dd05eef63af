"""gitignore patterns over absolute paths: parsed once, matched without backtracking. Reads no `.gitignore` file."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Final

from msgspec import Struct

from pegboard_sdk.errors import InvalidParams

MAX_PATTERN: Final = 1024
_SPECIAL: Final = re.compile(r"(?<!\\)[*?\[]")
_TOKEN: Final = re.compile(r"\\.|\*+|\[[!^]?\]?[^\]]*\]|.", re.DOTALL)
_IN_CLASS: Final = re.compile(r"[\\\[\]^&~|]")
_ANY_FOLDERS: Final = r"(?:[^/]+/)*?"


class Anchor(Enum):
    """Where a pattern begins: anywhere, at the workspace, at `/`, at the home folder."""

    ANYWHERE = "anywhere"
    WORKSPACE = "workspace"
    ROOT = "root"
    HOME = "home"


class Glob(Struct, frozen=True, kw_only=True):
    """A parsed pattern. Like in a `.gitignore`, a match of a folder covers everything below it."""

    text: str
    anchor: Anchor
    parts: tuple[str, ...]
    exact: re.Pattern[str]
    folded: re.Pattern[str]
    """Matches names whose case and Unicode form were folded."""

    @property
    def literal(self) -> bool:
        """Whether it names one path and nothing that could stand for another."""
        return not any(_SPECIAL.search(part) for part in self.parts)

    @property
    def plain(self) -> str:
        """The path that a literal pattern names, from its anchor."""
        return "/".join(re.sub(r"\\(.)", r"\1", part) for part in self.parts)

    def covers(self, path: "Spelling") -> bool:
        """Whether the path matches, as spelt; a floating pattern means the workspace and folders added to it."""
        below = self._from_anchor(path)
        if below is None and self.anchor is Anchor.ANYWHERE:
            below = path.below_base
        return below is not None and self.exact.match(below) is not None

    def binds(self, path: "Spelling") -> bool:
        """Whether the folded path matches, for rules that narrow: floating patterns mean any place."""
        below = self._from_anchor(path)
        if below is None and self.anchor is not Anchor.HOME:
            below = path.below_top if self.anchor is Anchor.ANYWHERE else path.below_base
        return below is not None and self.folded.match(below) is not None

    def names(self, path: "Spelling") -> bool:
        """Whether it is the literal name of exactly this path; a floating one means the workspace's top."""
        return self.literal and self._from_anchor(path) == f"{self.plain}/"

    def _from_anchor(self, path: "Spelling") -> str | None:
        if self.anchor is Anchor.ROOT:
            return path.below_top
        return path.below_home if self.anchor is Anchor.HOME else path.below_root

    def seen_from(self, folder: str, *, root: str, home: str) -> Iterator[str]:
        """The same pattern for a reader that stands in the absolute `folder`: case-insensitive gitignore lines."""
        if self.anchor is Anchor.ANYWHERE:
            yield from (f"**/{caseless(part)}" for part in self.parts or ("*",))
            return
        start = {Anchor.ROOT: "", Anchor.HOME: home}.get(self.anchor, root)
        whole = (*(_escape(part) for part in start.split("/") if part), *self.parts)
        steps = [step for step in folder.split("/") if step]
        for rest in _residues(whole, steps):
            yield "/" + "/".join(caseless(part) for part in rest)


class Spelling(Struct, frozen=True):
    """An absolute path as seen from each anchor, with a final slash; None where it is not below."""

    below_top: str
    below_root: str | None
    below_home: str | None
    below_base: str | None = None
    """From the folder that was added to the workspace and holds it."""


def spelling(path: str, *, root: str, home: str, base: str = "") -> Spelling:
    """The path as spelt, to be compared with many patterns."""
    found = [below_folder(path, folder) for folder in (root, home, base)]
    return Spelling(f"{path.lstrip('/')}/", *(None if below is None else f"{below}/" for below in found))


def folded_spelling(path: str, *, root: str, home: str, base: str = "") -> Spelling:
    """The path without case and Unicode form."""
    return spelling(fold(path), root=fold(root), home=fold(home), base=fold(base))


def parse_glob(text: str) -> Glob:
    """The pattern in `text`. Raises InvalidParams saying what is wrong with it and what would be right."""
    if not text or len(text) > MAX_PATTERN:
        raise InvalidParams(f"a path pattern has 1 to {MAX_PATTERN} characters; this one has {len(text)}")
    if text.startswith("!"):
        raise InvalidParams(f"`{text}`: a pattern cannot begin with `!`; write a deny rule, or `\\!` for such a name")
    unshown = next((letter for letter in text if unicodedata.category(letter) in ("Cc", "Cs")), None)
    if unshown is not None:
        raise InvalidParams(f"U+{ord(unshown):04X} cannot stand in a path pattern; write `?` for such a character")
    anchor, rest = _anchor(text)
    parts = tuple(part for part in rest.split("/") if part not in ("", "."))
    if ".." in parts:
        raise InvalidParams(f"`{text}`: `..` cannot stand in a pattern; write the path from `./`, `/` or `~/`")
    for part in parts:
        _check_part(text, part)
    floating = anchor is Anchor.ANYWHERE
    return Glob(
        text=text, anchor=anchor, parts=parts,
        exact=re.compile(_expression(parts, floating=floating)),
        folded=re.compile(_expression([fold(part) for part in parts], floating=floating)),
    )  # fmt: skip


def fold(name: str) -> str:
    """The name without case and Unicode form: what a forgiving file system takes for the same."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def below_folder(path: str, folder: str) -> str | None:
    """`path` from `folder`, empty for the folder itself, None when it is not below."""
    if path == folder:
        return ""
    start = folder if folder.endswith("/") else f"{folder}/"
    return path[len(start) :] if folder and path.startswith(start) else None


def literal(path: str) -> str:
    """`path` as a pattern that names only itself."""
    return "/".join(_escape(part) for part in path.split("/"))


def caseless(part: str) -> str:
    """The pattern with `[aA]` for each letter outside brackets, for matchers that know no other way."""
    tokens = _TOKEN.findall(part)
    return "".join(f"[{t.lower()}{t.upper()}]" if t.isalpha() and t.lower() != t.upper() else t for t in tokens)


def any_of(rows: Sequence[Sequence[str]]) -> re.Pattern[str]:
    """One expression for many patterns, each of which may begin at any folder; it is matched against `a/b/c/`."""
    either = "|".join("".join(_ANY_FOLDERS if part == "**" else f"{_component(part)}/" for part in row) for row in rows)
    return re.compile(f"(?s:{_ANY_FOLDERS}(?:{either or '(?!)'}))")


def _anchor(text: str) -> tuple[Anchor, str]:
    if text == "~" or text.startswith("~/"):
        return Anchor.HOME, text[2:]
    if text.startswith("/"):
        return Anchor.ROOT, text[1:]
    if text in (".", "./") or text.startswith("./") or "/" in text.rstrip("/"):
        return Anchor.WORKSPACE, text
    return Anchor.ANYWHERE, text


def _check_part(text: str, part: str) -> None:
    tokens = _TOKEN.findall(part)
    if "\\" in tokens:
        raise InvalidParams(f"`{text}`: a lone `\\` at the end of `{part}`; write `\\\\` for a backslash")
    if "[" in tokens:
        raise InvalidParams(f"`{text}`: a `[` without its `]` in `{part}`; write `\\[` for a bracket")
    try:
        re.compile(_component(part))
    except re.error as error:
        raise InvalidParams(f"`{text}`: `{part}` is not a pattern: {error}; write `\\[` for a bracket") from error


def _expression(parts: Sequence[str], *, floating: bool) -> str:
    """Leftmost matches of the groups between `**` are enough, so atomic groups make it linear in the path."""
    only_below = len(parts) > 1 and parts[-1] == "**"
    groups: list[list[str]] = [[]]
    for part in parts[:-1] if only_below else parts:
        if part == "**":
            groups.append([])
        else:
            groups[-1].append(part)
    if floating:
        groups.insert(0, [])
    sequences = ["".join(f"{_component(part)}/" for part in group) for group in groups]
    middle = "".join(f"(?>{_ANY_FOLDERS}{sequence})" for sequence in sequences[1:] if sequence)
    return f"(?s:{sequences[0]}{middle}(?:[^/]*/){'+' if only_below else '*'}\\Z)"


def _component(part: str) -> str:
    """A regular expression for one path component; each `*` but the last takes as little as will do."""
    pieces: list[str] = [""]
    for token in _TOKEN.findall(part):
        if token[0] == "*":
            pieces.append("")
        else:
            pieces[-1] += _token(token)
    head, *rest = pieces
    if not rest:
        return head
    middle = "".join(f"(?>[^/]*?{piece})" for piece in rest[:-1] if piece)
    return f"{head}{middle}[^/]*{rest[-1]}"


def _token(token: str) -> str:
    if token == "?":
        return "[^/]"
    if token[0] == "[" and len(token) > 2:
        sign, members = ("^", token[2:-1]) if token[1] in "!^" else ("", token[1:-1])
        quoted = _IN_CLASS.sub(r"\\\g<0>", members)
        return f"(?!/)[{sign}{quoted}]"
    return re.escape(token[1:] if token[0] == "\\" and len(token) > 1 else token)


def _residues(parts: Sequence[str], steps: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """What is left of a pattern after its first components matched the folders in `steps`."""
    if not parts:
        yield ("**",)
        return
    if not steps:
        yield tuple(parts)
        return
    if parts[0] == "**":
        yield from _residues(parts[1:], steps)
        yield from _residues(parts, steps[1:])
    elif re.fullmatch(f"(?s:{_component(fold(parts[0]))})", fold(steps[0])):
        yield from _residues(parts[1:], steps[1:])


def _escape(part: str) -> str:
    return re.sub(r"[*?\[\]\\!]", r"\\\g<0>", part)
