"""Searching with ripgrep: started in the judged folder's descriptor, its JSON read as it comes, killed when it is no
longer wanted. What it lets pass is filtered again, so that no spelling of a pattern shows what must not be shown.
"""

import base64
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Final

import msgspec
from msgspec import Struct

from pegboard_sdk import ToolFailed
from pegboard_search.found import FileMatches, Line, shortened
from pegboard_search.pattern import Glob, braces_escaped
from pegboard_search.query import BadPattern, Query
from pegboard_search.scope import DESCRIPTORS, REPOSITORIES, Scope, above

MAX_EVENT_BYTES: Final = 1 << 20
_ALWAYS: Final = (
    "--no-config", "--hidden", "--no-follow", "--no-messages", "--no-ignore-global", "--no-ignore-dot",
    "--sort=path", "--color=never",
)  # fmt: skip
_FATAL: Final = 2


class Content(Struct):
    """Text, or bytes in base64 where it is not UTF-8."""

    text: str = ""
    encoded: str | None = msgspec.field(default=None, name="bytes")

    def raw(self) -> bytes:
        """As it stands in the file."""
        return self.text.encode() if self.encoded is None else base64.b64decode(self.encoded)


class Place(Struct):
    """A match within its lines."""

    start: int = 0


class Data(Struct):
    """Of any event what we use."""

    path: Content | None = None
    lines: Content | None = None
    line_number: int | None = None
    binary_offset: int | None = None
    submatches: list[Place] = []


class Event(Struct):
    """A line of ripgrep's JSON."""

    type: str
    data: Data


class Ripgrep:
    """The program and the processes of one call. `stop` may be called from any thread."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def stop(self) -> None:
        """Kill what runs; the iteration that reads it ends."""
        self._is_stopped = True
        if self._process is not None:
            self._process.kill()

    def names(self, scope: Scope, glob: Glob) -> Iterator[str]:
        """The paths of the files that a glob means, in order."""
        if self._is_stopped:
            return
        with self._running(scope, ["--files", "--null", "./"], glob) as output:
            rest = b""
            while piece := output.read(1 << 16):
                *paths, rest = (rest + piece).split(b"\0")
                yield from filter(None, (_own(path, scope, glob) for path in paths))

    def search(self, scope: Scope, query: Query) -> Iterator[FileMatches]:
        """The files with matching lines, in order. Raises BadPattern, ToolFailed."""
        if self._is_stopped:
            return
        arguments = ["--json", "--crlf", "--no-mmap", "--engine=auto", f"--context={query.context}"]
        arguments += ["--ignore-case"] if query.ignores_case else ["--case-sensitive"]
        arguments += ["--multiline"] if query.spans_lines else []
        arguments += ["--regexp", query.portable, "-" if scope.is_file else "./"]
        decoder = msgspec.json.Decoder(Event)
        with self._running(scope, arguments, query.glob, query.pattern) as output:
            found = FileMatches("", 0, [])
            while row := output.readline(MAX_EVENT_BYTES):
                if not row.endswith(b"\n"):
                    _skip_row(output)
                    found.count += row.startswith(b'{"type":"match"')
                    continue
                event = decoder.decode(row)
                if event.type == "begin":
                    found = FileMatches(_path(event.data, scope, query.glob), 0, [])
                elif event.type == "end" and event.data.binary_offset is None and found.count and found.path != "\0":
                    yield found
                elif event.type in ("match", "context"):
                    _take(found, event, query)

    @contextmanager
    def _running(
        self, scope: Scope, arguments: Sequence[str], glob: Glob | None, pattern: str = ""
    ) -> Iterator[IO[bytes]]:
        """ripgrep's output. Dead on leaving, however that happens."""
        with _scratch() as errors, _narrowing(glob) as (ignore_file, kept):
            process = subprocess.Popen(
                [self._program, *_ALWAYS, *ignore_file, *_exclusions(scope), *arguments],
                cwd=None if scope.is_file else scope.folder(),
                stdin=scope.fd if scope.is_file else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={"LC_ALL": "C.UTF-8"},
                pass_fds=kept,
            )
            self._process = process
            if self._is_stopped:
                process.kill()
            assert process.stdout is not None
            is_read = False
            try:
                yield process.stdout
                is_read = True
            finally:
                if not is_read:
                    process.kill()
                process.stdout.close()
                status = process.wait()
            if status == _FATAL and not self._is_stopped:
                errors.seek(0)
                _explain(errors.read(1 << 14).decode("utf-8", "replace"), pattern)


def locate() -> str | None:
    """ripgrep from PATH (absolute folders only), else the one that came with this environment, else None."""
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(folder)]
    own = os.path.dirname(sys.executable)
    return shutil.which("rg", path=os.pathsep.join([*folders, own]))


def _scratch() -> IO[bytes]:
    """A file without a name; in memory where that can be had, since a sandbox need not have a temporary folder."""
    if sys.platform == "linux":
        return open(os.memfd_create("pegboard-search"), "w+b")
    return tempfile.TemporaryFile()


@contextmanager
def _narrowing(glob: Glob | None) -> Iterator[tuple[list[str], tuple[int, ...]]]:
    """The option that names an ignore file for a glob. Not `--glob`, which would show files that are ignored."""
    if glob is None:
        yield [], ()
        return
    with _scratch() as file:
        file.write(glob.narrowing().encode("utf-8", "surrogateescape"))
        file.flush()
        yield [f"--ignore-file={DESCRIPTORS}/{file.fileno()}"], (file.fileno(),)


def _exclusions(scope: Scope) -> list[str]:
    if scope.is_file:
        return []
    options = [f"--iglob=!{braces_escaped(pattern)}" for pattern in (*scope.excluded, *REPOSITORIES)]
    return options if above(scope) is not None else ["--no-require-git", "--no-ignore-parent", *options]


def _own(path: bytes, scope: Scope, glob: Glob | None) -> str | None:
    """A path as ripgrep prints it, if it may be shown and is meant."""
    name = os.fsdecode(path).removeprefix("./")
    if not name or (glob is not None and not glob.matches(name)) or scope.hides(name):
        return None
    return name


def _path(data: Data, scope: Scope, glob: Glob | None) -> str:
    if scope.is_file:
        return ""
    return _own(data.path.raw() if data.path else b"", scope, glob) or "\0"


def _take(found: FileMatches, event: Event, query: Query) -> None:
    data = event.data
    if data.lines is None or data.line_number is None:
        return
    rows = data.lines.raw().removesuffix(b"\n").split(b"\n")
    is_match = event.type == "match"
    for number, row in enumerate(rows, data.line_number):
        found.count += is_match
        if found.count <= query.keep:
            start = data.submatches[0].start if data.submatches and number == data.line_number else 0
            found.lines.append(Line(number, shortened(row, start), is_match))


def _skip_row(output: IO[bytes]) -> None:
    while (piece := output.readline(MAX_EVENT_BYTES)) and not piece.endswith(b"\n"):
        pass


def _explain(said: str, pattern: str) -> None:
    """Raise what ripgrep complained of; complaints about single files were not asked for."""
    causes = re.findall(r"^(?:error: |PCRE2: |rg: )(.+)$", said, re.MULTILINE)
    if pattern and ("regex" in said or "PCRE2" in said or "pattern" in said):
        raise BadPattern(f"bad pattern `{pattern}`: {causes[-1] if causes else said.strip()}")
    if said.strip():
        raise ToolFailed(f"ripgrep failed: {said.strip()}")
