"""Commands that are prompts: the model does the work, through the gate like any other."""

from typing import Final

from pegboard.cli.slash.scene import Scene
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.fronting import Prompted, Said

_INIT: Final = """\
Write AGENTS.md in this folder: what a coding agent has to know to work on this project, and nothing that it would \
see anyway. Look first at the README, at the files that build and test it, at the layout and at a few typical \
sources. Then write, in at most 60 lines: what the project is; how to build, run, lint and test it, with commands \
that you have found to exist; where what is; the conventions that the code keeps to; what one must not do. If \
there is an AGENTS.md already, improve it and keep what its authors wrote that is still true."""
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


async def init(scene: Scene, rest: str) -> Said:
    """AGENTS.md from the project."""
    return await _prompted(scene, f"{_INIT}\n\n{rest}" if rest else _INIT)


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
    """A question that the conversation does not remember."""
    if not rest:
        raise InvalidParams("ask something: /btw QUESTION")
    return Said(
        text="`/btw` needs model calls beside the conversation, which this build does not have; `/fork` and ask there",
        failed=True,
    )
