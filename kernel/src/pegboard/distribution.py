"""What an installed distribution says of its plugins, read from its `.dist-info` folder. No code of it is imported.

`importlib.metadata` would do, and costs more than the rest of the start: these are three small files.
"""

import base64
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

GROUP: Final = "pegboard.plugins"
MANIFEST: Final = "pegboard.toml"
FINDER_REPAIR: Final = (
    "is installed as editable through a finder that runs code; build it with hatchling, or reinstall it with "
    "`pip install -e . --config-settings editable_mode=compat`"
)


class Unplaced(Exception):
    """The manifest cannot be found; the text says why and what would help."""


class Located(Struct, frozen=True):
    """Where the manifest is; `sha256` is RECORD's urlsafe base64 of it, empty where none was recorded."""

    manifest: Path
    sha256: str = ""


class _DirInfo(Struct):
    editable: bool = False


class _DirectUrl(Struct):
    dir_info: _DirInfo = msgspec.field(default_factory=_DirInfo)


class Distribution:
    """One `.dist-info` folder inside a site folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = folder.parent
        self.name, _, self.version = folder.name.removesuffix(".dist-info").rpartition("-")

    def __str__(self) -> str:
        return f"{self.name.replace('_', '-')} {self.version} in {self.site}"

    def entry_points(self) -> dict[str, str]:
        """Plugin id to `module:attribute`."""
        try:
            text = (self.folder / "entry_points.txt").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return {}
        return dict(group_of(text)) if GROUP in text else {}

    def is_editable(self) -> bool:
        """Whether `direct_url.json` says so."""
        try:
            return msgspec.json.decode(
                (self.folder / "direct_url.json").read_bytes(), type=_DirectUrl
            ).dir_info.editable
        except (OSError, msgspec.DecodeError):
            return False

    def locate(self, module: str) -> Located:
        """The manifest beside the top-level package of `module`. Raises Unplaced."""
        top = module.split(".", maxsplit=1)[0]
        record = self._record()
        for line in record:
            if line.startswith(f"{top}/{MANIFEST},"):
                digest = line.split(",")[1].removeprefix("sha256=")
                return Located(self.site / top / MANIFEST, digest)
        if not self.is_editable():
            raise Unplaced(f"{self} has no {top}/{MANIFEST}; add it to the package's data and reinstall")
        return Located(self._editable_package(record, top) / MANIFEST)

    def _record(self) -> list[str]:
        try:
            return (self.folder / "RECORD").read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return []

    def _editable_package(self, record: list[str], top: str) -> Path:
        names = [line.split(",")[0] for line in record]
        roots: list[str] = []
        for name in names:
            if name.endswith(".pth") and "/" not in name:
                plain, executable = path_lines(self.site / name)
                roots += plain
                if executable:
                    raise Unplaced(f"{self} {FINDER_REPAIR}")
        packages = [Path(root, top) for root in dict.fromkeys(roots) if Path(root, top).is_dir()]
        if len(packages) != 1:
            found = " and ".join(map(str, packages)) or "nowhere on the paths of its .pth file"
            raise Unplaced(f"{self} is editable, and its package `{top}` was found {found}; reinstall it")
        return packages[0]


def distributions(site: Path) -> Iterator[Distribution]:
    """Every `.dist-info` of a site folder, in order of name; none when the folder cannot be read."""
    try:
        names = sorted(name for name in os.listdir(site) if name.endswith(".dist-info"))
    except OSError:
        return
    for name in names:
        yield Distribution(site / name)


def path_lines(pth: Path) -> tuple[list[str], bool]:
    """The plain paths of a `.pth` file, absolute, and whether it also has lines that Python would execute."""
    try:
        lines = pth.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return [], False
    plain = [line.strip() for line in lines if line.strip() and not line.startswith(("#", "import ", "import\t"))]
    executable = any(line.startswith(("import ", "import\t")) for line in lines)
    return [os.path.normpath(pth.parent / line) for line in plain], executable


def search_path(sites: tuple[Path, ...]) -> tuple[str, ...]:
    """What `sys.path` holds after the standard library: the site folders and the plain lines of their `.pth` files."""
    found: list[str] = []
    for site in sites:
        found.append(str(site))
        try:
            names = sorted(name for name in os.listdir(site) if name.endswith(".pth") and not name.startswith("."))
        except OSError:
            continue
        for name in names:
            found += [line for line in path_lines(site / name)[0] if os.path.isdir(line)]
    return tuple(dict.fromkeys(found))


def matches(text: bytes, recorded: str) -> bool:
    """Whether `text` has the hash that RECORD gives for it."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b"=").decode()
    return not recorded or digest == recorded


def group_of(text: str) -> Iterator[tuple[str, str]]:
    """Plugin id and `module:attribute` of every plugin in the text of an `entry_points.txt`."""
    inside = False
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("["):
            inside = line == f"[{GROUP}]"
        elif inside and line and line[0] not in "#;" and "=" in line:
            name, _, value = line.partition("=")
            yield name.strip(), value.split("[")[0].strip()
