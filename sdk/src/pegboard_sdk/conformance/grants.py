"""What a call is given for the parameters that the gate judges: sample files in a folder of our own, no other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.testing.granting import Granted, GrantedCommand, commanding, listing, reading, writing
from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.manifest import Access, Subject, SubjectKind, ToolEntry
from pegboard_sdk.wire.methods import CallTool, CommandGrant

SAMPLE_FILE: Final = "sample.txt"
SAMPLE_TEXT: Final = "".join(f"line {number}: the quick brown fox, naïve façade 漢字 🙂\n" for number in range(1, 4001))


def make_samples(folder: Path) -> None:
    """Write the sample files into an empty folder."""
    (folder / SAMPLE_FILE).write_text(SAMPLE_TEXT, "utf-8")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "below").mkdir()
    (folder / "below" / "other.py").write_text("def other() -> int:\n    return 1\n", "utf-8")


def with_samples(entry: ToolEntry, arguments: JsonObject) -> JsonObject:
    """The same arguments, where files and folders are those of the samples."""
    named = dict(arguments)
    for subject in entry.subjects:
        value: object = {SubjectKind.FILE: SAMPLE_FILE, SubjectKind.DIR: "."}.get(subject.kind)
        if value is not None and subject.param in named:
            named[subject.param] = [value] if isinstance(named[subject.param], list) else value
    return named


def granted(entry: ToolEntry, arguments: JsonObject, folder: Path, number: int) -> tuple[CallTool, list[int]]:
    """The call with what the gate would have opened, and the descriptors, which the caller owns.

    Raises InvalidParams when a path of the arguments cannot be opened.
    """
    found: dict[str, Granted] = {}
    commands: dict[str, GrantedCommand] = {}
    for subject in entry.subjects:
        for key, item in _items(subject, arguments):
            if subject.kind is SubjectKind.COMMAND:
                commands[key] = commanding(item, output=f"{item}\n".encode())
            elif subject.kind in (SubjectKind.FILE, SubjectKind.DIR):
                found[key] = _opened(subject, folder / item)
    files = {key: msgspec.structs.replace(each.grant, slot=at) for at, (key, each) in enumerate(found.items())}
    descriptors = [each.fd for each in found.values()]
    ordered: dict[str, CommandGrant] = {}
    for key, one in commands.items():
        at = len(descriptors)
        ordered[key] = CommandGrant(plan=one.plan, control=at, output=at + 1)
        descriptors += (one.control, one.output)
    call = CallTool(
        tool=entry.name,
        arguments=arguments,
        call=f"conformance-{number}",
        session="conformance",
        files=files,
        commands=ordered,
    )
    return call, descriptors


def _items(subject: Subject, arguments: JsonObject) -> Iterator[tuple[str, str]]:
    value = arguments.get(subject.param)
    if value is None and subject.kind is SubjectKind.DIR:
        value = "."
    if isinstance(value, str):
        yield subject.param, value
    elif isinstance(value, list):
        yield from ((f"{subject.param}[{at}]", item) for at, item in enumerate(value) if isinstance(item, str))


def _opened(subject: Subject, path: Path) -> Granted:
    try:
        if subject.access is Access.WRITE:
            return writing(path)
        return listing(path) if subject.kind is SubjectKind.DIR or subject.access is Access.LIST else reading(path)
    except OSError as error:
        raise InvalidParams(f"`{subject.param}`: {path}: {error.strerror}") from error
