"""One server: where it is, the lines to it, the conversations held for it, and what it was found to refuse."""

from contextlib import closing
from typing import Final

from pegboard_openai.dialogs import Dialogs
from pegboard_openai.endpoint import Endpoint
from pegboard_openai.exchange import Exchange
from pegboard_openai.lifeline import Lifeline
from pegboard_openai.lines import Lines
from pegboard_openai.listing import Fetch
from pegboard_openai.profile import Profile, Schemas
from pegboard_openai.sending import Sending

MAX_ANSWER_BYTES: Final = 16 << 20


class Server:
    """A server. `spared` are additions of ours that it refused."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.lines = Lines(endpoint)
        self.dialogs = Dialogs(endpoint)
        self.spared: frozenset[str] = frozenset()

    @property
    def profile(self) -> Profile:
        """What it is like."""
        return self.endpoint.profile

    @property
    def schemas(self) -> Schemas:
        """How far it can be trusted with a schema, as found out so far."""
        return Schemas.NONE if "response_format" in self.spared else self.profile.schemas

    def fetch(self, life: Lifeline, silence_s: float) -> Fetch:
        """Asks for what is no answer of a model; see `listing.Fetch`."""

        def fetched(path: str, body: bytes | None) -> bytes:
            whole = self.endpoint.root + path[1:] if path.startswith("//") else path
            with closing(Exchange(self.lines, Sending(whole, silence_s, body), life)) as exchange:
                return exchange.rest(MAX_ANSWER_BYTES)

        return fetched
