"""Plugins with coroutine handlers, as real processes: the same wire, the same manners as the blocking ones."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pegboard_sdk.errors import CallCancelled, DeadlineExceeded, Internal, InvalidParams, PermissionDenied, StartFailed
from pegboard_sdk.testing import Board, reading, spawned
from pegboard_sdk.testing.connecting import Spawned
from pegboard_sdk.wire.messages import Drain
from pegboard_sdk.wire.methods import Setup, ToolOutput
from pegboard_sdk.wire.records import Outcome, Text

SOURCE = """
import os, time, trio
print("at import")
from pegboard_sdk import AsyncContext, Context, Plugin, Setup, ToolFailed

plugin = Plugin("tried")
state = {}

@plugin.on_start
async def start(setup: Setup) -> None:
    await trio.sleep(0)
    state["greeting"] = setup.settings.get("greeting", "hello")

@plugin.on_stop
async def stop() -> None:
    print("stopped in order", flush=True)

@plugin.tool(effect="read")
async def echo(text: str) -> str:
    return text

@plugin.tool(effect="read")
def facts() -> dict:
    return state

@plugin.tool(effect="read")
async def sleep(seconds: float, *, ctx: AsyncContext) -> str:
    ctx.on_cancel(lambda: print("called back", flush=True))
    await trio.sleep(seconds)
    return "slept"

@plugin.tool(effect="read")
def stuck(seconds: float) -> str:
    time.sleep(seconds)
    return "woke"

@plugin.tool(effect="read")
async def blocks(seconds: float) -> str:
    time.sleep(seconds)
    return "woke"

@plugin.tool(effect="read")
def looks(seconds: float, *, ctx: Context) -> str:
    seen = []
    ctx.on_cancel(lambda: seen.append(1))
    end = time.monotonic() + seconds
    while time.monotonic() < end and not ctx.cancelled and not seen:
        time.sleep(0.005)
    ctx.check()
    return "slept"

@plugin.tool(effect="read")
async def fails(how: str) -> str:
    if how == "tool":
        raise ToolFailed("no such luck")
    raise ValueError("a bug")

@plugin.tool(effect="read")
async def writes(count: int, size: int, *, ctx: AsyncContext) -> str:
    for number in range(count):
        await ctx.write(chr(97 + number % 26) * size)
        await ctx.progress(number + 1, count)
    await ctx.log("info", "written")
    return "end"

@plugin.tool(effect="read")
def writes_in_thread(count: int, size: int, *, ctx: Context) -> str:
    for number in range(count):
        ctx.write(chr(97 + number % 26) * size)
        ctx.progress(number + 1, count)
    ctx.log("info", "written")
    return "end"

@plugin.tool(effect="read")
async def big(size: int) -> str:
    return "x" * size

@plugin.tool(effect="read")
async def asks(*, ctx: AsyncContext) -> str:
    return await ctx.ask("really?", ("yes", "no"))

@plugin.tool(effect="read")
def asks_in_thread(*, ctx: Context) -> str:
    return ctx.ask("really?", ("yes", "no"))

@plugin.tool(effect="read")
async def calls(*, ctx: AsyncContext) -> str:
    return (await ctx.call_tool("other", a=1)).parts[0].text + " " + ctx.session

@plugin.tool(effect="read", subjects={"path": "file:read"})
async def reads(path: str, *, ctx: AsyncContext) -> str:
    return os.read(ctx.file("path").fd, 100).decode() + ctx.file("path").path
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tried")
    (folder / "plugin.py").write_text(SOURCE)
    (folder / "pegboard.toml").write_text('schema = 1\nid = "tried"\nversion = "1.2.3"\n')
    return folder


@pytest.fixture
def board(source: Path) -> Iterator[Spawned]:
    with spawned(source, Setup(settings={"greeting": "hi"})) as board:
        yield board


def text_of(output: ToolOutput) -> str:
    return "".join(getattr(part, "text", "") for part in output.parts)


def test_a_call_is_answered_and_the_end_is_orderly(board: Spawned) -> None:
    assert board.text("echo", text="äöü") == "äöü"
    assert board.text("facts") == '{"greeting":"hi"}'
    assert board.wait() == 0
    assert board.stderr() == "at import\nstopped in order\n"


def test_faults_and_failures_are_told_apart(board: Board) -> None:
    assert board.tool("fails", how="tool").outcome is Outcome.FAILED
    with pytest.raises(Internal, match="ValueError: a bug"):
        board.tool("fails", how="bug")
    with pytest.raises(InvalidParams):
        board.tool("echo", text=5)
    assert "Traceback" in board.logs[-1].msg


def test_calls_run_side_by_side(board: Board) -> None:
    began = time.monotonic()
    calls = [board.start_tool("stuck", {"seconds": 1.0}) for _ in range(4)]
    calls += [board.start_tool("sleep", {"seconds": 1.0}) for _ in range(20)]
    assert board.ping().busy == 24
    for call in calls:
        call.result(ToolOutput)
    assert time.monotonic() - began < 4


def test_cancel_ends_a_coroutine_and_runs_its_callbacks(board: Spawned) -> None:
    call = board.start_tool("sleep", {"seconds": 60})
    board.ping()
    call.cancel()
    with pytest.raises(CallCancelled, match="user"):
        call.result(ToolOutput)
    assert "called back" in board.stderr()


def test_cancel_is_seen_in_a_thread(board: Board) -> None:
    call = board.start_tool("looks", {"seconds": 60})
    board.ping()
    call.cancel()
    with pytest.raises(CallCancelled, match="user"):
        call.result(ToolOutput)


@pytest.mark.parametrize("tool", ["sleep", "looks"])
def test_the_deadline_ends_a_handler(board: Board, tool: str) -> None:
    with pytest.raises(DeadlineExceeded):
        board.start_tool(tool, {"seconds": 60}, timeout_s=0.2).result(ToolOutput)


@pytest.mark.parametrize("tool", ["writes", "writes_in_thread"])
def test_output_is_streamed_with_progress_and_log(board: Board, tool: str) -> None:
    call = board.start_tool(tool, {"count": 30, "size": 100_000})
    assert text_of(call.result(ToolOutput)) == "end"
    assert call.output() == "".join(chr(97 + number % 26) * 100_000 for number in range(30))
    assert call.progress[-1].done == 30
    assert board.logs[-1].msg == "written"


@pytest.mark.parametrize("tool", ["writes", "writes_in_thread"])
def test_a_plugin_sends_no_more_than_it_was_granted(board: Board, tool: str) -> None:
    call = board.start_tool(tool, {"count": 10_000, "size": 1}, window=6400)
    call.is_topped_up = False
    call.wait_for_items(100)
    board.ping()
    assert len(call.items(str)) == 100
    call.cancel()
    with pytest.raises(CallCancelled):
        call.result(ToolOutput)


@pytest.mark.parametrize("tool", ["writes", "writes_in_thread"])
@pytest.mark.parametrize("window", [0, -(1 << 18)])
def test_without_a_stream_what_was_written_is_in_the_result(board: Board, tool: str, window: int) -> None:
    output = board.start_tool(tool, {"count": 3, "size": 2}, window=window).result(ToolOutput)
    assert [getattr(part, "text", "") for part in output.parts] == ["aabbcc", "end"]


@pytest.mark.parametrize("size", [500_000, 1_000_000, 20_000_000])
def test_results_of_any_size_arrive_whole(board: Board, size: int) -> None:
    assert board.text("big", size=size) == "x" * size


@pytest.mark.parametrize("tool", ["asks", "asks_in_thread"])
def test_the_user_is_asked_through_the_call(board: Board, tool: str) -> None:
    board.answers = ["yes"]
    assert board.text(tool) == "yes"
    with pytest.raises(PermissionDenied, match="nobody"):
        board.tool(tool)


def test_another_tool_is_called_through_the_call(board: Board) -> None:
    board.tools["other"] = lambda a: ToolOutput(parts=(Text(text=f"got {a}"),))
    assert board.text("calls") == "got 1 test"


def test_files_come_as_descriptors(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "given.txt"
    path.write_text("content of ")
    call = board.start_tool("reads", {"path": "x"}, files={"path": reading(path)})
    assert text_of(call.result(ToolOutput)) == "content of given.txt"


@pytest.mark.parametrize(("tool", "status"), [("sleep", 0), ("looks", 0), ("stuck", 70), ("blocks", 70)])
def test_the_end_of_the_channel_ends_a_busy_plugin(board: Spawned, tool: str, status: int) -> None:
    board.tool("echo", text="")
    board.start_tool(tool, {"seconds": 60})
    if tool != "blocks":
        board.ping()
    began = time.monotonic()
    assert board.wait() == status
    assert time.monotonic() - began < 6


def test_garbage_ends_the_connection_and_is_named(board: Spawned) -> None:
    board.send_bytes(b"Hello\n")
    farewell = board.wait_for_end()
    assert farewell is not None
    assert "text was written on the channel" in farewell.msg
    assert board.wait() == 70


def test_a_drain_lets_calls_finish_and_takes_no_new_ones(board: Spawned) -> None:
    call = board.start_tool("sleep", {"seconds": 0.5})
    board.ping()
    board.send(Drain(0, 5000))
    late = board.start_tool("echo", {"text": "late"})
    board.wait_for_end()
    assert getattr(call.end, "value", None) is not None
    assert getattr(late.end, "code", "") == "NOT_READY"
    assert board.process.wait(20) == 0
    assert "stopped in order" in board.stderr()


def test_a_plugin_whose_start_fails_says_why(tmp_path: Path) -> None:
    program = "from pegboard_sdk import Plugin\nplugin = Plugin('x')\n@plugin.on_start\nasync def f(setup): 1 / 0\n"
    (tmp_path / "plugin.py").write_text(program)
    with spawned(tmp_path, is_greeted=False) as board:
        with pytest.raises(StartFailed, match="ZeroDivisionError"):
            board.greet()
        assert board.wait() == 70
