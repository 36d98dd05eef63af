"""The environment that a checked plugin is started in: built from nothing, as the kernel does it."""

import os
from collections.abc import Sequence
from typing import Final

PASSED_ON: Final = ("PATH", "HOME", "LANG", "TMPDIR", "TZ", "PYTHONPATH", "NODE_PATH", "SYSTEMROOT")


def environment_for(named: Sequence[str], passing_fd: int) -> dict[str, str]:
    """The variables that the kernel would pass, those that the manifest names, and the search paths of the author."""
    passed = {name: os.environ[name] for name in (*PASSED_ON, *named) if name in os.environ}
    passed |= {name: value for name, value in os.environ.items() if name.startswith("LC_")}
    for name in ("PYTHONPATH", "NODE_PATH"):  # the plugin is started in another folder
        if name in passed:
            passed[name] = os.pathsep.join(map(os.path.abspath, passed[name].split(os.pathsep)))
    return passed | {"TERM": "dumb", "PEGBOARD_PLUGIN": "1", "PEGBOARD_FD": str(passing_fd)}
