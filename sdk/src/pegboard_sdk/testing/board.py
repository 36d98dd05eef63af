"""The kernel's end of the wire, for tests of one plugin: blocking, single-threaded, and without a gate."""

import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, TypeVar

import msgspec

from pegboard_sdk.errors import (
    NotFound,
    PegboardError,
    PermissionDenied,
    PluginDown,
    ProtocolViolation,
    StartFailed,
    error_from,
)
from pegboard_sdk.runtime.channel import Channel
from pegboard_sdk.testing.granting import Granted, GrantedCommand
from pegboard_sdk.testing.started import Started
from pegboard_sdk.wire import messages as wire
from pegboard_sdk.wire import methods
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.faults import error_frame
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.intake import Intake, Side
from pegboard_sdk.wire.modelling import MODEL_CALL, CallModel, ModelAnswer
from pegboard_sdk.wire.passing import send_descriptors
from pegboard_sdk.wire.proof import proof_of

PATIENCE_SECONDS: Final = 20.0
"""How long a plugin may be silent before a test gives up on it."""

T = TypeVar("T")


class Board:
    """A plugin as a test sees it. Calls raise the errors that the plugin answers with, `PluginDown` when it ended.

    `answers` are given to its questions in turn (then nobody is there to answer), `tools` are what it may call of
    others, `services` further methods that it may call; `logs` and `questions` are what it said.
    """

    def __init__(self, read_fd: int, write_fd: int, passing: socket.socket | None = None) -> None:
        self._channel = Channel(read_fd, write_fd)
        self._passing = passing
        self._intake = Intake(Side.PLUGIN, wire.MAX_FRAME_BYTES)
        self._calls: dict[int, Started] = {}
        self._last = 0
        self._pongs: list[wire.Pong] = []
        self._ready: wire.Ready | None = None
        self._bye: wire.Bye | None = None
        self._is_closed = False
        self.answers: list[str] = []
        self.questions: list[methods.AskUser] = []
        self.tools: dict[str, Callable[..., methods.ToolOutput]] = {}
        self.services: dict[str, Callable[[bytes], object]] = {}
        self.model: Callable[[CallModel], ModelAnswer] | None = None
        """Answers what it asks of models."""
        self.logs: list[wire.Log] = []

    # The connection.

    def greet(self, setup: methods.Setup | None = None, *, token: bytes | None = None) -> wire.Ready:
        """Shake hands. Raises StartFailed with what the plugin says when it cannot start."""
        token = token or secrets.token_bytes(32)
        config = pack(setup or methods.Setup())
        self.send(wire.Hello(0, [1], token, wire.Limits(), wire.Identity("test", "0", os.getpid()), [], config))
        self.until(lambda: self._ready is not None or self._bye is not None)
        if self._ready is None:
            assert self._bye is not None
            raise error_from(self._bye.code, self._bye.msg, 0)
        if self._ready.proof != proof_of(token, self._ready.manifest_sha256):
            raise StartFailed("the proof does not fit the token")
        return self._ready

    def ping(self) -> wire.Pong:
        """Wait for the answer to a ping."""
        self.send(wire.Ping(0, len(self._pongs)))
        count = len(self._pongs)
        self.until(lambda: len(self._pongs) > count)
        return self._pongs[-1]

    def drain(self, grace_ms: int = 5000) -> wire.Bye:
        """Ask the plugin to finish and wait for its farewell."""
        self.send(wire.Drain(0, grace_ms, "test"))
        self.until(lambda: self._bye is not None)
        assert self._bye is not None
        return self._bye

    def send(self, frame: wire.Frame) -> None:
        """Send any frame, also one that the wire does not allow now."""
        self._channel.send(encode(frame))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes that are no frame."""
        self._channel.send(data)

    def wait_for_end(self) -> wire.Bye | None:
        """Read until the plugin closes its end; its farewell, if it said one."""
        with suppress(PluginDown):
            self.until(lambda: False)
        return self._bye

    def close(self) -> None:
        """Close the kernel's end: the plugin sees the end of its channel."""
        if not self._is_closed:
            self._is_closed = True
            self._channel.close()
            if self._passing is not None:
                self._passing.close()

    # Calls.

    def tool(self, tool: str, /, **arguments: object) -> methods.ToolOutput:
        """Call a tool and wait."""
        return self.start_tool(tool, arguments).result(methods.ToolOutput)

    def text(self, tool: str, /, **arguments: object) -> str:
        """Call a tool and wait: all the text of its result, streamed or not."""
        call = self.start_tool(tool, arguments)
        parts = call.result(methods.ToolOutput).parts
        return call.output() + "".join(getattr(part, "text", "") for part in parts)

    def start_tool(
        self,
        tool: str,
        arguments: Mapping[str, object],
        *,
        files: Mapping[str, Granted] | None = None,
        commands: Mapping[str, GrantedCommand] | None = None,
        timeout_s: float = 0,
        window: int = 1 << 18,
    ) -> Started:
        """Call a tool with what the gate would have granted, and do not wait. Closes the descriptors that it sent."""
        given = list((files or {}).items())
        grants = {name: msgspec.structs.replace(each.grant, slot=at) for at, (name, each) in enumerate(given)}
        descriptors = [each.fd for _, each in given]
        ordered: dict[str, methods.CommandGrant] = {}
        for name, one in (commands or {}).items():
            at = len(descriptors)
            ordered[name] = methods.CommandGrant(plan=one.plan, control=at, output=at + 1)
            descriptors += (one.control, one.output)
        call = methods.CallTool(
            tool=tool,
            arguments=dict(arguments),
            call=f"call-{self._last}",
            session="test",
            files=grants,
            commands=ordered,
        )
        if descriptors:
            assert self._passing is not None, "this plugin has no socket for descriptors"
            send_descriptors(self._passing, self._last + 2, descriptors)
        for each in descriptors:
            os.close(each)
        return self.start(methods.TOOL_CALL, call, timeout_s=timeout_s, window=window)

    def stream_model(self, request: methods.StreamModel) -> Started:
        """Ask a model provider; `.items(Delta)` and `.result(ModelReply)`."""
        return self.start(methods.MODEL_STREAM, request)

    def models(self, provider: str) -> list[methods.ModelInfo]:
        """The provider's list."""
        return self.start(methods.MODEL_LIST, methods.ListModels(provider=provider)).result(list[methods.ModelInfo])

    def command(self, name: str, text: str = "") -> str:
        """Run a slash command."""
        run = methods.RunCommand(command=name, text=text, session="test")
        return self.start(methods.COMMAND_RUN, run).result(str)

    def hook(self, name: str, kind: type[T], /, **arguments: object) -> T:
        """Call a hook; its one value."""
        return self.start(methods.HOOK_PREFIX + name, methods.CallHook(arguments=arguments)).result(kind)

    def start(self, method: str, params: object, *, timeout_s: float = 0, window: int = 1 << 18) -> Started:
        """Make any call and do not wait."""
        self._last += 2
        call = Started(self._last, self.send, self.until)
        self._calls[self._last] = call
        self.send(wire.Call(self._last, method, pack(params), int(timeout_s * 1000), 0, window))
        return call

    # What comes.

    def until(self, is_there: Callable[[], bool]) -> None:
        """Read until this is true. Raises TimeoutError when the plugin is silent too long, PluginDown at its end."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_there():
            if not self._channel.wait(end - time.monotonic()):
                raise TimeoutError(f"the plugin was silent for {PATIENCE_SECONDS} s")
            data = self._channel.read()
            if not data:
                self._intake.finish()
                raise PluginDown("the plugin closed its channel")
            for frame in self._intake.feed(data):
                self._take(frame)

    def _take(self, frame: "wire.Frame | wire.Peek | ProtocolViolation") -> None:
        match frame:
            case ProtocolViolation():
                raise frame
            case wire.Ready():
                self._ready = frame
            case wire.Bye():
                self._bye = frame
            case wire.Pong():
                self._pongs.append(frame)
            case wire.Log():
                self.logs.append(frame)
            case wire.Call():
                self._answer(frame)
            case wire.Data() | wire.Progress() | wire.Result() | wire.Error():
                self._calls[frame.id].take(frame)
            case wire.Cancel():
                pass
            case _:
                raise ProtocolViolation(f"a plugin may not send {frame}")

    def _answer(self, call: wire.Call) -> None:
        try:
            value = self._value_for(call)
        except PegboardError as error:
            self.send(error_frame(call.id, error))
        else:
            self.send(wire.Result(call.id, pack(value)))

    def _value_for(self, call: wire.Call) -> object:
        parent = self._calls.get(call.parent)
        if parent is None or parent.end is not None:
            raise ProtocolViolation(f"call {call.id} serves {call.parent}, which does not run")
        if call.method == methods.USER_ASK:
            self.questions.append(msgspec.msgpack.decode(call.params, type=methods.AskUser))
            if not self.answers:
                raise PermissionDenied("nobody is there to answer")
            return methods.UserAnswer(text=self.answers.pop(0))
        if call.method == methods.TOOL_CALL:
            wanted = msgspec.msgpack.decode(call.params, type=methods.CallTool)
            if wanted.tool not in self.tools:
                raise NotFound(f"no tool `{wanted.tool}`")
            return self.tools[wanted.tool](**wanted.arguments)
        if call.method in self.services:
            return self.services[call.method](bytes(call.params))
        if call.method == MODEL_CALL and self.model is not None:
            return self.model(msgspec.msgpack.decode(call.params, type=CallModel))
        raise PermissionDenied(f"a test's board has no `{call.method}`")
