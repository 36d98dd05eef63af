"""Every frame of PWP/1 as a type, and how a frame body is encoded and decoded.

A body is one MessagePack array ``[kind, id, field, ...]``; `kind` is the tag of the types below. Fields are only ever
appended, with a default; a missing trailing field takes its default and an unknown trailing field is ignored. There is
no I/O here, and nothing else of ours is imported. `sdk/PROTOCOL.md` tells what each frame means; the vectors in
`tests/sdk/vectors` are the normative bytes.
"""

from typing import Final

from msgspec import Raw, Struct

NIL: Final = Raw(b"\xc0")
"""A MessagePack nil: the value of every payload that was left out."""

MAX_FRAME_BYTES: Final = 1 << 20
"""Default of the largest body that a side accepts."""

LARGEST_FRAME_BYTES: Final = (1 << 24) - 1
"""No negotiated limit may pass this: it keeps the first byte of every frame zero."""

IMPORTED: Final = "imported"
"""The event that names the source files which a plugin's process had to compile, because it may not write bytecode."""

IGNORABLE: Final = range(64, 128)
"""Kinds that a receiver which does not know them skips."""


class Limits(Struct, array_like=True, frozen=True):
    """What one side accepts: bytes a frame, open calls, bytes of stream credit, depth of nested calls, queued bytes."""

    max_frame: int = MAX_FRAME_BYTES
    max_calls: int = 256
    window: int = 1 << 18
    max_depth: int = 16
    max_queue: int = 8 << 20


class Identity(Struct, array_like=True, frozen=True):
    """Who is speaking, for people who read a trace; never used for a decision."""

    name: str
    release: str
    pid: int = 0
    os: str = ""


class Hello(Struct, array_like=True, frozen=True, gc=False, tag=1):
    """The kernel's first frame, on the plugin's standard input."""

    id: int
    versions: list[int]
    token: bytes
    limits: Limits
    kernel: Identity
    features: list[str] = []
    config: Raw = NIL
    trace: str = ""


class Ready(Struct, array_like=True, frozen=True, gc=False, tag=2):
    """The plugin's first frame; `proof` is `proof_of` the token and the manifest's hash."""

    id: int
    version: int
    proof: bytes
    plugin: str
    release: str
    manifest_sha256: bytes
    limits: Limits
    features: list[str] = []
    hooks: list[str] = []


class Ping(Struct, array_like=True, frozen=True, gc=False, tag=3):
    """Asks for a `Pong` with the same nonce; answered by the reader, never behind user code."""

    id: int
    nonce: int


class Pong(Struct, array_like=True, frozen=True, gc=False, tag=4):
    """Answers a `Ping`; `busy` is the number of calls that run."""

    id: int
    nonce: int
    busy: int = 0


class Drain(Struct, array_like=True, frozen=True, gc=False, tag=5):
    """No new calls will come: finish what runs within `grace_ms`, then say `Bye` and exit."""

    id: int
    grace_ms: int
    reason: str = ""


class Bye(Struct, array_like=True, frozen=True, gc=False, tag=6):
    """The last frame of a side."""

    id: int
    code: str = "OK"
    msg: str = ""


class Log(Struct, array_like=True, frozen=True, gc=False, tag=7):
    """A line for the log; `level` is syslog's (3 error, 4 warning, 6 info, 7 debug), `t_ms` counts from Ready."""

    id: int
    level: int
    msg: str
    call: int = 0
    fields: Raw = NIL
    t_ms: int = 0


class Event(Struct, array_like=True, frozen=True, gc=False, tag=8):
    """A one-way notice, such as a journal record on its way to a front-end."""

    id: int
    name: str
    data: Raw = NIL
    seq: int = 0


class Changed(Struct, array_like=True, frozen=True, gc=False, tag=9):
    """A dynamic list of the plugin changed; `what` is `tools` or `models`."""

    id: int
    what: str
    names: list[str] = []


class Call(Struct, array_like=True, frozen=True, gc=False, tag=16):
    """Opens a call. `window` is the caller's grant for the response stream in bytes (0 none; negative: that much, for a
    value longer than a frame alone), `parent` the call it serves."""

    id: int
    method: str
    params: Raw = NIL
    timeout_ms: int = 0
    parent: int = 0
    window: int = 0
    body: bool = False
    trace: str = ""
    meta: dict[str, Raw] = {}


class Result(Struct, array_like=True, frozen=True, gc=False, tag=17):
    """The good end of a call, after all of its `Data`."""

    id: int
    value: Raw = NIL
    meta: dict[str, Raw] = {}


class Error(Struct, array_like=True, frozen=True, gc=False, tag=18):
    """The other end of a call. `retry`: 0 no, 1 yes, 2 after `retry_ms` in `data`.

    `effect` is what was done before it failed: 0 none, 1 unknown, 2 done.
    """

    id: int
    code: str
    msg: str = ""
    retry: int = 0
    effect: int = 1
    data: Raw = NIL


class Cancel(Struct, array_like=True, frozen=True, gc=False, tag=19):
    """Asks the callee to end a call; it still owes exactly one `Result` or `Error`."""

    id: int
    why: str = ""
    grace_ms: int = 2000


class Data(Struct, array_like=True, frozen=True, gc=False, tag=20):
    """One item of a stream: a MessagePack bin is a chunk of bytes, anything else one item."""

    id: int
    item: Raw


class End(Struct, array_like=True, frozen=True, gc=False, tag=21):
    """The end of the caller's body stream; the callee's ends with `Result` or `Error`."""

    id: int
    error: str = ""


class Credit(Struct, array_like=True, frozen=True, gc=False, tag=22):
    """Allows `n` more bytes of `Data` on this id."""

    id: int
    n: int


class Progress(Struct, array_like=True, frozen=True, gc=False, tag=23):
    """How far a call is; the newest replaces the ones before."""

    id: int
    done: float = 0.0
    total: float = 0.0
    msg: str = ""
    data: Raw = NIL


class Drop(Struct, array_like=True, frozen=True, gc=False, tag=24):
    """The receiver wants no more `Data` on this id; the call goes on."""

    id: int


class Peek(Struct, array_like=True, frozen=True):
    """The first two elements of any body: what a frame is about when it cannot be decoded."""

    kind: int
    id: int


Frame = (
    Hello | Ready | Ping | Pong | Drain | Bye | Log | Event | Changed
    | Call | Result | Error | Cancel | Data | End | Credit | Progress | Drop
)  # fmt: skip
"""Any frame of the core."""

TERMINAL: Final = (Result, Error)
"""Exactly one of these ends each call."""


def stream_cost(body_bytes: int) -> int:
    """What a Data frame with a body of so many bytes takes from the credit: tiny items have a floor."""
    return max(body_bytes, 64)
