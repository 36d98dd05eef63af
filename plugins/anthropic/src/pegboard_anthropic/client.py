"""The anthropic package's client. It is imported when the first one is made: that takes a second and more."""

from typing import TYPE_CHECKING

from pegboard_sdk.http import Caller, Endpoint

if TYPE_CHECKING:
    import httpx2


def caller(endpoint: Endpoint, web: "httpx2.Client") -> Caller:
    """A client of `endpoint`. Raises ValueError for a URL that it does not take."""
    import anthropic  # noqa: PLC0415 - see above

    from pegboard_sdk.http.stainless import Stainless  # noqa: PLC0415 - it imports httpx2

    query, key = dict(endpoint.query), endpoint.key or "none"
    client = anthropic.Anthropic(
        api_key=key, base_url=endpoint.url, default_query=query, max_retries=0, http_client=web, open_telemetry=False
    )
    unsent = {} if endpoint.key else {"Authorization": None}
    return Stainless(client, refusal=anthropic.APIStatusError, omit=anthropic.omit, headers=unsent)
