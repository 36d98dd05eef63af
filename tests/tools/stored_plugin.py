"""A plugin `words` in a store of its own, and folders for everything else."""

from pathlib import Path
from typing import NamedTuple

from pegboard.discovery import Stored, discover
from pegboard.found import Found
from pegboard.places import Places
from pegboard.supply.admitting import Supply, store_of
from pegboard.supply.store import platform_key


def places_in(folder: Path) -> Places:
    """All below one folder, the organisation's too."""
    return Places(
        managed=folder / "etc" / "policy.toml",
        **{kind: folder / kind for kind in ("config", "data", "state", "cache", "runtime")},
    )


class Shelved(NamedTuple):
    """A plugin `words`, installed and accepted."""

    places: Places

    @property
    def supply(self) -> Supply:
        return Supply(self.places)

    @property
    def root(self) -> Path:
        return store_of(self.places).path(self.supply.locked.lock.plugins["words"].trees[platform_key()])

    @property
    def found(self) -> Found:
        (found,) = discover((), stored=(Stored("words", self.root),))
        return found

    def reason(self) -> str:
        """Why it may not start; empty when it may."""
        admission = self.supply.check(self.found)
        assert bool(admission.why) == (admission.reason is not None)
        return admission.reason.value if admission.reason else ""
