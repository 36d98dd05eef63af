"""Long output is shortened, the whole is kept, and a stream holds text or bytes only."""

from pathlib import Path

import pytest

from pegboard.journal import Blobs, Journal
from pegboard.results import Collected, Taking, decode_item
from pegboard.session import Session
from pegboard.transcript import Transcript
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.methods import ToolOutput
from pegboard_sdk.wire.records import Image, Text


async def collected(folder: Path, streamed: bytes, output: ToolOutput) -> tuple[Collected, Blobs]:
    home = folder / "session"
    home.mkdir(exist_ok=True)
    (home / "journal.jsonl").unlink(missing_ok=True)
    with Journal.create(home, program="test") as journal:
        session = Session(journal=journal, transcript=Transcript(), workspace=str(folder), name="")
        taking = Taking(session, "c", "p")
        taking.take(pack(streamed))
        return await taking.collect(output), journal.blobs


async def test_short_output_stands_before_the_parts(tmp_path: Path) -> None:
    result, blobs = await collected(tmp_path, b"out", ToolOutput(parts=(Text(text="exit 1"),)))
    assert result == Collected((Text(text="out"), Text(text="exit 1")))
    assert list(blobs) == []


async def test_the_omission_says_how_much_and_how_to_see_it(tmp_path: Path) -> None:
    whole = "é".encode() * 40_000
    result, blobs = await collected(tmp_path, whole, ToolOutput())
    (part,) = result.parts
    assert isinstance(part, Text)
    assert "50000 bytes left out" in part.text
    assert f"read_file path=output:{result.handle[:12]}" in part.text
    assert "\ufffd" not in part.text
    assert blobs.read(result.handle) == whole


async def test_a_long_part_is_shortened_like_a_stream(tmp_path: Path) -> None:
    result, blobs = await collected(tmp_path, b"", ToolOutput(parts=(Text(text="x" * 100_000),)))
    (part,) = result.parts
    assert isinstance(part, Text)
    assert len(part.text) < 31_000
    assert blobs.read(result.handle) == b"x" * 100_000


async def test_bytes_that_a_part_names_become_a_blob(tmp_path: Path) -> None:
    output = ToolOutput(parts=(Image(handle="blob:a", media_type="image/png"),), blobs={"a": b"png"})
    result, blobs = await collected(tmp_path, b"", output)
    (part,) = result.parts
    assert isinstance(part, Image)
    assert blobs.read(part.handle) == b"png"
    with pytest.raises(InvalidParams, match="did not send"):
        await collected(tmp_path, b"", ToolOutput(parts=(Image(handle="blob:b", media_type="image/png"),)))


def test_a_stream_of_anything_but_text_and_bytes_is_refused() -> None:
    assert decode_item(pack("é")) == "é".encode()
    with pytest.raises(InvalidParams, match="text or bytes"):
        decode_item(pack({"a": 1}))
