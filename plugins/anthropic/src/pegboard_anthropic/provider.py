"""The provider: conversations that it holds, requests that it sends and repeats, answers that it reads."""

import _thread
from collections import OrderedDict
from contextlib import suppress
from typing import Final

from pegboard_anthropic.asking import Asking, Server
from pegboard_anthropic.dialog import Dialog
from pegboard_anthropic.directory import Directory
from pegboard_anthropic.endpoint import endpoint_from, is_configured
from pegboard_anthropic.lifeline import Lifeline
from pegboard_anthropic.lines import Lines
from pegboard_anthropic.patience import Patience
from pegboard_anthropic.turns import BlobMissing
from pegboard_sdk import (
    CallCancelled,
    Conflict,
    Context,
    Entry,
    ModelContext,
    ModelInfo,
    ModelReply,
    PegboardError,
    Setup,
    StreamModel,
)

MAX_DIALOGS: Final = 32


class Provider:
    """One server, as set up at start."""

    def __init__(self) -> None:
        self._setup = Setup()
        self._server: Server | None = None
        self._dialogs: OrderedDict[str, Dialog] = OrderedDict()
        self._most: dict[str, int] = {}
        """The longest answers of models that refused a longer one."""

    def start(self, setup: Setup) -> None:
        """Get ready for the first request. A setting that is wrong is told when a model is asked."""
        self._setup = setup
        with suppress(PegboardError):
            # Not `Thread`, which waits for its first steps: the greeting is to be answered first.
            _thread.start_new_thread(_warmed, (self._connected().lines,))

    def stop(self) -> None:
        """Close the connections that are kept."""
        if self._server is not None:
            self._server.lines.close()

    def stream(self, request: StreamModel, ctx: ModelContext) -> ModelReply:
        """Ask the model. Raises the errors that `faults` names; when cancelled, the connection is closed at once."""
        server = self._connected()
        dialog = self._dialog(request, ctx.entries(request))
        life = Lifeline()
        ctx.on_cancel(life.cut)
        asking = Asking(server, request, dialog, ctx, life)
        patience = Patience(life.is_cut, lambda: ctx.remaining_s)
        while True:
            try:
                life.check()
                return asking.attempt(self._most)
            except CallCancelled:
                ctx.check()  # which knows whether it was a cancel or the deadline
                raise
            except PegboardError as error:
                pause = patience.next_pause_s(error)
                if pause is None:
                    raise
                ctx.log("warning", f"{server.endpoint.hidden(error.message)}; trying again in {pause:.1f} s")
                patience.wait(pause)

    def models(self, ctx: Context) -> list[ModelInfo]:
        """The models that the server lists; none, and nothing asked, where no server was configured."""
        if not is_configured(self._setup):
            return []
        life = Lifeline()
        ctx.on_cancel(life.cut)
        return self._connected().directory.listed(life)

    def _connected(self) -> Server:
        if self._server is None:
            endpoint = endpoint_from(self._setup)
            lines = Lines(endpoint)
            self._server = Server(endpoint, lines, Directory(endpoint, lines))
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


def _warmed(lines: Lines) -> None:
    with suppress(PegboardError):
        lines.warm()


def _begins(dialog: Dialog, entries: tuple[Entry, ...]) -> bool:
    """Whether a dialog was made of the first of `entries`: they are kept, so the last one is the very same object."""
    return dialog.count <= len(entries) and (dialog.count == 0 or entries[dialog.count - 1] is dialog.last)
