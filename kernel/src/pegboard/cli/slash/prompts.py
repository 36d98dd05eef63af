"""Commands that are prompts: the model does the work, through the gate like any other."""

from typing import Final

import msgspec

from pegboard.cli.context.initial import INIT
from pegboard.cli.slash.offered import served
from pegboard.cli.slash.scene import Scene
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.fronting import Form, Prompted, Said
from pegboard_sdk.wire.modelling import CallModel, ModelAnswer
from pegboard_sdk.wire.records import Message, Role, Text

_REVIEW: Final = """\
Review {what}. Change nothing. Look at what changed and at what depends on it; run the tests if that needs no \
change. Report only what you checked, the worst first: each finding with file and line, why it is wrong, and how \
you would repair it. Separate faults from matters of taste, and say so if there are none."""
_COMMIT: Final = """\
Commit what belongs to the work of this session{message}. Look at the state of the repository first; stage only \
files that belong together, never secrets or build output; follow the style of the earlier messages. Do not push."""
_PULL: Final = """\
Prepare a pull request for the work of this branch{words}. Look at the commits and the difference to the main \
branch. Write a title and a description with summary, changes, testing and notes. If a program for it is installed \
(gh, glab) offer to open it, and ask before anything is pushed; else print the text."""

_BESIDE: Final = """\
You are asked something beside a conversation between a user and a coding agent, of which you see what was said. \
Answer the last message briefly, from that and from what you know. You have no tools here, and your answer is no part \
of the conversation."""


async def init(scene: Scene, rest: str) -> Said:
    """AGENTS.md from the project."""
    return await _prompted(scene, f"{INIT}\n{rest}" if rest else INIT)


async def review(scene: Scene, rest: str) -> Said:
    """What changed, or what is named."""
    return await _prompted(
        scene, _REVIEW.format(what=rest or "the changes in the working folder that are not committed")
    )


async def commit(scene: Scene, rest: str) -> Said:
    """By the model, through the gate."""
    return await _prompted(scene, _COMMIT.format(message=f", with this message: {rest}" if rest else ""))


async def pull_request(scene: Scene, rest: str) -> Said:
    """Prepared by the model; pushing is asked."""
    return await _prompted(scene, _PULL.format(words=f" ({rest})" if rest else ""))


async def _prompted(scene: Scene, text: str) -> Said:
    await scene.talk.prompt(Prompted(text=text))
    return Said()


async def btw(scene: Scene, rest: str) -> Said:
    """A question that the conversation does not remember: what was said so far goes along as text, and no tools."""
    if not rest:
        raise InvalidParams("ask something: /btw QUESTION")
    session = scene.session
    if session.call_model is None:
        return Said(text="no model can be asked beside this conversation; `/fork` and ask there", failed=True)
    said = tuple(_text(entry) for entry in session.transcript.entries() if isinstance(entry, Message))
    question = Message(role=Role.USER, parts=(Text(text=rest),))
    wanted = CallModel(purpose="btw", system=_BESIDE, messages=(*(one for one in said if one.parts), question))
    answer = msgspec.msgpack.decode(await session.call_model(served(scene, "btw"), pack(wanted)), type=ModelAnswer)
    text = "".join(part.text for part in answer.message.parts if isinstance(part, Text))
    return Said(text=text or "the model said nothing", form=Form.MARKDOWN)


def _text(message: Message) -> Message:
    """What was said in it: calls would need tools beside them."""
    parts = tuple(Text(text=part.text) for part in message.parts if isinstance(part, Text) and part.text.strip())
    return Message(role=message.role, parts=parts)
