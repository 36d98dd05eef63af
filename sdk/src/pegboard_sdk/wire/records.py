"""The one vocabulary: what the journal holds, front-ends are sent, `stream-json` prints and hooks are given.

Records are maps (they evolve by name): unknown keys are ignored, missing ones take their default, so that old journals
are read for ever. Values larger than a record should hold are blobs, named by handle. Only `Delta` is never journaled.
"""

from enum import Enum
from typing import Any, Final

from msgspec import Struct

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

__all__ = [
    "SCHEMA", "Answer", "AnyRecord", "Closed", "Delta", "Ending", "Evicted", "Failure", "File", "Finish", "Genesis",
    "Image", "Init", "Message", "MessagePart", "Opaque", "Outcome", "Part", "Program", "Question", "Reasoning",
    "Record", "Request", "ResultPart", "Role", "Room", "Text", "ToolCall", "ToolResult", "ToolUse", "Usage",
]  # fmt: skip

SCHEMA: Final = 1
"""Version of the vocabulary; written in every line."""


class Outcome(Enum):
    """How a tool call ended. UNKNOWN: its process died, and nobody can say what was done."""

    OK = "ok"
    FAILED = "failed"
    DENIED = "denied"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Ending(Enum):
    """How a run ended; the exit status follows from it."""

    DONE = "done"
    LIMIT_TURNS = "limit_turns"
    LIMIT_BUDGET = "limit_budget"
    DENIED = "denied"
    INTERRUPTED = "interrupted"
    ERROR = "error"


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Anything that is said about a session."""


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


class Request(Record, frozen=True, kw_only=True, omit_defaults=True, tag="request"):
    """What is about to be sent to a model: everything not in the messages before, as blobs, before it is sent."""

    turn: int
    model: str
    conversation: str
    messages: int
    sha256: str
    system: str = ""
    tools: str = ""


class Delta(Record, frozen=True, kw_only=True, omit_defaults=True, tag="delta"):
    """A piece of something on its way: `text`, `reasoning`, `arguments` of a call, or `output` of a tool."""

    stream: str
    text: str
    call: str = ""


class Room(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a command runs. Not `confined`: with all of the user's rights. Else in the workspace, and what it `needs`
    besides ("network", "protected", "outside"); with "network" only to `hosts`, where they are known."""

    confined: bool = False
    needs: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


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


class Program(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One program of a command that is asked about: its arguments, the text that it reads, and how it is joined."""

    argv: tuple[str, ...]
    joined: str = ""
    """When it runs, where, and where its output goes, in words."""
    input: str | None = None


class Question(Record, frozen=True, kw_only=True, omit_defaults=True, tag="question"):
    """What a person is asked, by the gate or a tool. `remember` is the rule that an answer for longer would add.

    `text` is all of it in plain lines, long ones with what is hidden counted. The gate's questions also come in parts,
    for whoever shows them otherwise: nothing in them is escaped, see `wire.visible`.
    """

    question: str
    text: str
    choices: tuple[str, ...] = ()
    call: str = ""
    remember: str = ""
    covers: dict[str, str] = {}
    """What a choice covers, in words."""
    tool: str = ""
    reason: str = ""
    effects: tuple[str, ...] = ()
    programs: tuple[Program, ...] = ()
    """Exactly what runs, one after another or joined; none where it is `script`, in a fixed bash."""
    script: str = ""
    diff: str = ""
    """What an edit changes, as a unified diff; it may say that a file is binary or too large."""
    arguments: dict[str, Any] = {}
    """Those that none of the above shows."""
    room: Room | None = None
    sha256: str = ""
    """Of the whole call. A yes holds only if the answer brings it back."""


class Answer(Record, frozen=True, kw_only=True, omit_defaults=True, tag="answer"):
    """What a person said, and the `sha256` of the question that they saw whole."""

    question: str
    answer: str
    by: str = ""
    sha256: str = ""


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


AnyRecord = Init | Message | Request | Delta | ToolUse | ToolResult | Question | Answer | Failure | Evicted | Closed
"""Every record; the journal's reader skips a type that it does not know and says so."""
