"""The server: scripted turns over real HTTP on loopback, and no model at all.

In a test:   with MessagesServer([Turn(calls=[Call("bash", {"command": "ls"})]), Turn(text="Done.")]) as server: ...
"""

import math
import time

from scripted_http import Scripted, TurnHandler

from messages_api.caching import PromptCache
from messages_api.models import model_info
from messages_api.rules import faults
from messages_api.turn import Turn, content_of, fault, lines_of, whole_message


class MessagesServer(Scripted):
    """Serves a script in order, whatever is asked; the last turn repeats. `key` is demanded where it is given."""

    path = "/v1/messages"

    def __init__(self, turns=(), *, strict=True, key="", models=None, page=20, knows_models=True):
        super().__init__(_Handler, list(turns) or [Turn(text="Done.")])
        self.strict, self.key, self.page, self.knows_models = strict, key, page, knows_models
        self.models = [model_info("claude-scripted")] if models is None else list(models)
        self.cache = PromptCache()

    @property
    def url(self):
        """The base URL."""
        return self.root

    def play(self, turns, *, models=None, page=20):
        """Begin anew with other turns and models."""
        super().play(turns)
        self.page, self.cache = page, PromptCache()
        self.models = [model_info("claude-scripted")] if models is None else list(models)


class _Handler(TurnHandler):
    sorry = fault("api_error", "scripted")
    marks = (("request-id", "req_scripted"),)

    def get(self):
        """Models: one, or a page of the list."""
        script = self.server.script
        self.arrive(b"", time.monotonic())
        path, _, query = self.path.partition("?")
        if refused := self.unknown():
            self.reply(*refused)
        elif not script.knows_models or not path.startswith("/v1/models"):
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

    def refusal(self, seen):
        """Why a request is not answered by a turn, as a reply."""
        if not self.path.split("?")[0].endswith(self.server.script.path):
            return 404, fault("not_found_error", f"no {self.path} here")
        if refused := self.unknown():
            return refused
        seen.faults = faults(seen.body, version=self.headers.get("anthropic-version"))
        if self.server.script.strict and seen.faults:
            return 400, fault("invalid_request_error", "; ".join(seen.faults))
        return None

    def unknown(self):
        """The reply to a request without the key or the version."""
        key = self.server.script.key
        given = self.headers.get("x-api-key") or (self.headers.get("authorization") or "").removeprefix("Bearer ")
        if key and given != key:
            return 401, fault("authentication_error", "invalid x-api-key")
        if not self.headers.get("anthropic-version"):
            return 400, fault("invalid_request_error", "anthropic-version: header is required")
        return None

    def whole(self, seen, turn, i):
        """A turn as a document."""
        self.count(seen, turn, i)
        return whole_message(turn, i, seen.body["model"], seen.usage)

    def events(self, seen, turn, i):
        """A turn as events."""
        self.count(seen, turn, i)
        return lines_of(turn, i, seen.body["model"], seen.usage)

    def count(self, seen, turn, i):
        """Note the tokens of a turn."""
        script = self.server.script
        with script.changed:
            said = sum(len(str(block)) for block in content_of(turn, i))
            counted = {**script.cache.count(seen.body), "output_tokens": max(1, math.ceil(said / 4))}
        seen.usage = {**counted, **(turn.usage or {})}
