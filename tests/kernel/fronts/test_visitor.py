"""Who may attach: the same user's processes, but none that is confined or that runs below the holder."""

import ctypes
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from escape_ground import python_of
from needing import absent

from pegboard.fronts.visitor import admit
from pegboard_sdk.errors import PermissionDenied

KNOCK = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(1))"
ASIDE = (
    "import os, sys\n"
    "if os.fork(): os._exit(0)\n"
    "os.setsid()\n"
    "while os.getppid() == int(sys.argv[2]): pass\n"
    "if os.fork(): os._exit(0)\n" + KNOCK
)
"""Knocks as an orphan: whoever reaps it is its parent, and this test is above it no more."""
WALLED = "import ctypes\nctypes.CDLL(None).prctl(38, 1, 0, 0, 0)\n" + ASIDE


@pytest.fixture(autouse=True)
def no_subreaper() -> Iterator[None]:
    """Orphans come to a subreaper, and other tests in this process may have made it one: nobody would stand aside."""
    call, was = ctypes.CDLL(None).prctl, ctypes.c_int()
    call(37, ctypes.byref(was), 0, 0, 0)
    call(36, 0, 0, 0, 0)
    yield
    call(36, was.value, 0, 0, 0)


@contextmanager
def visitor(program: str, *before: str, python: str = sys.executable) -> Iterator[socket.socket]:
    """A connection of a process that runs `program`; the socket itself lets everybody connect."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        path = f"{folder}/s"
        listening.bind(path)
        os.chmod(folder, 0o755)
        os.chmod(path, 0o777)
        listening.listen()
        listening.settimeout(30)
        knock = [os.path.realpath(python), "-I", "-c", program, path, str(os.getpid())]
        with subprocess.Popen([*before, *knock], stdout=subprocess.PIPE, start_new_session=True):
            connection, _ = listening.accept()
            with connection:
                yield connection


def test_a_process_that_stands_beside_us_is_let_in() -> None:
    with visitor(ASIDE) as connection:
        assert admit(connection) not in (0, os.getpid())


def test_what_runs_below_us_is_refused() -> None:
    with visitor(KNOCK) as connection, pytest.raises(PermissionDenied, match="started by this session"):
        admit(connection)


def test_what_has_walls_that_we_have_not_is_refused() -> None:
    with visitor(WALLED) as connection, pytest.raises(PermissionDenied, match="confined"):
        admit(connection)


def test_another_user_is_refused() -> None:
    if os.geteuid() != 0:
        absent("root, to be another user,")
    user = ("setpriv", "--reuid", "1001", "--regid", "1001", "--clear-groups")
    python = python_of(1001)
    with visitor(ASIDE, *user, python=python) as connection, pytest.raises(PermissionDenied, match="of user 1001"):
        admit(connection)


def test_ourselves_are_no_visitor() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(PermissionDenied):
        admit(ours)
