"""The provider: conversations that it holds, requests that it sends and repeats, answers that it reads."""

import _thread
from collections import OrderedDict
from contextlib import closing, suppress
from typing import Final

from pegboard_openai.answer import Answer
from pegboard_openai.chunk import BAD_JSON, Listed, listing_decoder
from pegboard_openai.dialog import Dialog
from pegboard_openai.endpoint import Endpoint, endpoint_from, is_configured
from pegboard_openai.exchange import Exchange
from pegboard_openai.lifeline import Lifeline
from pegboard_openai.lines import Lines
from pegboard_openai.patience import Patience
from pegboard_openai.reading import Reading
from pegboard_openai.request import body
from pegboard_openai.sending import Sending
from pegboard_openai.turns import BlobMissing
from pegboard_sdk import (
    CallCancelled,
    Conflict,
    Context,
    Entry,
    InvalidParams,
    ModelContext,
    ModelInfo,
    ModelReply,
    PegboardError,
    Setup,
    StreamModel,
    Upstream,
)

MAX_DIALOGS: Final = 32
LIST_S: Final = 10.0
MAX_LIST_BYTES: Final = 16 << 20


class Provider:
    """One server, as set up at start."""

    def __init__(self) -> None:
        self._setup = Setup()
        self._server: tuple[Endpoint, Lines] | None = None
        self._dialogs: OrderedDict[str, Dialog] = OrderedDict()
        self._is_counting = True
        """Whether the server is asked for usage; one that refused is not asked again."""

    def start(self, setup: Setup) -> None:
        """Get ready for the first request. A setting that is wrong is told when a model is asked."""
        self._setup = setup
        with suppress(PegboardError):
            # Not `Thread`, which waits for its first steps: the greeting is to be answered first.
            _thread.start_new_thread(_warmed, (self._connected()[1],))

    def stop(self) -> None:
        """Close the connections that are kept."""
        if self._server is not None:
            self._server[1].close()

    def stream(self, request: StreamModel, ctx: ModelContext) -> ModelReply:
        """Ask the model. Raises the errors that `faults` names; when cancelled, the connection is closed at once."""
        endpoint, _ = self._connected()
        dialog = self._dialog(request, ctx.entries(request))
        life = Lifeline()
        ctx.on_cancel(life.cut)
        patience = Patience(life.is_cut, lambda: ctx.remaining_s)
        while True:
            try:
                life.check()
                return self._attempt(request, dialog, ctx, life)
            except CallCancelled:
                ctx.check()  # which knows whether it was a cancel or the deadline
                raise
            except PegboardError as error:
                pause = patience.next_pause_s(error)
                if pause is None:
                    raise
                ctx.log("warning", f"{endpoint.hidden(error.message)}; trying again in {pause:.1f} s")
                patience.wait(pause)

    def models(self, ctx: Context) -> list[ModelInfo]:
        """The models that the server lists; none, and nothing asked, where no server was configured."""
        if not is_configured(self._setup):
            return []
        endpoint, lines = self._connected()
        life = Lifeline()
        ctx.on_cancel(life.cut)
        with closing(Exchange(lines, Sending("/models", LIST_S), life)) as exchange:
            data = exchange.rest(MAX_LIST_BYTES)
        try:
            listed = listing_decoder.decode(data).data or []
        except BAD_JSON as error:
            raise Upstream(f"{endpoint.url}/models: no list of models: {error}") from error
        return [ModelInfo(id=model.id, context=_context(model)) for model in listed]

    def _connected(self) -> tuple[Endpoint, Lines]:
        if self._server is None:
            endpoint = endpoint_from(self._setup)
            self._server = (endpoint, Lines(endpoint))
        return self._server

    def _dialog(self, request: StreamModel, entries: tuple[Entry, ...]) -> Dialog:
        """The dialog of a conversation, grown to `entries`; made anew when it is not what they begin with."""
        dialog = self._dialogs.pop(request.conversation, None)
        if dialog is None or not _begins(dialog, entries):
            dialog = Dialog()
        try:
            dialog.extend(entries[dialog.count :], request.blobs)
        except BlobMissing as error:
            raise Conflict(f"the bytes of image {error} are not held here; send the conversation whole") from error
        self._dialogs[request.conversation] = dialog
        if len(self._dialogs) > MAX_DIALOGS:
            self._dialogs.popitem(last=False)
        return dialog

    def _attempt(self, request: StreamModel, dialog: Dialog, ctx: ModelContext, life: Lifeline) -> ModelReply:
        try:
            return self._exchange(request, dialog, ctx, life, counted=self._is_counting)
        except InvalidParams as error:
            if not self._is_counting or not _refuses_to_count(error):
                raise
        self._is_counting = False
        return self._exchange(request, dialog, ctx, life, counted=False)

    def _exchange(
        self, request: StreamModel, dialog: Dialog, ctx: ModelContext, life: Lifeline, *, counted: bool
    ) -> ModelReply:
        endpoint, lines = self._connected()
        remaining = ctx.remaining_s
        silence_s = endpoint.idle_s if remaining is None else max(0.1, min(endpoint.idle_s, remaining))
        sending = Sending("/chat/completions", silence_s, body(request, dialog, counted=counted), request.model)
        answer = Answer(model=request.model, taken=dialog.calls)
        with closing(Exchange(lines, sending, life)) as exchange:
            Reading(answer, ctx.delta, url=endpoint.url, model=request.model).read(exchange)
        return ModelReply(message=answer.message(), usage=answer.usage(), cost=answer.cost())


def _warmed(lines: Lines) -> None:
    with suppress(PegboardError):
        lines.warm()


def _begins(dialog: Dialog, entries: tuple[Entry, ...]) -> bool:
    """Whether a dialog was made of the first of `entries`: they are kept, so the last one is the very same object."""
    return dialog.count <= len(entries) and (dialog.count == 0 or entries[dialog.count - 1] is dialog.last)


def _refuses_to_count(error: InvalidParams) -> bool:
    return "stream_options" in error.message or "include_usage" in error.message


def _context(model: Listed) -> int:
    return model.context_length or model.context_window or model.max_context_length or model.max_model_len or 0
