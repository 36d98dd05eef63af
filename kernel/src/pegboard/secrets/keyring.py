"""The desktop's keyring, asked in a process of its own: it is slow to import, may run foreign code, and may hang."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

from pegboard.environment import child_environ
from pegboard_sdk.errors import Unauthenticated

PASSED_ON: Final = (
    "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
    "PYTHON_KEYRING_BACKEND", "APPDATA", "LOCALAPPDATA", "SYSTEMROOT", "USERPROFILE",
)  # fmt: skip
PROGRAM: Final = (sys.executable, "-I", "-m", "pegboard.cli.keyring_process")


class Deed(Enum):
    """What to do with a name."""

    GET = "get"
    PUT = "put"
    DROP = "drop"


class Keyring:
    """One that is asked with a deadline."""

    def __init__(self, environ: Mapping[str, str], *, program: Sequence[str] = PROGRAM, patience_s: float = 20) -> None:
        self._environ = child_environ(environ, granted=PASSED_ON)
        self._program = program
        self._patience_s = patience_s

    def ask(self, deed: Deed, name: str, value: str = "") -> str:
        """Get the value of that name (empty where there is none), put it there, or drop it if it is there.

        Raises Unauthenticated with what is the matter, within the deadline, which leaves time to type a password.
        """
        command = [*self._program, deed.value, name]
        try:
            done = subprocess.run(
                command,
                input=value,
                text=True,
                capture_output=True,
                env=self._environ,
                timeout=self._patience_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            late = f"the keyring did not answer within {self._patience_s:g} s; unlock it, or use `peg login --file`"
            raise Unauthenticated(late) from None
        except (OSError, UnicodeError) as error:
            raise Unauthenticated(f"the keyring gave no answer ({error}); use `peg login --file`") from error
        if done.returncode:
            problem = (done.stderr.strip().splitlines() or ["the keyring gave no answer"])[-1]
            raise Unauthenticated(f"{problem}; use `peg login --file`")
        return done.stdout
