"""URLs and hosts as the gate compares them: parsed once, strictly. Resolves no name and opens no connection."""

import ipaddress
import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from pegboard_sdk.errors import InvalidParams

MAX_URL: Final = 4096
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_ONLY_NUMBERS: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*")


class UrlFacts(Struct, frozen=True, kw_only=True):
    """A URL or host taken apart. `trouble` says why it cannot be judged; it then asks."""

    asked: str
    scheme: str = ""
    host: str = ""
    port: int = 0
    local: bool = False
    """A loopback or private address, or a name that is always one."""
    link_local: bool = False
    """An address of this link, such as a cloud's metadata service: denied."""
    trouble: str = ""


class HostPattern(Struct, frozen=True):
    """A host and its subdomains."""

    host: str

    def covers(self, url: UrlFacts) -> bool:
        """Whether the parsed host is this one or below it."""
        return not url.trouble and self._holds(url.host)

    def binds(self, url: UrlFacts) -> bool:
        """Like `covers`, for rules that narrow: also where the URL has trouble of another kind."""
        return bool(url.host) and self._holds(url.host)

    def _holds(self, host: str) -> bool:
        return not self.host or host == self.host or host.endswith(f".{self.host}")


def parse_host_pattern(text: str) -> HostPattern:
    """The pattern of `domain:HOST`. Raises InvalidParams with what would be right."""
    kind, separator, host = text.partition(":")
    if text in ("", "*", "domain:*"):
        return HostPattern("")
    if kind != "domain" or not separator:
        raise InvalidParams(f"`{text}`: a host is named as `domain:HOST`, for example `domain:docs.python.org`")
    facts = look_at_host(host.removeprefix("*."))
    if facts.trouble:
        raise InvalidParams(f"`{text}`: {facts.trouble}; write a host like `docs.python.org`, without scheme or path")
    return HostPattern(facts.host)


def look_at_url(text: str) -> UrlFacts:
    """The URL in `text`, with trouble where two readers could read it differently."""
    if trouble := _text_trouble(text):
        return UrlFacts(asked=text, trouble=trouble)
    try:
        parts = urlsplit(text)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError as error:
        return UrlFacts(asked=text, trouble=f"not a URL: {error}")
    if parts.scheme not in ("http", "https"):
        return UrlFacts(asked=text, scheme=parts.scheme, trouble="its scheme is neither http nor https")
    host = look_at_host(parts.hostname or "")
    trouble = host.trouble or ("it carries a user name or password" if "@" in parts.netloc else "")
    return UrlFacts(
        asked=text, scheme=parts.scheme, host=host.host, port=port, local=host.local, link_local=host.link_local,
        trouble=trouble,
    )  # fmt: skip


def look_at_host(text: str) -> UrlFacts:
    """The host in `text`, lower case, in its ASCII form and without a final dot."""
    trouble = _text_trouble(text) or ("it has no host" if not text else "")
    if trouble:
        return UrlFacts(asked=text, trouble=trouble)
    bare = text.lower().removesuffix(".")
    try:
        address = ipaddress.ip_address(bare.strip("[]"))
    except ValueError:
        return _name(text, bare)
    mapped = getattr(address, "ipv4_mapped", None) or address
    return UrlFacts(asked=text, host=str(mapped), local=not mapped.is_global, link_local=mapped.is_link_local)


def host_in(word: str) -> UrlFacts:
    """The host that a word names, with or without scheme, user, port and path; for rules that narrow."""
    try:
        return look_at_host(urlsplit(f"//{word.rpartition('://')[2]}").hostname or "")
    except ValueError:
        return UrlFacts(asked=word)


def _name(text: str, bare: str) -> UrlFacts:
    if _ONLY_NUMBERS.fullmatch(bare):
        return UrlFacts(asked=text, host=bare, trouble="an address in a form that programs read differently")
    try:
        ascii_name = bare if bare.isascii() else bare.encode("idna").decode("ascii")
    except UnicodeError:
        return UrlFacts(asked=text, trouble="not a host name")
    if not all(_LABEL.fullmatch(label) for label in ascii_name.split(".")) or len(ascii_name) > 253:
        return UrlFacts(asked=text, trouble="not a host name")
    local = ascii_name == "localhost" or ascii_name.endswith((".localhost", ".local", ".internal"))
    trouble = "" if bare.isascii() else "its letters are not ASCII and may only look like a known name"
    return UrlFacts(asked=text, host=ascii_name, local=local, trouble=trouble)


def _text_trouble(text: str) -> str:
    if len(text) > MAX_URL:
        return f"longer than {MAX_URL} characters"
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zs", "Zl", "Zp") for letter in text):
        return "it holds characters that cannot be shown"
    return "it holds a backslash" if "\\" in text else ""
