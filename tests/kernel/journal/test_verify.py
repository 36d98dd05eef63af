import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pegboard.journal import Journal, State, verify
from pegboard.journal.chain import GENESIS, sealed
from pegboard.journal.reader import FILE
from pegboard_sdk.wire.records import Closed, Ending, Failure, Outcome, ToolResult

COUNT = 6


def closed_session(folder):
    with Journal.create(folder, program="test") as journal:
        for number in range(COUNT - 1):
            journal.append(Failure(code="TEST", message=f"number {number}"))
        journal.append(Closed(end=Ending.DONE))
    return folder / FILE


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    return closed_session(tmp_path_factory.mktemp("whole")).read_bytes().splitlines(keepends=True)


def report(tmp_path, lines):
    (tmp_path / FILE).write_bytes(b"".join(lines))
    return verify(tmp_path)


def test_a_whole_session_is_closed(tmp_path):
    closed_session(tmp_path)
    found = verify(tmp_path)
    assert (found.state, found.records, found.unanchored) == (State.CLOSED, COUNT, 0)
    assert str(found) == "closed: 6 records hold"


def test_a_session_without_a_closing_record_is_open(tmp_path, lines):
    found = report(tmp_path, lines[:4])
    assert (found.state, found.records, found.unanchored) == (State.OPEN, 4, 4)
    assert str(found) == "open session: 4 records hold, the last 4 unanchored"


def test_records_after_the_closing_one_are_unanchored(tmp_path):
    closed_session(tmp_path)
    with Journal.open(tmp_path, program="test") as journal:
        journal.append(Failure(code="TEST", message="later"))
    found = verify(tmp_path)
    assert (found.state, found.unanchored) == (State.OPEN, 1)


def test_a_torn_tail_is_open_and_counted(tmp_path, lines):
    found = report(tmp_path, [*lines[:-1], lines[-1][:-1]])
    assert (found.state, found.records, found.torn) == (State.OPEN, COUNT - 1, len(lines[-1]) - 1)
    assert "bytes of a torn line" in str(found)


def test_an_empty_journal_is_open(tmp_path):
    assert report(tmp_path, []).state is State.OPEN


quick = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)


@quick
@given(st.data())
def test_every_edit_is_found(tmp_path, lines, data):
    whole = b"".join(lines)
    at = data.draw(st.integers(0, len(whole) - 1))
    new = data.draw(st.integers(0, 255).filter(lambda value: value != whole[at]))
    found = report(tmp_path, [whole[:at], bytes([new]), whole[at + 1 :]])
    assert found.state is not State.CLOSED
    if at < len(whole) - 1:
        assert found.state is State.BROKEN
        assert found.line == whole[:at].count(b"\n") + 1
        assert str(found).startswith(f"broken at line {found.line}: ")
    else:
        assert found.torn


@quick
@given(st.integers(0, COUNT - 2), st.sampled_from(["edited", "edited and sealed again"]))
def test_a_record_that_says_something_else_is_found(tmp_path, lines, at, how):
    value = msgspec.json.decode(lines[at])
    value["record"]["message"] = "something else"
    raw = msgspec.json.encode(value["record"])
    new = msgspec.json.encode(value) + b"\n"
    if how != "edited":
        new = sealed(raw, seq=at + 1, time=value["time"], prev=value["prev"])[0]
    found = report(tmp_path, [*lines[:at], new, *lines[at + 1 :]])
    assert found.state is State.BROKEN
    assert found.line in (at + 1, at + 2)


@quick
@given(st.data())
def test_every_insertion_is_found(tmp_path, lines, data):
    at = data.draw(st.integers(0, COUNT - 1))
    forged = sealed(b'{"type":"error","code":"X","message":"forged"}', seq=at + 1, time="", prev=GENESIS)[0]
    line = data.draw(st.sampled_from([*lines, forged, b"\n", b"{}\n"]))
    found = report(tmp_path, [*lines[:at], line, *lines[at:]])
    assert found.state is State.BROKEN
    # A twin of what stands there, or a forged beginning, shows by what comes behind it.
    assert found.line == (at + 2 if line == lines[at] or (line == forged and at == 0) else at + 1)


@quick
@given(st.permutations(range(COUNT)).filter(lambda order: list(order) != list(range(COUNT))))
def test_every_reorder_is_found(tmp_path, lines, order):
    assert report(tmp_path, [lines[at] for at in order]).state is State.BROKEN


@quick
@given(st.sets(st.integers(0, COUNT - 1), min_size=1))
def test_every_drop_but_of_the_tail_is_found(tmp_path, lines, dropped):
    kept = [line for at, line in enumerate(lines) if at not in dropped]
    only_the_tail = dropped == set(range(COUNT - len(dropped), COUNT))
    found = report(tmp_path, kept)
    assert found.state is (State.OPEN if only_the_tail else State.BROKEN)


def test_every_record_of_another_session_is_found(tmp_path, lines):
    other = tmp_path / "other"
    other.mkdir()
    foreign = closed_session(other).read_bytes().splitlines(keepends=True)
    for at in range(1, COUNT):
        mixed = [*lines[:at], foreign[at], *lines[at + 1 :]]
        found = report(tmp_path, mixed)
        assert (found.state, found.line) == (State.BROKEN, at + 1) or lines[at] == foreign[at]


async def test_a_changed_or_missing_blob_is_found(tmp_path):
    with Journal.create(tmp_path, program="test") as journal:
        handle = await journal.blobs.put(b"all of it")
        journal.append(ToolResult(call="c", tool="t", outcome=Outcome.OK, handle=handle))
        journal.append(Closed(end=Ending.DONE))
    assert verify(tmp_path).state is State.CLOSED
    blob = tmp_path / "blobs" / handle
    blob.chmod(0o600)
    blob.write_bytes(b"all of IT")
    found = verify(tmp_path)
    assert (found.state, found.line) == (State.BROKEN, 1)
    assert "was changed" in found.why
    blob.unlink()
    assert "cannot be read" in verify(tmp_path).why


@quick
@given(st.binary(max_size=300), st.booleans())
def test_foreign_bytes_are_broken_or_torn_and_never_a_crash(tmp_path, lines, data, behind):
    found = report(tmp_path, [*lines, data] if behind else [data])
    assert found.state is not State.CLOSED or not data
    assert str(found)


@pytest.mark.parametrize("handle", ["../../../etc/passwd", "/etc/passwd", "x" * 5000, "\0" * 64, "short"])
def test_what_is_no_handle_is_not_looked_for(tmp_path, handle):
    with Journal.create(tmp_path, program="test") as journal:
        journal.append(ToolResult(call="c", tool="t", outcome=Outcome.OK, handle=handle))
    assert verify(tmp_path).state is State.OPEN


def test_a_record_that_only_looks_like_a_handle_is_no_blob(tmp_path):
    with Journal.create(tmp_path, program="test") as journal:
        journal.append(Failure(code="X", message='"handle":"' + "a" * 64 + '"'))
    assert verify(tmp_path).state is State.OPEN
