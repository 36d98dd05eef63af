import hashlib
import os
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pegboard.journal import Blobs
from pegboard_sdk.errors import Conflict, NotFound


async def test_a_blob_is_named_by_its_content(tmp_path):
    blobs = Blobs(tmp_path / "blobs")
    handle = await blobs.put(b"hello")
    assert handle == hashlib.sha256(b"hello").hexdigest()
    assert await blobs.put(b"hello") == handle
    assert list(blobs) == [handle]
    assert blobs.read(handle[:6]) == b"hello"
    descriptor = blobs.open(handle)
    assert os.read(descriptor, 10) == b"hello"
    os.close(descriptor)
    assert stat.S_IMODE((blobs.folder / handle).stat().st_mode) == 0o400


async def test_a_prefix_must_name_one_blob(tmp_path):
    blobs = Blobs(tmp_path / "blobs")
    with pytest.raises(NotFound, match="no blob begins with 'ab'"):
        blobs.resolve("ab")
    handles = [await blobs.put(str(number).encode()) for number in range(17)]
    first = next(digit for digit in "0123456789abcdef" if sum(handle[0] == digit for handle in handles) > 1)
    with pytest.raises(Conflict, match="begins"):
        blobs.resolve(first)
    for prefix in ("", "../journal.jsonl", "/etc/passwd", "\0"):
        with pytest.raises(NotFound):
            blobs.resolve(prefix)


async def test_a_short_value_never_touches_the_disk(tmp_path):
    blobs = Blobs(tmp_path / "blobs")
    writer = blobs.writer(head=10, tail=10)
    writer.write(b"12345678901234567890")
    kept = await writer.finish()
    assert (kept.handle, kept.head, kept.size) == ("", b"12345678901234567890", 20)
    assert kept.text() == "12345678901234567890"
    assert not blobs.folder.exists()


async def test_a_long_value_keeps_its_ends_and_is_whole_on_disk(tmp_path):
    blobs = Blobs(tmp_path / "blobs")
    writer = blobs.writer(head=10, tail=5)
    for number in range(1000):
        writer.write(f"{number:04}".encode())
    kept = await writer.finish()
    assert (kept.size, kept.head, kept.tail) == (4000, b"0000000100", b"80999")
    assert blobs.read(kept.handle) == "".join(f"{number:04}" for number in range(1000)).encode()
    assert f"[... 3985 bytes left out; read_file path=output:{kept.handle[:12]} shows the whole ...]" in kept.text()


async def test_memory_stays_bounded_whatever_passes(tmp_path):
    writer = Blobs(tmp_path / "blobs").writer(head=100, tail=100)
    for _ in range(2000):
        writer.write(b"x" * 1000)
    assert len(writer._start) + len(writer._rest) < 100_000
    assert (await writer.finish()).size == 2_000_000


async def test_a_character_is_not_cut_in_two(tmp_path):
    writer = Blobs(tmp_path / "blobs").writer(head=10, tail=10)
    writer.write("ü€😀".encode() * 100)
    assert "\ufffd" not in (await writer.finish()).text()


async def test_what_is_not_finished_leaves_nothing(tmp_path):
    blobs = Blobs(tmp_path / "blobs")
    writer = blobs.writer(head=1, tail=1)
    writer.write(b"abcdef")
    assert [entry.suffix for entry in blobs.folder.iterdir()] == [".part"]
    writer.discard()
    writer.discard()
    assert list(blobs.folder.iterdir()) == []


def test_the_rest_of_a_killed_process_is_swept(tmp_path):
    blobs = Blobs(tmp_path / "blobs")
    blobs.writer(head=0, tail=0).write(b"abc")
    blobs.sweep()
    assert list(blobs.folder.iterdir()) == []
    assert list(blobs) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(0, 20), st.integers(0, 20))
def test_any_cutting_keeps_the_same_ends(tmp_path, pieces, head, tail):
    blobs, whole = Blobs(tmp_path / "blobs"), b"".join(pieces)
    writer = blobs.writer(head=head, tail=tail)
    for piece in pieces:
        writer.write(piece)
    if len(whole) <= head + tail:
        assert bytes(writer._start + writer._rest) == whole
    else:
        assert bytes(writer._start) == whole[:head]
        assert bytes(writer._rest).endswith(whole[head:][-tail:] if tail else b"")
    writer.discard()
