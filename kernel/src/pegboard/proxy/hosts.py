"""Which hosts are granted, and which addresses may be behind a name. Pure: nothing is resolved here.

A name is allowed by pattern and must then resolve to public addresses only. A literal address with its port may be
private or loopback where a person granted it, or the user's or the organisation's configuration names it as a base URL;
`localhost` counts as such a literal and is never resolved.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Self

from msgspec import Struct

from pegboard_sdk.errors import InvalidParams

Address = IPv4Address | IPv6Address

WEB_PORTS: Final = frozenset({80, 443})
"""Those of a grant that names none."""

_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*{_LABEL}")
_NUMBER: Final = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")
_PLACE: Final = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?")

_TABLE: Final = (
    "169.254.0.0/16 fe80::/10 168.63.129.16 100.100.100.200 192.0.0.0/24 0.0.0.0/8 224.0.0.0/3 fd00:ec2::/32 ff00::/8 "
    "::/128 ::ffff:0:0/96 ::/96 2002::/16 2001::/32 fec0::/10"
)
_NEVER: Final = tuple(ip_network(text) for text in _TABLE.split())
"""No grant opens these: link-local, multicast, where clouds keep their metadata, and what hides another address."""
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")


class Refusal(Struct, frozen=True):
    """What was refused and why; `grant` would allow it, and is empty where none would."""

    host: str
    port: int
    reason: str
    grant: str = ""

    def __str__(self) -> str:
        return self.reason + (f"; a grant of {self.grant} would allow it" if self.grant else "")


class Grant(Struct, frozen=True):
    """A host, `*.` and a host for what is below it, or `*`; and a port, or 0 for those of the web."""

    host: str
    port: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """`HOST`, `HOST:PORT`, `*.HOST`, `*`, or a base URL. Raises InvalidParams with what would be right."""
        scheme, mark, rest = text.rpartition("://")
        host, port = split(re.split(r"[/?#]", rest)[0] if mark else text)
        port = port or {"http": 80, "https": 443}.get(scheme.lower(), 0)
        below = host.startswith("*.")
        known = "*" if host == "*" else normal(host[2:] if below else host)
        if not known or (below and _literal(known)) or (mark and not port):
            raise InvalidParams(
                f"{text!r} is no host; write api.example.org, *.example.org, HOST:PORT or http://HOST:PORT/"
            )
        return cls(f"*.{known}" if below else known, port)

    def covers(self, host: str, port: int) -> bool:
        """Whether it names this host and port."""
        if port != self.port if self.port else port not in WEB_PORTS:
            return False
        below = self.host.startswith("*.") and host.endswith(self.host[1:])
        return below or self.host in ("*", host)


class Hosts(Struct, frozen=True):
    """What one process was granted. `own` are grants of a person and base URLs of user and managed configuration."""

    granted: tuple[Grant, ...] = ()
    own: tuple[Grant, ...] = ()
    denied: tuple[Grant, ...] = ()

    @classmethod
    def of(cls, granted: Iterable[str] = (), *, own: Iterable[str] = (), denied: Iterable[str] = ()) -> Self:
        """Raises InvalidParams for what is no host."""
        return cls(*(tuple(map(Grant.parse, texts)) for texts in (granted, own, denied)))

    def judge(self, host: str, port: int) -> Refusal | list[str]:
        """Of a host as a client wrote it: addresses where it is a literal that may be private; none where it has to be
        resolved and held against `behind`."""
        known = normal(host)
        if not known:
            return Refusal(host[:253], port, f"{host[:80]!r} is no host name that can be read in one way only")
        shown = f"[{known}]:{port}" if ":" in known else f"{known}:{port}"
        if any(Grant(grant.host, grant.port or port).covers(known, port) for grant in self.denied):
            return Refusal(known, port, f"{shown} is denied by policy")
        literal = _literal(known)
        private = known == "localhost" or (literal is not None and not is_public(literal))
        if private:
            if literal is not None and _is_never(literal):
                return Refusal(
                    known, port, f"{shown} is link-local, multicast or an address in disguise: never allowed"
                )
            if Grant(known, port) in self.own:
                return [known] if literal else ["127.0.0.1", "::1"]
            return Refusal(known, port, f"{shown} is not public", shown)
        if not any(grant.covers(known, port) for grant in (*self.granted, *self.own)):
            return Refusal(known, port, f"{shown} was not granted", known if port in WEB_PORTS else shown)
        return []


def normal(host: str) -> str:
    """The host in lower case, addresses in their usual form without brackets; empty where it is none, or ambiguous."""
    text = host.lower().removesuffix(".")
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    literal = _literal(bare)
    if literal is not None:
        return str(literal) if literal.version == 6 or bare == text else ""
    if not _NAME.fullmatch(text) or _NUMBER.fullmatch(text.rpartition(".")[2]):
        return ""  # resolvers take `127.1`, `0x7f000001` and `2130706433` for addresses
    return text


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, and nothing else in disguise."""
    if address.version == 6 and address in _TRANSLATED:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not _is_never(address)


def behind(host: str, addresses: Iterable[str]) -> list[str] | str:
    """The addresses that a public name resolved to; the reason of a refusal where there is none or one not public."""
    found = list(dict.fromkeys(addresses))
    bad = [each for each in found if (literal := _literal(each)) is None or not is_public(literal)]
    if bad:
        return f"{host} resolves to {bad[0]}, which is not public"
    return found or f"{host} resolves to nothing"


def _is_never(address: Address) -> bool:
    if address in _TRANSLATED:
        return not is_public(address)
    return str(address) != "::1" and any(
        address.version == network.version and address in network for network in _NEVER
    )


def _literal(text: str) -> Address | None:
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


def split(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`, port 0 where there is none. Where it is no port the host is empty, too."""
    found = _PLACE.fullmatch(text)
    port = int(found[2] or 0) if found else 0
    return (found[1], port) if found and port < 65536 and (port or not found[2]) else ("", 0)
