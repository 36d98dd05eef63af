"""Asks a model: journals what will be sent, sends a provider only what is new to it, and shows what comes back."""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
import trio

from pegboard.board import Board
from pegboard.models.providers import Target
from pegboard.session import Session
from pegboard_sdk.errors import Conflict, PegboardError, Upstream
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.methods import MODEL_STREAM, Base, Entry, ModelReply, StreamModel, ToolSpec
from pegboard_sdk.wire.records import Delta, Finish, Message, Request, Role, Text

T = TypeVar("T")

STREAM_WINDOW: Final = 1 << 18
_delta: Final = msgspec.msgpack.Decoder(Delta)
_reply: Final = msgspec.msgpack.Decoder(ModelReply)


class Model:
    """The model of one session. `held` is what its provider already has of the conversation."""

    def __init__(
        self, session: Session, board: Board, target: Target, system: str, tools: tuple[ToolSpec, ...]
    ) -> None:
        self._session = session
        self._board = board
        self.target = target
        self.effort = ""
        self._system = system
        self._tools = tools
        self._held = Base()
        self._system_handle = ""
        self._tools_handle = ""

    @property
    def name(self) -> str:
        """As the user writes it."""
        return self.target.name

    def aim(self, target: Target, effort: str = "") -> None:
        """Ask this one from the next call on."""
        if target != self.target:
            self._held = Base()
        self.target, self.effort = target, effort or self.effort

    async def ask(self, turn: int) -> ModelReply:
        """One model call; its message is in the journal when this returns.

        Raises the provider's error. Then and on cancellation the text that had come is recorded: nothing shown is lost.
        """
        await self._journal_request(turn)
        shown: list[str] = []
        try:
            reply = await self._send(lambda delta: self._show(delta, shown))
        except (trio.Cancelled, PegboardError):
            self._record_partial(turn, "".join(shown))
            raise
        message = msgspec.structs.replace(reply.message, turn=turn, model=self.target.name, usage=reply.usage)
        self._session.record(message)
        return msgspec.structs.replace(reply, message=message)

    async def _journal_request(self, turn: int) -> None:
        blobs = self._session.journal.blobs
        if not self._system_handle:
            self._system_handle = await blobs.put(self._system.encode())
            self._tools_handle = await blobs.put(msgspec.json.encode(self._tools))
        base = self._session.transcript.base()
        self._session.record(
            Request(
                turn=turn,
                model=self.target.name,
                conversation=self._conversation,
                messages=base.count,
                sha256=base.sha256,
                system=self._system_handle,
                tools=self._tools_handle,
            )
        )

    @property
    def _conversation(self) -> str:
        return f"{self._session.id}/{self._session.transcript.generation}"

    async def _send(self, on_delta: Callable[[Delta], None]) -> ModelReply:
        transcript = self._session.transcript
        try:
            reply = await self._stream(self._held, transcript.since(self._held), on_delta)
        except Conflict:
            # The provider no longer holds what we thought (restart, eviction): once, the whole.
            self._held = Base()
            reply = await self._stream(Base(), transcript.since(Base()), on_delta)
        self._held = transcript.base()
        return reply

    async def _stream(self, base: Base, entries: tuple[Entry, ...], on_delta: Callable[[Delta], None]) -> ModelReply:
        params = StreamModel(
            model=self.target.model,
            conversation=self._conversation,
            base=base,
            append=entries,
            system=self._system,
            tools=self._tools,
            params=self.target.params,
        )
        async with self._board.open(self.target.plugin, MODEL_STREAM, pack(params), window=STREAM_WINDOW) as call:
            async for item in call.items:
                on_delta(_decoded(_delta, item))
            return _decoded(_reply, await call.result())

    def _show(self, delta: Delta, shown: list[str]) -> None:
        if delta.stream == "text":
            shown.append(delta.text)
        self._session.show(delta)

    def _record_partial(self, turn: int, text: str) -> None:
        if text:
            parts = (Text(text=text),)
            self._session.record(Message(role=Role.ASSISTANT, parts=parts, turn=turn, model=self.target.name))


def _decoded(decoder: msgspec.msgpack.Decoder[T], value: msgspec.Raw) -> T:
    try:
        return decoder.decode(value)
    except BAD_BODY as error:
        raise Upstream(f"the provider answered what is not a reply: {error}") from error


def refusal(reply: ModelReply) -> PegboardError | None:
    """Why a finished message is not one to go on from, when it is not."""
    finish = reply.message.finish
    if finish is Finish.LENGTH:
        return Upstream("the model reached its output limit in mid-answer")
    if finish is Finish.FILTERED:
        return Upstream("the provider's content filter stopped the answer")
    return None
