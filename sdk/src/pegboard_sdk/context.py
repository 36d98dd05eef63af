"""What a running handler may do: stream, report progress, ask, call other tools, see that it was cancelled.

The twin for coroutines is `pegboard_sdk.contexts_async`. Which thread reads the wire meanwhile is the runtime's matter.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import msgspec
from msgspec import Raw, Struct

from pegboard_sdk.conversations import Conversations
from pegboard_sdk.errors import InvalidParams, NotFound
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.messages import Frame, Log, Progress
from pegboard_sdk.wire.methods import (
    TOOL_CALL,
    USER_ASK,
    AskUser,
    CallTool,
    CommandGrant,
    Entry,
    FileGrant,
    Setup,
    StreamModel,
    ToolOutput,
    UserAnswer,
)
from pegboard_sdk.wire.modelling import MODEL_CALL, CallModel, ModelAnswer
from pegboard_sdk.wire.records import Delta
from pegboard_sdk.wire.streaming import CHUNK_BYTES

if TYPE_CHECKING:
    from pegboard_sdk.command import Command

LEVELS: Final = {"error": 3, "warning": 4, "info": 6, "debug": 7}
"""Names of the levels of the log."""

T = TypeVar("T")


class FileHandle(Struct, frozen=True, kw_only=True):
    """A file or folder that the kernel opened for this call; `fd` is closed when the call ends.

    With access write, `fd` is the parent folder and `name` the final component; otherwise it is the thing itself. The
    other fields are those of `pegboard_sdk.wire.methods.FileGrant`.
    """

    fd: int
    path: str
    access: str
    name: str = ""
    exists: bool = True
    device: int = 0
    inode: int = 0
    exclude: tuple[str, ...] = ()


def file_handle(grant: FileGrant, fds: list[int]) -> FileHandle:
    """A grant with its descriptor."""
    return FileHandle(
        fd=fds[grant.slot],
        path=grant.path,
        access=grant.access,
        name=grant.name,
        exists=grant.exists,
        device=grant.device,
        inode=grant.inode,
        exclude=grant.exclude,
    )


def granted(table: dict[str, T], key: str, kind: str) -> T:
    """What was granted for a parameter. Raises NotFound when the call came without."""
    found = table.get(key)
    if found is None:
        raise NotFound(f"this call came without a {kind} for `{key}`; granted: {', '.join(table) or 'none'}")
    return found


def level_of(name: str) -> int:
    """Raises InvalidParams for a name that is none of `LEVELS`."""
    if name not in LEVELS:
        raise InvalidParams(f"log level `{name}` is not one of {', '.join(LEVELS)}")
    return LEVELS[name]


def chunks(text: str | bytes) -> list[bytes]:
    """Stream items of a text or of bytes, none larger than a chunk, already encoded."""
    if isinstance(text, bytes):
        return [pack(text[at : at + CHUNK_BYTES]) for at in range(0, len(text), CHUNK_BYTES)]
    if len(text) * 4 <= CHUNK_BYTES:
        return [pack(text)] if text else []
    step = CHUNK_BYTES // 4
    return [pack(text[at : at + step]) for at in range(0, len(text), step)]


def decoded(value: Raw, kind: type[T]) -> T:
    """A value that came back. Raises InvalidParams when it is not what the method returns."""
    try:
        return msgspec.msgpack.decode(value, type=kind)
    except BAD_BODY as error:
        raise InvalidParams(f"an answer that is no {kind.__name__}: {error}") from None


class Serving(Protocol):
    """The call that a context speaks for, as the blocking runtime keeps it."""

    id: int
    handles: dict[str, FileHandle]

    @property
    def call(self) -> str: ...
    @property
    def session(self) -> str: ...
    @property
    def turn(self) -> int: ...
    @property
    def setup(self) -> Setup: ...
    @property
    def commands(self) -> dict[str, CommandGrant]: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def cancelled(self) -> bool: ...
    @property
    def remaining_s(self) -> float | None: ...
    def check(self) -> None: ...
    def on_cancel(self, callback: Callable[[], object]) -> None: ...
    def write(self, text: str | bytes) -> None: ...
    def send(self, item: bytes) -> None: ...
    def post(self, frame: Frame) -> None: ...
    def request(self, method: str, params: Raw) -> Raw: ...


class Context:
    """Handed to a handler that asks for it by annotation. Valid until the handler returns; usable from any thread."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    @property
    def session(self) -> str:
        """The session that the call belongs to."""
        return self._serving.session

    @property
    def turn(self) -> int:
        """The user's prompt that the call serves, counted from 1 in its session; 0 outside one."""
        return self._serving.turn

    @property
    def call(self) -> str:
        """The call's id in the session's journal."""
        return self._serving.call

    @property
    def setup(self) -> Setup:
        """What this instance of the plugin was given at start."""
        return self._serving.setup

    @property
    def data_dir(self) -> str:
        """The folder that belongs to this plugin."""
        return self._serving.setup.data_dir

    def file(self, key: str) -> FileHandle:
        """What the kernel opened for a parameter (`path`, or `paths[0]` of a list). Raises NotFound without a grant."""
        return granted(self._serving.handles, key, "file")

    def command(self, key: str) -> "Command":
        """The command of a parameter, ready to be ordered; it is yours to close. Raises NotFound without one, and when
        it was taken before."""
        from pegboard_sdk.command import taken_command  # noqa: PLC0415 - few plugins run commands

        return taken_command(self._serving.commands, self._serving.handles, key)

    def write(self, text: str | bytes) -> None:
        """Stream a part of the result; what the handler returns comes after it.

        Waits while the reader is behind. Raises CallCancelled when the call was cancelled.
        """
        self._serving.write(text)

    def progress(self, done: float, total: float = 0, msg: str = "") -> None:
        """Tell how far it is; only the newest counts. A `total` of 0 is unknown."""
        self._serving.post(Progress(self._serving.id, float(done), float(total), msg))

    def log(self, level: str, msg: str) -> None:
        """A line for the log: error, warning, info or debug. Raises InvalidParams for another level."""
        self._serving.post(Log(0, level_of(level), msg, self._serving.id))

    def ask(self, text: str, choices: tuple[str, ...] = (), default: str | None = None) -> str:
        """Ask the user; the deadline stands still meanwhile.

        Raises PermissionDenied when nobody can answer, CallCancelled.
        """
        question = AskUser(text=text, choices=tuple(choices), default=default)
        return decoded(self._serving.request(USER_ASK, pack(question)), UserAnswer).text

    def call_tool(self, name: str, **arguments: object) -> ToolOutput:
        """Call another tool as part of this call: the gate judges it as this call's.

        Raises PermissionDenied, NotFound, CallCancelled, or the error of the tool's plugin.
        """
        wanted = CallTool(tool=name, arguments=arguments, call="", session=self._serving.session)
        return decoded(self._serving.request(TOOL_CALL, pack(wanted)), ToolOutput)

    def ask_model(self, wanted: CallModel) -> ModelAnswer:
        """Ask a model beside the conversation; the deadline stands still meanwhile. May be called from several threads.

        Raises OverBudget, PermissionDenied, CallCancelled, or the provider's error.
        """
        return decoded(self._serving.request(MODEL_CALL, pack(wanted)), ModelAnswer)

    @property
    def cancelled(self) -> bool:
        """Whether the call was cancelled or its time is over: return or raise soon, or the process is killed."""
        return self._serving.cancelled

    def check(self) -> None:
        """Raises CallCancelled when the call was cancelled, DeadlineExceeded when its time is over."""
        self._serving.check()

    def on_cancel(self, callback: Callable[[], object]) -> None:
        """Call this when the call is cancelled, at once when it already was; from another thread, so keep it short."""
        self._serving.on_cancel(callback)

    @property
    def remaining_s(self) -> float | None:
        """Seconds until the deadline; None without one."""
        return self._serving.remaining_s


class ModelContext(Context):
    """The context of a model provider."""

    def delta(self, delta: Delta) -> None:
        """Stream a piece of the answer. Waits while the reader is behind; raises CallCancelled."""
        self._serving.send(pack(delta))

    def entries(self, request: StreamModel) -> tuple[Entry, ...]:
        """The whole conversation of a request. Raises Conflict when its base is not held, and the kernel sends all."""
        return self._serving.conversations.entries(request)
