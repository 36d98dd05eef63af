"""One server: where it is, the lines to it, the conversations held for it, and what is known of its models."""

from typing import Final

from msgspec.structs import replace

from pegboard_anthropic.client import caller
from pegboard_anthropic.dialog import Dialog
from pegboard_anthropic.directory import Directory
from pegboard_anthropic.faults import refused
from pegboard_sdk import Setup
from pegboard_sdk.http import Dialogs, Endpoint, Lines, Service, endpoint_from

ANTHROPIC: Final = Service(
    url="https://api.anthropic.com",
    key="ANTHROPIC_API_KEY",
    forms="https://HOST or http://HOST:PORT, without /v1",
    keyless="`peg login anthropic` or set ANTHROPIC_API_KEY; for another server, set base_url",
)


class Server:
    """A server. `longest` are the longest answers of models that refused a longer one."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.lines = Lines(endpoint, caller, refused)
        self.directory = Directory(endpoint, self.lines)
        self.dialogs: Dialogs[Dialog] = Dialogs()
        self.longest: dict[str, int] = {}


def connect(setup: Setup) -> Server:
    """The server of the settings; `/v1` belongs to the paths. Raises as `endpoint_from`."""
    endpoint = endpoint_from(ANTHROPIC, setup)
    return Server(replace(endpoint, url=endpoint.url.removesuffix("/v1")))
