import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.summaries import exported, summaries
from pegboard.journal import JournalDamaged, State, read, verify
from pegboard.journal.reader import FILE
from pegboard.sessions import Sessions, new_id, safe_border
from pegboard_sdk.errors import Conflict, NotFound
from pegboard_sdk.wire.records import (
    Closed,
    Ending,
    Init,
    Message,
    Outcome,
    Role,
    Text,
    ToolCall,
    ToolResult,
)


def user(text: str) -> Message:
    return Message(role=Role.USER, parts=(Text(text=text),), turn=1)


def calling(*calls: str, turn: int = 1) -> Message:
    parts = tuple(ToolCall(call=call, tool="t", arguments="{}") for call in calls)
    return Message(role=Role.ASSISTANT, parts=parts, turn=turn)


def result(call: str) -> ToolResult:
    return ToolResult(call=call, tool="t", outcome=Outcome.OK, turn=1)


@pytest.fixture
def sessions(tmp_path):
    return Sessions(tmp_path / "state")


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def begun(sessions, workspace, *records) -> str:
    with sessions.new(workspace, program="test") as journal:
        for record in records:
            journal.append(record)
        return journal.session


@given(st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)), st.integers(245, 10**9), st.binary(min_size=4))
def test_ids_sort_by_time(now, later, salt):
    first = new_id(now, salt[:2])
    second = new_id(now + timedelta(microseconds=later), salt[2:4])
    assert first < second
    assert len(first) == len("20261122-103015-1a2b3c") == len(second)


def test_a_session_begins_with_where_it_is(sessions, workspace):
    session = begun(sessions, workspace)
    (line,) = read(sessions.folder / session)
    status = workspace.stat()
    assert line.record == Init(
        session=session,
        workspace=os.path.realpath(workspace),
        device=status.st_dev,
        inode=status.st_ino,
        program="test",
    )


def test_many_sessions_at_once_get_ids_in_order(sessions, workspace):
    made = [begun(sessions, workspace) for _ in range(50)]
    assert len(set(made)) == 50
    assert [one[:-3] for one in made] == sorted(one[:-3] for one in made)
    assert sessions.ids() == sorted(made)


def test_no_state_folder_is_no_session(sessions, workspace, tmp_path):
    assert sessions.ids() == []
    assert sessions.newest(workspace) is None
    assert summaries(sessions) == []
    assert not (tmp_path / "state").exists()


def test_the_newest_is_the_newest_of_this_very_folder(sessions, workspace, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (tmp_path / "link").symlink_to(workspace)
    mine = begun(sessions, tmp_path / "link")
    begun(sessions, other)
    assert sessions.newest(workspace) == mine
    assert sessions.newest(tmp_path / "link") == mine
    assert sessions.newest(tmp_path / "nowhere") is None
    workspace.rename(tmp_path / "moved")
    workspace.mkdir()
    assert sessions.newest(workspace) is None


def test_an_empty_or_broken_session_folder_is_passed_over(sessions, workspace):
    session = begun(sessions, workspace)
    for name in ("20990101-000000-000000", "20990101-000000-000001"):
        (sessions.folder / name).mkdir()
    (sessions.folder / name / FILE).write_bytes(b"nothing\n")
    assert sessions.newest(workspace) == session
    assert [summary.id for summary in summaries(sessions)] == [session]


def test_a_prefix_resolves_to_one_session(sessions, workspace):
    first, second = begun(sessions, workspace), begun(sessions, workspace)
    assert sessions.resolve(first) == first
    common = first[: next(at for at, (one, other) in enumerate(zip(first, second, strict=True)) if one != other)]
    assert sessions.resolve(second[: len(common) + 1]) == second
    with pytest.raises(Conflict, match=f"{second}, {first}"):
        sessions.resolve(common)
    for prefix in ("", "1999", "../..", first + "x"):
        with pytest.raises(NotFound, match="no session begins with"):
            sessions.resolve(prefix)


def test_a_list_tells_title_turns_and_end(sessions, workspace):
    begun(sessions, workspace, user("  fix\n the bug " + "x" * 100), calling("a", turn=3), result("a"))
    begun(sessions, workspace, user("hello"), Closed(end=Ending.DONE, turns=2))
    done, still = summaries(sessions)
    assert (done.title, done.turns, done.end) == ("hello", 2, "done")
    assert still.title.startswith("fix the bug xxx")
    assert len(still.title) == 80
    assert (still.turns, still.end) == (3, "open")
    assert done.begun.startswith(str(datetime.now(UTC).year))
    assert len(summaries(sessions, limit=1)) == 1
    assert summaries(sessions, workspace.parent) == []


def test_a_long_session_is_listed_from_its_ends(sessions, workspace):
    big = [user("y" * 100_000) for _ in range(5)]
    begun(sessions, workspace, user("first"), *big, Closed(end=Ending.LIMIT_TURNS, turns=9))
    (summary,) = summaries(sessions)
    assert (summary.title, summary.turns, summary.end) == ("first", 9, "limit_turns")


def test_an_export_is_the_journal_and_refuses_a_changed_one(sessions, workspace):
    session = begun(sessions, workspace, user("one"), user("two"))
    file = sessions.folder / session / FILE
    assert b"".join(exported(sessions.folder / session)) == file.read_bytes()
    file.write_bytes(file.read_bytes().replace(b"two", b"too") + b"torn")
    with pytest.raises(JournalDamaged):
        list(exported(sessions.folder / session))


def test_a_fork_holds_the_same_records_under_the_same_numbers(sessions, workspace):
    session = begun(sessions, workspace, user("one"), calling("a"), result("a"), user("two"))
    forked = sessions.fork(session, program="fork", at=4)
    forked.journal.append(user("other"))
    forked.journal.close()
    assert (forked.through, forked.note) == (4, "")
    old = list(read(sessions.folder / session))
    new = list(read(forked.journal.folder))
    assert [line.record for line in new[1:4]] == [line.record for line in old[1:4]]
    assert new[0].record.parent == session
    assert new[0].record.parent_seq == 4
    assert verify(forked.journal.folder).state is State.OPEN
    assert sessions.newest(workspace) == forked.journal.session


@pytest.mark.parametrize(("at", "through"), [(3, 2), (4, 2), (5, 5), (6, 6)])
def test_a_fork_never_parts_a_call_from_its_result(sessions, workspace, at, through):
    session = begun(sessions, workspace, user("one"), calling("a", "b"), result("b"), result("a"), user("two"))
    forked = sessions.fork(session, program="fork", at=at)
    forked.journal.close()
    assert forked.through == through
    assert bool(forked.note) == (at != through)
    assert len(list(read(forked.journal.folder))) == through


def test_a_fork_of_all_keeps_an_unanswered_call_for_repair(sessions, workspace):
    session = begun(sessions, workspace, user("one"), calling("a"))
    forked = sessions.fork(session, program="fork")
    forked.journal.close()
    assert forked.through == 3


async def test_a_fork_takes_its_blobs_with_it(sessions, workspace):
    with sessions.new(workspace, program="test") as journal:
        handle = await journal.blobs.put(b"large")
        journal.append(ToolResult(call="a", tool="t", outcome=Outcome.OK, handle=handle))
    forked = sessions.fork(journal.session, program="fork")
    forked.journal.close()
    assert forked.journal.blobs.read(handle) == b"large"
    assert verify(forked.journal.folder).state is State.OPEN


@pytest.mark.parametrize("at", [0, -1, 3])
def test_a_fork_at_a_record_that_is_not_there_says_which_are(sessions, workspace, at):
    session = begun(sessions, workspace, user("one"))
    with pytest.raises(NotFound, match="has records 1 to 2"):
        sessions.fork(session, program="fork", at=at)
    assert sessions.ids() == [session]


def test_a_fork_that_fails_leaves_nothing(sessions, workspace):
    lost = ToolResult(call="a", tool="t", outcome=Outcome.OK, handle="a" * 64)
    session = begun(sessions, workspace, lost)
    with pytest.raises(FileNotFoundError):
        sessions.fork(session, program="fork")
    assert sessions.ids() == [session]


@given(
    st.lists(st.sampled_from(["user", "one", "two", "answer", "answer the oldest"]), max_size=12), st.integers(0, 12)
)
def test_no_border_parts_any_call_from_any_later_result(steps, at):
    records, waiting, count = [], [], 0
    for step in steps:
        if step == "user":
            records.append(user("x"))
        elif step.startswith("answer") and waiting:
            records.append(result(waiting.pop(0 if step.endswith("oldest") else -1)))
        elif not step.startswith("answer"):
            calls = [f"c{count}", f"d{count}"][: 1 if step == "one" else 2]
            waiting += calls
            count += 1
            records.append(calling(*calls))
    border = safe_border(records, min(at, len(records)))
    assert border <= at
    before = {
        part.call
        for record in records[:border]
        if isinstance(record, Message)
        for part in record.parts
        if isinstance(part, ToolCall)
    }
    assert not before & {record.call for record in records[border:] if isinstance(record, ToolResult)}


def test_thousands_of_sessions_are_still_quick(sessions, workspace):
    first = begun(sessions, workspace)
    template = (sessions.folder / first / FILE).read_bytes()
    for number in range(3000):
        folder = sessions.folder / f"20200101-000000-{number:06x}"
        folder.mkdir()
        (folder / FILE).write_bytes(template)
    assert sessions.newest(workspace) == first
    began = datetime.now(UTC)
    assert sessions.newest(workspace) == first
    assert sessions.resolve("20200101-000000-000001")
    assert (datetime.now(UTC) - began).total_seconds() < 2  # about 0.02 on a free machine
    ids = sessions.ids()
    assert all(one < other for one, other in pairwise(ids))
