"""Plays a recorded session as a model: the kernel hands the recording over in the settings, so it needs no rights.

Which turn comes next follows from the conversation alone: an interrupted session goes on where it was.
"""

from pegboard_replay.player import Player
from pegboard_sdk import Context, ModelContext, ModelInfo, ModelReply, Plugin, StreamModel


def _assembled() -> Plugin:
    plugin = Plugin("replay")
    player = Player()
    plugin.on_start(player.start)

    @plugin.model("replay")
    def stream(request: StreamModel, *, ctx: ModelContext) -> ModelReply:
        """Plays the next recorded turn."""
        return player.stream(request, ctx)

    @plugin.models
    def models(*, ctx: Context) -> list[ModelInfo]:
        """Names the recording, if there is one."""
        return player.models()

    return plugin


plugin = _assembled()
