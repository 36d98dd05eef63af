"""A plugin's project as its folder says: distribution, entry points, packages. Imports the plugin, on request."""

import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.host import load
from pegboard_sdk.plugin import Plugin

GROUP: Final = "pegboard.plugins"


class _Project(Struct):
    name: str
    version: str = ""
    description: str = ""
    entry_points: dict[str, dict[str, str]] = msgspec.field(name="entry-points", default_factory=dict)


class Declared(Struct, frozen=True, kw_only=True):
    """One plugin of a project: where its package lies, and what the project says of it."""

    id: str
    entry: str
    package: Path
    version: str
    summary: str


def declared_in(folder: Path) -> list[Declared]:
    """The plugins of the project at `folder`, or of the one that `folder` lies in.

    Raises InvalidParams with what is missing.
    """
    pyproject = _pyproject_of(folder)
    project = _read(pyproject)
    entries = project.entry_points.get(GROUP, {})
    if not entries:
        raise InvalidParams(
            f'{pyproject} has no [project.entry-points."{GROUP}"]; name the plugin there: ID = "MODULE:plugin"'
        )
    return [
        Declared(
            id=name,
            entry=entry,
            package=_package(pyproject.parent, entry),
            version=project.version or _installed_version(project.name),
            summary=project.description,
        )
        for name, entry in entries.items()
    ]


def imported(declared: Declared) -> Plugin:
    """The plugin, imported from its project's own sources.

    Raises StartFailed with what went wrong there, InvalidParams when it is not the one that the entry point names.
    """
    source = str(declared.package.parent)
    if source not in sys.path:
        sys.path.insert(0, source)
    plugin = load(declared.entry)
    if plugin.id != declared.id:
        raise InvalidParams(f'the entry point is `{declared.id}`, and {declared.entry} is Plugin("{plugin.id}")')
    return plugin


def _pyproject_of(folder: Path) -> Path:
    for place in (folder.absolute(), *folder.absolute().parents):
        if (place / "pyproject.toml").is_file():
            return place / "pyproject.toml"
    raise InvalidParams(
        f"no pyproject.toml in {folder} or above; the manifest of a plugin that is not Python is written by hand"
    )


def _read(pyproject: Path) -> _Project:
    try:
        table: dict[str, Any] = tomllib.loads(pyproject.read_text("utf-8"))
        return msgspec.convert(table.get("project", {}), _Project)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InvalidParams(f"{pyproject}: {error}") from error


def _package(project: Path, entry: str) -> Path:
    """The folder of the top-level package: there the kernel looks for the manifest."""
    top = entry.partition(":")[0].split(".")[0]
    places = [project / "src" / top, project / top]
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        raise InvalidParams(f"no package `{top}` in {project} or its src; a plugin is a package, not a single file")
    return found


def _installed_version(distribution: str) -> str:
    """For projects whose version is made by their build."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        raise InvalidParams(
            f"{distribution} has no version in pyproject.toml and is not installed; install it"
        ) from None
