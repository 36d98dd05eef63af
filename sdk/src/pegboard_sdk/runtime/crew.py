"""Threads that take turns at reading the wire. What is read and what is run is not decided here.

Whoever holds the baton reads. A reader that got a call lays the baton down and runs the handler itself, so a quick call
costs no thread switch. One other thread stands by: where the baton has lain for a tick, it takes over, so pings are
answered and cancels seen while a handler is busy. Subjects that were overtaken once go to threads of their own at once.
A thread, once started, stays: what a handler bound to it (a death signal for a child) must not go off early.
"""

import _thread
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

TICK_SECONDS: Final = 0.02
QUICK_SECONDS: Final = 0.005
"""A subject that ends this fast on a thread of its own is run by the reader again."""

MOST_THREADS: Final = 64
"""Handlers that run at once; further calls wait."""


class Task(Protocol):
    """A call that is to be run."""

    subject: object
    is_main: bool
    """Whether it is for the main thread, which then does nothing else."""

    def run(self) -> bytes:
        """Run it to its end; the frame that ends it."""

    def finish(self, frame: bytes, write: Callable[[bytes], None]) -> None:
        """Hand its last frame to `write`."""


class Work(Protocol):
    """Where tasks come from and frames go."""

    def next_task(self, waiter: "Waiter | None" = None) -> Task | None:
        """Read until there is a task; None when the wire ended, or what `waiter` waits for came."""

    def post(self, frame: bytes) -> None: ...
    def send(self, frame: bytes) -> None: ...
    def flush(self) -> None: ...


class Waiter:
    """One thread that waits for something to come over the wire."""

    def __init__(self) -> None:
        self.done = False
        self._lock = _thread.allocate_lock()
        self._lock.acquire()

    def set(self) -> None:
        """It came. Call it as often as you like."""
        self.done = True
        with suppress(RuntimeError):
            self._lock.release()

    def sleep(self, seconds: float = -1) -> None:
        """Until `set`, or the time is over."""
        self._lock.acquire(timeout=seconds)


class _Seat(Waiter):
    """A thread without work, and what it is given: a task, or to stand by (`WATCH`)."""

    given: "Task | str" = ""


WATCH: Final = "watch"


class Crew:
    """The threads of one connection."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._baton = _thread.allocate_lock()
        self._turns = 0
        self._running: Task | None = None
        self._alarm = _thread.allocate_lock()
        self._alarm.acquire()
        self._is_eager = self._is_parked = self._is_watched = self._is_orphaned = False
        self._slow: set[object] = set()
        self._waiting = 0
        self._mutex = _thread.allocate_lock()
        self._idle: list[_Seat] = []
        self._backlog: deque[Task] = deque()
        self._threads = 1
        self._main: _Seat | None = None
        self._ended = False

    def serve(self, *, keeps_main: bool = False) -> None:
        """Read and run, on this thread and those that it takes, until `end` was called.

        With `keeps_main` this thread reads nothing: it runs the tasks that are for it.
        """
        if keeps_main:
            self._main = seat = _Seat()
            _thread.start_new_thread(self._serve, ())
            while not self._ended:
                seat.sleep()
                task, seat.given = seat.given, ""
                if not isinstance(task, str):
                    self._run_apart(task)
        else:
            self._serve()

    def _serve(self) -> None:
        self._baton.acquire()
        self._lead()
        self._follow("")

    def end(self) -> None:
        """No more reading: every thread without a task leaves `serve`."""
        with self._mutex:
            self._ended = True
            seats, self._idle = [*self._idle, *([self._main] if self._main else [])], []
        for seat in seats:
            seat.set()
        self._ring()

    def wait(self, waiter: Waiter) -> None:
        """Let a handler's thread wait for `waiter`. It reads the wire itself where nobody else does."""
        while not waiter.done:
            if self._ended or not self._baton.acquire(blocking=False):
                self._waiting += 1
                waiter.sleep()
                self._waiting -= 1
                continue
            self._turns += 1
            while (task := self._work.next_task(waiter)) is not None:
                self._hand_over(task)
            self._baton.release()
            if self._waiting or self._is_orphaned:
                self._is_orphaned, self._is_eager = False, True
                self._ring()
            elif self._is_parked:
                self._ring()

    def _lead(self) -> None:
        """Read, holding the baton, until somebody else took it or the wire ended."""
        work, baton = self._work, self._baton
        work.flush()
        while (task := work.next_task()) is not None:
            if task.is_main or self._waiting or task.subject in self._slow:
                self._hand_over(task)
                continue
            if not self._is_watched:
                self._appoint_watcher()
            self._running = task
            baton.release()
            if self._is_parked:
                self._ring()
            frame = task.run()
            if not baton.acquire(blocking=False):
                self._is_orphaned = True
                task.finish(frame, work.send)
                return
            self._turns += 1
            self._running = None
            task.finish(frame, work.post)

    def _follow(self, given: Task | str) -> None:
        """Do what this thread is given, until the end."""
        while not self._ended:
            if not isinstance(given, str):
                self._run_apart(given)
            elif given == WATCH and self._watch():
                self._lead()
            with self._mutex:
                if self._ended:
                    return
                if self._backlog:
                    given = self._backlog.popleft()
                    continue
                seat = _Seat()
                self._idle.append(seat)
            seat.sleep()
            given = seat.given

    def _run_apart(self, task: Task) -> None:
        began = time.monotonic()
        frame = task.run()
        task.finish(frame, self._work.send)
        if time.monotonic() - began < QUICK_SECONDS:
            self._slow.discard(task.subject)

    def _hand_over(self, task: Task) -> None:
        if task.is_main and self._main is not None:
            self._main.given = task
            self._main.set()
            return
        with self._mutex:
            if self._threads - len(self._idle) > MOST_THREADS:
                self._backlog.append(task)
                return
        self._give(task)

    def _appoint_watcher(self) -> None:
        self._is_watched = True
        self._give(WATCH)

    def _give(self, work: Task | str) -> None:
        """To a thread without work, or to a new one."""
        with self._mutex:
            seat = self._idle.pop() if self._idle else None
            self._threads += seat is None
        if seat is None:
            _thread.start_new_thread(self._follow, (work,))
        else:
            seat.given = work
            seat.set()

    def _watch(self) -> bool:
        """Stand by. True when this thread has the baton now, False at the end."""
        seen = self._turns
        while not self._ended:
            self._alarm.acquire(timeout=TICK_SECONDS)
            if (self._is_eager or self._turns == seen) and self._baton.acquire(blocking=False):
                self._take_over()
                return True
            if self._turns == seen:
                self._park()
            self._is_eager = False
            seen = self._turns
        return False

    def _take_over(self) -> None:
        overtaken = self._running
        if overtaken is not None and not self._is_eager:
            self._slow.add(overtaken.subject)
        self._is_eager = self._is_orphaned = self._is_watched = False
        self._turns += 1

    def _park(self) -> None:
        """The reader is waiting for bytes and may wait long: sleep until it lays the baton down."""
        self._is_parked = True
        if self._baton.locked() and not self._ended:
            self._alarm.acquire()
        self._is_parked = False

    def _ring(self) -> None:
        with suppress(RuntimeError):
            self._alarm.release()
