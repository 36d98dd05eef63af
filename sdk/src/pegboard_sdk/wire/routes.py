"""Which frame goes where, by the state of the connection: greeting, open, after Bye. Nothing waits here."""

from collections.abc import Callable
from typing import Any

from pegboard_sdk.errors import InvalidMessage, PegboardError, ProtocolViolation, StartFailed, error_from
from pegboard_sdk.wire import messages as wire
from pegboard_sdk.wire.answers import Answers
from pegboard_sdk.wire.awaited import Awaited
from pegboard_sdk.wire.calls import Calls
from pegboard_sdk.wire.faults import error_frame
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.intake import FIRST_OF_CALLS, Side
from pegboard_sdk.wire.outbox import Outbox
from pegboard_sdk.wire.served import Served

Route = Callable[[Any], None]


class Routes:
    """The frames of one connection as they come in. `greeting` is the other side's Hello or Ready."""

    def __init__(self, side: Side, calls: Calls, answers: Answers, outbox: Outbox, served: Served) -> None:
        self._side = side
        self._calls = calls
        self._answers = answers
        self._outbox = outbox
        self._served = served
        self._when = "before the handshake"
        self._pings: dict[int, Awaited[wire.Pong]] = {}
        self._nonce = 0
        self.greeting: Awaited[wire.Hello | wire.Ready] = Awaited()
        self._routes = self._while_greeting()

    def take(self, frame: "wire.Frame | wire.Peek | ProtocolViolation") -> None:
        """Give a frame to whom it is for. Raises ProtocolViolation or FlowControl when it may not come."""
        route = self._routes.get(type(frame))
        if route is None:
            self._misplaced(frame)
        else:
            route(frame)

    def ping(self) -> Awaited[wire.Pong]:
        """Send a ping; its answer."""
        self._nonce += 1
        answer = self._pings[self._nonce] = Awaited()
        self._put(wire.Ping(0, self._nonce))
        return answer

    def fail(self, error: PegboardError) -> None:
        """Nothing more will come."""
        self.greeting.fail(error)
        for ping in self._pings.values():
            ping.fail(error)

    def _put(self, frame: wire.Frame) -> None:
        self._outbox.put(encode(frame))

    def _while_greeting(self) -> dict[type, Route]:
        if self._side is Side.PLUGIN:
            return {wire.Hello: self._on_greeting}
        return {wire.Ready: self._on_greeting, wire.Log: self._served.on_notice, wire.Bye: self._on_bye}

    def _while_open(self) -> dict[type, Route]:
        notice = self._served.on_notice
        routes: dict[type, Route] = {
            wire.Result: self._calls.on_terminal,
            wire.Error: self._calls.on_terminal,
            wire.Data: self._calls.on_data,
            wire.Progress: self._calls.on_progress,
            wire.Call: self._answers.admit,
            wire.Cancel: self._answers.cancel,
            wire.Credit: self._answers.grant,
            wire.Drop: self._answers.drop,
            wire.Ping: self._on_ping,
            wire.Pong: self._on_pong,
            wire.Bye: self._on_bye,
            wire.Peek: self._on_unreadable,
            wire.Log: notice,
            wire.Event: notice,
            wire.Changed: notice,
        }
        return routes | {wire.Drain: notice} if self._side is Side.PLUGIN else routes

    def _misplaced(self, frame: object) -> None:
        if isinstance(frame, ProtocolViolation):
            raise frame
        raise ProtocolViolation(f"{type(frame).__name__} may not come {self._when}")

    def _on_greeting(self, frame: wire.Hello | wire.Ready) -> None:
        self._when = "from this side"
        self._routes = self._while_open()
        self.greeting.set(frame)

    def _on_ping(self, frame: wire.Ping) -> None:
        self._put(wire.Pong(0, frame.nonce, len(self._answers)))

    def _on_pong(self, frame: wire.Pong) -> None:
        if (ping := self._pings.pop(frame.nonce, None)) is not None:
            ping.set(frame)

    def _on_bye(self, frame: wire.Bye) -> None:
        self._when = "after Bye"
        self._routes = {}
        known = error_from(frame.code, frame.msg, 0)
        self.greeting.fail(known if isinstance(known, StartFailed) else StartFailed(f"{frame.code}: {frame.msg}"))
        self._served.on_notice(frame)

    def _on_unreadable(self, peek: wire.Peek) -> None:
        if peek.id % 2 == self._side.value:
            self._calls.on_unreadable(peek)
            return
        error = InvalidMessage(f"a frame of kind {peek.kind} could not be read")
        if peek.kind == FIRST_OF_CALLS:
            self._put(error_frame(peek.id, error))
        else:
            self._answers.cancel_with(peek.id, error)
