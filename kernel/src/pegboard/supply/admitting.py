"""Supply as the kernel uses it: the lock in force, where its plugins lie, and the question before each start."""

from collections.abc import Callable, Iterator

from pegboard.discovery import Stored
from pegboard.found import Found
from pegboard.places import Places
from pegboard.supply.check import Admission, Rules, check
from pegboard.supply.facts import Looking
from pegboard.supply.lock import Locked, lock_in_force
from pegboard.supply.store import Store, platform_key

STORE: str = "store"


def store_of(places: Places) -> Store:
    """The user's store."""
    return Store(places.data / STORE)


class Supply:
    """The lock is read once, when this is made, which raises LockBroken; files are looked at before each start.

    `record` is told of each refusal, for a journal.
    """

    def __init__(
        self,
        places: Places,
        rules: Rules | None = None,
        *,
        locked: Locked | None = None,
        record: Callable[[Admission], None] = lambda _: None,
    ) -> None:
        self.locked = locked or lock_in_force(places)
        self._rules = rules or Rules()
        self._store = store_of(places)
        self._looking = Looking(self._store)
        self._record = record

    def stored(self) -> Iterator[Stored]:
        """The accepted plugins of the store, for discovery."""
        for plugin, pin in sorted(self.locked.lock.plugins.items()):
            if tree := pin.trees.get(platform_key()):
                yield Stored(plugin, self._store.path(tree))

    def check(self, found: Found) -> Admission:
        """Look at a plugin as it is now, and judge."""
        pin = self.locked.lock.plugins.get(found.id)
        allowed = (self._rules.allowed or {}).get(found.id)
        facts = self._looking.at(found, pin, whole=pin is not None or bool(allowed))
        return check(facts, self.locked, self._rules)

    def require(self, found: Found) -> None:
        """`check`, and raise what it says: TreeRefused (a failure of the plugin) or PermissionDenied (a decision)."""
        admission = self.check(found)
        if admission.reason is not None:
            self._record(admission)
        admission.require()
