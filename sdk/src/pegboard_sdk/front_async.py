"""The front-end's twin for coroutines: what waits is awaited, the rest is the same."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import trio

from pegboard_sdk.context import decoded
from pegboard_sdk.contexts_async import AsyncContext
from pegboard_sdk.errors import NotReady
from pegboard_sdk.front import Listener
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.fronting import (
    SESSION_COMMAND,
    SESSION_COMPLETE,
    SESSION_INTERRUPT,
    SESSION_PROMPT,
    SESSION_TAKE_BACK,
    Attachment,
    Complete,
    Completion,
    Completions,
    Prompted,
    RunChannel,
    Said,
    Show,
    TakenBack,
    Typed,
    When,
)
from pegboard_sdk.wire.methods import Payload
from pegboard_sdk.wire.records import Answer, Question

T = TypeVar("T")


async def _withdrawn(_question: Question) -> None:
    """Nothing is to be done."""


class AsyncFront:
    """Handed to the coroutine function of a `channel`, which is cancelled when the front-end is to end.

    Members are those of `pegboard_sdk.front.Front`.
    """

    _context: AsyncContext

    def __init__(self, run: RunChannel) -> None:
        self._run = run
        self.is_begun = False
        self._listener: Listener | None = None
        self._listened = trio.Event()

    @property
    def session(self) -> str:
        """The session's id when the front-end began."""
        return self._run.session

    @property
    def first(self) -> str:
        """A prompt typed on the command line."""
        return self._run.first

    @property
    def settings(self) -> dict[str, Any]:
        """Of this plugin, from the user's configuration."""
        return self._context.setup.settings

    @property
    def workspace(self) -> str:
        """The folder of the session, for display."""
        return self._context.setup.workspace

    @property
    def data_dir(self) -> str:
        """The folder that belongs to this plugin."""
        return self._context.setup.data_dir

    async def log(self, level: str, msg: str) -> None:
        """A line for the log: error, warning, info or debug."""
        await self._context.log(level, msg)

    def listen(
        self,
        show: Callable[[Show], Awaitable[None]],
        ask: Callable[[Question], Awaitable[Answer | None]],
        withdrawn: Callable[[Question], Awaitable[None]] = _withdrawn,
    ) -> None:
        """Be told from now on, in tasks of the SDK's. `ask` is cancelled when somebody else answered."""
        self._listener = Listener(show, ask, withdrawn)
        self._listened.set()

    async def prompt(self, text: str, *, when: When = When.STEER, attachments: tuple[Attachment, ...] = ()) -> None:
        """Say what the person said; returns when it is taken, not when it is worked through."""
        await self._request(SESSION_PROMPT, Prompted(text=text, when=when, attachments=tuple(attachments)), None)

    async def take_back(self) -> str:
        """The newest prompt that had not gone in yet; empty when there is none."""
        return (await self._request(SESSION_TAKE_BACK, None, TakenBack)).text

    async def interrupt(self) -> bool:
        """Stop what runs; whether anything did."""
        return await self._request(SESSION_INTERRUPT, None, bool)

    async def command(self, line: str) -> Said:
        """Run a slash command as it was typed."""
        return await self._request(SESSION_COMMAND, Typed(line=line), Said)

    async def complete(self, text: str, limit: int = 50) -> tuple[Completion, ...]:
        """What could stand at the end of `text`, the best first."""
        return (await self._request(SESSION_COMPLETE, Complete(text=text, limit=limit), Completions)).items

    async def _request(self, method: str, params: Payload | None, kind: type[T] | None) -> T:
        answer = await self._context._serving.request(method, pack(params))
        return decoded(answer, kind) if kind is not None else None  # type: ignore[return-value]

    # For the runtime.

    def begin(self, context: AsyncContext) -> None:
        """The author's function is about to be called."""
        self._context = context
        self.is_begun = True

    async def shown(self, show: Show, _context: AsyncContext) -> None:
        """Hand over what happened, once somebody listens."""
        await (await self._listening()).show(show)

    async def asked(self, question: Question, _context: AsyncContext) -> Answer | None:
        """The author's answer."""
        listener = await self._listening()
        try:
            answer: Answer | None = await listener.ask(question)
        except trio.Cancelled:
            with trio.CancelScope(shield=True), trio.move_on_after(0.05):
                await listener.withdrawn(question)
            raise
        return answer

    def end(self) -> None:
        """The author's function returned: nobody listens any more."""
        self._listener = None
        self._listened.set()

    async def _listening(self) -> Listener:
        await self._listened.wait()
        if self._listener is None:
            raise NotReady("the front-end has ended")
        return self._listener
