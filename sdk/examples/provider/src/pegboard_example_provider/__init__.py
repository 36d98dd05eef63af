"""A provider over HTTP in a few lines; `sdk/AUTHORING.md` quotes it, so it stays short."""

from contextlib import closing
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from pegboard_sdk import (
    Delta,
    Finish,
    Message,
    ModelContext,
    ModelReply,
    PegboardError,
    Plugin,
    Role,
    Setup,
    StreamModel,
    Text,
    Upstream,
)
from pegboard_sdk.http import (
    Caller,
    Endpoint,
    Exchange,
    Fault,
    Lifeline,
    Lines,
    Reading,
    Refusal,
    Reported,
    Sending,
    Service,
    Station,
    endpoint_from,
    fault_of,
    persist,
)

if TYPE_CHECKING:
    import httpx2

SERVICE: Final = Service(
    url="https://models.example.org/v1",
    key="EXAMPLE_API_KEY",
    forms="https://HOST/v1",
    keyless="set EXAMPLE_API_KEY, or base_url for another server",
)


class Said(Struct, frozen=True):
    """A piece of the answer."""

    content: str | None = None


class Choice(Struct, frozen=True):
    """One answer of those that were asked for."""

    delta: Said = Said()
    finish_reason: str | None = None


class Chunk(Struct, frozen=True):
    """An event of the stream."""

    choices: list[Choice] = []
    error: Fault | None = None


class Answer:
    """What came so far: `Reading` feeds it the events."""

    def __init__(self) -> None:
        self.text = ""
        self.is_done = False
        self.has_ended = False

    @property
    def received(self) -> int:
        """Characters so far."""
        return len(self.text)

    def read(self, data: bytes, name: bytes = b"") -> list[Delta]:
        """Add an event; what it says anew. Raises Reported for a fault."""
        if data == b"[DONE]":
            self.is_done = True
            return []
        chunk = msgspec.json.decode(data, type=Chunk)
        if chunk.error is not None:
            raise Reported(chunk.error)
        said = "".join(choice.delta.content or "" for choice in chunk.choices)
        self.text += said
        self.has_ended = self.has_ended or any(choice.finish_reason for choice in chunk.choices)
        return [Delta(stream="text", text=said)] if said else []


class Server:
    """The server, and the lines to it."""

    def __init__(self, setup: Setup) -> None:
        self.endpoint = endpoint_from(SERVICE, setup)
        self.lines = Lines(self.endpoint, caller, refused)


def caller(endpoint: Endpoint, web: "httpx2.Client") -> Caller:
    """The client; what takes long to import is imported here."""
    from pegboard_sdk.http.plain import Plain  # noqa: PLC0415

    return Plain(endpoint, web)


def refused(refusal: Refusal) -> PegboardError:
    """The error for an answer that is no success: by its status, in the server's words."""
    return refusal.error(fault_of(refusal.body).message or "")


def reported(fault: Fault) -> PegboardError:
    """The error for a fault in the middle of an answer."""
    return Upstream(f"the server broke off: {fault.message}", retry_ms=0)


plugin = Plugin("example.provider")
station = Station(Server)
plugin.on_start(station.start)
plugin.on_stop(station.stop)


@plugin.model("example")
def stream(request: StreamModel, *, ctx: ModelContext) -> ModelReply:
    """Streams an answer."""
    server, life = station.server(), Lifeline()
    ctx.on_cancel(life.cut)
    messages = [
        {"role": entry.role.value, "content": "".join(part.text for part in entry.parts if isinstance(part, Text))}
        for entry in ctx.entries(request)
        if isinstance(entry, Message)
    ]
    body = msgspec.json.encode({"model": request.model, "messages": messages, "stream": True})

    def ask() -> ModelReply:
        answer = Answer()
        sending = Sending("/chat/completions", server.endpoint.silence_s(ctx.remaining_s), body, request.model)
        with closing(Exchange(server.lines, sending, life)) as exchange:
            Reading(answer, ctx.delta, reported, url=server.endpoint.url).read(exchange)
        said = (Text(text=answer.text),)
        return ModelReply(message=Message(role=Role.ASSISTANT, parts=said, model=request.model, finish=Finish.STOP))

    return persist(ask, server.endpoint, life, ctx)
