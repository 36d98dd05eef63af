"""Prompts as a script writes them, a line each, and answers as it reads them. Pure."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct

from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.batching import Answered, Prompt
from pegboard_sdk.wire.modelling import Price, cost_of
from pegboard_sdk.wire.records import Finish, Text, Usage

MOST_PROMPTS: Final = 50_000
MOST_BYTES: Final = 12 << 20
"""Of all prompts together: a job goes to its plugin in one message."""
MOST_FAULTS: Final = 5
FORM: Final = '{"prompt": "...", "system": "...", "id": "..."}, of which `prompt` is needed, or a JSON text'
ENDS: Final = {Finish.STOP: "done", Finish.TOOL_CALLS: "done"}
"""What an answer's end is called where it has another name; `error` where there is none."""


class _Line(Struct, frozen=True, forbid_unknown_fields=True):
    prompt: str
    system: str = ""
    id: str = ""


class Result(Struct, frozen=True, kw_only=True):
    """What came of one prompt, the `line`th that is not empty."""

    schema: int = 1
    line: int
    id: str = ""
    end: str
    result: str = ""
    error: str = ""
    usage: Usage | None = None
    cost: float | None = None


_decoder: Final = msgspec.json.Decoder(_Line | str)


def prompts_of(data: bytes) -> tuple[Prompt, ...]:
    """The prompts. Raises InvalidParams that names each line which is none, the first of them, and what would be."""
    if len(data) > MOST_BYTES:
        raise InvalidParams(f"{len(data)} bytes of prompts; one job takes {MOST_BYTES}: make several of it")
    found: list[Prompt] = []
    faults: list[str] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            found.append(_prompt(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidParams) as error:
            faults.append(f"line {number}: {error}")
    if faults:
        more = f"; and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        raise InvalidParams(f"{'; '.join(faults[:MOST_FAULTS])}{more}. A line is {FORM}")
    if not 1 <= len(found) <= MOST_PROMPTS:
        raise InvalidParams(f"{len(found)} prompts; a job has 1 to {MOST_PROMPTS}, each on a line: {FORM}")
    return tuple(found)


def schema_of(data: bytes) -> dict[str, Any]:
    """The schema that answers have to fit. Raises InvalidParams for what is none."""
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidParams(f"the schema of --json-schema is no JSON object: {error}") from error


def result_of(answer: Answered, price: Price | None) -> Result:
    """An answer as a line says it."""
    usage = answer.usage
    cost = cost_of(price, usage) if usage is not None else None
    if answer.message is None:
        return Result(line=answer.at, id=answer.id, end="error", error=answer.error, usage=usage, cost=cost)
    finish = answer.message.finish or Finish.STOP
    text = "".join(part.text for part in answer.message.parts if isinstance(part, Text))
    end = ENDS.get(finish, finish.value)
    return Result(line=answer.at, id=answer.id, end=end, result=text, usage=usage, cost=cost)


def answers_of(data: Iterable[bytes]) -> list[Answered]:
    """The answers that a provider streamed. Raises what msgspec raises for what are none."""
    return [msgspec.json.decode(line, type=Answered) for line in b"".join(data).split(b"\n") if line]


def _prompt(line: bytes) -> Prompt:
    read = _decoder.decode(line)
    made = Prompt(text=read) if isinstance(read, str) else Prompt(text=read.prompt, system=read.system, id=read.id)
    if not made.text.strip():
        raise InvalidParams("the prompt is empty")
    return made
