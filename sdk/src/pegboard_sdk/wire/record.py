"""What every record has, and how calls and runs end."""

from enum import Enum
from typing import Final

from msgspec import Struct

SCHEMA: Final = 1
"""Version of the vocabulary; written in every line."""


class Outcome(Enum):
    """How a tool call ended. UNKNOWN: its process died, and nobody can say what was done."""

    OK = "ok"
    FAILED = "failed"
    DENIED = "denied"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Ending(Enum):
    """How a run ended; the exit status follows from it."""

    DONE = "done"
    LIMIT_TURNS = "limit_turns"
    LIMIT_BUDGET = "limit_budget"
    DENIED = "denied"
    INTERRUPTED = "interrupted"
    ERROR = "error"


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Anything that is said about a session."""
