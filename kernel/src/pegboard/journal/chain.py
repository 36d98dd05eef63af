"""The form of a journal's line and the chain that binds each to the one before. Pure: no files, no clock."""

import hashlib
import re
from typing import Final

import msgspec
from msgspec import Struct

from pegboard_sdk.wire.codec import BAD_BODY
from pegboard_sdk.wire.records import SCHEMA, AnyRecord

GENESIS: Final = "0" * 64
"""What the first line names as the hash before it."""

MAX_LINE: Final = 64 << 20
"""Bytes that a line may have; larger values belong into blobs."""

_HASH: Final = b',"hash":"'
_SEAL: Final = len(_HASH) + 64 + 2

_VERSION: Final = re.compile(rb'\{"v":(\d{1,9}),')

_encoder: Final = msgspec.json.Encoder()
_record_decoder: Final[msgspec.json.Decoder[AnyRecord]] = msgspec.json.Decoder(AnyRecord)


class Envelope(Struct, frozen=True, kw_only=True):
    """What stands around a record in its line."""

    v: int
    seq: int
    time: str
    prev: str
    record: msgspec.Raw
    hash: str


class Tag(Struct, frozen=True):
    """Only the type of a record, for those that cannot be read further."""

    type: str = ""


class Line(Struct, frozen=True, kw_only=True):
    """A line as it was read. `record` is None, with the reason in `note`, when this version cannot read its type."""

    seq: int
    time: str
    """ISO 8601, UTC, milliseconds."""
    prev: str
    hash: str
    raw: bytes
    """The record's JSON, byte for byte."""
    record: AnyRecord | None
    note: str = ""


_envelope_decoder: Final = msgspec.json.Decoder(Envelope)
_tag_decoder: Final = msgspec.json.Decoder(Tag)


class BrokenLine(Exception):
    """The line is not the one that was written here; the text says why."""


def encode(record: AnyRecord) -> bytes:
    """A record's JSON."""
    return _encoder.encode(record)


def sealed(raw: bytes, *, seq: int, time: str, prev: str) -> tuple[bytes, str]:
    """The line for a record's JSON, newline included, and its hash."""
    body = b'{"v":%d,"seq":%d,"time":"%s","prev":"%s","record":%s' % (SCHEMA, seq, time.encode(), prev.encode(), raw)
    digest = hashlib.sha256(body).hexdigest()
    return b'%s,"hash":"%s"}\n' % (body, digest.encode()), digest


def schema_of(line: bytes) -> int:
    """The version that a line says it is of, also when nothing else of it can be read; 0 when it says none."""
    found = _VERSION.match(line)
    return int(found[1]) if found else 0


def opened(line: bytes, *, seq: int, prev: str) -> Line:
    """Read a line (newline included) that must be number `seq` and follow the line whose hash is `prev`.

    Raises BrokenLine when it was edited, inserted, moved, or when one before it is missing.
    """
    body, seal = line[: -_SEAL - 1], line[-_SEAL - 1 :]
    digest = hashlib.sha256(body).hexdigest()
    if seal != b'%s%s"}\n' % (_HASH, digest.encode()):
        raise BrokenLine("its content does not match its hash")
    found = peeked(line)
    if found is None:
        raise BrokenLine("it is not a journal's line")
    if found.seq != seq:
        raise BrokenLine(f"it is record {found.seq} where record {seq} belongs")
    if found.prev != prev:
        raise BrokenLine("it does not follow the line before it")
    return found


def peeked(line: bytes) -> Line | None:
    """A line that is only looked at, its hash and place unchecked; None when it is not one."""
    try:
        envelope = _envelope_decoder.decode(line)
    except BAD_BODY:
        return None
    raw = bytes(envelope.record)
    record, fault = _record(raw)
    note = f"record {envelope.seq}: {fault}" if fault else ""
    return Line(
        seq=envelope.seq, time=envelope.time, prev=envelope.prev, hash=envelope.hash, raw=raw, record=record, note=note
    )


def _record(raw: bytes) -> tuple[AnyRecord | None, str]:
    try:
        return _record_decoder.decode(raw), ""
    except BAD_BODY as error:
        try:
            kind = _tag_decoder.decode(raw).type
        except BAD_BODY:
            kind = ""
        return None, f"of type {kind!r}, which this version cannot read; kept and skipped ({error})"
