"""One file that holds a session: its journal and blobs, byte for byte, so that its hashes still hold elsewhere.

A bundle comes from anybody: names, sizes and hashes are checked before anything of it stands among the sessions.
"""

import hashlib
import os
import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from pegboard.journal import State, read, verify
from pegboard.journal.blobs import write_all
from pegboard.journal.reader import FILE
from pegboard.journal.verify import handles
from pegboard.places import private, replacing, sync_folder
from pegboard.sessions import Sessions, new_id
from pegboard_sdk.errors import Conflict, InvalidParams
from pegboard_sdk.wire.records import Init

MOST_FILES: Final = 20_000
MOST_BYTES: Final = 4 << 30
_BLOB: Final = re.compile(r"blobs/([0-9a-f]{64})")
_ID: Final = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
_PIECE: Final = 1 << 20
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)


def share(folder: Path, file: Path, *, replace: bool = False) -> int:
    """Write the session in `folder` to `file` and return how many records it holds; a torn last line stays behind.

    Raises Conflict for a file that is there already, InvalidParams for a session that does not verify.
    """
    report = verify(folder)
    if report.state is State.BROKEN:
        raise InvalidParams(f"session {folder.name} is {report}; `peg session repair` saves what can be read")
    if file.exists() and not replace:
        raise Conflict(f"{file} exists; --force replaces it")
    with replacing(file) as opened:
        return _write(folder, opened)


def _write(folder: Path, opened: IO[bytes]) -> int:
    named: dict[str, None] = {}
    records = size = 0
    with (folder / FILE).open("rb") as journal:
        for line, text in zip(read(folder), journal, strict=False):
            records, size = records + 1, size + len(text)
            named |= dict.fromkeys(handles(line.record))
    with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as bundle:
        with (folder / FILE).open("rb") as journal, bundle.open(_entry(FILE), "w", force_zip64=True) as target:
            while size and (piece := journal.read(min(size, _PIECE))):
                target.write(piece)
                size -= len(piece)
        for handle in named:
            with (folder / "blobs" / handle).open("rb") as blob, bundle.open(_entry(f"blobs/{handle}"), "w") as target:
                shutil.copyfileobj(blob, target, _PIECE)
    return records


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))  # the same session is the same file
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def take_in(sessions: Sessions, file: Path) -> str:
    """Add the session in `file` and return its id here: its own, or a new one where another session has that.

    Raises InvalidParams for what is no bundle or does not verify, Conflict when that very session is here already;
    then nothing was added.
    """
    folder = private(sessions.folder).parent / f"importing-{os.urandom(8).hex()}"
    folder.mkdir(mode=0o700)
    try:
        _unpack(file, folder)
        return _settled(sessions, folder, file)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(file: Path, folder: Path) -> None:
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(file) as bundle:
            for info in _listed(bundle, file):
                left -= _unpack_one(bundle, info, folder, left)
    except _BROKEN as error:
        raise InvalidParams(f"{file} is not a shared session: {error}") from error


def _listed(bundle: zipfile.ZipFile, file: Path) -> Iterator[zipfile.ZipInfo]:
    infos = bundle.infolist()
    names = [info.filename for info in infos]
    kinds = {info.compress_type for info in infos}
    if (
        not kinds <= {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
        or len(infos) > MOST_FILES
        or len(set(names)) != len(names)
    ):
        raise InvalidParams(f"{file} is not a shared session: packed otherwise, an entry twice, or too many")
    strange = [name for name in names if name != FILE and not _BLOB.fullmatch(name)]
    if strange or FILE not in names:
        wrong = f"it holds {strange[0]!r}" if strange else f"it holds no {FILE}"
        raise InvalidParams(f"{file} is not a shared session: {wrong}")
    yield from infos


def _unpack_one(bundle: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path, most: int) -> int:
    target = folder / info.filename
    target.parent.mkdir(mode=0o700, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with _opened(bundle, info) as packed:
            while piece := packed.read(_PIECE):
                size += len(piece)
                if size > most:
                    raise InvalidParams(f"{bundle.filename} has more than {MOST_BYTES} bytes; it is not taken in")
                digest.update(piece)
                write_all(descriptor, piece)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    found = _BLOB.fullmatch(info.filename)
    if found and digest.hexdigest() != found[1]:
        raise InvalidParams(f"{bundle.filename}: the blob {found[1]} is not what its name says; nothing was taken in")
    if found:
        target.chmod(0o400)
    return size


def _opened(bundle: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return bundle.open(info)
    except OSError as error:  # a place outside the file
        raise zipfile.BadZipFile(str(error)) from error


def _settled(sessions: Sessions, folder: Path, file: Path) -> str:
    report = verify(folder)
    first = next(iter(read(folder)), None) if report.state is not State.BROKEN else None
    if first is None or not isinstance(first.record, Init):
        wrong = report if report.state is State.BROKEN else "its first record is no beginning"
        raise InvalidParams(f"{file}: {wrong}; nothing was taken in")
    name = first.record.session
    if not _ID.fullmatch(name):
        name = new_id(datetime.now(UTC), os.urandom(2))
    if (sessions.folder / name / FILE).exists() and _same(sessions.folder / name / FILE, folder / FILE):
        raise Conflict(f"session {name} is here already; `peg -r {name}` goes on with it")
    for sub in (folder / "blobs", folder):
        if sub.is_dir():
            sync_folder(sub)
    while True:
        try:
            (sessions.folder / name).mkdir(mode=0o700)
        except FileExistsError:
            name = new_id(datetime.now(UTC), os.urandom(2))
            continue
        folder.replace(sessions.folder / name)  # over the empty folder that holds the name
        sync_folder(sessions.folder)
        return name


def _same(one: Path, other: Path) -> bool:
    """Whether the bundle's journal begins the one that is here: that may have gone on since."""
    with one.open("rb") as here, other.open("rb") as there:
        while piece := there.read(_PIECE):
            if here.read(len(piece)) != piece:
                return False
    return True
