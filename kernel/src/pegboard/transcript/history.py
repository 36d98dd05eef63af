"""What a front-end that comes later is shown first: the session so far, read from its journal. It changes nothing."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import trio

from pegboard.journal import read
from pegboard_sdk.wire.records import (
    AnyRecord,
    Closed,
    Commanded,
    Compacted,
    Failure,
    Message,
    Rewound,
    Switched,
    Titled,
    ToolResult,
    ToolUse,
)

DRAWN: Final = (Message, ToolUse, ToolResult, Failure, Closed, Commanded, Compacted, Switched, Titled)
MOST_RECORDS: Final = 2000
"""Who wants to see more of a long session reads it with `peg session show`."""


async def history_of(folder: Path, through: int) -> tuple[AnyRecord, ...]:
    """The newest records up to number `through` that a person wants to see, without what was rewound."""
    return await trio.to_thread.run_sync(_read, folder, through)


def _read(folder: Path, through: int) -> tuple[AnyRecord, ...]:
    kept: deque[tuple[int, AnyRecord]] = deque(maxlen=MOST_RECORDS)
    for seq, record in _records(folder, through):
        if isinstance(record, Rewound):
            while kept and kept[-1][0] > record.to:
                kept.pop()
        elif isinstance(record, DRAWN):
            kept.append((seq, record))
    return tuple(record for _, record in kept)


def _records(folder: Path, through: int) -> Iterator[tuple[int, AnyRecord]]:
    for line in read(folder):
        if line.seq > through:
            return
        if line.record is not None:
            yield line.seq, line.record
