"""Who offers what: tools, models, hooks, commands and channels to their owners. It starts nothing and reads no file.

A name that two plugins offer belongs to neither until one is removed; which one would answer must not depend on an
order. Hooks are no names in this sense: any number of plugins may implement one.
"""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Final, Generic, TypeVar

from msgspec import Struct

from pegboard.errors import NameTaken
from pegboard.found import Found
from pegboard_sdk.errors import MethodNotFound, StartFailed
from pegboard_sdk.hookspecs import MODES
from pegboard_sdk.wire.manifest import ChannelEntry, CommandEntry, HookEntry, Manifest, ModelEntry, ToolEntry

Entry = TypeVar("Entry", ToolEntry, ModelEntry, CommandEntry, ChannelEntry)

MAX_SUGGESTIONS: Final = 3


class Offer(Struct, Generic[Entry], frozen=True):
    """An entry of a manifest and the id of the plugin that has it."""

    plugin: str
    entry: Entry


class HookOffer(Struct, frozen=True):
    """An implementation of a hook."""

    plugin: str
    entry: HookEntry


class Offers(Generic[Entry]):
    """The names of one kind. Iterating gives the available ones, sorted by name."""

    def __init__(self, kind: str, offers: Iterable[Offer[Entry]]) -> None:
        self.kind = kind
        by_name: dict[str, list[Offer[Entry]]] = {}
        for offer in offers:
            by_name.setdefault(offer.entry.name, []).append(offer)
        self.available: dict[str, Offer[Entry]] = {
            name: owners[0] for name, owners in sorted(by_name.items()) if len(owners) == 1
        }
        self.clashes = {
            name: tuple(offer.plugin for offer in owners) for name, owners in sorted(by_name.items()) if len(owners) > 1
        }

    def find(self, name: str) -> Offer[Entry]:
        """Raises NameTaken with all owners, or MethodNotFound with what is close."""
        if offer := self.available.get(name):
            return offer
        if name in self.clashes:
            raise NameTaken(self.explain(name))
        close = get_close_matches(name, self.available, n=MAX_SUGGESTIONS)
        raise MethodNotFound(f"no {self.kind} `{name}`" + (f"; did you mean {' or '.join(close)}?" if close else ""))

    def explain(self, name: str) -> str:
        """The clash of `name`, for people."""
        owners = " and ".join(f"`{owner}`" for owner in self.clashes[name])
        return f"{self.kind} `{name}` is offered by {owners}; remove all but one of them"


class Registry:
    """An index over what discovery found; immutable, so that a new discovery makes a new one.

    `admit` is asked before each start, and raises what refuses one.
    """

    def __init__(self, founds: Iterable[Found], admit: Callable[[Found], None] = lambda _: None) -> None:
        founds = tuple(founds)
        self._admit = admit
        self.refused = {one.id: one for one in founds if one.manifest is None}
        self.plugins = {one.id: one for one in founds if one.manifest is not None}
        manifests = [(plugin, one.manifest) for plugin, one in sorted(self.plugins.items()) if one.manifest]
        self.tools = Offers("tool", [Offer(plugin, entry) for plugin, one in manifests for entry in one.tool])
        self.models = Offers("model", [Offer(plugin, entry) for plugin, one in manifests for entry in one.model])
        self.commands = Offers("command", [Offer(plugin, entry) for plugin, one in manifests for entry in one.command])
        self.channels = Offers("channel", [Offer(plugin, entry) for plugin, one in manifests for entry in one.channel])
        self._hooks = [HookOffer(plugin, entry) for plugin, one in manifests for entry in one.hook]

    def found(self, plugin: str) -> Found:
        """Raises StartFailed with the plugin's problem, or MethodNotFound."""
        if found := self.plugins.get(plugin):
            return found
        if found := self.refused.get(plugin):
            raise StartFailed(found.problem)
        raise MethodNotFound(f"no plugin `{plugin}` is installed")

    def admitted(self, plugin: str) -> Found:
        """As `found`, for a plugin that is about to start: what supply says to it is raised, too."""
        found = self.found(plugin)
        self._admit(found)
        return found

    def manifest(self, plugin: str) -> Manifest:
        """As `found`."""
        manifest = self.found(plugin).manifest
        assert manifest is not None
        return manifest

    def hooks(self, name: str) -> tuple[HookOffer, ...]:
        """The implementations of one hook: lower order first, then by plugin id."""
        offers = [offer for offer in self._hooks if offer.entry.name == name]
        return tuple(sorted(offers, key=lambda offer: (offer.entry.order, offer.plugin)))

    def problems(self) -> tuple[str, ...]:
        """Everything that a user should put right, a sentence each."""
        broken = [f"{one.id}: {one.problem}" for one in self.refused.values()]
        kinds = (self.tools, self.models, self.commands, self.channels)
        clashes = [offers.explain(name) for offers in kinds for name in offers.clashes]
        unknown = [
            f"{offer.plugin}: no hook `{offer.entry.name}`; known: {', '.join(sorted(MODES))}"
            for offer in self._hooks
            if offer.entry.name not in MODES
        ]
        return (*broken, *clashes, *unknown)
