"""An answer put together from its blocks: deltas on the way, one neutral message at the end. No I/O.

Every block keeps its place. What has no neutral form (signatures, hidden thinking, what the server's own tools did)
stays with its part as opaque data.
"""

import secrets
from collections.abc import Collection
from typing import Any, Final

import msgspec

from pegboard_anthropic.faults import OVERFULL
from pegboard_anthropic.turns import PROVIDER
from pegboard_anthropic.words import Change, Count, Details, Event, event_decoder
from pegboard_sdk import Delta, Finish, Message, Opaque, Reasoning, Role, Text, ToolCall, Usage
from pegboard_sdk.http import Fault, Reported

PAUSED: Final = "pause_turn"
_FINISHES: Final = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    PAUSED: Finish.STOP,
    "tool_use": Finish.TOOL_CALLS,
    "max_tokens": Finish.LENGTH,
    "refusal": Finish.REFUSED,
}


class _Block:
    """A content block on its way: `given` is how it began, `texts` what came since."""

    def __init__(self, given: dict[str, Any], call: str = "") -> None:
        self.kind = str(given.get("type", ""))
        self.given = given
        self.call = call
        self.texts: list[str] = []
        self.signature = str(given.get("signature") or "")
        self.citations: list[dict[str, Any]] = list(given.get("citations") or ())

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def part(self, answer_tool: str) -> Text | Reasoning | ToolCall | None:
        if self.kind == "tool_use" and self.given.get("name") == answer_tool:
            return Text(text=self.text)
        match self.kind:
            case "text":
                opaque = Opaque(provider=PROVIDER, data={"citations": self.citations}) if self.citations else None
                return Text(text=self.text, opaque=opaque) if self.text else None
            case "thinking":
                own = Opaque(provider=PROVIDER, data={"signature": self.signature}) if self.signature else None
                return Reasoning(text=self.text, opaque=own)
            case "tool_use":
                return ToolCall(call=self.call, tool=str(self.given.get("name", "")), arguments=self.text or "{}")
        kept = dict(self.given) | ({"input": _object(self.text)} if self.text else {})
        return Reasoning(opaque=Opaque(provider=PROVIDER, data={"block": kept}))


class Answer:
    """The answer so far. `taken` are ids of calls that the conversation already has: they are not given twice.

    `answer_tool` is the tool that was forced so that its arguments are the answer: they are its text.
    """

    def __init__(self, *, model: str, taken: Collection[str] = (), answer_tool: str = "") -> None:
        self._model = model
        self._taken = taken
        self._answer_tool = answer_tool
        self._blocks: list[_Block] = []
        self._at: dict[int, _Block] = {}
        self._count: Count | None = None
        self._before = Usage()
        self._details: Details | None = None
        self.stop: str | None = None
        self.is_done = False

    @property
    def has_ended(self) -> bool:
        """Whether the server said why it stopped."""
        return self.stop is not None

    @property
    def received(self) -> int:
        """Characters of text, reasoning and arguments so far."""
        return sum(len(text) for block in self._blocks for text in block.texts)

    def read(self, data: bytes, name: bytes = b"") -> list[Delta]:
        """Add an event, or a document that is the whole answer. Raises `BAD_JSON` and Reported."""
        event = event_decoder.decode(data)
        if event.error is not None:
            raise Reported(event.error if isinstance(event.error, Fault) else Fault(message=event.error))
        before = self.stop
        deltas = self.take(event)
        self.is_done = event.type == "message_stop"
        if self.stop == OVERFULL:
            raise Reported(Fault(type=OVERFULL, message="it was full in mid-answer"))
        if self.stop == "refusal" and before is None:
            deltas += self._refusal()
        return deltas

    def take(self, event: Event) -> list[Delta]:
        """Add an event; gives what it says anew."""
        deltas: list[Delta] = []
        if event.message is not None:
            self._end(event.message.stop_reason, event.message.stop_details, event.message.usage)
            self._whole(event.message.content, deltas)
        if event.content_block is not None:
            self._begin(event.index, event.content_block, deltas)
        if event.delta is not None:
            self._change(event.index, event.delta, deltas)
        self._whole(event.content, deltas)
        self._end(event.stop_reason, event.stop_details, event.usage)
        return deltas

    def go_on(self) -> None:
        """What comes now continues the answer: its blocks are counted from 0 again, and so are its tokens."""
        self._before = self.usage() or Usage()
        self._at, self._count, self.stop, self._details, self.is_done = {}, None, None, None, False

    def message(self) -> Message:
        """The whole message; meaningful once `stop` is known."""
        parts = tuple(part for block in self._blocks if (part := block.part(self._answer_tool)) is not None)
        finish = _FINISHES.get(self.stop or "", Finish.STOP)
        has_calls = any(isinstance(part, ToolCall) for part in parts)
        if finish in (Finish.STOP, Finish.TOOL_CALLS):
            finish = Finish.TOOL_CALLS if has_calls else Finish.STOP
        return Message(role=Role.ASSISTANT, parts=parts, model=self._model, finish=finish, usage=self.usage())

    def usage(self) -> Usage | None:
        """Tokens as the server counted them, those of the cache included; None when it did not."""
        count, before = self._count, self._before
        if count is None:
            return before if before != Usage() else None
        cached, written = count.cache_read_input_tokens or 0, count.cache_creation_input_tokens or 0
        thought = (count.output_tokens_details or {}).get("thinking_tokens")
        return before + Usage(
            input=(count.input_tokens or 0) + written + cached,
            output=count.output_tokens or 0,
            cached=cached,
            written=written,
            reasoning=thought if isinstance(thought, int) else 0,
        )

    def _refusal(self) -> list[Delta]:
        """The sentence that an answer is given where the model refused: it says little or nothing itself."""
        why = (self._details.explanation or self._details.category if self._details else "") or "it does not say why"
        block = _Block({"type": "text"})
        block.texts.append(("\n\n" if self.received else "") + f"[the model refused: {why}]")
        self._blocks.append(block)
        return [Delta(stream="text", text=block.text)]

    def _end(self, stop: str | None, details: Details | None, count: Count | None) -> None:
        self.stop = stop or self.stop
        self._details = details or self._details
        if count is not None:
            known = msgspec.structs.asdict(self._count or Count())
            told = {key: value for key, value in msgspec.structs.asdict(count).items() if value is not None}
            self._count = Count(**(known | told))

    def _whole(self, content: list[dict[str, Any]] | None, deltas: list[Delta]) -> None:
        for index, block in enumerate(content or ()):
            self._begin(index, block, deltas)

    def _begin(self, index: int, given: dict[str, Any], deltas: list[Delta]) -> None:
        block = _Block(given, self._fresh(str(given.get("id") or "")) if given.get("type") == "tool_use" else "")
        self._blocks.append(block)
        self._at[index] = block
        if block.kind == "tool_use" and given.get("input"):
            self._add(block, msgspec.json.encode(given["input"]).decode(), deltas)
        elif block.kind in ("text", "thinking") and given.get(block.kind):
            self._add(block, str(given[block.kind]), deltas)

    def _change(self, index: int, change: Change, deltas: list[Delta]) -> None:
        self._end(change.stop_reason, change.stop_details, None)
        block = self._at.get(index)
        if block is None:
            return
        block.signature += change.signature
        if change.citation is not None:
            block.citations.append(change.citation)
        self._add(block, change.text or change.thinking or change.partial_json, deltas)

    def _add(self, block: _Block, text: str, deltas: list[Delta]) -> None:
        if not text:
            return
        block.texts.append(text)
        is_call = block.kind == "tool_use" and block.given.get("name") != self._answer_tool
        if block.kind in ("text", "thinking", "tool_use"):
            stream = "arguments" if is_call else "reasoning" if block.kind == "thinking" else "text"
            deltas.append(Delta(stream=stream, text=text, call=block.call if is_call else ""))

    def _fresh(self, given: str) -> str:
        """The server's id where it is usable, else one of ours."""
        known = {block.call for block in self._blocks}
        call = given
        while not call or call in known or call in self._taken:
            call = f"toolu_{secrets.token_hex(12)}"
        return call


def _object(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {}
