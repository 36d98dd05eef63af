"""What a plugin offers, found by method: parameters decoded, function called, value encoded. No wire and no threads.

Both runtimes answer calls through it, so that a tool means the same on either.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from msgspec import Raw

from pegboard_sdk.errors import InvalidParams, MethodNotFound, NotFound
from pegboard_sdk.job import Job
from pegboard_sdk.plugin import Declaration, Model, Plugin, Tool, ToolFailed
from pegboard_sdk.signature import Signature
from pegboard_sdk.wire.codec import BAD_BODY, encoder
from pegboard_sdk.wire.fronting import CALLED
from pegboard_sdk.wire.methods import (
    COMMAND_RUN,
    HOOK_PREFIX,
    MODEL_BATCH,
    MODEL_LIST,
    MODEL_STREAM,
    TOOL_CALL,
    CallTool,
    ListModels,
    Payload,
    RunCommand,
    StreamModel,
    ToolOutput,
)
from pegboard_sdk.wire.records import Outcome, Text

if TYPE_CHECKING:
    from pegboard_sdk.channel_jobs import Stage as StageOfFronts


class ToolRequest(CallTool, frozen=True, kw_only=True, omit_defaults=True):
    """`CallTool` with the arguments left as they are: the tool's own type decodes them."""

    arguments: Raw  # type: ignore[assignment]


class HookRequest(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """`CallHook` with the arguments left as they are: the specification's types decode them."""

    arguments: dict[str, Raw]


_tool_requests: Final = msgspec.msgpack.Decoder(ToolRequest)
T = TypeVar("T")


class ToolJob(Job):
    """A call of a tool."""

    __slots__ = ("arguments", "call", "commands", "files", "session", "subject", "turn", "wants_context")

    def __init__(self, tool: Tool, request: ToolRequest) -> None:
        self.subject: Tool = tool
        self.arguments = tool.signature.decode(request.arguments)
        self.wants_context = bool(tool.signature.context_name)
        self.session, self.call = request.session, request.call
        self.files, self.commands, self.turn = request.files, request.commands, request.turn

    def run(self, context: object) -> object:
        return self.subject.signature.call(self.arguments, context)

    def encode(self, value: object, written: Sequence[str | bytes] = ()) -> bytes:
        output = as_output(value)
        if written:
            text = "".join(each if isinstance(each, str) else each.decode("utf-8", "replace") for each in written)
            output = msgspec.structs.replace(output, parts=(Text(text=text), *output.parts))
        return encoder.encode(output)

    def failed(self, failure: ToolFailed) -> ToolOutput:
        return ToolOutput(outcome=Outcome.FAILED, parts=(Text(text=failure.message),))


class PlainJob(Job):
    """A call of a model, a list of models or a command: the function gets our request, or part of it."""

    __slots__ = ("session", "subject", "values")

    def __init__(self, declaration: Declaration, values: tuple[Any, ...], session: str = "") -> None:
        self.subject: Declaration = declaration
        self.values = values
        self.session = session

    def run(self, context: object) -> object:
        return self.subject.signature.call_plain(self.values, context)


class HookJob(Job):
    """A call of all implementations of a hook."""

    def __init__(self, name: str, run: Callable[[object], object], session: str) -> None:
        self.subject = name
        self.session = session
        self._run = run

    @property
    def is_async(self) -> bool:
        return Signature.is_coroutine(self._run)

    def run(self, context: object) -> object:
        return self._run(context)


class Offer:
    """Finds what a Call is for."""

    def __init__(self, plugin: Plugin) -> None:
        self.plugin = plugin
        self._hooks: Any = None
        if plugin.hooks:
            # pluggy is needed by plugins with hooks only, and costs 10 ms.
            from pegboard_sdk.hooking import HookBoard  # noqa: PLC0415

            self._hooks = HookBoard(plugin.hooks)
        self.stage: StageOfFronts | None = None
        if plugin.channels:
            from pegboard_sdk.channel_jobs import Stage  # noqa: PLC0415 - few plugins are front-ends

            self.stage = Stage(plugin)

    @property
    def hook_names(self) -> list[str]:
        """Hooks that the plugin takes part in, for `Ready`."""
        return sorted({hook.name for hook in self.plugin.hooks})

    def job(self, method: str, params: Raw) -> Job:
        """Raises MethodNotFound, NotFound (no such tool, model, command) or InvalidParams; nothing was done then."""
        if method == TOOL_CALL:
            request = _decoded(_tool_requests, params, method)
            return ToolJob(_named(self.plugin.tools, request.tool, "tool"), request)
        if method == MODEL_STREAM:
            stream = _decoded(msgspec.msgpack.Decoder(StreamModel), params, method)
            return PlainJob(self._model(stream.model), (stream,))
        if method == COMMAND_RUN:
            run = _decoded(msgspec.msgpack.Decoder(RunCommand), params, method)
            return PlainJob(_named(self.plugin.commands, run.command, "command"), (run.text,), run.session)
        if self.stage is not None and method in CALLED:
            return self.stage.job(method, params)
        if method == MODEL_LIST and self.plugin.model_list is not None:
            wanted = _decoded(msgspec.msgpack.Decoder(ListModels), params, method)
            return PlainJob(self.plugin.model_list, (wanted.provider,))
        if method == MODEL_BATCH and self.plugin.model_batch is not None:
            from pegboard_sdk.wire.batching import AskBatch  # noqa: PLC0415 - few providers have it, fewer sessions

            asked = _decoded(msgspec.msgpack.Decoder(AskBatch), params, method)
            return PlainJob(self.plugin.model_batch, (asked,))
        if method.startswith(HOOK_PREFIX) and self._hooks is not None:
            given = _decoded(msgspec.msgpack.Decoder(HookRequest), params, method)
            name = method.removeprefix(HOOK_PREFIX)
            session = given.arguments.get("session")
            return HookJob(name, self._hooks.bound(name, given.arguments), _text(session) if session else "")
        raise MethodNotFound(f"plugin `{self.plugin.id}` has no method `{method}`")

    def _model(self, wanted: str) -> Model:
        """A provider is named by what stands before the first slash; without one, the only one is meant."""
        offered = self.plugin.models_offered
        provider = wanted.partition("/")[0]
        if provider not in offered and len(offered) == 1:
            return next(iter(offered.values()))
        return _named(offered, provider, "model provider")


def as_output(value: object) -> ToolOutput:
    """What a tool returned, as the wire has it: text stays text, nothing is empty, all else is JSON text."""
    if isinstance(value, str):
        return ToolOutput(parts=(Text(text=value),))
    if isinstance(value, ToolOutput):
        return value
    if value is None:
        return ToolOutput()
    if isinstance(value, bytes):
        return ToolOutput(parts=(Text(text=value.decode("utf-8", "replace")),))
    return ToolOutput(parts=(Text(text=msgspec.json.encode(value).decode()),))


def _text(value: Raw) -> str:
    """A text, empty where it is none."""
    try:
        return msgspec.msgpack.decode(value, type=str)
    except BAD_BODY:
        return ""


def _named(table: dict[str, T], name: str, kind: str) -> T:
    found = table.get(name)
    if found is None:
        raise NotFound(f"no {kind} `{name}` here; known: {', '.join(table) or 'none'}")
    return found


def _decoded(decoder: msgspec.msgpack.Decoder[T], params: Raw, method: str) -> T:
    try:
        return decoder.decode(params)
    except BAD_BODY as error:
        raise InvalidParams(f"{method}: {error}") from None
