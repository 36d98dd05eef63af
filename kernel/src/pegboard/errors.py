"""Errors that only the kernel raises; none has a code of its own, so that no plugin can send one."""

from typing import ClassVar, Final

from pegboard_sdk.errors import Conflict, Internal, StartFailed

EXIT_PLUGIN: Final = 7
"""The program's exit status when a plugin or the spawner failed it."""


class NameTaken(Conflict):
    """Two plugins offer the same name; neither is available until one of them is removed."""


class CircuitOpen(StartFailed):
    """The plugin crashed too often in too short a time; the message has its last words."""


class SpawnerDied(Internal):
    """The process that starts plugins is gone, and with it every plugin; the kernel ends with `exit_status`."""

    exit_status: ClassVar[int] = EXIT_PLUGIN
