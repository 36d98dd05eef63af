"""The one vocabulary: what the journal holds, front-ends are sent, `stream-json` prints and hooks are given.

Records are maps (they evolve by name): unknown keys are ignored, missing ones take their default, so that old journals
are read for ever. Values larger than a record should hold are blobs, named by handle. Only `Delta` is never journaled.
"""

from enum import Enum
from typing import Any, Final

from msgspec import Struct

SCHEMA: Final = 1
"""Version of the vocabulary; written in every line."""


class Role(Enum):
    """Who speaks in a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


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


class Finish(Enum):
    """Why a model stopped."""

    STOP = "stop"
    TOOL_CALLS = "tool_calls"
    LENGTH = "length"
    FILTERED = "filtered"
    REFUSED = "refused"


class Opaque(Struct, frozen=True, kw_only=True):
    """What only `provider` understands (signatures, encrypted reasoning); it goes back only to that provider."""

    provider: str
    data: dict[str, Any]


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """A piece of a message, neutral between providers."""

    opaque: Opaque | None = None


class Text(Part, frozen=True, kw_only=True, omit_defaults=True, tag="text"):
    """Plain text."""

    text: str


class Reasoning(Part, frozen=True, kw_only=True, omit_defaults=True, tag="reasoning"):
    """What a model says of its thinking."""

    text: str = ""


class Image(Part, frozen=True, kw_only=True, omit_defaults=True, tag="image"):
    """An image: a blob's handle and its media type."""

    handle: str
    media_type: str


class File(Part, frozen=True, kw_only=True, omit_defaults=True, tag="file"):
    """A file given to or by a tool: a blob's handle."""

    handle: str
    name: str = ""
    media_type: str = "application/octet-stream"


class ToolCall(Part, frozen=True, kw_only=True, omit_defaults=True, tag="tool_call"):
    """What the model wants run. `arguments` is the JSON text as the model wrote it, also when it is not valid."""

    call: str
    tool: str
    arguments: str


MessagePart = Text | Reasoning | Image | File | ToolCall
ResultPart = Text | Image | File


class Usage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens of one model call, as the provider counted them (`estimated` when it did not)."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0
    estimated: bool = False


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Anything that is said about a session."""


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


class Question(Record, frozen=True, kw_only=True, omit_defaults=True, tag="question"):
    """What a person is asked, by the gate or a tool. `remember` is the rule that an answer for longer would add."""

    question: str
    text: str
    choices: tuple[str, ...] = ()
    call: str = ""
    remember: str = ""


class Answer(Record, frozen=True, kw_only=True, omit_defaults=True, tag="answer"):
    """What a person said."""

    question: str
    answer: str
    by: str = ""


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
