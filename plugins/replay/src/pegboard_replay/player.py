"""The provider: a recording, the pace at which it is played, and nothing that a conversation does not already say."""

from threading import Event
from typing import Any, Final

from msgspec.structs import replace

from pegboard_replay.playing import deltas
from pegboard_replay.recording import Recording, recording_from, turn_from
from pegboard_sdk import Finish, InvalidParams, ModelContext, ModelInfo, ModelReply, Setup, StreamModel, ToolCall
from pegboard_sdk.wire.replaying import TURN

MAX_PACE_MS: Final = 10_000


class Player:
    """What was given at start. `turns` are the recorded messages, `pace_ms` the pause before each word."""

    def __init__(self) -> None:
        self._settings: dict[str, Any] = {}
        self._recording: Recording | None = None

    def start(self, setup: Setup) -> None:
        """Take the settings; what is wrong with them is told when the first turn is wanted."""
        self._settings = setup.settings

    def stream(self, request: StreamModel, ctx: ModelContext) -> ModelReply:
        """Play the turn that goes along with the request, else the one of the recording that follows the conversation.

        Raises what `Recording.next_after` and `turn_from` do.
        """
        handed = request.params.get(TURN)
        turn = self._loaded().next_after(ctx.entries(request)) if handed is None else turn_from(handed)
        pause_s = self._pace_ms() / 1000
        cut = Event()
        ctx.on_cancel(cut.set)
        for delta in deltas(turn):
            cut.wait(pause_s)
            ctx.check()
            ctx.delta(delta)
        calls = any(isinstance(part, ToolCall) for part in turn.parts)
        finish = turn.finish or (Finish.TOOL_CALLS if calls else Finish.STOP)
        return ModelReply(message=replace(turn, model=request.model, finish=finish), usage=turn.usage)

    def models(self) -> list[ModelInfo]:
        """The one model, where a recording was given."""
        return [ModelInfo(id="recording")] if self._settings.get("turns") else []

    def _loaded(self) -> Recording:
        if self._recording is None:
            self._recording = recording_from(self._settings)
        return self._recording

    def _pace_ms(self) -> float:
        pace = self._settings.get("pace_ms", 0)
        if isinstance(pace, bool) or not isinstance(pace, int | float) or not 0 <= pace <= MAX_PACE_MS:
            raise InvalidParams(f"pace_ms: {pace!r}; must be milliseconds, at least 0 and at most {MAX_PACE_MS}")
        return float(pace)
