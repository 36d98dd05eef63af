"""Plays a dialect on loopback: real HTTP, real pauses and cuts; a request that the endpoint would refuse is refused."""

import json
import threading
import time
from collections.abc import Iterator, Sequence

from scripted_http import Handler, Serving

from dialects import chat, responses
from dialects.dialect import Dialect
from dialects.refusing import HTML, error_body, refusal
from dialects.rules import request_faults
from dialects.script import Ending

SLOW_S = 0.4
KEY = "sk-planted"


class DialectServer(Serving):
    """Answers each request with the next ending; the last one repeats. Without endings a model is called as one: its
    first request ends so, all further ones are done. `bodies` are the requests, `faults` what was wrong with them,
    `arrived` when they came (`time.time()`)."""

    def __init__(self, dialect: Dialect, endings: Sequence[Ending] = ()) -> None:
        super().__init__(_Handler)
        self.dialect = dialect
        self.endings = list(endings)
        self.bodies: list[dict] = []
        self.headers: list[dict[str, str]] = []
        self.faults: list[str] = []
        self.arrived: list[float] = []
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The base URL, as a user would set it."""
        path = self.dialect.path.removesuffix("/chat/completions").removesuffix("/responses")
        query = f"?{self.dialect.query}" if self.dialect.query else ""
        return f"{self.root}{path}{query}"

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


class _Handler(Handler):
    def post(self) -> None:
        """One request."""
        dialect = self.server.script.dialect
        data = self.received()
        path, _, query = self.path.partition("?")
        if path != dialect.path or (dialect.query and query != dialect.query):
            self.reply(404, error_body(dialect, 404, f"Resource not found: {self.path}", "404"))
            return
        if self.headers.get(dialect.key_header, "").removeprefix("Bearer ") != KEY:
            self.reply(401, error_body(dialect, 401, "Access denied due to a missing key", "401"))
            return
        body = json.loads(data)
        ending, found = self.server.script.take(body, dict(self.headers))
        if found:
            self.reply(400, error_body(dialect, 400, "; ".join(found), "invalid_request_error"))
            return
        self._play(dialect, ending, body)

    def _play(self, dialect: Dialect, ending: Ending, body: dict) -> None:
        said_no = refusal(dialect, ending)
        if said_no is not None:
            status, headers, data = said_no
            self.reply(status, data, list(headers.items()))
        elif ending is Ending.HTML:
            self.reply(200, HTML, [("Content-Type", "text/html; charset=utf-8")])
        elif ending is Ending.CUT_BEFORE:
            self.cut()
        else:
            time.sleep(SLOW_S if ending is Ending.SLOW else 0)
            lines = (responses if dialect.api == "responses" else chat).lines(dialect, ending, body)
            self._stream(lines, cut=ending is Ending.CUT_AFTER)

    def _stream(self, lines: Iterator[bytes], *, cut: bool) -> None:
        self.begin()
        has_said = False
        for line in lines:
            if cut and has_said:
                self.cut()
                return
            has_said = has_said or b"Gr\\u00fc" in line
            self.say(line)
        self.say(b"")
