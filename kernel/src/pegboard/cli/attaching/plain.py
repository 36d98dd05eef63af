"""Line by line in an attached process: what the plain terminal does, with the session at the other end of the wire."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import trio
from msgspec import Raw

from pegboard.cli.attaching.relay import Relay
from pegboard.cli.converse import Terminal, next_said, taken
from pegboard.cli.keyboard import Keyboard
from pegboard.cli.seen import seen
from pegboard_sdk.errors import InvalidParams, MethodNotFound
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.fronting import (
    FRONT_ASK,
    FRONT_SHOW,
    SESSION_COMMAND,
    SESSION_INTERRUPT,
    SESSION_PROMPT,
    Left,
    Prompted,
    Said,
    Show,
    Typed,
)
from pegboard_sdk.wire.records import AnyRecord, Message, Question, Role


class Far:
    """The session at the other end, as one who types needs it."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._changed = trio.Event()
        self.busy = False
        self.said: list[str] = []
        """What was said here, and was not shown to be taken yet."""

    async def prompt(self, said: Prompted) -> None:
        """Say it. What is wrong with it is shown by the session."""
        self.said.append(said.text)
        self.busy = True
        await self._relay.answer(SESSION_PROMPT, pack(said))

    async def command(self, line: str) -> Said:
        """Run a slash command there."""
        return msgspec.msgpack.decode(await self._relay.answer(SESSION_COMMAND, pack(Typed(line=line))), type=Said)

    async def interrupt(self) -> bool:
        """Stop what runs there; whether anything did."""
        return msgspec.msgpack.decode(await self._relay.answer(SESSION_INTERRUPT, pack(None)), type=bool)

    async def idle(self) -> None:
        """Return once it is not busy."""
        while self.busy:
            await self._changed.wait()

    def stands(self, *, busy: bool) -> None:
        """A status came."""
        self.busy = busy
        self._changed.set()
        self._changed = trio.Event()


class Plain:
    """A front-end of this process."""

    def __init__(self, relay: Relay, keyboard: Keyboard, *, verbose: bool, nursery: trio.Nursery) -> None:
        self.far = Far(relay)
        self._keyboard = keyboard
        self._begun = trio.Event()
        interrupt = lambda: nursery.start_soon(self.far.interrupt)  # noqa: E731
        self._terminal = Terminal(verbose=verbose, keyboard=keyboard, interrupt=interrupt)

    @asynccontextmanager
    async def open(self, _method: str, _params: Raw) -> AsyncIterator["Plain"]:
        """It runs while `result` is awaited."""
        yield self

    async def result(self) -> Raw:
        """Until the person leaves; what was before is shown first."""
        await self._begun.wait()
        said = await next_said(self._keyboard)
        while said is not None and not await taken(self.far, said, self._keyboard):
            said = await next_said(self._keyboard)
        return pack(Left(leave=False))

    async def call(self, method: str, params: Raw) -> Raw:
        """Show, or ask. Raises InvalidParams for what cannot be read."""
        try:
            if method == FRONT_ASK:
                return pack(await self._terminal.ask(msgspec.msgpack.decode(params, type=Question)))
            if method != FRONT_SHOW:
                raise MethodNotFound(method)
            self._show(msgspec.msgpack.decode(params, type=Show))
        except BAD_BODY as error:
            raise InvalidParams(f"{method}: {error}") from None
        return pack(None)

    def _show(self, show: Show) -> None:
        if show.anew:
            sys.stdout.write("(another session, or this one rewound)\n")
        for record in show.records:
            if show.replay or self._is_of_others(record):
                sys.stdout.writelines(f"{line}\n" for line in seen(record))
            else:
                self._terminal.show(record)
        if show.status is not None:
            self.far.stands(busy=show.status.busy)
            if not self._begun.is_set():
                sys.stdout.write("Attached. /help for help, Ctrl-D to leave; the session goes on.\n")
                self._begun.set()
        sys.stdout.flush()

    def _is_of_others(self, record: AnyRecord) -> bool:
        """What another person said: it stands on no line of this terminal yet."""
        if not isinstance(record, Message) or record.role is not Role.USER:
            return False
        text = "".join(getattr(part, "text", "") for part in record.parts)
        if text not in self.far.said:
            return True
        self.far.said.remove(text)
        return False
