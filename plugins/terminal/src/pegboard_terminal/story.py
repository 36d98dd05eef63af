"""What happened, as items to print and what is still open. Pure: records and times in, items out; it draws nothing."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from pegboard_sdk.wire.records import (
    Answer,
    AnyRecord,
    Closed,
    Compacted,
    Delta,
    Ending,
    Failure,
    Init,
    Message,
    Question,
    Reasoning,
    Rewound,
    Role,
    Switched,
    Text,
    ToolResult,
    ToolUse,
)
from pegboard_terminal.blocks import Block, Blocks
from pegboard_terminal.items import Called, Decided, Ended, Item, Note, Prompt, Prose, Thought, Trouble

TAIL: Final = 2000
"""Characters of a running call's output that are kept for the live area."""
_UNTOLD: Final = frozenset({Ending.DONE, Ending.ERROR, Ending.LIMIT_TURNS, Ending.LIMIT_BUDGET})
"""The ends that need no word: an error and a limit were told when they came."""
REMEMBERED: Final = 64
"""Folded items that can still be expanded."""


class Running:
    """A call that has not ended: since when, and the end of its output."""

    def __init__(self, use: ToolUse, since: float) -> None:
        self.use = use
        self.since = since
        self.tail = ""


class Story:
    """Folds a session's records. `take` gives what is finished; the rest of its state is what is open."""

    def __init__(self, workspace: str = "") -> None:
        self.workspace = workspace
        self.running: dict[str, Running] = {}
        self.thinking = ""
        self.thinking_since = 0.0
        self.folded: deque[Item] = deque(maxlen=REMEMBERED)
        self._blocks = Blocks()
        self._streamed = False
        self._streamed_thought = False
        self._questions: dict[str, Question] = {}
        self._take: Final[dict[type, Callable[..., Iterable[Item]]]] = {
            Init: self._init,
            Message: self._message,
            Delta: self._delta,
            ToolUse: self._use,
            ToolResult: self._result,
            Question: self._question,
            Answer: self._answer,
            Failure: self._failure,
            Closed: self._closed,
            Rewound: lambda record, now: [Note("rewound: what came after is out of the conversation")],
            Switched: self._switched,
            Compacted: lambda record, now: [Note(_compacted(record))],
        }

    def take(self, record: AnyRecord, now: float) -> list[Item]:
        """What a record finished, in order. `now` is in seconds of any clock that only grows."""
        handler = self._take.get(type(record))
        found = list(handler(record, now)) if handler else []
        self.folded.extend(item for item in found if isinstance(item, Called | Thought))
        return found

    @property
    def open(self) -> Block | None:
        """The block of the answer that is not finished."""
        return self._blocks.open

    def _init(self, record: Init, now: float) -> Iterable[Item]:
        if record.workspace:
            self.workspace = record.workspace
        return [Note("the session goes on")] if record.resumed else []

    def _delta(self, delta: Delta, now: float) -> Iterable[Item]:
        if delta.stream == "text":
            found = self._end_thinking(now)
            self._streamed = True
            return [*found, *map(Prose, self._blocks.feed(delta.text))]
        if delta.stream == "reasoning":
            if not self.thinking:
                self.thinking_since = now
            self.thinking += delta.text
            self._streamed_thought = True
        elif delta.stream == "output" and delta.call in self.running:
            call = self.running[delta.call]
            call.tail = (call.tail + delta.text)[-TAIL:]
        return []

    def _message(self, message: Message, now: float) -> Iterable[Item]:
        if message.role is Role.USER:
            text = "\n".join(part.text for part in message.parts if isinstance(part, Text) and not part.origin)
            return [*self._end(now), Prompt(text)] if text.strip() else self._end(now)
        if message.role is not Role.ASSISTANT:
            return []
        found: list[Item] = []
        if not self._streamed_thought:
            thought = "\n".join(part.text for part in message.parts if isinstance(part, Reasoning) and part.text)
            if thought.strip() and self._streamed:
                # Its place is above what was printed already; it can still be unfolded.
                self.folded.append(Thought(thought))
            elif thought.strip():
                found.append(Thought(thought))
        found += self._end_thinking(now)
        if not self._streamed:
            for part in message.parts:
                if isinstance(part, Text):
                    found += map(Prose, self._blocks.feed(part.text))
                    found += map(Prose, self._blocks.finish())
        found += self._end(now)
        self._streamed = self._streamed_thought = False
        return found

    def _use(self, use: ToolUse, now: float) -> Iterable[Item]:
        found = self._end(now)
        if not use.parent:
            self.running[use.call] = Running(use, now)
        return found

    def _result(self, result: ToolResult, now: float) -> Iterable[Item]:
        running = self.running.pop(result.call, None)
        return [Called(running.use if running else None, result, self.workspace)]

    def _question(self, question: Question, now: float) -> Iterable[Item]:
        self._questions[question.question] = question
        return []

    def _answer(self, answer: Answer, now: float) -> Iterable[Item]:
        question = self._questions.pop(answer.question, None)
        return [] if answer.by in {"", "policy"} else [*self._end(now), Decided(question, answer)]

    def _failure(self, failure: Failure, now: float) -> Iterable[Item]:
        found = [*self._end(now), Trouble(failure)]
        # What a model said before its call failed is said again by the next try.
        self._streamed = self._streamed_thought = False
        return found

    def _closed(self, closed: Closed, now: float) -> Iterable[Item]:
        found = self._end(now)
        self.running.clear()
        self._questions.clear()
        self._streamed = self._streamed_thought = False
        return found if closed.end in _UNTOLD else [*found, Ended(closed)]

    def _switched(self, record: Switched, now: float) -> Iterable[Item]:
        words = [
            f"model {record.model}" if record.model else "",
            f"effort {record.effort}" if record.effort else "",
            f"mode {record.mode}" if record.mode else "",
        ]
        return [Note(f"→ {', '.join(filter(None, words))}")] if any(words) else []

    def _end(self, now: float) -> list[Item]:
        return [*self._end_thinking(now), *map(Prose, self._blocks.finish())]

    def _end_thinking(self, now: float) -> list[Item]:
        if not self.thinking:
            return []
        thought = Thought(self.thinking, now - self.thinking_since)
        self.thinking = ""
        return [thought]


def _compacted(record: Compacted) -> str:
    if record.undoes:
        return "the last compaction was taken back"
    left = "what came before was summarised" if record.summary else "old results can be read back by their handles"
    return f"compacted: {left}"
