"""One call that a trio plugin answers, as its contexts see it: for coroutines, and for handlers in threads."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import trio
from msgspec import Raw

from pegboard_sdk.context import FileHandle, chunks
from pegboard_sdk.conversations import Conversations
from pegboard_sdk.errors import DeadlineExceeded
from pegboard_sdk.job import Job
from pegboard_sdk.wire.inbound import InboundCall
from pegboard_sdk.wire.messages import Frame, Progress
from pegboard_sdk.wire.methods import CommandGrant, Setup
from pegboard_sdk.wire.peer import Peer

if TYPE_CHECKING:
    from pegboard_sdk.runtime.trio_runtime import TrioRuntime


class ServingAsync:
    """A call from admission to its end, for coroutine handlers."""

    def __init__(self, runtime: "TrioRuntime", call: InboundCall, job: Job, handles: dict[str, FileHandle]) -> None:
        self._runtime = runtime
        self._call = call
        self._job = job
        self._callbacks: list[Callable[[], object]] = []
        self.id = call.id
        self.handles = handles
        self.kept: list[str | bytes] = []
        self._frozen_s: float | None = None
        self._pauses = 0

    @property
    def call(self) -> str:
        return self._job.call

    @property
    def session(self) -> str:
        return self._job.session

    @property
    def turn(self) -> int:
        return self._job.turn

    @property
    def commands(self) -> dict[str, CommandGrant]:
        return self._job.commands

    @property
    def setup(self) -> Setup:
        return self._runtime.setup

    @property
    def conversations(self) -> Conversations:
        return self._runtime.conversations

    @property
    def peer(self) -> Peer:
        """The connection."""
        return self._runtime.peer

    @property
    def cancelled(self) -> bool:
        return self._call.is_cancelled

    @property
    def remaining_s(self) -> float | None:
        deadline = self._call.deadline
        return None if deadline is None else max(0.0, deadline - trio.current_time())

    def check(self) -> None:
        if self.cancelled:
            raise self._call.reason or DeadlineExceeded(f"`{self._call.method}` had its time")

    def on_cancel(self, callback: Callable[[], object]) -> None:
        self._callbacks.append(callback)
        if self.cancelled:
            self.call_back()

    def call_back(self) -> None:
        """Run what was to be run on cancellation, once."""
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def keep(self, text: str | bytes) -> bool:
        """Keep text for the result where the caller takes no stream; whether it does not."""
        if self._call.takes_items:
            return False
        self.kept.append(text)
        return True

    def progress(self, done: float, total: float, msg: str) -> None:
        self._call.progress(done, total, msg)

    def post(self, frame: Frame) -> None:
        self.peer.post(frame)

    async def send(self, item: Raw) -> None:
        await self._call.send(item)

    async def request(self, method: str, params: Raw) -> Raw:
        """Ask the kernel. A person may be asked meanwhile, so our clock stands still; the kernel's is right."""
        scope = self._call.scope
        if not self._pauses:
            self._frozen_s, scope.deadline = self.remaining_s, float("inf")
        self._pauses += 1
        try:
            return await self.peer.call(method, params, parent=self.id)
        finally:
            self._pauses -= 1
            if not self._pauses and self._frozen_s is not None:
                scope.deadline = trio.current_time() + self._frozen_s


class ServingThread:
    """The same call for a handler in a thread: what waits goes over to trio's thread."""

    def __init__(self, serving: ServingAsync) -> None:
        self._serving = serving
        self.id = serving.id
        self.handles = serving.handles
        self.call = serving.call
        self.session = serving.session
        self.turn = serving.turn
        self.commands = serving.commands
        self.setup = serving.setup
        self.conversations = serving.conversations

    @property
    def cancelled(self) -> bool:
        return trio.from_thread.run_sync(lambda: self._serving.cancelled)

    @property
    def remaining_s(self) -> float | None:
        return trio.from_thread.run_sync(lambda: self._serving.remaining_s)

    def check(self) -> None:
        trio.from_thread.run_sync(self._serving.check)

    def on_cancel(self, callback: Callable[[], object]) -> None:
        trio.from_thread.run_sync(self._serving.on_cancel, callback)

    def write(self, text: str | bytes) -> None:
        if not self._serving.keep(text):
            for item in chunks(text):
                self.send(item)

    def send(self, item: bytes) -> None:
        trio.from_thread.run(self._serving.send, Raw(item))

    def post(self, frame: Frame) -> None:
        if isinstance(frame, Progress):
            trio.from_thread.run_sync(self._serving.progress, frame.done, frame.total, frame.msg)
        else:
            trio.from_thread.run_sync(self._serving.post, frame)

    def request(self, method: str, params: Raw) -> Raw:
        return trio.from_thread.run(self._serving.request, method, params)
