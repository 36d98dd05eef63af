"""Asks the `keyring` package once: what to do and the name are arguments, the value comes and goes on the pipes."""

import sys
from importlib import import_module
from typing import Final, Protocol

from pegboard.secrets.keyring import Deed

SERVICE: Final = "pegboard"


class Backend(Protocol):
    """What we use of a keyring."""

    priority: float

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


def act(deed: Deed, name: str, value: str, backend: Backend) -> str:
    """The value that was got; empty for all else. Ends the process with a sentence that holds nothing secret."""
    if backend.priority < 1:
        sys.exit("there is no keyring here that keeps secrets safely")
    try:
        if deed is Deed.PUT:
            backend.set_password(SERVICE, name, value)
            return ""
        found = backend.get_password(SERVICE, name)
        if deed is Deed.DROP and found is not None:
            backend.delete_password(SERVICE, name)
        return found or "" if deed is Deed.GET else ""
    except Exception as error:  # noqa: BLE001 - backends raise what they like, and say in it what they like
        sys.exit(f"the keyring refused ({type(error).__name__})")


def main() -> None:
    """The process."""
    try:
        backend: Backend = import_module("keyring").get_keyring()  # optional, and slow
    except ImportError:
        sys.exit("the package `keyring` is not installed")
    value = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(act(Deed(sys.argv[1]), sys.argv[2], value, backend).encode())


if __name__ == "__main__":
    main()
