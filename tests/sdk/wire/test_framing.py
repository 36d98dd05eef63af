"""Any cutting of a stream gives the same frames; anything else is a named violation; memory is bounded."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_sdk.errors import ChannelPolluted, FrameTruncated, ProtocolViolation
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.framing import Framer, encode
from pegboard_sdk.wire.messages import Data, Result
from pegboard_sdk.wire.streaming import data_cost, data_head

BODIES = st.lists(st.binary(min_size=2, max_size=300), max_size=12)


def framed(bodies: list[bytes]) -> bytes:
    return b"".join(len(body).to_bytes(4, "big") + body for body in bodies)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


@given(bodies=BODIES, places=st.lists(st.integers(0, 5000), max_size=30))
def test_any_cutting_gives_the_same_frames(bodies: list[bytes], places: list[int]) -> None:
    framer = Framer(max_frame=300)
    got = [body for piece in cut(framed(bodies), places) for body in framer.feed(piece)]
    framer.finish()
    assert got == bodies
    assert framer.pending == 0


@given(bodies=BODIES)
def test_byte_by_byte_gives_the_same_frames(bodies: list[bytes]) -> None:
    framer = Framer()
    assert [body for byte in framed(bodies) for body in framer.feed(bytes([byte]))] == bodies


@given(pieces=st.lists(st.binary(max_size=200), max_size=20), prefix=BODIES)
def test_arbitrary_bytes_raise_nothing_but_violations_and_hold_little(pieces: list[bytes], prefix: list[bytes]) -> None:
    framer = Framer(max_frame=300)
    got: list[bytes] = []
    try:
        for piece in [framed(prefix), *pieces]:
            got += framer.feed(piece)
            assert framer.pending <= 4 + 300 + 200
        framer.finish()
    except ProtocolViolation:
        pass
    assert got[: len(prefix)] == prefix


@pytest.mark.parametrize("text", ["Hello\n", "\x1b[31m", "Traceback", "{}", "\ufeff"])
def test_text_is_recognised_at_its_first_byte_and_quoted(text: str) -> None:
    with pytest.raises(ChannelPolluted, match="text was written on the channel"):
        Framer().feed(text.encode()[:1])
    with pytest.raises(ChannelPolluted) as caught:
        Framer().feed(text.encode() + b"x" * 1000)
    assert repr(text.encode())[2:-1] in caught.value.message
    assert len(caught.value.message) < 300


def test_what_came_before_garbage_is_not_lost() -> None:
    framer = Framer()
    assert framer.feed(framed([b"ok"]) + b"garbage") == [b"ok"]
    with pytest.raises(ChannelPolluted):
        framer.feed(b"")


@pytest.mark.parametrize("length", [0, 1, 301, 1 << 23])
def test_a_length_that_nobody_may_send_is_refused_before_its_body(length: int) -> None:
    with pytest.raises(ProtocolViolation, match=f"length of {length}, where 2 to 300"):
        Framer(max_frame=300).feed(length.to_bytes(4, "big"))


@given(body=st.binary(min_size=2, max_size=50), kept=st.integers(1, 53))
def test_an_end_inside_a_frame_is_told(body: bytes, kept: int) -> None:
    framer = Framer()
    data = framed([body])
    framer.feed(data[: min(kept, len(data) - 1)])
    with pytest.raises(FrameTruncated):
        framer.finish()


def test_a_frame_beyond_the_limit_is_not_sent() -> None:
    with pytest.raises(ProtocolViolation, match="larger than the limit of 100"):
        encode(Result(2, pack("x" * 100)), max_frame=100)


@given(number=st.integers(0, (1 << 53) - 1), content=st.binary(max_size=70_000))
def test_a_stream_frame_built_in_place_costs_and_reads_like_any_other(number: int, content: bytes) -> None:
    frame = data_head(number, len(content)) + content
    plain = encode(Data(number, pack(content)))
    assert Framer().feed(frame)[0] == frame[4:]
    if len(content) < 1 << 8 or len(content) >= 1 << 16:
        assert frame == plain
    assert data_cost(number, pack(content)) == max(len(plain) - 4, 64)


@pytest.mark.parametrize("piece", [1 << 20, 60_000, 40_000, 1000])
def test_long_bodies_stay_what_they_are_when_more_is_read(piece: int) -> None:
    bodies = [bytes([number]) * size for number, size in enumerate((32_767, 32_768, 90_000, 5, 70_000))]
    stream = b"".join(len(body).to_bytes(4, "big") + body for body in bodies)
    framer = Framer()
    cut = [body for at in range(0, len(stream), piece) for body in framer.feed(stream[at : at + piece])]
    assert [bytes(body) for body in cut] == bodies
    assert framer.pending == 0
