"""Commands of plugins: run by the plugin that offers one, or one sentence about how to get it."""

from typing import Final

import msgspec

from pegboard.cli.slash.scene import Scene
from pegboard.dispatch import Serving
from pegboard_sdk.errors import NotFound, ProtocolViolation
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.methods import COMMAND_RUN, RunCommand
from pegboard_sdk.wire.records import ToolUse

_text: Final = msgspec.msgpack.Decoder(str | None)


def missing(name: str, plugin: str) -> str:
    """Why a command cannot be run here, and what would help."""
    return f"`/{name}` needs the plugin `{plugin}`: peg plugin install pegboard-{plugin}"


async def run_command(scene: Scene, name: str, text: str, *, of: str = "undo") -> str:
    """Let the plugin that offers a command run it, and give what it says. Raises what the plugin
    answers, and NotFound, which names the plugin `of` which it is, where none does."""
    offers = scene.started.registry.commands
    if name not in offers.available and name not in offers.clashes:
        raise NotFound(missing(name, of))
    offer = offers.find(name)
    session, dispatcher = scene.session, scene.talk.agent.dispatcher
    call = f"command/{session.journal.seq}"
    use = ToolUse(
        call=call, tool=f"/{name}", arguments={"text": text}, turn=session.transcript.turn, plugin=offer.plugin
    )
    value = await scene.ground.board.call(
        offer.plugin,
        COMMAND_RUN,
        pack(RunCommand(command=name, text=text, session=session.id)),
        serving=Serving(session=session, approval=dispatcher.approval, dispatcher=dispatcher, use=use),
    )
    try:
        return _text.decode(value) or ""
    except BAD_BODY as error:
        raise ProtocolViolation(f"{offer.plugin} answered /{name} with what is no text") from error
