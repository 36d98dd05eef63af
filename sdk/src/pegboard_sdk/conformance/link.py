"""One process of the plugin and the wire to it, played by hand: any bytes may be sent, all that comes is kept."""

import os
import secrets
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from pegboard_sdk.conformance.environment import environment_for
from pegboard_sdk.conformance.order import Order
from pegboard_sdk.conformance.subject import Subject
from pegboard_sdk.errors import FrameTruncated, PegboardError, PermissionDenied, ProtocolViolation
from pegboard_sdk.wire import methods
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.faults import error_frame
from pegboard_sdk.wire.framing import Framer, encode
from pegboard_sdk.wire.messages import (
    MAX_FRAME_BYTES,
    Call,
    Credit,
    Data,
    Error,
    Frame,
    Hello,
    Identity,
    Limits,
    Ready,
    Result,
)
from pegboard_sdk.wire.passing import send_descriptors

READ_BYTES: Final = 1 << 16
WINDOW: Final = 1 << 18

F = TypeVar("F", bound=Frame)


class Manners(Enum):
    """How the kernel that is played treats a call. STINGY grants no more credit and answers no question."""

    GENEROUS = "generous"
    STINGY = "stingy"


class Link:
    """A started plugin. Nothing is raised for what it does wrong: `order.faults` and `fault` keep it."""

    def __init__(self, subject: Subject, folder: Path, *, manners: Manners = Manners.GENEROUS) -> None:
        self.subject = subject
        self.order = Order()
        self.frames: list[Frame] = []
        self.fault: PegboardError | None = None
        self.has_ended = False
        self.token = secrets.token_bytes(32)
        self._manners = manners
        self._framer = Framer(MAX_FRAME_BYTES)
        self._outgoing = bytearray()
        self._last = 0
        self._passing, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        with theirs:
            self.process = subprocess.Popen(
                subject.argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                cwd=folder,
                env=environment_for(subject.manifest.capabilities.env, theirs.fileno()),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._write_fd, self._read_fd = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self._write_fd, False)

    def write(self, data: bytes) -> None:
        """Send bytes, whatever they are."""
        self._outgoing += data
        self._flush()

    def send(self, *frames: Frame) -> None:
        """Send frames in one piece."""
        self.write(b"".join(encode(frame) for frame in frames))

    def hello(self, versions: Sequence[int] = (1,)) -> Hello:
        """The frame that begins everything."""
        config = pack(methods.Setup(workspace=os.getcwd(), data_dir=tempfile.gettempdir()))
        identity = Identity("pegboard-checks", "1", os.getpid())
        return Hello(0, list(versions), self.token, Limits(), identity, [], config)

    def greet(self) -> Ready | None:
        """Say hello and wait; None when no Ready came in the manifest's time."""
        self.send(self.hello())
        return self.await_ready()

    def await_ready(self) -> Ready | None:
        """Wait for the answer to a hello that was sent."""
        self.until(lambda: bool(self.of(Ready)) or self.has_ended, self.subject.manifest.run.start_timeout_s)
        return next(iter(self.of(Ready)), None)

    def next_id(self) -> int:
        """The id of a call that is made by hand."""
        self._last += 2
        self.order.opened.add(self._last)
        return self._last

    def call(
        self,
        method: str,
        params: object,
        *,
        window: int = WINDOW,
        timeout_ms: int = 0,
        descriptors: Sequence[int] = (),
    ) -> int:
        """Make a call and do not wait; its id. Closes the descriptors."""
        number = self.next_id()
        if descriptors:
            with suppress(OSError):
                send_descriptors(self._passing, number, descriptors)
            for each in descriptors:
                os.close(each)
        self.order.credit[number] = abs(window)
        self.send(Call(number, method, pack(params), timeout_ms, 0, window))
        return number

    def grant(self, number: int, size: int) -> None:
        """Give stream credit."""
        self.order.credit[number] = self.order.credit.get(number, 0) + size
        self.send(Credit(number, size))

    def shut(self) -> None:
        """Close the plugin's standard input: the end of its channel."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()
        self._write_fd = -1
        self._outgoing.clear()

    def of(self, kind: type[F]) -> list[F]:
        """All frames of a kind, in the order in which they came."""
        return [frame for frame in self.frames if isinstance(frame, kind)]

    def end_of(self, number: int, seconds: float) -> Result | Error | None:
        """Wait for the end of a call; None when it does not come in time."""
        self.until(lambda: number in self.order.ended or self.has_ended, seconds)
        return self.order.ended.get(number)

    def until(self, is_there: Callable[[], bool], seconds: float) -> bool:
        """Read and write until something is there or the time is over; whether it is."""
        end = time.monotonic() + seconds
        while not is_there():
            left = end - time.monotonic()
            if left <= 0 or self.has_ended:
                return is_there()
            self._turn(min(left, 1.0))
        return True

    def exit_within(self, seconds: float) -> int | None:
        """Wait for the end of the process while reading; its status, None when it still runs."""
        end = time.monotonic() + seconds
        self.until(lambda: self.has_ended, seconds)
        try:
            return self.process.wait(max(0.05, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            return None

    def stderr(self) -> str:
        """The last of what it wrote there."""
        size = os.fstat(self._errors.fileno()).st_size
        return os.pread(self._errors.fileno(), 2000, max(0, size - 2000)).decode("utf-8", "replace").strip()

    def close(self) -> None:
        """End the process and all of its group."""
        self.shut()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._passing.close()
        self._errors.close()

    def _turn(self, seconds: float) -> None:
        writing = [self._write_fd] if self._outgoing else []
        readable, writable, _ = select.select([self._read_fd], writing, [], seconds)
        if writable:
            self._flush()
        if not readable:
            return
        data = os.read(self._read_fd, READ_BYTES)
        try:
            bodies = self._framer.feed(data)
            if not data:
                self._framer.finish()
        except (ProtocolViolation, FrameTruncated) as fault:
            self.fault = fault
            data, bodies = b"", []
        for body in bodies:
            frame = self.order.take(body)
            if frame is not None:
                self.keep(frame, len(body))
        self.has_ended = self.has_ended or not data

    def keep(self, frame: Frame, size: int) -> None:
        """Keep a frame that came, and answer it as far as the manners say."""
        self.frames.append(frame)
        if self._manners is Manners.STINGY:
            return
        if isinstance(frame, Data) and frame.id not in self.order.ended:
            self.grant(frame.id, max(size, 64))
        elif isinstance(frame, Call):
            self.send(_reply(frame))

    def _flush(self) -> None:
        try:
            while self._outgoing:
                sent = os.write(self._write_fd, self._outgoing[:READ_BYTES])
                del self._outgoing[:sent]
        except BlockingIOError:
            return
        except OSError:
            self._outgoing.clear()


def _reply(call: Call) -> Result | Error:
    """What the kernel that is played answers: a person who takes the default, and a no to everything else."""
    if call.method == methods.USER_ASK:
        try:
            asked = msgspec.msgpack.decode(call.params, type=methods.AskUser)
        except BAD_BODY as error:
            return Error(call.id, "INVALID_PARAMS", str(error), 0, 0)
        answer = asked.default or next(iter(asked.choices), "yes")
        return Result(call.id, pack(methods.UserAnswer(text=answer)))
    return error_frame(call.id, PermissionDenied("the conformance checks allow no such call"))
