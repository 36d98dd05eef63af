"""The journal's figures beside the bare system calls, in one run: `python tests/bench/journal.py`."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import trio

from pegboard.journal import Journal, read, verify
from pegboard.transcript import Transcript
from pegboard_sdk.wire.records import Message, Role, Text

RECORDS = 100_000
SYNCS = 100


def seconds(act: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def append(folder: Path, size: int, records: int) -> float:
    """Seconds for appending so many records of about so many bytes."""
    folder.mkdir()
    record = Message(role=Role.ASSISTANT, parts=(Text(text="x" * size),))
    with Journal.create(folder, program="bench") as journal:
        return seconds(lambda: [journal.append(record) for _ in range(records)])


def bare(path: Path, size: int, records: int) -> float:
    """Seconds for the same bytes in as many bare writes."""
    line = b"x" * size
    with path.open("ab", buffering=0) as file:
        return seconds(lambda: [os.write(file.fileno(), line) for _ in range(records)])


async def synced(folder: Path) -> tuple[float, float]:
    """Seconds for one record and its sync, over and within the disk."""
    record = Message(role=Role.USER, parts=(Text(text="x" * 200),))
    with Journal.create(folder, program="bench") as journal:
        await journal.sync()
        before, began = journal.sync_s, time.perf_counter()
        for _ in range(SYNCS):
            journal.append(record)
            await journal.sync()
        return (time.perf_counter() - began) / SYNCS, (journal.sync_s - before) / SYNCS


def folded(folder: Path) -> None:
    """Replay a journal as a resume does."""
    transcript = Transcript()
    for line in read(folder):
        if line.record is not None:
            transcript.apply(line.record, line.seq)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for size in (200, 1_000, 10_000):
            records = RECORDS // max(1, size // 1_000)
            ours, theirs = append(root / str(size), size, records), bare(root / f"{size}.bare", size, records)
            ours, theirs = ours / records * 1e6, theirs / records * 1e6
            print(f"append {size:>6} B  {ours:>8.1f} us   a bare write {theirs:.1f} us")
        count = f"{RECORDS} records of 1 KB"
        print(f"read             {seconds(lambda: list(read(root / '1000'))) * 1e3:>8.0f} ms   {count}, hashes checked")
        print(f"resume           {seconds(lambda: folded(root / '1000')) * 1e3:>8.0f} ms   {count}, read and folded")
        print(f"verify           {seconds(lambda: verify(root / '1000')) * 1e3:>8.0f} ms   {count}")
        (root / "synced").mkdir()
        whole, disk = trio.run(synced, root / "synced")
        print(f"append and sync  {whole * 1e6:>8.0f} us   of which in fdatasync {disk * 1e6:.0f} us")


if __name__ == "__main__":
    main()
