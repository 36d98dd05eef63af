"""HTTP/1.1 to one endpoint, with connections that are kept and can be cut from another thread. It knows no chat.

`http.client` and nothing more: the openai package takes half a second to import, most of it for types that a stream of
chunks never needs, and no client above the socket lets another thread end a read at once.
"""

import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, RemoteDisconnected
from threading import Event, Lock
from typing import Final

from pegboard_sdk import CallCancelled, Effect, PegboardError, Upstream

from pegboard_openai.endpoint import Endpoint

CONNECT_S: Final = 15.0
READ_BYTES: Final = 1 << 16
MAX_REFUSAL_BYTES: Final = 1 << 16
MAX_IDLE: Final = 4
SETTLE_S: Final = 0.05


class Lifeline:
    """What cancels a request: `cut` ends its connection, whichever thread waits for it."""

    def __init__(self) -> None:
        self.is_cut = Event()
        self._lock = Lock()
        self._socket: socket.socket | None = None

    def hold(self, sock: socket.socket) -> None:
        """The socket that `cut` has to end. Raises CallCancelled when it was cut before."""
        with self._lock:
            self._socket = sock
            self.check()

    def release(self) -> None:
        """The socket is nobody's or somebody else's now."""
        with self._lock:
            self._socket = None

    def cut(self) -> None:
        """End the request now. A read that is under way returns; closing the descriptor would not wake it."""
        with self._lock:
            self.is_cut.set()
            if self._socket is not None:
                with suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def check(self) -> None:
        """Raises CallCancelled when it was cut."""
        if self.is_cut.is_set():
            raise CallCancelled("the request was cancelled", effect=Effect.NONE)


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

    def send(
        self, method: str, name: str, pieces: Sequence[bytes | bytearray], life: Lifeline, *, silence_s: float
    ) -> Exchange:
        """Send a request and wait for the head of its answer, at most `silence_s`.

        Raises Upstream when there is none, CallCancelled when `life` was cut.
        """
        while (connection := self._kept()) is not None:
            try:
                return self._send(connection, method, name, pieces, life, silence_s)
            except (BrokenPipeError, ConnectionResetError, ConnectionAbortedError, RemoteDisconnected):
                # The server closed it while it was idle; whatever was sent was not answered.
                self._discard(connection, life)
        connection = self._new()
        try:
            return self._send(connection, method, name, pieces, life, silence_s)
        except (OSError, HTTPException) as error:
            self._discard(connection, life)
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

    def _send(
        self,
        connection: HTTPConnection,
        method: str,
        name: str,
        pieces: Sequence[bytes | bytearray],
        life: Lifeline,
        silence_s: float,
    ) -> Exchange:
        life.check()
        if connection.sock is None:
            connection.connect()
        life.hold(connection.sock)
        connection.sock.settimeout(silence_s)
        try:
            connection.putrequest(method, self._endpoint.target(name), skip_accept_encoding=True)
            for header, value in (*self._endpoint.headers, *self._relay()):
                connection.putheader(header, value)
            if pieces:
                connection.putheader("Content-Length", str(sum(map(len, pieces))))
            connection.endheaders(message_body=pieces or None)
            return Exchange(connection, connection.getresponse(), self, life)
        except (OSError, HTTPException):
            life.check()
            raise

    def _discard(self, connection: HTTPConnection, life: Lifeline) -> None:
        life.release()
        connection.close()

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
            response.read1(READ_BYTES)
        return response.isclosed()
    except (OSError, HTTPException, ValueError, AttributeError):
        return False


def _proxy_headers(credentials: str) -> tuple[tuple[str, str], ...]:
    if not credentials:
        return ()
    return (("Proxy-Authorization", "Basic " + b64encode(credentials.encode()).decode()),)


def _trust() -> ssl.SSLContext:
    # Only servers elsewhere need TLS, and it costs 10 ms that a local one does not have to pay.
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
