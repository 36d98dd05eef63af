"""Which imported modules had no bytecode. A plugin writes none itself; the kernel is told, and compiles for it."""

import os
import sys
from typing import Final

MOST_FILES: Final = 4000


def sources_without_bytecode() -> list[str]:
    """The sources of modules whose bytecode is missing or older. Empty where this process may write its own."""
    if not sys.pycache_prefix or not sys.dont_write_bytecode:
        return []
    found: list[str] = []
    for module in list(sys.modules.values()):
        spec = getattr(module, "__spec__", None)
        source, cached = getattr(spec, "origin", None), getattr(spec, "cached", None)
        if isinstance(source, str) and isinstance(cached, str) and source.endswith(".py") and _is_stale(source, cached):
            found.append(source)
    return found[:MOST_FILES]


def _is_stale(source: str, cached: str) -> bool:
    # What was imported before the prefix was set has its bytecode elsewhere, and is not this process's to care for.
    if not cached.startswith(str(sys.pycache_prefix)):
        return False
    try:
        return os.stat(cached).st_mtime < os.stat(source).st_mtime
    except OSError:
        return os.path.exists(source)
