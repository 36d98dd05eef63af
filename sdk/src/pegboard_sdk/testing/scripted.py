"""A model that says what a script says, and a front-end that answers what a script answers. Neither needs a network."""

from collections import deque
from collections.abc import Iterable

import msgspec

from pegboard_sdk.context import ModelContext
from pegboard_sdk.errors import Upstream
from pegboard_sdk.plugin import Plugin
from pegboard_sdk.wire.methods import Entry, ModelInfo, ModelReply, StreamModel
from pegboard_sdk.wire.records import (
    Answer,
    AnyRecord,
    Delta,
    Finish,
    Message,
    Question,
    Role,
    Text,
    ToolCall,
    Usage,
)


def says(text: str) -> Message:
    """A reply of text alone: the end of a run."""
    return Message(role=Role.ASSISTANT, parts=(Text(text=text),), finish=Finish.STOP)


def calls_tool(tool: str, /, *, call: str = "", text: str = "", **arguments: object) -> Message:
    """A reply that wants a tool run. Several of them merge into one with `parts`."""
    wanted = ToolCall(call=call or f"{tool}-1", tool=tool, arguments=msgspec.json.encode(arguments).decode())
    spoken = (Text(text=text),) if text else ()
    return Message(role=Role.ASSISTANT, parts=(*spoken, wanted), finish=Finish.TOOL_CALLS)


class ScriptedModel(Plugin):
    """A provider that gives its replies in turn, text word by word, and keeps what it was sent in `seen`.

    A reply may be an exception: it is raised instead.
    """

    def __init__(self, replies: Iterable[Message | Exception] = (), *, name: str = "scripted") -> None:
        super().__init__(name)
        self.replies = deque(replies)
        self.requests: list[StreamModel] = []
        self.seen: list[tuple[Entry, ...]] = []
        self.model(name)(self._stream)
        self.models(_list_models)

    def _stream(self, request: StreamModel, *, ctx: ModelContext) -> ModelReply:
        entries = ctx.entries(request)
        self.requests.append(request)
        self.seen.append(entries)
        if not self.replies:
            raise Upstream(f"the script of `{self.id}` is at its end after {len(self.seen)} replies")
        reply = self.replies.popleft()
        if isinstance(reply, Exception):
            raise reply
        for part in reply.parts:
            if isinstance(part, Text):
                for word in part.text.split(" "):
                    ctx.delta(Delta(stream="text", text=word + " "))
        return ModelReply(message=reply, usage=Usage(input=len(entries), output=len(reply.parts)))


def _list_models(provider: str) -> list[ModelInfo]:
    return [ModelInfo(id=f"{provider}-1", context=100_000)]


class ScriptedFrontEnd:
    """Keeps every record that it is shown, and answers questions in turn; without an answer left it does not answer."""

    def __init__(self, answers: Iterable[str] = ()) -> None:
        self.answers = deque(answers)
        self.records: list[AnyRecord] = []
        self.questions: list[Question] = []

    def show(self, record: AnyRecord) -> None:
        """Take a record, as the kernel hands it over: without waiting."""
        self.records.append(record)

    async def ask(self, question: Question) -> Answer | None:
        """The next answer of the script; None when there is none."""
        self.questions.append(question)
        if not self.answers:
            return None
        said = self.answers.popleft()
        return Answer(question=question.question, answer=said, by="scripted", sha256=question.sha256)
