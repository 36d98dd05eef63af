"""Holds a session's journal against its own hashes, and against checkpoints that others kept. It repairs nothing."""

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from pegboard.audit.notary import FILE
from pegboard.journal import Line, Report, State
from pegboard.journal import verify as verify_chain
from pegboard_sdk.wire.checkpoint import Checkpoint, Deposit, compare, read_lines


class Audited(Struct, frozen=True, kw_only=True):
    """What was found. `unanchored` is how many records at the end nothing outside vouches for."""

    report: Report
    anchored: int
    faults: tuple[str, ...] = ()

    @property
    def unanchored(self) -> int:
        return self.report.records - self.anchored

    @property
    def is_whole(self) -> bool:
        """Whether nothing contradicts what is there."""
        return self.report.state is not State.BROKEN and not self.faults


def verify(folder: Path, outside: Iterable[bytes] = (), deposits: Iterable[bytes] = ()) -> Audited:
    """Check the session in `folder` against lines of anchors, and of the file into which keys were deposited.

    Raises FileNotFoundError without a journal.
    """
    hashes: list[str] = []

    def take(line: Line) -> None:
        hashes.append(line.hash)

    report = verify_chain(folder, each=take)
    local = folder / FILE
    kept = _of(folder.name, local.read_bytes().splitlines() if local.exists() else ())
    keys = {
        one.run: bytes.fromhex(one.key)
        for one in read_lines(deposits)
        if isinstance(one, Deposit) and one.session == folder.name
    }
    found = compare(hashes, _of(folder.name, outside), kept, keys)
    return Audited(report=report, anchored=found.anchored, faults=found.faults)


def _of(session: str, lines: Iterable[bytes]) -> list[Checkpoint]:
    return [one for one in read_lines(lines) if isinstance(one, Checkpoint) and one.session == session]
