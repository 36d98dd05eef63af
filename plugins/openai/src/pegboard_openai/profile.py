"""What an endpoint is like, as data: where it is, what it takes, how it is asked. The endpoints are in `profiles`."""

from enum import Enum
from typing import Any

from msgspec import Struct


class Api(Enum):
    """The two ways of asking; the values are those of the parameter `api`."""

    CHAT = "chat"
    RESPONSES = "responses"


class Schemas(Enum):
    """How far an endpoint can be trusted with a schema for its answer."""

    STRICT = "strict"
    """It sticks to it: the answer is shown as it comes."""
    ASKED = "asked"
    """It takes one, and may do as it likes: the answer is checked before it is shown."""
    OBJECT = "object"
    """It knows JSON, no schemas: the schema is told in words, the answer checked."""
    NONE = "none"
    """It knows neither."""


class Effort(Enum):
    """Where `reasoning_effort` goes."""

    PLAIN = "reasoning_effort"
    OBJECT = "reasoning"


class Listing(Enum):
    """Where the lengths of contexts are told."""

    MODELS = "models"
    """In the list of models, if at all."""
    OLLAMA = "ollama"
    LM_STUDIO = "lm-studio"
    LLAMA_CPP = "llama.cpp"


class Profile(Struct, frozen=True, kw_only=True):
    """An endpoint, or a program that serves one. The defaults are what every server takes."""

    name: str
    hosts: tuple[str, ...] = ()
    """Names; one that begins with a dot stands for all below it."""
    port: int = 0
    """Where it listens on loopback unless told otherwise, and is looked for."""
    path: str = ""
    """What is added to a base URL that has no path."""
    responses: tuple[str, ...] = ()
    """How the names of models begin that are asked by Responses; all others by chat completions."""
    key_header: str = "Authorization"
    counts: bool = True
    """Whether usage has to be asked for."""
    cache_key: str = ""
    """The parameter, and `cache_header` the header, that keeps a conversation on one cache."""
    cache_header: str = ""
    schemas: Schemas = Schemas.ASKED
    limit: str = "max_tokens"
    """What this endpoint calls the limit of an answer, in chat completions."""
    effort: Effort = Effort.PLAIN
    strict_ids: bool = False
    """Whether ids of calls must be nine letters and digits."""
    thought: str = ""
    """The field in which reasoning must come back beside calls, be it empty."""
    call_extra: dict[str, Any] | None = None
    """What a call must carry that was made by another model."""
    has_files: bool = False
    """Whether it reads documents."""
    batch: str = ""
    """What stands before the path of each request of a batch job; empty where there are no such jobs."""
    listing: Listing = Listing.MODELS
    contexts: tuple[tuple[str, int], ...] = ()
    """Tokens of models by how their names begin, where the endpoint does not tell; the first that fits counts."""

    def api(self, model: str) -> Api:
        """How a model is asked."""
        name = model.rpartition("/")[2]
        return Api.RESPONSES if self.responses and name.startswith(self.responses) else Api.CHAT

    def context(self, model: str) -> int:
        """The length of a model's context as far as the table knows; 0 where it does not."""
        name = model.rpartition("/")[2]
        return next((tokens for begin, tokens in self.contexts if name.startswith(begin)), 0)
