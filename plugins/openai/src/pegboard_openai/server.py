"""One server: where it is, the lines to it, the conversations held for it, and what it was found to refuse."""

from pegboard_openai.dialogs import Dialogs
from pegboard_openai.endpoint import Endpoint
from pegboard_openai.lines import Lines
from pegboard_openai.profile import Profile, Schemas


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
