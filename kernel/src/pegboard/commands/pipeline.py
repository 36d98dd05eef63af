"""Starts the programs of one pipeline exactly as they were judged: argv lists, pipes, no shell. Waits for nothing."""

import errno
import os
import signal
from contextlib import ExitStack, suppress
from typing import BinaryIO, Final, cast

from msgspec import Struct

from pegboard.spawner.messages import DEAF
from pegboard_sdk.wire.command import StepEnd
from pegboard_sdk.wire.methods import Pipeline, Step

NOT_FOUND: Final = 127
NOT_STARTED: Final = 126
NO_FOLDER: Final = 1
DEFAULT_SIGNALS: Final = (*DEAF, signal.SIGPIPE, signal.SIGXFSZ)
"""Those that we ignore ourselves; ignoring would be inherited."""


class Place(Struct, frozen=True, kw_only=True):
    """Where programs run: descriptors of the workspace, of the output and of the null device, and the environment."""

    workspace: int
    output: int
    null: int
    environment: dict[str, str]


class Running(Struct, kw_only=True):
    """A program of a pipeline; pid 0 when it did not start, and then it has its status already."""

    program: str
    piped: bool
    pid: int = 0
    status: int | None = None

    def ended(self) -> StepEnd:
        """For the report; one that was not waited for counts as killed."""
        status = -int(signal.SIGKILL) if self.status is None else self.status
        return StepEnd(program=self.program, status=status, piped=self.piped)


def start_pipeline(pipeline: Pipeline, place: Place) -> list[Running]:
    """Start every step, each reading from the one before. One that cannot start says so in the output, as in a shell,
    and the others run."""
    started: list[Running] = []
    group = 0
    source = place.null
    with ExitStack() as ends:
        for index, step in enumerate(pipeline.steps):
            piped = index < len(pipeline.steps) - 1
            following, target = _pipe(ends) if piped else (place.null, place.output)
            running = Running(program=step.argv[0] if step.argv else step.program, piped=piped)
            stdin = source if step.stdin is None else _text(step.stdin, ends)
            _start(running, step, place, stdin=stdin, stdout=target, group=group)
            group = group or running.pid
            started.append(running)
            source = following
    return started


def _start(running: Running, step: Step, place: Place, *, stdin: int, stdout: int, group: int) -> None:
    try:
        os.fchdir(place.workspace)
        if step.cwd:
            os.chdir(step.cwd)
    except OSError as error:
        running.status = _complain(place, f"cd: {step.cwd or '.'}", error, NO_FOLDER)
        return
    stderr = stdout if step.stderr_to_stdout else place.output
    try:
        if not os.path.isabs(step.program):  # where nothing is installed, nothing was judged
            raise FileNotFoundError(errno.ENOENT, "command not found")
        running.pid = os.posix_spawn(
            step.program,
            step.argv,
            {**place.environment, "PWD": os.getcwd()},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, stdin, 0),
                (os.POSIX_SPAWN_DUP2, place.null if step.discard_stdout else stdout, 1),
                (os.POSIX_SPAWN_DUP2, place.null if step.discard_stderr else stderr, 2),
            ],
            setpgroup=group,
            setsigmask=(),
            setsigdef=DEFAULT_SIGNALS,
        )
    except (OSError, ValueError) as error:
        absent = isinstance(error, FileNotFoundError)
        running.status = _complain(place, running.program, error, NOT_FOUND if absent else NOT_STARTED)


def _complain(place: Place, what: str, error: OSError | ValueError, status: int) -> int:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    with suppress(OSError):
        os.write(place.output, f"{what}: {reason}\n".encode(errors="replace"))
    return status


def _pipe(ends: ExitStack) -> tuple[int, int]:
    read_end, write_end = os.pipe()
    ends.callback(os.close, read_end)
    ends.callback(os.close, write_end)
    return read_end, write_end


def _text(text: str, ends: ExitStack) -> int:
    """A file without a name that holds the text: nobody has to feed it, so nothing can block."""
    file = ends.enter_context(_nameless())
    file.write(text.encode("utf-8", "surrogateescape"))
    file.seek(0)
    return file.fileno()


def _nameless() -> BinaryIO:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("stdin"), "w+b")
    import tempfile  # noqa: PLC0415 - costs milliseconds, and Linux needs none

    return cast(BinaryIO, tempfile.TemporaryFile())
