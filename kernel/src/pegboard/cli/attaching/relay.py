"""The attached process's end of the wire: what the kernel of the session shows and asks goes to the front-end here,
what that one asks goes back. It decides nothing, and understands the names of the methods and of the session alone."""

import socket
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

import msgspec
import trio
from msgspec import Raw, Struct

from pegboard.ending import alone
from pegboard.hello import LIMITS, RELEASE, WIRE_MAJORS
from pegboard_sdk.errors import (
    InvalidParams,
    MethodNotFound,
    PegboardError,
    PluginDown,
    ProtocolViolation,
    StartFailed,
    VersionMismatch,
)
from pegboard_sdk.wire.codec import BAD_BODY
from pegboard_sdk.wire.fronting import CHANNEL_RUN, FRONT_ASK, FRONT_SHOW, RunChannel
from pegboard_sdk.wire.inbound import InboundCall
from pegboard_sdk.wire.intake import Side
from pegboard_sdk.wire.messages import Bye, Error, Ready, Result
from pegboard_sdk.wire.peer import Peer
from pegboard_sdk.wire.proof import proof_of
from pegboard_sdk.wire.served import Notice

GREETING_S: Final = 10.0
REFUSED: Final = (
    "the process that holds the session does not let this one in: another user's, a confined one, one that was started "
    "by that session, and more than 16 are refused; a refusal is in the journal"
)


class Standing(Struct):
    """What is read of how the session stands: which one it is, since people change it."""

    session: str = ""


class Shown(Struct):
    """What is read of a show."""

    status: Standing | None = None


class Opened(Protocol):
    """A front-end that runs."""

    async def result(self) -> Raw: ...


class Front(Protocol):
    """How the front-end of this process is reached: `fronts.remote.Line`, as far as it is used here."""

    def open(self, method: str, params: Raw) -> AbstractAsyncContextManager[Opened]: ...
    async def call(self, method: str, params: Raw) -> Raw: ...


class Relay:
    """Give it a front-end, then `run` it. The socket becomes its own."""

    def __init__(self, connection: socket.socket, channel: str) -> None:
        self.front: Front
        self.session = ""
        """The one that the front-end was shown last."""
        self.fault: PegboardError | None = None
        """What the front-end failed with."""
        self.has_left = False
        """Whether the front-end ended by itself."""
        self._name = channel
        self._channel = 0
        self._scope = trio.CancelScope()
        self._runs = trio.Event()
        descriptor = connection.detach()
        self._peer = Peer(descriptor, descriptor, side=Side.PLUGIN, limits=LIMITS, served=self)

    async def run(self) -> None:
        """Until the front-end has ended, or the session is let go of. Raises StartFailed when nobody lets it in."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._greet)
                    await self._peer.run()
                    nursery.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            left = group.split(ProtocolViolation)[1] if self._scope.cancel_called else group
            if left is not None:
                raise alone(left) from None
        finally:
            self._peer.fail(PluginDown("the session was let go of"))

    async def _greet(self) -> None:
        hello = None
        with trio.move_on_after(GREETING_S):
            try:
                hello = await self._peer.hello()
            except StartFailed:
                raise StartFailed(REFUSED) from None
        if hello is None:
            raise StartFailed("the process that holds the session does not answer")
        if not set(WIRE_MAJORS) & set(hello.versions):
            raise VersionMismatch(f"it speaks wire {hello.versions}, this one {WIRE_MAJORS}; use the same release")
        proof = proof_of(hello.token, b"")
        await self._peer.notify(Ready(0, WIRE_MAJORS[0], proof, "attach", RELEASE, b"", LIMITS))

    async def answer(self, method: str, params: Raw) -> Raw:
        """Pass on what the front-end asks of the session; what may be asked is decided there."""
        return await self._peer.call(method, params, parent=self._channel)

    # What the peer tells.

    async def serve(self, call: InboundCall) -> Raw:
        """Pass on what the session's kernel calls. Raises what the front-end answers with."""
        if call.method == CHANNEL_RUN:
            return await self._run_channel(call)
        if call.method not in (FRONT_SHOW, FRONT_ASK):
            raise MethodNotFound(f"`{call.method}` is nothing for a front-end")
        if call.method == FRONT_SHOW:
            self._follow(call.params)
        await self._runs.wait()
        return await self.front.call(call.method, call.params)

    def _follow(self, params: Raw) -> None:
        """The conversation may have gone on with another session, which is the one to come back to."""
        try:
            shown = msgspec.msgpack.decode(params, type=Shown)
        except BAD_BODY as error:
            raise InvalidParams(f"{FRONT_SHOW}: {error}") from None
        if shown.status is not None:
            self.session = shown.status.session

    async def _run_channel(self, call: InboundCall) -> Raw:
        try:
            asked = msgspec.msgpack.decode(call.params, type=RunChannel)
        except BAD_BODY as error:
            raise StartFailed(f"{CHANNEL_RUN}: {error}") from None
        self._channel, self.session = call.id, asked.session
        params = Raw(msgspec.msgpack.encode(msgspec.structs.replace(asked, channel=self._name)))
        try:
            async with self.front.open(CHANNEL_RUN, params) as opened:
                self._runs.set()
                value = await opened.result()
        except PegboardError as error:
            self.fault = error
            raise
        self.has_left = True
        return value

    def on_notice(self, frame: Notice) -> None:
        """A farewell is the end, whatever else was on its way."""
        if isinstance(frame, Bye):
            self._scope.cancel()

    def on_late(self, call_id: int, frame: Result | Error) -> None:
        """What was given up ended."""

    def on_unresponsive(self, why: str) -> None:
        """The kernel of the session is busy or stopped; its person sees that."""
