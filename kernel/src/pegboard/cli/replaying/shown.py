"""A session shown from its record alone: nothing is run, no plugin starts, nothing is asked."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Final

import click

from pegboard.cli.converse import Terminal
from pegboard.cli.replaying.recorded import Recorded
from pegboard.cli.replaying.running import coming, user_lines
from pegboard_sdk.wire.records import AnyRecord, Delta, Message, Role, Text

_WORD: Final = re.compile(r"\s*\S+|\s+$")


def show_record(recorded: Recorded, *, step: Callable[[str], bool] | None, pace_s: float, verbose: bool) -> bool:
    """Show record after record, the model's words one by one. Whether it was seen to its end."""
    terminal = Terminal(verbose=verbose)
    for row in recorded.rows:
        record = row.record
        said = isinstance(record, Message) and record.role is Role.ASSISTANT
        if isinstance(record, Message) and said and step is not None and not step(coming(record)):
            return False
        for line in user_lines(record):
            click.echo(line)
        for delta in deltas(record):
            terminal.show(delta)
            time.sleep(pace_s)
        terminal.show(record)
    return True


def deltas(record: AnyRecord) -> Iterator[Delta]:
    """The words of the model's message."""
    if isinstance(record, Message) and record.role is Role.ASSISTANT:
        for part in record.parts:
            if isinstance(part, Text):
                yield from (Delta(stream="text", text=found[0]) for found in _WORD.finditer(part.text))
