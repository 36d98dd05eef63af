"""Serves the proxy on a listening socket: CONNECT, and requests whose target is a whole http:// URL.

Everything is bounded: heads in bytes and time, connections in number, silence in time. What a client sends wrong costs
that client its connection. TLS is passed through as it is; only the name in its first message is read. A
connection carries plain requests one after another, each judged and said anew; the way to a server is kept meanwhile.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

import h11
import trio
from msgspec import Struct

from pegboard.proxy.client_hello import Sort, read_hello
from pegboard.proxy.hosts import Hosts, Refusal, behind, normal, split
from pegboard.proxy.side import SPOKEN, Side

HOP: Final = b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer upgrade host"
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Told = Callable[[Refusal], None]


class Bounds(Struct, frozen=True, kw_only=True):
    """Bytes, numbers and seconds."""

    head_bytes: int = 1 << 15
    connections: int = 128
    wait_s: float = 30
    """For a head, for a name to be resolved, for a connection."""
    idle_s: float = 150
    """Between two requests; a little longer than clients keep a connection for the next."""
    silence_s: float = 900
    """Of a connection in both directions; a model may think for long."""


class Terms(Struct, frozen=True):
    """What all connections have in common."""

    allowed: Hosts
    told: Told
    resolve: Resolve
    bounds: Bounds


class _Denied(Exception):
    """Ends a request with a status and one line."""


async def resolved(host: str, port: int) -> list[str]:
    """The addresses behind a name. Raises OSError when there are none."""
    found = await trio.socket.getaddrinfo(host, port, type=trio.socket.SOCK_STREAM)
    return [str(address[0]) for _, _, _, _, address in found]


async def serve(
    listener: trio.SocketListener, allowed: Hosts, told: Told, resolve: Resolve = resolved, bounds: Bounds | None = None
) -> None:
    """Serve until cancelled; each refusal is told. The listener is closed at the end, with every connection."""
    terms = Terms(allowed, told, resolve, bounds or Bounds())
    room = trio.CapacityLimiter(terms.bounds.connections)

    async def handle(stream: trio.SocketStream) -> None:
        async with stream:
            if room.available_tokens:
                async with room:
                    await _Exchanges(stream, terms).run()

    await trio.serve_listeners(handle, [listener])


class _Exchanges:
    """One connection of a client: a tunnel, or plain requests one after another."""

    def __init__(self, client: trio.SocketStream, terms: Terms) -> None:
        self._terms = terms
        self._silence = trio.CancelScope()
        self._client = Side(client, h11.Connection(h11.SERVER, max_incomplete_event_size=terms.bounds.head_bytes))
        self._server: Side | None = None
        self._place = ("", 0)

    async def run(self) -> None:
        """Serve the client. Whatever goes wrong with it or its server ends here."""
        try:
            await self._serve()
        except* (OSError, trio.TooSlowError, trio.BrokenResourceError, trio.ClosedResourceError, h11.ProtocolError):
            pass
        finally:
            await self._leave()

    async def _serve(self) -> None:
        try:
            with self._silence:
                await self._answer(await self._request(self._terms.bounds.wait_s))
                while self._client.http.states == SPOKEN:
                    self._client.http.start_next_cycle()
                    await self._answer(await self._request(self._terms.bounds.idle_s))
        except h11.RemoteProtocolError as error:
            await self._say(400, f"this is no HTTP/1.1 that a proxy takes: {error}")
        except _Denied as denied:
            await self._say(*denied.args)

    async def _request(self, wait_s: float) -> h11.Request | None:
        """The client's next; None where it has gone."""
        self._heard()
        with trio.fail_after(wait_s):
            event = await self._client.event()
        return event if isinstance(event, h11.Request) else None

    async def _answer(self, request: h11.Request | None) -> None:
        if request is not None:
            await (self._tunnel(request) if request.method == b"CONNECT" else self._forward(request))

    # What is asked for, and the way there.

    async def _reach(self, host: str, port: int) -> Side:
        """The server, by an address that was checked; kept until the next is asked for. Raises _Denied."""
        if self._server is not None and self._place == (host, port) and self._server.is_reusable():
            self._server.http.start_next_cycle()
            return self._server
        await self._leave()
        literal, known = self._terms.allowed.judge(host, port), normal(host)
        if isinstance(literal, Refusal):
            raise self._refused(literal)
        for address in literal or await self._public(known, port):
            with suppress(OSError, trio.TooSlowError), trio.fail_after(self._terms.bounds.wait_s):
                stream = await trio.open_tcp_stream(address, port)  # an address, so nothing is resolved again
                http = h11.Connection(h11.CLIENT, max_incomplete_event_size=self._terms.bounds.head_bytes)
                self._server, self._place = Side(stream, http), (host, port)
                return self._server
        raise _Denied(502, f"{known}:{port} does not take connections")

    async def _leave(self) -> None:
        if self._server is not None:
            await trio.aclose_forcefully(self._server.stream)
            self._server = None

    async def _public(self, host: str, port: int) -> list[str]:
        try:
            with trio.fail_after(self._terms.bounds.wait_s):
                addresses = behind(host, await self._terms.resolve(host, port))
        except (OSError, UnicodeError, trio.TooSlowError):
            raise _Denied(502, f"{host} cannot be resolved") from None
        if isinstance(addresses, str):
            raise self._refused(Refusal(host, port, addresses))
        return addresses

    def _refused(self, refusal: Refusal) -> _Denied:
        self._terms.told(refusal)
        return _Denied(403, f"pegboard refused this: {refusal}")

    def _heard(self) -> None:
        self._silence.deadline = trio.current_time() + self._terms.bounds.silence_s

    # A tunnel.

    async def _tunnel(self, request: h11.Request) -> None:
        host, port = split(request.target.decode("ascii", "replace"))
        if not port:
            raise _Denied(400, "CONNECT takes HOST:PORT")
        server, http = await self._reach(host, port), self._client.http
        async with trio.open_nursery() as nursery:
            await self._client.event()  # the request's end, which is there already
            await self._client.send(http.send(h11.Response(status_code=200, headers=[])) or b"")
            nursery.start_soon(self._pump, server, self._client)
            await server.send(await self._greeting(host, port, http.trailing_data[0]))
            await self._pump(self._client, server)

    async def _greeting(self, host: str, port: int, said: bytes) -> bytes:
        """The client's first message. Where it asks for another host than was judged, this is the connection's end."""
        while (hello := read_hello(said)) is Sort.MORE and (more := await self._client.receive()):
            self._heard()
            said += more
        if hello is Sort.BROKEN or (isinstance(hello, str) and normal(hello) != normal(host)):
            other = repr(hello[:80]) if isinstance(hello, str) else "a host that cannot be read"
            self._terms.told(Refusal(normal(host), port, f"TLS to {normal(host)} asked for {other}"))
            self._silence.cancel()
            return b""
        return said

    async def _pump(self, source: Side, target: Side) -> None:
        while data := await source.receive():
            self._heard()
            await target.send(data)
        await target.stream.send_eof()

    # Plain requests.

    async def _forward(self, request: h11.Request) -> None:
        scheme, _, rest = request.target.decode("ascii", "replace").partition("://")
        place, _, path = rest.partition("/")
        host, port = split(place)
        if scheme.lower() != "http" or not host:
            raise _Denied(400, "this is a proxy: it takes CONNECT HOST:PORT, or http://HOST/... as the target")
        server = await self._reach(host, port or 80)
        headers = [(b"Host", place.encode()), *_end_to_end(request.headers)]
        head = server.http.send(h11.Request(method=request.method, target=f"/{path}", headers=headers))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._copy, self._client, server, head or b"")
            await self._copy(server, self._client)
            nursery.cancel_scope.cancel()

    async def _copy(self, source: Side, target: Side, said: bytes = b"") -> None:
        """The rest of one message, from one side to the other, after what was `said` already."""
        while True:
            event: Any = source.http.next_event()
            if event is h11.NEED_DATA:
                await target.send(said)
                said = b""
                source.http.receive_data(await source.receive())
                self._heard()
                continue
            if isinstance(event, h11.Response | h11.InformationalResponse):
                headers = _end_to_end(event.headers)
                event = type(event)(status_code=event.status_code, headers=headers, reason=event.reason)
            said += target.http.send(event) or b""
            if isinstance(event, h11.EndOfMessage):
                return await target.send(said)

    async def _say(self, status: int, line: str) -> None:
        if self._client.http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        body = f"{line}\n".encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        answer = h11.Response(status_code=status, headers=[*headers, ("Connection", "close")])
        with trio.move_on_after(self._terms.bounds.wait_s):
            for event in (answer, h11.Data(data=body), h11.EndOfMessage()):
                await self._client.send(self._client.http.send(event) or b"")


def _end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Without those for one hop alone."""
    headers = list(headers)
    named = (word.strip().lower() for name, value in headers if name == b"connection" for word in value.split(b","))
    hop = {*HOP.split(), *named}
    return [(name, value) for name, value in headers if name not in hop]
