"""Where the server is and what it is told with each request, from what the plugin was given. It opens nothing."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from pegboard_sdk.errors import InvalidParams, Unauthenticated
from pegboard_sdk.wire.methods import Setup

_OWN_HEADERS: Final = (("Accept", "text/event-stream, application/json"),)
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
"""This machine, as URLs name it."""


class Service(Struct, frozen=True, kw_only=True):
    """What a provider is for: the server that is asked unless a setting names another."""

    url: str
    key: str
    """The name of the credential."""
    forms: str
    """What a base URL looks like, for people: `https://HOST/v1`."""
    keyless: str
    """What to do where the service's own server is asked without a key."""


class Endpoint(Struct, frozen=True, kw_only=True):
    """A server: `query` is what stands after each path, `headers` are sent beside those of the vendor's client."""

    service: Service
    url: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    key: str = ""
    idle_s: float = 300.0
    """How long the server may be silent."""
    proxy: str = ""
    """Instead of those of the environment; `ca_file` likewise: whom to trust beside the system's certificates."""
    ca_file: str = ""

    @property
    def place(self) -> str:
        """Host and port: what a server alone understands goes back to the same place only."""
        return urlsplit(self.url).netloc

    @property
    def root(self) -> str:
        """The server's URL without a path."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    def wants_proxy_of(self, environment: Mapping[str, str]) -> bool:
        """Whether a proxy that the environment names (by scheme, or `all`) is for this server.

        What is asked of this machine does not leave it: by another's proxy it would. One on loopback is another matter:
        where a process has no network of its own, it is the way out.
        """
        parts = urlsplit(self.url)
        proxy = environment.get(parts.scheme) or environment.get("all") or ""
        return parts.hostname not in LOOPBACK or urlsplit(proxy).hostname in (None, *LOOPBACK)

    def hidden(self, text: str) -> str:
        """`text` without the key, should a server have quoted it."""
        return text.replace(self.key, "⟦key⟧") if self.key else text

    def silence_s(self, remaining_s: float | None) -> float:
        """How long the server may be silent in a call that has so long."""
        return self.idle_s if remaining_s is None else max(0.1, min(self.idle_s, remaining_s))


def is_configured(service: Service, setup: Setup) -> bool:
    """Whether the user said anything of a server; if not, nothing may be probed."""
    return bool(setup.settings.get("base_url") or setup.secrets.get(service.key))


def endpoint_from(service: Service, setup: Setup) -> Endpoint:
    """The endpoint of the settings `base_url`, `headers`, `idle_s`, `proxy`, `ca_file`, and of the key.

    Raises InvalidParams for a setting that cannot be used, Unauthenticated where a key is needed and missing.
    """
    settings = setup.settings
    url, query = _split(service, text_of(settings, "base_url") or service.url)
    headers, idle_s, key = _headers(settings), _seconds(settings), _key(service, setup)
    if not key and urlsplit(url).hostname == urlsplit(service.url).hostname:
        raise Unauthenticated(f"no key for {service.url}: {service.keyless}")
    return Endpoint(
        service=service,
        url=url,
        query=query,
        headers=(*_OWN_HEADERS, *headers),
        key=key,
        idle_s=idle_s,
        proxy=text_of(settings, "proxy"),
        ca_file=text_of(settings, "ca_file"),
    )


def text_of(settings: Mapping[str, Any], key: str) -> str:
    """A setting that is a text; empty where there is none. Raises InvalidParams for anything else."""
    value = settings.get(key, "")
    if not isinstance(value, str):
        raise InvalidParams(f"{key}: must be text, not {type(value).__name__}")
    return value.strip()


def _split(service: Service, text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A URL without its query, and its query; what stands before the host may be left out."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidParams(f"base_url: {error}") from error
    if parts.username is not None:
        raise InvalidParams(f"base_url: leave out the user and password; a key belongs in {service.key}")
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidParams(f"base_url `{text}`: must look like {service.forms}")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", tuple(parse_qsl(parts.query))


def _seconds(settings: Mapping[str, Any]) -> float:
    value = settings.get("idle_s", 300.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 86400:
        raise InvalidParams(f"idle_s: {value!r}; must be seconds, more than 0 and at most 86400")
    return float(value)


def _key(service: Service, setup: Setup) -> str:
    key = setup.secrets.get(service.key, "").strip()
    if not key.isascii() or not key.isprintable():
        raise Unauthenticated(
            f"{service.key} holds characters that no key has; was it pasted with something around it?"
        )
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
