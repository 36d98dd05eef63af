"""What of a plugin's wishes is granted: asked ∩ user ∩ managed (CONTRACTS 1). Pure; paths are taken as they are."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.manifest import Capabilities

WORKSPACE: Final = "workspace"
CONFIG: Final = "config:"
ANY: Final = "*"
_PORTS: Final = {"http": 80, "https": 443}


class Granted(Struct, frozen=True, kw_only=True):
    """What one plugin has. Paths are absolute."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    """Names, `*.name` for all below one, `*` for any public host."""
    places: tuple[str, ...] = ()
    """`host:port` that a person named as a base URL: these alone may be loopback or private."""
    exec: bool = False
    env: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    terminal: bool = False

    @property
    def only_reads(self) -> bool:
        """Whether it can change nothing and reach nobody."""
        return not (self.write or self.hosts or self.places or self.exec or self.devices)


class Cap(Struct, frozen=True, kw_only=True):
    """The most that somebody lets a plugin have; None means whatever it asks for."""

    read: tuple[str, ...] | None = None
    write: tuple[str, ...] | None = None
    net: tuple[str, ...] | None = None
    exec: bool = True
    env: tuple[str, ...] | None = None
    secrets: tuple[str, ...] | None = None
    devices: tuple[str, ...] | None = None
    terminal: bool = True


def cap_of(accepted: Capabilities) -> Cap:
    """What was accepted, as a bound on what is asked for later."""
    return msgspec.convert(asdict(accepted), Cap)


def granted(
    asked: Capabilities, *, caps: Sequence[Cap] = (), folders: Sequence[str], settings: Mapping[str, Any]
) -> Granted:
    """What `asked` comes to. `settings` are the plugin's own, of the user or the policy, never of a project; `folders`
    are the workspace and what counts like it.

    Raises InvalidParams for a root that is neither a known word nor absolute.
    """
    hosts, places = _network(asked.net, caps, settings)
    return Granted(
        read=_roots(asked.read, [cap.read for cap in caps], folders, settings),
        write=_roots(asked.write, [cap.write for cap in caps], folders, settings),
        hosts=hosts,
        places=places,
        exec=asked.exec and all(cap.exec for cap in caps),
        env=_names(asked.env, [cap.env for cap in caps]),
        secrets=_names(asked.secrets, [cap.secrets for cap in caps]),
        devices=_names(asked.devices, [cap.devices for cap in caps]),
        terminal=asked.terminal and all(cap.terminal for cap in caps),
    )


def _names(asked: Sequence[str], caps: Sequence[Sequence[str] | None]) -> tuple[str, ...]:
    return tuple(name for name in asked if all(cap is None or name in cap for cap in caps))


def _roots(
    asked: Sequence[str], caps: Sequence[Sequence[str] | None], folders: Sequence[str], settings: Mapping[str, Any]
) -> tuple[str, ...]:
    """A root is granted where every cap names it or a folder above it."""
    wanted = dict.fromkeys(root for one in asked for root in _root(one, folders, settings))
    limits = [[root for one in cap for root in _root(one, folders, settings)] for cap in caps if cap is not None]
    return tuple(root for root in wanted if all(any(_holds(above, root) for above in limit) for limit in limits))


def _root(one: str, folders: Sequence[str], settings: Mapping[str, Any]) -> Iterator[str]:
    if one == WORKSPACE:
        yield from folders
    elif one.startswith(CONFIG):
        found = settings.get(one.removeprefix(CONFIG))
        yield from (str(root) for root in (found if isinstance(found, list | tuple) else [found]) if _is_absolute(root))
    elif _is_absolute(one):
        yield one.rstrip("/") or "/"
    else:
        raise InvalidParams(f"root `{one}` is neither `{WORKSPACE}`, `{CONFIG}KEY` nor an absolute path")


def _is_absolute(root: object) -> bool:
    return isinstance(root, str) and root.startswith("/") and "/../" not in f"{root}/"


def _holds(above: str, root: str) -> bool:
    return root == above or root.startswith(f"{above.rstrip('/')}/")


def _network(
    asked: Sequence[str], caps: Sequence[Cap], settings: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    limits = [cap.net for cap in caps if cap.net is not None]
    hosts: dict[str, None] = {}
    places: dict[str, None] = {}
    for one in asked:
        for place in _places(settings.get(one.removeprefix(CONFIG))) if one.startswith(CONFIG) else ("",):
            name = place.rpartition(":")[0] if place else one
            if all(one in limit or any(covers(pattern, name) for pattern in limit) for limit in limits):
                (places if place else hosts)[place or one] = None
            elif not place and one == ANY:
                hosts |= dict.fromkeys(_least(limits))
    return tuple(hosts), tuple(places)


def _places(urls: object) -> list[str]:
    """The places of a base URL, or of several; none for what is no URL."""
    return [place for url in (urls if isinstance(urls, list | tuple) else [urls]) if (place := place_of(url))]


def _least(limits: Sequence[Sequence[str]]) -> list[str]:
    """The patterns that every limit has, for a plugin that asks for any host."""
    first, *others = limits
    return [one for one in first if all(one in limit or ANY in limit for limit in others)]


def covers(pattern: str, host: str) -> bool:
    """Whether a host pattern covers a host or a narrower pattern. Names are compared without case."""
    pattern, host = pattern.lower().rstrip("."), host.lower().rstrip(".")
    return pattern in (ANY, host) or (pattern.startswith("*.") and host.endswith(pattern[1:]))


def place_of(url: object) -> str:
    """`host:port` of a base URL as a person wrote it; empty for what is none."""
    try:
        parts = urlsplit(str(url or ""))
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return ""
    return f"{parts.hostname}:{port}" if parts.hostname and port else ""
