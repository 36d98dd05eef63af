"""What sends a request: a vendor's own client, behind the one thing that is wanted of it. No I/O."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from pegboard_sdk.http.endpoint import Endpoint
from pegboard_sdk.http.sending import Sending

if TYPE_CHECKING:
    import httpx2


class Caller(Protocol):
    """A client over the web client that it was given, which knows connections, proxies and certificates."""

    def open(self, sending: Sending, headers: Mapping[str, str], timeout: "httpx2.Timeout") -> "httpx2.Response":
        """Send a request, once; the answer whatever its status, its body unread.

        `headers` replace the client's own. Errors of the connection may be raised as they are, or wrapped with their
        cause.
        """

    def close(self) -> None:
        """Close it; it cannot be used again."""


Call = Callable[[Endpoint, "httpx2.Client"], Caller]
"""Makes a caller for an endpoint. It imports the vendor's client: here, and not before."""
