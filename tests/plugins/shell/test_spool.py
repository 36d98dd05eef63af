"""The bounded output of a background job."""

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pegboard_shell.spool import KEPT_SEGMENTS, SpoolWriter, read_spool, spooled_bytes

SEGMENT = 10


def spooled(folder: Path, *pieces: bytes) -> str:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    writer = SpoolWriter(descriptor, segment_bytes=SEGMENT)
    for piece in pieces:
        writer.write(piece)
    writer.close()
    return str(folder)


def test_what_is_kept_keeps_its_place(tmp_path_factory) -> None:
    @given(st.lists(st.binary(max_size=25), max_size=12), st.integers(0, 300))
    def check(pieces: list[bytes], offset: int) -> None:
        folder = spooled(tmp_path_factory.mktemp("spool"), *pieces)
        data = b"".join(pieces)
        assert spooled_bytes(folder, segment_bytes=SEGMENT) == len(data)
        start, piece = read_spool(folder, offset, 5, segment_bytes=SEGMENT)
        assert piece == data[start : start + len(piece)]
        assert start == offset or offset >= SEGMENT or not piece
        assert piece or start >= len(data)

    check()


def test_the_middle_goes_and_the_ends_stay(tmp_path: Path) -> None:
    folder = spooled(tmp_path, bytes(range(100)))
    assert sorted(map(int, os.listdir(folder))) == [0, 7, 8, 9]
    assert len(os.listdir(folder)) == 1 + KEPT_SEGMENTS
    assert read_spool(folder, 0, 100, segment_bytes=SEGMENT) == (0, bytes(range(10)))
    assert read_spool(folder, 15, 100, segment_bytes=SEGMENT) == (70, bytes(range(70, 80)))
    assert read_spool(folder, 98, 100, segment_bytes=SEGMENT) == (98, bytes([98, 99]))


def test_an_empty_spool_has_nothing_to_read(tmp_path: Path) -> None:
    assert spooled_bytes(str(tmp_path)) == 0
    assert read_spool(str(tmp_path), 5, 10) == (0, b"")
