"""Plugins with blocking handlers, as real processes: what they answer, and what nothing that they do can break."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pegboard_sdk.errors import (
    CallCancelled,
    DeadlineExceeded,
    Effect,
    Internal,
    InvalidParams,
    MethodNotFound,
    NotFound,
    PermissionDenied,
    StartFailed,
)
from pegboard_sdk.testing import Board, reading, spawned
from pegboard_sdk.testing.connecting import Spawned
from pegboard_sdk.wire.messages import Cancel, Data, Drain, Hello, Identity, Limits
from pegboard_sdk.wire.methods import Setup, ToolOutput
from pegboard_sdk.wire.records import Outcome, Text

SOURCE = '''
import os, subprocess, sys, time, threading
print("at import")
os.write(1, b"raw at import\\n")
subprocess.run(["echo", "child at import"])
from pegboard_sdk import Context, Plugin, Setup, ToolFailed

plugin = Plugin("tried")
state = {}

@plugin.on_start
def start(setup: Setup) -> None:
    state["greeting"] = setup.settings.get("greeting", "hello")
    state["threads"] = threading.active_count()

@plugin.on_stop
def stop() -> None:
    print("stopped in order", flush=True)

@plugin.tool(effect="read")
def echo(text: str) -> str:
    """Gives it back."""
    return text

@plugin.tool(effect="read")
def facts() -> dict:
    return state

@plugin.tool(effect="read")
def sleep(seconds: float, *, ctx: Context) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not ctx.cancelled:
        time.sleep(0.005)
    ctx.check()
    return "slept"

@plugin.tool(effect="read")
def stuck(seconds: float) -> str:
    time.sleep(seconds)
    return "woke"

@plugin.tool(effect="exec")
def child(*, ctx: Context) -> int:
    process = subprocess.Popen(["sleep", "100"])
    ctx.on_cancel(process.kill)
    return process.wait()

@plugin.tool(effect="read")
def fails(how: str) -> str:
    if how == "exit":
        sys.exit(3)
    if how == "tool":
        raise ToolFailed("no such luck")
    raise ValueError("a bug")

@plugin.tool(effect="read")
def writes(count: int, size: int, *, ctx: Context) -> str:
    for number in range(count):
        ctx.write(chr(97 + number % 26) * size)
        ctx.progress(number + 1, count)
    ctx.log("info", "written")
    return "end"

@plugin.tool(effect="read")
def big(size: int) -> str:
    return "x" * size

@plugin.tool(effect="read")
def asks(*, ctx: Context) -> str:
    return ctx.ask("really?", ("yes", "no"))

@plugin.tool(effect="read")
def calls(*, ctx: Context) -> str:
    return ctx.call_tool("other", a=1).parts[0].text + " " + ctx.session

@plugin.tool(effect="read", subjects={"path": "file:read"})
def reads(path: str, *, ctx: Context) -> str:
    return os.read(ctx.file("path").fd, 100).decode() + ctx.file("path").path
'''


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


def test_a_call_is_answered_and_the_end_is_orderly(board: Spawned) -> None:
    assert board.text("echo", text="äöü") == "äöü"
    assert board.wait() == 0
    assert board.stderr().endswith("stopped in order\n")


def test_nothing_printed_at_import_reaches_the_wire(board: Spawned) -> None:
    assert board.text("echo", text="clean") == "clean"
    for words in ("at import", "raw at import", "child at import"):
        assert words in board.stderr()


def test_it_says_who_it_is(source: Path) -> None:
    with spawned(source, is_greeted=False) as board:
        ready = board.greet()
        assert (ready.plugin, ready.release, ready.version) == ("tried", "1.2.3", 1)


def test_on_start_runs_with_the_setup_before_any_thread(board: Spawned) -> None:
    assert '"greeting":"hi"' in board.text("facts")
    assert '"threads":1' in board.text("facts")


@pytest.mark.parametrize(
    ("tool", "arguments", "kind", "words"),
    [
        ("none", {}, NotFound, "no tool `none` here; known: echo"),
        ("echo", {}, InvalidParams, "missing required field `text`"),
        ("echo", {"text": 1}, InvalidParams, "Expected `str`, got `int`"),
        ("echo", {"text": "", "txet": 1}, InvalidParams, "unknown field `txet`; parameters: text"),
        ("fails", {"how": "bug"}, Internal, "ValueError: a bug"),
        ("fails", {"how": "exit"}, Internal, "SystemExit: 3"),
        ("reads", {"path": "x"}, NotFound, "without a file for `path`"),
    ],
)
def test_a_call_that_cannot_be_served_is_answered_with_the_reason(
    board: Board, tool: str, arguments: dict[str, object], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        board.tool(tool, **arguments)
    assert board.text("echo", text="alive") == "alive"


def test_an_unknown_method_is_refused(board: Board) -> None:
    with pytest.raises(MethodNotFound, match="`nosuch`"):
        board.start("nosuch", {}).result(str)


def test_a_failed_tool_is_a_value(board: Board) -> None:
    output = board.tool("fails", how="tool")
    assert output.outcome is Outcome.FAILED
    assert getattr(output.parts[0], "text", "") == "no such luck"


def test_a_fault_is_logged_with_its_traceback(board: Board) -> None:
    with pytest.raises(Internal):
        board.tool("fails", how="bug")
    assert "Traceback" in board.logs[-1].msg


def test_a_number_that_json_spells_otherwise_is_taken(board: Board) -> None:
    assert len(board.text("big", size=3.0)) == 3


def test_ping_is_answered_while_a_handler_is_busy(board: Board) -> None:
    call = board.start_tool("stuck", {"seconds": 3})
    assert board.ping().busy == 1
    assert call.end is None
    assert board.text("echo", text="meanwhile") == "meanwhile"
    assert call.end is None


def test_calls_run_side_by_side_once_a_handler_was_slow(board: Board) -> None:
    began = time.monotonic()
    calls = [board.start_tool("stuck", {"seconds": 1.0}) for _ in range(8)]
    for call in calls:
        call.result(ToolOutput)
    assert time.monotonic() - began < 4


def test_hundreds_of_quick_calls_behind_slow_ones_are_all_answered(board: Board) -> None:
    slow = [board.start_tool("stuck", {"seconds": 0.3}) for _ in range(3)]
    quick = [board.start_tool("echo", {"text": f"{number}"}) for number in range(200)]
    assert [getattr(call.result(ToolOutput).parts[0], "text", "") for call in quick] == [str(n) for n in range(200)]
    for call in slow:
        call.result(ToolOutput)


def test_cancel_is_seen_by_a_handler_that_looks(board: Board) -> None:
    call = board.start_tool("sleep", {"seconds": 60})
    board.ping()
    call.cancel()
    with pytest.raises(CallCancelled, match="user"):
        call.result(ToolOutput)


def test_cancel_runs_the_callbacks_of_a_handler_that_waits(board: Board) -> None:
    call = board.start_tool("child", {})
    board.ping()
    time.sleep(0.2)  # the child must have been started; nothing tells when
    call.cancel()
    assert getattr(call.result(ToolOutput).parts[0], "text", "") == str(-signal.SIGKILL)


def test_a_result_that_beats_its_cancel_is_one_result(board: Board) -> None:
    for _ in range(100):
        call = board.start_tool("echo", {"text": "x"})
        call.cancel()
        call.result(ToolOutput)
    board.send(Cancel(2))
    board.ping()


def test_the_deadline_ends_a_handler_that_looks(board: Board) -> None:
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        board.start_tool("sleep", {"seconds": 60}, timeout_s=0.2).result(ToolOutput)
    assert time.monotonic() - began < 10


def test_the_deadline_runs_callbacks(board: Board) -> None:
    call = board.start_tool("child", {}, timeout_s=0.3)
    assert getattr(call.result(ToolOutput).parts[0], "text", "") == str(-signal.SIGKILL)


def test_output_is_streamed_with_progress_and_log(board: Board) -> None:
    call = board.start_tool("writes", {"count": 30, "size": 100_000})
    assert getattr(call.result(ToolOutput).parts[0], "text", "") == "end"
    assert call.output() == "".join(chr(97 + number % 26) * 100_000 for number in range(30))
    assert call.progress[-1].done == 30
    assert board.logs[-1].msg == "written"


def test_a_plugin_sends_no_more_than_it_was_granted(board: Board) -> None:
    call = board.start_tool("writes", {"count": 10_000, "size": 1}, window=6400)
    call.is_topped_up = False
    call.wait_for_items(100)
    board.ping()
    assert len(call.items(str)) == 100
    call.grant(640)
    call.wait_for_items(110)
    board.ping()
    assert len(call.items(str)) == 110
    call.cancel()
    with pytest.raises(CallCancelled):
        call.result(ToolOutput)


def test_without_a_stream_what_was_written_is_in_the_result(board: Board) -> None:
    output = board.start_tool("writes", {"count": 3, "size": 2}, window=0).result(ToolOutput)
    assert [getattr(part, "text", "") for part in output.parts] == ["aabbcc", "end"]


@pytest.mark.parametrize("size", [500_000, 600_000, 1_000_000, 20_000_000])
def test_results_of_any_size_arrive_whole(board: Board, size: int) -> None:
    assert board.text("big", size=size) == "x" * size


def test_two_big_results_at_once_do_not_mix(board: Board) -> None:
    calls = [board.start_tool("big", {"size": 3_000_000 + number}) for number in range(3)]
    for number, call in enumerate(calls):
        assert len(getattr(call.result(ToolOutput).parts[0], "text", "")) == 3_000_000 + number


def test_the_user_is_asked_through_the_call(board: Board) -> None:
    board.answers = ["yes"]
    assert board.text("asks") == "yes"
    assert board.questions[0].choices == ("yes", "no")
    with pytest.raises(PermissionDenied, match="nobody"):
        board.tool("asks")


def test_another_tool_is_called_through_the_call(board: Board) -> None:
    board.tools["other"] = lambda a: ToolOutput(parts=(Text(text=f"got {a}"),))
    assert board.text("calls") == "got 1 test"


def test_files_come_as_descriptors(board: Board, tmp_path: Path) -> None:
    path = tmp_path / "given.txt"
    for number in range(5):
        path.write_text(f"content {number} of ")
        call = board.start_tool("reads", {"path": "x"}, files={"path": reading(path)})
        assert getattr(call.result(ToolOutput).parts[0], "text", "") == f"content {number} of given.txt"


def test_no_descriptor_is_left_behind(board: Spawned, tmp_path: Path) -> None:
    path = tmp_path / "given.txt"
    path.write_text("")
    board.tool("echo", text="")
    count = lambda: len(list(Path(f"/proc/{board.process.pid}/fd").iterdir()))  # noqa: E731
    board.start_tool("reads", {"path": "x"}, files={"path": reading(path)}).result(ToolOutput)
    before = count()
    for _ in range(20):
        board.start_tool("reads", {"path": "x"}, files={"path": reading(path)}).result(ToolOutput)
    with pytest.raises(InvalidParams):
        board.start_tool("reads", {"oops": "x"}, files={"path": reading(path)}).result(ToolOutput)
    board.start_tool("reads", {"path": "x"}, files={"path": reading(path)}).result(ToolOutput)
    board.ping()
    assert count() == before


def test_the_end_of_the_channel_ends_a_busy_plugin(board: Spawned) -> None:
    board.start_tool("stuck", {"seconds": 60})
    board.ping()
    began = time.monotonic()
    assert board.wait() == 70
    assert time.monotonic() - began < 5


def test_the_end_of_the_channel_lets_a_handler_that_looks_finish(board: Spawned) -> None:
    board.start_tool("sleep", {"seconds": 60})
    board.ping()
    assert board.wait() == 0


def test_half_a_frame_is_told_from_an_orderly_end(board: Spawned) -> None:
    board.send_bytes(b"\x00\x00\x00\x10abc")
    assert board.wait() == 70
    assert "inside a frame" in board.stderr()


@pytest.mark.parametrize(
    ("garbage", "words"),
    [
        (b"Hello\n", "text was written on the channel"),
        (b"\x00\x00\x00\x01x", "a frame length of 1"),
        (b"\x00\x00\x00\x02\xc0\xc0", "no [kind, id, ...]"),
        (b"\x00\x00\x00\x03\x92\x28\x00", "unknown kind 40"),
        (b"\x00\x00\x00\x04\x92\xcc\x82\x00", "unknown kind 130"),
    ],
)
def test_garbage_ends_the_connection_and_is_named(board: Spawned, garbage: bytes, words: str) -> None:
    board.send_bytes(garbage)
    farewell = board.wait_for_end()
    assert farewell is not None
    assert farewell.code == "PROTOCOL"
    assert words in farewell.msg
    assert board.wait() == 70


def test_kinds_to_be_ignored_are_ignored(board: Board) -> None:
    board.send_bytes(b"\x00\x00\x00\x04\x93\x64\x00\xc0")
    assert board.text("echo", text="still here") == "still here"


def test_a_second_hello_is_a_violation(board: Board) -> None:
    board.send(Hello(0, [1], b"", Limits(), Identity("x", "y")))
    farewell = board.wait_for_end()
    assert farewell is not None
    assert "Hello after the handshake" in farewell.msg


def test_data_without_credit_is_a_violation(board: Board) -> None:
    board.send(Data(2, b"\xc0"))  # type: ignore[arg-type]
    farewell = board.wait_for_end()
    assert farewell is not None
    assert farewell.code == "FLOW_CONTROL"


def test_a_drain_lets_calls_finish_and_takes_no_new_ones(board: Spawned) -> None:
    call = board.start_tool("stuck", {"seconds": 0.5})
    board.ping()
    board.send(Drain(0, 5000))
    late = board.start_tool("echo", {"text": "late"})
    board.wait_for_end()
    assert getattr(call.end, "value", None) is not None
    assert getattr(late.end, "code", "") == "NOT_READY"
    assert board.process.wait(20) == 0
    assert "stopped in order" in board.stderr()


def test_a_drain_of_an_idle_plugin_is_a_farewell(board: Spawned) -> None:
    assert board.drain().code == "OK"
    assert board.process.wait(20) == 0


def test_a_drain_does_not_wait_for_ever(board: Spawned) -> None:
    board.start_tool("stuck", {"seconds": 60})
    board.ping()
    board.drain(grace_ms=100)
    assert board.process.wait(20) == 70


def test_a_plugin_that_cannot_be_imported_says_why(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text("import no_such_module_anywhere")
    with spawned(tmp_path, is_greeted=False) as board:
        with pytest.raises(StartFailed, match="No module named 'no_such_module_anywhere'"):
            board.greet()
        assert "Traceback" in board.stderr()


def test_a_plugin_whose_start_fails_says_why(tmp_path: Path) -> None:
    program = "from pegboard_sdk import Plugin\nplugin = Plugin('x')\n@plugin.on_start\ndef f(setup): 1 / 0\n"
    (tmp_path / "plugin.py").write_text(program)
    with spawned(tmp_path, is_greeted=False) as board, pytest.raises(StartFailed, match="ZeroDivisionError"):
        board.greet()


def test_a_plugin_started_by_a_person_says_what_it_is(tmp_path: Path) -> None:
    program = tmp_path / "plugin.py"
    program.write_text("from pegboard_sdk import Plugin\nPlugin('words').run()\n")
    done = subprocess.run([sys.executable, str(program)], capture_output=True, check=False, text=True, timeout=20)
    assert done.returncode == 64
    assert "words is a plugin of Pegboard" in done.stderr


LIGHT = """
import sys
import pegboard_sdk.host, pegboard_sdk.runtime.blocking
from pegboard_sdk import Plugin, Context
heavy = {"trio", "asyncio", "threading", "socket", "pluggy", "ctypes", "tomllib", "subprocess", "pegboard_sdk.schema"}
loaded = heavy & set(sys.modules)
import os, _thread
print(sorted(loaded), _thread._count(), len(os.listdir("/proc/self/fd")))
"""


def test_the_blocking_runtime_imports_nothing_heavy_and_starts_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, check=True, text=True, timeout=20)
    assert done.stdout.split("]")[0] == "["
    assert done.stdout.split("]")[1].split() == ["0", "4"]


FORKED = """
import gc, os, sys
from pegboard_sdk import host
gc.freeze()
if pid := os.fork():
    os.close(0)
    os.close(1)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
sys.path.insert(0, sys.argv[1])
passing = int(os.environ["PEGBOARD_FD"])
os._exit(host.serve("plugin:plugin", read_fd=0, write_fd=1, passing_fd=passing, package_dir=sys.argv[1]))
"""


def test_a_fork_of_a_preloaded_process_serves_like_any_other(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "given.txt"
    path.write_text("content of ")
    with spawned([sys.executable, "-c", FORKED, str(source)]) as board:
        assert board.text("echo", text="forked") == "forked"
        call = board.start_tool("reads", {"path": "x"}, files={"path": reading(path)})
        assert getattr(call.result(ToolOutput).parts[0], "text", "") == "content of given.txt"
        slow = board.start_tool("stuck", {"seconds": 0.5})
        assert board.ping().busy == 1
        slow.result(ToolOutput)
        assert board.wait() == 0


def test_more_slow_calls_than_threads_are_all_answered(board: Board) -> None:
    calls = [board.start_tool("stuck", {"seconds": 0.2}) for _ in range(100)]
    assert board.ping().busy >= 64
    for call in calls:
        assert getattr(call.result(ToolOutput).parts[0], "text", "") == "woke"
    # A call is counted until after its last frame was written, so the first ping may still see one.
    assert any(board.ping().busy == 0 for _ in range(1000))


def test_a_call_that_is_cancelled_before_it_ran_did_nothing(board: Board) -> None:
    for _ in range(2):
        board.start_tool("stuck", {"seconds": 0.05}).result(ToolOutput)
    stuck = [board.start_tool("stuck", {"seconds": 1}) for _ in range(80)]
    last = board.start_tool("stuck", {"seconds": 1})
    last.cancel()
    with pytest.raises(CallCancelled) as caught:
        last.result(ToolOutput)
    assert caught.value.effect is Effect.NONE
    for call in stuck:
        call.result(ToolOutput)


THREADED = """
import threading
from pegboard_sdk import Context, Plugin

plugin = Plugin("threaded")

@plugin.tool(effect="read")
def many(*, ctx: Context) -> str:
    def work(letter: str) -> None:
        for _ in range(200):
            ctx.write(letter * 1000)
    threads = [threading.Thread(target=work, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    answer = ctx.ask("meanwhile?")
    for thread in threads:
        thread.join()
    return answer
"""


def test_a_context_is_for_all_threads_of_its_handler(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text(THREADED)
    with spawned(tmp_path) as board:
        board.answers = ["yes"] * 3
        for _ in range(3):
            call = board.start_tool("many", {}, window=5000)
            assert getattr(call.result(ToolOutput).parts[0], "text", "") == "yes"
            assert sorted(call.output()) == sorted("abcd" * 200_000)
