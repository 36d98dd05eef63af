"""The environment of commands, built from nothing: what is not named here does not reach a command."""

from collections.abc import Mapping
from typing import Final

KEPT: Final = ("HOME", "LANG", "LANGUAGE", "LOGNAME", "SHELL", "TMPDIR", "TZ", "USER")
KEPT_PREFIX: Final = "LC_"
FIXED: Final = {
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
}
"""Nobody sits at these commands: no colour, no pager, no prompt."""

OWN_PREFIX: Final = "PEGBOARD_"


def command_environment(ours: Mapping[str, str], *, path: str, extra: Mapping[str, str]) -> dict[str, str]:
    """The variables of a command: kept ones of `ours`, the fixed ones, `extra` from the user's configuration, PATH."""
    kept = {name: value for name, value in ours.items() if name in KEPT or name.startswith(KEPT_PREFIX)}
    named = {name: value for name, value in extra.items() if not name.startswith(OWN_PREFIX)}
    return {**kept, **FIXED, **named, "PATH": path}
