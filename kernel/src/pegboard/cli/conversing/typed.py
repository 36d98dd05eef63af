"""The slash commands that every front-end has: what they say, and what they do."""

from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

from pegboard.fronts.conversation import Conversation
from pegboard_sdk.wire.fronting import Completion, Completions, Said

LEAVE: Final = {"/exit", "/quit", "/q"}
HELP: Final = """\
/help   this
/cost   tokens so far
/exit   leave; so does Ctrl-D
!CMD    runs a command yourself; with !! the agent is not told
A \\ at the end of a line goes on with the next.
Ctrl-C clears the line, or interrupts the agent.
What you type while the agent works goes in behind its step.
To a question, the first letter of an answer will do; `show`
prints what was hidden of a long one. Anything else is a no,
and the agent is told what you wrote."""
NAMES: Final = ("/cost", "/exit", "/help")


class Slash(Struct, frozen=True):
    """Slash commands, as a conversation is given them."""

    run: Callable[[Conversation, str], Awaitable[Said]]
    complete: Callable[[Conversation, str], Awaitable[Completions]]


async def run(conversation: Conversation, line: str) -> Said:
    """Run a line that begins with a slash."""
    command = line.split(maxsplit=1)[0] if line.strip() else ""
    if command in LEAVE:
        return Said(leave=True)
    if command in {"/help", "/?"}:
        return Said(text=HELP)
    if command == "/cost":
        usage = conversation.agent.session.transcript.account.usage
        return Said(text=f"{usage.input} tokens in ({usage.cached} cached), {usage.output} out")
    return Said(text=f"no command {command}; /help lists them", failed=True)


async def complete(conversation: Conversation, text: str) -> Completions:
    """The commands that begin so."""
    items = [Completion(insert=name, replaces=len(text)) for name in NAMES if text and name.startswith(text)]
    return Completions(items=tuple(items))


SLASH: Final = Slash(run, complete)
