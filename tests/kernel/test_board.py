"""The board in peace: starts, ends, streams, descriptors, and what plugins may ask of the kernel."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import trio
from msgspec import Raw, msgpack
from plugin_shelf import Shelf, told

from pegboard.discovery import discover, foreign_environment
from pegboard.patience import Patience
from pegboard.routing import MOST_DEPTH
from pegboard_sdk.errors import DeadlineExceeded, MethodNotFound, PegboardError, PermissionDenied, StartFailed
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.methods import (
    TOOL_CALL,
    CallTool,
    FileGrant,
    Setup,
    ToolOutput,
    UserAnswer,
)

DEADLINE_S = 30.0

READER = """
import os
from pegboard_sdk import Context, Plugin, Setup

plugin = Plugin("NAME")
given = []

@plugin.on_start
def start(setup: Setup) -> None:
    given.append(setup)

@plugin.tool(name="NAME_do", effect="read", timeout_s=0)
def do(mode: str, arg: str = "", *, ctx: Context) -> str:
    "Reads what it was given."
    if mode == "setup":
        return repr(given[0])
    return ",".join(os.read(ctx.file(key).fd, 100).decode() for key in arg.split(","))
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def text_in(value: bytes) -> str:
    return "".join(part.text for part in msgpack.decode(value, type=ToolOutput).parts)


async def tell(board, plugin: str, mode: str, arg: object = "", **more: Any) -> str:
    with trio.fail_after(DEADLINE_S):
        name = plugin.partition("@")[0]
        return text_in(await board.call(plugin, TOOL_CALL, told(name, mode, arg), **more))


async def test_nothing_runs_until_it_is_used_and_then_stays(shelf: Shelf):
    shelf.add("one")
    shelf.add("two")
    async with shelf.board() as board:
        assert board.status() == ()
        for word in ("a", "b", "c"):
            assert await tell(board, "one", "echo", word) == word
        assert [(status.instance, status.starts) for status in board.status()] == [("one", 1)]


async def test_many_first_calls_start_one_process(shelf: Shelf):
    shelf.add("one")
    async with shelf.board() as board:
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(tell, board, "one", "echo", "x")
        assert board.status()[0].starts == 1


async def test_warming_starts_all_and_names_what_cannot(shelf: Shelf):
    names = [shelf.add(f"plugin{number}") for number in range(5)]
    shelf.add("broken", "raise RuntimeError('no device')")
    async with shelf.board() as board:
        problems = await board.warm([*names, "broken", "missing"])
        assert sorted(problems) == ["broken", "missing"]
        assert "no device" in problems["broken"]
        assert sorted(status.instance for status in board.status() if status.pid) == names


async def test_an_idle_plugin_is_stopped_and_comes_back(shelf: Shelf):
    shelf.add("one", more="idle_s = 0.3")
    async with shelf.board(patience=Patience(ping_s=0.1)) as board:
        await tell(board, "one", "echo", "x")
        with trio.fail_after(DEADLINE_S):
            while board.status()[0].pid:  # noqa: ASYNC110 - the board has no event for it
                await trio.sleep(0.01)
        assert board.status()[0].last_words == ""
        assert await tell(board, "one", "echo", "again") == "again"


async def test_a_busy_plugin_is_not_idle(shelf: Shelf):
    shelf.add("one", more="idle_s = 0.2")
    async with shelf.board(patience=Patience(ping_s=0.1)) as board:
        assert await tell(board, "one", "sleep", 1.0) == ""
        assert board.status()[0].starts == 1


async def test_instances_of_one_plugin_have_their_own_process_folder_and_settings(shelf: Shelf):
    shelf.add("one", READER)

    def setup_of(instance: str, manifest) -> Setup:
        return Setup(settings={"for": instance})

    async with shelf.board(setup_of=setup_of) as board:
        first, second = [await tell(board, instance, "setup") for instance in ("one", "one@work")]
        assert "'for': 'one'" in first
        assert "'for': 'one@work'" in second
        assert str(shelf.places.data / "private" / "one@work") in second
        assert len(board.status()) == 2


async def test_an_unknown_plugin_and_one_with_a_problem_are_refused(shelf: Shelf):
    package = shelf.site / "bad"
    shelf.add("bad")
    (package / "pegboard.toml").write_text("schema = 9")
    (shelf.site / "bad-1.dist-info" / "RECORD").write_text("bad/pegboard.toml,,\n")
    async with shelf.board() as board:
        with pytest.raises(StartFailed, match="id"):
            await tell(board, "bad", "echo")
        with pytest.raises(MethodNotFound):
            await tell(board, "missing", "echo")


async def test_descriptors_arrive_with_their_calls_however_many_there_are(shelf: Shelf, tmp_path: Path):
    shelf.add("one", READER)
    count = 20
    async with shelf.board() as board:

        async def one(name: str) -> None:
            files, descriptors = {}, []
            for slot in range(count):
                path = tmp_path / f"{name}{slot}"
                path.write_text(f"{name}{slot}")
                descriptors.append(os.open(path, os.O_RDONLY))
                files[f"f{slot}"] = FileGrant(slot=slot, path=path.name, access="read")
            arguments = {"mode": "read", "arg": ",".join(files)}
            params = pack(CallTool(tool="one_do", arguments=arguments, call=name, files=files))
            with trio.fail_after(DEADLINE_S):
                value = await board.call("one", TOOL_CALL, params, descriptors=descriptors)
            assert text_in(value) == ",".join(f"{name}{slot}" for slot in range(count))
            for descriptor in descriptors:
                os.close(descriptor)

        async with trio.open_nursery() as nursery:
            for name in "abcdefgh":
                nursery.start_soon(one, name)


async def test_a_stream_comes_in_order_and_ends_with_its_value(shelf: Shelf):
    shelf.add("one")
    async with shelf.board() as board, board.open("one", TOOL_CALL, told("one", "tiny", 5000)) as call:
        received = b"".join([msgpack.decode(item) async for item in call.items])
        assert received == b"t" * 5000
        assert text_in(await call.result()) == "5000"


async def test_a_plugin_asks_in_the_name_of_the_call_that_it_serves(shelf: Shelf):
    shelf.add("one", more='uses = ["user.ask"]')
    asked = []

    async def on_call(instance: str, serving: object, method: str, params: Raw) -> Raw:
        asked.append((instance, serving, method))
        return pack(UserAnswer(text="yes"))

    async with shelf.board(on_call=on_call) as board:
        assert await tell(board, "one", "ask", "really?", serving="this session") == "yes"
        assert asked == [("one", "this session", "user.ask")]


async def test_a_method_that_the_manifest_does_not_list_is_denied(shelf: Shelf):
    shelf.add("one")
    async with shelf.board() as board:
        with pytest.raises(PermissionDenied, match=r"does not list user\.ask"):
            await tell(board, "one", "ask", "really?")


async def test_a_call_that_serves_no_open_call_is_denied(shelf: Shelf):
    shelf.add_wild("wild", "orphan_call", more='uses = ["user.ask"]')
    notices: list[str] = []
    async with shelf.board(on_notice=lambda instance, notice: notices.append(getattr(notice, "msg", ""))) as board:
        assert await tell(board, "wild", "any") == "ok"
    assert "refused with PERMISSION_DENIED" in notices


async def test_calls_may_come_back_to_the_same_plugin_but_not_without_end(shelf: Shelf):
    shelf.add("one", more='uses = ["tool.call"]')
    deepest = 0

    async def on_call(instance: str, serving: Any, method: str, params: Raw) -> Raw:
        nonlocal deepest
        deepest = max(deepest, serving)
        wanted = msgpack.decode(params, type=CallTool)
        return await boards[0].call("one", TOOL_CALL, pack(wanted), serving=serving + 1)

    boards: list[Any] = []
    async with shelf.board(on_call=on_call) as board:
        boards.append(board)
        assert await tell(board, "one", "tool", "one_do one_do one_do", serving=1) == "leaf"
        with pytest.raises(PegboardError, match=f"at most {MOST_DEPTH}"):
            await tell(board, "one", "tool", " ".join(["one_do"] * 30), serving=1)
        assert deepest == MOST_DEPTH - 1


async def test_what_is_asked_for_a_call_ends_with_it(shelf: Shelf):
    shelf.add("one", more='uses = ["tool.call"]')
    ended = trio.Event()

    async def on_call(instance: str, serving: object, method: str, params: Raw) -> Raw:
        try:
            await trio.sleep_forever()
        finally:
            ended.set()
        raise AssertionError

    async with shelf.board(on_call=on_call) as board:
        with pytest.raises(DeadlineExceeded):
            await tell(board, "one", "tool", "x", timeout_s=0.3)
        with trio.fail_after(DEADLINE_S):
            await ended.wait()


async def test_no_deadline_comes_nearer_while_a_person_thinks(shelf: Shelf):
    shelf.add("one", more='uses = ["user.ask"]')

    async def on_call(instance: str, serving: object, method: str, params: Raw) -> Raw:
        await trio.sleep(3.2)
        return pack(UserAnswer(text="yes"))

    async with shelf.board(on_call=on_call) as board:
        await board.warm(["one"])
        assert await tell(board, "one", "ask", "really?", timeout_s=3.0) == "yes"


async def test_a_plugin_of_another_environment_runs_under_its_own_interpreter(shelf: Shelf, tmp_path: Path):
    """A site folder that holds the SDK by a plain path line, and whose executable lines nobody executes."""
    site = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    (tmp_path / "venv" / "pyvenv.cfg").write_text("")
    (tmp_path / "venv" / "bin").mkdir()
    (tmp_path / "venv" / "bin" / "python").symlink_to(sys.executable)
    paths = "\n".join(entry for entry in sys.path if entry.endswith(("site-packages", "src")))
    (site / "paths.pth").write_text(f"{paths}\nimport os; os._exit(9)\n")
    shelf.add("far")
    for one in shelf.site.iterdir():
        one.rename(site / one.name)
    (shelf.folder / "site").rmdir()
    (shelf.folder / "site").mkdir()
    found = discover([foreign_environment(tmp_path / "venv")])
    assert [(one.id, one.problem) for one in found if one.id == "far"] == [("far", "")]
    shelf.more = [foreign_environment(tmp_path / "venv")]
    async with shelf.board() as board:
        assert await tell(board, "far", "echo", "hello") == "hello"


async def test_what_the_body_raises_leaves_the_board_as_it_is(shelf: Shelf):
    shelf.add("one")

    async def body() -> None:
        async with shelf.board() as board:
            await tell(board, "one", "echo", "x")
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await body()
