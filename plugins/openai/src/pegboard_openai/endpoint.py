"""Where the server is and what it is told with each request, from what the plugin was given. It opens nothing."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from pegboard_openai.profile import Profile
from pegboard_openai.profiles import GENERIC, profile_of
from pegboard_sdk import InvalidParams, Setup, Unauthenticated

DEFAULT_URL: Final = "https://api.openai.com/v1"
KEY: Final = "OPENAI_API_KEY"
_OWN_HEADERS: Final = (("Accept", "text/event-stream, application/json"),)
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Endpoint(Struct, frozen=True):
    """A server: `query` is what stands after each path, `headers` are sent beside those of the openai package."""

    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    key: str = ""
    idle_s: float = 300.0
    """How long the server may be silent."""
    profile: Profile = GENERIC
    proxy: str = ""
    """Instead of those of the environment; `ca_file` likewise: whom to trust beside the system's certificates."""
    ca_file: str = ""

    @property
    def place(self) -> str:
        """Host and port: what a server alone understands goes back to the same place only."""
        return urlsplit(self.url).netloc

    @property
    def root(self) -> str:
        """The server's URL without a path: where its own interface is, beside the one that is compatible."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    def hidden(self, text: str) -> str:
        """`text` without the key, should a server have quoted it."""
        return text.replace(self.key, "⟦key⟧") if self.key else text


def is_configured(setup: Setup) -> bool:
    """Whether the user said anything of a server; if not, nothing may be probed."""
    return bool(setup.settings.get("base_url") or setup.secrets.get(KEY))


def endpoint_from(setup: Setup) -> Endpoint:
    """The endpoint of `setup`.

    Raises InvalidParams for a setting that cannot be used, Unauthenticated where a key is needed and missing.
    """
    text = _string(setup.settings, "base_url") or DEFAULT_URL
    url, query = _split(text)
    profile = profile_of(url, _profiles(setup.settings))
    url = url if urlsplit(url).path else url + profile.path
    headers, idle_s, key = _headers(setup.settings), _seconds(setup.settings), _key(setup)
    if not key and url.startswith("https://api.openai.com"):
        raise Unauthenticated(
            f"no key for {DEFAULT_URL}: set {KEY}, or OPENAI_BASE_URL (base_url under [models.NAME]) for another server"
        )
    return Endpoint(
        url=url,
        query=query,
        headers=(*_OWN_HEADERS, *headers),
        key=key,
        idle_s=idle_s,
        profile=profile,
        proxy=_string(setup.settings, "proxy"),
        ca_file=_string(setup.settings, "ca_file"),
    )


def _split(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A URL without its query, and its query; what stands before the host may be left out."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidParams(f"base_url: {error}") from error
    if parts.username is not None:
        raise InvalidParams(f"base_url: leave out the user and password; a key belongs in {KEY}")
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidParams(f"base_url `{text}`: must look like https://HOST/v1 or http://HOST:PORT/v1")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", tuple(parse_qsl(parts.query))


def _string(settings: Mapping[str, Any], key: str) -> str:
    value = settings.get(key, "")
    if not isinstance(value, str):
        raise InvalidParams(f"{key}: must be text, not {type(value).__name__}")
    return value.strip()


def _seconds(settings: Mapping[str, Any]) -> float:
    value = settings.get("idle_s", 300.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 86400:
        raise InvalidParams(f"idle_s: {value!r}; must be seconds, more than 0 and at most 86400")
    return float(value)


def _key(setup: Setup) -> str:
    key = setup.secrets.get(KEY, "").strip()
    if not key.isascii() or not key.isprintable():
        raise Unauthenticated(f"{KEY} holds characters that no key has; was it pasted with something around it?")
    return key


def _headers(settings: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    given = settings.get("headers", {})
    if not isinstance(given, dict):
        raise InvalidParams("headers: must be a table of names and texts")
    for name, value in given.items():
        sound = isinstance(value, str) and value.isascii() and value.isprintable()
        if not sound or not _TOKEN.fullmatch(name):
            raise InvalidParams(f"headers: `{name}` is no HTTP header with a text of printable ASCII")
    return tuple(given.items())


def _profiles(settings: Mapping[str, Any]) -> dict[str, str]:
    given = settings.get("profiles", {})
    if not isinstance(given, dict) or not all(isinstance(name, str) for name in given.values()):
        raise InvalidParams('profiles: must be a table of hosts and names, such as "10.0.0.5:9000" = "vllm"')
    return given
