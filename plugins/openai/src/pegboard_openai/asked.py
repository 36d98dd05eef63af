"""The parameters of a request that are not a server's own words: what they are called here, checked. Pure."""

from typing import Any, Final

from msgspec import Struct

from pegboard_openai.profile import Api
from pegboard_sdk import InvalidParams, StreamModel

OURS: Final = ("model", "messages", "input", "instructions", "tools", "stream", "stream_options", "n", "store")
"""Keys of a body that no parameter may replace."""


class Asked(Struct, frozen=True, kw_only=True):
    """What is asked for: `rest` goes to the server as it is."""

    api: Api | None = None
    json_schema: dict[str, Any] | None = None
    max_tokens: int | None = None
    effort: str = ""
    rest: dict[str, Any] = {}


def asked_of(request: StreamModel) -> Asked:
    """The parameters of a request. Raises InvalidParams for one that is ours to set or that cannot be used."""
    rest = dict(request.params)
    wrong = [key for key in rest if key in OURS]
    if wrong:
        raise InvalidParams(f"params: `{wrong[0]}` is set by the openai plugin itself; leave it out")
    schema = rest.pop("json_schema", None)
    if schema is not None and not isinstance(schema, dict):
        raise InvalidParams("params: `json_schema` must be a JSON Schema object")
    effort = rest.pop("reasoning_effort", "")
    if not isinstance(effort, str):
        raise InvalidParams("params: `reasoning_effort` must be a word, such as low, medium or high")
    limit = rest.pop("max_tokens", None)
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise InvalidParams("params: `max_tokens` must be a whole number of 1 or more")
    return Asked(
        api=_api(rest.pop("api", None)),
        json_schema=schema,
        max_tokens=limit,
        effort=request.effort or effort,
        rest=rest,
    )


def _api(word: object) -> Api | None:
    if word is None:
        return None
    try:
        return Api(word)
    except ValueError:
        known = " or ".join(f"`{api.value}`" for api in Api)
        raise InvalidParams(f"params: `api` is {word!r}; it must be {known}") from None
