"""One front-end that attached, as the process sees it that holds the session: the line to it, and what it asks for."""

import os
import socket
import sys
from contextlib import AbstractAsyncContextManager, suppress
from typing import Final

import trio
from msgspec import Raw

from pegboard.fronts.conversation import Conversation
from pegboard.fronts.desk import Desk
from pegboard.fronts.remote import Remote
from pegboard.hello import LIMITS, RELEASE, TOKEN_BYTES, WIRE_MAJORS
from pegboard_sdk.errors import PegboardError, PermissionDenied, PluginDown, Unresponsive
from pegboard_sdk.wire.fronting import RunChannel
from pegboard_sdk.wire.inbound import InboundCall
from pegboard_sdk.wire.intake import Side
from pegboard_sdk.wire.messages import Bye, Error, Hello, Identity, Result
from pegboard_sdk.wire.outgoing import OutgoingCall
from pegboard_sdk.wire.peer import Peer
from pegboard_sdk.wire.served import Notice

GREETING_S: Final = 20.0
"""A plugin's process may have to be started first."""


class Visit:
    """`run` it; the socket becomes its own. Whatever goes wrong with it is a matter of this front-end alone."""

    def __init__(self, connection: socket.socket, conversation: Conversation) -> None:
        self._conversation = conversation
        self._desk = Desk(conversation)
        self._channel = 0
        self._scope = trio.CancelScope()
        self._meeting = trio.CancelScope()
        self._over = trio.Event()
        self._why = ""
        descriptor = connection.detach()
        self._peer = Peer(descriptor, descriptor, side=Side.KERNEL, limits=LIMITS, served=self)

    async def run(self) -> None:
        """Until the front-end leaves or is gone, or is told to."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._talk)
                    with self._meeting, suppress(PegboardError, OSError):
                        await self._meet()
                    # Nothing is shown any more, so the farewell is the last that is sent.
                    await self._peer.notify(Bye(0, "OK", self._why))
                    nursery.cancel_scope.cancel()
        finally:
            self._over.set()

    async def end(self, why: str) -> None:
        """Let go of the front-end with a word. Returns when that was said, or cannot be said."""
        self._why = why
        self._meeting.cancel()
        await self._over.wait()

    async def _meet(self) -> None:
        identity = Identity("pegboard", RELEASE, os.getpid(), sys.platform)
        with trio.move_on_after(GREETING_S) as patience:
            await self._peer.greet(Hello(0, WIRE_MAJORS, os.urandom(TOKEN_BYTES), LIMITS, identity))
        if patience.cancelled_caught:
            return
        conversation = self._conversation
        remote = Remote(self, conversation.status, conversation.renew)
        try:
            await conversation.attach(remote)
            await remote.run(RunChannel(channel="", session=conversation.agent.session.id))
        finally:
            conversation.detach(remote)

    async def _talk(self) -> None:
        try:
            await self._peer.run()
        except PegboardError:
            pass  # it broke the wire, and was told so
        finally:
            self._peer.fail(PluginDown("the front-end is gone"))

    # The line.

    def open(self, method: str, params: Raw) -> AbstractAsyncContextManager[OutgoingCall]:
        """Call what serves the desk."""
        return self._peer.open(method, params, prepare=self._note)

    async def call(self, method: str, params: Raw) -> Raw:
        """Call what serves nothing."""
        return await self._peer.call(method, params)

    def _note(self, call_id: int) -> None:
        self._channel = call_id

    # What the peer tells.

    async def serve(self, call: InboundCall) -> Raw:
        """Answer what the front-end asks. Raises PermissionDenied for a call that serves no `channel.run`."""
        if not self._channel or call.parent != self._channel:
            raise PermissionDenied(f"`{call.method}` has to name the open channel.run that it serves")
        return await self._desk.answer(call.method, call.params)

    def on_notice(self, frame: Notice) -> None:
        """A farewell ends it; all else is nothing to us."""
        if isinstance(frame, Bye):
            self._scope.cancel()

    def on_late(self, call_id: int, frame: Result | Error) -> None:
        """What was withdrawn ended by itself."""

    def on_unresponsive(self, why: str) -> None:
        """It is let go of."""
        self._peer.fail(Unresponsive(why))
        self._scope.cancel()
