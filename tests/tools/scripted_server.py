"""A model server that says what a script tells it: chat completions over real HTTP on loopback, and no model at all.

In a test:   with ScriptedServer([Turn(calls=[Call("bash", {"command": "ls"})]), Turn(text="Done.")]) as server: ...
In a shell:  python scripted_server.py --turns 100 --tool bash --args '{"command": "printf ok-{i}-z"}' --expect ok-{i}-z

Control: GET /_ctl/log gives the requests so far, POST /_ctl/script takes a list of turns and begins anew.
"""

import argparse
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chat_rules import faults
from scripted_turn import Call, Seen, Turn, lines_of, substituted, turn_from, whole_answer

__all__ = ["Call", "ScriptedServer", "Seen", "Turn"]


class ScriptedServer:
    """Serves a script. `by` says which turn answers: "order" (the next one, whatever is asked) or "conversation" (as
    many as the request has messages of the assistant, so that a request may come twice). The last turn repeats.
    """

    def __init__(self, turns=(), *, by="order", strict=True, expect="", models=("scripted-1",), key="", port=0):
        self.turns, self.by, self.strict, self.expect = list(turns) or [Turn(text="Done.")], by, strict, expect
        self.models, self.key, self.seen, self.served = list(models), key, [], 0
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self.http = _Listener(("127.0.0.1", port), self)
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self):
        """The base URL."""
        return f"http://127.0.0.1:{self.http.server_port}/v1"

    @property
    def bodies(self):
        """The bodies of the chat requests so far."""
        return [seen.body for seen in self.seen if seen.path.endswith("/chat/completions")]

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

    def next_turn(self, body):
        """The turn that answers, and its number."""
        with self.lock:
            said = sum(1 for message in body.get("messages", ()) if message.get("role") == "assistant")
            at = said if self.by == "conversation" else self.served
            self.served += 1
            return self.turns[min(at, len(self.turns) - 1)], at + 1


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
        """Control and the list of models."""
        script = self.server.script
        if self.path == "/_ctl/log":
            self.reply(200, {"requests": [vars(seen) for seen in script.seen], "served": script.served})
        elif self.path.split("?")[0].endswith("/models"):
            self.arrive(b"", time.monotonic())
            self.reply(200, {"object": "list", "data": [{"id": m, "object": "model"} for m in script.models]})
        else:
            self.reply(404, {"error": {"message": f"no {self.path} here"}})

    def do_POST(self):
        """Control and chat."""
        script, arrived = self.server.script, time.monotonic()
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/_ctl/script":
            with script.lock:
                script.turns, script.seen, script.served = [turn_from(t) for t in json.loads(data)], [], 0
            self.reply(200, {})
            return
        seen = self.arrive(data, arrived)
        if not self.path.split("?")[0].endswith("/chat/completions"):
            self.reply(404, {"error": {"message": f"no {self.path} here"}})
        elif script.key and self.headers.get("Authorization") != f"Bearer {script.key}":
            self.reply(401, {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}})
        elif script.strict and (found := faults(seen.body)):
            seen.faults = found
            self.reply(400, {"error": {"message": "; ".join(found), "type": "invalid_request_error"}})
        else:
            self.play(seen, *script.next_turn(seen.body))
        seen.answered = time.monotonic()
        script.note()

    def arrive(self, data, arrived):
        """Note a request, whose head was there at `arrived`: the server's own work is not the client's time."""
        try:
            body = json.loads(data) if data else None
        except ValueError:
            body = None
        seen = Seen(self.path, dict(self.headers), body, len(data), arrived, self.client_address[1])
        expect = self.server.script.expect
        messages = (body or {}).get("messages", ())
        said = sum(1 for message in messages if message.get("role") == "assistant")
        if expect and said:
            tail = messages[max(i for i, m in enumerate(messages) if m.get("role") == "assistant") + 1 :]
            seen.as_expected = substituted(expect, said) in json.dumps(tail)
        with self.server.script.changed:
            self.server.script.seen.append(seen)
            self.server.script.changed.notify_all()
        return seen

    def reply(self, status, value, headers=()):
        """Send a JSON document."""
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        names = {name.lower() for name, _ in headers}
        if "content-type" not in names:
            self.send_header("Content-Type", "application/json")
        for name, text in headers:
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def play(self, seen, turn, i):
        """Answer with a turn."""
        time.sleep(turn.delay_s)
        if turn.status != 200:
            self.reply(turn.status, turn.error or {"error": {"message": "scripted"}}, list(turn.headers.items()))
        elif turn.raw is not None:
            self.reply(200, turn.raw, [("Content-Type", turn.content_type)])
        elif turn.whole or not seen.body.get("stream"):
            self.reply(200, whole_answer(turn, i, seen.body))
        else:
            self.stream(seen, turn, i)

    def stream(self, seen, turn, i):
        """Answer with a stream of events."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        counted = bool((seen.body.get("stream_options") or {}).get("include_usage"))
        try:
            for at, line in enumerate(lines_of(turn, i, seen.body, counted=counted)):
                if turn.cut_after is not None and at >= turn.cut_after:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if turn.hang_after is not None and at >= turn.hang_after:
                    self.hang(seen)
                    return
                time.sleep(turn.pace_s)
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


def main():
    """Serve until interrupted; the first line on stdout is the base URL."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=1, help="tool calls before the final answer")
    parser.add_argument("--tool", default="bash")
    parser.add_argument("--args", default='{"command": "printf ok-{i}-z"}', help="JSON; {i} is the turn's number")
    parser.add_argument("--final", default="Done.")
    parser.add_argument("--expect", default="", help="text that the last tool result must hold")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pace", type=float, default=0.0, help="seconds before each chunk")
    parser.add_argument("--lenient", action="store_true", help="do not validate")
    options = parser.parse_args()
    call = Call(options.tool, json.loads(options.args))
    turns = [Turn(calls=[call], pace_s=options.pace) for _ in range(options.turns)]
    turns.append(Turn(text=options.final, pace_s=options.pace))
    script = ScriptedServer(
        turns, by="conversation", strict=not options.lenient, expect=options.expect, port=options.port
    )
    with script:
        print(script.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
