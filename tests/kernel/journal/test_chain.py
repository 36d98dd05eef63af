import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.journal.chain import GENESIS, BrokenLine, encode, opened, sealed
from pegboard_sdk.wire.records import Failure

RAW = encode(Failure(code="X", message='quote " and\nnewline'))
AT = "2026-11-22T10:30:15.123Z"


def test_a_line_has_the_documented_form():
    line, digest = sealed(RAW, seq=1, time=AT, prev=GENESIS)
    value = msgspec.json.decode(line)
    assert list(value) == ["v", "seq", "time", "prev", "record", "hash"]
    assert value["record"]["type"] == "error"
    assert hashlib.sha256(line[: line.rindex(b',"hash"')]).hexdigest() == digest == value["hash"]
    assert line.count(b"\n") == 1


def test_a_line_reads_back():
    line, digest = sealed(RAW, seq=7, time=AT, prev="a" * 64)
    read = opened(line, seq=7, prev="a" * 64)
    assert (read.seq, read.time, read.hash, read.raw) == (7, AT, digest, RAW)
    assert read.record == Failure(code="X", message='quote " and\nnewline')


@given(st.data())
def test_no_byte_of_a_line_can_change(data):
    line, _ = sealed(RAW, seq=1, time=AT, prev=GENESIS)
    at = data.draw(st.integers(0, len(line) - 1))
    new = data.draw(st.integers(0, 255).filter(lambda value: value != line[at]))
    with pytest.raises(BrokenLine):
        opened(line[:at] + bytes([new]) + line[at + 1 :], seq=1, prev=GENESIS)


@given(st.binary(max_size=400))
def test_foreign_bytes_are_never_a_line(text):
    with pytest.raises(BrokenLine):
        opened(text + b"\n", seq=1, prev=GENESIS)


def test_a_line_in_another_place_says_which_it_is():
    line, _ = sealed(RAW, seq=2, time=AT, prev=GENESIS)
    with pytest.raises(BrokenLine, match="it is record 2 where record 1 belongs"):
        opened(line, seq=1, prev=GENESIS)
    with pytest.raises(BrokenLine, match="does not follow"):
        opened(line, seq=2, prev="a" * 64)


@pytest.mark.parametrize("raw", [b'{"type":"hologram","x":1}', b"{}", b'{"type":"message","role":"emperor"}', b"3"])
def test_a_record_of_a_later_version_is_kept_with_a_note(raw):
    line, _ = sealed(raw, seq=1, time=AT, prev=GENESIS)
    read = opened(line, seq=1, prev=GENESIS)
    assert read.record is None
    assert read.raw == raw
    assert "this version cannot read" in read.note


def test_a_sealed_line_that_nests_too_deep_is_skipped_and_not_a_crash():
    deep = b"[" * 200_000 + b"]" * 200_000
    raw = b'{"type":"tool_use","call":"c","tool":"t","turn":1,"arguments":{"a":%s}}' % deep
    line, _ = sealed(raw, seq=1, time=AT, prev=GENESIS)
    with pytest.raises(BrokenLine, match="not a journal's line"):
        opened(line, seq=1, prev=GENESIS)
