"""An answer put together from its pieces: deltas on the way, one neutral message at the end. No I/O.

Calls are told apart by index and id, in whatever way the server uses or forgets them.
"""

from typing import Any, Final

import msgspec

from pegboard_openai.chat.chunk import CallPiece, Choice, Chunk, ContentPiece, Count, Piece, chunk_decoder
from pegboard_openai.said import fresh_id, signed
from pegboard_sdk import Delta, Finish, Message, Opaque, Reasoning, Role, Text, ToolCall, Usage
from pegboard_sdk.http import Fault, Reported, fault_of, is_object

_FINISHES: Final = {
    "stop": Finish.STOP,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "model_length": Finish.LENGTH,
    "content_filter": Finish.FILTERED,
    "refusal": Finish.REFUSED,
}
_FAILED: Final = ("error", "insufficient_system_resource")
"""Reasons to finish that are none: the server could not go on."""


class _Call:
    """A tool call on its way."""

    def __init__(self, call: str, given: str) -> None:
        self.call = call
        self.given = given
        self.tool = ""
        self.arguments: list[str] = []
        self.extra: dict[str, Any] = {}

    def part(self, at: str) -> ToolCall:
        opaque = signed({"extra_content": self.extra} if self.extra else {}, at)
        return ToolCall(call=self.call, tool=self.tool, arguments="".join(self.arguments), opaque=opaque)


def _is_another(piece: CallPiece, known: _Call) -> bool:
    """Whether a piece with a name begins a call of its own: by its id, else because nothing is missing in `known`."""
    if piece.id:
        return piece.id != known.given
    return piece.index is None or is_object("".join(known.arguments))


class Answer:
    """The answer so far. `taken` are ids of calls that the conversation already has: they are not given twice. `at` is
    where the server is, for what it alone understands."""

    def __init__(self, *, model: str, taken: frozenset[str] | set[str] = frozenset(), at: str = "") -> None:
        self._model = model
        self._place = at
        self._taken = taken
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._reasoning: list[str] = []
        self._field = ""
        self._details: list[dict[str, Any]] = []
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}
        self._count: Count | None = None
        self.finish: str | None = None
        self.is_done = False
        self.filtered_for = ""
        """What a content filter found, where it says so."""

    @property
    def has_ended(self) -> bool:
        """Whether the server said why it stopped: what follows is not needed."""
        return self.finish is not None

    @property
    def received(self) -> int:
        """Characters of text, reasoning and arguments so far."""
        pieces = [*self._text, *self._refusal, *self._reasoning, *(a for call in self._calls for a in call.arguments)]
        return sum(map(len, pieces))

    def read(self, data: bytes, name: bytes = b"") -> list[Delta]:
        """Add an event, or a document that is the whole answer. Raises `fault.BAD_JSON` and Reported."""
        if data == b"[DONE]":
            self.is_done = True
            return []
        if data[:1] == b"[":
            raise Reported(fault_of(data))
        chunk = chunk_decoder.decode(data)
        if chunk.error is not None:
            raise Reported(chunk.error if isinstance(chunk.error, Fault) else Fault(message=chunk.error))
        if chunk.object == "error" or name == b"error":
            raise Reported(Fault(message=chunk.message or data[:160].decode("utf-8", "replace")))
        deltas = self.take(chunk)
        if self.finish in _FAILED:
            raise Reported(Fault(message=f"the server says that it failed (`{self.finish}`), and not why"))
        return deltas

    def take(self, chunk: Chunk) -> list[Delta]:
        """Add a chunk; gives what it says anew."""
        self._count = chunk.usage or self._count
        deltas: list[Delta] = []
        for choice in chunk.choices or ():
            if not choice.index:
                self._choose(choice, deltas)
        return deltas

    def message(self) -> Message:
        """The whole message; meaningful once `finish` is known."""
        parts: list[Reasoning | Text | ToolCall] = []
        if self._reasoning or self._details:
            parts.append(Reasoning(text="".join(self._reasoning), opaque=self._own()))
        if text := "".join(self._text) + "".join(self._refusal):
            parts.append(Text(text=text))
        parts.extend(call.part(self._place) for call in self._calls)
        return Message(
            role=Role.ASSISTANT, parts=tuple(parts), model=self._model, finish=self._finish(), usage=self.usage()
        )

    def usage(self) -> Usage | None:
        """Tokens as the server counted them, None when it did not."""
        count = self._count
        if count is None:
            return None
        prompt, completion = count.prompt_tokens_details, count.completion_tokens_details
        cached = prompt.cached_tokens if prompt else None
        return Usage(
            input=count.prompt_tokens or 0,
            # Some count the tokens of reasoning apart, and tell them in the total alone.
            output=max(count.completion_tokens or 0, (count.total_tokens or 0) - (count.prompt_tokens or 0)),
            cached=(count.prompt_cache_hit_tokens if cached is None else cached) or 0,
            reasoning=(completion.reasoning_tokens if completion else None) or 0,
        )

    def cost(self) -> float | None:
        """What the server says that the answer cost."""
        return self._count.cost if self._count else None

    def _choose(self, choice: Choice, deltas: list[Delta]) -> None:
        self.finish = choice.finish_reason or self.finish
        found = choice.content_filter_results or {}
        self.filtered_for = ", ".join(key for key, it in found.items() if isinstance(it, dict) and it.get("filtered"))
        piece = choice.delta or choice.message
        if piece is None:
            return
        if piece.reasoning_content or piece.reasoning or piece.reasoning_details:
            self._think(piece, deltas)
        if isinstance(piece.content, list):
            for part in piece.content:
                self._typed(part, deltas)
        elif piece.content:
            self._say(piece.content, deltas)
        if piece.refusal:
            self._refusal.append(piece.refusal)
            deltas.append(Delta(stream="text", text=piece.refusal))
        for call in piece.tool_calls or ():
            self._call(call, deltas)

    def _say(self, text: str, deltas: list[Delta]) -> None:
        self._text.append(text)
        deltas.append(Delta(stream="text", text=text))

    def _typed(self, part: ContentPiece, deltas: list[Delta]) -> None:
        thought = "".join(str(inner.get("text", "")) for inner in part.thinking)
        if thought:
            self._reason(thought, deltas)
        if part.text:
            self._say(part.text, deltas)

    def _think(self, piece: Piece, deltas: list[Delta]) -> None:
        for detail in piece.reasoning_details or ():
            self._detail(detail)
        if piece.reasoning_content:
            self._field = "reasoning_content"
            self._reason(piece.reasoning_content, deltas)
        elif isinstance(piece.reasoning, str) and piece.reasoning:
            self._field = "reasoning"
            self._reason(piece.reasoning, deltas)

    def _reason(self, text: str, deltas: list[Delta]) -> None:
        self._reasoning.append(text)
        deltas.append(Delta(stream="reasoning", text=text))

    def _detail(self, detail: dict[str, Any]) -> None:
        """Join a fragment to the detail that it continues: same index and type, texts grow, the rest is replaced."""
        last = self._details[-1] if self._details else None
        if last is None or "index" not in detail or any(last.get(key) != detail.get(key) for key in ("index", "type")):
            self._details.append(dict(detail))
            return
        for key, value in detail.items():
            grows = key in ("text", "summary", "data") and isinstance(value, str) and isinstance(last.get(key), str)
            if value is not None:
                last[key] = last[key] + value if grows else value

    def _call(self, piece: CallPiece, deltas: list[Delta]) -> None:
        call = self._called(piece)
        if piece.extra_content:
            call.extra.update(piece.extra_content)
        if piece.function is None:
            return
        call.tool = call.tool or piece.function.name or ""
        arguments = piece.function.arguments
        text = arguments if isinstance(arguments, str | None) else msgspec.json.encode(arguments).decode()
        if text:
            call.arguments.append(text)
            deltas.append(Delta(stream="arguments", text=text, call=call.call))

    def _called(self, piece: CallPiece) -> _Call:
        """The call that a piece belongs to: the one at its index, unless the piece names another one."""
        known = (
            self._by_index.get(piece.index) if piece.index is not None else (self._calls[-1] if self._calls else None)
        )
        named = piece.function is not None and bool(piece.function.name)
        if known is not None and not (named and _is_another(piece, known)):
            return known
        call = _Call(fresh_id(piece.id or "", {call.call for call in self._calls}, self._taken), piece.id or "")
        self._calls.append(call)
        self._by_index[len(self._by_index) if piece.index is None else piece.index] = call
        return call

    def _own(self) -> Opaque | None:
        data: dict[str, Any] = {}
        if self._field:
            data["field"] = self._field
        if self._details:
            data["reasoning_details"] = self._details
        return signed(data, self._place)

    def _finish(self) -> Finish:
        if self._refusal:
            return Finish.REFUSED
        said = self.finish or ""
        finish = Finish.FILTERED if said.startswith("content_filter") else _FINISHES.get(said, Finish.STOP)
        return Finish.TOOL_CALLS if self._calls and finish is Finish.STOP else finish
