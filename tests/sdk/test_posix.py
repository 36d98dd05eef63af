"""Process trees are found and ended, whatever they do meanwhile."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pegboard_sdk import posix

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux process control")

TREE = """
import os, sys, time
def child(depth):
    if depth and os.fork() == 0:
        os.setsid()
        child(depth - 1)
    elif not depth:
        os.write(1, b"grown\\n")
    time.sleep(60)
child(3)
"""

FORKING = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.write(1, b"grown\\n")
end = time.monotonic() + 30
while time.monotonic() < end:
    if os.fork() == 0:
        time.sleep(0.005)
        os._exit(0) if os.getpid() % 3 else time.sleep(30)
    time.sleep(0.001)
"""


def grown(program: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"grown\n"
    return process


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state not in (b"Z", b"X")


def wait_until_gone(pids: list[int]) -> None:
    end = time.monotonic() + 20
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < end, f"still running: {[pid for pid in pids if is_running(pid)]}"


def test_descendants_are_found_through_sessions_parents_first() -> None:
    with grown(TREE) as process:
        below = posix.descendants(process.pid)
        parents = [int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) for pid in below]
        posix.kill_tree(process.pid)
    assert len(below) == 3
    assert parents == [process.pid, *below[:-1]]


def test_the_scan_finds_the_same_as_the_lists() -> None:
    with grown(TREE) as process:
        assert list(posix._children_by_scan(process.pid)) == posix.descendants(process.pid)[:1]
        posix.kill_tree(process.pid)


def test_killing_a_tree_leaves_nobody() -> None:
    with grown(TREE) as process:
        killed = posix.kill_tree(process.pid)
        assert process.wait(10) == -signal.SIGKILL
    assert len(killed) == 4
    wait_until_gone(killed)


def test_a_tree_that_keeps_forking_is_killed_whole() -> None:
    with grown(FORKING) as process:
        killed = posix.kill_tree(process.pid)
        assert process.wait(10) == -signal.SIGKILL
    wait_until_gone(killed)
    assert posix.descendants(process.pid) == []


def test_killing_a_process_that_is_gone_is_no_error() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait(10)
    assert posix.kill_tree(process.pid) == [process.pid]


REAPER = """
import os
from pegboard_sdk import posix
assert posix.become_subreaper()
assert posix.forbid_dump()
first = os.fork()
if first == 0:
    if os.fork() == 0:
        os.setsid()
        os.read(0, 1)
        os._exit(7)
    os._exit(0)
os.waitpid(first, 0)
os.close(0)
pid, status = os.wait()
print(os.waitstatus_to_exitcode(status))
"""


def test_a_subreaper_gets_orphans_that_called_setsid() -> None:
    done = subprocess.run([sys.executable, "-c", REAPER], input=b"x", capture_output=True, timeout=20, check=True)
    assert done.stdout == b"7\n"


MORTAL = """
import os, sys, time
from pegboard_sdk import posix
if os.fork() == 0:
    posix.die_with_parent()
    print(os.getpid(), flush=True)
    time.sleep(60)
os.read(0, 1)
"""


def test_a_child_can_ask_to_die_with_its_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", MORTAL], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.kill()
        process.wait(10)
        wait_until_gone([child])


def test_importing_it_imports_no_ctypes_and_nothing_else_of_ours() -> None:
    program = (
        "import sys, pegboard_sdk.posix; print('ctypes' in sys.modules, sum('pegboard' in m for m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=20, check=True, text=True)
    assert done.stdout.split() == ["False", "2"]


def test_own_pid_is_not_below_itself() -> None:
    assert os.getpid() not in posix.descendants(os.getpid())
