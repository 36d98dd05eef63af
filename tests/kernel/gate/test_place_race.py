"""Another process keeps swapping names while paths are judged and used: nothing outside is ever reached."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from pegboard.cli.shipped import SHIPPED
from pegboard.gate.facts import Facts
from pegboard.gate.judge import judge
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.resolve import resolve
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Verdict
from pegboard.places import Places
from pegboard_sdk.errors import NotFound, PermissionDenied

TRIES = 2_000
RACER = """
import ctypes, sys
swap = ctypes.CDLL(None).renameat2
names = [name.encode() for name in sys.argv[1:]]
print("ready", flush=True)
while True:
    for _ in range(256):
        swap(-100, names[0], -100, names[1], 2)
"""
POLICY = Policy(rules=tuple(Rule.parse(text, Verdict.ALLOW) for text in ("read_file(**)", "write_file(**)")))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="renameat2 exchanges names on Linux only")


@contextmanager
def swapping(one: Path, other: Path) -> Iterator[None]:
    racer = subprocess.Popen([sys.executable, "-I", "-c", RACER, str(one), str(other)], stdout=subprocess.PIPE)
    try:
        assert racer.stdout is not None
        assert racer.stdout.readline() == b"ready\n"
        yield
    finally:
        racer.send_signal(signal.SIGKILL)
        racer.communicate()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimpleNamespace]:
    inside, outside = tmp_path / "w", tmp_path / "o"
    (inside / "d").mkdir(parents=True)
    outside.mkdir()
    (inside / "d/x").write_text("inside")
    (inside / "f").write_text("inside")
    (outside / "x").write_text("outside")
    (inside / "l").symlink_to(outside)
    (inside / "g").symlink_to(outside / "x")
    own = Places(**dict.fromkeys(("config", "data", "state", "cache", "runtime", "managed"), tmp_path / "own"))
    with Place.open(inside, str(tmp_path / "h"), own) as place:
        yield SimpleNamespace(inside=inside, outside=outside, place=place, top=tmp_path)


def attempts(world: SimpleNamespace, tool: str, path: str, use: Callable[[Facts], None]) -> tuple[int, int]:
    """How many tries were allowed and carried out, and how many were not."""
    done = refused = 0
    for _ in range(TRIES):
        with resolve(SHIPPED[tool], {"path": path}, world.place, POLICY) as facts:
            if judge(POLICY, facts).verdict is not Verdict.ALLOW:
                refused += 1
                continue
            try:
                use(facts)
            except (NotFound, PermissionDenied):
                refused += 1
            else:
                done += 1
    return done, refused


def test_reading_below_a_swapped_folder_never_reads_outside(world: SimpleNamespace) -> None:
    def read(facts: Facts) -> None:
        grant = facts.files["path"]
        assert os.pread(facts.descriptors[grant.slot], 100, 0) == b"inside"

    with swapping(world.inside / "d", world.inside / "l"):
        done, refused = attempts(world, "read_file", "d/x", read)
    assert done
    assert refused


def test_reading_a_swapped_file_never_reads_outside(world: SimpleNamespace) -> None:
    def read(facts: Facts) -> None:
        assert os.pread(facts.descriptors[0], 100, 0) == b"inside"

    with swapping(world.inside / "f", world.inside / "g"):
        done, refused = attempts(world, "read_file", "f", read)
    assert done
    assert refused


def replace_as_plugins_do(facts: Facts) -> None:
    """Create or replace by rename in the granted folder, if the name is still what was judged."""
    grant = facts.files["path"]
    folder = facts.descriptors[grant.slot]
    beside = os.open(".beside", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    os.write(beside, b"written")
    os.close(beside)
    try:
        found = os.stat(grant.name, dir_fd=folder, follow_symlinks=False)
        if (found.st_dev, found.st_ino) != (grant.device, grant.inode):
            raise NotFound("moved")
    except FileNotFoundError:
        if grant.exists:
            raise NotFound("gone") from None
    os.rename(".beside", grant.name, src_dir_fd=folder, dst_dir_fd=folder)


def test_writing_a_swapped_file_never_writes_outside(world: SimpleNamespace) -> None:
    with swapping(world.inside / "f", world.inside / "g"):
        done, _ = attempts(world, "write_file", "f", replace_as_plugins_do)
    assert done
    assert (world.outside / "x").read_text() == "outside"


def test_writing_below_a_swapped_folder_never_writes_outside(world: SimpleNamespace) -> None:
    with swapping(world.inside / "d", world.inside / "l"):
        done, refused = attempts(world, "write_file", "d/new", replace_as_plugins_do)
    assert done
    assert refused
    assert sorted(os.listdir(world.outside)) == ["x"]


def test_the_root_that_is_held_is_the_root_whatever_its_name_becomes(world: SimpleNamespace) -> None:
    other = world.top / "other"
    (other / "d").mkdir(parents=True)
    (other / "d/x").write_text("outside")

    def read(facts: Facts) -> None:
        assert os.pread(facts.descriptors[0], 100, 0) == b"inside"

    with swapping(world.inside, other):
        done, _ = attempts(world, "read_file", "d/x", read)
        absolute, _ = attempts(world, "read_file", f"{world.inside}/d/x", read)
    assert done == TRIES
    assert absolute == TRIES
