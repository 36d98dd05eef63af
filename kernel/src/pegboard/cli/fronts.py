"""The front-ends of the command line: progress for people on standard error, and the answer as text or JSON."""

import io
import os
import shutil
import sys
from typing import IO, Any, Final

import msgspec

from pegboard.cli.show import Palette, lines
from pegboard_sdk.wire.records import (
    SCHEMA,
    Answer,
    AnyRecord,
    Closed,
    Delta,
    Failure,
    Init,
    Message,
    Question,
    ToolResult,
    ToolUse,
)

STREAMED: Final = (Init, Message, Delta, ToolUse, ToolResult, Failure, Closed)
"""The records that `stream-json` prints."""


def palette_of(stream: IO[str]) -> Palette:
    """Colour on a terminal, unless NO_COLOR is set or the terminal is dumb."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty()
    return Palette.PLAIN if plain else Palette.COLOUR


class Progress:
    """Shows a person what happens, on standard error; it can ask nobody."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._palette = palette_of(stream)
        self._width = min(shutil.get_terminal_size((100, 24)).columns, 120)

    def show(self, record: AnyRecord) -> None:
        """A line for each thing that a person wants to see go by."""
        for line in lines(record, self._palette, self._width):
            self._stream.write(line + "\n")
        self._stream.flush()

    async def ask(self, question: Question) -> Answer | None:
        """Nobody is there."""
        return None


class JsonLines:
    """`stream-json`: each record as a line, the same messages as the journal's."""

    def __init__(self, stream: IO[str], session: str) -> None:
        self._stream = stream
        self._session = session
        self._seq = 0
        self.streamed: tuple[type[AnyRecord], ...] = STREAMED

    def show(self, record: AnyRecord) -> None:
        """One line, flushed: whoever reads wants it now."""
        if not isinstance(record, self.streamed):
            return
        self._seq += 1
        fields: dict[str, Any] = msgspec.to_builtins(record)
        head = {"type": fields.pop("type"), "schema": SCHEMA, "session_id": self._session, "seq": self._seq}
        self._stream.write(msgspec.json.encode({**head, **fields}).decode() + "\n")
        self._stream.flush()

    async def ask(self, question: Question) -> Answer | None:
        """Nobody is there."""
        return None


def speak_json() -> None:
    """JSON is UTF-8, whatever the locale: from here on standard output is."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def json_result(closed: Closed) -> str:
    """The one object of `--output-format json`."""
    return msgspec.json.encode(
        {
            "schema": SCHEMA,
            "session_id": closed.session,
            "result": closed.result,
            "end": closed.end,
            "turns": closed.turns,
            "usage": closed.usage,
            "cost": closed.cost,
            "denials": closed.denials,
        }
    ).decode()


def write_answer(text: str) -> None:
    """The final message on standard output, with one line break at its end."""
    if text:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()
