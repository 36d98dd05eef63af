"""The server: scripted turns over real HTTP on loopback, and no model at all.

In a test:   with MessagesServer([Turn(calls=[Call("bash", {"command": "ls"})]), Turn(text="Done.")]) as server: ...
"""

import json
import math
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from messages_api.caching import PromptCache
from messages_api.models import model_info
from messages_api.rules import faults
from messages_api.turn import Turn, content_of, fault, lines_of, whole_message


@dataclass
class Seen:
    """A request that arrived. Times are `time.monotonic()`."""

    path: str
    headers: dict[str, str]
    body: Any
    size: int
    arrived: float
    connection: int
    faults: list[str] = field(default_factory=list)
    usage: dict[str, Any] = field(default_factory=dict)
    answered: float = 0.0
    gone: float = 0.0


class MessagesServer:
    """Serves a script in order, whatever is asked; the last turn repeats. `key` is demanded where it is given."""

    def __init__(self, turns=(), *, strict=True, key="", models=None, page=20, knows_models=True):
        self.turns, self.strict, self.key, self.page = list(turns) or [Turn(text="Done.")], strict, key, page
        self.models = [model_info("claude-scripted")] if models is None else list(models)
        self.knows_models = knows_models
        self.seen: list[Seen] = []
        self.served = 0
        self.cache = PromptCache()
        self.changed = threading.Condition()
        self.http = _Listener(("127.0.0.1", 0), self)
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self):
        """The base URL."""
        return f"http://127.0.0.1:{self.http.server_port}"

    @property
    def asked(self):
        """The requests for messages so far."""
        return [seen for seen in self.seen if seen.path.split("?")[0].endswith("/v1/messages")]

    @property
    def bodies(self):
        """The bodies of the requests for messages so far."""
        return [seen.body for seen in self.asked]

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    def wait_for(self, condition, timeout_s=20.0):
        """Wait until `condition(self)` holds, which is asked after each change. Whether it does."""
        with self.changed:
            return self.changed.wait_for(lambda: condition(self), timeout_s)

    def note(self):
        """Something changed."""
        with self.changed:
            self.changed.notify_all()

    def play(self, turns, *, models=None, page=20):
        """Begin anew with other turns and models."""
        with self.changed:
            self.turns, self.page, self.seen, self.served = list(turns), page, [], 0
            self.models = [model_info("claude-scripted")] if models is None else list(models)
            self.cache = PromptCache()

    def next_turn(self):
        """The turn that answers, and its number."""
        with self.changed:
            self.served += 1
            return self.turns[min(self.served, len(self.turns)) - 1], self.served


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address, script):
        super().__init__(address, _Handler)
        self.script = script
        self.open = set()

    def get_request(self):
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.open.add(connection)
        return connection, address

    def shutdown_request(self, request):
        self.open.discard(request)
        super().shutdown_request(request)

    def server_close(self):
        super().server_close()
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request, client_address):
        """A client that goes away is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        """Say nothing."""

    def do_GET(self):
        """Models: one, or a page of the list."""
        script = self.server.script
        self.arrive(b"")
        path, _, query = self.path.partition("?")
        if self.refuses():
            return
        if not script.knows_models or not path.startswith("/v1/models"):
            self.reply(404, fault("not_found_error", "Not found"))
        elif path == "/v1/models":
            after = dict(pair.split("=") for pair in query.split("&") if pair).get("after_id")
            names = [model["id"] for model in script.models]
            at = names.index(after) + 1 if after else 0
            data = script.models[at : at + script.page]
            ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {}
            self.reply(200, {"data": data, "has_more": at + script.page < len(names), **ends})
        else:
            found = [model for model in script.models if model["id"] == path.rpartition("/")[2]]
            self.reply(200, found[0]) if found else self.reply(404, fault("not_found_error", f"model: {path}"))

    def do_POST(self):
        """A message."""
        script = self.server.script
        seen = self.arrive(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if self.path.split("?")[0].endswith("/v1/messages"):
            if not self.refuses():
                self.play(seen, *script.next_turn())
        else:
            self.reply(404, fault("not_found_error", f"no {self.path} here"))
        seen.answered = time.monotonic()
        script.note()

    def arrive(self, data):
        """Note a request."""
        try:
            body = json.loads(data) if data else None
        except ValueError:
            body = None
        seen = Seen(self.path, dict(self.headers), body, len(data), time.monotonic(), self.client_address[1])
        with self.server.script.changed:
            self.server.script.seen.append(seen)
            self.server.script.changed.notify_all()
        return seen

    def refuses(self):
        """Answer a request without the key or the version; whether it was."""
        key = self.server.script.key
        given = self.headers.get("x-api-key") or (self.headers.get("authorization") or "").removeprefix("Bearer ")
        if key and given != key:
            self.reply(401, fault("authentication_error", "invalid x-api-key"))
        elif not self.headers.get("anthropic-version"):
            self.reply(400, fault("invalid_request_error", "anthropic-version: header is required"))
        else:
            return False
        return True

    def reply(self, status, value, headers=()):
        """Send a document."""
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        if "content-type" not in {name.lower() for name, _ in headers}:
            self.send_header("Content-Type", "application/json")
        self.send_header("request-id", "req_scripted")
        for name, text in headers:
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def play(self, seen, turn, i):
        """Answer with a turn."""
        time.sleep(turn.delay_s)
        script = self.server.script
        seen.faults = faults(seen.body, version=self.headers.get("anthropic-version"))
        if script.strict and seen.faults:
            self.reply(400, fault("invalid_request_error", "; ".join(seen.faults)))
        elif turn.status != 200:
            self.reply(turn.status, turn.error or fault("api_error", "scripted"), list(turn.headers.items()))
        elif turn.raw is not None:
            self.reply(200, turn.raw, [("Content-Type", turn.content_type)])
        else:
            with script.changed:
                said = sum(len(str(block)) for block in content_of(turn, i))
                counted = {**script.cache.count(seen.body), "output_tokens": max(1, math.ceil(said / 4))}
            seen.usage = {**counted, **(turn.usage or {})}
            if turn.whole or not seen.body.get("stream"):
                self.reply(200, whole_message(turn, i, seen.body["model"], seen.usage))
            else:
                self.stream(seen, turn, i)

    def stream(self, seen, turn, i):
        """Answer with a stream of events."""
        self.send_response(200)
        self.send_header("Content-Type", turn.content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("request-id", "req_scripted")
        self.end_headers()
        try:
            for at, line in enumerate(lines_of(turn, i, seen.body["model"], seen.usage)):
                if at == turn.cut_after:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if at == turn.hang_after:
                    self.hang(seen)
                    return
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            seen.gone = time.monotonic()
            self.close_connection = True

    def hang(self, seen):
        """Say nothing until the client goes away."""
        self.server.script.note()
        while self.connection.recv(4096):
            continue
        seen.gone = time.monotonic()
        self.close_connection = True
