"""The provider: the server as it was set up, asked for answers and for its models."""

from typing import TYPE_CHECKING, Final

from pegboard_openai.asked import asked_of
from pegboard_openai.asking import Asking
from pegboard_openai.endpoint import OPENAI
from pegboard_openai.listing import models_of
from pegboard_openai.nearby import candidates, found, said
from pegboard_openai.server import connect
from pegboard_sdk import Context, ModelContext, ModelInfo, ModelReply, StreamModel
from pegboard_sdk.http import Lifeline, Station, is_configured

if TYPE_CHECKING:
    from pegboard_sdk import AskBatch, BatchJob

LIST_S: Final = 10.0


class Provider:
    """One server, as set up at the station."""

    def __init__(self) -> None:
        self.station = Station(connect)

    def stream(self, request: StreamModel, ctx: ModelContext) -> ModelReply:
        """Ask the model. Raises the errors that `faults` names; when cancelled, the connection is closed at once."""
        return Asking(self.station.server(), request, asked_of(request), ctx).reply()

    def models(self, ctx: Context) -> list[ModelInfo]:
        """The models that the server lists; none, and nothing asked, where no server was configured."""
        if not is_configured(OPENAI, self.station.setup):
            return []
        server = self.station.server()
        life = Lifeline.of(ctx)
        return models_of(server.profile, server.fetch(life, LIST_S))

    def batches(self, asked: "AskBatch", ctx: Context) -> "list[BatchJob]":
        """What was asked about batch jobs; see `batch.desk.Desk.do`."""
        from pegboard_openai.batch.desk import Desk  # noqa: PLC0415 - few sessions have any

        return Desk(self.station.server(), asked, ctx).do()

    def local(self, ctx: Context) -> str:
        """The local servers that answer, in words. Raises InvalidParams for a setting that names anything else."""
        life = Lifeline.of(ctx)
        urls = candidates(self.station.setup.settings.get("local"))
        return said(found(urls, life), urls)
