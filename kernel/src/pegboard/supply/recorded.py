"""The hash of a plugin that an installer laid into an environment which it shares with others.

RECORD says which files are its own, and is no authority on what is in them: that is read. Bytecode is passed over,
since plugins of an environment do not read the bytecode that lies there.
"""

import csv
import hashlib
from pathlib import Path
from typing import Final

from pegboard.supply.failure import TreeRefused
from pegboard.supply.tree import MOST_BYTES, Scan, Tree, parse_listing, read_file, read_tree

MOST_RECORD: Final = 1 << 24
_UNLISTED: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"})
"""Files of a `.dist-info` that installers add of their own."""


def read_recorded(info: Path, package: Path) -> Tree:
    """The package whole, and every other file that RECORD lists. Raises TreeRefused, OSError, or ValueError."""
    site = info.parent
    inner = read_tree(package, Scan(bytecode=False))
    prefix = package.relative_to(site).as_posix() if package.is_relative_to(site) else package.name
    lines = {f"{prefix}/{path}": _moved(line, path, prefix) for path, line in parse_listing(inner.listing).items()}
    for name in _record_names(info):
        if name not in lines and not name.startswith(f"{prefix}/"):
            data = read_file(site / name, MOST_BYTES)
            lines[name] = f"f {hashlib.sha256(data).hexdigest()} {name}"
    listing = "".join(f"{lines[path]}\n" for path in sorted(lines)).encode()
    return Tree(hashlib.sha256(listing).hexdigest(), listing)


def _moved(line: str, path: str, prefix: str) -> str:
    return f"{line[: len(line) - len(path)]}{prefix}/{path}"


def _record_names(info: Path) -> list[str]:
    try:
        names = [row[0] for row in csv.reader(read_file(info / "RECORD", MOST_RECORD).decode().splitlines()) if row]
    except csv.Error as error:
        raise TreeRefused(f"{info}/RECORD cannot be read: {error}; reinstall the distribution") from error
    return [
        name for name in names
        if not name.endswith(".pyc") and not name.startswith(("/", "../"))
        and not (name.startswith(f"{info.name}/") and name.rpartition("/")[2] in _UNLISTED)
    ]  # fmt: skip
