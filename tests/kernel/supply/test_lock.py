"""The lock: read strictly, trusted only where nobody else may write it, replaced in one step by one process."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.found import Origin
from pegboard.places import Places
from pegboard.supply.failure import LockBroken
from pegboard.supply.lock import (
    NAME,
    Authority,
    Lock,
    Pin,
    ToolPin,
    WheelPin,
    editing,
    lock_in_force,
    lock_text,
    parse_lock,
    user_lock,
)
from pegboard_sdk.errors import Conflict

ME = (os.geteuid(),)
HASH = "ab" * 32
PIN = Pin(
    version="1.0",
    origin=Origin.STORE,
    manifest=HASH,
    trees={"here": HASH},
    wheels={"words": WheelPin(version="1.0", files={"words-1.0-py3-none-any.whl": HASH})},
    tools={"say": ToolPin(text=HASH)},
    accepted="2026-01-01T00:00:00+00:00",
)
LOCK = Lock(schema=1, plugins={"words": PIN})

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def write(places: Places, lock: Lock = LOCK) -> Path:
    places.config.mkdir(exist_ok=True)
    file = places.config / NAME
    file.write_bytes(lock_text(lock))
    return file


def test_a_lock_reads_back_as_it_was_written(places: Places) -> None:
    assert parse_lock(lock_text(LOCK), where="x") == LOCK
    assert b'"schema": 1' in lock_text(LOCK)


def test_no_lock_is_an_empty_one_and_nothing_is_created(places: Places) -> None:
    assert lock_in_force(places).lock == Lock(schema=1)
    assert not places.config.exists()


@given(st.binary(max_size=200))
def test_bytes_are_a_lock_or_broken(data: bytes) -> None:
    with pytest.raises(LockBroken):
        parse_lock(data, where="x")


@given(
    st.sampled_from(["version", "origin", "manifest", "trees", "wheels", "tools", "granted", "uses", "more"]), values
)
def test_a_pin_with_one_other_value_is_a_lock_or_broken(key: str, value: object) -> None:
    whole = msgspec.to_builtins(LOCK)
    whole["plugins"]["words"][key] = value
    try:
        parsed = parse_lock(msgspec.json.encode(whole), where="x")
    except LockBroken:
        return
    assert parse_lock(lock_text(parsed), where="x") == parsed


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a newer schema", '{"schema": 2}'),
        ("no schema", "{}"),
        ("an unknown key", '{"schema": 1, "allow": "all"}'),
        ("a short hash", lock_text(LOCK).decode().replace(HASH, "ab")),
        ("a path for a file name", lock_text(LOCK).decode().replace("words-1.0", "../words-1.0")),
        (
            "an id that is a path",
            lock_text(LOCK).decode().replace('"words": {\n      "version"', '"../x": {\n      "version"'),
        ),
        ("an array", "[]"),
        ("deep nesting", "[" * 100_000),
        ("not UTF-8", '{"schema": 1, "plugins": {"\udcff": 1}}'),
        ("cut", lock_text(LOCK).decode()[:-10]),
    ],
)
def test_what_is_not_a_lock_is_broken_and_never_empty(what: str, text: str) -> None:
    with pytest.raises(LockBroken, match=r"plugins\.lock: "):
        parse_lock(text.encode(errors="surrogateescape"), where=NAME)


@pytest.mark.parametrize("mode", [0o666, 0o664, 0o646])
def test_a_lock_that_others_may_write_is_not_trusted(places: Places, mode: int) -> None:
    write(places).chmod(mode)
    with pytest.raises(LockBroken, match="others may write"):
        user_lock(places)


def test_a_link_is_not_followed_and_a_pipe_is_not_waited_for(places: Places) -> None:
    file = write(places)
    file.rename(places.config / "real")
    file.symlink_to("real")
    with pytest.raises(LockBroken):
        user_lock(places)
    file.unlink()
    os.mkfifo(file)
    os.chmod(file, 0o600)
    with pytest.raises(LockBroken):
        user_lock(places)


def test_the_organisations_lock_wins_and_is_closed(places: Places) -> None:
    write(places)
    places.managed.parent.mkdir()
    managed = places.managed.with_name(NAME)
    managed.write_bytes(lock_text(Lock(schema=1)))
    locked = lock_in_force(places, administrators=ME)
    assert (locked.authority, locked.lock, locked.is_closed) == (Authority.MANAGED, Lock(schema=1), True)
    managed.write_text("{")
    with pytest.raises(LockBroken):
        lock_in_force(places, administrators=ME)
    managed.unlink()
    assert lock_in_force(places).lock == LOCK


def test_an_organisations_lock_of_somebody_else_is_broken(places: Places) -> None:
    places.managed.parent.mkdir()
    places.managed.with_name(NAME).write_bytes(lock_text(LOCK))
    with pytest.raises(LockBroken, match="right owner"):
        lock_in_force(places, administrators=(os.geteuid() + 1,))


def test_a_lock_is_replaced_in_one_step_and_kept_when_that_fails(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    with editing(places) as held:
        held.save(LOCK)
    file = places.config / NAME
    assert file.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with editing(places) as held, pytest.raises(OSError, match="No space"):
        held.save(Lock(schema=1))
    assert user_lock(places) == LOCK
    assert sorted(path.name for path in places.config.iterdir()) == [f".{NAME}.guard", NAME]


def test_one_process_at_a_time_changes_it(places: Places) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from pegboard.places import Places; from pegboard.supply.lock import editing\n"
        "p = Path(sys.argv[1])\n"
        "with editing(Places(config=p, data=p, state=p, cache=p, runtime=p, managed=p / 'no')):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    argv = [sys.executable, "-c", program, str(places.config)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Conflict, match="another process"), editing(places):
            raise AssertionError("two at once")
        other.kill()
    with editing(places) as held:
        held.save(LOCK)
