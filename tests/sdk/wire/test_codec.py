"""Frames survive encoding, grow forwards and backwards, and nothing foreign breaks the decoder in an unknown way."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pegboard_sdk.errors import PegboardError, ProtocolViolation, error_from, error_types
from pegboard_sdk.wire.codec import BAD_BODY, decode_frame, encoder, pack
from pegboard_sdk.wire.faults import error_frame, error_in
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.intake import KINDS, MOST_INVALID_PER_MINUTE, Intake, Side
from pegboard_sdk.wire.messages import (
    NIL,
    Bye,
    Call,
    Cancel,
    Changed,
    Credit,
    Data,
    Drain,
    Drop,
    End,
    Error,
    Event,
    Frame,
    Hello,
    Identity,
    Limits,
    Log,
    Peek,
    Ping,
    Pong,
    Progress,
    Ready,
    Result,
)

VECTORS = Path(__file__).parents[1] / "vectors"

EXAMPLES: dict[str, Frame] = {
    "hello": Hello(
        0, [1], bytes(range(32)), Limits(), Identity("pegboard", "0.1.0", 4242, "linux"), ["spool"],
        pack({"instance": "files"}), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ),
    "ready": Ready(
        0, 1, b"\x01" * 32, "files", "0.1.0", b"\x02" * 32, Limits(max_frame=(1 << 24) - 1), [], ["context"]
    ),
    "ping": Ping(0, 7),
    "pong": Pong(0, 7, 3),
    "drain": Drain(0, 5000, "idle"),
    "bye": Bye(0, "START_FAILED", "no module named words"),
    "log": Log(0, 4, "slow", 2, pack({"ms": 12}), 1500),
    "event": Event(0, "record", pack({"type": "delta", "stream": "text", "text": "Hi"}), 9),
    "changed": Changed(0, "tools", ["mcp_search"]),
    "call": Call(2, "tool.call", pack({"tool": "echo"}), 30000, 0, -262144, False, "", {"idle_ms": pack(500)}),
    "result": Result(2, pack({"parts": [{"kind": "text", "text": "ä"}]}), {"chunked": pack(70000)}),
    "error": Error(2, "RATE_LIMITED", "slower", 2, 0, pack({"retry_ms": 250})),
    "cancel": Cancel(2, "user", 100),
    "data": Data(2, pack(b"\x00\xff")),
    "end": End(3, "gone"),
    "credit": Credit(2, 131072),
    "progress": Progress(2, 0.5, 1.0, "half", NIL),
    "drop": Drop(2),
}  # fmt: skip


def vector(name: str) -> bytes:
    return bytes.fromhex(re.sub(r"#.*|\s", "", (VECTORS / f"{name}.hex").read_text()))


def test_every_kind_has_an_example() -> None:
    assert {type(example) for example in EXAMPLES.values()} == set(get_args(Frame))
    assert {path.stem for path in VECTORS.glob("*.hex")} == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_frames_are_the_normative_bytes(name: str) -> None:
    assert encode(EXAMPLES[name]) == vector(name)
    assert decode_frame(vector(name)[4:]) == EXAMPLES[name]


@pytest.mark.parametrize("name", EXAMPLES)
@given(extra=st.lists(st.none() | st.integers(-5, 5) | st.text(max_size=5) | st.binary(max_size=5), max_size=4))
@settings(max_examples=20)
def test_unknown_trailing_fields_are_ignored(name: str, extra: list[object]) -> None:
    body = msgspec.msgpack.decode(vector(name)[4:]) + extra
    assert decode_frame(encoder.encode(body)) == EXAMPLES[name]


@pytest.mark.parametrize("name", EXAMPLES)
def test_missing_trailing_fields_take_their_defaults(name: str) -> None:
    example = EXAMPLES[name]
    body: list[Any] = msgspec.msgpack.decode(vector(name)[4:])
    required = [field for field in msgspec.structs.fields(example) if field.required]
    for length in range(1 + len(required), len(body) + 1):
        decoded = decode_frame(encoder.encode(body[:length]))
        assert type(decoded) is type(example)
        assert msgspec.msgpack.decode(encoder.encode(decoded))[:length] == body[:length]


@given(body=st.binary(max_size=300))
def test_arbitrary_bodies_raise_nothing_unknown(body: bytes) -> None:
    with suppress(BAD_BODY):
        decode_frame(body)


@given(data=st.lists(st.binary(max_size=100), max_size=10))
def test_an_intake_never_raises_whatever_comes(data: list[bytes]) -> None:
    intake = Intake(Side.PLUGIN, 1 << 16)
    for piece in data:
        frames = intake.feed(piece)
        assert not any(isinstance(frame, ProtocolViolation) for frame in frames[:-1])


@pytest.mark.parametrize(
    "body",
    [
        b"\x91" * 2000,
        b"\x93\x11\x02" + b"\x91" * 60000 + b"\xc0",
        b"\xdd\xff\xff\xff\xff\x01\x02",
        b"\x93\x11\x02\xc6\xff\xff\xff\xff",
        b"\x93\x12\x02\xa2\xff\xfe",
        b"\xdf\xff\xff\xff\xff\x01\x02",
    ],
)
def test_bombs_are_violations_or_cost_one_call(body: bytes) -> None:
    intake = Intake(Side.PLUGIN, 1 << 16)
    (frame,) = intake.feed(len(body).to_bytes(4, "big") + body)
    assert isinstance(frame, ProtocolViolation | Peek)


@pytest.mark.parametrize("kind", sorted(set(range(256)) - KINDS))
def test_unknown_kinds_are_skipped_or_end_the_connection(kind: int) -> None:
    intake = Intake(Side.PLUGIN, 1 << 16)
    body = encoder.encode([kind, 0, "something"])
    frames = intake.feed(len(body).to_bytes(4, "big") + body)
    assert (frames == []) == (64 <= kind < 128)
    assert intake.skipped == (64 <= kind < 128)


@pytest.mark.parametrize(
    ("ids", "is_fine"),
    [([1, 3, 5], True), ([1, 9], True), ([2], False), ([1, 1], False), ([3, 1], False), ([0], False), ([-1], False)],
)
def test_ids_of_new_calls_rise_and_have_their_side(ids: list[int], is_fine: bool) -> None:
    intake = Intake(Side.PLUGIN, 1 << 16)
    frames = [frame for number in ids for frame in intake.feed(encode(Call(number, "a")))]
    assert any(isinstance(frame, ProtocolViolation) for frame in frames) is not is_fine


def test_too_many_unreadable_frames_end_the_connection() -> None:
    intake = Intake(Side.KERNEL, 1 << 16)
    body = b"\x93\x12\x02\x05"
    frame = len(body).to_bytes(4, "big") + body
    frames = intake.feed(frame * MOST_INVALID_PER_MINUTE)
    assert frames == [Peek(18, 2)] * MOST_INVALID_PER_MINUTE
    assert isinstance(intake.feed(frame)[0], ProtocolViolation)


@pytest.mark.parametrize("code", sorted(error_types()))
def test_errors_survive_the_wire(code: str) -> None:
    error = error_from(code, "what was wrong", 2, 5)
    back = error_in(error_frame(2, error))
    assert (type(back), back.message, back.effect, back.retry_ms) == (type(error), "what was wrong", 2, 5)


def test_an_unknown_code_is_internal_and_named() -> None:
    error = error_in(Error(2, "BRAND_NEW", "text", 2, 9, pack("no map")))
    assert isinstance(error, PegboardError)
    assert (error.code, error.message, error.retry_ms) == ("INTERNAL", "BRAND_NEW: text", None)
