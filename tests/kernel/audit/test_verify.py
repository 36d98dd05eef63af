"""An auditor with the anchors finds every change of a journal, also of its end up to the last anchor."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pegboard.audit.notary import FILE as LOCAL
from pegboard.audit.verify import verify
from pegboard.journal import Journal, State
from pegboard.journal.chain import GENESIS, BrokenLine, opened, peeked, sealed
from pegboard.journal.reader import FILE
from pegboard_sdk.wire.checkpoint import Checkpoint, Deposit, Sealer, line_of
from pegboard_sdk.wire.records import Closed, Ending, Failure

COUNT = 10
KEY = b"k" * 32
SEALED_AT = (1, 4, 8)


def checkpoint(session: str, seq: int, digest: str, *, epoch: int, run: str = "r") -> Checkpoint:
    return Checkpoint(session=session, seq=seq, hash=digest, time=f"{seq:02}", run=run, epoch=epoch)


class Kept:
    """A journal, what an anchor kept of it, and the deposited key."""

    def __init__(self, folder: Path, sealer: Sealer | None) -> None:
        self.folder, self.anchored = folder, list[bytes]()
        self.deposit = [line_of(Deposit(session=folder.name, run="r", key=KEY.hex()))] if sealer else []
        with Journal.create(folder, program="test") as journal:
            for number in range(1, COUNT + 1):
                journal.append(Closed(end=Ending.DONE) if number == COUNT else Failure(code="T", message=str(number)))
                if number in SEALED_AT:
                    one = Checkpoint(
                        session=folder.name,
                        seq=number,
                        hash=journal.hash,
                        time=f"{number:02}",
                        run="r",
                        epoch=len(self.anchored),
                    )
                    self.anchored.append(line_of(sealer.seal(one) if sealer else one))
        self.lines = (folder / FILE).read_bytes().splitlines(keepends=True)

    def write(self, lines: list[bytes]) -> None:
        """As whoever has our identity would: the chain made right again from the first change on."""
        prev, whole = GENESIS, []
        for seq, line in enumerate(lines, 1):
            try:
                old = opened(line, seq=seq, prev=prev)
                text, prev = line, old.hash
            except BrokenLine:
                seen = peeked(line)
                raw, time = (seen.raw, seen.time) if seen else (b"{}", "")
                text, prev = sealed(raw, seq=seq, time=time, prev=prev)
            whole.append(text)
        (self.folder / FILE).write_bytes(b"".join(whole))


@pytest.fixture(params=["anchor", "anchor and key", "key"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    folder = tmp_path / "20260101-000000-000000"
    folder.mkdir()
    found = Kept(folder, None if request.param == "anchor" else Sealer(KEY))
    (folder / LOCAL).write_bytes(b"\n".join(found.anchored) + b"\n")
    if request.param == "key":
        found.anchored = []
    return found


def edited(line: bytes) -> bytes:
    return line.replace(b'"message":"', b'"message":"not ') if b'"message"' in line else line.replace(b"done", b"error")


CHANGES: dict[str, Callable[[list[bytes], int], list[bytes]]] = {
    "edit": lambda lines, at: [*lines[:at], edited(lines[at]), *lines[at + 1 :]],
    "insert": lambda lines, at: [*lines[:at], edited(lines[at]), *lines[at:]],
    "drop": lambda lines, at: [*lines[:at], *lines[at + 1 :]],
    "reorder": lambda lines, at: [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]],
    "truncate": lambda lines, at: lines[:at],
}


def test_nothing_changed_is_whole_and_the_tail_is_counted(kept: Kept) -> None:
    found = verify(kept.folder, kept.anchored, kept.deposit)
    assert found.is_whole
    assert (found.anchored, found.unanchored) == (8, 2)
    assert found.report.state is State.CLOSED


@pytest.mark.parametrize("how", CHANGES)
@pytest.mark.parametrize("at", range(max(SEALED_AT)))
def test_every_change_of_every_anchored_record_is_found_though_the_chain_was_made_right(
    kept: Kept, how: str, at: int
) -> None:
    kept.write(CHANGES[how](kept.lines, at))
    found = verify(kept.folder, kept.anchored, kept.deposit)
    assert found.report.state is not State.BROKEN, "the chain alone finds nothing: only the anchor does"
    assert not found.is_whole
    if how == "truncate":
        assert any(f"records {at + 1} to 8 are missing" in fault for fault in found.faults)


@pytest.mark.parametrize("how", CHANGES)
@pytest.mark.parametrize("at", range(COUNT - 1))
def test_every_change_that_leaves_the_chain_alone_is_found_without_any_anchor(kept: Kept, how: str, at: int) -> None:
    (kept.folder / LOCAL).unlink()
    (kept.folder / FILE).write_bytes(b"".join(CHANGES[how](kept.lines, at)))
    found = verify(kept.folder)
    assert found.anchored == 0
    if how == "truncate":
        assert (found.report.state, found.unanchored) == (State.OPEN, at)
    else:
        assert not found.is_whole


@pytest.mark.parametrize("length", range(max(SEALED_AT), COUNT))
def test_what_is_cut_behind_the_last_anchor_is_only_counted(kept: Kept, length: int) -> None:
    kept.write(kept.lines[:length])
    found = verify(kept.folder, kept.anchored, kept.deposit)
    assert found.is_whole
    assert found.unanchored == length - max(SEALED_AT)


def test_checkpoints_beside_the_journal_vouch_for_nothing_without_a_key(kept: Kept) -> None:
    found = verify(kept.folder)
    assert (found.anchored, found.is_whole) == (0, True)


def test_a_rewritten_history_with_new_checkpoints_is_found_by_what_the_anchor_has(kept: Kept) -> None:
    kept.write(CHANGES["edit"](kept.lines, 0))
    forged = Kept.__new__(Kept)
    hashes = [opened_hash(line) for line in (kept.folder / FILE).read_bytes().splitlines()]
    forged.anchored = [
        line_of(
            Checkpoint(session=kept.folder.name, seq=seq, hash=hashes[seq - 1], time=f"{seq:02}", run="new", epoch=at)
        )
        for at, seq in enumerate(SEALED_AT)
    ]
    (kept.folder / LOCAL).write_bytes(b"\n".join(forged.anchored))
    found = verify(kept.folder, [*kept.anchored, *forged.anchored], kept.deposit)
    assert found.faults or not kept.anchored
    if kept.deposit:
        assert "no key of it was deposited" in str(found.faults)


def opened_hash(line: bytes) -> str:
    found = peeked(line)
    assert found is not None
    return found.hash


def test_a_journal_of_before_there_were_checkpoints_is_read(kept: Kept) -> None:
    os.unlink(kept.folder / LOCAL)
    assert verify(kept.folder).report.records == COUNT
