"""Plugins that die, hang, lie and flood: each costs its own call, by name and in time, and nobody else anything."""

import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
from msgspec import msgpack
from plugin_shelf import Shelf, told

from pegboard.patience import Patience
from pegboard_sdk.errors import (
    CallCancelled,
    DeadlineExceeded,
    InvalidMessage,
    ManifestMismatch,
    PegboardError,
    PluginDown,
    StartFailed,
    VersionMismatch,
)
from pegboard_sdk.wire.methods import TOOL_CALL, ToolOutput

DEADLINE_S = 30.0
QUICK = Patience(ping_s=0.2, misses=2, hang_s=0.8, interrupt_s=0.1, drain_s=0.5, exit_s=0.5)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path) -> Iterator[None]:
    """Every process of these tests has its working folder below the test's."""
    yield
    left = [pid for pid in filter(str.isdigit, os.listdir("/proc")) if folder_of(pid).startswith(str(tmp_path))]
    assert not left


def folder_of(pid: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


def text_in(value: bytes) -> str:
    return "".join(part.text for part in msgpack.decode(value, type=ToolOutput).parts)


async def tell(board, plugin: str, mode: str, arg: object = "", **more) -> str:
    """One call with a generous deadline for the test itself."""
    with trio.fail_after(DEADLINE_S):
        return text_in(await board.call(plugin, TOOL_CALL, told(plugin, mode, arg), **more))


async def refused(board, plugin: str, mode: str = "echo", arg: object = "", **more) -> PegboardError:
    with pytest.raises(PegboardError) as caught:
        await tell(board, plugin, mode, arg, **more)
    return caught.value


def pid_of(board, plugin: str) -> int:
    """Of a running process: 0 would be our own group."""
    pid = {status.instance: status.pid for status in board.status()}[plugin]
    assert pid > 1
    return pid


# Deaths.


async def test_a_kill_in_a_call_is_named_with_signal_and_last_words_and_the_next_call_has_a_new_process(shelf: Shelf):
    shelf.add("shaky")
    shelf.add("calm")
    async with shelf.board() as board:
        await board.warm(["shaky", "calm"])
        calm = pid_of(board, "calm")
        began = time.monotonic()
        error = await refused(board, "shaky", "die")
        assert time.monotonic() - began < 5
        assert isinstance(error, PluginDown)
        assert re.search(r"plugin `shaky`.*SIGKILL.*these are my last words", error.message, re.DOTALL)
        assert await tell(board, "shaky", "echo", "again") == "again"
        assert {status.instance: (status.pid, status.starts) for status in board.status()}["calm"] == (calm, 1)


async def test_every_call_of_a_dead_process_ends_and_none_is_repeated(shelf: Shelf, tmp_path: Path):
    shelf.add("shaky")
    async with shelf.board() as board:
        errors: list[PegboardError] = []
        await board.warm(["shaky"])

        async def sleep() -> None:
            errors.append(await refused(board, "shaky", "sleep", 600))

        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(sleep)
            await trio.testing.wait_all_tasks_blocked(0.1)
            os.kill(pid_of(board, "shaky"), signal.SIGSEGV)
        assert [type(error) for error in errors] == [PluginDown] * 5
        assert board.status()[0].starts == 1


async def test_an_exit_in_a_call_is_told_with_its_status(shelf: Shelf):
    shelf.add("shaky")
    async with shelf.board() as board:
        assert "exited with status 5" in (await refused(board, "shaky", "leave", 5)).message


async def test_a_crash_loop_has_three_starts_and_then_one_message_until_a_person_asks(shelf: Shelf):
    shelf.add("shaky")
    async with shelf.board() as board:
        for _ in range(3):
            assert isinstance(await refused(board, "shaky", "die"), PluginDown)
        for _ in range(10):
            error = await refused(board, "shaky")
            assert isinstance(error, StartFailed)
            assert re.search(r"3 times.*these are my last words", error.message, re.DOTALL)
        assert board.status()[0].starts == 3
        board.retry("shaky")
        assert await tell(board, "shaky", "echo", "back") == "back"


# Hangs.


async def test_a_stopped_process_is_unresponsive_and_ends_its_call(shelf: Shelf):
    shelf.add("shaky")
    async with shelf.board(patience=QUICK) as board:
        assert "answered no ping" in (await refused(board, "shaky", "stop")).message
        assert await tell(board, "shaky", "echo", "again") == "again"


async def test_a_stopped_process_does_not_hold_up_the_end(shelf: Shelf):
    shelf.add("shaky")
    async with shelf.board() as board:
        await board.warm(["shaky"])
        os.kill(pid_of(board, "shaky"), signal.SIGSTOP)
        began = time.monotonic()
    assert time.monotonic() - began < 5


async def test_a_sleeping_handler_answers_pings_and_is_left_alone_until_its_deadline(shelf: Shelf):
    shelf.add("shaky")
    async with shelf.board(patience=Patience(ping_s=0.5, misses=2, hang_s=1.6)) as board:
        pid = 0

        async def watch() -> None:
            nonlocal pid
            await trio.sleep(1.5)
            pid = board.status()[0].pid

        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch)
            began = trio.current_time()
            error = await refused(board, "shaky", "sleep", 600, timeout_s=3.0)
        assert isinstance(error, DeadlineExceeded)
        assert 2.9 < trio.current_time() - began < 10
        assert pid


async def test_a_handler_that_holds_the_interpreter_is_ended(shelf: Shelf):
    shelf.add("shaky")
    shelf.add("calm")
    async with shelf.board(patience=QUICK) as board, trio.open_nursery() as nursery:
        nursery.start_soon(refused, board, "shaky", "spin", 600)
        assert await tell(board, "calm", "echo", "fine") == "fine"


async def test_an_interrupt_ends_a_call_at_once_and_its_process_when_that_does_not_answer(shelf: Shelf, tmp_path: Path):
    shelf.add("shaky")
    async with shelf.board() as board:
        await board.warm(["shaky"])
        pid = pid_of(board, "shaky")
        with trio.move_on_after(0.2) as scope:
            await tell(board, "shaky", "daemon_busy", tmp_path / "pids")
        assert scope.cancelled_caught
        with trio.fail_after(5):
            while os.path.exists(f"/proc/{pid}"):  # noqa: ASYNC110, ASYNC240 - the process sets no event
                await trio.sleep(0.01)
        assert await tell(board, "shaky", "echo", "again") == "again"


async def test_an_interrupted_call_that_ends_costs_its_process_nothing(shelf: Shelf):
    shelf.add("shaky")
    late = []
    async with shelf.board(on_late=lambda *what: late.append(what)) as board:
        await board.warm(["shaky"])
        pid = pid_of(board, "shaky")
        with trio.move_on_after(0.1):
            await board.call("shaky", TOOL_CALL, told("shaky", "patient"), serving="mine")
        await trio.sleep(0.3)
        assert board.status()[0].pid == pid
        assert [(instance, serving) for instance, serving, _ in late] == [("shaky", "mine")]


async def test_interrupts_do_not_open_the_circuit(shelf: Shelf):
    shelf.add("shaky")
    async with shelf.board() as board:
        for _ in range(4):
            with trio.move_on_after(0.1):
                await tell(board, "shaky", "sleep", 600)
            await trio.sleep(0.3)
        assert await tell(board, "shaky", "echo", "fine") == "fine"


# The wire, broken.


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("half_frame", "ended inside a frame"),
        ("text", r"text was written on the channel: b'Traceback"),
        ("child_text", r"text was written on the channel: b'a child printed this"),
        ("garbage", "no \\[kind, id"),
        ("huge_length", "a frame length of 16777215"),
        ("unknown_call", "which was never made"),
        ("close", "closed its channel and lived on"),
    ],
)
async def test_a_broken_channel_is_named_and_ends_the_process(shelf: Shelf, mode: str, said: str):
    shelf.add_wild("wild", mode)
    async with shelf.board() as board:
        began = time.monotonic()
        error = await refused(board, "wild")
        assert isinstance(error, PluginDown)
        assert re.search(said, error.message)
        assert time.monotonic() - began < 10


async def test_a_stream_beyond_its_credit_ends_the_process(shelf: Shelf):
    shelf.add_wild("wild", "overdraft")
    async with shelf.board() as board:
        with trio.fail_after(DEADLINE_S):
            async with board.open("wild", TOOL_CALL, told("wild", "any"), window=1 << 17) as call:
                while not call.is_over:  # noqa: ASYNC110 - nothing is taken from it, on purpose
                    await trio.sleep(0.01)
                with pytest.raises(PluginDown, match="beyond its credit"):
                    await call.result()


async def test_a_good_answer_before_the_garbage_still_counts(shelf: Shelf):
    shelf.add_wild("wild", "good_then_text")
    async with shelf.board() as board:
        assert await tell(board, "wild", "any") == "ok"


async def test_unknown_kinds_are_skipped_and_bad_fields_cost_one_call(shelf: Shelf):
    shelf.add_wild("wild", "unknown_kind")
    shelf.add_wild("bad", "bad_fields")
    async with shelf.board() as board:
        assert await tell(board, "wild", "any") == "ok"
        assert isinstance(await refused(board, "bad"), InvalidMessage)
        assert board.status()[0].starts == 1


async def test_a_plugin_that_ignores_its_cancel_is_killed_after_its_deadline(shelf: Shelf):
    shelf.add_wild("wild", "ignore_cancel")
    async with shelf.board() as board:
        assert isinstance(await refused(board, "wild", timeout_s=0.2), DeadlineExceeded)
        with trio.fail_after(DEADLINE_S):
            while board.status()[0].pid:  # noqa: ASYNC110 - the board has no event for it
                await trio.sleep(0.01)


async def test_a_late_answer_is_told_and_harms_nobody(shelf: Shelf):
    shelf.add_wild("wild", "late")
    late = []
    async with shelf.board(on_late=lambda *what: late.append(what)) as board:
        await board.warm(["wild"])
        with trio.move_on_after(0.2):
            await board.call("wild", TOOL_CALL, told("wild", "any"), serving="mine")
        await trio.sleep(0.3)
        assert [(instance, serving) for instance, serving, _ in late] == [("wild", "mine")]
        assert board.status()[0].starts == 1


# The handshake, broken.


@pytest.mark.parametrize(
    ("mode", "kind", "said"),
    [
        ("cat", StartFailed, "Hello may not come"),
        ("silent", StartFailed, "did not answer our hello within 1 s"),
        ("exit", StartFailed, r"(?s)exited with status 3.*no such library"),
        ("banner", StartFailed, "Welcome to misbehave"),
        ("half_ready", StartFailed, "ended inside a frame"),
        ("bye", StartFailed, "the model file is missing"),
        ("wrong_major", VersionMismatch, "wire 7"),
        ("wrong_proof", StartFailed, "proof does not fit"),
        ("wrong_id", ManifestMismatch, "says that it is `other`"),
        ("wrong_manifest", ManifestMismatch, "another pegboard.toml"),
        ("extra_hook", ManifestMismatch, "hook `before_tool`"),
    ],
)
async def test_a_wrong_handshake_is_refused_by_its_cause(shelf: Shelf, mode: str, kind: type, said: str):
    shelf.add_wild("wild", mode, run="start_timeout_s = 1")
    async with shelf.board() as board:
        error = await refused(board, "wild")
        assert type(error) is kind
        assert re.search(said, error.message)
        assert "plugin `wild`" in error.message


async def test_cat_is_no_plugin(shelf: Shelf):
    shelf.add_folder("wild", "cat")
    async with shelf.board() as board:
        assert "Hello may not come" in (await refused(board, "wild")).message


async def test_a_program_that_is_missing_is_named(shelf: Shelf):
    shelf.add_folder("wild", "no-such-program-here")
    async with shelf.board() as board:
        assert "no-such-program-here: No such file" in (await refused(board, "wild")).message


async def test_a_handshake_byte_by_byte_is_good(shelf: Shelf):
    shelf.add_wild("wild", "drip")
    async with shelf.board() as board:
        assert await tell(board, "wild", "any") == "ok"


@pytest.mark.parametrize("mode", ["ready_twice", "changed"])
async def test_more_than_was_declared_ends_a_running_plugin(shelf: Shelf, mode: str):
    shelf.add_wild("wild", mode)
    async with shelf.board() as board:
        await board.warm(["wild"])
        with trio.fail_after(DEADLINE_S):
            while not board.status()[0].last_words:  # noqa: ASYNC110 - the board has no event for it
                await trio.sleep(0.01)
        assert re.search("Ready may not come|its manifest declares none", board.status()[0].last_words)


async def test_a_plugin_whose_import_fails_says_why(shelf: Shelf):
    shelf.add("shaky", "import sys\nsys.stderr.write('half way\\n')\nimport no_such_module_here\n")
    async with shelf.board() as board:
        assert "no_such_module_here" in (await refused(board, "shaky")).message


async def test_prints_at_import_and_in_calls_and_of_children_never_reach_the_channel(shelf: Shelf):
    lines: list[str] = []
    code = "import os, subprocess\nprint('at import', flush=True)\nos.write(1, b'raw at import\\n')\n"
    code += "subprocess.run(['echo', 'child at import'])\n"
    shelf.add("shaky", code + Path(__file__).parents[1].joinpath("tools/shaky.py").read_text())
    async with shelf.board(on_notice=lambda instance, notice: lines.append(getattr(notice, "msg", ""))) as board:
        assert await tell(board, "shaky", "say") == "said"
        assert await tell(board, "shaky", "echo", "fine") == "fine"
        assert board.status()[0].starts == 1
    for line in ("at import", "raw at import", "child at import", "printed", "written", "from a child", "on stdin"):
        assert line in lines


async def test_a_stopped_call_of_a_plugin_that_was_cancelled_is_told_as_cancelled(shelf: Shelf):
    shelf.add("shaky")
    async with shelf.board() as board:
        async with board.open("shaky", TOOL_CALL, told("shaky", "patient")) as call:
            pass
        with pytest.raises(CallCancelled):
            await call.result()
