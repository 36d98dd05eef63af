"""Where a provider stands while its plugin runs: what was set up, and the server that is made of it when needed."""

from collections.abc import Callable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from pegboard_sdk.errors import PegboardError
from pegboard_sdk.http.lines import Lines
from pegboard_sdk.wire.methods import Setup


class Server(Protocol):
    """What a provider keeps of its server: the lines to it, and what it likes."""

    @property
    def lines(self) -> Lines: ...


S = TypeVar("S", bound=Server)


class Station(Generic[S]):
    """The server of one plugin. `connect` makes it of the settings, opens nothing, and raises what is wrong with
    them."""

    def __init__(self, connect: Callable[[Setup], S]) -> None:
        self.setup = Setup()
        self._connect = connect
        self._server: S | None = None

    def start(self, setup: Setup) -> None:
        """Get ready for the first request. A setting that is wrong is told when a model is asked."""
        self.setup = setup
        with suppress(PegboardError):
            self.server().lines.warm_soon()

    def stop(self) -> None:
        """Close the connections that are kept."""
        if self._server is not None:
            self._server.lines.close()

    def server(self) -> S:
        """The server. Raises InvalidParams or Unauthenticated for settings with which there is none."""
        if self._server is None:
            self._server = self._connect(self.setup)
        return self._server
