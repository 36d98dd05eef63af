"""Keeps what is kept within its bounds: what nothing names any more goes, then the oldest calls."""

from pegboard_undo.contents import Contents
from pegboard_undo.copying import Copying, Why
from pegboard_undo.database import Database
from pegboard_undo.ledger import Ledger


class Pruning:
    """Of one workspace. Used under its lock."""

    def __init__(self, database: Database, contents: Contents, ledger: Ledger, copying: Copying) -> None:
        self._database = database
        self._contents = contents
        self._ledger = ledger
        self._copying = copying
        self._full = 0

    def prune(self) -> None:
        """Forget what nothing names any more, and the oldest calls until there is room."""
        with self._database.together():
            self._drop_unneeded()
            while self._contents.is_crowded and self._ledger.forget_oldest():
                self._drop_unneeded()
        self._database.shrink()

    def make_room(self) -> None:
        """Once for each file that found none: what frees nothing is not tried again and again."""
        found = sum(why is Why.FULL for why in self._copying.unkept.values())
        if found > self._full:
            before = sum(self._contents.sizes)
            self.prune()
            if sum(self._contents.sizes) < before:
                self._copying.retry()
        self._full = found

    def _drop_unneeded(self) -> None:
        needed = self._ledger.needed()
        self._contents.drop([digest for digest in self._contents.all() if digest not in needed])
