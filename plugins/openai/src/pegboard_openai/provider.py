"""The provider: the server as it was set up, asked for answers and for its models."""

import _thread
from contextlib import suppress
from typing import Final

from pegboard_openai.asked import asked_of
from pegboard_openai.asking import Asking
from pegboard_openai.endpoint import endpoint_from, is_configured
from pegboard_openai.lifeline import Lifeline
from pegboard_openai.lines import Lines
from pegboard_openai.listing import models_of
from pegboard_openai.nearby import candidates, found, said
from pegboard_openai.server import Server
from pegboard_sdk import Context, ModelContext, ModelInfo, ModelReply, PegboardError, Setup, StreamModel

LIST_S: Final = 10.0


class Provider:
    """One server, as set up at start."""

    def __init__(self) -> None:
        self._setup = Setup()
        self._server: Server | None = None

    def start(self, setup: Setup) -> None:
        """Get ready for the first request. A setting that is wrong is told when a model is asked."""
        self._setup = setup
        with suppress(PegboardError):
            # Not `Thread`, which waits for its first steps: the greeting is to be answered first.
            _thread.start_new_thread(_warmed, (self._known().lines,))

    def stop(self) -> None:
        """Close the connections that are kept."""
        if self._server is not None:
            self._server.lines.close()

    def stream(self, request: StreamModel, ctx: ModelContext) -> ModelReply:
        """Ask the model. Raises the errors that `faults` names; when cancelled, the connection is closed at once."""
        return Asking(self._known(), request, asked_of(request), ctx).reply()

    def models(self, ctx: Context) -> list[ModelInfo]:
        """The models that the server lists; none, and nothing asked, where no server was configured."""
        if not is_configured(self._setup):
            return []
        server = self._known()
        life = Lifeline()
        ctx.on_cancel(life.cut)
        return models_of(server.profile, server.fetch(life, LIST_S))

    def local(self, ctx: Context) -> str:
        """The local servers that answer, in words. Raises InvalidParams for a setting that names anything else."""
        life = Lifeline()
        ctx.on_cancel(life.cut)
        urls = candidates(self._setup.settings.get("local"))
        return said(found(urls, life), urls)

    def _known(self) -> Server:
        if self._server is None:
            self._server = Server(endpoint_from(self._setup))
        return self._server


def _warmed(lines: Lines) -> None:
    with suppress(PegboardError):
        lines.warm()
