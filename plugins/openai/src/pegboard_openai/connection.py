"""HTTP/1.1 to one endpoint, with connections that are kept and can be cut from another thread. It knows no chat.

`http.client` and nothing more: the openai package takes half a second to import, most of it for types that a stream of
chunks never needs, and no client above the socket lets another thread end a read at once.
"""

import ssl
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, RemoteDisconnected
from threading import Lock
from typing import Final

from msgspec import Struct

from pegboard_openai.endpoint import Endpoint
from pegboard_openai.lifeline import Lifeline
from pegboard_sdk import CallCancelled, Effect, PegboardError, Upstream

CONNECT_S: Final = 15.0
READ_BYTES: Final = 1 << 16
MAX_REFUSAL_BYTES: Final = 1 << 16
MAX_IDLE: Final = 4
SETTLE_S: Final = 0.05


class Sending(Struct, frozen=True):
    """A request: a body in pieces, what can cut it, and how long the server may be silent."""

    method: str
    name: str
    life: Lifeline
    silence_s: float
    body: Sequence[bytes | bytearray] = ()


class Exchange:
    """A response on its way. Close it; what was read to its end leaves a connection for the next."""

    def __init__(
        self, connection: HTTPConnection, response: HTTPResponse, owner: "Connections", life: Lifeline
    ) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in response.getheaders()}
        self._connection = connection
        self._response = response
        self._owner = owner
        self._life = life
        self.is_whole = False
        """Set by the reader once all that it needs was read."""

    def read(self) -> bytes:
        """The next bytes of the body, empty at its end. Raises Upstream when it ends too early or stalls."""
        try:
            data = self._response.read1(READ_BYTES)
        except (OSError, HTTPException, ValueError) as error:
            self._life.check()
            raise self._owner.failed("the connection broke", error) from error
        self._life.check()
        if not data and self._response.length:
            raise self._owner.failed("the connection broke", EOFError(f"{self._response.length} bytes are missing"))
        self.is_whole = self.is_whole or not data
        return data

    def rest(self, limit: int = MAX_REFUSAL_BYTES) -> bytes:
        """What is left of the body, up to `limit` bytes."""
        pieces: list[bytes] = []
        while limit > 0 and (data := self.read()):
            pieces.append(data)
            limit -= len(data)
        return b"".join(pieces)

    def close(self) -> None:
        """Give the connection back, or close it when its answer was not taken whole."""
        self._life.release()
        if self.is_whole and not self._response.will_close and not self._life.is_cut.is_set():
            self._owner.keep(self._connection, self._response)
        else:
            self._response.close()
            self._connection.close()


class Connections:
    """The connections to one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._lock = Lock()
        self._idle: list[tuple[HTTPConnection, HTTPResponse]] = []
        self._tls = _trust() if endpoint.secure else None

    def send(self, sending: Sending) -> Exchange:
        """Send a request and wait for the head of its answer.

        Raises Upstream when there is none, CallCancelled when it was cut.
        """
        while (connection := self._kept()) is not None:
            # A server may close a connection while it is idle: what was sent on it then was not answered.
            with suppress(ConnectionError, ssl.SSLError, RemoteDisconnected):
                return self._send(connection, sending)
        try:
            return self._send(self._new(), sending)
        except (OSError, HTTPException) as error:
            raise self.failed("no answer", error) from error

    def failed(self, what: str, error: Exception) -> PegboardError:
        """The error for a connection that failed; a certificate that is not trusted will not be trusted later."""
        reason = "it was silent for too long" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
        retry_ms = None if isinstance(error, ssl.SSLCertVerificationError) else 0
        return Upstream(f"{self._endpoint.url}: {what}: {reason}", effect=Effect.NONE, retry_ms=retry_ms)

    def keep(self, connection: HTTPConnection, response: HTTPResponse) -> None:
        """Keep a connection whose answer was taken; the last bytes of it may still be on their way."""
        with self._lock:
            if len(self._idle) < MAX_IDLE:
                self._idle.append((connection, response))
                return
        connection.close()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    def _send(self, connection: HTTPConnection, sending: Sending) -> Exchange:
        try:
            if connection.sock is None:
                connection.connect()
            sending.life.hold(connection.sock)
            connection.sock.settimeout(sending.silence_s)
            connection.putrequest(sending.method, self._endpoint.target(sending.name), skip_accept_encoding=True)
            for header, value in (*self._endpoint.headers, *self._relay()):
                connection.putheader(header, value)
            if sending.body:
                connection.putheader("Content-Length", str(sum(map(len, sending.body))))
            connection.endheaders(message_body=sending.body or None)
            return Exchange(connection, connection.getresponse(), self, sending.life)
        except (OSError, HTTPException, CallCancelled):
            sending.life.release()
            connection.close()
            sending.life.check()
            raise

    def _new(self) -> HTTPConnection:
        end = self._endpoint
        place = (end.proxy.host, end.proxy.port) if end.proxy else (end.host, end.port)
        if self._tls is None:
            return HTTPConnection(*place, timeout=CONNECT_S)
        connection = HTTPSConnection(*place, timeout=CONNECT_S, context=self._tls)
        if end.proxy:
            connection.set_tunnel(end.host, end.port, headers=dict(_proxy_headers(end.proxy.credentials)))
        return connection

    def _relay(self) -> tuple[tuple[str, str], ...]:
        proxy = self._endpoint.proxy
        return _proxy_headers(proxy.credentials) if proxy and self._endpoint.is_relayed else ()

    def _kept(self) -> HTTPConnection | None:
        """A connection whose last answer has come to its end, None when there is none."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection, response = self._idle.pop()
            if _is_settled(connection, response):
                return connection
            connection.close()


def _is_settled(connection: HTTPConnection, response: HTTPResponse) -> bool:
    """Whether an answer whose content was taken has also ended: the last chunk may come after the last event."""
    try:
        connection.sock.settimeout(SETTLE_S)
        until = time.monotonic() + SETTLE_S
        while not response.isclosed() and time.monotonic() < until:
            if not response.read1(READ_BYTES):
                # A body of known length that was read by pieces is not closed by itself.
                response.close()
        return response.isclosed()
    except (OSError, HTTPException, ValueError, AttributeError):
        return False


def _proxy_headers(credentials: str) -> tuple[tuple[str, str], ...]:
    if not credentials:
        return ()
    return (("Proxy-Authorization", "Basic " + b64encode(credentials.encode()).decode()),)


def _trust() -> ssl.SSLContext:
    # Only servers elsewhere need TLS, and it costs 10 ms that a local one does not have to pay.
    import truststore  # noqa: PLC0415

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
