"""The environment of a child process, built from nothing: an allow-list, and a PATH that nobody else can write to.

No key of the user passes here unless its name was granted; secrets go with the handshake instead.
"""

import os
import stat
from collections.abc import Collection, Mapping
from typing import Final

PASSED_ON: Final = frozenset({"HOME", "LANG", "TMPDIR", "TZ"})
"""Names that every child is given, besides PATH and all that begins with `LC_`."""

FIXED: Final = {"TERM": "dumb", "PEGBOARD_PLUGIN": "1"}
"""What no variable of the user replaces, but a granted TERM."""

DEFAULT_PATH: Final = "/usr/local/bin:/usr/bin:/bin"


def child_environ(
    environ: Mapping[str, str], *, granted: Collection[str] = (), workspace: str | None = None
) -> dict[str, str]:
    """The variables of `environ` that a plugin may see; `granted` are the names that its manifest asked for and got."""
    passed = {name: value for name, value in environ.items() if name in PASSED_ON or name.startswith("LC_")}
    passed["PATH"] = safe_path(environ.get("PATH", DEFAULT_PATH), workspace=workspace)
    passed |= FIXED
    return passed | {name: environ[name] for name in granted if name in environ and not name.startswith("PEGBOARD_")}


def safe_path(path: str, *, workspace: str | None = None) -> str:
    """PATH without entries that are relative, missing, writable for everyone, or inside the workspace."""
    inside = os.path.realpath(workspace) if workspace else ""
    kept = [entry for entry in path.split(os.pathsep) if _is_safe(entry, inside)]
    return os.pathsep.join(dict.fromkeys(kept)) or DEFAULT_PATH


def _is_safe(entry: str, root: str) -> bool:
    if not os.path.isabs(entry):
        return False
    try:
        mode = os.stat(entry).st_mode
    except OSError:
        return False
    if not stat.S_ISDIR(mode) or (mode & stat.S_IWOTH and os.name == "posix"):
        return False
    real = os.path.realpath(entry)
    return not root or not (real == root or real.startswith(root.rstrip(os.sep) + os.sep))
