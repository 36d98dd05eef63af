"""The folder in which a session is played again: one that is given, or a copy that is thrown away afterwards.

The copy is of the workspace as it was at the start, as far as that is known: a recording holds it; else the folder as
it is now, without the changes that the record shows.
"""

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeGuard

import click

from pegboard.cli.replaying.recorded import Kept, Recorded, Row
from pegboard.cli.replaying.reversing import NOTHING, Change, Unfit, changes, taken_back, told
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.records import AnyRecord, Outcome, ToolResult, ToolUse

MOST_FILES: Final = 200_000
MOST_BYTES: Final = 4 << 30
_MADE: Final = re.compile(r"made (?:folder |link |other )?(?P<path>.+)")
_CHANGED: Final = re.compile(r"(?:changed|removed) (?:folder |link |other )?(?P<path>.+?)(?: \(|, mode |$)")
"""What `undo` says of what is no text."""
_NAME: Final = re.compile(r"\w[\w.-]{0,63}")


@contextmanager
def place_of(
    recorded: Recorded, *, workspace: str | None, files: str | None, known: Callable[[Recorded], str]
) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The folder, and what is not known of its state. `workspace` is used as it is and stays, `files` is copied;
    `known` says what `undo` knows of a session of ours.

    Raises UsageError where there is nothing to copy, or too much.
    """
    if workspace is not None:
        yield Path(workspace).resolve(), ()
        return
    with tempfile.TemporaryDirectory(prefix="pegboard-replay-") as temporary:
        place = Path(temporary).resolve() / name_of(recorded)
        yield place, filled(place, recorded, files, known)


def name_of(recorded: Recorded) -> str:
    """What the copy is called: like the workspace, where that is a plain name."""
    name = Path(recorded.workspace).name
    return name if _NAME.fullmatch(name) else "workspace"


def filled(place: Path, recorded: Recorded, files: str | None, known: Callable[[Recorded], str]) -> tuple[str, ...]:
    """Make the folder as the workspace was at the start. Returns what is not known of it; raises UsageError."""
    if files is None and recorded.files is not None:
        place.mkdir()
        for kept in recorded.files:
            _put(place, kept)
        return recorded.missing
    copied(_source(recorded, files), place)
    return rewound(place, recorded, known(recorded)) if files is None and recorded.is_ours else ()


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


def rewound(place: Path, recorded: Recorded, known: str = "") -> tuple[str, ...]:
    """Take back in a copy what is known of the session's changes: `known` is what `undo` says, which knows all of them
    and what commands did, else it is what the record shows, the last first. Returns what is not known."""
    told_by_undo = list(told(known))
    if any(isinstance(one, Change) or _MADE.match(one) for one in told_by_undo):
        return tuple(_without(place, told_by_undo))
    shown = [row.record.shown for row in recorded.rows if _is_change(row.record)]
    back = (change for text in reversed(shown) for change in reversed(list(changes(text))))
    return (*dict.fromkeys(_without(place, back)), *_commands(recorded.rows))


def _is_change(record: AnyRecord) -> TypeGuard[ToolResult]:
    return isinstance(record, ToolResult) and record.outcome is Outcome.OK and bool(record.shown)


def _without(place: Path, found: Iterable[Change | str]) -> Iterator[str]:
    """Take each back; the names of those of which it cannot be done, with the reason."""
    for one in found:
        name = one if isinstance(one, str) else one.new if one.new != NOTHING else one.old
        try:
            if isinstance(one, Change):
                _take_back(place, name, one)
            elif (made := _MADE.match(one)) is not None:
                _remove(inside(place, made["path"]))
            elif (changed := _CHANGED.match(one)) is not None and inside(place, changed["path"]).exists():
                yield f"{one}; how it was is not known"
        except (OSError, ValueError, Unfit, InvalidParams) as error:
            said = error.message if isinstance(error, InvalidParams) else str(error)
            yield f"{name}: how it was is not known: {said}"


def _remove(target: Path) -> None:
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)


def _take_back(place: Path, name: str, change: Change) -> None:
    target = inside(place, name)
    if target.is_symlink():
        raise Unfit("it is a link")
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
    return target


def _put(place: Path, kept: Kept) -> None:
    try:
        target = inside(place, kept.path)
        if any(part.casefold() == ".git" for part in Path(kept.path).parts):
            raise InvalidParams(f"{kept.path!r} is git's own")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(kept.data or kept.text.encode())
        target.chmod(0o755 if kept.executable else 0o644)
    except (InvalidParams, OSError, ValueError) as error:
        said = error.message if isinstance(error, InvalidParams) else str(error)
        raise click.UsageError(f"the recording cannot be laid out: {said}") from error
