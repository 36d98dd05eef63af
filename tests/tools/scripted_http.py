"""What the scripted model servers share: real HTTP on loopback, cuts, hangs and delays.

A dialect is a server class with a handler class: which requests there are, and the bytes in which a turn is said.
"""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playbook import Seen


class Serving:
    """A server on loopback while it is entered."""

    def __init__(self, handler, port=0):
        self.http = _Listener(("127.0.0.1", port), handler, self)
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def root(self):
        """Its URL without a path."""
        return f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


class Scripted(Serving):
    """Serves a script: each request is answered by the next turn, the last turn repeats."""

    path = ""
    """How the paths end of requests that a turn answers."""

    def __init__(self, handler, turns, port=0):
        super().__init__(handler, port)
        self.seen: list[Seen] = []
        self.served = 0
        self.changed = threading.Condition()
        self.turns = list(turns)

    @property
    def asked(self):
        """The requests so far that a turn answers."""
        return [seen for seen in self.seen if seen.path.split("?")[0].endswith(self.path)]

    @property
    def bodies(self):
        """Their bodies."""
        return [seen.body for seen in self.asked]

    def wait_for(self, condition, timeout_s=20.0):
        """Wait until `condition(self)` holds, which is asked after each change. Whether it does."""
        with self.changed:
            return self.changed.wait_for(lambda: condition(self), timeout_s)

    def note(self):
        """Something changed."""
        with self.changed:
            self.changed.notify_all()

    def play(self, turns):
        """Begin anew with other turns."""
        with self.changed:
            self.turns, self.seen, self.served = list(turns), [], 0

    def next_turn(self, body):
        """The turn that answers, and its number."""
        with self.changed:
            at = self.place_of(body)
            self.served += 1
            return self.turns[min(at, len(self.turns) - 1)], at + 1

    def place_of(self, body):
        """Which turn answers, from 0."""
        return self.served


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address, handler, script):
        super().__init__(address, handler)
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


class Handler(BaseHTTPRequestHandler):
    """Says documents and streams."""

    protocol_version = "HTTP/1.1"
    marks: tuple[tuple[str, str], ...] = ()
    """Headers of every answer."""

    def log_message(self, *args):
        """Say nothing."""

    def do_GET(self):
        """Whatever the dialect has."""
        self.get()

    def do_POST(self):
        """Likewise."""
        self.post()

    def received(self):
        """The body of the request."""
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def reply(self, status, value, headers=()):
        """Send a JSON document, or bytes."""
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        if "content-type" not in {name.lower() for name, _ in headers}:
            self.send_header("Content-Type", "application/json")
        for name, text in (*self.marks, *headers):
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def begin(self, content_type="text/event-stream"):
        """Send the head of a stream."""
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        for name, text in self.marks:
            self.send_header(name, text)
        self.end_headers()

    def say(self, piece):
        """Send a piece of a stream; an empty one is its end."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def cut(self):
        """End the connection here and now."""
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True


class TurnHandler(Handler):
    """Answers with turns. A dialect has `refusal`, `whole` and `events`."""

    sorry: Any = None
    """The body of a refusal for which the script has none."""

    def post(self):
        """A request that a turn answers, or none."""
        script, arrived = self.server.script, time.monotonic()
        seen = self.arrive(self.received(), arrived)
        refused = self.refusal(seen)
        if refused is not None:
            self.reply(*refused)
        else:
            self.perform(seen, *script.next_turn(seen.body))
        seen.answered = time.monotonic()
        script.note()

    def arrive(self, data, arrived):
        """Note a request, whose head was there at `arrived`: the server's own work is not the client's time."""
        try:
            body = json.loads(data) if data else None
        except ValueError:
            body = None
        seen = Seen(self.path, dict(self.headers), body, len(data), arrived, self.client_address[1])
        script = self.server.script
        with script.changed:
            script.seen.append(seen)
            script.changed.notify_all()
        return seen

    def perform(self, seen, turn, i):
        """Answer with a turn."""
        time.sleep(turn.delay_s)
        if turn.status != 200:
            self.reply(turn.status, turn.error or self.sorry, list(turn.headers.items()))
        elif turn.raw is not None:
            self.reply(200, turn.raw, [("Content-Type", turn.content_type)])
        elif turn.whole or not seen.body.get("stream"):
            self.reply(200, self.whole(seen, turn, i))
        else:
            self.stream(seen, turn, self.events(seen, turn, i))

    def stream(self, seen, turn, events):
        """Answer with a stream of events."""
        self.begin(turn.content_type)
        try:
            for at, event in enumerate(events):
                if at == turn.cut_after:
                    self.cut()
                    return
                if at == turn.hang_after:
                    self.hang(seen)
                    return
                time.sleep(turn.pace_s)
                self.say(event)
            self.say(b"")
        except OSError:
            self.left(seen)

    def hang(self, seen):
        """Say nothing until the client goes away."""
        self.server.script.note()
        while self.connection.recv(4096):
            continue
        self.left(seen)

    def left(self, seen):
        """The client went away before the end."""
        seen.gone = time.monotonic()
        self.close_connection = True
