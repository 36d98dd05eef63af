"""Server-sent events from bytes, cut anywhere. It knows nothing of what the events say and does no I/O."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

MAX_EVENT_BYTES: Final = 32 << 20
_FIELDS: Final = (b"data", b"event", b"id", b"retry", b"error", b"")


class NotEvents(Exception):
    """The bytes are not an event stream; the message quotes them."""


class Event(Struct, frozen=True):
    """One event: its name, which is mostly empty, and its data lines joined by newlines."""

    name: bytes
    data: bytes


class EventStream:
    """Collects bytes and gives the events that are complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._name = b""
        self._data: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that `data` completes. Raises NotEvents at a line that no event stream has."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > MAX_EVENT_BYTES:
            raise NotEvents(f"a line of more than {MAX_EVENT_BYTES} bytes")
        for line in lines:
            if line.startswith(b"data: "):
                self._data.append(line[6:-1] if line.endswith(b"\r") else line[6:])
            elif event := self._line(line.removesuffix(b"\r")):
                yield event

    def finish(self) -> Iterator[Event]:
        """The event at the end of a stream that forgot its last empty line."""
        yield from self.feed(b"\n\n")

    def _line(self, line: bytes) -> Event | None:
        if not line:
            return self._complete()
        field, _, value = line.partition(b":")
        if field not in _FIELDS:
            raise NotEvents(repr(line[:120].decode("utf-8", "replace")))
        if field == b"data":
            self._data.append(value)
        elif field == b"error":
            # No field of an event stream; llama.cpp says so that it failed.
            self._name = b"error"
            self._data.append(value)
        elif field == b"event":
            self._name = value.strip()
        return None

    def _complete(self) -> Event | None:
        name, data = self._name, self._data
        self._name, self._data = b"", []
        return Event(name, b"\n".join(data)) if data else None
