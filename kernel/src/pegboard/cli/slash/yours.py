"""Commands that people write as Markdown files: their own, and those of a folder that is trusted.

The content of a folder's files is what trust was given to, never read again.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from pegboard.places import Places

FOLDERS: Final = (".pegboard/commands/", ".claude/commands/")
YOURS: Final = "yours"
MOST_BYTES: Final = 1 << 18
_NAME: Final = re.compile(r"[a-z][a-z0-9_:-]{0,63}")
_FRONT: Final = re.compile(r"---\r?\n(.*?)^---\r?$\n?", re.DOTALL | re.MULTILINE)
_FIELD: Final = re.compile(r"^(description|argument-hint)\s*:\s*(.*?)\s*$", re.MULTILINE)
_PLACE: Final = re.compile(r"\$ARGUMENTS|\$([1-9])")


class Template(Struct, frozen=True):
    """A prompt with places for what is typed behind the command's name."""

    name: str
    text: str
    about: str
    arguments: str
    source: str

    def prompt(self, rest: str) -> str:
        """The prompt. What is typed goes where `$ARGUMENTS` or `$1` stands, else behind the text."""
        words = rest.split()

        def placed(found: re.Match[str]) -> str:
            if found[1] is None:
                return rest
            number = int(found[1])
            return words[number - 1] if number <= len(words) else ""

        text, count = _PLACE.subn(placed, self.text)
        return f"{text.rstrip()}\n\n{rest}" if rest and not count else text


def templates(places: Places, obeyed: Mapping[str, bytes]) -> Mapping[str, Template]:
    """By name; yours come before the folder's. A file that cannot be read as text is left out."""
    found: dict[str, Template] = {}
    for path, data, source in (*_yours(places.config / "commands"), *_of_folder(obeyed)):
        template = _template(path, data, source)
        if template is not None:
            found.setdefault(template.name, template)
    return found


def _yours(folder: Path) -> Iterator[tuple[str, bytes, str]]:
    try:
        files = sorted(folder.rglob("*.md"))
    except OSError:
        return
    for file in files:
        try:
            if file.is_file() and file.stat().st_size <= MOST_BYTES:
                yield file.relative_to(folder).as_posix(), file.read_bytes(), YOURS
        except OSError:
            continue


def _of_folder(obeyed: Mapping[str, bytes]) -> Iterator[tuple[str, bytes, str]]:
    for folder in FOLDERS:
        for path, data in sorted(obeyed.items()):
            if path.startswith(folder) and path.endswith(".md") and len(data) <= MOST_BYTES:
                yield path.removeprefix(folder), data, "this folder's"


def _template(path: str, data: bytes, source: str) -> Template | None:
    name = path.removesuffix(".md").replace("/", ":").lower()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if not _NAME.fullmatch(name):
        return None
    front = _FRONT.match(text)
    fields = {key: value.strip("\"'") for key, value in _FIELD.findall(front[1])} if front else {}
    body = text[front.end() :] if front else text
    first = next((line.lstrip("# ").strip() for line in body.splitlines() if line.strip()), "")
    about = " ".join((fields.get("description") or first).split())[:100]
    return Template(name, body.strip(), about, fields.get("argument-hint", ""), source) if body.strip() else None
