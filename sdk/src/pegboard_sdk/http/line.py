"""One client with at most one connection, for one request at a time. Importing this imports httpx2: see `lines`.

A client of its own for each request under way, because httpx2 tells of a socket only when it is made: where the next
request on a kept connection must be cut before its answer begins, it has to be known which connection that is.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any, Final
from urllib.request import getproxies

import httpx2

from pegboard_sdk.errors import Effect, InvalidParams, PegboardError, Upstream
from pegboard_sdk.http.caller import Call
from pegboard_sdk.http.endpoint import Endpoint
from pegboard_sdk.http.lifeline import Lifeline
from pegboard_sdk.http.refusal import Refusal, Refused
from pegboard_sdk.http.sending import Sending

CONNECT_S: Final = 15.0
KEPT_S: Final = 120.0
"""How long a connection is kept while nobody asks; longer, and what stands between us and the server forgets it."""


class Line:
    """One client. Raises InvalidParams where the URL or a proxy of the environment cannot be used."""

    def __init__(
        self,
        endpoint: Endpoint,
        call: Call,
        refused: Refused,
        trust: ssl.SSLContext,
        *,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._refused = refused
        self._life = Lifeline()
        self._socket: socket.socket | None = None
        try:
            web = httpx2.Client(
                verify=trust,
                transport=transport,
                proxy=endpoint.proxy or None,
                trust_env=endpoint.wants_proxy_of(getproxies()),
                limits=httpx2.Limits(max_keepalive_connections=1, keepalive_expiry=KEPT_S),
                event_hooks={"request": [self._watch]},
            )
            self._caller = call(endpoint, web)
        except (ValueError, httpx2.InvalidURL) as error:
            raise InvalidParams(f"{endpoint.url}, or a proxy of the environment, cannot be used: {error}") from error

    def carry(self, sending: Sending, life: Lifeline, put: Callable[[bytes], None]) -> None:
        """Send a request and put the pieces of its answer's body, to the end.

        Raises what `refused` gives, Upstream for a connection that failed, CallCancelled when it was cut.
        """
        self._life = life
        life.check()
        with self._explained("no answer"):
            response = self._opened(sending)
        with self._explained("the connection broke"), closing(response):
            for data in response.iter_bytes():
                put(data)

    def cut(self) -> None:
        """Shut the connection down, from any thread: a read that is under way returns, which closing would not do."""
        if self._socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the client; it cannot be used again."""
        self._caller.close()

    def _opened(self, sending: Sending) -> httpx2.Response:
        headers = httpx2.Headers()
        for name, text in (*self._endpoint.headers, *sending.headers):
            headers[name] = text
        timeout = httpx2.Timeout(sending.silence_s, connect=min(CONNECT_S, sending.silence_s))
        response = self._caller.open(sending, headers, timeout)
        if response.is_success:
            return response
        with closing(response):
            response.read()
        raise self._refused(
            Refusal(
                service=self._endpoint.service,
                url=self._endpoint.url,
                status=response.status_code,
                now=time.time(),
                headers=response.headers,
                body=self._endpoint.hidden(response.text).encode(),
                model=sending.model,
            )
        )

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        """Errors of the connection as ours; a certificate that is not trusted will not be trusted later."""
        try:
            yield
        except PegboardError:
            raise
        except Exception as error:
            chain = list(_causes(error))
            told = next((each for each in chain if isinstance(each, httpx2.RequestError | ssl.SSLError)), None)
            if told is None and not self._life.is_cut.is_set():
                raise
            self._drop()
            self._life.check()
            is_silent = isinstance(told, httpx2.TimeoutException)
            reason = "it was silent for too long" if is_silent else str(told) or type(told).__name__
            is_distrust = any(isinstance(each, ssl.SSLCertVerificationError) for each in chain)
            raise Upstream(
                f"{self._endpoint.url}: {what}: {reason}", effect=Effect.NONE, retry_ms=None if is_distrust else 0
            ) from error

    def _watch(self, request: httpx2.Request) -> None:
        request.extensions["trace"] = self._note

    def _note(self, event: str, info: Mapping[str, Any]) -> None:
        """Know the socket as soon as there is one; TLS puts another in its place."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._life.is_cut.is_set():
                self._drop()
            self._life.check()

    def _drop(self) -> None:
        """Close the socket of a connection that failed: httpcore2 forgets it where that was before the request."""
        if self._socket is not None:
            self._socket.close()


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from, the first cause last; httpcore2 cuts causes off, contexts it leaves."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def trust_for(endpoint: Endpoint) -> ssl.SSLContext:
    """Whom lines to `endpoint` trust: to read the certificates takes long, and where there is no TLS it is nobody.

    Raises InvalidParams for certificates of the environment that cannot be read.
    """
    if not endpoint.url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        trust = httpx2.create_ssl_context()
    except OSError as error:
        raise InvalidParams(f"the certificates, see SSL_CERT_FILE and SSL_CERT_DIR, cannot be read: {error}") from error
    if endpoint.ca_file:
        try:
            trust.load_verify_locations(endpoint.ca_file)
        except OSError as error:
            raise InvalidParams(f"ca_file `{endpoint.ca_file}` cannot be read as certificates: {error}") from error
    return trust


def rehearse(endpoint: Endpoint, call: Call, refused: Refused) -> None:
    """Send a request to nobody, so that the first one finds everything imported and made that it needs."""
    nobody = httpx2.MockTransport(lambda _: httpx2.Response(200, content=b"{}"))
    line = Line(endpoint, call, refused, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), transport=nobody)
    line.carry(Sending("/", 1.0, b"{}"), Lifeline(), lambda _: None)
    line.close()
