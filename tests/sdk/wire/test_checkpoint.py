"""Checkpoints vouch for what was there and for nothing else, each with the key of its own epoch."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pegboard_sdk.wire.checkpoint import Checkpoint, Deposit, Sealer, compare, line_of, read_lines

KEY = b"k" * 32
KEYS = {"r": KEY}


def history(name: str, length: int) -> list[str]:
    return [hashlib.sha256(f"{name} {number}".encode()).hexdigest() for number in range(length)]


HASHES = history("true", 12)


def made(hashes: list[str], seqs: list[int], sealer: Sealer | None = None) -> list[Checkpoint]:
    found = [
        Checkpoint(
            session="s",
            seq=seq,
            hash=hashes[seq - 1],
            time=f"2026-01-01T00:00:{at:02}Z",
            run="r",
            epoch=at,
        )
        for at, seq in enumerate(seqs)
    ]
    return [sealer.seal(one) for one in found] if sealer else found


SEQS = [3, 6, 9]
SEALED = made(HASHES, SEQS, Sealer(KEY))
PLAIN = made(HASHES, SEQS)


def test_what_nobody_changed_is_anchored_up_to_the_last_checkpoint() -> None:
    assert (compare(HASHES, SEALED, [], KEYS).anchored, compare(HASHES, SEALED, [], KEYS).faults) == (9, ())
    assert compare(HASHES, [], SEALED, KEYS).anchored == 9, "a sealed one needs no other witness"
    assert compare(HASHES, PLAIN, [], {}).anchored == 9
    assert compare(HASHES, [], PLAIN, {}).anchored == 0, "one beside the journal could be anybody's"
    assert compare(HASHES, [], [], {}).faults == ()


@pytest.mark.parametrize(("vouched", "keys"), [(SEALED, KEYS), (PLAIN, {}), (SEALED, {})])
@given(st.data())
def test_every_history_but_the_sealed_one_is_found(
    vouched: list[Checkpoint], keys: dict[str, bytes], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, 8))
    other = HASHES[:at] + history("other", 12 - at)
    assert compare(other, vouched, [], keys).faults


@pytest.mark.parametrize("length", range(9))
def test_a_history_cut_before_the_last_checkpoint_is_found_and_says_what_is_missing(length: int) -> None:
    assert f"records {length + 1} to 9 are missing" in str(compare(HASHES[:length], PLAIN, [], {}).faults)


def test_whoever_has_a_later_key_cannot_seal_what_came_before() -> None:
    """The fault of CVE-2023-31439: a key of today vouched for entries of yesterday."""
    sealer = Sealer(KEY)
    made(HASHES, SEQS, sealer)
    forged = history("forged", 12)
    later = [replace(one, mac="") for one in made(forged, [3, 6, 9, 12])]
    stolen = [sealer.seal(one) for one in later]
    assert [one.epoch for one in stolen] == [3, 4, 5, 6]
    assert "epoch 0 is missing" in str(compare(forged, [], stolen, KEYS).faults)
    renamed = [replace(one, epoch=epoch) for epoch, one in enumerate(stolen)]
    assert "was not sealed with the key of that epoch" in str(compare(forged, [], renamed, KEYS).faults)
    mixed = [*SEALED[:1], *[replace(one, epoch=epoch) for epoch, one in enumerate(stolen, 1)]]
    assert compare(forged, [], mixed, KEYS).faults


def test_a_key_is_gone_once_it_has_sealed() -> None:
    sealer = Sealer(KEY)
    made(HASHES, [3], sealer)
    held = repr(vars(sealer))
    assert KEY.hex() not in held
    assert str(KEY)[2:-1] not in held


@given(st.integers(0, 1), st.sampled_from(["drop", "twice", "swap", "strip", "time", "session", "run"]))
def test_checkpoints_that_were_tampered_with_are_found(at: int, how: str) -> None:
    changed = list(SEALED)
    match how:
        case "drop":
            del changed[at]
        case "twice":
            changed.append(replace(changed[at], time="2027"))
        case "swap":
            changed[at], changed[at + 1] = (replace(changed[at + 1], epoch=at), replace(changed[at], epoch=at + 1))
        case "strip":
            changed[at] = replace(changed[at], mac="")
        case "time":
            changed[at] = replace(changed[at], time="2025")
        case "session":
            changed[at] = replace(changed[at], session="other")
        case "run":
            changed[at] = replace(changed[at], run="other")
    assert compare(HASHES, changed, [], KEYS).faults
    assert compare(HASHES, changed, [], KEYS).anchored == 0


def test_what_a_log_writes_around_a_line_is_passed_over() -> None:
    deposit = Deposit(session="s", run="r", key=KEY.hex())
    lines = [
        b"Jan  1 00:00:00 host pegboard: " + line_of(PLAIN[0]) + b"\n",
        b"noise",
        b'{"pegboard":"checkpoint","half',
        b'{"pegboard":"something else"}',
        line_of(deposit),
    ]
    assert list(read_lines(lines)) == [PLAIN[0], deposit]


@given(st.lists(st.binary(max_size=80).map(lambda data: b'{"pegboard":' + data)))
def test_foreign_bytes_are_never_a_crash(lines: list[bytes]) -> None:
    list(read_lines(lines))
