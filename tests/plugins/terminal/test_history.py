"""What was typed is kept for its user alone, this workspace's last; nothing that is damaged or unwritable matters."""

import os
import stat
from pathlib import Path

from pegboard_terminal.history import FILE, KEPT, History


def test_entries_are_kept_by_workspace(tmp_path: Path) -> None:
    for workspace, text in (("/a", "one"), ("/b", "two"), ("/a", "three"), ("/a", "one")):
        History(str(tmp_path), workspace).add(text)
    assert History(str(tmp_path), "/a").entries() == ["two", "three", "one"]
    assert History(str(tmp_path), "/b").entries()[-1] == "two"


def test_only_its_user_may_read_it(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        History(str(tmp_path), "/a").add("secret plans")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_damage_is_skipped(tmp_path: Path) -> None:
    History(str(tmp_path), "/a").add("good")
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'\xff\n["/a"]\n{"x": 1}\n\n["/a", "half')
    assert History(str(tmp_path), "/a").entries() == ["good"]


def test_a_blank_in_front_keeps_a_text_out(tmp_path: Path) -> None:
    history = History(str(tmp_path), "/a")
    for text in (" not this", "", "  ", "x" * 30_000):
        history.add(text)
    assert history.entries() == []


def test_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("".join(f'["/a", "{number}"]\n' for number in range(2 * KEPT + 1)))
    assert len(History(str(tmp_path), "/a").entries()) == KEPT
    assert len((tmp_path / FILE).read_text().splitlines()) == KEPT


def test_without_a_folder_it_lasts_as_long_as_the_run() -> None:
    for folder in ("", "/does/not/exist"):
        history = History(folder, "/a")
        history.add("one")
        assert history.entries() == ["one"]
