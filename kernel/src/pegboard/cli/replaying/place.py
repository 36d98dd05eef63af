"""The folder in which a session is played again: one that is given, or a copy that is thrown away afterwards.

The copy is of the workspace as it was at the start, as far as that is known: a recording holds it; else the folder as
it is now, without the changes that the record shows.
"""

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from pegboard.cli.replaying.recorded import Kept, Recorded, Row
from pegboard.cli.replaying.reversing import NOTHING, Change, Unfit, changes, taken_back
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.records import Outcome, ToolResult, ToolUse

MOST_FILES: Final = 200_000
MOST_BYTES: Final = 4 << 30
_NAME: Final = re.compile(r"\w[\w.-]{0,63}")


@contextmanager
def place_of(recorded: Recorded, *, workspace: str | None, files: str | None) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The folder, and what is not known of its state. `workspace` is used as it is and stays, `files` is copied.

    Raises UsageError where there is nothing to copy, or too much.
    """
    if workspace is not None:
        yield Path(workspace).resolve(), ()
        return
    with tempfile.TemporaryDirectory(prefix="pegboard-replay-") as temporary:
        place = Path(temporary).resolve() / name_of(recorded)
        yield place, filled(place, recorded, files)


def name_of(recorded: Recorded) -> str:
    """What the copy is called: like the workspace, where that is a plain name."""
    name = Path(recorded.workspace).name
    return name if _NAME.fullmatch(name) else "workspace"


def filled(place: Path, recorded: Recorded, files: str | None) -> tuple[str, ...]:
    """Make the folder as the workspace was at the start. Returns what is not known of it; raises UsageError."""
    if files is None and recorded.files is not None:
        place.mkdir()
        for kept in recorded.files:
            _put(place, kept)
        return recorded.missing
    copied(_source(recorded, files), place)
    return rewound(place, recorded) if files is None and recorded.is_ours else ()


def _source(recorded: Recorded, files: str | None) -> Path:
    if files is not None:
        return Path(files).resolve()
    if not recorded.is_ours:
        return Path.cwd()
    if not Path(recorded.workspace).is_dir():
        raise click.UsageError(
            f"{recorded.workspace}, the session's workspace, is gone; name its files with --files DIR"
        )
    return Path(recorded.workspace)


def copied(source: Path, place: Path) -> None:
    """Copy a folder: files, links and folders; what is neither stays behind. Raises UsageError for one too large."""
    count = size = 0

    def left_out(folder: str, names: list[str]) -> list[str]:
        nonlocal count, size
        strange = []
        for name in names:
            status = os.lstat(os.path.join(folder, name))
            count, size = count + 1, size + status.st_size
            if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode) or stat.S_ISLNK(status.st_mode)):
                strange.append(name)
        if count > MOST_FILES or size > MOST_BYTES:
            most = f"{MOST_FILES} files or {MOST_BYTES >> 30} GiB"
            raise click.UsageError(
                f"{source} has more than {most}, too much to copy; play in a folder of your own: --workspace DIR"
            )
        return strange

    shutil.copytree(source, place, symlinks=True, ignore=left_out)


def rewound(place: Path, recorded: Recorded) -> tuple[str, ...]:
    """Take back in a copy what the record shows of the session's changes, the last first. Returns what is not known."""
    unknown: dict[str, str] = {}
    for result in reversed([row.record for row in recorded.rows if isinstance(row.record, ToolResult)]):
        if result.outcome is not Outcome.OK or not result.shown:
            continue
        for change in reversed(list(changes(result.shown))):
            name = change.new if change.new != NOTHING else change.old
            try:
                _take_back(place, name, change)
            except (OSError, ValueError, Unfit, InvalidParams) as error:
                said = error.message if isinstance(error, InvalidParams) else str(error)
                unknown.setdefault(name, f"{name}: how it was before `{result.tool}` is not known: {said}")
    return (*unknown.values(), *_commands(recorded.rows))


def _take_back(place: Path, name: str, change: Change) -> None:
    target = inside(place, name)
    if change.new == NOTHING:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(taken_back("", change).encode())
        return
    before = taken_back(target.read_bytes().decode(), change)
    if change.old == NOTHING:
        if before:
            raise Unfit("more stands in it than was written")
        target.unlink()
    else:
        target.write_bytes(before.encode())


def _commands(rows: Sequence[Row]) -> Iterator[str]:
    uses = [row.record for row in rows if isinstance(row.record, ToolUse) and row.record.decision == "allow"]
    count = sum(any(effect.startswith("exec ") for effect in use.effects) for use in uses)
    if count:
        yield f"what {count} commands of the session changed in files, if anything, is not in the record"


def inside(place: Path, name: str) -> Path:
    """The path of a name that somebody else wrote. Raises InvalidParams when it leads out of the folder."""
    target = place / name
    parent = target.parent.resolve()
    if not name or "\0" in name or not parent.is_relative_to(place.resolve()) or target.name in ("", ".", ".."):
        raise InvalidParams(f"the file {name!r} is not below the workspace")
    if any(part.casefold() == ".git" for part in Path(name).parts):
        raise InvalidParams(f"{name!r} is git's own")
    if target.is_symlink():
        raise InvalidParams(f"{name!r} is a link")
    return target


def _put(place: Path, kept: Kept) -> None:
    try:
        target = inside(place, kept.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(kept.data or kept.text.encode())
        target.chmod(0o755 if kept.executable else 0o644)
    except (InvalidParams, OSError, ValueError) as error:
        said = error.message if isinstance(error, InvalidParams) else str(error)
        raise click.UsageError(f"the recording cannot be laid out: {said}") from error
