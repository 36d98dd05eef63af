"""Serves the proxy on a listening socket: CONNECT, and requests whose target is a whole http:// URL.

Everything is bounded: heads in bytes and time, connections in number, silence in time. What a client sends wrong costs
that client its connection. TLS is passed through as it is; only the name in its first message is read.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

import h11
import trio
from msgspec import Struct

from pegboard.proxy.client_hello import Sort, read_hello
from pegboard.proxy.hosts import Hosts, Refusal, behind, normal, split

PIECE: Final = 1 << 16
HOP: Final = b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer upgrade host"
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Told = Callable[[Refusal], None]


class Bounds(Struct, frozen=True, kw_only=True):
    """Bytes, numbers and seconds."""

    head_bytes: int = 1 << 15
    connections: int = 128
    wait_s: float = 30
    """For a head, for a name to be resolved, for a connection."""
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
                    await _Exchange(stream, terms).run()

    await trio.serve_listeners(handle, [listener])


class _Exchange:
    """One connection of a client, for one request."""

    def __init__(self, client: trio.SocketStream, terms: Terms) -> None:
        self._client = client
        self._terms = terms
        self._silence = trio.CancelScope()
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=terms.bounds.head_bytes)

    async def run(self) -> None:
        """Serve the client. Whatever goes wrong with it or its server ends here."""
        try:
            await self._serve()
        except* (OSError, trio.TooSlowError, trio.BrokenResourceError, trio.ClosedResourceError, h11.ProtocolError):
            pass

    async def _serve(self) -> None:
        try:
            with trio.fail_after(self._terms.bounds.wait_s):
                request = await _Side(self._http, self._client).event()
            if isinstance(request, h11.Request):
                with self._silence:
                    self._heard()
                    await (self._tunnel(request) if request.method == b"CONNECT" else self._forward(request))
        except h11.RemoteProtocolError as error:
            await self._say(400, f"this is no HTTP/1.1 that a proxy takes: {error}")
        except _Denied as denied:
            await self._say(*denied.args)

    # What is asked for, and the way there.

    async def _reach(self, host: str, port: int) -> trio.SocketStream:
        """A connection to an address that was checked. Raises _Denied."""
        literal, known = self._terms.allowed.judge(host, port), normal(host)
        if isinstance(literal, Refusal):
            raise self._refused(literal)
        for address in literal or await self._public(known, port):
            with suppress(OSError, trio.TooSlowError), trio.fail_after(self._terms.bounds.wait_s):
                return await trio.open_tcp_stream(address, port)  # an address, so nothing is resolved again
        raise _Denied(502, f"{known}:{port} does not take connections")

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
        server = await self._reach(host, port)
        async with server, trio.open_nursery() as nursery:
            await _Side(self._http, self._client).event()  # the request's end, which is there already
            await self._client.send_all(self._http.send(h11.Response(status_code=200, headers=[])) or b"")
            nursery.start_soon(self._pump, server, self._client)
            await server.send_all(await self._greeting(host, port, self._http.trailing_data[0]))
            await self._pump(self._client, server)

    async def _greeting(self, host: str, port: int, said: bytes) -> bytes:
        """The client's first message. Where it asks for another host than was judged, this is the connection's end."""
        while (hello := read_hello(said)) is Sort.MORE and (more := await self._client.receive_some(PIECE)):
            self._heard()
            said += more
        if hello is Sort.BROKEN or (isinstance(hello, str) and normal(hello) != normal(host)):
            other = repr(hello[:80]) if isinstance(hello, str) else "a host that cannot be read"
            self._terms.told(Refusal(normal(host), port, f"TLS to {normal(host)} asked for {other}"))
            self._silence.cancel()
            return b""
        return said

    async def _pump(self, source: trio.SocketStream, target: trio.SocketStream) -> None:
        while data := await source.receive_some(PIECE):
            self._heard()
            await target.send_all(data)
        await target.send_eof()

    # A plain request.

    async def _forward(self, request: h11.Request) -> None:
        scheme, _, rest = request.target.decode("ascii", "replace").partition("://")
        place, _, path = rest.partition("/")
        host, port = split(place)
        if scheme.lower() != "http" or not host:
            raise _Denied(400, "this is a proxy: it takes CONNECT HOST:PORT, or http://HOST/... as the target")
        server = await self._reach(host, port or 80)
        upstream = h11.Connection(h11.CLIENT, max_incomplete_event_size=self._terms.bounds.head_bytes)
        headers = [(b"Host", place.encode()), *_end_to_end(request.headers)]
        async with server, trio.open_nursery() as nursery:
            await server.send_all(
                upstream.send(h11.Request(method=request.method, target=f"/{path}", headers=headers)) or b""
            )
            here, there = _Side(self._http, self._client), _Side(upstream, server)
            nursery.start_soon(self._copy, here, there)
            await self._copy(there, here)
            nursery.cancel_scope.cancel()

    async def _copy(self, source: "_Side", target: "_Side") -> None:
        """The rest of one message, from one side to the other."""
        event = None
        while not isinstance(event, h11.EndOfMessage):
            event = await source.event()
            self._heard()
            if isinstance(event, h11.Response | h11.InformationalResponse):
                headers = _end_to_end(event.headers)
                event = type(event)(status_code=event.status_code, headers=headers, reason=event.reason)
            await target.stream.send_all(target.http.send(event) or b"")

    async def _say(self, status: int, line: str) -> None:
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        body = f"{line}\n".encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        answer = h11.Response(status_code=status, headers=[*headers, ("Connection", "close")])
        with trio.move_on_after(self._terms.bounds.wait_s):
            for event in (answer, h11.Data(data=body), h11.EndOfMessage()):
                await self._client.send_all(self._http.send(event) or b"")


class _Side(Struct, frozen=True):
    """One of the two that are spoken to."""

    http: h11.Connection
    stream: trio.SocketStream

    async def event(self) -> Any:  # noqa: ANN401 - h11 has no type for it
        """The next event. What is read never exceeds what the connection takes."""
        while (event := self.http.next_event()) is h11.NEED_DATA:
            self.http.receive_data(await self.stream.receive_some(PIECE))
        return event


def _end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Without those for one hop alone; the connection is for one message."""
    headers = list(headers)
    named = [word.strip().lower() for name, value in headers if name == b"connection" for word in value.split(b",")]
    kept = [(name, value) for name, value in headers if name not in HOP.split() and name not in named]
    return [*kept, (b"connection", b"close")]
