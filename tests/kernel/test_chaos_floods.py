"""Plugins that send too much or too fast: memory stays bounded on both sides, and nobody else is held up."""

import gc
import resource
import time
from pathlib import Path

import pytest
import trio
from msgspec import msgpack
from plugin_shelf import Shelf, told

from pegboard.stderr import KEPT_BYTES
from pegboard_sdk.errors import TooLarge
from pegboard_sdk.wire.methods import TOOL_CALL, ToolOutput

DEADLINE_S = 60.0
MIB = 1 << 20


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.add("shaky")
    return shelf


def text_in(value: bytes) -> str:
    return "".join(part.text for part in msgpack.decode(value, type=ToolOutput).parts)


async def tell(board, plugin: str, mode: str, arg: object = "") -> str:
    with trio.fail_after(DEADLINE_S):
        return text_in(await board.call(plugin, TOOL_CALL, told(plugin, mode, arg)))


def rss_mib() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / MIB


async def test_a_flood_on_standard_error_is_drained_and_forgotten(shelf: Shelf):
    kept = []
    async with shelf.board(on_notice=lambda instance, notice: kept.append(len(notice.msg))) as board:
        before = rss_mib()
        assert await tell(board, "shaky", "flood", 64 * MIB) == "flooded"
        assert await tell(board, "shaky", "echo", "fine") == "fine"
        assert rss_mib() - before < 30
        assert sum(kept) < KEPT_BYTES * 32


async def test_a_long_stream_keeps_both_sides_small(shelf: Shelf):
    async with shelf.board() as board:
        await board.warm(["shaky"])
        before, received, highest = rss_mib(), 0, 0.0
        with trio.fail_after(DEADLINE_S):
            async with board.open("shaky", TOOL_CALL, told("shaky", "stream", 256 * MIB)) as call:
                async for item in call.items:
                    received += len(item)
                    if received % (16 * MIB) < 70_000:
                        highest = max(highest, rss_mib())
                theirs = int(text_in(await call.result()))
        assert received >= 256 * MIB
        assert highest - before < 100
        assert theirs < 100


async def test_a_slow_reader_slows_its_own_stream_alone(shelf: Shelf):
    shelf.add("calm")
    async with shelf.board() as board:
        await board.warm(["shaky", "calm"])
        before = rss_mib()
        async with board.open("shaky", TOOL_CALL, told("shaky", "stream", 256 * MIB), window=1 << 17) as call:
            items = call.items
            await items.__anext__()
            for plugin in ("calm", "shaky"):
                began = time.monotonic()
                for _ in range(20):
                    assert await tell(board, plugin, "echo", "x") == "x"
                assert time.monotonic() - began < 10
            assert rss_mib() - before < 20


async def test_a_fast_producer_of_tiny_items_is_held_by_its_credit_and_cancelled_at_once(shelf: Shelf):
    async with shelf.board() as board:
        await board.warm(["shaky"])
        began = trio.current_time()
        async with board.open("shaky", TOOL_CALL, told("shaky", "tiny", 10**9), window=1 << 18) as call:
            await trio.sleep(0.3)
            queued = len(call._items or ())
        assert 0 < queued <= (1 << 18) / 64 + 1
        assert trio.current_time() - began < 10
        assert await tell(board, "shaky", "echo", "fine") == "fine"


async def test_ten_thousand_calls_at_once_all_end_and_leave_nothing(shelf: Shelf):
    done = 0

    async with shelf.board() as board:

        async def one(number: int) -> None:
            nonlocal done
            assert await tell(board, "shaky", "echo", number) == str(number)
            done += 1

        async with trio.open_nursery() as nursery:
            for number in range(10_000):
                nursery.start_soon(one, number)
        assert done == 10_000
        status = board.status()[0]
        assert (status.calls, status.starts) == (0, 1)
        child = board._posts["shaky"].child
        assert not child.routes.open
        assert not child.routes._late


async def test_a_value_longer_than_a_frame_comes_whole_and_one_beyond_all_bounds_is_an_error(shelf: Shelf):
    async with shelf.board() as board:
        assert len(await tell(board, "shaky", "value", 20 * MIB)) == 20 * MIB
        with pytest.raises(TooLarge):
            await tell(board, "shaky", "value", 80 * MIB)
        assert await tell(board, "shaky", "echo", "fine") == "fine"
