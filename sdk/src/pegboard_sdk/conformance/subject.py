"""What is checked: a command, its manifest, its tools and their schemas. Reads files, starts nothing."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.manifest import Manifest, ToolEffect, ToolEntry, parse_manifest

MANIFEST: Final = "pegboard.toml"


class Trial(Struct, frozen=True, kw_only=True):
    """A tool that may be called; `fixed` are its arguments where the author gave them, else they are drawn."""

    entry: ToolEntry
    schema: JsonObject
    fixed: JsonObject | None = None


class Subject(Struct, frozen=True, kw_only=True):
    """The plugin as it is declared."""

    argv: tuple[str, ...]
    manifest_path: Path
    manifest_bytes: bytes
    manifest: Manifest
    trials: tuple[Trial, ...]

    @property
    def untried(self) -> list[str]:
        """Tools that are not called, since they could change something."""
        tried = {trial.entry.name for trial in self.trials}
        return [entry.name for entry in self.manifest.tool if entry.name not in tried]


def read_subject(command: Sequence[str], manifest: Path | None, fixed: Mapping[str, JsonObject]) -> Subject:
    """The subject of a command; the manifest is searched beside what the command names when it is not given.

    Raises InvalidParams with what is missing.
    """
    path = manifest if manifest is not None else _manifest_beside(command)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidParams(f"{path}: {error.strerror}") from error
    parsed = parse_manifest(data, where=str(path))
    package = str(path.parent.absolute())
    argv = [word.replace("{package}", package) for word in ([_placed(word) for word in command] or parsed.run.argv)]
    if not argv:
        raise InvalidParams(f"no command was given, and {path} has no [run] argv")
    unknown = sorted(set(fixed) - {entry.name for entry in parsed.tool})
    if unknown:
        raise InvalidParams(f"arguments for `{unknown[0]}`, but {path} has no such tool")
    trials = [_trial(path.parent, entry, fixed.get(entry.name)) for entry in parsed.tool]
    return Subject(
        argv=tuple(argv),
        manifest_path=path,
        manifest_bytes=data,
        manifest=parsed,
        trials=tuple(trial for trial in trials if trial is not None),
    )


def _trial(package: Path, entry: ToolEntry, fixed: JsonObject | None) -> Trial | None:
    if fixed is None and any(effect is not ToolEffect.READ for effect in entry.effects):
        return None
    return Trial(entry=entry, schema=_schema(package, entry), fixed=fixed)


def _schema(package: Path, entry: ToolEntry) -> JsonObject:
    if not entry.input:
        return {"type": "object"}
    path = package / entry.input
    try:
        return msgspec.json.decode(path.read_bytes(), type=JsonObject)
    except (OSError, msgspec.DecodeError) as error:
        raise InvalidParams(f"the schema of tool `{entry.name}`: {path}: {error}") from error


def _placed(word: str) -> str:
    """A file or folder that a command names, wherever the command is started."""
    named = Path(word)
    is_path = os.sep in word or (named.suffix and named.is_file())
    return str(named.absolute()) if is_path and named.exists() else word


def _manifest_beside(command: Sequence[str]) -> Path:
    """Beside a file or in a folder that the command names, or in the folder above it."""
    for word in command:
        named = Path(word)
        folder = named if named.is_dir() else named.parent
        if os.sep in word or named.exists():
            for place in (folder, folder.parent):
                if (place / MANIFEST).is_file():
                    return place / MANIFEST
    if (Path.cwd() / MANIFEST).is_file():
        return Path.cwd() / MANIFEST
    raise InvalidParams(f"no {MANIFEST} beside the command's script; name it with --manifest")
