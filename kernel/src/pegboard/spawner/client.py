"""The kernel's side of a running spawner: processes are asked for, signalled and waited for by number, never by pid."""

import os
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import trio

from pegboard.commands.command import Command
from pegboard.errors import SpawnerDied
from pegboard.spawner import tree
from pegboard.spawner.launch import Spawner
from pegboard.spawner.messages import Ended, Inbox, Launch, Message, Refused, Signal, Start, Started, Supervise, framed
from pegboard.spawner.order import file_of, rights_of
from pegboard_sdk.errors import StartFailed

READ_BYTES: Final = 1 << 16
CLOSE_S: Final = 5.0
"""How long the spawner may take to end everything below it before it is killed itself."""

KILLED: Final = -int(signal.SIGKILL)


class Process:
    """A process that the spawner started. `pid` is for people who read a log."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.pid = 0
        self.status: int | None = None
        """Exit status or minus the signal, once it is gone."""
        self.refusal = ""
        self.answered = trio.Event()
        self.gone = trio.Event()

    def end(self, status: int, refusal: str = "") -> None:
        """It is gone, or never was."""
        self.status = status
        self.refusal = refusal
        self.answered.set()
        self.gone.set()


class SpawnerClient:
    """One for each spawner. `run` must be running for the other methods to return; `ordered` counts earlier orders."""

    def __init__(self, spawner: Spawner, *, ordered: int = 0) -> None:
        self._pid = spawner.pid
        self._channel = trio.socket.from_stdlib_socket(spawner.channel)
        self._sending = trio.Lock()
        self._ordered = {number: Process(number) for number in range(1, ordered + 1)}
        self._processes: dict[int, Process] = dict(self._ordered)
        self._last = ordered
        self._closing = False
        self._over = trio.Event()

    async def run(self) -> None:
        """Read until the spawner is gone; only `close` and the spawner's death end it, no cancellation does.

        Raises SpawnerDied when `close` was not called; then every process below this one has been ended.
        """
        inbox = Inbox()
        with trio.CancelScope(shield=True):
            while data := await self._read():
                for message, _ in inbox.feed(data, []):
                    self._take(message)
        self._channel.close()
        status = self._reap()
        for process in self._processes.values():
            process.end(KILLED, "the process that starts plugins is gone")
        self._over.set()
        if not self._closing:
            raise SpawnerDied(f"the process that starts plugins ended (status {status}), and every plugin with it")

    def adopt(self, number: int) -> Process:
        """The process that was ordered under this number before there was a client."""
        return self._ordered.pop(number)

    async def start(self, launch: Launch, descriptors: Sequence[int]) -> Process:
        """Start a process with these as standard input, output, error and descriptor socket; all are closed here.

        Raises StartFailed. A cancelled start leaves no process.
        """
        self._last += 1
        process = Process(self._last)
        self._processes[process.number] = process
        try:
            await self._order(Start(process.number), launch, descriptors)
            await process.answered.wait()
        except BaseException:
            with trio.CancelScope(shield=True):
                await self.signal(process, signal.SIGKILL)
            self._processes.pop(process.number, None)
            raise
        if process.refusal:
            raise StartFailed(process.refusal)
        return process

    async def supervise(self, command: Command, descriptors: Sequence[int]) -> Process:
        """Start the supervisor of a command, without waiting until it is there: its control socket ends if it never is.
        Control socket, output, workspace and leash are closed here. Raises StartFailed."""
        self._last += 1
        process = self._processes[self._last] = Process(self._last)
        await self._order(Supervise(process.number), command, descriptors)
        return process

    async def signal(self, process: Process, number: signal.Signals) -> None:
        """Send a signal to the process and its group; nothing happens when it is gone."""
        if not process.gone.is_set() and not self._over.is_set():
            await self._send(Signal(process.number, number))

    async def close(self) -> None:
        """Let the spawner end everything below it and itself; returns when it is reaped. Bounded, not cancellable."""
        self._closing = True
        with trio.CancelScope(shield=True):
            with suppress(OSError):
                self._channel.shutdown(socket.SHUT_WR)
            with trio.move_on_after(CLOSE_S):
                await self._over.wait()
                return
            os.kill(self._pid, signal.SIGKILL)
            await self._over.wait()
            tree.end_children()

    def _take(self, message: Message) -> None:
        match message:
            case Started(number, pid):
                if process := self._processes.get(number):
                    process.pid = pid
                    process.answered.set()
            case Refused(number, why):
                if process := self._processes.pop(number, None):
                    process.end(KILLED, why)
            case Ended(number, status):
                if process := self._processes.pop(number, None):
                    process.end(status)
            case _:
                pass

    def _reap(self) -> int:
        """The spawner closed its channel, so it is dead or as good as dead: it never does that while it works."""
        if not self._closing:
            os.kill(self._pid, signal.SIGKILL)
        _, status = os.waitpid(self._pid, 0)
        if not self._closing:
            tree.end_children()
        return os.waitstatus_to_exitcode(status)

    async def _read(self) -> bytes:
        try:
            return await self._channel.recv(READ_BYTES)
        except ConnectionError:
            return b""

    async def _order(self, message: Start | Supervise, launch: Launch | Command, descriptors: Sequence[int]) -> None:
        owned = list(descriptors)
        try:
            owned.append(file_of(launch))
            if self._over.is_set():
                raise StartFailed("the process that starts plugins is gone")
            await self._send(message, owned)
        except OSError as error:
            raise StartFailed(f"what the plugin is to become could not be passed on: {error}") from error
        finally:
            for descriptor in owned:
                os.close(descriptor)

    async def _send(self, message: Message, descriptors: Sequence[int] = ()) -> None:
        data = framed(message)
        async with self._sending:
            # Half a message would be the end of the channel, so it is finished whoever is cancelled.
            with trio.CancelScope(shield=True), suppress(ConnectionError, trio.ClosedResourceError):
                sent = await self._channel.sendmsg([data], rights_of(descriptors))
                while sent < len(data):
                    sent += await self._channel.send(data[sent:])
