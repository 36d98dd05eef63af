"""One turn as its records tell it: what the user and the model said, each call with its decision and result. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from msgspec import Struct

from pegboard_sdk import Message, Role, Text, ToolCall, ToolResult, ToolUse
from pegboard_sdk.wire.records import AnyRecord
from pegboard_sdk.wire.replaying import Row, Side

R = TypeVar("R", ToolUse, ToolResult)


class Called(Struct, frozen=True, kw_only=True):
    """A call. `number` is its place in the turn: "2", or "2.1" for the first that call 2 made while it ran."""

    number: str
    tool: str
    arguments: str
    use: ToolUse | None = None
    result: ToolResult | None = None


class Turn(Struct, frozen=True, kw_only=True):
    """What happened from one message of the model to the next. `order` has the calls' numbers as their results came."""

    prompt: str = ""
    answer: str = ""
    message: Message | None = None
    calls: tuple[Called, ...] = ()
    order: tuple[str, ...] = ()


def turn_of(records: Sequence[AnyRecord]) -> Turn:
    """The turn that these records tell. What was called by neither the model nor one of its calls does not count."""
    said = [record for record in records if isinstance(record, Message)]
    prompt = "\n".join(_text(message) for message in said if message.role is Role.USER)
    message = next((message for message in said if message.role is Role.ASSISTANT), None)
    if message is None:
        return Turn(prompt=prompt)
    calls = tuple(_calls(message, records))
    numbers = {id(call.result): call.number for call in calls if call.result is not None}
    order = tuple(numbers[id(record)] for record in records if id(record) in numbers)
    return Turn(prompt=prompt, answer=_text(message), message=message, calls=calls, order=order)


def row_of(side: Side, turn: Turn) -> Row:
    """What the turn took."""
    usage, cost = (turn.message.usage, turn.message.cost) if turn.message is not None else (None, None)
    return Row(
        prompt=turn.prompt,
        calls=len(turn.calls),
        input=usage.input if usage else 0,
        output=usage.output if usage else 0,
        cached=usage.cached if usage else 0,
        cost=cost,
        seconds=side.seconds,
    )


def _calls(message: Message, records: Iterable[AnyRecord]) -> Iterator[Called]:
    uses: dict[str, list[ToolUse]] = defaultdict(list)
    below: dict[str, list[ToolUse]] = defaultdict(list)
    results: dict[str, list[ToolResult]] = defaultdict(list)
    for record in records:
        if isinstance(record, ToolUse):
            (below[record.parent] if record.parent else uses[record.call]).append(record)
        elif isinstance(record, ToolResult):
            results[record.call].append(record)
    wanted = [part for part in message.parts if isinstance(part, ToolCall)]
    for number, call in enumerate(wanted, start=1):
        use, result = _first(uses[call.call]), _first(results[call.call])
        name = str(number)
        yield Called(number=name, tool=call.tool, arguments=call.arguments, use=use, result=result)
        yield from _made(name, call.call, below, results)


def _made(
    number: str, call: str, below: dict[str, list[ToolUse]], results: dict[str, list[ToolResult]]
) -> Iterator[Called]:
    """What a call made while it ran, depth first. A record is taken once, so that no circle of parents goes round."""
    for inner, use in enumerate(below.pop(call, ()), start=1):
        name = f"{number}.{inner}"
        yield Called(number=name, tool=use.tool, arguments="", use=use, result=_first(results[use.call]))
        yield from _made(name, use.call, below, results)


def _first(found: list[R]) -> R | None:
    return found.pop(0) if found else None


def _text(message: Message) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, Text))
