"""A scripted answer as far as it is the same in every dialect, and a request as it arrived. Data alone."""

from dataclasses import KW_ONLY, dataclass, field
from typing import Any


@dataclass
class Call:
    """A tool call of a turn. `arguments` as text are sent as they are, valid or not; `{i}` in them is the number of the
    turn, counted from 1."""

    name: str
    arguments: Any = field(default_factory=dict)
    id: str | None = None


@dataclass
class Turn:
    """One answer; `{i}` in its text, too, is its number."""

    text: str = ""
    _: KW_ONLY
    calls: list[Call] = field(default_factory=list)
    usage: dict[str, Any] | None = None
    """In place of what the server counts."""
    delay_s: float = 0.0
    """Before the head of the answer."""
    pace_s: float = 0.0
    """Before each event."""
    chunk: int = 24
    """Characters in an event."""
    status: int = 200
    error: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Sent as the whole body, of type `content_type`."""
    content_type: str = "text/event-stream"
    whole: bool = False
    """As one JSON document, as if no stream had been asked for."""
    cut_after: int | None = None
    """The connection is cut after so many events."""
    hang_after: int | None = None
    """After so many events nothing comes, until the client goes away."""


@dataclass
class Seen:
    """A request that arrived. Times are `time.monotonic()`, the same in all processes."""

    path: str
    headers: dict[str, str]
    body: Any
    size: int
    arrived: float
    connection: int
    answered: float = 0.0
    gone: float = 0.0
    """When the client went away before the end."""
    faults: list[str] = field(default_factory=list)
    as_expected: bool | None = None
    usage: dict[str, Any] = field(default_factory=dict)
