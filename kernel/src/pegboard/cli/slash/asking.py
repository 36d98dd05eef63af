"""Asks the person who typed a command to choose, through whichever front-end they sit at."""

import os
from collections.abc import Sequence

from pegboard.cli.slash.scene import Scene
from pegboard_sdk.wire.records import Question


async def choose(scene: Scene, text: str, choices: Sequence[str]) -> str:
    """What was chosen, word for word; empty when nobody is there or the answer is none of the choices."""
    question = Question(question=f"slash/{os.urandom(4).hex()}", text=text, choices=tuple(choices))
    answer = await scene.talk.audience.ask(question)
    said = answer.answer.strip() if answer is not None else ""
    if said in choices:
        return said
    meant = [choice for choice in choices if said and choice.split()[0] == said]
    return meant[0] if len(meant) == 1 else ""
