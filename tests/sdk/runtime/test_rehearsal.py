"""What the spawner does before it forks: a greeting that nobody needs, and of which nothing but warm memory stays."""

import os
import subprocess
import sys
import threading

import pytest

from pegboard_sdk.host import rehearse

STATE = """
import os, sys, threading
from pegboard_sdk.host import rehearse
def state(): return sorted(os.listdir("/dev/fd")), threading.active_count(), dict(os.environ), os.getcwd(), sys.path[:]
before = state()
rehearse()
assert state() == before, (before, state())
"""


def test_it_says_nothing_and_starts_no_thread(capfd: pytest.CaptureFixture[str]) -> None:
    threads = threading.active_count()
    rehearse()
    assert threading.active_count() == threads
    assert capfd.readouterr() == ("", "")


def test_it_leaves_nothing_open_and_nothing_changed() -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", STATE], env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
