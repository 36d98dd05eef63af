"""Line indexes of large files, kept between calls in the plugin's data folder. A cache: losing it costs one scan."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pegboard_files.judged import state_of
from pegboard_files.lines import CHUNK_BYTES, LineIndex

SMALLEST_KEPT_BYTES: Final = 8 * CHUNK_BYTES


class Kept(Struct, frozen=True):
    """An index, the state of the file that it counts, and the line feed that was counted."""

    state: tuple[int, ...]
    newline: bytes
    before: list[int]


def recall(data_dir: str, found: os.stat_result, newline: bytes) -> LineIndex:
    """The index of this very file as far as it was made, or an empty one."""
    if data_dir and found.st_size >= SMALLEST_KEPT_BYTES:
        with suppress(OSError, msgspec.DecodeError):
            kept = msgspec.msgpack.decode(_place(data_dir, found).read_bytes(), type=Kept)
            if kept.state == state_of(found) and kept.newline == newline and kept.before:
                return LineIndex(found.st_size, kept.before)
    return LineIndex(found.st_size)


def keep(data_dir: str, found: os.stat_result, newline: bytes, index: LineIndex) -> None:
    """Store an index for the next call."""
    if data_dir and found.st_size >= SMALLEST_KEPT_BYTES:
        place = _place(data_dir, found)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = place.with_name(f"{place.name}-{os.getpid()}")
        temporary.write_bytes(msgspec.msgpack.encode(Kept(state_of(found), newline, index.before)))
        temporary.replace(place)


def _place(data_dir: str, found: os.stat_result) -> Path:
    return Path(data_dir, "lines", f"{found.st_dev}-{found.st_ino}")
