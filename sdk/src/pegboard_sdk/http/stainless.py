"""The clients that Stainless generates (`openai`, `anthropic` and many more) as callers: they differ in names alone.

Bodies and answers are bytes: what such a client's types would make of them is not asked for. It is told by whoever
makes it not to repeat (`max_retries=0`), and to use the web client that it is given (`http_client=web`).
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

import httpx2

from pegboard_sdk.http.sending import Sending


class Client(Protocol):
    """What is used of a generated client."""

    @property
    def get(self) -> Callable[..., object]: ...
    @property
    def post(self) -> Callable[..., object]: ...
    def close(self) -> None: ...


class Answered(Protocol):
    """What is used of its error for an answer that is no success."""

    response: httpx2.Response


class Stainless:
    """A generated client. `refusal` is its package's `APIStatusError`, `omit` the package's word for a header of the
    client's own that is not to be sent; `headers` has None for those."""

    def __init__(
        self,
        client: Client,
        *,
        refusal: type[Exception],
        omit: object,
        headers: Mapping[str, str | None],
    ) -> None:
        self._client = client
        self._refusal = refusal
        self._headers = {name: omit if text is None else text for name, text in headers.items()}

    def open(self, sending: Sending, headers: Mapping[str, str], timeout: httpx2.Timeout) -> httpx2.Response:
        """Send a request; see `Caller`."""
        # With this type to cast to, a stream is the response itself.
        how: dict[str, Any] = {
            "cast_to": httpx2.Response,
            "options": {"headers": {**self._headers, **headers}, "timeout": timeout},
            "stream": True,
        }
        try:
            if sending.upload is not None:
                # The client wants to hear of a form by this header, and writes the whole of it itself.
                how["options"]["headers"]["Content-Type"] = "multipart/form-data"
                file = {"file": (sending.upload.name, sending.upload.data)}
                got = self._client.post(sending.path, body=sending.upload.fields, files=file, **how)
            elif sending.body is None:
                got = self._client.get(sending.path, **how)
            else:
                got = self._client.post(sending.path, content=sending.body, **how)
        except self._refusal as refusal:
            got = cast(Answered, refusal).response
        return cast(httpx2.Response, got)

    def close(self) -> None:
        """Close it."""
        self._client.close()
