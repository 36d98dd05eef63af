"""A session keeps journal, transcript and watchers in step."""

from collections.abc import Iterator

import pytest
import trio

from pegboard.journal import read
from pegboard.session import Session
from pegboard.sessions import Sessions
from pegboard.transcript import Transcript
from pegboard_sdk.wire.records import AnyRecord, Delta, Failure, Message, Role, Text

HELLO = Message(role=Role.USER, parts=(Text(text="hello"),))


class Watcher:
    def __init__(self) -> None:
        self.seen: list[AnyRecord] = []

    def show(self, record: AnyRecord) -> None:
        self.seen.append(record)

    async def ask(self, question: object) -> None:
        return None


@pytest.fixture
def session(tmp_path) -> Iterator[Session]:
    journal = Sessions(tmp_path).new(tmp_path, program="test")
    yield Session(journal=journal, transcript=Transcript(), workspace=str(tmp_path), name="s")
    journal.close()


async def test_what_is_recorded_is_on_disk_in_the_transcript_and_shown(session: Session):
    watcher = Watcher()
    session.attach(watcher)
    session.record(HELLO)
    session.fail("X", "something", "someone")
    await session.settle()
    assert watcher.seen == [HELLO, Failure(code="X", message="something", plugin="someone")]
    assert [line.record for line in read(session.journal.folder)][1:] == watcher.seen
    assert session.transcript.base().count == 1


async def test_pieces_are_shown_and_not_kept(session: Session):
    watcher = Watcher()
    session.attach(watcher)
    session.show(Delta(stream="text", text="he"))
    assert len(watcher.seen) == 1
    assert len(list(read(session.journal.folder))) == 1


def test_who_comes_later_is_told_of_the_opening_and_not_of_the_past(session: Session):
    note = Failure(code="NOTE", message="a plugin is missing")
    session.opened(note)
    session.record(HELLO)
    watcher = Watcher()
    session.attach(watcher)
    assert watcher.seen == [note]


async def test_only_what_runs_can_be_interrupted(session: Session):
    assert not session.interrupt()
    with session.interruptible() as scope:
        assert session.interrupt()
        await trio.sleep_forever()
    assert scope.cancelled_caught
    session.idle()
    assert not session.interrupt()


def test_a_record_that_the_journal_refuses_is_not_shown(session: Session):
    watcher = Watcher()
    session.attach(watcher)
    with pytest.raises(UnicodeEncodeError):
        session.record(Failure(code="X", message="\ud800"))
    assert watcher.seen == []
