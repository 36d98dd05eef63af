"""One model call: requests until an answer came that can be shown, repeated, checked, never twice the same words."""

from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Final

from msgspec.structs import replace

from pegboard_openai.asked import Asked
from pegboard_openai.draft import Draft
from pegboard_openai.endings import sentence
from pegboard_openai.faults import reported
from pegboard_openai.profile import Schemas
from pegboard_openai.server import Server
from pegboard_openai.spared import refused_extra
from pegboard_openai.structured import bare, schema_faults, told
from pegboard_openai.way import WAYS
from pegboard_sdk import Delta, Finish, InvalidParams, ModelContext, ModelReply, StreamModel, Text
from pegboard_sdk.http import Exchange, Lifeline, Reading, Sending, persist

_KEY_CHARS: Final = 64


class Asking:
    """One call of a model on one server."""

    def __init__(self, server: Server, request: StreamModel, asked: Asked, ctx: ModelContext) -> None:
        self._server = server
        self._asked = asked
        self._ctx = ctx
        api = asked.api or server.profile.api(request.model)
        self._way = WAYS[api]
        dialog = server.dialog(request, ctx.entries(request), api)
        self._draft = Draft(
            model=request.model,
            dialog=dialog,
            asked=asked,
            profile=server.profile,
            system=request.system,
            tools=request.tools,
            cache_key=request.conversation.partition("/")[0][:_KEY_CHARS],
        )
        self._life = Lifeline.of(ctx)

    def reply(self) -> ModelReply:
        """Ask. Raises the errors that `faults` names; when cancelled, the connection is closed at once."""
        if self._asked.json_schema is None:
            return self._settled(self._draft, self._ctx.delta)
        return self._structured(self._asked.json_schema)

    def _structured(self, schema: dict[str, object]) -> ModelReply:
        """An answer that fits: where the server does not see to that, it is checked before anything of it is shown."""
        if self._server.schemas is Schemas.STRICT:
            return self._settled(self._draft, self._ctx.delta)
        reply = self._settled(self._draft, self._unshown)
        if reply.message.finish is not Finish.STOP:
            return self._shown(reply)
        text = bare("".join(part.text for part in reply.message.parts if isinstance(part, Text)))
        faults = schema_faults(schema, text)
        if faults:
            # Whoever asked checks what it got and asks again: what is sent to a model stands in the journal.
            self._ctx.log("warning", f"`{self._draft.model}` gave no answer that fits the schema: {'; '.join(faults)}")
            return self._shown(reply)
        return self._shown(_saying(reply, text))

    def _unshown(self, delta: Delta) -> None:
        if delta.stream != "text":
            self._ctx.delta(delta)

    def _shown(self, reply: ModelReply) -> ModelReply:
        """A checked answer, shown now."""
        for part in reply.message.parts:
            if isinstance(part, Text):
                self._ctx.delta(Delta(stream="text", text=part.text))
        return reply

    def _settled(self, draft: Draft, tell: Callable[[Delta], None]) -> ModelReply:
        """An answer, however often it takes; said where it is not complete."""
        return persist(lambda: self._spared(draft, tell), self._server.endpoint, self._life, self._ctx)

    def _spared(self, draft: Draft, tell: Callable[[Delta], None]) -> ModelReply:
        """An answer; what the server refuses of our own additions is left out, now and later."""
        while True:
            spared = self._server.spared
            try:
                return self._exchange(replace(draft, spared=spared, schemas=self._server.schemas), tell)
            except InvalidParams as error:
                extra = refused_extra(error, spared)
                if not extra:
                    raise
                self._server.spared = spared | {extra}

    def _exchange(self, draft: Draft, tell: Callable[[Delta], None]) -> ModelReply:
        endpoint = self._server.endpoint
        if self._asked.json_schema is not None and (words := told(self._asked.json_schema, draft.schemas)):
            draft = replace(draft, system=f"{draft.system}\n\n{words}".strip())
        answer = self._way.answer(model=draft.model, taken=draft.dialog.course.made, at=endpoint.place)
        header = draft.profile.cache_header
        sending = Sending(
            path=self._way.path,
            silence_s=endpoint.silence_s(self._ctx.remaining_s),
            body=self._way.body(draft),
            model=draft.model,
            headers=((header, draft.cache_key),) if header else (),
        )
        with closing(Exchange(self._server.lines, sending, self._life)) as exchange:
            judge = partial(reported, url=endpoint.url, model=draft.model)
            Reading(answer, tell, judge, url=endpoint.url).read(exchange)
        message = answer.message()
        if said := sentence(message, url=endpoint.url, filtered_for=answer.filtered_for):
            self._ctx.log("warning", said)
        return ModelReply(message=message, usage=answer.usage(), cost=answer.cost())


def _saying(reply: ModelReply, text: str) -> ModelReply:
    """The reply with `text` in the place of what was said."""
    parts = (*(part for part in reply.message.parts if not isinstance(part, Text)), Text(text=text))
    return replace(reply, message=replace(reply.message, parts=parts))
