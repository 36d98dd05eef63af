"""One endpoint's dialect, as data: what differs from the next one's on the wire. No I/O."""

from dataclasses import dataclass

from dialects.script import Ending


@dataclass(frozen=True)
class Dialect:
    """An endpoint. The values of its words are explained where they are played: `chat`, `responses`, `refusing`."""

    name: str
    api: str = "chat"
    """chat | responses"""
    path: str = "/v1/chat/completions"
    query: str = ""
    """What the URL must carry behind `?`, such as an api-version."""
    key_header: str = "Authorization"
    opening: tuple[dict, ...] = ()
    """Chunks before the first word; `{}` stands for the envelope alone."""
    role_chunk: bool = True
    """Whether a chunk with the role and an empty content comes first."""
    reasoning: str = ""
    """The field of a delta that reasoning comes in; `thinking` is a content of typed parts; empty: it is not sent."""
    calls: str = "fragments"
    """fragments | whole | whole-index-0 | whole-no-id"""
    call_id: str = "call_{at}_w5Jb"
    extra_content: dict | None = None
    """What each call carries beside its function, and wants back."""
    usage: str = "asked"
    """asked: a chunk of its own, if `include_usage` was set | finish: always, in the last chunk | each: in every one"""
    is_reasoning_apart: bool = False
    """Whether the tokens of reasoning are in the total alone."""
    cached: str = "details"
    """details: prompt_tokens_details.cached_tokens | hit: prompt_cache_hit_tokens | no"""
    keep_alive: bytes = b": keep-alive\n\n"
    done: bool = True
    finish_calls: str = "tool_calls"
    finish_length: str = "length"
    finish_filter: str = "content_filter"
    """Empty: this endpoint has no filter on answers."""
    refusal: str = "field"
    """field: `refusal` of a delta | text: said like any text"""
    prompt_filter: str = ""
    """How a prompt that is filtered is refused: 400 | finish | empty: not at all"""
    error_body: str = "openai"
    """The shape of errors: openai | bare | list | flat | detail | text"""
    fault: str = "error"
    """The shape of an error in mid-stream: error | choice | event | field"""
    allows: frozenset[str] = frozenset()
    """Keys of a request that this endpoint takes beside those that all take."""
    refuses: frozenset[str] = frozenset()
    """Keys of a request that it refuses though others take them."""
    strict_ids: bool = False
    """Whether ids of calls in the history must be nine letters and digits."""
    wants_reasoning: bool = False
    """Whether the reasoning of a message with calls must come back with it."""
    overflow: tuple[str, str] = (
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 130101 tokens.",
        "context_length_exceeded",
    )

    def plays(self, ending: Ending) -> bool:
        """Whether this endpoint has such an ending at all."""
        match ending:
            case Ending.FILTER:
                return bool(self.finish_filter)
            case Ending.FILTERED_PROMPT:
                return bool(self.prompt_filter)
            case Ending.CACHED:
                return self.cached != "no"
            case _:
                return True
