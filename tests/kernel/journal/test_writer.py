import os
import resource
import subprocess
import sys
import textwrap

import pytest
import trio

from pegboard.journal import Journal, JournalDamaged, JournalFailed, SessionBusy, read
from pegboard.journal.reader import FILE
from pegboard_sdk.errors import TooLarge
from pegboard_sdk.wire.records import Failure


def said(text: str) -> Failure:
    return Failure(code="TEST", message=text)


def written(folder, *texts):
    with Journal.create(folder, program="test") as journal:
        for text in texts:
            journal.append(said(text))
    return folder / FILE


def messages(folder):
    return [line.record.message for line in read(folder)]


async def test_what_was_appended_is_read_back_in_order(tmp_path):
    with Journal.create(tmp_path, program="test") as journal:
        assert [journal.append(said(str(number))) for number in range(3)] == [1, 2, 3]
        await journal.sync()
        assert messages(tmp_path) == ["0", "1", "2"]


def test_the_chain_goes_on_over_restarts(tmp_path):
    written(tmp_path, "one")
    seen = []
    with Journal.open(tmp_path, program="test", each=seen.append) as journal:
        assert [line.seq for line in seen] == [1]
        assert journal.append(said("two")) == 2
    assert messages(tmp_path) == ["one", "two"]


def test_a_journal_is_created_once(tmp_path):
    written(tmp_path, "one")
    with pytest.raises(FileExistsError):
        Journal.create(tmp_path, program="test")
    Journal.open(tmp_path, program="test").close()


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_a_torn_tail_is_cut_and_reported(tmp_path, cut):
    file = written(tmp_path, "one", "two", "three " + "x" * 200)
    whole = file.read_bytes()
    file.write_bytes(whole[:-cut])
    with Journal.open(tmp_path, program="test") as journal:
        (note,) = journal.notes
        assert "torn" in note
        assert journal.append(said("four")) == 3
    assert messages(tmp_path) == ["one", "two", "four"]
    (aside,) = tmp_path.glob("*.torn")
    assert aside.name in note
    assert aside.read_bytes() == whole.splitlines(keepends=True)[2][:-cut]


def test_a_changed_line_is_not_written_behind(tmp_path):
    file = written(tmp_path, "one", "two", "three")
    file.write_bytes(file.read_bytes().replace(b"two", b"too"))
    with pytest.raises(JournalDamaged, match="line 2 is damaged: its content does not match its hash"):
        Journal.open(tmp_path, program="test")
    with pytest.raises(JournalDamaged):  # and the lock was given back
        Journal.open(tmp_path, program="test")


def test_an_unknown_record_is_kept_and_noted(tmp_path):
    with Journal.create(tmp_path, program="test") as journal:
        journal.append_raw(b'{"type":"hologram"}', "2031-01-01T00:00:00.000Z")
        journal.append(said("after"))
    with Journal.open(tmp_path, program="test") as journal:
        assert "record 1: of type 'hologram'" in journal.notes[0]
        assert journal.seq == 2


def test_a_second_writer_is_told_who_holds_the_session(tmp_path):
    written(tmp_path, "one")
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from pegboard.journal import Journal
        journal = Journal.open(Path(sys.argv[1]), program="peg -p first")
        print("held", flush=True)
        sys.stdin.read()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SessionBusy, match=rf"process {holder.pid} \(peg -p first\)"):
            Journal.open(tmp_path, program="second")
        assert messages(tmp_path) == ["one"]
        holder.kill()
    Journal.open(tmp_path, program="second").close()


def test_a_full_disk_leaves_a_whole_last_record(tmp_path):
    # A limit on the size of files is the full disk that a test may make: the system takes a part and then says no.
    script = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        from pegboard.journal import Journal, JournalFailed
        from pegboard_sdk.wire.records import Failure
        journal = Journal.create(Path(sys.argv[1]), program="test")
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        journal.append(Failure(code="TEST", message="small"))
        try:
            journal.append(Failure(code="TEST", message="x" * 20_000))
        except JournalFailed as error:
            print(error)
        journal.append(Failure(code="TEST", message="small again"))
    """)
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True, timeout=60
    )
    assert "record not written: File too large" in done.stdout
    assert messages(tmp_path) == ["small", "small again"]
    assert (tmp_path / FILE).stat().st_size < 10_000


def test_a_record_that_no_reader_would_take_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr("pegboard.journal.writer.MAX_LINE", 1000)
    with Journal.create(tmp_path, program="test") as journal:
        with pytest.raises(TooLarge, match="keep it as a blob"):
            journal.append(said("x" * 2000))
        assert journal.append(said("small")) == 1


async def test_those_who_wait_together_share_one_sync(tmp_path):
    with Journal.create(tmp_path, program="test") as journal:
        async with trio.open_nursery() as nursery:
            for number in range(20):
                journal.append(said(str(number)))
                nursery.start_soon(journal.sync)
        assert 1 <= journal.syncs <= 2
        assert journal.sync_s > 0
        await journal.sync()
        assert journal.syncs <= 2


async def test_a_closed_journal_says_so(tmp_path):
    journal = Journal.create(tmp_path, program="test")
    journal.append(said("one"))
    journal.close()
    journal.close()
    with pytest.raises(JournalFailed, match="closed"):
        journal.append(said("two"))
    with pytest.raises(JournalFailed, match="closed"):
        await journal.sync()


async def test_a_failed_sync_is_never_forgotten(tmp_path):
    journal = Journal.create(tmp_path, program="test")
    journal.append(said("one"))
    # A pipe cannot be synced: the system call fails as it does on a dying disk.
    reader, pipe = os.pipe()
    os.dup2(pipe, journal._descriptor)
    with pytest.raises(JournalFailed, match="may not be durable"):
        await journal.sync()
    with pytest.raises(JournalFailed, match="may not be durable"):
        await journal.sync()
    with pytest.raises(JournalFailed, match="may not be durable"):
        journal.append(said("two"))
    journal.close()
    os.close(reader)
    os.close(pipe)


def test_a_journal_that_is_a_link_is_not_opened(tmp_path):
    (tmp_path / "elsewhere").touch()
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        Journal.open(tmp_path, program="test")


def test_opening_and_closing_leaks_no_descriptor(tmp_path):
    written(tmp_path, "one")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    before = os.dup(0)
    for _ in range(min(limit, 50)):
        Journal.open(tmp_path, program="test").close()
    after = os.dup(0)
    os.close(before)
    os.close(after)
    assert after <= before + 1
