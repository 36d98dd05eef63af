"""What a session gets back when somebody goes on with it: folders that were added, and prompts that nobody heard."""

from pegboard.cli.conversing.unheard import give_back
from pegboard.cli.folders.admitting import regain
from pegboard.cli.slash.scene import Ground, Talk


async def take_up(ground: Ground, talk: Talk) -> list[str]:
    """The session was just opened; sentences about what went unheard in it. All of it is recorded."""
    await regain(ground, talk.agent, talk.start)
    notes = await give_back(talk.agent.session, talk.waiting)
    talk.waiting.settle()
    return notes
