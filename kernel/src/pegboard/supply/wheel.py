"""A wheel, read strictly: what a zip can say that a folder of plain files cannot is refused, and nothing is executed.

Every file is in RECORD with its hash, every line of RECORD is a file. There are no scripts, no links, no names that
lead elsewhere, and no bytecode: that we compile ourselves.
"""

import base64
import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from typing import Final

from msgspec import Struct
from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from pegboard.distribution import group_of
from pegboard.supply.failure import WheelRefused
from pegboard.supply.names import clash_of, problem_of
from pegboard.supply.tree import printable

MOST_BYTES: Final = 1 << 30
MOST_METADATA: Final = 1 << 22
MOST_FILES: Final = 50_000
METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Wheel(Struct, frozen=True):
    """A wheel that was read whole. `files` are its paths in order, `executable` those that may be run."""

    path: Path
    sha256: str
    name: str
    version: str
    requires: tuple[str, ...]
    plugins: tuple[str, ...]
    """Ids of the plugins that it is."""
    python: str = ""
    """Which Pythons it says that it is for."""

    @property
    def tags(self) -> frozenset[Tag]:
        """The interpreters and platforms that it is for."""
        return parse_wheel_filename(self.path.name)[3]

    @property
    def key(self) -> NormalizedName:
        """Its name as it is compared."""
        return canonicalize_name(self.name)

    def requirements(self) -> Iterator[Requirement]:
        """What it needs, unread as to where. Raises WheelRefused."""
        for text in self.requires:
            try:
                yield Requirement(text)
            except InvalidRequirement as error:
                raise WheelRefused(f"{self.path.name}: requirement `{printable(text)}`: {error}") from error


def read_wheel(path: Path) -> Wheel:
    """Check a wheel whole: names, RECORD and every hash. Raises WheelRefused, or OSError."""
    try:
        named, version = parse_wheel_filename(path.name)[:2]
    except InvalidWheelFilename as error:
        raise WheelRefused(f"{printable(path.name)} is not the name of a wheel: {error}") from error
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        try:
            with zipfile.ZipFile(file) as archive:
                return _read(path, archive, sha256, named, version)
        except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, RuntimeError, EOFError, ValueError) as bad:
            raise WheelRefused(f"{path.name} cannot be read as a zip: {bad}") from bad


def unpack(wheel: Wheel, into: Path) -> None:
    """Write its files below `into`, which no other hand may reach.

    Raises WheelRefused when the file is no longer the one that was read, or a path is there already.
    """
    data = wheel.path.read_bytes()
    if hashlib.sha256(data).hexdigest() != wheel.sha256:
        raise WheelRefused(f"{wheel.path.name} was changed while it was installed")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            target = into / info.filename
            if info.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            mode = 0o555 if info.external_attr >> 16 & stat.S_IXUSR else 0o444
            try:
                descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
            except FileExistsError as error:
                raise WheelRefused(f"{wheel.path.name}: {info.filename} is in another wheel, too") from error
            with os.fdopen(descriptor, "wb") as out:
                out.write(archive.read(info))


def _read(path: Path, archive: zipfile.ZipFile, sha256: str, named: NormalizedName, version: Version) -> Wheel:
    infos = archive.infolist()
    _check_entries(path, infos)
    files = {info.filename: info for info in infos if not info.is_dir()}
    (info_folder,) = {name.partition("/")[0] for name in files if name.partition("/")[0].endswith(".dist-info")} or {""}
    said, _, said_version = info_folder.removesuffix(".dist-info").rpartition("-")
    if canonicalize_name(said) != named or Version(said_version or "0") != version:
        raise WheelRefused(f"{path.name} holds `{printable(info_folder)}`, which is not what it is named")
    _check_record(path, archive, files, f"{info_folder}/RECORD")
    metadata = HeaderParser().parsestr(_text(archive, files, f"{info_folder}/METADATA"))
    entries = _text(archive, files, f"{info_folder}/entry_points.txt", needed=False)
    if canonicalize_name(metadata.get("Name", "")) != named or Version(metadata.get("Version", "0")) != version:
        raise WheelRefused(f"{path.name}: METADATA is of another distribution or version")
    return Wheel(
        path=path,
        sha256=sha256,
        name=named,
        version=said_version,
        requires=tuple(metadata.get_all("Requires-Dist", [])),
        plugins=tuple(plugin for plugin, _ in group_of(entries)),
        python=metadata.get("Requires-Python", ""),
    )


def _check_entries(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > MOST_BYTES:
        raise WheelRefused(f"{path.name} holds more than {MOST_FILES} files or {MOST_BYTES >> 20} MiB")
    folders: dict[str, dict[str, None]] = {}
    seen: set[str] = set()
    for info in infos:
        if why := _entry_problem(info):
            raise WheelRefused(f"{path.name}: {printable(info.filename)}: {why}")
        name = info.filename.removesuffix("/")
        if name in seen:
            raise WheelRefused(f"{path.name}: {printable(name)} is in it twice")
        seen.add(name)
        parts = name.split("/")
        for depth, part in enumerate(parts):
            folders.setdefault("/".join(parts[:depth]), {})[part] = None
    for folder, names in folders.items():
        if clash := clash_of(names):
            raise WheelRefused(f"{path.name}: in `{folder}` {clash[0]} and {clash[1]} are one where case is ignored")
    count = sum(name.endswith(".dist-info") for name in folders.get("", ()))
    if count != 1:
        raise WheelRefused(f"{path.name} holds {count} .dist-info folders, where one was due")


def _entry_problem(info: zipfile.ZipInfo) -> str:
    name = info.filename.removesuffix("/")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.orig_filename != info.filename or name.startswith("/") or ".." in name.split("/"):
        return "its name leads out of the folder"
    if kind not in (0, stat.S_IFDIR if info.is_dir() else stat.S_IFREG):
        return "it is a link or a device"
    if info.flag_bits & 0x1 or info.compress_type not in METHODS:
        return "it is encrypted, or packed in a way that wheels are not"
    parts = name.split("/")
    if why := next((why for part in parts if (why := problem_of(part))), ""):
        return why
    if parts[0].endswith(".data"):
        return "it would be installed outside the package (scripts, headers, data)"
    if name.casefold().endswith((".pyc", ".pyo")) or "__pycache__" in parts:
        return "it is bytecode, which is only compiled here"
    return ""


def _check_record(path: Path, archive: zipfile.ZipFile, files: dict[str, zipfile.ZipInfo], record: str) -> None:
    import csv  # noqa: PLC0415 - only an installation reads it

    listed: dict[str, str] = {}
    for row in csv.reader(_text(archive, files, record).splitlines()):
        if row:
            listed[row[0]] = row[1] if len(row) > 1 else ""
    signatures = {f"{record}.jws", f"{record}.p7s"}
    if extra := sorted(set(files) - set(listed) - {record} - signatures):
        raise WheelRefused(f"{path.name}: {printable(extra[0])} is not in its RECORD")
    if missing := sorted(set(listed) - set(files)):
        raise WheelRefused(f"{path.name}: RECORD lists {printable(missing[0])}, which it does not hold")
    for name, info in files.items():
        if name == record or name in signatures:
            continue
        digest = hashlib.sha256(archive.read(info)).digest()
        if listed[name] != f"sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}":
            raise WheelRefused(f"{path.name}: {printable(name)} is not what its RECORD says")


def _text(archive: zipfile.ZipFile, files: dict[str, zipfile.ZipInfo], name: str, *, needed: bool = True) -> str:
    info = files.get(name)
    if info is None:
        if needed:
            raise WheelRefused(f"it has no {printable(name)}")
        return ""
    if info.file_size > MOST_METADATA:
        raise WheelRefused(f"{printable(name)} is larger than {MOST_METADATA >> 20} MiB")
    return archive.read(info).decode("utf-8")
