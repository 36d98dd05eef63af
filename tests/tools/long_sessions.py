"""Long sessions made by chance, with facts planted in them, and the kernel's own compaction without processes."""

import json
from hashlib import sha256
from types import SimpleNamespace
from typing import NamedTuple

import msgspec
import trio
from messages_api.turn import signature_of

import pegboard_compact
from pegboard.compacting import Compacting
from pegboard.transcript import Transcript
from pegboard_compact.settings import Settings
from pegboard_sdk import ModelAnswer, Usage
from pegboard_sdk.errors import NotFound
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.compacting import Compaction, Wanted
from pegboard_sdk.wire.manifest import Subject, SubjectKind, ToolEffect, ToolEntry
from pegboard_sdk.wire.records import (
    Compacted,
    Image,
    Message,
    Opaque,
    Outcome,
    Reasoning,
    Role,
    Text,
    ToolCall,
    ToolResult,
    ToolUse,
)

REQUEST = "the user's request"
WORDS = (
    "relay",
    "socket",
    "parser",
    "queue",
    "index",
    "ledger",
    "cursor",
    "frame",
    "batch",
    "retry",
    "token",
    "margin",
)
OWN_TOKENS = 3000
"""Of system prompt and tools."""


class Fact(NamedTuple):
    """Something that was said at a random turn; `text` is what has to be found again."""

    kind: str
    text: str


def _tool(name, effect, param=""):
    subjects = [Subject(param=param, kind=SubjectKind.FILE)] if param else []
    return ToolEntry(name=name, description=name, effects=[effect], input="", subjects=subjects)


TOOLS = {
    entry.name: entry
    for entry in (
        _tool("read_file", ToolEffect.READ, "path"),
        _tool("edit_file", ToolEffect.WRITE, "path"),
        _tool("bash", ToolEffect.EXEC),
        _tool("grep", ToolEffect.READ),
        _tool("todo_write", ToolEffect.READ),
        _tool("ask_user", ToolEffect.READ),
    )
}


class Session:
    """The records of a session as they come, turn by turn, made by `rng`."""

    def __init__(self, rng, *, widest=6000):
        self.rng, self.widest = rng, widest
        self.records, self.facts = [], []
        self._calls = 0

    def prose(self, words):
        return " ".join(self.rng.choice(WORDS) for _ in range(words))

    def user(self, text, *parts):
        self.records.append(Message(role=Role.USER, parts=(Text(text=text), *parts), pinned=REQUEST))

    def turn(self, *, interrupted=False):
        """One turn: at times a person speaks, the model says something, calls tools, and they answer."""
        rng = self.rng
        if rng.random() < 0.04 or not self.records:
            self.user(f"please look at the {self.prose(12)}", *self._attached())
        if rng.random() < 0.12:
            self.records.append(Message(role=Role.ASSISTANT, parts=(*self._thought(), Text(text=self.prose(25)))))
            return
        calls = tuple(self._call() for _ in range(rng.choice((1, 1, 1, 2, 4))))
        said = (Text(text=self.prose(rng.randrange(30))),) if rng.random() < 0.4 else ()
        self.records.append(Message(role=Role.ASSISTANT, parts=(*self._thought(), *said, *calls)))
        answered = list(calls[: rng.randrange(len(calls) + 1)] if interrupted else calls)
        rng.shuffle(answered)
        self.records += [self._result(call) for call in answered]
        self.records += [ToolUse(call=call.call, tool=call.tool, arguments={}, turn=0) for call in calls[:1]]

    def plant(self, number):
        """A fact at this point of the session."""
        rng, name = self.rng, f"{self.rng.choice(WORDS)}_{number}"
        kind = rng.choice(("decision", "error", "preference", "file fact"))
        value = 10_000 + number * 7
        if kind == "decision":
            text = f"We decided to use port {value} for {name}."
            self.records.append(Message(role=Role.ASSISTANT, parts=(Text(text=text),)))
        elif kind == "preference":
            text = f"I prefer {name} to be written with {value} columns."
            self.user(text)
        else:
            tool, outcome = ("bash", Outcome.FAILED) if kind == "error" else ("read_file", Outcome.OK)
            text = f"{name} fails with code {value}" if kind == "error" else f"the timeout of {name} is {value} ms"
            call = self._call(tool, path=f"src/{name}.py")
            self.records.append(Message(role=Role.ASSISTANT, parts=(call,)))
            body = f"{text}\n{self.prose(rng.randrange(20, 200))}"
            self.records.append(ToolResult(call=call.call, tool=tool, outcome=outcome, parts=(Text(text=body),)))
        self.facts.append(Fact(kind, text))

    def _call(self, tool="", path=""):
        rng = self.rng
        self._calls += 1
        tool = tool or rng.choice(("read_file", "read_file", "grep", "bash", "bash", "edit_file", "todo_write"))
        path = path or f"src/{rng.choice(WORDS)}/{rng.choice(WORDS)}.py"
        arguments = {"command": f"pytest {path}"} if tool == "bash" else {"path": path}
        if tool == "edit_file":
            arguments["new_str"] = self.prose(rng.randrange(60))
        return ToolCall(call=f"c{self._calls}", tool=tool, arguments=json.dumps(arguments))

    def _result(self, call):
        rng = self.rng
        outcome = rng.choice((Outcome.OK,) * 9 + (Outcome.FAILED, Outcome.CANCELLED))
        text = self.prose(int(rng.random() ** 3 * self.widest / 6))
        parts = (Text(text=text),) if text else ()
        if rng.random() < 0.03:
            parts = (*parts, Image(handle=sha256(call.call.encode()).hexdigest(), media_type="image/png"))
        return ToolResult(call=call.call, tool=call.tool, outcome=outcome, parts=parts)

    def _attached(self):
        rng = self.rng
        if rng.random() < 0.7:
            return ()
        mention = Text(text=self.prose(rng.randrange(400)), origin="notes.md")
        return (mention, Image(handle=f"{rng.getrandbits(256):064x}", media_type="image/png"))

    def _thought(self):
        if self.rng.random() < 0.7:
            return ()
        provider, data = self.rng.choice(
            (
                ("anthropic", {"type": "thinking", "signature": signature_of("hm"), "thinking": "hm"}),
                (
                    "openai",
                    {"at": "", "item": {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "x"}},
                ),
            )
        )
        return (Reasoning(text="hm", opaque=Opaque(provider=provider, data=data)),)


class Stage:
    """A session before the kernel's compaction, with the plugin's hook as its one planner. `model` writes summaries."""

    def __init__(self, records=(), *, context=0, settings=None, model=None):
        self.transcript, self.seq, self.blobs, self.notes, self.plans = Transcript(), 0, {}, [], []
        self._settings, self._model, self._context = settings or Settings(), model, context
        for record in records:
            self.record(record)
        journal = SimpleNamespace(blobs=SimpleNamespace(put=self._put))
        redactor = SimpleNamespace(redact=lambda text: text)
        session = SimpleNamespace(
            id="s", transcript=self.transcript, journal=journal, redactor=redactor, record=self.record,
            settle=trio.lowlevel.checkpoint, fail=lambda code, message: self.notes.append(message),
        )  # fmt: skip
        hooks = SimpleNamespace(has=lambda name: True, first=self._first)
        toolbox = SimpleNamespace(tools={name: SimpleNamespace(entry=entry) for name, entry in TOOLS.items()})
        self.room = Compacting(session, self, hooks, toolbox)

    @property
    def target(self):
        return SimpleNamespace(context=self._context)

    @property
    def tokens(self):
        return OWN_TOKENS + self.transcript.tokens

    def record(self, record):
        self.seq += 1
        self.transcript.apply(record, self.seq)

    def repair(self):
        for result in self.transcript.repairs():
            self.record(result)

    def shorten(self, budget, focus="", *, must=True):
        """Why it was not shortened; empty when it was."""

        async def act():
            return await self.room.shorten(budget, "a test wants it", focus, must=must)

        return trio.run(act)

    def undo(self):
        self.record(Compacted(through=0, undoes=self.transcript.compaction))

    async def _put(self, data):
        handle = sha256(data).hexdigest()
        self.blobs[handle] = data
        return handle

    async def _first(self, hook, arguments):
        wanted = msgspec.msgpack.decode(pack(arguments["wanted"]), type=Wanted)
        pegboard_compact.plugin.settings = self._settings
        ctx = SimpleNamespace(ask_model=self._ask, check=lambda: None, log=lambda level, text: None)
        plan = pegboard_compact.compact(wanted, ctx)
        self.plans.append((wanted, plan))
        return plan and msgspec.msgpack.decode(pack(plan), type=Compaction)

    def _ask(self, asked):
        if self._model is None:
            raise NotFound("no model here")
        given = "".join(part.text for message in asked.messages for part in message.parts)
        message = Message(role=Role.ASSISTANT, parts=(Text(text=self._model(given)),))
        return ModelAnswer(message=message, model="cheap", usage=Usage())


def cheap(given):
    """What a cheap model might say: every ninth line as it stands, and one that is not true."""
    lines = [line for line in given.splitlines() if line.strip()]
    return "\n".join([*(line[:160] for line in lines[::9][:30]), "Changed `src/never/was.py`, see 99999."])
