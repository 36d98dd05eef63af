"""The managed `policy.toml` as a typed value. Every default is the widest, so that what is left out demands nothing."""

import os
from pathlib import PurePath
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, field
from msgspec.structs import asdict

from pegboard.config.schema import Level, Limits, ModeName, Permissions, Section
from pegboard.rights.granted import Cap
from pegboard.sandbox.confinement import Tier
from pegboard.supply.check import Rules

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]

STRENGTH: Final = {Tier.NONE: 0, Tier.LANDLOCK: 1, Tier.SEATBELT: 1, Tier.EXECUTED: 2, Tier.FORKED: 2}
"""Tiers in the order of what they hold back."""


def is_host(text: str) -> bool:
    """Whether it names a host, or `*` for all."""
    from pegboard.gate.url import look_at_host  # noqa: PLC0415 - most machines have no policy, and pay nothing for it

    return text == "*" or not look_at_host(text.removeprefix("*.")).trouble


def within_host(host: str, wide: str) -> bool:
    """Whether a host, or those below it, are those of `wide`."""
    from pegboard.gate.url import look_at_host, parse_host_pattern  # noqa: PLC0415 - as above

    return wide == "*" or parse_host_pattern(f"domain:{wide}").covers(look_at_host(host.removeprefix("*.")))


class SandboxDemand(Section, frozen=True, kw_only=True):
    """`[sandbox]`: `required` forbids `--no-sandbox`; `tier` is the weakest that may be in force."""

    required: bool = False
    tier: Tier = Tier.NONE

    def suffices(self, tier: Tier) -> bool:
        """Whether a tier is strong enough. T1 and T1f are alike, and so are T2 and T3."""
        return STRENGTH[tier] >= max(STRENGTH[self.tier], int(self.required))


class NetworkDemand(Section, frozen=True, kw_only=True):
    """`[network]`: a name means that host and those below it. Without `allow` every host that is not denied may be."""

    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for host in (*(self.allow or ()), *self.deny):
            if not is_host(host):
                raise ValueError(f"{host!r} is no host; write one like docs.python.org, without scheme or path")

    def permits(self, host: str) -> bool:
        """Whether anything may be granted for this host; what cannot be read as a host is not permitted."""
        denied = not is_host(host) or any(within_host(host, one) for one in self.deny)
        return not denied and (self.allow is None or any(within_host(host, one) for one in self.allow))


class Grant(Section, frozen=True, kw_only=True):
    """`[plugins.allow.ID.grant]`: the most that the plugin gets of each capability; left out is no cap."""

    read: tuple[str, ...] | None = None
    write: tuple[str, ...] | None = None
    net: tuple[str, ...] | None = None
    env: tuple[str, ...] | None = None
    secrets: tuple[str, ...] | None = None
    devices: tuple[str, ...] | None = None
    exec: bool = True
    terminal: bool = True


LISTED_CAPABILITIES: Final = ("read", "write", "net", "env", "secrets", "devices")


class PluginPin(Section, frozen=True, kw_only=True):
    """`[plugins.allow.ID]`: empty fields pin nothing. Hashes by platform as the lock writes it, or `any`."""

    version: str = ""
    wheel: dict[str, Sha256] = field(default_factory=dict)
    tree: dict[str, Sha256] = field(default_factory=dict)
    publisher: str = ""
    """Such as `github:owner/repository`."""
    grant: Grant = Grant()


class PluginDemand(Section, frozen=True, kw_only=True):
    """`[plugins]`: `only_listed` refuses every id that is not in `allow`; `dev = false` refuses editable plugins."""

    disabled: tuple[str, ...] = ()
    only_listed: bool = False
    dev: bool = True
    allow: dict[str, PluginPin] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.only_listed and any(pin != PluginPin(grant=pin.grant) for pin in self.allow.values()):
            raise ValueError("what pins a plugin holds only with only_listed = true; add that here")

    def refusal(self, plugin: str, version: str) -> str:
        """Why a plugin may not be there, whatever its files are; empty when it may."""
        if plugin in self.disabled or (self.only_listed and plugin not in self.allow):
            return f"the policy of this machine does not list `{plugin}`"
        pinned = self.allow.get(plugin, PluginPin()).version
        wrong = pinned and version != pinned
        return (
            f"the policy of this machine lists `{plugin}` {pinned}, and this is {version or 'unknown'}" if wrong else ""
        )

    def cap(self, plugin: str) -> Cap:
        """The most that a plugin gets."""
        return Cap(**asdict(self.allow.get(plugin, PluginPin()).grant))

    def rules(self) -> Rules:
        """What the lock has to keep to. A hash for another platform is none for this one; none at all means any."""
        pinned = {plugin: tuple(pin.tree.values()) for plugin, pin in self.allow.items()}
        return Rules(allowed=pinned if self.only_listed else None, dev=self.dev)


class ChannelDemand(Section, frozen=True, kw_only=True):
    """`[channels]`: front-ends that are not to be had."""

    disabled: tuple[str, ...] = ()


class Anchor(Section, frozen=True, kw_only=True):
    """`[[audit.anchor]]`: somewhere outside the user's reach that keeps checkpoints of journals."""

    kind: Literal["syslog", "journald", "https", "file"]
    url: str = ""
    path: str = ""

    def __post_init__(self) -> None:
        if (self.kind == "https") is not self.url.startswith("https://") or (self.url and self.kind != "https"):
            raise ValueError("an anchor of kind https, and no other, has a url that begins with https://")
        if (self.kind == "file") is not self.path.startswith("/") or (self.path and self.kind != "file"):
            raise ValueError("an anchor of kind file, and no other, has an absolute path")


class AuditDemand(Section, frozen=True, kw_only=True):
    """`[audit]`: `required` lets nothing run whose journal no anchor takes.

    Into `key_file`, a file of another user that ours may only append to, goes the first key of each run: with it
    checkpoints cannot be made up afterwards.
    """

    required: bool = False
    key_file: str = ""
    anchor: tuple[Anchor, ...] = ()

    def __post_init__(self) -> None:
        if self.required and not self.anchor:
            raise ValueError("it is required and names no anchor; add [[audit.anchor]] with a kind")
        if self.key_file and not self.key_file.startswith("/"):
            raise ValueError("key_file is an absolute path")


class TrustDemand(Section, frozen=True, kw_only=True):
    """`[trust]`: `never` trusts no folder; `below` none but what lies at or below one of these."""

    never: bool = False
    below: tuple[Annotated[str, Meta(pattern="^/")], ...] | None = None

    def permits(self, real: str) -> bool:
        """Whether a folder, by its real path, may be trusted."""
        below = self.below if self.below is None else tuple(map(os.path.realpath, self.below))
        return not self.never and (below is None or any(lies_at_or_below(real, root) for root in below))


class InlineTest(Section, frozen=True, kw_only=True):
    """`[[test]]`: a call, judged in an empty workspace under this policy's rules, and the decision that it must get."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)
    mode: ModeName = "ask"
    expect: Literal["allow", "ask", "deny"]
    why: str = ""


class Managed(Section, frozen=True, kw_only=True):
    """All of `policy.toml`: the widest that anyone below may choose, and rules of its own."""

    schema: Literal[1] = 1
    mode: ModeName = "full"
    autonomy: Level = 5
    limits: Limits = Limits()
    permissions: Permissions = Permissions()
    sandbox: SandboxDemand = SandboxDemand()
    network: NetworkDemand = NetworkDemand()
    plugins: PluginDemand = PluginDemand()
    channels: ChannelDemand = ChannelDemand()
    audit: AuditDemand = AuditDemand()
    trust: TrustDemand = TrustDemand()
    test: tuple[InlineTest, ...] = ()


def lies_at_or_below(path: str, root: str) -> bool:
    """Of absolute paths, part by part."""
    return PurePath(path).is_relative_to(root) and ".." not in PurePath(path).parts
