"""One SKILL.md as a value: its front matter checked, its body as text. Pure; a file that cannot be one says why."""

import re
import unicodedata
from typing import Any, Final

import msgspec
from msgspec import Struct

SKILL: Final = "SKILL.md"
MAX_BYTES: Final = 64 << 10
MAX_FRONT: Final = 16 << 10
MAX_BRACKETS: Final = 200
"""In front matter: the time to read it grows with the square of them."""
MAX_DESCRIPTION: Final = 1024

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FENCE: Final = re.compile(r"---[ \t]*\n(.*?)\n---[ \t]*(?:\n|$)", re.DOTALL)
_TEXT: Final = r'"[ !#-\[\]-~]*"'
_LINE: Final = re.compile(rf"([a-z]+): (?:({_TEXT}|\[(?:{_TEXT}(?:, {_TEXT})*)?\])|([a-z][a-z0-9-]*))\n?")
"""A line that is read as YAML reads it: ASCII in double quotes without escapes, a list of such, or a word."""
_NO_WORDS: Final = frozenset({"yes", "no", "true", "false", "on", "off", "null"})
_HIDDEN: Final = {"Cc": "a control character", "Cf": "an invisible character", "Co": "a private character"}
_ALLOWED: Final = "\n\t\u200c\u200d\ufeff"
"""Line ends, tabs, and the joiners that some scripts and pictures need."""


class Flawed(Exception):
    """A file is no skill; the message says what is wrong and what would be right."""


class Skill(Struct, frozen=True):
    """A skill: what it is for, whose it is, what it says. `files` are the others of its folder."""

    name: str
    description: str
    owner: str
    place: str
    """Where its SKILL.md is, as shown to people."""
    body: str
    files: dict[str, bytes] = {}
    markers: tuple[str, ...] = ()
    """Of a pack: names of files and folders, one of which shows that it is about this project."""

    @property
    def tokens(self) -> int:
        """About what loading it costs."""
        return len(self.body) // 4 + 1


def skill_from(data: bytes, *, folder: str, owner: str, place: str, files: dict[str, bytes] | None = None) -> Skill:
    """The skill in the bytes of a SKILL.md in `folder`. Raises Flawed."""
    text = clear_text(data)
    found = _FENCE.match(text)
    if found is None:
        raise Flawed("it has no front matter; begin it with `---`, a line `description: ...` and `---`")
    fields = _fields(found[1])
    name = fields.get("name", folder)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Flawed(f"its name is {name!r:.80}; a name has small letters, digits and `-`, at most 64")
    description = fields.get("description")
    if not isinstance(description, str) or not description.strip():
        raise Flawed("it has no `description` in its front matter, by which a model could tell when to load it")
    if len(description) > MAX_DESCRIPTION:
        raise Flawed(f"its description has {len(description)} characters; at most {MAX_DESCRIPTION}")
    body = text[found.end() :].strip()
    if not body:
        raise Flawed("there is nothing behind its front matter")
    markers = fields.get("markers", ())
    return Skill(
        name=name,
        description=" ".join(description.split()),
        owner=owner,
        place=place,
        body=body,
        files=files or {},
        markers=tuple(str(one) for one in markers) if isinstance(markers, list) else (),
    )


def clear_text(data: bytes) -> str:
    """Bytes as text that shows all that it says. Raises Flawed for any other."""
    if not data:
        raise Flawed("it is empty, or all skills together are too large to be read")
    if len(data) > MAX_BYTES:
        raise Flawed(f"it is larger than {MAX_BYTES >> 10} KiB; put what is needed rarely into files beside it")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Flawed(f"it is not UTF-8 at byte {error.start}; save it as UTF-8") from None
    for at, letter in enumerate(text):
        kind = unicodedata.category(letter)
        if kind in _HIDDEN and letter not in _ALLOWED:
            line = text.count("\n", 0, at) + 1
            raise Flawed(f"it holds {_HIDDEN[kind]} (U+{ord(letter):04X}) in line {line}, which nobody would see")
    return text


def _fields(text: str) -> dict[str, Any]:
    if len(text) > MAX_FRONT:
        raise Flawed(f"its front matter is larger than {MAX_FRONT >> 10} KiB")
    if text.count("[") + text.count("{") > MAX_BRACKETS:
        raise Flawed(f"its front matter is no YAML that is read: it has more than {MAX_BRACKETS} brackets")
    return plain_fields(text) or _yaml_fields(text)


def plain_fields(text: str) -> dict[str, Any]:
    """The fields of the plainest YAML, such as that of all packs; empty for any other, which says nothing about it."""
    fields: dict[str, Any] = {}
    at = 0
    while at < len(text):
        found = _LINE.match(text, at)
        if found is None or (at and text[at - 1] != "\n") or not _NO_WORDS.isdisjoint((found[1], found[3])):
            return {}
        fields[found[1]] = found[3] or msgspec.json.decode(found[2])
        at = found.end()
    return fields


def _yaml_fields(text: str) -> dict[str, Any]:
    # Half of a start for what many sessions never need.
    import yaml  # noqa: PLC0415

    try:
        fields = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" in line {where.line + 2}" if where is not None else ""
        raise Flawed(f"its front matter is no YAML{line}: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(fields, dict):
        raise Flawed("its front matter must be `key: value` lines")
    return fields
