"""An answer put together from the events of a Responses stream: deltas on the way, one neutral message at the end."""

from typing import Any, Final

import msgspec

from pegboard_openai.responses.event import Count, Event, Item, Response, event_decoder, response_decoder
from pegboard_openai.said import fresh_id, signed
from pegboard_sdk import Delta, Finish, Message, Reasoning, Role, Text, ToolCall, Usage
from pegboard_sdk.http import Fault, Reported

_STREAMS: Final = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "text",
    "response.reasoning_summary_text.delta": "reasoning",
    "response.reasoning_text.delta": "reasoning",
    "response.function_call_arguments.delta": "arguments",
}
_ENDS: Final = ("response.completed", "response.incomplete", "response.failed", "response.done")
_REASONS: Final = {"max_output_tokens": Finish.LENGTH, "content_filter": Finish.FILTERED}


class _Item:
    """An item on its way. `call` is the id that a call has in the conversation."""

    def __init__(self) -> None:
        self.kind = ""
        self.pieces: list[str] = []
        self.call = ""
        self.tool = ""
        self.secret: dict[str, Any] | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def part(self, at: str) -> Reasoning | Text | ToolCall | None:
        """What it says; None where that is nothing."""
        if self.kind == "function_call":
            return ToolCall(call=self.call, tool=self.tool, arguments=self.text)
        if self.kind == "reasoning":
            opaque = signed({"item": self.secret} if self.secret else {}, at)
            return Reasoning(text=self.text, opaque=opaque) if self.pieces or opaque else None
        return Text(text=self.text) if self.pieces else None


class Answer:
    """The answer so far. `taken` are ids of calls that the conversation already has, `at` is where the server is."""

    def __init__(self, *, model: str, taken: frozenset[str] | set[str] = frozenset(), at: str = "") -> None:
        self._model = model
        self._taken = set(taken)
        self._place = at
        self._items: dict[int, _Item] = {}
        self._end: Response | None = None
        self._is_refusal = False
        self.is_done = False
        self.filtered_for = ""

    @property
    def has_ended(self) -> bool:
        """Whether the last event came."""
        return self._end is not None

    @property
    def received(self) -> int:
        """Characters of text, reasoning and arguments so far."""
        return sum(len(piece) for item in self._items.values() for piece in item.pieces)

    def read(self, data: bytes, name: bytes = b"") -> list[Delta]:
        """Add an event, or a document that is the whole answer. Raises `fault.BAD_JSON` and Reported."""
        if data == b"[DONE]":
            self.is_done = True
            return []
        event = event_decoder.decode(data)
        if event.type == "error" or event.error is not None or name == b"error":
            raise Reported(_fault(event))
        if not event.type:
            return self._finish(response_decoder.decode(data))
        if event.type in _ENDS:
            return self._finish(event.response or Response())
        return self._take(event)

    def message(self) -> Message:
        """The whole message; meaningful once it has ended."""
        ordered = [self._items[at].part(self._place) for at in sorted(self._items)]
        parts = tuple(part for part in ordered if part is not None)
        return Message(role=Role.ASSISTANT, parts=parts, model=self._model, finish=self._why(), usage=self.usage())

    def usage(self) -> Usage | None:
        """Tokens as the server counted them, None when it did not."""
        count = self._count()
        return count.usage if count is not None else None

    def cost(self) -> float | None:
        """What the server says that the answer cost."""
        count = self._count()
        return count.cost if count else None

    def _count(self) -> Count | None:
        return self._end.usage if self._end else None

    def _why(self) -> Finish:
        reason = self._end.incomplete_details.reason if self._end and self._end.incomplete_details else None
        if self._is_refusal:
            return Finish.REFUSED
        if reason:
            return _REASONS.get(reason, Finish.LENGTH)
        has_calls = any(item.kind == "function_call" for item in self._items.values())
        return Finish.TOOL_CALLS if has_calls else Finish.STOP

    def _take(self, event: Event) -> list[Delta]:
        at = event.output_index or 0
        if event.type in ("response.output_item.added", "response.output_item.done") and event.item:
            return self._know(at, event.item)
        item = self._items.setdefault(at, _Item())
        if event.type == "response.reasoning_summary_part.added" and item.pieces:
            return self._grow(item, "reasoning", "\n\n")
        stream = _STREAMS.get(event.type)
        if stream is None or event.delta is None:
            return []
        self._is_refusal = self._is_refusal or "refusal" in event.type
        return self._grow(item, stream, _text(event.delta))

    def _grow(self, item: _Item, stream: str, text: str) -> list[Delta]:
        item.pieces.append(text)
        return [Delta(stream=stream, text=text, call=item.call if stream == "arguments" else "")] if text else []

    def _know(self, at: int, told: Item) -> list[Delta]:
        """An item as it begins, or as it is in the end; what no event said before is said now."""
        item = self._items.setdefault(at, _Item())
        item.kind = item.kind or told.type
        if item.kind == "function_call" and not item.call:
            item.call = fresh_id(told.call_id or told.id or "", self._taken)
            self._taken.add(item.call)
        item.tool = item.tool or told.name or ""
        if told.encrypted_content:
            item.secret = _secret(told)
        said = _said(told)
        self._is_refusal = self._is_refusal or any(part.refusal for part in told.content or ())
        if item.pieces or not said:
            return []
        return self._grow(item, {"function_call": "arguments", "reasoning": "reasoning"}.get(item.kind, "text"), said)

    def _finish(self, response: Response) -> list[Delta]:
        if response.error is not None or response.status in ("failed", "cancelled"):
            fault = response.error or f"the server says that it {response.status}, and not why"
            raise Reported(fault if isinstance(fault, Fault) else Fault(message=fault))
        told = () if self._items else (response.output or ())
        deltas = [delta for at, item in enumerate(told) for delta in self._know(at, item)]
        self._end = response
        self.is_done = True
        return deltas


def _text(value: str | dict[str, Any] | list[Any]) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _said(item: Item) -> str:
    if item.type == "function_call":
        return _text(item.arguments) if item.arguments else ""
    parts = (item.summary or item.content or ()) if item.type == "reasoning" else (item.content or ())
    separator = "\n\n" if item.type == "reasoning" else ""
    return separator.join(part.text or part.refusal or "" for part in parts)


def _secret(item: Item) -> dict[str, Any]:
    """A reasoning item as it has to come back."""
    summary = [{"type": "summary_text", "text": part.text or ""} for part in item.summary or ()]
    return {"id": item.id, "type": "reasoning", "summary": summary, "encrypted_content": item.encrypted_content}


def _fault(event: Event) -> Fault:
    if isinstance(event.error, Fault):
        return event.error
    return Fault(message=event.error or event.message, code=event.code)
