"""The provider: the server as it was set up, asked for answers and for its models."""

from pegboard_anthropic.asking import Asking
from pegboard_anthropic.dialog import Dialog
from pegboard_anthropic.server import ANTHROPIC, connect
from pegboard_sdk import Context, ModelContext, ModelInfo, ModelReply, StreamModel
from pegboard_sdk.http import Lifeline, Station, is_configured, persist


class Provider:
    """One server, as set up at the station."""

    def __init__(self) -> None:
        self.station = Station(connect)

    def stream(self, request: StreamModel, ctx: ModelContext) -> ModelReply:
        """Ask the model. Raises the errors that `faults` names; when cancelled, the connection is closed at once."""
        server = self.station.server()
        dialog = server.dialogs.grown(request.conversation, ctx.entries(request), request.blobs, Dialog)
        life = Lifeline.of(ctx)
        asking = Asking(server, request, dialog, ctx, life)
        return persist(asking.attempt, server.endpoint, life, ctx)

    def models(self, ctx: Context) -> list[ModelInfo]:
        """The models that the server lists; none, and nothing asked, where no server was configured."""
        if not is_configured(ANTHROPIC, self.station.setup):
            return []
        life = Lifeline.of(ctx)
        return self.station.server().directory.listed(life)
