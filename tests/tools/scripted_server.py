"""A model server that says what a script tells it: chat completions over real HTTP on loopback, and no model at all.

In a test:   with ScriptedServer([Turn(calls=[Call("bash", {"command": "ls"})]), Turn(text="Done.")]) as server: ...
In a shell:  python scripted_server.py --turns 100 --tool bash --args '{"command": "printf ok-{i}-z"}' --expect ok-{i}-z

Control: GET /_ctl/log gives the requests so far, POST /_ctl/script takes a list of turns and begins anew.
"""

import argparse
import json
import threading
import time

from chat_rules import faults
from playbook import Seen
from scripted_http import Scripted, TurnHandler
from scripted_turn import Call, Turn, lines_of, substituted, turn_from, whole_answer

__all__ = ["Call", "ScriptedServer", "Seen", "Turn"]


class ScriptedServer(Scripted):
    """Serves a script. `by` says which turn answers: "order" (the next one, whatever is asked) or "conversation" (as
    many as the request has messages of the assistant, so that a request may come twice). The last turn repeats.
    """

    path = "/chat/completions"

    def __init__(self, turns=(), *, by="order", strict=True, expect="", models=("scripted-1",), key="", port=0):
        super().__init__(_Handler, list(turns) or [Turn(text="Done.")], port)
        self.by, self.strict, self.expect, self.models, self.key = by, strict, expect, list(models), key

    @property
    def url(self):
        """The base URL."""
        return f"{self.root}/v1"

    def play(self, turns, *, by="order", strict=True, expect="", models=("scripted-1",)):
        """Begin anew with other turns."""
        super().play(turns)
        self.by, self.strict, self.expect, self.models = by, strict, expect, list(models)

    def place_of(self, body):
        """Which turn answers."""
        return said_in(body) if self.by == "conversation" else self.served


def said_in(body):
    """How many messages of the assistant a request has."""
    return sum(1 for message in (body or {}).get("messages", ()) if message.get("role") == "assistant")


class _Handler(TurnHandler):
    sorry = {"error": {"message": "scripted"}}  # noqa: RUF012 - data, like the others' faults

    def get(self):
        """Control and the list of models."""
        script = self.server.script
        if self.path == "/_ctl/log":
            self.reply(200, {"requests": [vars(seen) for seen in script.seen], "served": script.served})
        elif self.path.split("?")[0].endswith("/models"):
            self.arrive(b"", time.monotonic())
            self.reply(200, {"object": "list", "data": [{"id": m, "object": "model"} for m in script.models]})
        else:
            self.reply(404, {"error": {"message": f"no {self.path} here"}})

    def post(self):
        """Control and chat."""
        if self.path == "/_ctl/script":
            Scripted.play(self.server.script, [turn_from(t) for t in json.loads(self.received())])
            self.reply(200, {})
        else:
            super().post()

    def refusal(self, seen):
        """Why a request is not answered by a turn, as a reply."""
        script = self.server.script
        seen.as_expected = self.expected(seen.body or {})
        if not self.path.split("?")[0].endswith(script.path):
            return 404, {"error": {"message": f"no {self.path} here"}}
        if script.key and self.headers.get("Authorization") != f"Bearer {script.key}":
            return 401, {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}
        if script.strict and (found := faults(seen.body)):
            seen.faults = found
            return 400, {"error": {"message": "; ".join(found), "type": "invalid_request_error"}}
        return None

    def expected(self, body):
        """Whether the last results hold what is expected; None where nothing is."""
        messages, said = body.get("messages", ()), said_in(body)
        expect = self.server.script.expect
        if not expect or not said:
            return None
        tail = messages[max(i for i, m in enumerate(messages) if m.get("role") == "assistant") + 1 :]
        return substituted(expect, said) in json.dumps(tail)

    def whole(self, seen, turn, i):
        """A turn as a document."""
        return whole_answer(turn, i, seen.body)

    def events(self, seen, turn, i):
        """A turn as events."""
        counted = bool((seen.body.get("stream_options") or {}).get("include_usage"))
        return lines_of(turn, i, seen.body, counted=counted)


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
