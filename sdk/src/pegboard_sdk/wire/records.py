"""The one vocabulary: what the journal holds, front-ends are sent, `stream-json` prints and hooks are given.

Records are maps (they evolve by name): unknown keys are ignored, missing ones take their default, so that old journals
are read for ever. Values larger than a record should hold are blobs, named by handle. Only `Delta` is never journaled.
"""

from typing import Any

from msgspec import Struct

from pegboard_sdk.wire.asked import Answer, Program, Question, Room
from pegboard_sdk.wire.parts import (
    File,
    Finish,
    Image,
    MessagePart,
    Opaque,
    Part,
    Reasoning,
    ResultPart,
    Role,
    Text,
    ToolCall,
    Usage,
)
from pegboard_sdk.wire.record import SCHEMA, Ending, Outcome, Record

__all__ = [
    "SCHEMA", "Answer", "AnyRecord", "Closed", "Commanded", "Compacted", "Delta", "Ending", "Evicted", "Failure",
    "File", "Finish", "Genesis", "Image", "Init", "Message", "MessagePart", "Opaque", "Outcome", "Part", "Program",
    "Question", "Reasoning", "Record", "Request", "ResultPart", "Rewound", "Role", "Room", "Spent", "Switched", "Text",
    "Titled", "ToolCall", "ToolResult", "ToolUse", "Usage",
]  # fmt: skip


class Genesis(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was in force when a run began. `seal` names its checkpoints; see `peg session verify`."""

    policy_sha256: str = ""
    lock_sha256: str = ""
    tier: str = ""
    seal: str = ""


class Init(Record, frozen=True, kw_only=True, omit_defaults=True, tag="init"):
    """A session begins, or goes on in a new process (`resumed`)."""

    session: str
    workspace: str
    """Its real path; `device` and `inode` name it when something else stands there later."""
    program: str
    device: int = 0
    inode: int = 0
    model: str = ""
    mode: str = ""
    resumed: bool = False
    parent: str = ""
    parent_seq: int = 0
    """The last record that was taken over from the session `parent`, which this one was forked from."""
    tools: tuple[str, ...] = ()
    genesis: Genesis | None = None


class Message(Record, frozen=True, kw_only=True, omit_defaults=True, tag="message"):
    """A turn of the system, the user or the assistant. `pinned` is why it may not be dropped from the transcript."""

    role: Role
    parts: tuple[MessagePart, ...]
    turn: int = 0
    pinned: str = ""
    model: str = ""
    finish: Finish | None = None
    usage: Usage | None = None
    cost: float | None = None
    """US dollars of the model call that it came from, where they are known."""


class Request(Record, frozen=True, kw_only=True, omit_defaults=True, tag="request"):
    """What is about to be sent to a model: everything not in the messages before, as blobs, before it is sent."""

    turn: int
    model: str
    conversation: str
    messages: int
    sha256: str
    system: str = ""
    tools: str = ""
    asked: str = ""
    """Of a call beside the conversation: its messages, as a blob."""


class Delta(Record, frozen=True, kw_only=True, omit_defaults=True, tag="delta"):
    """A piece of something on its way: `text`, `reasoning`, `arguments` of a call, or `output` of a tool."""

    stream: str
    text: str
    call: str = ""


class ToolUse(Record, frozen=True, kw_only=True, omit_defaults=True, tag="tool_use"):
    """A call is about to run, or was refused: durable before any effect. `parent` is the call that it serves."""

    call: str
    tool: str
    arguments: dict[str, Any]
    turn: int
    plugin: str = ""
    decision: str = "allow"
    rule: str = ""
    reason: str = ""
    effects: tuple[str, ...] = ()
    argv: tuple[tuple[str, ...], ...] = ()
    answered_by: str = ""
    parent: str = ""
    room: Room | None = None
    """Of a command."""
    tier: str = ""
    """What confines the process that runs it."""
    sha256: str = ""
    """Of the whole call: the same as in the question, and compared again before it runs."""
    latency_us: int = 0
    """From the call's arrival at the gate to the decision, a person's time included."""


class ToolResult(Record, frozen=True, kw_only=True, omit_defaults=True, tag="tool_result"):
    """The one result of a call. `handle` names the whole where `parts` are shortened; `shown` is for people alone."""

    call: str
    tool: str
    outcome: Outcome
    parts: tuple[ResultPart, ...] = ()
    turn: int = 0
    handle: str = ""
    duration_ms: int = 0
    note: str = ""
    origin: str = ""
    """Where the text came from, when it is not ours: a file, a page, a program."""
    shown: str = ""


class Failure(Record, frozen=True, kw_only=True, omit_defaults=True, tag="error"):
    """Something went wrong that the session survived, or ended by."""

    code: str
    message: str
    plugin: str = ""


class Evicted(Record, frozen=True, kw_only=True, omit_defaults=True, tag="evicted"):
    """Turns up to this record's `through` left the transcript (not the journal)."""

    through: int
    reason: str = ""


class Closed(Record, frozen=True, kw_only=True, omit_defaults=True, tag="result"):
    """A run ended: the last record of an orderly session, and the last line of `stream-json`."""

    end: Ending
    turns: int = 0
    result: str = ""
    usage: Usage = Usage()
    cost: float | None = None
    denials: tuple[str, ...] = ()
    session: str = ""


class Commanded(Record, frozen=True, kw_only=True, omit_defaults=True, tag="command"):
    """A person gave a slash command that changes something; durable before it does. `plugin` is who carries it out."""

    command: str
    text: str = ""
    plugin: str = ""


class Rewound(Record, frozen=True, kw_only=True, omit_defaults=True, tag="rewound"):
    """Everything behind record number `to` left the transcript (not the journal)."""

    to: int
    reason: str = ""


class Titled(Record, frozen=True, kw_only=True, omit_defaults=True, tag="titled"):
    """The session is called so from now on."""

    title: str


class Switched(Record, frozen=True, kw_only=True, omit_defaults=True, tag="switched"):
    """From now on the session asks this model, with this effort, in this mode. What is empty stays as it was."""

    model: str = ""
    effort: str = ""
    mode: str = ""


class Compacted(Record, frozen=True, kw_only=True, omit_defaults=True, tag="compacted"):
    """The turns up to record number `through` shrank (not in the journal): `summary` stands in their place, the
    messages of `keep` stay whole, and of what was given to or by those of `shrunk` only handles remain."""

    through: int
    summary: str = ""
    keep: tuple[int, ...] = ()
    shrunk: tuple[int, ...] = ()
    reason: str = ""
    handles: tuple[str, ...] = ()
    """Of what was whole until then, kept as blobs now."""
    undoes: int = 0
    """The record of a compaction that is taken back, if it was the last that counts: nothing else is said then."""


class Spent(Record, frozen=True, kw_only=True, omit_defaults=True, tag="spent"):
    """A model was asked beside the conversation, for `plugin`, or in vain: what that took, which no message has.

    `purpose` says for what, `outcome` how it ended: `ok`, or an error's code.
    """

    model: str
    usage: Usage
    cost: float | None = None
    plugin: str = ""
    purpose: str = ""
    outcome: str = "ok"


AnyRecord = (
    Init
    | Message
    | Request
    | Delta
    | ToolUse
    | ToolResult
    | Question
    | Answer
    | Failure
    | Evicted
    | Closed
    | Commanded
    | Rewound
    | Titled
    | Switched
    | Compacted
    | Spent
)
"""Every record; the journal's reader skips a type that it does not know and says so."""
