"""Asks a session's model: journals what will be sent, sends a provider only what is new, and shows what comes back."""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
import trio
from msgspec.structs import replace

from pegboard.board import Board
from pegboard.hooks import HookRunner
from pegboard.models.calling import Calls, Need, Spending
from pegboard.models.consent import Consent
from pegboard.models.providers import Choosing, Target
from pegboard.session import Session
from pegboard.transcript.attached import attached
from pegboard_sdk.errors import Conflict, PegboardError, Upstream
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.methods import MODEL_STREAM, Base, ModelReply, StreamModel, ToolSpec
from pegboard_sdk.wire.modelling import Ask
from pegboard_sdk.wire.records import Delta, Finish, Message, Request, Role, Switched, Text
from pegboard_sdk.wire.signals import Fold

T = TypeVar("T")

STREAM_WINDOW: Final = 1 << 18
_delta: Final = msgspec.msgpack.Decoder(Delta)
_reply: Final = msgspec.msgpack.Decoder(ModelReply)


class Model:
    """The model of one session. `held` is what each provider already has of the conversation."""

    def __init__(
        self,
        session: Session,
        board: Board,
        hooks: HookRunner,
        target: Target,
        *,
        choosing: Choosing,
        system: str,
        tools: tuple[ToolSpec, ...],
    ) -> None:
        self.target, self._pinned = choosing.begun(target, session.transcript.account.switched)
        self._consent = Consent(session, self.target.plugin, choosing.providers)
        self.calls = Calls(session, hooks, choosing.target_of, self._consent)
        self._known = choosing.known
        self._session = session
        self._board = board
        self._system = system
        self._tools = tools
        self._held: dict[str, tuple[str, Base]] = {}
        self._fold = Fold()
        self._handles = ("", "")
        self._own_bytes = len(system.encode()) + len(msgspec.json.encode(tools))
        session.signals = self._fold

    def begin(self, limit: float | None) -> Spending:
        """A run begins, which may spend `limit` dollars; its account."""
        self.calls.spending = Spending(limit=limit)
        return self.calls.spending

    def switch(self, name: str = "", effort: str = "") -> Target:
        """Ask this model, with this effort, from now on; what is empty stays. A person chose it.

        Raises NotFound for a name that is no model's.
        """
        target = self.calls.target_of(name) if name else self.target
        self.target = replace(target, effort=effort or self.target.effort)
        self._pinned = self._pinned or bool(name)
        self._consent.choose(self.target.plugin)
        self._session.record(Switched(model=name, effort=effort))
        return self.target

    def ask_of(self, *, purpose: str, tokens: int, turn: int = 0) -> Ask:
        """How things stand for a call."""
        target = self.target
        return Ask(
            purpose=purpose,
            model=target.name,
            id=target.model,
            provider=target.plugin,
            effort=target.effort,
            context=target.context,
            pinned=self._pinned,
            turn=turn,
            prompt=self._session.transcript.account.prompts,
            signals=self._fold.signals,
            tokens=tokens,
            used=self.calls.spending.usage,
            known=self._known,
        )

    @property
    def tokens(self) -> int:
        """Tokens that the next request of the conversation will hold, about."""
        transcript = self._session.transcript
        own = 0 if transcript.account.is_counted else transcript.estimator.estimate(self._own_bytes)
        return transcript.tokens + own

    async def ask(self, turn: int) -> ModelReply:
        """One model call; its message is in the journal when this returns.

        Raises the provider's error, or OverBudget. Then and on cancellation the text that had come is recorded: nothing
        shown is lost.
        """
        shown: list[str] = []
        asked = self.target

        async def send(target: Target) -> ModelReply:
            nonlocal asked
            asked = target
            await self._journal_request(turn, target)
            return await self._send(target, lambda delta: self._show(delta, shown))

        need = Need(self.ask_of(purpose="turn", tokens=self.tokens, turn=turn), asked, send, lambda: "".join(shown))
        try:
            reply, asked = await self.calls.make(need)
        except (trio.Cancelled, PegboardError):
            self._record_partial(turn, asked, "".join(shown))
            raise
        message = replace(reply.message, turn=turn, model=asked.name, usage=reply.usage, cost=reply.cost)
        self._session.record(message)
        return replace(reply, message=message)

    async def _journal_request(self, turn: int, target: Target) -> None:
        blobs = self._session.journal.blobs
        if not self._handles[0]:
            self._handles = await blobs.put(self._system.encode()), await blobs.put(msgspec.json.encode(self._tools))
        base = self._session.transcript.base()
        self._session.record(
            Request(
                turn=turn,
                model=target.name,
                conversation=self._conversation,
                messages=base.count,
                sha256=base.sha256,
                system=self._handles[0],
                tools=self._handles[1],
            )
        )

    @property
    def _conversation(self) -> str:
        return f"{self._session.id}/{self._session.transcript.generation}"

    async def _send(self, target: Target, on_delta: Callable[[Delta], None]) -> ModelReply:
        conversation, held = self._held.pop(target.plugin, ("", Base()))
        held = held if conversation == self._conversation else Base()
        try:
            reply = await self._stream(target, held, on_delta)
        except Conflict:
            # The provider no longer holds what we thought (restart, eviction): once, the whole.
            reply = await self._stream(target, Base(), on_delta)
        self._held[target.plugin] = (self._conversation, self._session.transcript.base())
        return reply

    async def _stream(self, target: Target, base: Base, on_delta: Callable[[Delta], None]) -> ModelReply:
        append, blobs = self._session.transcript.since(base), self._session.journal.blobs
        params = StreamModel(
            model=target.model,
            conversation=self._conversation,
            base=base,
            append=append,
            blobs={handle: await trio.to_thread.run_sync(blobs.read, handle) for handle in attached(append)},
            system=self._system,
            tools=self._tools,
            effort=target.effort,
            params=target.params,
        )
        return await streamed(self._board, target, params, on_delta)

    def _show(self, delta: Delta, shown: list[str]) -> None:
        if delta.stream == "text":
            shown.append(delta.text)
        self._session.show(delta)

    def _record_partial(self, turn: int, target: Target, text: str) -> None:
        if text:
            parts = (Text(text=text),)
            self._session.record(Message(role=Role.ASSISTANT, parts=parts, turn=turn, model=target.name))


async def streamed(
    board: Board, target: Target, params: StreamModel, on_delta: Callable[[Delta], None] = lambda delta: None
) -> ModelReply:
    """One request to a provider, as it answers. Raises the provider's error, or Upstream for what is no answer."""
    async with board.open(target.plugin, MODEL_STREAM, pack(params), window=STREAM_WINDOW) as call:
        async for item in call.items:
            on_delta(_decoded(_delta, item))
        return _decoded(_reply, await call.result())


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
