"""The openai package's client, with the key where the endpoint looks for it.

It is imported when the first one is made: that takes half a second and more.
"""

from typing import TYPE_CHECKING, Final

from pegboard_sdk.http import Caller, Endpoint

if TYPE_CHECKING:
    import httpx2

BEARER: Final = "Authorization"


def caller(endpoint: Endpoint, web: "httpx2.Client", *, key_header: str = BEARER) -> Caller:
    """A client of `endpoint`. Raises ValueError for a URL that it does not take."""
    import openai  # noqa: PLC0415 - see above

    from pegboard_sdk.http.stainless import Stainless  # noqa: PLC0415 - it imports httpx2

    client = openai.OpenAI(
        api_key=endpoint.key or "none",
        base_url=endpoint.url,
        default_query=dict(endpoint.query),
        max_retries=0,
        http_client=web,
    )
    headers: dict[str, str | None] = {} if endpoint.key and key_header == BEARER else {BEARER: None}
    if endpoint.key and key_header != BEARER:
        headers[key_header] = endpoint.key
    return Stainless(client, refusal=openai.APIStatusError, omit=openai.omit, headers=headers)
