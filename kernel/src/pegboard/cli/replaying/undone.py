"""What the plugin `undo` knows of a session's changes in its workspace: also those that commands made."""

import os
from typing import Final

import msgspec

from pegboard.cli.holding import Holding, hold
from pegboard.cli.launch import launch
from pegboard.cli.options import Options
from pegboard.cli.replaying.recorded import Recorded
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.methods import COMMAND_RUN, RunCommand
from pegboard_sdk.wire.records import Rewound

COMMAND: Final = "diff"


def changed_by(recorded: Recorded, *, since: int = 0) -> str:
    """The diffs, and a line for what is no text, of all that the session changed from prompt `since` on and that still
    stands. Empty where nobody knows: then the record alone tells what it shows."""
    if any(isinstance(row.record, Rewound) for row in recorded.rows):
        return ""  # files may have been taken back with the conversation, which the numbers of prompts do not tell
    here = os.getcwd()
    try:
        return _asked(recorded, str(since) if since else "")
    except (PegboardError, OSError):
        return ""
    finally:
        os.chdir(here)


def _asked(recorded: Recorded, text: str) -> str:
    options = Options(cwd=recorded.workspace, no_session=True, model="none/none")
    started = launch(options, takes_prompts=False)
    offer = started.registry.commands.available.get(COMMAND)

    async def ask(holding: Holding) -> str:
        if offer is None:
            return ""
        order = RunCommand(command=COMMAND, text=text, session=recorded.session)
        value = await holding.board.call(offer.plugin, COMMAND_RUN, pack(order))
        try:
            said = msgspec.msgpack.decode(value, type=str)
        except BAD_BODY:
            return ""
        return f"{said}\n"

    return hold(started, ask, lone=True)
