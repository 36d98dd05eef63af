"""Lines to a scripted server, as providers have them, and whole answers over them."""

from contextlib import closing

from pegboard_sdk import Setup
from pegboard_sdk.http import Exchange, Lifeline, Lines, Sending, Service, endpoint_from, fault_of
from pegboard_sdk.http.plain import Plain

SERVICE = Service(
    url="https://models.example.org/v1",
    key="MODEL_API_KEY",
    forms="https://HOST/v1 or http://HOST:PORT/v1",
    keyless="set MODEL_API_KEY",
)
BODY = b'{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}'


def refused(refusal):
    """The error of a refusal, in the server's words."""
    return refusal.error(fault_of(refusal.body).message or "")


def endpoint(url="http://localhost:8080/v1", *, key="", **settings):
    """An endpoint as a user's settings make it."""
    secrets = {SERVICE.key: key} if key else {}
    return endpoint_from(SERVICE, Setup(settings={"base_url": url, **settings}, secrets=secrets))


def lines_to(url, *, call=Plain, **settings):
    """Lines of an endpoint; close them."""
    return Lines(endpoint(url, **settings), call, refused)


def exchange(lines, life=None, silence_s=20.0, path="/chat/completions"):
    """A request under way."""
    return Exchange(lines, Sending(path, silence_s, BODY, "m"), life or Lifeline())


def whole(lines, **more):
    """All of an answer."""
    with closing(exchange(lines, **more)) as answer:
        return answer.rest(1 << 20)


def headers_of(seen):
    """The headers of a request, by their names in lower case."""
    return {name.lower(): value for name, value in seen.headers.items()}


class Bytes:
    """A body in memory; an error in it is raised where it stands."""

    def __init__(self, *pieces):
        self.pieces = list(pieces)
        self.is_whole = False

    def read(self):
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, Exception):
            raise piece
        return piece

    def rest(self, limit):
        data, self.pieces = b"".join(self.pieces), []
        return data
