"""One server: where it is, the lines to it, the conversations held for it, and what it was found to refuse."""

from functools import partial

from pegboard_openai.client import caller
from pegboard_openai.dialog import Dialog
from pegboard_openai.endpoint import profiled
from pegboard_openai.faults import refused
from pegboard_openai.listing import Fetch
from pegboard_openai.profile import Api, Profile, Schemas
from pegboard_openai.way import WAYS
from pegboard_sdk import Entry, Setup, StreamModel
from pegboard_sdk.http import Dialogs, Endpoint, Lifeline, Lines, Sending, fetched


class Server:
    """A server. `spared` are additions of ours that it refused."""

    def __init__(self, endpoint: Endpoint, profile: Profile) -> None:
        self.endpoint = endpoint
        self.profile = profile
        self.lines = Lines(endpoint, partial(caller, key_header=profile.key_header), refused)
        self.spared: frozenset[str] = frozenset()
        self._dialogs: Dialogs[Dialog] = Dialogs()

    @property
    def schemas(self) -> Schemas:
        """How far it can be trusted with a schema, as found out so far."""
        return Schemas.NONE if "response_format" in self.spared else self.profile.schemas

    def dialog(self, request: StreamModel, entries: tuple[Entry, ...], api: Api) -> Dialog:
        """The dialog of a conversation; one that is asked in both ways has one of each. Raises as `Dialogs.grown`."""

        def fresh() -> Dialog:
            return Dialog(WAYS[api].form(self.profile, self.endpoint.place))

        return self._dialogs.grown((request.conversation, api), entries, request.blobs, fresh)

    def fetch(self, life: Lifeline, silence_s: float) -> Fetch:
        """Asks for what is no answer of a model; see `listing.Fetch`."""

        def fetched_from(path: str, body: bytes | None) -> bytes:
            whole = self.endpoint.root + path[1:] if path.startswith("//") else path
            return fetched(self.lines, Sending(whole, silence_s, body), life)

        return fetched_from


def connect(setup: Setup) -> Server:
    """The server of the settings. Raises InvalidParams, or Unauthenticated, for settings with which there is none."""
    return Server(*profiled(setup))
