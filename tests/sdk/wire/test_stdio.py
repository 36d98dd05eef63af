"""Whatever a plugin prints lands on standard error, never on the wire."""

import os
import subprocess
import sys

import pytest

NOISY = """
import os, sys, subprocess
from pegboard_sdk.wire import stdio
print("before")
read_fd, write_fd = stdio.claim()
print("print")
os.write(1, b"write\\n")
subprocess.run(["echo", "child"], check=True)
assert sys.stdin.read() == ""
assert subprocess.run(["cat"], capture_output=True, check=True).stdout == b""
assert min(read_fd, write_fd) >= 3
assert not os.get_inheritable(read_fd) and not os.get_inheritable(write_fd)
os.write(write_fd, os.read(read_fd, 100).upper())
"""


def run(program: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", program],
        check=False,
        input=b"wire",
        stdout=subprocess.PIPE,
        timeout=20,
        env={key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"},
        **options,
    )


def test_prints_of_any_kind_go_to_standard_error() -> None:
    done = run(NOISY, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"WIRE"
    assert sorted(done.stderr.split()) == [b"before", b"child", b"print", b"write"]


def test_a_process_without_standard_error_prints_into_nothing() -> None:
    quiet = NOISY.replace('print("before")', "os.close(2)")
    done = run(quiet, stderr=subprocess.DEVNULL)
    assert done.stdout == b"WIRE"


def test_private_descriptors_stay_as_they_are() -> None:
    program = """
import os
from pegboard_sdk.wire import stdio
r, w = os.pipe()
os.set_inheritable(w, True)
assert stdio.claim(r, w) == (r, w)
assert not os.get_inheritable(w)
print("to standard error")
"""
    done = run(program, stderr=subprocess.PIPE)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"to standard error\n")


@pytest.mark.parametrize("closed", ["0", "1", "2"])
def test_a_closed_standard_descriptor_does_not_take_the_wire_with_it(closed: str) -> None:
    program = f"""
import os
from pegboard_sdk.wire import stdio
r, w = os.pipe()
os.close({closed})
r, w = stdio.claim(r, w)
os.write(w, b"x")
assert os.read(r, 1) == b"x"
os.write(1, b"y")
assert os.read(0, 1) == b""
"""
    assert run(program, stderr=subprocess.DEVNULL).returncode == 0
