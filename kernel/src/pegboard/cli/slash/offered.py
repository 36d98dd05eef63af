"""Commands of plugins: run by the plugin that offers one, or one sentence about how to get it."""

from typing import Final

import msgspec

from pegboard.cli.slash.scene import Scene
from pegboard.session import Served
from pegboard_sdk.errors import NotFound, ProtocolViolation
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.methods import COMMAND_RUN, RunCommand
from pegboard_sdk.wire.records import ToolUse

_text: Final = msgspec.msgpack.Decoder(str | None)


NOT_YET: Final = frozenset({"agents", "browser", "mcp", "remote", "voice"})
"""Plugins that commands are for and that do not ship: a package of such a name is a stranger's."""


def missing(name: str, plugin: str) -> str:
    """Why a command cannot be run here, and what would help."""
    if plugin in NOT_YET:
        return f"`/{name}` needs a plugin `{plugin}`, and none ships with Pegboard yet"
    return f"`/{name}` needs the plugin `{plugin}`: peg plugin install pegboard-{plugin}"


async def run_command(scene: Scene, name: str, text: str, *, of: str = "undo") -> str:
    """Let the plugin that offers a command run it, and give what it says. Raises what the plugin
    answers, and NotFound, which names the plugin `of` which it is, where none does."""
    offers = scene.started.registry.commands
    if name not in offers.available and name not in offers.clashes:
        raise NotFound(missing(name, of))
    offer = offers.find(name)
    value = await scene.ground.board.call(
        offer.plugin,
        COMMAND_RUN,
        pack(RunCommand(command=name, text=text, session=scene.session.id)),
        serving=served(scene, name, offer.plugin),
    )
    try:
        return _text.decode(value) or ""
    except BAD_BODY as error:
        raise ProtocolViolation(f"{offer.plugin} answered /{name} with what is no text") from error


def served(scene: Scene, name: str, plugin: str = "") -> Served:
    """What a command has of the session: it may ask people and models, and calls no tool by itself."""
    session = scene.session
    turn = session.transcript.turn
    use = ToolUse(call=f"command/{session.journal.seq}", tool=f"/{name}", arguments={}, turn=turn, plugin=plugin)
    return Served(session=session, use=use)
