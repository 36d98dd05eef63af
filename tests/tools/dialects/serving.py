"""Plays a dialect on loopback: real HTTP, real pauses and cuts; a request that the endpoint would refuse is refused."""

import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dialects import chat, responses
from dialects.dialect import Dialect
from dialects.refusing import HTML, error_body, refusal
from dialects.rules import request_faults
from dialects.script import Ending

SLOW_S = 0.4
KEY = "sk-planted"


class DialectServer:
    """Answers each request with the next ending; the last one repeats. Without endings a model is called as one: its
    first request ends so, all further ones are done. `bodies` are the requests, `faults` what was wrong with them,
    `arrived` when they came (`time.time()`)."""

    def __init__(self, dialect: Dialect, endings: Sequence[Ending] = ()) -> None:
        self.dialect = dialect
        self.endings = list(endings)
        self.bodies: list[dict] = []
        self.headers: list[dict[str, str]] = []
        self.faults: list[str] = []
        self.arrived: list[float] = []
        self._lock = threading.Lock()
        self._http = _Listener(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """The base URL, as a user would set it."""
        path = self.dialect.path.removesuffix("/chat/completions").removesuffix("/responses")
        query = f"?{self.dialect.query}" if self.dialect.query else ""
        return f"http://127.0.0.1:{self._http.server_port}{path}{query}"

    def __enter__(self) -> "DialectServer":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def take(self, body: dict, headers: dict[str, str]) -> tuple[Ending, list[str]]:
        """Note a request; the ending that it gets, and what is wrong with it."""
        found = request_faults(self.dialect, body)
        with self._lock:
            self.arrived.append(time.time())
            ending = self._ending(body["model"])
            self.bodies.append(body)
            self.headers.append({name.lower(): value for name, value in headers.items()})
            self.faults += found
        return ending, found

    def of(self, ending: Ending) -> list[int]:
        """Which requests were for a model that is called like the ending."""
        return [at for at, body in enumerate(self.bodies) if body["model"] == ending.name]

    def _ending(self, model: str) -> Ending:
        if self.endings:
            return self.endings[min(len(self.bodies), len(self.endings) - 1)]
        return Ending.DONE if any(body["model"] == model for body in self.bodies) else Ending[model]


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], script: DialectServer) -> None:
        super().__init__(address, _Handler)
        self.script = script

    def get_request(self):
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address

    def handle_error(self, request, client_address) -> None:
        """A client that goes away is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def log_message(self, *args) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """One request."""
        dialect = self.server.script.dialect
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        if path != dialect.path or (dialect.query and query != dialect.query):
            self._reply(404, error_body(dialect, 404, f"Resource not found: {self.path}", "404"))
            return
        if self.headers.get(dialect.key_header, "").removeprefix("Bearer ") != KEY:
            self._reply(401, error_body(dialect, 401, "Access denied due to a missing key", "401"))
            return
        body = json.loads(data)
        ending, found = self.server.script.take(body, dict(self.headers))
        if found:
            self._reply(400, error_body(dialect, 400, "; ".join(found), "invalid_request_error"))
            return
        self._play(dialect, ending, body)

    def _play(self, dialect: Dialect, ending: Ending, body: dict) -> None:
        said_no = refusal(dialect, ending)
        if said_no is not None:
            status, headers, data = said_no
            self._reply(status, data, headers)
        elif ending is Ending.HTML:
            self._reply(200, HTML, {"Content-Type": "text/html; charset=utf-8"})
        elif ending is Ending.CUT_BEFORE:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        else:
            time.sleep(SLOW_S if ending is Ending.SLOW else 0)
            lines = (responses if dialect.api == "responses" else chat).lines(dialect, ending, body)
            self._stream(lines, cut=ending is Ending.CUT_AFTER)

    def _reply(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, lines: Iterator[bytes], *, cut: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        has_said = False
        for line in lines:
            if cut and has_said:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            has_said = has_said or b"Gr\\u00fc" in line
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.write(b"0\r\n\r\n")
