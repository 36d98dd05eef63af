"""`--input-format stream-json`: a program converses over lines of JSON; `stream-json` goes out on standard output.

Lines in: `message` (text, `when` it goes in while a run is on: "queue" or "steer"), `interrupt`, `answers` (the caller
can answer: questions come as lines from then on), and `answer` (to a question, by its id, with its `sha256`).
The end of input ends the program once everything was worked through.
"""

import sys
from typing import Final

import msgspec
import trio
from msgspec import Struct

from pegboard.cli.fronts import STREAMED, JsonLines
from pegboard.fronts.conversation import Conversation
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.fronting import Prompted, When
from pegboard_sdk.wire.records import Answer, Question

LONGEST: Final = 16 << 20


class Line(Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """One line of standard input."""


class MessageLine(Line, frozen=True, tag="message"):
    """Something is said."""

    text: str
    when: When = When.QUEUE


class AnswerLine(Line, frozen=True, tag="answer"):
    """A question is answered."""

    question: str
    answer: str
    sha256: str = ""


class InterruptLine(Line, frozen=True, tag="interrupt"):
    """What runs is to stop."""


class AnswersLine(Line, frozen=True, tag="answers"):
    """The caller can answer questions."""


_lines: Final = msgspec.json.Decoder(MessageLine | AnswerLine | InterruptLine | AnswersLine)


class Caller(JsonLines):
    """The program at the other end: shown everything, and asked once it said that it can answer."""

    can_answer = False

    def __init__(self, session: str) -> None:
        super().__init__(sys.stdout, session)
        self._answers: dict[str, Answer] = {}
        self._answered = trio.Event()

    async def ask(self, question: Question) -> Answer | None:
        """Wait for the line that answers it; None where the caller cannot answer."""
        while self.can_answer and question.question not in self._answers:
            await self._answered.wait()
        return self._answers.pop(question.question, None)

    def begin_answering(self) -> None:
        """From now on questions and answers are lines too."""
        self.can_answer = True
        self.streamed = (*STREAMED, Question, Answer)

    def take(self, line: AnswerLine) -> None:
        """An answer came."""
        said = Answer(question=line.question, answer=line.answer, by="caller", sha256=line.sha256)
        self._answers[line.question] = said
        self._wake()

    def end(self) -> None:
        """No answers will come any more."""
        self.can_answer = False
        self._wake()

    def _wake(self) -> None:
        self._answered.set()
        self._answered = trio.Event()


async def converse_in_lines(conversation: Conversation, caller: Caller, first: str) -> bool:
    """Work through all that comes in; whether every line could be read."""
    good = True
    if first:
        await conversation.prompt(Prompted(text=first))
    while text := await trio.to_thread.run_sync(sys.stdin.buffer.readline, LONGEST, abandon_on_cancel=True):
        try:
            if text.strip():
                await _obey(conversation, caller, _lines.decode(text))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, PegboardError) as error:
            good = False
            conversation.agent.session.fail("INPUT", f"a line of input that cannot be obeyed: {error}")
    caller.end()
    await conversation.idle()
    return good


async def _obey(
    conversation: Conversation, caller: Caller, line: MessageLine | AnswerLine | InterruptLine | AnswersLine
) -> None:
    match line:
        case MessageLine():
            await conversation.prompt(Prompted(text=line.text, when=line.when))
        case AnswerLine():
            caller.take(line)
        case InterruptLine():
            conversation.interrupt()
        case AnswersLine():
            caller.begin_answering()
