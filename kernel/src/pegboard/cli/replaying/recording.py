"""Makes a recording of a session: its records, the plugins that answered, and the files that it began with.

What is kept of the files is what may go into a repository: nothing of git's own, nothing that is ignored, no file that
may hold credentials; secrets in the others are taken out as they are from a journal. What is left out is named.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from pegboard.cli.installed import registry_here
from pegboard.cli.mentions.ignored import Ignored, ignored_in, is_ignored
from pegboard.cli.replaying.file import lines
from pegboard.cli.replaying.place import filled
from pegboard.cli.replaying.recorded import Installed, Kept, Recorded, begun
from pegboard.cli.replaying.undone import changed_by
from pegboard.gate.names import DEPENDENCIES, Table
from pegboard.gate.path import Sensitivity
from pegboard.places import Places
from pegboard.registry import Registry
from pegboard.secrets.credentials import Credentials
from pegboard.secrets.redaction import Redactor
from pegboard_sdk.errors import Conflict
from pegboard_sdk.wire.manifest import Access
from pegboard_sdk.wire.records import ToolUse

LARGEST: Final = 1 << 20
MOST_BYTES: Final = 24 << 20
MOST_FILES: Final = 5000
_LEFT_OUT: Final = frozenset({".git", "__pycache__", ".venv", *DEPENDENCIES})


def write(recorded: Recorded, output: str, files: str | None, *, replace_it: bool) -> Recorded:
    """Write the recording of a session, and give what stands in it. Raises Conflict for a file that is there."""
    file = Path(output)
    if file.exists() and not replace_it:
        raise Conflict(f"{file} exists; --force replaces it")
    made = replace(_complete(recorded, files), plugins=plugins_of(recorded))
    first = begun(recorded.rows)
    part = file.with_name(f".{file.name}.{os.urandom(6).hex()}")
    try:
        with part.open("xb") as opened:
            opened.writelines(lines(made, program=first.program if first else "", model=first.model if first else ""))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return made


def _complete(recorded: Recorded, files: str | None) -> Recorded:
    if files is None and recorded.files is not None:
        return recorded
    if files is None and not (recorded.is_ours and Path(recorded.workspace).is_dir()):
        gone = "the workspace: it is not on this machine; --files DIR names it as it was at the start"
        return replace(recorded, missing=(gone,))
    with tempfile.TemporaryDirectory(prefix="pegboard-replay-") as temporary:
        place = Path(temporary) / "workspace"
        return with_files(recorded, place, filled(place, recorded, files, changed_by))


def with_files(recorded: Recorded, folder: Path, unknown: Sequence[str]) -> Recorded:
    """The record with the files of `folder`, which is as the workspace was but for what is `unknown`."""
    redactor = Redactor()
    Credentials(Places.from_environ(os.environ).data, os.environ).tell(redactor.learn)
    kept: list[Kept] = []
    missing, table, size = list(unknown), Table(), 0
    for path in _paths(folder):
        one = _kept(folder / path, path, table, redactor, missing)
        if one is None:
            continue
        size += len(one.text) + len(one.data)
        if size > MOST_BYTES or len(kept) >= MOST_FILES:
            missing.append(f"{path} and what comes behind it: more than {MOST_FILES} files or {MOST_BYTES >> 20} MiB")
            break
        kept.append(one)
    return replace(recorded, files=tuple(kept), missing=tuple(missing))


def _paths(folder: Path) -> Iterator[str]:
    """Files below the folder in the order of their names, links left out; nothing that git would not take."""
    waiting: list[tuple[str, tuple[Ignored, ...]]] = [("", ())]
    while waiting:
        at, above = waiting.pop()
        inside = folder / at
        listed = inside / ".gitignore"
        text = listed.read_text(errors="replace") if listed.is_file() and not listed.is_symlink() else ""
        files = (*above, ignored_in(at, text)) if text else above
        below: list[str] = []
        for entry in sorted(os.scandir(inside), key=lambda entry: entry.name):
            path = f"{at}{entry.name}"
            if entry.name in _LEFT_OUT or not path.isprintable():
                continue
            if entry.is_dir(follow_symlinks=False) and not is_ignored(files, f"{path}/"):
                below.append(f"{path}/")
            elif entry.is_file(follow_symlinks=False) and not is_ignored(files, path):
                yield path
        waiting += [(path, files) for path in reversed(below)]


def _kept(target: Path, path: str, table: Table, redactor: Redactor, missing: list[str]) -> Kept | None:
    try:
        status = target.stat()
        if table.sensitivity(path, Access.READ, exists=True) is not Sensitivity.ORDINARY:
            missing.append(f"{path}: it may hold credentials")
        elif status.st_size > LARGEST:
            missing.append(f"{path}: larger than {LARGEST >> 20} MiB")
        else:
            return _content(path, target.read_bytes(), redactor, missing, executable=bool(status.st_mode & 0o100))
    except OSError as error:
        missing.append(f"{path}: {error.strerror}")
    return None


def _content(path: str, data: bytes, redactor: Redactor, missing: list[str], *, executable: bool) -> Kept:
    clean = redactor.redact(data)
    if clean != data:
        missing.append(f"{path}: secrets in it were replaced, as in the journal")
    try:
        return Kept(path=path, text=clean.decode(), executable=executable)
    except UnicodeDecodeError:
        return Kept(path=path, data=clean, executable=executable)


def plugins_of(recorded: Recorded, registry: Registry | None = None) -> tuple[Installed, ...]:
    """The plugins that answered in the session, as they are installed now: a journal does not say their versions."""
    registry = registry or registry_here()
    named = {row.record.plugin for row in recorded.rows if isinstance(row.record, ToolUse) and row.record.plugin}
    found = []
    for plugin in sorted(named):
        one = registry.plugins.get(plugin)
        version = one.manifest.version if one is not None and one.manifest is not None else ""
        manifest, tree = (one.manifest_sha256.hex(), one.tree) if one is not None else ("", "")
        found.append(Installed(id=plugin, version=version, manifest_sha256=manifest, tree=tree))
    return tuple(found)


def changed_plugins(recorded: Recorded, registry: Registry) -> Iterator[str]:
    """What of the recording's plugins is not what is installed now."""
    now = {one.id: one for one in plugins_of(recorded, registry)}
    for was in recorded.plugins:
        here = now.get(was.id)
        if here is None or here == was:
            continue
        if here.version != was.version:
            yield f"plugin {was.id}: recorded {was.version or 'absent'}, here {here.version or 'absent'}"
        else:
            yield f"plugin {was.id} {was.version} is another build than the recorded one"
