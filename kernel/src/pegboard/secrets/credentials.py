"""The one place that every part asks for a key: the keyring, else the file, else the environment.

What somebody logged in with counts before what their environment happens to hold. A credential's name is that of the
variable that would hold it, with `@profile` for a second account.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pegboard.secrets.file import CredentialFile, Entry, Keeper
from pegboard.secrets.needles import SHORTEST

if TYPE_CHECKING:
    from pegboard.secrets.keyring import Keyring

FILE: Final = "credentials.json"
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}(@[A-Za-z0-9_.-]{1,64})?")

_KEY_NAME: Final = re.compile(
    r"(?:^|_)(?:KEY|PAT|AUTH|COOKIE)$|_(?:PWD|PASS|PW)$|(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|APIKEY|CREDENTIALS?)$",
    re.IGNORECASE,
)
_PLAIN_WORD: Final = re.compile(r"[a-z]{1,11}")
"""A password of a test database would be found all over its sources."""


class Credentials:
    """Those of this user."""

    def __init__(self, data: Path, environ: Mapping[str, str], *, keyring: "Keyring | None" = None) -> None:
        self._heard: list[Callable[[str], None]] = []
        self.file: Final = CredentialFile(data / FILE)
        self._environ = environ
        self._keyring = keyring
        self._given: dict[str, str] = {}

    def get(self, name: str) -> str:
        """The value that counts; empty when nobody has one. Asks a keyring only where a login put it there, and once.

        Raises ConfigInvalid for a file that others can read, Unauthenticated for a keyring that does not answer.
        """
        if name not in self._given:
            entry = self.file.read().get(name)
            if entry is None:
                value = self._environ.get(name, "")
            else:
                value = entry.value if entry.keeper is Keeper.FILE else self._ask("get", name)
            self._given[name] = value
        for heard in self._heard:
            heard(self._given[name])
        return self._given[name]

    def keepers(self, name: str) -> list[Keeper]:
        """Who has a value, whose counts first."""
        entry = self.file.read().get(name)
        return [*([entry.keeper] if entry else []), *([Keeper.ENVIRONMENT] if self._environ.get(name) else [])]

    def put(self, name: str, value: str, keeper: Keeper, *, until: float = 0) -> None:
        """Keep a value, in place of any other of that name. Raises as `get`, and OSError as the disk does."""
        entries = self.file.read()
        if keeper is Keeper.KEYRING:
            self._ask("put", name, value)
        self.file.write({**entries, name: Entry(keeper, value if keeper is Keeper.FILE else "", until)})
        self._given.pop(name, None)

    def drop(self, name: str) -> bool:
        """Forget a value; whether there was one. The environment's is not ours to forget."""
        entries = self.file.read()
        entry = entries.pop(name, None)
        if entry is None:
            return False
        if entry.keeper is Keeper.KEYRING:
            self._ask("drop", name)
        self.file.write(entries)
        self._given.pop(name, None)
        return True

    def tell(self, heard: Callable[[str], None]) -> None:
        """Tell who hides secrets every value that is known without asking a keyring, and from now on what is given."""
        for value in {entry.value for entry in self.file.read().values()} | secrets_of(self._environ):
            heard(value)
        for value in self._given.values():
            heard(value)
        self._heard.append(heard)

    def _ask(self, deed: str, name: str, value: str = "") -> str:
        from pegboard.secrets.keyring import Deed, Keyring  # noqa: PLC0415 - few starts pay for it

        self._keyring = self._keyring or Keyring(self._environ)
        return self._keyring.ask(Deed(deed), name, value)


def secrets_of(environ: Mapping[str, str]) -> set[str]:
    """The values whose names say that they are keys."""
    return {value for name, value in environ.items() if _KEY_NAME.search(name) and _may_be_secret(value)}


def _may_be_secret(value: str) -> bool:
    return (
        len(value) >= SHORTEST and not _PLAIN_WORD.fullmatch(value) and not (value[0] in "/~" and os.path.exists(value))
    )
