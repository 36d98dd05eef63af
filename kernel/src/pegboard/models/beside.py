"""Models that plugins ask beside the conversation: chosen, paid for and journaled like any other, and never in it."""

import itertools
from typing import Final

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from pegboard.audit.redactor import redacted
from pegboard.board import Board
from pegboard.models.asking import Model, streamed
from pegboard.models.calling import Need
from pegboard.models.providers import Target
from pegboard.routing import clocks_stopped, depth
from pegboard.session import Served, Session
from pegboard.transcript.tokens import size_of
from pegboard_sdk.errors import Busy, InvalidParams
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.conversation import EMPTY, extended
from pegboard_sdk.wire.methods import Entry, ModelReply, StreamModel
from pegboard_sdk.wire.modelling import CallModel, ModelAnswer
from pegboard_sdk.wire.records import Message, Request, Text, ToolResult, Usage

MOST_DEPTH: Final = 6
"""So many calls may serve each other around one that asks a model: who asks a model may be asked by one in turn."""


class Beside:
    """Answers model.call for the plugins that serve a session."""

    def __init__(self, session: Session, board: Board, model: Model) -> None:
        self._session = session
        self._board = board
        self._model = model
        self._numbers = itertools.count(1)

    async def call(self, served: Served, params: Raw) -> Raw:
        """Ask, and give what the model said. The clocks of all who wait stand still: how long a model thinks is its
        provider's matter. Raises InvalidParams, Busy, OverBudget, PermissionDenied, or the provider's error."""
        try:
            asked = msgspec.msgpack.decode(params, type=CallModel)
        except BAD_BODY as error:
            raise InvalidParams(f"the parameters are not a CallModel: {error}") from error
        if depth() > MOST_DEPTH:
            raise Busy(f"{depth()} calls serve each other; a model is asked at most below {MOST_DEPTH}")
        if not asked.purpose or not asked.messages:
            raise InvalidParams("model.call needs a `purpose` in a word or two, and at least one message")
        messages = tuple(self._hidden(entry) for entry in asked.messages)
        tokens = self._session.transcript.estimator.estimate(
            sum(map(size_of, messages)) + len(asked.system.encode("utf-8", "replace"))
        )
        ask = self._model.ask_of(purpose=asked.purpose, tokens=tokens, turn=served.use.turn)
        target = self._target(asked)
        ask = replace(ask, plugin=served.use.plugin, tier=asked.tier, pinned=bool(asked.model))
        ask = replace(ask, model=target.name, provider=target.plugin, effort=target.effort, context=target.context)

        async def send(to: Target) -> ModelReply:
            return await self._send(to, asked, messages, served.use.turn)

        with clocks_stopped():
            reply, asked_one = await self._model.calls.make(Need(ask, target, send))
        answer = ModelAnswer(message=reply.message, model=asked_one.name, usage=reply.usage or Usage())
        return pack(replace(answer, cost=reply.cost))

    def _target(self, asked: CallModel) -> Target:
        target = self._model.calls.target_of(asked.model) if asked.model else self._model.target
        return replace(target, effort=asked.effort or target.effort, params=target.params | asked.params)

    async def _send(self, target: Target, asked: CallModel, messages: tuple[Entry, ...], turn: int) -> ModelReply:
        base = EMPTY
        for entry in messages:
            base = extended(base, entry)
        blobs, conversation = self._session.journal.blobs, f"{self._session.id}/beside/{next(self._numbers)}"
        request = Request(turn=turn, model=target.name, conversation=conversation, messages=base.count, sha256="")
        request = replace(request, sha256=base.sha256)
        request = replace(request, asked=await blobs.put(msgspec.json.encode(messages)))
        if asked.system:
            request = replace(request, system=await blobs.put(asked.system.encode()))
        self._session.record(request)
        wanted = StreamModel(model=target.model, conversation=conversation, append=messages, system=asked.system)
        wanted = replace(wanted, effort=target.effort, params=target.params)
        return await streamed(self._board, target, wanted)

    def _hidden(self, entry: Entry) -> Entry:
        """What is sent is what is kept: without secrets."""
        if isinstance(entry, ToolResult):
            return redacted(entry, self._session.redactor)
        hide = self._session.redactor.redact
        parts = tuple(replace(part, text=hide(part.text)) if isinstance(part, Text) else part for part in entry.parts)
        return Message(role=entry.role, parts=parts)
