"""What `pegboard.toml` and the schemas should be, given the code and what stands there; and the difference."""

import difflib
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pegboard_sdk.plugin import Plugin
from pegboard_sdk.sync.entries import GENERATED, Tables, entries_of, schemas_of
from pegboard_sdk.sync.project import Declared
from pegboard_sdk.sync.toml import Block, blocks_of, table, with_key, written
from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.manifest import (
    ChannelEntry,
    CommandEntry,
    HookEntry,
    Manifest,
    ModelEntry,
    Strict,
    ToolEntry,
    parse_manifest,
)

MANIFEST: Final = "pegboard.toml"
KINDS: Final[dict[str, type[Strict]]] = {
    "tool": ToolEntry,
    "model": ModelEntry,
    "hook": HookEntry,
    "command": CommandEntry,
    "channel": ChannelEntry,
}


class Change(Struct, frozen=True):
    """A file that is not as it should be; `wanted` None: it should not be there."""

    path: Path
    found: str | None
    wanted: str | None

    def diff(self) -> str:
        """What would change, as a unified diff."""
        before, after = (self.found or "").splitlines(keepends=True), (self.wanted or "").splitlines(keepends=True)
        return "".join(difflib.unified_diff(before, after, f"{self.path} (is)", f"{self.path} (should be)"))

    def apply(self) -> None:
        """Make it so."""
        if self.wanted is None:
            self.path.unlink()
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.wanted, "utf-8")


def changes_for(declared: Declared, plugin: Plugin) -> list[Change]:
    """All that must change for the manifest and the schemas to say what the code says.

    Raises InvalidParams when the manifest that stands there cannot be read, or the code says what no manifest can.
    """
    path = declared.package / MANIFEST
    found = path.read_text("utf-8") if path.exists() else None
    old = parse_manifest(found.encode(), where=str(path)) if found is not None else None
    inputs = {tool.name: tool.input for tool in old.tool if tool.input} if old is not None else {}
    wanted = _manifest(declared, found, entries_of(plugin, inputs))
    parse_manifest(wanted.encode(), where=f"{path}, as it would be written")
    changes = [] if wanted == found else [Change(path, found, wanted)]
    return changes + _schema_changes(declared.package, schemas_of(plugin, inputs), old)


def _manifest(declared: Declared, found: str | None, tables: Tables) -> str:
    if found is None:
        head = f'schema = 1\nid = "{declared.id}"\nversion = "{declared.version}"\nwire = [1]\n'
        found = f"{head}summary = {written(declared.summary)}\n"
    blocks = blocks_of(found)
    values = blocks[0].values()
    for key, value in (("schema", 1), ("id", declared.id), ("version", declared.version)):
        if values.get(key) != value:
            blocks[0].text = with_key(blocks[0].text, key, value)
    texts = _placed(blocks, {kind: _texts(kind, tables[kind], blocks) for kind in GENERATED})
    return "\n".join(text.strip("\n") + "\n" for text in texts if text.strip())


def _placed(blocks: list[Block], made: dict[str, list[str]]) -> list[str]:
    """All tables in order: those of a kind stand where the first of that kind stood, a new kind at the end."""
    texts: list[str] = []
    for block in blocks:
        if block.name not in GENERATED:
            texts.append(block.text)
        else:
            texts += made.pop(block.name, [])
    return texts + [text for each in made.values() for text in each]


def _texts(kind: str, entries: list[Strict], blocks: list[Block]) -> list[str]:
    """The tables of a kind: those that already say the right thing stay as they were written."""
    standing = {str(block.values().get("name")): block for block in blocks if block.name == kind}
    texts: list[str] = []
    for entry in entries:
        block = standing.get(entry.name)  # type: ignore[attr-defined]
        if block is None:
            texts.append(table(kind, entry))
        elif msgspec.convert(block.values(), KINDS[kind]) == entry:
            texts.append(block.text)
        else:
            above = block.text[: block.text.index("[[")] if block.text.lstrip().startswith("#") else ""
            texts.append(above + table(kind, entry))
    return texts


def _schema_changes(package: Path, schemas: dict[str, JsonObject], old: Manifest | None) -> list[Change]:
    changes: list[Change] = []
    for name, schema in schemas.items():
        path = package / name
        found = path.read_text("utf-8") if path.exists() else None
        if found is None or not _same(found, schema):
            changes.append(Change(path, found, msgspec.json.format(msgspec.json.encode(schema)).decode() + "\n"))
    for tool in old.tool if old is not None else ():
        path = package / tool.input
        if tool.input and tool.input not in schemas and path.is_file():
            changes.append(Change(path, path.read_text("utf-8"), None))
    return changes


def _same(text: str, schema: JsonObject) -> bool:
    """Whether a file holds this schema, in this order, however it is indented."""
    try:
        return msgspec.json.encode(msgspec.json.decode(text)) == msgspec.json.encode(schema)
    except msgspec.DecodeError:
        return False
