"""Long output is shortened in constant memory, and never in the middle of a character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.results import HEAD_BYTES, SHOWN_BYTES, TAIL_BYTES, HeadAndTail, Shortened, decode_item, joined
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.records import Text


def kept(*chunks: bytes) -> Shortened:
    ends = HeadAndTail()
    for chunk in chunks:
        ends.add(chunk)
    return ends.shortened()


@given(st.lists(st.binary(max_size=SHOWN_BYTES), max_size=8))
def test_head_missing_and_tail_add_up(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    short = kept(*chunks)
    if len(whole) <= SHOWN_BYTES:
        assert short == Shortened(whole.decode("utf-8", "replace"))
    else:
        assert short.missing >= len(whole) - HEAD_BYTES - TAIL_BYTES
        assert whole.endswith(short.tail.encode("utf-8", "surrogateescape")[-1:]) or "�" in short.tail


def test_a_character_is_never_cut_in_two() -> None:
    short = kept("é".encode() * SHOWN_BYTES, b"")
    assert "�" not in short.head + short.tail
    odd = kept(b"x" + "é".encode() * SHOWN_BYTES)
    assert "�" not in odd.head + odd.tail


def test_the_omission_says_how_much_and_how_to_see_it() -> None:
    (part,) = joined(kept(b"a" * 50_000), "abc", ())
    assert isinstance(part, Text)
    assert "20000 bytes left out; read_file path=output:abc" in part.text


def test_short_output_stands_before_the_parts() -> None:
    assert joined(kept(b"out"), "", (Text(text="exit 1"),)) == (Text(text="out"), Text(text="exit 1"))
    assert joined(kept(), "", (Text(text="exit 1"),)) == (Text(text="exit 1"),)


def test_a_stream_of_anything_but_text_and_bytes_is_refused() -> None:
    assert decode_item(pack("é")) == "é".encode()
    with pytest.raises(InvalidParams, match="text or bytes"):
        decode_item(pack({"a": 1}))
