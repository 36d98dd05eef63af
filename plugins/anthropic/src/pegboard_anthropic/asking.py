"""One question to the model: its requests, as many as the server's own rules make of it, and the answer to them.

More than one it takes where the length that was asked for is refused, and where the server puts the answer off.
"""

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Final

from pegboard_anthropic.answer import PAUSED, Answer
from pegboard_anthropic.dialog import Dialog
from pegboard_anthropic.faults import reported
from pegboard_anthropic.limits import lowered
from pegboard_anthropic.request import body
from pegboard_anthropic.server import Server
from pegboard_anthropic.shape import Shape, needs_model, shape, wanted
from pegboard_anthropic.turns import Block, said
from pegboard_sdk import InvalidParams, ModelContext, ModelReply, StreamModel, TooLarge
from pegboard_sdk.http import Exchange, Lifeline, Reading, Sending

MAX_PAUSES: Final = 8
"""How often the server may put an answer off; it does so where its own tools take long."""


class Asking:
    """A question. It waits for no second try; that is `persist`'s."""

    def __init__(self, server: Server, request: StreamModel, dialog: Dialog, ctx: ModelContext, life: Lifeline) -> None:
        self._server = server
        self._request = request
        self._dialog = dialog
        self._ctx = ctx
        self._life = life

    def attempt(self) -> ModelReply:
        """Ask once. Raises the errors that `faults` names, InvalidParams for parameters, CallCancelled when cut."""
        name, longest = self._request.model, self._server.longest
        shaped = self._shaped(longest.get(name))
        answer = Answer(model=name, taken=self._dialog.course.made, answer_tool=shaped.answer_name)
        try:
            self._exchange(shaped, answer)
        except (InvalidParams, TooLarge) as error:
            most = lowered(error.message, shaped.fields["max_tokens"])
            if most is None:
                raise
            if isinstance(error, InvalidParams):
                longest[name] = most
            self._ctx.log("info", f"the answer may have {most} tokens: {error.message}")
            shaped = self._shaped(most)
            self._exchange(shaped, answer)
        for _ in range(MAX_PAUSES):
            if answer.stop != PAUSED:
                break
            going_on = said(answer.message(), {})
            answer.go_on()
            self._exchange(shaped, answer, going_on)
        return ModelReply(message=answer.message(), usage=answer.usage())

    def _shaped(self, most: int | None) -> Shape:
        request, params = self._request, wanted(self._request)
        known = self._server.directory.model(request.model, self._life) if needs_model(params) else None
        return shape(params, known, most=most, has_tools=bool(request.tools))

    def _exchange(self, shaped: Shape, answer: Answer, going_on: Sequence[Block] = ()) -> None:
        endpoint, model = self._server.endpoint, self._request.model
        data = body(self._request, self._dialog, shaped, going_on)
        sending = Sending("/v1/messages", endpoint.silence_s(self._ctx.remaining_s), data, model)
        with closing(Exchange(self._server.lines, sending, self._life)) as exchange:
            judge = partial(reported, url=endpoint.url, model=model)
            Reading(answer, self._ctx.delta, judge, url=endpoint.url).read(exchange)
