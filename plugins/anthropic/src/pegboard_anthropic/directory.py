"""What the server says of its models: the list, and what one of them can do. It asks through the lines of others."""

from typing import Final

from pegboard_anthropic.words import Listed, listed_decoder, listing_decoder
from pegboard_sdk import CallCancelled, ModelInfo, PegboardError, Upstream
from pegboard_sdk.http import BAD_JSON, Endpoint, Lifeline, Lines, Sending, fetched

ASK_S: Final = 10.0
MAX_PAGES: Final = 20


class Directory:
    """The models of one server; what one can do is asked once."""

    def __init__(self, endpoint: Endpoint, lines: Lines) -> None:
        self._endpoint = endpoint
        self._lines = lines
        self._known: dict[str, Listed | None] = {}

    def listed(self, life: Lifeline) -> list[ModelInfo]:
        """All models. Raises what the server answers, Upstream for what is no list."""
        found: list[ModelInfo] = []
        path = "/v1/models?limit=1000"
        for _ in range(MAX_PAGES):
            data = self._asked(path, life)
            try:
                page = listing_decoder.decode(data)
            except BAD_JSON as error:
                raise Upstream(f"{self._endpoint.url}/v1/models: no list of models: {error}") from error
            found += [ModelInfo(id=model.id, context=model.max_input_tokens or 0) for model in page.data or ()]
            if not page.has_more or not page.last_id:
                break
            path = f"/v1/models?limit=1000&after_id={page.last_id}"
        return found

    def model(self, name: str, life: Lifeline) -> Listed | None:
        """What the server says of a model; None where it does not say. Raises CallCancelled."""
        if name not in self._known:
            try:
                self._known[name] = listed_decoder.decode(self._asked(f"/v1/models/{name}", life))
            except CallCancelled:
                raise
            except (PegboardError, *BAD_JSON):
                # Servers that speak the same language often have no list; the request itself will tell what is wrong.
                self._known[name] = None
        return self._known[name]

    def _asked(self, path: str, life: Lifeline) -> bytes:
        return fetched(self._lines, Sending(path, ASK_S), life)
