"""Which plugins are installed: metadata and manifests are read, nothing of a plugin is imported or executed.

The answer is cached by the modification times of the folders and manifests that it came from. A plugin that cannot be
read is found with a `problem`; it never hides the others.
"""

import hashlib
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pegboard.distribution import MANIFEST, Distribution, Unplaced, distributions, matches, search_path
from pegboard.found import Found, Origin
from pegboard.places import replacing
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.manifest import parse_manifest

CACHE_NAME: Final = "discovery.msgpack"
CACHE_FORMAT: Final = 2
DIGEST_BYTES: Final = 32
SETTLED_NS: Final = 1_000_000_000
"""A folder younger than this may change again within one tick of its clock, so what it holds is not cached yet."""


class Environment(Struct, frozen=True):
    """Site folders that belong together, and the interpreter that serves them; empty means the kernel's own."""

    sites: tuple[Path, ...]
    interpreter: str = ""


class Stored(Struct, frozen=True):
    """A tree of the store, named by its hash. One plugin of it is meant: what else is in it are its libraries."""

    plugin: str
    root: Path


class _Seen(Struct, frozen=True, array_like=True):
    """A file or folder as it was: zero and zero when it did not exist."""

    path: str
    mtime_ns: int
    size: int


class _Snapshot(Struct, frozen=True, array_like=True):
    format: int
    asked: tuple[str, ...]
    seen: tuple[_Seen, ...]
    found: tuple[Found, ...]


def own_environment() -> Environment:
    """The environment that the kernel runs in."""
    import site  # noqa: PLC0415 - the interpreter has it loaded; where it has not, it must not run at our import

    folders = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    return Environment(tuple(Path(folder) for folder in dict.fromkeys(folders) if os.path.isdir(folder)))


def foreign_environment(place: Path) -> Environment:
    """The environment at `place`, a virtual environment or one site folder."""
    if (place / "pyvenv.cfg").exists():
        return Environment(tuple(sorted(place.glob("lib/python3*/site-packages"))), str(place / "bin" / "python"))
    beside = place.parent.parent.parent / "bin" / "python"
    return Environment((place,), str(beside) if beside.exists() else sys.executable)


def discover(
    environments: Iterable[Environment],
    *,
    folders: Sequence[Path] = (),
    stored: Iterable[Stored] = (),
    cache: Path | None = None,
) -> tuple[Found, ...]:
    """Every installed plugin, sorted by id. `folders` hold directory plugins; `cache` is a folder that may be written.

    Never raises for what is installed; a cache that is damaged or cannot be written is ignored. What is in the store is
    read each time: it is to be what was accepted, and a cache is nobody's word.
    """
    found = [*_of_environments(tuple(environments), folders, cache), *map(_in_store, stored)]
    return tuple(sorted(_without_twins(found), key=lambda one: (one.id, one.source)))


def _of_environments(
    environments: tuple[Environment, ...], folders: Sequence[Path], cache: Path | None
) -> tuple[Found, ...]:
    asked = (*(f"{where.interpreter}:{site}" for where in environments for site in where.sites), *map(str, folders))
    if cache is not None and (kept := _recall(cache / CACHE_NAME, asked)) is not None:
        return kept
    found = [one for where in environments for one in _installed(where)]
    found += [one for folder in folders for one in _in_folders(folder)]
    if cache is not None:
        _remember(cache / CACHE_NAME, asked, _watched(environments, folders, found), tuple(found))
    return tuple(found)


def _in_store(stored: Stored) -> Found:
    root = str(stored.root)
    none = Found(id=stored.plugin, origin=Origin.STORE, source=root, tree=stored.root.name, path=(root,))
    for distribution in distributions(stored.root):
        if entry := distribution.entry_points().get(stored.plugin):
            found = _of_distribution(distribution, stored.plugin, entry, Environment((), sys.executable), none.path)
            return msgspec.structs.replace(found, origin=none.origin, tree=none.tree, dev=False)
    return msgspec.structs.replace(none, problem=f"{root} does not hold the plugin that is locked; install it again")


def _installed(where: Environment) -> Iterator[Found]:
    path = search_path(where.sites)
    for site in where.sites:
        for distribution in distributions(site):
            for plugin, entry in distribution.entry_points().items():
                yield _of_distribution(distribution, plugin, entry, where, path)


def _of_distribution(
    distribution: Distribution, plugin: str, entry: str, where: Environment, path: tuple[str, ...]
) -> Found:
    found = Found(
        id=plugin,
        origin=Origin.FOREIGN if where.interpreter else Origin.OWN,
        source=str(distribution),
        entry=entry,
        dev=distribution.is_editable(),
        record=str(distribution.folder),
        path=path,
        interpreter=where.interpreter,
    )
    try:
        located = distribution.locate(entry.partition(":")[0])
    except Unplaced as problem:
        return msgspec.structs.replace(found, problem=str(problem))
    read = _read(found, located.manifest, recorded=located.sha256)
    if read.manifest is None or found.dev or read.manifest.version == distribution.version:
        return read
    return _refused(read, f"has version {read.manifest.version}, the distribution {distribution.version}")


def _in_folders(folders: Path) -> list[Found]:
    """Directory plugins: `<id>/pegboard.toml`, with what to run in it."""
    found: list[Found] = []
    for manifest in sorted(folders.glob(f"*/{MANIFEST}")):
        read = _read(Found(id=manifest.parent.name, origin=Origin.FOLDER, source=str(manifest.parent)), manifest)
        if read.manifest is not None and not read.manifest.run.argv:
            read = _refused(read, "has no [run] argv, which a plugin in a folder needs")
        found.append(read)
    return found


def _read(found: Found, manifest: Path, *, recorded: str = "") -> Found:
    found = msgspec.structs.replace(found, manifest_path=str(manifest))
    try:
        text = manifest.read_bytes()
        parsed = parse_manifest(text, where=str(manifest))
    except OSError as error:
        return _refused(found, f"cannot be read: {error.strerror}")
    except InvalidParams as error:
        return msgspec.structs.replace(found, problem=error.message)
    if not matches(text, recorded):
        return _refused(found, "was changed after it was installed; reinstall the distribution")
    if parsed.id != found.id:
        return _refused(found, f"has id `{parsed.id}`, but it is installed as `{found.id}`; they must be equal")
    return msgspec.structs.replace(found, manifest=parsed, manifest_sha256=hashlib.sha256(text).digest())


def _refused(found: Found, why: str) -> Found:
    return msgspec.structs.replace(found, manifest=None, problem=f"{found.manifest_path} {why}")


def _without_twins(found: list[Found]) -> Iterator[Found]:
    """The same plugin found twice is a problem of both: which one would run must not depend on an order."""
    sources: dict[str, list[str]] = {}
    for one in found:
        sources.setdefault(one.id, []).append(one.source)
    for one in found:
        twins = sources[one.id]
        if len(twins) > 1:
            problem = f"plugin `{one.id}` is installed {len(twins)} times: {'; '.join(twins)}; remove all but one"
            yield msgspec.structs.replace(one, manifest=None, problem=problem)
        else:
            yield one


def _watched(environments: tuple[Environment, ...], folders: Sequence[Path], found: Iterable[Found]) -> list[str]:
    """All whose change can change the answer."""
    paths = [str(site) for where in environments for site in where.sites]
    for folder in folders:
        paths += [str(folder), *(str(inner) for inner in sorted(folder.glob("*")))]
    return [*paths, *(one.manifest_path for one in found if one.manifest_path)]


def _look(path: str) -> _Seen:
    try:
        status = os.stat(path)
    except OSError:
        return _Seen(path, 0, 0)
    return _Seen(path, status.st_mtime_ns, status.st_size)


def _recall(file: Path, asked: tuple[str, ...]) -> tuple[Found, ...] | None:
    try:
        whole = file.read_bytes()
        if hashlib.sha256(whole[DIGEST_BYTES:]).digest() != whole[:DIGEST_BYTES]:
            return None
        kept = msgspec.msgpack.decode(whole[DIGEST_BYTES:], type=_Snapshot)
    except (OSError, msgspec.DecodeError):
        return None
    if kept.format != CACHE_FORMAT or kept.asked != asked or any(_look(seen.path) != seen for seen in kept.seen):
        return None
    return kept.found


def _remember(file: Path, asked: tuple[str, ...], watched: list[str], found: tuple[Found, ...]) -> None:
    seen = tuple(_look(path) for path in watched)
    if time.time_ns() - max((one.mtime_ns for one in seen), default=0) < SETTLED_NS:
        return
    body = msgspec.msgpack.encode(_Snapshot(CACHE_FORMAT, asked, seen, found))
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as opened:
            opened.write(hashlib.sha256(body).digest() + body)
