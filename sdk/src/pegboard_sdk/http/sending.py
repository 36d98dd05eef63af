"""A request that is to be sent, as a value."""

from msgspec import Struct


class Upload(Struct, frozen=True):
    """A file as a form sends it, with the other fields of the form."""

    name: str
    data: bytes
    fields: dict[str, str] = {}


class Sending(Struct, frozen=True):
    """What goes to `path` under the server's URL, or to a whole URL: `body` or `upload` by POST, else it is a GET.

    `headers` count before those of the endpoint. `model` is for errors.
    """

    path: str
    silence_s: float
    """How long the server may be silent."""
    body: bytes | None = None
    model: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    upload: Upload | None = None
