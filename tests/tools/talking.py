"""A conversation with a provider's model, as the kernel has it."""

import itertools

from pegboard_sdk import (
    Delta,
    Message,
    ModelReply,
    Outcome,
    Role,
    StreamModel,
    Text,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from pegboard_sdk.wire.conversation import EMPTY, extended

BASH = ToolSpec(name="bash", description="Runs a command.", input={"type": "object", "properties": {}})
USER = Message(role=Role.USER, parts=(Text(text="go"),))


class Talk:
    """One conversation: each request carries only what is new."""

    numbers = itertools.count()

    def __init__(self, board, model="m"):
        self.board, self.conversation, self.model, self.base = board, f"c{next(self.numbers)}", model, EMPTY

    def start(self, *entries, tools=(BASH,), **more):
        """A request under way."""
        request = StreamModel(
            model=self.model, conversation=self.conversation, base=self.base, append=entries, tools=tools, **more
        )
        for entry in entries:
            self.base = extended(self.base, entry)
        return self.board.stream_model(request)

    def ask(self, *entries, **more):
        """A reply."""
        return self.start(*entries, **more).result(ModelReply)


def results(message, outcome=Outcome.OK):
    """The results of a message's calls."""
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    return [
        ToolResult(call=call.call, tool=call.tool, outcome=outcome, parts=(Text(text=f"did {call.arguments}"),))
        for call in calls
    ]


def streamed(call):
    """What was streamed: the text of each stream and call."""
    texts: dict[tuple[str, str], str] = {}
    for delta in call.items(Delta):
        texts[delta.stream, delta.call] = texts.get((delta.stream, delta.call), "") + delta.text
    return texts
