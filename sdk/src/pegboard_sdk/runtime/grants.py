"""The descriptors that come with calls: taken when the call is admitted, closed when it ends."""

import os
from typing import TYPE_CHECKING

from pegboard_sdk.context import FileHandle, file_handle
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.job import Job

if TYPE_CHECKING:
    from pegboard_sdk.wire.passing import Inbox


class Grants:
    """The plugin's end of the socket for descriptors; `fd` -1 when it was given none. Owns it."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._inbox: Inbox | None = None

    def handles(self, call_id: int, job: Job) -> dict[str, FileHandle]:
        """What was granted to a call, by parameter; the call owns the descriptors.

        Raises InvalidParams without a socket, ProtocolViolation when the descriptors are not there.
        """
        if self._fd < 0:
            raise InvalidParams("the call names descriptors, and this process has no socket for them")
        if self._inbox is None:
            # Sockets are needed by plugins that get files only, and cost 5 ms.
            from pegboard_sdk.wire import passing  # noqa: PLC0415

            self._inbox = passing.inbox_of(self._fd)
        fds = self._inbox.take(call_id, job.descriptors)
        handles = {key: file_handle(grant, fds) for key, grant in job.files.items()}
        if job.commands:
            # Few plugins run commands.
            from pegboard_sdk.command import command_handles  # noqa: PLC0415

            handles |= command_handles(job.commands, fds)
        return handles

    def close(self) -> None:
        """Close the socket and what was not taken."""
        if self._inbox is not None:
            self._inbox.close()
        elif self._fd >= 0:
            os.close(self._fd)
        self._fd = -1
