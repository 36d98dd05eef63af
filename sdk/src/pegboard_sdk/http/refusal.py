"""An answer that is no success, and what its status means: one of our errors. Pure.

`retry_ms` is set on exactly those errors after which the same request may succeed: 0 when the server did not say when.
"""

from collections.abc import Callable, Mapping

from msgspec import Struct

from pegboard_sdk.errors import (
    Effect,
    InvalidParams,
    NotFound,
    PegboardError,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Upstream,
)
from pegboard_sdk.http.endpoint import Service


class Refusal(Struct, frozen=True, kw_only=True):
    """What a server answered. The key does not stand in `body`; `now` is the wall clock, for dates in Retry-After."""

    service: Service
    url: str
    status: int
    now: float
    headers: Mapping[str, str] = {}
    body: bytes = b""
    model: str = ""

    def text(self, said: str = "") -> str:
        """The refusal in one line; `said` is what the server says of it."""
        line = " ".join(said[:1000].split())
        return f"{self.url} answered {self.status}" + (f": {line}" if line else "")

    @property
    def retry_ms(self) -> int | None:
        """When the server wants to be asked again, 0 when it does not say, None when it does not."""
        if self.headers.get("x-should-retry") == "false":
            return None
        try:
            if text := self.headers.get("retry-after-ms"):
                return max(0, int(float(text)))
            text = self.headers.get("retry-after") or "0"
            if text.replace(".", "", 1).isdigit():
                return int(float(text) * 1000)
            return max(0, int((_moment(text) - self.now) * 1000))
        except (ValueError, OverflowError):
            return 0

    def error(self, said: str = "") -> PegboardError:
        """The error for the status alone: what its words mean, a provider knows."""
        text, service = self.text(said), self.service
        match self.status:
            case 401 | 403:
                return Unauthenticated(
                    f"{text}; check {service.key}, and that base_url is the server that the key is for"
                )
            case 404:
                return NotFound(f"{text}; check the model `{self.model}` and base_url: it looks like {service.forms}")
            case 429:
                return RateLimited(text, retry_ms=self.retry_ms)
            case 408 | 409:
                return Upstream(text, effect=Effect.NONE, retry_ms=self.retry_ms)
            case status if status >= 500:
                return Upstream(text, effect=Effect.NONE, retry_ms=self.retry_ms)
            case status if 300 <= status < 400:
                place = self.headers.get("location", "elsewhere")
                return InvalidParams(f"{text}; it redirects to {place}: set base_url to where the server really is")
            case _:
                return InvalidParams(text)


Refused = Callable[[Refusal], PegboardError]
"""What a provider makes of a refusal."""


def too_long(text: str, model: str) -> TooLarge:
    """The error that says that the conversation does not fit into the model."""
    return TooLarge(f"the conversation is longer than the context of `{model}`: {text}; compact it or begin anew")


def spent(text: str) -> RateLimited:
    """The error that says that no money is left: a repeat does not help."""
    return RateLimited(f"{text}; the account has nothing left to spend")


def _moment(text: str) -> float:
    """The wall clock's seconds of a date. Raises ValueError."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - it imports a lot, and few servers give dates

    return parsedate_to_datetime(text).timestamp()
