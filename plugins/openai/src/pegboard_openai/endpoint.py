"""Where the server is and how it is addressed, from what the plugin was given. It opens nothing."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct

from pegboard_sdk import InvalidParams, Setup, Unauthenticated

DEFAULT_URL: Final = "https://api.openai.com/v1"
KEY: Final = "OPENAI_API_KEY"
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Proxy(Struct, frozen=True):
    """An HTTP proxy. `credentials` is `user:password`, empty when it wants none."""

    host: str
    port: int
    credentials: str = ""


class Endpoint(Struct, frozen=True):
    """A server: `path` is what stands before `/chat/completions`, `query` what stands after each path."""

    url: str
    secure: bool
    host: str
    port: int
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    key: str = ""
    proxy: Proxy | None = None
    idle_s: float = 300.0
    """How long the server may be silent."""

    def target(self, name: str) -> str:
        """The request target of `chat/completions` or `models`; absolute where a proxy has to know the host."""
        path = f"{self.path}/{name}" + (f"?{self.query}" if self.query else "")
        if not self.is_relayed:
            return path
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{path}"

    @property
    def is_relayed(self) -> bool:
        """Whether requests go to the proxy itself and not through a tunnel."""
        return self.proxy is not None and not self.secure

    def hidden(self, text: str) -> str:
        """`text` without the key, should a server have quoted it."""
        return text.replace(self.key, "⟦key⟧") if self.key else text


def is_configured(setup: Setup) -> bool:
    """Whether the user said anything of a server; if not, nothing may be probed."""
    return bool(setup.settings.get("base_url") or setup.secrets.get(KEY))


def endpoint_from(setup: Setup, environ: Mapping[str, str]) -> Endpoint:
    """The endpoint of `setup`; proxies come from `environ`, which holds what the manifest names.

    Raises InvalidParams for a setting that cannot be used, Unauthenticated where a key is needed and missing.
    """
    url = _string(setup.settings, "base_url") or DEFAULT_URL
    parts, host, port = _split(url, "base_url")
    if parts.username is not None:
        raise InvalidParams(f"base_url: leave out the user and password; a key belongs in {KEY}")
    if parts.scheme not in ("http", "https"):
        raise InvalidParams(f"base_url `{url}`: must look like https://HOST/v1 or http://HOST:PORT/v1")
    secure = parts.scheme == "https"
    headers, idle_s, key = _headers(setup.settings), _seconds(setup.settings), _key(setup)
    if not key and url.startswith("https://api.openai.com"):
        raise Unauthenticated(
            f"no key for {DEFAULT_URL}: set {KEY}, or OPENAI_BASE_URL (base_url under [models.NAME]) for another server"
        )
    return Endpoint(
        url=url,
        secure=secure,
        host=host,
        port=port or (443 if secure else 80),
        path=parts.path.rstrip("/"),
        query=parts.query,
        headers=(*_own_headers(key, headers), *headers),
        key=key,
        proxy=_proxy(host, environ, secure=secure),
        idle_s=idle_s,
    )


def _split(url: str, name: str) -> tuple[SplitResult, str, int | None]:
    """A URL in parts, its host and its port; what stands before the host may be left out."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidParams(f"{name}: {error}") from error
    if not host:
        raise InvalidParams(f"{name}: it names no host; it must look like http://HOST:PORT")
    return parts, host, port


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


def _own_headers(key: str, given: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Our headers, but for those that were given."""
    own = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
    if key:
        own["Authorization"] = f"Bearer {key}"
    names = {name.lower() for name, _ in given}
    return [(name, value) for name, value in own.items() if name.lower() not in names]


def _proxy(host: str, environ: Mapping[str, str], *, secure: bool) -> Proxy | None:
    """The proxy for `host`, by the variables that everyone uses; the scheme's own before ALL_PROXY."""
    lower = {name.lower(): value for name, value in environ.items() if value}
    text = lower.get("https_proxy" if secure else "http_proxy") or lower.get("all_proxy", "")
    if not text or _is_direct(host, lower.get("no_proxy", "")):
        return None
    parts, place, port = _split(text, "the proxy of the environment")
    if parts.scheme != "http":
        raise InvalidParams(f"proxy `{parts.scheme}://{place}`: only http:// proxies are supported")
    credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    return Proxy(host=place, port=port or 80, credentials=credentials)


def _is_direct(host: str, exceptions: str) -> bool:
    """Whether NO_PROXY names `host`: itself, a domain that it is in, or `*`."""
    names = [name.strip().lower().lstrip("*").lstrip(".") for name in exceptions.split(",") if name.strip()]
    return any(not name or host == name or host.endswith("." + name) for name in names)
