"""What a person orders: a command with `!`, through the same gate (`!!` tells the model nothing), or another mode."""

from typing import Final

import msgspec

from pegboard.agent import Agent
from pegboard.execution import Wanted
from pegboard.gate.policy import Policy
from pegboard.gate.verdict import Mode
from pegboard_sdk.errors import InvalidParams, NotFound, PermissionDenied
from pegboard_sdk.wire.manifest import SubjectKind
from pegboard_sdk.wire.records import Message, Role, Text, ToolResult

MARK: Final = "!"
BY: Final = "user"


async def run_order(agent: Agent, line: str) -> Message | None:
    """Run the command of a line; what a model is to know of it, if it is.

    Deny rules hold. What would be asked counts as answered by the one who typed it, and is journaled so.
    Raises NotFound where no tool runs commands.
    """
    command = line.lstrip(MARK).strip()
    tool, param = _runner(agent)
    call = f"{BY}/{agent.session.journal.seq}"
    result = await agent.dispatcher.run_one(
        Wanted(call, tool, msgspec.json.encode({param: command}).decode(), 0, by=BY)
    )
    if line.startswith(MARK * 2):
        return None
    text = f"I ran `{command}` myself:\n\n{_text(result) or 'no output'}"
    return Message(role=Role.USER, parts=(Text(text=text),))


def _runner(agent: Agent) -> tuple[str, str]:
    """The tool that runs commands, and its parameter."""
    for name, tool in agent.dispatcher.toolbox.tools.items():
        for subject in tool.entry.subjects:
            if subject.kind is SubjectKind.COMMAND:
                return name, subject.param
    raise NotFound("no tool here runs commands; `!` needs a plugin such as `shell`: peg plugin install pegboard-shell")


def _text(result: ToolResult) -> str:
    return "\n".join(part.text for part in result.parts if isinstance(part, Text)).strip()


def with_mode(policy: Policy, mode: str) -> Policy:
    """The policy in another mode. Raises InvalidParams for none, PermissionDenied for one beyond the cap."""
    if mode.upper() not in Mode.__members__:
        raise InvalidParams(f"no mode {mode!r}; there are {', '.join(each.name.lower() for each in Mode)}")
    if Mode[mode.upper()] > policy.cap:
        raise PermissionDenied(f"mode {mode} is beyond {policy.cap.name.lower()}, the widest permitted here")
    return msgspec.structs.replace(policy, mode=Mode[mode.upper()])
