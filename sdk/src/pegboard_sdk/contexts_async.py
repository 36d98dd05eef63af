"""The context's twin for coroutines: what waits is awaited, the rest is the same. Imports no event loop itself."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from msgspec import Raw

from pegboard_sdk.context import FileHandle, chunks, decoded, granted, level_of
from pegboard_sdk.conversations import Conversations
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.messages import Frame, Log
from pegboard_sdk.wire.methods import (
    TOOL_CALL,
    USER_ASK,
    AskUser,
    CallTool,
    CommandGrant,
    Entry,
    Setup,
    StreamModel,
    ToolOutput,
    UserAnswer,
)
from pegboard_sdk.wire.modelling import MODEL_CALL, CallModel, ModelAnswer
from pegboard_sdk.wire.records import Delta

if TYPE_CHECKING:
    from pegboard_sdk.command import Command


class AsyncServing(Protocol):
    """The call that a context speaks for, as the trio runtime keeps it."""

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
    def post(self, frame: Frame) -> None: ...
    def progress(self, done: float, total: float, msg: str) -> None: ...
    def keep(self, text: str | bytes) -> bool: ...
    def send(self, item: Raw) -> Awaitable[None]: ...
    def request(self, method: str, params: Raw) -> Awaitable[Raw]: ...


class AsyncContext:
    """Handed to a coroutine handler that asks for it by annotation. Valid until the handler returns.

    A cancelled call cancels the handler's task, so most handlers need not look.
    """

    def __init__(self, serving: AsyncServing) -> None:
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
        """As `Context.command`. Wait for it with trio: its report must be readable before it is asked for."""
        from pegboard_sdk.command import taken_command  # noqa: PLC0415 - few plugins run commands

        return taken_command(self._serving.commands, self._serving.handles, key)

    async def write(self, text: str | bytes) -> None:
        """Stream a part of the result; what the handler returns comes after it. Waits while the reader is behind."""
        if not self._serving.keep(text):
            for item in chunks(text):
                await self._serving.send(Raw(item))

    async def progress(self, done: float, total: float = 0, msg: str = "") -> None:
        """Tell how far it is; only the newest counts. A `total` of 0 is unknown."""
        self._serving.progress(float(done), float(total), msg)

    async def log(self, level: str, msg: str) -> None:
        """A line for the log: error, warning, info or debug. Raises InvalidParams for another level."""
        self._serving.post(Log(0, level_of(level), msg, self._serving.id))

    async def ask(self, text: str, choices: tuple[str, ...] = (), default: str | None = None) -> str:
        """Ask the user; the deadline stands still meanwhile. Raises PermissionDenied when nobody can answer."""
        question = AskUser(text=text, choices=tuple(choices), default=default)
        return decoded(await self._serving.request(USER_ASK, pack(question)), UserAnswer).text

    async def call_tool(self, name: str, **arguments: object) -> ToolOutput:
        """Call another tool as part of this call: the gate judges it as this call's.

        Raises PermissionDenied, NotFound, or the error of the tool's plugin.
        """
        wanted = CallTool(tool=name, arguments=arguments, call="", session=self._serving.session)
        return decoded(await self._serving.request(TOOL_CALL, pack(wanted)), ToolOutput)

    async def ask_model(self, wanted: CallModel) -> ModelAnswer:
        """Ask a model beside the conversation; the deadline stands still meanwhile.

        Raises OverBudget, PermissionDenied, or the provider's error.
        """
        return decoded(await self._serving.request(MODEL_CALL, pack(wanted)), ModelAnswer)

    @property
    def cancelled(self) -> bool:
        """Whether the call was cancelled or its time is over."""
        return self._serving.cancelled

    def check(self) -> None:
        """Raises CallCancelled when the call was cancelled, DeadlineExceeded when its time is over."""
        self._serving.check()

    def on_cancel(self, callback: Callable[[], object]) -> None:
        """Call this when the call is cancelled; keep it short."""
        self._serving.on_cancel(callback)

    @property
    def remaining_s(self) -> float | None:
        """Seconds until the deadline; None without one."""
        return self._serving.remaining_s


class AsyncModelContext(AsyncContext):
    """The context of a model provider whose handler is a coroutine."""

    async def delta(self, delta: Delta) -> None:
        """Stream a piece of the answer. Waits while the reader is behind."""
        await self._serving.send(pack(delta))

    def entries(self, request: StreamModel) -> tuple[Entry, ...]:
        """The whole conversation of a request. Raises Conflict when its base is not held, and the kernel sends all."""
        return self._serving.conversations.entries(request)
