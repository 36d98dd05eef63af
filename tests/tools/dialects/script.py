"""What a scripted answer says and how it ends, whatever the dialect. No I/O."""

from dataclasses import dataclass, field
from enum import Enum


class Ending(Enum):
    """How an answer ends; the value is the words of the table in the plugin's README."""

    DONE = "done"
    LENGTH = "length"
    CALLS = "parallel calls, arguments in pieces"
    CACHED = "cached tokens"
    KEPT_ALIVE = "keep-alives"
    SLOW = "slow first byte"
    REFUSAL = "refusal"
    FILTER = "content filter on the answer"
    FILTERED_PROMPT = "content filter on the prompt"
    FAULT = "error in mid-stream"
    FAULT_FIRST = "error as the first event"
    RATE_SECONDS = "429, Retry-After in seconds"
    RATE_DATE = "429, Retry-After as a date"
    RATE_BARE = "429 without Retry-After"
    DOWN = "5xx"
    CUT_BEFORE = "cut before the first token"
    CUT_AFTER = "cut after the first token"
    BAD_JSON = "malformed JSON"
    HTML = "a proxy's HTML page"
    TOO_LONG = "longer than the context"
    BAD_KEY = "wrong key"


@dataclass(frozen=True)
class Call:
    """A tool call; `arguments` are the text of a JSON object."""

    name: str
    arguments: str


CALLS = (Call("bash", '{"command": "ls -la /tmp/\\u00fc"}'), Call("read_file", '{"path": "a/b.py", "limit": 20}'))
MESSAGE = "scripted: the server is tired"


@dataclass(frozen=True)
class Said:
    """What the answer says; pieces are what one event carries."""

    text: tuple[str, ...] = ("Grüße", " aus", " dem\n", "Skript.")
    reasoning: tuple[str, ...] = ("Hm, ", "let me think.")
    refusal: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    cached: int = 0
    usage: dict[str, int] = field(default_factory=lambda: {"input": 1200, "output": 34, "reasoning": 10})


def said_at(ending: Ending) -> Said:
    """What is said where an answer ends so."""
    match ending:
        case Ending.CALLS:
            return Said(calls=CALLS)
        case Ending.REFUSAL:
            return Said(text=(), reasoning=(), refusal=("I cannot", " help with that."))
        case Ending.FILTERED_PROMPT:
            return Said(text=(), reasoning=())
        case Ending.CACHED:
            return Said(cached=1024)
        case Ending.FILTER | Ending.LENGTH | Ending.FAULT | Ending.CUT_AFTER:
            return Said(text=("Grüße", " aus"))
        case _:
            return Said()
