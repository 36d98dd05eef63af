"""A bundle: plugins with all that they need in one file, for machines without a network.

A zip with `bundle.json` (the pins, and the hash of every file) and the wheels. It grants nothing: who installs it is
asked as for any other wheel.
"""

import hashlib
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec

from pegboard.supply.failure import WheelRefused
from pegboard.supply.lock import FileName, Hash, Pin, Strict
from pegboard.supply.store import Store
from pegboard_sdk.errors import NotFound
from pegboard_sdk.wire.manifest import PluginId

CONTENTS: Final = "bundle.json"
MOST_CONTENTS: Final = 1 << 24
MOST_BYTES: Final = 4 << 30
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class Contents(Strict, frozen=True, kw_only=True):
    """What `bundle.json` says."""

    schema: Literal[1]
    plugins: dict[PluginId, Pin]
    files: dict[FileName, Hash]


def make_bundle(store: Store, pins: Mapping[str, Pin], target: Path) -> int:
    """Write a bundle of these plugins; how many wheels are in it. The same pins give the same bytes.

    Raises NotFound when a wheel is no longer kept, and OSError with no file left.
    """
    files: dict[str, str] = {}
    for pin in pins.values():
        for wheel in pin.wheels.values():
            files |= {name: sha256 for name, sha256 in wheel.files.items() if store.wheel(sha256) is not None}
            if not wheel.files.keys() & files.keys():
                raise NotFound(f"the wheel {', '.join(sorted(wheel.files))} is not kept here; install the plugin again")
    contents = Contents(schema=1, plugins=dict(pins), files=files)
    part = target.with_name(f".{target.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            _add(archive, CONTENTS, msgspec.json.format(msgspec.json.encode(contents, order="deterministic")))
            for name, sha256 in sorted(files.items()):
                kept = store.wheel(sha256)
                assert kept is not None
                _add(archive, name, kept.read_bytes())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return len(files)


def open_bundle(path: Path, into: Path) -> list[Path]:
    """Unpack the wheels of a bundle into the empty folder `into`, every one with the hash that it must have.

    Raises WheelRefused when anything is in it that it does not list, or not as it lists it; OSError.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _unpacked(path, archive, into)
    except (zipfile.BadZipFile, msgspec.MsgspecError, ValueError, RuntimeError, NotImplementedError, EOFError) as bad:
        raise WheelRefused(f"{path} cannot be read as a bundle: {bad}") from bad


def _unpacked(path: Path, archive: zipfile.ZipFile, into: Path) -> list[Path]:
    infos = {info.filename: info for info in archive.infolist()}
    inside = infos.get(CONTENTS)
    if inside is None or inside.file_size > MOST_CONTENTS:
        raise WheelRefused(f"{path} has no {CONTENTS}, so it is no bundle; make one with `peg plugin bundle`")
    contents = msgspec.json.decode(archive.read(inside), type=Contents)
    if len(infos) != len(archive.infolist()) or infos.keys() != {CONTENTS, *contents.files}:
        raise WheelRefused(f"{path} does not hold exactly what its {CONTENTS} lists")
    if sum(info.file_size for info in infos.values()) > MOST_BYTES:
        raise WheelRefused(f"{path} unpacks to more than {MOST_BYTES >> 30} GiB")
    made: list[Path] = []
    for name, sha256 in sorted(contents.files.items()):
        data = archive.read(infos[name])
        if hashlib.sha256(data).hexdigest() != sha256 or not name.endswith(".whl"):
            raise WheelRefused(f"{path}: {name} is not what its {CONTENTS} says")
        target = into / name
        target.write_bytes(data)
        made.append(target)
    return made


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    archive.writestr(entry, data)
