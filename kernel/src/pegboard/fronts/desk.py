"""What a front-end may ask of its conversation while it runs: every `session.*` method, and nothing else."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import msgspec
from msgspec import Raw

from pegboard_sdk.errors import InvalidParams, MethodNotFound
from pegboard_sdk.wire import fronting
from pegboard_sdk.wire.codec import BAD_BODY, pack


class Conversing(Protocol):
    """The conversation that a front-end belongs to."""

    async def prompt(self, said: fronting.Prompted) -> None: ...
    def take_back(self) -> str: ...
    def interrupt(self) -> bool: ...
    async def command(self, line: str) -> fronting.Said: ...
    async def complete(self, text: str) -> fronting.Completions: ...


class Desk:
    """Given to the board as what `channel.run` serves, so that only calls of a front-end that runs come here."""

    def __init__(self, conversation: Conversing, suspend: Callable[[], object] = lambda: None) -> None:
        """`suspend` gives the terminal to the shell, where the front-end has that of this process."""
        self._conversation = conversation
        self._suspend = suspend
        self._methods: Final[dict[str, tuple[type, Callable[[Any], Awaitable[object]]]]] = {
            fronting.SESSION_PROMPT: (fronting.Prompted, conversation.prompt),
            fronting.SESSION_TAKE_BACK: (object, self._take_back),
            fronting.SESSION_INTERRUPT: (object, self._interrupt),
            fronting.SESSION_COMMAND: (fronting.Typed, self._command),
            fronting.SESSION_COMPLETE: (fronting.Complete, self._complete),
        }

    async def answer(self, method: str, params: Raw) -> Raw:
        """Raises MethodNotFound, InvalidParams, and what the conversation does."""
        if method not in self._methods:
            raise MethodNotFound(f"a front-end has no method {method}; it has {', '.join(self._methods)}")
        kind, handler = self._methods[method]
        try:
            asked: object = msgspec.msgpack.decode(params, type=kind)
        except BAD_BODY as error:
            raise InvalidParams(f"the parameters are not a {kind.__name__}: {error}") from error
        return pack(await handler(asked))

    async def _take_back(self, _asked: object) -> fronting.TakenBack:
        return fronting.TakenBack(text=self._conversation.take_back())

    async def _interrupt(self, _asked: object) -> bool:
        return self._conversation.interrupt()

    async def _command(self, asked: fronting.Typed) -> fronting.Said:
        if asked.line == fronting.SUSPEND:
            self._suspend()
            return fronting.Said()
        return await self._conversation.command(asked.line)

    async def _complete(self, asked: fronting.Complete) -> fronting.Completions:
        found = await self._conversation.complete(asked.text)
        return fronting.Completions(items=found.items[: max(0, asked.limit)])
