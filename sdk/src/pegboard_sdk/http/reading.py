"""The body of an answer, read to its end: events or one JSON document, whichever the server sends, into an answer."""

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from pegboard_sdk.errors import CallCancelled, Effect, PegboardError, Upstream
from pegboard_sdk.http.events import Event, EventStream, NotEvents
from pegboard_sdk.http.fault import BAD_JSON, Fault, Reported
from pegboard_sdk.wire.records import Delta

MAX_ANSWER_BYTES: Final = 64 << 20


class Body(Protocol):
    """Bytes on their way."""

    is_whole: bool

    def read(self) -> bytes:
        """The next bytes, empty at the end."""

    def rest(self, limit: int) -> bytes:
        """What is left."""


class Growing(Protocol):
    """An answer that grows by events."""

    is_done: bool
    """Whether the last event came."""

    @property
    def has_ended(self) -> bool:
        """Whether the server said why it stopped."""

    @property
    def received(self) -> int:
        """Characters so far."""

    def read(self, data: bytes, name: bytes = b"") -> list[Delta]:
        """Add an event, or a document that is the whole answer. Raises `BAD_JSON` and Reported."""


class Reading:
    """Reads one answer of the server at `url`. `tell` is given each delta, `reported` makes the error of a fault."""

    def __init__(
        self, answer: Growing, tell: Callable[[Delta], None], reported: Callable[[Fault], PegboardError], *, url: str
    ) -> None:
        self._answer = answer
        self._tell = tell
        self._reported = reported
        self._url = url
        self._events = EventStream()
        self._has_told = answer.received > 0

    def read(self, body: Body) -> None:
        """Read to the end. Raises what the server reports, Upstream for an answer that breaks off or is no answer."""
        try:
            self._read(body)
        except CallCancelled:
            raise
        except PegboardError as error:
            raise self._lost(error) from error

    def _read(self, body: Body) -> None:
        while (data := body.read()) and data.isspace():
            continue
        if data.lstrip()[:1] in (b"{", b"["):
            self._whole(data + body.rest(MAX_ANSWER_BYTES))
            return
        if data.lstrip()[:1] == b"<":
            raise self._failed(f"a web page, not an answer; is base_url right, is a proxy in between? {_quoted(data)}")
        while data and not self._answer.is_done:
            self._pass_on(self._events.feed(data))
            # Everything that matters was taken; the connection is kept and settles while nobody waits for it.
            body.is_whole = body.is_whole or self._answer.is_done
            data = b"" if self._answer.is_done else self._more(body)
        if not self._answer.is_done:
            self._pass_on(self._events.finish())
        if not self._answer.is_done and not self._answer.has_ended:
            raise self._failed("the stream ended before the answer did", retry_ms=0)

    def _more(self, body: Body) -> bytes:
        """The next bytes. A connection that breaks behind the end of an answer takes nothing from it."""
        try:
            return body.read()
        except Upstream:
            if self._answer.has_ended:
                return b""
            raise

    def _whole(self, data: bytes) -> None:
        deltas = self._take(Event(b"", data))
        if not self._answer.has_ended and not deltas:
            raise self._failed(f"an answer without content: {_quoted(data)}")
        self._send(deltas)

    def _pass_on(self, events: Iterable[Event]) -> None:
        """Take events in order and send what they say, also when one of them is a fault."""
        deltas: list[Delta] = []
        try:
            for event in events:
                deltas += self._take(event)
                if self._answer.is_done:
                    break
        except NotEvents as error:
            raise self._failed(f"no event stream: {error}") from error
        finally:
            self._send(deltas)

    def _take(self, event: Event) -> list[Delta]:
        try:
            return self._answer.read(event.data, event.name)
        except BAD_JSON as error:
            raise self._failed(f"no answer of a model: {error}: {_quoted(event.data)}") from error
        except Reported as report:
            raise self._reported(report.fault) from report

    def _send(self, deltas: list[Delta]) -> None:
        for delta in merged(deltas):
            self._has_told = True
            self._tell(delta)

    def _failed(self, why: str, *, retry_ms: int | None = None) -> PegboardError:
        return Upstream(f"{self._url}: {why}", effect=Effect.NONE, retry_ms=retry_ms)

    def _lost(self, error: PegboardError) -> PegboardError:
        """`error`, with a word on what was said before it, and no hope for a repeat that would say it twice."""
        if not self._has_told:
            return error
        text = f"{error.message}; the {self._answer.received} characters of the answer so far are lost"
        return type(error)(text, effect=error.effect)


def merged(deltas: Iterable[Delta]) -> list[Delta]:
    """Deltas that arrived together, those of one stream in a row as one."""
    out: list[Delta] = []
    texts: list[list[str]] = []
    for delta in deltas:
        if out and (out[-1].stream, out[-1].call) == (delta.stream, delta.call):
            texts[-1].append(delta.text)
        else:
            out.append(delta)
            texts.append([delta.text])
    return [Delta(stream=d.stream, text="".join(text), call=d.call) for d, text in zip(out, texts, strict=True)]


def _quoted(data: bytes) -> str:
    return repr(data[:160].decode("utf-8", "replace"))
