"""What was read and changed is remembered across processes, and a turn's edits fold into one."""

import os

import pytest

from pegboard_files.ledger import ABSENT, Edit, Ledger, Undone, forget_old, hash_of
from pegboard_sdk import ToolFailed


def test_without_a_data_folder_nothing_is_changed():
    with pytest.raises(ToolFailed, match="without a data folder"):
        Ledger("", "s")


def test_a_sight_is_found_by_identity_and_by_path_in_another_process(tmp_path):
    found = os.stat(tmp_path)
    Ledger(str(tmp_path), "s").saw("a.py", found, "ff")
    again = Ledger(str(tmp_path), "s")
    assert again.seen("other name", found.st_dev, found.st_ino) == "ff"
    assert again.seen("a.py", 1, 2) == "ff"
    assert again.seen("b.py", 1, 2) is None
    assert Ledger(str(tmp_path), "other").seen("a.py", 1, 2) is None


def test_the_edits_of_the_last_turn_fold_to_first_and_last_and_undoing_brings_the_turn_before(tmp_path):
    ledger = Ledger(str(tmp_path), "s")
    for edit in (
        Edit(turn=1, path="a", before="0", after="1"),
        Edit(turn=2, path="a", before="1", after="2", mode=0o644),
        Edit(turn=2, path="a", before="2", after="3", mode=0o600),
        Edit(turn=2, path="b", before=ABSENT, after="9"),
        Edit(turn=2, path="c", before="5", after="6"),
        Edit(turn=2, path="c", before="6", after="5"),
    ):
        ledger.note(edit)
    last = ledger.last_turn()
    assert {path: (span.before, span.after, span.mode) for path, span in last.items()} == {
        "a": ("1", "3", 0o644),
        "b": (ABSENT, "9", 0),
    }
    for path in ("a", "b", "c"):
        ledger.note(Undone(turn=2, path=path))
    assert {path: (span.turn, span.before) for path, span in ledger.last_turn().items()} == {"a": (1, "0")}


def test_a_torn_last_line_loses_nothing_before_it(tmp_path):
    ledger = Ledger(str(tmp_path), "s")
    ledger.note(Edit(turn=1, path="a", before="0", after="1"))
    with open(tmp_path / "sessions/s/edits.jsonl", "ab") as log:
        log.write(b'{"type":"edit","turn":2,"pa')
    assert list(ledger.last_turn()) == ["a"]


def test_contents_are_kept_once_and_damage_is_noticed(tmp_path):
    ledger = Ledger(str(tmp_path), "s")
    name = ledger.keep(b"x")
    assert (ledger.keep(b"x"), ledger.kept(name)) == (hash_of(b"x"), b"x")
    (tmp_path / "sessions/s/objects" / name).write_bytes(b"y")
    with pytest.raises(ToolFailed, match="damaged"):
        ledger.kept(name)
    with pytest.raises(ToolFailed, match="no longer kept"):
        ledger.kept("0" * 64)


def test_a_strange_session_name_stays_inside_the_data_folder(tmp_path):
    Ledger(str(tmp_path / "data"), "../../evil").note(Edit(turn=1, path="a", before="0", after="1"))
    assert os.listdir(tmp_path) == ["data"]


def test_old_sessions_are_forgotten(tmp_path):
    for session in ("old", "new"):
        Ledger(str(tmp_path), session).note(Edit(turn=1, path="a", before="0", after="1"))
    os.utime(tmp_path / "sessions/old", (1, 1))
    forget_old(str(tmp_path), 30)
    assert os.listdir(tmp_path / "sessions") == ["new"]
