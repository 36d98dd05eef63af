"""A kernel on the terminal that it is started on, with the front-end `terminal` before a model that follows steps.

`python terminal_kernel.py FOLDER STEPS`: steps as JSON, see `agent_desk`. Prints the journal's kinds at the end.
"""

import json
import sys
from pathlib import Path

import trio
from agent_desk import Desk

from pegboard.gate.verdict import Mode
from pegboard_sdk.wire.methods import Setup


class Front(Desk):
    """A desk whose front-end gets its own settings."""

    def _setup(self, instance: str, manifest: object) -> Setup:
        return Setup(settings={"notify": False}) if instance == "terminal" else super()._setup(instance, manifest)


async def main(folder: str, steps: str) -> None:
    """Hold the conversation until the person leaves."""
    desk = Front(Path(folder))
    desk.script(*json.loads(steps))
    async with desk.conversation(mode=Mode.ASK) as conversation:
        left = await desk.run_front(conversation, "terminal")
        kinds = [type(record).__name__ for record in desk.journal(conversation.agent)]
    (Path(folder) / "left.json").write_text(json.dumps({"leave": left.leave, "kinds": kinds}))


if __name__ == "__main__":
    trio.run(main, *sys.argv[1:])
