"""What can go wrong with a journal. Failures of its reader's and writer's callers are not here."""

from pegboard_sdk.errors import PegboardError, Refused


class SessionBusy(Refused):
    """Another process holds the session; the message names it."""

    code = "SESSION_BUSY"


class JournalDamaged(Refused):
    """A line is not the one that was written; the message says which and why."""

    code = "JOURNAL_DAMAGED"


class JournalNewer(Refused):
    """A line is of a later version of the format; the message says what to do."""

    code = "JOURNAL_NEWER"


class JournalFailed(PegboardError):
    """The disk did not take a record or did not make it durable. The file still ends with a whole record."""

    code = "JOURNAL_FAILED"
