"""A checkpoint goes out before each change, after so many records and in time; a required anchor stops everything."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio
from agent_desk import Desk, calling, saying

from pegboard.audit import notary as module
from pegboard.audit.anchors import Anchor, Kind, put
from pegboard.audit.notary import EVERY_RECORDS, AnchorFailed, Audit, Notary
from pegboard.audit.verify import verify
from pegboard.gate.verdict import Mode
from pegboard.journal import Journal
from pegboard_sdk.wire.checkpoint import Checkpoint, read_lines
from pegboard_sdk.wire.records import Ending, Failure, Genesis, Init, ToolResult, ToolUse

CHANGE = ("worker_change", {"do": "note", "arg": "x"})


class Log:
    """A system's log that keeps what it is sent."""

    def __init__(self, listening: socket.socket, anchor: Anchor) -> None:
        self.socket, self.anchor = listening, anchor

    def taken(self) -> list[bytes]:
        lines = []
        while True:
            try:
                lines.append(self.socket.recv(1 << 16))
            except BlockingIOError:
                return lines

    def seqs(self) -> list[int]:
        return [one.seq for one in read_lines(self.taken()) if isinstance(one, Checkpoint)]


@contextmanager
def log_at(path: Path, *, required: bool = True) -> Iterator[Log]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(path))
        listening.setblocking(False)
        yield Log(listening, Anchor(kind=Kind.SYSLOG, target=str(path), required=required))


async def test_a_decision_about_a_change_is_anchored_before_its_effect(desk: Desk, tmp_path: Path) -> None:
    desk.script(calling(CHANGE), calling(("worker_look", {"do": "echo", "arg": "y"})), saying("done"))
    genesis = Genesis(policy_sha256="p" * 64, lock_sha256="l" * 64, tier="T1")
    with log_at(tmp_path / "log") as log:
        audit = Audit(anchors=(log.anchor,), genesis=genesis)
        async with desk.agent(mode=Mode.FULL, audit=audit) as (agent, _):
            await agent.prompt("go")
            records = desk.journal(agent)
            folder = agent.session.journal.folder
        lines = log.taken()
        seqs = [one.seq for one in read_lines(lines) if isinstance(one, Checkpoint)]
        change, look = (seq for seq, record in enumerate(records, 1) if isinstance(record, ToolUse))
        result = next(seq for seq, record in enumerate(records, 1) if isinstance(record, ToolResult))
        assert any(change <= seq < result for seq in seqs), "after the decision, before what came of it"
        assert look not in seqs, "reading alone presses nothing"
        assert seqs[-1] == len(records), "the end of the run is anchored"
        first = records[0]
        assert isinstance(first, Init)
        assert first.genesis is not None
        assert (first.genesis.policy_sha256, first.genesis.tier) == ("p" * 64, "T1")
        found = verify(folder, lines)
        assert (found.is_whole, found.unanchored) == (True, 0)


async def test_nothing_is_done_while_a_required_anchor_takes_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.script(calling(CHANGE), saying("done"))
    missing = Anchor(kind=Kind.SYSLOG, target=str(tmp_path / "none"), required=True)
    async with desk.agent(mode=Mode.FULL, audit=Audit(anchors=(missing,))) as (agent, _):
        with pytest.raises(AnchorFailed, match=r"syslog .*none"):
            await agent.prompt("go")
        assert not any(isinstance(record, ToolUse) for record in desk.journal(agent))
    assert not (desk.folder / "notes").exists()


async def test_an_anchor_that_goes_away_stops_the_next_change(desk: Desk, tmp_path: Path) -> None:
    desk.script(calling(CHANGE), saying("done"))
    with log_at(tmp_path / "log") as log:
        async with desk.agent("yes", audit=Audit(anchors=(log.anchor,))) as (agent, person):

            async def gone(question: object) -> object:
                (tmp_path / "log").unlink()
                return await asked(question)

            asked, person.ask = person.ask, gone  # type: ignore[method-assign]
            with pytest.raises(AnchorFailed):
                await agent.prompt("go")
            assert any(isinstance(record, ToolUse) for record in desk.journal(agent)), "decided, and not done"
    assert not (desk.folder / "notes").exists()


async def test_an_optional_anchor_that_fails_is_one_warning(desk: Desk, tmp_path: Path) -> None:
    desk.script(calling(CHANGE, CHANGE), saying("done"))
    missing = Anchor(kind=Kind.SYSLOG, target=str(tmp_path / "none"))
    async with desk.agent(mode=Mode.FULL, audit=Audit(anchors=(missing,))) as (agent, person):
        assert (await agent.prompt("go")).end is Ending.DONE
        (warning,) = person.of(Failure)
        assert (warning.code, "did not take a checkpoint" in warning.message) == ("AUDIT", True)


async def test_without_anchors_there_are_no_checkpoints(desk: Desk) -> None:
    desk.script(saying("done"))
    async with desk.agent() as (agent, _):
        await agent.prompt("go")
        assert agent.session.notary is None
        assert not (agent.session.journal.folder / module.FILE).exists()


@contextmanager
def notary_at(folder: Path, log: Log) -> Iterator[tuple[Notary, Journal]]:
    (folder / "s").mkdir()
    with Journal.create(folder / "s", program="test") as journal:
        yield Notary(journal, Audit(anchors=(log.anchor,)).begun(), lambda said: None), journal


def write(journal: Journal, notary: Notary) -> None:
    record = Failure(code="T", message="x")
    journal.append(record)
    notary.note(record)


async def test_after_so_many_records_a_checkpoint_is_due(tmp_path: Path) -> None:
    with log_at(tmp_path / "log") as log, notary_at(tmp_path, log) as (notary, journal):
        await notary.settle()
        for _ in range(EVERY_RECORDS - 1):
            write(journal, notary)
        await notary.settle()
        assert log.seqs() == [0]
        write(journal, notary)
        await notary.settle()
        assert log.seqs() == [EVERY_RECORDS]


async def test_what_lies_unsealed_is_sealed_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.02)
    with log_at(tmp_path / "log") as log, notary_at(tmp_path, log) as (notary, journal):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(notary.run)
            for wanted in (1, 2):
                write(journal, notary)
                with trio.fail_after(30):
                    await trio.lowlevel.wait_readable(log.socket)
                assert log.seqs() == [wanted]
            nursery.cancel_scope.cancel()


async def test_a_key_that_cannot_be_deposited_stops_the_session(tmp_path: Path) -> None:
    (tmp_path / "own").touch()
    (tmp_path / "s").mkdir()
    with (
        Journal.create(tmp_path / "s", program="test") as journal,
        pytest.raises(AnchorFailed, match="could not be deposited"),
    ):
        Notary(journal, Audit(key_file=str(tmp_path / "own")).begun(), lambda said: None)


async def test_a_decision_that_comes_while_another_checkpoint_is_on_its_way_is_sealed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on = threading.Event(), threading.Event()

    def slow(anchor: Anchor, line: bytes) -> None:
        began.set()
        assert go_on.wait(30)
        put(anchor, line)

    monkeypatch.setattr(module, "put", slow)
    with log_at(tmp_path / "log") as log, notary_at(tmp_path, log) as (notary, journal):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(notary.seal)
            assert await trio.to_thread.run_sync(began.wait, 30)
            use = ToolUse(call="c", tool="t", arguments={}, turn=1, effects=("write a",))
            notary_seq = journal.append(use)
            notary.note(use)
            go_on.set()
            await notary.settle()
        assert log.seqs() == [0, notary_seq]


async def test_a_required_anchor_that_is_down_for_long_is_told_of_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.01)
    told: list[str] = []
    (tmp_path / "s").mkdir()
    missing = Anchor(kind=Kind.SYSLOG, target=str(tmp_path / "none"), required=True)
    with Journal.create(tmp_path / "s", program="test") as journal:

        def warn(said: str) -> None:
            told.append(said)

        notary = Notary(journal, Audit(anchors=(missing,)).begun(), warn)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(notary.run)
            with trio.fail_after(30):
                while notary._epoch < 3:
                    write(journal, notary)
                    await trio.sleep(0.01)
            nursery.cancel_scope.cancel()
    assert len(told) == 1
