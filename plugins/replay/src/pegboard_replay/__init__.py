"""Plays a recorded session as a model, and compares what came of it with the record.

It needs no rights: the kernel hands over what is to be played and compared.
"""

from pegboard_replay.desk import answer
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

    @plugin.command("replay", summary="How to play, check, compare and fork recorded sessions.")
    def replay(text: str) -> str:
        """Compare a turn with its record, for `peg replay`; say what a person can type."""
        return answer(text)

    return plugin


plugin = _assembled()
