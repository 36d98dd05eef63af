"""The store: a read-only tree for each plugin, under the name of its hash. Nothing of a plugin runs to get it there.

A tree is a whole environment: the plugin, all that it needs, and the bytecode of both, which is part of the hash.
"""

import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from pegboard.supply.tree import LISTING, Scan, difference, read_tree

WHEELS: Final = "wheels"
PART: Final = ".part-"


def platform_key() -> str:
    """Names what a tree depends on: the bytecode of this Python, and the machine code of this platform."""
    return f"{sys.implementation.cache_tag}-{sys.platform}-{os.uname().machine if hasattr(os, 'uname') else ''}"


class Store:
    """The trees below `folder`, and the wheels that they were made from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, tree: str) -> Path:
        """Where the tree of this hash lies, or would."""
        return self.folder / tree

    def inspect(self, tree: str) -> str:
        """What differs between a tree and its hash, in words; empty when nothing does. Raises TreeRefused."""
        found = read_tree(self.path(tree), Scan(kept=LISTING))
        if found.sha256 == tree and self.listing(tree) == found.listing:
            return ""
        accepted = self.listing(tree)
        return (accepted and difference(accepted, found.listing)) or "its list of files was changed"

    def listing(self, tree: str) -> bytes:
        """The list of files that was accepted; empty when it is gone or was changed."""
        try:
            text = (self.path(tree) / LISTING).read_bytes()
        except OSError:
            return b""
        return text if hashlib.sha256(text).hexdigest() == tree else b""

    def wheel(self, sha256: str) -> Path | None:
        """The file of a kept wheel."""
        return next(iter(sorted((self.folder / WHEELS / sha256).glob("*.whl"))), None)

    def sweep(self, trees: frozenset[str], wheels: frozenset[str]) -> list[str]:
        """Remove what no lock names any more, and what was left half made; the names of what went."""
        gone: list[str] = []
        for folder, kept in ((self.folder, trees | {WHEELS}), (self.folder / WHEELS, wheels)):
            with suppress(FileNotFoundError):
                for name in sorted(os.listdir(folder)):
                    if name not in kept and not _is_alive(name):
                        discard(folder / name)
                        gone.append(name)
        return gone


def discard(folder: Path) -> None:
    """Remove a read-only tree, as far as it is there."""
    if not folder.is_dir() or folder.is_symlink():
        folder.unlink(missing_ok=True)
        return
    for inner, _, _ in os.walk(folder):
        os.chmod(inner, 0o700)
    import shutil  # noqa: PLC0415 - only an installation removes

    shutil.rmtree(folder)


def _is_alive(name: str) -> bool:
    """Whether it is half made by a process that still runs."""
    if not name.startswith(PART):
        return False
    try:
        os.kill(int(name.removeprefix(PART).partition("-")[0]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
