"""The journal: one append-only, hash-chained file of records a session, with its blobs, written by one process."""

from pegboard.journal.blobs import Blobs, BlobWriter, Kept
from pegboard.journal.chain import Line
from pegboard.journal.failure import JournalDamaged, JournalFailed, JournalNewer, SessionBusy
from pegboard.journal.reader import read
from pegboard.journal.verify import Report, State, verify
from pegboard.journal.writer import Journal

__all__ = [
    "BlobWriter", "Blobs", "Journal", "JournalDamaged", "JournalFailed", "JournalNewer", "Kept", "Line", "Report",
    "SessionBusy", "State", "read", "verify",
]  # fmt: skip
