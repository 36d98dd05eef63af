"""The events of a Responses stream. No I/O."""

import json
from collections.abc import Iterator

from dialects.dialect import Dialect
from dialects.refusing import fault_events
from dialects.script import Ending, Said, said_at

SIGNED = "gAAAAA-encrypted-reasoning"


class Stream:
    """Counts the events of one stream, and the items of its answer."""

    def __init__(self, body: dict) -> None:
        self._number = 0
        self._output: list[dict] = []
        self._body = body

    def event(self, kind: str, **more: object) -> bytes:
        """One event."""
        value = {"type": kind, "sequence_number": self._number, **more}
        self._number += 1
        return f"event: {kind}\ndata: {json.dumps(value)}\n\n".encode()

    def response(self, status: str, **more: object) -> dict:
        """The response as it is now."""
        return {
            "id": "resp_01", "object": "response", "created_at": 1760000000, "status": status, "error": None,
            "incomplete_details": None, "instructions": None, "metadata": {}, "model": self._body["model"],
            "output": list(self._output), "parallel_tool_calls": True, "temperature": 1.0, "tool_choice": "auto",
            "tools": [], "top_p": 1.0, "usage": None, **more,
        }  # fmt: skip

    def reasoning(self, pieces: tuple[str, ...], *, signed: bool) -> Iterator[bytes]:
        """A reasoning item with a summary; its secret only where it was asked for."""
        at, item = len(self._output), {"id": "rs_1", "type": "reasoning", "summary": []}
        yield self.event("response.output_item.added", output_index=at, item=item)
        place = {"item_id": "rs_1", "output_index": at, "summary_index": 0}
        empty = {"type": "summary_text", "text": ""}
        yield self.event("response.reasoning_summary_part.added", **place, part=empty)
        for piece in pieces:
            yield self.event("response.reasoning_summary_text.delta", **place, delta=piece)
        text = "".join(pieces)
        whole = {"type": "summary_text", "text": text}
        yield self.event("response.reasoning_summary_text.done", **place, text=text)
        yield self.event("response.reasoning_summary_part.done", **place, part=whole)
        item = {**item, "summary": [whole], **({"encrypted_content": SIGNED} if signed else {})}
        self._output.append(item)
        yield self.event("response.output_item.done", output_index=at, item=item)

    def message(self, said: Said, status: str = "completed") -> Iterator[bytes]:
        """A message item with text or a refusal."""
        at, item = len(self._output), {"id": "msg_1", "type": "message", "status": "in_progress", "role": "assistant"}
        yield self.event("response.output_item.added", output_index=at, item={**item, "content": []})
        word = "refusal" if said.refusal else "text"
        kind = "refusal" if said.refusal else "output_text"
        place = {"item_id": "msg_1", "output_index": at, "content_index": 0}
        more = {} if said.refusal else {"annotations": []}
        yield self.event("response.content_part.added", **place, part={"type": kind, word: "", **more})
        logged = {} if said.refusal else {"logprobs": []}
        for piece in said.refusal or said.text:
            yield self.event(f"response.{kind}.delta", **place, delta=piece, **logged)
        text = "".join(said.refusal or said.text)
        part = {"type": kind, word: text, **more}
        yield self.event(f"response.{kind}.done", **place, **{word: text}, **logged)
        yield self.event("response.content_part.done", **place, part=part)
        self._output.append({**item, "status": status, "content": [part]})
        yield self.event("response.output_item.done", output_index=at, item=self._output[-1])

    def calls(self, said: Said) -> Iterator[bytes]:
        """Function calls, both announced before either has its arguments."""
        first = len(self._output)
        items = [
            {"id": f"fc_{at}", "type": "function_call", "status": "in_progress", "call_id": f"call_{at}_w5Jb",
             "name": call.name, "arguments": ""}
            for at, call in enumerate(said.calls)
        ]  # fmt: skip
        for at, item in enumerate(items):
            yield self.event("response.output_item.added", output_index=first + at, item=item)
        for start in range(0, 60, 7):
            for at, call in enumerate(said.calls):
                if piece := call.arguments[start : start + 7]:
                    yield self.event(
                        "response.function_call_arguments.delta",
                        item_id=f"fc_{at}", output_index=first + at, delta=piece,
                    )  # fmt: skip
        for at, call in enumerate(said.calls):
            place = {"item_id": f"fc_{at}", "output_index": first + at}
            yield self.event("response.function_call_arguments.done", **place, name=call.name, arguments=call.arguments)
            item = {**items[at], "status": "completed", "arguments": call.arguments}
            self._output.append(item)
            yield self.event("response.output_item.done", output_index=first + at, item=item)


def lines(dialect: Dialect, ending: Ending, body: dict) -> Iterator[bytes]:
    """The events of an answer; what cuts or delays the connection is the server's part."""
    said, stream = said_at(ending), Stream(body)
    yield stream.event("response.created", response=stream.response("in_progress"))
    yield stream.event("response.in_progress", response=stream.response("in_progress"))
    if ending is Ending.FAULT_FIRST:
        yield from fault_events(dialect, {})
        return
    if ending is Ending.KEPT_ALIVE:
        yield dialect.keep_alive * 3
    signed = "reasoning.encrypted_content" in (body.get("include") or ())
    yield from stream.reasoning(said.reasoning, signed=signed)
    if said.text or said.refusal:
        yield from _said(stream, said, ending)
    if ending is Ending.BAD_JSON:
        yield b'event: response.output_text.delta\ndata: {"type": "response.output_te\n\n'
        return
    if ending is Ending.FAULT:
        fault = {"code": "server_error", "message": "scripted: the server is tired"}
        yield stream.event("response.failed", response=stream.response("failed", error=fault))
        return
    yield from stream.calls(said)
    yield _last(stream, ending, said)


def _said(stream: Stream, said: Said, ending: Ending) -> Iterator[bytes]:
    for at, line in enumerate(stream.message(said, "incomplete" if ending is Ending.LENGTH else "completed")):
        if ending in (Ending.FAULT, Ending.BAD_JSON) and b".done" in line:
            return
        yield line
        if ending is Ending.KEPT_ALIVE and at == 2:
            yield b": keep-alive\n\n"


def _last(stream: Stream, ending: Ending, said: Said) -> bytes:
    usage = {
        "input_tokens": said.usage["input"],
        "input_tokens_details": {"cached_tokens": said.cached, "cache_write_tokens": 0},
        "output_tokens": said.usage["output"],
        "output_tokens_details": {"reasoning_tokens": said.usage["reasoning"]},
        "total_tokens": said.usage["input"] + said.usage["output"],
    }
    reason = {Ending.LENGTH: "max_output_tokens", Ending.FILTER: "content_filter"}.get(ending)
    if reason:
        cut = stream.response("incomplete", incomplete_details={"reason": reason}, usage=usage)
        return stream.event("response.incomplete", response=cut)
    return stream.event("response.completed", response=stream.response("completed", usage=usage))
