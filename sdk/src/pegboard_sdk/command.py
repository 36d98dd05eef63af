"""A command that the kernel runs for a call: a plugin says when, reads what it writes, ends it, and hears how it ended.

What runs, where, with which environment and in which confinement was decided before the call came, and is not the
plugin's to change.
"""

from typing import Final

from pegboard_sdk.context import FileHandle, granted
from pegboard_sdk.errors import NotFound
from pegboard_sdk.wire.command import KILL, Order, Report, decode_report, encode_order
from pegboard_sdk.wire.methods import CommandGrant, Plan

READ_BYTES: Final = 1 << 16
_ENDS: Final = (" control", " output")


class Command:
    """One command. Who asked the context for it owns its two descriptors; closing ends what still runs."""

    def __init__(self, plan: Plan, control: int, output: int) -> None:
        self.plan = plan
        """What runs, for people and for what a plugin wants to know of it."""
        self._source = open(output, "rb", buffering=0)  # noqa: SIM115 - `close` closes both
        self._control = open(control, "r+b", buffering=0)  # noqa: SIM115

    @property
    def output(self) -> int:
        """What its programs write, both streams in one; it ends after the report. Read it as you like."""
        return self._source.fileno()

    def fileno(self) -> int:
        """Readable when the report is there."""
        return self._control.fileno()

    def order(self, *, timeout_s: float = 0.0, background: bool = False) -> None:
        """Let it run, once, and at most so long (0: as long as it takes).

        Without `background` the kernel ends it when the call ends or is cancelled, and with its programs ends whatever
        they left running. In the background it lives as long as anything below it, and at most as long as this object.
        """
        self._send(encode_order(Order(timeout_s=timeout_s, background=background)))

    def kill(self) -> None:
        """End the command and all below it; after the order from any thread at any time, without waiting."""
        self._send(KILL)

    def _send(self, data: bytes) -> None:
        try:
            while data:
                data = data[self._control.write(data) or 0 :]
        except (OSError, ValueError):
            return  # that nobody hears it is seen in the report; closed, it is over

    def report(self) -> Report:
        """Wait for the end; on return nothing of the command lives. Call it once."""
        pieces = []
        while piece := self._receive():
            pieces.append(piece)
        return decode_report(b"".join(pieces))

    def _receive(self) -> bytes:
        try:
            return self._control.read(READ_BYTES) or b""
        except ConnectionError:
            return b""

    def close(self) -> None:
        """Let go of both ends; a command that still runs is ended. A second time does nothing."""
        self._control.close()
        self._source.close()


def command_handles(commands: dict[str, CommandGrant], fds: list[int]) -> dict[str, FileHandle]:
    """The descriptors of commands, kept beside those of files until somebody takes them."""
    ends = [(key, end, slot) for key, one in commands.items() for end, slot in zip(_ENDS, _slots(one), strict=True)]
    return {f"{key}{end}": FileHandle(fd=fds[slot], path=key, access=end) for key, end, slot in ends}


def _slots(grant: CommandGrant) -> tuple[int, int]:
    return grant.control, grant.output


def taken_command(commands: dict[str, CommandGrant], handles: dict[str, FileHandle], key: str) -> Command:
    """A command, which the caller now owns. Raises NotFound when there is none, or none any more."""
    grant = granted(commands, key, "command")
    if f"{key}{_ENDS[0]}" not in handles:
        raise NotFound(f"the command of `{key}` was taken already")
    control, output = (handles.pop(f"{key}{end}").fd for end in _ENDS)
    return Command(grant.plan, control, output)
