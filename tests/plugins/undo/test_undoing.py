"""What undo touches, what it leaves, and what it says."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from needing import absent
from undo_bench import Bench, snapshot

from pegboard_sdk import InvalidParams, ToolFailed, ToolUse
from pegboard_sdk.wire.records import Room
from pegboard_undo import watch
from pegboard_undo.inotify import Inotify


def filled(bench: Bench) -> dict[str, object]:
    bench.outside("echo a > a; echo b > b; mkdir d; echo x > d/x; echo k > kept")
    return snapshot(bench.root)


def test_what_a_user_changed_since_is_kept_and_named_with_what_stands_there(bench: Bench) -> None:
    filled(bench)
    bench.shell("echo 2 > a; echo 2 > b; rm -r d; mkdir new; touch new/one; echo 2 > gone")
    bench.outside("echo mine > a; mkdir d; echo mine > d/x; echo mine > new/mine; rm gone; echo mine > other")
    said = bench.undo()
    mine = {name: (bench.root / name).read_text() for name in ("a", "b", "d/x", "new/mine", "other")}
    assert mine == {"a": "mine\n", "b": "b\n", "d/x": "mine\n", "new/mine": "mine\n", "other": "mine\n"}
    assert "left a as it is: it was changed since; now a file of 5 bytes" in said
    assert "left d/x as it is" in said
    assert "new/mine in it is not the call's" in said
    assert not (bench.root / "new" / "one").exists()


def test_what_a_user_changes_between_calls_is_not_the_calls(bench: Bench) -> None:
    filled(bench)
    bench.shell("echo 2 > a")
    bench.outside("echo mine > b; echo mine > new")
    bench.shell("echo 3 > a")
    assert "b" not in bench.desk.diff("s", "")[:1]
    bench.undo()
    assert [(bench.root / name).read_text() for name in ("a", "b", "new")] == ["a\n", "mine\n", "mine\n"]


def test_undo_and_redo_are_a_stack_and_a_new_change_clears_redo(bench: Bench) -> None:
    states = [filled(bench)]
    for prompt in (1, 2, 3):
        bench.prompt = prompt
        bench.shell(f"echo {prompt} > a; echo {prompt} > new{prompt}; mv b b{prompt} 2>&1 || true")
        states.append(snapshot(bench.root))
    assert "undid prompt 3" in bench.undo()
    assert "undid prompt 1, 2" in bench.undo("2")
    assert snapshot(bench.root) == states[0]
    assert "redid prompt 1, 2" in bench.redo()
    assert snapshot(bench.root) == states[2]
    assert "redid prompt 3" in bench.redo()
    assert snapshot(bench.root) == states[3]
    assert "nothing to redo" in bench.redo()
    bench.undo("--to-turn 1")
    assert snapshot(bench.root) == states[1]
    bench.prompt = 4
    bench.shell("echo 4 > c")
    assert "nothing to redo" in bench.redo()
    assert "undid prompt 1, 4" in bench.undo("9")
    assert snapshot(bench.root) == states[0]
    assert "nothing to undo" in bench.undo()


def test_a_model_takes_back_call_by_call(bench: Bench) -> None:
    states = [filled(bench)]
    for text in ("1", "2"):
        bench.shell(f"echo {text} > a; echo {text} > b")
        states.append(snapshot(bench.root))
    assert bench.desk.undo_call("s") == "undid `tool echo 2 > a; echo 2 > b`\nrestored a, b"
    assert snapshot(bench.root) == states[1]
    bench.desk.undo_call("s")
    assert snapshot(bench.root) == states[0]
    with pytest.raises(ToolFailed, match="no call to undo"):
        bench.desk.undo_call("s")
    bench.redo()
    assert snapshot(bench.root) == states[1]


def test_sessions_undo_their_own_and_words_that_are_none_are_refused(bench: Bench) -> None:
    filled(bench)
    bench.shell("echo 2 > a", session="other")
    assert "nothing to undo" in bench.undo()
    for wrong in ("x", "0", "--to-turn", "-1"):
        with pytest.raises(InvalidParams, match="undo"):
            bench.undo(wrong)
    assert "undid" in bench.desk.undo("other", "")


def test_a_file_that_is_too_large_is_named_before_and_after_and_still_moves_back(benches: Callable[..., Bench]) -> None:
    bench = benches(file_mb=0.01)
    bench.outside("head -c 20000 /dev/zero > big; head -c 20000 /dev/zero > moved; echo a > a")
    said = bench.shell("echo more >> big; mv moved there; echo 2 > a")
    assert "big" in str(said[0])
    assert said[1] == "undo cannot restore big: no copy was kept"
    bench.shell("true")
    assert bench.shell("true") == [None, None], "each name is said once"
    undone = bench.undo()
    assert "left big as it is: its content was not kept" in undone
    assert (bench.root / "moved").stat().st_size == 20000
    assert not (bench.root / "there").exists()
    assert (bench.root / "a").read_text() == "a\n"


def test_what_is_kept_is_bounded_and_the_oldest_calls_go_first(benches: Callable[..., Bench]) -> None:
    bench = benches(keep_mb=0.2)
    for number in range(1, 9):
        bench.prompt = number
        bench.shell(f"head -c 40000 /dev/urandom > f; echo {number} > n")
        until = time.monotonic() + 20
        while bench.desk._workspaces[0].waiting and time.monotonic() < until:
            time.sleep(0.01)
    assert sum(bench.desk._workspaces[0].contents.sizes) <= 200_000 * 1.1
    bench.undo()
    assert (bench.root / "n").read_text() == "7\n"


def test_attributes_and_links_and_pipes_come_back_as_far_as_they_can(bench: Bench) -> None:
    bench.outside("echo a > a; ln -s nowhere l; mkfifo pipe; mkdir -m 2750 odd; echo q > odd/q; chmod 500 odd")
    try:
        os.setxattr(bench.root / "a", "user.mark", b"1")
    except OSError:
        absent("a file system with attributes")
    before = snapshot(bench.root)
    bench.shell("setfattr -x user.mark a; rm a l; ln -s else l; chmod 700 odd; rm odd/q; rm pipe; mkfifo other")
    said = bench.undo()
    del before["pipe"]
    assert snapshot(bench.root) == before
    assert os.getxattr(bench.root / "a", "user.mark") == b"1"
    assert "left pipe as it is: sockets, pipes and devices cannot be made again" in said


def test_what_no_undo_reaches_is_said(bench: Bench) -> None:
    filled(bench)
    room = Room(confined=True, needs=("network",))
    use = ToolUse(call="n", tool="bash", arguments={"command": "curl x"}, turn=1, effects=("exec",), room=room)
    bench.desk.before("s", 1, use)
    bench.desk.after(use)
    bench.shell("echo 2 > a")
    assert "not undone: what `bash curl x` did to the network" in bench.undo()


def test_a_call_that_was_cancelled_is_undone_too(bench: Bench) -> None:
    before = filled(bench)
    use = ToolUse(call="c", tool="bash", arguments={}, turn=1)
    bench.desk.before("s", 1, use)
    bench.outside("echo 2 > a")
    bench.desk.ended("s")
    bench.outside("echo mine > b")
    bench.undo()
    assert (bench.root / "b").read_text() == "mine\n"
    assert snapshot(bench.root)["a"] == before["a"]


@pytest.mark.parametrize("lacking", ["watches", "inotify", "overflow"])
def test_without_inotify_everything_is_seen_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    def fails(*_: object) -> int:
        raise OSError(28, "no space left on device")

    if lacking == "watches":
        monkeypatch.setattr(Inotify, "add", fails)
    if lacking == "inotify":
        monkeypatch.setattr(Inotify, "__init__", fails)
    bench = Bench(tmp_path)
    before = filled(bench)
    if lacking == "overflow":
        monkeypatch.setattr(watch, "OVERFLOW", 0xFFF)  # every event says that some were lost
    bench.shell("echo 2 > a; rm -r d; mkdir -p n/m; touch n/m/o")
    bench.undo()
    assert snapshot(bench.root) == before
    bench.desk.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from undo_bench import Bench
import pegboard_undo.apply as apply

bench = Bench(Path(sys.argv[1]))
acts, least = 0, int(sys.argv[2])
tried = apply.Applying._try

def dying(self, path, act):
    global acts
    acts += 1
    if acts > least:
        os.kill(os.getpid(), signal.SIGKILL)
    tried(self, path, act)

apply.Applying._try = dying
bench.undo()
"""


@pytest.mark.parametrize("acts", [0, 1, 3, 5])
def test_an_undo_that_a_kill_cut_off_is_carried_to_its_end_by_the_next(tmp_path: Path, acts: int) -> None:
    bench = Bench(tmp_path)
    bench.outside("mkdir e; echo e > e/e; mkdir closed; echo c > closed/c; chmod 555 closed")
    before = filled(bench)
    bench.shell("chmod u+w closed; echo 2 > closed/c; chmod 555 closed; echo 2 > a; echo 2 > b")
    bench.shell("rm -r d; mkdir n; touch n/o; mv kept n/kept; chmod 555 n; chmod 500 e")
    after = snapshot(bench.root)
    bench.desk.close()
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(acts)], env=os.environ | {"PYTHONPATH": path}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    bench = Bench(tmp_path)
    with bench.call() as said:
        pass
    assert "the undo of prompt 1 was cut off" in str(said[0])
    assert "carried to its end" in bench.undo()
    assert snapshot(bench.root) == before
    bench.redo()
    assert snapshot(bench.root) == after
    bench.desk.close()


def test_nothing_that_is_kept_is_a_link_to_what_lives(bench: Bench) -> None:
    bench.outside("head -c 600000 /dev/urandom > large; cp large same; echo a > a")
    bench.shell("echo 2 >> large")
    kept = [path for path in (bench.folder / "data").rglob("*") if path.is_file()]
    live = {path.stat().st_ino for path in bench.root.rglob("*")}
    assert kept
    assert all(path.stat().st_nlink == 1 and path.stat().st_ino not in live for path in kept)


def test_its_own_store_below_the_workspace_is_not_watched(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.desk.close()
    bench.root = tmp_path
    bench.desk = bench._opened()
    bench.shell("echo a > a")
    assert "data" not in bench.desk.diff("s", "")
    assert bench.undo().splitlines() == ["undid prompt 1", "removed a"]
    bench.desk.close()


def test_a_workspace_within_another_has_its_changes_to_itself(tmp_path: Path) -> None:
    bench = Bench(tmp_path, above=True)
    bench.shell("echo a > a; echo b > ../b")
    assert bench.undo().splitlines() == ["undid prompt 1", "removed a", f"in {tmp_path}:", "removed b"]
    assert bench.redo().splitlines()[1:] == ["brought back a", f"in {tmp_path}:", "brought back b"]
    diff = bench.desk.diff("s", "").splitlines()
    assert [line for line in diff if line.startswith(("+++", "in "))] == ["+++ a", f"in {tmp_path}:", "+++ b"]
    bench.desk.close()


def test_names_that_are_no_text_and_deep_folders_come_back(bench: Bench) -> None:
    bench.outside("touch $'bad\\xff' $'two\\nlines'; mkdir -p 1/2/3/4/5/6/7/8; echo d > 1/2/3/4/5/6/7/8/f")
    before = snapshot(bench.root)
    bench.shell("rm -r *; touch $'other\\xfe'")
    said = bench.undo()
    assert snapshot(bench.root) == before
    assert "'two\\nlines'" in said
    assert "removed other?" in said
