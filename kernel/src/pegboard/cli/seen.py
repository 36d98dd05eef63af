"""What was said and done in a session, as a person would have seen it go by."""

from collections.abc import Iterator

from pegboard.cli.show import Palette, lines, safe
from pegboard_sdk.wire.records import AnyRecord, Message, Rewound, Role, Text


def seen(record: AnyRecord | None) -> Iterator[str]:
    """The lines of one record."""
    if isinstance(record, Message) and record.role is not Role.SYSTEM:
        text = "".join(part.text for part in record.parts if isinstance(part, Text))
        if text:
            yield ("> " if record.role is Role.USER else "") + safe(text)
    elif isinstance(record, Rewound):
        yield f"(rewound to record {record.to}: what was said behind it is taken back)"
    elif record is not None:
        yield from lines(record, Palette.PLAIN, 100)
