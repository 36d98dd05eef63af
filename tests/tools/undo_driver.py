"""The program, with commands of the plugin `undo` run at the end of its session.

    python undo_driver.py COMMANDS PEG-ARGUMENTS

COMMANDS is JSON: a list of [command, text]. What each answers, and what the workspace is then, goes to standard output
as a line of JSON, behind what the program wrote.
"""

import json
import os
import sys
from typing import Any

import msgspec
from undo_bench import snapshot

import pegboard.cli.headless
from pegboard.__main__ import main
from pegboard.cli.holding import Holding
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.methods import COMMAND_RUN, RunCommand


def driven(commands: list[list[str]]) -> None:
    held = pegboard.cli.headless.hold

    def hold(started: Any, action: Any, **more: Any) -> Any:
        async def both(holding: Holding) -> Any:
            status = await action(holding)
            for name, text in commands:
                run = RunCommand(command=name, text=text, session=holding.conversation.agent.session.id)
                said = msgspec.msgpack.decode(await holding.board.call("undo", COMMAND_RUN, pack(run)))
                print(json.dumps({"said": said, "tree": repr(sorted(snapshot(os.getcwd()).items()))}))
            return status

        return held(started, both, **more)

    pegboard.cli.headless.hold = hold


if __name__ == "__main__":
    driven(json.loads(sys.argv[1]))
    sys.argv[1:] = sys.argv[2:]
    main()
