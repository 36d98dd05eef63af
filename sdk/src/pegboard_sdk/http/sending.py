"""A request that is to be sent, as a value."""

from msgspec import Struct


class Sending(Struct, frozen=True):
    """What goes to `path` under the server's URL, or to a whole URL: `body` by POST, without one it is a GET.

    `headers` count before those of the endpoint. `model` is for errors.
    """

    path: str
    silence_s: float
    """How long the server may be silent."""
    body: bytes | None = None
    model: str = ""
    headers: tuple[tuple[str, str], ...] = ()
