"""``python -m pegboard_sdk.trace``: runs a plugin and prints every frame, in both directions, as a line of JSON.

It says hello, makes one call if it is asked to, and drains the plugin. It judges nothing: the conformance checks do.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from pegboard_sdk.conformance.grants import granted
from pegboard_sdk.conformance.link import Link
from pegboard_sdk.conformance.subject import Subject, read_subject
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import BAD_BODY, JsonObject
from pegboard_sdk.wire.manifest import ToolEntry
from pegboard_sdk.wire.messages import NIL, Bye, Drain, Frame, Result
from pegboard_sdk.wire.methods import TOOL_CALL

FAILED: Final = 1
USAGE: Final = 2
SHOWN_BYTES: Final = 64
DRAIN_MS: Final = 5000


class Traced(Link):
    """A link that shows each frame when it is sent and when it has come."""

    def __init__(self, subject: Subject, folder: Path, show: Callable[[str, Frame], None]) -> None:
        self._show = show
        super().__init__(subject, folder)

    def send(self, *frames: Frame) -> None:
        """Show the frames, and send them."""
        for frame in frames:
            self._show("kernel", frame)
        super().send(*frames)

    def keep(self, frame: Frame, size: int) -> None:
        """Show what came before it is answered."""
        self._show("plugin", frame)
        super().keep(frame, size)


def main(arguments: Sequence[str]) -> int:
    """Trace the plugin that a command starts: 0 when it kept to the order and the call had a result, else 1."""
    options = _parser().parse_args(arguments)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    begun = time.monotonic()

    def show(side: str, frame: Frame) -> None:
        line = {"ms": round((time.monotonic() - begun) * 1000, 1), "from": side, **as_json(frame)}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    try:
        subject = read_subject(command, options.manifest, {})
        link = Traced(subject, Path.cwd(), show)
        try:
            faults = _converse(link, options.call, options.arguments, options.timeout)
        finally:
            link.close()
    except (InvalidParams, OSError) as error:
        sys.stderr.write(f"trace: {getattr(error, 'message', error)}\n")
        return USAGE
    for fault in faults:
        sys.stderr.write(f"trace: {fault}\n")
    return FAILED if faults else 0


def as_json(frame: Frame) -> JsonObject:
    """A frame with the names of its fields, and its payloads decoded."""
    fields = {name: _plain(getattr(frame, name)) for name in frame.__struct_fields__}
    return {"kind": type(frame).__name__, "number": frame.__struct_config__.tag, **fields}


def _plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can say
    if isinstance(value, msgspec.Raw):
        try:
            return _plain(msgspec.msgpack.decode(value if bytes(value) else NIL))
        except BAD_BODY as error:
            return {"unreadable": str(error)}
    if isinstance(value, bytes):
        more = f"… {len(value)} bytes" if len(value) > SHOWN_BYTES else ""
        return {"bytes": value[:SHOWN_BYTES].hex() + more}
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _converse(link: Traced, tool: str, arguments: JsonObject, seconds: float) -> list[str]:
    """Greet, call, drain; what went wrong."""
    faults: list[str] = []
    if link.greet() is None:
        faults.append("no Ready came")
    elif tool:
        entry = next((each for each in link.subject.manifest.tool if each.name == tool), None)
        call, fds = granted(entry or _undeclared(tool), arguments, Path.cwd(), 1)
        end = link.end_of(link.call(TOOL_CALL, call, descriptors=fds), seconds)
        if not isinstance(end, Result):
            faults.append(f"{tool}: {'no end came' if end is None else f'{end.code}: {end.msg}'}")
    if not link.has_ended:
        link.send(Drain(0, DRAIN_MS, "the trace is over"))
        link.until(lambda: bool(link.of(Bye)), DRAIN_MS / 1000)
        link.shut()
        link.exit_within(DRAIN_MS / 1000)
    faults += link.order.faults
    if link.fault is not None:
        faults.append(link.fault.message)
    if link.stderr():
        sys.stderr.write(link.stderr() + "\n")
    return faults


def _undeclared(tool: str) -> ToolEntry:
    return ToolEntry(name=tool, description="", effects=[])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pegboard_sdk.trace",
        description="Run a plugin and print every frame as a line of JSON.",
    )
    parser.add_argument("--manifest", metavar="PATH", type=Path, help="its pegboard.toml, where it is not beside it")
    parser.add_argument("--call", metavar="TOOL", default="", help="call this tool once the plugin is ready")
    parser.add_argument("--arguments", metavar="JSON", type=_object, default={}, help="its arguments")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=60.0, help="how long the call may take")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="default: the manifest's argv")
    return parser


def _object(text: str) -> JsonObject:
    try:
        return msgspec.json.decode(text, type=JsonObject)
    except msgspec.DecodeError as error:
        raise argparse.ArgumentTypeError(f"`{text}` is no JSON object: {error}") from error


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
